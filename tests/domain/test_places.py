"""Places: the table of the handbook row by row, their dates, and what a vote can be worth."""

from datetime import date

import pytest

from domain.conversation import Names
from domain.kinds import STRICTNESS
from domain.places import (
    DEFAULT,
    PLACES,
    Channel,
    EffectRefusal,
    LegalEffect,
    Paper,
    Place,
    effects,
    in_force,
    shipped,
    why_not,
)
from domain.voting import Silence

TODAY = date(2026, 11, 25)
CITY, FREE = Channel.CITY_SYSTEM, Channel.ALLOWED
RECEIPT, NONE = Silence.RECEIPT_ABSTAIN, Silence.NONE
BINDING, ADVISORY, REHEARSAL = LegalEffect


def place(code: str, on: date = TODAY) -> Place:
    return in_force(PLACES, code, on)


# handbook, voting 1.3: channel, name on the ballot, silence, days of notice, until published, shown
ROWS = [
    ("default", FREE, True, NONE, 15, None, 15),
    ("bj", CITY, False, NONE, 15, 3, 15),
    ("weifang", CITY, False, NONE, 15, None, 15),
    ("qingyuan", CITY, False, NONE, 15, 7, 15),
    ("sichuan", CITY, False, RECEIPT, 15, 3, 30),
    ("chengdu", FREE, False, RECEIPT, 15, 3, 30),
    ("dazhou", CITY, True, RECEIPT, 15, 3, 30),
    ("lishui", FREE, True, NONE, 15, None, 15),
    ("meishan", FREE, True, NONE, 15, None, 7),
    ("hangzhou", FREE, False, NONE, 15, None, 15),
    ("wuhan", FREE, True, NONE, 15, None, 15),
]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_place_has_the_rules_of_its_law(
    row: tuple[str, Channel, bool, Silence, int, int | None, int],
) -> None:
    found = place(row[0])

    assert row[1:] == (
        found.channel,
        found.named,
        found.silence,
        found.notice(),
        found.publish_within_days,
        found.shown_days,
    )


def test_the_rows_are_all_there_are_and_each_names_its_law() -> None:
    assert [p.code for p in PLACES] == [row[0] for row in ROWS]
    assert [p.code for p in PLACES if not p.source] == []
    assert {p.paper for p in PLACES} == {Paper.PAPER_WINS}


def test_what_only_one_place_has() -> None:
    hangzhou = place("hangzhou")

    assert hangzhou.notice(temporary=True) == 7
    assert (hangzhou.window_min_days, hangzhou.window_max_days) == (5, 60)
    assert {p.code: p.change_limit for p in PLACES if p.change_limit is not None} == {"wuhan": 1}
    assert {p.code: p.proxy_cap for p in PLACES if p.proxy_cap is not None} == {"weifang": 3}
    assert [p.code for p in PLACES if p.chat_law] == ["lishui", "meishan"]


def test_where_no_law_says_otherwise_a_temporary_meeting_has_as_much_notice() -> None:
    assert place("bj").notice(temporary=True) == 15


def test_places_are_named_in_every_language() -> None:
    named = shipped(lambda key: Names({"zh": key}))

    assert [p.name for p in named] == [Names({"zh": f"places.{p.code}"}) for p in PLACES]


# --- dates

OLD = Place("linhai", date(2024, 1, 1), "第一版", notice_days=7)
NEW = Place("linhai", date(2026, 5, 1), "第二版", notice_days=20)
VERSIONS = (NEW, OLD, *PLACES)

DATES = [
    (date(2026, 5, 1), "第二版"),
    (date(2030, 1, 1), "第二版"),
    (date(2026, 4, 30), "第一版"),
    (date(2024, 1, 1), "第一版"),
    (date(2023, 12, 31), place(DEFAULT).source),  # nothing of its own yet
]


@pytest.mark.parametrize(("on", "source"), DATES)
def test_the_version_in_force_on_a_day_holds(on: date, source: str) -> None:
    assert in_force(VERSIONS, "linhai", on).source == source


def test_sichuan_had_the_countrys_rules_until_its_own_came_into_force() -> None:
    assert place("sichuan", date(2022, 4, 30)).code == DEFAULT
    assert place("sichuan", date(2022, 5, 1)).code == "sichuan"


def test_before_the_civil_code_there_are_no_rules() -> None:
    with pytest.raises(LookupError):
        place("bj", date(2020, 12, 31))


# --- what a vote can be worth

AGREED = "业主大会议事规则第9条"
BINDING_ROWS = [
    ("default", "OWNER_SPECIAL", "", EffectRefusal.NO_BASIS),
    ("default", "OWNER_SPECIAL", "  ", EffectRefusal.NO_BASIS),
    ("default", "OWNER_SPECIAL", AGREED, None),
    ("default", "HOUSEHOLD_MEETING", "", EffectRefusal.NO_BASIS),
    ("default", "HOUSEHOLD_MEETING", "居民自治章程第8条", None),
    ("default", "CONSULT", AGREED, EffectRefusal.OPINION),
    ("bj", "OWNER_ORDINARY", AGREED, EffectRefusal.CITY_SYSTEM),
    ("bj", "LIFT", AGREED, EffectRefusal.CITY_SYSTEM),
    ("bj", "RESIDENT_MEETING", "居民自治章程第8条", None),  # the owners' law is not theirs
    ("weifang", "OWNER_ORDINARY", AGREED, EffectRefusal.CITY_SYSTEM),
    ("qingyuan", "OWNER_ORDINARY", AGREED, EffectRefusal.CITY_SYSTEM),
    ("sichuan", "OWNER_ORDINARY", AGREED, EffectRefusal.CITY_SYSTEM),
    ("chengdu", "OWNER_ORDINARY", AGREED, None),
    ("lishui", "LIFT", "丽水市物业管理条例第12条", None),
    ("lishui", "LIFT", "", EffectRefusal.NO_BASIS),  # a person has to say so
]


@pytest.mark.parametrize(("code", "rule", "basis", "refusal"), BINDING_ROWS)
def test_a_vote_binds_only_where_a_law_or_agreement_names_the_chat(
    code: str, rule: str, basis: str, refusal: EffectRefusal | None
) -> None:
    possible = effects(rule, place(code), basis)

    assert why_not(BINDING, rule, place(code), basis) is refusal
    assert possible == ((ADVISORY, REHEARSAL) if refusal else (BINDING, ADVISORY, REHEARSAL))


@pytest.mark.parametrize("rule", STRICTNESS)
@pytest.mark.parametrize("code", [p.code for p in PLACES])
def test_everything_may_be_asked_for_advice_and_rehearsed_everywhere(code: str, rule: str) -> None:
    assert {ADVISORY, REHEARSAL} <= set(effects(rule, place(code), ""))
