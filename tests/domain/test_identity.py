"""Who somebody is for the community: levels, and two members of staff who confirm one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.identity import (
    Identity,
    Level,
    Refusal,
    confirm,
    level_of,
    level_to_be_on_roll,
    officer_of,
    refuse,
    whom_to_ask,
)
from domain.kinds import CONSULT, LIFT
from domain.residents import Household, Person, Role, Staff
from tests.databases import NOON

HOME = Household(1, "3", "1", "101", 8_950, "2")
ANA = Person(101, "zh", HOME)
ASKED = Identity(ANA.id, adult=True, at=NOON)
CONFIRMED = replace(ASKED, level=Level.ROSTER)
LATER = NOON + timedelta(days=1)


def member(
    id: int, *grids: str, role: Role = Role.MEMBER, level: int = 1, person: int | None = 0
) -> Staff:
    who = 200 + id if person == 0 else person
    return Staff(id, who, "", role, ("*",), grids, None, level)


ZHOU, CHEN, OTHER = member(1, "2"), member(2, "2"), member(3, "1")
HE, SUN = member(4, "*", role=Role.SECRETARY), member(5, role=Role.ADMIN)
AUDITOR, STREET = member(6, "*", role=Role.AUDITOR), member(7, "*", level=2)
ANA_IN_OFFICE = member(8, "2", person=ANA.id)


@pytest.mark.parametrize(
    ("person", "identity", "acts", "level"),
    [
        (replace(ANA, household=None), CONFIRMED, True, Level.VISITOR),
        (ANA, None, False, Level.HOUSEHOLD),
        (ANA, ASKED, False, Level.HOUSEHOLD),
        (ANA, replace(CONFIRMED, adult=False), False, Level.HOUSEHOLD),
        (ANA, CONFIRMED, False, Level.ROSTER),
        (ANA, CONFIRMED, True, Level.OWNER),
        (ANA, ASKED, True, Level.HOUSEHOLD),
    ],
)
def test_levels(person: Person, identity: Identity | None, acts: bool, level: Level) -> None:
    assert level_of(person, identity, acts=acts) is level


@pytest.mark.parametrize(
    ("rule", "level"),
    [
        (CONSULT, Level.HOUSEHOLD),
        ("RESIDENT_MEETING", Level.ROSTER),
        ("HOUSEHOLD_MEETING", Level.ROSTER),
        ("VILLAGE_MEETING_HOUSEHOLD", Level.ROSTER),
        ("DELEGATE_MEETING", Level.VISITOR),
        ("OWNER_ORDINARY", Level.OWNER),
        ("OWNER_UNANIMOUS", Level.OWNER),
        (LIFT, Level.OWNER),
    ],
)
def test_from_which_level_somebody_answers(rule: str, level: Level) -> None:
    """The table of the handbook, voting 3.1."""
    assert level_to_be_on_roll(rule) is level


def test_without_the_number_of_the_list_two_members_of_staff_say_so() -> None:
    once = confirm(ASKED, ANA, ZHOU, now=NOON)
    assert once == replace(ASKED, checked_by=ZHOU.id)
    assert confirm(once, ANA, ZHOU, now=LATER) is Refusal.SECOND_PERSON

    twice = confirm(once, ANA, HE, now=LATER)
    assert twice == replace(once, level=Level.ROSTER, approved_by=HE.id, at=LATER)
    assert confirm(twice, ANA, CHEN, now=LATER) is Refusal.NOT_WAITING


def test_with_the_number_of_the_list_one_member_is_the_second_person() -> None:
    known = replace(ASKED, matched=True)

    assert confirm(known, ANA, ZHOU, now=LATER) == replace(
        known, level=Level.ROSTER, approved_by=ZHOU.id, at=LATER
    )


@pytest.mark.parametrize(
    ("identity", "person", "staff", "why"),
    [
        (None, ANA, ZHOU, Refusal.NOT_WAITING),
        (replace(ASKED, adult=False), ANA, ZHOU, Refusal.NOT_WAITING),
        (CONFIRMED, ANA, ZHOU, Refusal.NOT_WAITING),
        (ASKED, replace(ANA, household=None), ZHOU, Refusal.NOT_WAITING),
        (ASKED, ANA, ANA_IN_OFFICE, Refusal.YOURSELF),
        (ASKED, ANA, OTHER, Refusal.NOT_YOURS),
        (ASKED, ANA, AUDITOR, Refusal.NOT_YOURS),
        (ASKED, ANA, STREET, Refusal.NOT_YOURS),
    ],
)
def test_who_may_not_confirm(
    identity: Identity | None, person: Person, staff: Staff, why: Refusal
) -> None:
    assert confirm(identity, person, staff, now=NOON) is why
    assert refuse(identity, person, staff) is why


def test_officers_of_a_grid() -> None:
    everybody = [ZHOU, CHEN, OTHER, HE, SUN, AUDITOR, STREET]

    assert [s for s in everybody if officer_of(s, "2")] == [ZHOU, CHEN, HE, SUN]


@pytest.mark.parametrize(
    ("staff", "besides", "asked"),
    [
        ([SUN, HE, ZHOU], None, ZHOU),  # the grid's own first
        ([SUN, HE, ZHOU], ZHOU.id, HE),
        ([SUN, OTHER, AUDITOR], None, SUN),
        ([SUN], SUN.id, None),
        ([ANA_IN_OFFICE, HE], None, HE),  # never the person themselves
        ([member(1, "2", person=None), HE], None, HE),  # who has not joined cannot be asked
        ([replace(ZHOU, away_until=LATER), HE], None, HE),
        ([replace(ZHOU, away_until=LATER)], None, replace(ZHOU, away_until=LATER)),
        ([member(9, "*"), ZHOU], None, ZHOU),
    ],
)
def test_who_is_asked(staff: list[Staff], besides: int | None, asked: Staff | None) -> None:
    found = whom_to_ask(staff, "2", person=ANA.id, besides=besides, now=NOON)

    assert found == asked
