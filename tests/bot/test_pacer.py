"""How fast the bot writes: within what platforms allow, whatever is asked of it."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.pacer import FORGET_ABOVE, LOT, Pacer
from tests.databases import NOON

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
PRIVATE = timedelta(seconds=1)
GROUP = timedelta(seconds=3.6)


def telegram(chat: str) -> timedelta:
    return GROUP if chat.startswith("-") else PRIVATE


def most_within(moments: list[datetime], span: timedelta) -> int:
    """The largest number of moments that lie less than ``span`` apart."""
    return max(
        (sum(first <= later < first + span for later in moments) for first in moments), default=0
    )


def sent_by(pacer: Pacer, pauses: list[int]) -> list[datetime]:
    """Everything that leaves when, after each pause in milliseconds, all that may leave does."""
    now, sent = NOON, []
    for pause in pauses:
        now += timedelta(milliseconds=pause)
        for _ in range(pacer.room(now)):
            assert not pacer.wait("101", now)
            sent.append(now)
    return sent


@settings(deadline=None)
@given(st.sampled_from([1, 5, 25, 30]), st.lists(st.integers(0, 400), max_size=60))
def test_no_second_holds_more_than_the_pace_and_one_lot(rate: int, pauses: list[int]) -> None:
    sent = sent_by(Pacer(rate), pauses)

    assert most_within(sent, SECOND) <= rate + max(1, rate * LOT)


@pytest.mark.parametrize("rate", [1, 5, 25, 30])
def test_what_is_allowed_is_used(rate: int) -> None:
    sent = sent_by(Pacer(rate), [0] + [50] * 200)  # ten seconds

    assert len(sent) >= 10 * rate


def test_after_a_quiet_hour_no_more_than_one_lot_leaves_at_once() -> None:
    assert len(sent_by(Pacer(25), [0, 3_600_000])) == 10  # two lots, an hour apart


def test_nothing_leaves_while_the_platform_has_asked_us_to_wait() -> None:
    pacer = Pacer(25)
    pacer.pause(NOON + 30 * SECOND)
    pacer.pause(NOON + 5 * SECOND)  # a shorter wish does not undo the longer one

    assert pacer.room(NOON + 29.9 * SECOND) == 0
    assert pacer.room(NOON + 30 * SECOND) == 5


def test_a_clock_that_is_set_back_does_not_let_more_through() -> None:
    sent = sent_by(Pacer(25), [0, -60_000, 60_000, -60_000, 60_000])

    assert len(sent) <= 3 * 5


# --- one chat


def turns(pacer: Pacer, chat: str, times: int, step: timedelta) -> list[datetime]:
    """When messages to one chat leave, asked for again and again at every step."""
    moments = (NOON + n * step for n in range(times))
    return [now for now in moments if not pacer.wait(chat, now)]


def test_a_group_hears_us_at_most_twenty_times_a_minute() -> None:
    sent = turns(Pacer(1e6, telegram), "-3", 3000, timedelta(seconds=0.1))

    assert most_within(sent, MINUTE) <= 20
    assert len(sent) >= 5 * 16  # five minutes


def test_a_person_hears_us_once_a_second_after_a_burst_of_three() -> None:
    sent = turns(Pacer(1e6, telegram), "101", 101, timedelta(seconds=0.1))

    assert sent[:3] == [NOON + n * SECOND / 10 for n in range(3)]
    assert sent[3:] == [NOON + n * SECOND for n in range(1, 11)]


@settings(deadline=None)
@given(st.integers(1, 5), st.lists(st.integers(0, 3000), max_size=60))
def test_no_chat_gets_more_than_its_burst_and_then_its_turn(burst: int, pauses: list[int]) -> None:
    pacer, now, sent = Pacer(1e6, telegram, burst=burst), NOON, []
    for pause in pauses:
        now += timedelta(milliseconds=pause)
        if not pacer.wait("101", now):
            sent.append(now)

    for seconds in (1, 2, 10):
        assert most_within(sent, seconds * SECOND) <= burst + seconds


def test_who_waits_as_long_as_told_has_their_turn() -> None:
    pacer, now = Pacer(1e6, telegram), NOON
    for _ in range(20):
        if told := pacer.wait("-3", now):
            now += told
            assert not pacer.wait("-3", now)

    assert now == NOON + 17 * GROUP  # twenty have left, three of them at once


def test_a_chat_that_has_to_wait_takes_nothing_from_the_others() -> None:
    pacer = Pacer(25, telegram)
    room = pacer.room(NOON)
    for _ in range(100):
        pacer.wait("101", NOON)

    assert pacer.room(NOON) == room - 3  # its burst
    assert not pacer.wait("102", NOON)


def test_the_bot_does_not_remember_more_chats_than_it_needs() -> None:
    pacer = Pacer(1e6, telegram)
    while not pacer.wait("-3", NOON):
        pass
    for chat in range(3 * FORGET_ABOVE):
        pacer.wait(str(chat), NOON)

    assert len(pacer._next) <= FORGET_ABOVE
    assert pacer.wait("-3", NOON), "who has to wait is not forgotten for those who need not"
