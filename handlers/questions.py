"""A member deals with a question that nobody answered: here, as a case, or not at all."""

from casework import question_views as views
from casework import steps
from casework.groups import name_of
from casework.question_views import (
    AnswerHere,
    NothingToDo,
    ShowQuestion,
    ShowQuestions,
    TakeAsCase,
    TakeHere,
)
from casework.views import about, spoken, state_line
from domain.community import understand
from domain.conversation import Blank, Choice, Phrase, Say
from domain.questions import UNANSWERED, Refusal, State, in_turn
from domain.residents import HANDLERS, Staff
from handlers.opening import raise_case
from handlers.turn import Routes, Turn
from storage.drafts import Draft
from storage.questions import Question

MOST_LISTED = 10
LONGEST = 2000  # characters of an answer in the group


async def show_questions(turn: Turn, action: ShowQuestions) -> list[Say]:
    """A member's own; for who sends cases on, everybody's. The oldest first."""
    staff = turn.person.staff
    if staff is None or staff.role not in HANDLERS:
        return [turn.say(Refusal.NOT_YOURS)]
    whose = None if staff.dispatches else staff.id
    found = await turn.uow.questions.tasks(whose, MOST_LISTED)
    if not found:
        return [turn.say("questions.list_none")]
    places = {g.address: name_of(turn, g) for g in await turn.uow.groups.all()}
    choices = tuple(
        Choice(Phrase("questions.button.open", {"n": n}), ShowQuestion(q.id))
        for n, q in enumerate(found, 1)
    )
    lines = tuple(views.line(n, q, places) for n, q in enumerate(found, 1))
    return [turn.say("questions.list", choices=choices, questions=lines)]


async def show_question(turn: Turn, action: ShowQuestion) -> list[Say]:
    found = await _theirs(turn, action.question)
    if isinstance(found, Say):
        return [found]
    question, holder = found
    return [await views.task(turn, question, turn.sender, holder)]


async def answer_here(turn: Turn, action: AnswerHere) -> list[Say]:
    found = await _theirs(turn, action.question)
    if isinstance(found, Say):
        return [found]
    question, _ = found
    return [
        await turn.ask_alone(
            "questions.ask_answer", TakeHere(question.id), **await _as(turn, question)
        )
    ]


async def _as(turn: Turn, question: Question) -> dict[str, Blank]:
    """In whose name the group is answered: what the community has appointed them to."""
    staff = turn.person.staff
    group = await turn.uow.groups.get(question.group)
    return {
        "where": name_of(turn, group),
        "member": staff.title if staff else "",
        "role": Phrase(f"role.{staff.role}") if staff else "",
    }


async def take_here(turn: Turn, action: TakeHere) -> list[Say]:
    """What they write is said in the group as an answer to the question."""
    found = await _theirs(turn, action.question)
    if isinstance(found, Say):
        return [found]
    question, _ = found
    words, photo = turn.words.strip()[:LONGEST], await turn.photo()
    if not words and photo is None:
        return [turn.say(Refusal.WORDS_NEEDED), *await answer_here(turn, AnswerHere(question.id))]
    done = {"answered_at": turn.now, "by_staff": 1}
    if not await turn.uow.questions.settle(question.id, State.HERE, turn.now, **done):
        return [turn.say(Refusal.OVER)]
    blanks = await _as(turn, question) | {"words": spoken(words)}
    said = Say(question.group, "questions.answer", blanks, photo=photo, replies_to=question.message)
    how = Phrase("questions.state.here", {"member": blanks["member"]})
    return [
        said,
        turn.say("questions.answered", choices=(), **blanks),
        *await views.over(turn, question, how),
    ]


async def take_as_case(turn: Turn, action: TakeAsCase) -> list[Say]:
    """As if who asked had suggested it in the group: theirs, with the card there."""
    found = await _theirs(turn, action.question)
    if isinstance(found, Say):
        return [found]
    question, _ = found
    author = await turn.uow.residents.person(question.person) if question.person else None
    if author is None or not await turn.uow.questions.settle(question.id, State.CASE, turn.now):
        return [turn.say(Refusal.OVER)]
    group = await turn.uow.groups.get(question.group)
    draft = Draft(
        id=0,
        person=author.id,
        text=question.words,
        category=understand(question.words, turn.community.categories).code,
        photo=question.photo,
        group=question.group,
    )
    staff = await turn.uow.staff.all()
    grid = await steps.grid_of(turn, group, author)
    case, cards = await raise_case(turn, draft, grid, staff)
    await turn.uow.questions.raised(question.id, case.number)
    blanks: dict[str, Blank] = {
        "number": case.number,
        "where": name_of(turn, group),
        "summary": about(case),
        "state": state_line(case.ticket, {s.id: s for s in staff}),
    }
    how = Phrase("questions.state.case", {"number": case.number})
    news = await steps.followers(turn, case, "questions.case_for_you", blanks)
    return [
        turn.say("questions.taken", choices=(), **blanks),
        *news,
        *cards,
        *await views.over(turn, question, how),
    ]


async def nothing_to_do(turn: Turn, action: NothingToDo) -> list[Say]:
    found = await _theirs(turn, action.question)
    if isinstance(found, Say):
        return [found]
    question, _ = found
    if not await turn.uow.questions.settle(question.id, State.NOTHING, turn.now):
        return [turn.say(Refusal.OVER)]
    how = Phrase("questions.state.nothing")
    return [turn.say("questions.left"), *await views.over(turn, question, how)]


async def _theirs(turn: Turn, id: int) -> tuple[Question, Staff] | Say:
    """The question and its holder, if this person is one of those it is told to, in turn."""
    staff = turn.person.staff
    question = await turn.uow.questions.get(id)
    everybody = await turn.uow.staff.all() if staff and question else []
    holder = next((s for s in everybody if question and s.id == question.holder), None)
    if question is None or staff is None or holder is None:
        return turn.say(Refusal.NOT_YOURS)
    chain = {s.id for s in in_turn(holder, everybody, turn.now)}
    if not (staff.dispatches or staff.id in chain):
        return turn.say(Refusal.NOT_YOURS)
    return (question, holder) if question.state in UNANSWERED else turn.say(Refusal.OVER)


ROUTES: Routes = {
    ShowQuestions: show_questions,
    ShowQuestion: show_question,
    AnswerHere: answer_here,
    TakeHere: take_here,
    TakeAsCase: take_as_case,
    NothingToDo: nothing_to_do,
}
