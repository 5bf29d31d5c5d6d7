"""Results to be drawn, counted out of few numbers."""

from datetime import UTC, datetime

from domain.drawing import Drawing, Part
from domain.question import Scope
from domain.voting import RULES, Sum, Tally, Terms, decide

CLOSED = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
COUNTS = ("all", "yes", "no", "abstain", "spoiled")
STAIR, ESTATE = Scope("unit", "3-2"), Scope("community")


def a_part(
    numbers: tuple[int, ...],
    areas: tuple[int, ...] = (0, 0, 0, 0, 0),
    *,
    rule: str = "OWNER_SPECIAL",
    scope: Scope = STAIR,
    consents: tuple[bool, ...] = (),
) -> Part:
    """``numbers`` and ``areas``: all, yes, no, abstain, spoiled; spoiled ones take part."""
    sums = {n: Sum(*each) for n, *each in zip(COUNTS, numbers, areas, strict=True)}
    return Part(decide(RULES[rule], Tally(**sums), Terms(invalid_counts=True), consents), scope)


PASSED = a_part((126, 84, 12, 4, 0), (1_234_567, 900_000, 100_000, 20_000, 0))
REJECTED = a_part((126, 44, 52, 4, 3), (1_234_567, 500_000, 500_000, 20_000, 30_000))
NO_QUORUM = a_part((126, 44, 2, 4, 0), (1_234_567, 500_000, 10_000, 20_000, 0))


def a_drawing(
    *parts: Part, title: str = "3号楼2单元加装电梯", effect: str = "binding", asked: int = 0
) -> Drawing:
    return Drawing(7, title, effect, CLOSED, parts or (PASSED,), asked)
