"""Kinds of matters: the table of the handbook row by row, and what is never put to the vote."""

from itertools import combinations, pairwise

import pytest

from domain.conversation import Names
from domain.kinds import (
    CONSULT,
    LIFT,
    STRICTNESS,
    TABLE,
    Kind,
    KindRefusal,
    Outcome,
    mode_of,
    parts_of,
    propose,
    refused,
    roll_of,
    shipped,
    stricter,
)
from domain.question import Mode, Scope
from domain.voting import RULES, Share, Unit

KINDS = {kind.code: kind for kind in shipped(lambda key: Names({"zh": key}))}
STAIR, ESTATE = Scope("unit", "3-2"), Scope("community")


def kind(code: str) -> Kind:
    return KINDS[code]


# handbook, voting 1.7: kind, what is so of it, the rule, whom the roll lists
ROWS = [
    ("renovation", "wishes", "CONSULT", Unit.HOUSEHOLD),
    ("renovation", "rebuild", "OWNER_SPECIAL", Unit.OWNER),
    ("renovation", "raise", "OWNER_SPECIAL", Unit.OWNER),
    ("renovation", "spend", "OWNER_ORDINARY", Unit.OWNER),
    ("public_space", "timetable", "RESIDENT_MEETING", Unit.RESIDENT),
    ("public_space", "change_use", "OWNER_SPECIAL", Unit.OWNER),
    ("lift", "stair", "LIFT", Unit.OWNER),
    ("lift", "estate", "LIFT", Unit.OWNER),
    ("parking", "change_use", "OWNER_SPECIAL", Unit.OWNER),
    ("parking", "manage", "OWNER_ORDINARY", Unit.OWNER),
    ("parking", "biometric", "OWNER_ORDINARY", Unit.OWNER),
    ("property", "hire", "OWNER_ORDINARY", Unit.OWNER),
    ("property", "dismiss", "OWNER_ORDINARY", Unit.OWNER),
    ("property", "fee", "OWNER_ORDINARY", Unit.OWNER),
    ("repair_fund", "use", "OWNER_ORDINARY", Unit.OWNER),
    ("repair_fund", "raise", "OWNER_SPECIAL", Unit.OWNER),
    ("shared_income", "owners", "OWNER_ORDINARY", Unit.OWNER),
    ("shared_income", "residents", "RESIDENT_MEETING", Unit.RESIDENT),
    ("covenant", "owners", "OWNER_ORDINARY", Unit.OWNER),
    ("covenant", "residents", "RESIDENT_MEETING", Unit.RESIDENT),
]


@pytest.mark.parametrize(("code", "alternative", "rule", "unit"), ROWS)
def test_what_is_so_of_a_matter_decides_the_rule_and_the_roll(
    code: str, alternative: str, rule: str, unit: Unit
) -> None:
    proposal = propose(kind(code), {alternative})

    assert proposal is not None
    assert (proposal.rule, roll_of(proposal.rule)) == (rule, unit)
    assert proposal.question == Names({"zh": f"kinds.{code}.{alternative}.question"})


def test_the_rows_are_all_there_are() -> None:
    assert {(code, line[0]) for code, lines in TABLE.items() for line in lines} == {
        (code, alternative) for code, alternative, _, _ in ROWS
    }


SEVERAL = [
    ("renovation", {"wishes", "spend"}, "OWNER_ORDINARY", "spend"),
    ("renovation", {"spend", "raise"}, "OWNER_SPECIAL", "raise"),
    ("renovation", {"rebuild", "raise", "spend"}, "OWNER_SPECIAL", "rebuild"),
    ("public_space", {"timetable", "change_use"}, "OWNER_SPECIAL", "change_use"),
    ("shared_income", {"owners", "residents"}, "OWNER_ORDINARY", "owners"),
    ("lift", {"stair", "estate"}, "LIFT", "estate"),
]


@pytest.mark.parametrize(("code", "picked", "rule", "asked"), SEVERAL)
def test_of_several_the_strictest_is_proposed_and_asked(
    code: str, picked: set[str], rule: str, asked: str
) -> None:
    proposal = propose(kind(code), picked)

    assert proposal is not None
    assert proposal.rule == rule
    assert proposal.question == Names({"zh": f"kinds.{code}.{asked}.question"})


@pytest.mark.parametrize("picked", [set(), {"nothing of ours"}])
def test_nothing_picked_is_nothing_proposed(picked: set[str]) -> None:
    assert propose(kind("lift"), picked) is None


def test_residents_may_decide_through_other_bodies_too() -> None:
    covenant = propose(kind("covenant"), {"residents"})
    owners = propose(kind("covenant"), {"owners"})

    assert covenant is not None
    assert covenant.others == ("DELEGATE_MEETING", "HOUSEHOLD_MEETING")
    assert owners is not None
    assert owners.others == ()


def test_wishes_end_in_an_opinion_and_a_decision_in_what_was_decided() -> None:
    wishes, works = (propose(kind("renovation"), {code}) for code in ("wishes", "rebuild"))

    assert wishes is not None and wishes.outcome is Outcome.OPINION
    assert works is not None and works.outcome is Outcome.WORKS


def test_every_law_that_applies_is_named() -> None:
    proposal = propose(kind("renovation"), {"raise", "spend"})

    assert proposal is not None
    assert proposal.basis == ("民法典第278条第1款第6项", "民法典第278条第1款第5项")


def test_a_lift_is_decided_by_the_stair_and_by_the_estate_where_its_land_is_used() -> None:
    stair = [(part.rule, part.scope) for part in parts_of(LIFT, STAIR)]
    both = [(part.rule, part.scope) for part in parts_of(LIFT, STAIR, common_land=True)]

    assert stair == [("OWNER_SPECIAL", STAIR)]
    assert both == [("OWNER_SPECIAL", STAIR), ("OWNER_ORDINARY", ESTATE)]


def test_every_other_rule_is_one_test() -> None:
    rules = [rule for rule in STRICTNESS if rule != LIFT]

    assert [[p.rule for p in parts_of(rule, ESTATE)] for rule in rules] == [[r] for r in rules]


MODES = [
    ("OWNER_SPECIAL", Mode.NAMED),
    (LIFT, Mode.NAMED),
    ("DELEGATE_MEETING", Mode.NAMED),
    ("RESIDENT_MEETING", Mode.PSEUDONYMOUS),
    ("HOUSEHOLD_MEETING", Mode.PSEUDONYMOUS),
    (CONSULT, Mode.PSEUDONYMOUS),
]


@pytest.mark.parametrize(("rule", "mode"), MODES)
def test_owners_and_delegates_vote_by_name(rule: str, mode: Mode) -> None:
    assert mode_of(rule) is mode


# --- which of two is stricter


def hardness(rule: str) -> tuple[bool, int, bool, int]:
    """Areas before shares; the share that has to agree before the share that has to come."""
    found = RULES[rule]

    def of(share: Share) -> int:
        return share.need(12)

    return found.by_area, of(found.approval), found.approval.strict, of(found.quorum)


def test_the_order_of_strictness_is_that_of_the_rules() -> None:
    counted = [rule for rule in STRICTNESS if rule in RULES]

    assert all(hardness(easier) <= hardness(harder) for easier, harder in pairwise(counted))
    assert STRICTNESS[0] == CONSULT
    assert set(counted) == {name for name, rule in RULES.items() if rule.opens}


@pytest.mark.parametrize(("one", "other"), list(combinations(STRICTNESS, 2)))
def test_of_two_rules_the_later_is_the_stricter(one: str, other: str) -> None:
    assert stricter([one, other]) == stricter([other, one]) == other


def test_a_rule_that_may_only_be_recounted_is_never_proposed() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        stricter(["OWNER_ORDINARY", "COMMITTEE_ELECTION_DELEGATE"])


# --- elections of the residents' committee

ELECTIONS = [
    "居委会换届",
    "选举居委会主任",
    "罢免",
    "罢免居委会成员",
    "居委会任期届满，现进行换届选举",
    "居民委员会将于下个月进行换届选举",
    "选举产生新一届社区居民委员会成员",
    "补选居委会委员",
    "请大家选出新一届居委会",
    "居委主任选举",
    "选举新主任",
    "村委会选举",
    "换届",
    "Elect the residents' committee",
    "Re-election of the neighbourhood committee",
    "Recall the residents’ committee chair",
    "Shall we vote out the neighborhood committee?",
]


@pytest.mark.parametrize("text", ELECTIONS)
def test_elections_of_the_residents_committee_are_refused(text: str) -> None:
    assert refused(text) is KindRefusal.ELECTION


OTHERS = [
    "",
    "3号楼2单元加装电梯",
    "业委会换届选举",
    "重新选举业主委员会",
    "罢免业委会主任",
    "更换业主委员会成员",
    "居委会组织业委会换届选举",
    "居委会建议选聘新的物业公司",
    "居委会监督，选举楼长",
    "社区居委会请大家推选优秀志愿者",
    "选出最美楼道",
    "Election of the owners' committee",
    "Electric charging beside the residents' committee's office",
    "Remove the flower bed beside the residents' committee",
]


@pytest.mark.parametrize("text", OTHERS)
def test_everything_else_may_be_asked(text: str) -> None:
    assert refused(text) is None
