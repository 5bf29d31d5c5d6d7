"""Numbers for new rows that need no database to be unique: time, process, sequence."""

import os
from collections.abc import Callable
from datetime import datetime

Clock = Callable[[], datetime]

PROCESS_BITS = 10
SEQUENCE_BITS = 12


class Ids:
    """63-bit numbers that grow: 41 bits of milliseconds, 10 of process, 12 of sequence.

    Two processes may draw the same process bits (1 in 1024); the tables' unique keys then
    refuse the rare clash and the update is tried again.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._process = int.from_bytes(os.urandom(2), "big") & ((1 << PROCESS_BITS) - 1)
        self._last = 0

    def __call__(self) -> int:
        millis = int(self._clock().timestamp() * 1000)
        self._last = max(millis << SEQUENCE_BITS, self._last + 1)
        high, sequence = self._last >> SEQUENCE_BITS, self._last & ((1 << SEQUENCE_BITS) - 1)
        return (
            (high << (PROCESS_BITS + SEQUENCE_BITS)) | (self._process << SEQUENCE_BITS) | sequence
        )
