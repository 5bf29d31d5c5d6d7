"""Asks a Bot API server a question that changes nothing, for the check and for the letters."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from bot.config import Config

PATIENCE = aiohttp.ClientTimeout(total=8)  # seconds; a person is waiting


@dataclass(frozen=True)
class Answer:
    result: dict[str, Any]
    date: datetime | None  # the server's clock, in whole seconds


class NoAnswer(Exception):
    """Why there was none, without the address asked, which holds the token."""


async def ask(config: Config, method: str) -> Answer:
    """Raises NoAnswer."""
    url = f"{config.telegram.base_url}/bot{config.secrets.telegram_token}/{method}"
    try:
        async with _got(url) as response:
            said = await response.json(content_type=None)
            date = response.headers.get("Date")
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        why = f"{config.telegram.base_url} does not answer ({type(error).__name__})"
        raise NoAnswer(why) from None
    if not isinstance(said, dict) or not said.get("ok"):
        raise NoAnswer(_refusal(said))
    return Answer(said["result"], _moment(date))


@asynccontextmanager
async def _got(url: str) -> AsyncIterator[aiohttp.ClientResponse]:
    async with aiohttp.ClientSession(timeout=PATIENCE) as session, session.get(url) as response:
        yield response


def _refusal(said: Any) -> str:
    if isinstance(said, dict) and said.get("error_code") in (401, 404):
        return f"refuses LINLI_TELEGRAM_TOKEN ({said['error_code']} {said.get('description')})"
    return f"refuses: {said.get('description') if isinstance(said, dict) else 'not a Bot API'}"


def _moment(date: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(date) if date else None
    except ValueError:
        return None


async def username(config: Config) -> str | None:
    """The bot's name for links: as configured, else as Telegram says, else unknown."""
    telegram = config.telegram
    if not telegram.enabled or telegram.username:
        return telegram.username if telegram.enabled else None
    try:
        found = (await ask(config, "getMe")).result.get("username")
    except NoAnswer:
        return None
    return str(found) if found else None
