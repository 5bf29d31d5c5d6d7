"""What is put to the vote: travels as JSON, and any change of it changes its hash."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from domain.question import Mode, Question, RulePart, Scope, frozen
from domain.record import fingerprint
from domain.residents import Household

STAIR, ESTATE = Scope("unit", "3-2"), Scope("community")
LIFT = Question(
    "加装电梯",
    "是否同意3号楼2单元加装电梯？",
    (RulePart("OWNER_SPECIAL", STAIR), RulePart("OWNER_ORDINARY", ESTATE)),
    consents=("3-2-101",),
    change_limit=1,
    opens_at=datetime(2026, 4, 1, tzinfo=UTC),
    closes_at=datetime(2026, 4, 8, 12, tzinfo=UTC),
)
HOME = Household(1, "3", "2", "101", 8_850, "2")


def test_a_question_comes_back_from_json_as_it_was():
    assert Question.from_json(LIFT.as_json()) == LIFT


@pytest.mark.parametrize(
    "change",
    [
        {"text": "是否同意3号楼2单元加装电梯?"},
        {"parts": LIFT.parts[:1]},
        {"mode": Mode.DETACHED},
        {"closes_at": datetime(2026, 4, 8, 12, 0, 1, tzinfo=UTC)},
        {"invalid_counts": True},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_is_changed_changes_the_hash(change: dict[str, object]):
    changed = replace(LIFT, **change)  # type: ignore[arg-type]

    assert _hash(changed) != _hash(LIFT)


def test_the_hash_does_not_depend_on_the_zone_a_time_was_written_in():
    assert LIFT.opens_at is not None
    moved = replace(LIFT, opens_at=LIFT.opens_at.astimezone(ZoneInfo("Asia/Shanghai")))
    assert _hash(moved) == _hash(LIFT)


@pytest.mark.parametrize(
    ("scope", "covers"),
    [
        ("unit:3-2", True),
        ("unit:3-1", False),
        ("building:3", True),
        ("building:32", False),
        ("grid:2", True),
        ("grid:1", False),
        ("community", True),
    ],
)
def test_a_scope_covers_its_flats(scope: str, covers: bool):
    assert Scope.parse(scope).covers(HOME) is covers
    assert str(Scope.parse(scope)) == scope


def _hash(question: Question) -> str:
    return fingerprint(frozen(1, "test", "lift", question))
