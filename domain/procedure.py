"""What a community has settled for its votes: its place, its rules of procedure, its deadlines."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from enum import StrEnum

from domain.calendar import Budget
from domain.kinds import CONSULT, Kind, roll_of
from domain.matters import State
from domain.places import DEFAULT, Place, in_force
from domain.question import Question
from domain.voting import Silence, Unit

RESIDENTS_NOTICE = 10  # days before residents or their delegates meet (居委会法 2025 Art. 26)


class Parking(StrEnum):
    """Whether owners of parking bays and stalls count with them (指导规则 Art. 25)."""

    COUNTS = "counts"
    DOES_NOT_COUNT = "does_not_count"


@dataclass(frozen=True)
class Procedure:
    """What the owners' rules of procedure (业主大会议事规则) say, as far as a count needs it."""

    parking: Parking | None = None  # None: nobody has said; no owners' roll is frozen till then
    invalid_counts: bool = False  # a spoiled paper ballot takes part
    silence: Silence = Silence.NONE
    silence_basis: str = ""  # where the owners agreed to it
    channel_named: str = ""  # where they agreed to vote in this chat
    proxy_cap: int | None = None


def _working_days(count: int) -> Budget:
    return Budget(count, "day", working=True)


# By when a matter has to leave a stage, so that nothing is 议而不决. The handbook has no numbers
# but those of places; these are a starting point. A stage that only the clock ends has none.
STAGES: Mapping[State, Budget] = {
    State.DRAFT: _working_days(10),
    State.PROPOSED: _working_days(10),
    State.CONSULTED: _working_days(10),
    State.REVIEWED: _working_days(5),
    State.NOTICED: _working_days(3),  # after the days of notice
    State.COUNTED: _working_days(3),
    State.DECISION_PUBLISHED: _working_days(5),  # after the days it is shown
    State.EXECUTING: _working_days(60),
    State.RESULT_PUBLISHED: Budget(30, "day"),
}
OBJECTION = _working_days(5)  # until each is answered (一户一议)


@dataclass(frozen=True)
class Voting:
    """A community's part of every matter: what is not of the question itself."""

    place: str
    places: tuple[Place, ...]
    kinds: tuple[Kind, ...]
    procedure: Procedure = Procedure()
    stages: Mapping[State, Budget] = field(default_factory=lambda: STAGES)
    objection: Budget = OBJECTION
    retention_years: int = 3  # of ballots and openings; heads and totals are kept for ever
    heads_at: time = time(20)  # when the day's head of an open vote is posted

    def rules_on(self, day: date) -> Place:
        return in_force(self.places, self.place, day)

    def rules_for(self, rule: str, day: date) -> Place:
        """What a vote under this rule is put under: a city's law is about its owners' votes.

        Residents, households and delegates have the country's: 15 days on show (居委会法 2025 Art.
        34), changes until the close.
        """
        owners = roll_of(rule) is Unit.OWNER
        return self.rules_on(day) if owners else in_force(self.places, DEFAULT, day)

    def place_of(self, question: Question) -> Place:
        """The law a question was put under: of its place, on the day its notice ends."""
        on = question.notice_ends_at or datetime.max.replace(tzinfo=UTC)
        return in_force(self.places, question.place, on.date())

    def kind(self, code: str) -> Kind | None:
        """None for a kind that is no longer in the configuration: old matters outlive it."""
        return next((kind for kind in self.kinds if kind.code == code), None)

    def basis(self, place: Place) -> str:
        """What lets an owners' vote in this chat bind, as far as anybody has said."""
        return self.procedure.channel_named or place.chat_law

    def silence(self, rule: str, place: Place) -> tuple[Silence, bool]:
        """What becomes of the silent, and whether a law or an agreement says so.

        The law goes before the agreement. Both are the owners': other people's silence is none.
        """
        if roll_of(rule) is not Unit.OWNER:
            return Silence.NONE, False
        if place.silence is not Silence.NONE:
            return place.silence, True
        return self.procedure.silence, bool(self.procedure.silence_basis)

    def proxy_cap(self, place: Place) -> int | None:
        """Mandates of one proxy: the smaller of what law and agreement say; None: neither does."""
        caps = [cap for cap in (place.proxy_cap, self.procedure.proxy_cap) if cap is not None]
        return min(caps, default=None)

    def notice_days(self, kind: Kind, rule: str, place: Place, *, temporary: bool = False) -> int:
        """Days of notice, at least: the law's for this body, or the kind's own where longer."""
        if rule == CONSULT:
            return kind.notice_days
        owners = roll_of(rule) is Unit.OWNER
        by_law = place.notice(temporary=temporary) if owners else RESIDENTS_NOTICE
        return max(by_law, kind.notice_days)

    def publication(self, place: Place) -> tuple[Budget, ...]:
        """Everything by which the result has to be published; the earliest holds."""
        own = self.stages[State.COUNTED]
        law = place.publish_within_days
        return (own,) if law is None else (own, Budget(law, "day"))
