"""Numbers for new rows that need no database to be unique: time, process, sequence."""

import os
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import ColumnElement, literal_column

Clock = Callable[[], datetime]

PROCESS_BITS = 10
SEQUENCE_BITS = 12
SEATS = 1 << (PROCESS_BITS - 1)  # numbers of processes that run side by side; the rest by chance


class Ids:
    """63-bit numbers that grow: 41 bits of milliseconds, 10 of process, 12 of sequence.

    Processes that run side by side on one PostgreSQL each have a number of their own
    (:mod:`storage.seats`). A command beside them draws one of the others: two commands at the
    same moment may draw the same, and the tables' unique keys then refuse the rare clash.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.process = SEATS + int.from_bytes(os.urandom(2), "big") % SEATS
        self._last = 0

    def sit(self, number: int) -> None:
        """From now on this is the number of our process."""
        self.process = number

    def __call__(self) -> int:
        millis = int(self._clock().timestamp() * 1000)
        self._last = max(millis << SEQUENCE_BITS, self._last + 1)
        high, sequence = self._last >> SEQUENCE_BITS, self._last & ((1 << SEQUENCE_BITS) - 1)
        return (high << (PROCESS_BITS + SEQUENCE_BITS)) | (self.process << SEQUENCE_BITS) | sequence


def begin_of(moment: datetime) -> int:
    """No id that was made at this moment or later is below it."""
    return int(moment.timestamp() * 1000) << (PROCESS_BITS + SEQUENCE_BITS)


def process_of(column: ColumnElement[int]) -> ColumnElement[int]:
    """The number of the process that made the id in a column."""
    sequence: ColumnElement[int] = literal_column(str(SEQUENCE_BITS))
    process: ColumnElement[int] = literal_column(str((1 << PROCESS_BITS) - 1))
    return column.bitwise_rshift(sequence).bitwise_and(process)
