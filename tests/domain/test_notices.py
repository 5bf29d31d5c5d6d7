"""Notices: what is understood of whom and when somebody means, and when it comes again."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.notices import (
    Audience,
    Place,
    Reach,
    Who,
    buildings_in,
    lasts,
    next_time,
    percent,
    rule_in,
    unit_in,
)
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


RULES = some.sampled_from(["daily 02:30", "weekly 7 02:30", "monthly 29 02:30", "monthly 31 23:59"])


@given(RULES, some.integers(0, 3 * 365 * 24), some.sampled_from([SHANGHAI, BERLIN]))
def test_a_repeated_notice_comes_later_and_never_stops(
    rule: str, hours: int, zone: ZoneInfo
) -> None:
    after = NOON + timedelta(hours=hours)
    first = next_time(rule, after, zone)
    assert first is not None and after < first < after + timedelta(days=63)
    second = next_time(rule, first, zone)
    assert second is not None and second - first >= timedelta(hours=22)


@pytest.mark.parametrize(
    ("said", "buildings"),
    [
        ("1-4", ("1", "2", "3", "4")),
        ("1-4号楼", ("1", "2", "3", "4")),
        ("1到4栋", ("1", "2", "3", "4")),
        ("1号楼、3号楼 和7号楼", ("1", "3", "7")),
        ("buildings 1, 3 and 12", ("1", "3", "12")),
        ("3 3", ("3",)),
        ("A座", ("A座",)),
        ("9-1", ("9-1",)),  # no such building: it is refused where buildings are known
        ("", ()),
    ],
)
def test_which_buildings_somebody_means(said: str, buildings: tuple[str, ...]) -> None:
    assert buildings_in(said) == buildings


@pytest.mark.parametrize(
    ("said", "unit"), [("3-2", "3-2"), ("3号楼2单元", "3-2"), ("3栋 2单元", "3-2"), ("3", None)]
)
def test_which_unit_somebody_means(said: str, unit: str | None) -> None:
    assert unit_in(said) == unit


def test_everybody_takes_two_persons_and_the_silent_are_never_listed() -> None:
    assert Audience().needs_second and Audience(Who.OWNERS).needs_second
    assert not Audience(place=Place.BUILDING, value="1,2").needs_second
    silent = Audience(Who.SILENT, Place.MATTER, "7")
    assert not silent.names_doors and not silent.has_groups


def test_what_it_costs() -> None:
    reach = Reach({"telegram": 1_000_000, "web": 20}, 7, 3)

    assert reach.people == 1_000_027
    assert lasts(1_000_000, 27) == timedelta(seconds=37_038)
    assert lasts(20, None) == timedelta()
    assert (percent(0, 0), percent(1, 3), percent(3, 3)) == (100, 33, 100)
