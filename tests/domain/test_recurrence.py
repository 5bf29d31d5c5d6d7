"""When something comes: what is understood of what people say, and when it comes again."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.recurrence import next_time, rule_in
from tests.databases import NOON

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
NINE = "T09:00"


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ("现在", ""),
        ("now", ""),
        ("明天 9:00", f"once 2026-03-03{NINE}"),
        ("明天9点", f"once 2026-03-03{NINE}"),
        ("后天下午3点半", "once 2026-03-04T15:30"),
        ("今天 18:00", "once 2026-03-02T18:00"),
        ("今天 9:00", None),  # has passed
        ("18:00", "once 2026-03-02T18:00"),
        ("9:00", f"once 2026-03-03{NINE}"),
        ("12月5日 8:30", "once 2026-12-05T08:30"),
        ("2026-12-05 8：30", "once 2026-12-05T08:30"),
        ("周五 18:00", "once 2026-03-06T18:00"),
        ("周一 9:00", f"once 2026-03-09{NINE}"),  # today's has passed
        ("每周五 18:00", "weekly 5 18:00"),
        ("每周日 9点", "weekly 7 09:00"),
        ("every friday 6:00 pm", "weekly 5 18:00"),
        ("tomorrow 9:00", f"once 2026-03-03{NINE}"),
        ("每天 8:00", "daily 08:00"),
        ("每月15日 9:00", "monthly 15 09:00"),
        ("每月31号晚上8点", "monthly 31 20:00"),
        ("monthly 15 9:00", "monthly 15 09:00"),
        ("每月32日 9:00", None),
        ("每月第一个周五 9:30", "nth 1 5 09:30"),
        ("每个月的第2个星期三 上午10点", "nth 2 3 10:00"),
        ("每月首个周一 9:00", "nth 1 1 09:00"),
        ("每月最后一个周日 9:00", "nth 5 7 09:00"),
        ("first friday of the month 9:30", "nth 1 5 09:30"),
        ("每季第一个周五 9:30", "quarter_nth 1 5 09:30"),
        ("每季度最后一个周四 9:30", "quarter_nth 5 4 09:30"),
        ("the last friday of every quarter 9:30", "quarter_nth 5 5 09:30"),
        ("每季首月10日 9:00", "quarterly 10 09:00"),
        ("每季度 10号 9:00", "quarterly 10 09:00"),
        ("quarterly 10 9:00", "quarterly 10 09:00"),
        ("每季 9:00", None),
        ("每月第五个周五 9:00", None),
        ("2月30日 9:00", None),
        ("25:00", None),
        ("有空的时候", None),
        ("", None),
    ],
)
def test_when_somebody_means(said: str, rule: str | None) -> None:
    assert rule_in(said, NOON, SHANGHAI) == rule


@pytest.mark.parametrize(
    ("rule", "after", "zone", "comes"),
    [
        ("once 2026-12-05T08:30", "2026-03-02T04:00", SHANGHAI, "2026-12-05T00:30"),
        ("once 2026-03-02T12:00", "2026-03-02T04:00", SHANGHAI, None),
        ("daily 12:00", "2026-03-02T04:00", SHANGHAI, "2026-03-03T04:00"),
        ("weekly 5 18:00", "2026-03-02T04:00", SHANGHAI, "2026-03-06T10:00"),
        ("weekly 5 18:00", "2026-03-06T10:00", SHANGHAI, "2026-03-13T10:00"),
        ("monthly 31 09:00", "2026-02-01T00:00", SHANGHAI, "2026-02-28T01:00"),
        ("monthly 31 09:00", "2026-02-28T01:00", SHANGHAI, "2026-03-31T01:00"),
        ("monthly 15 09:00", "2026-12-20T00:00", SHANGHAI, "2027-01-15T01:00"),
        ("nth 1 5 09:30", "2026-03-02T00:00", SHANGHAI, "2026-03-06T01:30"),
        ("nth 1 5 09:30", "2026-03-06T01:30", SHANGHAI, "2026-04-03T01:30"),
        ("nth 5 7 09:30", "2026-02-10T00:00", SHANGHAI, "2026-02-22T01:30"),
        ("nth 5 2 09:30", "2026-12-30T00:00", SHANGHAI, "2027-01-26T01:30"),
        ("quarterly 31 09:00", "2026-02-01T00:00", SHANGHAI, "2026-04-30T01:00"),
        ("quarter_nth 1 5 09:30", "2026-11-02T00:00", SHANGHAI, "2027-01-01T01:30"),
        ("quarter_nth 5 5 09:30", "2026-11-02T00:00", SHANGHAI, "2026-12-25T01:30"),
        # Berlin: 18:00 stays 18:00 when the clocks go forward on 29 March 2026
        ("weekly 5 18:00", "2026-03-27T17:00", BERLIN, "2026-04-03T16:00"),
        ("daily 02:30", "2026-03-28T12:00", BERLIN, "2026-03-29T01:30"),  # left out: 3:30
        ("daily 02:30", "2026-10-24T12:00", BERLIN, "2026-10-25T00:30"),  # the first of two
        ("daily 02:30", "2026-10-25T00:30", BERLIN, "2026-10-26T01:30"),  # and not the second
    ],
)
def test_when_a_rule_comes_next(rule: str, after: str, zone: ZoneInfo, comes: str | None) -> None:
    moment = next_time(rule, datetime.fromisoformat(after).replace(tzinfo=UTC), zone)

    assert moment == (datetime.fromisoformat(comes).replace(tzinfo=UTC) if comes else None)


RULES = some.sampled_from([
    "daily 02:30", "weekly 7 02:30", "monthly 29 02:30", "monthly 31 23:59", "nth 4 7 02:30",
    "nth 5 7 02:30", "quarterly 31 02:30", "quarter_nth 1 5 02:30", "quarter_nth 5 1 02:30",
])  # fmt: skip


@given(RULES, some.integers(0, 3 * 365 * 24), some.sampled_from([SHANGHAI, BERLIN]))
def test_what_repeats_comes_later_and_never_stops(rule: str, hours: int, zone: ZoneInfo) -> None:
    after = NOON + timedelta(hours=hours)
    first = next_time(rule, after, zone)
    assert first is not None and after < first < after + timedelta(days=99)
    second = next_time(rule, first, zone)
    assert second is not None and second - first >= timedelta(hours=22)
