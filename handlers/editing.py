"""The details of a question changed: before the notice freely, after it with the days anew."""

from dataclasses import replace

from casework import matters
from casework.matter_actions import EditMatter, SetMatter, TakeEdit
from casework.matters import Done
from domain import drafting
from domain.conversation import Blank, Choice, Phrase, Say
from domain.drafting import LONGEST_TEXT, LONGEST_TITLE
from domain.kinds import CONSULT, parts_of, refused
from domain.matters import BEFORE_NOTICE, Event, Refusal, State
from domain.places import LegalEffect, why_not
from domain.question import Mode, Question
from domain.voting import RULES
from handlers.drafting import today
from handlers.matters import is_admin, shown
from handlers.noticing import noticed_anew
from handlers.turn import Routes, Turn
from storage.matters import Kept

PARTS = ("title", "text", "options", "window", "notice", "consents")
LONGEST_NOTICE = 90  # days


async def edit_matter(turn: Turn, action: EditMatter) -> list[Say]:
    """Which detail, or its new words."""
    kept = await _editable(turn, action.number)
    if isinstance(kept, Say):
        return [kept]
    question = kept.matter.question
    if action.part in PARTS:
        then = TakeEdit(kept.number, action.part)
        return [await turn.ask(f"matters.ask_edit.{action.part}", then, **_now(question))]
    return [turn.say("matters.which_part", choices=_details(turn, kept), number=kept.number)]


def _now(question: Question) -> dict[str, Blank]:
    return {
        "text": question.text,
        "title": question.title,
        "window": question.window_days,
        "notice": question.notice_days,
        "consents": "、".join(question.consents) or Phrase("matters.not_set"),
    }


def _details(turn: Turn, kept: Kept) -> tuple[Choice, ...]:
    question, number = kept.matter.question, kept.number
    parts = [p for p in PARTS if p != "options" or question.rule == CONSULT]
    found = [Choice(Phrase(f"matters.part.{p}"), EditMatter(number, p)) for p in parts]
    for effect in LegalEffect:
        if effect != question.effect:
            found.append(Choice(Phrase(f"voting.effect.{effect}.short"),
                                SetMatter(number, "effect", effect)))  # fmt: skip
    for mode in Mode:
        if mode is not question.mode and _fits(question, mode):
            found.append(Choice(Phrase(f"voting.mode.{mode}.short"),
                                SetMatter(number, "mode", mode)))  # fmt: skip
    if kept.matter.kind == "lift":
        land = "no" if len(question.parts) > 1 else "yes"
        found.append(Choice(Phrase(f"matters.land.{land}"), SetMatter(number, "land", land)))
    return tuple(found)


def _fits(question: Question, mode: Mode) -> bool:
    """A slip has no area, or it would name its flat: owners' decisions cannot be secret."""
    by_area = any(part.rule in RULES and RULES[part.rule].by_area for part in question.parts)
    return not (by_area and mode is Mode.DETACHED)


async def _editable(turn: Turn, number: int) -> Kept | Say:
    kept = await turn.uow.matters.get(number, to_change=True)
    if kept is None:
        return turn.say("matters.unknown", number=number)
    if not matters.parts(turn, kept.matter):
        return turn.say(Refusal.NOT_YOURS, number=number)
    after_notice = kept.matter.state in (State.NOTICED, State.ROLL_FROZEN)
    if kept.matter.state not in BEFORE_NOTICE and not (after_notice and is_admin(turn)):
        return turn.say(Refusal.NOT_NOW, number=number)
    return kept


async def take_edit(turn: Turn, action: TakeEdit) -> list[Say]:
    kept = await _editable(turn, action.number)
    if isinstance(kept, Say):
        return [kept]
    changed = await _edited(turn, kept.matter.question, action.part)
    if isinstance(changed, str):
        again = TakeEdit(kept.number, action.part)
        return [await turn.ask(changed, again, **_limits(turn, kept.matter.question))]
    return await _saved(turn, kept, changed)


def _limits(turn: Turn, question: Question) -> dict[str, Blank]:
    place = turn.community.voting.rules_on(today(turn))
    return {
        "least": place.window_min_days or 1,
        "most": drafting.longest_window(place),
        "least_notice": _least_notice(turn, question),
        "longest": LONGEST_TEXT,
    }


def _least_notice(turn: Turn, question: Question) -> int:
    voting = turn.community.voting
    kind = next((k for k in voting.kinds if k.outcome == question.outcome), voting.kinds[0])
    return voting.notice_days(kind, question.rule, voting.rules_on(today(turn)), temporary=True)


async def _edited(turn: Turn, question: Question, part: str) -> Question | str:
    """The question with one detail changed, or the key of the sentence that says what is wrong."""
    words = turn.words.strip()
    match part:
        case "title" if 0 < len(words) <= LONGEST_TITLE:
            return refused(words) or replace(question, title=words)
        case "text" if 0 < len(words) <= LONGEST_TEXT:
            return refused(words) or replace(question, text=words)
        case "options" if len(found := drafting.options_in(words)) != 1:
            return replace(question, options=found)
        case "consents":
            return await _with_consents(turn, question, words)
        case "window" | "notice":
            return _with_days(turn, question, part, words)
        case _:
            return f"matters.bad_edit.{part}"


def _with_days(turn: Turn, question: Question, part: str, words: str) -> Question | str:
    limits = _limits(turn, question)
    least, most = (limits["least"], limits["most"])
    if part == "notice":
        least, most = limits["least_notice"], LONGEST_NOTICE
    days = int(words) if words.isdecimal() and len(words) < 4 else 0
    assert isinstance(least, int) and isinstance(most, int)
    if not least <= days <= most:
        return f"matters.bad_edit.{part}"
    if part == "notice":
        return replace(question, notice_days=days)
    return replace(question, window_days=days)


async def _with_consents(turn: Turn, question: Question, words: str) -> Question | str:
    """Doors whose owners each have to agree; "0" takes them all away."""
    if words == "0":
        return replace(question, consents=())
    doors = tuple(dict.fromkeys(words.replace("，", " ").replace("、", " ").split()))
    for door in doors:
        parts = door.split("-")
        if len(parts) != 3 or await turn.uow.residents.household_at(*parts) is None:
            return "matters.bad_edit.consents"
    return replace(question, consents=doors) if doors else "matters.bad_edit.consents"


async def set_matter(turn: Turn, action: SetMatter) -> list[Say]:
    kept = await _editable(turn, action.number)
    if isinstance(kept, Say):
        return [kept]
    changed = _set(turn, kept.matter.question, action.part, action.value)
    if isinstance(changed, str):
        return [turn.say(changed, number=kept.number)]
    return await _saved(turn, kept, changed)


def _set(turn: Turn, question: Question, part: str, value: str) -> Question | str:
    match part, value:
        case "effect", ("binding" | "advisory" | "rehearsal"):
            return _with_effect(turn, question, LegalEffect(value))
        case "mode", ("named" | "pseudonymous" | "detached") if _fits(question, Mode(value)):
            return replace(question, mode=Mode(value))
        case "land", ("yes" | "no"):
            scope = question.parts[0].scope
            return replace(question, parts=parts_of("LIFT", scope, common_land=value == "yes"))
        case _:
            return Refusal.NOT_NOW


def _with_effect(turn: Turn, question: Question, effect: LegalEffect) -> Question | str:
    voting = turn.community.voting
    place = voting.rules_on(today(turn))
    basis = voting.basis(place)
    if why := why_not(effect, question.rule, place, basis):
        return why
    return replace(question, effect=effect, basis=basis)


async def _saved(turn: Turn, kept: Kept, question: Question) -> list[Say]:
    """Before the notice an edit is only that; after it the days begin anew (see notice)."""
    changed = replace(kept.matter, question=question)
    if kept.matter.state in BEFORE_NOTICE:
        outcome = await matters.do(turn, kept, Event.EDIT, Done(), changed=changed)
        if isinstance(outcome, Refusal):
            return [turn.say(outcome, number=kept.number)]
        return [await shown(turn, outcome)]
    return await noticed_anew(turn, kept, question)


ROUTES: Routes = {
    EditMatter: edit_matter,
    TakeEdit: take_edit,
    SetMatter: set_matter,
}
