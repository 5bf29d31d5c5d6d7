"""Starts the command linli without loading its libraries each time, so that a thousand starts fit.

What it starts are processes like any other, from reading their configuration on; only the second
of processor time before that is spared, in which nothing is done that a kill could break.
"""

import asyncio
import json
import os
import signal
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from select import select
from typing import Self

import bot.app  # noqa: F401  # so that it is loaded
from bot.cli import app as command
from bot.cli.configuration import configured
from bot.platforms import enabled

GLANCE = 0.02  # seconds between looks at who has ended
ROOM = 1 << 16  # bytes read at once
STREAMS = {"out": 1, "err": 2}


class Child:
    """Like a process of asyncio's."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ended = asyncio.Event()

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        await self._ended.wait()
        assert self.returncode is not None
        return self.returncode

    def ends(self, code: int) -> None:
        self.returncode = code
        self._ended.set()


class Nursery:
    """``async with``; then it brings up one process after another, and says when they end."""

    def __init__(self, config: Path, environment: Mapping[str, str]) -> None:
        self._config = config
        self._environment = environment
        self._children: dict[int, Child] = {}
        self._born: asyncio.Queue[Child] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.processes.nursery", self._config,
            env=dict(self._environment),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *failure: object) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        await self._process.wait()
        await self._listening

    async def start(self, folder: Path, environment: Mapping[str, str], *arguments: str) -> Child:
        order = {"folder": str(folder), "environment": dict(environment), "arguments": arguments}
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        return await self._born.get()

    async def _listen(self) -> None:
        assert self._process.stdout
        async for line in self._process.stdout:
            pid, code = json.loads(line)
            if code is None:
                self._children[pid] = Child(pid)
                self._born.put_nowait(self._children[pid])
            else:
                self._children.pop(pid).ends(code)
        for orphan in self._children.values():  # it was stopped before them: a Ctrl-C
            with suppress(ProcessLookupError):
                orphan.kill()
            orphan.ends(-signal.SIGKILL)


def _nurse(config: Path) -> None:
    """Without threads and without a loop, which no child could share."""
    _load(config)
    orders, rest = sys.stdin.fileno(), b""
    while True:
        if select([orders], [], [], GLANCE)[0]:
            if not (some := os.read(orders, ROOM)):
                return
            *lines, rest = (rest + some).split(b"\n")
            for line in lines:
                if (child := os.fork()) == 0:
                    _become(**json.loads(line))
                _say(child, None)
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG)) != (0, 0):
                _say(ended[0], os.waitstatus_to_exitcode(ended[1]))


def _load(config: Path) -> None:
    """What ``linli run`` loads with this configuration."""
    list(enabled(configured(config)))


def _say(child: int, code: int | None) -> None:
    print(json.dumps((child, code)), flush=True)


def _become(folder: str, environment: dict[str, str], arguments: list[str]) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for name, stream in STREAMS.items():
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream)
    sys.argv = ["linli", *arguments]
    try:
        command()
    except SystemExit as end:
        _end(end.code if isinstance(end.code, int) else 1)
    except BaseException:
        traceback.print_exc()
        _end(1)
    _end(0)


def _end(code: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _nurse(Path(sys.argv[1]))
