"""Nobody is woken by a message that could have waited, and none waits for ever."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import Frame
from domain.quiet import quiet_until

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
NOON, NIGHT = (time(12), time(14)), (time(21), time(8))


def on(day: int, clock: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    local = datetime.combine(date(2026, 3, day), time.fromisoformat(clock), zone)
    return local.astimezone(UTC)


# the moment -> when it is over
AROUND_THE_CLOCK = {
    (2, "08:00"): None,
    (2, "11:59:59"): None,
    (2, "12:00"): (2, "14:00"),
    (2, "13:59:59"): (2, "14:00"),
    (2, "14:00"): None,
    (2, "20:59:59"): None,
    (2, "21:00"): (3, "08:00"),
    (2, "23:59:59"): (3, "08:00"),
    (3, "00:00"): (3, "08:00"),
    (3, "07:59:59"): (3, "08:00"),
    (3, "08:00"): None,
}


@pytest.mark.parametrize(("now", "over"), AROUND_THE_CLOCK.items(), ids=map(str, AROUND_THE_CLOCK))
def test_noon_and_the_night_are_quiet_to_the_second(
    now: tuple[int, str], over: tuple[int, str] | None
) -> None:
    assert quiet_until(on(*now), [NOON, NIGHT], SHANGHAI) == (on(*over) if over else None)


def test_without_quiet_hours_nothing_waits() -> None:
    assert quiet_until(on(2, "03:00"), [], SHANGHAI) is None


def test_hours_that_follow_one_another_are_waited_for_together() -> None:
    morning = time(8), time(9)

    assert quiet_until(on(2, "22:00"), [morning, NIGHT], SHANGHAI) == on(3, "09:00")


def test_a_frame_may_end_or_begin_at_midnight() -> None:
    evening, small_hours = (time(22), time.max), (time(0), time(6))

    assert quiet_until(on(2, "23:00"), [evening], SHANGHAI) == on(3, "00:00")
    assert quiet_until(on(2, "23:00"), [evening, small_hours], SHANGHAI) == on(3, "06:00")


def test_a_night_in_which_the_clocks_change_ends_when_the_clock_says_so() -> None:
    begun = on(28, "23:00", BERLIN)  # summer time begins at two

    over = quiet_until(begun, [NIGHT], BERLIN)

    assert over == on(29, "08:00", BERLIN)
    assert over - begun == timedelta(hours=8)


clocks = st.times().map(lambda at: at.replace(second=0, microsecond=0)) | st.just(time.max)
frames = st.tuples(clocks, clocks).filter(lambda frame: frame[0] != frame[1])


@given(st.integers(0, 1439), st.lists(frames, max_size=4))
def test_what_waits_leaves_later_and_within_the_time_all_frames_take(
    minute: int, quiet: list[Frame]
) -> None:
    now = on(2, "00:00") + timedelta(minutes=minute)

    over = quiet_until(now, quiet, SHANGHAI)

    assert over is None or now < over <= now + timedelta(days=len(quiet))
