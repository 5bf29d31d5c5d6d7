"""A load balancer as small as can be: each request goes to the next process that takes it."""

from itertools import islice
from typing import Self

from aiohttp import ClientError, ClientSession, ClientTimeout, web

PATIENCE = ClientTimeout(total=30)  # seconds for one process to answer


class Balancer:
    """``async with``; then ``url`` is where to bring requests, and ``ports`` who is asked."""

    def __init__(self) -> None:
        self.url = ""
        self.ports: list[int] = []
        self._turn = 0
        self._runner = self._server()

    async def __aenter__(self) -> Self:
        self._session = ClientSession(timeout=PATIENCE)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._runner.cleanup()
        await self._session.close()

    def _server(self) -> web.AppRunner:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._hand_on)
        return web.AppRunner(app, access_log=None, shutdown_timeout=0.1)

    async def _hand_on(self, request: web.Request) -> web.Response:
        body, self._turn = await request.read(), self._turn + 1
        for port in islice(self.ports * 2, self._turn % max(len(self.ports), 1), None):
            url = f"http://127.0.0.1:{port}{request.path_qs}"
            try:
                async with self._session.request(
                    request.method, url, data=body, headers=request.headers
                ) as answer:
                    return web.Response(status=answer.status, body=await answer.read())
            except (ClientError, TimeoutError):
                continue
        return web.Response(status=502)
