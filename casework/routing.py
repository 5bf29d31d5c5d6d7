"""A message that did not arrive goes to the person's next account, in the same unit of work."""

from datetime import datetime

from domain.routing import Stuck, next_chat
from storage.uow import UnitOfWork


async def go_elsewhere(uow: UnitOfWork, stuck: Stuck, now: datetime) -> bool:
    """Whether there was somewhere to go. It counts as the one message it is: no budget is asked.

    It could not be said where it was, or nobody has looked at it there.
    """
    if not stuck.can_move:
        return False
    person = await uow.linking.person_at(stuck.say.to)
    if person is None:  # a group
        return False
    to = next_chat(stuck, await uow.linking.accounts(person))
    return to is not None and await uow.routing.move(stuck, to, now)
