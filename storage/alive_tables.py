"""The tables of staying alive: what was said to people unasked, what they want, what waits."""

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, String

from storage.columns import UtcTime, metadata, only, refers, required, table

__all__ = ["UtcTime", "metadata"]

WAITING = "state = 'waiting'"

preferences = table(
    "preferences", "person_id",
    required("person_id", BigInteger),
    required("muted", JSON),  # topics they do not want
    required("less", Integer, default=0),  # 1: one message a month besides what is owed
    required("at", UtcTime),
    refers("person_id", "people.id"),
)  # fmt: skip

pushes = table(
    "pushes", "id",
    required("id", BigInteger),
    required("channel", String(16)),
    required("chat", String(64)),
    Column("person_id", BigInteger),  # None: a group
    required("topic", String(16)),
    required("at", UtcTime),
    refers("person_id", "people.id"),
    Index("ix_pushes_person", "community_id", "person_id", "at"),
    Index("ix_pushes_chat", "community_id", "channel", "chat", "at"),
    Index("ix_pushes_at", "community_id", "at"),
)  # fmt: skip

held = table(
    "held", "id",
    required("id", BigInteger),
    required("channel", String(16)),
    required("chat", String(64)),
    required("topic", String(16)),
    required("say", JSON),
    required("state", String(8)),  # waiting, dropped
    required("why", String(16)),  # quiet, day, week, month; refused, too_late
    required("try_at", UtcTime),
    Column("until", UtcTime),  # after this it says nothing any more
    required("at", UtcTime),
    Index("ix_held_waiting", "community_id", "try_at", **only(WAITING)),
    Index("ix_held_chat", "community_id", "channel", "chat", **only(WAITING)),
    Index("ix_held_at", "community_id", "at"),
)  # fmt: skip
