"""What holds a message back that nobody asked for, as a table of cases."""

import pytest

from domain.budget import OWED, Caps, Held, Past, Topic, why_held, why_held_in_group

CAPS = Caps()
FULL = Past(day=9, week=9, month=9, ignored=9, less=True, muted=frozenset(Topic))


@pytest.mark.parametrize("topic", sorted(OWED))
def test_what_is_owed_no_cap_and_no_wish_holds_back(topic: Topic):
    assert why_held(topic, FULL, CAPS, quiet=False) is None


@pytest.mark.parametrize(
    ("past", "why"),
    [
        (Past(), None),
        (Past(day=1, week=1, month=1), Held.DAY),
        (Past(day=0, week=2, month=2), Held.WEEK),
        (Past(day=0, week=0, month=5), Held.MONTH),
        (Past(day=0, week=1, month=4), None),
        (Past(month=1, less=True), Held.MONTH),
        (Past(month=0, less=True), None),
        (Past(month=3, ignored=3), Held.MONTH),
        (Past(month=2, ignored=2), None),
        (Past(muted=frozenset({Topic.DIGEST})), Held.REFUSED),
        (Past(muted=frozenset({Topic.QUESTION})), None),
    ],
)
def test_one_a_day_two_a_week_five_a_month(past: Past, why: Held | None):
    assert why_held(Topic.DIGEST, past, CAPS, quiet=False) is why


@pytest.mark.parametrize("topic", Topic)
def test_quiet_hours_wait_for_all_but_emergencies_and_ones_own(topic: Topic):
    quiet = why_held(topic, Past(), CAPS, quiet=True)

    assert quiet is (None if topic in (Topic.EMERGENCY, Topic.OWN) else Held.QUIET)


def test_a_group_reads_one_post_a_day_and_legal_notices_besides():
    assert why_held_in_group(Topic.DIGEST, 0, CAPS, quiet=False) is None
    assert why_held_in_group(Topic.DIGEST, 1, CAPS, quiet=False) is Held.DAY
    assert why_held_in_group(Topic.LEGAL, 5, CAPS, quiet=False) is None
