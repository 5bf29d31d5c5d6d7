"""The three rates: figures that cities published, and the edges where a rate could flatter."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clocks import Stamp
from domain.rates import Answer, By, Period, Rate, Rates, Record, Tally, judge
from domain.tickets import Event as E
from domain.tickets import State as S
from tests.world import COMMUNITY, SHANGHAI

CALENDAR = COMMUNITY.calendar
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31), SHANGHAI)
NINE = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # Monday, nine in Shanghai
LATER = datetime(2026, 5, 1, tzinfo=UTC)
BUDGETS = COMMUNITY.budgets("utilities")
HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
# Signing is due at 14:30 (four working hours), handling on Thursday at nine (three working days).
DUE = NINE + 3 * DAY

Step = tuple[E, timedelta]
KEPT: tuple[Step, ...] = ((E.SIGN, HOUR), (E.CONTACTED, 2 * HOUR), (E.RESOLVE, DAY))


def a_case(*steps: Step, state: S = S.HANDLED, answers: Iterable[Answer] = ()) -> Record:
    """A case accepted on Monday at nine, with what happened so much later."""
    begun = Stamp(E.SUBMIT, NINE, BUDGETS), Stamp(E.ACCEPT, NINE)
    later = (Stamp(event, NINE + after) for event, after in steps)
    return Record("2", "utilities", 7, state, (*begun, *later), tuple(answers))


def of(*records: Record, period: Period = MARCH, now: datetime = LATER) -> Rates:
    return sum((judge(record, period, CALENDAR, now) for record in records), Rates())


def rounded(rate: Rate, digits: int) -> str:
    """As the cities round: half up."""
    percent = Decimal(rate.part * 100) / rate.whole
    return str(percent.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


# --- published figures (handbook: tickets 4.1)


@pytest.mark.parametrize(
    ("part", "whole", "published"),
    [
        (7183 + 2, 7236, "99.3"),  # 苏州微城管 2024-07
        (8335, 8462, "98.5"),
        (23974, 24932, "96.16"),  # 连云港 2017-04
        (22345, 24932, "89.62"),
        (911, 972, "93.72"),  # 天门 2016-12
        (737, 972, "75.82"),
        (3884, 3942, "98.53"),  # 杨凌 2021-07
        (8, 87, "9"),  # 宁国 2022-04, not satisfied
        (6, 70, "9"),
        (5, 66, "8"),
        (3, 63, "5"),
        (5, 39, "13"),
    ],
)
def test_the_published_rates_come_out_of_their_counts(part: int, whole: int, published: str):
    digits = len(published.partition(".")[2])

    assert rounded(Rate(part, whole), digits) == published


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(7185, 7236, "99.29"), (22345, 24932, "89.62"), (9999, 10000, "99.99"),
     (99999, 100000, "99.99"), (5, 5, "100.00"), (0, 5, "0.00"), (1, 2000, "0.05")],
)  # fmt: skip
def test_what_we_show_is_rounded_down_and_only_all_is_a_hundred(part: int, whole: int, shown: str):
    assert Rate(part, whole).percent == shown


def test_lianyungang_is_divided_by_what_was_due_and_not_by_what_was_received():
    in_time = judge(a_case(*KEPT), MARCH, CALENDAR, LATER)
    late = judge(a_case(*KEPT[:2], (E.RESOLVE, 4 * DAY)), MARCH, CALENDAR, LATER)
    not_due = judge(a_case(*KEPT[:2], (E.HOLD, DAY), state=S.ON_HOLD), MARCH, CALENDAR, LATER)
    city = times(in_time, 22345) + times(late, 24932 - 22345) + times(not_due, 26898 - 24932)

    assert city.accepted == 26898
    assert city.in_time == Rate(22345, 24932)
    assert rounded(city.in_time, 2) == "89.62"


def test_suzhou_counts_the_fairly_satisfied_as_satisfied():
    heard = [judge(answered("yes", level), MARCH, CALENDAR, LATER) for level in (5, 3, 2)]
    city = times(heard[0], 7183) + times(heard[1], 2) + times(heard[2], 7236 - 7185)

    assert city.satisfied == Rate(7185, 7236)
    assert rounded(city.satisfied, 1) == "99.3"


def test_yangling_leaves_out_what_was_no_valid_request():
    valid, merged = (judge(r, MARCH, CALENDAR, LATER) for r in (a_case(*KEPT), left_out(S.MERGED)))
    late = judge(a_case(), MARCH, CALENDAR, LATER)
    city = times(valid, 3884) + times(late, 58) + times(merged, 500)

    assert (city.accepted, city.assessable) == (4442, 3942)
    assert city.response == Rate(3884, 3942)


def times(rates: Rates, count: int) -> Rates:
    """So many cases like this one, added up by doubling."""
    total = Rates()
    for bit in f"{count:b}":
        total = total + total + (rates if bit == "1" else Rates())
    return total


def answered(solved: str, level: int | None = None) -> Record:
    return a_case(*KEPT, state=S.CLOSED_CONFIRMED, answers=[Answer(solved, level)])


def left_out(state: S) -> Record:
    ends = {S.MERGED: E.MERGE, S.WITHDRAWN: E.WITHDRAW, S.REJECTED: E.REJECT}
    return a_case((ends[state], HOUR), state=state)


# --- nobody answered, few answered, silence


def test_where_nobody_answered_there_is_no_rate_instead_of_none_percent():
    rates = of(a_case(*KEPT))

    assert (rates.solved, rates.satisfied) == (Rate(0, 0), Rate(0, 0))
    assert rates.solved.percent is None


@pytest.mark.parametrize("whole", [1, 2, 3, 4])
def test_fewer_than_five_are_numbers_and_no_rate(whole: int):
    assert Rate(whole, whole).percent is None


def test_silence_counts_as_handled_and_never_as_solved_or_satisfied():
    rates = of(a_case(*KEPT, (E.STAY_SILENT, 8 * DAY), state=S.CLOSED_SILENT))

    assert (rates.silent, rates.in_time) == (1, Rate(1, 1))
    assert (rates.solved, rates.satisfied) == (Rate(0, 0), Rate(0, 0))


def test_partly_solved_is_not_solved_and_an_answer_without_a_level_is_no_rating():
    rates = of(answered("yes", 5), answered("partly", 3), answered("no", 1), answered("no"))

    assert rates.solved == Rate(1, 4)
    assert rates.satisfied == Rate(2, 3)


def test_every_round_that_was_answered_counts_so_rework_hides_nothing():
    rates = of(a_case(*KEPT, answers=[Answer("no", 1), Answer("yes", 4)]))

    assert rates.solved == Rate(1, 2)
    assert rates.satisfied == Rate(1, 2)


# --- who is assessed, and from when on


@pytest.mark.parametrize("state", [S.MERGED, S.WITHDRAWN, S.REJECTED])
def test_what_was_withdrawn_merged_or_rejected_is_not_assessed(state: S):
    assert of(left_out(state)) == Rates(accepted=1)


def test_a_case_nobody_accepted_adds_nothing():
    waiting = Record("2", "utilities", None, S.SUBMITTED, (Stamp(E.SUBMIT, NINE, BUDGETS),))

    assert of(waiting) == Rates()


def test_a_case_within_its_times_counts_neither_for_nor_against():
    signed = a_case((E.SIGN, HOUR), state=S.IN_PROGRESS)

    assert of(signed, now=NINE + 2 * HOUR).response == Rate(0, 0)
    assert of(signed, now=LATER).response == Rate(0, 1)


def test_an_answer_in_time_does_not_mend_a_signature_that_was_late():
    late = a_case((E.SIGN, 6 * HOUR), (E.CONTACTED, 7 * HOUR), state=S.IN_PROGRESS)

    assert of(late).response == Rate(0, 1)


BACK = ((E.REQUEST_RETURN, HOUR), (E.APPROVE_RETURN, 2 * HOUR))  # the next has it at eleven
# Each has it from 17:00 until noon and returns it at ten: three times, until it is late.
ROUND_AND_ROUND = tuple(
    (event, n * DAY + after)
    for n in range(3)
    for event, after in ((E.REQUEST_RETURN, HOUR), (E.APPROVE_RETURN, 8 * HOUR))
)
AT_LAST = ((E.SIGN, 3 * DAY + HOUR), (E.CONTACTED, 3 * DAY + HOUR))


@pytest.mark.parametrize(
    ("steps", "response"),
    [
        ((*BACK, (E.SIGN, 3 * HOUR), (E.CONTACTED, 6 * HOUR)), Rate(1, 1)),
        (BACK, Rate(0, 1)),
        ((*BACK, (E.SIGN, 20 * DAY), (E.CONTACTED, 20 * DAY)), Rate(0, 1)),
        ((*BACK, (E.REASSIGN, 3 * HOUR)), Rate(0, 1)),
        ((*ROUND_AND_ROUND, *AT_LAST), Rate(0, 1)),
        ((BACK[0],), Rate(0, 1)),
        (((E.SIGN, HOUR), (E.REASSIGN, 2 * HOUR), (E.SIGN, 3 * HOUR)), Rate(0, 1)),
        (((E.SIGN, HOUR), (E.CONTACTED, HOUR), (E.ESCALATE, 4 * DAY)), Rate(1, 1)),
    ],
    ids=["passed on in time", "nobody signs", "signed weeks later", "passed on again",
         "returned in time until it is late", "its return is never looked at", "never contacted",
         "goes up once she was heard"],
)  # fmt: skip
def test_a_case_that_is_passed_on_is_judged_until_the_resident_is_heard(
    steps: tuple[Step, ...], response: Rate
):
    """Of such a case only the first holder's signature counted, and then the contact alone."""
    assert of(a_case(*steps, state=S.IN_PROGRESS)).response == response


@pytest.mark.parametrize(("late_by", "kept"), [(timedelta(), 1), (SECOND, 0)])
def test_signing_and_handling_at_the_second_are_in_time_and_one_later_are_not(
    late_by: timedelta, kept: int
):
    signed = (E.SIGN, timedelta(hours=5, minutes=30) + late_by)
    case = a_case(signed, (E.CONTACTED, 6 * HOUR), (E.RESOLVE, 3 * DAY + late_by))

    assert of(case).response == Rate(kept, 1)
    assert of(case).in_time == Rate(kept, 1)


def test_a_promise_counts_from_its_due_moment_whether_it_was_kept_early_or_not():
    early = a_case(*KEPT)

    assert of(early, now=DUE - SECOND).in_time == Rate(0, 0)
    assert of(early, now=DUE).in_time == Rate(1, 1)


def test_a_promise_that_pauses_is_not_broken_while_it_pauses():
    held = a_case(*KEPT[:2], (E.HOLD, DAY), state=S.ON_HOLD)
    held_too_late = a_case(*KEPT[:2], (E.HOLD, 4 * DAY), state=S.ON_HOLD)

    assert of(held).in_time == Rate(0, 0)
    assert of(held_too_late).in_time == Rate(0, 1)


def test_a_rework_round_is_a_promise_of_its_own_and_the_old_breach_stays():
    late, again = (E.RESOLVE, 4 * DAY), ((E.DISPUTE, 4 * DAY + HOUR), (E.RESOLVE, 5 * DAY))

    assert of(a_case(*KEPT[:2], late, *again)).in_time == Rate(1, 2)


# --- the period


@pytest.mark.parametrize(
    ("at", "inside"),
    [
        (datetime(2026, 2, 28, 15, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 2, 28, 16, 0, tzinfo=UTC), True),  # midnight in Shanghai
        (datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 31, 16, 0, tzinfo=UTC), False),
    ],
)
def test_days_begin_at_midnight_in_the_community_and_the_last_belongs_to_it(
    at: datetime, inside: bool
):
    assert MARCH.covers(at) is inside
    assert (MARCH.begin <= at < MARCH.end) is inside


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_months_follow_each_other_without_a_gap(day: date):
    month = Period.month(day, SHANGHAI)

    assert month.first <= day <= month.last
    assert month.before().end == month.begin


def test_a_case_counts_where_it_was_accepted_and_its_promise_where_it_fell_due():
    monday = Period(date(2026, 3, 2), date(2026, 3, 2), SHANGHAI)
    thursday = Period(date(2026, 3, 5), date(2026, 3, 5), SHANGHAI)
    case = a_case(*KEPT, answers=[Answer("yes", 5)])

    assert of(case, period=monday) == Rates(1, 1, 0, Rate(1, 1), Rate(1, 1), Rate(1, 1), Rate())
    assert of(case, period=thursday) == Rates(in_time=Rate(1, 1))


@pytest.mark.parametrize(
    ("by", "group"), [(By.NONE, None), (By.GRID, "2"), (By.CATEGORY, "utilities"), (By.MEMBER, 7)]
)
def test_the_groups_add_up_to_the_total(by: By, group: str | int | None):
    tally = Tally(MARCH, CALENDAR, LATER, by)
    for record in (a_case(*KEPT), answered("no", 2), left_out(S.MERGED)):
        tally.add(record)

    assert set(tally.groups) == {group}
    assert tally.total == tally.groups[group] == of(a_case(*KEPT), answered("no", 2)) + Rates(1)
