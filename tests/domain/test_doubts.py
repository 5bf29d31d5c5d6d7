"""Signs of ballots to ask about, to the second; and who may decide what becomes of one."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.doubts import Refusal, Seen, State, Verdict, bursts, decide, is_new, late, of_line

CLOSE = datetime(2026, 3, 9, 12, tzinfo=UTC)


def seen(*seconds: float, choice: str = "yes", by_chat: bool = True, first: int = 1) -> list[Seen]:
    start = CLOSE - timedelta(days=1)
    return [
        Seen(n, choice, start + timedelta(seconds=s), by_chat, False)
        for n, s in enumerate(seconds, first)
    ]


@pytest.mark.parametrize(
    ("ballots", "found"),
    [
        (seen(0, 15, 30, 45, 60), {1, 2, 3, 4, 5}),  # five, the last at sixty seconds
        (seen(0, 15, 30, 45, 60.001), set()),
        (seen(0, 15, 30, 45), set()),
        (seen(0, 50, 55, 60, 65, 70, 200), {2, 3, 4, 5, 6}),
        (seen(0, 90, 100, 110, 120, 130), {2, 3, 4, 5, 6}),
        (seen(0, 15, 30) + seen(40, 50, choice="no", first=4), set()),  # not alike
        (seen(0, 15, 30, 45, 60, by_chat=False), set()),  # paper comes in a pile
        (list(reversed(seen(0, 15, 30, 45, 60))), {1, 2, 3, 4, 5}),
    ],
)
def test_a_burst_is_five_alike_within_a_minute(ballots: list[Seen], found: set[int]) -> None:
    assert bursts(ballots) == found


def test_a_long_run_is_found_whole() -> None:
    assert bursts(seen(*range(0, 4000, 10))) == set(range(1, 401))


@pytest.mark.parametrize(
    ("before", "changed", "found"),
    [
        (timedelta(hours=1), True, {7}),
        (timedelta(hours=1, microseconds=1), True, set()),
        (timedelta(seconds=1), False, set()),  # a first ballot is only late
    ],
)
def test_a_change_of_the_last_hour_is_shown(
    before: timedelta, changed: bool, found: set[int]
) -> None:
    assert late([Seen(7, "yes", CLOSE - before, True, changed)], CLOSE) == found


def test_who_was_confirmed_less_than_seven_days_before_is_new() -> None:
    week = timedelta(days=7)
    assert not is_new(CLOSE - week, CLOSE)
    assert is_new(CLOSE - week + timedelta(seconds=1), CLOSE)
    assert not is_new(None, CLOSE)  # nobody whose identity was asked for


KEEP, STRIKE = Verdict.KEEP, Verdict.STRIKE


@pytest.mark.parametrize(
    ("state", "verdict", "officer", "asked_by", "after"),
    [
        (State.OPEN, KEEP, 1, None, State.KEPT),
        (State.OPEN, STRIKE, 1, None, State.ASKED),
        (State.ASKED, STRIKE, 1, 1, Refusal.SECOND_PERSON),
        (State.ASKED, STRIKE, 2, 1, State.STRUCK),
        (State.ASKED, KEEP, 2, 1, State.KEPT),
        (State.KEPT, STRIKE, 2, 1, Refusal.DECIDED),
        (State.STRUCK, KEEP, 2, 1, Refusal.DECIDED),
    ],
)
def test_one_officer_keeps_a_ballot_and_two_strike_it_out(
    state: State, verdict: Verdict, officer: int, asked_by: int | None, after: object
) -> None:
    assert decide(state, verdict, officer, asked_by) == after


def test_a_line_doubted_for_several_reasons_has_the_gravest_state() -> None:
    assert of_line({State.KEPT, State.OPEN}) is State.OPEN
    assert of_line({State.OPEN, State.STRUCK}) is State.STRUCK
