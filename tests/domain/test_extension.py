"""Longer once a round, before the deadline only, and for a reason: each rule at its edge."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.clocks import Stamp
from domain.extension import ExtendRefusal, closing, may_extend
from domain.tickets import State, Ticket
from tests.domain.cases import BUDGETS, at, story, told
from tests.world import COMMUNITY

DUE = at("03-05 12:00")  # Thursday
LAMP = Ticket(12, 101, "utilities", State.IN_PROGRESS, holder=1, resolve_by=DUE)
TUESDAY = date(2026, 3, 10)
SIGNED = "03-02 14:00 sign"
EXTENDED = f"{SIGNED}, 03-03 09:00 extend"
R = ExtendRefusal


@pytest.mark.parametrize(
    ("text", "reason", "day", "now", "why"),
    [
        pytest.param(SIGNED, "parts", TUESDAY, "03-03 12:00", None, id="in time"),
        pytest.param(SIGNED, "parts", TUESDAY, "03-05 12:00", None, id="at the deadline"),
        pytest.param(SIGNED, "parts", TUESDAY, "03-05 12:00:01", R.TOO_LATE, id="a second late"),
        pytest.param(SIGNED, "parts", date(2026, 3, 5), "03-03 12:00", None, id="the same day"),
        pytest.param(SIGNED, "parts", date(2026, 3, 4), "03-03 12:00", R.NOT_LATER, id="earlier"),
        pytest.param(SIGNED, "parts", date(2026, 5, 2), "03-03 12:00", None, id="60 days"),
        pytest.param(SIGNED, "parts", date(2026, 5, 3), "03-03 12:00", R.NOT_LATER, id="61 days"),
        pytest.param(SIGNED, " ", TUESDAY, "03-03 12:00", R.REASON_AND_DAY, id="no reason"),
        pytest.param(SIGNED, "parts", None, "03-03 12:00", R.REASON_AND_DAY, id="no day"),
        pytest.param(EXTENDED, "parts", TUESDAY, "03-03 12:00", R.ONCE, id="twice"),
        pytest.param(f"{EXTENDED}, 03-03 10:00 escalate, 03-03 10:30 sign", "parts", TUESDAY,
                     "03-03 12:00", R.ONCE, id="twice, by another holder"),
        pytest.param(f"{EXTENDED}, 03-03 10:00 resolve, 03-03 10:30 dispute", "parts", TUESDAY,
                     "03-03 12:00", None, id="once more in the next round"),
    ],
)  # fmt: skip
def test_longer_is_had_once_a_round_and_never_after_the_deadline(
    text: str, reason: str, day: date | None, now: str, why: ExtendRefusal | None
) -> None:
    assert may_extend(LAMP, story(text), reason, day, COMMUNITY.calendar, at(now)) is why


def test_a_day_off_is_longer_only_for_those_who_work_on_it() -> None:
    friday, sunday = at("03-06 17:30"), date(2026, 3, 8)
    ticket, now = replace(LAMP, resolve_by=friday), friday - timedelta(hours=1)
    alarm: list[Stamp] = story(SIGNED, BUDGETS | {"sign": "15 minutes"})

    refused = may_extend(ticket, story(SIGNED), "parts", sunday, COMMUNITY.calendar, now)
    assert refused is R.NOT_LATER
    assert may_extend(ticket, alarm, "parts", sunday, COMMUNITY.calendar, now) is None


def test_a_day_lasts_until_its_closing_time_or_its_last_second() -> None:
    assert told(closing(TUESDAY, COMMUNITY.calendar)) == "03-10 17:30"
    assert told(closing(date(2026, 3, 8), COMMUNITY.calendar)) == "03-08 23:59:59"
