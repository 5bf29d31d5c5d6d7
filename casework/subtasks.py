"""How a co-operator's share of a case looks, and what follows from a case that climbs.

A co-operator sees the case as its holder does: never who asks, where the author wished so.
"""

from collections.abc import Mapping

from casework import steps
from casework.actions import Progress
from casework.joint_actions import CannotHelp, Helped
from casework.scene import Scene
from casework.views import about, category_name, spoken, state_line, summary
from domain import subtasks
from domain.conversation import Address, Blank, Choice, Phrase, Say
from domain.residents import Staff
from domain.subtasks import Kind, Subtask
from storage.tickets import Case, Note


def card_name(subtask: Subtask) -> str:
    """A former holder's share takes the place of the card they had as the holder."""
    stays = subtask.kind is Kind.STAYS
    return f"work:{subtask.ticket}" if stays else f"share:{subtask.id}"


async def share_card(scene: Scene, case: Case, subtask: Subtask, to: Address) -> Say:
    """What somebody is asked to do, with the two answers there are."""
    staff = {s.id: s for s in await scene.uow.staff.all()}
    words = await scene.uow.tickets.notes(case.number)
    asked = next((n for n in words if n.id == subtask.words), None)
    lead = staff.get(case.ticket.holder) if case.ticket.holder else None
    blanks: dict[str, Blank] = {
        "number": case.number,
        "category": category_name(case, scene.community),
        "summary": summary(case),
        "who": await steps.said_by(scene, case),
        "state": state_line(case.ticket, staff),
        "lead": lead.title if lead else "",
        "words": spoken(asked.text if asked else ""),
    }
    key = "subtasks.stays" if subtask.kind is Kind.STAYS else "subtasks.card"
    photo = asked.photo if asked else None
    return Say(to, key, blanks, share_choices(subtask), card=card_name(subtask), photo=photo)


def share_choices(subtask: Subtask) -> tuple[Choice, ...]:
    return (
        Choice(Phrase("subtasks.button.done"), Helped(subtask.id)),
        Choice(Phrase("subtasks.button.cannot"), CannotHelp(subtask.id)),
        Choice(Phrase("suggestions.button.progress"), Progress(subtask.ticket)),
    )


def settled(subtask: Subtask, to: Address) -> Say:
    """The card of a share that is over, without buttons."""
    blanks: dict[str, Blank] = {"number": subtask.ticket, "progress": progress(subtask)}
    return Say(to, "subtasks.settled", blanks, card=card_name(subtask))


def progress(subtask: Subtask) -> Phrase:
    return Phrase(f"subtasks.progress.{subtask.state}")


def line(subtask: Subtask, staff: Mapping[int, Staff], notes: Mapping[int, Note]) -> Phrase:
    """One share in a list of them: who, what, how far."""
    asked = notes.get(subtask.words) if subtask.words else None
    helper = staff.get(subtask.staff)
    blanks: dict[str, Blank] = {
        "helper": helper.title if helper else "",
        "progress": progress(subtask),
    }
    if subtask.kind is Kind.STAYS:
        return Phrase("subtasks.line_stays", blanks)
    return Phrase("subtasks.line", blanks | {"words": spoken(asked.text if asked else "")})


async def stay(scene: Scene, before: Case, climbed: Case) -> list[Say]:
    """The former holder goes on co-operating (首接不脱手), once however often it climbs."""
    staff = {s.id: s for s in await scene.uow.staff.all()}
    former = staff.get(before.ticket.holder) if before.ticket.holder else None
    there = await scene.uow.subtasks.of(before.number)
    if former is None or former.id in subtasks.at_work(climbed.ticket, there):
        return []
    id = scene.uow.subtasks.new_id()
    share = Subtask(id, before.number, former.id, Kind.STAYS, scene.now)
    await scene.uow.subtasks.add(share)
    to = await steps.address_of(scene, former)
    return [await share_card(scene, climbed, share, to)] if to else []


def told_of(case: Case, helper: Staff | None) -> dict[str, Blank]:
    """What every message about one share says."""
    name = helper.title if helper else ""
    return {"number": case.number, "summary": about(case), "helper": name}
