"""What is said in public and to voters while a matter is voted on. Never a name, never a total."""

from datetime import datetime

from casework import matters
from casework.matter_actions import ShowBallot
from casework.matter_views import blanks_of, group_card, link
from casework.objections import counted
from casework.outcome_views import result_line
from casework.scene import Scene
from domain.budget import Topic
from domain.bundle import Signed
from domain.conversation import Blank, Choice, Phrase, Say
from domain.question import Mode
from domain.record import SHOWN, Moment
from storage.ballots import head_of
from storage.matters import Kept


async def cards(scene: Scene, kept: Kept, *, fresh: bool = False, anew: bool = False) -> list[Say]:
    """The card of a matter as it should look now, in every group it concerns."""
    groups = await matters.groups_of(scene, kept.matter.question.scope)
    cases = await scene.uow.matters.linked(kept.number)
    news: list[Blank] = [counted(await scene.uow.objections.counts(kept.number))]
    if kept.outcome:
        news.insert(0, result_line(kept.outcome))
    return [
        group_card(
            kept.matter, scene.community, group.address, news, cases,
            now=scene.now, fresh=fresh, anew=anew,
        )
        for group in groups
    ]  # fmt: skip


async def opened(scene: Scene, kept: Kept) -> list[Say]:
    """The vote is open: the card anew, and the head of a record that holds nothing yet."""
    return [*await cards(scene, kept, fresh=True), *await post_head(scene, kept, Moment.OPENING)]


async def evening_head(scene: Scene, kept: Kept, due: datetime | None) -> list[Say]:
    """The day's head, once, and only where ballots came since the last one."""
    if due is None:
        return []
    key = f"m{kept.number}:head:{due.isoformat()}"
    if not await scene.uow.delivery.first_time(key, scene.now):
        return []
    heads = await scene.uow.ballots.heads(kept.number)
    if heads and heads[-1].head.size == kept.ballots:
        return []
    return await post_head(scene, kept, Moment.DAILY)


async def post_head(scene: Scene, kept: Kept, kind: Moment) -> list[Say]:
    """Sign the head, keep it, and say it in the groups: what makes a later rewrite visible."""
    if kept.matter.question.mode is Mode.DETACHED:
        return []  # secret ballots leave no record that could be checked line by line
    head = head_of(kept, kind, scene.now)
    groups = await matters.groups_of(scene, kept.matter.question.scope)
    posted = scene.now if groups else None
    await scene.uow.ballots.head(Signed(head, scene.uow.ballots.sign(head), posted))
    blanks: dict[str, Blank] = {
        "number": kept.number,
        "title": kept.matter.title,
        "took_part": kept.voted,
        "all": kept.units,
        "head": f"{head.size}:{head.root[:SHOWN]}",
        "roll_hash": kept.matter.roll_hash[:SHOWN],
        "key": scene.uow.ballots.public_key,
    }
    return [Say(g.address, f"voting.head.{kind}", blanks, topic=Topic.LEGAL) for g in groups]


async def to_voters(scene: Scene, kept: Kept, people: set[int], *, first: bool) -> list[Say]:
    """The same message to each of these voters where they read us."""
    reach = await scene.uow.residents.reach(people)
    key = "voting.begins" if first else "voting.reminder"
    vote = Choice(Phrase("voting.button.vote"), ShowBallot(kept.number), link(kept.number))
    blanks = blanks_of(kept.matter, scene.community)
    topic = Topic.LEGAL if first else Topic.REMINDER
    until = kept.matter.closes_at
    return [
        Say(reach[p].address, key, blanks, (vote,), topic=topic, until=until) for p in sorted(reach)
    ]
