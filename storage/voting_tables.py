"""The tables of deciding together: who may vote, the matters and their stages, the ballots.

Areas are whole numbers of 0.01 m². A voting unit is written ``o:7`` (owner), ``h:12``
(household), ``p:31`` (person) or ``a:12.1`` (a household's first seat without a name); what is
public of a matter's record never holds one.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)

from storage.columns import UtcTime, metadata, only, refers, required, table

__all__ = ["UtcTime", "metadata"]

UNIT = String(24)

# --- who owns what, who speaks for whom

owners = table(
    "owners", "id",
    required("id", BigInteger),
    required("kind", String(16)),  # person, company, developer
    required("name_sealed", Text),
    required("name_hash", String(64)),
    required("phone_hash", String(64)),
    Column("person_id", BigInteger),  # whose title document was seen; they vote for this owner
    refers("person_id", "people.id"),
    Index("ix_owners_person", "community_id", "person_id"),
)  # fmt: skip

holdings = table(
    "holdings", "owner_id property",
    required("owner_id", BigInteger),
    required("property", String(64)),  # a door such as 3-1-101, or a parking bay's own name
    Column("household_id", BigInteger),  # None: a parking bay or a stall
    Column("area", BigInteger),  # None: nobody has said yet
    required("source", String(16), default=""),  # register, survey, contract (解释 Art. 8)
    required("represents", Integer, default=0),  # 1: votes for the joint owners of it
    required("since", UtcTime),  # when a list last said another thing of this property
    refers("owner_id", "owners.id"),
    refers("household_id", "households.id"),
    Index("ix_holdings_property", "community_id", "property", "owner_id"),
    Index("ix_holdings_household", "community_id", "household_id"),
    Index("ix_holdings_since", "community_id", "since"),
)  # fmt: skip

representatives = table(
    "representatives", "household_id",
    required("household_id", BigInteger),
    required("person_id", BigInteger),
    required("at", UtcTime),
    refers("household_id", "households.id"),
    refers("person_id", "people.id"),
    Index("ix_representatives_person", "community_id", "person_id"),
)  # fmt: skip

delegates = table(
    "delegates", "id",
    required("id", BigInteger),
    required("name_sealed", Text),
    required("name_hash", String(64)),
    Column("household_id", BigInteger),  # None: listed by an account
    Column("person_id", BigInteger),  # None: nobody of that name has joined there yet
    required("at", UtcTime),
    refers("household_id", "households.id"),
    refers("person_id", "people.id"),
    UniqueConstraint("community_id", "person_id"),
)  # fmt: skip

identities = table(
    "identities", "person_id",
    required("person_id", BigInteger),
    required("level", Integer),  # 0 asked for, 2 confirmed; who acts for an owner has 3
    Column("adult", Integer),  # 1: eighteen or older; never a birthday (PIPL 6, handbook P1)
    required("matched", Integer, default=0),  # 1: the phone number is the roster's
    Column("checked_by", BigInteger),  # staff
    Column("approved_by", BigInteger),  # staff, another one
    required("at", UtcTime),
    refers("person_id", "people.id"),
    refers("checked_by", "staff.id"),
    refers("approved_by", "staff.id"),
    Index("ix_identities_level", "community_id", "level", "at"),
)  # fmt: skip

roll_events = table(
    "roll_events", "subject seq",
    required("subject", String(32)),  # person:31, owner:7, household:12
    required("seq", Integer),
    required("event", String(24)),
    Column("person_id", BigInteger),  # None: Linli itself, or a list that was imported
    Column("account", String(96)),
    required("at", UtcTime),
    required("data", JSON),
    required("hash", String(64)),
)  # fmt: skip

# --- matters

OPEN_MATTER = "state NOT IN ('archived','withdrawn','void')"
TOLD = "event IN ('count','publish','execute','report','void')"  # what everybody hears of
VOTING_NOW = "state = 'open'"
UNEXAMINED = "state IN ('counted','decision_published') AND examined = 0"
TO_DESTROY = "salt IS NOT NULL AND state IN ('archived','withdrawn','void')"
TO_WATCH = "next_at IS NOT NULL"
HAS_CLOSE = "closes_at IS NOT NULL"
NOT_YET = "took_part = 0"
STANDS = "stands = 1"
UNANSWERED = "state = 'open'"
WAITING = "state = 'waiting'"

matters = table(
    "matters", "number",
    required("number", BigInteger),
    required("kind", String(32)),
    required("title", String(120)),
    required("question", JSON),  # what is put to the vote; frozen when notice is given
    required("state", String(24)),
    required("owner_id", BigInteger),  # staff: who answers for the present stage
    required("level", Integer),  # how far a stage that stands still has climbed
    Column("due_at", UtcTime),  # by when the present stage is to be over
    Column("next_at", UtcTime),  # when a timer has to look at it again
    Column("frozen", Text),  # the question as it was hashed when notice was given, byte for byte
    Column("text_hash", String(64)),  # SHA-256 of the frozen question
    Column("roll_hash", String(64)),
    Column("opens_at", UtcTime),
    Column("closes_at", UtcTime),
    required("extended", Integer, default=0),
    Column("salt", String(64)),  # of the matter's key; without it no pseudonym can be undone
    required("units", Integer, default=0),  # on the frozen roll
    required("voted", Integer, default=0),  # of these, so many have answered: to be shown
    required("ballots", Integer, default=0),  # lines in the record
    required("last", String(64), default=""),  # the last line's hash
    required("frontier", JSON, default=list),  # of the tree over all lines
    Column("outcome", JSON),  # the count, as it was published
    required("examined", Integer, default=0),  # 1: its ballots were looked through after the count
    required("opened_at", UtcTime),
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

matter_events = table(
    "matter_events", "matter seq",
    required("matter", BigInteger),
    required("seq", Integer),
    required("event", String(24)),
    required("state", String(24)),
    Column("person_id", BigInteger),  # None: Linli itself
    Column("account", String(96)),
    required("at", UtcTime),
    required("data", JSON),
    Column("note_id", BigInteger),
    required("hash", String(64)),
    refers("matter", "matters.number"),
    Index("ix_matter_events_told", "community_id", "at", **only(TOLD)),
)  # fmt: skip

matter_notes = table(
    "matter_notes", "id",
    required("id", BigInteger),
    required("matter", BigInteger),
    required("person_id", BigInteger),
    required("kind", String(16)),  # record, objection, answer, comment
    required("text", Text),
    Column("photo_id", BigInteger),
    required("at", UtcTime),
    refers("matter", "matters.number"),
    refers("person_id", "people.id"),
    refers("photo_id", "attachments.id"),
    Index("ix_matter_notes_matter", "community_id", "matter", "id"),
    Index("ix_matter_notes_person", "community_id", "person_id"),
)  # fmt: skip

objections = table(
    "objections", "matter number",
    required("matter", BigInteger),
    required("number", Integer),  # among those of the matter, from 1
    required("person_id", BigInteger),
    required("note_id", BigInteger),
    required("state", String(16)),  # open, answered, withdrawn
    required("level", Integer),  # how far it has climbed without an answer
    required("at", UtcTime),
    required("due_at", UtcTime),  # by when it is to be answered
    Column("next_at", UtcTime),  # when a timer has to look at it again
    refers("matter", "matters.number"),
    refers("person_id", "people.id"),
    refers("note_id", "matter_notes.id"),
    Index("ix_objections_person", "community_id", "person_id", "matter"),
    Index("ix_objections_unanswered", "community_id", "next_at", **only(UNANSWERED)),
)  # fmt: skip

matter_tickets = table(
    "matter_tickets", "matter ticket",
    required("matter", BigInteger),
    required("ticket", BigInteger),
    refers("matter", "matters.number"),
    refers("ticket", "tickets.number"),
    Index("ix_matter_tickets_ticket", "community_id", "ticket", "matter"),
)  # fmt: skip

# --- the roll and the ballots of one matter

voters = table(
    "voters", "matter unit",
    required("matter", BigInteger),
    required("unit", UNIT),
    required("areas", JSON),  # one number for each part of the rule; null: not in that part
    required("salt", String(32)),
    required("label_sealed", Text),  # whose it is and which flats, for officers and auditors
    Column("person_id", BigInteger),  # who may answer for it; None: nobody has joined yet
    required("fault", String(32), default=""),  # why nobody may answer for it yet
    Column("since", UtcTime),  # since when this person does; None: since the freeze
    required("took_part", Integer, default=0),
    required("told", Integer, default=0),  # how many of the messages about this vote reached them
    Column("delivered_at", UtcTime),  # when a ballot reached them
    refers("matter", "matters.number"),
    refers("person_id", "people.id"),
    Index("ix_voters_person", "community_id", "person_id", "matter"),
    Index("ix_voters_silent", "community_id", "matter", "told", "unit", **only(NOT_YET)),
)  # fmt: skip

ballots = table(
    "ballots", "matter seq",
    required("matter", BigInteger),
    required("seq", Integer),  # from 1, without gaps: a line of the record
    required("vid", String(24)),
    Column("choice", String(16)),  # yes, no, abstain, an option's number; None: spoiled, or gone
    required("areas", JSON),
    Column("nonce", String(32)),  # None: the opening was destroyed
    required("commit", String(64)),
    required("at", UtcTime),  # when it was received
    required("via", String(8)),  # chat, paper, proxy, helper
    Column("entered_by", BigInteger),  # staff who wrote it down for them
    Column("second_by", BigInteger),  # the second officer
    required("stands", Integer),
    required("hash", String(64)),
    refers("matter", "matters.number"),
    refers("entered_by", "staff.id"),
    refers("second_by", "staff.id"),
    Index("uq_ballots_stands", "community_id", "matter", "vid", unique=True, **only(STANDS)),
    Index("ix_ballots_vid", "community_id", "matter", "vid", "seq"),
)  # fmt: skip

slips = table(
    "slips", "matter id",
    required("matter", BigInteger),
    required("id", String(32)),  # random: neither who nor when nor in which order
    required("choice", String(16)),
    refers("matter", "matters.number"),
)  # fmt: skip

heads = table(
    "heads", "matter size kind",
    required("matter", BigInteger),
    required("size", Integer),
    required("kind", String(16)),  # opening, daily, extension, close
    required("root", String(64)),
    required("last", String(64)),
    required("at", UtcTime),
    required("closes_at", UtcTime),  # as it was announced by then
    required("signature", String(128)),
    Column("posted_at", UtcTime),  # None: there was no group to post it in
    refers("matter", "matters.number"),
)  # fmt: skip

consents = table(
    "consents", "matter property",
    required("matter", BigInteger),
    required("property", String(64)),
    required("unit", UNIT),  # whose answer it is: of whoever may answer for this voter
    Column("given", Integer),  # 1 yes, 0 no; None: not answered
    Column("at", UtcTime),
    refers("matter", "matters.number"),
)  # fmt: skip

mandates = table(
    "mandates", "matter unit",
    required("matter", BigInteger),
    required("unit", UNIT),  # whose vote it is
    Column("proxy_id", BigInteger),  # the person who may cast it; None: nobody has the code yet
    required("state", String(8)),  # asked, named, standing, ended
    Column("code_hash", String(64)),  # of the word that the proxy says; None once it was said
    required("at", UtcTime),
    Column("paper_id", BigInteger),  # a picture of the signed paper
    refers("matter", "matters.number"),
    refers("proxy_id", "people.id"),
    refers("paper_id", "attachments.id"),
    Index("ix_mandates_proxy", "community_id", "proxy_id", "matter"),
    Index("ix_mandates_code", "community_id", "code_hash"),
)  # fmt: skip

entries = table(
    "entries", "id",
    required("id", BigInteger),
    required("matter", BigInteger),
    required("unit", UNIT),
    required("kind", String(8)),  # paper, consent, mandate: an officer confirms; helper: the voter
    required("choice", String(16)),  # yes, no, abstain, spoiled, an option; empty once settled
    required("property", String(64), default=""),  # of a consent
    Column("proxy_id", BigInteger),  # of a mandate: the person who is to cast the ballot
    required("entered_by", BigInteger),  # staff
    Column("settled_by", BigInteger),  # the second officer
    Column("photo_id", BigInteger),  # the scan, kept sealed
    required("state", String(8)),  # begun, waiting, taken, refused, lapsed
    required("at", UtcTime),
    refers("matter", "matters.number"),
    refers("proxy_id", "people.id"),
    refers("entered_by", "staff.id"),
    refers("settled_by", "staff.id"),
    refers("photo_id", "attachments.id"),
    Index("ix_entries_matter", "community_id", "matter", "unit"),
    Index("ix_entries_waiting", "community_id", "matter", **only(WAITING)),
)  # fmt: skip

doubts = table(
    "doubts", "matter seq reason",
    required("matter", BigInteger),
    required("seq", Integer),  # the line of the record
    required("reason", String(16)),  # reported, burst, untied and others
    required("state", String(8)),  # open, asked, kept, struck
    Column("asked_by", BigInteger),  # staff who wants it struck out
    Column("decided_by", BigInteger),  # of what is struck out another one
    required("at", UtcTime),
    refers("matter", "matters.number"),
    refers("asked_by", "staff.id"),
    refers("decided_by", "staff.id"),
)  # fmt: skip

disclosures = table(
    "disclosures", "id",
    required("id", BigInteger),
    required("matter", BigInteger),
    Column("staff_id", BigInteger),  # None: an owner, or whoever runs the server
    required("what", String(16)),  # bundle, list, voter
    Column("fingerprint", String(64)),  # of the bundle; None: it was not finished
    required("at", UtcTime),
    refers("matter", "matters.number"),
    refers("staff_id", "staff.id"),
    Index("ix_disclosures_matter", "community_id", "matter"),
)  # fmt: skip

# --- opinion polls in groups, without legal effect

polls = table(
    "polls", "id",
    required("id", BigInteger),
    required("channel", String(16)),
    required("chat", String(64)),
    required("person_id", BigInteger),
    required("question", String(300)),
    required("options", JSON),
    required("multiple", Integer),
    required("closes_at", UtcTime),
    Column("closed_at", UtcTime),
    Column("native", String(64)),  # the platform's own poll
    Column("counts", JSON),  # as the platform or we counted it
    required("voters", Integer, default=0),
    required("at", UtcTime),
    refers("person_id", "people.id"),
    Index("ix_polls_open", "community_id", "closes_at", **only("closed_at IS NULL")),
    Index("ix_polls_native", "community_id", "channel", "native"),
    Index("ix_polls_chat", "community_id", "channel", "chat", **only("closed_at IS NULL")),
)  # fmt: skip

poll_answers = table(
    "poll_answers", "poll person_id",
    required("poll", BigInteger),
    required("person_id", BigInteger),
    required("choices", JSON),
    required("at", UtcTime),
    refers("poll", "polls.id"),
    refers("person_id", "people.id"),
    Index("ix_poll_answers_person", "community_id", "person_id"),
)  # fmt: skip
