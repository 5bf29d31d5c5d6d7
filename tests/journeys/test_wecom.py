"""Stories 1 to 3 on WeCom, over HTTP: cards to press, which change in their place."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.app import App
from bot.config import (
    DATABASE_URL,
    SECRET_KEY,
    WECOM_KEY,
    WECOM_ROBOTS,
    WECOM_SECRET,
    WECOM_TOKEN,
    load,
)
from bot.opening import open_community
from domain.conversation import Address
from scheduler.notices import send_notices
from storage.groups import Group as Bound
from storage.uow import Storage
from tests.databases import SECRET
from tests.fake_wechat import served
from tests.fake_wecom import AES_KEY, AGENT_ID, CORP_ID, ROBOT_KEY, TOKEN, FakeWeCom
from tests.fake_wecom import SECRET as APP_SECRET
from tests.town import brings_along, lives_at, settled, written_config
from tests.votes import has_vote
from tests.world import FakeClock

ANA, LI = "WangAna", "li.si@linli"
ZHOU, HE, SUN = "ZhouJie", "he", "sun"
HOUSEHOLDS = "building,unit,room,area,grid,owner,phone\n3,1,101,89.50,2,,\n3,2,202,76.00,2,,\n"
STAFF = """name,role,duties,grids,deputy,account
周警官,member,utilities;noise,2,何书记,wecom:ZhouJie
何书记,secretary,*,*,,wecom:he
孙管理员,admin,*,*,,wecom:sun
"""


@dataclass
class Story:
    app: App
    fake: FakeWeCom
    storage: Storage
    clock: FakeClock

    async def tells(self, who: str, text: str, answer: str) -> str:
        self.clock.advance(seconds=5)
        await self.fake.says(who, text)
        return await self.fake.hears(who, answer)

    async def presses(self, who: str, label: str, answer: str) -> str:
        await settled(self.storage)
        self.clock.advance(seconds=5)
        await self.fake.presses(who, label)
        return await self.fake.hears(who, answer)

    async def has_home(self, who: str, door: str) -> None:
        await self.tells(who, "/start", "邻里助手")
        await lives_at(self.storage, Address("wecom", who.lower()), door)


@pytest.fixture
async def story(database_url: str, tmp_path: Path) -> AsyncIterator[Story]:
    clock = FakeClock()
    async with FakeWeCom(clock) as fake:
        ours = {"enabled": True, "corp_id": CORP_ID, "agent_id": AGENT_ID, "base_url": fake.url}
        channels = {"webchat": {"enabled": False}, "wecom": ours}
        path = written_config(tmp_path, None, channels=channels)
        secrets = {WECOM_SECRET: APP_SECRET, WECOM_TOKEN: TOKEN, WECOM_KEY: AES_KEY}
        secrets |= {WECOM_ROBOTS: f"board={ROBOT_KEY}"}
        config = load(path, {SECRET_KEY: SECRET, DATABASE_URL: database_url} | secrets)
        async with open_community(config, clock) as storage:
            await brings_along(storage, config.community, tmp_path, HOUSEHOLDS, STAFF)
            app = App(config, storage, clock=clock)
            async with served(app.web) as url, app.running():
                fake.hook = url + config.wecom.path
                story = Story(app, fake, storage, clock)
                for person in (ZHOU, HE):
                    await story.tells(person, "/start", "邻里助手")
                yield story
        assert fake.violations == []


async def test_suggest_confirm_and_rate_by_cards(story: Story) -> None:
    """Every callback comes three times, and each is handled once."""
    story.fake.repeats = 3
    await story.has_home(ANA, "3-1-101")
    await story.tells(ANA, "3号楼门口路灯坏了", "提交")
    await story.presses(ANA, "提交", "收到了，1号")

    await story.fake.hears(ZHOU, "路灯坏了")
    await story.presses(ZHOU, "签收", "1号已签收")
    assert "周警官已签收" in await story.fake.hears(ANA, "已签收")
    await story.tells(ZHOU, "办结 1 换了灯泡", "1号已办结")

    await story.fake.hears(ANA, "换了灯泡")
    await story.presses(ANA, "已解决", "您满意吗")
    await story.presses(ANA, "基本满意", "记下了：1号，基本满意")
    async with story.storage.begin() as uow:
        assert await uow.tickets.count_open() == 0
    assert (await settled(story.storage)).keys() == {"sent"}
    assert story.fake.calls["gettoken"] == 1


async def test_a_picture_goes_to_whoever_handles_it(story: Story) -> None:
    await story.has_home(ANA, "3-1-101")
    await story.tells(ANA, "3号楼门口路灯坏了", "提交")
    await story.presses(ANA, "加照片或地点", "照片")
    story.clock.advance(seconds=5)
    await story.fake.sends_picture(ANA, b"\xff\xd8a lamp")
    await story.fake.hears(ANA, "照片或语音：有")
    await story.presses(ANA, "提交", "收到了，1号")

    await story.fake.until(lambda: bool(story.fake.person(ZHOU).pictures))
    (media,) = story.fake.person(ZHOU).pictures
    assert story.fake.kept[media] == b"\xff\xd8a lamp"


async def test_a_vote_by_card(story: Story) -> None:
    """Pressed three times over, one ballot; pressed anew, another answer."""
    await has_vote(story.storage, 3, opens=story.clock(), accounts=in_wecom)
    story.fake.repeats = 3

    await story.tells("voter1", "/start v1", "是否同意换路灯？")
    await story.presses("voter1", "同意", "已记录")
    await story.presses("voter1", "修改我的票", "是否同意换路灯？")
    await story.presses("voter1", "弃权", "弃权")

    async with story.storage.begin() as uow:
        sums = await uow.ballots.sums(1, 0)
    assert {choice: sum.number for choice, sum in sums.items()} == {"abstain": 1}


def in_wecom(number: int) -> list[Address]:
    return [Address("wecom", f"voter{number}")]


async def test_a_notice_reaches_members_and_by_a_robot_the_group_of_a_building(
    story: Story,
) -> None:
    async with story.storage.begin() as uow:
        await uow.groups.bind(Bound(Address("wecom", "robot:board"), "building", "3", "zh"))
    await story.has_home(ANA, "3-1-101")
    await story.tells(SUN, "/start", "邻里助手")
    await story.tells(SUN, "公告", "写")
    await story.tells(SUN, "明天9点到12点3号楼停水检修，请提前储水。", "几栋楼")
    await story.presses(SUN, "几栋楼的居民", "楼")
    await story.tells(SUN, "3", "确认发布")
    await story.presses(SUN, "也在群里发", "群消息 1 条")
    await story.presses(SUN, "确认发布", "等待发出")
    story.clock.advance(hours=3)  # nobody is woken from the midday nap
    for _ in range(4):
        await story.app.dispatcher.run(send_notices)

    assert "停水检修" in await story.fake.hears(ANA, "停水检修")
    board = story.fake.robots[ROBOT_KEY]
    await story.fake.until(lambda: bool(board.read))
    assert "停水检修" in board.read[0]


async def test_a_token_that_ends_in_the_middle_is_fetched_anew(story: Story) -> None:
    await story.has_home(ANA, "3-1-101")
    story.fake.expire_token()
    await story.tells(ANA, "3号楼门口路灯坏了", "提交")
    story.fake.expire_token()
    await story.presses(ANA, "提交", "收到了，1号")

    assert (await settled(story.storage)).keys() == {"sent"}
    assert story.fake.calls["gettoken"] == 3
