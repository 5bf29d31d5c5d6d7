"""Who counts how often and with which area: the tables of 解释 Art. 8-9 and the handbook's 1.2."""

from collections.abc import Collection, Mapping, Sequence

import pytest

from domain.question import Scope
from domain.residents import MOST_ADULTS, Household, Role, Staff
from domain.roll import (
    COUNTS,
    DOES_NOT_COUNT,
    Acting,
    Block,
    Drawn,
    Fault,
    Holding,
    Home,
    Kind,
    Living,
    Voter,
    delegates,
    households,
    owner_unit,
    owners,
    residents,
    seat,
    seats,
    square_metres,
    totals,
)
from domain.voting import Sum

ANA, LI, WANG, DEVELOPER = 1, 2, 3, 9  # owners
ANA_HERSELF, LI_HIMSELF = 101, 102  # people
COMMUNITY, STAIR = Scope("community"), Scope("unit", "3-1")


def home(door: str) -> Household:
    building, unit, room = door.split("-")
    return Household(int(door.replace("-", "")), building, unit, room, 9000, "2")


def flat(owner: int, door: str, area: int | None = 9000, *, represents: bool = False) -> Holding:
    return Holding(owner, door, home(door), area, represents)


def bay(owner: int, name: str, area: int = 1250) -> Holding:
    return Holding(owner, name, None, area)


def drawn(
    *holdings: Holding,
    people: Mapping[int, int] | None = None,
    companies: Collection[int] = (),
    scopes: Sequence[Scope] = (COMMUNITY,),
    parking: str = DOES_NOT_COUNT,
    unlisted: Sequence[str] = (),
) -> Drawn:
    acting = {
        owner: Acting(person, Kind.COMPANY if owner in companies else Kind.PERSON)
        for owner, person in (people or {}).items()
    }
    return owners(holdings, acting, scopes, parking, unlisted)


def shown(found: Drawn) -> dict[str, tuple[int | None, ...]]:
    return {voter.unit: voter.areas for voter in found.voters}


def by_unit(found: Drawn, unit: str) -> Voter:
    return next(v for v in found.voters if v.unit == unit)


def test_an_owner_of_three_flats_counts_once_with_the_sum() -> None:
    """I1, and Art. 9: one buyer with several parts is one."""
    found = drawn(flat(ANA, "3-1-101", 8950), flat(ANA, "3-1-102", 9005), flat(ANA, "5-1-101", 1))

    assert shown(found) == {"o:1": (17956,)}
    assert found.voters[0].properties == ("3-1-101", "3-1-102", "5-1-101")


def test_what_the_developer_has_not_sold_is_one_owner() -> None:
    """E10: 100 flats, 40 of them the developer's, are 61 owners."""
    sold = [flat(n, f"1-1-{n}") for n in range(100, 160)]
    unsold = [flat(DEVELOPER, f"2-1-{n}") for n in range(100, 140)]

    assert totals(drawn(*sold, *unsold).voters, 1) == (Sum(61, 900_000),)


@pytest.mark.parametrize(
    ("parking", "total"), [(COUNTS, Sum(4, 36_250)), (DOES_NOT_COUNT, Sum(3, 30_000))]
)
def test_bays_count_or_do_not_as_the_rules_say(parking: str, total: Sum) -> None:
    """E36 and E37: three flats of 100 m², and somebody who owns only five bays."""
    flats = [flat(n, f"3-1-10{n}", 10_000) for n in (1, 2, 3)]
    bays = [bay(4, f"B{n}") for n in range(5)]

    assert totals(drawn(*flats, *bays, parking=parking).voters, 1) == (total,)


def test_a_bay_lies_in_no_building() -> None:
    found = drawn(flat(ANA, "3-1-101"), bay(ANA, "B1"), scopes=(STAIR, COMMUNITY), parking=COUNTS)

    assert shown(found) == {"o:1": (9000, 10_250)}


def test_only_the_flats_within_a_part_count_in_it() -> None:
    """A lift that uses common land: the stair decides, and the estate too (handbook: 1.4)."""
    found = drawn(
        flat(ANA, "3-1-101", 100), flat(ANA, "5-1-101", 20), flat(LI, "3-2-202", 3),
        scopes=(STAIR, COMMUNITY),
    )  # fmt: skip

    assert shown(found) == {"o:1": (100, 120), "o:2": (None, 3)}
    assert totals(found.voters, 2) == (Sum(1, 100), Sum(2, 123))


@pytest.mark.parametrize(("area", "shown"), [(0, "0.00"), (905, "9.05"), (1_234_567, "12,345.67")])
def test_an_area_is_shown_alike_everywhere(area: int, shown: str) -> None:
    assert square_metres(area) == shown


def test_whoever_has_nothing_within_is_not_on_the_roll() -> None:
    assert shown(drawn(flat(ANA, "3-1-101"), flat(LI, "3-2-202"), scopes=(STAIR,))) == {
        "o:1": (9000,)
    }


BOTH = {ANA: ANA_HERSELF, LI: LI_HIMSELF}
TOGETHER = owner_unit((ANA, LI))


@pytest.mark.parametrize(
    ("represent", "people", "person", "fault"),
    [
        ((ANA,), BOTH, ANA_HERSELF, ""),
        ((LI,), BOTH, LI_HIMSELF, ""),
        ((), BOTH, None, Fault.NEED_REPRESENTATIVE),  # I3
        ((ANA, LI), BOTH, None, Fault.NEED_REPRESENTATIVE),  # the list names both
        ((LI,), {ANA: ANA_HERSELF}, None, Fault.NO_ACCOUNT),
        ((), {}, None, Fault.NEED_REPRESENTATIVE),
    ],
)
def test_joint_owners_count_once_and_one_of_them_votes(
    represent: tuple[int, ...], people: Mapping[int, int], person: int | None, fault: str
) -> None:
    held = [flat(o, "3-1-101", represents=o in represent) for o in (ANA, LI)]
    found = drawn(*held, people=people)

    assert shown(found) == {TOGETHER: (9000,)}
    assert (found.voters[0].person, found.voters[0].fault) == (person, fault)
    assert found.voters[0].whose == (ANA, LI)


def test_two_flats_of_the_same_couple_are_one_vote() -> None:
    found = drawn(
        flat(ANA, "3-1-101", represents=True), flat(LI, "3-1-101"),
        flat(LI, "3-1-102"), flat(ANA, "3-1-102"), people=BOTH,
    )  # fmt: skip

    assert shown(found) == {TOGETHER: (18_000,)}
    assert found.voters[0].person == ANA_HERSELF


def test_what_one_owns_alone_is_not_what_one_owns_with_another() -> None:
    """The buyer of one is Ana, of the other are Ana and Li, of the third Ana and Wang."""
    found = drawn(
        flat(ANA, "3-1-101", 1),
        flat(ANA, "3-1-102", 20), flat(LI, "3-1-102", 20),
        flat(ANA, "3-1-103", 300), flat(WANG, "3-1-103", 300),
    )  # fmt: skip

    assert shown(found) == {"o:1": (1,), TOGETHER: (20,), owner_unit((ANA, WANG)): (300,)}


def test_two_entries_of_the_list_that_are_one_person_are_one_owner() -> None:
    """I2, when the list knows her by two telephone numbers."""
    people = {ANA: ANA_HERSELF, LI: ANA_HERSELF}
    found = drawn(flat(ANA, "3-1-101", 1), flat(LI, "3-1-102", 20), people=people)

    assert shown(found) == {"o:1": (21,)}
    assert by_unit(found, "o:1").person == ANA_HERSELF


@pytest.mark.parametrize(
    ("companies", "units"),
    [
        ((), {"o:1": (321,)}),  # three entries of one person
        ((LI,), {"o:1": (301,), "o:2": (20,)}),  # Ana's own flats, and her company's
        ((LI, WANG), {"o:1": (1,), "o:2": (20,), "o:3": (300,)}),  # two companies of hers
    ],
)
def test_a_company_is_an_owner_of_its_own_whoever_acts_for_it(
    companies: Collection[int], units: Mapping[str, tuple[int, ...]]
) -> None:
    """Art. 9: the buyer counts. Ana answers for each of them."""
    people = dict.fromkeys((ANA, LI, WANG), ANA_HERSELF)
    flats = flat(ANA, "3-1-101", 1), flat(LI, "3-1-102", 20), flat(WANG, "3-1-103", 300)
    found = drawn(*flats, people=people, companies=companies)

    assert shown(found) == units
    assert {v.person for v in found.voters} == {ANA_HERSELF}


def test_an_owner_without_an_account_is_on_the_roll_and_cannot_answer() -> None:
    found = drawn(flat(ANA, "3-1-101"), flat(LI, "3-2-202"), people={ANA: ANA_HERSELF})

    assert found.faults() == {Fault.NO_ACCOUNT: 1}
    assert by_unit(found, "o:2").person is None and not found.blocks


@pytest.mark.parametrize(
    ("found", "blocks"),
    [
        (drawn(flat(ANA, "3-1-101")), {}),
        (drawn(flat(ANA, "3-1-101", None)), {Block.AREA_MISSING: ("3-1-101",)}),  # I16
        (drawn(flat(ANA, "3-1-101"), parking=""), {Block.PARKING_UNSET: ()}),
        (
            drawn(flat(ANA, "3-1-101"), unlisted=("3-1-103", "3-1-102")),
            {Block.OWNER_MISSING: ("3-1-102", "3-1-103")},
        ),
        (drawn(), {Block.EMPTY: ()}),
        (drawn(flat(LI, "3-2-202"), scopes=(STAIR, COMMUNITY)), {Block.EMPTY: ()}),
        (drawn(flat(LI, "3-2-202", None), scopes=(STAIR,)), {Block.EMPTY: ()}),
    ],
)
def test_what_keeps_a_roll_from_being_frozen(
    found: Drawn, blocks: Mapping[Block, tuple[str, ...]]
) -> None:
    assert found.blocks == blocks


@pytest.mark.parametrize(
    ("whoever_joined", "li_answers"),
    [(False, (None, Fault.NEED_REPRESENTATIVE)), (True, (LI_HIMSELF, ""))],
)
def test_every_household_of_the_stair_is_on_the_roll(
    whoever_joined: bool, li_answers: tuple[int | None, str]
) -> None:
    ana, li, empty, away = map(home, ("3-1-101", "3-1-102", "3-1-103", "5-1-101"))
    found = households(
        [Home(ana, ANA_HERSELF, (LI_HIMSELF, ANA_HERSELF)), Home(li, None, (LI_HIMSELF,)),
         Home(empty, None, ()), Home(away, None, ())],
        (STAIR,), whoever_joined=whoever_joined,
    )  # fmt: skip

    assert [(v.areas, v.person, v.fault) for v in found.voters] == [
        ((0,), ANA_HERSELF, ""),
        ((0,), *li_answers),
        ((0,), None, Fault.NO_ACCOUNT),
    ]
    assert totals(found.voters, 1) == (Sum(3, 0),)


def living(door: str, adults: int | None, *people: int) -> Living:
    return Living(home(door), people, adults)


def test_residents_are_heads_and_who_is_not_verified_has_a_seat_without_a_name() -> None:
    homes = [living("3-1-101", 3, ANA_HERSELF), living("3-2-202", 2, LI_HIMSELF)]
    found = residents(homes, (STAIR,))

    assert [(v.unit, v.areas, v.person, v.fault, v.whose) for v in found.voters] == [
        ("p:101", (0,), ANA_HERSELF, "", (ANA_HERSELF,)),
        ("a:31101.1", (0,), None, Fault.NO_ACCOUNT, ()),
        ("a:31101.2", (0,), None, Fault.NO_ACCOUNT, ()),
    ]
    assert {v.properties for v in found.voters} == {("3-1-101",)} and not found.blocks


@pytest.mark.parametrize(
    ("homes", "many"),
    [
        ([("3-1-101", 1, (101, 102))], 2),  # never fewer than are verified
        ([("3-1-101", 0, ()), ("3-1-102", 2, ())], 2),  # nobody lives there
        ([("3-1-101", 3, (101, 102)), ("3-1-102", 4, ())], 7),
        ([("3-1-101", 2, (101,)), ("3-2-101", 2, (102,))], 2),  # of the stair alone
    ],
)
def test_a_meeting_of_residents_counts_all_of_them(
    homes: Sequence[tuple[str, int, tuple[int, ...]]], many: int
) -> None:
    found = residents([living(door, n, *people) for door, n, people in homes], (STAIR,))

    assert totals(found.voters, 1) == (Sum(many, 0),)


@pytest.mark.parametrize(
    ("homes", "blocks"),
    [
        ([], {Block.EMPTY: ()}),
        ([living("3-1-101", 0)], {Block.EMPTY: ()}),
        ([living("3-1-101", 1), living("3-2-101", None)], {}),  # that one is of another stair
        (
            [living("3-1-102", None, LI_HIMSELF), living("3-1-101", None), living("3-1-103", 2)],
            {Block.ADULTS_MISSING: ("3-1-101", "3-1-102")},
        ),
    ],
)
def test_residents_are_not_counted_where_nobody_said_how_many_there_are(
    homes: Sequence[Living], blocks: Mapping[Block, tuple[str, ...]]
) -> None:
    assert residents(homes, (STAIR,)).blocks == blocks


def test_the_longest_name_of_a_seat_fits_its_column_and_the_buttons() -> None:
    names = seats(2**63 - 1)

    assert len(names) == len(set(names)) == MOST_ADULTS
    assert max(map(len, names)) <= 24
    assert [seat(unit) for unit in (names[0], names[-1], "p:31")] == ["1", "50", ""]


def appointed(id: int, person: int | None, role: Role, level: int = 1) -> Staff:
    return Staff(id, person, "", role, (), (), None, level)


def test_delegates_and_the_committee_meet_each_once() -> None:
    staff = [
        appointed(1, 201, Role.MEMBER),
        appointed(2, ANA_HERSELF, Role.SECRETARY),  # a delegate too
        appointed(3, None, Role.MEMBER),
        appointed(4, 204, Role.AUDITOR),
        appointed(5, 205, Role.MEMBER, level=2),
        appointed(6, None, Role.AUDITOR),
    ]
    found = delegates([(1, ANA_HERSELF), (2, None)], staff, 1)

    assert [(v.unit, v.areas, v.person, v.fault) for v in found.voters] == [
        ("p:101", (0,), 101, ""),
        ("p:201", (0,), 201, ""),
        ("d:2", (0,), None, Fault.NO_ACCOUNT),
        ("c:3", (0,), None, Fault.NO_ACCOUNT),
    ]
