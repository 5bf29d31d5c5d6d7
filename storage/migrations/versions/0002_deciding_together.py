"""The tables of deciding together.

A copy of what ``storage/voting_tables.py`` said on the day; it stays as it is when that moves on.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)

from storage.migrations.spelling import only, refers, required, table

revision = "0002"
down_revision = "0001"

OPEN_MATTER = "state NOT IN ('archived','withdrawn','void')"
TOLD = "event IN ('count','publish','execute','report','void')"
VOTING_NOW = "state = 'open'"
TO_DESTROY = "salt IS NOT NULL AND state IN ('archived','withdrawn','void')"
UNEXAMINED = "state IN ('counted','decision_published') AND examined = 0"
TO_WATCH = "next_at IS NOT NULL"
HAS_CLOSE = "closes_at IS NOT NULL"
NOT_YET = "took_part = 0"
STANDS = "stands = 1"
UNANSWERED = "state = 'open'"
WAITING = "state = 'waiting'"


def upgrade() -> None:
    table(
        "owners", "id",
        required("id", BigInteger),
        required("kind", String(16)),
        required("name_sealed", Text),
        required("name_hash", String(64)),
        required("phone_hash", String(64)),
        Column("person_id", BigInteger),
        refers("person_id", "people.id"),
        Index("ix_owners_person", "community_id", "person_id"),
    )  # fmt: skip

    table(
        "holdings", "owner_id property",
        required("owner_id", BigInteger),
        required("property", String(64)),
        Column("household_id", BigInteger),
        Column("area", BigInteger),
        required("source", String(16)),
        required("represents", Integer),
        required("since", DateTime),
        refers("owner_id", "owners.id"),
        refers("household_id", "households.id"),
        Index("ix_holdings_property", "community_id", "property", "owner_id"),
        Index("ix_holdings_household", "community_id", "household_id"),
        Index("ix_holdings_since", "community_id", "since"),
    )  # fmt: skip

    table(
        "representatives", "household_id",
        required("household_id", BigInteger),
        required("person_id", BigInteger),
        required("at", DateTime),
        refers("household_id", "households.id"),
        refers("person_id", "people.id"),
        Index("ix_representatives_person", "community_id", "person_id"),
    )  # fmt: skip

    table(
        "delegates", "id",
        required("id", BigInteger),
        required("name_sealed", Text),
        required("name_hash", String(64)),
        Column("household_id", BigInteger),
        Column("person_id", BigInteger),
        required("at", DateTime),
        refers("household_id", "households.id"),
        refers("person_id", "people.id"),
        UniqueConstraint("community_id", "person_id"),
    )  # fmt: skip

    table(
        "identities", "person_id",
        required("person_id", BigInteger),
        required("level", Integer),
        Column("adult", Integer),
        required("matched", Integer),
        Column("checked_by", BigInteger),
        Column("approved_by", BigInteger),
        required("at", DateTime),
        refers("person_id", "people.id"),
        refers("checked_by", "staff.id"),
        refers("approved_by", "staff.id"),
        Index("ix_identities_level", "community_id", "level", "at"),
    )  # fmt: skip

    table(
        "roll_events", "subject seq",
        required("subject", String(32)),
        required("seq", Integer),
        required("event", String(24)),
        Column("person_id", BigInteger),
        Column("account", String(96)),
        required("at", DateTime),
        required("data", JSON),
        required("hash", String(64)),
    )  # fmt: skip

    table(
        "matters", "number",
        required("number", BigInteger),
        required("kind", String(32)),
        required("title", String(120)),
        required("question", JSON),
        required("state", String(24)),
        required("owner_id", BigInteger),
        required("level", Integer),
        Column("due_at", DateTime),
        Column("next_at", DateTime),
        Column("frozen", Text),
        Column("text_hash", String(64)),
        Column("roll_hash", String(64)),
        Column("opens_at", DateTime),
        Column("closes_at", DateTime),
        required("extended", Integer),
        Column("salt", String(64)),
        required("units", Integer),
        required("voted", Integer),
        required("ballots", Integer),
        required("last", String(64)),
        required("frontier", JSON),
        Column("outcome", JSON),
        required("examined", Integer),
        required("opened_at", DateTime),
        required("seq", Integer),
        required("head", String(64)),
        refers("owner_id", "staff.id"),
        Index("ix_matters_open", "community_id", "opened_at", **only(OPEN_MATTER)),
        Index("ix_matters_next", "community_id", "next_at", **only(TO_WATCH)),
        Index("ix_matters_voting", "community_id", "closes_at", **only(VOTING_NOW)),
        Index("ix_matters_unexamined", "community_id", "closes_at", **only(UNEXAMINED)),
        Index("ix_matters_closes", "community_id", "closes_at", **only(HAS_CLOSE)),
        Index("ix_matters_to_destroy", "community_id", "closes_at", **only(TO_DESTROY)),
    )  # fmt: skip

    table(
        "matter_events", "matter seq",
        required("matter", BigInteger),
        required("seq", Integer),
        required("event", String(24)),
        required("state", String(24)),
        Column("person_id", BigInteger),
        Column("account", String(96)),
        required("at", DateTime),
        required("data", JSON),
        Column("note_id", BigInteger),
        required("hash", String(64)),
        refers("matter", "matters.number"),
        Index("ix_matter_events_told", "community_id", "at", **only(TOLD)),
    )  # fmt: skip

    table(
        "matter_notes", "id",
        required("id", BigInteger),
        required("matter", BigInteger),
        required("person_id", BigInteger),
        required("kind", String(16)),
        required("text", Text),
        Column("photo_id", BigInteger),
        required("at", DateTime),
        refers("matter", "matters.number"),
        refers("person_id", "people.id"),
        refers("photo_id", "attachments.id"),
        Index("ix_matter_notes_matter", "community_id", "matter", "id"),
        Index("ix_matter_notes_person", "community_id", "person_id"),
    )  # fmt: skip

    table(
        "objections", "matter number",
        required("matter", BigInteger),
        required("number", Integer),
        required("person_id", BigInteger),
        required("note_id", BigInteger),
        required("state", String(16)),
        required("level", Integer),
        required("at", DateTime),
        required("due_at", DateTime),
        Column("next_at", DateTime),
        refers("matter", "matters.number"),
        refers("person_id", "people.id"),
        refers("note_id", "matter_notes.id"),
        Index("ix_objections_person", "community_id", "person_id", "matter"),
        Index("ix_objections_unanswered", "community_id", "next_at", **only(UNANSWERED)),
    )  # fmt: skip

    table(
        "matter_tickets", "matter ticket",
        required("matter", BigInteger),
        required("ticket", BigInteger),
        refers("matter", "matters.number"),
        refers("ticket", "tickets.number"),
        Index("ix_matter_tickets_ticket", "community_id", "ticket", "matter"),
    )  # fmt: skip

    table(
        "voters", "matter unit",
        required("matter", BigInteger),
        required("unit", String(24)),
        required("areas", JSON),
        required("salt", String(32)),
        required("label_sealed", Text),
        Column("person_id", BigInteger),
        required("fault", String(32)),
        Column("since", DateTime),
        required("took_part", Integer),
        required("told", Integer),
        Column("delivered_at", DateTime),
        refers("matter", "matters.number"),
        refers("person_id", "people.id"),
        Index("ix_voters_person", "community_id", "person_id", "matter"),
        Index("ix_voters_silent", "community_id", "matter", "told", "unit", **only(NOT_YET)),
    )  # fmt: skip

    table(
        "ballots", "matter seq",
        required("matter", BigInteger),
        required("seq", Integer),
        required("vid", String(24)),
        Column("choice", String(16)),
        required("areas", JSON),
        Column("nonce", String(32)),
        required("commit", String(64)),
        required("at", DateTime),
        required("via", String(8)),
        Column("entered_by", BigInteger),
        Column("second_by", BigInteger),
        required("stands", Integer),
        required("hash", String(64)),
        refers("matter", "matters.number"),
        refers("entered_by", "staff.id"),
        refers("second_by", "staff.id"),
        Index("uq_ballots_stands", "community_id", "matter", "vid", unique=True, **only(STANDS)),
        Index("ix_ballots_vid", "community_id", "matter", "vid", "seq"),
    )  # fmt: skip

    table(
        "slips", "matter id",
        required("matter", BigInteger),
        required("id", String(32)),
        required("choice", String(16)),
        refers("matter", "matters.number"),
    )  # fmt: skip

    table(
        "heads", "matter size kind",
        required("matter", BigInteger),
        required("size", Integer),
        required("kind", String(16)),
        required("root", String(64)),
        required("last", String(64)),
        required("at", DateTime),
        required("closes_at", DateTime),
        required("signature", String(128)),
        Column("posted_at", DateTime),
        refers("matter", "matters.number"),
    )  # fmt: skip

    table(
        "consents", "matter property",
        required("matter", BigInteger),
        required("property", String(64)),
        required("unit", String(24)),
        Column("given", Integer),
        Column("at", DateTime),
        refers("matter", "matters.number"),
    )  # fmt: skip

    table(
        "mandates", "matter unit",
        required("matter", BigInteger),
        required("unit", String(24)),
        Column("proxy_id", BigInteger),
        required("state", String(8)),
        Column("code_hash", String(64)),
        required("at", DateTime),
        Column("paper_id", BigInteger),
        refers("matter", "matters.number"),
        refers("proxy_id", "people.id"),
        refers("paper_id", "attachments.id"),
        Index("ix_mandates_proxy", "community_id", "proxy_id", "matter"),
        Index("ix_mandates_code", "community_id", "code_hash"),
    )  # fmt: skip

    table(
        "entries", "id",
        required("id", BigInteger),
        required("matter", BigInteger),
        required("unit", String(24)),
        required("kind", String(8)),
        required("choice", String(16)),
        required("property", String(64)),
        Column("proxy_id", BigInteger),
        required("entered_by", BigInteger),
        Column("settled_by", BigInteger),
        Column("photo_id", BigInteger),
        required("state", String(8)),
        required("at", DateTime),
        refers("matter", "matters.number"),
        refers("proxy_id", "people.id"),
        refers("entered_by", "staff.id"),
        refers("settled_by", "staff.id"),
        refers("photo_id", "attachments.id"),
        Index("ix_entries_matter", "community_id", "matter", "unit"),
        Index("ix_entries_waiting", "community_id", "matter", **only(WAITING)),
    )  # fmt: skip

    table(
        "doubts", "matter seq reason",
        required("matter", BigInteger),
        required("seq", Integer),
        required("reason", String(16)),
        required("state", String(8)),
        Column("asked_by", BigInteger),
        Column("decided_by", BigInteger),
        required("at", DateTime),
        refers("matter", "matters.number"),
        refers("asked_by", "staff.id"),
        refers("decided_by", "staff.id"),
    )  # fmt: skip

    table(
        "disclosures", "id",
        required("id", BigInteger),
        required("matter", BigInteger),
        Column("staff_id", BigInteger),
        required("what", String(16)),
        Column("fingerprint", String(64)),
        required("at", DateTime),
        refers("matter", "matters.number"),
        refers("staff_id", "staff.id"),
        Index("ix_disclosures_matter", "community_id", "matter"),
    )  # fmt: skip

    table(
        "polls", "id",
        required("id", BigInteger),
        required("channel", String(16)),
        required("chat", String(64)),
        required("person_id", BigInteger),
        required("question", String(300)),
        required("options", JSON),
        required("multiple", Integer),
        required("closes_at", DateTime),
        Column("closed_at", DateTime),
        Column("native", String(64)),
        Column("counts", JSON),
        required("voters", Integer),
        required("at", DateTime),
        refers("person_id", "people.id"),
        Index("ix_polls_open", "community_id", "closes_at", **only("closed_at IS NULL")),
        Index("ix_polls_native", "community_id", "channel", "native"),
        Index("ix_polls_chat", "community_id", "channel", "chat", **only("closed_at IS NULL")),
    )  # fmt: skip

    table(
        "poll_answers", "poll person_id",
        required("poll", BigInteger),
        required("person_id", BigInteger),
        required("choices", JSON),
        required("at", DateTime),
        refers("poll", "polls.id"),
        refers("person_id", "people.id"),
        Index("ix_poll_answers_person", "community_id", "person_id"),
    )  # fmt: skip
