"""How an opinion poll looks in its group. It never says how it stands, nor who has answered."""

from dataclasses import dataclass

from domain.budget import Topic
from domain.conversation import Action, Blank, Choice, OnUnknown, Phrase, Say
from domain.polls import Poll
from domain.rounds import FEWEST_SHOWN
from storage.polls import Kept

NOTE, ABSTAIN = "polls.note", "polls.abstain"


@dataclass(frozen=True)
class AnswerPoll(Action, code="poll"):
    """``option`` counts from 0; the one after the last is for who only wants to see."""

    poll: int
    option: int


@dataclass(frozen=True)
class StopPoll(Action, code="poll.end"):
    """Its author, or an admin: close it now."""

    poll: int


def card(kept: Kept, *, fresh: bool = False, closed: bool = False) -> Say:
    """The one card of a poll. Where a platform holds polls, it stands in for the words.

    A poll that was sent twice would split the votes, so one of unknown fate is only listed.
    """
    blanks = _blanks(kept) | {"voters": kept.voters, "closes": kept.closes_at}
    names: list[Phrase | str] = [*kept.options, Phrase(ABSTAIN)]
    choices = tuple(Choice(name, AnswerPoll(kept.id, n)) for n, name in enumerate(names))
    return Say(
        kept.group,
        "polls.card_multiple" if kept.multiple else "polls.card",
        blanks,
        () if closed else choices,
        card=f"poll:{kept.id}",
        fresh=fresh,
        poll=Poll(
            kept.id, kept.question, kept.options, NOTE, kept.closes_at, kept.multiple,
            closed=closed, abstain=ABSTAIN,
        ),
        on_unknown=OnUnknown.LIST,
    )  # fmt: skip


def result(kept: Kept, counts: tuple[int, ...], voters: int) -> Say:
    """How it came out, by counts; below it, what to do who wants a decision.

    Of fewer than three nothing is told, or it would tell who.
    """
    if voters < FEWEST_SHOWN:
        few = _blanks(kept) | {"fewest": FEWEST_SHOWN}
        return Say(kept.group, "polls.too_few", few, topic=Topic.OUTCOME)
    lines: list[Blank] = [
        Phrase("polls.line", {"option": option, "count": count})
        for option, count in zip(kept.options, counts, strict=False)
    ]
    blanks = _blanks(kept) | {"lines": tuple(lines), "voters": voters}
    return Say(kept.group, "polls.result", blanks, topic=Topic.OUTCOME)


def _blanks(kept: Kept) -> dict[str, Blank]:
    return {"question": kept.question}
