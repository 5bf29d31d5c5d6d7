"""WeChat's 网页授权: its own browser is sent there and comes back with a code that tells who it is.

Scope snsapi_base: nobody is asked anything, and we learn the openid that we have already and
nothing else (developers.weixin.qq.com: 网页授权, step 1 and 2).
"""

from dataclasses import dataclass
from urllib.parse import urlencode

import structlog

from bot.channels.base import NextVisit, TryLater, Unclear, Unreachable
from bot.channels.wechat_request import CHANNEL, WeChatApi
from domain.conversation import Address
from web.guard import Refused

log = structlog.get_logger()

BACK = "/me/login"


@dataclass(frozen=True)
class WeChatLogin:
    api: WeChatApi
    authorize_url: str
    public_url: str  # its host stands in the console under 网页授权域名

    def is_there(self, agent: str) -> bool:
        """WeCom's names WeChat as well, but does not know who follows an account."""
        return "MicroMessenger" in agent and "wxwork" not in agent

    def way(self, state: str) -> str:
        """The order of the parameters matters there, and the anchor."""
        query = {
            "appid": self.api.account, "redirect_uri": self.public_url + BACK,
            "response_type": "code", "scope": "snsapi_base", "state": state,
        }  # fmt: skip
        where = f"{self.authorize_url}/connect/oauth2/authorize"
        return f"{where}?{urlencode(query)}#wechat_redirect"

    async def who(self, code: str) -> Address | None:
        try:
            openid = await self.api.openid(code)
        except (TryLater, Unclear, Unreachable, NextVisit) as why:
            log.warning("wechat: nobody could be asked who it is", why=str(why))
            raise Refused(503, "unavailable", wait=5) from None
        return Address(CHANNEL, openid) if openid else None
