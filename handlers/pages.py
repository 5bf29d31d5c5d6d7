"""The way from the chat to the pages: a link that reads, and a number that proves who opens it."""

from dataclasses import dataclass

from casework.pages import HOME
from domain.conversation import Action, Say
from domain.pages import LASTS, NUMBER_LASTS, Kind, slot
from handlers.turn import Routes, Turn

MOST_NUMBERS = 3  # sent to one person within the ten minutes in which it is the same


@dataclass(frozen=True)
class OpenPages(Action, code="pg"):
    """How do I get to the pages?"""


@dataclass(frozen=True)
class SendNumber(Action, code="pg.n"):
    """Somebody has opened a link of mine, and says that it is me."""


async def open_pages(turn: Turn, action: OpenPages) -> list[Say]:
    if not turn.community.pages:
        return [turn.say("pages.none")]
    days = LASTS[Kind.LINK].days
    return [turn.say("pages.link", link=turn.page(HOME), days=days)]


async def send_number(turn: Turn, action: SendNumber) -> list[Say]:
    """To their own chat, and never where it was asked for: who only has the link reads nothing."""
    asked = f"page:{turn.person.id}:{slot(turn.now)}"
    for n in range(MOST_NUMBERS):
        if await turn.uow.delivery.first_time(f"{asked}:{n}", turn.now):
            number = turn.uow.pages.number(turn.person.id, turn.now)
            minutes = int(NUMBER_LASTS.total_seconds()) // 60
            return [Say(turn.sender, "pages.number", {"number": number, "minutes": minutes})]
    return []


ROUTES: Routes = {
    OpenPages: open_pages,
    SendNumber: send_number,
}
