"""Where a message goes that did not arrive, and that nobody ever reads it twice."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.budget import Topic
from domain.conversation import Address, Say
from domain.linking import Account
from domain.routing import PATIENCE, Stuck, may_move, next_chat
from tests.databases import NOON

FIRST, SECOND, THIRD = (Address(channel, "1") for channel in "abc")
OPEN = [Account(at, NOON + timedelta(hours=n)) for n, at in enumerate((FIRST, SECOND, THIRD))]


def stuck(at: Address, *tried: Address, topic: Topic | None = Topic.OWN, **say: object) -> Stuck:
    return Stuck(1, Say(at, "home.cancelled", **say), topic, tried)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("message", "accounts", "to"),
    [
        (stuck(THIRD), OPEN, SECOND),
        (stuck(FIRST, THIRD), OPEN, SECOND),
        (stuck(FIRST, THIRD, SECOND), OPEN, None),
        (stuck(THIRD), [Account(FIRST), OPEN[2]], None),  # blocked, or never written from
        (stuck(THIRD), [], None),
    ],
)
def test_it_goes_to_the_next_account_and_never_back(
    message: Stuck, accounts: list[Account], to: Address | None
) -> None:
    assert next_chat(message, accounts) == to


@pytest.mark.parametrize(
    ("message", "moves"),
    [
        (stuck(FIRST), True),
        (stuck(FIRST, topic=None), False),  # an answer
        (stuck(FIRST, card="case:1"), False),  # the card stands there
        (stuck(FIRST, card="case:1", fresh=True), True),
    ],
)
def test_answers_and_changed_cards_stay(message: Stuck, moves: bool) -> None:
    assert message.can_move is moves


def test_every_topic_has_its_patience_and_the_urgent_one_none() -> None:
    assert set(PATIENCE) == set(Topic) == set(may_move(quiet=False))
    assert PATIENCE[Topic.EMERGENCY] == timedelta(0) and Topic.LEGAL not in may_move(quiet=True)


@given(arrives=st.lists(st.booleans(), min_size=3, max_size=3), start=st.sampled_from(OPEN))
def test_at_most_one_copy_arrives_and_one_does_where_any_chat_takes_it(
    arrives: list[bool], start: Account
) -> None:
    takes = dict(zip((FIRST, SECOND, THIRD), arrives, strict=True))
    message, delivered = stuck(start.address), []
    at: Address | None = start.address
    while at is not None:
        if takes[at]:
            delivered.append(at)
            break
        at = next_chat(message, OPEN)
        message = stuck(at, *message.tried, message.say.to) if at else message

    assert len(delivered) == any(arrives)
