"""What a page of ours can show and do, and where the answer to a press on it goes.

A page says what the chat says: the same handlers, the same words. Whatever is pressed on it goes
through the inbox like a press in the chat of the same person.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from casework import actions as a
from casework import entry_actions as e
from casework import matter_actions as m
from casework import record_actions as r
from domain.conversation import Action, Address, Say
from storage.delivery import Received
from storage.uow import UnitOfWork

CHANNEL = "pages"  # of updates; nothing is ever sent there
HOME, MATTERS, CASES, VOTES = "home", "matters", "cases", "votes"

# Read without anything being written, so that it needs no place in the inbox.
READS: frozenset[type[Action]] = frozenset(
    {
        m.AskWhy, m.ShowTerms, m.ShowObjections, m.ShowMyBallot, m.ShowReceipt, a.Why, r.ShowRecord,
    }
)  # fmt: skip
# What a resident does by pressing; other things are done in the chat.
DEEDS: frozenset[type[Action]] = frozenset(
    {
        m.ShowBallot, m.ShowBallotOf, m.CastBallot, m.ChangeBallot, m.NotMe, e.ShowConsent,
        e.GiveConsent, a.Support, a.Unsupport, a.SaySolved, a.SayFine, a.Rate, a.SayWhyNot,
        m.Object, m.WithdrawObjection,
    }
)  # fmt: skip
WORDS: frozenset[type[Action]] = frozenset({m.TakeObjection, a.TakeWhyNot})  # typed on a page
ALSO_IN_THE_CHAT = frozenset({"voting.recorded", "voting.marked"})  # nobody votes for me unnoticed


def place_of(action: Action) -> str:
    """The page that shows this; empty where none does by itself."""
    match action:
        case m.ShowMatter():
            return f"m{action.number}"
        case a.Progress():
            return f"t{action.number}"
        case m.ShowMatters():
            return MATTERS
        case a.Mine():
            return CASES
        case m.ShowVotes():
            return VOTES
    return ""


@dataclass(frozen=True)
class Answer:
    says: list[Say]
    asks: str  # the packed action that the next words belong to; empty: none are asked for


async def kept(
    uow: UnitOfWork, update: Received, sender: Address, says: Sequence[Say], now: datetime
) -> list[Say]:
    """Keep what is answered for the page that waits; returns what has to be said all the same."""
    mine = [say for say in says if say.to == sender]
    told = {"says": [say.as_json() for say in mine], "asks": await _asked(uow, sender, now)}
    await uow.delivery.keep_answer(update, json.dumps(told))
    return [*(say for say in says if say.to != sender), *_in_the_chat(mine)]


async def _asked(uow: UnitOfWork, sender: Address, now: datetime) -> str:
    """What the answer asks for is typed on the page, and no more what is next said in the chat."""
    visitor = await uow.residents.visitor(sender, sender)
    expects = visitor.prompt.expects if visitor else None
    if expects is None or type(expects) not in WORDS:
        return ""
    await uow.residents.expect(sender, sender, None, now)
    return expects.pack()


def _in_the_chat(says: Iterable[Say]) -> Iterable[Say]:
    """Anew, since a card that only changes may be far up, and is not sent on every platform."""
    return (replace(say, fresh=True) for say in says if say.key in ALSO_IN_THE_CHAT)


def read_answer(to: Address, answer: str) -> Answer:
    told = json.loads(answer)
    return Answer([Say.from_json(to, row) for row in told["says"]], told["asks"])
