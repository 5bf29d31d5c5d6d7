"""What happened to a case, line by line, for those who follow it."""

from collections.abc import Mapping

from casework.scene import Scene
from casework.views import state_line
from domain.conversation import Blank, Phrase
from domain.residents import Staff
from storage.tickets import Case

TOLD_WORDS = frozenset({"result", "question", "answer"})  # kept words that followers may read
MOST_LINES = 20


async def lines(scene: Scene, case: Case, staff: Mapping[int, Staff]) -> tuple[Blank, ...]:
    """One line an event, oldest first, then where it stands now."""
    words = {
        n.id: n.text for n in await scene.uow.tickets.notes(case.number) if n.kind in TOLD_WORDS
    }
    events = (await scene.uow.tickets.events(case.number))[-MOST_LINES:]
    told: list[Blank] = []
    for event in events:
        holder = staff.get(event.data.get("holder", 0))
        blanks: dict[str, Blank] = {"at": event.at, "holder": holder.name if holder else ""}
        line = Phrase(f"event.{event.event}", blanks)
        quoted = words.get(event.note_id)
        told.append(Phrase("event.with_words", {"line": line, "words": quoted}) if quoted else line)
    return (*told, state_line(case.ticket, staff))
