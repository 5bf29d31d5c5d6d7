"""The part ``voting`` of config.yaml: what is accepted, and what the refusal of the rest says."""

from collections.abc import Callable
from datetime import date, time
from pathlib import Path

import pytest

from bot.config import BadConfig, load
from domain.calendar import Budget
from domain.conversation import Names
from domain.kinds import STRICTNESS, Outcome, propose
from domain.matters import State
from domain.places import Channel
from domain.procedure import STAGES, Parking, Procedure, Voting
from domain.voting import Silence
from tests.test_config import KEY, SHIPPED, SMALL

Read = Callable[[str], Voting]
TODAY = date(2026, 11, 25)


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(lines: str) -> Voting:
        path = tmp_path / "config.yaml"
        path.write_text(SMALL + lines, "utf-8")
        return load(path, KEY).community.voting

    return read


def refusal(read: Read, lines: str) -> list[str]:
    with pytest.raises(BadConfig) as refused:
        read(lines)
    return refused.value.problems


def test_a_configuration_without_this_part_goes_on(read: Read) -> None:
    voting = read("")

    assert voting.rules_on(TODAY).code == "default"
    assert voting.procedure == Procedure()
    assert voting.stages == STAGES
    assert (voting.heads_at, voting.retention_years) == (time(20), 3)
    assert len(voting.kinds) == 10


def test_the_part_that_linli_comes_with_says_what_holds_without_it(read: Read) -> None:
    assert load(SHIPPED, KEY).community.voting == read("")


def test_every_setting_is_read(read: Read) -> None:
    voting = read("""
voting:
  place: sichuan
  rules_of_procedure:
    parking: does_not_count
    invalid_counts: true
    silence: {mode: receipt_abstain, basis: 议事规则第12条}
    channel_named: 议事规则第9条
    proxy_cap: 2
  stages: {counted: 2 working days, objection: 3 days}
  heads_at: "21:30"
  retention_years: 5
""")

    assert voting.rules_on(TODAY).source == "四川省物业管理条例第31、37条"
    assert voting.procedure == Procedure(
        parking=Parking.DOES_NOT_COUNT,
        invalid_counts=True,
        silence=Silence.RECEIPT_ABSTAIN,
        silence_basis="议事规则第12条",
        channel_named="议事规则第9条",
        proxy_cap=2,
    )
    assert voting.stages[State.COUNTED] == Budget(2, "day", working=True)
    assert voting.stages[State.DRAFT] == STAGES[State.DRAFT]
    assert voting.objection == Budget(3, "day")
    assert (voting.heads_at, voting.retention_years) == (time(21, 30), 5)


# --- places


def test_a_place_of_ones_own_begins_on_its_day_as_the_country_has_it(read: Read) -> None:
    voting = read("""
voting:
  place: linhai
  profiles:
    - {code: linhai, name: {zh: 临海市}, valid_from: 2026-01-01, source: 条例第20条, shown_days: 30}
    - {code: linhai, valid_from: 2027-01-01, source: 条例第20条（修订）, channel: city_system}
""")
    before, now, then = map(voting.rules_on, (date(2025, 12, 31), TODAY, date(2027, 1, 1)))

    assert before.code == "default"
    assert (now.name, now.shown_days, now.channel) == (Names({"zh": "临海市"}), 30, Channel.ALLOWED)
    assert (then.name, then.shown_days, then.channel) == (now.name, 30, Channel.CITY_SYSTEM)


def test_a_shipped_place_is_corrected_or_followed_by_a_new_version(read: Read) -> None:
    voting = read("""
voting:
  place: bj
  profiles:
    - {code: bj, source: 条例第35条, notice_days: 20}
    - {code: bj, source: 条例第40条, valid_from: 2027-01-01, publish_within_days: 5}
""")
    now, then = voting.rules_on(TODAY), voting.rules_on(date(2027, 1, 1))

    assert [p.source for p in voting.places if p.code == "bj"] == ["条例第35条", "条例第40条"]
    assert (now.notice_days, now.publish_within_days, now.channel) == (20, 3, Channel.CITY_SYSTEM)
    assert (then.notice_days, then.publish_within_days) == (20, 5)


# --- kinds


def test_a_shipped_kind_is_changed_where_it_says_so(read: Read) -> None:
    shipped = read("").kind("renovation")
    changed = read("\nvoting: {kinds: [{code: renovation, notice_days: 20}]}\n").kind("renovation")

    assert shipped is not None and changed is not None
    assert (shipped.notice_days, changed.notice_days) == (0, 20)
    assert changed.alternatives == shipped.alternatives
    assert changed.name.by_language["zh"] == "老旧小区改造"


def test_a_kind_of_ones_own_stands_behind_those_that_are_shipped(read: Read) -> None:
    voting = read("""
voting:
  kinds:
    - code: garden
      name: {zh: 共建花园}
      outcome: arrangement
      scope: building
      alternatives:
        - code: change_use
          name: {zh: 改变绿地用途}
          question: {zh: 是否同意建花园？}
          rules: [OWNER_SPECIAL]
          basis: 民法典第278条第1款第8项
""")
    garden = voting.kinds[-1]
    proposal = propose(garden, {"change_use"})

    assert len(voting.kinds) == 11
    assert (garden.code, garden.scope) == ("garden", "building")
    assert proposal is not None
    assert (proposal.rule, proposal.outcome) == ("OWNER_SPECIAL", Outcome.ARRANGEMENT)
    assert proposal.question == Names({"zh": "是否同意建花园？"})


# --- what is refused

RULES = ", ".join(STRICTNESS)
NEW_PLACE = "code: linhai, name: {zh: 临海市}, valid_from: 2026-01-01, source: 条例第20条"
ASKED = "name: {zh: 用途}, question: {zh: 同意？}, rules: [CONSULT], basis: 社区意见征集"
NEW_KIND = f"code: garden, name: {{zh: 花园}}, outcome: rules, alternatives: [{{code: a, {ASKED}}}]"

CASES = [
    ("place: shanghai", "voting.place: 'shanghai' is not one of default, bj, weifang"),
    ("place: 3", "voting.place: 3 is not a short word such as lift"),
    ("sites: []", "voting.sites: is not a setting; known here are place, rules_of_procedure"),
    ("rules_of_procedure: {parking: yes}", "parking: True is not one of counts, does_not_count"),
    ("rules_of_procedure: {invalid_counts: 1}", "invalid_counts: 1 should be a valid boolean"),
    ("rules_of_procedure: {proxy_cap: -1}", "proxy_cap: -1 should be greater than or equal to 0"),
    ("rules_of_procedure: {channel_named: 9}", "channel_named: 9 is not the law or agreement, w"),
    ("rules_of_procedure: {silence: {mode: yes}}", "silence.mode: True is not one of none, rece"),
    (
        "rules_of_procedure: {silence: {mode: follow_majority}}",
        "voting.rules_of_procedure.silence.basis: missing; follow_majority needs the article",
    ),
    (
        "place: sichuan, rules_of_procedure: {silence: {mode: follow_majority, basis: 议事规则}}",
        "silence.mode: follow_majority is not possible in sichuan, whose law says receipt_abstain",
    ),
    ("stages: {counted: soon}", "voting.stages.counted: 'soon' is not a duration such as"),
    ("stages: {open: 3 days}", "voting.stages.open: is not a setting; known here are draft"),
    ("heads_at: 20:00", "voting.heads_at: 1200 is not a time in quotes such as '20:00'"),
    ("heads_at: '25:00'", "voting.heads_at: '25:00' is not a time in quotes such as"),
    ("retention_years: 0", "voting.retention_years: 0 should be greater than or equal to 1"),
    ("profiles: [{code: bj}]", "voting.profiles.1.source: missing; it needs the law or agreement"),
    ("profiles: [{code: x, source: 条例第1条}]", "voting.profiles.1.name: missing; a new place"),
    (f"profiles: [{{{NEW_PLACE}}}, {{{NEW_PLACE}}}]", "'linhai' stands twice with this date"),
    (f"profiles: [{{{NEW_PLACE}, channel: web}}]", "channel: 'web' is not one of allowed, city_s"),
    (f"profiles: [{{{NEW_PLACE}, paper: none}}]", "paper: 'none' is not one of paper_wins, last"),
    (f"profiles: [{{{NEW_PLACE}, shown_days: 400}}]", "shown_days: 400 should be less than or eq"),
    (
        f"profiles: [{{{NEW_PLACE}, window_min_days: 9, window_max_days: 5}}]",
        "voting.profiles.1.window_min_days: 9 is more than window_max_days",
    ),
    (
        f"profiles: [{{{NEW_PLACE.replace('2026-01-01', 'soon')}}}]",
        "valid_from: 'soon' is not a date such as '2026-10-01'",
    ),
    (
        f"profiles: [{{{NEW_PLACE.replace('zh:', 'en:')}}}]",
        "voting.profiles.1.name: has no words in 'zh', one of community.languages",
    ),
    ("kinds: [{code: garden}]", "voting.kinds.1.outcome: missing; a new kind needs it"),
    ("kinds: [{code: lift, scope: town}]", "scope: 'town' is not one of unit, building, grid, co"),
    ("kinds: [{code: lift, outcome: joy}]", "outcome: 'joy' is not one of works, arrangement, co"),
    ("kinds: [{code: lift, alternatives: []}]", "alternatives: is empty; it needs a list of code"),
    ("kinds: [{code: lift}, {code: lift}]", "kinds.2.code: 'lift' is the code of voting.kinds.1"),
    (
        f"kinds: [{{{NEW_KIND.replace('CONSULT', 'OWNERS')}}}]",
        f"alternatives.1.rules.1: 'OWNERS' is not one of {RULES}",
    ),
    (
        f"kinds: [{{{NEW_KIND.replace('CONSULT', 'COMMITTEE_ELECTION_RESIDENT')}}}]",
        f"'COMMITTEE_ELECTION_RESIDENT' is not one of {RULES}",
    ),
    (
        f"kinds: [{{{NEW_KIND.replace('[CONSULT]', '[]')}}}]",
        "rules: is empty; it needs a rule such as [OWNER_ORDINARY], the proposed one first",
    ),
    (
        f"kinds: [{{{NEW_KIND.replace('question: {zh', 'question: {en')}}}]",
        "voting.kinds.1.alternatives.1.question: has no words in 'zh'",
    ),
    (
        f"kinds: [{{code: lift, alternatives: [{{code: a, {ASKED}}}, {{code: a, {ASKED}}}]}}]",
        "voting.kinds.1.alternatives: 'a' stands twice",
    ),
]


@pytest.mark.parametrize(("line", "said"), CASES, ids=[said for _, said in CASES])
def test_a_wrong_setting_is_named_with_what_is_allowed(read: Read, line: str, said: str) -> None:
    problems = refusal(read, f"\nvoting: {{{line}}}\n")

    assert any(said in problem for problem in problems), problems
