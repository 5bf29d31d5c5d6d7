"""Every clock of a case, as its events tell it: when it is due, when it stopped, what it forgives.

The community of these stories works from 8:30 to 12:00 and from 13:30 to 17:30, Monday to
Friday. Where a story does not say otherwise the case was accepted on Monday, 2 March, at noon.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings

from domain.clocks import Kind, Stamp, budgets_of, clocks
from domain.tickets import Event, Ticket
from tests.domain.cases import BUDGETS, at, histories, of, story, told
from tests.world import COMMUNITY

SECOND = timedelta(seconds=1)
LATE_AND_AGAIN = "03-02 14:00 sign, 03-06 09:00 resolve, 03-06 10:00 dispute"

# what is told | the case | each clock: due, stopped
STORIES: dict[Kind, list[tuple[str, str, list[str]]]] = {
    Kind.ACCEPT: [
        ("nobody has it yet", "03-02 12:00 submit", ["03-02 17:30 | -"]),
        ("accepted", "03-02 12:00 submit, 03-02 14:00 accept", ["03-02 17:30 | 03-02 14:00"]),
        ("refused, and once more",
         "03-02 12:00 submit, 03-02 14:00 reject, 03-03 09:00 appeal",
         ["03-02 17:30 | 03-02 14:00", "03-03 14:30 | -"]),
        ("taken back", "03-02 12:00 submit, 03-02 12:01 withdraw", ["03-02 17:30 | 03-02 12:01"]),
    ],
    Kind.SIGN: [
        ("nobody took it", "", ["03-02 17:30 | -"]),
        ("taken", "03-02 14:00 sign", ["03-02 17:30 | 03-02 14:00"]),
        ("each hop has its own", "03-03 09:00 reassign, 03-03 10:00 sign",
         ["03-02 17:30 | 03-03 09:00", "03-03 14:30 | 03-03 10:00"]),
        ("handed back to somebody else", "03-02 16:00 request_return, 03-03 09:00 approve_return",
         ["03-02 17:30 | 03-02 16:00", "03-03 14:30 | -"]),
        ("handed back in vain", "03-02 16:00 request_return, 03-03 09:00 refuse_return",
         ["03-02 17:30 | 03-02 16:00"]),
        ("climbed", "03-03 09:00 escalate", ["03-02 17:30 | 03-03 09:00", "03-03 14:30 | -"]),
        ("climbed from hold", "03-02 14:00 sign, 03-02 15:00 hold, 03-03 09:00 escalate",
         ["03-02 17:30 | 03-02 14:00", "03-03 14:30 | -"]),
        ("a new round stays where it is", LATE_AND_AGAIN, ["03-02 17:30 | 03-02 14:00"]),
        ("merged", "03-02 16:00 merge", ["03-02 17:30 | 03-02 16:00"]),
    ],
    Kind.CONTACT: [
        ("nobody took it", "", []),
        ("nobody spoke", "03-02 14:00 sign", ["03-03 14:00 | -"]),
        ("spoken to", "03-02 14:00 sign, 03-02 16:00 contacted", ["03-03 14:00 | 03-02 16:00"]),
        ("asked", "03-02 14:00 sign, 03-02 16:00 ask_resident", ["03-03 14:00 | 03-02 16:00"]),
        ("done", "03-02 14:00 sign, 03-02 16:00 resolve", ["03-03 14:00 | 03-02 16:00"]),
        ("another holder gets no more",
         "03-02 14:00 sign, 03-03 09:00 reassign, 03-03 10:00 sign", ["03-03 14:00 | -"]),
        ("spoken to once is enough for the round",
         "03-02 14:00 sign, 03-02 16:00 contacted, 03-03 09:00 reassign, 03-03 10:00 sign",
         ["03-03 14:00 | 03-02 16:00"]),
        ("each round has its own",
         "03-02 14:00 sign, 03-02 16:00 contacted, 03-05 09:00 resolve, 03-05 10:00 dispute",
         ["03-03 14:00 | 03-02 16:00", "03-06 10:00 | -"]),
        ("on hold before anybody spoke",
         "03-02 14:00 sign, 03-02 15:00 hold, 03-02 16:00 hold_ends", ["03-03 15:00 | -"]),
    ],
    Kind.RESOLVE: [
        ("not accepted", "03-02 12:00 submit", []),
        ("from the first acceptance", "03-02 14:00 sign", ["03-05 12:00 | -"]),
        ("from the acceptance after an appeal",
         "03-02 09:00 submit, 03-02 10:00 reject, 03-02 11:00 appeal, 03-02 12:00 accept",
         ["03-05 12:00 | -"]),
        ("handed back", "03-02 16:00 request_return, 03-03 09:00 approve_return",
         ["03-05 12:00 | -"]),
        ("handed back in vain", "03-02 16:00 request_return, 03-03 09:00 refuse_return",
         ["03-05 12:00 | -"]),
        ("given to others", "03-03 09:00 reassign, 03-04 09:00 reassign", ["03-05 12:00 | -"]),
        ("climbed twice", "03-03 09:00 escalate, 03-04 09:00 escalate", ["03-05 12:00 | -"]),
        ("spoken to", "03-02 14:00 sign, 03-02 16:00 contacted", ["03-05 12:00 | -"]),
        ("done", "03-02 14:00 sign, 03-04 10:00 resolve", ["03-05 12:00 | 03-04 10:00"]),
        ("merged", "03-03 10:00 merge", ["03-05 12:00 | 03-03 10:00"]),
        ("a new round", LATE_AND_AGAIN, ["03-05 12:00 | 03-06 09:00", "03-10 10:00 | -"]),
        ("partly done", "03-02 14:00 sign, 03-03 09:00 resolve, 03-03 10:00 partly",
         ["03-05 12:00 | 03-03 09:00", "03-05 10:00 | -"]),
        ("broke again four weeks later",
         "03-02 14:00 sign, 03-03 09:00 resolve, 03-03 10:00 confirm, 03-31 10:00 recur",
         ["03-05 12:00 | 03-03 09:00", "04-02 10:00 | -"]),
        ("a third round",
         f"{LATE_AND_AGAIN}, 03-09 09:00 resolve, 03-09 10:00 dispute",
         ["03-05 12:00 | 03-06 09:00", "03-10 10:00 | 03-09 09:00", "03-11 10:00 | -"]),
    ],
    Kind.LEVEL: [
        ("at the community", "", ["03-05 12:00 | -"]),
        ("another holder gets no more", "03-03 09:00 reassign", ["03-05 12:00 | -"]),
        ("at the street office", "03-05 12:00 escalate", ["03-05 12:00 | 03-05 12:00",
                                                          "03-12 12:00 | -"]),
        ("nothing is above the department", "03-05 12:00 escalate, 03-12 12:00 escalate",
         ["03-05 12:00 | 03-05 12:00", "03-12 12:00 | 03-12 12:00"]),
        ("a new round at the street office",
         "03-03 12:00 escalate, 03-03 14:00 sign, 03-04 12:00 resolve, 03-05 12:00 dispute",
         ["03-05 12:00 | 03-03 12:00", "03-10 12:00 | 03-04 12:00", "03-12 12:00 | -"]),
    ],
    Kind.REVIEW: [
        ("nobody looked", "03-02 16:00 request_return", ["03-03 16:00 | -"]),
        ("approved", "03-02 16:00 request_return, 03-03 09:00 approve_return",
         ["03-03 16:00 | 03-03 09:00"]),
        ("refused", "03-02 16:00 request_return, 03-03 09:00 refuse_return",
         ["03-03 16:00 | 03-03 09:00"]),
        ("handed back by two", "03-02 16:00 request_return, 03-03 09:00 approve_return, "
         "03-03 10:00 request_return", ["03-03 16:00 | 03-03 09:00", "03-04 10:00 | -"]),
    ],
    Kind.WAIT: [
        ("no answer", "03-02 14:00 sign, 03-03 09:00 ask_resident", ["03-06 09:00 | -"]),
        ("answered", "03-02 14:00 sign, 03-03 09:00 ask_resident, 03-03 11:00 resident_replies",
         ["03-06 09:00 | 03-03 11:00"]),
        ("waited long enough", "03-02 14:00 sign, 03-03 09:00 ask_resident, 03-06 09:00 wait_ends",
         ["03-06 09:00 | 03-06 09:00"]),
        ("asked twice", "03-02 14:00 sign, 03-03 09:00 ask_resident, 03-03 11:00 resident_replies, "
         "03-04 09:00 ask_resident", ["03-06 09:00 | 03-03 11:00", "03-09 09:00 | -"]),
    ],
    Kind.HOLD: [
        ("until the review", "03-02 14:00 sign, 03-03 09:00 hold", ["03-10 09:00 | -"]),
        ("taken up again", "03-02 14:00 sign, 03-03 09:00 hold, 03-04 09:00 hold_ends",
         ["03-10 09:00 | 03-04 09:00"]),
        ("climbed", "03-02 14:00 sign, 03-03 09:00 hold, 03-04 09:00 escalate",
         ["03-10 09:00 | 03-04 09:00"]),
        ("taken back", "03-02 14:00 sign, 03-03 09:00 hold, 03-04 09:00 withdraw",
         ["03-10 09:00 | 03-04 09:00"]),
    ],
    Kind.CONFIRM: [
        ("no word", "03-02 14:00 sign, 03-04 12:00 resolve", ["03-11 12:00 | -"]),
        *((word, f"03-02 14:00 sign, 03-04 12:00 resolve, 03-05 21:00 {word}",
           ["03-11 12:00 | 03-05 21:00"]) for word in ("confirm", "dispute", "partly")),
        ("silence", "03-02 14:00 sign, 03-04 12:00 resolve, 03-11 12:00 stay_silent",
         ["03-11 12:00 | 03-11 12:00"]),
    ],
    Kind.FOLLOW_UP: [
        ("solved", "03-02 14:00 sign, 03-04 12:00 resolve, 03-05 12:00 confirm",
         ["04-02 12:00 | -"]),
        ("silence", "03-02 14:00 sign, 03-04 12:00 resolve, 03-11 12:00 stay_silent",
         ["04-08 12:00 | -"]),
        ("broke again", "03-02 14:00 sign, 03-04 12:00 resolve, 03-05 12:00 confirm, "
         "03-20 12:00 recur", ["04-02 12:00 | 03-20 12:00"]),
        ("refused cases are not followed up", "03-02 12:00 submit, 03-02 14:00 reject", []),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        pytest.param(kind, text, expected, id=f"{kind}: {name}")
        for kind, rows in STORIES.items()
        for name, text, expected in rows
    ],
)
def test_each_clock_is_due_and_stops_when_its_story_says(
    kind: Kind, text: str, expected: list[str]
) -> None:
    found = of(kind, story(text))

    assert [f"{told(clock.due)} | {told(clock.stopped)}" for clock in found] == expected


def test_every_clock_has_its_stories() -> None:
    assert set(STORIES) == set(Kind)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        pytest.param("03-03 09:00 ask_resident, 03-03 11:00 resident_replies", "03-05 15:30",
                     id="the resident's two hours"),
        pytest.param("03-03 09:00 ask_resident, 03-03 11:00 wait_ends", "03-05 15:30",
                     id="nobody answered"),
        pytest.param("03-03 09:00 hold, 03-03 11:00 hold_ends", "03-05 15:30", id="on hold"),
        pytest.param("03-03 07:00 hold, 03-03 19:00 hold_ends", "03-06 12:00",
                     id="from before opening to after closing"),
        pytest.param("03-02 18:00 ask_resident, 03-03 08:00 resident_replies", "03-05 12:00",
                     id="a night"),
        pytest.param("03-03 12:00 ask_resident, 03-03 13:30 resident_replies", "03-05 12:00",
                     id="the lunch break"),
        pytest.param("03-03 09:00 ask_resident, 03-03 09:00 resident_replies", "03-05 12:00",
                     id="answered in the same minute"),
        pytest.param("03-03 09:00:10 ask_resident, 03-03 09:00:11 resident_replies",
                     "03-05 13:30:01", id="a second, at closing, is due after the next opening"),
        pytest.param("03-03 09:00 ask_resident, 03-03 10:00 resident_replies, "
                     "03-03 10:00 hold, 03-03 11:00 hold_ends", "03-05 15:30", id="one by one"),
        pytest.param("03-04 09:00 hold, 03-11 09:00 hold_ends", "03-12 12:00", id="a week"),
        pytest.param("03-06 09:00 hold, 03-06 11:00 hold_ends", "03-05 12:00",
                     id="late already"),
        pytest.param("03-03 09:00 hold, 03-03 11:00 escalate", "03-05 15:30",
                     id="a hold that ends by climbing"),
        pytest.param("03-03 09:00 hold, 03-03 11:00 escalate, 03-03 14:00 sign, "
                     "03-03 14:00 ask_resident, 03-03 15:00 resident_replies", "03-05 16:30",
                     id="climbing from hold, then a question"),
        pytest.param("03-03 09:00 hold, 03-03 11:00 withdraw", "03-05 15:30",
                     id="taken back while on hold"),
        pytest.param("03-03 11:00 hold, 03-03 09:00 hold_ends", "03-05 12:00",
                     id="a server's clock that was set back"),
    ],
)  # fmt: skip
def test_a_promise_forgives_exactly_the_working_time_nobody_could_work_on_it(
    text: str, due: str
) -> None:
    stamps = story(f"03-02 14:00 sign, {text}")

    assert [told(clock.due) for clock in of(Kind.RESOLVE, stamps)] == [due]


TO_TUESDAY = "03-03 09:00 extend 03-10 17:30"


@pytest.mark.parametrize(
    ("text", "dues"),
    [
        pytest.param(TO_TUESDAY, ["03-10 17:30"], id="longer"),
        pytest.param("03-03 09:00 extend 03-08 17:30", ["03-06 17:30"], id="to a Sunday"),
        pytest.param("03-03 09:00 extend 03-04 17:30", ["03-05 12:00"], id="never shorter"),
        pytest.param(f"03-03 08:30 hold, 03-03 09:00 hold_ends, {TO_TUESDAY}", ["03-10 17:30"],
                     id="after a hold: to that day all the same"),
        pytest.param(f"{TO_TUESDAY}, 03-04 09:00 hold, 03-04 11:00 hold_ends", ["03-11 10:30"],
                     id="before a hold, which is forgiven"),
        pytest.param(f"03-02 15:00 joined 03-04 12:00, {TO_TUESDAY}", ["03-10 17:30"],
                     id="after an earlier case joined"),
        pytest.param(f"{TO_TUESDAY}, 03-03 10:00 joined 03-06 12:00", ["03-06 12:00"],
                     id="before an earlier case joined"),
        pytest.param(f"{TO_TUESDAY}, 03-04 09:00 resolve, 03-04 10:00 dispute",
                     ["03-10 17:30", "03-06 10:00"], id="not for the next round"),
        pytest.param(f"03-03 08:30 resolve, 03-03 08:40 dispute, {TO_TUESDAY}",
                     ["03-05 12:00", "03-10 17:30"], id="in a round of rework"),
    ],
)  # fmt: skip
def test_an_extension_lasts_to_its_day_in_its_round_and_moves_no_level(
    text: str, dues: list[str]
) -> None:
    stamps: list[Stamp] = []
    for line in ["03-02 12:00 submit", "03-02 12:00 accept", *text.split(", ")]:
        day, clock, event, *by = line.split()
        until = at(" ".join(by)) if by else None
        budgets = {} if stamps else BUDGETS
        stamps.append(Stamp(Event(event), at(f"{day} {clock}"), budgets, resolve_by=until))

    assert [told(clock.due) for clock in of(Kind.RESOLVE, stamps)] == dues
    alone = [stamp for stamp in stamps if stamp.resolve_by is None]
    assert of(Kind.LEVEL, stamps) == of(Kind.LEVEL, alone)


def test_sent_down_a_case_has_the_time_of_that_level_anew_before_it_climbs_to_the_next() -> None:
    stamps = story("03-03 12:00 escalate, 03-04 12:00 reassign, 03-05 12:00 escalate")
    stamps[-2] = replace(stamps[-2], level=1)

    found = [(clock.level, told(clock.due)) for clock in of(Kind.LEVEL, stamps)]
    assert found == [(1, "03-05 12:00"), (2, "03-10 12:00"), (1, "03-09 12:00"), (2, "03-12 12:00")]
    assert len({clock.key for clock in of(Kind.LEVEL, stamps)}) == 4


def test_a_level_forgives_what_the_promise_forgives() -> None:
    stamps = story("03-02 14:00 sign, 03-03 09:00 ask_resident, 03-03 11:00 resident_replies")

    assert [told(clock.due) for clock in of(Kind.LEVEL, stamps)] == ["03-05 15:30"]


def test_a_review_and_a_question_are_not_paused_by_the_pause_they_are() -> None:
    stamps = story("03-02 14:00 sign, 03-03 09:00 ask_resident, 03-04 09:00 resident_replies")

    assert of(Kind.WAIT, stamps)[0].deadline.pauses == ()


def test_a_hold_of_three_years_ends_and_the_promise_goes_on() -> None:
    """Before: every look at such a case failed, for the calendar looked 800 days ahead only."""
    stamps = story("03-02 14:00 sign, 03-03 12:00 hold")
    stamps.append(Stamp(Event.HOLD_ENDS, stamps[-1].at.replace(year=2029)))

    due = of(Kind.RESOLVE, stamps)[0].due

    assert (due.year, told(due)) == (2029, "03-06 17:30"), "it went on with two days on a Monday"


def test_late_by_a_second_is_late_and_at_the_second_is_not() -> None:
    open_case = of(Kind.SIGN, story(""))[0]
    assert [open_case.breached(open_case.due + n * SECOND) for n in (-1, 0, 1)] == [
        False,
        False,
        True,
    ]

    long_after = at("12-31 12:00")
    done = [replace(open_case, stopped=open_case.due + n * SECOND) for n in (-1, 0, 1)]
    assert [clock.breached(long_after) for clock in done] == [False, False, True]


def test_a_breach_stays_recorded_when_a_new_round_gets_a_clock_of_its_own() -> None:
    first, second = of(Kind.RESOLVE, story(LATE_AND_AGAIN))

    assert (first.round, first.breached(at("03-06 10:00"))) == (1, True)
    assert (second.round, second.breached(at("03-06 10:00"))) == (2, False)


def test_a_case_does_not_become_late_while_it_waits() -> None:
    """Before: a clock paused in time was called late once its unpaused deadline had passed."""
    waiting = of(Kind.RESOLVE, story("03-02 14:00 sign, 03-05 11:59 hold"))[0]
    late_before = of(Kind.RESOLVE, story("03-02 14:00 sign, 03-05 12:01 hold"))[0]

    assert waiting.paused == at("03-05 11:59")
    assert not waiting.breached(at("12-31 12:00"))
    assert late_before.breached(at("12-31 12:00"))


def test_a_running_round_keeps_the_budgets_it_began_with() -> None:
    stamps = story("03-02 14:00 sign, 03-03 09:00 resolve, 03-03 10:00 dispute")
    changed = [*stamps[:-1], replace(stamps[-1], budgets={**BUDGETS, "rework": "2 working hours"})]

    first, second = of(Kind.RESOLVE, changed)

    assert first == of(Kind.RESOLVE, stamps)[0]
    assert (told(second.due), str(second.budget)) == ("03-03 12:00", "2 working hours")


def test_an_emergency_runs_at_night_too() -> None:
    budgets = {"sign": "15 minutes", "contact": "30 minutes", "resolve": "24 hours",
               "level_1": "2 hours"}  # fmt: skip
    night = story("03-07 23:50 submit, 03-07 23:50 accept, 03-07 23:55 sign", budgets)

    assert {clock.kind: told(clock.due) for clock in clocks(night, COMMUNITY.calendar)} == {
        Kind.SIGN: "03-08 00:05",
        Kind.CONTACT: "03-08 00:25",
        Kind.RESOLVE: "03-08 23:50",
        Kind.LEVEL: "03-08 01:50",
    }


def test_a_clock_without_a_budget_does_not_run() -> None:
    stamps = story("03-02 14:00 sign", {"resolve": "3 working days"})

    assert [clock.kind for clock in clocks(stamps, COMMUNITY.calendar)] == [Kind.RESOLVE]


@pytest.mark.parametrize("data", [{}, {"reason": "duty"}, {"budgets": "4 hours"}])
def test_an_event_without_budgets_has_none(data: dict[str, str]) -> None:
    assert budgets_of(data) == {}


def test_two_questions_in_one_round_are_reminded_of_by_keys_of_their_own() -> None:
    """Before: the second question had the first one's key and nobody was reminded of it."""
    stamps = story(
        "03-02 14:00 sign, 03-03 09:00 ask_resident, 03-03 11:00 resident_replies, "
        "03-04 09:00 ask_resident"
    )

    first, second = of(Kind.WAIT, stamps)
    assert first.key != second.key


@settings(max_examples=60, deadline=None)
@given(histories())
def test_whatever_happens_no_two_clocks_of_a_case_have_the_same_key(
    history: tuple[Ticket, list[Stamp]],
) -> None:
    keys = [clock.key for clock in clocks(history[1], COMMUNITY.calendar)]

    assert len(keys) == len(set(keys))


@settings(max_examples=60, deadline=None)
@given(histories())
def test_what_a_stopped_clock_says_is_never_changed_by_what_happens_later(
    history: tuple[Ticket, list[Stamp]],
) -> None:
    _, stamps = history
    whole = clocks(stamps, COMMUNITY.calendar)
    assert whole == clocks(tuple(stamps), COMMUNITY.calendar), "derived twice"

    so_far = clocks(stamps[: len(stamps) // 2], COMMUNITY.calendar)
    by_key = {clock.key: clock for clock in whole}
    taken_back = any(stamp.event is Event.SPLIT for stamp in stamps[len(stamps) // 2 :])
    for clock in so_far:
        later = by_key[clock.key]
        for_good = clock.stopped and not taken_back
        assert later == clock if for_good else later.due >= clock.due


@settings(max_examples=60, deadline=None)
@given(histories())
def test_a_round_has_one_promise_from_its_own_beginning_whoever_holds_it(
    history: tuple[Ticket, list[Stamp]],
) -> None:
    ticket, stamps = history
    promises = of(Kind.RESOLVE, stamps)
    accepted = [stamp.at for stamp in stamps if stamp.event is Event.ACCEPT]

    if accepted:
        assert [clock.round for clock in promises] == list(range(1, ticket.round + 1))
        assert promises[0].deadline.start == accepted[0]


@settings(max_examples=60, deadline=None)
@given(histories())
def test_the_working_time_outside_the_pauses_is_the_budget(
    history: tuple[Ticket, list[Stamp]],
) -> None:
    calendar = COMMUNITY.calendar
    for clock in clocks(history[1], calendar):
        if clock.budget.working:
            counted = calendar.worked(clock.deadline.start, clock.due, clock.deadline.pauses)
            assert counted == calendar.seconds(clock.budget)
