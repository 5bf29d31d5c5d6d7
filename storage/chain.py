"""Links of a log that cannot be changed later without being noticed: each hashes the one before."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

GENESIS = "0" * 64


def link(previous: str, said: Sequence[Any]) -> str:
    """The hash of one entry: of the one before it and of everything this one says."""
    canonical = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{previous}{canonical}".encode()).hexdigest()


def link_event(previous: str, subject: str, row: Mapping[str, Any]) -> str:
    """The hash of one event of a case or a matter; ``subject`` is the column that names it."""
    said = [
        row[subject], row["seq"], row["event"], row["state"], row["person_id"], row["account"],
        row["at"].isoformat(), row["data"], row["note_id"],
    ]  # fmt: skip
    return link(previous, said)


class ChangedMeanwhile(Exception):
    """Somebody else changed it between our reading and writing; try the update again."""
