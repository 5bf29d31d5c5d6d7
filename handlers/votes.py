"""我的票: every vote that somebody may take part in, with whether they did, and never how."""

from casework import voting
from casework.matter_actions import ShowMatter, ShowVotes
from casework.matter_views import stage_line
from domain.conversation import Blank, Choice, Phrase, Say
from domain.kinds import has_proxies
from domain.matters import State
from handlers.turn import Routes, Turn
from handlers.voting import unit_name
from storage.matters import Kept
from storage.roll import OnRoll

MOST_LISTED = 10  # matters, newest first


async def show_votes(turn: Turn, action: ShowVotes) -> list[Say]:
    lines: list[Blank] = []
    shown: list[Kept] = []
    for number in await turn.uow.roll.matters_of(turn.person.id, MOST_LISTED):
        kept = await turn.uow.matters.get(number)
        if kept is not None:
            shown.append(kept)
            lines += [await _line(turn, kept, voter) for voter in await _units(turn, kept)]
    if not lines:
        return [turn.say("votes.none")]
    choices = tuple(_open(kept) for kept in shown)
    return [turn.say("votes.list", choices=choices, lines=tuple(lines))]


async def _units(turn: Turn, kept: Kept) -> list[OnRoll]:
    own = await turn.uow.roll.may_answer(kept.number, turn.person.id)
    if not has_proxies(kept.matter.question):
        return own
    return own + await turn.uow.mandates.voters(kept.number, turn.person.id)


def _open(kept: Kept) -> Choice:
    label = Phrase("matters.button.open", {"number": kept.number})
    return Choice(label, ShowMatter(kept.number))


async def _line(turn: Turn, kept: Kept, voter: OnRoll) -> Phrase:
    blanks: dict[str, Blank] = {
        "number": kept.number,
        "title": kept.matter.title,
        "unit": unit_name(turn, voter),
        "stage": stage_line(kept.matter),
        "closes": kept.matter.closes_at or Phrase("matters.not_set"),
    }
    if not voter.took_part:
        return Phrase(_waits(kept), blanks)
    standing = await voting.standing(turn, kept, voter)
    if standing is None:
        return Phrase("votes.marked", blanks)
    return Phrase("votes.answered", blanks | {"code": voting.receipt(kept, standing).code})


def _waits(kept: Kept) -> str:
    match kept.matter.state:
        case State.OPEN:
            return "votes.not_yet"
        case State.ROLL_FROZEN:
            return "votes.soon"
    return "votes.missed"


ROUTES: Routes = {ShowVotes: show_votes}
