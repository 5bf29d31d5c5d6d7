"""Every table, in one place. ``community_id`` stands first in every key.

Times are stored as UTC; ``UtcTime`` refuses naive ones. A column named ``*_sealed`` is
encrypted and one named ``*_hash`` is keyed, both by the vault.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.columns import UtcTime, metadata, only, refers, required, table

__all__ = ["UtcTime", "metadata"]

communities = Table(
    "communities", metadata, Column("id", Integer, primary_key=True), required("code", String(64)),
    UniqueConstraint("code"),
)  # fmt: skip

counters = table("counters", "name", required("name", String(32)), required("value", BigInteger))

households = table(
    "households", "id",
    required("id", BigInteger),
    required("building", String(16)),
    required("unit", String(16)), required("room", String(16)),
    required("area", BigInteger),  # 0.01 m²
    required("grid", String(16)),
    required("owner_sealed", Text),
    required("phone_hash", String(64)),
    Column("adults", Integer),  # who live there, of 18 and older; None: no list has said
    UniqueConstraint("community_id", "building", "unit", "room"),
    Index("ix_households_grid", "community_id", "grid"),
)  # fmt: skip

people = table(
    "people", "id",
    required("id", BigInteger),
    required("name_sealed", Text, default=""),
    required("language", String(8)),
    Column("household_id", BigInteger),
    Column("consented_at", UtcTime),
    required("created_at", UtcTime),
    Column("forgotten_at", UtcTime),
    Column("parted_at", UtcTime),  # when an account last left: what it had opened is closed
    refers("household_id", "households.id"),
    Index("ix_people_household", "community_id", "household_id"),
)  # fmt: skip

accounts = table(
    "accounts", "channel chat",
    required("channel", String(16)),
    required("chat", String(64)),
    required("person_id", BigInteger),
    Column("private_at", UtcTime),  # last wrote to the bot alone; None: we may not write first
    Column("blocked_at", UtcTime),
    required("chosen", Integer, server_default="0"),  # 1: where they want to be written to
    Column("linked_at", UtcTime),  # when it joined somebody's other accounts by a code
    refers("person_id", "people.id"),
    Index("ix_accounts_person", "community_id", "person_id"),
    Index("ix_accounts_blocked", "community_id", "blocked_at", **only("blocked_at IS NOT NULL")),
)  # fmt: skip

staff = table(
    "staff", "id",
    required("id", BigInteger),
    Column("person_id", BigInteger),
    required("name_sealed", Text),
    required("name_hash", String(64)),
    required("role", String(16)),
    required("duties", JSON),
    required("grids", JSON),
    Column("deputy_id", BigInteger),
    required("level", Integer, default=1),  # 1 the community, 2 the street office, 3 a department
    required("organisation", String(64), default=""),
    Column("away_until", UtcTime),
    refers("person_id", "people.id"),
    refers("deputy_id", "staff.id"),
    UniqueConstraint("community_id", "name_hash"),
    UniqueConstraint("community_id", "person_id"),
)  # fmt: skip

invites = table(
    "invites", "code_hash",
    required("code_hash", String(64)),
    Column("household_id", BigInteger),
    Column("staff_id", BigInteger),
    required("expires_at", UtcTime),
    required("uses_left", Integer),
    refers("household_id", "households.id"),
    refers("staff_id", "staff.id"),
    Index("ix_invites_household", "community_id", "household_id"),
    Index("ix_invites_staff", "community_id", "staff_id"),
)  # fmt: skip

code_tries = table(
    "code_tries", "id",
    required("id", BigInteger),
    required("channel", String(16)),
    required("chat", String(64)),
    Column("household_id", BigInteger),
    required("at", UtcTime),
    Index("ix_code_tries_account", "community_id", "channel", "chat", "at"),
    Index("ix_code_tries_household", "community_id", "household_id", "at"),
)  # fmt: skip

groups = table(
    "groups", "channel chat",
    required("channel", String(16)),
    required("chat", String(64)),
    required("scope", String(16)),  # building, grid, community, staff
    required("scope_value", String(16), default=""),
    required("language", String(8)),
    Column("reads", Integer),  # 1: we are given all that is written there; 0: not; None: unknown
    Column("members", Integer),  # people in it, as the platform says; None: it does not say
    Column("archived_at", UtcTime),  # a person archived it: nothing is said there unasked
    Index("ix_groups_scope", "community_id", "scope", "scope_value"),
    Index("ix_groups_archived", "community_id", "archived_at", **only("archived_at IS NOT NULL")),
)  # fmt: skip

attachments = table(
    "attachments", "id",
    required("id", BigInteger),
    required("channel", String(16)),
    required("ref", String(256)),  # the channel's own reference
    required("person_id", BigInteger),
    required("at", UtcTime),
    Column("kind", String(8)),  # voice; None: a picture
    refers("person_id", "people.id"),
    Index("ix_attachments_person", "community_id", "person_id"),
    Index("ix_attachments_at", "community_id", "channel", "at"),
)  # fmt: skip

drafts = table(
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
    required("at", UtcTime),
    refers("person_id", "people.id"),
    refers("photo_id", "attachments.id"),
    Index("ix_drafts_person", "community_id", "person_id", "id"),
    Index("ix_drafts_at", "community_id", "at"),
)  # fmt: skip

# Conditions of partial indexes. A query says the same words: SQLite uses no such index where states
# are bound values, and compiles anew what binds the column with which a condition begins (QPSG).
PENDING = "state = 'pending'"
WAITING = "done_at IS NULL"
UNSENT = "state IN ('pending','sending')"
HELD = "state = 'held'"
HELD_NEWS = "state = 'held' AND topic IS NOT NULL"
SHOWN_NEWS = "state = 'sent' AND channel = 'webchat' AND topic IS NOT NULL"
UNSEEN_CARD = "settled_at IS NULL AND card IS NOT NULL"  # no state: see Delivery
OF_NOTICE = "recipient IS NOT NULL"
WATCHED = "next_at IS NOT NULL"
ACCEPTED = "event = 'accept'"
JOINED = "parent IS NOT NULL"
OPEN_STATES = (
    "state IN ('submitted','dispatched','in_progress','return_review','waiting_resident',"
    "'on_hold','handled')"
)
SENT_ABOUT = f"{OPEN_STATES} AND hop >= 3"  # given to the third holder and more
GONE_UP = f"{OPEN_STATES} AND (level >= 2 OR round >= 3)"  # what leaders watch

tickets = table(
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
    Column("due_at", UtcTime),
    Column("resolve_by", UtcTime),
    Column("next_at", UtcTime),  # when a timer has to look at it again
    required("opened_at", UtcTime),
    required("seq", Integer),  # events so far; two writers cannot both write the next one
    required("head", String(64)),  # the last event's hash
    required("summary", Text),
    required("place", String(128)),
    Column("photo_id", BigInteger),
    Column("group_channel", String(16)), Column("group_chat", String(64)),
    refers("author_id", "people.id"), refers("holder_id", "staff.id"),
    refers("photo_id", "attachments.id"),
    Index("ix_tickets_parent", "community_id", "parent", **only(JOINED)),
    Index("ix_tickets_holder", "community_id", "holder_id", "due_at", "number",
          **only(OPEN_STATES)),
    Index("ix_tickets_place", "community_id", "grid", "category", "opened_at", "number",
          **only(OPEN_STATES)),
    Index("ix_tickets_next", "community_id", "next_at", "number", **only(WATCHED)),
    Index("ix_tickets_gone_up", "community_id", "opened_at", "number", **only(GONE_UP)),
    Index("ix_tickets_sent_about", "community_id", "opened_at", "number", **only(SENT_ABOUT)),
    Index("ix_tickets_author", "community_id", "author_id", "opened_at", "number"),
    Index("ix_tickets_resolve", "community_id", "resolve_by", "number"),
    Index("ix_tickets_group", "community_id", "group_channel", "group_chat", "opened_at", "number"),
    Index("ix_tickets_state", "community_id", "state", "due_at", "number", **only(OPEN_STATES)),
)  # fmt: skip

supporters = table(
    "supporters", "ticket person_id",
    required("ticket", BigInteger),
    required("person_id", BigInteger),
    required("at", UtcTime),
    Column("came_from", BigInteger),  # the merged case that brought them
    refers("ticket", "tickets.number"),
    refers("person_id", "people.id"),
    Index("ix_supporters_person", "community_id", "person_id", "ticket"),
)  # fmt: skip

ticket_events = table(
    "ticket_events", "ticket seq",
    required("ticket", BigInteger),
    required("seq", Integer),
    required("event", String(24)),
    required("state", String(24)),
    Column("person_id", BigInteger),  # None: Linli itself
    Column("account", String(96)),
    required("at", UtcTime),
    required("data", JSON),
    Column("note_id", BigInteger),
    required("hash", String(64)),
    refers("ticket", "tickets.number"),
    Index("ix_ticket_events_accepted", "community_id", "at", **only(ACCEPTED)),
)  # fmt: skip

notes = table(
    "notes", "id",
    required("id", BigInteger),
    required("ticket", BigInteger),
    required("person_id", BigInteger),
    required("kind", String(24)),
    required("text", Text),
    Column("photo_id", BigInteger),
    required("at", UtcTime),
    required("shown", Integer, server_default="0"),  # 1: everybody may see its picture
    refers("ticket", "tickets.number"),
    refers("person_id", "people.id"),
    refers("photo_id", "attachments.id"),
    Index("ix_notes_ticket", "community_id", "ticket", "id"),
    Index("ix_notes_person", "community_id", "person_id"),
)  # fmt: skip

subtasks = table(
    "subtasks", "id",
    required("id", BigInteger),
    required("ticket", BigInteger),
    required("staff_id", BigInteger),
    Column("asked_by", BigInteger),  # None: Linli itself, when the case climbed
    required("kind", String(16)),  # mandatory, stays
    required("state", String(8)),  # open, done, waived
    Column("words_id", BigInteger),  # the note of what is asked
    Column("answer_id", BigInteger),  # the note of what came of it
    required("asked_at", UtcTime),
    Column("done_at", UtcTime),
    Column("rating", Integer),  # by the lead: 5 very satisfied … 1 very dissatisfied
    refers("ticket", "tickets.number"),
    refers("staff_id", "staff.id"),
    refers("asked_by", "people.id"),
    refers("words_id", "notes.id"),
    refers("answer_id", "notes.id"),
    Index("ix_subtasks_ticket", "community_id", "ticket", "id"),
    Index("ix_subtasks_staff", "community_id", "staff_id", "state"),
)  # fmt: skip

ratings = table(
    "ratings", "ticket round person_id",
    required("ticket", BigInteger),
    required("round", Integer),
    required("person_id", BigInteger),
    required("solved", String(8)),
    Column("satisfaction", Integer),  # 5 very satisfied … 1 very dissatisfied
    required("at", UtcTime),
    refers("ticket", "tickets.number"),
    refers("person_id", "people.id"),
    Index("ix_ratings_person", "community_id", "person_id"),
)  # fmt: skip

inbox = table(
    "inbox", "channel update_id",
    required("channel", String(16)),
    required("update_id", String(128)),
    required("lane", String(96)),  # updates of one lane are handled in order
    Column("payload", Text),  # forgotten once the update is handled
    required("seq", BigInteger),
    required("received_at", UtcTime),
    Column("done_at", UtcTime),
    Column("error", String(64)),
    Index("ix_inbox_waiting", "community_id", "seq", **only(WAITING)),
    Index("ix_inbox_lane", "community_id", "lane", "seq", **only(WAITING)),
    Index("ix_inbox_done", "community_id", "done_at"),
)  # fmt: skip

outbox = table(
    "outbox", "id",
    required("id", BigInteger),
    required("channel", String(16)),
    required("chat", String(64)),
    required("state", String(8)),  # pending, sending, held, sent, blocked, failed, unknown
    required("not_before", UtcTime),
    required("say", JSON),
    Column("card", String(64)),
    required("on_unknown", String(8)),
    required("attempts", Integer),
    required("repeated", Integer),
    required("created_at", UtcTime),
    Column("settled_at", UtcTime),
    Column("message", String(64)),  # the platform's id of what was sent
    Column("error", String(200)),
    required("rank", Integer, server_default="0"),  # 0: answers; see domain.budget.rank_of
    Column("recipient", BigInteger),  # whose row of a notice this keeps
    Column("topic", String(16)),  # None: an answer, which is said where it was asked for only
    Column("tried", JSON),  # the chats it could not be said in, before it came to this one
    Index("ix_outbox_due", "community_id", "rank", "not_before", "id", **only(PENDING)),
    Index("ix_outbox_recipient", "community_id", "recipient", **only(OF_NOTICE)),
    Index("ix_outbox_chat", "community_id", "channel", "chat", "id", **only(UNSENT)),
    Index("ix_outbox_card", "community_id", "channel", "chat", "card", **only(UNSEEN_CARD)),
    Index("ix_outbox_held", "community_id", "channel", "chat", "rank", "id", **only(HELD)),
    Index("ix_outbox_state", "community_id", "state", "settled_at"),
    Index("ix_outbox_shown", "community_id", "settled_at", **only(SHOWN_NEWS)),
    Index("ix_outbox_waits", "community_id", "not_before", **only(HELD_NEWS)),
)  # fmt: skip

cards = table(
    "cards", "channel chat card",
    required("channel", String(16)), required("chat", String(64)),
    required("card", String(64)),
    required("message", String(64)),
)  # fmt: skip

reminders = table(
    "reminders", "key",
    required("key", String(96)),  # what, whom, which deadline: each goes once
    required("at", UtcTime),
    Index("ix_reminders_at", "community_id", "at"),
)  # fmt: skip

prompts = table(
    "prompts", "channel chat sender",
    required("channel", String(16)), required("chat", String(64)),  # the group, or the private chat
    required("sender", String(64)),
    required("choices", JSON),  # what "2" means to somebody without buttons
    Column("expects", String(64)),  # the action the next words belong to
    required("at", UtcTime),
)  # fmt: skip

webchat_people = table(
    "webchat_people", "chat",
    required("chat", String(64)),
    required("nickname_sealed", Text),
    required("language", String(8)),
    required("created_at", UtcTime),
    Column("read_until", UtcTime),  # what stood in their own room by then has been shown to them
)  # fmt: skip

webchat_messages = table(
    "webchat_messages", "id",
    required("id", BigInteger),
    required("room", String(64)),  # a person's own chat, or a group
    Column("author", String(64)),  # None: the bot
    Column("once", BigInteger),  # the promise it keeps, or the update it was, so it stands once
    required("body", JSON),  # spans, choices, photo, quoted
    required("at", UtcTime),
    required("version", BigInteger),  # grows with every change; what a page asks for next
    UniqueConstraint("community_id", "once"),
    Index("ix_webchat_messages_room", "community_id", "room", "version"),
    Index("ix_webchat_messages_author", "community_id", "author"),
)  # fmt: skip

webchat_files = table(
    "webchat_files", "ref",
    required("ref", String(64)),
    required("mime", String(32)),
    required("content", LargeBinary),
    required("at", UtcTime),
)  # fmt: skip
