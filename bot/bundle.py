"""Writes a bundle for auditors as one zip file, with the script that checks it.

The same vote gives the same bytes, so that two who were given it can compare their files.
"""

import asyncio
import hashlib
import os
import zipfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, TypeVar

from casework import bundling
from casework.bundling import Refusal, Seen
from casework.scene import System
from domain.bundle import Consent, Contents, Listed, files
from domain.community import Community
from domain.record import Entry, Log
from storage.matters import Kept
from storage.records import Written
from storage.uow import Storage, UnitOfWork

HERE = Path(__file__).parent
BESIDE = {"verify.py": HERE / "verify.py", "README.txt": HERE / "templates" / "bundle.txt"}
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip file can name
OWNER_ONLY = 0o600
PIECE = 1 << 20  # bytes

T = TypeVar("T")
Tick = Callable[[int], None]  # so many rows more


def write(file: IO[bytes], contents: Contents) -> None:
    """Write the whole bundle. Whoever opens ``file`` keeps others from reading it."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, rows in files(contents):
            _put(archive, name, rows)
        for name, path in BESIDE.items():
            _put(archive, name, [path.read_bytes()])


def _put(archive: zipfile.ZipFile, name: str, rows: Iterable[bytes]) -> None:
    info = zipfile.ZipInfo(name, LONG_AGO)
    info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, 3  # as on Unix, everywhere
    info.external_attr = OWNER_ONLY << 16
    with archive.open(info, "w") as member:
        member.writelines(rows)


@dataclass(frozen=True)
class Given:
    """A bundle that was written: its SHA-256, and how many rows it was made of."""

    fingerprint: str
    rows: int


async def give(
    storage: Storage, community: Community, number: int, path: Path, now: datetime, tick: Tick
) -> Given | Refusal:
    """Write the bundle of a closed vote to a new file that only its owner can read.

    That somebody takes it is noted first, so that no bundle is given out uncounted. The rows
    are read in many short units of work: a bot beside this one goes on. Raises FileExistsError.
    """
    async with storage.begin() as uow:
        kept = await uow.matters.get(number, to_change=True)
        if refusal := bundling.why_not(kept):
            return refusal
        assert kept is not None  # then it is refused
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "w+b")
        look = await bundling.note_look(System(community, now, uow), kept, Seen.BUNDLE)
    with file:
        contents = await _contents(storage, kept, tick)
        await asyncio.to_thread(write, file, contents)
        found = Given(_sha256(file), kept.ballots)
    async with storage.begin() as uow:
        await uow.matters.finished(look, found.fingerprint)
    return found


def _sha256(file: IO[bytes]) -> str:
    file.seek(0)
    found = hashlib.sha256()
    while piece := file.read(PIECE):
        found.update(piece)
    return found.hexdigest()


async def _contents(storage: Storage, kept: Kept, tick: Tick) -> Contents:
    begun = Log.begin(kept.number, kept.matter.text_hash, kept.matter.roll_hash)
    async with storage.begin() as uow:
        struck = await uow.records.struck(kept.number)
        late = await uow.records.late(kept.number)
        question = await uow.records.question(kept.number)
        heads = await uow.ballots.heads(kept.number)
        key = uow.ballots.public_key
        consents = await _consents(uow, kept)
    assert kept.outcome is not None
    return Contents(
        question=question,
        roll=[listed async for listed in _roll(storage, kept, tick)],
        log=(each.line for each in _pulled(_lines(storage, kept, begun.last, tick))),
        ballots=(each.ballot for each in _pulled(_lines(storage, kept, begun.last, tick))),
        heads=heads,
        public_key=key,
        result=bundling.result_of(kept.matter.question, kept.outcome, struck, late),
        consents=consents,
    )


async def _consents(uow: UnitOfWork, kept: Kept) -> list[Consent]:
    """One for each property that the question names."""
    asked = await uow.consents.of(kept.number)
    return [Consent(each.property, each.given) for each in asked]


async def _roll(storage: Storage, kept: Kept, tick: Tick) -> AsyncIterator[Listed]:
    after = ""
    while True:
        async with storage.begin() as uow:
            lot = await uow.records.voters(kept.number, after)
            vids = [uow.ballots.vid(kept, voter.unit) for voter in lot]
        for voter, vid in zip(lot, vids, strict=True):
            entry = Entry(vid, 1, voter.areas, voter.salt)
            yield Listed(entry, voter.delivered_at is not None)
        tick(len(lot))
        if not lot:
            return
        after = lot[-1].unit


async def _lines(
    storage: Storage, kept: Kept, prev: str, tick: Tick
) -> AsyncIterator[list[Written]]:
    after = 0
    while True:
        async with storage.begin() as uow:
            lot = await uow.records.lines(kept.number, after, prev)
        yield lot
        tick(len(lot))
        if not lot:
            return
        after, prev = lot[-1].line.seq, lot[-1].hash


def _pulled(lots: AsyncIterator[Sequence[T]]) -> Iterator[T]:
    """Rows that come from our event loop lot by lot, for a writer in a thread of its own."""
    return _in_thread(lots, asyncio.get_running_loop())


def _in_thread(lots: AsyncIterator[Sequence[T]], loop: asyncio.AbstractEventLoop) -> Iterator[T]:
    async def following() -> Sequence[T]:
        return await anext(lots, [])

    while lot := asyncio.run_coroutine_threadsafe(following(), loop).result():
        yield from lot
