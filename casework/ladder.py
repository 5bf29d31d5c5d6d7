"""The one step that a silent group needs now: offered to the one person who can take it, and ended.

Nothing is said in a group, and nobody is asked, before that person presses a button.
"""

from datetime import timedelta

from casework import ladder_views as views
from casework.health import place_of
from casework.health_views import next_phrase
from casework.notices import member_of
from casework.scene import Scene
from casework.steps import address_of
from domain.conversation import Address, Blank, Phrase, Say
from domain.health import Look
from domain.ladder import (
    ASKED_AGAIN,
    DECIDED_BY,
    MOST_ASKED,
    MOST_OFFERED,
    OFFERED,
    Means,
    Step,
    needs_to_stay,
    next_step,
    small_question,
    stays,
)
from domain.residents import COMMUNITY_LEVEL, Role, Staff, dispatcher
from storage.groups import Group
from storage.ladder import Begun, Mended

DAY = timedelta(days=1)
MENDED_WITHIN = timedelta(days=40)  # 上月: what was mended earlier is no news
ASKS_SOMETHING = (Step.QUESTION, Step.ASK)


async def next_for(scene: Scene, group: Group, look: Look) -> Step | None:
    """None while a step goes on, while the group rests from the last one, or needs none."""
    means = Means(
        unanswered=len(await scene.uow.ladder.unanswered(group.address)),
        mended=await mended(scene, group) is not None,
        willing=len(await willing(scene, group)),
    )
    taken = [begun.taken for begun in await scene.uow.ladder.steps(group.address)]
    return next_step(look.standing.state, means, taken, now=scene.now)


async def mended(scene: Scene, group: Group, offered: int | None = None) -> Mended | None:
    since = scene.now - MENDED_WITHIN
    return await scene.uow.ladder.mended(group.address, since, offered)


async def willing(scene: Scene, group: Group) -> list[int]:
    before = scene.now - ASKED_AGAIN
    return await scene.uow.ladder.willing(place_of(group), before, MOST_ASKED)


async def what_next(scene: Scene, group: Group, look: Look) -> Phrase:
    """For an admin: the step that goes on and who was asked, the one to come, or why none."""
    if group.reads is False:
        return Phrase("groups.how_to_hear")
    begun = await scene.uow.ladder.steps(group.address)
    running = next((step for step in begun if step.ended_at is None), None)
    if running is None:
        return next_phrase(await next_for(scene, group, look), look)
    staff = {s.id: s.title for s in await scene.uow.staff.all()}
    next_ = Phrase(f"ladder.next.{running.step}")
    return Phrase("ladder.running", {"next": next_, "who": staff.get(running.staff, "")})


# --- the offer


async def offer(scene: Scene, group: Group, look: Look) -> list[Say]:
    """Begin the next step with its person; where nobody can be told, tomorrow is another night."""
    step = await next_for(scene, group, look) if group.reads is not False else None
    staff = await scene.uow.staff.all() if step else []
    doer = await _doer(scene, step, group, staff) if step else None
    to = await address_of(scene, doer)
    if step is None or doer is None or to is None or await _has_enough(scene, doer):
        return []
    found = await mended(scene, group) if step is Step.OUTCOME else None
    begun = await scene.uow.ladder.begin(
        group.address, step, doer.id, scene.now, scene.now + OFFERED,
        what=await _what(scene, group) if step in ASKS_SOMETHING else "",
        ticket=found.number if found else None,
    )  # fmt: skip
    if step is Step.TASKS:
        await scene.uow.ladder.make_due(group.address, scene.now)
    todo = await _todo(scene, group, look, begun, found)
    photo = found.photo if found else None
    return [views.offer(group, look, begun, todo, scene.community, to, photo)]


async def _has_enough(scene: Scene, doer: Staff) -> bool:
    """Somebody who has many groups is not offered all of their steps in one morning."""
    today = await scene.uow.ladder.offered_since(doer.id, scene.now - DAY)
    return today >= MOST_OFFERED


async def _doer(scene: Scene, step: Step, group: Group, staff: list[Staff]) -> Staff | None:
    """An admin for the end of a group, who sends cases on for open questions, else the member of
    the group's grid."""
    if step is Step.KEEP:
        return _admin(staff, scene)
    grid = group.value if group.scope == "grid" else None
    if group.scope == "building":
        grid = await scene.uow.residents.grid_of(group.value)
    member = member_of(grid, staff, scene) if grid and step is not Step.TASKS else None
    return member or dispatcher(staff, scene.now)


def _admin(staff: list[Staff], scene: Scene) -> Staff | None:
    able = [s for s in staff if s.role is Role.ADMIN and s.can_be_told]
    able = [s for s in able if s.level == COMMUNITY_LEVEL]
    return min(able, key=lambda s: (s.is_away(scene.now), s.id), default=None)


async def _what(scene: Scene, group: Group) -> str:
    steps = await scene.uow.ladder.steps(group.address)
    return small_question(sum(step.step in ASKS_SOMETHING for step in steps))


async def _todo(
    scene: Scene, group: Group, look: Look, step: Begun, found: Mended | None
) -> dict[str, Blank]:
    match step.step:
        case Step.TASKS:
            return {"count": len(await scene.uow.ladder.unanswered(group.address))}
        case Step.OUTCOME if found:
            return {"number": found.number, "summary": found.summary}
        case Step.QUESTION:
            return {"question": views.small(step.what)}
        case Step.ASK:
            many = len(await willing(scene, group))
            return {"question": views.small(step.what), "count": many}
        case _:
            return {"needs": needs_to_stay(look.members)}


# --- its end


async def end_if_over(scene: Scene, step: Begun) -> list[Say]:
    """A step whose time is over: an offer lapses, what was asked is counted."""
    group = await scene.uow.groups.get(step.group)
    if group is None or step.state != "asking":
        return await _lapse(scene, step)
    counts = await scene.uow.ladder.count_off(step)
    to = await _places(scene, step)
    if step.step is Step.KEEP:
        return await _counted_wishes(scene, group, step, counts, to)
    await scene.uow.ladder.end(step, "done", scene.now)
    told = [views.counted_say(group, step, counts, scene.community, place) for place in to]
    if step.step is Step.QUESTION:
        told.append(views.question_over(group, step, sum(counts.values()), scene.community))
    return told


async def _lapse(scene: Scene, step: Begun) -> list[Say]:
    answered = step.step is Step.TASKS and not await scene.uow.ladder.unanswered(step.group)
    await scene.uow.ladder.end(step, "done" if answered else "lapsed", scene.now)
    return []


async def _counted_wishes(
    scene: Scene, group: Group, step: Begun, counts: dict[str, int], to: list[Address]
) -> list[Say]:
    """Enough want it: it stays. Otherwise a person decides, and until then nothing changes."""
    members = await members_of(scene, group)
    if stays(counts.get("keep", 0), members):
        await scene.uow.ladder.end(step, "stays", scene.now)
        told = [views.kept_say(group, counts, members, scene.community, place) for place in to]
        return [*told, views.stays_card(group, step)]
    until = scene.now + DECIDED_BY
    await scene.uow.ladder.change(step, state="deciding", next_at=until)
    asked = [views.decide_say(group, step, counts, members, scene.community, at) for at in to]
    return [*asked, views.undecided_card(group, step, sum(counts.values()))]


async def members_of(scene: Scene, group: Group) -> int:
    looks = await scene.uow.health.looks(group.address, 1)
    return looks[0].members if looks else 0


async def _places(scene: Scene, step: Begun) -> list[Address]:
    staff = await scene.uow.staff.all()
    place = await address_of(scene, next((s for s in staff if s.id == step.staff), None))
    return [place] if place else []
