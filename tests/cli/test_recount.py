"""linli recount: the answers of the worked cases, and refusals that name the field."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli import app

CASES = Path(os.environ.get("LINLI_CASES", Path(__file__).parents[3] / "shared" / "cases"))


def a_ballot(voter: str, choice: str | None = "yes", at: str = "08:30", **more: Any) -> Any:
    return {"voter": voter, "choice": choice, "at": f"2026-03-01T{at}:00+08:00"} | more


ONE = {
    "rule": "OWNER_ORDINARY",
    "opens_at": "2026-03-01T08:00:00+08:00",
    "closes_at": "2026-03-01T09:00:00+08:00",
    "roll": [{"id": "ana", "area": 10000}, {"id": "li", "area": 10000}, {"id": "mei", "area": 1}],
    "ballots": [a_ballot("ana", valid=True), a_ballot("li", "no", valid=True)],
    "invalid_counts": False,
    "silence": "none",
    "delivered": [],
    "silence_agreed": False,
    "consents": [],
}


def asked(question: Any) -> Any:
    return CliRunner().invoke(app, ["recount", "-"], input=json.dumps(question))


def answer(**more: Any) -> Any:
    return json.loads(asked(ONE | more).stdout)


def test_the_answer_is_the_arithmetic():
    assert answer() == {
        "rule": "OWNER_ORDINARY",
        "result": "rejected",
        "failed": ["approval_number", "approval_area"],
        "voters": 3,
        "area": 20001,
        "taking_part": 2,
        "area_taking_part": 20000,
        "yes": 1,
        "yes_area": 10000,
        "no": 1,
        "no_area": 10000,
        "abstain": 0,
        "abstain_area": 0,
        "quorum_needs": 2,
        "quorum_needs_area": 13334,
        "yes_needs": 2,
        "yes_needs_area": 10001,
        "percent": {
            "quorum_number": "66.66",
            "quorum_area": "99.99",
            "approval_number": "50.00",
            "approval_area": "50.00",
        },
        "short_of": {"approval_number": 1, "approval_area": 1},
        "refused": [],
        "spoiled": 0,
        "silent": 0,
        "readings": {},
    }


def test_every_worked_case():
    if not (CASES / "decisions.json").exists():
        pytest.skip("no worked cases beside the repository: decisions.json is not played")
    cases = json.loads((CASES / "decisions.json").read_text("utf-8"))
    answers = json.loads(asked([case["input"] for case in cases]).stdout)

    wrong = {
        case["id"]: {name: given[name] for name, value in case["expect"].items()}
        for case, given in zip(cases, answers, strict=True)
        if not case["expect"].items() <= given.items()
    }
    assert wrong == {}


def test_a_file_is_answered_like_standard_input(tmp_path: Path):
    file = tmp_path / "vote.json"
    file.write_text(json.dumps([ONE]), "utf-8")

    assert json.loads(CliRunner().invoke(app, ["recount", str(file)]).stdout) == [answer()]


def test_what_is_left_out_was_not_agreed_on():
    decides = ("rule", "opens_at", "closes_at", "roll", "ballots")
    ballots = [a_ballot("ana"), a_ballot("li", "no")]

    bare = {name: ONE[name] for name in decides} | {"ballots": ballots}

    assert json.loads(asked(bare).stdout) == answer()


def test_times_are_moments_whatever_the_zone():
    before_the_close = {"voter": "ana", "choice": "yes", "at": "2026-03-01T00:59:59Z"}
    at_the_close = {"voter": "li", "choice": "yes", "at": "2026-03-01T10:00:00+09:00"}
    at_the_opening = {"voter": "mei", "choice": "yes", "at": "2026-02-28T23:00:00-01:00"}

    found = answer(ballots=[at_the_close, before_the_close, at_the_opening])

    assert found["refused"] == [{"voter": "li", "reason": "outside_window"}]
    assert found["yes_area"] == 10001


def test_a_spoiled_ballot_stands_whatever_is_ticked_on_it():
    spoiled = [a_ballot("li", choice, at="08:40", valid=False) for choice in ("yes", None)]

    for last in spoiled:
        found = answer(ballots=[*ONE["ballots"], last])
        assert (found["taking_part"], found["no"], found["spoiled"]) == (1, 0, 1)


def test_both_readings_are_answered_where_a_setting_makes_the_difference():
    agreed = {"silence": "follow_majority", "silence_agreed": True, "delivered": ["li", "nobody"]}

    found = answer(ballots=[a_ballot("ana")], **agreed)
    without = found["readings"]["silent_left_out"]

    assert (found["result"], found["yes"], found["silent"]) == ("passed", 2, 1)
    assert (without["result"], without["yes"]) == ("no_quorum", 1)


def test_where_heads_count_no_area_is_needed():
    found = answer(rule="HOUSEHOLD_MEETING")

    assert (found["quorum_needs"], found["quorum_needs_area"]) == (2, None)
    assert (found["yes_needs"], found["yes_needs_area"]) == (2, None)
    assert found["area"] == 20001


@pytest.mark.parametrize(
    ("rule", "roll", "yes_needs"),
    [("OWNER_ORDINARY", [], 1), ("OWNER_SPECIAL", [], 0), ("DELEGATE_MEETING", [], 1)],
)
def test_nobody_decides_nothing(rule: str, roll: list[Any], yes_needs: int):
    found = answer(rule=rule, roll=roll, ballots=[])

    assert (found["result"], found["yes_needs"]) == ("no_quorum", yes_needs)


def test_owners_without_any_area_have_no_quorum_by_area():
    found = answer(roll=[{"id": "ana", "area": 0}], ballots=[a_ballot("ana")])

    assert found["failed"] == ["quorum_area", "approval_area"]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"rule": "LIKES"}, "rule: 'LIKES' is none of OWNER_ORDINARY, "),
        ({"rule": None}, "rule: "),
        ({"opens_at": "2026-03-01T08:00:00"}, "opens_at: "),
        ({"opens_at": 1772323200}, "opens_at: "),
        ({"closes_at": "2026-03-01"}, "closes_at: "),
        ({"closes_at": "at nine"}, "closes_at: "),
        ({"closes_at": "2026-03-01T07:59:59+08:00"}, "closes_at: the vote closes before it opens"),
        ({"roll": None}, "roll: "),
        ({"roll": [*ONE["roll"], {"id": "ana", "area": 1}]}, "roll: 'ana' is on it twice"),
        ({"roll": [{"id": "ana", "area": -1}]}, "roll.0.area: "),
        ({"roll": [{"id": "ana", "area": 100.0}]}, "roll.0.area: "),
        ({"roll": [{"id": "ana", "area": "100"}]}, "roll.0.area: "),
        ({"roll": [{"id": "ana"}]}, "roll.0.area: "),
        ({"roll": [{"id": 7, "area": 1}]}, "roll.0.id: "),
        ({"ballots": {}}, "ballots: "),
        ({"ballots": [a_ballot("ana"), a_ballot("li", "maybe")]}, "ballots.1.choice: "),
        ({"ballots": [a_ballot("ana", None)]}, "ballots.0.choice: "),
        ({"ballots": [{"voter": "ana", "at": ONE["opens_at"]}]}, "ballots.0.choice: "),
        ({"ballots": [a_ballot("ana", valid="yes")]}, "ballots.0.valid: "),
        ({"ballots": [a_ballot("ana") | {"at": "2026-03-01T08:30:00"}]}, "ballots.0.at: "),
        ({"ballots": [{"choice": "yes", "at": ONE["opens_at"]}]}, "ballots.0.voter: "),
        ({"invalid_counts": 1}, "invalid_counts: "),
        ({"silence": "presumed"}, "silence: "),
        ({"silence_agreed": "true"}, "silence_agreed: "),
        ({"delivered": "ana"}, "delivered: "),
        ({"consents": [None]}, "consents.0: "),
        ({"consent": [True]}, "consent: "),
        ({"two\nlines": 1}, "two lines: "),
    ],
)
def test_malformed_input_ends_with_2_and_one_line_that_names_the_field(
    wrong: dict[str, Any], named: str
):
    refused = asked(ONE | wrong)

    assert (refused.exit_code, refused.stdout) == (2, "")
    (line,) = refused.stderr.splitlines()
    assert line.startswith(named)


def test_in_a_list_the_case_is_named_too_and_nothing_is_answered():
    refused = asked([ONE, {name: value for name, value in ONE.items() if name != "rule"}])

    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr == "case 2: rule: Field required\n"


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '"\\ud800"', "7", "null", "[[]]"])
def test_what_is_no_vote_at_all_is_refused_in_one_line(text: str):
    refused = CliRunner().invoke(app, ["recount", "-"], input=text)

    assert (refused.exit_code, refused.stdout) == (2, "")
    assert len(refused.stderr.splitlines()) == 1


def test_a_file_that_is_not_there_is_refused_in_one_line(tmp_path: Path):
    refused = CliRunner().invoke(app, ["recount", str(tmp_path / "none.json")])

    assert refused.exit_code == 2 and len(refused.stderr.splitlines()) == 1
