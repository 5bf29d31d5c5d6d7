"""Kinds of matters: under which rule each is decided, as far as a program may say.

A person picks what is so of a matter, Linli proposes the rule, a person confirms it (handbook:
voting 1.7). The words of the kinds are in ``texts``, or in config.yaml for a community's own.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from domain.conversation import Names
from domain.question import Mode, Question, RulePart, Scope
from domain.voting import RULES, Unit, lift

CONSULT = "CONSULT"  # asks for wishes; never called passed (handbook: voting 1.7)
LIFT = "LIFT"  # the stair and, where its land is used, the estate (handbook: voting 1.4)
SCOPES = ("unit", "building", "grid", "community")
ESTATE = Scope("community")

# From the easiest to the hardest to pass: wishes; heads; heads and areas.
STRICTNESS = (
    CONSULT,
    "RESIDENT_MEETING",
    "HOUSEHOLD_MEETING",
    "VILLAGE_MEETING_RESIDENT",
    "VILLAGE_MEETING_HOUSEHOLD",
    "VILLAGE_DELEGATES",
    "DELEGATE_MEETING",
    "OWNER_ORDINARY",
    "OWNER_SPECIAL",
    LIFT,
    "OWNER_UNANIMOUS",
)


class Outcome(StrEnum):
    """What has to be reported of a matter that was carried out."""

    WORKS = "works"
    ARRANGEMENT = "arrangement"
    CONTRACT = "contract"
    ACCOUNTS = "accounts"
    RULES = "rules"
    OPINION = "opinion"


class KindRefusal(StrEnum):
    """Why a question is not put at all. Each value is the key of the text the person reads."""

    ELECTION = "voting.refused_election"


@dataclass(frozen=True)
class Alternative:
    """Something that may be so of a matter, and the rule that then decides."""

    code: str
    name: Names
    question: Names
    rules: tuple[str, ...]  # the first is proposed; the others are other bodies that may decide
    basis: str  # the law, in the words by which it is cited
    common_land: bool = False  # a lift: land of the whole estate is used


@dataclass(frozen=True)
class Kind:
    code: str
    name: Names
    scope: str  # one of SCOPES, where nobody says otherwise
    outcome: Outcome
    alternatives: tuple[Alternative, ...]
    notice_days: int = 0  # of its own; the law's hold anyway
    answers: tuple[Names, ...] = ()  # of a round: best first, in secret ballots (see ROUNDS)


@dataclass(frozen=True)
class Proposal:
    """What Linli proposes for a matter; a person confirms it or takes one of ``others``."""

    rule: str
    others: tuple[str, ...]
    question: Names
    outcome: Outcome
    basis: tuple[str, ...]
    common_land: bool = False


def propose(kind: Kind, picked: Collection[str]) -> Proposal | None:
    """The rule for what was picked by its codes, the strictest where several apply.

    None where nothing of this kind was picked.
    """
    found = [a for a in kind.alternatives if a.code in picked]
    if not found:
        return None
    rule = stricter(a.rules[0] for a in found)
    leading = max((a for a in found if a.rules[0] == rule), key=lambda a: a.common_land)
    return Proposal(
        rule=rule,
        others=leading.rules[1:],
        question=leading.question,
        outcome=Outcome.OPINION if rule == CONSULT else kind.outcome,
        basis=tuple(dict.fromkeys(a.basis for a in found)),
        common_land=any(a.common_land for a in found),
    )


def stricter(rules: Iterable[str]) -> str:
    """The one that is hardest to pass. Raises ValueError for one that is never opened here."""
    return max(rules, key=STRICTNESS.index)


def parts_of(rule: str, scope: Scope, *, common_land: bool = False) -> tuple[RulePart, ...]:
    """The tests of a decision, the narrow scope before the wide one."""
    if rule != LIFT:
        return (RulePart(rule, scope),)
    scopes = (scope, ESTATE)
    rules = lift(common_land=common_land)
    return tuple(RulePart(r.name, s) for r, s in zip(rules, scopes, strict=False))


def has_proxies(question: Question) -> bool:
    """Owners may send somebody (handbook: voting 1.2); not where nobody could take it back."""
    return roll_of(question.rule) is Unit.OWNER and question.mode is not Mode.DETACHED


def is_round(question: Question) -> bool:
    """Asks how something was: nothing passes or fails, each answer is counted by itself."""
    return bool(question.options) and question.rule != CONSULT


def roll_of(rule: str) -> Unit:
    """Whom the roll lists. Wishes are asked of every household once."""
    if rule == CONSULT:
        return Unit.HOUSEHOLD
    return Unit.OWNER if rule == LIFT else RULES[rule].unit


def mode_of(rule: str) -> Mode:
    """Owners and delegates vote by name, households and residents under a code (voting 2.2)."""
    return Mode.NAMED if roll_of(rule) in (Unit.OWNER, Unit.DELEGATE) else Mode.PSEUDONYMOUS


# --- the eight that Linli comes with

Lines = tuple[tuple[str, tuple[str, ...], str], ...]
RESIDENTS = ("RESIDENT_MEETING", "DELEGATE_MEETING", "HOUSEHOLD_MEETING")
ORDINARY, SPECIAL = ("OWNER_ORDINARY",), ("OWNER_SPECIAL",)
CIVIL_CODE = "民法典第278条第1款第{}项"


def _civil(*items: int) -> str:
    return "、".join(CIVIL_CODE.format(item) for item in items)


# The table of the handbook, voting 1.7: what is so, the rule, the law. 278 (1)-(5), (9) ask for
# more than half of those who take part, (6)-(8) for three quarters.
TABLE: dict[str, Lines] = {
    "renovation": (
        ("wishes", (CONSULT,), ""),
        ("rebuild", SPECIAL, _civil(7)),
        ("raise", SPECIAL, _civil(6)),
        ("spend", ORDINARY, _civil(5)),
    ),
    "public_space": (
        ("timetable", ("RESIDENT_MEETING", "HOUSEHOLD_MEETING"), "城市居民委员会组织法第27条"),
        ("change_use", SPECIAL, _civil(8)),
    ),
    "lift": (
        ("stair", (LIFT,), _civil(7)),
        ("estate", (LIFT,), f"{_civil(7)}；占用小区场地：沪建房管联〔2020〕801号"),
    ),
    "parking": (
        ("change_use", SPECIAL, _civil(8)),
        ("manage", ORDINARY, _civil(9)),
        ("biometric", ORDINARY, _civil(9)),
    ),
    "property": (
        ("hire", ORDINARY, _civil(4)),
        ("dismiss", ORDINARY, _civil(4)),
        ("fee", ORDINARY, _civil(9)),
    ),
    "repair_fund": (
        ("use", ORDINARY, _civil(5)),
        ("raise", SPECIAL, _civil(6)),
    ),
    "shared_income": (
        ("owners", ORDINARY, _civil(9)),
        ("residents", RESIDENTS, "城市居民委员会组织法第27、29条"),
    ),
    "covenant": (
        ("owners", ORDINARY, _civil(1, 2)),
        ("residents", RESIDENTS, "城市居民委员会组织法第27、29、31条"),
    ),
}
OUTCOMES = {
    "renovation": Outcome.WORKS,
    "public_space": Outcome.ARRANGEMENT,
    "lift": Outcome.WORKS,
    "parking": Outcome.ARRANGEMENT,
    "property": Outcome.CONTRACT,
    "repair_fund": Outcome.ACCOUNTS,
    "shared_income": Outcome.ACCOUNTS,
    "covenant": Outcome.RULES,
}
# Rounds, in which people are asked how something was: 群众评议 in four words (居委会法 Art. 37)
# and satisfaction in the five of the national rating. Who is asked is picked, nothing is passed.
ROUNDS: dict[str, tuple[str, ...]] = {
    "appraisal": ("excellent", "competent", "basic", "incompetent"),
    "satisfaction": ("5", "4", "3", "2", "1"),
}
ASKED: Lines = (
    ("residents", ("RESIDENT_MEETING",), "城市居民委员会组织法第27、37条"),
    ("delegates", ("DELEGATE_MEETING",), "城市居民委员会组织法第29、37条"),
    ("households", ("HOUSEHOLD_MEETING",), "城市居民委员会组织法第27条"),
)
LIFT_NOTICE = 15  # days the plan is shown, objections recorded (济南 2019 Art. 11)

Words = Callable[[str], Names]


def shipped(words: Words) -> tuple[Kind, ...]:
    """The kinds that every community has; ``words`` finds a text in every language by its key."""
    decided = tuple(
        Kind(
            code=code,
            name=words(f"kinds.{code}"),
            scope="unit" if code == "lift" else "community",
            outcome=OUTCOMES[code],
            alternatives=tuple(_alternatives(code, lines, words)),
            notice_days=LIFT_NOTICE if code == "lift" else 0,
        )
        for code, lines in TABLE.items()
    )
    return decided + tuple(_round(code, answers, words) for code, answers in ROUNDS.items())


def _round(code: str, answers: tuple[str, ...], words: Words) -> Kind:
    return Kind(
        code=code,
        name=words(f"kinds.{code}"),
        scope="community",
        outcome=Outcome.OPINION,
        alternatives=tuple(_alternatives(code, ASKED, words)),
        answers=tuple(words(f"kinds.{code}.answer.{answer}") for answer in answers),
    )


def _alternatives(kind: str, lines: Lines, words: Words) -> Iterator[Alternative]:
    for code, rules, basis in lines:
        name, question = (words(f"kinds.{kind}.{code}{end}") for end in ("", ".question"))
        yield Alternative(
            code, name, question, rules, basis, common_land=(kind, code) == ("lift", "estate")
        )


# --- what is never put to the vote here

RESIDENTS_COMMITTEE = (
    r"居委会?|居民委员会|村委会?|村民委员会|社区主任"
    r"|(?:residents|neighbou?rhood|village)['’]?s? committee"
)
OWNERS_COMMITTEE = r"业委会?|业主委员会|业主大会|owners['’]?s? (?:committee|assembly)"
OF_A_COMMITTEE = r"换届|改选|罢免|选举新?主任|选主任"  # of which, where nobody says so
CHOOSING = rf"(?:推选|选出|选一[位名])(?=.*(?:{RESIDENTS_COMMITTEE}))"  # it, not with its help
DEED = (
    rf"{OF_A_COMMITTEE}|选举|补选|另选|重选|竞选|撤换|{CHOOSING}"
    r"|\b(?:re-?)?elect(?:s|ed|ing|ions?)?\b|\brecall|vote out"
)
CLAUSE = re.compile(r"[。！？；，,.!?;\n]")
NEAR = 24  # letters between a committee and what is done with it; Chinese clauses are shorter
FOUND = re.compile(
    rf"(?P<ours>{RESIDENTS_COMMITTEE})|(?P<theirs>{OWNERS_COMMITTEE})|(?P<deed>{DEED})",
    re.IGNORECASE,
)


def refused(text: str) -> KindRefusal | None:
    """Why this is not put to the vote here; None where nothing speaks against it.

    The residents' committee is elected and recalled by secret ballot, in a booth (城市居民委员会
    组织法 Art. 19, 20). Its name is looked for beside the deed, in one clause: owners do elect
    their own committee here (民法典 Art. 278 (3)).
    """
    elects = any(_elects(clause) for clause in CLAUSE.split(text))
    return KindRefusal.ELECTION if elects else None


def _elects(clause: str) -> bool:
    found = list(FOUND.finditer(clause))
    committees = [f for f in found if f.lastgroup != "deed"]
    for deed in (f for f in found if f.lastgroup == "deed"):
        nearest = min(committees, key=lambda c: _apart(c, deed), default=None)
        if nearest is None:
            if re.fullmatch(OF_A_COMMITTEE, deed[0]):
                return True
        elif nearest.lastgroup == "ours" and _apart(nearest, deed) <= NEAR:
            return True
    return False


def _apart(one: re.Match[str], other: re.Match[str]) -> int:
    return max(one.start() - other.end(), other.start() - one.end(), 0)
