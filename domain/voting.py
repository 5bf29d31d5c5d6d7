"""Which rule decides a matter, and what a count of its ballots comes to.

Whole numbers only: units (people, households), and areas in 0.01 m². "以上" includes the number
itself, "超过" does not (民法典 Art. 1259), and "过半数" is more than half.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    ABSTAIN = "abstain"  # takes part, and so works like a no


class Silence(StrEnum):
    """What becomes of those who were reached and did not answer (handbook: voting 1.2)."""

    NONE = "none"
    RECEIPT_ABSTAIN = "receipt_abstain"  # they abstain (四川条例 Art. 31)
    FOLLOW_MAJORITY = "follow_majority"  # only where agreed (指导规则 Art. 26)


class Unit(StrEnum):
    """What the roll lists and a rule counts."""

    OWNER = "owner"
    RESIDENT = "resident"
    HOUSEHOLD = "household"
    DELEGATE = "delegate"


class Result(StrEnum):
    PASSED = "passed"
    REJECTED = "rejected"
    NO_QUORUM = "no_quorum"


class Check(StrEnum):
    """What can fail, in the order in which it is told."""

    QUORUM_NUMBER = "quorum_number"
    QUORUM_AREA = "quorum_area"
    APPROVAL_NUMBER = "approval_number"
    APPROVAL_AREA = "approval_area"
    CONSENT = "consent"


QUORUM = frozenset({Check.QUORUM_NUMBER, Check.QUORUM_AREA})


@dataclass(frozen=True)
class Share:
    """At least n/d of a whole; ``strict``: more than n/d."""

    n: int
    d: int
    strict: bool = False

    def met(self, part: int, whole: int) -> bool:
        """Nothing of nothing meets no share."""
        if whole == 0:
            return False
        return self.d * part > self.n * whole if self.strict else self.d * part >= self.n * whole

    def need(self, whole: int) -> int:
        """The smallest whole number that is this share of the whole."""
        return self.n * whole // self.d + 1 if self.strict else -(-self.n * whole // self.d)


EVERYBODY = Share(1, 1)
THREE_QUARTERS = Share(3, 4)
TWO_THIRDS = Share(2, 3)
OVER_TWO_THIRDS = Share(2, 3, strict=True)
OVER_HALF = Share(1, 2, strict=True)


@dataclass(frozen=True)
class Rule:
    """``quorum`` of all must take part, ``approval`` of those who take part must say yes."""

    name: str
    unit: Unit
    quorum: Share
    approval: Share = OVER_HALF
    opens: bool = True  # False: held elsewhere by law, here it may only be counted again

    @property
    def by_area(self) -> bool:
        """Owners are counted twice, by number and by exclusive area; both must hold."""
        return self.unit is Unit.OWNER


# The articles: handbook, voting 1.1, 1.5 and 1.7.
RULES: Mapping[str, Rule] = {
    rule.name: rule
    for rule in (
        # 民法典 Art. 278: (1)-(5) and (9); (6)-(8). Art. 279: all whom it concerns
        Rule("OWNER_ORDINARY", Unit.OWNER, TWO_THIRDS),
        Rule("OWNER_SPECIAL", Unit.OWNER, TWO_THIRDS, THREE_QUARTERS),
        Rule("OWNER_UNANIMOUS", Unit.OWNER, EVERYBODY, EVERYBODY),
        # 城市居民委员会组织法 2025 Art. 27: residents of 18 and more, or households; Art. 29
        Rule("RESIDENT_MEETING", Unit.RESIDENT, OVER_HALF),
        Rule("HOUSEHOLD_MEETING", Unit.HOUSEHOLD, OVER_HALF),
        Rule("DELEGATE_MEETING", Unit.DELEGATE, TWO_THIRDS),
        # Art. 19: in secret booths, so never in a chat; "超过三分之二", unlike Art. 29, is strict
        Rule("COMMITTEE_ELECTION_RESIDENT", Unit.RESIDENT, OVER_HALF, opens=False),
        Rule("COMMITTEE_ELECTION_HOUSEHOLD", Unit.HOUSEHOLD, OVER_HALF, opens=False),
        Rule("COMMITTEE_ELECTION_DELEGATE", Unit.DELEGATE, OVER_TWO_THIRDS, opens=False),
        # 村民委员会组织法 2025 Art. 26; Art. 30
        Rule("VILLAGE_MEETING_RESIDENT", Unit.RESIDENT, OVER_HALF),
        Rule("VILLAGE_MEETING_HOUSEHOLD", Unit.HOUSEHOLD, TWO_THIRDS),
        Rule("VILLAGE_DELEGATES", Unit.DELEGATE, TWO_THIRDS),
    )
}


def lift(*, common_land: bool) -> tuple[Rule, ...]:
    """LIFT, part by part: the stair or building; the estate too where its land is used.

    Beside these, every owner whose own part is used must consent, and objections must be
    closed (沪建房管联〔2020〕801号; 无锡; handbook: voting 1.4).
    """
    building, estate = RULES["OWNER_SPECIAL"], RULES["OWNER_ORDINARY"]
    return (building, estate) if common_land else (building,)


def leading(counts: Sequence[int]) -> tuple[int, ...]:
    """CONSULT (意向征集): the positions of the options most people chose; none if nobody did.

    A plurality without a quorum. It tells a wish and is never called passed.
    """
    most = max(counts, default=0)
    return tuple(option for option, count in enumerate(counts) if count == most > 0)


@dataclass(frozen=True)
class Sum:
    number: int = 0  # of units
    area: int = 0  # in 0.01 m²

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.number + other.number, self.area + other.area)

    def __sub__(self, other: "Sum") -> "Sum":
        return Sum(self.number - other.number, self.area - other.area)


@dataclass(frozen=True)
class Tally:
    """The roll of one part of a matter, and where its units stand."""

    all: Sum = Sum()
    yes: Sum = Sum()
    no: Sum = Sum()
    abstain: Sum = Sum()
    spoiled: Sum = Sum()  # handed in, and no answer
    silent: Sum = Sum()  # reached, and without a standing ballot

    def of(self, answer: Answer) -> Sum:
        return {Answer.YES: self.yes, Answer.NO: self.no, Answer.ABSTAIN: self.abstain}[answer]

    def taking_part(self, invalid_counts: bool) -> Sum:
        answered = self.yes + self.no + self.abstain
        return answered + self.spoiled if invalid_counts else answered


@dataclass(frozen=True)
class Measured:
    """One check by one measure: whether ``has`` is the ``share`` of ``of``; units or 0.01 m²."""

    check: Check
    share: Share
    has: int
    of: int

    @property
    def met(self) -> bool:
        return self.share.met(self.has, self.of)

    @property
    def needs(self) -> int:
        return self.share.need(self.of)

    @property
    def short_of(self) -> int:
        """还差多少, where it is not met; of nothing at least one."""
        return 0 if self.met else max(self.needs - self.has, 1)

    @property
    def percent(self) -> str:
        """Two decimals, rounded down: 66.66 is not two thirds (handbook: voting 1.9)."""
        hundredths = self.has * 10_000 // self.of if self.of else 0
        return f"{hundredths // 100}.{hundredths % 100:02d}"


@dataclass(frozen=True)
class Decision:
    """What one part of a matter comes to under its rule."""

    rule: Rule
    tally: Tally  # as counted: the silent stand where the agreed mode puts them
    taking_part: Sum
    withheld: int  # consents that were needed and not given

    @property
    def measured(self) -> dict[Check, Measured]:
        """Quorum and approval, by number and, for owners, by area."""
        whole, part, yes = self.tally.all, self.taking_part, self.tally.yes
        quorum, approval = self.rule.quorum, self.rule.approval
        rows = (
            Measured(Check.QUORUM_NUMBER, quorum, part.number, whole.number),
            Measured(Check.QUORUM_AREA, quorum, part.area, whole.area),
            Measured(Check.APPROVAL_NUMBER, approval, yes.number, part.number),
            Measured(Check.APPROVAL_AREA, approval, yes.area, part.area),
        )
        return {row.check: row for row in (rows if self.rule.by_area else rows[::2])}

    @property
    def short_of(self) -> dict[Check, int]:
        """What failed, and by how much: units, 0.01 m², consents.

        For approval it is how many of those who took part would have had to say yes as well.
        """
        missing = {check: row.short_of for check, row in self.measured.items()}
        return {check: n for check, n in (missing | {Check.CONSENT: self.withheld}).items() if n}

    @property
    def failed(self) -> tuple[Check, ...]:
        return tuple(self.short_of)

    @property
    def result(self) -> Result:
        failed = self.failed
        if QUORUM.intersection(failed):
            return Result.NO_QUORUM
        return Result.REJECTED if failed else Result.PASSED


@dataclass(frozen=True)
class Terms:
    """What was settled before the opening about those who do not answer."""

    silence: Silence = Silence.NONE
    silence_agreed: bool = False  # by the rules of procedure; else nobody follows the majority
    invalid_counts: bool = False  # a spoiled ballot takes part


def decide(
    rule: Rule, tally: Tally, terms: Terms = Terms(), consents: Sequence[bool] = ()
) -> Decision:
    """Decide one part of a matter from its count.

    ``consents``: whether each owner whose own part is used agrees. All of them have to,
    whatever the count.
    """
    taking_part = tally.taking_part(terms.invalid_counts)
    joined = _joined(rule, tally, taking_part, terms)
    if joined is not None:
        taking_part += tally.silent
        sums = {joined.value: tally.of(joined) + tally.silent}
        tally = replace(tally, silent=Sum(), **sums)
    return Decision(rule, tally, taking_part, consents.count(False))


def _joined(rule: Rule, tally: Tally, taking_part: Sum, terms: Terms) -> Answer | None:
    """The answer that the silent are taken for; None where they take no part."""
    if terms.silence is Silence.RECEIPT_ABSTAIN:
        return Answer.ABSTAIN
    if terms.silence is Silence.FOLLOW_MAJORITY and terms.silence_agreed:
        return next((a for a in Answer if _leads(rule, tally.of(a), taking_part)), None)
    return None


def _leads(rule: Rule, part: Sum, whole: Sum) -> bool:
    """More than half by number and, for owners, by area too."""
    by_number = OVER_HALF.met(part.number, whole.number)
    return by_number and (not rule.by_area or OVER_HALF.met(part.area, whole.area))


def combine(decisions: Iterable[Decision]) -> Result:
    """The result of a matter of several parts: every one of them has to pass."""
    results = {decision.result for decision in decisions}
    worst_first = (Result.NO_QUORUM, Result.REJECTED, Result.PASSED)
    return next(result for result in worst_first if result in results)


Part = tuple[Rule, Tally]
Decisions = tuple[Decision, ...]


def decide_all(
    parts: Iterable[Part], terms: Terms = Terms(), consents: Sequence[bool] = ()
) -> Decisions:
    """Decide every part of a matter; the consents are asked for in each."""
    return tuple(decide(rule, tally, terms, consents) for rule, tally in parts)
