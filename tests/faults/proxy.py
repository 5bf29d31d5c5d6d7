"""Stands between the bot and PostgreSQL: slow, cutting lines, or not there at all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy import URL

CHUNK = 65_536
SOCKET = ".s.PGSQL.5432"  # how PostgreSQL names the one in its folder


class Proxy:
    def __init__(self, server: URL) -> None:
        self._server = server
        self._lines: set[asyncio.StreamWriter] = set()
        self._listening: asyncio.Server | None = None
        self._port = 0
        self.delay = 0.0  # seconds that everything takes on its way

    @property
    def url(self) -> str:
        """The same database, by way of this proxy."""
        through = self._server.set(host="127.0.0.1", port=self._port, query={})
        return through.render_as_string(hide_password=False)

    async def open(self) -> None:
        self._listening = await asyncio.start_server(self._line, "127.0.0.1", self._port)
        self._port = self._listening.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """Every line at once, in the middle of whatever is on it."""
        for line in self._lines:
            line.transport.abort()
        self._lines.clear()

    async def close(self) -> None:
        """From now on connections are refused."""
        if self._listening:
            self._listening.close()
            self._listening = None
        self.cut()

    async def _line(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._lines.add(writer)
        with suppress(OSError):
            there, back = await self._connected()
            self._lines.add(back)
            await asyncio.gather(self._hand_on(reader, back), self._hand_on(there, writer))
            self._lines.discard(back)
        self._lines.discard(writer)
        writer.close()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        folder = self._server.query.get("host")
        if isinstance(folder, str) and folder.startswith("/"):
            return await asyncio.open_unix_connection(f"{folder}/{SOCKET}")
        return await asyncio.open_connection(self._server.host, self._server.port or 5432)

    async def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(CHUNK):
                if self.delay:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(asyncio.Event().wait(), self.delay)
                writer.write(chunk)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def between(server: URL) -> AsyncIterator[Proxy]:
    proxy = Proxy(server)
    await proxy.open()
    try:
        yield proxy
    finally:
        await proxy.close()
