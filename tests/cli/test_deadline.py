"""linli deadline: the answers of the worked cases, and refusals that name the field."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli import app

CASES = Path(os.environ.get("LINLI_CASES", Path(__file__).parents[3] / "shared" / "cases"))
LUNCH = [["08:30", "12:00"], ["14:00", "17:30"]]
ONE = {
    "start": "2026-11-23T11:30:00+08:00",
    "budget_seconds": 3600,
    "timezone": "Asia/Shanghai",
    "week": {"0": LUNCH},
}


def asked(question: Any, *options: str) -> Any:
    return CliRunner().invoke(app, ["deadline", "-", *options], input=json.dumps(question))


def test_the_answer_says_when_and_why():
    answer = json.loads(asked(ONE).stdout)

    assert answer == {
        "due": "2026-11-23T14:30:00+08:00",
        "because": [
            "从11月23日周一 11:30起算，共1小时。",
            "11月23日周一　11:30–12:00、14:00–14:30，计1小时",
            "到期：11月23日周一 14:30。",
        ],
    }


def test_a_list_is_answered_in_order_and_in_english_where_wished():
    answers = json.loads(asked([ONE, ONE | {"budget_seconds": 1}], "--language", "en").stdout)

    assert [a["due"][11:19] for a in answers] == ["14:30:00", "11:30:01"]
    assert answers[1]["because"][-1] == "Due: Mon 11/23, 11:30:01."


def test_every_worked_case():
    if not (CASES / "deadlines.json").exists():
        pytest.skip("no worked cases beside the repository: deadlines.json is not played")
    cases = json.loads((CASES / "deadlines.json").read_text("utf-8"))
    answers = json.loads(asked([case["input"] for case in cases]).stdout)

    due = [datetime.fromisoformat(a["due"]) for a in answers]
    assert due == [datetime.fromisoformat(case["expect"]["due"]) for case in cases]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"start": "2026-11-23T11:30:00"}, "start: "),
        ({"budget_seconds": "3600"}, "budget_seconds: "),
        ({"budget_seconds": -1}, "budget_seconds: "),
        ({"timezone": "Mars"}, "timezone: 'Mars' is not an IANA time zone"),
        ({"week": {"0": [["12:00", "08:30"]]}}, "week.0.0: "),
        ({"week": {"9": LUNCH}}, "week.9: "),
        ({"week": {}}, "week: "),
        ({"overrides": {"2026-13-01": []}}, "overrides."),
        ({"pauses": [["2026-11-23T12:00:00+08:00", "2026-11-23T11:00:00+08:00"]]}, "pauses.0: "),
        ({"budget": 1}, "budget: "),
    ],
)
def test_malformed_input_ends_with_2_and_one_line_that_names_the_field(
    wrong: dict[str, Any], named: str
):
    refused = asked(ONE | wrong)

    assert (refused.exit_code, refused.stdout) == (2, "")
    (line,) = refused.stderr.splitlines()
    assert line.startswith(named)


def test_no_json_at_all_is_refused_in_one_line():
    refused = CliRunner().invoke(app, ["deadline", "-"], input="{")

    assert refused.exit_code == 2 and len(refused.stderr.splitlines()) == 1
