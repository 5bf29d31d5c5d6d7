"""Opinion polls in groups: they decide nothing, and say so."""

from dataclasses import dataclass, replace

from casework.health import pressed
from casework.poll_views import AnswerPoll, StopPoll, card
from casework.polling import close
from domain.asked import FEWEST, LONGEST, LONGEST_QUESTION, MOST, PollRefusal, asked
from domain.conversation import Action, Blank, Choice, Phrase, Say
from domain.polls import chosen, counts
from domain.residents import HANDLERS
from handlers.turn import Routes, Turn
from storage.polls import Kept


@dataclass(frozen=True)
class AskPoll(Action, code="poll.new"):
    """In a group: the words are the question and its options, one a line."""


@dataclass(frozen=True)
class PollChanged(Action, code="poll.is"):
    """A platform tells how a poll it holds stands; the numbers are in what came in."""


async def ask_poll(turn: Turn, action: AskPoll) -> list[Say]:
    """Only the committee asks, one poll at a time, so that a group is not worn out."""
    staff = turn.person.staff
    if staff is None or staff.role not in HANDLERS:
        return [turn.answer("polls.only_staff")]
    if turn.inbound.group is None or turn.group is None:
        return [turn.say("polls.in_a_group")]
    if await turn.uow.polls.open_in(turn.where):
        return [turn.answer("polls.one_at_a_time")]
    found = asked(turn.words)
    if isinstance(found, PollRefusal):
        limits: dict[str, Blank] = {"fewest": FEWEST, "most": MOST, "days": LONGEST.days}
        return [Say(turn.where, found, limits | {"longest": LONGEST_QUESTION})]
    kept = await turn.uow.polls.add(found, turn.where, turn.person.id, turn.now)
    return [card(kept, fresh=True), *_can_be_stopped(turn, kept)]


def _can_be_stopped(turn: Turn, kept: Kept) -> list[Say]:
    """The author can end it early, privately; nobody in the group sees that button."""
    if not turn.reachable:
        return []
    stop = Choice(Phrase("polls.button.stop"), StopPoll(kept.id))
    blanks: dict[str, Blank] = {"question": kept.question, "closes": kept.closes_at}
    return [Say(turn.sender, "polls.asked", blanks, (stop,))]


async def answer_poll(turn: Turn, action: AnswerPoll) -> list[Say]:
    """Noted without a word in the group; the card tells how many have answered, and no more."""
    kept = await turn.uow.polls.get(action.poll, to_change=True)
    last = len(kept.options) if kept else -1
    if kept is None or kept.closed_at or turn.now >= kept.closes_at or action.option > last:
        return [turn.say("polls.over")]
    before = await turn.uow.polls.choices(kept.id, turn.person.id)
    alone = action.option == last or last in before  # who only wants to see chooses nothing else
    now = chosen(() if alone else before, action.option, multiple=kept.multiple)
    await turn.uow.polls.choose(kept.id, turn.person.id, now, turn.now)
    if turn.person.staff is None:
        await pressed(turn, turn.group, turn.sender)
    _, voters = counts(await turn.uow.polls.answers(kept.id), last + 1)
    await turn.uow.polls.many(kept.id, voters)
    changed = [card(replace(kept, voters=voters))] if voters != kept.voters else []
    return [*_noted(turn, kept, now), *changed]


def _noted(turn: Turn, kept: Kept, now: tuple[int, ...]) -> list[Say]:
    """What they have chosen, told to them alone where that is possible."""
    if not turn.reachable:
        return []
    names = [kept.options[n] if n < len(kept.options) else Phrase("polls.abstain") for n in now]
    answer = tuple(names) or Phrase("polls.nothing")
    return [Say(turn.sender, "polls.noted", {"answer": answer, "closes": kept.closes_at},
                card=f"poll.mine:{kept.id}", fresh=True)]  # fmt: skip


async def stop_poll(turn: Turn, action: StopPoll) -> list[Say]:
    kept = await turn.uow.polls.get(action.poll, to_change=True)
    if kept is None or not (turn.person.is_admin or kept.author == turn.person.id):
        return [turn.say("polls.only_staff")]
    if kept.closed_at:
        return [turn.say("polls.over")]
    return [turn.say("polls.stopped"), *await close(turn, kept)]


async def poll_changed(turn: Turn, action: PollChanged) -> list[Say]:
    if turn.inbound.poll:
        await turn.uow.polls.stands(turn.sender.channel, turn.inbound.poll, turn.now)
    return []


ROUTES: Routes = {
    AskPoll: ask_poll,
    AnswerPoll: answer_poll,
    StopPoll: stop_poll,
    PollChanged: poll_changed,
}
