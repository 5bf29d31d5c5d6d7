"""Who sees which room, and how an open page hears of news."""

from datetime import datetime

import httpx
from sqlalchemy import select

from domain.conversation import LARGEST, Address
from storage.ids import Ids
from storage.tables import webchat_messages, webchat_people
from storage.uow import Storage
from storage.webchat import CHANNEL, SETTLES
from tests.web.visiting import BUILDING_3, Visitor, Web
from tests.world import World
from web.elsewhere import Elsewhere
from web.view import PRIVATE


async def test_residents_see_the_rooms_of_their_household_and_staff_the_staffs(web: Web) -> None:
    mei = web.visitor()
    await mei.opens()

    assert (await web.ana.sees()).rooms == [PRIVATE, BUILDING_3, "grid-2", "everybody"]
    assert (await web.zhou.sees()).rooms == [PRIVATE, "staff"]
    assert (await mei.sees()).rooms == [PRIVATE]


async def test_rooms_are_called_what_people_call_them(web: Web) -> None:
    called = [room["name"] for room in (await web.ana.sees()).data["rooms"]]

    assert called == ["邻里", "3号楼", "二网格", "全社区"]


async def test_a_private_room_is_read_by_one_person_only(web: Web) -> None:
    await web.bot_says("p-ana", "只给安娜")

    assert (await web.ana.sees()).texts == ["只给安娜"]
    assert (await web.li.sees()).texts == []


async def test_neighbours_show_the_name_they_chose_and_no_account(web: Web) -> None:
    await web.li.says("先不写名字", BUILDING_3)
    await web.li.posts("name", {"name": " 小李\n子 "})
    await web.li.says("写了", BUILDING_3)

    seen = (await web.ana.sees()).data["messages"]

    assert [(m["from"], m["name"]) for m in seen] == [("other", "小李 子"), ("other", "小李 子")]
    assert "p-li" not in str(seen)


async def test_nobody_can_be_called_like_the_bot(web: Web) -> None:
    for name in ("邻里", "LINLI", " linli "):
        assert (await web.ana.posts("name", {"name": name})).json()["error"] == "name_taken"


async def test_an_open_page_hears_at_once_what_others_say(web: Web) -> None:
    async with web.ana.listens() as stream:
        await stream.next()
        await web.li.says("停水了吗？", BUILDING_3)

        told = await stream.next()

    assert (told.texts, told.rooms) == (["停水了吗？"], [])
    assert told.data["messages"][0]["room"] == BUILDING_3


async def test_an_edited_card_comes_again_with_the_same_number(web: Web) -> None:
    number = await web.bot_says(BUILDING_3, "等签收")
    async with web.ana.listens() as stream:
        [before] = (await stream.next()).data["messages"]
        async with web.storage.begin() as uow:
            await uow.webchat.edit(number, {"spans": [["已签收", False]]})
        web.notifier.wake(BUILDING_3)

        [after] = (await stream.next()).data["messages"]

    assert before["id"] == after["id"] == str(number)
    assert int(after["version"]) > int(before["version"])
    assert after["spans"] == [["已签收", False]]


async def test_a_page_that_comes_back_hears_what_it_missed_and_not_the_day_again(web: Web) -> None:
    """The last ten seconds come twice, for writers that commit late; the page knows them."""
    await web.bot_says("p-ana", "早上的")
    web.clock.advance(seconds=11)
    await web.bot_says("p-ana", "最后看到的")
    last = (await web.ana.sees()).id
    web.clock.advance(minutes=5)
    await web.bot_says("p-ana", "错过的")
    await web.bot_says("p-li", "别人的")

    async with web.ana.listens(last) as stream:
        told = await stream.next()

    assert (told.texts, told.rooms) == (["最后看到的", "错过的"], [])


async def test_a_page_may_say_in_its_address_where_it_stopped(web: Web) -> None:
    last = (await web.ana.sees()).id
    web.clock.advance(minutes=1)
    await web.bot_says("p-ana", "错过的")

    async with web.ana.listens(after=last) as stream:
        told = await stream.next()

    assert (told.texts, told.rooms) == (["错过的"], [])


async def test_a_made_up_last_event_shows_everything(web: Web) -> None:
    await web.bot_says("p-ana", "早上的")

    for last in ("x", "-", "9" * 40, "-1-abc", "12.5"):
        async with web.ana.listens(last) as stream:
            assert (await stream.next()).texts == ["早上的"]


async def test_an_open_page_hears_what_another_process_writes_in_its_rooms_once(web: Web) -> None:
    """The page is open here; what is said there rings no bell here."""
    there = Storage(web.storage.engine, web.storage.community, web.storage.vault, Ids(web.clock))
    there.ids.sit(web.storage.ids.process - 1)
    elsewhere = Elsewhere(web.storage, web.notifier, web.clock)
    async with web.ana.listens() as stream:
        await stream.next()
        async with there.begin() as uow:
            for room in ("p-ana", "p-li"):
                await uow.webchat.write(room, None, {"spans": [["那边说的", False]]}, web.clock())
        await elsewhere.look()
        assert (await stream.next()).texts == ["那边说的"]

        await web.bot_says("p-ana", "这边说的")
        assert (await stream.next()).texts == ["这边说的"]
        rung: list[str] = []
        web.notifier.wake = rung.append  # type: ignore[method-assign]
        await elsewhere.look()
        assert rung == []


async def test_a_message_committed_late_is_not_missed(web: Web) -> None:
    """Two writers draw their numbers in one order and commit in the other."""
    async with web.ana.listens() as stream:
        await stream.next()
        async with web.storage.begin() as uow:
            early = uow.webchat._ids()
        await web.bot_says("p-ana", "后写先到")
        await stream.next()
        async with web.storage.begin() as uow:
            await uow.webchat._add(webchat_messages, [_row("p-ana", early, web)])
        web.notifier.wake("p-ana")

        told = await stream.next()

    assert told.texts == ["先写后到"]


def _row(room: str, number: int, web: Web) -> dict[str, object]:
    body = {"spans": [["先写后到", False]]}
    return {"id": number, "room": room, "body": body, "at": web.clock(), "version": number}


async def test_however_much_was_missed_all_of_it_comes(web: Web) -> None:
    last = (await web.ana.sees()).id
    web.clock.advance(minutes=1)
    async with web.storage.begin() as uow:
        for n in range(450):
            await uow.webchat.write("p-ana", None, {"spans": [[str(n), False]]}, web.clock())

    heard: list[str] = []
    async with web.ana.listens(last) as stream:
        while len(heard) < 450:
            heard += (await stream.next()).texts

    assert heard == [str(n) for n in range(450)]


async def test_a_quiet_line_says_that_it_is_still_there(web: Web) -> None:
    """As an event: of a comment a page hears nothing."""
    last = (await web.ana.sees()).id

    async with web.ana.listens(last) as stream:
        await stream.pieces.get()
        assert await stream.pieces.get() == "event: here\ndata: .\n\n"


async def test_what_was_said_before_the_newest_can_be_looked_back_to(web: Web) -> None:
    async with web.storage.begin() as uow:
        for n in range(150):
            await uow.webchat.write(BUILDING_3, "p-li", {"spans": [[str(n), False]]}, web.clock())
        await uow.webchat.write("p-ana", None, {"spans": [["只给安娜", False]]}, web.clock())

    first = await web.ana.sees()
    assert first.data["older"] == [BUILDING_3]
    seen, more, told = [m for m in first.data["messages"] if m["room"] == BUILDING_3], True, {}
    while more:
        told = (await older(web.ana, BUILDING_3, seen[0]["version"])).json()
        seen, more = told["messages"] + seen, told["more"]

    assert [m["spans"][0][0] for m in seen] == [str(n) for n in range(150)]
    assert len(told["messages"]) == 30 and seen[0]["from"] == "other"
    assert "p-li" not in str(told)


async def test_who_does_not_see_a_room_cannot_look_back_in_it(web: Web) -> None:
    await web.bot_says("p-ana", "只给安娜")
    await web.bot_says(BUILDING_3, "给三号楼")
    newest = str(LARGEST)

    own = await older(web.ana, PRIVATE, newest)
    assert [m["room"] for m in own.json()["messages"]] == [PRIVATE]
    assert (await older(web.li, PRIVATE, newest)).json() == {"messages": [], "more": False}
    for visitor, room in (
        (web.li, "p-ana"), (web.zhou, BUILDING_3), (web.ana, "staff"), (web.ana, ""),
    ):  # fmt: skip
        assert (await older(visitor, room, newest)).json()["error"] == "no_room"
    for before in ("", "x", "-1", "9" * 19, "9" * 40):
        assert (await older(web.ana, PRIVATE, before)).json()["error"] == "malformed"
    assert (await older(web.visitor(), PRIVATE, newest)).status_code == 401


async def older(visitor: Visitor, room: str, before: str) -> httpx.Response:
    return await visitor.http.get(visitor.path + "older", params={"room": room, "before": before})


async def test_a_code_that_opens_rooms_shows_them_with_their_history(web: Web) -> None:
    await web.bot_says(BUILDING_3, "昨天的话")
    mei = web.visitor()
    await mei.opens()
    async with mei.listens() as stream:
        assert (await stream.next()).rooms == [PRIVATE]
        await mei.says("AAAAA-BBBBB")
        await stream.next()
        chat = web.handed_on[-1].chat
        await World(web.storage, web.clock).has_resident(Address(CHANNEL, chat), "3-1-101")
        await web.bot_says(chat, "欢迎")

        told = await stream.next()

    assert told.rooms == [PRIVATE, BUILDING_3, "grid-2", "everybody"]
    assert sorted(told.texts) == ["昨天的话", "欢迎"]


async def test_who_moves_away_no_longer_hears_the_building(web: Web) -> None:
    async with web.ana.listens() as stream:
        assert BUILDING_3 in (await stream.next()).rooms
        async with web.storage.begin() as uow:
            visitor = await uow.residents.visitor(
                Address(CHANNEL, "p-ana"), Address(CHANNEL, "p-ana")
            )
            assert visitor is not None
            await uow.residents.change(visitor.person.id, household_id=None)
        await web.bot_says("p-ana", "您已退出")

        assert (await stream.next()).rooms == [PRIVATE]


async def test_a_stopping_server_is_not_kept_waiting_by_open_pages(web: Web) -> None:
    async with web.ana.listens() as stream:
        await stream.next()
        web.notifier.close()
        await stream.ends()

    async with web.li.listens() as stream:
        await stream.ends()


async def test_the_language_changes_for_the_page_and_for_the_bot(web: Web) -> None:
    await web.ana.posts("language", {"language": "en"})
    refused = await web.ana.posts("language", {"language": "xx"})

    assert 'lang="en"' in (await web.ana.opens()).text
    assert refused.status_code == 400
    async with web.storage.begin() as uow:
        visitor = await uow.residents.visitor(Address(CHANNEL, "p-ana"), Address(CHANNEL, "p-ana"))
        assert visitor is not None
        assert visitor.person.language == "en"


async def test_a_person_who_is_forgotten_leaves_no_word_name_or_picture(web: Web) -> None:
    await web.ana.posts("name", {"name": "安娜"})
    await web.ana.says("我说过的话", BUILDING_3)
    async with web.storage.begin() as uow:
        await uow.webchat.keep_file("lamp", "image/png", b"x", web.clock())
        await uow.webchat.write(BUILDING_3, "p-ana", {"spans": [], "picture": "lamp"}, web.clock())
        await uow.webchat.write("p-ana", None, {"spans": [["只给安娜", False]]}, web.clock())

        await uow.webchat.forget("p-ana")

        assert await uow.webchat.person("p-ana") is None
        assert await uow.webchat.file("lamp") is None
    assert (await web.li.sees()).texts == []
    assert (await web.ana.sees()).texts == []


async def test_what_a_page_has_been_told_of_counts_as_read(web: Web) -> None:
    async def read_until() -> datetime | None:
        async with web.storage.engine.connect() as connection:
            column = webchat_people.c.read_until
            found: datetime | None = await connection.scalar(
                select(column).where(webchat_people.c.chat == "p-ana")
            )
            return found

    await web.ana.says("我来了", BUILDING_3)  # only who has spoken is written down
    before = await read_until()
    await web.bot_says("p-ana", "给安娜")
    assert await read_until() == before
    await web.ana.sees()

    assert await read_until() == web.clock() + SETTLES
