"""linli recount: what does a vote come to? Counted from its roll and ballots, offline."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    StrictBool,
    ValidationInfo,
    field_validator,
)

from bot.cli.asked import Moment, answer_all
from domain.counting import Ballot, Refused, count
from domain.readings import readings
from domain.voting import RULES, Answer, Check, Decision, Rule, Silence, Sum, Terms, decide


def rule(value: object) -> Rule:
    if not isinstance(value, str) or value not in RULES:
        raise ValueError(f"{value!r} is none of {', '.join(RULES)}")
    return RULES[value]


class Voter(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str
    area: Annotated[int, Field(ge=0, strict=True)]  # 0.01 m²


def each_once(roll: list[Voter]) -> list[Voter]:
    seen: set[str] = set()
    for voter in roll:
        if voter.id in seen:
            raise ValueError(f"{voter.id!r} is on it twice")
        seen.add(voter.id)
    return roll


class HandedIn(BaseModel):
    """One ballot as it was handed in; what is ticked on a spoiled one does not matter."""

    model_config = ConfigDict(extra="forbid")

    voter: str
    at: Moment
    valid: StrictBool = True
    choice: Annotated[Answer | None, Field(validate_default=True)] = None

    @field_validator("choice")
    @classmethod
    def answers_where_valid(cls, choice: Answer | None, info: ValidationInfo) -> Answer | None:
        if choice is None and info.data.get("valid"):
            raise ValueError(f"a valid ballot says one of {', '.join(Answer)}")
        return choice

    def ballot(self) -> Ballot:
        return Ballot(self.voter, self.choice if self.valid else None, self.at)


class Vote(BaseModel):
    """One input. What is left out was not agreed on: silence means nothing, nobody must consent."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    rule: Annotated[Rule, PlainValidator(rule)]
    opens_at: Moment
    closes_at: Moment
    roll: Annotated[list[Voter], AfterValidator(each_once)]
    ballots: list[HandedIn]
    invalid_counts: StrictBool = False
    silence: Silence = Silence.NONE
    silence_agreed: StrictBool = False
    delivered: list[str] = []
    consents: list[StrictBool] = []

    @field_validator("closes_at")
    @classmethod
    def after_the_opening(cls, closes_at: Moment, info: ValidationInfo) -> Moment:
        if "opens_at" in info.data and closes_at < info.data["opens_at"]:
            raise ValueError("the vote closes before it opens")
        return closes_at


def recount_all(file: Path) -> None:
    answer_all(file, Vote, answer)


def answer(vote: Vote) -> dict[str, Any]:
    roll = {voter.id: voter.area for voter in vote.roll}
    ballots = [each.ballot() for each in vote.ballots]
    tally, refused = count(roll, ballots, vote.opens_at, vote.closes_at, vote.delivered)
    terms = Terms(vote.silence, vote.silence_agreed, vote.invalid_counts)
    decision = decide(vote.rule, tally, terms, vote.consents)
    others = readings([(vote.rule, tally)], terms, vote.consents)
    return {
        "rule": vote.rule.name,
        **counted(decision),
        "refused": [told(each) for each in refused],
        "spoiled": tally.spoiled.number,
        "silent": tally.silent.number,
        "readings": {name: counted(*decisions) for name, decisions in others.items()},
    }


def counted(decision: Decision) -> dict[str, Any]:
    """A decision in numbers; areas in 0.01 m², shares rounded down."""
    tally = decision.tally
    return {
        "result": decision.result,
        "failed": decision.failed,
        "voters": tally.all.number,
        "area": tally.all.area,
        "taking_part": decision.taking_part.number,
        "area_taking_part": decision.taking_part.area,
        **summed("yes", tally.yes),
        **summed("no", tally.no),
        **summed("abstain", tally.abstain),
        **needed("quorum_needs", decision, Check.QUORUM_NUMBER, Check.QUORUM_AREA),
        **needed("yes_needs", decision, Check.APPROVAL_NUMBER, Check.APPROVAL_AREA),
        "percent": {check: row.percent for check, row in decision.measured.items()},
        "short_of": decision.short_of,
    }


def summed(name: str, found: Sum) -> dict[str, int]:
    return {name: found.number, f"{name}_area": found.area}


def needed(name: str, decision: Decision, number: Check, area: Check) -> dict[str, int | None]:
    """Null where the rule counts heads and no area is needed."""
    rows = decision.measured
    return {
        name: rows[number].needs,
        f"{name}_area": rows[area].needs if area in rows else None,
    }


def told(refused: Refused) -> dict[str, str]:
    return {"voter": refused.ballot.voter, "reason": refused.reason}
