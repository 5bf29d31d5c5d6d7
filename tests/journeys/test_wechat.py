"""Stories 1 to 3 on WeChat, over HTTP: no buttons, no groups, and few messages to each person."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import pytest

from bot.app import App
from bot.config import (
    DATABASE_URL,
    SECRET_KEY,
    WECHAT_KEY,
    WECHAT_SECRET,
    WECHAT_TOKEN,
    load,
)
from bot.opening import open_community
from domain.conversation import Address
from storage.uow import Storage
from tests.databases import SECRET
from tests.fake_wechat import AES_KEY, APP_ID, TOKEN, FakeWeChat, served
from tests.fake_wechat import SECRET as APP_SECRET
from tests.town import brings_along, lives_at, settled, written_config
from tests.web.browsing import HOST, LINK, Browser
from tests.world import FakeClock

ANA, LI = "oAna", "oLi"
ZHOU, HE = "oZhou", "oHe"
CODE = "7K3QM9XW2A"
HOUSEHOLDS = "building,unit,room,area,grid,owner,phone\n3,1,101,89.50,2,,\n3,2,202,76.00,2,,\n"
STAFF = """name,role,duties,grids,deputy,account
周警官,member,utilities;noise,2,何书记,wechat:oZhou
何书记,secretary,*,*,,wechat:oHe
"""


@dataclass
class Story:
    fake: FakeWeChat
    storage: Storage
    clock: FakeClock
    app: App

    async def tells(self, who: str, text: str, answer: str) -> str:
        self.clock.advance(seconds=1)
        await self.fake.says(who, text)
        return await self.fake.hears(who, answer)

    async def chooses(self, who: str, label: str, answer: str) -> str:
        """Once the bot has noted which numbers it offered last, as it has before anybody types."""
        await settled(self.storage)
        self.clock.advance(seconds=1)
        await self.fake.chooses(who, label)
        return await self.fake.hears(who, answer)

    async def presses(self, who: str, label: str, answer: str) -> str:
        await settled(self.storage)
        self.clock.advance(seconds=1)
        await self.fake.presses(who, label)
        return await self.fake.hears(who, answer)

    async def has_home(self, who: str, door: str) -> None:
        await self.tells(who, "/start", "邻里助手")
        await lives_at(self.storage, Address("wechat", who), door)


@pytest.fixture
async def story(database_url: str, tmp_path: Path) -> AsyncIterator[Story]:
    clock = FakeClock()
    async with FakeWeChat(clock) as fake:
        channels = {
            "webchat": {"enabled": False},
            "wechat": {
                "enabled": True, "app_id": APP_ID, "base_url": fake.url,
                "web_login": True, "authorize_url": fake.url,
            },
        }  # fmt: skip
        web = {"port": 0, "public_url": f"https://{HOST}"}
        path = written_config(tmp_path, None, channels=channels, web=web)
        secrets = {WECHAT_SECRET: APP_SECRET, WECHAT_TOKEN: TOKEN, WECHAT_KEY: AES_KEY}
        config = load(path, {SECRET_KEY: SECRET, DATABASE_URL: database_url} | secrets)
        async with open_community(config, clock) as storage:
            await brings_along(storage, config.community, tmp_path, HOUSEHOLDS, STAFF)
            app = App(config, storage, clock=clock)
            async with served(app.web) as url, app.running():
                fake.hook = url + config.wechat.path
                story = Story(fake, storage, clock, app)
                for person in (ZHOU, HE):
                    await story.tells(person, "/start", "邻里助手")
                yield story
        assert fake.violations == []


async def test_following_by_the_letters_code_joins_the_household(story: Story) -> None:
    async with story.storage.begin() as uow:
        home = await uow.residents.household_at("3", "1", "101")
        await uow.invites.issue(CODE, household=home, now=story.clock())

    await story.fake.does(ANA, "subscribe", f"qrscene_{CODE}")
    await story.fake.hears(ANA, "请看一眼")
    await story.chooses(ANA, "同意", "怎么称呼您")
    await story.tells(ANA, "王阿姨", "好的，王阿姨。")
    await story.tells(ANA, "#建议 3号楼门口路灯坏了", "提交")
    await story.chooses(ANA, "提交", "收到了，1号")

    assert "反映人：王阿姨，3-1-101" in await story.fake.hears(ZHOU, "路灯坏了")


async def test_suggest_route_and_rate_with_typed_numbers(story: Story) -> None:
    """Every callback comes three times, and each is handled once."""
    story.fake.repeats = 3
    await story.has_home(ANA, "3-1-101")
    await story.has_home(LI, "3-2-202")

    await story.tells(ANA, "3号楼门口路灯坏了", "提交")
    await story.presses(ANA, "提交", "收到了，1号")
    await story.tells(LI, "3号楼门口的路灯不亮", "提交")
    await story.chooses(LI, "提交", "1号　3号楼门口路灯坏了")
    await story.chooses(LI, "附议 1号", "已附议1号，现在共1人")

    await story.fake.hears(ZHOU, "路灯坏了")
    await story.tells(ZHOU, "签收 1", "1号已签收")
    assert "周警官已签收" in await story.fake.hears(ANA, "已签收")
    await story.tells(ZHOU, "提问 1 哪一盏？", "已转给反映人")
    await story.fake.hears(ANA, "哪一盏？")
    await story.chooses(ANA, "回答", "请写下1号的回答")
    await story.tells(ANA, "左边那盏", "已转给1号的承办人")
    await story.fake.hears(ZHOU, "左边那盏")
    await story.tells(ZHOU, "办结 1 换了灯泡", "1号已办结")

    await story.fake.hears(ANA, "换了灯泡")
    await story.presses(ANA, "已解决", "您满意吗")
    await story.chooses(ANA, "基本满意", "记下了：1号，基本满意")

    async with story.storage.begin() as uow:
        assert await uow.tickets.count_open() == 0
    assert (await settled(story.storage)).keys() == {"sent"}
    assert story.fake.calls["stable_token"] == 1


async def test_a_picture_goes_to_whoever_handles_it(story: Story) -> None:
    await story.has_home(ANA, "3-1-101")
    await story.tells(ANA, "3号楼门口路灯坏了", "提交")
    await story.chooses(ANA, "加照片或地点", "照片")
    story.clock.advance(seconds=1)
    await story.fake.sends_picture(ANA, b"\xff\xd8a lamp")
    await story.fake.hears(ANA, "照片或语音：有")
    await story.chooses(ANA, "提交", "收到了，1号")

    await story.fake.until(lambda: bool(story.fake.person(ZHOU).pictures))
    (media,) = story.fake.person(ZHOU).pictures
    assert story.fake.kept[media] == b"\xff\xd8a lamp"


async def test_what_was_spoken_is_read_and_heard_by_whoever_handles_it(story: Story) -> None:
    """WeChat's own words for it are the words; the voice is behind them, days later, too."""
    await story.has_home(ANA, "3-1-101")
    story.clock.advance(seconds=1)
    media = await story.fake.sends_voice(ANA, b"#!AMR lamp", "3号楼门口路灯坏了")
    await story.fake.hears(ANA, "照片或语音：有")
    await story.chooses(ANA, "提交", "收到了，1号")

    assert "🎤 有语音" in await story.fake.hears(ZHOU, "路灯坏了")
    await story.fake.until(lambda: bool(story.fake.person(ZHOU).voices))
    assert story.fake.kept[story.fake.person(ZHOU).voices[0]] == b"#!AMR lamp"
    await story.app.keeping.look()
    async with story.storage.begin() as uow:
        assert await uow.media.content("wechat", media) == b"#!AMR lamp"


async def test_a_link_in_the_chat_opens_as_oneself_and_what_is_pressed_there_counts(
    story: Story,
) -> None:
    await story.has_home(ANA, "3-1-101")
    await story.has_home(LI, "3-2-202")
    await story.tells(ANA, "#建议 3号楼门口路灯坏了", "提交")
    await story.chooses(ANA, "提交", "收到了，1号")
    told = await story.tells(ANA, "进度 1", "打开网页版")
    link = LINK.search(told)
    assert link

    story.fake.holder = LI  # Ana has passed it on
    async with httpx.AsyncClient(
        mounts={story.fake.url: httpx.AsyncHTTPTransport()},
        transport=httpx.ASGITransport(story.app.web), base_url=f"https://{HOST}",
        headers={"user-agent": "MicroMessenger/8.0", "accept-language": "zh-CN"},
    ) as http:  # fmt: skip
        phone = Browser(http, partial(_until_settled, story))
        page = await phone.opens(link[1])
        assert page.path == "/me/t1" and "路灯坏了" in page.text
        assert "已附议1号，现在共1人" in (await phone.presses("附议")).text
        assert "取消附议" in (await phone.opens("/me/t1")).buttons
    assert "👍 1 人附议" in await story.tells(ANA, "进度 1", "👍 1 人附议")


async def _until_settled(story: Story) -> None:
    await settled(story.storage)
