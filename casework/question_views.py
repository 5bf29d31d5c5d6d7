"""A question that nobody answered, as a task: who is told, how it looks, what can be done."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from casework.groups import UNKNOWN, name_of
from casework.scene import Scene
from domain.budget import Topic
from domain.conversation import Action, Address, Blank, Choice, Phrase, Say
from domain.questions import in_turn
from domain.residents import Staff
from storage.questions import Question

SHOWN = 30  # characters of a question in a list


@dataclass(frozen=True)
class ShowQuestions(Action, code="qu"):
    """Which questions wait for me? For who sends cases on: for anybody."""


@dataclass(frozen=True)
class ShowQuestion(Action, code="qu.1"):
    question: int


@dataclass(frozen=True)
class AnswerHere(Action, code="qu.a"):
    """I answer it in the group; the words are asked for."""

    question: int


@dataclass(frozen=True)
class TakeHere(Action, code="qu.a2"):
    """The words, or the picture, are the answer."""

    question: int


@dataclass(frozen=True)
class TakeAsCase(Action, code="qu.c"):
    """It is a case of the person who asked."""

    question: int


@dataclass(frozen=True)
class NothingToDo(Action, code="qu.n"):
    """Nobody has to do anything about it; it stays counted."""

    question: int


def buttons(question: Question) -> tuple[Choice, ...]:
    deeds: tuple[tuple[str, Action], ...] = (
        ("questions.button.answer", AnswerHere(question.id)),
        ("questions.button.case", TakeAsCase(question.id)),
        ("questions.button.nothing", NothingToDo(question.id)),
    )
    return tuple(Choice(Phrase(key), action) for key, action in deeds)


async def task(scene: Scene, question: Question, to: Address, holder: Staff) -> Say:
    """The whole question with its buttons, for one who can do something about it."""
    group = await scene.uow.groups.get(question.group)
    blanks: dict[str, Blank] = {
        "where": name_of(scene, group),
        "kind": Phrase(f"questions.kind.{question.kind}"),
        "who": await _who(scene, question),
        "at": question.asked_at,
        "words": question.words,
        "holder": holder.title,
    }
    key = "questions.task" if question.level <= 1 else "questions.climbed"
    return Say(to, key, blanks, buttons(question), card=_card(question), fresh=True,
               photo=question.photo)  # fmt: skip


def _card(question: Question) -> str:
    return f"question:{question.id}"


async def _who(scene: Scene, question: Question) -> Phrase:
    """For staff alone: the name they gave us and their door, as far as we know either."""
    person = await scene.uow.residents.person(question.person) if question.person else None
    name = person.name if person else ""
    home = person.household if person else None
    return Phrase(
        "suggestions.by",
        {
            "name": name or Phrase("suggestions.no_name"),
            "door": home.door if home else Phrase("suggestions.no_door"),
        },
    )


async def _told(scene: Scene, question: Question) -> tuple[Staff | None, list[Address]]:
    """The holder, and where everybody reads us who was told. Costs nothing where nobody was."""
    if not question.level:
        return None, []
    staff = await scene.uow.staff.all()
    holder = next((s for s in staff if s.id == question.holder), None)
    told = in_turn(holder, staff, scene.now)[: question.level] if holder else []
    reach = await scene.uow.residents.reach({s.person for s in told if s.person})
    return holder, sorted({r.address for r in reach.values()})


async def anew(scene: Scene, question: Question) -> list[Say]:
    """The task as it reads now, in the place of the card that stands."""
    holder, places = await _told(scene, question)
    cards = [await task(scene, question, to, holder) for to in places if holder]
    return [replace(card, fresh=False) for card in cards]


async def over(scene: Scene, question: Question, how: Phrase) -> list[Say]:
    """The same card wherever it stands, without buttons: what became of the question."""
    _, places = await _told(scene, question)
    if not places:
        return []
    group = await scene.uow.groups.get(question.group)
    blanks: dict[str, Blank] = {
        "where": name_of(scene, group),
        "kind": Phrase(f"questions.kind.{question.kind}"),
        "at": question.asked_at,
        "how": how,
    }
    return [Say(to, "questions.over", blanks, card=_card(question)) for to in places]


def line(n: int, question: Question, places: Mapping[Address, Phrase]) -> Phrase:
    blanks: dict[str, Blank] = {
        "n": n,
        "where": places.get(question.group, UNKNOWN),
        "at": question.asked_at,
        "words": question.words[:SHOWN],
    }
    return Phrase("questions.line", blanks)


def urgent(say: Say, *, danger: bool) -> Say:
    """Told to who did not ask: by day as a duty, where somebody is in danger at any hour."""
    return replace(say, topic=Topic.EMERGENCY if danger else Topic.DUTY)
