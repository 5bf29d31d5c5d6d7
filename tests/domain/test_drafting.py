"""A question put together: scopes in many spellings, options, days, and what the law fills in."""

from dataclasses import replace
from datetime import date

import pytest

from domain.drafting import (
    LONGEST_OPTION,
    Picked,
    ScopeRefusal,
    are_options,
    days_in,
    drafted,
    options_in,
    scope_in,
    scoped,
    unfit,
)
from domain.kinds import CONSULT, LIFT, propose
from domain.places import modes
from domain.procedure import Procedure
from domain.question import Mode, Question, Scope
from domain.voting import Silence
from tests.world import COMMUNITY

VOTING = COMMUNITY.voting
TODAY = date(2026, 11, 25)
GRIDS = {"一网格": "1", "Grid 1": "1", "二网格": "2", "grid:2": "2"}

SCOPES = [
    ("3-2 加装电梯", "unit:3-2", "加装电梯"),
    ("3-2加装电梯", "unit:3-2", "加装电梯"),
    ("3-2单元 加装电梯", "unit:3-2", "加装电梯"),
    ("3-2，加装电梯", "unit:3-2", "加装电梯"),
    ("3号楼2单元 加装电梯", "unit:3-2", "加装电梯"),
    ("3号楼2单元加装电梯", "unit:3-2", "加装电梯"),
    ("3楼2单元加装电梯", "unit:3-2", "加装电梯"),
    ("3栋 2梯：加装电梯", "unit:3-2", "加装电梯"),
    ("A座2单元 加装电梯", "unit:A-2", "加装电梯"),
    ("building 3 unit 2 Add a lift", "unit:3-2", "Add a lift"),
    ("Building 3, stair 2: Add a lift", "unit:3-2", "Add a lift"),
    ("3号楼 换单元门", "building:3", "换单元门"),
    ("3号楼换单元门", "building:3", "换单元门"),
    ("12幢 换单元门", "building:12", "换单元门"),
    ("3楼 换单元门", "building:3", "换单元门"),
    ("A座、换单元门", "building:A", "换单元门"),
    ("Building 3 New doors", "building:3", "New doors"),
    ("building 12: New doors", "building:12", "New doors"),
    ("一网格 设晾衣架", "grid:1", "设晾衣架"),
    ("grid 1 Washing lines", "grid:1", "Washing lines"),
    ("grid:2 晾衣架", "grid:2", "晾衣架"),
    ("全体 续聘物业公司", "community", "续聘物业公司"),
    ("全体业主 续聘物业公司", "community", "续聘物业公司"),
    ("全社区：续聘物业公司", "community", "续聘物业公司"),
    ("Community Keep the company", "community", "Keep the company"),
    ("the whole community: Keep the company", "community", "Keep the company"),
    ("3-2", "unit:3-2", ""),
    ("3-2-101 加装电梯", None, "3-2-101 加装电梯"),  # a flat is no scope
    ("3楼换灯", None, "3楼换灯"),  # may be a floor
    ("社区食堂选址", None, "社区食堂选址"),
    ("buildings 3", None, "buildings 3"),
    ("换单元门", None, "换单元门"),
    ("", None, ""),
]


@pytest.mark.parametrize(("words", "scope", "title"), SCOPES)
def test_a_scope_is_found_in_many_spellings(words: str, scope: str | None, title: str) -> None:
    found, rest = scope_in(words, GRIDS)

    assert (str(found) if found else None, rest) == (scope, title)


def picked(kind: str, *ways: str, rule: str = "") -> Picked:
    found = VOTING.kind(kind)
    assert found is not None
    proposal = propose(found, set(ways))
    assert proposal is not None
    return Picked(found, proposal, rule or proposal.rule)


NO_SCOPE = [
    ("property", "hire", "续聘物业公司", "community"),
    ("property", "hire", "Keep the company", "community"),
    ("property", "hire", "9号院 续聘物业公司", None),  # they meant some place that we do not know
    ("lift", "stair", "加装电梯", None),  # of a stair: which one has to be said
]


@pytest.mark.parametrize(("kind", "way", "words", "scope"), NO_SCOPE)
def test_what_concerns_everybody_needs_no_scope(
    kind: str, way: str, words: str, scope: str | None
) -> None:
    found, title = scoped(words, picked(kind, way), GRIDS)

    assert (str(found) if found else None, title) == (scope, words)


@pytest.mark.parametrize(
    ("rule", "scope", "why"),
    [
        (LIFT, "unit:3-2", None),
        (LIFT, "building:3", None),
        (LIFT, "grid:1", ScopeRefusal.LIFT),
        (LIFT, "community", ScopeRefusal.LIFT),
        ("DELEGATE_MEETING", "community", None),
        ("DELEGATE_MEETING", "building:3", ScopeRefusal.DELEGATES),
        ("OWNER_ORDINARY", "grid:1", None),
        (CONSULT, "unit:3-2", None),
    ],
)
def test_a_rule_has_its_scopes(rule: str, scope: str, why: ScopeRefusal | None) -> None:
    assert unfit(rule, Scope.parse(scope)) is why


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("15", 15),
        ("15天", 15),
        (" 15 天 ", 15),
        ("15 days", 15),
        ("1 Day", 1),
        ("１５", 15),
        ("0", 0),
        ("半个月", None),
        ("15.5", None),
        ("-15", None),
        ("1500", None),
        ("", None),
    ],
)
def test_days_are_a_number_with_or_without_its_unit(words: str, days: int | None) -> None:
    assert days_in(words) == days


def test_options_stand_one_a_line_each_once_and_without_their_numbers() -> None:
    assert options_in("1. 电梯\n2、大门\n\n 3） 绿化 \n电梯") == ("电梯", "大门", "绿化")
    assert options_in("2026年的方案\n旧方案") == ("2026年的方案", "旧方案")


def test_options_are_never_cut_off_but_asked_for_again() -> None:
    assert are_options(())
    assert are_options(("电梯", "大门"))
    assert not are_options(("电梯",))
    assert not are_options(tuple(map(str, range(11))))
    assert not are_options(("电梯", "长" * (LONGEST_OPTION + 1)))


# --- what law and agreement fill in


def put(place: str, picks: Picked, scope: str = "unit:3-2", **procedure: object) -> Question:
    settled = replace(VOTING.procedure, **procedure)  # type: ignore[arg-type]
    voting = replace(VOTING, place=place, procedure=settled)
    return drafted(picks, Scope.parse(scope), "加装电梯", "是否同意？", voting, TODAY, "zh")


def test_a_lift_of_the_stair_is_put_under_the_rules_of_the_country() -> None:
    lift = put("default", picked("lift", "stair"))

    assert [(part.rule, str(part.scope)) for part in lift.parts] == [("OWNER_SPECIAL", "unit:3-2")]
    assert (lift.notice_days, lift.window_days, lift.shown_days) == (15, 7, 15)
    assert lift.mode is Mode.NAMED and lift.effect == "advisory" and lift.basis == ""
    assert lift.parking == "does_not_count" and lift.silence == "none"
    assert lift.outcome == "works" and lift.options == ()


def test_common_land_makes_it_two_decisions() -> None:
    lift = put("default", picked("lift", "stair", "estate"))

    assert [(part.rule, str(part.scope)) for part in lift.parts] == [
        ("OWNER_SPECIAL", "unit:3-2"),
        ("OWNER_ORDINARY", "community"),
    ]
    assert str(lift.scope) == "community"  # whose groups are told


DEFAULTS = [
    ("hangzhou", {"notice_days": 15, "window_days": 7, "silence": "none"}),
    ("chengdu", {"shown_days": 30, "silence": "receipt_abstain", "silence_agreed": True}),
    ("meishan", {"shown_days": 7, "basis": "眉山市物业管理条例（2024）"}),
    ("bj", {"basis": "", "effect": "advisory"}),
    ("wuhan", {"change_limit": 1}),
    ("weifang", {"proxy_cap": 3}),
]


@pytest.mark.parametrize(("place", "expected"), DEFAULTS)
def test_each_place_has_its_own_terms(place: str, expected: dict[str, object]) -> None:
    question = put(place, picked("property", "hire"), "community")

    assert {name: getattr(question, name) for name in expected} == expected


@pytest.mark.parametrize("way", ["DELEGATE_MEETING", "HOUSEHOLD_MEETING", "RESIDENT_MEETING"])
@pytest.mark.parametrize("place", ["meishan", "wuhan", "chengdu", "bj", "hangzhou"])
def test_a_citys_law_about_owners_touches_no_vote_of_residents(place: str, way: str) -> None:
    """居委会法 2025 Art. 34: at least 15 days on show; 眉山 has 7 for its owners."""
    question = put(place, picked("shared_income", "residents", rule=way), "community")

    assert (question.shown_days, question.change_limit) == (15, None)
    assert (question.place, question.basis, question.silence) == ("default", "", "none")


def test_the_window_is_never_shorter_or_longer_than_the_law_has_it() -> None:
    for least, most, days in ((10, 60, 10), (None, 5, 5), (None, None, 7)):
        strict = [replace(p, window_min_days=least, window_max_days=most) for p in VOTING.places]
        voting = replace(VOTING, places=tuple(strict))
        question = drafted(picked("property", "hire"), Scope("community"), "续聘", "同意吗？",
                           voting, TODAY, "zh")  # fmt: skip
        assert question.window_days == days


def test_what_owners_agreed_on_touches_no_vote_of_residents() -> None:
    agreed = {"silence": Silence.FOLLOW_MAJORITY, "silence_basis": "议事规则第12条",
              "invalid_counts": True}  # fmt: skip
    owners = put("default", picked("covenant", "owners"), "community", **agreed)
    residents = put("default", picked("covenant", "residents"), "community", **agreed)

    assert (owners.silence, owners.invalid_counts) == ("follow_majority", True)
    assert (residents.silence, residents.invalid_counts) == ("none", False)
    assert residents.parking == "" and residents.mode is Mode.PSEUDONYMOUS
    assert residents.notice_days == 10  # 居委会法 Art. 26


def test_nobody_has_said_whether_bays_count() -> None:
    assert put("default", picked("lift", "stair"), parking=None).parking == ""
    assert Procedure().parking is None


def test_owners_votes_are_never_secret_and_by_name_where_the_law_says_so() -> None:
    named, free = VOTING.rules_on(TODAY), replace(VOTING.rules_on(TODAY), named=False)

    assert modes("OWNER_SPECIAL", named) == (Mode.NAMED,)
    assert modes("OWNER_SPECIAL", free) == (Mode.NAMED, Mode.PSEUDONYMOUS)
    assert modes("RESIDENT_MEETING", named) == tuple(Mode)
