"""Notices: what is understood of whom somebody means, and what one costs."""

from datetime import timedelta

import pytest

from domain.notices import (
    Audience,
    Place,
    Reach,
    Who,
    buildings_in,
    is_counted,
    lasts,
    percent,
    unit_in,
)


@pytest.mark.parametrize(
    ("said", "buildings"),
    [
        ("1-4", ("1", "2", "3", "4")),
        ("1-4号楼", ("1", "2", "3", "4")),
        ("1到4栋", ("1", "2", "3", "4")),
        ("1号楼、3号楼 和7号楼", ("1", "3", "7")),
        ("buildings 1, 3 and 12", ("1", "3", "12")),
        ("3 3", ("3",)),
        ("A座", ("A座",)),
        ("9-1", ("9-1",)),  # no such building: it is refused where buildings are known
        ("", ()),
    ],
)
def test_which_buildings_somebody_means(said: str, buildings: tuple[str, ...]) -> None:
    assert buildings_in(said) == buildings


@pytest.mark.parametrize(
    ("said", "unit"), [("3-2", "3-2"), ("3号楼2单元", "3-2"), ("3栋 2单元", "3-2"), ("3", None)]
)
def test_which_unit_somebody_means(said: str, unit: str | None) -> None:
    assert unit_in(said) == unit


def test_everybody_takes_two_persons_and_the_silent_are_never_listed() -> None:
    assert Audience().needs_second and Audience(Who.OWNERS).needs_second
    assert not Audience(place=Place.BUILDING, value="1,2").needs_second
    silent = Audience(Who.SILENT, Place.MATTER, "7")
    assert not silent.names_doors and not silent.has_groups


def test_what_it_costs() -> None:
    reach = Reach({"telegram": 1_000_000, "web": 20}, 7, 3)

    assert reach.people == 1_000_027
    assert lasts(1_000_000, 27) == timedelta(seconds=37_038)
    assert lasts(20, None) == timedelta()
    assert (percent(0, 0), percent(1, 3), percent(3, 3)) == (100, 33, 100)


def test_of_few_it_is_always_counted_how_far_it_has_come_and_of_very_many_rarely() -> None:
    def counted(people: int) -> int:
        return sum(is_counted(people, lot) for lot in range(1_000_000, 1_000_600))

    assert (counted(12_000), counted(100_000), counted(1_000_000)) == (600, 100, 12)
