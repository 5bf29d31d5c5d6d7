"""How an entry looks to the officers who write and confirm it, and to the voter it is for.

All of it is private: doors, names and answers stand on these cards.
"""

from casework.entries import Case, whose
from casework.entry_actions import AskOther, ConfirmEntry, NoIDoNot, RefuseEntry, YesIDo
from casework.scene import Scene
from domain.budget import Topic
from domain.conversation import Address, Blank, Choice, Phrase, Say, listed
from domain.entries import Kind
from domain.question import Question
from domain.residents import Person
from storage.entries import Entered
from storage.roll import OnRoll


def answer_name(question: Question, choice: str | None) -> Phrase | str:
    """An answer in words: yes, no, abstain, an option's own, or that it is spoiled."""
    if choice is not None and choice.isdigit():
        return question.options[int(choice) - 1]
    return Phrase(f"voting.answer.{choice or 'spoiled'}")


async def what(scene: Scene, case: Case, entered: Entered) -> Blank:
    """What the paper says, or the voter said."""
    match entered.kind:
        case Kind.CONSENT:
            said = Phrase(f"consents.given.{entered.choice}")
            return Phrase("entries.consent", {"property": entered.property, "given": said})
        case Kind.MANDATE:
            proxy = await scene.uow.residents.person(entered.proxy or 0)
            return Phrase("entries.mandate", {"proxy": who(proxy)})
        case _:
            return answer_name(case.kept.matter.question, entered.choice)


def who(person: Person | None) -> Blank:
    """A resident by name and door, to whom it concerns alone."""
    name: Blank = (person.name if person else "") or Phrase("suggestions.no_name")
    home = person.household if person else None
    door: Blank = home.door if home else Phrase("suggestions.no_door")
    return Phrase("entries.whose", {"names": name, "doors": door})


def doors(scene: Scene, voter: OnRoll) -> Blank:
    """Which flats a vote is for; told to whom it concerns alone."""
    return listed(scene.uow.roll.label(voter).doors) or Phrase("voting.own_vote")


async def blanks(scene: Scene, case: Case, entered: Entered) -> dict[str, Blank]:
    staff = {s.id: s for s in await scene.uow.staff.all()}
    first = staff.get(entered.entered_by)
    return {
        "number": case.kept.number,
        "title": case.kept.matter.title,
        "whose": whose(scene, case.voter),
        "kind": Phrase(f"entries.kind.{entered.kind}"),
        "what": await what(scene, case, entered),
        "officer": first.title if first else "",
    }


def card(entered: Entered) -> str:
    return f"entry:{entered.id}"


def request(entered: Entered, said: dict[str, Blank], to: Address) -> Say:
    """For the second officer, who compares it with the paper."""
    buttons = (
        Choice(Phrase("entries.button.confirm"), ConfirmEntry(entered.id)),
        Choice(Phrase("entries.button.refuse"), RefuseEntry(entered.id)),
    )
    return Say(
        to, "entries.request", said, buttons, card=card(entered), fresh=True,
        photo=entered.photo, topic=Topic.DUTY,
    )  # fmt: skip


def written(entered: Entered, said: dict[str, Blank], second: Blank | None, to: Address) -> Say:
    """For who wrote it down: who was asked, and that nothing counts before that."""
    buttons = (
        Choice(Phrase("entries.button.other"), AskOther(entered.id)),
        Choice(Phrase("entries.button.take_back"), RefuseEntry(entered.id)),
    )
    key = "entries.written" if second else "entries.nobody_else"
    told = {**said, "second": second or ""}
    return Say(to, key, told, buttons, card=card(entered), fresh=True)


def question(entered: Entered, said: dict[str, Blank], to: Address) -> Say:
    """For the voter whom an officer helped: only their own press makes it a ballot."""
    buttons = (
        Choice(Phrase("entries.button.yes"), YesIDo(entered.id)),
        Choice(Phrase("entries.button.no"), NoIDoNot(entered.id)),
    )
    return Say(
        to, "entries.is_it_so", said, buttons, card=card(entered), fresh=True, topic=Topic.OWN
    )
