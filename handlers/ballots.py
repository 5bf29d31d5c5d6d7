"""Ballots of one matter that came together, each answered as ``handlers.voting`` would.

What is more than one's own ballot with its receipt (a refusal, a ballot for somebody else, one
without a name) is left to it, and with it all that came for the same voting unit later.
"""

from collections.abc import Sequence

from casework import speaking
from casework.ballots import Lot
from casework.matter_actions import CastBallot
from domain.ballots import Cast
from domain.conversation import Say
from domain.question import Mode
from handlers.turn import Turn
from handlers.voting import packed, recorded
from storage.matters import Kept
from storage.roll import OnRoll

Asked = tuple[Turn, CastBallot]


async def cast_together(asked: Sequence[Asked], number: int) -> list[Say | None]:
    """What each is told, in this order; None: nothing was done, it is to be cast alone."""
    if not asked:
        return []
    scene = asked[0][0]  # they differ in who asks, not in where and when it is done
    kept = await scene.uow.matters.get(number, to_change=True)
    if kept is None or not kept.salt or kept.matter.question.mode is Mode.DETACHED:
        return [None] * len(asked)
    able = await speaking.all_units(scene, kept, {turn.person.id for turn, _ in asked})
    lot = await Lot.begin(scene, kept, (voter for voters in able.values() for voter in voters))
    says: list[Say | None] = []
    alone: set[str] = set()
    for turn, action in asked:
        voters = able.get(turn.person.id, ()) if action.unit not in alone else ()
        say = _cast(turn, action, kept, lot, voters)
        if say is None:
            alone.add(action.unit)
        says.append(say)
    await lot.write()
    return says


def _cast(
    turn: Turn, action: CastBallot, kept: Kept, lot: Lot, able: Sequence[OnRoll]
) -> Say | None:
    """Who was sent by others is not any more, once these have spoken themselves."""
    me = turn.person.id
    mine = [voter for voter in able if voter.person == me or voter.unit not in lot.spoken]
    voter = next((voter for voter in mine if packed(voter.unit) == action.unit), None)
    if voter is None or voter.person != me:
        return None
    receipt = lot.take(voter, Cast(action.choice, turn.received))
    return recorded(turn, kept, voter, receipt, others=len(mine) > 1) if receipt else None
