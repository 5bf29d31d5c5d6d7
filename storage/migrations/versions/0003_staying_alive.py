"""The tables of staying alive.

A copy of what ``storage/alive_tables.py`` said on the day; it stays as it is when that moves on.
"""

from alembic import op
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)

from storage.migrations.spelling import only, refers, required, table

revision = "0003"
down_revision = "0002"

WAITING = "state = 'waiting'"
PENDING = "state = 'pending'"
OF_NOTICE = "recipient IS NOT NULL"
ON_ITS_WAY = "state = 'promised'"
SENT_ABOUT = (
    "state IN ('submitted','dispatched','in_progress','return_review','waiting_resident',"
    "'on_hold','handled') AND hop >= 3"
)
ACTION_ITEM = "ticket IS NOT NULL"
AT_WORK = "state IN ('waiting','sending')"
UNANSWERED = "state IN ('open','task')"
WATCHED = "next_at IS NOT NULL"
GOES_ON = "ended_at IS NULL"
AGREED = "askable = 1"


def upgrade() -> None:
    table(
        "preferences", "person_id",
        required("person_id", BigInteger),
        required("muted", JSON),
        required("less", Integer),
        required("askable", Integer),
        Column("asked_at", DateTime),
        required("at", DateTime),
        refers("person_id", "people.id"),
        Index("ix_preferences_askable", "community_id", "asked_at", **only(AGREED)),
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
        Column("recipient", BigInteger),
        Index("ix_held_recipient", "community_id", "recipient", **only(OF_NOTICE)),
        Index("ix_held_waiting", "community_id", "try_at", **only(WAITING)),
        Index("ix_held_chat", "community_id", "channel", "chat", **only(WAITING)),
        Index("ix_held_at", "community_id", "at"),
    )  # fmt: skip

    op.add_column("notes", Column("shown", Integer, nullable=False, server_default="0"))
    sent_about = ["community_id", "opened_at"]
    op.create_index("ix_tickets_sent_about", "tickets", sent_about, **only(SENT_ABOUT))
    raised = ["community_id", "group_channel", "group_chat", "opened_at"]
    op.create_index("ix_tickets_group", "tickets", raised)
    op.create_index("ix_households_grid", "households", ["community_id", "grid"])
    op.drop_index("ix_outbox_due", "outbox")
    op.add_column("outbox", Column("rank", Integer, nullable=False, server_default="0"))
    op.add_column("outbox", Column("recipient", BigInteger))
    due = ["community_id", "rank", "not_before", "id"]
    op.create_index("ix_outbox_due", "outbox", due, **only(PENDING))
    kept = ["community_id", "recipient"]
    op.create_index("ix_outbox_recipient", "outbox", kept, **only(OF_NOTICE))

    table(
        "digests", "number",
        required("number", BigInteger),
        required("channel", String(16)),
        required("chat", String(64)),
        required("rule", String(32)),
        Column("next_at", DateTime),
        Column("told_at", DateTime),
        UniqueConstraint("community_id", "channel", "chat"),
        Index("ix_digests_due", "community_id", "next_at"),
    )  # fmt: skip

    table(
        "digest_readers", "person_id",
        required("person_id", BigInteger),
        required("digest", BigInteger),
        required("at", DateTime),
        refers("person_id", "people.id"),
        refers("digest", "digests.number"),
        Index("ix_digest_readers_digest", "community_id", "digest"),
    )  # fmt: skip

    table(
        "meetings", "number",
        required("number", BigInteger),
        required("title", String(64)),
        required("rule", String(32)),
        required("chair_id", BigInteger),
        required("invited", JSON),
        required("state", String(16)),
        required("at", DateTime),
        refers("chair_id", "staff.id"),
        Index("ix_meetings_state", "community_id", "state", "number"),
    )  # fmt: skip

    table(
        "sittings", "number",
        required("number", BigInteger),
        required("meeting", BigInteger),
        required("starts_at", DateTime),
        required("planned_at", DateTime),
        required("course", String(16)),
        required("step", Integer),
        required("agenda", JSON),
        Column("next_at", DateTime),
        refers("meeting", "meetings.number"),
        Index("ix_sittings_meeting", "community_id", "meeting", "starts_at"),
        Index("ix_sittings_next", "community_id", "next_at"),
    )  # fmt: skip

    table(
        "minutes", "id",
        required("id", BigInteger),
        required("sitting", BigInteger),
        required("person_id", BigInteger),
        required("text", Text),
        Column("ticket", BigInteger),
        Column("due_on", Date),
        required("at", DateTime),
        refers("sitting", "sittings.number"),
        refers("person_id", "people.id"),
        refers("ticket", "tickets.number"),
        Index("ix_minutes_sitting", "community_id", "sitting", "id"),
        Index("ix_minutes_person", "community_id", "person_id"),
        Index("ix_minutes_ticket", "community_id", "ticket", **only(ACTION_ITEM)),
    )  # fmt: skip

    table(
        "notices", "number",
        required("number", BigInteger),
        required("author_id", BigInteger),
        required("state", String(16)),
        required("text", Text),
        Column("photo_id", BigInteger),
        required("who", String(16)),
        required("place", String(16)),
        required("value", String(128)),
        required("urgency", String(16)),
        Column("officer_id", BigInteger),
        required("in_groups", Integer),
        required("rule", String(32)),
        Column("next_at", DateTime),
        required("run", Integer),
        required("people", Integer),
        Column("cursor", BigInteger),
        required("shown", Integer),
        Column("second_id", BigInteger),
        Column("confirmed_at", DateTime),
        required("at", DateTime),
        refers("author_id", "staff.id"),
        refers("officer_id", "staff.id"),
        refers("second_id", "staff.id"),
        refers("photo_id", "attachments.id"),
        Index("ix_notices_at_work", "community_id", "next_at", **only(AT_WORK)),
    )  # fmt: skip

    table(
        "notice_recipients", "id",
        required("id", BigInteger),
        required("notice", BigInteger),
        required("run", Integer),
        required("reader", String(96)),
        Column("person_id", BigInteger),
        required("channel", String(16)),
        required("chat", String(64)),
        required("state", String(16)),
        required("at", DateTime),
        refers("notice", "notices.number"),
        refers("person_id", "people.id"),
        UniqueConstraint("community_id", "notice", "run", "reader"),
        UniqueConstraint("community_id", "notice", "run", "person_id"),
        Index("ix_notice_recipients_state",
              "community_id", "notice", "run", "state", "channel", "id"),
        Index("ix_notice_recipients_person", "community_id", "person_id", "notice"),
        Index("ix_notice_recipients_promised", "community_id", "state", "id", **only(ON_ITS_WAY)),
    )  # fmt: skip

    op.add_column("groups", Column("reads", Integer))

    table(
        "group_days", "channel chat day person",
        required("channel", String(16)),
        required("chat", String(64)),
        required("day", Date),
        required("person", String(64)),
        required("posts", Integer),
        Index("ix_group_days_day", "community_id", "day"),
    )  # fmt: skip

    table(
        "questions", "id",
        required("id", BigInteger),
        required("channel", String(16)),
        required("chat", String(64)),
        required("message", String(64)),
        Column("person_id", BigInteger),
        required("kind", String(16)),
        required("words_sealed", Text),
        Column("photo_id", BigInteger),
        required("state", String(16)),
        required("asked_at", DateTime),
        required("due_at", DateTime),
        Column("next_at", DateTime),
        Column("answered_at", DateTime),
        required("by_staff", Integer),
        Column("handled_at", DateTime),
        required("level", Integer),
        Column("holder_id", BigInteger),
        Column("ticket", BigInteger),
        refers("person_id", "people.id"),
        refers("photo_id", "attachments.id"),
        refers("holder_id", "staff.id"),
        refers("ticket", "tickets.number"),
        Index("ix_questions_group", "community_id", "channel", "chat", "asked_at"),
        Index("ix_questions_unanswered",
              "community_id", "channel", "chat", "id", **only(UNANSWERED)),
        Index("ix_questions_next", "community_id", "next_at", **only(WATCHED)),
        Index("ix_questions_holder",
              "community_id", "holder_id", "asked_at", **only(UNANSWERED)),
        Index("ix_questions_person", "community_id", "person_id"),
    )  # fmt: skip

    op.add_column("groups", Column("members", Integer))
    op.add_column("groups", Column("archived_at", DateTime))

    table(
        "group_health", "channel chat week",
        required("channel", String(16)),
        required("chat", String(64)),
        required("week", Date),
        required("looked_on", Date),
        required("state", String(24)),
        required("better", Integer),
        required("parts", JSON),
        required("members", Integer),
        required("active", Integer),
        required("days_since", Integer),
        Index("ix_group_health_week", "community_id", "week"),
    )  # fmt: skip

    table(
        "group_steps", "id",
        required("id", BigInteger),
        required("channel", String(16)),
        required("chat", String(64)),
        required("step", String(16)),
        required("state", String(16)),
        required("staff_id", BigInteger),
        required("what", String(16)),
        Column("ticket", BigInteger),
        required("counts", JSON),
        required("at", DateTime),
        Column("next_at", DateTime),
        Column("ended_at", DateTime),
        Column("ended_by", BigInteger),
        refers("staff_id", "staff.id"),
        refers("ended_by", "staff.id"),
        refers("ticket", "tickets.number"),
        Index("ix_group_steps_group", "community_id", "channel", "chat", "id"),
        Index("ix_group_steps_staff", "community_id", "staff_id", "at"),
        Index("ix_group_steps_next", "community_id", "next_at", **only(GOES_ON)),
    )  # fmt: skip

    table(
        "group_answers", "step person",
        required("step", BigInteger),
        required("person", String(64)),
        required("answer", String(8)),
        refers("step", "group_steps.id"),
    )  # fmt: skip
