"""linli wecom: sets up the app, makes group chats, and asks WeCom whether it knows us."""

from pathlib import Path
from secrets import token_hex

import typer

from bot.channels.wecom import GROUP
from bot.channels.wecom_request import CHANNEL, WeComApi
from bot.cli import tencent
from bot.cli.configuration import configured
from bot.cli.plainly import refuse
from bot.cli.work import carry_out
from bot.clock import system_clock
from bot.config import Config
from bot.opening import open_community
from bot.platforms_tencent import wecom_corp
from casework import reminding
from casework.scene import System
from domain.conversation import Address, Say
from domain.imports import scope
from storage.groups import Group
from storage.imports import Imports
from storage.uow import Storage

FEWEST, MOST, LONGEST = 2, 2000, 50  # members, characters of a name (path/90245)
WHY = {  # path/90455: global return codes, in words that say what to do
    40001: "refuses LINLI_WECOM_SECRET",
    40013: "does not know channels.wecom.corp_id",
    60020: "does not have this server's address in the app's 企业可信IP",
}


def set_menu(config: Path) -> None:
    carry_out(_set_menu(_enabled(config)))


def make_group(name: str, members: str, stands_for: str, config: Path) -> None:
    people = list(dict.fromkeys(n.strip().lower() for n in members.split(",") if n.strip()))
    if not FEWEST <= len(people) <= MOST or not 0 < len(name) <= LONGEST:
        refuse(f"A group has a name of up to {LONGEST} characters and {FEWEST} to {MOST} members.")
    carry_out(_make_group(_enabled(config), name, people, stands_for))


def _enabled(config: Path) -> Config:
    settled = configured(config)
    if not settled.wecom.enabled:
        refuse("channels.wecom is not enabled in the configuration.")
    return settled


async def _set_menu(config: Config) -> None:
    async with open_community(config, system_clock) as storage:
        api = WeComApi(wecom_corp(config), storage, system_clock)
        path = f"/cgi-bin/menu/create?agentid={config.wecom.agent_id}"
        await tencent.set_menu(api, config, path)


async def _make_group(config: Config, name: str, people: list[str], stands_for: str) -> None:
    async with open_community(config, system_clock) as storage:
        kind, value = await _scope(config, storage, stands_for)
        api = WeComApi(wecom_corp(config), storage, system_clock)
        chat = f"linli{token_hex(8)}"
        body = {"name": name, "owner": people[0], "userlist": people, "chatid": chat}
        try:
            await api.call("/cgi-bin/appchat/create", body)
        except tencent.TROUBLE as why:
            refuse(f"The group was not made: {why}")
        finally:
            await api.close()
        where = Address(CHANNEL, GROUP + chat)
        first = Say(where, "groups.bound", {"scope": stands_for})
        async with storage.begin() as uow:
            await uow.groups.bind(Group(where, kind, value, config.community.language))
            here = System(config.community, system_clock(), uow)
            await reminding.promise(here, [first], {where})
    typer.echo(f"The group is {where.channel}:{where.chat}. It shows once linli run greets it.")


async def _scope(config: Config, storage: Storage, stands_for: str) -> tuple[str, str]:
    async with storage.begin() as uow:
        buildings = await Imports.within(uow).buildings()
    try:
        kind, value = scope(buildings, config.community.grids)(stands_for)
    except ValueError as why:
        refuse(str(why))
    return kind, value


async def refusal(config: Config) -> str | None:
    asked = {"corpid": config.wecom.corp_id, "corpsecret": config.secrets.wecom}
    return await tencent.refusal(
        "WeCom", WHY, "GET", config.wecom.base_url, "/cgi-bin/gettoken", params=asked
    )
