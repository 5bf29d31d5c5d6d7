"""What only the resident can say: is it solved, and how is it some weeks later?"""

from casework.actions import SayFine, SaySolved, SayWhyNot
from casework.scene import Scene
from casework.views import summary
from domain.conversation import Blank, Choice, Phrase, Say
from domain.tickets import DisputeReason
from storage.tickets import Case


def question_card(number: int, round: int) -> str:
    """The card of the question, which loses its buttons once it is answered."""
    return f"solved:{number}:{round}"


async def ask_whether_solved(scene: Scene, case: Case) -> list[Say]:
    """The one question that decides, asked of the author with the result before it."""
    reach = (await scene.uow.residents.reach({case.ticket.author})).get(case.ticket.author)
    if reach is None:
        return []
    results = [n for n in await scene.uow.tickets.notes(case.number) if n.kind == "result"]
    last = results[-1] if results else None
    holder = next((s.title for s in await scene.uow.staff.all() if s.id == case.ticket.holder), "")
    blanks: dict[str, Blank] = {
        "number": case.number,
        "summary": summary(case),
        "words": (last.text if last else "") or Phrase("suggestions.with_photo"),
        "holder": holder,
    }
    card = question_card(case.number, case.ticket.round)
    photo = last.photo if last else None
    return [
        Say(
            reach.address, "ratings.ask", blanks, verdicts(case), card=card, fresh=True, photo=photo
        )
    ]


def verdicts(case: Case) -> tuple[Choice, ...]:
    """What its author can answer once it is said to be solved."""
    return tuple(
        Choice(Phrase(f"ratings.solved.{a}"), SaySolved(case.number, case.ticket.round, a))
        for a in ("yes", "partly", "no")
    )


def not_solved(case: Case) -> Choice:
    """For a supporter, who is not asked but may say no."""
    no = SaySolved(case.number, case.ticket.round, "no")
    return Choice(Phrase("ratings.solved.no"), no)


async def ask_how_it_is(scene: Scene, case: Case) -> list[Say]:
    """Four weeks later, once: still well? A no opens the case again."""
    reach = (await scene.uow.residents.reach({case.ticket.author})).get(case.ticket.author)
    if reach is None:
        return []
    round = case.ticket.round
    choices = (
        Choice(Phrase("ratings.fine"), SayFine(case.number, round)),
        *(
            Choice(Phrase(f"dispute.{r}"), SayWhyNot(case.number, round, r))
            for r in (DisputeReason.BROKE_AGAIN, DisputeReason.OTHER)
        ),
    )
    blanks: dict[str, Blank] = {"number": case.number, "summary": summary(case)}
    card = f"fine:{case.number}:{round}"
    return [Say(reach.address, "ratings.ask_again", blanks, choices, card=card, fresh=True)]
