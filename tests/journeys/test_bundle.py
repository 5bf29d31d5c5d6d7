"""Story 4, its end: an auditor recounts a real vote offline from one file, and finds every forgery.

Each vote is played through the bot on both databases; each forgery is made on what it wrote.
"""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.bundle import Given, give
from casework.bundling import Refusal
from domain.ballots import Via
from domain.question import Mode, RulePart, Scope
from domain.record import (
    Entry,
    Head,
    Line,
    Log,
    Opening,
    canonical,
    fingerprint,
    roll_hash,
)
from storage.vault import Vault
from tests.bundles import root
from tests.checking import Files, changed, check, rewritten, rows
from tests.databases import SECRET
from tests.deciding import DOORS, begun, bundled, closed, hands_in, matter, noticed, opened, votes
from tests.electorate import speaks_for
from tests.world import ANA, BUILDING_3, COMMUNITY, LI, MEI, World


async def voted(world: World, **question: Any) -> None:
    await opened(world, **question)
    await votes(world, ANA, "同意")
    await votes(world, LI, "同意")
    await votes(world, MEI, "不同意")
    await votes(world, MEI, "同意")


def posted(world: World, words: str) -> str:
    """A head as it stands in the group's chat."""
    lines = world.card(BUILDING_3, words).text.splitlines()
    return next(line for line in lines if "存证 " in line).partition("存证 ")[2]


async def test_the_vote_of_story_4_holds_with_all_that_was_seen_in_the_chats(
    world: World, tmp_path: Path
) -> None:
    await voted(world)
    [receipt] = [line for line in world.last(LI).splitlines() if line.startswith("回执")]
    opening = world.card(BUILDING_3, "投票开始（").text
    await closed(world)

    files = await bundled(world, tmp_path)
    found = check(
        files, "--head", posted(world, "投票开始（"), posted(world, "最后的存证"),
        "--receipt", receipt.split()[1], "--roll", opening.split("名册指纹 ")[1].split()[0],
        "--key", opening.split("公钥 ")[1].split()[0],
        "--question", (await matter(world)).matter.text_hash[:32],
    )  # fmt: skip

    assert (found.code, found.wrong) == (0, [])
    assert "could be imitated" not in found.said and "full ten minutes" not in found.said
    assert json.loads(files["result.json"])["result"] == "passed"


async def paper_spoiled_proxy(world: World) -> None:
    await opened(world)
    await votes(world, ANA, "同意")
    await votes(world, ANA, "弃权")
    await hands_in(world, "o:501", "no")
    await hands_in(world, "o:504", "spoiled")
    await hands_in(world, "o:502", "yes", Via.PROXY)
    await votes(world, LI, "不同意")
    await hands_in(world, "o:503", "yes", Via.HELPER)


async def spoiled_counts(world: World) -> None:
    await opened(world, invalid_counts=True)
    await votes(world, ANA, "同意")
    for unit in ("o:502", "o:504"):
        await hands_in(world, unit, "spoiled")


async def silent_follow(world: World) -> None:
    await opened(world, silence="follow_majority", silence_agreed=True)
    await votes(world, ANA, "同意")
    await world.writes(LI, "投票 1")  # is reached and says nothing


async def silent_abstain(world: World) -> None:
    await opened(world, silence="receipt_abstain", silence_agreed=True)
    await votes(world, ANA, "同意")
    await world.writes(LI, "投票 1")


async def lift_on_common_land(world: World) -> None:
    await world.has_owners({None: "3-1-901"}, first=601)
    parts = (
        RulePart("OWNER_SPECIAL", Scope.parse("unit:3-2")),
        RulePart("OWNER_ORDINARY", Scope.parse("building:3")),
    )
    await voted(world, parts=parts, consents=("3-2-101", "3-2-201"))
    async with world.storage.begin() as uow:
        await uow.consents.answer(1, "o:501", True, world.clock())
    await hands_in(world, "o:601", "yes")


async def wishes(world: World) -> None:
    parts = (RulePart("CONSULT", Scope.parse("unit:3-2")),)
    await noticed(world, parts=parts, options=("白色", "灰色"), mode=Mode.PSEUDONYMOUS, parking="")
    for who in (ANA, MEI):
        await speaks_for(world, await world.has_resident(who, DOORS[who]), DOORS[who])
    await begun(world)
    await votes(world, ANA, "灰色")
    await votes(world, MEI, "弃权")


async def nobody(world: World) -> None:
    await opened(world)


KINDS: dict[str, tuple[Callable[[World], Any], str]] = {
    "changed, paper, proxy, help": (paper_spoiled_proxy, "rejected"),
    "spoiled ones take part": (spoiled_counts, "rejected"),
    "the silent follow": (silent_follow, "no_quorum"),
    "the silent abstain": (silent_abstain, "no_quorum"),
    "two parts and consents": (lift_on_common_land, "rejected"),
    "wishes": (wishes, "consulted"),
    "nobody votes": (nobody, "no_quorum"),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_ballot_is_counted_alike_by_the_bot_and_the_script(
    world: World, tmp_path: Path, kind: str
) -> None:
    play, result = KINDS[kind]
    await play(world)
    await closed(world)

    found = check(await bundled(world, tmp_path))
    assert (found.code, found.wrong) == (0, [])
    assert (await matter(world)).outcome["result"] == result  # type: ignore[index]


# --- what is refused


async def test_no_bundle_before_the_close_and_none_of_secret_ballots(
    world: World, tmp_path: Path
) -> None:
    path = tmp_path / "b.zip"
    await opened(world)
    before = await give(world.storage, COMMUNITY, 1, path, world.clock(), lambda n: None)
    unknown = await give(world.storage, COMMUNITY, 9, path, world.clock(), lambda n: None)

    assert (before, unknown) == (Refusal.NOT_CLOSED, Refusal.UNKNOWN)
    assert not path.exists()
    async with world.storage.begin() as uow:
        assert await uow.matters.disclosures(1) == []


async def test_a_bundle_is_counted_its_file_private_and_its_fingerprint_kept(
    world: World, tmp_path: Path
) -> None:
    await voted(world)
    await closed(world)
    path = tmp_path / "b.zip"
    given = await give(world.storage, COMMUNITY, 1, path, world.clock(), lambda n: None)

    assert isinstance(given, Given)
    assert path.stat().st_mode & 0o777 == 0o600
    async with world.storage.begin() as uow:
        [look] = await uow.matters.disclosures(1)
        events = [e.event for e in await uow.matters.events(1)]
    assert (look.what, look.fingerprint, events[-1]) == ("bundle", given.fingerprint, "disclose")
    with pytest.raises(FileExistsError):
        await give(world.storage, COMMUNITY, 1, path, world.clock(), lambda n: None)


# --- forgeries of the file


def alter(files: Files) -> Files:
    return changed(files, "openings.jsonl", 1, choice="no")


def drop(files: Files) -> Files:
    for name in ("log.jsonl", "openings.jsonl"):
        found = rows(files, name)
        files = rewritten(files, name, found[:1] + found[2:])
    return files


def swap(files: Files) -> Files:
    for name in ("log.jsonl", "openings.jsonl"):
        one, two, *more = rows(files, name)
        files = rewritten(files, name, [two, one, *more])
    return files


def truncate(files: Files) -> Files:
    for name in ("log.jsonl", "openings.jsonl"):
        files = rewritten(files, name, rows(files, name)[:-1])
    return files


@pytest.mark.parametrize(
    ("forged", "found"),
    [(alter, "Ballots"), (drop, "Record"), (swap, "Record"), (truncate, "Heads")],
)
async def test_a_forged_file_is_found_out(
    world: World, tmp_path: Path, forged: Callable[[Files], Files], found: str
) -> None:
    await voted(world)
    await closed(world)

    outcome = check(forged(await bundled(world, tmp_path)))
    assert outcome.code == 1 and found in outcome.wrong


# --- forgeries of the database, by whoever holds the key


SWAPPED = [f"UPDATE ballots SET seq = {b} WHERE seq = {a}" for a, b in ((1, 91), (2, 1), (91, 2))]


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (["UPDATE ballots SET choice = 'no' WHERE seq = 1"], "Ballots"),
        (["DELETE FROM ballots WHERE seq = 1"], "Record"),
        (["DELETE FROM ballots WHERE seq = 4"], "Heads"),
        (SWAPPED, "Record"),
        (["UPDATE voters SET areas = '[99999]' WHERE unit = 'o:501'"], "Start"),
        (["UPDATE matters SET roll_hash = text_hash"], "Start"),
    ],
)
async def test_whoever_changes_the_database_is_found_out(
    world: World, tmp_path: Path, statements: list[str], found: str
) -> None:
    await voted(world)
    await closed(world)
    async with world.storage.engine.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))

    outcome = check(await bundled(world, tmp_path))
    assert outcome.code == 1 and found in outcome.wrong


async def test_only_what_was_posted_shows_a_record_written_anew_with_the_key(
    world: World, tmp_path: Path
) -> None:
    """Everything made again for another choice, signed with the real key; and a split view."""
    await voted(world)
    [receipt] = [line for line in world.last(MEI).splitlines() if line.startswith("回执")]
    await closed(world)
    closing = posted(world, "最后的存证")
    real = await bundled(world, tmp_path)
    made_anew = rewritten_whole(real)

    assert check(made_anew).code == 0  # it agrees with itself
    shown = check(made_anew, "--head", closing)
    assert shown.code == 1 and shown.wrong == [f"Posted head {closing}"]
    assert check(made_anew, "--receipt", receipt.split()[1]).code == 1

    other_view = root(made_anew, 4)
    assert check(real, "--head", closing, other_view).wrong == [f"Posted head {other_view}"]
    assert check(real, "--head", closing).code == 0


def rewritten_whole(files: Files) -> Files:
    """As the operator could do it: line 4 says no, and all that follows from it is right."""
    openings = rows(files, "openings.jsonl")
    openings[3]["choice"] = "no"
    logs, lines = logged(files, openings)
    heads = [signed_anew(head, logs[head["size"]]) for head in json.loads(files["heads.json"])]
    result = json.loads(files["result.json"]) | {"result": "rejected"}
    part = result["parts"][0]
    part["cast"] |= {"yes": [2, 17900], "no": [1, 8950]}
    part |= {"yes": 2, "yes_area": 17900, "result": "rejected"}
    part["failed"] = ["approval_number", "approval_area"]
    files = rewritten(files, "log.jsonl", [vars(line) for line in lines])
    files = rewritten(files, "openings.jsonl", openings)
    return files | {"heads.json": canonical(heads), "result.json": canonical(result)}


def logged(files: Files, openings: list[dict[str, Any]]) -> tuple[list[Log], list[Line]]:
    question = json.loads(files["question.json"])
    entries = [
        Entry(row["vid"], row["number"], tuple(row["areas"]), row["salt"])
        for row in rows(files, "roll.jsonl")
    ]
    logs, lines = [Log.begin(1, fingerprint(question), roll_hash(entries))], list[Line]()
    for line, shown in zip(rows(files, "log.jsonl"), openings, strict=True):
        hidden = shown["choice"], 1, tuple(shown["areas"]), shown["nonce"]
        at = datetime.fromisoformat(shown["at"])
        log, made = logs[-1].append(Opening(line["vid"], *hidden), at)
        logs.append(log)
        lines.append(made)
    return logs, lines


def signed_anew(head: dict[str, Any], log: Log) -> dict[str, Any]:
    kept = {name: head[name] for name in ("matter", "size", "at", "kind", "closes_at")}
    made = Head(**kept, root=log.tree.root(), last=log.last)
    return head | vars(made) | {"signature": Vault(SECRET).sign(made.row())}
