"""Finds a receipt's line in the record, and proves that it is under a head that was posted.

It says nothing of whether the line still stands: whoever was shown a receipt could else find out
that the ballot was changed afterwards, and change-until-the-close would help nobody.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from casework.scene import Scene
from domain.bundle import Signed
from domain.record import Line, Log
from domain.tree import inclusion, is_included, leaf
from storage.matters import Kept
from storage.uow import Storage

CODE = re.compile(r"(?P<seq>\d{1,9})\s*[:：]\s*(?P<code>[0-9a-f]{8,64})", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """A line that bears the receipt's code, and the newest head that covers it."""

    seq: int
    at: datetime
    under: Signed | None  # None: no head was made since
    proven: bool = False  # the path from the line leads to that head's root


async def find(scene: Scene, kept: Kept, words: str) -> Found | None:
    """None where no line of the record is the one that these words name."""
    asked = CODE.search(words)
    if asked is None:
        return None
    line = await scene.uow.ballots.line(kept.number, int(asked["seq"]))
    if line is None or not line.commit.startswith(asked["code"].lower()):
        return None
    heads = await scene.uow.ballots.heads(kept.number)
    under = next((each for each in reversed(heads) if each.head.size >= line.seq), None)
    if under is None:
        return Found(line.seq, line.at, None)
    key = ("receipt", kept.number, line.seq, under.head.size)
    proven = scene.uow.prepared(key, partial(_is_under, kept, line.seq, under))
    return Found(line.seq, line.at, under, proven)


async def _is_under(kept: Kept, seq: int, under: Signed, storage: Storage) -> bool:
    """Read and hashed lot by lot, outside of the unit of work that answers: others go on."""
    size, root = under.head.size, under.head.root
    leaves: list[str] = []
    after, prev = 0, Log.begin(kept.number, kept.matter.text_hash, kept.matter.roll_hash).last
    async with storage.read() as uow:
        while len(leaves) < size:
            lot = await uow.records.lines(kept.number, after, prev)
            if not lot:
                return False
            leaves += await asyncio.to_thread(_leaves, [each.line for each in lot])
            after, prev = lot[-1].line.seq, lot[-1].hash
    return await asyncio.to_thread(_leads, leaves[:size], seq - 1, root)


def _leaves(lines: Sequence[Line]) -> list[str]:
    return [leaf(line.row()) for line in lines]


def _leads(leaves: Sequence[str], index: int, root: str) -> bool:
    path = inclusion(leaves, index)
    return is_included(leaves[index], index, len(leaves), root, path)
