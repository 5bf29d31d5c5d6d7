"""Finds unseen cards and archived groups, and leaves SQLite to compile once what is asked often.

A copy of what ``storage/tables.py`` said on the day; it stays as it is when that moves on.
"""

from alembic import op

from storage.migrations.spelling import only

revision = "0005"
down_revision = "0004"

UNSEEN_CARD = "settled_at IS NULL AND card IS NOT NULL"
ARCHIVED = "archived_at IS NOT NULL"
SHOWN_NEWS = "state = 'sent' AND channel = 'webchat' AND topic IS NOT NULL"


def upgrade() -> None:
    columns = ["community_id", "channel", "chat", "card"]
    op.create_index("ix_outbox_card", "outbox", columns, **only(UNSEEN_CARD))
    columns = ["community_id", "archived_at"]
    op.create_index("ix_groups_archived", "groups", columns, **only(ARCHIVED))
    op.drop_index("ix_outbox_shown", "outbox")
    columns = ["community_id", "settled_at"]
    op.create_index("ix_outbox_shown", "outbox", columns, **only(SHOWN_NEWS))
