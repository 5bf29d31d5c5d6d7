"""A new matter put together: kind, what is so of it, the rule, scope and title."""

from dataclasses import replace
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
from domain import drafting, terms
from domain.conversation import Choice, Names, Phrase, Say
from domain.drafting import LONGEST_TITLE, Picked
from domain.kinds import Kind, Proposal, propose, refused
from domain.matters import Event, Matter, State
from domain.question import Scope
from handlers.matters import shown
from handlers.turn import Routes, Turn
from storage.matters import Happened

CARD = "m:new"  # the choices change in place until there is a draft


async def start_matter(turn: Turn, action: StartMatter) -> list[Say]:
    kinds = [kind for kind in turn.community.voting.kinds if _may_put(turn, kind)]
    if not kinds:
        return [turn.say("matters.only_admin")]
    choices = tuple(Choice(kind.name, PickKind(kind.code)) for kind in kinds)
    return [replace(turn.say("matters.which_kind", choices=choices), card=CARD, fresh=True)]


async def pick_kind(turn: Turn, action: PickKind) -> list[Say]:
    return await pick_way(turn, PickWay(action.kind, ""))


async def pick_way(turn: Turn, action: PickWay) -> list[Say]:
    """What is so of it? Several may be; the rule follows from the strictest."""
    kind = turn.community.voting.kind(action.kind)
    if kind is None or not _may_put(turn, kind):
        return await start_matter(turn, StartMatter())
    ways = tuple(_way(kind, action.picked, n) for n in range(len(kind.alternatives)))
    proposal = _proposal(kind, action.picked)
    if proposal is not None:
        return [replace(_proposed(turn, kind, action.picked, proposal, ways), card=CARD)]
    return [replace(turn.say("matters.what_is_so", choices=ways, kind=kind.name), card=CARD)]


def _way(kind: Kind, picked: str, n: int) -> Choice:
    key = "matters.picked" if str(n) in picked else "matters.not_picked"
    action = PickWay(kind.code, _toggled(picked, n))
    return Choice(Phrase(key, {"name": kind.alternatives[n].name}), action)


def _may_put(turn: Turn, kind: Kind) -> bool:
    staff = turn.person.staff
    return staff is not None and matters.may_put(staff, kind.code)


def _toggled(picked: str, way: int) -> str:
    found = set(picked) ^ {str(way)}
    return "".join(sorted(found))


def _proposal(kind: Kind, picked: str) -> Proposal | None:
    codes = {a.code for n, a in enumerate(kind.alternatives) if str(n) in picked}
    return propose(kind, codes)


def _proposed(
    turn: Turn, kind: Kind, picked: str, proposal: Proposal, ways: tuple[Choice, ...]
) -> Say:
    """The proposed rule with its basis; a person confirms it, or takes another body that may."""
    rules = tuple(
        Choice(Phrase("matters.button.rule", {"rule": Phrase(f"rule.{rule}.short")}),
               ConfirmRule(kind.code, picked, n))
        for n, rule in enumerate((proposal.rule, *proposal.others))
    )  # fmt: skip
    return turn.say(
        "matters.proposed_rule",
        choices=(*rules, *ways),
        kind=kind.name,
        rule=terms.rule(proposal.rule, in_round=bool(kind.answers)),
        basis="；".join(filter(None, proposal.basis)) or Phrase("matters.no_basis"),
    )


async def confirm_rule(turn: Turn, action: ConfirmRule) -> list[Say]:
    picked = _picked(turn, action.kind, action.picked, action.rule)
    if picked is None:
        return await start_matter(turn, StartMatter())
    then = TakeTitle(action.kind, action.picked, action.rule)
    return [await turn.ask_alone("matters.ask_title", then, kind=picked.kind.name)]


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
        return await start_matter(turn, StartMatter())
    scope, title = drafting.scoped(turn.words, picked, turn.community.grids_said)
    if why := await _unfit(turn, picked, scope, title):
        again = TakeTitle(action.kind, action.picked, action.rule)
        return [await turn.ask_alone(why, again, most=LONGEST_TITLE)]
    if election := refused(title):
        return [turn.say(election)]
    assert scope is not None  # else it were unfit
    return await _drafted(turn, picked, scope, title)


async def _unfit(turn: Turn, picked: Picked, scope: Scope | None, title: str) -> str | None:
    """The key of the sentence that says what is wrong with a scope and a title."""
    if scope is None or not title or not await _exists(turn, scope):
        return "matters.bad_scope"
    if len(title) > LONGEST_TITLE:
        return "matters.title_too_long"
    return drafting.unfit(picked.rule, scope)


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
