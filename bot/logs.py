"""Logs as events with fields. What a person typed, a name or a phone never gets in.

Of an exception only its kind and places in the code are kept: its message may quote words.
"""

import contextlib
import io
import logging
import sys
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, TextIO, cast

import structlog

FRAMES = 6  # of a fault, innermost last


def configure() -> None:
    """Write our events and the libraries' warnings to standard error, one line each."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,  # of which update or timer it is
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_messages,
    ]
    line = structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"])
    structlog.configure(
        processors=[*shared, line],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, Unfailing(sys.stderr))),
    )
    handler = logging.StreamHandler(Unfailing(sys.stderr))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_without_reprs, *shared], processors=[_bare, line]
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


class Unfailing(io.TextIOBase):
    """Where the disk is full a line is lost, and never the work that it tells of."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, line: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(line)
        return len(line)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()


def without_messages(
    _logger: Any, _name: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace an exception by its kind and where it was raised."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    if isinstance(info, BaseException):
        info = (type(info), info, info.__traceback__)
    if info and info[0]:
        event["fault"] = info[0].__name__
        event["where"] = " ".join(places(info[2]))
    return event


def _without_reprs(
    _logger: Any, _name: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """What asyncio says of a fault nobody waited for, without the task, callback and exception.

    Those are written out by their ``repr``, which holds what they were called with.
    """
    if event["_record"].name == "asyncio":
        event["event"] = event["event"].split("\n")[0].split(" in callback ")[0]
    return event


def places(trace: TracebackType | None) -> list[str]:
    """File and line of the innermost frames, outermost first."""
    found = []
    while trace:
        file = trace.tb_frame.f_code.co_filename.rsplit("/", 1)[-1]
        found.append(f"{file}:{trace.tb_lineno}")
        trace = trace.tb_next
    return found[-FRAMES:]


def _bare(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Without the standard library's own record, which would be written out whole."""
    return {key: value for key, value in event.items() if not key.startswith("_")}
