"""A table becomes a CSV file, in the reader's language and harmless to every spreadsheet."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.conversation import Table
from texts import Texts

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet would carry out


@dataclass(frozen=True)
class File:
    name: str
    content: bytes


def as_file(texts: Texts, table: Table, language: str | None) -> File:
    """UTF-8 with a byte order mark, or Excel reads Chinese as something else."""
    written = io.StringIO()
    csv.writer(written).writerows(cells(texts, table, language))
    return File(table.name, written.getvalue().encode("utf-8-sig"))


def cells(texts: Texts, table: Table, language: str | None) -> Iterator[Sequence[str]]:
    for row in (table.heads, *table.rows):
        yield [safe(texts.plain(language, cell)) for cell in row]


def safe(cell: str) -> str:
    """What somebody typed, so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
