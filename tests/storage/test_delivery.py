"""The inbox and the outbox on both engines: once each, in order, and forgotten when done."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from domain.budget import Topic
from domain.conversation import Address, OnUnknown, Say
from storage import tables as t
from storage.claims import LEASE, Promise, Room
from storage.delivery import Received, Settled
from storage.groups import Group
from storage.ids import Ids
from storage.uow import Storage, open_storage
from storage.vault import Vault
from tests.databases import NOON, SECRET

ANA = Address("telegram", "101")
LI = Address("wechat", "oLi")
ZHOU = Address("telegram", "201")
BUILDING_3 = Address("telegram", "-3")
BOTH = ("telegram", "wechat")
SECOND = timedelta(seconds=1)


def line(to: Address, words: str, **more: Any) -> Say:
    return Say(to, "tickets.advice", {"words": words}, **more)


def card(to: Address, words: str, name: str = "case:12", **more: Any) -> Say:
    return line(to, words, card=name, **more)


async def promise(storage: Storage, *says: Say, at: datetime = NOON) -> None:
    async with storage.begin() as uow:
        await uow.delivery.promise(says, at)


async def claim(
    storage: Storage, limit: int = 10, now: datetime = NOON, channels: Iterable[str] = BOTH
) -> list[Promise]:
    async with storage.begin() as uow:
        return await uow.delivery.claim(dict.fromkeys(channels, Room(limit, limit)), now)


async def settle(
    storage: Storage, promises: list[Promise], state: str = "sent", now: datetime = NOON, **how: Any
) -> None:
    outcomes = [(p, Settled(p.id, state, **how)) for p in promises]
    async with storage.begin() as uow:
        await uow.delivery.settle(outcomes, now)


async def recover(storage: Storage, now: datetime) -> tuple[int, int]:
    async with storage.begin() as uow:
        return await uow.delivery.recover(now)


async def rows(storage: Storage, table: Any) -> list[Any]:
    async with storage.engine.connect() as connection:
        return list((await connection.execute(select(table))).all())


def words(promises: Iterable[Promise]) -> list[Any]:
    return [p.say.blanks["words"] for p in promises]


# --- the inbox


def an_update(number: int, lane: str = "101") -> Received:
    return Received("telegram", str(number), lane, '{"text": "路灯坏了"}')


async def test_what_a_platform_hands_over_twice_is_kept_once(storage: Storage) -> None:
    async with storage.begin() as uow:
        await uow.delivery.receive([an_update(1), an_update(1), an_update(2)], NOON)
    async with storage.begin() as uow:
        await uow.delivery.receive([an_update(2), an_update(3)], NOON)
        assert await uow.delivery.done(an_update(1), NOON)
        assert not await uow.delivery.done(an_update(1), NOON)
        await uow.delivery.receive([an_update(1)], NOON)

        waiting = await uow.delivery.waiting(0, 10)
    assert [update for _, update in waiting] == [an_update(2), an_update(3)]


async def test_two_platforms_may_number_their_updates_alike(storage: Storage) -> None:
    async with storage.begin() as uow:
        await uow.delivery.receive([an_update(1), Received("wechat", "1", "oLi", "<xml/>")], NOON)

        assert len(await uow.delivery.waiting(0, 10)) == 2


async def test_updates_wait_in_the_order_they_came(storage: Storage) -> None:
    async with storage.begin() as uow:
        await uow.delivery.receive([an_update(n) for n in (5, 3, 9)], NOON)
        await uow.delivery.receive([an_update(1)], NOON - 60 * SECOND)  # the clock was set back

        first = await uow.delivery.waiting(0, 2)
        rest = await uow.delivery.waiting(first[-1][0], 2)
    assert [update.update_id for _, update in first + rest] == ["5", "3", "9", "1"]


async def test_the_words_of_an_update_are_forgotten_once_it_is_handled(storage: Storage) -> None:
    async with storage.begin() as uow:
        await uow.delivery.receive([an_update(1)], NOON)
        await uow.delivery.done(an_update(1), NOON, error="ValueError")

    [row] = await rows(storage, t.inbox)
    assert (row.payload, row.error, row.done_at) == (None, "ValueError", NOON)


async def test_only_old_updates_that_are_handled_are_dropped(storage: Storage) -> None:
    async with storage.begin() as uow:
        await uow.delivery.receive([an_update(n) for n in (1, 2, 3)], NOON)
        await uow.delivery.done(an_update(1), NOON)
        await uow.delivery.done(an_update(2), NOON + SECOND)

        assert await uow.delivery.forget_handled(NOON + SECOND) == 1
    assert {row.update_id for row in await rows(storage, t.inbox)} == {"2", "3"}


# --- the outbox: what is taken, and in which order


async def test_one_message_of_a_chat_is_taken_at_a_time_and_the_oldest_first(
    storage: Storage,
) -> None:
    await promise(storage, line(ANA, "1"), line(ANA, "2"), line(LI, "1"), line(ANA, "3"))

    taken = []
    while claimed := await claim(storage):
        taken.append([(p.say.to, p.say.blanks["words"]) for p in claimed])
        assert await claim(storage) == []  # on their way: nothing overtakes them
        await settle(storage, claimed)

    assert taken == [[(ANA, "1"), (LI, "1")], [(ANA, "2")], [(ANA, "3")]]


async def test_no_more_is_taken_than_there_is_room_for(storage: Storage) -> None:
    li = Address("telegram", "102")
    await promise(storage, line(ANA, "1"), line(li, "2"), line(ZHOU, "3"))

    assert words(await claim(storage, limit=2)) == ["1", "2"]
    assert words(await claim(storage, limit=2)) == ["3"]


async def test_each_channel_has_room_of_its_own_and_answers_have_more_of_it(
    storage: Storage,
) -> None:
    """A place is kept for answers, and one crowded channel does not slow down another."""
    news = [Address(channel, str(n)) for channel in BOTH for n in range(5)]
    await promise(storage, *(line(to, "news", topic=Topic.OUTCOME) for to in news))
    await promise(storage, line(ANA, "answer"))
    rooms = {"telegram": Room(3, 2), "wechat": Room(9, 8)}
    async with storage.begin() as uow:
        claimed = await uow.delivery.claim(rooms, NOON)

    assert Counter(p.say.to.channel for p in claimed) == {"telegram": 3, "wechat": 5}
    assert words(claimed)[0] == "answer"
    async with storage.begin() as uow:
        assert await uow.delivery.claim({"telegram": Room(1, 0)}, NOON) == []


async def test_a_channel_without_room_keeps_its_messages(storage: Storage) -> None:
    await promise(storage, line(ANA, "1"), line(LI, "2"))

    assert words(await claim(storage, channels=["wechat"])) == ["2"]
    assert words(await claim(storage, channels=["telegram"])) == ["1"]


async def test_a_message_that_has_to_wait_is_not_overtaken_in_its_chat(storage: Storage) -> None:
    await promise(storage, line(ANA, "1"), line(ANA, "2"), line(ZHOU, "1"))
    later = NOON + 30 * SECOND
    await settle(storage, await claim(storage), "pending", not_before=later)

    assert await claim(storage, now=later - SECOND) == []
    again = await claim(storage, now=later)
    assert [(p.say.to, p.attempts) for p in again] == [(ANA, 2), (ZHOU, 2)]
    assert words(again) == ["1", "1"]


async def test_four_senders_at_once_say_everything_once_and_in_order(storage: Storage) -> None:
    chats = [Address("telegram", str(n)) for n in range(12)]
    await promise(storage, *(line(chat, str(n)) for n in range(4) for chat in chats))
    said: dict[str, list[Any]] = defaultdict(list)
    left = 12 * 4

    async def send() -> None:
        nonlocal left
        while left:
            claimed = await claim(storage, limit=5)
            for one in claimed:
                said[one.say.to.chat].append(one.say.blanks["words"])
            left -= len(claimed)
            await settle(storage, claimed)

    async with asyncio.timeout(60):
        await asyncio.gather(*(send() for _ in range(4)))

    assert said == {chat.chat: ["0", "1", "2", "3"] for chat in chats}


async def test_another_communitys_messages_are_none_of_ours(storage: Storage) -> None:
    other = await open_storage(storage.engine, "other", Vault(SECRET), Ids(lambda: NOON))
    await promise(other, line(ANA, "theirs"))
    await promise(storage, line(ANA, "ours"))

    assert words(await claim(storage)) == ["ours"]
    assert words(await claim(other)) == ["theirs"]


# --- cards


async def test_of_a_card_that_changed_before_it_was_sent_only_the_last_state_is_sent(
    storage: Storage,
) -> None:
    await promise(storage, card(ANA, "old"), line(ANA, "news"), card(ANA, "newer"))
    await promise(storage, card(ANA, "newest"))

    taken = []
    while claimed := await claim(storage):
        taken += words(claimed)
        await settle(storage, claimed)
    assert taken == ["news", "newest"]


async def test_other_cards_and_other_chats_keep_their_states(storage: Storage) -> None:
    await promise(storage, card(ANA, "12"), card(LI, "12"), card(ANA, "13", "case:13"))
    await promise(storage, card(BUILDING_3, "12"))

    async with storage.begin() as uow:
        assert await uow.delivery.counts() == {"pending": 4}


async def test_a_card_on_its_way_is_followed_by_its_new_state(storage: Storage) -> None:
    await promise(storage, card(ANA, "old"))
    on_its_way = await claim(storage)
    await promise(storage, card(ANA, "new"))
    assert await claim(storage) == []

    await settle(storage, on_its_way, message="55")
    [edit] = await claim(storage)
    assert (edit.say.blanks["words"], edit.message) == ("new", "55")


async def test_the_next_state_of_a_card_that_may_have_arrived_says_that_it_is_repeated(
    storage: Storage,
) -> None:
    """The state that was to be repeated gave way to the next, which was said as if it were new."""
    await promise(storage, card(BUILDING_3, "1"))
    await claim(storage)
    await recover(storage, NOON + LEASE + SECOND)
    await promise(storage, card(BUILDING_3, "2"), card(ANA, "2"))

    taken = await claim(storage, now=NOON + LEASE + SECOND)
    assert {(p.say.to, p.repeated) for p in taken} == {(BUILDING_3, True), (ANA, False)}


async def test_a_card_sent_anew_is_the_one_that_is_edited_from_then_on(storage: Storage) -> None:
    for message in ("55", "77"):
        await promise(storage, card(ANA, "anew", fresh=True))
        await settle(storage, await claim(storage), message=message)

    await promise(storage, card(ANA, "edit"), card(LI, "edit"))
    assert [p.message for p in await claim(storage)] == ["77", None]


async def test_a_card_to_be_sent_anew_stays_so_when_it_changes_before_it_is_sent(
    storage: Storage,
) -> None:
    """An officer's new task became a silent edit of an old message, without its picture."""
    await promise(storage, card(ANA, "old"))
    await settle(storage, await claim(storage), message="55")

    await promise(storage, card(ANA, "task", fresh=True, photo=7))
    await promise(storage, card(ANA, "supported"))
    [task] = await claim(storage)

    assert (task.say.blanks["words"], task.say.fresh, task.say.photo) == ("supported", True, 7)


async def test_a_card_changed_twice_in_one_step_stays_one_to_be_sent_anew(
    storage: Storage,
) -> None:
    await promise(storage, card(ANA, "task", fresh=True, photo=7), card(ANA, "supported"))

    [task] = await claim(storage)
    assert (task.say.blanks["words"], task.say.fresh, task.say.photo) == ("supported", True, 7)


async def test_a_card_that_is_only_edited_does_not_become_a_new_message(storage: Storage) -> None:
    await promise(storage, card(ANA, "old", photo=7))
    await promise(storage, card(ANA, "new"))

    [edit] = await claim(storage)
    assert (edit.say.fresh, edit.say.photo) == (False, None)


# --- what became of it


@pytest.mark.parametrize("state", ["sent", "blocked", "failed", "unknown"])
async def test_the_words_of_a_message_are_forgotten_once_it_is_settled(
    storage: Storage, state: str
) -> None:
    await promise(storage, line(ANA, "路灯坏了"))
    await settle(storage, await claim(storage), state, message="55", error="why")

    [row] = await rows(storage, t.outbox)
    assert row.say == {}
    assert (row.state, row.message, row.error, row.settled_at) == (state, "55", "why", NOON)


async def test_a_message_that_goes_again_has_kept_its_words(storage: Storage) -> None:
    said = card(ANA, "路灯坏了", on_unknown=OnUnknown.LIST, reply=True)
    await promise(storage, said)
    [first] = await claim(storage)
    await settle(storage, [first], "pending", error="busy", repeat=True)

    [again] = await claim(storage)
    assert (again.id, again.say.blanks, again.say.reply) == (first.id, said.blanks, True)
    assert (again.attempts, again.repeated, again.created_at) == (2, True, NOON)
    assert again.on_unknown is OnUnknown.LIST


async def test_a_message_is_read_in_the_language_of_its_chat(storage: Storage) -> None:
    async with storage.begin() as uow:
        await uow.residents.meet(ANA, "en", NOON)
        await uow.groups.bind(Group(BUILDING_3, "building", "3", "zh"))
    await promise(storage, line(ANA, "1"), line(BUILDING_3, "2"), line(LI, "3"))

    assert [p.language for p in await claim(storage)] == ["en", "zh", None]


# --- a sender that died


async def test_a_sender_that_may_still_be_alive_is_not_taken_for_dead(storage: Storage) -> None:
    await promise(storage, line(ANA, "1"))
    await claim(storage)

    assert await recover(storage, NOON + LEASE) == (0, 0)
    assert await claim(storage, now=NOON + LEASE) == []


async def test_a_promise_of_unknown_fate_is_repeated_once_and_then_listed(storage: Storage) -> None:
    await promise(storage, line(ANA, "1"))
    now = NOON
    await claim(storage, now=now)

    now += LEASE + SECOND
    assert await recover(storage, now) == (1, 0)
    assert [p.repeated for p in await claim(storage, now=now)] == [True]

    now += LEASE + SECOND
    assert await recover(storage, now) == (0, 1)
    assert await claim(storage, now=now) == []


async def test_a_new_sender_learns_what_the_one_before_it_sent_last(storage: Storage) -> None:
    await promise(storage, *(line(Address("telegram", str(n)), "1") for n in range(9)))
    await settle(storage, await claim(storage, limit=2))
    await settle(storage, await claim(storage, limit=3), now=NOON + SECOND)
    await settle(storage, await claim(storage, limit=1), "pending", not_before=NOON)
    await claim(storage, limit=1)  # it died with one on its way

    async with storage.begin() as uow:
        assert await uow.delivery.left_since("telegram", NOON) == 3 + 1
        assert await uow.delivery.left_since("wechat", NOON) == 0


async def test_what_is_repeated_goes_before_all_that_waits(storage: Storage) -> None:
    """It queued up behind the backlog, and a second crash met it before it had been sent."""
    await promise(storage, line(ANA, "1"))
    await claim(storage)
    now = NOON + LEASE + SECOND
    await promise(storage, line(ZHOU, "2"), at=now - SECOND)
    await recover(storage, now)

    assert [p.repeated for p in await claim(storage, limit=1, now=now)] == [True]


async def test_a_mass_notice_of_unknown_fate_is_listed_and_never_repeated(storage: Storage) -> None:
    await promise(storage, line(ANA, "1", on_unknown=OnUnknown.LIST))
    await claim(storage)

    assert await recover(storage, NOON + LEASE + SECOND) == (0, 1)
    async with storage.begin() as uow:
        [listed] = await uow.delivery.undelivered(10)
    assert (listed.state, listed.chat, listed.error) == ("unknown", "101", "sender died")


async def test_the_words_of_a_message_of_unknown_fate_are_forgotten(storage: Storage) -> None:
    """Its words stayed in the database, where nobody could ever read or send them again."""
    await promise(storage, line(ANA, "路灯坏了", on_unknown=OnUnknown.LIST))
    await claim(storage)
    await recover(storage, NOON + LEASE + SECOND)

    [row] = await rows(storage, t.outbox)
    assert (row.state, row.say) == ("unknown", {})


async def test_a_sender_that_comes_back_too_late_does_not_settle_what_others_have(
    storage: Storage,
) -> None:
    await promise(storage, line(ANA, "1"))
    slow = await claim(storage)
    late = NOON + LEASE + SECOND
    await recover(storage, late)

    await settle(storage, slow, now=late)

    assert [p.repeated for p in await claim(storage, now=late)] == [True]


# --- a clock that was a day ahead, and is set back


async def test_what_was_dated_by_a_clock_that_was_ahead_does_not_wait_for_it(
    storage: Storage,
) -> None:
    ahead, hour = NOON + timedelta(days=1), timedelta(hours=1)
    await promise(storage, line(ANA, "tried before, and put off then"))
    await settle(storage, await claim(storage), "pending", not_before=ahead + hour)
    await promise(storage, line(LI, "taken then"), at=ahead)
    await claim(storage, now=ahead)
    async with storage.begin() as uow:
        await uow.delivery.promise([line(ZHOU, "for an hour later")], ahead, ahead + hour)

    async with storage.begin() as uow:
        assert await uow.delivery.clock_went_back(NOON) == 3
        assert await uow.delivery.clock_went_back(NOON) == 0
    waits = {row.chat: row.not_before - NOON for row in await rows(storage, t.outbox)}
    assert waits == {ANA.chat: timedelta(), LI.chat: LEASE, ZHOU.chat: hour}


async def test_what_waits_for_tomorrow_anyhow_goes_on_waiting(storage: Storage) -> None:
    async with storage.begin() as uow:
        await uow.delivery.promise([line(ANA, "1")], NOON, NOON + timedelta(days=3))
        assert await uow.delivery.clock_went_back(NOON) == 0


# --- what the admin sees


async def test_what_was_not_delivered_is_listed_with_the_newest_first(storage: Storage) -> None:
    fates = ["blocked", "failed", "sent", "unknown"]
    for n, state in enumerate(fates):
        await promise(storage, line(ANA, state))
        await settle(storage, await claim(storage), state, NOON + n * SECOND, error=state)

    async with storage.begin() as uow:
        assert [r.error for r in await uow.delivery.undelivered(2)] == ["unknown", "failed"]
        assert await uow.delivery.counts() == dict.fromkeys(fates, 1)


async def test_what_was_settled_long_ago_is_forgotten_whatever_became_of_it(
    storage: Storage,
) -> None:
    """Messages that were given up, blocked or of unknown fate used to be kept for ever."""
    for n, state in enumerate(["blocked", "failed", "sent", "unknown", "sent"]):
        await promise(storage, line(ANA, state))
        await settle(storage, await claim(storage), state, NOON + n * SECOND)
    await promise(storage, line(ANA, "waits"))

    async with storage.begin() as uow:
        assert await uow.delivery.forget_settled(NOON + 4 * SECOND) == 4
        assert await uow.delivery.counts() == {"sent": 1, "pending": 1}
