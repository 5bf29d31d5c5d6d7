"""The details of a question changed: before the notice freely, after it with the days anew."""

from dataclasses import dataclass, replace

from casework import matters
from casework.matter_actions import EditMatter, SetMatter, TakeEdit
from casework.matter_views import option_lines
from casework.matters import Done
from domain import drafting
from domain.conversation import Blank, Choice, Phrase, Say, listed
from domain.drafting import LONGEST_OPTION, LONGEST_TEXT, LONGEST_TITLE, MOST_OPTIONS, EditRefusal
from domain.kinds import CONSULT, LIFT, Kind, KindRefusal, parts_of, refused
from domain.matters import BEFORE_NOTICE, Event, Refusal, State
from domain.places import EffectRefusal, LegalEffect, Place, in_force, modes, why_not
from domain.question import Mode, Question
from handlers.drafting import today
from handlers.matters import shown
from handlers.noticing import noticed_anew
from handlers.turn import Routes, Turn
from storage.matters import Kept

PARTS = ("title", "text", "options", "window", "notice", "consents")
LONGEST_NOTICE = 90  # days
AFTER_NOTICE = frozenset({State.NOTICED, State.ROLL_FROZEN})


@dataclass(frozen=True)
class AskAgain:
    """What was written cannot be read as this detail; ``key``: the sentence that says why."""

    key: str


Refused = Refusal | EditRefusal | EffectRefusal | KindRefusal


async def edit_matter(turn: Turn, action: EditMatter) -> list[Say]:
    """Which detail, or its new words."""
    kept = await matters.to_move(turn, action.number, Event.EDIT)
    if isinstance(kept, Refusal):
        return [turn.say(kept, number=action.number)]
    if action.part == "options" and not _has_options(turn, kept):
        return [turn.say(EditRefusal.OPTIONS, number=kept.number)]
    if action.part in PARTS:
        return [await _asked(turn, kept, f"matters.ask_edit.{action.part}", action.part)]
    anew = kept.matter.state in AFTER_NOTICE
    key = "matters.which_part_anew" if anew else "matters.which_part"
    days = kept.matter.question.notice_days
    return [turn.say(key, choices=_details(turn, kept), number=kept.number, days=days)]


async def _asked(turn: Turn, kept: Kept, key: str, part: str) -> Say:
    question = kept.matter.question
    blanks: dict[str, Blank] = {
        "text": question.text,
        "title": question.title,
        "window": question.window_days,
        "notice": question.notice_days,
        "options": option_lines(question) or Phrase("voting.yes_no_abstain"),
        "consents": listed(question.consents) or Phrase("matters.not_set"),
    }
    return await turn.ask_alone(key, TakeEdit(kept.number, part), **blanks, **_limits(turn, kept))


def _details(turn: Turn, kept: Kept) -> tuple[Choice, ...]:
    """Everything that can be changed. Why a vote cannot bind is said when it is asked for."""
    question, number = kept.matter.question, kept.number
    parts = [p for p in PARTS if p != "options" or _has_options(turn, kept)]
    found = [Choice(Phrase(f"matters.part.{p}"), EditMatter(number, p)) for p in parts]
    for effect in LegalEffect:
        if effect != question.effect:
            label = Phrase(f"voting.effect.{effect}.short")
            found.append(Choice(label, SetMatter(number, "effect", effect)))
    for mode in _modes(turn, kept):
        if mode is not question.mode:
            label = Phrase(f"voting.mode.{mode}.short")
            found.append(Choice(label, SetMatter(number, "mode", mode)))
    if _is_lift(turn, kept):
        land = "no" if len(question.parts) > 1 else "yes"
        found.append(Choice(Phrase(f"matters.land.{land}"), SetMatter(number, "land", land)))
    return tuple(found)


def _place(turn: Turn, question: Question) -> Place:
    """The law that a notice given today would be under."""
    return in_force(turn.community.voting.places, question.place, today(turn))


def _basis(turn: Turn, question: Question) -> str:
    return turn.community.voting.basis(_place(turn, question))


def _kind(turn: Turn, kept: Kept) -> Kind | None:
    """None for one that is no longer in the configuration."""
    return turn.community.voting.kind(kept.matter.kind)


def _is_round(turn: Turn, kept: Kept) -> bool:
    """Its answers and its secrecy are what a round is."""
    kind = _kind(turn, kept)
    return kind is not None and bool(kind.answers)


def _has_options(turn: Turn, kept: Kept) -> bool:
    """Where wishes are asked for people choose among several; decisions take yes and no."""
    return kept.matter.question.rule == CONSULT and not _is_round(turn, kept)


def _modes(turn: Turn, kept: Kept) -> tuple[Mode, ...]:
    question = kept.matter.question
    return () if _is_round(turn, kept) else modes(question.rule, _place(turn, question))


def _is_lift(turn: Turn, kept: Kept) -> bool:
    """Of a kind that knows lifts, and with the parts of one: a stair and, maybe, the estate."""
    kind, parts = _kind(turn, kept), kept.matter.question.parts
    knows = kind is not None and any(LIFT in way.rules for way in kind.alternatives)
    return knows and parts == parts_of(LIFT, parts[0].scope, common_land=len(parts) > 1)


async def take_edit(turn: Turn, action: TakeEdit) -> list[Say]:
    kept = await matters.to_move(turn, action.number, Event.EDIT)
    if isinstance(kept, Refusal):
        return [turn.say(kept, number=action.number)]
    match await _edited(turn, kept, action.part):
        case Question() as changed:
            return await _saved(turn, kept, changed)
        case AskAgain(key):
            return [await _asked(turn, kept, key, action.part)]
        case refusal:
            return [turn.say(refusal, number=kept.number)]


def _limits(turn: Turn, kept: Kept) -> dict[str, int]:
    """What a window and a notice may be: by the place's law, and as the kind has it."""
    voting, question = turn.community.voting, kept.matter.question
    place, kind = _place(turn, question), _kind(turn, kept)
    least = place.notice(temporary=True) if kind is None else voting.notice_days(
        kind, question.rule, place, temporary=True)  # fmt: skip
    return {
        "least": drafting.shortest_window(place),
        "most": drafting.longest_window(place),
        "least_notice": least,
        "most_notice": LONGEST_NOTICE,
        "longest": LONGEST_TEXT,
        "longest_title": LONGEST_TITLE,
        "most_options": MOST_OPTIONS,
        "longest_option": LONGEST_OPTION,
    }


async def _edited(turn: Turn, kept: Kept, part: str) -> Question | AskAgain | Refused:
    """The question with one detail changed."""
    question, words = kept.matter.question, turn.words.strip()
    match part:
        case "title" if 0 < len(words) <= LONGEST_TITLE:
            return refused(words) or replace(question, title=words)
        case "text" if 0 < len(words) <= LONGEST_TEXT:
            return refused(words) or replace(question, text=words)
        case "options" if not _has_options(turn, kept):
            return EditRefusal.OPTIONS
        case "options" if words:
            return _with_options(question, words)
        case "consents" if words:
            return await _with_consents(turn, question, words)
        case _ if part in PARTS:
            return _with_days(question, part, words, _limits(turn, kept))
    return Refusal.NOT_NOW


def _with_days(
    question: Question, part: str, words: str, limits: dict[str, int]
) -> Question | AskAgain:
    days = drafting.days_in(words) or 0
    match part:
        case "window" if limits["least"] <= days <= limits["most"]:
            return replace(question, window_days=days)
        case "notice" if max(1, limits["least_notice"]) <= days <= LONGEST_NOTICE:
            return replace(question, notice_days=days)
    return AskAgain(f"matters.bad_edit.{part}")


def _with_options(question: Question, words: str) -> Question | AskAgain | Refused:
    """ "0" takes them all away: then people answer yes, no or abstain."""
    options = () if words == "0" else drafting.options_in(words)
    if not drafting.are_options(options):
        return AskAgain("matters.bad_edit.options")
    return refused("\n".join(options)) or replace(question, options=options)


async def _with_consents(turn: Turn, question: Question, words: str) -> Question | AskAgain:
    """Doors whose owners each have to agree; "0" takes them all away."""
    if words == "0":
        return replace(question, consents=())
    doors = tuple(dict.fromkeys(words.replace("，", " ").replace("、", " ").split()))
    for door in doors:
        parts = door.split("-")
        if len(parts) != 3 or await turn.uow.residents.household_at(*parts) is None:
            return AskAgain("matters.bad_edit.consents")
    return replace(question, consents=doors) if doors else AskAgain("matters.bad_edit.consents")


async def set_matter(turn: Turn, action: SetMatter) -> list[Say]:
    kept = await matters.to_move(turn, action.number, Event.EDIT)
    if isinstance(kept, Refusal):
        return [turn.say(kept, number=action.number)]
    changed = _set(turn, kept, action.part, action.value)
    if isinstance(changed, Question):
        return await _saved(turn, kept, changed)
    return [turn.say(changed, number=kept.number)]


def _set(turn: Turn, kept: Kept, part: str, value: str) -> Question | Refused:
    question = kept.matter.question
    match part, value:
        case "effect", ("binding" | "advisory" | "rehearsal"):
            return _with_effect(turn, question, LegalEffect(value))
        case "mode", ("named" | "pseudonymous" | "detached"):
            allowed = value in _modes(turn, kept)
            return replace(question, mode=Mode(value)) if allowed else EditRefusal.MODE
        case "land", ("yes" | "no") if _is_lift(turn, kept):
            scope = question.parts[0].scope
            return replace(question, parts=parts_of(LIFT, scope, common_land=value == "yes"))
        case _:
            return Refusal.NOT_NOW


def _with_effect(turn: Turn, question: Question, effect: LegalEffect) -> Question | EffectRefusal:
    place, basis = _place(turn, question), _basis(turn, question)
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
