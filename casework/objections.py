"""Objections as they are told: counted in public, whole to who answers for the matter alone."""

from casework.matter_actions import AnswerObjection
from casework.scene import Scene
from domain.conversation import Address, Blank, Choice, Phrase, Say
from domain.objections import Counts, Objection
from domain.residents import Person
from storage.matters import Kept


def counted(counts: Counts) -> Phrase:
    """How many came and how many were answered: all that the public reads of them."""
    blanks: dict[str, Blank] = {
        "received": counts.received,
        "answered": counts.answered,
        "withdrawn": counts.withdrawn,
    }
    return Phrase(
        "objections.counts_withdrawn" if counts.withdrawn else "objections.counts", blanks
    )


def blanks_of(kept: Kept, objection: Objection) -> dict[str, Blank]:
    return {
        "number": kept.number,
        "title": kept.matter.title,
        "objection": objection.number,
        "due": objection.due_at,
    }


async def words_of(scene: Scene, objection: Objection) -> tuple[Blank, int | None]:
    """What was objected, and the picture that came with it."""
    note = await scene.uow.matters.note_of(objection.matter, objection.note)
    if note is None:
        return "", None
    return note.text or Phrase("suggestions.only_a_photo"), note.photo


async def for_owner(scene: Scene, kept: Kept, objection: Objection, to: Address) -> Say:
    """The words, whose they are, and a button to answer: read alone by who answers for it."""
    words, photo = await words_of(scene, objection)
    person = await scene.uow.residents.person(objection.person)
    blanks = blanks_of(kept, objection) | {"words": words, "who": _who(person)}
    answer = AnswerObjection(kept.number, objection.number)
    button = Choice(Phrase("objections.button.answer"), answer)
    return Say(to, "objections.for_owner", blanks, (button,), photo=photo)


def _who(person: Person | None) -> Phrase:
    home = person.household if person else None
    return Phrase(
        "suggestions.by",
        {
            "name": (person.name if person else "") or Phrase("suggestions.no_name"),
            "door": home.door if home else Phrase("suggestions.no_door"),
        },
    )
