"""Puts the number behind the moment in the indexes of cases, as their lists have it.

A copy of what ``storage/tables.py`` said on the day; it stays as it is when that moves on.
"""

from alembic import op

from storage.migrations.spelling import only

revision = "0006"
down_revision = "0005"

OPEN = (
    "state IN ('submitted','dispatched','in_progress','return_review','waiting_resident',"
    "'on_hold','handled')"
)
INDEXES: tuple[tuple[str, str, str | None], ...] = (
    ("ix_tickets_holder", "holder_id due_at", OPEN),
    ("ix_tickets_place", "grid category opened_at", OPEN),
    ("ix_tickets_next", "next_at", "next_at IS NOT NULL"),
    ("ix_tickets_gone_up", "opened_at", f"{OPEN} AND (level >= 2 OR round >= 3)"),
    ("ix_tickets_sent_about", "opened_at", f"{OPEN} AND hop >= 3"),
    ("ix_tickets_author", "author_id opened_at", None),
    ("ix_tickets_resolve", "resolve_by", None),
    ("ix_tickets_group", "group_channel group_chat opened_at", None),
    ("ix_tickets_state", "state due_at", OPEN),
)


def upgrade() -> None:
    for name, by, which in INDEXES:
        op.drop_index(name, "tickets")
        columns = ["community_id", *by.split(), "number"]
        op.create_index(name, "tickets", columns, **(only(which) if which else {}))
