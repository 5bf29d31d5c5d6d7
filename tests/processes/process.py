"""Starts, kills and stops the command linli for tests, as a service manager would.

Looks at nothing but its exit code and what it wrote to the two streams.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from socket import socket
from typing import Self

from aiohttp import ClientError, ClientSession

from tests.processes.nursery import Child, Nursery

COMMAND = Path(sys.executable).with_name("linli")
START = 60.0  # seconds, on a machine that is busy with other tests
STOP = 10.0  # seconds; what linli promises itself for its last words
UP = b"linli starts"
GLANCE = 0.1  # seconds between looks at whether a page is there


class Linli:
    """The command in one folder, run as often as asked; ended for good on leaving."""

    def __init__(
        self, folder: Path, secrets: Mapping[str, str], nursery: Nursery | None = None
    ) -> None:
        """``nursery``: where its libraries are loaded already."""
        self._folder = folder
        self._secrets = secrets
        self._nursery = nursery
        self._process: asyncio.subprocess.Process | Child | None = None
        self._before = 0  # what earlier runs wrote to standard error, in bytes

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *failure: object) -> None:
        if self._process and self._process.returncode is None:
            await self.kill()

    async def start(self, *arguments: str) -> None:
        """Start it; nothing of our own environment that is meant for linli leaks in."""
        with (self._folder / "err").open("ab") as err, (self._folder / "out").open("ab") as out:
            self._before = err.tell()
            if self._nursery:
                self._process = await self._nursery.start(
                    self._folder, without_ours(self._secrets), *arguments
                )
                return
            self._process = await asyncio.create_subprocess_exec(
                COMMAND, *arguments, cwd=self._folder, env=without_ours(self._secrets),
                stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=err,
            )  # fmt: skip

    async def kill(self) -> bool:
        """As a power cut would. Whether it was still there."""
        assert self._process
        with suppress(ProcessLookupError):
            self._process.kill()
        return await self._process.wait() == -signal.SIGKILL

    async def stop(self, by: signal.Signals = signal.SIGTERM, seconds: float = STOP) -> int:
        """Ask it to stop; returns its exit code. Raises TimeoutError when it takes too long."""
        assert self._process
        self._process.send_signal(by)
        return await self.ends(seconds)

    async def ends(self, seconds: float = START) -> int:
        assert self._process
        async with asyncio.timeout(seconds):
            return await self._process.wait()

    async def answers(self, url: str, glance: float = GLANCE) -> str:
        """What a page says, as soon as it can be had. Fails when the process ends before."""
        async with asyncio.timeout(START), ClientSession() as session:
            while True:
                with suppress(ClientError):
                    async with session.get(url) as response:
                        return await response.text()
                with suppress(TimeoutError):
                    raise AssertionError(f"ended with {await self.ends(glance)}: {self.err}")

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    @property
    def is_up(self) -> bool:
        """Whether this run has said that it starts to serve."""
        with (self._folder / "err").open("rb") as err:
            err.seek(self._before)
            return UP in err.read()

    @property
    def made(self) -> set[str]:
        """The files and folders beside its config.yaml."""
        return {path.name for path in self._folder.iterdir()}

    @property
    def out(self) -> str:
        """What all runs wrote to standard output."""
        return (self._folder / "out").read_text("utf-8")

    @property
    def err(self) -> str:
        return (self._folder / "err").read_text("utf-8")


def without_ours(secrets: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process, without what is meant for another linli."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")}
    return kept | dict(secrets) | {"NO_COLOR": "1", "COLUMNS": "200"}


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
