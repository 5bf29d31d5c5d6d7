"""What the bot hears in a group without being spoken to: who wrote is counted, questions are noted.

Not a word is kept but those of a question, sealed, until somebody has dealt with it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from casework.actions import Suggest
from casework.question_views import over
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

    @property
    def by_staff(self) -> bool:
        return self.person is not None and self.person.staff is not None

    @property
    def kind(self) -> Kind | None:
        """What a resident asks of whoever is there; a reply is a part of a conversation."""
        if self.meant or self.by_staff or self.inbound.replies_to:
            return None
        return kind_of(self.inbound.text)

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
    open_ = await scene.uow.questions.unanswered_in(heard.group.address)
    if heard.inbound.edited:
        return await _edited(scene, heard, open_)
    post = heard.post(scene.now)
    if isinstance(heard.meant, Suggest):
        return await _suggested(scene, post, open_)
    if found := answered_by(post, [q.asked for q in open_]):
        return await _answered(scene, heard, _of(open_, found))
    if heard.kind:
        await _ask(scene, heard, open_, heard.kind)
    return []


async def _suggested(scene: System, post: Post, open_: list[Question]) -> list[Say]:
    """Who asked, or a neighbour in reply to it, has just made it a case themselves."""
    asked = [q.asked for q in open_]
    replied = next((q for q in asked if q.message and q.message == post.replies_to), None)
    found = replied or goes_on(post, asked)
    if found is None:
        return []
    await scene.uow.questions.settle(found.id, State.CASE, scene.now)
    return await over(scene, _of(open_, found), Phrase("questions.state.raised"))


async def gone(scene: Scene, questions: Iterable[Question]) -> list[Say]:
    """Taken back: who was told of them sees it, and their words are gone from there, too."""
    says: list[Say] = []
    for question in questions:
        await scene.uow.questions.settle(question.id, State.GONE, scene.now)
        says += await over(scene, question, Phrase("questions.state.gone"))
    return says


def _of(open_: list[Question], asked: Asked) -> Question:
    return next(q for q in open_ if q.id == asked.id)


async def _answered(scene: System, heard: Heard, question: Question) -> list[Say]:
    by_staff = int(heard.by_staff)
    await scene.uow.questions.settle(
        question.id, State.ANSWERED, scene.now, answered_at=scene.now, by_staff=by_staff
    )
    return await over(scene, question, Phrase("questions.state.answered"))


async def _ask(scene: System, heard: Heard, open_: list[Question], kind: Kind) -> None:
    """A question of its own, or a few words more to the one just asked."""
    words, post = heard.inbound.text[:LONGEST], heard.post(scene.now)
    if begun := goes_on(post, [q.asked for q in open_]):
        question = _of(open_, begun)
        return await scene.uow.questions.says_now(question, f"{question.words}\n{words}"[:LONGEST])
    danger = scene.community.is_emergency(words)
    within = scene.community.groups.answer_within
    question = Question(
        id=scene.uow.questions.new_id(),
        group=heard.group.address,
        message=heard.inbound.message,
        person=(await _met(scene, heard)).id,
        kind=kind,
        words=words,
        state=State.OPEN,
        asked_at=scene.now,
        due_at=scene.now if danger else scene.community.awake(scene.now, within),
    )
    await scene.uow.questions.note(question)


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
        await scene.uow.questions.says_now(same, heard.inbound.text[:LONGEST])
        return []
    return await gone(scene, [same])
