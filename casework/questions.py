"""What the bot hears in a group without being spoken to: who wrote is counted, questions are noted.

Not a word is kept but those of a question, sealed, until somebody has dealt with it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from casework.actions import Suggest
from casework.question_views import anew, over
from casework.scene import Scene, System
from domain.conversation import Action, Inbound, Phrase, Say
from domain.questions import Asked, Kind, Post, State, answered_by, goes_on, joins, kind_of
from domain.residents import Person
from storage.groups import Group
from storage.questions import Question

STAFF = "staff"  # the scope of a group where nobody is a resident
LONGEST = 2000  # characters of one question; the rest is not needed to know what it is about


@dataclass(frozen=True)
class Heard:
    """One message in a group that we know."""

    inbound: Inbound
    group: Group
    person: Person | None  # None: we have not met
    meant: Action | None  # what it asks of the bot; None: it was not said to the bot
    danger: bool  # somebody may be in danger now

    @property
    def by_staff(self) -> bool:
        return self.person is not None and self.person.staff is not None

    @property
    def kind(self) -> Kind | None:
        """What a resident asks of whoever is there.

        A reply is a part of a conversation, and what is passed on was asked elsewhere.
        """
        if self.meant or self.by_staff or self.inbound.passed_on:
            return None
        if self.danger:
            return Kind.HELP
        return None if self.inbound.replies_to else kind_of(self.inbound.text)

    def post(self, now: datetime) -> Post:
        asks = self.kind is not None or self.meant is not None or joins(self.inbound.text)
        person = self.person.id if self.person else None
        return Post(person, now, self.inbound.replies_to, asks)


async def hear(scene: System, heard: Heard) -> list[Say]:
    """Count who wrote, settle the question that this answers, and note the one that it is."""
    if heard.inbound.action or heard.group.scope == STAFF:
        return []
    if not (heard.by_staff or heard.inbound.edited):
        day = scene.now.astimezone(scene.community.calendar.zone).date()
        await scene.uow.groups.count_post(heard.group, heard.inbound.sender, day)
    if heard.group.archived_at:
        return []  # people were told where to go on
    open_ = await scene.uow.questions.unanswered_in(heard.group.address)
    if heard.inbound.edited:
        return await _edited(scene, heard, open_)
    post = heard.post(scene.now)
    if isinstance(heard.meant, Suggest):
        return await _suggested(scene, post, open_)
    answerable = [q.asked for q in open_ if not _is_unheard_danger(scene, q)]
    if found := answered_by(post, answerable):
        return await _answered(scene, heard, _of(open_, found))
    return await _ask(scene, heard, post, open_)


def _is_unheard_danger(scene: System, question: Question) -> bool:
    """A neighbour's word ends no danger before the people on duty have been told."""
    return question.state is State.OPEN and scene.community.is_emergency(question.words)


async def _suggested(scene: System, post: Post, open_: list[Question]) -> list[Say]:
    """Who asked, or a neighbour in reply to it, has just made it a case themselves."""
    asked = [q.asked for q in open_]
    replied = next((q for q in asked if q.message and q.message == post.replies_to), None)
    found = replied or goes_on(post, asked)
    if found is None:
        return []
    if not await scene.uow.questions.settle(found.id, State.CASE, scene.now):
        return []
    return await over(scene, _of(open_, found), Phrase("questions.state.raised"))


async def gone(scene: Scene, questions: Iterable[Question]) -> list[Say]:
    """Taken back: who was told of them sees it, and their words are gone from there, too."""
    says: list[Say] = []
    for question in questions:
        if await scene.uow.questions.settle(question.id, State.GONE, scene.now):
            says += await over(scene, question, Phrase("questions.state.gone"))
    return says


def _of(open_: list[Question], asked: Asked) -> Question:
    return next(q for q in open_ if q.id == asked.id)


async def _answered(scene: System, heard: Heard, question: Question) -> list[Say]:
    first = {"answered_at": scene.now, "by_staff": int(heard.by_staff)}
    if not await scene.uow.questions.settle(question.id, State.ANSWERED, scene.now, **first):
        return []  # a member was faster
    return await over(scene, question, Phrase("questions.state.answered"))


async def _ask(scene: System, heard: Heard, post: Post, open_: list[Question]) -> list[Say]:
    """A question of its own; or more to the one just asked, such as a picture of it."""
    first = _call_first(scene, heard, open_)
    begun = goes_on(post, [q.asked for q in open_])
    if begun and (heard.kind or heard.inbound.photo):
        question = _of(open_, begun)
        photo = question.photo or await _photo(scene, heard, question.person)
        words = f"{question.words}\n{heard.inbound.text}".strip()
        return [*first, *await _says_now(scene, replace(question, photo=photo), words)]
    if heard.kind:
        await _note(scene, heard, heard.kind)
    return first


def _call_first(scene: System, heard: Heard, open_: list[Question]) -> list[Say]:
    """Whom to call, once for danger that several cry out about."""
    told = any(scene.community.is_emergency(q.words) for q in open_)
    if told or not (heard.kind and heard.danger):
        return []
    message = heard.inbound.message
    return [Say(heard.group.address, "suggestions.call_first", replies_to=message)]


async def _says_now(scene: System, question: Question, words: str) -> list[Say]:
    """Other or more words, also for who was told already; due at once where they tell of danger."""
    now = replace(question, words=words[:LONGEST])
    if scene.community.is_emergency(now.words):
        now = replace(now, due_at=min(now.due_at, scene.now))
    await scene.uow.questions.says_now(now)
    return await anew(scene, now)


async def _note(scene: System, heard: Heard, kind: Kind) -> None:
    words, within = heard.inbound.text[:LONGEST], scene.community.groups.answer_within
    person = (await _met(scene, heard)).id
    question = Question(
        id=scene.uow.questions.new_id(),
        group=heard.group.address,
        message=heard.inbound.message,
        person=person,
        kind=kind,
        words=words,
        state=State.OPEN,
        asked_at=scene.now,
        due_at=scene.now if heard.danger else scene.community.awake(scene.now, within),
        photo=await _photo(scene, heard, person),
    )
    await scene.uow.questions.note(question)


async def _photo(scene: System, heard: Heard, person: int | None) -> int | None:
    """The picture that came with the words, kept as an attachment of who asked."""
    if heard.inbound.photo is None or person is None:
        return None
    channel = heard.inbound.sender.channel
    return await scene.uow.tickets.attach(channel, heard.inbound.photo, person, scene.now)


async def _met(scene: System, heard: Heard) -> Person:
    """Who asks may have to be answered, or become the author of a case."""
    language = scene.community.language_for(heard.inbound.language)
    sender = heard.inbound.sender
    return heard.person or await scene.uow.residents.meet(sender, language, scene.now)


async def _edited(scene: System, heard: Heard, open_: list[Question]) -> list[Say]:
    """Other words for a question change it, and take it back where they are none.

    Words that only become a question by an edit are passed over: when they were first said
    they were read, and whoever wants an answer says something.
    """
    same = next((q for q in open_ if q.message == heard.inbound.message and q.message), None)
    if same is None:
        return []
    if kind_of(heard.inbound.text):
        return await _says_now(scene, same, heard.inbound.text)
    return await gone(scene, [same])
