"""What of a line of minutes is somebody's to do, and by when."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from domain.calendar import Calendar
from domain.minutes import LONGEST_LINE, Item, Unclear, end_of, item_in

MONDAY = date(2026, 3, 2)
NAMES = {"王师傅": 1, "王师": 2, "东门派出所 李警官": 3, "李警官": 3, "Zhou": 4}


@pytest.mark.parametrize(
    ("line", "item"),
    [
        ("检查消防通道 @王师傅 周五前", Item("检查消防通道", 1, date(2026, 3, 6))),
        ("检查消防通道@王师傅周五前", Item("检查消防通道", 1, date(2026, 3, 6))),
        ("事项：检查消防通道 ＠王师傅 周五之前完成", Item("检查消防通道", 1, date(2026, 3, 6))),
        ("@王师傅 12月5日前 换灯", Item("换灯", 1, date(2026, 12, 5))),
        ("@王师傅 2026-03-20 换灯", Item("换灯", 1, date(2026, 3, 20))),
        ("换灯 @王师傅 周一前", Item("换灯", 1, MONDAY)),  # today
        ("换灯 @王师傅 下周一前", Item("换灯", 1, date(2026, 3, 9))),
        ("换灯 @王师傅 下周日前", Item("换灯", 1, date(2026, 3, 15))),
        ("换灯 @王师傅 本周日", Item("换灯", 1, date(2026, 3, 8))),
        ("换灯 @王师傅 明天", Item("换灯", 1, date(2026, 3, 3))),
        ("换灯 @王师傅 3天内", Item("换灯", 1, date(2026, 3, 5))),
        ("换灯 @王师傅 月底前", Item("换灯", 1, date(2026, 3, 31))),
        ("换灯 @王师傅", Item("换灯", 1, None)),
        ("换灯 @王师 明天", Item("换灯", 2, date(2026, 3, 3))),
        ("查案 @东门派出所 李警官 后天", Item("查案", 3, date(2026, 3, 4))),
        ("查案 @李警官，后天", Item("查案", 3, date(2026, 3, 4))),
        ("fix the lamp @zhou by friday", Item("fix the lamp", 4, date(2026, 3, 6))),
        ("fix the lamp @Zhou within 10 days", Item("fix the lamp", 4, date(2026, 3, 12))),
        ("大家同意先修路灯", None),
        ("写信到 a@b.example", None),
        ("换灯 @赵师傅 周五前", Unclear.NOBODY),
        ("@王师傅 周五前", Unclear.NO_WORDS),
        ("事项： @王师傅", Unclear.NO_WORDS),
        ("换灯 @王师傅 2026-03-01", Unclear.PASSED),
        ("字" * (LONGEST_LINE + 1), Unclear.TOO_LONG),
    ],
)
def test_what_a_line_says(line: str, item: Item | Unclear | None) -> None:
    assert item_in(line, NAMES, MONDAY) == item


@pytest.mark.parametrize(
    ("day", "ends"),
    [
        (MONDAY, datetime(2026, 3, 2, 9, 30, tzinfo=UTC)),
        (date(2026, 3, 7), datetime(2026, 3, 7, 10, 0, tzinfo=UTC)),  # a Saturday: 18:00
        (date(2026, 3, 3), datetime(2026, 3, 3, 16, 0, tzinfo=UTC)),  # open until midnight
    ],
)
def test_by_the_end_of_which_day(day: date, ends: datetime) -> None:
    week = {0: ((time(8, 30), time(12)), (time(13), time(17, 30))), 1: ((time(0), time.max),)}

    assert end_of(day, Calendar(ZoneInfo("Asia/Shanghai"), week)) == ends
