"""The first tables.

A copy of what ``storage/tables.py`` said on the day; it stays as it is when that file moves on.
"""

from alembic import op
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)

from storage.migrations.spelling import refers, required, table

revision = "0001"
down_revision = None

PENDING = "state = 'pending'"
UNSENT = "state IN ('pending','sending')"
WATCHED = "next_at IS NOT NULL"
ACCEPTED = "event = 'accept'"
JOINED = "parent IS NOT NULL"
OPEN_STATES = (
    "state IN ('submitted','dispatched','in_progress','return_review','waiting_resident',"
    "'on_hold','handled')"
)
GONE_UP = f"{OPEN_STATES} AND (level >= 2 OR round >= 3)"


def upgrade() -> None:
    op.create_table(
        "communities", Column("id", Integer, primary_key=True), required("code", String(64)),
        UniqueConstraint("code"),
    )  # fmt: skip

    table("counters", "name", required("name", String(32)), required("value", BigInteger))

    table(
        "households", "id",
        required("id", BigInteger),
        required("building", String(16)),
        required("unit", String(16)),
        required("room", String(16)),
        required("area", BigInteger),
        required("grid", String(16)),
        required("owner_sealed", Text),
        required("phone_hash", String(64)),
        UniqueConstraint("community_id", "building", "unit", "room"),
    )  # fmt: skip

    table(
        "people", "id",
        required("id", BigInteger),
        required("name_sealed", Text),
        required("language", String(8)),
        Column("household_id", BigInteger),
        Column("consented_at", DateTime),
        required("created_at", DateTime),
        Column("forgotten_at", DateTime),
        refers("household_id", "households.id"),
        Index("ix_people_household", "community_id", "household_id"),
    )  # fmt: skip

    table(
        "accounts", "channel chat",
        required("channel", String(16)),
        required("chat", String(64)),
        required("person_id", BigInteger),
        Column("private_at", DateTime),
        Column("blocked_at", DateTime),
        refers("person_id", "people.id"),
        Index("ix_accounts_person", "community_id", "person_id"),
    )  # fmt: skip

    table(
        "staff", "id",
        required("id", BigInteger),
        Column("person_id", BigInteger),
        required("name_sealed", Text),
        required("name_hash", String(64)),
        required("role", String(16)),
        required("duties", JSON),
        required("grids", JSON),
        Column("deputy_id", BigInteger),
        required("level", Integer),
        required("organisation", String(64)),
        Column("away_until", DateTime),
        refers("person_id", "people.id"),
        refers("deputy_id", "staff.id"),
        UniqueConstraint("community_id", "name_hash"),
        UniqueConstraint("community_id", "person_id"),
    )  # fmt: skip

    table(
        "invites", "code_hash",
        required("code_hash", String(64)),
        Column("household_id", BigInteger),
        Column("staff_id", BigInteger),
        required("expires_at", DateTime),
        required("uses_left", Integer),
        refers("household_id", "households.id"),
        refers("staff_id", "staff.id"),
        Index("ix_invites_household", "community_id", "household_id"),
        Index("ix_invites_staff", "community_id", "staff_id"),
    )  # fmt: skip

    table(
        "code_tries", "id",
        required("id", BigInteger),
        required("channel", String(16)),
        required("chat", String(64)),
        Column("household_id", BigInteger),
        required("at", DateTime),
        Index("ix_code_tries_account", "community_id", "channel", "chat", "at"),
        Index("ix_code_tries_household", "community_id", "household_id", "at"),
    )  # fmt: skip

    table(
        "groups", "channel chat",
        required("channel", String(16)),
        required("chat", String(64)),
        required("scope", String(16)),
        required("scope_value", String(16)),
        required("language", String(8)),
        Index("ix_groups_scope", "community_id", "scope", "scope_value"),
    )  # fmt: skip

    table(
        "attachments", "id",
        required("id", BigInteger),
        required("channel", String(16)),
        required("ref", String(256)),
        required("person_id", BigInteger),
        required("at", DateTime),
        refers("person_id", "people.id"),
        Index("ix_attachments_person", "community_id", "person_id"),
    )  # fmt: skip

    table(
        "drafts", "id",
        required("id", BigInteger),
        required("person_id", BigInteger),
        required("text", Text),
        required("category", String(32)),
        required("visibility", String(16)),
        required("place", String(128)),
        Column("photo_id", BigInteger),
        Column("group_channel", String(16)),
        Column("group_chat", String(64)),
        required("at", DateTime),
        refers("person_id", "people.id"),
        refers("photo_id", "attachments.id"),
        Index("ix_drafts_person", "community_id", "person_id", "id"),
        Index("ix_drafts_at", "community_id", "at"),
    )  # fmt: skip

    table(
        "tickets", "number",
        required("number", BigInteger),
        required("author_id", BigInteger),
        required("category", String(32)),
        required("state", String(24)),
        required("level", Integer),
        required("round", Integer),
        required("hop", Integer),
        Column("grid", String(16)),
        Column("holder_id", BigInteger),
        required("visibility", String(16)),
        required("questions", Integer),
        required("return_refused", Integer),
        required("appealed", Integer),
        Column("parent", BigInteger),
        required("supporters", Integer),
        Column("due_at", DateTime),
        Column("resolve_by", DateTime),
        Column("next_at", DateTime),
        required("opened_at", DateTime),
        required("seq", Integer),
        required("head", String(64)),
        required("summary", Text),
        required("place", String(128)),
        Column("photo_id", BigInteger),
        Column("group_channel", String(16)),
        Column("group_chat", String(64)),
        refers("author_id", "people.id"),
        refers("holder_id", "staff.id"),
        refers("photo_id", "attachments.id"),
        Index("ix_tickets_parent", "community_id", "parent",
              sqlite_where=text(JOINED), postgresql_where=text(JOINED)),
        Index("ix_tickets_holder", "community_id", "holder_id", "due_at",
              sqlite_where=text(OPEN_STATES), postgresql_where=text(OPEN_STATES)),
        Index("ix_tickets_place", "community_id", "grid", "category", "opened_at",
              sqlite_where=text(OPEN_STATES), postgresql_where=text(OPEN_STATES)),
        Index("ix_tickets_next", "community_id", "next_at",
              sqlite_where=text(WATCHED), postgresql_where=text(WATCHED)),
        Index("ix_tickets_gone_up", "community_id", "opened_at",
              sqlite_where=text(GONE_UP), postgresql_where=text(GONE_UP)),
        Index("ix_tickets_author", "community_id", "author_id", "opened_at"),
        Index("ix_tickets_resolve", "community_id", "resolve_by"),
        Index("ix_tickets_state", "community_id", "state", "due_at",
              sqlite_where=text(OPEN_STATES), postgresql_where=text(OPEN_STATES)),
    )  # fmt: skip

    table(
        "supporters", "ticket person_id",
        required("ticket", BigInteger),
        required("person_id", BigInteger),
        required("at", DateTime),
        Column("came_from", BigInteger),
        refers("ticket", "tickets.number"),
        refers("person_id", "people.id"),
        Index("ix_supporters_person", "community_id", "person_id", "ticket"),
    )  # fmt: skip

    table(
        "ticket_events", "ticket seq",
        required("ticket", BigInteger),
        required("seq", Integer),
        required("event", String(24)),
        required("state", String(24)),
        Column("person_id", BigInteger),
        Column("account", String(96)),
        required("at", DateTime),
        required("data", JSON),
        Column("note_id", BigInteger),
        required("hash", String(64)),
        refers("ticket", "tickets.number"),
        Index("ix_ticket_events_accepted", "community_id", "at",
              sqlite_where=text(ACCEPTED), postgresql_where=text(ACCEPTED)),
    )  # fmt: skip

    table(
        "notes", "id",
        required("id", BigInteger),
        required("ticket", BigInteger),
        required("person_id", BigInteger),
        required("kind", String(24)),
        required("text", Text),
        Column("photo_id", BigInteger),
        required("at", DateTime),
        refers("ticket", "tickets.number"),
        refers("person_id", "people.id"),
        refers("photo_id", "attachments.id"),
        Index("ix_notes_ticket", "community_id", "ticket", "id"),
        Index("ix_notes_person", "community_id", "person_id"),
    )  # fmt: skip

    table(
        "subtasks", "id",
        required("id", BigInteger),
        required("ticket", BigInteger),
        required("staff_id", BigInteger),
        Column("asked_by", BigInteger),
        required("kind", String(16)),
        required("state", String(8)),
        Column("words_id", BigInteger),
        Column("answer_id", BigInteger),
        required("asked_at", DateTime),
        Column("done_at", DateTime),
        Column("rating", Integer),
        refers("ticket", "tickets.number"),
        refers("staff_id", "staff.id"),
        refers("asked_by", "people.id"),
        refers("words_id", "notes.id"),
        refers("answer_id", "notes.id"),
        Index("ix_subtasks_ticket", "community_id", "ticket", "id"),
        Index("ix_subtasks_staff", "community_id", "staff_id", "state"),
    )  # fmt: skip

    table(
        "ratings", "ticket round person_id",
        required("ticket", BigInteger),
        required("round", Integer),
        required("person_id", BigInteger),
        required("solved", String(8)),
        Column("satisfaction", Integer),
        required("at", DateTime),
        refers("ticket", "tickets.number"),
        refers("person_id", "people.id"),
        Index("ix_ratings_person", "community_id", "person_id"),
    )  # fmt: skip

    table(
        "inbox", "channel update_id",
        required("channel", String(16)),
        required("update_id", String(128)),
        required("lane", String(96)),
        Column("payload", Text),
        required("seq", BigInteger),
        required("received_at", DateTime),
        Column("done_at", DateTime),
        Column("error", String(64)),
        Index("ix_inbox_waiting", "community_id", "seq",
              sqlite_where=text("done_at IS NULL"), postgresql_where=text("done_at IS NULL")),
        Index("ix_inbox_done", "community_id", "done_at"),
    )  # fmt: skip

    table(
        "outbox", "id",
        required("id", BigInteger),
        required("channel", String(16)),
        required("chat", String(64)),
        required("state", String(8)),
        required("not_before", DateTime),
        required("say", JSON),
        Column("card", String(64)),
        required("on_unknown", String(8)),
        required("attempts", Integer),
        required("repeated", Integer),
        required("created_at", DateTime),
        Column("settled_at", DateTime),
        Column("message", String(64)),
        Column("error", String(200)),
        Index("ix_outbox_due", "community_id", "not_before", "id",
              sqlite_where=text(PENDING), postgresql_where=text(PENDING)),
        Index("ix_outbox_chat", "community_id", "channel", "chat", "id",
              sqlite_where=text(UNSENT), postgresql_where=text(UNSENT)),
        Index("ix_outbox_state", "community_id", "state", "settled_at"),
    )  # fmt: skip

    table(
        "cards", "channel chat card",
        required("channel", String(16)),
        required("chat", String(64)),
        required("card", String(64)),
        required("message", String(64)),
    )  # fmt: skip

    table(
        "reminders", "key",
        required("key", String(96)),
        required("at", DateTime),
        Index("ix_reminders_at", "community_id", "at"),
    )  # fmt: skip

    table(
        "prompts", "channel chat sender",
        required("channel", String(16)),
        required("chat", String(64)),
        required("sender", String(64)),
        required("choices", JSON),
        Column("expects", String(64)),
        required("at", DateTime),
    )  # fmt: skip

    table(
        "webchat_people", "chat",
        required("chat", String(64)),
        required("nickname_sealed", Text),
        required("language", String(8)),
        required("created_at", DateTime),
    )  # fmt: skip

    table(
        "webchat_messages", "id",
        required("id", BigInteger),
        required("room", String(64)),
        Column("author", String(64)),
        Column("once", BigInteger),
        required("body", JSON),
        required("at", DateTime),
        required("version", BigInteger),
        UniqueConstraint("community_id", "once"),
        Index("ix_webchat_messages_room", "community_id", "room", "version"),
        Index("ix_webchat_messages_author", "community_id", "author"),
    )  # fmt: skip

    table(
        "webchat_files", "ref",
        required("ref", String(64)),
        required("mime", String(32)),
        required("content", LargeBinary),
        required("at", DateTime),
    )  # fmt: skip
