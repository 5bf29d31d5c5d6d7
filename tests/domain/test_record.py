"""The record of a vote: what each hash is over, and that none stays the same when that changes."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.record import (
    Entry,
    Head,
    Line,
    Log,
    Moment,
    Opening,
    canonical,
    fingerprint,
    pseudonym,
    roll_hash,
    rounded,
)
from domain.tree import EMPTY, frontier, leaf

KEY = bytes(range(32))
CHINA = timezone(timedelta(hours=8))
CLOSE = datetime(2026, 3, 8, 12, tzinfo=UTC)
NOON = datetime(2026, 3, 1, 4, 7, 59, tzinfo=UTC)
ANA = Opening("a1" * 12, "yes", 1, (12864, None), "00" * 16)
BEGUN = Log.begin(4, "11" * 32, "22" * 32)

answers = st.sampled_from(["yes", "no", "abstain", None])
openings = st.builds(
    Opening,
    st.sampled_from(["a1" * 12, "b2" * 12, "c3" * 12]),
    answers,
    st.just(1),
    st.tuples(st.integers(0, 99999)),
    st.binary(min_size=16, max_size=16).map(bytes.hex),
)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def written(ballots: Sequence[Opening]) -> tuple[Log, list[Line]]:
    log, lines = BEGUN, []
    for minute, ballot in enumerate(ballots):
        log, line = log.append(ballot, NOON + timedelta(minutes=minute))
        lines.append(line)
    return log, lines


# --- canonical JSON


def test_the_same_is_always_written_the_same_way() -> None:
    said = {"title": "加装电梯 “2号楼”", "matter": 4, "parts": [{"scope": None}], "binding": True}
    other_order = dict(reversed(said.items()))

    assert canonical(said) == canonical(other_order)
    assert canonical(said).decode() == (
        '{"binding":true,"matter":4,"parts":[{"scope":null}],"title":"加装电梯 “2号楼”"}'
    )
    assert fingerprint(said) == sha256(canonical(other_order))


# --- pseudonyms


def test_a_pseudonym_is_the_same_in_one_matter_and_another_one_in_the_next() -> None:
    assert pseudonym(KEY, "o:7") == pseudonym(KEY, "o:7")
    assert len({pseudonym(KEY, "o:7"), pseudonym(KEY, "o:8"), pseudonym(KEY[1:], "o:7")}) == 3
    assert len(bytes.fromhex(pseudonym(KEY, "o:7"))) == 12


def test_a_pseudonym_is_the_known_one() -> None:
    """RFC 4231, test case 2, cut to twelve bytes."""
    assert pseudonym(b"Jefe", "what do ya want for nothing?") == "5bdcc146bf60754e6a042426"


# --- commitments


def test_a_commitment_is_over_the_matter_and_the_whole_ballot() -> None:
    ballot = (
        b'{"areas":[12864,null],"choice":"yes","nonce":"%s","number":1,"vid":"%s"}'
        % (b"00" * 16, b"a1" * 12)
    )  # fmt: skip

    assert ANA.commitment(4) == sha256(b"ballot/1\x004\x00" + ballot)


@pytest.mark.parametrize(
    "other",
    [
        replace(ANA, vid="b2" * 12),
        replace(ANA, choice="no"),
        replace(ANA, choice=None),
        replace(ANA, number=2),
        replace(ANA, areas=(12865, None)),
        replace(ANA, areas=(12864, 0)),
        replace(ANA, areas=(None, 12864)),
        replace(ANA, nonce="00" * 15 + "01"),
    ],
)
def test_another_ballot_has_another_commitment(other: Opening) -> None:
    assert other.commitment(4) != ANA.commitment(4)


def test_a_commitment_cannot_be_carried_to_another_matter() -> None:
    assert ANA.commitment(4) != ANA.commitment(5)


# --- the roll

ROLL = [Entry(vid * 12, 1, (8850 + n, 0), f"{n:032}") for n, vid in enumerate(["c3", "a1", "b2"])]


def test_the_roll_hash_does_not_depend_on_who_was_written_down_first() -> None:
    in_order = sorted(ROLL, key=lambda entry: entry.vid)

    assert roll_hash(ROLL) == roll_hash(in_order)
    assert roll_hash(ROLL) == frontier(leaf(entry.row()) for entry in in_order).root()
    assert in_order[0].row().startswith(b'{"areas":[8851,0],"number":1,"salt":"')


@pytest.mark.parametrize(
    "roll",
    [
        ROLL[:2],
        [*ROLL, ROLL[0]],
        [*ROLL[:2], replace(ROLL[2], areas=(8853, 0))],
        [*ROLL[:2], replace(ROLL[2], areas=(8852, None))],
        [*ROLL[:2], replace(ROLL[2], number=2)],
        [*ROLL[:2], replace(ROLL[2], salt="ff" * 16)],
    ],
)
def test_a_changed_roll_has_another_hash(roll: list[Entry]) -> None:
    assert roll_hash(roll) != roll_hash(ROLL)


# --- moments


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        (NOON, "2026-03-01T04:00:00+00:00"),
        (NOON.replace(minute=10, second=0), "2026-03-01T04:10:00+00:00"),
        (NOON.replace(minute=9, second=59, microsecond=999999), "2026-03-01T04:00:00+00:00"),
        (
            datetime(2026, 3, 1, 23, 59, tzinfo=CHINA),
            "2026-03-01T15:50:00+00:00",
        ),
    ],
)
def test_a_line_tells_its_moment_to_ten_minutes(moment: datetime, told: str) -> None:
    assert rounded(moment) == told


# --- the log


def test_an_empty_log_already_binds_the_question_and_the_roll() -> None:
    begun = {
        Log.begin(4, "11" * 32, "22" * 32).last,
        Log.begin(4, "11" * 32, "23" * 32).last,
        Log.begin(4, "12" * 32, "22" * 32).last,
        Log.begin(5, "11" * 32, "22" * 32).last,
    }

    assert len(begun) == 4
    assert BEGUN.head(Moment.OPENING, NOON, CLOSE).root == EMPTY


@given(st.lists(openings, max_size=20))
def test_every_line_follows_the_one_before_and_stands_in_the_tree(ballots: list[Opening]) -> None:
    log, lines = written(ballots)

    assert [line.seq for line in lines] == list(range(1, len(ballots) + 1))
    assert [line.prev for line in lines] == [BEGUN.last, *(line.hash for line in lines)][:-1]
    assert log.last == (lines[-1].hash if lines else BEGUN.last)
    assert log.tree == frontier(leaf(line.row()) for line in lines)


@given(st.lists(openings, max_size=6), st.lists(openings, max_size=6))
def test_two_different_votes_never_end_with_the_same_head(
    ballots: list[Opening], others: list[Opening]
) -> None:
    ends = [written(each)[0].head(Moment.CLOSE, NOON, CLOSE) for each in (ballots, others)]

    assert (ends[0] == ends[1]) == (ballots == others)


def test_a_line_tells_a_pseudonym_and_a_commitment_and_no_choice() -> None:
    _, (line,) = written([ANA])

    assert json.loads(line.row()) == {
        "at": "2026-03-01T04:00:00+00:00",
        "commit": ANA.commitment(4),
        "matter": 4,
        "prev": BEGUN.last,
        "seq": 1,
        "vid": ANA.vid,
    }
    assert line.hash == sha256(line.row())


def test_what_is_signed_of_a_head_is_all_of_it() -> None:
    head = Head(4, 0, EMPTY, BEGUN.last, NOON.isoformat(), Moment.OPENING, CLOSE.isoformat())

    assert BEGUN.head(Moment.OPENING, NOON.astimezone(CHINA), CLOSE.astimezone(CHINA)) == head
    assert head.row() == (
        b'head/1\x00{"at":"2026-03-01T04:07:59+00:00","closes_at":"2026-03-08T12:00:00+00:00",'
        b'"kind":"opening","last":"%s","matter":4,'
        b'"root":"%s","size":0}' % (BEGUN.last.encode(), EMPTY.encode())
    )
