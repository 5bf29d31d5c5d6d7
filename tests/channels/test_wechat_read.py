"""What WeChat brings, in the shapes that its documentation shows, and what the bot makes of it."""

import pytest

from bot.channels.wechat_gate import BadCallback, Gate, Keys, Letter
from bot.channels.wechat_read import (
    CAME,
    WROTE,
    Said,
    Visit,
    consents,
    masked,
    read,
    received,
    visit,
)
from domain.conversation import Action, Inbound
from handlers.home import Help
from handlers.residents import Blocked
from tests.fake_wechat import APP_ID, TOKEN, FakeWeChat
from tests.world import FakeClock

HEAD = (
    "<ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[oAna]]></FromUserName>"
    "<CreateTime>1348831860</CreateTime>"
)
ID = "<MsgId>1234567890123456</MsgId><MsgDataId>xxxx</MsgDataId><Idx>1</Idx>"
POPUP = (
    "<SubscribeMsgPopupEvent><List><TemplateId>t1</TemplateId><SubscribeStatusString>accept"
    "</SubscribeStatusString><PopupScene>2</PopupScene></List><List><TemplateId>t2</TemplateId>"
    "</List></SubscribeMsgPopupEvent>"
)


def message(kind: str, rest: str) -> str:
    return f"<xml>{HEAD}<MsgType><![CDATA[{kind}]]></MsgType>{rest}{ID}</xml>"


def event(name: str, key: str = "", rest: str = "") -> str:
    return (
        f"<xml>{HEAD}<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{name}]]></Event>"
        f"<EventKey><![CDATA[{key}]]></EventKey>{rest}</xml>"
    )


MENU = "<Content><![CDATA[2. 提交]]></Content><bizmsgmenuid>{}</bizmsgmenuid>"
Meant = tuple[str, Action | None, str | None, str | None]  # words, action, photo, place
SHAPES: dict[str, tuple[str, Meant | None, Visit | None]] = {
    "words": (message("text", "<Content><![CDATA[ 路灯坏了 ]]></Content>"),
              ("路灯坏了", None, None, None), WROTE),
    "a picture": (
        message("image", "<PicUrl><![CDATA[http://m/0]]></PicUrl><MediaId><![CDATA[md]]></MediaId>"),
        ("", None, "md", None), WROTE),
    "a voice that WeChat understood": (
        message("voice", "<MediaId><![CDATA[md]]></MediaId><Format><![CDATA[amr]]></Format>"
                "<Recognition><![CDATA[电梯停了]]></Recognition>"),
        ("电梯停了", None, None, None), WROTE),
    "a voice without words": (
        message("voice", "<MediaId><![CDATA[md]]></MediaId><Recognition></Recognition>"),
        ("", None, None, None), WROTE),
    "a place": (
        message("location", "<Location_X>23.134521</Location_X><Location_Y>113.358803</Location_Y>"
                "<Scale>20</Scale><Label><![CDATA[3号楼]]></Label>"),
        ("3号楼", None, None, "23.134521,113.358803"), WROTE),
    "a video": (message("video", "<MediaId><![CDATA[md]]></MediaId>"),
                ("", None, None, None), WROTE),
    "following": (event("subscribe"), ("/start", None, None, None), CAME),
    "following by a letter": (event("subscribe", "qrscene_7K3QM9XW2A", "<Ticket>T</Ticket>"),
                              ("/start 7K3QM9XW2A", None, None, None), CAME),
    "following after a payment": (event("subscribe", "last_trade_no_400"),
                                  ("/start", None, None, None), CAME),
    "scanning a letter": (event("SCAN", "7K3QM9XW2A", "<Ticket>T</Ticket>"),
                          ("/start 7K3QM9XW2A", None, None, None), CAME),
    "scanning what is not ours": (event("SCAN", "../ x"), ("/start", None, None, None), CAME),
    "the menu": (event("CLICK", "help"), ("", Help(), None, None), CAME),
    "a menu of before": (event("CLICK", "V1001_GOOD"), ("", None, None, None), CAME),
    "a forged menu": (event("CLICK", "me.block"), ("", None, None, None), CAME),
    "leaving": (event("unsubscribe"), ("", Blocked(), None, None), None),
    "where somebody is": (event("LOCATION", "", "<Latitude>23.1</Latitude>"), None, None),
    "a link of the menu": (event("VIEW", "https://linli.example"), None, None),
    "consent to be told": (event("subscribe_msg_popup_event", "", POPUP), None, None),
}  # fmt: skip


@pytest.mark.parametrize(("xml", "meant", "kind"), SHAPES.values(), ids=SHAPES.keys())
def test_each_shape_means_one_thing(xml: str, meant: Meant | None, kind: Visit | None) -> None:
    letter = opened(xml)

    found = read(received(letter).payload)

    assert visit(letter) == kind
    assert (_meaning(found) if found else None) == meant


def test_messages_are_told_apart_by_their_id_and_events_by_who_when_and_what() -> None:
    said, pressed = message("text", "<Content>a</Content>"), event("CLICK", "help")

    assert received(opened(said)).update_id == "1234567890123456"
    assert received(opened(pressed)).update_id == f"{masked('oAna')}:1348831860:click"
    assert "oAna" not in received(opened(pressed)).update_id  # which is written into logs


def opened(xml: str) -> Letter:
    clock = FakeClock()
    query, _ = FakeWeChat(clock, aes=False).letter({})
    return Gate(Keys(APP_ID, TOKEN), clock).open(query, xml.encode())


def _meaning(found: Inbound) -> Meant:
    assert (found.sender.channel, found.sender.chat) == ("wechat", "oAna")
    return found.text, found.action, found.photo, found.place


def listed(event_name: str, element: str, *entries: str) -> str:
    inside = "".join(f"<List>{entry}</List>" for entry in entries)
    return event(event_name, rest=f"<{element}>{inside}</{element}>")


def entry(template: str, **more: str) -> str:
    rest = "".join(f"<{name}><![CDATA[{word}]]></{name}>" for name, word in more.items())
    return f"<TemplateId><![CDATA[{template}]]></TemplateId>{rest}"


# developers.weixin.qq.com: Subscribe to the event push for notifications
POPUP_EVENT = ("subscribe_msg_popup_event", "SubscribeMsgPopupEvent")
CHANGE_EVENT = ("subscribe_msg_change_event", "SubscribeMsgChangeEvent")
SENT_EVENT = ("subscribe_msg_sent_event", "SubscribeMsgSentEvent")
YES = entry("VRR0UEO9_-", SubscribeStatusString="accept", PopupScene="2")
NO = entry("9nLIlbOQ", SubscribeStatusString="reject", PopupScene="2")
ARRIVED = entry("VRR0UEO9", MsgID="1700827132819554304", ErrorCode="0", ErrorStatus="success")
LOST = entry("VRR0UEO9", MsgID="17", ErrorCode="-1", ErrorStatus="failed: system failed")
CONSENTS: dict[str, tuple[str, list[tuple[str, Said]]]] = {
    "a yes and a no": (listed(*POPUP_EVENT, YES, NO), [("VRR0UEO9_-", Said.AGREED)]),
    "one alone": (listed(*POPUP_EVENT, YES), [("VRR0UEO9_-", Said.AGREED)]),
    "a refusal later": (listed(*CHANGE_EVENT, NO), [("9nLIlbOQ", Said.WITHDRAWN)]),
    "a yes is no change": (listed(*CHANGE_EVENT, YES), []),
    "what arrived": (listed(*SENT_EVENT, ARRIVED), []),
    "what did not": (listed(*SENT_EVENT, LOST), [("VRR0UEO9", Said.FAILED)]),
}


@pytest.mark.parametrize(("xml", "said"), CONSENTS.values(), ids=CONSENTS.keys())
def test_what_is_said_of_notices(xml: str, said: list[tuple[str, Said]]) -> None:
    letter = opened(xml)

    assert list(consents(letter)) == said
    assert visit(letter) is None and read(received(letter).payload) is None


NO_LISTS = {
    "no list": event(POPUP_EVENT[0]),
    "a list of nothing": listed(*POPUP_EVENT, ""),
    "words where the list stands": listed(*POPUP_EVENT).replace("></Sub", ">x</Sub"),
    "a list twice": listed(*POPUP_EVENT, f"{YES}</List></{POPUP_EVENT[1]}>"
                                         f"<{POPUP_EVENT[1]}><List>{YES}"),
    "no template": listed(*POPUP_EVENT, "<SubscribeStatusString>accept</SubscribeStatusString>"),
    "a template twice": listed(*POPUP_EVENT, YES + YES),
    "a list in the list": listed(*POPUP_EVENT, "<TemplateId><List>a</List></TemplateId>"),
    "a template that is none": listed(*POPUP_EVENT, entry("a b")),
    "a code that is none": listed(*SENT_EVENT, entry("a", ErrorCode="DROP")),
    "more than anybody is asked": listed(*POPUP_EVENT, *[YES] * 21),
}  # fmt: skip


@pytest.mark.parametrize("xml", NO_LISTS.values(), ids=NO_LISTS.keys())
def test_a_list_of_any_other_form_is_refused(xml: str) -> None:
    with pytest.raises(BadCallback):
        opened(xml)


# developers.weixin.qq.com: customer service messages, msgmenu
MENUS = {
    "a press": ("2123456", ("2", "123456")),
    "the tenth": ("10000001", ("10", "000001")),
    "a menu that is not ours": ("101", ("2. 提交", "")),
    "no number": ("a123456", ("2. 提交", "")),
}


@pytest.mark.parametrize(("id", "meant"), MENUS.values(), ids=MENUS.keys())
def test_a_press_is_a_number_among_marked_choices(id: str, meant: tuple[str, str]) -> None:
    xml = message("text", MENU.format(id))

    found = read(received(opened(xml)).payload)

    assert found and (found.text, found.among) == meant
