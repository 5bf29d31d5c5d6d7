"""The question to an owner whose own part is used: asked at the opening, until it is answered."""

from casework.entry_actions import GiveConsent, ShowConsent
from casework.matter_views import blanks_of
from casework.scene import Scene
from domain.budget import Topic
from domain.conversation import Address, Choice, Phrase, Say
from storage.matters import Kept


def question(
    scene: Scene,
    kept: Kept,
    place: int,
    property: str,
    to: Address,
    given: bool | None,
    *,
    paper: bool = False,
) -> Say:
    """Private, with both answers; ``place``: of the property among those of the matter."""
    blanks = blanks_of(kept.matter, scene.community) | {"property": property}
    key = "consents.ask"
    if given is not None:
        key = "consents.recorded_on_paper" if paper else "consents.recorded"
        blanks["given"] = Phrase(f"consents.given.{'yes' if given else 'no'}")
    choices = tuple(
        Choice(Phrase(f"consents.given.{name}"), GiveConsent(kept.number, place, value))
        for name, value in (("yes", 1), ("no", 0))
    )
    card = f"consent:{kept.number}:{place}"
    fresh = given is None or paper
    topic = Topic.OWN if paper else Topic.LEGAL
    return Say(to, key, blanks, choices, card=card, fresh=fresh, topic=topic)


async def buttons(scene: Scene, kept: Kept) -> tuple[Choice, ...]:
    """Beside the ballot of a person: each property they have not answered for."""
    if not kept.matter.question.consents or scene.person is None:
        return ()
    return tuple(
        Choice(
            Phrase("consents.button.answer", {"property": c.property}),
            ShowConsent(kept.number, place),
        )
        for place, c in enumerate(await scene.uow.consents.of(kept.number))
        if c.person == scene.person.id and c.given is None
    )


def once(kept: Kept, moment: int) -> str:
    """Reminders come again after an extension, and the opening does not."""
    closes = kept.matter.closes_at
    return f"{moment}:{closes.isoformat()}" if moment > 1 and closes else str(moment)


async def ask(scene: Scene, kept: Kept, moment: int) -> list[Say]:
    """Everybody who has not answered, once for each moment: 1 is the opening, then reminders."""
    if not kept.matter.question.consents:
        return []
    key = f"m{kept.number}:consents:{once(kept, moment)}"
    if not await scene.uow.delivery.first_time(key, scene.now):
        return []
    consents = await scene.uow.consents.of(kept.number)
    open_ones = [(n, c) for n, c in enumerate(consents) if c.given is None and c.person]
    reach = await scene.uow.residents.reach({c.person for _, c in open_ones if c.person})
    return [
        question(scene, kept, place, c.property, reach[c.person].address, None)
        for place, c in open_ones
        if c.person in reach
    ]
