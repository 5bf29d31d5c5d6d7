"""Stories 1 to 3 on Telegram, over HTTP, with everything that Telegram does to a bot."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import App
from bot.config import Config, load
from bot.imports import (
    plan_group_list,
    plan_household_list,
    plan_staff_list,
    write_group_list,
    write_household_list,
    write_staff_list,
)
from bot.opening import open_community
from domain.conversation import Address
from scheduler.questions import raise_questions
from storage.uow import Storage
from tests.databases import NOON
from tests.fake_telegram import FakeGroup, FakeMessage, FakeTelegram, FakeUser
from tests.town import TOKEN, FastClock, environment, lives_at, settled, written_config

ANA, LI, MEI = FakeUser(101, "Ana"), FakeUser(102, "Li"), FakeUser(103, "Mei")
ZHOU, HE, SUN = FakeUser(201, "Zhou"), FakeUser(203, "He"), FakeUser(204, "Sun")
BUILDING_3 = FakeGroup(-1003, "3号楼", "group")
CODE = "7K3QM9XW2A"
PICTURE = b"\xff\xd8a lamp\xff\xd9"

HOUSEHOLDS = """building,unit,room,area,grid,owner,phone
3,1,101,89.50,2,,
3,2,202,76.00,2,,
"""
STAFF = """name,role,duties,grids,deputy,account
周警官,member,utilities;noise,2,何书记,telegram:201
何书记,secretary,*,*,,telegram:203
孙管理员,admin,*,*,,telegram:204
"""
GROUPS = """account,scope
telegram:-1003,building:3
"""


class InOrder(Counter[str]):
    """Requests by method, and the order they came in."""

    def __init__(self) -> None:
        super().__init__()
        self.order: list[str] = []

    def __setitem__(self, method: str, count: int) -> None:
        self.order.append(method)
        super().__setitem__(method, count)


class Story:
    """A community on Telegram whose staff have said hello to the bot."""

    def __init__(self, fake: FakeTelegram, app: App, storage: Storage, clock: FastClock) -> None:
        self.fake = fake
        self.app = app
        self.storage = storage
        self.clock = clock
        self.calls = InOrder()
        fake.calls = self.calls

    async def begins(self) -> None:
        self.fake.knows(ANA, LI, MEI, BUILDING_3)
        for person in (ZHOU, HE, SUN, ANA):
            await self.tells(person, "/start", "邻里助手")

    async def tells(
        self, who: FakeUser, text: str, answer: str, group: FakeGroup | None = None
    ) -> FakeMessage:
        """Somebody writes, and reads the answer in the same chat."""
        self.fake.says(who, text, group)
        return await self.fake.hears(group or who, answer)

    async def presses(
        self, who: FakeUser, label: str, answer: str, group: FakeGroup | None = None
    ) -> FakeMessage:
        """Somebody presses the newest button with this label; the answer comes to them alone."""
        query = self.fake.presses(who, await self.shows(group or who, label), label)
        await self.fake.until(lambda: self.fake.acknowledged(query))
        return await self.fake.hears(who, answer)

    async def shows(self, chat: FakeUser | FakeGroup, label: str) -> FakeMessage:
        """The newest message of the chat with a button of this label, waited for."""
        found: list[FakeMessage] = []

        def there() -> bool:
            with_it = (m for m in self.fake.messages(chat) if any(label in b for b in m.labels))
            found[:] = with_it
            return bool(found)

        await self.fake.until(there)
        return found[-1]

    async def suggests(self, words: str = "3号楼门口路灯坏了") -> FakeMessage:
        """Ana says it in the group; returns the group's card once everybody has been told."""
        card = await self.tells(ANA, f"#建议 {words}", words, BUILDING_3)
        await self.fake.hears(ZHOU, words)
        await self.fake.hears(ANA, words)
        return card

    async def moves_in(self, who: FakeUser, door: str) -> None:
        """As if they had joined with a code; how that goes is a story of its own."""
        await self.tells(who, "/start", "邻里助手")
        await lives_at(self.storage, Address("telegram", str(who.id)), door)


@pytest.fixture
async def story(database_url: str, tmp_path: Path) -> AsyncIterator[Story]:
    async with FakeTelegram(token=TOKEN) as fake:
        config = load(written_config(tmp_path, fake.url), environment(database_url))
        async with running(config, fake, tmp_path) as story:
            await story.begins()
            yield story
            await fake.until(lambda: not fake.chats.open_queries)
            assert fake.violations == []


@asynccontextmanager
async def running(config: Config, fake: FakeTelegram, folder: Path) -> AsyncIterator[Story]:
    clock = FastClock(100)
    async with open_community(config, clock) as storage:
        await bring_lists(storage, config, folder)
        app = App(config, storage, clock=clock, steady=clock.seconds)
        async with app.running():
            yield Story(fake, app, storage, clock)


async def bring_lists(storage: Storage, config: Config, folder: Path) -> None:
    lists = {"households": HOUSEHOLDS, "staff": STAFF, "groups": GROUPS}
    paths = {name: folder / f"{name}.csv" for name in lists}
    for name, path in paths.items():
        path.write_text(lists[name], "utf-8")
    town = config.community
    homes = await plan_household_list(storage, town, paths["households"])
    await write_household_list(storage, homes.plan)
    staff = await plan_staff_list(storage, town, paths["staff"])
    await write_staff_list(storage, town, staff.plan, NOON)
    groups = await plan_group_list(storage, town, paths["groups"])
    await write_group_list(storage, groups.plan)


async def test_ana_joins_with_the_code_of_her_letter_and_is_known_from_then_on(
    story: Story,
) -> None:
    async with story.storage.begin() as uow:
        home = await uow.residents.household_at("3", "1", "101")
        await uow.invites.issue(CODE, household=home, now=story.clock())

    await story.tells(ANA, f"/start {CODE}", "请看一眼")
    await story.presses(ANA, "同意", "怎么称呼您")
    await story.tells(ANA, "王阿姨", "好的，王阿姨。")
    await story.suggests()

    assert "反映人：王阿姨，3-1-101" in (await story.fake.hears(ZHOU, "路灯坏了")).text


async def test_a_case_lives_on_one_card_from_the_first_word_to_the_rating(story: Story) -> None:
    card = await story.suggests()
    assert card.rows == [["👍 附议", "进度"]]
    await story.presses(ZHOU, "签收", "1号已签收")
    await story.presses(ZHOU, "提问", "想问1号")
    await story.tells(ZHOU, "哪一盏？", "已转给反映人")
    await story.presses(ANA, "回答", "请写下1号的回答")
    await story.tells(ANA, "左边那盏", "已转给1号的承办人")
    await story.fake.hears(ZHOU, "左边那盏")
    await story.presses(ZHOU, "办结", "办得怎么样")
    await story.tells(ZHOU, "换了灯泡", "1号已办结")
    await story.presses(ANA, "已解决", "您满意吗")
    await story.presses(ANA, "基本满意", "记下了：1号，基本满意")
    await story.fake.until(lambda: "反映人确认已解决" in card.text)

    assert story.fake.messages(BUILDING_3) == [card]
    assert card.edits >= 4
    assert card.rows == [["进度"]]


async def test_a_button_stops_spinning_before_the_answer_comes(story: Story) -> None:
    await story.suggests()
    await story.shows(ZHOU, "签收")
    before = len(story.calls.order)
    await story.presses(ZHOU, "签收", "1号已签收")

    asked = [method for method in story.calls.order[before:] if method != "getUpdates"]
    assert asked[0] == "answerCallbackQuery"


async def test_a_neighbour_is_shown_the_case_and_joins_it(story: Story) -> None:
    card = await story.suggests()
    await story.moves_in(LI, "3-2-202")
    draft = await story.tells(LI, "3号楼门口的路灯不亮", "要登记这件事吗")
    await story.presses(LI, "提交", "是不是同一件事")
    await story.presses(LI, "附议 1号", "已附议1号，现在共1人")
    await story.fake.until(lambda: "👍 1 人附议" in card.text)

    assert story.fake.messages(BUILDING_3) == [card]
    assert draft.text == "好的，算在1号里。"  # the draft was that message all the time


async def test_a_photo_is_passed_on_to_the_officer_and_his_comes_back(story: Story) -> None:
    fake = story.fake
    fake.says(ANA, "#建议 3号楼门口路灯坏了", BUILDING_3, photo=PICTURE)
    task = await fake.hears(ZHOU, "路灯坏了")
    await story.presses(ZHOU, "签收", "1号已签收")
    await story.presses(ZHOU, "办结", "办得怎么样")
    fake.says(ZHOU, "换了灯泡", photo=PICTURE + b"!")
    asked = await fake.hears(ANA, "解决了吗")
    assert task.photo and asked.photo
    await fake.until(lambda: "等反映人确认" in task.text)  # a photo's words are edited in place

    assert (fake.chats.files[task.photo], fake.chats.files[asked.photo]) == (
        PICTURE,
        PICTURE + b"!",
    )


async def test_somebody_who_blocked_the_bot_stops_nothing_and_the_admin_sees_it(
    story: Story,
) -> None:
    card = await story.suggests()
    story.fake.chats.blocked.add(ANA.id)
    await story.presses(ZHOU, "签收", "1号已签收")
    await story.fake.until(lambda: "正在办理" in card.text)
    await settled(story.storage)  # a refusal is noted a moment after it came
    told = await story.tells(SUN, "/delivery", "消息送达")

    assert "对方拒收 1" in told.text
    assert "bot was blocked by the user" in told.text.lower()


async def test_told_to_wait_it_waits_as_long_as_told_and_then_goes_on(story: Story) -> None:
    story.fake.fail_next("sendMessage", retry_after=30)
    before = story.calls["sendMessage"]
    story.fake.says(ZHOU, "/mine")
    await story.fake.until(lambda: story.calls["sendMessage"] > before)
    refused = story.clock()
    await story.tells(LI, "/start", "邻里助手")

    assert story.clock() - refused >= timedelta(seconds=30)
    await story.fake.hears(ZHOU, "您手上没有")
    assert story.calls["sendMessage"] == before + 3  # nothing else was tried meanwhile


async def test_what_was_lost_on_the_way_goes_again_and_says_so(story: Story) -> None:
    fake = story.fake
    fake.fail_next("sendMessage", drop="before", chat=LI)
    await story.tells(LI, "/start", "邻里助手")
    fake.fail_next("sendMessage", drop="after", chat=MEI)
    await story.tells(MEI, "/start", "您可能已收到过")

    assert [m.text[:5] for m in fake.messages(LI)] == ["（重发，您"]
    assert [m.text[:5] for m in fake.messages(MEI)] == ["您好，这里", "（重发，您"]


async def test_an_edit_that_was_lost_on_the_way_is_made_again_in_silence(story: Story) -> None:
    card = await story.suggests()
    story.fake.fail_next("editMessageText", drop="after", chat=BUILDING_3)
    await story.presses(ZHOU, "签收", "1号已签收")

    assert (await settled(story.storage)).keys() == {"sent"}
    assert card.text.endswith("办结\n👍 0 人附议") and card.edits == 1


async def test_pressing_a_button_twice_changes_nothing_and_breaks_nothing(story: Story) -> None:
    draft = await story.tells(LI, "电梯有怪声", "要登记这件事吗")
    await story.presses(LI, "改类别", "属于哪一类")
    back = draft.data("返回")
    for edits in (2, 3):
        story.fake.sends_data(LI, draft, back)
        await story.fake.until(lambda: story.calls["editMessageText"] == edits)  # noqa: B023

    assert (await settled(story.storage)).keys() == {"sent"}
    assert "要登记这件事吗" in draft.text and draft.edits == 2


async def test_who_is_asked_in_a_group_finds_the_field_for_the_answer_open(story: Story) -> None:
    """Telegram opens it for whoever wrote what the question replies to: it replied to nothing."""
    asked = await story.tells(ANA, "/suggest", "回复这条消息", BUILDING_3)

    assert asked.asks_reply and asked.reply_to and asked.reply_to.sender == ANA


async def test_in_a_group_that_moved_every_case_has_a_card_of_its_own(story: Story) -> None:
    """A group that moved counts its messages anew, so an old number may be another card's."""
    await story.suggests()
    moved = story.fake.moves(MEI, BUILDING_3, -100_1003)
    other = await story.tells(ANA, "#建议 楼道里太吵", "楼道里太吵", moved)
    await story.tells(ZHOU, "签收 1", "1号已签收")
    card = await story.fake.hears(moved, "正在办理")

    assert "3号楼门口路灯坏了" in card.text
    assert "楼道里太吵" in other.text
    assert story.fake.messages(moved) == [other, card]


async def test_what_was_on_its_way_to_a_group_that_moved_arrives_there(story: Story) -> None:
    """Telegram may refuse the old id before the bot has read that the group moved."""
    await story.suggests()
    story.fake.says(ANA, "#建议 楼道里太吵", BUILDING_3)
    moved = story.fake.moves(MEI, BUILDING_3, -100_1003)
    await story.tells(ZHOU, "签收 1", "1号已签收")

    await story.fake.hears(moved, "楼道里太吵")
    await story.fake.hears(moved, "正在办理")
    assert (await settled(story.storage)).keys() == {"sent"}


async def test_a_button_made_up_by_a_strangers_client_is_answered_politely(story: Story) -> None:
    await story.suggests()
    task = await story.shows(ZHOU, "签收")
    for forged in ("sign:1", "fin:1", "g.to:-5", "ok:1:1:yes", "路灯" * 10, "sign:x"):
        story.fake.sends_data(MEI, task, forged)

    await story.fake.until(lambda: len(story.fake.messages(MEI)) >= 6)
    assert "周警官负责" in story.fake.messages(BUILDING_3)[0].text


async def test_danger_in_the_group_is_answered_by_the_officer_below_the_call(story: Story) -> None:
    story.fake.says(ANA, "路灯着火了，有人吗", BUILDING_3)
    story.fake.says(ANA, "/help", BUILDING_3)
    await story.fake.hears(ANA, "我能帮您做什么")  # in one chat one after the other
    await story.app.dispatcher.run(raise_questions)
    await story.fake.hears(ZHOU, "还没有人回应")
    await story.presses(ZHOU, "在群里回答", "请写您的回答")
    await story.tells(ZHOU, "已经报警，马上到", "已经回复到3号楼群")

    said = await story.fake.hears(BUILDING_3, "已经报警")
    assert said.reply_to is not None and said.reply_to.text == "路灯着火了，有人吗"
