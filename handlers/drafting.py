"""A new matter put together: kind, what is so of it, the rule, scope and title."""

from datetime import date

from casework import matters
from casework.matter_actions import (
    ConfirmRule,
    PickKind,
    PickWay,
    StartMatter,
    TakeTitle,
)
from casework.matter_views import scope_name
from domain import drafting
from domain.conversation import Choice, Names, Phrase, Say
from domain.drafting import LONGEST_TITLE, Picked
from domain.kinds import Kind, Proposal, propose, refused
from domain.matters import Event, Matter, State
from domain.question import Scope
from handlers.matters import is_admin, shown
from handlers.turn import Routes, Turn
from storage.matters import Happened


async def start_matter(turn: Turn, action: StartMatter) -> list[Say]:
    if not is_admin(turn):
        return [turn.say("matters.only_admin")]
    choices = tuple(Choice(k.name, PickKind(k.code)) for k in turn.community.voting.kinds)
    return [turn.say("matters.which_kind", choices=choices)]


async def pick_kind(turn: Turn, action: PickKind) -> list[Say]:
    return await pick_way(turn, PickWay(action.kind, ""))


async def pick_way(turn: Turn, action: PickWay) -> list[Say]:
    """What is so of it? Several may be; the rule follows from the strictest."""
    kind = turn.community.voting.kind(action.kind)
    if kind is None or not _may_put(turn, kind):
        return [turn.say("matters.only_admin")]
    choices = [
        Choice(
            Phrase("matters.picked" if str(n) in action.picked else "matters.not_picked",
                   {"name": a.name}),
            PickWay(kind.code, _toggled(action.picked, n)),
        )
        for n, a in enumerate(kind.alternatives)
    ]  # fmt: skip
    if action.picked:
        on = ConfirmRule(kind.code, action.picked, 0)
        choices.append(Choice(Phrase("matters.button.go_on"), on))
        return [*_rules(turn, kind, action.picked, tuple(choices))]
    return [turn.say("matters.what_is_so", choices=tuple(choices), kind=kind.name)]


def _may_put(turn: Turn, kind: Kind) -> bool:
    staff = turn.person.staff
    return staff is not None and matters.may_put(staff, kind.code)


def _toggled(picked: str, way: int) -> str:
    found = set(picked) ^ {str(way)}
    return "".join(sorted(found))


def _proposal(kind: Kind, picked: str) -> Proposal | None:
    codes = {a.code for n, a in enumerate(kind.alternatives) if str(n) in picked}
    return propose(kind, codes)


def _rules(turn: Turn, kind: Kind, picked: str, ways: tuple[Choice, ...]) -> list[Say]:
    """The proposed rule with its basis; a person confirms it, or takes another body that may."""
    proposal = _proposal(kind, picked)
    if proposal is None:
        return [turn.say("matters.what_is_so", choices=ways, kind=kind.name)]
    offered = (proposal.rule, *proposal.others)
    rules = tuple(
        Choice(Phrase("matters.button.rule", {"rule": Phrase(f"rule.{rule}.short")}),
               ConfirmRule(kind.code, picked, n))
        for n, rule in enumerate(offered)
    )  # fmt: skip
    return [
        turn.say(
            "matters.proposed_rule",
            choices=(*rules, *ways[:-1]),
            kind=kind.name,
            rule=Phrase(f"rule.{proposal.rule}"),
            basis="；".join(filter(None, proposal.basis)) or Phrase("matters.no_basis"),
        )
    ]


async def confirm_rule(turn: Turn, action: ConfirmRule) -> list[Say]:
    picked = _picked(turn, action.kind, action.picked, action.rule)
    if picked is None:
        return [turn.say("matters.only_admin")]
    then = TakeTitle(action.kind, action.picked, action.rule)
    return [await turn.ask("matters.ask_title", then, kind=picked.kind.name)]


def _picked(turn: Turn, code: str, ways: str, rule: int) -> Picked | None:
    kind = turn.community.voting.kind(code)
    proposal = _proposal(kind, ways) if kind else None
    if kind is None or proposal is None or not _may_put(turn, kind):
        return None
    offered = (proposal.rule, *proposal.others)
    return Picked(kind, proposal, offered[rule]) if rule < len(offered) else None


async def take_title(turn: Turn, action: TakeTitle) -> list[Say]:
    """ "3-2 加装电梯": where, and what. From here on it is a draft with a number."""
    picked = _picked(turn, action.kind, action.picked, action.rule)
    if picked is None:
        return [turn.say("matters.only_admin")]
    scope, title = drafting.scope_in(turn.words, _grids(turn))
    if scope is None or not title or not await _exists(turn, scope):
        again = TakeTitle(action.kind, action.picked, action.rule)
        return [await turn.ask("matters.bad_scope", again)]
    if len(title) > LONGEST_TITLE:
        again = TakeTitle(action.kind, action.picked, action.rule)
        return [await turn.ask("matters.title_too_long", again, most=LONGEST_TITLE)]
    if why := refused(title):
        return [turn.say(why)]
    return await _drafted(turn, picked, scope, title)


def _grids(turn: Turn) -> dict[str, str]:
    return {
        name: code
        for code, names in turn.community.grids.items()
        for name in (*names.by_language.values(), f"grid:{code}")
    }


async def _exists(turn: Turn, scope: Scope) -> bool:
    if scope.kind == "unit":
        return await turn.uow.residents.has_unit(*scope.value.split("-", 1))
    if scope.kind == "building":
        return await turn.uow.residents.grid_of(scope.value) is not None
    return True


async def _drafted(turn: Turn, picked: Picked, scope: Scope, title: str) -> list[Say]:
    staff = turn.person.staff
    assert staff is not None  # an admin
    text = _wording(turn, picked.proposal.question, scope, title)
    community = turn.community
    question = drafting.drafted(
        picked, scope, title, text, community.voting, today(turn), community.language
    )
    number = await turn.uow.matters.next_number()
    begins = State.REVIEWED if picked.kind.answers else State.DRAFT  # nobody proposes a round
    matter = Matter(number, picked.kind.code, question, begins, staff.id)
    matter = matters.timed(matter, Event.DRAFT, turn)
    happened = Happened(Event.DRAFT, turn.now, turn.person.id, turn.account)
    return [await shown(turn, await turn.uow.matters.open(matter, happened))]


def _wording(turn: Turn, question: Names, scope: Scope, title: str) -> str:
    """The question of the kind in the community's first language, its blanks filled in."""
    wording = question.by_language.get(turn.community.language, "")
    place = _plain_scope(turn, scope)
    return wording.replace("{scope}", place).replace("{title}", title)


def _plain_scope(turn: Turn, scope: Scope) -> str:
    named = scope_name(scope, turn.community)
    if isinstance(named, Names):
        return named.by_language.get(turn.community.language, "")
    return scope.value


def today(turn: Turn) -> date:
    return turn.now.astimezone(turn.community.calendar.zone).date()


ROUTES: Routes = {
    StartMatter: start_matter,
    PickKind: pick_kind,
    PickWay: pick_way,
    ConfirmRule: confirm_rule,
    TakeTitle: take_title,
}
