"""Every sentence: alike in every language, none missing, none left over, no word read as markup."""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import verify
from bot.channels.telegram_menu import COMMANDS
from bot.channels.wechat_templates import TOPICS
from bot.drawing import AREA
from casework.counting import ANSWERED, CONSULTED, NOT_ENOUGH, TOO_FEW
from casework.digest import OF_RESIDENTS
from casework.linking import NAMED
from casework.matter_views import WITH_RECORD
from domain import (
    doubts,
    entries,
    health,
    identity,
    kinds,
    ladder,
    matters,
    meetings,
    notices,
    objections,
    questions,
    roll,
)
from domain.ballots import Via
from domain.clocks import Kind
from domain.conversation import Names, Phrase, listed
from domain.digest import Why
from domain.kinds import STRICTNESS, Outcome
from domain.matters import ENDED, STEP_AFTER
from domain.places import PLACES, LegalEffect, Paper
from domain.procedure import Parking
from domain.question import Mode
from domain.readings import Reading
from domain.record import Moment
from domain.recurrence import EVERY_MONTHS, LAST
from domain.residents import Role
from domain.subtasks import Progress
from domain.tickets import (
    DisputeReason,
    EscalateReason,
    Event,
    ReassignReason,
    Refusal,
    ReturnReason,
    State,
    Visibility,
)
from domain.voting import RULES, Answer, Check, Result, Silence, Unit
from handlers import editing
from handlers.matters import ENDINGS, UNTOLD
from handlers.ratings import EVENTS, SATISFACTION
from storage import mandates
from texts import Span, Texts, plain, read_languages
from web.pages import SCRIPT_WORDS, STEPS
from web.view import ORDER

ROOT = Path(__file__).parents[1]
LANGUAGES = read_languages()
ZH = LANGUAGES["zh"]
FEATURES = {key.split(".")[0] for key in ZH}
SHANGHAI = ZoneInfo("Asia/Shanghai")

# Where sentences are spoken of. In storage the columns of tables look like keys.
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LAYERS = {name.split(".")[0] for name in PROJECT["tool"]["setuptools"]["packages"]} - {"storage"}

# The one script with sentences of its own: auditors run it where there is nothing else of Linli.
TRAVELS_ALONE = ROOT / "bot" / "verify.py"

KEY = re.compile(r"[a-z]+(\.[a-z0-9_]+)+")
MEASURES = (*Unit, AREA)
NOT_KEYS = {"groups.csv", "roll.jsonl", "consents.json"}  # names of files


def of_kinds() -> list[str]:
    """What stands behind ``kinds.`` in the keys that the shipped kinds ask for."""
    asked: list[str] = []

    def words(key: str) -> Names:
        asked.append(key.removeprefix("kinds."))
        return Names({})

    kinds.shipped(words)
    return asked


TESTS = set(Check) - {Check.CONSENT}
SHARES = {
    f"{'over' if share.strict else 'at_least'}_{share.n}_{share.d}"
    for rule in RULES.values()
    for share in (rule.quorum, rule.approval)
}

BUTTONS = (
    "confirm", "audience", "urgency", "when", "text", "groups_0", "groups_1", "drop",
    "agree", "disagree", "pause", "resume", "cancel", "doors", "more_doors",
    "buildings", "unit", "everybody", "owners_buildings", "owners",
)  # fmt: skip
MEETING_BUTTONS = (
    "add", "strike", "first", "write", "move", "cancel", "meeting", "minutes", "open", "more",
    "new", "confirm", "title", "rule", "invited", "chair", "end", "end_sure", "done",
)  # fmt: skip
AUDIENCES = [
    *(f"{who}_{place}" for who in ("residents", "owners") for place in ("all", "building")),
    "residents_grid", "residents_unit", "silent_matter",
]  # fmt: skip

# Keys put together at run time: what stands before the dot, and what may follow it.
FAMILIES: dict[str, Iterable[object]] = {
    "clock.": Kind,
    "command.": COMMANDS,
    "consents.given.": ("yes", "no"),
    "digest.why.": Why,
    "dispute.": DisputeReason,
    "doubts.ask_reason.": doubts.Verdict,
    "doubts.button.": (*doubts.Verdict, "agree"),
    "doubts.done.": set(doubts.State) - {doubts.State.OPEN},
    "doubts.reason.": doubts.Reason,
    "doubts.state.": doubts.State,
    "doubts.via.": Via,
    "drawing.by.": MEASURES,
    "drawing.count.": MEASURES,
    "drawing.effect.": LegalEffect,
    "drawing.result.": Result,
    "drawing.scope.": ("unit", "building", "grid", "community"),
    "entries.kind.": entries.Kind,
    "entries.mark.": (entries.Kind.PAPER, entries.Kind.HELPER),
    "escalate.": EscalateReason,
    "event.": Event,
    "health.nothing.": health.State,
    "health.state.": health.State,
    "groups.heard.": ("yes", "no", "unknown"),
    "groups.name.": (*OF_RESIDENTS, "staff"),
    "identity.known.": ("matched", "checked", "unknown"),
    "kinds.": of_kinds(),
    "ladder.answer.": ladder.Answer,
    "ladder.button.": ladder.Step,
    "ladder.case.": ("open", "solved", "ended"),
    "ladder.column.": ("number", "category", "state", "opened"),
    "ladder.decide.": ladder.Wish,
    "ladder.next.": ladder.Step,
    "ladder.small.": ladder.SMALL_QUESTIONS,
    "ladder.todo.": ladder.Step,
    "ladder.wish.": ladder.Wish,
    "language.": LANGUAGES,
    "linking.button.": ("here", "part"),
    "matters.ask_edit.": editing.PARTS,
    "matters.ask_end.": (*ENDINGS, "draft"),
    "matters.ask_record.": WITH_RECORD,
    "matters.bad_edit.": editing.PARTS,
    "matters.button.": {
        *STEP_AFTER.values(),
        *ENDINGS,
        "extend",
        "edit",
        "skip",
        "hand_over",
        "link",
        "new_case",
    },
    "matters.event.": set(matters.Event) - UNTOLD,
    "matters.group.": ("notice", "open", "after", "gone"),
    "matters.land.": ("yes", "no"),
    "matters.part.": editing.PARTS,
    "matters.published.": (*ENDINGS, "publish", "report"),
    "matters.stage.": matters.State,
    "matters.state.": set(matters.State) - ENDED,
    "objections.mine.": objections.State,
    "questions.kind.": questions.Kind,
    "meetings.ask_": ("strike", "first"),
    "meetings.button.": MEETING_BUTTONS,
    "meetings.course.": meetings.Course,
    "meetings.of.": set(meetings.Kind) - {meetings.Kind.WORDS},
    "meetings.state.": meetings.State,
    "meetings.who.": ("on", "off"),
    "notices.ask_": ("building", "unit"),
    "notices.bad_": ("building", "unit"),
    "notices.button.": BUTTONS,
    "notices.for.": AUDIENCES,
    "notices.read.": (*notices.Urgency, "emergency_group"),
    "notices.state.": (*notices.State, "again"),
    "notices.urgency.": notices.Urgency,
    "notices.weekday.": range(1, 8),
    "notices.when.": ("daily", "weekly", *EVERY_MONTHS),
    "notices.which.": range(1, LAST + 1),
    "outcomes.": [f"{check}.{met}" for check in TESTS for met in ("met", "missed")],
    "outcomes.reading.": Reading,
    "outcomes.result.": (*Result, CONSULTED, ANSWERED, NOT_ENOUGH, TOO_FEW),
    "owners.kind.": roll.Kind,
    "places.": [place.code for place in PLACES],
    "platform.": NAMED,
    "proxies.": mandates.State,
    "ratings.level.": SATISFACTION,
    "ratings.solved.": (*EVENTS, "no"),
    "ratings.thanks.": (*EVENTS, "no"),
    "reassign.": ReassignReason,
    "records.kind.": set(Moment) - {Moment.RECEIPT},
    "reminders.button.": ("less", "none", "all"),
    "return.": ReturnReason,
    "role.": Role,
    "roll.fault.": roll.Fault,
    "roll.level.": [level.name.lower() for level in identity.Level],
    "rule.": [f"{rule}{end}" for rule in STRICTNESS for end in ("", ".short")],
    "share.": SHARES,
    "state.": (set(State) - {State.DRAFT}) | {"dispatched_undated", "in_progress_undated"},
    "subtasks.progress.": Progress,
    "time.": ("hours", "minutes", "seconds"),
    "trend.part.": ("active", "answered", "speed", "turnout", "days", "loops"),
    "trend.place.": ("building", "grid", "community"),
    "trend.state.": health.State,
    "unit.": Unit,
    "visibility.": Visibility,
    "voting.answer.": (*Answer, "spoiled"),
    "voting.effect.": [f"{effect}{end}" for effect in LegalEffect for end in ("", ".short")],
    "voting.head.": set(Moment) - {Moment.RECEIPT},
    "voting.honest.": Mode,
    "voting.mode.": [f"{mode}.short" for mode in Mode],
    "voting.outcome.": Outcome,
    "voting.paper.": Paper,
    "voting.parking.": Parking,
    "voting.silence.": Silence,
    "voting.via.": Via,
    "web.demo.step": STEPS,
    "web.room.": ORDER,
    "wechat.about.": TOPICS,
}
EMPTY_LISTS = {"tickets.mine_none", "tickets.followed_none"}  # handlers.tickets._list

# Where one prefix is understood: the helper that adds it, and the pages that use the helper.
SPEAKERS = {
    "web.": [*(ROOT / "web").rglob("*.*")],
    "letters.": [ROOT / "bot" / "letters.py", *(ROOT / "bot" / "templates").iterdir()],
}


def blanks(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def trees() -> Iterator[ast.Module]:
    for layer in sorted(LAYERS):
        for path in sorted((ROOT / layer).rglob("*.py")):
            if path != TRAVELS_ALONE:
                yield ast.parse(path.read_text("utf-8"))


def nodes() -> Iterator[ast.AST]:
    return (node for tree in trees() for node in ast.walk(tree))


def whole_keys() -> set[str]:
    """Keys written out in the code."""
    words = {n.value for n in nodes() if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    spelt = {word for word in words if KEY.fullmatch(word) and word.split(".")[0] in FEATURES}
    relative = {f"web.{word}" for word in SCRIPT_WORDS}
    return {k for k in spelt if f"web.{k}" not in relative and k not in FAMILIES} - NOT_KEYS


def started_keys() -> set[str]:
    """What stands before the first blank of every f-string that begins like a key."""
    begun = {
        str(getattr(n.values[0], "value", "")) for n in nodes() if isinstance(n, ast.JoinedStr)
    }
    return {text for text in begun if "." in text and text.split(".")[0] in FEATURES}


def spoken_keys() -> set[str]:
    """Keys of the pages, where a helper called ``say`` adds the prefix."""
    found = {f"web.{word}" for word in SCRIPT_WORDS}
    for prefix, paths in SPEAKERS.items():
        for path in paths:
            if path.suffix in (".py", ".html", ".js"):
                found |= {prefix + word for word in _said(path.read_text("utf-8"))}
    return found | {f"web.error.{error}" for error in _refused()}


def _said(source: str) -> Iterator[str]:
    for first_argument in re.findall(r"""\bsay\(([^,)]*)""", source):
        yield from re.findall(r"""["']([a-z_.]+)["']""", first_argument)


def _refused() -> set[str]:
    """The second argument of every ``Refused(400, "malformed")`` of the pages."""
    refused = re.compile(r"""Refused\(\d+, ([^)]*)""")
    sources = (path.read_text("utf-8") for path in (ROOT / "web").glob("*.py"))
    return {
        word
        for s in sources
        for args in refused.findall(s)
        for word in re.findall(r'"(\w+)"', args)
    }


def used_keys() -> set[str]:
    families = {f"{start}{end}" for start, ends in FAMILIES.items() for end in ends}
    return whole_keys() | spoken_keys() | families | EMPTY_LISTS


def test_no_sentence_is_missing_and_none_is_left_over() -> None:
    assert used_keys() - set(ZH) == set()
    assert set(ZH) - used_keys() == set()


def test_no_key_is_put_together_in_a_way_this_test_does_not_know() -> None:
    helpers = {"web.", "web.error.", "letters."}

    assert started_keys() == set(FAMILIES) | helpers


def test_every_refusal_can_be_said() -> None:
    assert [r for r in Refusal if blanks(ZH[r]) - {"number"}] == []


def test_the_pages_script_is_given_every_word_it_says() -> None:
    script = ROOT / "web" / "static" / "chat.js"

    assert set(_said(script.read_text("utf-8"))) <= set(SCRIPT_WORDS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_sentence_with_the_same_blanks(language: str) -> None:
    sentences = LANGUAGES[language]

    assert set(sentences) == set(ZH)
    assert {k for k in ZH if blanks(sentences[k]) != blanks(ZH[k])} == set()
    assert [k for k, sentence in sentences.items() if not sentence.strip()] == []
    assert list(sentences) == sorted(sentences)


@pytest.mark.parametrize("language", LANGUAGES)
def test_bold_words_end_where_they_should(language: str) -> None:
    crooked = []
    for key, sentence in LANGUAGES[language].items():
        rest = re.sub(r"<b>[^<>]+</b>", "", sentence)
        if "<" in rest or ">" in rest:
            crooked.append(key)

    assert crooked == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_blank_is_a_name_and_nothing_more(language: str) -> None:
    odd = [
        key
        for key, sentence in LANGUAGES[language].items()
        for _, name, form, conversion in Formatter().parse(sentence)
        if name is not None and (not name.isidentifier() or form or conversion)
    ]

    assert odd == []


def test_every_sentence_gets_the_blanks_it_has() -> None:
    """A blank that nobody fills is found out only when the message is sent, and lost."""
    unfilled = {key: blanks(ZH[key]) - names for key, names in _filled() if blanks(ZH[key]) - names}

    assert unfilled == {}


def _filled() -> Iterator[tuple[str, set[str]]]:
    """Keys with the names given to them, where both are written out at the place of the call."""
    for node in nodes():
        match node:
            case ast.Call(
                func=ast.Attribute(attr="say" | "answer" | "ask"),
                args=[ast.Constant(value=str(key)), *_],
                keywords=named,
            ) if key in ZH and all(k.arg for k in named):
                yield key, {str(k.arg) for k in named}
            case ast.Call(func=ast.Name(id="Phrase"), args=[ast.Constant(value=str(key)), *rest]):
                if (names := _names(rest)) is not None:
                    yield key, names
            case ast.Call(func=ast.Name(id="Say"), args=[_, ast.Constant(value=str(key)), *rest]):
                if (names := _names(rest)) is not None:
                    yield key, names


def _names(rest: list[ast.expr]) -> set[str] | None:
    match rest:
        case []:
            return set()
        case [ast.Dict(keys=keys), *_] if all(isinstance(k, ast.Constant) for k in keys):
            return {str(k.value) for k in keys if isinstance(k, ast.Constant)}
    return None


def test_the_script_for_auditors_says_everything_in_both_languages_and_nothing_in_vain() -> None:
    lines = verify.WORDS.strip().split("\n")
    said = list(zip(lines[::3], lines[1::3], lines[2::3], strict=True))
    tree = ast.parse(TRAVELS_ALONE.read_text("utf-8"))
    constants = (n.value for n in ast.walk(tree) if isinstance(n, ast.Constant))
    code = {
        part for c in constants if isinstance(c, str) and c != verify.WORDS for part in c.split(".")
    }

    assert [name for name, zh, en in said if blanks(zh) != blanks(en)] == []
    assert len({name for name, _, _ in said}) == len(said)
    assert {part for name, _, _ in said for part in name.split(".")} <= code


# --- the words the issue names, on the buttons of a Chinese reader

LABELS = {
    "tickets.button.sign": "签收",
    "tickets.button.return": "退回",
    "tickets.button.ask": "提问",
    "tickets.button.help": "求助",
    "tickets.button.finish": "办结",
    "suggestions.button.support": "附议",
    "suggestions.button.same": "附议",
    "suggestions.button.progress": "进度",
    "ratings.solved.yes": "已解决",
    "ratings.solved.partly": "部分解决",
    "ratings.solved.no": "没有解决",
}
LEVELS = ["非常不满意", "不满意", "基本满意", "满意", "非常满意"]  # the national five, from 1 to 5


@pytest.mark.parametrize(("key", "word"), LABELS.items())
def test_a_button_is_called_what_everybody_calls_it(key: str, word: str) -> None:
    assert word in ZH[key]


def test_the_five_levels_of_satisfaction_are_the_national_ones() -> None:
    assert [ZH[f"ratings.level.{n}"] for n in range(1, 6)] == LEVELS


# --- putting keys into words

MONDAY_NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def texts(**sentences: str) -> Texts:
    return Texts({"zh": sentences, "en": {}}, "zh", SHANGHAI)


anything = st.text(min_size=1) | st.sampled_from(
    ["<b>", "</b>", "<b>loud</b>", "{name}", "{}", "{{", "%s", "&lt;", "\x00\x1b[31m", "\u202e"]
)


@given(anything, anything)
def test_what_a_person_typed_is_never_read_as_markup(first: str, second: str) -> None:
    said = texts(told="from <b>{first}</b>: {second}.")

    assert said.say("zh", "told", {"first": first, "second": second}) == (
        Span("from "),
        Span(first, bold=True),
        Span(f": {second}."),
    )


@given(anything)
def test_words_inside_a_sentence_inside_a_sentence_come_out_as_they_went_in(typed: str) -> None:
    said = texts(line="\n· {words}", told="<b>{title}</b>{lines}")
    lines = (Phrase("line", {"words": typed}), Phrase("line", {"words": typed}))

    rich = said.say("zh", "told", {"title": typed, "lines": lines})

    assert rich == (Span(typed, bold=True), Span(f"\n· {typed}\n\n· {typed}"))


def test_a_bold_sentence_inside_a_bold_one_does_not_turn_it_thin() -> None:
    said = texts(inner="x", outer="<b>a {inner} b</b> c")

    assert said.say("zh", "outer", {"inner": Phrase("inner")}) == (
        Span("a x b", bold=True),
        Span(" c"),
    )


@pytest.mark.parametrize(
    ("language", "told"), [("zh", "3月2日周一 12:00"), ("en", "Mon 3/2, 12:00")]
)
def test_a_moment_is_told_in_the_communitys_time_and_the_readers_words(
    language: str, told: str
) -> None:
    said = Texts.load("zh", SHANGHAI)

    assert said.plain(language, MONDAY_NOON) == told
    assert told.startswith(said.plain(language, date(2026, 3, 2)))
    assert said.plain(language, MONDAY_NOON + timedelta(seconds=5)) == f"{told}:05"


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (timedelta(hours=4), "4小时"),
        (timedelta(hours=1, minutes=30), "1小时30分钟"),
        (timedelta(days=1, seconds=1), "24小时1秒"),
        (timedelta(0), "0秒"),
    ],
)
def test_a_length_of_time_is_told_in_hours_minutes_and_seconds(
    length: timedelta, told: str
) -> None:
    assert Texts.load("zh", SHANGHAI).plain("zh", length) == told


def test_what_stands_in_one_line_is_parted_as_the_reader_writes_it() -> None:
    said, doors = Texts.load("zh", SHANGHAI), ("3-2-101", "B1-07")

    assert said.plain("zh", listed(doors)) == "3-2-101、B1-07"
    assert said.plain("en", listed(doors)) == "3-2-101, B1-07"
    assert (listed(doors[:1]), listed([])) == ("3-2-101", "")


def test_who_reads_another_language_reads_the_communitys_own() -> None:
    said, lift = Texts.load("zh", SHANGHAI), Names({"zh": "电梯"})

    assert plain(said.say("fr", "home.cancelled", {})) == ZH["home.cancelled"]
    assert plain(said.say(None, "home.cancelled", {})) == ZH["home.cancelled"]
    assert texts(only="只有中文").say("en", "only", {}) == (Span("只有中文"),)
    assert said.plain("en", lift) == "电梯"
