"""Passes to the pages and the six digits: what opens, and what no longer or never does."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.pages import LASTS, Kind, Pass, is_number, issued, number, opened
from tests.databases import NOON

KEY, OTHER = b"k" * 32, b"o" * 32
ANA, PLACE = 2**63 - 1, "m7"


@pytest.mark.parametrize("kind", Kind)
def test_a_pass_opens_until_its_time_is_over(kind: Kind) -> None:
    written = issued(KEY, kind, ANA, PLACE, NOON)
    until = NOON + LASTS[kind]
    assert opened(KEY, kind, written, NOON) == Pass(ANA, PLACE, until)
    assert opened(KEY, kind, written, until - timedelta(seconds=1))
    assert opened(KEY, kind, written, until) is None


def test_a_pass_is_short_and_of_letters_that_every_address_and_state_takes() -> None:
    written = issued(KEY, Kind.LINK, ANA, "t123456789012", NOON)
    assert re.fullmatch(r"[a-z2-7]{1,60}", written)
    assert len(issued(KEY, Kind.LINK, ANA, PLACE, NOON)) == 42


def test_a_pass_is_of_one_kind_and_one_key() -> None:
    written = issued(KEY, Kind.LINK, ANA, PLACE, NOON)
    assert opened(KEY, Kind.SESSION, written, NOON) is None
    assert opened(OTHER, Kind.LINK, written, NOON) is None


def test_no_sign_of_a_pass_can_be_changed() -> None:
    written = issued(KEY, Kind.LINK, ANA, PLACE, NOON)
    for n, sign in enumerate(written[:-1]):  # the last one carries bits that mean nothing
        other = "a" if sign != "a" else "b"
        assert opened(KEY, Kind.LINK, written[:n] + other + written[n + 1 :], NOON) is None


@given(some.text(max_size=80))
def test_nonsense_opens_nothing(said: str) -> None:
    assert opened(KEY, Kind.LINK, said, NOON) is None


def test_the_digits_hold_for_ten_minutes_and_ten_more() -> None:
    said = number(KEY, ANA, NOON)
    assert re.fullmatch(r"\d{6}", said)
    assert number(KEY, ANA, NOON + timedelta(minutes=9)) == said
    assert is_number(KEY, ANA, said, NOON + timedelta(minutes=19))
    assert not is_number(KEY, ANA, said, NOON + timedelta(minutes=20))
    assert not is_number(KEY, ANA + 1, said, NOON)
    assert not is_number(KEY, ANA, "", NOON) and not is_number(KEY, ANA, "１２３", NOON)
