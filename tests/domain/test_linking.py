"""Who joins whom, which ballot stands, where messages go, who may leave: one table each."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.conversation import Address
from domain.linking import (
    UNDO,
    Account,
    OnOneRoll,
    Refusal,
    Side,
    may_part,
    one_ballot,
    reads,
    to_undo,
    whom_to_keep,
)
from domain.residents import Household, Person, Role, Staff
from tests.databases import NOON

HOME, OTHER_HOME = (Household(n, "3", "1", f"10{n}", 8_950, "2") for n in (1, 2))
NOBODY = Side(Person(1, "zh"))  # asked for the code


def side(home: Household | None = None, *, confirmed: bool = False, staff: bool = False) -> Side:
    post = Staff(7, 2, "", Role.MEMBER, (), (), None) if staff else None
    return Side(Person(2, "zh", home, consented=home is not None, staff=post), confirmed)


def first(other: Side) -> Side:
    return replace(other, person=replace(other.person, id=1))


@pytest.mark.parametrize(
    ("one", "two", "kept"),
    [
        (NOBODY, side(), 1),
        (NOBODY, side(HOME), 2),
        (NOBODY, side(staff=True), 2),
        (first(side(HOME)), side(), 1),
        (first(side(HOME)), side(HOME), 1),
        (first(side(HOME)), side(HOME, confirmed=True), 2),
        (first(side(HOME)), side(staff=True), 1),  # the appointment comes along
        (first(side(staff=True)), side(HOME), 2),
        (first(side(HOME)), side(OTHER_HOME), Refusal.TWO_HOMES),
        (first(side(HOME, staff=True)), side(staff=True), Refusal.TWO_POSTS),
        (first(side(HOME, confirmed=True)), side(HOME, confirmed=True), Refusal.BOTH_CONFIRMED),
        (NOBODY, NOBODY, Refusal.ONE_ALREADY),
    ],
)
def test_the_better_known_one_stays(one: Side, two: Side, kept: int | Refusal) -> None:
    found = whom_to_keep(one, two)

    assert (found if isinstance(found, Refusal) else found[0].person.id) == kept
    assert isinstance(found, Refusal) or {s.person.id for s in found} == {1, 2}


@pytest.mark.parametrize(
    ("kept_voted", "gone_voted", "secret", "aside"),
    [
        (False, False, False, ("p:2",)),
        (True, False, False, ("p:2",)),
        (False, True, False, ("p:1",)),
        (True, True, False, ("p:2",)),  # officers are asked about its ballot
        (False, True, True, ("p:1",)),
        (True, True, True, Refusal.BOTH_VOTED),
    ],
)
def test_one_of_two_has_the_vote(
    kept_voted: bool, gone_voted: bool, secret: bool, aside: tuple[str, ...] | Refusal
) -> None:
    found = one_ballot([OnOneRoll(7, ("p:1",), ("p:2",), kept_voted, gone_voted, secret)])

    assert found == (aside if isinstance(aside, Refusal) else {7: aside})


OLD = Account(Address("a", "1"), NOON)
LATER = Account(Address("b", "1"), NOON + timedelta(hours=1))
SILENT = Account(Address("c", "1"))
NEW = Account(Address("d", "1"), NOON, linked_at=NOON)


@pytest.mark.parametrize(
    ("accounts", "to"),
    [
        ([], None),
        ([SILENT], None),
        ([OLD, LATER, SILENT], LATER),
        ([replace(OLD, chosen=True), LATER], replace(OLD, chosen=True)),
        ([replace(SILENT, chosen=True), OLD], OLD),  # wanted, and not to be written to
    ],
)
def test_messages_go_where_they_are_wanted_else_where_somebody_wrote_last(
    accounts: list[Account], to: Account | None
) -> None:
    assert reads(accounts) == to


@pytest.mark.parametrize(
    ("accounts", "at", "which", "passed", "refusal"),
    [
        ([OLD, LATER], OLD, LATER, timedelta(), None),
        ([OLD, LATER], OLD, OLD, timedelta(), None),
        ([OLD], OLD, OLD, timedelta(), Refusal.LAST),
        ([OLD, NEW], OLD, NEW, timedelta(), None),
        ([OLD, NEW], NEW, NEW, timedelta(), None),
        ([OLD, NEW], NEW, OLD, UNDO - timedelta(seconds=1), Refusal.TOO_NEW),
        ([OLD, NEW], NEW, OLD, UNDO, None),
        ([OLD, LATER], OLD, NEW, timedelta(), Refusal.NOT_YOURS),
    ],
)
def test_who_has_just_come_along_takes_nobody_else_away(
    accounts: list[Account], at: Account, which: Account, passed: timedelta,
    refusal: Refusal | None,
) -> None:  # fmt: skip
    assert may_part(accounts, at.address, which.address, NOON + passed) is refusal


def test_only_what_came_along_then_is_undone_and_only_for_a_day() -> None:
    moment = int(NOON.timestamp())

    assert to_undo([OLD, NEW], moment, NOON) == [NEW]
    assert to_undo([OLD, NEW], moment + 1, NOON) == []
    assert to_undo([OLD, NEW], moment, NOON + UNDO) == []
