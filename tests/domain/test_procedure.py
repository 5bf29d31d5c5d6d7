"""What a community has settled: where law and agreement meet, and how it is said on a card."""

from dataclasses import replace
from datetime import date

import pytest

from bot.config_voting import voting
from bot.settings_voting import VotingPart
from domain.calendar import Budget
from domain.conversation import Phrase
from domain.kinds import CONSULT, LIFT
from domain.matters import BY_THEMSELVES, ENDED, State
from domain.places import LegalEffect, Paper, Place
from domain.procedure import STAGES, Parking, Procedure
from domain.question import Mode
from domain.terms import changes, honest, paper, parking, report, silent, spoiled, worth
from domain.voting import Silence, Unit

VOTING = voting(VotingPart())
TODAY = date(2026, 11, 25)
NONE, RECEIPT, MAJORITY = Silence
WORKING_DAYS = Budget(3, "day", working=True)


def place(code: str) -> Place:
    return replace(VOTING, place=code).rules_on(TODAY)


def test_a_community_that_says_nothing_has_the_rules_of_the_country() -> None:
    assert VOTING.rules_on(TODAY).code == "default"
    assert VOTING.procedure == Procedure()
    assert VOTING.procedure.parking is None
    assert [kind.code for kind in VOTING.kinds] == [
        "renovation",
        "public_space",
        "lift",
        "parking",
        "property",
        "repair_fund",
        "shared_income",
        "covenant",
        "appraisal",
        "satisfaction",
    ]


def test_a_kind_that_is_gone_is_none() -> None:
    assert VOTING.kind("lift") is VOTING.kinds[2]
    assert VOTING.kind("gone") is None


def test_every_stage_that_people_end_has_a_deadline() -> None:
    assert set(STAGES) == set(State) - ENDED - BY_THEMSELVES


SILENCE = [
    ("default", NONE, "", "OWNER_SPECIAL", (NONE, False)),
    ("default", MAJORITY, "议事规则第12条", "OWNER_SPECIAL", (MAJORITY, True)),
    ("default", MAJORITY, "", "OWNER_SPECIAL", (MAJORITY, False)),
    ("default", MAJORITY, "议事规则第12条", "HOUSEHOLD_MEETING", (NONE, False)),
    ("default", MAJORITY, "议事规则第12条", CONSULT, (NONE, False)),
    ("sichuan", NONE, "", LIFT, (RECEIPT, True)),
    ("sichuan", MAJORITY, "议事规则第12条", "OWNER_SPECIAL", (RECEIPT, True)),  # the law goes first
    ("sichuan", NONE, "", "RESIDENT_MEETING", (NONE, False)),
]


@pytest.mark.parametrize(("code", "mode", "basis", "rule", "expected"), SILENCE)
def test_silence_means_what_the_law_or_the_owners_say(
    code: str, mode: Silence, basis: str, rule: str, expected: tuple[Silence, bool]
) -> None:
    agreed = replace(VOTING, procedure=Procedure(silence=mode, silence_basis=basis))

    assert agreed.silence(rule, place(code)) == expected


CAPS = [
    ("default", None, None),
    ("default", 2, 2),
    ("default", 0, 0),
    ("weifang", None, 3),
    ("weifang", 2, 2),
    ("weifang", 5, 3),
]


@pytest.mark.parametrize(("code", "agreed", "cap"), CAPS)
def test_the_smaller_cap_on_proxies_holds(code: str, agreed: int | None, cap: int | None) -> None:
    voting = replace(VOTING, procedure=Procedure(proxy_cap=agreed))

    assert voting.proxy_cap(place(code)) == cap


NOTICE = [
    ("default", "lift", LIFT, False, 15),
    ("default", "parking", "OWNER_ORDINARY", False, 15),
    ("hangzhou", "parking", "OWNER_ORDINARY", True, 7),
    ("hangzhou", "lift", LIFT, True, 15),  # the plan of a lift is shown for as long anyway
    ("default", "covenant", "RESIDENT_MEETING", False, 10),
    ("default", "covenant", "DELEGATE_MEETING", True, 10),
    ("default", "renovation", CONSULT, False, 0),
]


@pytest.mark.parametrize(("code", "kind", "rule", "temporary", "days"), NOTICE)
def test_notice_is_as_long_as_the_law_of_this_body_says(
    code: str, kind: str, rule: str, temporary: bool, days: int
) -> None:
    found = VOTING.kind(kind)

    assert found is not None
    assert VOTING.notice_days(found, rule, place(code), temporary=temporary) == days


def test_a_kind_may_ask_for_more_notice_and_never_for_less() -> None:
    longer, shorter = (replace(VOTING.kinds[0], notice_days=days) for days in (20, 3))

    assert VOTING.notice_days(longer, "OWNER_SPECIAL", place("default")) == 20
    assert VOTING.notice_days(shorter, "OWNER_SPECIAL", place("default")) == 15


def test_the_result_is_published_by_our_own_deadline_and_by_the_laws() -> None:
    assert VOTING.publication(place("default")) == (WORKING_DAYS,)
    assert VOTING.publication(place("bj")) == (WORKING_DAYS, Budget(3, "day"))


def test_a_law_that_names_chats_is_a_basis_and_so_is_the_owners_agreement() -> None:
    agreed = replace(VOTING, procedure=Procedure(channel_named="议事规则第9条"))

    assert VOTING.basis(place("default")) == ""
    assert VOTING.basis(place("lishui")) == "丽水市物业管理条例第12条"
    assert agreed.basis(place("default")) == "议事规则第9条"


# --- what a card says

BINDING, ADVISORY, REHEARSAL = LegalEffect
WORTH = [
    (BINDING, Unit.OWNER, "default", "voting.effect.binding"),
    (ADVISORY, Unit.OWNER, "default", "voting.effect.advisory"),
    (ADVISORY, Unit.OWNER, "bj", "voting.effect.advisory_city_system"),
    (ADVISORY, Unit.HOUSEHOLD, "bj", "voting.effect.advisory"),
    (REHEARSAL, Unit.OWNER, "bj", "voting.effect.rehearsal"),
]


@pytest.mark.parametrize(("effect", "unit", "code", "key"), WORTH)
def test_a_card_says_what_the_vote_is_worth(
    effect: LegalEffect, unit: Unit, code: str, key: str
) -> None:
    assert worth(effect, unit, place(code), "依据").key == key


def test_a_card_says_the_terms_it_is_held_under() -> None:
    assert silent(MAJORITY) == Phrase("voting.silence.follow_majority")
    assert changes(None) == Phrase("voting.changes")
    assert changes(1) == Phrase("voting.changes_limited", {"count": 1})
    assert paper(Paper.LAST_WINS) == Phrase("voting.paper.last_wins")
    assert (spoiled(True).key, spoiled(False).key) == (
        "voting.spoiled_counts",
        "voting.spoiled_left_out",
    )
    assert parking(Parking.COUNTS) == Phrase("voting.parking.counts")
    assert report(VOTING.kinds[2].outcome) == Phrase("voting.outcome.works")


def test_a_card_never_promises_what_a_chat_cannot_keep() -> None:
    assert honest(Mode.NAMED) == (Phrase("voting.honest.named"), Phrase("voting.honest_home"))
    assert honest(Mode.DETACHED) == (Phrase("voting.honest.detached"),)
