"""Questions in a group: heard, answered by somebody, or brought to the person whose duty it is."""

from dataclasses import replace
from datetime import date, time, timedelta

from sqlalchemy import select, update

from bot.channels.base import Picture
from bot.hearing import Hearing
from casework.question_views import (
    AnswerHere,
    NothingToDo,
    ShowQuestion,
    ShowQuestions,
    TakeAsCase,
    TakeHere,
)
from domain.budget import Topic
from domain.conversation import Address
from domain.residents import Role
from handlers.groups import BotLeft
from handlers.residents import ExportMe, ForgetMe
from scheduler.questions import raise_questions, tell_unheard
from storage import alive_tables as alive
from storage import tables as t
from tests.statements import counted
from tests.world import (
    ANA,
    BUILDING_3,
    COMMUNITY,
    HE,
    LI,
    MEI,
    STAFF_ROOM,
    SUN,
    WANG,
    ZHOU,
    World,
)

NEIGHBOUR = Address("buttons", "150")  # never met before
MOST, MOST_ASKED = 8, 11  # statements: of any message, of the first question of a stranger


async def asked(world: World) -> list[tuple[str, str, bool]]:
    """Kind, state and whether words are kept, of every question."""
    q = alive.questions
    async with world.storage.engine.connect() as connection:
        rows = await connection.execute(select(q).order_by(q.c.id))
        return [(r.kind, r.state, bool(r.words_sealed)) for r in rows]


async def counts(world: World) -> dict[str, int]:
    """Posts by person on the one day there is."""
    async with world.storage.engine.connect() as connection:
        rows = list(await connection.execute(select(alive.group_days)))
    assert {r.day for r in rows} <= {date(2026, 3, 2)}
    return {r.person: r.posts for r in rows}


async def test_who_writes_in_a_group_is_counted_and_nothing_is_kept(world: World):
    for n in range(5):
        await world.writes(ANA, f"好的{n}", group=BUILDING_3)
    await world.writes(NEIGHBOUR, "收到", group=BUILDING_3)
    await world.writes(ZHOU, "大家早上好", group=BUILDING_3)  # staff
    await world.writes(MEI, "哪里", group=STAFF_ROOM)  # a group we do not know

    found = await counts(world)
    assert sorted(found.values()) == [1, 3]
    assert all(len(person) == 64 for person in found)
    assert await asked(world) == []
    assert world.all(BUILDING_3) == []


async def test_a_neighbours_answer_settles_a_question(world: World):
    await world.writes(ANA, "请问今天几点停水？", group=BUILDING_3, message="71")
    assert await asked(world) == [("question", "open", True)]

    await world.writes(ANA, "急", group=BUILDING_3)
    await world.writes(NEIGHBOUR, "同问", group=BUILDING_3)
    assert await asked(world) == [("question", "open", True)]

    await world.writes(NEIGHBOUR, "下午四点", group=BUILDING_3)
    assert await asked(world) == [("question", "answered", False)]


async def test_a_reply_settles_the_question_it_replies_to(world: World):
    await world.writes(ANA, "电梯又坏了", group=BUILDING_3, message="71")
    await world.writes(NEIGHBOUR, "请问物业电话多少", group=BUILDING_3, message="72")
    world.clock.advance(hours=20)
    await world.writes(ZHOU, "明天上午修", group=BUILDING_3)
    assert [state for _, state, _ in await asked(world)] == ["open", "open"]

    await world.writes(ZHOU, "明天上午修", group=BUILDING_3, replies_to="71")
    assert [state for _, state, _ in await asked(world)] == ["answered", "open"]


async def test_an_edit_changes_a_question_or_takes_it_back(world: World):
    await world.writes(ANA, "请问今天几点停水？", group=BUILDING_3, message="71")
    await world.writes(ANA, "请问今天几点停电？", group=BUILDING_3, message="71", edited=True)
    assert await asked(world) == [("question", "open", True)]
    await world.writes(ANA, "/help 没事了", group=BUILDING_3, message="71", edited=True)

    assert await asked(world) == [("question", "gone", False)]
    assert sum((await counts(world)).values()) == 1
    assert world.all(BUILDING_3) == []  # a command is carried out once, not at an edit


async def test_what_belonged_to_a_group_or_a_person_goes_with_them(world: World):
    await world.writes(ANA, "请问今天几点停水？", group=BUILDING_3, message="71")
    await world.does(ANA, ForgetMe(1))
    assert await asked(world) == [("question", "gone", False)]
    assert await counts(world) == {}

    await world.writes(NEIGHBOUR, "电梯又坏了", group=BUILDING_3)
    await world.does(HE, BotLeft(), group=BUILDING_3)
    assert [state for _, state, _ in await asked(world)] == ["gone", "gone"]
    assert await counts(world) == {}


async def test_a_message_costs_a_few_statements_however_much_was_asked(world: World):
    with counted(world.storage.engine) as chat:
        await world.writes(ANA, "好的", group=BUILDING_3)
    for n in range(30):
        await world.writes(Address("buttons", f"4{n}"), "电梯又坏了", group=BUILDING_3)
    with counted(world.storage.engine) as question:
        await world.writes(NEIGHBOUR, "请问几点来水", group=BUILDING_3)
    with counted(world.storage.engine) as answer:
        await world.writes(WANG, "四点", group=BUILDING_3)

    assert max(len(chat), len(answer)) <= MOST
    assert len(question) <= MOST_ASKED


# --- nobody answers


async def has_deputy(world: World) -> None:
    """Mei stands in for Zhou."""
    deputy = await world.has_staff(MEI, "梅副", Role.MEMBER, [], [])
    zhou = update(t.staff).where(
        t.staff.c.name_hash == world.storage.vault.keyed_hash("staff", "周警官")
    )
    async with world.storage.engine.begin() as connection:
        await connection.execute(zhou.values(deputy_id=deputy))


async def the_question(world: World) -> int:
    async with world.storage.engine.connect() as connection:
        return int(await connection.scalar(select(alive.questions.c.id)) or 0)


async def waits_a_little(world: World) -> None:
    await waits(world, minutes=31)


async def waits(world: World, **delta: float) -> None:
    world.clock.advance(**delta)
    await world.ticks(raise_questions)


async def asks(world: World, words: str = "请问路灯什么时候修？", who: Address = ANA) -> None:
    await world.writes(who, words, group=BUILDING_3, message="71")


async def test_what_nobody_answers_is_answered_by_the_member_whose_duty_it_is(world: World):
    await asks(world)
    await waits(world, hours=3, minutes=59)
    assert world.all(ZHOU) == []

    await waits(world, minutes=1)
    card = world.card(ZHOU, "还没有人回应")
    assert "3号楼群" in card.text and "请问路灯什么时候修？" in card.text and "3-1-101" in card.text
    await waits(world, minutes=5)
    assert len(world.all(ZHOU)) == 1

    await world.presses(ZHOU, "在群里回答")
    assert "周警官（班子成员）" in world.last(ZHOU)
    await world.writes(ZHOU, "")
    await world.writes(ZHOU, "今天下午就修")
    said = world.card(BUILDING_3, "今天下午就修")
    assert said.text == "周警官（班子成员）回复：\n今天下午就修" and said.replies_to == "71"
    assert world.card(ZHOU, "周警官在群里回答了").buttons == {}
    assert await asked(world) == [("question", "here", False)]


async def test_a_member_without_buttons_takes_it_as_a_case(world: World):
    await asks(world, "电梯又坏了，没人管")
    await waits(world, hours=4)
    await world.presses(WANG, "立案")

    assert "1 号" in world.card(WANG, "已立为").text
    assert "电梯又坏了" in world.card(BUILDING_3, "1号").text
    assert await asked(world) == [("complaint", "case", False)]
    await world.writes(ANA, "/mine")
    assert "电梯又坏了" in world.last(ANA)


async def test_the_asker_hears_of_the_case_and_may_take_it_back(world: World):
    await asks(world)
    await waits(world, hours=4)
    await world.presses(ZHOU, "立案")
    assert "登记成了 1 号" in world.card(ANA, "您在3号楼群说的事").text

    await world.writes(ANA, "撤回 1")
    assert "撤回" in world.last(ANA)


async def test_nothing_to_do_is_counted_and_can_be_said_without_buttons(world: World):
    await asks(world, "电梯又坏了，没人管")
    await waits(world, hours=4)
    await world.writes(WANG, "未答的问题")
    assert "1. 3号楼群" in world.last(WANG)
    await world.presses(WANG, "打开")
    await world.presses(WANG, "不用处理")

    assert await asked(world) == [("complaint", "nothing", False)]
    assert "记下了" in "".join(world.all(WANG)[-2:])
    await world.writes(WANG, "未答的问题")
    assert "都有人回应了" in world.last(WANG)


async def test_it_climbs_to_the_deputy_and_the_secretary_and_stays_there(world: World):
    await has_deputy(world)
    await asks(world)
    await waits(world, hours=4)  # 16:00
    await waits(world, hours=2)
    assert "已请周警官处理" in world.card(MEI, "还没有人回应").text
    await waits(world, hours=2)  # 20:00
    assert "已请周警官处理" in world.card(HE, "还没有人回应").text
    await waits(world, days=2)
    assert [len(world.all(who)) for who in (ZHOU, MEI, HE, SUN)] == [1, 1, 1, 0]

    await world.presses(HE, "不用处理")
    for who in (ZHOU, MEI, HE):
        assert world.card(who, "不用处理").buttons == {}
    await world.does(ZHOU, NothingToDo(await the_question(world)))
    assert "已经处理过了" in world.last(ZHOU)


async def test_an_answer_in_the_group_takes_the_task_away(world: World):
    await asks(world)
    await waits(world, hours=4)
    await world.writes(NEIGHBOUR, "修好了", group=BUILDING_3)  # hours later, and to nobody
    assert world.card(ZHOU, "在群里").buttons
    await world.writes(NEIGHBOUR, "修好了", group=BUILDING_3, replies_to="71")

    assert "群里已经有人回应" in world.card(ZHOU, "3号楼群").text
    assert world.card(ZHOU, "3号楼群").buttons == {}
    await waits(world, days=1)
    assert world.all(HE) == []


async def test_only_waking_hours_count_and_nobody_is_told_at_night(world: World):
    world.clock.advance(hours=7)  # 19:00
    await asks(world)
    await waits(world, hours=12)  # 07:00
    await waits(world, hours=2, minutes=59)
    assert world.all(ZHOU) == []
    await waits(world, minutes=1)  # two hours in the evening, two in the morning
    assert "还没有人回应" in world.last(ZHOU)


async def test_in_quiet_hours_only_danger_is_brought_to_anybody(world: World):
    quiet = replace(COMMUNITY, quiet=((time(16), time(18)),))
    await asks(world)
    await waits_a_little(world)
    await asks(world, "路灯着火了，有人吗", NEIGHBOUR)
    world.clock.advance(hours=4)  # 16:00 and more: both are due
    async with world.storage.begin() as uow:
        (told,) = await raise_questions(uow, world.clock(), quiet)
        assert told.topic is Topic.EMERGENCY and "着火" in str(told.blanks["words"])
    async with world.storage.begin() as uow:
        (told,) = await raise_questions(uow, world.clock() + timedelta(minutes=15), quiet)
        assert told.topic is Topic.EMERGENCY and told.to == HE  # it climbs within minutes
    async with world.storage.begin() as uow:
        (told,) = await raise_questions(uow, world.clock() + timedelta(hours=2), quiet)
        assert told.topic is Topic.DUTY and told.to == ZHOU


async def test_nobody_else_deals_with_it(world: World):
    await asks(world)
    await waits(world, hours=4)
    question = await the_question(world)
    for who in (ANA, LI, WANG):
        for deed in (AnswerHere, TakeHere, TakeAsCase, NothingToDo, ShowQuestion):
            await world.does(who, deed(question))
            assert "这条不归您处理" in world.last(who)
    await world.does(ANA, ShowQuestions())
    assert await asked(world) == [("question", "task", True)]


async def test_an_admin_is_told_once_where_the_bot_hears_only_half(world: World):
    world.buttons.hears = False
    hearing = Hearing(world.storage, world.channels)
    await hearing.look()
    await world.ticks(tell_unheard)
    assert "3号楼群里大家说的话，我看不到" in world.last(SUN)
    assert "/setprivacy" in world.last(SUN)
    await world.ticks(tell_unheard)
    assert len(world.all(SUN)) == 1

    await world.writes(SUN, "群列表")
    assert "3号楼群：只看得到写给我的话" in world.all(SUN)[-2]
    world.buttons.hears = True
    await hearing.look()
    await world.writes(SUN, "/groups")
    assert "3号楼群：群里的话我都看得到" in world.last(SUN)
    await world.writes(ANA, "/groups")
    assert "只有管理员" in world.last(ANA)


async def test_who_makes_it_a_case_themselves_leaves_no_task_behind(world: World):
    await asks(world)
    await world.writes(ANA, "#建议 路灯坏了", group=BUILDING_3)
    assert await asked(world) == [("question", "case", False)]

    await world.writes(ANA, "电梯又坏了", group=BUILDING_3, message="81")
    await waits(world, hours=5)
    await world.writes(NEIGHBOUR, "/suggest 电梯坏了", group=BUILDING_3, replies_to="81")
    assert "已经另外登记" in world.card(WANG, "3号楼群").text


async def test_who_asked_can_have_it_all_and_have_it_gone(world: World):
    await asks(world)
    await world.does(ANA, ExportMe())
    assert "请问路灯什么时候修" in world.last(ANA) and "wrote_in_groups" in world.last(ANA)
    await waits(world, hours=4)

    await world.does(ANA, ForgetMe(1))
    assert "路灯" not in world.card(ZHOU, "3号楼群").text
    assert "已经收回" in world.card(ZHOU, "3号楼群").text


async def test_a_picture_and_more_words_go_with_the_question_and_into_the_case(world: World):
    await asks(world, "电梯又坏了，没人管")
    await world.writes(ANA, "", group=BUILDING_3, photo="lift.jpg")
    await waits(world, hours=4)
    await world.writes(WANG, "未答的问题")
    await world.presses(WANG, "打开")
    assert world.plain.chat(WANG.chat)[-1].picture == Picture("buttons", "lift.jpg")

    await world.presses(WANG, "立案")
    assert world.card(WANG, "电梯又坏了").picture == Picture("buttons", "lift.jpg")


async def test_more_words_reach_who_was_told_and_danger_makes_them_due(world: World):
    await asks(world, "路灯怎么了，有人吗")
    await world.writes(ANA, "路灯着火了！", group=BUILDING_3)
    await waits(world, seconds=30)
    assert "着火" in world.card(ZHOU, "还没有人回应").text

    await world.writes(ANA, "有没有人管一下路灯", group=BUILDING_3)
    card = world.card(ZHOU, "还没有人回应")
    assert card.edited and "管一下路灯" in card.text and "立案" in card.buttons


async def test_what_is_passed_on_or_said_in_reply_asks_nothing(world: World):
    await world.writes(ANA, "停水了怎么办？", group=BUILDING_3, passed_on=True)
    await world.writes(ANA, "停水了怎么办？", group=BUILDING_3, replies_to="5")
    assert await asked(world) == []


async def test_two_ticks_at_once_tell_one_person_once(world: World):
    await asks(world)
    world.clock.advance(hours=4)
    async with world.storage.begin() as uow:
        (due,) = await uow.questions.due(world.clock(), 10)
    await world.ticks(raise_questions)
    async with world.storage.begin() as uow:
        assert not await uow.questions.told(due, 1, 1, None)  # as the other tick had read it
    assert len(world.all(ZHOU)) == 1
