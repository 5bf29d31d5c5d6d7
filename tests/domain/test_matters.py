"""The stages of a matter: who may take which step from where, and what has to come with it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.matters import (
    BEFORE_NOTICE,
    BEFORE_OPENING,
    ENDED,
    STEP_AFTER,
    TABLE,
    Deed,
    Event,
    Matter,
    Part,
    Refusal,
    State,
    possible,
    step,
)
from domain.question import Question, RulePart, Scope

LIFT = Question(
    "加装电梯", "是否同意加装电梯？", (RulePart("OWNER_SPECIAL", Scope("unit", "3-2")),)
)
MATTER = Matter(1, "lift", LIFT, State.DRAFT, owner=7)
ADMIN, SYSTEM = frozenset({Part.ADMIN}), frozenset({Part.SYSTEM})

WAY: tuple[tuple[Event, State, frozenset[Part]], ...] = (
    (Event.PROPOSE, State.PROPOSED, ADMIN),
    (Event.CONSULT, State.CONSULTED, ADMIN),
    (Event.REVIEW, State.REVIEWED, ADMIN),
    (Event.NOTICE, State.NOTICED, ADMIN),
    (Event.FREEZE, State.ROLL_FROZEN, ADMIN),
    (Event.OPEN, State.OPEN, SYSTEM),
    (Event.CLOSE, State.CLOSED, SYSTEM),
    (Event.COUNT, State.COUNTED, SYSTEM),
    (Event.PUBLISH, State.DECISION_PUBLISHED, ADMIN),
    (Event.EXECUTE, State.EXECUTING, ADMIN),
    (Event.REPORT, State.RESULT_PUBLISHED, ADMIN),
    (Event.ARCHIVE, State.ARCHIVED, ADMIN),
)


def at(state: State, **more: object) -> Matter:
    return replace(MATTER, state=state, **more)  # type: ignore[arg-type]


def deed(event: Event, parts: frozenset[Part] = ADMIN, **more: object) -> Deed:
    return Deed(event, parts, has_record=True, has_reason=True, **more)  # type: ignore[arg-type]


def test_the_whole_way_from_a_draft_to_the_archive():
    matter = replace(MATTER, passed=True)
    for event, state, parts in WAY:
        after = step(matter, deed(event, parts))
        assert isinstance(after, Matter) and after.state is state
        matter = after


@pytest.mark.parametrize("event", [Event.PROPOSE, Event.CONSULT, Event.REVIEW, Event.PUBLISH])
def test_a_stage_is_left_with_its_record(event: Event):
    before = next(row.before for row in TABLE if row.event is event)
    for state in before:
        assert step(at(state), Deed(event, ADMIN)) is Refusal.RECORD_NEEDED


def test_a_stage_that_does_not_apply_says_why():
    skips = Deed(Event.CONSULT, ADMIN, skips=True)
    after = step(at(State.PROPOSED), replace(skips, has_reason=True))

    assert step(at(State.PROPOSED), skips) is Refusal.REASON_NEEDED
    assert isinstance(after, Matter) and after.state is State.CONSULTED


def test_publishing_the_outcome_always_applies():
    assert step(at(State.COUNTED), deed(Event.PUBLISH, skips=True)) is Refusal.NOT_NOW


def test_an_edit_before_notice_moves_nothing_and_after_it_begins_the_days_anew():
    assert step(at(State.CONSULTED), deed(Event.EDIT)) == at(State.CONSULTED)
    for state in (State.NOTICED, State.ROLL_FROZEN):
        assert step(at(state), deed(Event.EDIT)) == at(State.NOTICED)
    assert step(at(State.OPEN), deed(Event.EDIT)) is Refusal.NOT_NOW


@pytest.mark.parametrize(
    ("state", "event"),
    [
        (State.NOTICED, Event.FREEZE),
        (State.DECISION_PUBLISHED, Event.EXECUTE),
        (State.DECISION_PUBLISHED, Event.ARCHIVE),
    ],
)
def test_nothing_goes_on_before_every_objection_is_answered(state: State, event: Event):
    passed = at(state, passed=True)

    assert step(passed, deed(event, objections_open=1)) is Refusal.OBJECTIONS_OPEN
    assert isinstance(step(passed, deed(event)), Matter)


def test_a_decision_is_shown_for_all_its_days():
    for event in (Event.EXECUTE, Event.ARCHIVE):
        passed = at(State.DECISION_PUBLISHED, passed=True)
        assert step(passed, deed(event, days_run=True)) is Refusal.DAYS_RUN
    assert isinstance(step(at(State.EXECUTING), deed(Event.REPORT, days_run=True)), Matter)


@pytest.mark.parametrize(
    ("effect", "carried_out", "archived"),
    [("binding", True, False), ("advisory", True, True), ("rehearsal", False, True)],
)
def test_what_binds_is_carried_out_and_what_was_for_practice_is_not(
    effect: str, carried_out: bool, archived: bool
):
    passed = at(State.DECISION_PUBLISHED, passed=True, question=replace(LIFT, effect=effect))
    execute, archive = step(passed, deed(Event.EXECUTE)), step(passed, deed(Event.ARCHIVE))

    assert isinstance(execute, Matter) or (execute is Refusal.NOT_PASSED and not carried_out)
    assert isinstance(archive, Matter) or (archive is Refusal.TO_CARRY_OUT and not archived)
    assert (isinstance(execute, Matter), isinstance(archive, Matter)) == (carried_out, archived)


def test_whoever_takes_over_begins_at_the_first_level():
    after = step(at(State.COUNTED, level=3), deed(Event.HAND_OVER))

    assert isinstance(after, Matter) and after.level == 1


def test_a_vote_is_extended_at_most_once():
    once = step(at(State.OPEN), deed(Event.EXTEND))

    assert isinstance(once, Matter) and once.extended == 1
    assert step(once, deed(Event.EXTEND)) is Refusal.EXTENDED_ALREADY


def test_only_the_clock_opens_closes_and_counts():
    for event, state in (
        (Event.OPEN, State.ROLL_FROZEN),
        (Event.CLOSE, State.OPEN),
        (Event.COUNT, State.CLOSED),
    ):
        assert step(at(state), deed(event)) is Refusal.NOT_YOURS


def test_what_was_rejected_is_not_carried_out():
    assert step(at(State.DECISION_PUBLISHED), deed(Event.EXECUTE)) is Refusal.NOT_PASSED
    assert isinstance(step(at(State.DECISION_PUBLISHED), deed(Event.ARCHIVE)), Matter)


def test_withdrawn_before_the_vote_and_void_after_its_beginning():
    for state in State:
        withdrawn = step(at(state), deed(Event.WITHDRAW))
        void = step(at(state), deed(Event.VOID))
        assert isinstance(withdrawn, Matter) == (state in BEFORE_OPENING)
        assert isinstance(void, Matter) == (state not in BEFORE_OPENING | ENDED)


@given(some.lists(some.tuples(some.sampled_from(Event), some.sampled_from(Part))))
def test_no_sequence_of_deeds_leaves_the_table(deeds: list[tuple[Event, Part]]):
    """Nothing leaves an ended matter, and nobody without a part moves one."""
    matter = MATTER
    for event, part in deeds:
        before = matter
        after = step(matter, deed(event, frozenset({part})))
        assert isinstance(step(matter, deed(event, frozenset())), Refusal)
        if isinstance(after, Matter):
            matter = after
        if before.state in ENDED:
            forgets = (event, part) == (Event.DESTROY, Part.SYSTEM)  # who voted how, and no more
            assert matter.state is before.state and (forgets or isinstance(after, Refusal))
        if before.state not in BEFORE_NOTICE and event is Event.EDIT:
            assert isinstance(after, Refusal) or after.state is State.NOTICED


def test_the_next_step_of_a_stage_is_one_its_owner_has():
    for state, event in STEP_AFTER.items():
        assert event in possible(at(state), {Part.ADMIN, Part.OWNER})
