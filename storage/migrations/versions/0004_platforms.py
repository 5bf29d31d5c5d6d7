"""What a platform lets us do, and what waits for a person's next visit.

A copy of what ``storage/platform_tables.py`` said on the day; it stays as it is when that moves on.
"""

from alembic import op
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)

from storage.migrations.spelling import only, required, table

revision = "0004"
down_revision = "0003"

HELD = "state = 'held'"
HELD_NEWS = "state = 'held' AND topic IS NOT NULL"
SHOWN_NEWS = "channel = 'webchat' AND state = 'sent' AND topic IS NOT NULL"
BLOCKED = "blocked_at IS NOT NULL"
WAITING = "done_at IS NULL"


def upgrade() -> None:
    table(
        "tokens", "channel account",
        required("channel", String(16)),
        required("account", String(64)),
        required("value_sealed", Text),
        required("expires_at", DateTime),
        Column("refreshing_until", DateTime),
    )  # fmt: skip
    table(
        "paces", "channel chat",
        required("channel", String(16)),
        required("chat", String(64)),
        required("turn", DateTime),
    )  # fmt: skip
    table(
        "card_codes", "channel chat task",
        required("channel", String(16)),
        required("chat", String(64)),
        required("task", String(128)),
        required("code", Text),
        required("until", DateTime),
        required("spent", Integer),
    )  # fmt: skip
    op.create_index("ix_card_codes_until", "card_codes", ["community_id", "until"])
    table(
        "allowances", "channel chat kind",
        required("channel", String(16)),
        required("chat", String(64)),
        required("kind", String(16)),
        required("at", DateTime),
        required("until", DateTime),
        required("left", Integer),
    )  # fmt: skip
    table(
        "subscriptions", "channel chat template",
        required("channel", String(16)),
        required("chat", String(64)),
        required("template", String(64)),
        required("at", DateTime),
        required("left", Integer),
    )  # fmt: skip
    table("backups", "at", required("at", DateTime), required("many", BigInteger))
    table(
        "media", "channel ref",
        required("channel", String(16)),
        required("ref", String(256)),
        Column("content", LargeBinary),
        required("at", DateTime),
        required("tries", Integer),
        Column("next_at", DateTime),
    )  # fmt: skip
    op.add_column("attachments", Column("kind", String(8)))
    op.create_index("ix_attachments_at", "attachments", ["community_id", "channel", "at"])
    columns = ["community_id", "channel", "chat", "rank", "id"]
    op.create_index("ix_outbox_held", "outbox", columns, **only(HELD))
    table(
        "link_codes", "code_hash",
        required("code_hash", String(64)),
        required("channel", String(16)),
        required("chat", String(64)),
        required("expires_at", DateTime),
        UniqueConstraint("community_id", "channel", "chat"),
    )  # fmt: skip
    op.add_column("accounts", Column("chosen", Integer, nullable=False, server_default="0"))
    op.add_column("accounts", Column("linked_at", DateTime))
    columns = ["community_id", "blocked_at"]
    op.create_index("ix_accounts_blocked", "accounts", columns, **only(BLOCKED))
    op.add_column("outbox", Column("topic", String(16)))
    op.add_column("outbox", Column("tried", JSON))
    columns = ["community_id", "not_before"]
    op.create_index("ix_outbox_waits", "outbox", columns, **only(HELD_NEWS))
    columns = ["community_id", "settled_at"]
    op.create_index("ix_outbox_shown", "outbox", columns, **only(SHOWN_NEWS))
    op.add_column("people", Column("parted_at", DateTime))
    op.add_column("webchat_people", Column("read_until", DateTime))
    columns = ["community_id", "lane", "seq"]
    op.create_index("ix_inbox_lane", "inbox", columns, **only(WAITING))
