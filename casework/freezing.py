"""A roll of any size drawn up and written, before the unit of work that freezes it.

Read at one moment, computed off the event loop, written lot by lot: others go on meanwhile.
Until the matter itself says that its roll is frozen nobody asks what is written here, so that
whoever dies in between leaves nothing behind but rows that the next one clears away.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from casework import reminding
from casework.scene import Scene, System
from domain.conversation import Say
from domain.identity import level_to_be_on_roll
from domain.kinds import roll_of
from domain.matters import Matter
from domain.question import Question
from domain.record import Entry, pseudonym, roll_hash
from domain.roll import Block, Drawn, Voter, totals
from domain.rounds import counts_everybody
from domain.voting import Sum
from storage.consents import Consent
from storage.matters import Kept
from storage.roll import LOT, Sealed, sealed
from storage.uow import Storage, UnitOfWork

MANY = 5_000  # voters; to write so many takes a second, and more is said to be on its way


@dataclass(frozen=True)
class Sketch:
    """What a roll comes to, as the lists are now; and its rows, where they were written."""

    units: int
    totals: tuple[Sum, ...]
    faults: Mapping[str, int]
    blocks: Mapping[Block, tuple[str, ...]]  # with the doors each is about
    strange: tuple[str, ...]  # properties whose owners have to agree, and who are no voters here
    consents: tuple[Consent, ...]  # whom the question needs besides the count
    salt: str = ""  # of the matter's key
    roll_hash: str = ""

    @property
    def is_fit(self) -> bool:
        return not self.blocks and not self.strange


async def sketched(matter: Matter, storage: Storage) -> Sketch:
    """The roll as it would be frozen now."""
    async with storage.read() as uow:
        return await asyncio.to_thread(_sketch, matter.question, await _drawn(uow, matter))


async def written(scene: Scene, kept: Kept, begun: Say, storage: Storage) -> Sketch | None:
    """The same with its rows written; None where somebody else has begun to write them since.

    ``begun`` is said at once where there is much to write.
    """
    async with storage.read() as reading:
        drawn = await _drawn(reading, kept.matter)
        sketch = await asyncio.to_thread(_sketch, kept.matter.question, drawn)
        if not sketch.is_fit:
            return sketch
        if sketch.units >= MANY:
            async with storage.begin() as uow:
                answers = {begun.to}
                await reminding.promise(System(scene.community, scene.now, uow), [begun], answers)
        return await _written(reading, kept, sketch, drawn.voters, storage)


async def _drawn(uow: UnitOfWork, matter: Matter) -> Drawn:
    question = matter.question
    scopes = tuple(part.scope for part in question.parts)
    unit, level = roll_of(question.rule), level_to_be_on_roll(question.rule)
    staff = await uow.staff.all()
    drawn = await uow.roll.draw_up(unit, scopes, staff, parking=question.parking, level=level)
    return drawn if counts_everybody(matter.kind) else drawn.free_of(Block.ADULTS_MISSING)


def _sketch(question: Question, drawn: Drawn) -> Sketch:
    named = set(question.consents)
    consents = tuple(
        Consent(voter.unit, property)
        for voter in drawn.voters
        for property in sorted(named.intersection(voter.properties))
    )
    listed = {consent.property for consent in consents}
    return Sketch(
        units=len(drawn.voters),
        totals=totals(drawn.voters, len(question.parts)),
        faults=drawn.faults(),
        blocks=drawn.blocks,
        strange=tuple(door for door in question.consents if door not in listed),
        consents=consents,
    )


async def _written(
    reading: UnitOfWork, kept: Kept, sketch: Sketch, voters: Sequence[Voter], storage: Storage
) -> Sketch | None:
    """Lot by lot, each under the salt that was drawn for this: nobody else's come between."""
    number, salt, entries = kept.number, reading.ballots.salt(), list[Entry]()
    if not await _cleared(storage, number, salt):
        return None
    key = storage.vault.matter_key(number, bytes.fromhex(salt))
    for at in range(0, len(voters), LOT):
        lot = voters[at : at + LOT]
        names = await reading.roll.names(lot)
        rows = await asyncio.to_thread(sealed, storage.vault, lot, names)
        async with storage.begin() as uow:
            if not await uow.roll.is_begun(number, salt):
                return None
            await uow.roll.add(number, rows)
        entries += await asyncio.to_thread(_entries, key, rows)
    hashed = await asyncio.to_thread(roll_hash, entries)
    return replace(sketch, salt=salt, roll_hash=hashed)


async def _cleared(storage: Storage, number: int, salt: str) -> bool:
    """Begun, without what somebody else began and did not finish; False if that is too late."""
    async with storage.begin() as uow:
        ours = await uow.roll.begin(number, salt)
    gone = LOT
    while ours and gone == LOT:
        async with storage.begin() as uow:
            if ours := await uow.roll.is_begun(number, salt):
                gone = await uow.roll.clear(number, LOT)
    return ours


def _entries(key: bytes, rows: Sequence[Sealed]) -> list[Entry]:
    return [Entry(pseudonym(key, r["unit"]), 1, tuple(r["areas"]), r["salt"]) for r in rows]
