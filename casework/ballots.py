"""Takes ballots of one matter that came together: judged one after another, written at once.

The rules are those of ``casework.voting.take``, and so is what comes of them; that one is the
reference, and what asks for more than a line of the record is left to it.
"""

from collections.abc import Iterable
from typing import Self

from casework.scene import Scene
from casework.voting import Receipt, as_standing, marked, next_line, receipt_in
from domain.ballots import Cast, Standing, accept, open_at
from domain.kinds import has_proxies
from domain.record import Opening
from storage.ballots import Ballot, log_of
from storage.matters import Kept
from storage.roll import OnRoll


class Lot:
    """One matter, held locked, and the ballots that are about to be written to its record."""

    def __init__(self, scene: Scene, kept: Kept) -> None:
        self._scene = scene
        self._kept = kept
        self._log = log_of(kept)
        self._standing: dict[str, Standing] = {}
        self._ballots: list[Ballot] = []
        self._first: list[str] = []  # units that had not answered
        self.spoken: set[str] = set()  # units whose ballot is among these

    @classmethod
    async def begin(cls, scene: Scene, kept: Kept, voters: Iterable[OnRoll]) -> Self:
        """``voters`` are all whose ballots may be asked for."""
        lot, ballots = cls(scene, kept), scene.uow.ballots
        vids = {ballots.vid(kept, voter.unit) for voter in voters if voter.took_part}
        lot._standing = await ballots.all_standing(kept.number, vids)
        return lot

    def take(self, voter: OnRoll, cast: Cast) -> Receipt | None:
        """None where it would be refused, or was handed over: such a one is to be taken alone."""
        if voter.since is not None or open_at(self._kept.matter, cast.at):
            return None
        vid = self._scene.uow.ballots.vid(self._kept, voter.unit)
        standing = self._standing.get(vid)
        if standing and (standing.choice, standing.via) == (marked(cast), cast.via):
            return receipt_in(self._log, standing, again=True)
        if accept(self._kept.matter.question, cast, standing):
            return None
        return self._add(voter, cast, vid, standing)

    def _add(self, voter: OnRoll, cast: Cast, vid: str, standing: Standing | None) -> Receipt:
        opening = Opening(vid, marked(cast), 1, voter.areas, self._scene.uow.ballots.nonce())
        self._log, ballot = next_line(self._log, opening, cast, standing)
        stands = as_standing(ballot, standing.changes + 1 if standing else 0)
        self._standing[vid] = stands
        self._ballots.append(ballot)
        self.spoken.add(voter.unit)
        if standing is None:
            self._first.append(voter.unit)
        return receipt_in(self._log, stands)

    async def write(self) -> None:
        uow, number = self._scene.uow, self._kept.number
        if self._ballots:
            await uow.ballots.append(self._kept, self._log, self._ballots, len(self._first))
        if self._first:
            await uow.roll.answered(number, *self._first)
        if self.spoken and has_proxies(self._kept.matter.question):
            await uow.mandates.end(number, *self.spoken)
