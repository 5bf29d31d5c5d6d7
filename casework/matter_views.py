"""How a matter looks to those who see it: the group, its voters, who answers for it.

Nothing here names a person, a flat or a choice: a group may see every one of these cards.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from casework.actions import Progress
from casework.entry_actions import ShowMandate
from casework.matter_actions import (
    Advance,
    AskWhy,
    EditMatter,
    EndMatter,
    Extend,
    FreezeRoll,
    GiveNotice,
    HandOver,
    LinkCase,
    NewCase,
    Object,
    ShowBallot,
    ShowMatter,
    ShowObjections,
    ShowTerms,
    Skip,
)
from casework.record_actions import ShowRecord
from casework.views import state_line
from domain import terms
from domain.budget import Topic
from domain.community import Community
from domain.conversation import Action, Address, Blank, Choice, Phrase, Say, listed
from domain.kinds import has_proxies, is_round, roll_of
from domain.matters import (
    AFTER_THE_COUNT,
    BEFORE_NOTICE,
    MAY_BE_SKIPPED,
    STEP_AFTER,
    Event,
    Matter,
    Part,
    State,
    possible,
)
from domain.objections import may_be_made
from domain.places import LegalEffect, Paper
from domain.procedure import Parking
from domain.question import Mode, Question, Scope
from domain.record import SHOWN
from domain.residents import Staff
from domain.roll import square_metres
from domain.rounds import FEWEST_SHOWN
from domain.voting import RULES, Silence, Sum
from storage.tickets import Case

MOST_BUTTONS = 3  # of cases on a group's card
WITH_RECORD = frozenset({Event.PROPOSE, Event.CONSULT, Event.REVIEW, Event.PUBLISH, Event.REPORT})


def link(number: int) -> str:
    """The deep link that leads from a group to the private ballot."""
    return f"v{number}"


def scope_name(scope: Scope, community: Community) -> Blank:
    """Where: a stair, a building, a grid by its name, or the whole community by its own."""
    match scope.kind:
        case "unit":
            building, _, unit = scope.value.partition("-")
            return Phrase("scope.unit", {"building": building, "unit": unit})
        case "building":
            return Phrase("scope.building", {"building": scope.value})
        case "grid" if scope.value in community.grids:
            return community.grids[scope.value]
        case _:
            return community.name


def rule_lines(question: Question, community: Community) -> tuple[Blank, ...]:
    """Each test of the decision in words, the scope before the rule."""
    lines: list[Blank] = [
        Phrase(
            "matters.rule_line",
            {
                "scope": scope_name(p.scope, community),
                "rule": terms.rule(p.rule, in_round=is_round(question)),
            },
        )
        for p in question.parts
    ]
    if question.consents:
        lines.append(Phrase("matters.consents_line", {"count": len(question.consents)}))
    return tuple(lines)


def roll_lines(question: Question, totals: Sequence[Sum]) -> tuple[Blank, ...]:
    """How many there are on the roll of each part, with their area where it counts."""
    lines: list[Blank] = []
    for part, total in zip(question.parts, totals, strict=True):
        by_area = part.rule in RULES and RULES[part.rule].by_area
        key = "roll.total_with_area" if by_area else "roll.total"
        unit = Phrase(f"unit.{roll_of(part.rule)}")
        area = square_metres(total.area)
        lines.append(Phrase(key, {"number": total.number, "area": area, "unit": unit}))
    return tuple(lines)


def worth(question: Question, community: Community) -> tuple[Blank, ...]:
    """What the vote is worth and what the server can see: on every card (handbook: voting 2.2)."""
    effect = LegalEffect(question.effect)
    return (
        terms.worth(
            effect, roll_of(question.rule), community.voting.place_of(question), question.basis
        ),
        *terms.honest(question.mode),
    )


def conditions(question: Question) -> tuple[Blank, ...]:
    """What becomes of silence, of changes and of paper, as it was settled before the opening."""
    lines: list[Blank] = [terms.silent(Silence(question.silence))]
    if question.mode is Mode.DETACHED:
        lines.append(Phrase("voting.few_are_hidden", {"fewest": FEWEST_SHOWN}))
    else:
        lines += [terms.changes(question.change_limit), terms.paper(Paper(question.paper))]
        lines.append(terms.spoiled(question.invalid_counts))
    if question.parking:
        lines.append(terms.parking(Parking(question.parking)))
    return tuple(lines)


def blanks_of(matter: Matter, community: Community) -> dict[str, Blank]:
    question = matter.question
    return {
        "number": matter.number,
        "title": question.title,
        "text": question.text,
        "scope": scope_name(question.scope, community),
        "stage": stage_line(matter),
        "rules": rule_lines(question, community),
        "worth": worth(question, community),
        "effect": worth(question, community)[0],
        "conditions": conditions(question),
        "asked": (question.text, *option_lines(question)),
        "when": when(matter),
        "opens": matter.opens_at or question.opens_at or Phrase("matters.not_set"),
        "closes": matter.closes_at or question.closes_at or Phrase("matters.not_set"),
        "notice_days": question.notice_days,
        "text_hash": matter.text_hash[:SHOWN],
        "roll_hash": matter.roll_hash[:SHOWN],
    }


def option_lines(question: Question) -> tuple[Blank, ...]:
    """The question's own answers; yes, no and abstain go without saying."""
    return tuple(f"{n}. {option}" for n, option in enumerate(question.options, 1))


def when(matter: Matter) -> Phrase:
    """The window, or before the notice how long it will be."""
    question = matter.question
    opens, closes = matter.opens_at or question.opens_at, matter.closes_at or question.closes_at
    if opens is None or closes is None:
        days: dict[str, Blank] = {"notice": question.notice_days, "window": question.window_days}
        return Phrase("matters.when_days", days)
    return Phrase("matters.when", {"opens": opens, "closes": closes})


def turnout(question: Question, took_part: int) -> Blank:
    """How many have answered; in a secret vote not while they are so few that it tells who."""
    if question.mode is Mode.DETACHED and took_part < FEWEST_SHOWN:
        return Phrase("voting.almost_nobody", {"fewest": FEWEST_SHOWN})
    return took_part


def stage_line(matter: Matter) -> Phrase:
    due: Blank = matter.due_at or Phrase("matters.not_set")
    return Phrase(f"matters.stage.{matter.state}", {"due": due})


def group_card(
    matter: Matter,
    community: Community,
    to: Address,
    news: Sequence[Blank],
    cases: Sequence[int] = (),
    *,
    now: datetime,
    fresh: bool = False,
    anew: bool = False,
) -> Say:
    """The one card a group has of a matter; it changes in place from stage to stage.

    ``news``: what came in or came out meanwhile. ``cases``: those that carry it out.
    """
    key = f"matters.group.{_face(matter)}"
    if cases:
        news = (*news, Phrase("outcomes.cases", {"cases": listed(cases)}))
    heading = Phrase("matters.on_notice_anew" if anew else "matters.on_notice")
    blanks = blanks_of(matter, community) | {"news": tuple(news), "heading": heading}
    choices = (*_for_all(matter, now), *(_progress(case) for case in cases[:MOST_BUTTONS]))
    card = f"matter:{matter.number}"
    return Say(to, key, blanks, choices, card=card, fresh=fresh, topic=Topic.LEGAL)


def _progress(case: int) -> Choice:
    return Choice(Phrase("outcomes.button.case", {"case": case}), Progress(case), f"t{case}")


def case_line(case: Case, staff: Mapping[int, Staff]) -> Phrase:
    """A case that carries a matter out, with where it stands."""
    blanks: dict[str, Blank] = {"case": case.number, "state": state_line(case.ticket, staff)}
    return Phrase("outcomes.case_line", blanks)


def _face(matter: Matter) -> str:
    if matter.state in AFTER_THE_COUNT | {State.CLOSED, State.ARCHIVED}:
        return "after"
    if matter.state in (State.WITHDRAWN, State.VOID):
        return "gone"
    return "open" if matter.state is State.OPEN else "notice"


def _for_all(matter: Matter, now: datetime) -> tuple[Choice, ...]:
    show = Choice(Phrase("matters.button.show"), ShowMatter(matter.number), f"m{matter.number}")
    if matter.state is State.OPEN:
        vote = ShowBallot(matter.number)
        return (Choice(Phrase("voting.button.vote"), vote, link(matter.number)), show)
    if may_be_made(matter, now):
        object_to = Object(matter.number)
        return (Choice(Phrase("objections.button.object"), object_to, f"o{matter.number}"), show)
    return (show,)


def card(
    matter: Matter,
    community: Community,
    staff: Mapping[int, Staff],
    to: Address,
    parts: frozenset[Part],
    news: Sequence[Blank],
    *,
    now: datetime,
    fresh: bool = True,
) -> Say:
    """A matter as one person sees it alone, with what they can do about it now."""
    owner = staff.get(matter.owner)
    blanks = blanks_of(matter, community)
    blanks["news"] = Phrase("matters.news", {"lines": tuple(news)}) if news else ""
    blanks["owner"] = owner.title if owner else Phrase("state.nobody")
    choices = (*_for_me(matter, now), *steps(matter, parts))
    own_card = f"m:{matter.number}"
    return Say(to, "matters.card", blanks, choices, card=own_card, fresh=fresh)


def _for_me(matter: Matter, now: datetime) -> tuple[Choice, ...]:
    number = matter.number
    found: list[Choice] = []
    if matter.state is State.OPEN:
        found.append(Choice(Phrase("voting.button.vote"), ShowBallot(number)))
    if matter.state in (State.ROLL_FROZEN, State.OPEN) and has_proxies(matter.question):
        found.append(Choice(Phrase("proxies.button.show"), ShowMandate(number)))
    if may_be_made(matter, now):
        found.append(Choice(Phrase("objections.button.object"), Object(number)))
    if matter.state not in BEFORE_NOTICE:
        found.append(Choice(Phrase("objections.button.show"), ShowObjections(number)))
        found.append(Choice(Phrase("matters.button.history"), AskWhy(number)))
        found.append(Choice(Phrase("matters.button.terms"), ShowTerms(number)))
    if matter.roll_hash and matter.question.mode is not Mode.DETACHED:
        found.append(Choice(Phrase("records.button.show"), ShowRecord(number)))
    return tuple(found)


def steps(matter: Matter, parts: frozenset[Part]) -> tuple[Choice, ...]:
    """The steps the table has for these parts now, as buttons; the next stage first."""
    can, number = possible(matter, parts), matter.number
    found: list[Choice] = []
    onward = STEP_AFTER.get(matter.state)
    if onward in can and onward is not None:
        found += _onward(matter, onward)
    leaves = Event.ARCHIVE in can and not matter.has_to_be_carried_out
    if leaves and onward is not Event.ARCHIVE:
        found.append(_step("archive", Advance(number, Event.ARCHIVE)))
    if Event.LINK in can:
        found.append(_step("new_case", NewCase(number)))
        found.append(_step("link", LinkCase(number)))
    if Event.EDIT in can:
        found.append(_step("edit", EditMatter(number, "")))
    if Event.EXTEND in can and not matter.extended:
        found.append(_step("extend", Extend(number)))
    for event in (Event.WITHDRAW, Event.VOID):
        if event in can:
            found.append(_step(event, EndMatter(number, event)))
    if Event.HAND_OVER in can:
        found.append(_step("hand_over", HandOver(number)))
    return tuple(found)


def _onward(matter: Matter, event: Event) -> list[Choice]:
    number = matter.number
    match event:
        case Event.NOTICE:
            return [_step("notice", GiveNotice(number, 0))]
        case Event.FREEZE:
            return [_step("freeze", FreezeRoll(number, 0))]
        case Event.EXECUTE if not matter.may_be_carried_out:
            return []
    found = [_step(event, Advance(number, event))]
    if event in MAY_BE_SKIPPED:
        found.append(_step("skip", Skip(number, event)))
    return found


def _step(name: str, action: Action) -> Choice:
    return Choice(Phrase(f"matters.button.{name}"), action)
