"""What happened to a case, line by line, for those who follow it."""

from collections.abc import Mapping

from casework import steps
from casework.scene import Scene
from casework.views import spoken, state_line
from domain.conversation import Blank, Phrase
from domain.residents import Staff
from storage.tickets import Case, Note

# Whoever may read the case may read these.
TOLD_WORDS = frozenset({"result", "hold", "extend"})
BETWEEN_THEM = frozenset({"question", "answer"})  # said to one another alone
MOST_LINES = 20


async def lines(scene: Scene, case: Case, staff: Mapping[int, Staff]) -> tuple[Blank, ...]:
    """One line an event, oldest first, then where it stands now.

    What a resident was asked and answered is quoted to those who have a part in it alone
    (handbook: voting 3.3, P7): others read that it happened.
    """
    notes = await scene.uow.tickets.notes(case.number)
    told_words = TOLD_WORDS | BETWEEN_THEM if await steps.concerns(scene, case) else TOLD_WORDS
    words = {n.id: _quoted(n) for n in notes if n.kind in told_words}
    events = (await scene.uow.tickets.events(case.number))[-MOST_LINES:]
    told: list[Blank] = []
    for event in events:
        holder = staff.get(event.data.get("holder", 0))
        blanks: dict[str, Blank] = {"at": event.at, "holder": holder.title if holder else ""}
        helper = staff.get(event.data.get("helper", 0))
        blanks["helper"] = helper.title if helper else ""
        blanks["other"] = event.data.get("child") or event.data.get("parent") or 0
        line = Phrase(f"event.{event.event}", blanks)
        quoted = words.get(event.note_id, "")
        told.append(Phrase("event.with_words", {"line": line, "words": quoted}) if quoted else line)
    return (*told, state_line(case.ticket, staff))


def _quoted(note: Note) -> Blank:
    """The words, or that there is a picture alone; nothing where both were forgotten."""
    return spoken(note.text) if note.text or note.photo is not None else ""
