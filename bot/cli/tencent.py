"""What linli wechat and linli wecom share: the menu, and asking whether an account is known."""

from collections.abc import Mapping
from typing import Any

import aiohttp
import typer

from bot.channels.base import NextVisit, TryLater, Unclear, Unreachable
from bot.channels.tencent import TokenApi
from bot.channels.wechat_menu import offer_menu
from bot.cli.plainly import refuse
from bot.config import Config
from texts import Texts

PATIENCE = aiohttp.ClientTimeout(total=8)  # seconds; a person is waiting
TROUBLE = (TryLater, Unreachable, NextVisit, Unclear)


async def set_menu(
    api: TokenApi, config: Config, path: str = "/cgi-bin/menu/create", *, pages: str = ""
) -> None:
    community = config.community
    texts = Texts.load(community.language, community.calendar.zone)
    try:
        await offer_menu(api, texts, community.language, path, pages=pages)
    except TROUBLE as why:
        refuse(f"The menu was not set: {why}")
    finally:
        await api.close()
    typer.echo("The menu is set; it is shown within a day, at once to who follows anew.")


async def refusal(
    platform: str, why: Mapping[int, str], method: str, base_url: str, path: str, **sent: Any
) -> str | None:
    """Why we get no token; None where we do, which changes nothing."""
    try:
        async with (
            aiohttp.ClientSession(timeout=PATIENCE) as session,
            session.request(method, base_url + path, **sent) as response,
        ):
            said = await response.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        return f"{base_url} does not answer ({type(error).__name__})"
    if isinstance(said, dict) and said.get("access_token"):
        return None
    code = said.get("errcode") if isinstance(said, dict) else None
    return f"{platform} {why.get(code or 0, 'gives no token')} ({code})"
