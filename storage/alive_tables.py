"""The tables of staying alive: what was said to people unasked, what they want, what waits."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)

from storage.columns import UtcTime, metadata, only, refers, required, table

__all__ = ["UtcTime", "metadata"]

WAITING = "state = 'waiting'"
OF_NOTICE = "recipient IS NOT NULL"
ON_ITS_WAY = "state = 'promised'"
ACTION_ITEM = "ticket IS NOT NULL"
AT_WORK = "state IN ('waiting','sending')"
UNANSWERED = "state IN ('open','task')"
WATCHED = "next_at IS NOT NULL"
GOES_ON = "ended_at IS NULL"
AGREED = "askable = 1"

preferences = table(
    "preferences", "person_id",
    required("person_id", BigInteger),
    required("muted", JSON),  # topics they do not want
    required("less", Integer, default=0),  # 1: one message a month besides what is owed
    required("askable", Integer, default=0),  # 1: agreed to be asked for small things
    Column("asked_at", UtcTime),  # when they were asked last
    required("at", UtcTime),
    refers("person_id", "people.id"),
    Index("ix_preferences_askable", "community_id", "asked_at", **only(AGREED)),
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
    Column("recipient", BigInteger),  # whose row of a notice this keeps
    Index("ix_held_recipient", "community_id", "recipient", **only(OF_NOTICE)),
    Index("ix_held_waiting", "community_id", "try_at", **only(WAITING)),
    Index("ix_held_chat", "community_id", "channel", "chat", **only(WAITING)),
    Index("ix_held_at", "community_id", "at"),
)  # fmt: skip

# --- the weekly digest

digests = table(
    "digests", "number",
    required("number", BigInteger),
    required("channel", String(16)),
    required("chat", String(64)),  # of the group
    required("rule", String(32)),  # when, in words of our own: domain.digest; empty: never
    Column("next_at", UtcTime),
    Column("told_at", UtcTime),  # up to when the last one told
    UniqueConstraint("community_id", "channel", "chat"),
    Index("ix_digests_due", "community_id", "next_at"),
)  # fmt: skip

digest_readers = table(
    "digest_readers", "person_id",
    required("person_id", BigInteger),
    required("digest", BigInteger),
    required("at", UtcTime),
    refers("person_id", "people.id"),
    refers("digest", "digests.number"),
    Index("ix_digest_readers_digest", "community_id", "digest"),
)  # fmt: skip

# --- meetings

meetings = table(
    "meetings", "number",
    required("number", BigInteger),
    required("title", String(64)),
    required("rule", String(32)),  # when, in words of our own: domain.recurrence
    required("chair_id", BigInteger),
    required("invited", JSON),  # see domain.meetings.Meeting
    required("state", String(16)),  # draft, active, ended
    required("at", UtcTime),
    refers("chair_id", "staff.id"),
    Index("ix_meetings_state", "community_id", "state", "number"),
)  # fmt: skip

sittings = table(
    "sittings", "number",
    required("number", BigInteger),
    required("meeting", BigInteger),
    required("starts_at", UtcTime),
    required("planned_at", UtcTime),  # by the rule; it stays where the sitting is moved
    required("course", String(16)),  # planned, held, cancelled
    required("step", Integer),  # 1 the chair has the agenda, 2 those invited, 3 minutes asked for
    required("agenda", JSON),
    Column("next_at", UtcTime),  # when a timer has to look at it again
    refers("meeting", "meetings.number"),
    Index("ix_sittings_meeting", "community_id", "meeting", "starts_at"),
    Index("ix_sittings_next", "community_id", "next_at"),
)  # fmt: skip

minutes = table(
    "minutes", "id",
    required("id", BigInteger),
    required("sitting", BigInteger),
    required("person_id", BigInteger),
    required("text", Text),
    Column("ticket", BigInteger),  # the case that an action item became
    Column("due_on", Date),
    required("at", UtcTime),
    refers("sitting", "sittings.number"),
    refers("person_id", "people.id"),
    refers("ticket", "tickets.number"),
    Index("ix_minutes_sitting", "community_id", "sitting", "id"),
    Index("ix_minutes_person", "community_id", "person_id"),
    Index("ix_minutes_ticket", "community_id", "ticket", **only(ACTION_ITEM)),
)  # fmt: skip

# --- notices

notices = table(
    "notices", "number",
    required("number", BigInteger),
    required("author_id", BigInteger),
    required("state", String(16)),  # draft, second, waiting, sending, paused, done, cancelled
    required("text", Text),
    Column("photo_id", BigInteger),
    required("who", String(16)),  # residents, owners, silent; empty: not chosen yet
    required("place", String(16)),  # all, grid, building, unit, matter
    required("value", String(128)),  # a grid, buildings, a unit or a matter
    required("urgency", String(16)),  # emergency, legal, ordinary
    Column("officer_id", BigInteger),  # who answers for an emergency
    required("in_groups", Integer),  # 1: posted in the groups of the place, too
    required("rule", String(32)),  # when, in words of our own: domain.notices; empty: at once
    Column("next_at", UtcTime),  # when the next run begins
    required("run", Integer),  # counts repetitions, from 1
    required("people", Integer),  # how many it was meant for when it was confirmed
    Column("cursor", BigInteger),  # the last person looked at; None: everybody has been
    required("shown", Integer),  # percent last shown to the author
    Column("second_id", BigInteger),  # who confirmed it besides the author
    Column("confirmed_at", UtcTime),
    required("at", UtcTime),
    refers("author_id", "staff.id"),
    refers("officer_id", "staff.id"),
    refers("second_id", "staff.id"),
    refers("photo_id", "attachments.id"),
    Index("ix_notices_at_work", "community_id", "next_at", **only(AT_WORK)),
)  # fmt: skip

notice_recipients = table(
    "notice_recipients", "id",
    required("id", BigInteger),
    required("notice", BigInteger),
    required("run", Integer),
    required("reader", String(96)),  # p:31 a person, g:telegram:-100 a group; once in each run
    Column("person_id", BigInteger),
    required("channel", String(16)),  # empty: there is no way to reach them
    required("chat", String(64)),
    required("state", String(16)),  # waiting, promised; sent, blocked, failed, unknown, ...
    required("at", UtcTime),
    refers("notice", "notices.number"),
    refers("person_id", "people.id"),
    UniqueConstraint("community_id", "notice", "run", "reader"),
    UniqueConstraint("community_id", "notice", "run", "person_id"),
    Index("ix_notice_recipients_state",
          "community_id", "notice", "run", "state", "channel", "id"),
    Index("ix_notice_recipients_person", "community_id", "person_id", "notice"),
    Index("ix_notice_recipients_promised", "community_id", "state", "id", **only(ON_ITS_WAY)),
)  # fmt: skip

# --- groups

group_days = table(  # how many wrote in a group; no words, and nobody's name
    "group_days", "channel chat day person",
    required("channel", String(16)),
    required("chat", String(64)),
    required("day", Date),  # of the community's own zone
    required("person", String(64)),  # a keyed hash, another one in each group
    required("posts", Integer),  # 0: only pressed a button; 3 at most (handbook: voting 4.3)
    Index("ix_group_days_day", "community_id", "day"),
)  # fmt: skip

questions = table(
    "questions", "id",
    required("id", BigInteger),
    required("channel", String(16)),  # the group it was asked in
    required("chat", String(64)),
    required("message", String(64)),  # the platform's id of it; empty: unknown, or forgotten
    Column("person_id", BigInteger),  # who asked; None: forgotten
    required("kind", String(16)),  # question, help, complaint
    required("words_sealed", Text),  # emptied as soon as somebody has dealt with it
    Column("photo_id", BigInteger),
    required("state", String(16)),  # open, task; answered, here, case, nothing, gone
    required("asked_at", UtcTime),
    required("due_at", UtcTime),  # when it becomes somebody's task; counts waking hours only
    Column("next_at", UtcTime),  # when a timer has to look at it again
    Column("answered_at", UtcTime),  # the first answer of a person other than who asked
    required("by_staff", Integer, default=0),  # 1: that person was of the staff
    Column("handled_at", UtcTime),  # when it left open and task
    required("level", Integer, default=0),  # how many were told: holder, deputy, dispatcher
    Column("holder_id", BigInteger),
    Column("ticket", BigInteger),  # the case it was taken as
    refers("person_id", "people.id"),
    refers("photo_id", "attachments.id"),
    refers("holder_id", "staff.id"),
    refers("ticket", "tickets.number"),
    Index("ix_questions_group", "community_id", "channel", "chat", "asked_at"),
    Index("ix_questions_unanswered",
          "community_id", "channel", "chat", "id", **only(UNANSWERED)),
    Index("ix_questions_next", "community_id", "next_at", **only(WATCHED)),
    Index("ix_questions_holder", "community_id", "holder_id", "asked_at", **only(UNANSWERED)),
    Index("ix_questions_person", "community_id", "person_id"),
)  # fmt: skip

# --- how alive a group is

group_health = table(
    "group_health", "channel chat week",
    required("channel", String(16)),
    required("chat", String(64)),
    required("week", Date),  # its Monday, in the community's own zone
    required("looked_on", Date),  # the last night of it that was counted
    required("state", String(24)),
    required("better", Integer),  # weekly looks in a row that were better than the state
    required("parts", JSON),  # of the score: name, weight, reached in thousandths
    required("members", Integer),
    required("active", Integer),
    required("days_since", Integer),  # since the last act of a resident
    Index("ix_group_health_week", "community_id", "week"),
)  # fmt: skip

group_steps = table(  # what was done for a group that fell silent, one at a time
    "group_steps", "id",
    required("id", BigInteger),
    required("channel", String(16)),
    required("chat", String(64)),
    required("step", String(16)),
    required("state", String(16)),  # offered, asking, deciding; done, declined, lapsed, stays, ...
    required("staff_id", BigInteger),  # the one person who was asked to do it
    required("what", String(16)),  # the small question or task; empty: none
    Column("ticket", BigInteger),  # the case the group reads of
    required("counts", JSON),  # how often each answer was given, once it is over
    required("at", UtcTime),
    Column("next_at", UtcTime),  # when a timer ends what goes on
    Column("ended_at", UtcTime),
    Column("ended_by", BigInteger),  # staff who took, declined or decided it; None: its time
    refers("staff_id", "staff.id"),
    refers("ended_by", "staff.id"),
    refers("ticket", "tickets.number"),
    Index("ix_group_steps_group", "community_id", "channel", "chat", "id"),
    Index("ix_group_steps_staff", "community_id", "staff_id", "at"),
    Index("ix_group_steps_next", "community_id", "next_at", **only(GOES_ON)),
)  # fmt: skip

group_answers = table(  # while a step asks; who it was is a keyed hash, another one each time
    "group_answers", "step person",
    required("step", BigInteger),
    required("person", String(64)),
    required("answer", String(8)),
    refers("step", "group_steps.id"),
)  # fmt: skip
