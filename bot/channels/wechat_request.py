"""WeChat's own part of the requests: how its token is asked for, and what its codes mean."""

from dataclasses import dataclass, field
from typing import Any

import structlog

from bot.channels.base import NextVisit, Refused, TooFast, TryLater, Unreachable
from bot.channels.tencent import A_MINUTE, AGAIN, AN_HOUR, TokenApi, as_json
from storage.ids import Clock
from storage.uow import Storage

log = structlog.get_logger()

CHANNEL = "wechat"

# developers.weixin.qq.com: global return codes
STALE_TOKEN = (40001, 40014, 42001)
BUSY = -1
NOT_US = (40002, 40013, 40125, 40164, 41004, 48001, 48004, 50001, 50002)  # a person has to act
GONE = (40003, 43004, 43019)  # no such follower, not following, on the black list
NO_MESSAGE_LEFT = (45015, 45047)  # 48 hours are over; all messages of the window are spent
DAY_SPENT, MINUTE_SPENT = 45009, 45011
BAD_CODE = (40029, 40163, 41008, 42003)  # of 网页授权: no such code, used, missing, too old
NO_CONSENT = 43101  # to a notice: never given, used up or withdrawn


class NoConsent(Refused):
    """The person does not want a notice of this kind, or not one more."""


@dataclass(frozen=True)
class Account:
    app_id: str
    secret: str = field(repr=False)
    base_url: str = "https://api.weixin.qq.com"


class WeChatApi(TokenApi):
    channel = CHANNEL
    stale_token = STALE_TOKEN

    def __init__(self, account: Account, storage: Storage, clock: Clock) -> None:
        super().__init__(account.app_id, account.base_url, storage, clock)
        self._secret = account.secret

    async def _ask_token(self, *, force: bool) -> dict[str, Any]:
        """``stable_token`` gives all who ask the same one, unless it is told to make another."""
        asked = {
            "grant_type": "client_credential", "appid": self._account,
            "secret": self._secret, "force_refresh": force,
        }  # fmt: skip
        answer, _ = await self._exchange("POST", "/cgi-bin/stable_token", {}, as_json(asked))
        return answer

    def meaning(self, answer: dict[str, Any]) -> Exception:
        return meaning(answer)

    @property
    def account(self) -> str:
        """The AppID."""
        return self._account

    async def openid(self, code: str) -> str:
        """Whose code it is; empty for one that is forged, used or too old."""
        asked = {
            "appid": self._account, "secret": self._secret, "code": code,
            "grant_type": "authorization_code",
        }  # fmt: skip
        answer, _ = await self._exchange("GET", "/sns/oauth2/access_token", asked)
        if answer.get("errcode") in BAD_CODE:
            return ""
        if answer.get("errcode") or not answer.get("openid"):
            raise meaning(answer)
        return str(answer["openid"])


def meaning(answer: dict[str, Any]) -> Exception:
    code = answer.get("errcode")
    why = f"wechat: {code}"
    if code == BUSY:
        return TryLater(AGAIN, why)
    if code == MINUTE_SPENT:
        return TooFast(A_MINUTE, why)
    if code == DAY_SPENT:
        return TryLater(AN_HOUR, why, everywhere=True)
    if code in NO_MESSAGE_LEFT:
        return NextVisit(why)
    if code == NO_CONSENT:
        return NoConsent(why)
    if code in GONE:
        return Unreachable(why)
    if code in NOT_US or code in STALE_TOKEN:
        log.error("wechat refuses the account", code=code)
        return TryLater(A_MINUTE, why, everywhere=True)
    return Refused(why)
