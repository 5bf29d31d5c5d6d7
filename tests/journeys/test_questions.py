"""Questions in a group: heard, answered by somebody, or brought to the person whose duty it is."""

from datetime import date

from sqlalchemy import select

from domain.conversation import Address
from handlers.groups import BotLeft
from handlers.residents import ForgetMe
from storage import alive_tables as alive
from tests.statements import counted
from tests.world import ANA, BUILDING_3, HE, MEI, STAFF_ROOM, WANG, ZHOU, World

NEIGHBOUR = Address("buttons", "150")  # never met before
MOST = 8  # statements for a message that is not said to the bot: kept, found, counted, noted


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

    assert max(len(chat), len(question), len(answer)) <= MOST + 4  # the outbox is looked at, too
