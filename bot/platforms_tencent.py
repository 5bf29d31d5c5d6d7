"""Joins up WeChat and WeCom: how each is read, written to and opened."""

from datetime import timedelta

from bot.channels import wechat_intake, wechat_read, wecom_intake, wecom_read
from bot.channels.wechat import WeChatChannel
from bot.channels.wechat_gate import Gate, Keys
from bot.channels.wechat_login import WeChatLogin
from bot.channels.wechat_request import Account, WeChatApi
from bot.channels.wechat_templates import Template, Templates
from bot.channels.wecom import WeComChannel
from bot.channels.wecom_gate import WeComGate
from bot.channels.wecom_request import Corp, WeComApi
from bot.config import Config
from bot.pacer import Pacer
from bot.platforms import Around, Platform
from domain.conversation import Phrase

MEDIA_KEPT_FOR = timedelta(days=3)  # developers.weixin.qq.com: temporary material
WECHAT_PACE = 50.0  # messages a second; WeChat counts by person and by day, not by second
WECOM_PACE = 50.0  # messages a second; a company may make 10,000 calls a minute of each kind


def of_wechat(around: Around) -> Platform:
    settings, secrets = around.config.wechat, around.config.secrets
    storage, clock = around.storage, around.clock
    app_id = settings.app_id or ""
    api = WeChatApi(Account(app_id, secrets.wechat, settings.base_url), storage, clock)
    doors = wechat_intake.Doors()
    gate = Gate(Keys(app_id, secrets.wechat_token, secrets.wechat_aes), clock)
    door = wechat_intake.Webhook(gate, doors, storage, around.intake.accept, clock, around.wake)
    community = around.config.community
    known: dict[str, Template] = {
        topic: template.as_known() for topic, template in settings.templates.items()
    }
    templates = Templates(known, around.texts, community.name, community.calendar.zone)
    return Platform(
        WeChatChannel(api, doors, storage, clock, around.picture, templates),
        wechat_read.read,
        Pacer(WECHAT_PACE),
        routes=tuple(door.routes(settings.path)),
        closers=(api.close,),
        media_kept_for=MEDIA_KEPT_FOR,
        login=_wechat_login(around, api),
    )


def of_wecom(around: Around) -> Platform:
    config, storage, clock = around.config, around.storage, around.clock
    api = WeComApi(wecom_corp(config), storage, clock)
    keys = Keys(config.wecom.corp_id or "", config.secrets.wecom_token, config.secrets.wecom_aes)
    door = wecom_intake.Webhook(WeComGate(keys, clock), storage, around.intake.accept, clock)
    language, say = config.community.language, around.texts.plain
    submit = say(language, Phrase("wecom.submit"))
    privately = say(language, Phrase("wecom.privately"))
    return Platform(
        WeComChannel(api, storage, clock, around.picture, submit=submit, privately=privately),
        wecom_read.read,
        Pacer(WECOM_PACE),
        routes=tuple(door.routes(config.wecom.path)),
        closers=(api.close,),
        media_kept_for=MEDIA_KEPT_FOR,
    )


def wecom_corp(config: Config) -> Corp:
    settings, secrets = config.wecom, config.secrets
    return Corp(
        settings.corp_id or "", settings.agent_id or 0, secrets.wecom, settings.base_url,
        secrets.wecom_robots,
    )  # fmt: skip


def _wechat_login(around: Around, api: WeChatApi) -> WeChatLogin | None:
    settings, public_url = around.config.wechat, around.config.web.public_url
    if not settings.web_login or not public_url:
        return None
    return WeChatLogin(api, settings.authorize_url, public_url)
