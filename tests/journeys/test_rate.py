"""Story 3: the resident says whether it is solved, and the answer changes the case."""

from typing import Any

import pytest
from sqlalchemy import Row

from casework.actions import Rate, SayFine, SaySolved, SayWhyNot
from scheduler.tickets import hear_clocks
from storage import tables as t
from storage.chain import GENESIS
from storage.tickets import link
from tests.world import ANA, BUILDING_3, HE, LI, MEI, WANG, ZHOU, World


@pytest.fixture
async def done(world: World) -> World:
    """Zhou says that Ana's lamp is mended; Li supports it."""
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)
    await world.writes(LI, "附议 1")
    await world.presses(ZHOU, "签收")
    await world.presses(ZHOU, "办结")
    await world.writes(ZHOU, "换了灯泡", photo="after")
    return world


async def ratings_of(world: World) -> list[Row[Any]]:
    """What was said of the cases, the first round first."""
    async with world.storage.engine.connect() as connection:
        return list(
            (await connection.execute(t.ratings.select().order_by(t.ratings.c.round))).all()
        )


async def test_the_author_is_asked_with_the_result_and_its_photo(done: World):
    question = done.card(ANA, "解决了吗？")

    assert "周警官说已办结：\n换了灯泡" in question.text
    assert list(question.buttons) == ["已解决", "部分解决", "没有解决"]
    assert question.picture and question.picture.ref == "after"
    assert "换了灯泡" in done.last(LI) and "解决了吗" not in done.last(LI)


async def test_solved_and_satisfied_closes_the_case(done: World):
    await done.presses(ANA, "已解决")
    assert list(done.card(ANA, "您满意吗").buttons) == [
        "非常满意",
        "满意",
        "基本满意",
        "不满意",
        "非常不满意",
    ]
    await done.presses(ANA, "基本满意")

    assert done.last(ANA) == "记下了：1号，基本满意。谢谢您！"
    assert "反映人确认已解决 ✅" in done.last(BUILDING_3)
    (rating,) = await ratings_of(done)
    assert (rating.round, rating.solved, rating.satisfaction) == (1, "yes", 3)


async def test_not_solved_needs_a_line_and_reopens_as_round_two(done: World):
    await done.presses(ANA, "没有解决")
    assert "办结" in done.last(BUILDING_3)  # nothing moves before she says why

    await done.presses(ANA, "别的原因")
    await done.writes(ANA, "还是一闪一闪的")

    assert "1号重新办理（第2轮）" in done.last(HE) and "还是一闪一闪的" in done.last(HE)
    assert done.card(ZHOU, "还是一闪一闪的")
    assert "周警官正在办理" in done.last(BUILDING_3)
    assert "您满意吗" in done.last(ANA)


async def test_supporters_hear_how_it_ended(done: World):
    await done.presses(ANA, "部分解决")
    assert "还没解决，已重新办理" in done.last(LI)

    await done.writes(ZHOU, "办结 1 又换了一个")
    await done.presses(ANA, "已解决")
    assert done.last(LI).startswith("1号（3号楼门口路灯坏了）：反映人确认已解决。")


async def test_one_tap_is_reason_enough(done: World):
    await done.presses(ANA, "没有解决")
    await done.presses(ANA, "又坏了")

    assert "反映人：没有解决。又坏了" in done.last(HE)


async def test_partly_solved_goes_on_in_round_two(done: World):
    await done.presses(ANA, "部分解决")
    await done.presses(ZHOU, "办结")
    await done.writes(ZHOU, "又换了一个")
    await done.presses(ANA, "已解决")

    assert [(r.round, r.solved) for r in await ratings_of(done)] == [(1, "partly"), (2, "yes")]


async def test_only_the_author_answers_and_only_once(done: World):
    for other in (MEI, ZHOU):
        await done.does(other, SaySolved(1, 1, "yes"))
        assert done.last(other) == "没有找到1号，或您看不了这一件。"
    await done.does(LI, SaySolved(1, 1, "yes"))  # a supporter may say no, but not yes
    assert done.last(LI) == "1号不由您办理，不能这样做。"
    await done.does(ANA, SaySolved(1, 1, "yes"))
    await done.does(ANA, SaySolved(1, 1, "yes"))
    assert done.last(ANA).startswith("1号现在不能这样做")
    await done.does(ANA, SaySolved(1, 2, "no"))
    assert done.last(ANA).startswith("1号已经回答过了")


async def test_who_tapped_the_wrong_answer_can_still_say_no(done: World):
    await done.presses(ANA, "已解决")
    await done.does(ANA, SaySolved(1, 1, "no"))
    await done.presses(ANA, "根本没做")

    assert "1号重新办理（第2轮）" in done.last(HE)


async def test_a_supporters_no_opens_it_again_and_leaves_the_authors_answer_as_it_was(done: World):
    """One case was two answers in 解决率, of which the supporter could only give a no."""
    await done.presses(ANA, "已解决")
    await done.presses(ANA, "满意")
    await done.does(LI, SayWhyNot(1, 1, "broke_again"))
    assert done.last(LI) == "知道了，1号已重新办理，书记也看得到。"
    assert "1号重新办理（第2轮）" in done.last(HE)

    await done.writes(ANA, "三率")
    assert "解决率　1件中1件\n满意率　1件中1件" in done.last(ANA)


@pytest.mark.parametrize("answer", ["yes", "partly", "no"])
async def test_a_visitor_may_follow_a_case_and_does_not_judge_it(done: World, answer: str):
    await done.writes(MEI, "附议 1")
    await done.does(MEI, SaySolved(1, 1, answer))
    assert done.last(MEI).startswith("先加入您家")

    await done.does(MEI, SayWhyNot(1, 1, "not_done"))
    async with done.storage.begin() as uow:
        case = await uow.tickets.get(1)
    assert case and (case.ticket.state, case.ticket.round) == ("handled", 1)


@pytest.fixture
async def closed(done: World) -> World:
    """Nobody answered for seven days: closed on the ninth of March, asked again on April 6."""
    for days in (2, 3, 2):
        done.clock.advance(days=days)
        await done.ticks(hear_clocks)
        await done.ticks(hear_clocks)
    return done


@pytest.mark.parametrize(
    ("days", "reopened"), [(20, True), (35, True), (35.1, False), (400, False)]
)
async def test_a_closed_case_is_opened_again_until_the_last_question_has_had_its_time(
    closed: World, days: float, reopened: bool
):
    """A button of a year ago opened the case of a year ago."""
    closed.clock.advance(days=days)
    for deed in (SayFine(1, 1), SayWhyNot(1, 1, "broke_again")):
        await closed.does(ANA, deed)

    assert closed.last(ANA).startswith("1号结束很久了") != reopened
    async with closed.storage.begin() as uow:
        case = await uow.tickets.get(1)
    assert case and case.ticket.is_open == reopened


@pytest.mark.parametrize(("days", "level"), [(28, 1), (28.1, 5)])
async def test_a_level_is_changed_within_four_weeks_and_no_month_long_past(
    done: World, days: float, level: int
):
    await done.presses(ANA, "已解决")
    await done.presses(ANA, "非常满意")
    done.clock.advance(days=days)
    await done.does(ANA, Rate(1, 1, 1))

    (rating,) = await ratings_of(done)
    assert rating.satisfaction == level


@pytest.mark.parametrize("forged", [Rate(1, 1, 9), Rate(1, 2, 5), Rate(99, 1, 5)])
async def test_a_rating_nobody_asked_for_is_not_kept(done: World, forged: Rate):
    await done.presses(ANA, "已解决")
    await done.does(ANA, forged)

    assert done.last(ANA).startswith("这个按钮已经过期了")


async def test_a_person_without_buttons_rates_by_numbers(world: World):
    await world.writes(LI, "电梯停了")
    await world.presses(LI, "提交")
    await world.presses(WANG, "签收")
    await world.writes(WANG, "办结 1 修好了")
    await world.writes(LI, "1")
    await world.writes(LI, " 2 ")

    assert world.last(LI) == "记下了：1号，满意。谢谢您！"


async def test_every_step_is_an_event_and_the_chain_holds(done: World):
    await done.presses(ANA, "已解决")
    async with done.storage.begin() as uow:
        events = await uow.tickets.events(1)

    assert [e.event for e in events] == ["submit", "accept", "sign", "resolve", "confirm"]
    assert [e.account for e in events] == [
        "buttons:101",
        None,
        "buttons:201",
        "buttons:201",
        "buttons:101",
    ]
    head = GENESIS
    for event in events:
        head = link(head, dict(event._mapping))
        assert head == event.hash


async def test_progress_tells_the_story_with_its_words(done: World):
    await done.presses(ANA, "已解决")
    await done.writes(MEI, "进度 1")

    assert done.last(MEI).splitlines()[3:] == [
        "3月2日周一 12:00　登记",
        "3月2日周一 12:00　派给周警官",
        "3月2日周一 12:00　签收",
        "3月2日周一 12:00　办结：换了灯泡",
        "3月2日周一 12:00　反映人：已解决",
        "反映人确认已解决 ✅",
        "👍 1 人附议",
    ]
