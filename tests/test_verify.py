"""The script that travels with a bundle: what holds is believed, and each attack is found.

The vote is ``tests.bundles``. An outsider changes files; the operator, who has the key, makes the
whole record anew, which only a head posted earlier can show (handbook: voting 2.4).
"""

import ast
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot import verify
from bot.verify import DOES_NOT, HOLDS, UNREADABLE
from domain.bundle import Consent
from domain.record import Moment, canonical
from storage.vault import Vault
from tests.bundles import CASTS, CLOSES, HEADS, OPENS, Cast, Post, Vote, root, vid, zipped
from tests.checking import Files, changed, check, rewritten, rows

HONEST = Vote()
HOUR = timedelta(hours=1)


def of(name: str, **values: object) -> Files:
    """A file that is one object, with other values."""
    files = HONEST.files()
    return files | {name: canonical({**json.loads(files[name]), **values})}


# --- an honest vote


def test_an_honest_vote_holds() -> None:
    files = HONEST.files()
    outcome = check(files, "--head", root(files, 5), root(files, 9))

    assert (outcome.code, outcome.wrong) == (HOLDS, [])
    assert "9 lines in one unbroken chain" in outcome.said
    assert "building:3 (OWNER_ORDINARY: quorum ≥ 2/3, approval > 1/2)" in outcome.said
    assert "of 9 (900.00 m²), 7 (700.00 m²) took part" in outcome.said
    assert "cast: yes 5 (500.00 m²), no 1 (100.00 m²)" in outcome.said
    assert "Not shown: that it was the voters" in outcome.said


def test_who_names_no_posted_head_is_told_what_that_leaves_open() -> None:
    files = HONEST.files()

    said = check(files).said

    assert "You named no posted head" in said
    assert all(root(files, size) in said for size in (0, 5, 9))


def test_a_shortened_head_is_compared_with_a_warning() -> None:
    files = HONEST.files()

    assert "could be imitated" in check(files, "--head", root(files, 9)[:33]).said
    assert "could be imitated" not in check(files, "--head", root(files, 9)[:34]).said


def test_the_voter_finds_the_own_receipt() -> None:
    files = HONEST.files()
    commit = rows(files, "log.jsonl")[2]["commit"][:8]

    assert check(files, "--receipt", f"3:{commit}").code == HOLDS
    for other in (f"4:{commit}", f"0:{commit}", f"10:{commit}", "3:00000000"):
        assert check(files, "--receipt", other).wrong == [f"Receipt {other}"]


def test_what_the_notice_says_is_compared() -> None:
    files, said = HONEST.files(), check(HONEST).said
    question = said.split("shows ")[1][:64]
    roll = said.split("voting units. If ")[1][:64]
    key = json.loads(files["key.json"])["public"]

    assert check(files, "--question", question, "--roll", roll, "--key", key).code == HOLDS
    other = "f" * 64
    outcome = check(files, "--question", other, "--roll", other, "--key", other)
    assert outcome.wrong == ["Question", "Roll", "Signatures"]


# --- what an outsider changes in the files


def altered() -> Files:
    return changed(HONEST.files(), "log.jsonl", 4, vid=vid("o:9"))


def last_altered() -> Files:
    return changed(HONEST.files(), "log.jsonl", 9, at="2026-03-02T18:10:00+00:00")


def dropped() -> Files:
    files = HONEST.files()
    for name in ("log.jsonl", "openings.jsonl"):
        found = rows(files, name)
        files = rewritten(files, name, found[:3] + found[4:])
    return files


def swapped() -> Files:
    files = HONEST.files()
    for name in ("log.jsonl", "openings.jsonl"):
        one, two, three, *rest = rows(files, name)
        files = rewritten(files, name, [one, three, two, *rest])
    return files


def renumbered() -> Files:
    return changed(HONEST.files(), "log.jsonl", 9, seq=10)


def truncated() -> Files:
    files = HONEST.files()
    for name in ("log.jsonl", "openings.jsonl"):
        files = rewritten(files, name, rows(files, name)[:-1])
    return files


def unopened() -> Files:
    files = HONEST.files()
    return rewritten(files, "openings.jsonl", rows(files, "openings.jsonl")[:-1])


def opened_twice() -> Files:
    files = HONEST.files()
    found = rows(files, "openings.jsonl")
    return rewritten(files, "openings.jsonl", [*found, found[-1]])


def without_the_close() -> Files:
    files = HONEST.files()
    heads = json.loads(files["heads.json"])[:-1]
    return files | {"heads.json": canonical(heads)}


def head(number: int, **values: object) -> Files:
    files = HONEST.files()
    heads = json.loads(files["heads.json"])
    heads[number] |= values
    return files | {"heads.json": canonical(heads)}


@pytest.mark.parametrize(
    ("files", "wrong"),
    [
        (altered, ["Record", "Ballots", "Heads"]),
        (last_altered, ["Time", "Heads"]),
        (dropped, ["Record", "Ballots", "Heads"]),
        (swapped, ["Record", "Ballots", "Heads"]),
        (renumbered, ["Record", "Heads"]),
        (truncated, ["Heads"]),
        (unopened, ["Ballots"]),
        (opened_twice, ["Ballots"]),
        (without_the_close, ["Heads", "Window"]),
    ],
)
def test_a_record_that_was_tampered_with_is_found_out(
    files: Callable[[], Files], wrong: list[str]
) -> None:
    outcome = check(files())

    assert outcome.code == DOES_NOT
    assert [what for what in outcome.wrong if what != "Result"] == wrong


def test_the_break_of_a_chain_is_shown_where_it_is() -> None:
    assert "broken at line 5;" in check(altered()).said
    assert "broken at line 4, 5, 6, 7, 8;" in check(dropped()).said


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"choice": "no"}, ["Ballots", "Result"]),
        ({"choice": None, "valid": False}, ["Ballots", "Result"]),
        ({"valid": False}, ["Ballots"]),
        ({"nonce": "00" * 16}, ["Ballots"]),
        ({"seq": 7}, ["Ballots"]),
        ({"areas": [10001]}, ["Ballots", "Entitled", "Result"]),
        ({"number": 2}, ["Ballots", "Entitled", "Result"]),
        ({"choice": "perhaps"}, ["Ballots", "Entitled", "Result"]),
        ({"at": "2026-03-01T02:10:00+00:00"}, ["Time"]),
        ({"at": "2026-03-03T01:00:00+00:00"}, ["Time", "Result"]),
    ],
)
def test_a_ballot_that_was_changed_after_the_receipt_is_found_out(
    values: dict[str, object], wrong: list[str]
) -> None:
    outcome = check(changed(HONEST.files(), "openings.jsonl", 1, **values))

    found = list(dict.fromkeys(outcome.wrong))
    assert (outcome.code, found) == (DOES_NOT, wrong)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("question.json", {"title": "3号楼门口放垃圾桶"}),
        ("question.json", {"parts": [{"rule": "RESIDENT_MEETING", "scope": "building:3"}]}),
        ("question.json", {"closes_at": (CLOSES + HOUR).isoformat()}),
        ("question.json", {"invalid_counts": True}),
    ],
)
def test_a_changed_question_is_found_out(name: str, values: dict[str, Any]) -> None:
    assert "Start" in check(of(name, **values)).wrong


@pytest.mark.parametrize("values", [{"areas": [9999]}, {"number": 2}, {"salt": "00" * 16}])
def test_a_changed_roll_is_found_out(values: dict[str, Any]) -> None:
    assert "Start" in check(changed(HONEST.files(), "roll.jsonl", 2, **values)).wrong


def test_a_voter_who_is_on_the_roll_twice_is_found_out() -> None:
    files = HONEST.files()
    one, *others = rows(files, "roll.jsonl")

    twice = check(rewritten(files, "roll.jsonl", [one, one, *others]))
    assert twice.wrong[:2] == ["Roll", "Start"]


@pytest.mark.parametrize("values", [{"result": "rejected"}, {"refused": [{"seq": 1}]}])
def test_a_wrong_result_is_found_out(values: dict[str, Any]) -> None:
    assert check(of("result.json", **values)).wrong == ["Result"]


@pytest.mark.parametrize(
    "values",
    [
        {"rule": "OWNER_SPECIAL"},
        {"result": "rejected"},
        {"failed": ["approval_area"]},
        {"yes": 6},
        {"yes_area": 50001},
        {"taking_part": 8},
        {"voters": 10},
        {"cast": {"yes": [5, 50000], "no": [1, 10000], "abstain": [2, 20000], "spoiled": [0, 0]}},
        {"silent": [1, 10000]},
        {"yes": None},
    ],
)
def test_wrong_numbers_are_found_out(values: dict[str, Any]) -> None:
    outcome = check(HONEST.counted(**values))

    assert set(outcome.wrong) == {"Result"}


def test_what_was_published_and_what_was_counted_stand_side_by_side() -> None:
    said = check(HONEST.counted(yes=6)).said

    assert "parts.1.yes was published as 6; counted again it is 5" in said


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"signature": "00" * 64}, ["Signatures"]),
        ({"signature": ""}, ["Signatures"]),
        ({"at": OPENS.isoformat()}, ["Signatures"]),
        ({"matter": 5}, ["Signatures"]),
        ({"root": "00" * 32}, ["Signatures", "Heads"]),
        ({"size": 4}, ["Signatures", "Heads"]),
    ],
)
def test_a_forged_head_is_found_out(values: dict[str, object], wrong: list[str]) -> None:
    outcome = check(head(1, **values))

    assert (outcome.code, outcome.wrong) == (DOES_NOT, wrong)


# --- what the operator makes anew, with the key

OTHER_CASTS = (Cast("o:1", "no", 1), *CASTS[1:])
FEWER = replace(HONEST, casts=CASTS[:-1], heads=(*HEADS[:2], replace(HEADS[2], size=8)))
FEWER = FEWER.counted(
    taking_part=6,
    area_taking_part=60000,
    yes=4,
    yes_area=40000,
    cast={"yes": [4, 40000], "no": [1, 10000], "abstain": [1, 10000], "spoiled": [1, 10000]},
)
REWRITTEN = replace(HONEST, casts=OTHER_CASTS).counted(
    yes=4,
    yes_area=40000,
    cast={"yes": [4, 40000], "no": [2, 20000], "abstain": [1, 10000], "spoiled": [1, 10000]},
)


@pytest.mark.parametrize(("made", "size"), [(REWRITTEN, 5), (REWRITTEN, 9), (FEWER, 9)])
def test_only_a_head_posted_earlier_shows_a_record_made_anew(made: Vote, size: int) -> None:
    """All in it agrees, and the signatures are right: no check inside the bundle can tell."""
    posted = root(HONEST.files(), size)

    assert check(made).code == HOLDS
    assert check(made, "--head", posted).wrong == [f"Posted head {posted}"]


def test_a_head_of_another_view_is_not_of_this_record() -> None:
    """Two groups are shown two records; each extends its own heads, and neither the other's."""
    here, there = HONEST.files(), REWRITTEN.files()

    assert check(here, "--head", root(here, 5), root(there, 5)).wrong == [
        f"Posted head {root(there, 5)}"
    ]


def test_heads_kept_from_before_contradict_a_record_made_anew() -> None:
    old, new = (json.loads(vote.files()["heads.json"]) for vote in (HONEST, REWRITTEN))
    files = REWRITTEN.files() | {"heads.json": canonical([*old[:2], new[2]])}

    assert check(files).wrong == ["Heads"]


def test_somebody_without_the_key_cannot_sign_anew() -> None:
    stranger = replace(REWRITTEN, vault=Vault("the secret of somebody else altogether"))
    key = HONEST.vault.public_key

    assert check(stranger.files() | {"key.json": HONEST.files()["key.json"]}).wrong == [
        "Signatures"
    ]
    assert check(stranger, "--key", key).wrong == ["Signatures"]


@pytest.mark.parametrize(
    ("cast", "reason"),
    [
        (Cast("o:77", "yes", 42), "not_on_roll"),
        (Cast("o:9", "yes", 48), "outside_window"),
        (Cast("o:9", "yes", -0.1), "outside_window"),
        (Cast("o:8", "no", 48), "outside_window"),
    ],
)
def test_a_ballot_that_may_not_count_is_not_counted(cast: Cast, reason: str) -> None:
    heads = (*HEADS[:2], replace(HEADS[2], size=10))
    vote = replace(HONEST, casts=(*CASTS, cast), heads=heads)
    counted = vote.counted(
        taking_part=8,
        area_taking_part=80000,
        yes=6,
        yes_area=60000,
        cast={"yes": [6, 60000], "no": [1, 10000], "abstain": [1, 10000], "spoiled": [1, 10000]},
    )

    outcome = check(vote.published(refused=[{"seq": 10, "reason": reason}]))
    assert outcome.code == HOLDS
    assert "not on the roll or outside the window: line 10" in outcome.said
    assert set(check(counted).wrong) == {"Result"}


def test_two_ballots_of_one_owner_never_stand_together() -> None:
    both = HONEST.counted(
        cast={"yes": [5, 50000], "no": [2, 20000], "abstain": [1, 10000], "spoiled": [1, 10000]},
        taking_part=8,
        area_taking_part=80000,
    )

    assert set(check(both).wrong) == {"Result"}


def test_the_later_of_two_ballots_was_also_cast_later() -> None:
    casts = [*CASTS[:5], replace(CASTS[5], hours=1.5), *CASTS[6:]]

    assert check(replace(HONEST, casts=casts)).wrong == ["Time"]


def test_an_owner_struck_out_after_a_review_takes_no_part_and_is_told() -> None:
    struck = HONEST.published(struck=[6]).counted(
        taking_part=6,
        area_taking_part=60000,
        yes=4,
        yes_area=40000,
        cast={"yes": [4, 40000], "no": [1, 10000], "abstain": [1, 10000], "spoiled": [1, 10000]},
    )

    outcome = check(struck)
    assert outcome.code == HOLDS
    assert "Struck out by people after a review: line 6" in outcome.said


# --- the window


LATER = CLOSES + timedelta(days=1)
EXTENDED = (
    *HEADS[:2],
    Post(9, Moment.EXTENSION, CLOSES - HOUR, LATER),
    Post(9, Moment.CLOSE, LATER, LATER),
)


def test_an_extension_posted_before_the_close_holds_and_is_told() -> None:
    outcome = check(replace(HONEST, heads=EXTENDED))

    assert (outcome.code, outcome.wrong) == (HOLDS, [])
    assert "Window: extended to 2026-03-04" in outcome.said


@pytest.mark.parametrize(
    "heads",
    [
        (),
        HEADS[1:],
        (replace(HEADS[0], size=1), *HEADS[1:]),  # ballots before the opening
        (*HEADS[:2], replace(HEADS[2], at=CLOSES - HOUR)),  # closed early
        (*EXTENDED[:2], replace(EXTENDED[2], at=CLOSES), EXTENDED[3]),  # extended too late
        (*EXTENDED[:3], replace(EXTENDED[3], at=CLOSES)),  # extended, and closed as planned
        (*EXTENDED[:3], Post(9, Moment.CLOSE, LATER + HOUR, LATER + HOUR)),  # extended twice
        (*EXTENDED[:3], HEADS[2]),  # extended, and then not
        (replace(HEADS[0], closes_at=LATER), *EXTENDED[1:]),  # not what the question says
        (*HEADS[:2], Post(9, Moment.CLOSE, CLOSES, CLOSES - HOUR)),  # shortened
    ],
)
def test_a_window_that_was_not_kept_is_found_out(heads: tuple[Post, ...]) -> None:
    assert "Window" in check(replace(HONEST, heads=heads)).wrong


def moved(days: float) -> Vote:
    """As where the roll was frozen too late: the opening announces the other close."""
    by = timedelta(days=days)
    heads = [replace(head, at=head.at + by, closes_at=CLOSES + by) for head in HEADS]
    casts = [replace(cast, hours=cast.hours + 24 * days) for cast in CASTS]
    return replace(HONEST, casts=casts, heads=heads)


def test_a_window_moved_by_whole_days_before_the_first_ballot_holds_and_is_told() -> None:
    outcome = check(moved(days=2))

    assert (outcome.code, outcome.wrong) == (HOLDS, [])
    assert "Window: moved as a whole, to 2026-03-03" in outcome.said


def test_a_window_moved_otherwise_is_found_out() -> None:
    after_a_ballot = moved(days=2)
    heads = [replace(after_a_ballot.heads[0], size=1), *after_a_ballot.heads[1:]]

    assert "Window" in check(moved(days=0.5)).wrong
    assert "Window" in check(moved(days=-1)).wrong
    assert "Window" in check(replace(after_a_ballot, heads=heads)).wrong


def test_a_window_that_ends_between_two_marks_is_told() -> None:
    odd = CLOSES + timedelta(minutes=5)
    heads = [replace(head, closes_at=odd) for head in HEADS]
    heads[2] = replace(heads[2], at=odd)

    outcome = check(replace(HONEST.asked(closes_at=odd.isoformat()), heads=heads))
    assert outcome.code == HOLDS
    assert "full ten minutes" in outcome.said
    assert "full ten minutes" not in check(HONEST).said


# --- parts, consents, options

LIFT = replace(
    HONEST.asked(
        parts=[
            {"rule": "OWNER_SPECIAL", "scope": "unit:3-2"},
            {"rule": "OWNER_ORDINARY", "scope": "building:3"},
        ],
        consents=["3-2-101"],
    ),
    owners={f"o:{n}": (8850 if n < 4 else None, 8850) for n in range(1, 7)},
    casts=[Cast("o:1", "yes"), Cast("o:2", "yes"), Cast("o:4", "no"), Cast("o:5", "yes")],
    heads=(HEADS[0], replace(HEADS[2], size=4)),
    consents=[Consent("3-2-101", True)],
)
STAIR, ESTATE = (
    {
        "rule": rule,
        "result": "passed",
        "failed": [],
        "voters": n,
        "area": n * 8850,
        "taking_part": part,
        "area_taking_part": part * 8850,
        "yes": yes,
        "yes_area": yes * 8850,
        "cast": {
            "yes": [yes, yes * 8850],
            "no": [part - yes, (part - yes) * 8850],
            "abstain": [0, 0],
            "spoiled": [0, 0],
        },
        "silent": [0, 0],
    }
    for rule, n, part, yes in (("OWNER_SPECIAL", 3, 2, 2), ("OWNER_ORDINARY", 6, 4, 3))
)
LIFT = LIFT.published(parts=[STAIR, ESTATE])


def test_each_part_is_counted_over_its_own_voters() -> None:
    outcome = check(LIFT)

    assert (outcome.code, outcome.wrong) == (HOLDS, [])
    assert "1, of whom 1 agreed" in outcome.said


@pytest.mark.parametrize("given", [False, None])
def test_nothing_passes_without_the_consent_of_whose_part_is_used(given: bool | None) -> None:
    refused = replace(LIFT, consents=[Consent("3-2-101", given)])
    failed = {"result": "rejected", "failed": ["consent"]}

    assert set(check(refused).wrong) == {"Result"}
    honest = refused.published(result="rejected", parts=[STAIR | failed, ESTATE | failed])
    outcome = check(honest)
    assert outcome.code == HOLDS
    assert "rejected, for want of: consent of owners whose own part is used" in outcome.said


def test_a_refusal_that_is_left_out_is_found_out() -> None:
    assert check(replace(LIFT, consents=())).wrong == ["Owners whose own part is used"]


def test_a_choice_among_options_is_counted_and_passes_nothing() -> None:
    vote = replace(
        HONEST.asked(options=["长椅", "花坛"], parts=[{"rule": "CONSULT", "scope": "building:3"}]),
        owners={"h:1": (0,), "h:2": (0,), "h:3": (0,)},
        casts=[Cast("h:1", "2"), Cast("h:2", "2"), Cast("h:3", "abstain")],
        heads=(HEADS[0], replace(HEADS[2], size=3)),
    )
    counted = vote.published(result="counted").counted(
        rule="CONSULT",
        result="counted",
        voters=3,
        area=0,
        taking_part=3,
        area_taking_part=0,
        yes=0,
        yes_area=0,
        cast={"1": [0, 0], "2": [2, 0], "abstain": [1, 0], "spoiled": [0, 0]},
    )

    outcome = check(counted)
    assert outcome.code == HOLDS
    assert "nothing to pass" in outcome.said


# --- files that cannot be read


def without(name: str) -> Files:
    return {other: data for other, data in HONEST.files().items() if other != name}


@pytest.mark.parametrize(
    "files",
    [
        without("log.jsonl"),
        HONEST.files() | {"log.jsonl": b"{"},
        HONEST.files() | {"heads.json": b"\xff"},
        of("question.json", closes_at="2026-03-01T00:00:00"),
        of("key.json", public=7),
        changed(HONEST.files(), "roll.jsonl", 1, number=-1),
        changed(HONEST.files(), "roll.jsonl", 1, areas=[100.5]),
        changed(HONEST.files(), "roll.jsonl", 1, areas=[True]),
        changed(HONEST.files(), "roll.jsonl", 1, areas=[]),
    ],
)
def test_a_damaged_bundle_is_not_read(files: Files) -> None:
    outcome = check(files)

    assert outcome.code == UNREADABLE
    assert "This file cannot be read: " in outcome.said


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_bundle_in_which_two_could_read_different_things_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(zipped(HONEST.files()))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("result.json", b"{}")

    assert verify.main([str(path)]) == UNREADABLE


# --- any record, any change

BARE_WORDS = {"algorithm", "delivered", "posted", "via"}  # docs/record.md says that none binds them
NAMES = [name for name in HONEST.files() if name.endswith((".json", ".jsonl"))]


def places(value: object, *path: str | int) -> Iterator[tuple[str | int, ...]]:
    """The way to every single value inside."""
    if isinstance(value, dict | list):
        for name, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(each, *path, name)
    elif not BARE_WORDS & set(path):
        yield path


def other(value: object) -> object:
    match value:
        case bool() | None:
            return not value
        case int():
            return value + 1
        case _:
            return f"1{str(value)[1:]}" if str(value)[:1] != "1" else f"2{str(value)[1:]}"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_value_is_changed_unnoticed(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(NAMES))
    files = HONEST.files()
    found = [json.loads(row) for row in files[name].splitlines()]
    ways = list(places(found))
    assume(ways)
    *path, last = data.draw(st.sampled_from(ways))

    inside: Any = found
    for step in path:
        inside = inside[step]
    inside[last] = other(inside[last])

    assert check(rewritten(files, name, found)).code != HOLDS


casts = st.lists(
    st.builds(
        Cast,
        st.integers(1, 12).map("o:{}".format),  # of whom nine are on the roll
        st.sampled_from(["yes", "no", "abstain", None]),
        st.integers(-2, 50),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(casts.map(lambda found: sorted(found, key=lambda cast: cast.hours)))
def test_any_record_is_read_as_it_was_written(casts: list[Cast]) -> None:
    close = Post(len(casts), Moment.CLOSE, CLOSES)
    vote = replace(HONEST, casts=casts, heads=(HEADS[0], close))
    counting = {
        cast.unit: (seq, cast.choice)
        for seq, cast in enumerate(casts, 1)
        if cast.unit in vote.owners and 0 <= cast.hours < 48
    }

    read = vote.read()

    assert read.faults == {}
    assert {v: (seq, choice) for v, (seq, choice, _) in read.standing.items()} == {
        vid(unit): answer for unit, answer in counting.items()
    }
    assert len(read.refused) == len([c for c in casts if not _may_count(c)])


def _may_count(cast: Cast) -> bool:
    return cast.unit in HONEST.owners and 0 <= cast.hours < 48


# --- signatures, in nothing but whole numbers

SIGNED = [  # RFC 8032, 7.1, tests 1 to 3
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e3970"
        "1cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613"
        "d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760"
        "984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("key", "message", "signature"), SIGNED)
def test_the_known_signatures_are_right(key: str, message: str, signature: str) -> None:
    known = [bytes.fromhex(each) for each in (key, message, signature)]

    assert verify.is_signed(*known)
    assert not verify.is_signed(known[0], known[1] + b"!", known[2])


@settings(max_examples=20, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=80), st.integers(0, 511))
def test_what_others_sign_is_right_and_not_with_one_bit_changed(
    seed: bytes, message: bytes, bit: int
) -> None:
    signer = Ed25519PrivateKey.from_private_bytes(seed)
    key, signature = signer.public_key().public_bytes_raw(), signer.sign(message)
    flipped = int.from_bytes(signature, "little") ^ 1 << bit

    assert verify.is_signed(key, message, signature)
    assert not verify.is_signed(key, message, flipped.to_bytes(64, "little"))


def test_a_signature_is_written_in_one_way_only() -> None:
    """Adding the order of the group to its second half gives the same sum, and is refused."""
    key, message, signature = (bytes.fromhex(each) for each in SIGNED[0])
    second = int.from_bytes(signature[32:], "little") + verify.L

    assert not verify.is_signed(key, message, signature[:32] + second.to_bytes(32, "little"))
    assert not verify.is_signed(key[:31], message, signature)
    assert not verify.is_signed(b"\xff" * 32, message, signature)


# --- alone on another machine


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an auditor has on a computer without Linli: the bundle, and the script out of it."""
    folder = tmp_path_factory.mktemp("auditor")
    (folder / "bundle.zip").write_bytes(zipped(HONEST.files()))
    (folder / "forged.zip").write_bytes(zipped(altered()))
    (folder / "verify.py").write_bytes(HONEST.files()["verify.py"])
    return folder


@pytest.mark.parametrize(
    ("bundle", "code", "last"),
    [
        ("bundle.zip", HOLDS, "全部相符。"),
        ("forged.zip", DOES_NOT, "有 3 处不符。请不要采信这个结果。"),
        ("verify.py", UNREADABLE, "无法读取这个文件：BadZipFile: File is not a zip file"),
    ],
)
def test_the_script_needs_nothing_but_python(
    unpacked: Path, bundle: str, code: int, last: str
) -> None:
    alone = [sys.executable, "-I", "-S", "-X", "utf8", "verify.py", bundle]
    done = subprocess.run(alone, cwd=unpacked, capture_output=True, text=True, encoding="utf-8")

    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout.splitlines()[-1] == last


def test_a_screen_without_chinese_signs_does_not_stop_it(unpacked: Path) -> None:
    plain = {"PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-S", "verify.py", "bundle.zip"]

    assert subprocess.run(command, cwd=unpacked, capture_output=True, env=plain).returncode == HOLDS


def test_the_script_is_read_by_older_pythons_too() -> None:
    ast.parse(HONEST.files()["verify.py"], feature_version=(3, 9))


@pytest.mark.parametrize("given", ["9", "9:", "9:abc", "nine:00000000", "9:0000000g"])
def test_a_head_that_cannot_be_one_is_not_compared(given: str) -> None:
    with pytest.raises(SystemExit) as ended:
        verify.main(["bundle.zip", "--head", given])

    assert ended.value.code == UNREADABLE
