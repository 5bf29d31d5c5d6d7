"""The rules of decision: thresholds to the unit, silence, consents, and what must never happen."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.counting import Ballot
from domain.voting import (
    OVER_HALF,
    OVER_TWO_THIRDS,
    RULES,
    THREE_QUARTERS,
    TWO_THIRDS,
    Answer,
    Check,
    Result,
    Share,
    Silence,
    Sum,
    Tally,
    Terms,
    combine,
    decide,
    decide_all,
    leading,
    lift,
)
from tests.domain.votes import AGREED, FLAT, Vote, equal, minute, recounted, votes

QUORUM = "quorum_number quorum_area"
APPROVAL = "approval_number approval_area"
RECEIPT = Terms(Silence.RECEIPT_ABSTAIN)


@pytest.mark.parametrize(
    ("rule", "tally", "failed"),
    [
        ("OWNER_ORDINARY", equal(9, yes=4, no=2), ""),  # exactly two thirds take part
        ("OWNER_ORDINARY", equal(9, yes=5), QUORUM),
        ("OWNER_ORDINARY", equal(9, yes=3, no=3), APPROVAL),  # exactly half
        ("OWNER_SPECIAL", equal(12, yes=6, no=2), ""),  # exactly three quarters
        ("OWNER_SPECIAL", equal(12, yes=5, no=3), APPROVAL),
        ("OWNER_ORDINARY", equal(10, yes=5, no=1, abstain=4), APPROVAL),
        ("OWNER_ORDINARY", equal(9), f"{QUORUM} {APPROVAL}"),
        ("OWNER_SPECIAL", equal(0), f"{QUORUM} {APPROVAL}"),  # nothing of nothing
        ("OWNER_UNANIMOUS", equal(3, yes=3), ""),
        ("OWNER_UNANIMOUS", equal(9, yes=8, abstain=1), APPROVAL),
        ("OWNER_UNANIMOUS", equal(3, yes=2), QUORUM),
        ("RESIDENT_MEETING", equal(1000, yes=500), "quorum_number"),  # exactly half
        ("RESIDENT_MEETING", equal(1000, yes=251, no=250), ""),
        ("RESIDENT_MEETING", equal(1000, yes=250, no=249, abstain=2), "approval_number"),
        ("HOUSEHOLD_MEETING", equal(300, yes=76, no=75), ""),
        ("DELEGATE_MEETING", equal(60, yes=21, no=19), ""),
        ("DELEGATE_MEETING", equal(60, yes=20, no=20), "approval_number"),
        ("COMMITTEE_ELECTION_DELEGATE", equal(60, yes=40), "quorum_number"),  # not MORE than 2/3
        ("COMMITTEE_ELECTION_DELEGATE", equal(60, yes=41), ""),
        ("COMMITTEE_ELECTION_RESIDENT", equal(100, yes=26, no=25), ""),
        ("COMMITTEE_ELECTION_HOUSEHOLD", equal(100, yes=26, no=25), ""),
        ("VILLAGE_MEETING_RESIDENT", equal(300, yes=150), "quorum_number"),
        ("VILLAGE_MEETING_RESIDENT", equal(300, yes=76, no=75), ""),
        ("VILLAGE_MEETING_HOUSEHOLD", equal(300, yes=101, no=99), ""),
        ("VILLAGE_MEETING_HOUSEHOLD", equal(300, yes=199), "quorum_number"),
        ("VILLAGE_DELEGATES", equal(60, yes=39), "quorum_number"),
    ],
)
def test_every_threshold_is_kept_to_the_unit(rule: str, tally: Tally, failed: str):
    assert decide(RULES[rule], tally).failed == tuple(Check(name) for name in failed.split())


def test_number_and_area_must_both_hold():
    small, big = Sum(8, 64_000), Sum(1, 60_000)
    everybody = small + big
    silent, against = Tally(everybody, yes=small), Tally(everybody, yes=small, no=big)

    assert decide(RULES["OWNER_ORDINARY"], silent).failed == (Check.QUORUM_AREA,)
    assert decide(RULES["OWNER_ORDINARY"], against).result is Result.PASSED  # a no made it pass
    assert decide(RULES["OWNER_SPECIAL"], against).failed == (Check.APPROVAL_AREA,)


def test_a_hundredth_of_a_square_metre_decides():
    everybody = Sum(3, 30_003)
    exact, less = (Tally(everybody, yes=Sum(2, area)) for area in (20_002, 20_001))

    assert decide(RULES["OWNER_ORDINARY"], exact).result is Result.PASSED
    short = decide(RULES["OWNER_ORDINARY"], less)
    assert (short.result, short.short_of) == (Result.NO_QUORUM, {Check.QUORUM_AREA: 1})
    assert short.measured[Check.QUORUM_AREA].percent == "66.66"


def test_what_is_missing_is_told_for_each_failing_check():
    decision = decide(RULES["OWNER_SPECIAL"], equal(12, yes=5, no=2), consents=[True, False])

    assert decision.short_of == {
        Check.QUORUM_NUMBER: 1,
        Check.QUORUM_AREA: FLAT,
        Check.APPROVAL_NUMBER: 1,  # of the seven who took part
        Check.APPROVAL_AREA: FLAT // 4,
        Check.CONSENT: 1,
    }


def test_of_nothing_at_least_one_is_missing():
    assert set(decide(RULES["OWNER_SPECIAL"], equal(0)).short_of.values()) == {1}


@pytest.mark.parametrize(
    ("terms", "tally", "result", "taking_part"),
    [
        (Terms(), equal(100, yes=45, no=5, silent=30), Result.NO_QUORUM, 50),
        (AGREED, equal(100, yes=45, no=5, silent=30), Result.PASSED, 80),
        (AGREED, equal(100, yes=5, no=45, silent=30), Result.REJECTED, 80),
        (AGREED, equal(100, yes=5, no=5, abstain=40, silent=30), Result.REJECTED, 80),
        (AGREED, equal(100, yes=25, no=25, silent=30), Result.NO_QUORUM, 50),  # a tie
        (AGREED, equal(100, yes=20, no=19, abstain=11, silent=30), Result.NO_QUORUM, 50),
        (AGREED, equal(100, silent=80), Result.NO_QUORUM, 0),  # nobody to follow
        (replace(AGREED, silence_agreed=False), equal(9, yes=5, silent=4), Result.NO_QUORUM, 5),
        (replace(AGREED, invalid_counts=True), equal(9, yes=3, spoiled=3, silent=3), "rejected", 6),
        (AGREED, equal(9, yes=3, spoiled=3, silent=3), Result.PASSED, 6),
        (RECEIPT, equal(100, yes=36, no=4, silent=30), Result.PASSED, 70),
        (RECEIPT, equal(100, yes=35, no=5, silent=30), Result.REJECTED, 70),
        (Terms(), equal(9, yes=5, spoiled=2), Result.NO_QUORUM, 5),
        (Terms(invalid_counts=True), equal(9, yes=5, spoiled=2), Result.PASSED, 7),
    ],
)
def test_silence_and_spoiled_ballots_count_as_agreed(
    terms: Terms, tally: Tally, result: str, taking_part: int
):
    decision = decide(RULES["OWNER_ORDINARY"], tally, terms)

    assert (decision.result, decision.taking_part.number) == (result, taking_part)


def test_the_silent_follow_nobody_where_number_and_area_differ():
    tally = Tally(Sum(9, 140_000), yes=Sum(3, 15_000), no=Sum(1, 100_000), silent=Sum(5, 25_000))

    by_area = decide(RULES["OWNER_ORDINARY"], tally, AGREED)
    by_heads = decide(RULES["HOUSEHOLD_MEETING"], tally, AGREED)

    assert (by_area.tally.yes.number, by_area.taking_part.number) == (3, 4)
    assert (by_heads.tally.yes.number, by_heads.taking_part.number) == (8, 9)


def test_one_consent_withheld_rejects_whatever_the_count():
    decision = decide(RULES["OWNER_SPECIAL"], equal(3, yes=3), consents=[True, False])

    assert (decision.result, decision.failed) == (Result.REJECTED, (Check.CONSENT,))


def test_a_rule_that_counts_heads_measures_no_area():
    measured = decide(RULES["HOUSEHOLD_MEETING"], equal(9, yes=5)).measured

    assert list(measured) == [Check.QUORUM_NUMBER, Check.APPROVAL_NUMBER]


def test_elections_may_be_counted_again_and_never_opened():
    assert {r.name for r in RULES.values() if not r.opens} == {
        "COMMITTEE_ELECTION_RESIDENT",
        "COMMITTEE_ELECTION_HOUSEHOLD",
        "COMMITTEE_ELECTION_DELEGATE",
    }


# --- a lift: the building by the special rule, the estate by the ordinary one

BUILDING = equal(12, yes=7, no=1)


@pytest.mark.parametrize(
    ("building", "estate", "consents", "result"),
    [
        (BUILDING, None, (), Result.PASSED),
        (BUILDING, equal(300, yes=150, no=20), (), Result.NO_QUORUM),
        (BUILDING, equal(300, yes=101, no=99), (), Result.PASSED),
        (BUILDING, equal(300, yes=100, no=100), (), Result.REJECTED),
        (equal(12, yes=5, no=3), equal(300, yes=150, no=50), (), Result.REJECTED),
        (equal(12, yes=5, no=3), equal(300, yes=150), (), Result.NO_QUORUM),
        (BUILDING, equal(300, yes=150, no=50), (True, False), Result.REJECTED),
        (BUILDING, equal(300, yes=150, no=50), (True, True), Result.PASSED),
    ],
)
def test_a_lift_needs_its_building_and_the_estate_whose_land_it_takes(
    building: Tally, estate: Tally | None, consents: tuple[bool, ...], result: Result
):
    tallies = [building, estate] if estate else [building]
    rules = lift(common_land=estate is not None)

    decisions = decide_all(zip(rules, tallies, strict=True), consents=consents)

    assert combine(decisions) is result


def test_a_consultation_names_what_most_people_wish_and_nothing_more():
    assert leading([3, 7, 1]) == (1,)
    assert leading([3, 3, 1]) == (0, 1)
    assert leading([0, 0]) == leading([]) == ()


# --- what must hold for every vote


@given(
    st.sampled_from([OVER_HALF, TWO_THIRDS, OVER_TWO_THIRDS, THREE_QUARTERS, Share(1, 1)]),
    st.integers(1, 10**12),
)
def test_need_is_the_smallest_number_that_meets_a_share(share: Share, whole: int):
    needed = share.need(whole)

    assert share.met(needed, whole) and not share.met(needed - 1, whole)


@given(votes())
def test_a_slow_count_with_exact_fractions_agrees(vote: Vote):
    decision = vote.decision

    assert (decision.result, list(decision.failed)) == recounted(vote)


@given(votes(), st.data())
def test_one_more_yes_never_turns_passed_into_anything_else(vote: Vote, data: st.DataObject):
    voter = data.draw(st.sampled_from([*vote.roll, "tenant"]))
    more = replace(vote, ballots=(*vote.ballots, Ballot(voter, Answer.YES, minute(99))))

    assert vote.decision.result is not Result.PASSED or more.decision.result is Result.PASSED


@given(votes(), st.randoms(use_true_random=False))
def test_the_order_of_different_voters_changes_nothing(vote: Vote, chance):
    voters = [*vote.roll, "tenant"]
    chance.shuffle(voters)
    mixed = sorted(vote.ballots, key=lambda ballot: voters.index(ballot.voter))

    assert replace(vote, ballots=tuple(mixed)).decision == vote.decision


@given(votes(), st.integers(1, 1000))
def test_the_unit_of_area_changes_nothing(vote: Vote, times: int):
    larger = replace(vote, roll={voter: area * times for voter, area in vote.roll.items()})

    assert larger.decision.failed == vote.decision.failed


@given(votes())
def test_two_flats_of_one_owner_count_once_with_their_sum(vote: Vote):
    flats = {"a": 8_850, "b": 8_851}
    apart = replace(vote, roll=vote.roll | flats).tally.all
    together = replace(vote, roll=vote.roll | {"a": sum(flats.values())}).tally.all

    assert apart - together == Sum(1, 0)


@given(votes(rules=["OWNER_SPECIAL"]))
def test_what_passes_the_special_rule_passes_the_ordinary_one(vote: Vote):
    ordinary = replace(vote, rule="OWNER_ORDINARY")

    assert vote.decision.result is not Result.PASSED or ordinary.decision.result is Result.PASSED


@given(votes())
def test_silence_never_changes_a_ballot_that_was_cast(vote: Vote):
    cast, counted = vote.tally, vote.decision.tally
    added = [counted.of(answer) - cast.of(answer) for answer in Answer]

    assert counted.spoiled == cast.spoiled and counted.all == cast.all
    assert [each for each in added if each != Sum()] in ([], [cast.silent])


@given(votes())
def test_what_is_short_is_exactly_what_is_missing(vote: Vote):
    for row in vote.decision.measured.values():
        if row.of:
            assert row.share.met(row.has + row.short_of, row.of)
            assert row.met or not row.share.met(row.has + row.short_of - 1, row.of)


@given(votes())
def test_a_share_is_never_shown_larger_than_it_is(vote: Vote):
    for row in vote.decision.measured.values():
        shown = int(row.percent.replace(".", ""))
        assert shown * row.of <= row.has * 10_000 < (shown + 1) * row.of or not row.of
