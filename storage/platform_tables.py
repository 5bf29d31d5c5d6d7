"""What a platform lets us do, and what whoever runs this did: tokens, allowances, backups."""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)

from storage.columns import UtcTime, metadata, required, table

__all__ = ["UtcTime", "metadata"]

tokens = table(
    "tokens", "channel account",
    required("channel", String(16)),
    required("account", String(64)),
    required("value_sealed", Text),
    required("expires_at", UtcTime),
    Column("refreshing_until", UtcTime),  # one process fetches a new one; None: nobody does
)  # fmt: skip

paces = table(
    "paces", "channel chat",
    required("channel", String(16)),
    required("chat", String(64)),  # a chat, or what the platform counts together
    required("turn", UtcTime),  # when its next evenly spaced turn would come
)  # fmt: skip

card_codes = table(
    "card_codes", "channel chat task",
    required("channel", String(16)),
    required("chat", String(64)),
    required("task", String(128)),  # the card
    required("code", Text),  # with which it can be changed once
    required("until", UtcTime),
    required("spent", Integer),  # 1: used, and remembered so that a repeated update brings it not
    Index("ix_card_codes_until", "community_id", "until"),
)  # fmt: skip

allowances = table(
    "allowances", "channel chat kind",
    required("channel", String(16)),
    required("chat", String(64)),
    required("kind", String(16)),  # what the person did: wrote to us, or came by a button
    required("at", UtcTime),  # when
    required("until", UtcTime),
    required("left", Integer),  # messages that we may still send them
)  # fmt: skip

subscriptions = table(
    "subscriptions", "channel chat template",
    required("channel", String(16)),
    required("chat", String(64)),
    required("template", String(64)),  # a kind of notice that the person agreed to
    required("at", UtcTime),  # when we last heard of it
    required("left", Integer),  # notices that we may still send them by it
)  # fmt: skip

backups = table(  # verified ones, so that somebody hears of it when there has been none for long
    "backups", "at",
    required("at", UtcTime),
    required("many", BigInteger),  # rows in it
)  # fmt: skip

link_codes = table(  # shown on one platform, to be said on another one (storage/linking.py)
    "link_codes", "code_hash",
    required("code_hash", String(64)),
    required("channel", String(16)),  # who asked for it
    required("chat", String(64)),
    required("expires_at", UtcTime),
    UniqueConstraint("community_id", "channel", "chat"),
)  # fmt: skip

media = table(
    "media", "channel ref",
    required("channel", String(16)),
    required("ref", String(256)),  # as of the attachment
    Column("content", LargeBinary),  # None: not fetched yet, or not to be had any more
    required("at", UtcTime),  # when we last tried
    required("tries", Integer),
    Column("next_at", UtcTime),  # when to try again; None: fetched, or given up
)  # fmt: skip
