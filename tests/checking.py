"""Runs the auditors' script on a bundle, and changes single rows of one as an attacker would."""

import io
import json
import tempfile
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any

from bot import verify
from domain.record import canonical
from tests.bundles import Vote, zipped

Files = dict[str, bytes]


@dataclass(frozen=True)
class Outcome:
    code: int
    said: str

    @property
    def wrong(self) -> list[str]:
        """What does not hold, by the first word of its line, in the order in which it is told."""
        lines = [line for line in self.said.splitlines() if line.startswith("[FAIL] ")]
        return [line.removeprefix("[FAIL] ").split(": ")[0] for line in lines]


def check(bundle: Vote | Files, *arguments: str) -> Outcome:
    files = bundle.files() if isinstance(bundle, Vote) else bundle
    said = io.StringIO()
    with tempfile.NamedTemporaryFile(suffix=".zip") as file, redirect_stdout(said):
        file.write(zipped(files))
        file.flush()
        code = verify.main([file.name, "--language", "en", *arguments])
    return Outcome(code, said.getvalue())


def rows(files: Files, name: str) -> list[dict[str, Any]]:
    return [json.loads(row) for row in files[name].splitlines()]


def rewritten(files: Files, name: str, rows: list[dict[str, Any]]) -> Files:
    return files | {name: b"".join(canonical(row) + b"\n" for row in rows)}


def changed(files: Files, name: str, place: int, /, **values: object) -> Files:
    """One row, from 1, with other values."""
    found = rows(files, name)
    found[place - 1] |= values
    return rewritten(files, name, found)
