"""Going up by count, the day somebody means, and what may wait until then: tables of cases."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.days import day_in
from domain.escalation import climbs_after
from domain.hold import HoldRefusal, allowance, may_hold
from domain.residents import Role, Staff, at_work, one_above
from domain.tickets import EscalateReason, Event, Level, Ticket
from tests.databases import NOON
from tests.world import SHANGHAI

TODAY = date(2026, 3, 2)
LAMP = Ticket(12, 101, "utilities", resolve_by=NOON)
E, L, R = Event, Level, EscalateReason
BEFORE, AFTER = NOON - timedelta(seconds=1), NOON + timedelta(seconds=1)

# what happened, round, hop, level -> why it goes up
CLIMBS = [
    (E.DISPUTE, 2, 1, L.COMMUNITY, R.REWORKED),
    (E.RECUR, 2, 1, L.COMMUNITY, R.REWORKED),
    (E.PARTLY, 2, 1, L.COMMUNITY, None),
    (E.PARTLY, 3, 1, L.COMMUNITY, R.REWORKED),
    (E.DISPUTE, 2, 2, L.STREET, None),
    (E.DISPUTE, 3, 2, L.STREET, R.REWORKED),
    (E.DISPUTE, 9, 3, L.DEPARTMENT, None),
    (E.REASSIGN, 1, 2, L.COMMUNITY, None),
    (E.REASSIGN, 1, 3, L.COMMUNITY, R.PASSED_ON),
    (E.APPROVE_RETURN, 1, 3, L.COMMUNITY, R.PASSED_ON),
    (E.REASSIGN, 1, 5, L.STREET, None),
    (E.SIGN, 5, 9, L.COMMUNITY, None),
]


@pytest.mark.parametrize(("event", "round", "hop", "level", "why"), CLIMBS)
def test_it_climbs_once_too_often_and_not_before(
    event: Event, round: int, hop: int, level: Level, why: EscalateReason | None
) -> None:
    after = replace(LAMP, round=round, hop=hop, level=level)

    assert climbs_after(replace(LAMP, level=level), after, event) == why


def test_what_is_sent_down_does_not_climb_back_at_once() -> None:
    assert climbs_after(replace(LAMP, level=L.STREET), replace(LAMP, hop=3), E.REASSIGN) is None


DAYS = [
    ("until 2026-12-05", date(2026, 12, 5), ""),
    ("12-05", date(2026, 12, 5), ""),
    ("到12月5日", date(2026, 12, 5), ""),
    ("3月2日", TODAY, ""),
    ("until 03-01", date(2027, 3, 1), ""),
    ("等配件，到12月20日", date(2026, 12, 20), "等配件"),
    ("waiting for parts until 12-20", date(2026, 12, 20), "waiting for parts"),
    ("等3-4天", None, "等3-4天"),
    ("到2月30日", None, "到2月30日"),
    ("", None, ""),
]


@pytest.mark.parametrize(("text", "day", "rest"), DAYS)
def test_a_day_is_found_as_people_write_it(text: str, day: date | None, rest: str) -> None:
    found, words = day_in(text, TODAY)

    assert found == day
    assert words == rest or day is None


HOLDS = [
    ("parts", TODAY + timedelta(days=1), NOON, None),
    ("parts", TODAY + timedelta(days=60), BEFORE, None),
    ("parts", TODAY + timedelta(days=61), BEFORE, HoldRefusal.NOT_AHEAD),
    ("parts", TODAY, BEFORE, HoldRefusal.NOT_AHEAD),
    ("parts", TODAY + timedelta(days=1), AFTER, HoldRefusal.TOO_LATE),
    (" ", TODAY + timedelta(days=1), BEFORE, HoldRefusal.REASON_AND_DAY),
    ("parts", None, BEFORE, HoldRefusal.REASON_AND_DAY),
]


@pytest.mark.parametrize(("reason", "day", "now", "why"), HOLDS)
def test_it_may_wait(reason: str, day: date | None, now: object, why: HoldRefusal | None) -> None:
    assert may_hold(LAMP, reason, day, TODAY, now) == why  # type: ignore[arg-type]


def test_the_review_is_at_nine_on_its_day() -> None:
    assert allowance(date(2026, 3, 3), SHANGHAI, NOON) == "1260 minutes"
    assert allowance(date(2026, 3, 3), SHANGHAI, AFTER) == "1260 minutes"


def an_officer(id: int, duty: str = "lift", *, level: int = 2, **more: object) -> Staff:
    return Staff(id, 100 + id, f"staff {id}", Role.MEMBER, (duty,), ("*",), None, level, **more)  # type: ignore[arg-type]


GONE = {"away_until": AFTER}
ABOVE = {
    "of this duty": ([an_officer(1, "noise"), an_officer(2)], {}, 2),
    "the least loaded": ([an_officer(1), an_officer(2)], {1: 3, 2: 1}, 2),
    "another duty before nobody": ([an_officer(1, "noise")], {}, 1),
    "at work before away": ([an_officer(1, **GONE), an_officer(2)], {}, 2),
    "another duty before one who is away": ([an_officer(1, **GONE), an_officer(2, "noise")], {}, 2),
    "one who is away before nobody": ([an_officer(1, **GONE)], {}, 1),
    "back at the moment of return": ([an_officer(1, away_until=NOON)], {}, 1),
    "nobody two levels up": ([an_officer(1, level=3)], {}, None),
}


@pytest.mark.parametrize(("staff", "load", "who"), ABOVE.values(), ids=list(ABOVE))
def test_one_level_up_it_goes_to(staff: list[Staff], load: dict[int, int], who: int | None) -> None:
    found = one_above(staff, 1, "lift", load, NOON)

    assert (found.id if found else None) == who


def test_a_deputy_who_is_away_stands_in_for_nobody() -> None:
    zhou = replace(an_officer(1, **GONE), deputy=2)

    assert at_work(zhou, [zhou, an_officer(2)], NOON) == an_officer(2)
    assert at_work(zhou, [zhou, an_officer(2, **GONE)], NOON) is None
