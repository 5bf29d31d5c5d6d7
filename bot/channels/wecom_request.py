"""WeCom's own part of the requests: its token, its group robots, and what its codes mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from bot.channels.base import Refused, TooFast, TryLater, Unreachable
from bot.channels.tencent import A_MINUTE, AGAIN, TokenApi, as_json
from storage.ids import Clock
from storage.uow import Storage

log = structlog.get_logger()

CHANNEL = "wecom"

# developer.work.weixin.qq.com/document/path/90455: global return codes
STALE_TOKEN = (40014, 42001)
BUSY = (-1, 6000)
NOT_US = (40001, 40013, 40056, 41004, 43012, 48002, 60011, 60020, 301002)  # a person has to act
GONE = (40003, 60111, 81013, 86001, 86003, 86008, 93000, 93004, 93008)  # members, groups, robots
TOO_MUCH = (45009, 45033)
ARRIVED_BEFORE = 42014  # a card with this task_id is there already


class ArrivedBefore(Refused):
    """The same card was sent before, and its answer was lost."""


@dataclass(frozen=True)
class Corp:
    corp_id: str
    agent_id: int
    secret: str = field(repr=False)
    base_url: str = "https://qyapi.weixin.qq.com"
    robots: Mapping[str, str] = field(default_factory=dict, repr=False)  # keys by our names


class WeComApi(TokenApi):
    channel = CHANNEL
    stale_token = STALE_TOKEN

    def __init__(self, corp: Corp, storage: Storage, clock: Clock) -> None:
        super().__init__(f"{corp.corp_id}:{corp.agent_id}", corp.base_url, storage, clock)
        self._corp = corp

    async def _ask_token(self, *, force: bool) -> dict[str, Any]:
        """All who ask get the same one, and another as soon as WeCom has given it up."""
        asked = {"corpid": self._corp.corp_id, "corpsecret": self._corp.secret}
        answer, _ = await self._exchange("GET", "/cgi-bin/gettoken", asked)
        return answer

    def meaning(self, answer: dict[str, Any]) -> Exception:
        return meaning(answer)

    async def get(self, path: str, params: dict[str, str]) -> dict[str, Any]:
        return await self._told("GET", path, params)

    async def as_agent(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """What the app does in its own name. Raises Unreachable for whom it may not write to."""
        answer = await self.call(path, body | {"agentid": self._corp.agent_id})
        if answer.get("invaliduser") or answer.get("unlicenseduser"):
            raise Unreachable("wecom: not a member who sees the app")
        return answer

    async def to_robot(self, name: str, body: dict[str, Any]) -> None:
        """A robot has a limit of its own, so a refusal makes nobody else wait."""
        key = self._corp.robots.get(name)
        if key is None:
            raise Unreachable("no such robot in the environment")
        answer, _ = await self._exchange(
            "POST", "/cgi-bin/webhook/send", {"key": key}, as_json(body)
        )
        if answer.get("errcode") in TOO_MUCH:
            raise TryLater(A_MINUTE, "wecom: the robot is too fast")
        if answer.get("errcode"):
            raise meaning(answer)


def meaning(answer: dict[str, Any]) -> Exception:
    code = answer.get("errcode")
    why = f"wecom: {code}"
    if code in BUSY:
        return TryLater(AGAIN, why)
    if code in TOO_MUCH:
        return TooFast(A_MINUTE, why)
    if code == ARRIVED_BEFORE:
        return ArrivedBefore(why)
    if code in GONE:
        return Unreachable(why)
    if code in NOT_US or code in STALE_TOKEN:
        log.error("wecom refuses the app", code=code)
        return TryLater(A_MINUTE, why, everywhere=True)
    return Refused(why)
