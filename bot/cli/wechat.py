"""linli wechat: sets up the Official Account, and asks WeChat whether it knows us."""

from pathlib import Path

import aiohttp
import typer

from bot.channels.base import NextVisit, TryLater, Unclear, Unreachable
from bot.channels.wechat_menu import offer_menu
from bot.channels.wechat_request import Account, WeChatApi
from bot.cli.plainly import refuse
from bot.cli.work import carry_out, configured
from bot.clock import system_clock
from bot.config import Config
from bot.opening import open_community
from domain.residents import CODE_DAYS
from storage.uow import Storage
from texts import Texts

PATIENCE = aiohttp.ClientTimeout(total=8)  # seconds; a person is waiting
WHY = {  # developers.weixin.qq.com: global return codes, in words that say what to do
    40013: "does not know channels.wechat.app_id",
    40125: "refuses LINLI_WECHAT_SECRET",
    40164: "does not have this server's address in the account's IP白名单",
    50004: "has this account frozen",
}


def set_menu(config: Path) -> None:
    settled = configured(config)
    if not settled.wechat.enabled:
        refuse("channels.wechat is not enabled in the configuration.")
    carry_out(_set_menu(settled))


async def _set_menu(config: Config) -> None:
    community = config.community
    texts = Texts.load(community.language, community.calendar.zone)
    async with open_community(config, system_clock) as storage:
        api = WeChatApi(account(config), storage, system_clock)
        try:
            await offer_menu(api, texts, community.language)
        except (TryLater, Unreachable, NextVisit, Unclear) as why:
            refuse(f"The menu was not set: {why}")
        finally:
            await api.close()
    typer.echo("The menu is set; WeChat shows it within a day, at once to who follows anew.")


async def scenes(config: Config, storage: Storage, codes: list[str]) -> dict[str, str]:
    """What a QR code says that follows the account and brings a code along; by the code.

    Temporary ones, which WeChat keeps for at most 30 days, as long as a code is good. Nothing
    where WeChat is not enabled; where it refuses, a word says so and the letters go without.
    """
    if not config.wechat.enabled:
        return {}
    api = WeChatApi(account(config), storage, system_clock)
    try:
        return {code: await _scene(api, code) for code in codes}
    except (TryLater, Unreachable, NextVisit, Unclear) as why:
        typer.echo(f"WeChat makes no QR codes ({why}): the letters have none for it.")
        return {}
    finally:
        await api.close()


async def _scene(api: WeChatApi, code: str) -> str:
    asked = {
        "expire_seconds": CODE_DAYS * 86_400,
        "action_name": "QR_STR_SCENE",
        "action_info": {"scene": {"scene_str": code}},
    }
    return str((await api.call("/cgi-bin/qrcode/create", asked)).get("url", ""))


def account(config: Config) -> Account:
    settings = config.wechat
    return Account(settings.app_id or "", config.secrets.wechat, settings.base_url)


async def refusal(config: Config) -> str | None:
    """Why WeChat gives us no token; None where it does, which changes nothing."""
    asked = {
        "grant_type": "client_credential", "appid": config.wechat.app_id,
        "secret": config.secrets.wechat, "force_refresh": False,
    }  # fmt: skip
    url = f"{config.wechat.base_url}/cgi-bin/stable_token"
    try:
        async with (
            aiohttp.ClientSession(timeout=PATIENCE) as session,
            session.post(url, json=asked) as response,
        ):
            said = await response.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        return f"{config.wechat.base_url} does not answer ({type(error).__name__})"
    if isinstance(said, dict) and said.get("access_token"):
        return None
    code = said.get("errcode") if isinstance(said, dict) else None
    return f"WeChat {WHY.get(code or 0, 'gives no token')} ({code})"
