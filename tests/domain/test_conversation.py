"""Buttons keep their meaning on the way to a phone and back; promises keep theirs in the outbox."""

import json
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.actions import OpenAnyway, Rate, SetCategory, SupportInstead, WriteDraft
from domain.conversation import (
    BUTTON_BYTES,
    LARGEST,
    LARGEST_SMALL,
    LINK,
    SMALL,
    Action,
    Address,
    Blank,
    Choice,
    Listed,
    Names,
    Phrase,
    Say,
)
from domain.doubts import Verdict
from domain.entries import Kind
from domain.ladder import Wish
from domain.matters import Event
from domain.notices import Place, Urgency, Who
from domain.places import LegalEffect
from domain.polls import Poll
from domain.question import Mode
from domain.residents import CODE_LENGTH
from domain.roll import JOINT
from domain.tickets import DisputeReason, ReassignReason, ReturnReason, Visibility
from domain.voting import Answer
from handlers.editing import PARTS
from handlers.routes import ROUTES
from tests.drawings import a_drawing

CONFIG = Path(__file__).parents[2] / "config.yaml"
ANA = Address("telegram", "101")
LONGEST_CODE = 32  # characters of a category's code, by the settings

REGISTERED = sorted(
    (kind for kind in Action.by_code.values() if not kind.__module__.startswith("tests.")),
    key=lambda kind: kind.code,
)

# The longest words each button carries beside its numbers.
WORDS: dict[str, list[str]] = {
    "category": ["c" * LONGEST_CODE],
    "visibility": list(Visibility),
    "choice": [*Answer],
    "event": [*Event],
    "kind": ["k" * LONGEST_CODE],
    "part": [*PARTS, "effect"],
    "picked": ["0123456789"],
    "place": [*Place],
    "urgency": [*Urgency],
    "verdict": [*Verdict],
    "who": [*Who],
    "unit": ["j" + "f" * JOINT],
    "value": [*LegalEffect, *Mode],
    "sort": ["all", "role", "duty", "org"],
    "guest": ["d" * LONGEST_CODE],
    "what": ["strike", "first"],
    "way": [*Kind],
    "reason": [*ReassignReason, *ReturnReason, *DisputeReason],
    "answer": ["yes", "partly", "no", *Wish],
    "invite": ["7" * CODE_LENGTH],
    "language": ["zh", "en"],
    "to": ["-1001234567890"],
    "group": ["0123456789ab"],
    "account": ["0123456789ab"],
}


def largest(kind: type[Action]) -> Action:
    values = [
        (LARGEST_SMALL if f.name in SMALL else LARGEST)
        if f.type is int
        else max(WORDS[f.name], key=len)
        for f in fields(kind)  # type: ignore[arg-type]
    ]
    return kind(*values)


@pytest.mark.parametrize("kind", REGISTERED, ids=lambda kind: kind.__name__)
def test_a_button_fits_every_platform_whatever_numbers_it_carries(kind: type[Action]) -> None:
    packed = largest(kind).pack()

    assert len(packed.encode()) <= BUTTON_BYTES
    assert Action.unpack(packed) == largest(kind)


@pytest.mark.parametrize("kind", REGISTERED, ids=lambda kind: kind.__name__)
def test_every_button_is_answered(kind: type[Action]) -> None:
    assert kind in ROUTES


def test_no_answer_waits_for_a_button_that_cannot_come() -> None:
    assert set(ROUTES) == set(REGISTERED)


def test_every_category_of_the_configuration_fits_on_a_button() -> None:
    codes = [c["code"] for c in yaml.safe_load(CONFIG.read_text("utf-8"))["categories"]]

    assert all(len(SetCategory(LARGEST, code).pack()) <= BUTTON_BYTES for code in codes)


def test_words_too_long_for_a_button_are_refused_before_a_platform_refuses_them() -> None:
    with pytest.raises(ValueError, match="over 64 bytes"):
        SetCategory(LARGEST, "类" * 20).pack()


def test_an_old_button_on_a_phone_keeps_its_meaning() -> None:
    """These strings stand in chats already: changing what they mean would press other buttons."""
    assert Action.unpack("d.same:7:12") == SupportInstead(draft=7, number=12)
    assert Action.unpack("rate:12:2:5") == Rate(number=12, round=2, level=5)
    assert Action.unpack("d") == WriteDraft()


@pytest.mark.parametrize(
    "forged",
    ["", ":", "nobody", "up", "up:", "up:12:", "up:twelve", "up:1.5", "up:12:13", "UP:12", " up:12",
     "d:1", "rate:12:2", "rate:12:2:five", f"up:{'9' * 5000}"],
)  # fmt: skip
def test_a_button_we_did_not_write_is_refused(forged: str) -> None:
    with pytest.raises(ValueError):
        Action.unpack(forged)


codes = st.sampled_from(sorted(kind.code for kind in REGISTERED))
forgeries = st.text() | st.builds("{}:{}".format, codes, st.text())


@given(forgeries)
def test_no_forged_button_does_more_than_be_refused(forged: str) -> None:
    try:
        action = Action.unpack(forged)
    except ValueError:
        return
    assert all(type(getattr(action, f.name)) is f.type for f in fields(action))  # type: ignore[arg-type]


def test_two_buttons_cannot_share_a_code() -> None:
    with pytest.raises(ValueError, match="'up' is taken by Support"):

        @dataclass(frozen=True)
        class Upset(Action, code="up"):
            pass


# --- promises in the outbox

zones = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))
leaves: st.SearchStrategy[Blank] = (
    st.text()
    | st.integers(-LARGEST, LARGEST)
    | st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=zones)  # noqa: DTZ001
    | st.dates()
    | st.integers(0, 10**9).map(lambda seconds: timedelta(seconds=seconds))
    | st.builds(Names, st.dictionaries(st.sampled_from(["zh", "en"]), st.text()))
)


def _inside(blanks: st.SearchStrategy[Blank]) -> st.SearchStrategy[Blank]:
    phrases = st.builds(Phrase, st.text(), st.dictionaries(st.text(max_size=5), blanks, max_size=3))
    several = st.lists(blanks, max_size=3).map(tuple)
    return phrases | several | st.builds(Listed, several)


any_blank = st.recursive(leaves, _inside, max_leaves=6)
choices = st.builds(
    Choice,
    st.text() | st.builds(Phrase, st.text()) | st.builds(Names, st.just({"zh": "电梯"})),
    st.sampled_from(REGISTERED).map(largest),
    st.just("") | st.from_regex(LINK, fullmatch=True),
)
polls = st.builds(
    Poll,
    id=st.integers(1, LARGEST),
    question=st.text(),
    options=st.lists(st.text(), max_size=12).map(tuple),
    note=st.text(),
    closes_at=st.none() | st.just(datetime(2026, 3, 2, 4, 30, tzinfo=UTC)),
    multiple=st.booleans(),
    hidden=st.booleans(),
    closed=st.booleans(),
)
says = st.builds(
    Say,
    to=st.just(ANA),
    key=st.text(),
    blanks=st.dictionaries(st.text(max_size=5), any_blank, max_size=3),
    choices=st.lists(choices, max_size=2).map(tuple),
    card=st.none() | st.text(),
    fresh=st.booleans(),
    photo=st.none() | st.integers(0, LARGEST),
    drawing=st.none() | st.just(a_drawing()),
    poll=st.none() | polls,
    reply=st.booleans(),
)


def through_the_database(say: Say) -> Say:
    row: dict[str, Any] = json.loads(json.dumps(say.as_json()))
    return Say.from_json(say.to, row)


@settings(deadline=None)
@given(says)
def test_what_was_promised_is_what_is_said(say: Say) -> None:
    assert through_the_database(say) == say


def test_a_promise_that_an_earlier_version_made_is_still_kept() -> None:
    """Its buttons led nowhere, and it knew neither drawings nor polls."""
    say = Say(ANA, "tickets.card", choices=(Choice("进度", OpenAnyway(12)),))
    row = say.as_json()
    row["choices"] = [choice[:2] for choice in row["choices"]]
    del row["drawing"], row["poll"]

    assert Say.from_json(ANA, row) == say


@pytest.mark.parametrize("link", ["v 7", "v7\n", "投票", "v7&start=v8", "v" * 65])
def test_a_link_that_telegram_would_not_carry_is_refused(link: str) -> None:
    with pytest.raises(ValueError):
        Choice("投票", OpenAnyway(12), link)


def test_a_sentence_inside_sentences_comes_out_as_it_went_in() -> None:
    line = Phrase("event.sign", {"at": datetime(2026, 3, 2, tzinfo=UTC), "number": LARGEST})
    told = Phrase("event.with_words", {"line": line, "words": '{"at": "soon"} <b>'})
    say = Say(
        ANA,
        "suggestions.progress",
        {"story": (told, ("路灯", Names({"zh": "公共设施", "en": "Utilities"})))},
        (Choice("王师傅", OpenAnyway(LARGEST)),),
        card="case:12",
        fresh=True,
    )

    assert through_the_database(say) == say


@pytest.mark.parametrize(
    "forged",
    [
        f"sign:{2**63}", "sign:-1", "sign:", "sign:１", "sign:1_0", "sign: 1",
        "sign:" + "9" * 5000, f"rate:1:{2**31}:5", f"rate:1:1:{2**31}",
    ],
)  # fmt: skip
def test_a_number_that_no_column_holds_is_refused_at_the_door(forged: str) -> None:
    """A forged button reached the database, which refused it: an apology for a fault of ours."""
    with pytest.raises(ValueError, match="takes a"):
        Action.unpack(forged)
