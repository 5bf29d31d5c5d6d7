"""What visitors say and press, and what is handed on of it."""

from datetime import timedelta

import pytest

from tests.web.visiting import BUILDING_3, Web


async def test_words_stand_in_the_room_and_are_handed_on_once(web: Web) -> None:
    answer = await web.ana.says("3号楼门口路灯坏了", BUILDING_3, place=" 南门  口 ")

    [update], [said] = web.accepted, web.handed_on
    assert answer.status_code == 202
    assert (update.channel, update.lane) == ("webchat", "webchat:building-3")
    assert (said.chat, said.group, said.text) == ("p-ana", BUILDING_3, "3号楼门口路灯坏了")
    assert (said.place, said.answers, said.language) == ("南门 口", False, "zh")
    assert (await web.li.sees()).texts == ["3号楼门口路灯坏了"]


async def test_a_page_that_heard_nothing_and_says_it_again_says_it_once(web: Web) -> None:
    body = {"id": web.id(), "room": "me", "text": "路灯坏了"}

    first = await web.ana.posts("messages", body)
    again = await web.ana.posts("messages", body)

    assert first.json() == again.json()
    assert len({update.update_id for update in web.accepted}) == 1
    assert (await web.ana.sees()).texts == ["路灯坏了"]


async def test_two_people_may_happen_on_the_same_number(web: Web) -> None:
    body = {"id": web.id(), "room": BUILDING_3, "text": "路灯坏了"}

    await web.ana.posts("messages", body)
    await web.li.posts("messages", body)

    assert len({update.update_id for update in web.accepted}) == 2
    assert len((await web.ana.sees()).texts) == 2


async def test_while_the_database_is_away_the_page_is_told_to_keep_its_words(web: Web) -> None:
    web.broken = ConnectionRefusedError("no database")
    body = {"id": web.id(), "room": "me", "text": "路灯坏了"}

    refused = await web.ana.posts("messages", body)
    web.broken = None
    taken = await web.ana.posts("messages", body)

    assert (refused.status_code, refused.json()["error"]) == (503, "unavailable")
    assert taken.status_code == 202
    assert (await web.ana.sees()).texts == ["路灯坏了"]


async def test_a_reply_carries_the_words_it_answers_and_whether_they_were_the_bots(
    web: Web,
) -> None:
    asked = await web.bot_says(BUILDING_3, "哪一盏灯？")
    neighbour = (await web.li.says("路灯不亮", BUILDING_3)).json()["message"]

    await web.ana.says("南门那盏", BUILDING_3, quoted=str(asked))
    said = (await web.ana.says("/suggest", BUILDING_3, quoted=neighbour)).json()["message"]

    answer, suggestion = web.handed_on[1:]
    assert (answer.quoted, answer.answers) == ("哪一盏灯？", True)
    assert (suggestion.quoted, suggestion.answers) == ("路灯不亮", False)
    assert (answer.replies_to, suggestion.replies_to) == (str(asked), neighbour)
    assert suggestion.message == said


async def test_nobody_can_quote_what_was_said_elsewhere(web: Web) -> None:
    private = await web.bot_says("p-li", "您的登记码是…")

    answer = await web.ana.says("看看", BUILDING_3, quoted=str(private))

    assert (answer.status_code, answer.json()["error"]) == (404, "gone")
    assert (await web.ana.sees()).texts == []


async def test_a_press_hands_on_what_the_bot_wrote_on_the_button(web: Web) -> None:
    await web.bot_says("p-zhou", "第12号", [("签收", "sign:12"), ("退回", "back:12")])
    [card] = (await web.zhou.sees()).data["messages"]

    answer = await web.zhou.presses(card, "退回")

    [said] = web.handed_on
    assert answer.status_code == 202
    assert (said.action, said.chat, said.group, said.text) == ("back:12", "p-zhou", None, "")
    assert "sign:12" not in str(card)


async def test_a_press_on_a_card_that_changed_meanwhile_presses_nothing_else(web: Web) -> None:
    """With places in a row instead, Zhou's "签收" would have pressed "办结"."""
    number = await web.bot_says("p-zhou", "第12号", [("签收", "sign:12")])
    [card] = (await web.zhou.sees()).data["messages"]
    async with web.storage.begin() as uow:
        await uow.webchat.edit(number, {"spans": [], "buttons": [["办结", "fin:12"]]})

    answer = await web.zhou.presses(card, "签收")

    assert (answer.status_code, answer.json()["error"]) == (409, "changed")
    assert web.accepted == []


async def test_a_stranger_cannot_press_a_button_in_anothers_private_room(web: Web) -> None:
    await web.bot_says("p-zhou", "第12号", [("签收", "sign:12")])
    [card] = (await web.zhou.sees()).data["messages"]
    mei = web.visitor()
    await mei.opens()

    for browser in (web.ana, mei):
        assert (await browser.presses(card, "签收")).status_code == 404
    assert web.accepted == []


async def test_in_a_group_whoever_reads_it_may_press(web: Web) -> None:
    await web.bot_says(BUILDING_3, "第12号", [("附议", "up:12")])
    [card] = (await web.li.sees()).data["messages"]

    await web.li.presses(card, "附议")

    [said] = web.handed_on
    assert (said.action, said.group) == ("up:12", BUILDING_3)


JUNK = {"id": "00000000-0000-0000-0000-000000000001", "room": "me", "text": "x"}


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"[" * 60_000),
        {"room": "me", "text": "no id"},
        JUNK | {"id": "not a number"},
        JUNK | {"id": 1},
        JUNK | {"text": 7},
        JUNK | {"text": "\ud800"},
        JUNK | {"room": ""},
        JUNK | {"action": "fin:1"},
        JUNK | {"quoted": "9999999999999999999"},
        JUNK | {"quoted": "-1"},
    ],
    ids=lambda body: str(body)[:60],
)
async def test_junk_is_refused_in_words_and_nothing_is_kept(web: Web, body: object) -> None:
    answer = await web.ana.posts("messages", body)

    assert (answer.status_code, answer.json()["error"]) == (400, "malformed")
    assert answer.json()["say"]
    assert web.accepted == []


@pytest.mark.parametrize("text", ["", " \n\t ", "\x00\x01"])
async def test_nothing_is_not_a_message(web: Web, text: str) -> None:
    assert (await web.ana.says(text)).json()["error"] == "empty"


async def test_the_longest_message_passes_and_one_character_more_does_not(web: Web) -> None:
    assert (await web.ana.says("长" * 4000)).status_code == 202
    assert (await web.ana.says("长" * 4001)).json()["error"] == "too_long"
    far = await web.ana.posts("messages", b" " * 65_537)
    assert (far.status_code, far.json()["error"]) == (413, "too_long")


async def test_what_no_database_keeps_is_taken_out_of_the_words(web: Web) -> None:
    await web.ana.says("  路\x00灯\r\n坏了\x1b ")

    assert web.handed_on[0].text == "路灯\n坏了"


async def test_a_form_from_elsewhere_is_no_message(web: Web) -> None:
    answer = await web.ana.posts("messages", b"{}", **{"content-type": "text/plain"})

    assert answer.status_code == 415


async def test_a_room_that_is_not_theirs_takes_no_words(web: Web) -> None:
    mei = web.visitor()
    await mei.opens()

    answers = [
        await web.ana.says("你好", "building-4"),
        await web.ana.says("你好", "staff"),
        await web.ana.says("你好", "p-li"),
        await mei.says("你好", BUILDING_3),
    ]

    assert {(a.status_code, a.json()["error"]) for a in answers} == {(404, "no_room")}
    assert web.accepted == []


async def test_whoever_drops_the_cookie_again_and_again_is_asked_to_wait(web: Web) -> None:
    for _ in range(30):
        assert (await web.visitor().opens()).status_code == 200

    assert (await web.visitor().opens()).status_code == 429
    assert (await web.ana.says("你好")).status_code == 202
    web.clock.now += timedelta(minutes=1)
    assert (await web.visitor().opens()).status_code == 200


async def test_who_says_too_much_is_asked_to_wait_and_the_others_are_not(web: Web) -> None:
    for _ in range(20):
        assert (await web.ana.says("！")).status_code == 202

    refused = await web.ana.says("！")

    assert (refused.status_code, refused.json()["error"]) == (429, "too_fast")
    assert refused.headers["retry-after"] == "61"
    assert refused.json()["say"] == "发得太快了，请过一分钟再发。"
    assert (await web.li.says("你好")).status_code == 202
    web.clock.now += timedelta(minutes=1)
    assert (await web.ana.says("好了")).status_code == 202
