"""The tables of staying alive.

A copy of what ``storage/alive_tables.py`` said on the day; it stays as it is when that moves on.
"""

from sqlalchemy import JSON, BigInteger, Column, DateTime, Index, Integer, String

from storage.migrations.spelling import only, refers, required, table

revision = "0003"
down_revision = "0002"

WAITING = "state = 'waiting'"


def upgrade() -> None:
    table(
        "preferences", "person_id",
        required("person_id", BigInteger),
        required("muted", JSON),
        required("less", Integer),
        required("at", DateTime),
        refers("person_id", "people.id"),
    )  # fmt: skip

    table(
        "pushes", "id",
        required("id", BigInteger),
        required("channel", String(16)),
        required("chat", String(64)),
        Column("person_id", BigInteger),
        required("topic", String(16)),
        required("at", DateTime),
        refers("person_id", "people.id"),
        Index("ix_pushes_person", "community_id", "person_id", "at"),
        Index("ix_pushes_chat", "community_id", "channel", "chat", "at"),
        Index("ix_pushes_at", "community_id", "at"),
    )  # fmt: skip

    table(
        "held", "id",
        required("id", BigInteger),
        required("channel", String(16)),
        required("chat", String(64)),
        required("topic", String(16)),
        required("say", JSON),
        required("state", String(8)),
        required("why", String(16)),
        required("try_at", DateTime),
        Column("until", DateTime),
        required("at", DateTime),
        Index("ix_held_waiting", "community_id", "try_at", **only(WAITING)),
        Index("ix_held_chat", "community_id", "channel", "chat", **only(WAITING)),
        Index("ix_held_at", "community_id", "at"),
    )  # fmt: skip
