"""What is put to the vote: frozen as canonical JSON with its hash when notice is given."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from domain.residents import Household

MOMENTS = ("notice_ends_at", "opens_at", "closes_at")


class Mode(StrEnum):
    """Who can know how somebody voted (handbook: voting 2.2)."""

    NAMED = "named"
    PSEUDONYMOUS = "pseudonymous"
    DETACHED = "detached"


@dataclass(frozen=True)
class Scope:
    """The part of the community a question is put to: ``unit:3-2``, ``building:3``, ``grid:1``."""

    kind: str  # unit, building, grid or community
    value: str = ""

    @classmethod
    def parse(cls, text: str) -> "Scope":
        kind, _, value = text.partition(":")
        return cls(kind, value)

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}" if self.value else self.kind

    @property
    def building(self) -> str | None:
        """The one building it lies in; None where it is larger."""
        if self.kind == "unit":
            return self.value.partition("-")[0]
        return self.value if self.kind == "building" else None

    def covers(self, home: Household) -> bool:
        match self.kind:
            case "unit":
                return f"{home.building}-{home.unit}" == self.value
            case "building":
                return home.building == self.value
            case "grid":
                return home.grid == self.value
            case _:
                return True


@dataclass(frozen=True)
class RulePart:
    """One test of a decision: a named rule, over the voters of one scope."""

    rule: str
    scope: Scope


@dataclass(frozen=True)
class Question:
    """Everything that decides how a matter is voted on and counted.

    ``parts`` is longer than one only where a decision needs several majorities, as for a lift
    that uses common land. ``consents``: properties whose owners each have to agree.
    """

    title: str
    text: str
    parts: tuple[RulePart, ...]
    options: tuple[str, ...] = ()  # empty: yes, no, abstain
    consents: tuple[str, ...] = ()
    mode: Mode = Mode.NAMED
    place: str = "default"
    effect: str = "advisory"  # binding, advisory, rehearsal
    basis: str = ""  # the legal basis of a binding vote in a chat
    silence: str = "none"
    silence_agreed: bool = False
    invalid_counts: bool = False
    parking: str = ""  # counts, does_not_count; empty where areas do not count
    paper: str = "paper_wins"
    change_limit: int | None = None  # changes of one ballot; None: until the close
    proxy_cap: int | None = None
    notice_days: int = 15
    window_days: int = 7
    shown_days: int = 15
    outcome: str = ""  # the form of the outcome, as the kind has it
    notice_ends_at: datetime | None = None  # these three are set when notice is given
    opens_at: datetime | None = None
    closes_at: datetime | None = None

    @property
    def rule(self) -> str:
        return self.parts[0].rule

    @property
    def scope(self) -> Scope:
        """The widest scope, whose groups are told."""
        return self.parts[-1].scope

    def as_json(self) -> dict[str, Any]:
        values = asdict(self)
        values["parts"] = [{"rule": p.rule, "scope": str(p.scope)} for p in self.parts]
        for name in MOMENTS:
            moment: datetime | None = values[name]
            values[name] = moment.astimezone(UTC).isoformat() if moment else None
        return values | {name: list(values[name]) for name in ("options", "consents")}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Question":
        known = {f.name for f in fields(cls)}
        given = {name: value for name, value in values.items() if name in known}
        given["parts"] = tuple(RulePart(p["rule"], Scope.parse(p["scope"])) for p in given["parts"])
        for name in MOMENTS:
            given[name] = datetime.fromisoformat(given[name]) if given.get(name) else None
        for name in ("options", "consents"):
            given[name] = tuple(given.get(name, ()))
        return cls(**given | {"mode": Mode(given["mode"])})


def frozen(number: int, community: str, kind: str, question: Question) -> dict[str, Any]:
    """What is hashed, posted and given to auditors: the question and what it belongs to."""
    return {"matter": number, "community": community, "kind": kind, **question.as_json()}
