"""What a city's law says about its owners' votes, with dates; and what a vote here is worth.

Days are days of the calendar. The numbers and articles are those of the handbook, voting 1.2 and
1.3; a lawyer or the street office should confirm them for the real city.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from domain.conversation import Names
from domain.kinds import CONSULT, roll_of
from domain.question import Mode
from domain.voting import Silence, Unit

DEFAULT = "default"
NAMELESS = Names({})  # until ``shipped`` finds the name in ``texts``


class Channel(StrEnum):
    """Where owners may vote electronically so that it counts."""

    ALLOWED = "allowed"  # wherever their rules of procedure say
    CITY_SYSTEM = "city_system"  # on the government's own system or on paper, nowhere else


class Paper(StrEnum):
    """Which ballot stands where somebody handed in paper and pressed a button too."""

    PAPER_WINS = "paper_wins"  # signed before two officers: a remedy against pressure
    LAST_WINS = "last_wins"


class LegalEffect(StrEnum):
    BINDING = "binding"
    ADVISORY = "advisory"
    REHEARSAL = "rehearsal"


class EffectRefusal(StrEnum):
    """Why a vote cannot be binding. Each value is the key of the text the person reads."""

    OPINION = "voting.binding_opinion"
    CITY_SYSTEM = "voting.binding_city_system"
    NO_BASIS = "voting.binding_no_basis"


@dataclass(frozen=True)
class Place:
    """The rules of one place from one day on. What is not said is as the whole country has it."""

    code: str
    valid_from: date
    source: str  # the law, in the words by which it is cited
    name: Names = NAMELESS
    channel: Channel = Channel.ALLOWED
    chat_law: str = ""  # the article that lets owners vote in a chat; empty: none does
    named: bool = False  # the law wants the owner's name on the ballot
    silence: Silence = Silence.NONE
    notice_days: int = 15  # before the vote, at least (物业管理条例 Art. 14)
    notice_days_temporary: int | None = None  # of a temporary meeting; None: as ever
    window_min_days: int | None = None  # how long a vote may be open; None: no law says
    window_max_days: int | None = None
    publish_within_days: int | None = None  # the result, after the count; None: no law says
    shown_days: int = 15  # the result, at least
    change_limit: int | None = None  # changes of one ballot; None: until the close
    proxy_cap: int | None = None  # mandates of one proxy; None: no law says
    paper: Paper = Paper.PAPER_WINS

    def notice(self, *, temporary: bool = False) -> int:
        """Days of notice of an owners' vote."""
        shorter = self.notice_days_temporary if temporary else None
        return self.notice_days if shorter is None else shorter


def in_force(places: Iterable[Place], code: str, on: date) -> Place:
    """The rules of a place on one day: the latest begun; before the first, those of the country.

    Raises LookupError before the Civil Code.
    """
    begun = [p for p in places if p.valid_from <= on]
    for wanted in (code, DEFAULT):
        if found := [p for p in begun if p.code == wanted]:
            return max(found, key=lambda p: p.valid_from)
    raise LookupError(f"no rules of {code} or of the whole country on {on}")


def why_not(effect: LegalEffect, rule: str, place: Place, basis: str) -> EffectRefusal | None:
    """Why a vote under this rule cannot have this effect here; None where it can.

    A button is no reliable signature (电子签名法 Art. 13): only where a law or the rules of
    procedure name the chat can a vote in it bind, and a person has to say so by ``basis``.
    Where owners vote on the city's own system alone, no basis helps. A rehearsal is always
    possible, and an advisory vote too.
    """
    if effect is not LegalEffect.BINDING:
        return None
    if rule == CONSULT:
        return EffectRefusal.OPINION
    if roll_of(rule) is Unit.OWNER and place.channel is Channel.CITY_SYSTEM:
        return EffectRefusal.CITY_SYSTEM
    return None if basis.strip() else EffectRefusal.NO_BASIS


def effects(rule: str, place: Place, basis: str) -> tuple[LegalEffect, ...]:
    """The effects a vote under this rule can have here."""
    return tuple(e for e in LegalEffect if why_not(e, rule, place, basis) is None)


def modes(rule: str, place: Place) -> tuple[Mode, ...]:
    """Who may know how somebody votes under this rule here.

    Owners' votes are never secret, and by name where the law says so (handbook: voting 0, 2.2).
    """
    if roll_of(rule) is not Unit.OWNER:
        return tuple(Mode)
    return (Mode.NAMED,) if place.named else (Mode.NAMED, Mode.PSEUDONYMOUS)


# --- the places that Linli comes with

# ``valid_from`` is the day the law came into force where its text was read to the end (四川, 清远,
# 丽水), the day of the report for 武汉, else the first day of the year after the text's own.
PLACES = (
    Place(
        DEFAULT,
        date(2021, 1, 1),
        "民法典第278条；物业管理条例第14条",
        named=True,
    ),
    Place(
        "bj",
        date(2025, 1, 1),
        "北京市物业管理条例（2024）第35条",
        channel=Channel.CITY_SYSTEM,
        publish_within_days=3,
    ),
    Place(
        "weifang",
        date(2023, 1, 1),
        "潍坊市物业管理条例（2022）",
        channel=Channel.CITY_SYSTEM,
        proxy_cap=3,
    ),
    Place(
        "qingyuan",
        date(2023, 2, 1),
        "清远市住宅小区物业管理条例第17条",
        channel=Channel.CITY_SYSTEM,
        publish_within_days=7,  # opened for comment
    ),
    Place(
        "sichuan",
        date(2022, 5, 1),
        "四川省物业管理条例第31、37条",
        channel=Channel.CITY_SYSTEM,  # 省电子投票表决系统或者书面
        silence=Silence.RECEIPT_ABSTAIN,
        publish_within_days=3,
        shown_days=30,
    ),
    Place(
        "chengdu",
        date(2025, 1, 1),
        "四川省物业管理条例第31条；成都市物业管理条例（2024）",
        silence=Silence.RECEIPT_ABSTAIN,  # the city's system "可以使用": it may, not must
        publish_within_days=3,
        shown_days=30,
    ),
    Place(
        "dazhou",
        date(2025, 1, 1),
        "达州市物业管理条例（2024）第14条",
        channel=Channel.CITY_SYSTEM,
        named=True,
        silence=Silence.RECEIPT_ABSTAIN,
        publish_within_days=3,
        shown_days=30,
    ),
    Place(
        "lishui",
        date(2019, 7, 1),
        "丽水市物业管理条例第10、12条",
        chat_law="丽水市物业管理条例第12条",
        named=True,
    ),
    Place(
        "meishan",
        date(2025, 1, 1),
        "眉山市物业管理条例（2024）",
        chat_law="眉山市物业管理条例（2024）",
        named=True,
        shown_days=7,
    ),
    Place(
        "hangzhou",
        date(2022, 1, 1),
        "杭州市物业管理条例（2021）",
        notice_days_temporary=7,
        window_min_days=5,
        window_max_days=60,
    ),
    Place(
        "wuhan",
        date(2025, 3, 4),
        "武汉市业主电子投票操作规则（2025年3月报道）",
        named=True,
        change_limit=1,
    ),
)


def shipped(words: Callable[[str], Names]) -> tuple[Place, ...]:
    """PLACES with their names; ``words`` finds a text in every language by its key."""
    return tuple(replace(place, name=words(f"places.{place.code}")) for place in PLACES)
