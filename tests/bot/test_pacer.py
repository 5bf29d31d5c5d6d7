"""How fast the bot writes: within what platforms allow, whatever is asked of it."""

from collections.abc import Iterable
from heapq import heappop, heappush

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.pacer import AHEAD, COLD, EVENLY, FORGET_ABOVE, KEPT, MARGIN, RECOVERY, SURE, Pacer

NOON = 1000.0
PRIVATE, GROUP = 1.0, 3.6  # seconds
WAY = 0.03  # seconds to the platform, or back, at least


def telegram(chat: str) -> float:
    return GROUP if chat.startswith("-") else PRIVATE


def most_within(moments: Iterable[float], span: float) -> int:
    """The largest number of moments that lie less than ``span`` apart."""
    ordered, first, most = sorted(moments), 0, 0
    for last, moment in enumerate(ordered):
        while moment - ordered[first] >= span:
            first += 1
        most = max(most, last - first + 1)
    return most


def knows_the_way(pacer: Pacer, before: float = NOON) -> Pacer:
    """As after some minutes: the fastest round trip has been seen, and all places are free."""
    for _ in range(SURE + 1):
        left = before - 60
        pacer.leave(left, answer=True)
        pacer.answered(left, left + 2 * WAY)
    return pacer


class Sending:
    """Whatever may leave does, on ways of any length; keeps when each message left and arrived."""

    def __init__(self, pacer: Pacer, ways: Iterable[float], now: float = NOON) -> None:
        self.pacer, self.ways, self.now = pacer, iter(ways), now
        self.left: list[float] = []
        self.arrived: list[float] = []
        self.returning: list[tuple[float, float]] = []  # when the answer is here, when it left

    def passes(self, seconds: float) -> None:
        self.now += seconds
        while self.returning and self.returning[0][0] <= self.now:
            answered, left = heappop(self.returning)
            self.pacer.answered(left, answered)

    def all_leave(self, *, answers: bool) -> None:
        room = self.pacer.room if answers else self.pacer.room_for_others
        for _ in range(room(self.now)):
            left = self.pacer.leave(self.now, answer=answers)
            arrives = left + next(self.ways, WAY)
            self.left.append(left)
            self.arrived.append(arrives)
            heappush(self.returning, (arrives + next(self.ways, WAY), left))

    def goes_on(self, seconds: float, *, answers: bool = False) -> None:
        for _ in range(round(seconds / AHEAD)):
            self.all_leave(answers=answers)
            self.passes(AHEAD)


WAYS = st.lists(st.floats(WAY, 2.0), max_size=200)
PAUSES = st.lists(st.tuples(st.floats(0, 0.4), st.booleans()), max_size=60)


@settings(deadline=None)
@given(st.sampled_from([1, 2, 5, 30]), WAYS, PAUSES)
def test_in_no_second_more_arrive_than_the_platform_allows(
    rate: int, ways: list[float], pauses: list[tuple[float, bool]]
) -> None:
    sending = Sending(knows_the_way(Pacer(rate)), ways)
    for pause, answers in pauses:
        sending.all_leave(answers=answers)
        sending.passes(pause)

    assert most_within(sending.arrived, 1.0) <= rate


@pytest.mark.parametrize(
    ("rate", "ways", "share"),
    [
        (1, 0.0, 0.98),  # a bot that may write so rarely keeps no place for answers
        (5, 0.0, 0.98),
        (30, 0.0, 0.96),
        (30, 0.06, 0.90),  # as much longer on average as Telegram's ways differ
        (25, 0.0, 0.95),
    ],
)
def test_nearly_all_that_is_allowed_is_used(rate: int, ways: float, share: float) -> None:
    """Each place stands empty while a message is longer on its way than the fastest was."""
    sending = Sending(knows_the_way(Pacer(rate)), [WAY + ways / 2] * 100_000)
    sending.goes_on(5)
    before = len(sending.left)
    sending.goes_on(20)

    assert share <= (len(sending.left) - before) / (20 * rate) <= 1


def test_as_long_as_the_way_is_not_known_a_place_is_free_a_second_after_the_answer() -> None:
    pacer = Pacer(1)
    pacer.leave(NOON, answer=True)
    pacer.answered(NOON, NOON + 0.5)

    assert pacer.room(NOON + 1.5 - AHEAD) == 0
    assert pacer.room(NOON + 1.5 + MARGIN) == 1


def test_what_is_not_answered_keeps_its_place_until_it_is_given_up() -> None:
    pacer = Pacer(1)
    pacer.leave(NOON, answer=True)

    assert pacer.room(NOON + 60) == 0
    pacer.unanswered(NOON + 60)
    assert pacer.room(NOON + 61 - AHEAD) == 0
    assert pacer.room(NOON + 61 + MARGIN) == 1


def test_what_did_not_leave_gives_its_place_back() -> None:
    pacer = Pacer(1)
    pacer.leave(NOON, answer=True)
    pacer.unused()

    assert pacer.room(NOON) == 1


# --- answers before all else


def test_one_place_is_kept_for_answers() -> None:
    pacer = Pacer(30)
    sending = Sending(pacer, [])
    sending.goes_on(3)

    assert pacer.room_for_others(sending.now) <= pacer.room(sending.now) - KEPT
    assert pacer.leave(sending.now, answer=True) == sending.now


def test_answers_leave_at_once_and_the_rest_evenly() -> None:
    pacer = Pacer(30)
    others = [pacer.leave(NOON, answer=False) for _ in range(pacer.room_for_others(NOON))]

    assert others == pytest.approx([NOON + n / (EVENLY * 30) for n in range(5)])
    assert [pacer.leave(NOON, answer=True) for _ in range(pacer.room(NOON))] == [NOON] * 25


def test_after_a_quiet_hour_nothing_leaves_in_a_burst() -> None:
    sending = Sending(Pacer(30), [], NOON + 3600)
    sending.goes_on(2)

    assert most_within(sending.left, 0.5) <= EVENLY * 30 * 0.5 + 1


# --- restarts, refusals, clocks


def test_a_new_process_counts_what_the_one_before_it_has_just_sent() -> None:
    pacer = Pacer(30)
    pacer.begin(NOON, left=28)

    assert pacer.room(NOON) == 2
    assert pacer.room(NOON + COLD) == 30


@settings(deadline=None)
@given(st.lists(st.floats(-1.0, 0.2), max_size=30), WAYS)
def test_no_second_around_a_restart_holds_more_than_is_allowed(
    before: list[float], ways: list[float]
) -> None:
    """What the dead sent last may arrive a little after the new process began."""
    pacer = knows_the_way(Pacer(30))
    pacer.begin(NOON, left=len(before))
    sending = Sending(pacer, ways)
    sending.goes_on(2, answers=True)

    assert most_within([NOON + at for at in before] + sending.arrived, 1.0) <= 30


def test_nothing_leaves_while_the_platform_has_asked_us_to_wait() -> None:
    pacer = Pacer(30)
    pacer.pause(NOON, 30)
    pacer.pause(NOON, 5)  # a shorter wish does not undo the longer one

    assert pacer.room(NOON + 29.9) == pacer.room_for_others(NOON + 29.9) == 0
    assert pacer.paused(NOON + 29.9) == pytest.approx(0.1)
    assert pacer.room(NOON + 30) == 30


def test_each_refusal_makes_it_slower_and_minutes_without_make_it_faster_again() -> None:
    pacer = Pacer(30)
    pacer.refused(NOON, 3)
    pacer.refused(NOON + 1, 3)  # it was on its way with the first

    assert pacer.rate(NOON + 1) == pytest.approx(27, abs=0.01)
    pacer.refused(NOON + 10, 1)
    assert pacer.rate(NOON + 10) == pytest.approx(24.3, abs=0.02)
    assert pacer.room(NOON + 20) == 24
    assert pacer.room(NOON + 10 + 2 * RECOVERY) == 26
    assert pacer.room(NOON + 10 + 99 * RECOVERY) == 30


def test_however_often_it_is_refused_a_message_leaves_now_and_then() -> None:
    pacer, now = Pacer(30), NOON
    for _ in range(100):
        pacer.refused(now, 1)
        now += 2

    assert pacer.room(now) == pacer.room_for_others(now) == 1


# --- one chat


def turns(pacer: Pacer, chat: str, times: int, step: float) -> list[float]:
    """When messages to one chat leave, asked for again and again at every step."""
    moments = (NOON + n * step for n in range(times))
    return [now for now in moments if not pacer.wait(chat, now)]


def test_a_group_hears_us_at_most_twenty_times_a_minute() -> None:
    sent = turns(Pacer(1e6, telegram), "-3", 3000, 0.1)

    assert most_within(sent, 60) <= 20
    assert len(sent) >= 5 * 16  # five minutes


def test_a_person_hears_us_once_a_second_after_a_burst_of_three() -> None:
    sent = turns(Pacer(1e6, telegram), "101", 81, 0.125)

    assert sent[:3] == [NOON + n / 8 for n in range(3)]
    assert sent[3:] == [NOON + n for n in range(1, 11)]


@settings(deadline=None)
@given(st.integers(1, 5), st.lists(st.integers(0, 24), max_size=60))
def test_no_chat_gets_more_than_its_burst_and_then_its_turn(burst: int, pauses: list[int]) -> None:
    pacer, now, sent = Pacer(1e6, telegram, burst=burst), NOON, []
    for eighths in pauses:
        now += eighths / 8
        if not pacer.wait("101", now):
            sent.append(now)

    for seconds in (1, 2, 10):
        assert most_within(sent, seconds) <= burst + seconds


@pytest.mark.parametrize("later", [0.0, 1.5])
def test_what_was_counted_before_a_refusal_has_no_room_behind_it(later: float) -> None:
    """Nor where the pause is over again when it would leave: the places have become fewer."""
    pacer = Pacer(20)
    for _ in range(18):
        pacer.leave(NOON, answer=True)
    assert pacer.room(NOON) == 2
    pacer.refused(NOON, 1)
    pacer.unanswered(NOON)

    now, left = NOON + later, 0
    while not pacer.no_room(now):
        pacer.leave(now, answer=True)
        left += 1
    assert pacer.no_room(now) == (AHEAD if later else 1) and left == (1 if later else 0)


def test_who_waits_as_long_as_told_has_their_turn() -> None:
    pacer, now = Pacer(1e6, telegram), NOON
    for _ in range(20):
        if told := pacer.wait("-3", now):
            now += told + 1e-9
            assert not pacer.wait("-3", now)

    assert now == pytest.approx(NOON + 17 * GROUP)  # twenty have left, three of them at once


def test_a_chat_that_has_to_wait_does_not_hold_up_another() -> None:
    pacer = Pacer(30, telegram)
    waits = [pacer.wait("101", NOON) for _ in range(100)]

    assert waits.count(0) == 3  # its burst
    assert not pacer.wait("102", NOON)


def test_the_bot_does_not_remember_more_chats_than_it_needs() -> None:
    pacer = Pacer(1e6, telegram)
    while not pacer.wait("-3", NOON):
        pass
    for chat in range(3 * FORGET_ABOVE):
        pacer.wait(str(chat), NOON)

    assert len(pacer._turns) <= FORGET_ABOVE
    assert pacer.wait("-3", NOON), "who has to wait is not forgotten for those who need not"
