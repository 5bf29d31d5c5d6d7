"""Nothing that a person typed, no name and no phone is in the logs, whatever goes wrong."""

import asyncio
import gc
import io
import logging
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot import logs
from bot.intake import Intake
from storage.delivery import Received
from tests.databases import NOON, engine_for, opened

WORDS = "3号楼门口路灯坏了"
NAME = "Ana Example"
PHONE = "13800001111"

Read = Callable[[], str]
Start = Callable[[], Read]


@pytest.fixture
def start(capsys: pytest.CaptureFixture[str]) -> Iterator[Start]:
    """Sets logging up as the bot does and gives a way to read it; puts all back afterwards.

    A test calls it itself: what is captured changes between a fixture and its test.
    """
    root = logging.getLogger()
    before, handlers, level = structlog.get_config(), root.handlers[:], root.level

    def read() -> str:
        out, err = capsys.readouterr()
        assert out == "", "logs go to standard error"
        return err

    def start() -> Read:
        logs.configure()
        return read

    yield start
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


def break_down() -> None:
    """A fault that holds words in its message, in its cause, and in what was at hand."""
    name, phone = NAME, PHONE
    try:
        raise ValueError(f"{WORDS} {name}")
    except ValueError as cause:
        raise RuntimeError(f"{WORDS} {phone}") from cause


def tells_nothing(line: str) -> bool:
    return not any(secret in line for secret in (WORDS, NAME, PHONE, ascii(WORDS)[1:-1]))


def test_a_fault_is_logged_by_its_kind_and_its_place_alone(start: Start) -> None:
    written = start()
    log = structlog.get_logger()
    try:
        break_down()
    except RuntimeError:
        log.exception("update failed", update="900001")

    (line,) = written().splitlines()
    assert tells_nothing(line)
    assert 'level=error event="update failed" update=900001 fault=RuntimeError' in line
    assert "test_logs.py:" in line


@pytest.mark.parametrize("name", ["telegram.ext", "uvicorn.error", "sqlalchemy.pool", "asyncio"])
def test_a_librarys_fault_is_logged_as_carefully_as_our_own(start: Start, name: str) -> None:
    written = start()
    log = logging.getLogger(name)
    try:
        break_down()
    except RuntimeError:
        log.exception("task failed")

    (line,) = written().splitlines()
    assert tells_nothing(line)
    assert "level=error" in line
    assert "fault=RuntimeError" in line


def test_a_fault_handed_over_as_a_value_is_treated_alike(start: Start) -> None:
    written = start()
    try:
        break_down()
    except RuntimeError as fault:
        structlog.get_logger().error("one", exc_info=fault)
        logging.getLogger("a.library").error("two", exc_info=fault)

    lines = written().splitlines()
    assert len(lines) == 2
    assert all(tells_nothing(line) and "fault=RuntimeError" in line for line in lines)


async def test_a_statement_that_fails_does_not_write_what_was_to_be_kept(
    start: Start, sqlite_url: str
) -> None:
    written = start()
    async with engine_for(sqlite_url) as engine, engine.connect() as connection:
        with pytest.raises(DBAPIError) as failed:
            await connection.execute(text("INSERT INTO nowhere VALUES (:words)"), {"words": WORDS})
    structlog.get_logger().error("update failed", exc_info=failed.value)

    assert tells_nothing(written() + str(failed.value))


def test_a_fault_deep_down_is_told_in_few_words(start: Start) -> None:
    written = start()

    def deeper(levels: int) -> None:
        if not levels:
            raise ValueError(WORDS)
        deeper(levels - 1)

    try:
        deeper(50)
    except ValueError:
        structlog.get_logger().exception("update failed")

    line = written()
    assert line.count("test_logs.py:") == logs.FRAMES
    assert tells_nothing(line)


def test_an_event_without_a_fault_is_one_line_with_its_fields(start: Start) -> None:
    written = start()
    structlog.get_logger().info("update repeated", channel="telegram", update="900001")

    line = written()
    assert line.startswith("timestamp=20")
    assert line.endswith('level=info event="update repeated" channel=telegram update=900001\n')


async def test_what_is_said_while_an_update_is_handled_names_the_update(
    start: Start, sqlite_url: str
) -> None:
    written = start()

    async def handle(_update: Received) -> None:
        structlog.get_logger().info("deep inside", case=12)

    async with opened(sqlite_url) as storage:
        intake = Intake(storage, handle, lambda: NOON)
        await intake.accept([Received("telegram", "900001", "telegram:101", WORDS)])
        await intake.drain()
    structlog.get_logger().info("afterwards")

    inside, afterwards = written().splitlines()
    assert 'event="deep inside"' in inside
    assert {"channel=telegram", "update=900001", "case=12"} <= set(inside.split())
    assert afterwards.endswith("event=afterwards")


def test_what_libraries_have_to_say_in_passing_is_not_written(start: Start) -> None:
    written = start()
    logging.getLogger("telegram").info("%s", WORDS)
    logging.getLogger("aiohttp.access").info("GET /bot%s/getMe", PHONE)
    structlog.get_logger().debug("not of interest", words=WORDS)

    assert written() == ""


def test_a_field_with_line_breaks_cannot_pretend_to_be_another_event(start: Start) -> None:
    written = start()
    structlog.get_logger().info("message not delivered", why="no\nlevel=error event=forged")

    assert len(written().splitlines()) == 1


class Full(io.StringIO):
    """A file on a full disk."""

    def write(self, line: str) -> int:
        raise OSError(28, "No space left on device")

    flush = close = lambda self: self.write("")


def test_a_line_that_cannot_be_written_is_lost_and_nothing_else(start: Start) -> None:
    """On a full disk the log of a fault raised inside the work that was to go on after it."""
    with redirect_stderr(Full()):
        logs.configure()
    structlog.get_logger().error("update waits for the database")
    logging.getLogger("uvicorn.error").error("one of a library")


async def test_a_fault_that_nobody_waited_for_keeps_its_words_to_itself(start: Start) -> None:
    """asyncio wrote out the task with its exception, and the exception with its words."""
    written = start()

    async def forgotten() -> None:
        break_down()

    task = asyncio.create_task(forgotten())
    await asyncio.wait([task])
    del task
    gc.collect()

    line = written()
    assert "Task exception was never retrieved" in line and "fault=RuntimeError" in line
    assert tells_nothing(line)


async def test_a_callback_that_fails_keeps_what_it_was_called_with_to_itself(
    start: Start,
) -> None:
    written, done = start(), asyncio.Event()
    loop = asyncio.get_running_loop()

    loop.call_soon(int, WORDS)
    loop.call_soon(done.set)
    await done.wait()

    line = written()
    assert "fault=ValueError" in line
    assert tells_nothing(line)
