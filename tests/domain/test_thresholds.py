"""When a clock makes itself heard, and that it is neither heard twice nor forgotten."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.clocks import Clock, Kind, Stamp, clocks
from domain.deadlines import watched
from domain.thresholds import DUE, LATE, Threshold, due_now, next_after, thresholds
from domain.tickets import Event, Ticket
from tests.databases import NOON
from tests.domain.cases import at, histories, of, story, told
from tests.world import COMMUNITY

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
LAMP = Ticket(12, 101, "utilities")


def heard(clock: Clock, warn: tuple[int, ...] = (50, 80)) -> list[Threshold]:
    return list(thresholds(clock, warn, COMMUNITY.calendar))


def moments(clock: Clock, warn: tuple[int, ...] = (50, 80)) -> list[str]:
    return [told(threshold.at) for threshold in heard(clock, warn)]


def all_of(stamps: list[Stamp]) -> list[Threshold]:
    return watched(LAMP, stamps, COMMUNITY)


# kind, case, the moments: percents of working time, or days
MOMENTS = [
    (Kind.ACCEPT, "03-02 12:00 submit", ["03-02 17:30"]),
    (Kind.SIGN, "", ["03-02 15:30", "03-02 16:42", "03-02 17:30", "03-03 14:00"]),
    (Kind.CONTACT, "03-02 14:00 sign", ["03-03 14:00"]),
    (Kind.RESOLVE, "", ["03-03 17:15", "03-04 16:30", "03-05 12:00"]),
    (Kind.LEVEL, "", ["03-05 12:00"]),
    (Kind.REVIEW, "03-02 16:00 request_return", ["03-03 16:00"]),
    (Kind.WAIT, "03-02 14:00 sign, 03-03 09:00 ask_resident",
     ["03-04 09:00", "03-05 09:00", "03-06 09:00"]),
    (Kind.HOLD, "03-02 14:00 sign, 03-03 09:00 hold", ["03-10 09:00"]),
    (Kind.CONFIRM, "03-02 14:00 sign, 03-04 12:00 resolve",
     ["03-06 12:00", "03-09 12:00", "03-11 12:00"]),
    (Kind.FOLLOW_UP, "03-02 14:00 sign, 03-04 12:00 resolve, 03-05 12:00 confirm",
     ["04-02 12:00"]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "expected"), MOMENTS, ids=[k for k, *_ in MOMENTS])
def test_a_clock_is_heard_at_its_moments(kind: Kind, text: str, expected: list[str]) -> None:
    assert moments(of(kind, story(text))[0]) == expected


def test_every_clock_is_heard_when_it_is_due() -> None:
    assert {kind for kind, *_ in MOMENTS} == set(Kind)
    for kind, text, _ in MOMENTS:
        clock = of(kind, story(text))[0]
        assert clock.due in [threshold.at for threshold in heard(clock) if threshold.part == DUE]


def test_a_pause_moves_the_warnings_that_are_still_to_come_and_no_others() -> None:
    stamps = story("03-02 14:00 sign, 03-04 09:00 ask_resident, 03-04 11:00 resident_replies")

    assert moments(of(Kind.RESOLVE, stamps)[0]) == ["03-03 17:15", "03-05 09:30", "03-05 15:30"]


def test_another_deadline_is_heard_anew_and_the_first_one_under_the_name_it_always_had() -> None:
    longer = Stamp(Event.EXTEND, at("03-03 09:00"), resolve_by=at("03-10 17:30"))
    earlier = Stamp(Event.JOINED, at("03-03 09:00"), child=7, resolve_by=at("03-04 12:00"))
    alone = Stamp(Event.PARTED, at("03-03 10:00"), child=7)

    def keys(*more: Stamp) -> list[str]:
        (resolve,) = of(Kind.RESOLVE, [*story("03-02 14:00 sign"), *more])
        return [threshold.key for threshold in heard(resolve)]

    assert keys() == [f"resolve:1:1:1:1:{part}" for part in ("50/100", "80/100", "1/1")]
    assert keys(earlier, alone) == keys()
    assert not {*keys(longer)} & {*keys(), *keys(earlier)}


def test_the_community_may_warn_otherwise_or_not_at_all() -> None:
    sign = of(Kind.SIGN, story(""))[0]

    assert moments(sign, ()) == ["03-02 17:30", "03-03 14:00"]
    assert moments(sign, (25,)) == ["03-02 14:30", "03-02 17:30", "03-03 14:00"]


def test_a_clock_that_has_stopped_is_not_heard_any_more() -> None:
    sign = of(Kind.SIGN, story("03-02 14:00 sign"))[0]

    assert heard(sign) == []


@pytest.mark.parametrize("pause", ["ask_resident", "hold"])
def test_the_holder_is_not_pressed_while_the_case_pauses(pause: str) -> None:
    paused = {t.clock.kind for t in all_of(story(f"03-02 14:00 sign, 03-02 15:00 {pause}"))}

    assert paused == {Kind.WAIT if pause == "ask_resident" else Kind.HOLD}


def test_nothing_is_said_a_second_too_early() -> None:
    found = heard(of(Kind.SIGN, story(""))[0])

    assert due_now(found, found[0].at - SECOND) == []
    assert due_now(found, found[0].at) == [found[0]]


def test_after_an_outage_each_clock_says_only_the_last_that_was_reached() -> None:
    """Linli slept from Monday noon to Wednesday evening."""
    said = due_now(all_of(story("")), at("03-04 20:00"))

    assert {(t.clock.kind, t.part) for t in said} == {
        (Kind.SIGN, LATE),
        (Kind.RESOLVE, (80, 100)),
    }
    assert len(said) == 2


def test_a_case_is_looked_at_again_later_than_now() -> None:
    found = heard(of(Kind.SIGN, story(""))[0])

    assert next_after(found, found[0].at - SECOND) == found[0].at
    assert next_after(found, found[0].at) == found[1].at
    assert next_after(found, found[-1].at) is None
    assert next_after([], NOON) is None


@settings(max_examples=50, deadline=None)
@given(histories())
def test_whatever_happens_no_two_moments_of_a_case_have_the_same_key(
    history: tuple[Ticket, list[Stamp]],
) -> None:
    """Over the whole life of the case: those that were heard before its last event too."""
    _, stamps = history
    keys: dict[str, tuple[str, tuple[int, int]]] = {}
    for end in range(1, len(stamps) + 1):
        running = [c for c in clocks(stamps[:end], COMMUNITY.calendar) if c.runs]
        found = [threshold for clock in running for threshold in heard(clock)]
        assert len({t.key for t in found}) == len(found)
        for threshold in found:
            what = f"{threshold.clock.kind} {threshold.clock.deadline.start}", threshold.part
            assert keys.setdefault(threshold.key, what) == what


@settings(max_examples=50, deadline=None)
@given(histories(), st.integers(0, 100_000))
def test_every_moment_is_either_reached_or_still_awaited(
    history: tuple[Ticket, list[Stamp]], minutes: int
) -> None:
    _, stamps = history
    now = NOON + minutes * MINUTE
    found = all_of(stamps)

    said, later = due_now(found, now), next_after(found, now)
    assert len({t.clock.key for t in said}) == len(said)
    assert all(t.at <= now for t in said)
    assert later is None or later > now
    assert {t.clock.key for t in found} == {t.clock.key for t in found if t in said or t.at > now}


@settings(max_examples=30, deadline=None)
@given(histories(), st.lists(st.integers(1, 5_000), min_size=1, max_size=30))
def test_however_seldom_a_timer_looks_each_moment_is_said_once_and_the_last_is_never_missed(
    history: tuple[Ticket, list[Stamp]], steps: list[int]
) -> None:
    _, stamps = history
    found, now = all_of(stamps), stamps[-1].at
    said: list[str] = []
    for minutes in steps:
        now += minutes * MINUTE
        said += [t.key for t in due_now(found, now) if t.key not in said]

    reached = [t for t in found if t.at <= now]
    for kind in {t.clock.key for t in reached}:
        last = max((t for t in reached if t.clock.key == kind), key=lambda t: t.at)
        assert said.count(last.key) == 1
