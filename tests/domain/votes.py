"""Votes as the tests tell them: equal owners, votes drawn at random, and a slow second count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from hypothesis import strategies as st

from domain.counting import Ballot, count
from domain.voting import RULES, Answer, Decision, Result, Silence, Sum, Tally, Terms, decide

OPENS = datetime(2026, 3, 1, tzinfo=UTC)
CLOSES = OPENS + timedelta(minutes=100)
FLAT = 10_000  # 100 m²
NOTHING_AGREED = Terms()
AGREED = Terms(Silence.FOLLOW_MAJORITY, silence_agreed=True)


def minute(number: int) -> datetime:
    return OPENS + timedelta(minutes=number)


def equal(all: int, **where: int) -> Tally:
    """Owners of one flat each: ``equal(9, yes=4, no=2)``."""
    return Tally(Sum(all, all * FLAT), **{name: Sum(n, n * FLAT) for name, n in where.items()})


@dataclass(frozen=True)
class Vote:
    """All that decides one vote."""

    rule: str
    roll: dict[str, int]
    ballots: tuple[Ballot, ...]
    delivered: tuple[str, ...] = ()
    terms: Terms = NOTHING_AGREED
    consents: tuple[bool, ...] = ()

    @property
    def tally(self) -> Tally:
        return count(self.roll, self.ballots, OPENS, CLOSES, self.delivered)[0]

    @property
    def decision(self) -> Decision:
        return decide(RULES[self.rule], self.tally, self.terms, self.consents)


@st.composite
def votes(draw: st.DrawFn, rules: Sequence[str] = tuple(RULES)) -> Vote:
    """Few voters and often the same areas, so that shares are met exactly now and then."""
    areas = draw(st.lists(st.sampled_from([FLAT, FLAT, 10_001, 6_250, 60_000, 0]), max_size=9))
    roll = {f"o{number}": area for number, area in enumerate(areas)}
    someone = st.sampled_from([*roll, "tenant"])
    moment = st.sampled_from([-1, 0, 1, 50, 50, 98, 99, 100]).map(minute)
    choice = st.sampled_from([Answer.YES, Answer.YES, Answer.NO, Answer.ABSTAIN, None])
    return Vote(
        draw(st.sampled_from(rules)),
        roll,
        tuple(draw(st.lists(st.builds(Ballot, someone, choice, moment), max_size=15))),
        tuple(draw(st.lists(someone, max_size=9))),
        draw(st.builds(Terms, st.sampled_from(Silence), st.booleans(), st.booleans())),
        tuple(draw(st.lists(st.sampled_from([True, True, True, False]), max_size=2))),
    )


def recounted(vote: Vote) -> tuple[Result, list[str]]:
    """The same vote counted the slow way: one voter after the other, with exact fractions."""
    answers = {voter: _standing(vote, voter) for voter in vote.roll}
    if joined := _majority(vote, answers):
        for voter in set(vote.delivered) & set(vote.roll):
            answers[voter] = joined if answers[voter] == "none" else answers[voter]
    part = [voter for voter, answer in answers.items() if _takes_part(vote, answer)]
    yes = [voter for voter in part if answers[voter] == "yes"]
    quorum, approval = RULES[vote.rule].quorum, RULES[vote.rule].approval
    failed = []
    for name, some, whole, share in (
        ("quorum", part, list(vote.roll), quorum),
        ("approval", yes, part, approval),
    ):
        for measure in _measures(vote):
            reached = _share(vote, measure, some, whole)
            enough = Fraction(share.n, share.d)
            if reached is None or reached < enough or (share.strict and reached == enough):
                failed.append(f"{name}_{measure}")
    failed += [] if all(vote.consents) else ["consent"]
    if any(name.startswith("quorum") for name in failed):
        return Result.NO_QUORUM, failed
    return (Result.REJECTED if failed else Result.PASSED), failed


def _standing(vote: Vote, voter: str) -> str:
    mine = [b for b in vote.ballots if b.voter == voter and OPENS <= b.at < CLOSES]
    if not mine:
        return "none"
    return sorted(mine, key=lambda ballot: ballot.at)[-1].choice or "spoiled"


def _takes_part(vote: Vote, answer: str) -> bool:
    return answer in set(Answer) or (answer == "spoiled" and vote.terms.invalid_counts)


def _majority(vote: Vote, answers: dict[str, str]) -> str | None:
    if vote.terms.silence is Silence.RECEIPT_ABSTAIN:
        return "abstain"
    if vote.terms.silence is Silence.NONE or not vote.terms.silence_agreed:
        return None
    part = [voter for voter, answer in answers.items() if _takes_part(vote, answer)]
    for answer in Answer:
        some = [voter for voter in part if answers[voter] == answer]
        shares = [_share(vote, measure, some, part) for measure in _measures(vote)]
        if all(share is not None and share > Fraction(1, 2) for share in shares):
            return answer
    return None


def _measures(vote: Vote) -> list[str]:
    return ["number", "area"] if vote.rule.startswith("OWNER") else ["number"]


def _share(vote: Vote, measure: str, some: list[str], whole: list[str]) -> Fraction | None:
    def size(voters: list[str]) -> int:
        return len(voters) if measure == "number" else sum(vote.roll[voter] for voter in voters)

    return Fraction(size(some), size(whole)) if size(whole) else None
