"""linli wechat: sets up the Official Account, and asks WeChat whether it knows us."""

from pathlib import Path

import typer

from bot.channels.wechat_request import Account, WeChatApi
from bot.cli import tencent
from bot.cli.configuration import configured
from bot.cli.plainly import refuse
from bot.cli.work import carry_out
from bot.clock import system_clock
from bot.config import Config
from bot.opening import open_community
from domain.residents import CODE_DAYS
from storage.uow import Storage

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
    async with open_community(config, system_clock) as storage:
        pages = config.community.pages if config.wechat.web_login else ""
        api = WeChatApi(account(config), storage, system_clock)
        await tencent.set_menu(api, config, pages=pages)


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
    except tencent.TROUBLE as why:
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
    asked = {
        "grant_type": "client_credential", "appid": config.wechat.app_id,
        "secret": config.secrets.wechat, "force_refresh": False,
    }  # fmt: skip
    path = "/cgi-bin/stable_token"
    return await tencent.refusal("WeChat", WHY, "POST", config.wechat.base_url, path, json=asked)
