"""The only way out: what may be said to whom now, what waits, what is never sent.

Answers leave at once. Everything else has a topic (``domain.budget``), and no feature can pass
by: nothing else asks the outbox (held by ``tests/test_house_rules.py``).
"""

from collections.abc import Iterable, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from casework.scene import Scene
from domain.budget import (
    AT_ANY_HOUR,
    OWED,
    REFUSABLE,
    Caps,
    Held,
    Past,
    Topic,
    why_held,
    why_held_in_group,
)
from domain.community import Community
from domain.conversation import Action, Address, Choice, Phrase, Say
from domain.quiet import quiet_until
from storage.budget import Reader

KEEPS = timedelta(days=7)  # how long what waits is worth saying, where nobody says otherwise
MORNING = time(8, 30)  # local; spread over half an hour from then on (handbook: voting 4.4)
SPREAD = 1800  # seconds
NEVER = frozenset({Held.REFUSED, Held.TOO_LATE})


@dataclass(frozen=True)
class AskFewer(Action, code="few"):
    """The button under every message that nobody asked for: I want fewer, or none."""


async def promise(scene: Scene, says: Iterable[Say], answers: Set[Address] = frozenset()) -> None:
    """Let these messages go, wait or drop. ``answers``: where somebody just spoke to us.

    Where a message has no topic it is an answer there, and news of their own for others.
    """
    quiet = quiet_until(scene.now, scene.community.quiet, scene.community.calendar.zone)
    at_once: list[Say] = []
    budgeted: list[Say] = []
    for say in await _not_archived(scene, says, answers):
        late = say.until is not None and scene.now >= say.until
        free = _is_free(say, answers, quiet is not None, late)
        (at_once if free else budgeted).append(say)
    await scene.uow.delivery.promise(at_once, scene.now, answers=answers)
    if budgeted:
        await _budgeted(scene, budgeted, quiet)


async def _not_archived(
    scene: Scene, says: Iterable[Say], answers: Set[Address] = frozenset()
) -> list[Say]:
    """Without what would be said unasked in a group that a person has archived."""
    found = list(says)
    if all(say.to in answers for say in found):
        return found
    left = await scene.uow.groups.archived_before(scene.now) - answers
    for say in found:
        if say.to in left:
            topic = say.topic or Topic.OWN
            await scene.uow.budget.hold(
                say, topic, Held.REFUSED, scene.now, None, scene.now, dropped=True
            )
    return [say for say in found if say.to not in left]


def _is_free(say: Say, answers: Set[Address], quiet: bool, late: bool) -> bool:
    """An answer, what cannot wait, what is owed by day, and a card that only changes in place."""
    if say.topic is None or say.to in answers or (say.card is not None and not say.fresh):
        return True
    if late:
        return False
    return say.topic in AT_ANY_HOUR or (say.topic in OWED and not quiet)


async def _budgeted(scene: Scene, says: list[Say], quiet: datetime | None) -> None:
    """By precedence: where a cap leaves room for one, the more important one takes it."""
    readers = await scene.uow.budget.readers((s.to for s in says), scene.now)
    leaving: list[tuple[Say, Topic]] = []
    for say in sorted(says, key=_rank):
        topic = say.topic or Topic.OWN
        reader = readers.get(say.to, Reader(None, Past()))
        why = _why(scene, say, topic, reader, quiet is not None)
        if why is not None:
            await _hold(scene, say, topic, why, quiet)
            continue
        leaving.append((say, topic))
        readers[say.to] = _told(reader, topic)
    counted = [(say, topic) for say, topic in leaving if topic in REFUSABLE]
    await scene.uow.budget.pushed(counted, readers, scene.now)
    await scene.uow.delivery.promise([_refusable(s, topic, readers) for s, topic in leaving],
                                     scene.now)  # fmt: skip


def _rank(say: Say) -> int:
    return (say.topic or Topic.OWN).rank


def _why(scene: Scene, say: Say, topic: Topic, reader: Reader, quiet: bool) -> Held | None:
    if say.until is not None and scene.now >= say.until:
        return Held.TOO_LATE
    if reader.person is None:
        return why_held_in_group(topic, reader.past.day, Caps(), quiet=quiet)
    return why_held(topic, reader.past, Caps(), quiet=quiet)


def _told(reader: Reader, topic: Topic) -> Reader:
    """The reader after one message more, so that a second one in the same moment sees it."""
    if topic not in REFUSABLE:
        return reader
    past = reader.past
    more = replace(past, day=past.day + 1, week=past.week + 1, month=past.month + 1)
    return replace(reader, past=more)


def _refusable(say: Say, topic: Topic, readers: dict[Address, Reader]) -> Say:
    """With an easy refusal (PIPL 24, handbook P12) where there is somebody to refuse."""
    if topic not in REFUSABLE or readers[say.to].person is None:
        return say
    fewer = Choice(Phrase("reminders.button.fewer"), AskFewer())
    return replace(say, choices=(*say.choices, fewer))


async def _hold(scene: Scene, say: Say, topic: Topic, why: Held, quiet: datetime | None) -> None:
    until = say.until or scene.now + KEEPS
    try_at = quiet if why is Held.QUIET and quiet else _next_morning(scene.community, scene.now)
    spread = timedelta(seconds=hash_of(say.to) % SPREAD)
    dropped = why in NEVER or (topic in REFUSABLE and try_at >= until)
    if dropped and why not in NEVER:
        why = Held.TOO_LATE
    await scene.uow.budget.hold(say, topic, why, try_at + spread, until, scene.now, dropped=dropped)


def _next_morning(community: Community, now: datetime) -> datetime:
    zone = community.calendar.zone
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, MORNING, zone).astimezone(UTC)


def hash_of(place: Address) -> int:
    """The same number for the same place in every process, to spread a morning's messages."""
    return sum(ord(sign) * (n + 1) for n, sign in enumerate(place.chat)) * 7919


async def release(scene: Scene, limit: int) -> bool:
    """Try again what waits and is due; returns whether there may be more."""
    found = await scene.uow.budget.due(scene.now, limit)
    quiet = quiet_until(scene.now, scene.community.quiet, scene.community.calendar.zone)
    await _budgeted(scene, await _not_archived(scene, found), quiet)
    return len(found) == limit
