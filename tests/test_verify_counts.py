"""The script's own count against the bot's, over any vote, and against cases with known answers."""

import json
import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from bot import verify
from domain.bundle import Consent, published
from domain.counting import Ballot, Reason
from domain.record import Moment
from domain.voting import RULES, Terms
from tests.bundles import OPENS, Cast, Post, Vote
from tests.domain import votes

BESIDE_THE_PROJECT = Path(__file__).parents[2] / "shared" / "cases"
CASES = Path(os.environ.get("LINLI_CASES", BESIDE_THE_PROJECT)) / "decisions.json"
COUNTED = (
    "result",
    "failed",
    "voters",
    "area",
    "taking_part",
    "area_taking_part",
    "yes",
    "yes_area",
)
HOUR = timedelta(hours=1)


def bundled(vote: votes.Vote, opens: datetime, closes: datetime) -> Vote:
    """A vote of one part, written line by line in the order in which its ballots came."""
    late = closes - opens + OPENS
    asked = Vote().asked(
        parts=[{"rule": vote.rule, "scope": "building:3"}],
        consents=[f"3-1-{n}" for n, _ in enumerate(vote.consents)],
        closes_at=late.isoformat(),
        silence=vote.terms.silence,
        silence_agreed=vote.terms.silence_agreed,
        invalid_counts=vote.terms.invalid_counts,
    )
    return replace(
        asked,
        owners={voter: (area,) for voter, area in vote.roll.items()},
        casts=[
            Cast(ballot.voter, ballot.choice, (ballot.at - opens) / HOUR)
            for ballot in sorted(vote.ballots, key=lambda ballot: ballot.at)
        ],
        delivered=vote.delivered,
        consents=[Consent(f"3-1-{n}", given) for n, given in enumerate(vote.consents)],
        heads=(
            Post(0, Moment.OPENING, OPENS, late),
            Post(len(vote.ballots), Moment.CLOSE, late, late),
        ),
    )


@settings(max_examples=150, deadline=None)
@given(votes.votes())
def test_two_counts_that_share_no_line_agree(vote: votes.Vote) -> None:
    bundle = bundled(vote, votes.OPENS, votes.CLOSES)
    close = OPENS + (votes.CLOSES - votes.OPENS)
    refused = [
        (seq, Reason.OUTSIDE_WINDOW if cast.unit in vote.roll else Reason.NOT_ON_ROLL)
        for seq, cast in enumerate(bundle.casts, 1)
        if cast.unit not in vote.roll or not OPENS <= cast.at < close
    ]
    result = published([vote.decision], [vote.tally], refused)

    read = replace(bundle, result=result).read()

    assert list(verify.differences("", verify.outcome(read), read.result)) == []


def test_the_script_knows_every_rule() -> None:
    assert {
        name: (rule.by_area, *((s.n, s.d, s.strict) for s in (rule.quorum, rule.approval)))
        for name, rule in RULES.items()
    } == verify.RULES


def test_the_worked_cases_come_out_as_they_are_known() -> None:
    if not CASES.exists():
        pytest.skip("no worked cases beside the repository: decisions.json is not played")
    for case in json.loads(CASES.read_text("utf-8")):
        known = case["expect"]

        counted = verify.outcome(_bundle(case["input"]).read())

        (part,) = counted["parts"]
        assert {name: part[name] for name in COUNTED} == {name: known[name] for name in COUNTED}
        reasons = [[each["reason"] for each in found["refused"]] for found in (counted, known)]
        assert reasons[0] == reasons[1], case["id"]


def _bundle(asked: dict[str, Any]) -> Vote:
    opens, closes = (datetime.fromisoformat(asked[name]) for name in ("opens_at", "closes_at"))
    ballots = (
        Ballot(b["voter"], b["choice"] if b["valid"] else None, datetime.fromisoformat(b["at"]))
        for b in asked["ballots"]
    )
    vote = votes.Vote(
        asked["rule"],
        {voter["id"]: voter["area"] for voter in asked["roll"]},
        tuple(ballots),
        tuple(asked["delivered"]),
        Terms(asked["silence"], asked["silence_agreed"], asked["invalid_counts"]),
        tuple(asked["consents"]),
    )
    return bundled(vote, opens, closes)
