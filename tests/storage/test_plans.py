"""However large the community, what is asked on every update finds its rows by an index."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, event

from domain.budget import RANKS, Topic
from domain.conversation import Address, Say
from domain.notices import Audience, Notice, Place, Who
from domain.polls import Standing
from domain.question import Scope
from domain.questions import Kind
from domain.questions import State as Asked
from domain.rates import Period
from domain.routing import Stuck
from domain.tickets import OPEN, State
from storage import questions
from storage.claims import Room
from storage.delivery import Received
from storage.groups import Group
from storage.platforms import Pace
from storage.tables import OPEN_STATES
from storage.uow import Storage, UnitOfWork
from tests.databases import NOON, opened

ANA = Address("telegram", "101")
BUILDING = Address("telegram", "-1001")
HERE = Group(BUILDING, "building", "3", "zh")
ASKED = questions.Question(1, BUILDING, "", 1, Kind.HELP, "", Asked.OPEN, NOON, NOON)
STAIR = Scope("unit", "3-2")
PLACE = Scope("building", "3")
MARCH = Period.month(NOON.date(), ZoneInfo("Asia/Shanghai"))
STANDING = Standing("5321", (4, 1), voters=5, closed=True)
PACE = Pace(18, timedelta(seconds=5))
UPDATE = Received("telegram", "1", "101", "{}")
ANOTHER = Received("telegram", "2", "102", "{}")
LI = Address("telegram", "102")
CARDS = [Say(ANA, "home.cancelled", card="v:1"), Say(LI, "home.cancelled", card="v:2")]
ROOMS = {"telegram": Room(10, 9), "webchat": Room(16, 15)}


async def promised_and_claimed(uow: UnitOfWork) -> None:
    """Only a message that is there is put into a language and looked for among the cards."""
    await uow.delivery.promise([Say(ANA, "home.cancelled", card="case:1")], NOON)
    assert await uow.delivery.claim({"telegram": Room(10, 9)}, NOON)


EVERYBODY = Audience()
OWNERS = Audience(Who.OWNERS)
BUILDINGS = Audience(place=Place.BUILDING, value="1,2")
GRID = Audience(place=Place.GRID, value="1")
SILENT = Audience(Who.SILENT, Place.MATTER, "1")
NOTICE = Notice(1, 1, "", audience=BUILDINGS)

STUCK = Stuck(1, Say(ANA, "home.cancelled"), Topic.OWN)

Question = Callable[[UnitOfWork], Awaitable[Any]]
QUESTIONS: dict[str, Question] = {
    "keep an update": lambda uow: uow.delivery.receive([UPDATE], NOON),
    "take up what waits": lambda uow: uow.delivery.waiting(0, 10),
    "take up what is left lying": lambda uow: uow.delivery.left_lying(NOON, 10),
    "see who stands in a line": lambda uow: uow.delivery.line("telegram:1"),
    "see what others wrote": lambda uow: uow.webchat.written_elsewhere({"a", "b"}, NOON),
    "ask what waits from before": lambda uow: uow.delivery.waits_from_before(NOON),
    "mark as handled": lambda uow: uow.delivery.done(UPDATE, NOON),
    "know what came of a press": lambda uow: uow.delivery.answer("pages", "1"),
    "keep what came of a press": lambda uow: uow.delivery.keep_answer(UPDATE, ""),
    "know as whom somebody presses": lambda uow: uow.pages.account(1),
    "list somebody's votes": lambda uow: uow.roll.matters_of(1, 10),
    "know what has just left": lambda uow: uow.delivery.left_since("telegram", NOON),
    "claim what is due": lambda uow: uow.delivery.claim(ROOMS, NOON),
    "put together what was claimed": lambda uow: promised_and_claimed(uow),
    "bring near what a clock put off": lambda uow: uow.delivery.clock_went_back(NOON),
    "find what died on its way": lambda uow: uow.delivery.recover(NOON),
    "list what did not arrive": lambda uow: uow.delivery.undelivered(10),
    "see which updates wait": lambda uow: uow.watch.updates(),
    "see which messages wait": lambda uow: uow.watch.unsent(NOON),
    "see what failed by a fault of ours": lambda uow: uow.watch.faults(NOON),
    "know when there was a backup": lambda uow: uow.watch.last_backup(),
    "see what was given up": lambda uow: uow.watch.given_up(NOON),
    "forget what was sent": lambda uow: uow.delivery.forget_settled(NOON),
    "forget what was handled": lambda uow: uow.delivery.forget_handled(NOON),
    "let go what was held for a visit": lambda uow: uow.delivery.release(ANA, 3, NOON),
    "give up what nobody came for": lambda uow: uow.delivery.give_up_held(NOON, NOON),
    "list doors where messages wait": lambda uow: uow.delivery.held_doors(["1"], 10),
    "know how many messages are left": lambda uow: uow.platforms.left(ANA, NOON),
    "take a message": lambda uow: uow.platforms.spend(ANA, 1, 0, NOON),
    "find pictures to fetch": lambda uow: uow.media.due("wechat", NOON, NOON, 10),
    "show a picture that is kept": lambda uow: uow.media.content("wechat", "m"),
    "take a notice": lambda uow: uow.platforms.take(ANA, "T", keeps=False),
    "take a turn": lambda uow: uow.platforms.take_turns(ANA, 1, PACE, NOON),
    "take the code of a card": lambda uow: uow.platforms.take_code(ANA, "1", NOON),
    "forget codes of cards": lambda uow: uow.platforms.forget_codes(NOON),
    "know the token of a platform": lambda uow: uow.platforms.token("telegram", "1"),
    "find the poll of a group": lambda uow: uow.polls.open_in(BUILDING),
    "find polls that end": lambda uow: uow.polls.due(NOON, 10),
    "count a poll": lambda uow: uow.polls.answers(1),
    "know what readers were sent": lambda uow: uow.budget.readers([ANA, BUILDING], NOON),
    "try again what waits": lambda uow: uow.budget.due(NOON, 10),
    "forget old counts": lambda uow: uow.budget.forget(NOON),
    "find digests that are due": lambda uow: uow.digest.due(NOON, 10),
    "know the digest of a group": lambda uow: uow.digest.of(BUILDING),
    "know who reads a digest": lambda uow: uow.digest.readers(1),
    "know whose digest somebody reads": lambda uow: uow.digest.read_by(1),
    "know what somebody does not want": lambda uow: uow.budget.muted(1),
    "list what a group raised": lambda uow: uow.digest.raised(BUILDING, NOON, NOON),
    "list what is open in a group": lambda uow: uow.digest.open_in(BUILDING),
    "list what was solved in a group": lambda uow: uow.digest.solved(BUILDING, NOON, NOON),
    "count what a person took up": lambda uow: uow.digest.answered([1, 2]),
    "count the questions of a group": lambda uow: uow.digest.questions(BUILDING, NOON, NOON),
    "find a picture that may be shown": lambda uow: uow.digest.picture([1, 2]),
    "list matters everybody heard of": lambda uow: uow.matters.told(NOON, NOON),
    "know a meeting": lambda uow: uow.meetings.get(1, to_change=True),
    "list the meetings": lambda uow: uow.meetings.active(),
    "list what is planned of a meeting": lambda uow: uow.meetings.planned(1),
    "list what was held of a meeting": lambda uow: uow.meetings.past(1, 5),
    "know the last time that was planned": lambda uow: uow.meetings.last_planned(1),
    "find sittings that are due": lambda uow: uow.meetings.due(NOON, 10),
    "read minutes": lambda uow: uow.meetings.lines(1),
    "list open action items": lambda uow: uow.meetings.open_items(1),
    "remove a line": lambda uow: uow.meetings.remove_line(1, 1),
    "read several cases": lambda uow: uow.tickets.among({1, 2}),
    "list what goes round": lambda uow: uow.tickets.sent_about(NOON, 10),
    "see how crowded the outbox is": lambda uow: uow.delivery.crowd(300),
    "know a notice": lambda uow: uow.notices.get(1, to_change=True),
    "find notices at work": lambda uow: uow.notices.at_work(NOON),
    "find the next people of a notice": lambda uow: uow.notices.people_after(EVERYBODY, 1, 10),
    "find the next people of buildings": lambda uow: uow.notices.people_after(BUILDINGS, 1, 10),
    "find the next people of a grid": lambda uow: uow.notices.people_after(GRID, 1, 10),
    "find the next owners": lambda uow: uow.notices.people_after(OWNERS, 1, 10),
    "find the next silent": lambda uow: uow.notices.people_after(SILENT, 1, 10),
    "know which channels wait": lambda uow: uow.notices.channels(NOTICE),
    "take the next of a notice": lambda uow: uow.notices.take(NOTICE, "telegram", 10, NOON),
    "settle notices": lambda uow: uow.notices.settle(NOON),
    "count a run": lambda uow: uow.notices.counts(NOTICE),
    "know whether a run is over": lambda uow: uow.notices.on_its_way(NOTICE),
    "take a notice back": lambda uow: uow.notices.take_back(NOTICE),
    "list doors of buildings": lambda uow: uow.notices.doors(NOTICE, ("1",), 0, 10),
    "know which groups were counted": lambda uow: uow.health.looked_on(NOON.date()),
    "read the weeks of a group": lambda uow: uow.health.looks(BUILDING, 12),
    "know since when a group is counted": lambda uow: uow.health.known_since(BUILDING),
    "count who wrote in a group": lambda uow: uow.health.present(BUILDING, NOON.date()),
    "count who reported in a group": lambda uow: uow.health.reports(BUILDING, NOON),
    "count who voted at a place": lambda uow: uow.health.voters([1], PLACE),
    "count the residents of a place": lambda uow: uow.health.residents(PLACE),
    "know what was asked in a group": lambda uow: uow.health.asked(BUILDING, NOON),
    "find the votes of a year": lambda uow: uow.health.votes(NOON),
    "know when results were published": lambda uow: uow.health.published([1]),
    "know what nobody answered in a group": lambda uow: uow.ladder.unanswered(BUILDING),
    "find what was mended": lambda uow: uow.ladder.mended(BUILDING, NOON),
    "find who agreed to be asked": lambda uow: uow.ladder.willing(PLACE, NOON, 5),
    "read the steps of a group": lambda uow: uow.ladder.steps(BUILDING),
    "count what somebody was offered": lambda uow: uow.ladder.offered_since(1, NOON),
    "find steps that are over": lambda uow: uow.ladder.due(NOON, 10),
    "let questions be due": lambda uow: uow.ladder.make_due(BUILDING, NOON),
    "list the cases of a group": lambda uow: uow.ladder.cases(BUILDING, 10),
    "know which groups are archived": lambda uow: uow.groups.archived_before(NOON),
    "count what a step was answered": lambda uow: uow.ladder.answers(1),
    "know how many are in a group": lambda uow: uow.groups.has_members(BUILDING, 120),
    "know whether somebody agreed to be asked": lambda uow: uow.ladder.agrees(1),
    "begin a group anew": lambda uow: uow.groups.begin_anew(BUILDING),
    "know who wrote": lambda uow: uow.residents.visitor(ANA, BUILDING),
    "know where to write": lambda uow: uow.residents.reach({1, 2}),
    "know the grid of a building": lambda uow: uow.residents.grid_of("3"),
    "know the group": lambda uow: uow.groups.get(BUILDING),
    "count who writes": lambda uow: uow.groups.count_post(HERE, ANA, NOON.date()),
    "forget who wrote": lambda uow: uow.groups.forget_days(NOON.date()),
    "find what nobody answered": lambda uow: uow.questions.unanswered_in(BUILDING),
    "answer a question": lambda uow: uow.questions.settle(1, Asked.ANSWERED, NOON),
    "find what somebody asks": lambda uow: uow.questions.unanswered_of(1),
    "find questions that are due": lambda uow: uow.questions.due(NOON, 10),
    "tell a member of a question": lambda uow: uow.questions.told(ASKED, 1, 1, NOON),
    "list the questions of a member": lambda uow: uow.questions.tasks(1, 10),
    "list the questions of all": lambda uow: uow.questions.tasks(None, 10),
    "know what is heard in a group": lambda uow: uow.groups.hears(BUILDING, True),
    "find the groups of a building": lambda uow: uow.groups.of("building", "3"),
    "read a draft": lambda uow: uow.drafts.private(1),
    "drop old drafts": lambda uow: uow.drafts.drop_older(NOON),
    "draw a number": lambda uow: uow.tickets.next_number(),
    "read a case": lambda uow: uow.tickets.get(1),
    "find words to compare": lambda uow: uow.tickets.to_compare("1", "lighting"),
    "find cases alike": lambda uow: uow.tickets.alike("1", "lighting"),
    "list a holder's cases": lambda uow: uow.tickets.held_by(1, 10),
    "list what a resident follows": lambda uow: uow.tickets.followed_by(1, 10),
    "list cases in one state": lambda uow: uow.tickets.in_state(State.SUBMITTED, 10),
    "list and count a holder's cases": lambda uow: uow.tickets.work_of(1, 10),
    "count a holder's cases": lambda uow: uow.tickets.count_open(holder_id=1),
    "read a case's events for its clocks": lambda uow: uow.tickets.stamps(1),
    "find cases whose clocks are to be heard": lambda uow: uow.tickets.to_look_at(NOON, 10),
    "ask whether a reminder has gone": lambda uow: uow.delivery.went("x"),
    "find the cases of a period": lambda uow: uow.rates.lots(MARCH),
    "read a lot of cases for the rates": lambda uow: uow.rates.records([1]),
    "count what several hold": lambda uow: uow.tickets.load({1, 2}),
    "list what went up": lambda uow: uow.tickets.gone_up(NOON, 10),
    "list what is late": lambda uow: uow.tickets.late(NOON, 10),
    "list who supports": lambda uow: uow.tickets.supporters(1),
    "read what was said": lambda uow: uow.tickets.notes(1),
    "read what happened": lambda uow: uow.tickets.events(1),
    "count tries of an account": lambda uow: uow.invites.tries_of_account(ANA, NOON),
    "count tries at a household": lambda uow: uow.invites.tries_at_household(1, NOON),
    "ask whose a code of an account is": lambda uow: uow.linking.find("ABCDE12345", NOON),
    "show a code of an account": lambda uow: uow.linking.issue("ABCDE12345", ANA, NOON),
    "use a code of an account": lambda uow: uow.linking.use("ABCDE12345"),
    "list the accounts of somebody": lambda uow: uow.linking.accounts(1),
    "choose an account": lambda uow: uow.linking.choose(1, ANA),
    "part an account": lambda uow: uow.linking.part(ANA, "zh", NOON),
    "know the votes of two who are one": lambda uow: uow.linking.on_one_roll(1, 2),
    "find what may go elsewhere": lambda uow: uow.routing.waiting(frozenset(Topic), NOON, 10),
    "find what nobody has looked at": lambda uow: uow.routing.unread(frozenset(Topic), NOON, 10),
    "forget the words that were shown": lambda uow: uow.routing.forget_shown(NOON),
    "note what somebody was shown": lambda uow: uow.webchat.shown("ana", NOON),
    "send it elsewhere": lambda uow: uow.routing.move(STUCK, BUILDING, NOON),
    "list doors that none can write to": lambda uow: uow.routing.closed_doors(["1"], NOON, 10),
    "use a code": lambda uow: uow.invites.find("ABCDE12345"),
    "note what a poll is called": lambda uow: uow.polls.posted(1, "5321"),
    "note how a poll stands": lambda uow: uow.polls.stands("telegram", STANDING, NOON),
    "know whether somebody is confirmed": lambda uow: uow.identity.of(1),
    "list who waits to be confirmed": lambda uow: uow.identity.waiting(),
    "compare a telephone number": lambda uow: uow.identity.knows_the_number(1, "13800000000"),
    "read what happened to an owner": lambda uow: uow.owners.events("owner:1"),
    "list the owners of a flat": lambda uow: uow.owners.of_household(1),
    "list what a person owns": lambda uow: uow.owners.of_person(1),
    "list what an owner holds": lambda uow: uow.owners.of_owner(1),
    "list the joint owners of a property": lambda uow: uow.owners.party("3-1-101"),
    "know who votes for a household": lambda uow: uow.representatives.of(1),
    "list who has joined a household": lambda uow: uow.representatives.joined(1),
    "know whether somebody is a delegate": lambda uow: uow.representatives.is_delegate(1),
    "hand a vote to another person": lambda uow: uow.roll.hand_over("h:1", 1, NOON, NOON),
    "find the votes somebody answers in": lambda uow: uow.roll.on_with(1),
    "take one's data along": lambda uow: uow.privacy.everything(1),
    "know whether a matter concerns somebody": lambda uow: uow.roll.concerns(1, [STAIR]),
    "know what a case carries out": lambda uow: uow.matters.carried_out_by(1),
    "list the cases of a matter": lambda uow: uow.matters.linked(1),
    "know which properties were sold since": lambda uow: uow.doubts.sold(NOON),
    "find what is to be destroyed": lambda uow: uow.retention.over(NOON),
    "destroy a lot of a vote": lambda uow: uow.retention.destroy(1),
    "read a note of a matter": lambda uow: uow.matters.note_of(1, 1),
    "count objections": lambda uow: uow.objections.counts(1),
    "list one's own objections": lambda uow: uow.objections.by(1, 1),
    "find objections that are late": lambda uow: uow.objections.matters_to_look_at(NOON, 10),
    "list late objections": lambda uow: uow.objections.due(1, NOON),
    "list what waits for a second officer": lambda uow: uow.entries.waiting(),
    "list what waits for one voter": lambda uow: uow.entries.waiting_for(1, "o:1"),
    "let what waits lapse": lambda uow: uow.entries.lapse(1),
    "find a mandate by its code": lambda uow: uow.mandates.coded("ABCDE12345"),
    "list the votes of a proxy": lambda uow: uow.mandates.all_voters(1, {1, 2}),
    "list the mandates of a proxy": lambda uow: uow.mandates.given_to(1, 1),
    "know whether a mandate has ended": lambda uow: uow.mandates.had(1, 1),
    "let mandates lapse": lambda uow: uow.mandates.lapse(1),
    "end mandates": lambda uow: uow.mandates.end(1, "o:1", "o:2"),
    "list who has to consent": lambda uow: uow.consents.of(1),
    "count who has consented": lambda uow: uow.consents.answered(1),
    "find the voters of a door": lambda uow: uow.roll.at_door(1, "3-1-101"),
    "read a matter to change it": lambda uow: uow.matters.get(1, to_change=True),
    "find matters to look at": lambda uow: uow.matters.to_look_at(NOON, 20),
    "find what is voted on": lambda uow: uow.matters.voting(NOON),
    "list matters that have not ended": lambda uow: uow.matters.all_open(),
    "read the ballot that stands": lambda uow: uow.ballots.standing(1, "a1", None),
    "read a line of the record": lambda uow: uow.ballots.line(1, 1),
    "count the ballots of one vote": lambda uow: uow.ballots.sums(1, 0),
    "count the ways they came": lambda uow: uow.ballots.ways(1),
    "count the doubtful ones": lambda uow: uow.ballots.doubtful(1, 1),
    "count the secret answers": lambda uow: uow.ballots.slips(1),
    "count who agreed": lambda uow: uow.consents.given(1),
    "find whom to tell": lambda uow: uow.roll.untold(1, 2, 500),
    "note whom we told": lambda uow: uow.roll.told(1, ["o:1"], 2),
    "know for which units somebody may answer": lambda uow: uow.roll.may_answer(1, 1),
    "know to which units somebody belongs": lambda uow: uow.roll.concerning(1, 1),
    "read a voter": lambda uow: uow.roll.voter(1, "o:1"),
    "note that voters have answered": lambda uow: uow.roll.answered(1, "o:1", "o:2"),
    "take ballots up together": lambda uow: uow.delivery.taken_up([UPDATE, ANOTHER]),
    "mark them as handled": lambda uow: uow.delivery.handled([UPDATE, ANOTHER], NOON),
    "know everybody who cast them": lambda uow: uow.residents.visitors({ANA, LI}),
    "note that they wrote": lambda uow: uow.residents.all_wrote_privately({ANA: None}, NOON),
    "expect nothing of them": lambda uow: uow.residents.expect_nothing({ANA, LI}, NOON),
    "know for which units they may answer": lambda uow: uow.roll.all_may_answer(1, {1, 2}),
    "read the ballots that stand": lambda uow: uow.ballots.all_standing(1, {"a1", "b2"}),
    "take back what replaces several cards": lambda uow: uow.delivery.promise(CARDS, NOON),
    "note that ballots were delivered": lambda uow: uow.roll.delivered(1, ["o:1"], NOON),
    "know whether the lists have changed": lambda uow: uow.roll.lists(),
    "begin to write a roll": lambda uow: uow.roll.begin(1, "ab"),
    "know whose roll is being written": lambda uow: uow.roll.is_begun(1, "ab"),
    "clear a lot of a roll": lambda uow: uow.roll.clear(1, 500),
    "sum up a roll": lambda uow: uow.roll.totals(1, 2),
    "sum up the silent of a roll": lambda uow: uow.roll.totals_silent(1, 2),
    "read on in a record": lambda uow: uow.records.lines(1, 0, ""),
    "read on in a roll": lambda uow: uow.records.voters(1, ""),
    "list who took part": lambda uow: uow.records.took_part(1, 2, 30),
    "find votes to look through": lambda uow: uow.records.unexamined(),
    "read the ballots of a vote for signs": lambda uow: uow.doubts.standing(1),
    "read who has a ballot": lambda uow: uow.doubts.voters(1),
    "know who was active before": lambda uow: uow.doubts.active({1, 2}, 1, NOON),
    "know when they were confirmed": lambda uow: uow.doubts.confirmed({1, 2}),
    "list doubted ballots": lambda uow: uow.doubts.first(1, 12),
    "count doubted ballots": lambda uow: uow.doubts.counts(1),
    "read one doubted ballot": lambda uow: uow.doubts.of_line(1, 2),
    "sum up what was struck out": lambda uow: uow.ballots.sums(1, 0, [1, 2]),
    "know the ways of what was struck out": lambda uow: uow.ballots.ways(1, [1, 2]),
    "sum up doubted ballots": lambda uow: uow.ballots.doubtful(1, 1),
    "know what was struck out": lambda uow: uow.records.struck(1),
    "count what came too late": lambda uow: uow.records.late(1),
    "list what was looked at": lambda uow: uow.matters.disclosures(1),
    "read the heads of a record": lambda uow: uow.ballots.heads(1),
    "know somebody on the web": lambda uow: uow.webchat.person("ana"),
    "find their rooms": lambda uow: uow.webchat.rooms("ana"),
    "read a room": lambda uow: uow.webchat.newest("room", 50),
    "look back in a room": lambda uow: uow.webchat.newest("room", 50, 1),
    "read on in their rooms": lambda uow: uow.webchat.changed(["room", "other"], 1, 50),
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
async def test_no_question_of_a_busy_day_reads_a_whole_table(
    sqlite_url: str, question: Question
) -> None:
    async with opened(sqlite_url) as storage:
        statements = await _statements(storage, question)
        async with storage.engine.connect() as connection:
            plans = await connection.run_sync(_plans, statements)

    assert [line for line in plans if _reads_everything(line)] == []


IN_ORDER = (
    "find words to compare",
    "find cases alike",
    "list a holder's cases",
    "list and count a holder's cases",
    "list what goes round",
    "list what went up",
    "list what is late",
    "list cases in one state",
    "list the cases of a group",
    "find cases whose clocks are to be heard",
)


@pytest.mark.parametrize("name", IN_ORDER)
async def test_a_list_of_cases_is_read_in_its_order_instead_of_being_sorted(
    sqlite_url: str, name: str
) -> None:
    """However many have one moment: deadlines meet at the end of a day, lists come at once."""
    async with opened(sqlite_url) as storage:
        statements = await _statements(storage, QUESTIONS[name])
        async with storage.engine.connect() as connection:
            plans = await connection.run_sync(_plans, statements)

    assert plans
    assert [line for line in plans if "ORDER BY" in line] == []


OF_DOUBTS = ["sum up what was struck out", "know the ways of what was struck out"]


@pytest.mark.parametrize("name", [*OF_DOUBTS, "know what was struck out"])
async def test_a_doubt_is_looked_up_by_its_ballot_though_the_tables_look_empty(
    storage: Storage, name: str
) -> None:
    """PostgreSQL read all doubts of a vote for each of its ballots, until it had looked at them."""
    statements = await _statements(storage, QUESTIONS[name])
    async with storage.engine.connect() as connection:
        plans = await connection.run_sync(_plans, statements)

    assert plans
    assert [line for line in plans if "Nested Loop" in line] == []


async def test_what_a_resident_follows_is_looked_up_once_though_postgresql_sees_no_rows(
    postgresql_url: str,
) -> None:
    """It read all cases for each of 100,000 that had come at once, and did not end."""
    async with opened(postgresql_url) as storage:
        statements = await _statements(storage, QUESTIONS["list what a resident follows"])
        async with storage.engine.connect() as connection:
            plans = await connection.run_sync(_plans, statements)

    assert [line for line in plans if "CTE followed" in line]


def test_what_the_indexes_take_for_open_is_what_a_case_takes_for_open() -> None:
    assert set(re.findall(r"'(\w+)'", OPEN_STATES)) == OPEN


async def _statements(storage: Storage, question: Question) -> list[tuple[str, Any]]:
    """What one question sends to the database."""
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, sql: str, values: Any, *_: Any) -> None:
        seen.append((sql, values))

    event.listen(storage.engine.sync_engine, "before_cursor_execute", note)
    async with storage.begin() as uow:
        await question(uow)
    event.remove(storage.engine.sync_engine, "before_cursor_execute", note)
    told = ((sql, v[0] if isinstance(v, list) else v) for sql, v in seen)  # of many rows the first
    return [(sql, values) for sql, values in told if not sql.startswith("BEGIN")]


def _plans(connection: Connection, statements: list[tuple[str, Any]]) -> list[str]:
    explain = "EXPLAIN" if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    asked = (connection.exec_driver_sql(f"{explain} {sql}", v) for sql, v in statements)
    return [row[-1] for rows in asked for row in rows]


OURS = {
    "SCAN due",  # results of our own, bounded by a limit
    "SCAN ready",
    "SCAN others",
    *(f"SCAN of_rank_{rank}" for rank in RANKS),
    *(f"SCAN lot_{n}" for n in range(3)),
    "SCAN some",
    "SEARCH inbox USING INDEX ix_inbox_waiting (community_id=?)",  # of those that wait
    "SCAN left_lately",
    "SCAN raised_last",
    "SCAN counted",
    "SEARCH backups USING COVERING INDEX sqlite_autoindex_backups_1 (community_id=?)",  # the last
    "SEARCH groups USING INDEX ix_groups_scope (community_id=?)",  # some dozens
    "SEARCH questions USING INDEX ix_questions_holder (community_id=?)",  # of those that wait
    "SEARCH matters USING INDEX ix_matters_open (community_id=?)",  # of those that are open
    "SEARCH matters USING INDEX ix_matters_unexamined (community_id=?)",  # counted a minute ago
    "SEARCH preferences USING INDEX ix_preferences_askable (community_id=?)",  # who agreed to it
    "SEARCH entries USING INDEX ix_entries_waiting (community_id=?)",  # of those that wait
}


def _reads_everything(line: str) -> bool:
    """A search by the community alone reads all its rows, too."""
    ours = line in OURS or " CONSTANT ROW" in line  # values that we have named
    return not ours and (line.endswith("(community_id=?)") or line.startswith("SCAN "))
