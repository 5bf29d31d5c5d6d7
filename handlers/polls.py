"""Opinion polls in groups: they decide nothing."""

from dataclasses import dataclass

from domain.conversation import Action, Say
from handlers.turn import Routes, Turn


@dataclass(frozen=True)
class PollChanged(Action, code="poll.is"):
    """A platform tells how a poll it holds stands; the numbers are in what came in."""


async def poll_changed(turn: Turn, action: PollChanged) -> list[Say]:
    if turn.inbound.poll:
        await turn.uow.polls.stands(turn.sender.channel, turn.inbound.poll, turn.now)
    return []


ROUTES: Routes = {
    PollChanged: poll_changed,
}
