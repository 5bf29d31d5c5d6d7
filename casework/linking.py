"""Two entries of one person become one, and what each of their accounts is called."""

from collections.abc import Iterable

from casework.scene import Scene
from domain.conversation import Address, Blank, Phrase
from domain.linking import Account, Refusal, one_ballot
from domain.roll import Fault
from storage.subjects import By

NAMED = ("telegram", "webchat", "wechat", "wecom")  # as people call them, in their language


async def merge(scene: Scene, *, kept: int, gone: int, by: By) -> Refusal | None:
    """All of ``gone`` is ``kept``'s from now on, with one ballot in each vote that is on."""
    aside = one_ballot(await scene.uow.linking.on_one_roll(kept, gone))
    if isinstance(aside, Refusal):
        return aside
    await scene.uow.linking.come_along(gone, scene.now)
    await scene.uow.accounts.same_person(gone, kept, scene.now, by)
    for matter, units in aside.items():
        await scene.uow.roll.set_aside(matter, units, Fault.SAME_PERSON)
        for unit in units:
            await scene.uow.mandates.end(matter, unit)
    return None


def platform(channel: str) -> Blank:
    return Phrase(f"platform.{channel}") if channel in NAMED else channel


def names(accounts: Iterable[Account]) -> dict[Address, Blank]:
    """What each is called: by its platform, and numbered where there are several of one."""
    found: dict[Address, Blank] = {}
    many: dict[str, int] = {}
    for account in accounts:
        channel = account.address.channel
        many[channel] = many.get(channel, 0) + 1
        name = platform(channel)
        if many[channel] > 1:
            name = Phrase("linking.another", {"platform": name, "number": many[channel]})
        found[account.address] = name
    return found
