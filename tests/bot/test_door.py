"""Telegram's webhook over HTTP, down to the inbox: 200 says that the update is there."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from sqlalchemy import make_url
from starlette.applications import Starlette

from bot.channels.telegram_intake import webhook_route
from bot.intake import Intake
from storage.delivery import Received
from storage.engine import open_engine
from storage.ids import Ids
from storage.uow import Storage
from storage.vault import Vault
from tests.databases import NOON, SECRET

TOKEN = {"X-Telegram-Bot-Api-Secret-Token": SECRET.replace(" ", "_")}


async def test_when_telegram_is_told_so_the_update_is_there(storage: Storage) -> None:
    async with door(storage) as http:
        answers = await asyncio.gather(*(http.post("/", json=said(n)) for n in range(40)))
        assert {answer.status_code for answer in answers} == {200}
        assert len(await kept(storage)) == 40


async def test_what_telegram_brings_again_is_kept_once(storage: Storage) -> None:
    async with door(storage) as http:
        answers = await asyncio.gather(*(http.post("/", json=said(n % 3)) for n in range(12)))

    assert {answer.status_code for answer in answers} == {200}
    assert sorted(await kept(storage)) == ["0", "1", "2"]


async def test_one_that_cannot_be_kept_among_fifty_is_given_up_and_the_others_are_there(
    storage: Storage,
) -> None:
    bad = {"update_id": 20, "poll": {"id": "\0"}}  # which only SQLite keeps
    async with door(storage) as http:
        answers = await asyncio.gather(
            *(http.post("/", json=bad if n == 20 else said(n)) for n in range(50))
        )

    assert {answer.status_code for answer in answers} == {200}
    found = await kept(storage)
    assert {str(n) for n in range(50)} - set(found) <= {"20"}


async def test_while_the_database_is_away_telegram_is_asked_to_come_again(
    storage: Storage,
) -> None:
    async with away(storage) as nowhere, door(nowhere) as http:
        answers = await asyncio.gather(*(http.post("/", json=said(n)) for n in range(20)))
    assert {answer.status_code for answer in answers} == {503}
    assert {answer.headers["Retry-After"] for answer in answers} == {"5"}
    assert await kept(storage) == []

    async with door(storage) as http:
        assert (await http.post("/", json=said(1))).status_code == 200
    assert await kept(storage) == ["1"]


def said(number: int) -> dict[str, Any]:
    return {"update_id": number, "message": {"chat": {"id": number % 7}, "text": "路灯坏了"}}


async def kept(storage: Storage) -> list[str]:
    async with storage.begin() as uow:
        return [update.update_id for _, update in await uow.delivery.waiting(0, 100)]


@asynccontextmanager
async def door(storage: Storage) -> AsyncIterator[httpx.AsyncClient]:
    intake = Intake(storage, _nobody_handles, lambda: NOON)
    route = webhook_route("/", *TOKEN.values(), intake.accept, _nobody_spins)
    transport = httpx.ASGITransport(Starlette(routes=[route]))
    async with httpx.AsyncClient(transport=transport, base_url="http://bot", headers=TOKEN) as http:
        yield http


async def _nobody_handles(update: Received) -> None: ...


def _nobody_spins(updates: Iterable[dict[str, Any]]) -> None: ...


@asynccontextmanager
async def away(storage: Storage) -> AsyncIterator[Storage]:
    """The same storage, with its database gone: no folder there, or nobody who listens."""
    url = make_url(str(storage.engine.url))
    if url.drivername.startswith("sqlite"):
        url = url.set(database="/nowhere/linli.db")
    else:
        url = url.set(host="127.0.0.1", port=1, query={})
    engine = open_engine(url.render_as_string(hide_password=False))
    yield Storage(engine, storage.community, Vault(SECRET), Ids(lambda: NOON))
    await engine.dispose()
