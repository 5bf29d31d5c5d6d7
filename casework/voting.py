"""Takes one ballot: the same way for buttons, proxies, paper and help at the door.

The caller holds the matter locked, so that ballots come one after another and none can come in
after the close. What is written here is one line of the record; the receipt holds no choice.
"""

from dataclasses import dataclass
from datetime import datetime

from casework.scene import Scene
from domain.ballots import SPOILED, Cast, Refusal, Standing, Via, accept, open_at
from domain.kinds import has_proxies
from domain.question import Mode
from domain.record import SHOWN, Log, Moment, Opening
from storage.ballots import Ballot, head_of, log_of
from storage.matters import Kept
from storage.roll import OnRoll


@dataclass(frozen=True)
class Receipt:
    """What proves that a ballot was recorded, without telling how it was marked."""

    matter: int
    seq: int
    commit: str
    size: int
    root: str
    at: datetime
    again: bool = False  # the same answer once more: nothing was written

    @property
    def code(self) -> str:
        """To be found again in the public record: ``12:a1b2c3d4…``."""
        return f"{self.seq}:{self.commit[:SHOWN]}"

    @property
    def head(self) -> str:
        return f"{self.size}:{self.root[:SHOWN]}"


@dataclass(frozen=True)
class Marked:
    """A detached answer was put in. There is no receipt, or somebody could tell whose it was."""

    matter: int


@dataclass(frozen=True)
class Officers:
    """Who wrote a ballot down for somebody, and who saw it."""

    first: int | None = None
    second: int | None = None


NOBODY = Officers()


async def take(
    scene: Scene, kept: Kept, voter: OnRoll, cast: Cast, officers: Officers = NOBODY
) -> Receipt | Marked | Refusal:
    """Record one answer of one voting unit, or say why not."""
    if refusal := open_at(kept.matter, cast.at):
        return refusal
    if kept.matter.question.mode is Mode.DETACHED:
        return await _put_in(scene, kept, voter, cast)
    stands = await standing(scene, kept, voter)
    if stands and _says_again(cast, stands):
        return receipt(kept, stands, again=True)
    if refusal := accept(kept.matter.question, cast, stands):
        return refusal
    return await _write(scene, kept, voter, cast, stands, officers)


def _says_again(cast: Cast, stands: Standing) -> bool:
    """Nobody learns so how another one voted: their first ballot is always written."""
    same = (stands.choice, stands.via) == (marked(cast), cast.via)
    return same and not stands.is_of_another


def marked(cast: Cast) -> str | None:
    """The choice as the record has it: none where the ballot is spoiled."""
    return None if cast.choice == SPOILED else cast.choice


async def _write(
    scene: Scene,
    kept: Kept,
    voter: OnRoll,
    cast: Cast,
    standing: Standing | None,
    officers: Officers,
) -> Receipt:
    vid = scene.uow.ballots.vid(kept, voter.unit)
    opening = Opening(vid, marked(cast), 1, voter.areas, scene.uow.ballots.nonce())
    log, ballot = next_line(log_of(kept), opening, cast, standing, officers)
    await scene.uow.ballots.append(kept, log, [ballot], int(standing is None))
    if standing is None:
        await scene.uow.roll.answered(kept.number, voter.unit)
    if cast.via is not Via.PROXY and has_proxies(kept.matter.question):
        await scene.uow.mandates.end(kept.number, voter.unit)
    return receipt_in(log, as_standing(ballot, 0))


def next_line(
    log: Log, opening: Opening, cast: Cast, standing: Standing | None, officers: Officers = NOBODY
) -> tuple[Log, Ballot]:
    """The record with one ballot more, and the ballot as it is written."""
    at = max(cast.at, standing.at) if standing else cast.at  # received earlier, let in later
    log, line = log.append(opening, at)
    replaces = standing.seq if standing else None
    return log, Ballot(line, opening, at, cast.via, officers.first, officers.second, replaces)


def as_standing(ballot: Ballot, changes: int) -> Standing:
    """A ballot that was just written, as the next one of its unit finds it."""
    line, opening = ballot.line, ballot.opening
    return Standing(line.seq, opening.choice, ballot.at, ballot.via, changes, line.commit)


async def _put_in(scene: Scene, kept: Kept, voter: OnRoll, cast: Cast) -> Marked | Refusal:
    """Note that they answered, and put the answer among the others, without a link between."""
    if refusal := accept(kept.matter.question, cast, None):
        return refusal
    if voter.took_part:
        return Refusal.ANSWERED_ALREADY
    await scene.uow.roll.answered(kept.number, voter.unit)
    await scene.uow.ballots.slip(kept, cast.choice)
    return Marked(kept.number)


def receipt(kept: Kept, stands: Standing, *, again: bool = False) -> Receipt:
    """The receipt of a line that stands in the record, with the head as it is now."""
    return receipt_in(log_of(kept), stands, again=again)


def receipt_in(log: Log, stands: Standing, *, again: bool = False) -> Receipt:
    size, root = log.tree.size, log.tree.root()
    return Receipt(log.matter, stands.seq, stands.commit, size, root, stands.at, again)


async def standing(scene: Scene, kept: Kept, voter: OnRoll) -> Standing | None:
    """The ballot of a voting unit that counts for now; None in a detached vote, too.

    Who is about to change it has locked the matter before reading the ``voter``, whose mark says
    whether there is one.
    """
    if kept.matter.question.mode is Mode.DETACHED or not kept.salt or not voter.took_part:
        return None
    vid = scene.uow.ballots.vid(kept, voter.unit)
    return await scene.uow.ballots.standing(kept.number, vid, voter.since)


def signed(scene: Scene, kept: Kept) -> tuple[str, str]:
    """The head as it is now, as it is signed, and our signature over it: for a receipt."""
    head = head_of(kept, Moment.RECEIPT, scene.now)
    return head.row().decode().replace("\0", " ", 1), scene.uow.ballots.sign(head)
