"""What somebody means: a button, a command, a hashtag, an answer we asked for, or plain words."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from casework import actions as a
from casework import doubt_actions as d
from casework import entry_actions as e
from casework import joint_actions as j
from casework import matter_actions as m
from casework import record_actions as r
from casework.health_views import ShowHealth
from casework.meeting_actions import ListMeetings
from casework.notices import ShowNotice
from casework.question_views import ShowQuestions
from domain.conversation import Action, Inbound, mark_of
from domain.residents import Person, read_code
from domain.rounds import APPRAISAL, SATISFACTION
from handlers.digest import ShowDigest
from handlers.groups import Bind, ListGroups
from handlers.home import ChooseLanguage, Delivery, Help, Start
from handlers.identity import ShowWaiting, Verify
from handlers.linking import Link, ShowAccounts
from handlers.notices import ListNotices, WriteNotice
from handlers.owners import ShowOwners
from handlers.pages import OpenPages
from handlers.polls import AskPoll
from handlers.rates import ShowRates
from handlers.reminders import AgreeToHelp, WantAll, WantFewer, WantNone
from handlers.residents import ChangeName, ExportMe, ForgetMe, Join, Me
from handlers.roll import ShowRoll
from handlers.turn import Cancel
from handlers.visits import ShowVisits
from storage.residents import Prompt

COMMAND = re.compile(r"/(?P<name>\w+)\s*(?P<words>.*)", re.DOTALL)
HASHTAG = re.compile(
    r"[#＃](建议|投诉|诉求|suggest|complain)\s*[:：]?\s*(?P<words>.*)", re.DOTALL | re.I
)
POLL = re.compile(r"[#＃]民意(?:调查)?\s*[:：]?\s*(?P<words>.*)", re.DOTALL)
# "3号楼" is a building and no case: "求助 3号楼有人晕倒" is a cry for help.
NUMBERED = re.compile(
    r"#?(?P<number>\d{1,12})(?!\d|号?[楼栋院]|号?单元)号?[\s,，:：。]*(?P<words>.*)", re.DOTALL
)


@dataclass(frozen=True)
class Intent:
    action: Action
    words: str = ""


PLAIN: dict[str, Callable[[], Action]] = {
    "start": Start,
    "help": Help,
    "帮助": Help,
    "suggest": a.Suggest,
    "建议": a.Suggest,
    "投诉": a.Suggest,
    "提建议": a.Suggest,
    "join": Join,
    "加入": Join,
    "mine": a.Mine,
    "我的": a.Mine,
    "我的事项": a.Mine,
    "progress": a.Mine,
    "进度": a.Mine,
    "me": Me,
    "我的资料": Me,
    "name": ChangeName,
    "改称呼": ChangeName,
    "绑定": Link,
    "换个平台": Link,
    "channels": ShowAccounts,
    "我的平台": ShowAccounts,
    "通知发到哪": ShowAccounts,
    "导出我的数据": ExportMe,
    "删除我的数据": partial(ForgetMe, 0),
    "appraise": partial(m.PickKind, APPRAISAL),
    "评议": partial(m.PickKind, APPRAISAL),
    "satisfaction": partial(m.PickKind, SATISFACTION),
    "满意度": partial(m.PickKind, SATISFACTION),
    "poll": AskPoll,
    "民意": AskPoll,
    "民意调查": AskPoll,
    "stop": WantNone,
    "退订": WantNone,
    "fewer": WantFewer,
    "少发点": WantFewer,
    "愿意帮忙": partial(AgreeToHelp, 1),
    "helping": partial(AgreeToHelp, 1),
    "不帮忙了": partial(AgreeToHelp, 0),
    "nothelping": partial(AgreeToHelp, 0),
    "more": WantAll,
    "恢复提醒": WantAll,
    "language": ChooseLanguage,
    "语言": ChooseLanguage,
    "cancel": Cancel,
    "取消": Cancel,
    "bind": Bind,
    "groups": ListGroups,
    "群列表": ListGroups,
    "questions": ShowQuestions,
    "未答的问题": ShowQuestions,
    "visits": ShowVisits,
    "待送达": ShowVisits,
    "web": OpenPages,
    "网页版": OpenPages,
    "网页": OpenPages,
    "votes": m.ShowVotes,
    "我的票": m.ShowVotes,
    "vote": m.ShowVotes,
    "投票": m.ShowVotes,
    "matters": m.ShowMatters,
    "重大事项": m.ShowMatters,
    "表决": m.ShowMatters,
    "notice": WriteNotice,
    "公告": WriteNotice,
    "notices": ListNotices,
    "公告列表": ListNotices,
    "meetings": ListMeetings,
    "例会": ListMeetings,
    "digest": ShowDigest,
    "周报": ShowDigest,
    "papers": e.ShowEntries,
    "待确认": e.ShowEntries,
    "accept": e.SayCode,
    "受托": e.SayCode,
    "delivery": Delivery,
    "rates": ShowRates,
    "watchlist": a.ShowWatchlist,
    "督办": a.ShowWatchlist,
    "away": a.Away,
    "请假": a.Away,
    "back": a.BackAtWork,
    "销假": a.BackAtWork,
    "三率": ShowRates,
    "health": ShowHealth,
    "群健康": ShowHealth,
    "roll": ShowRoll,
    "我的票权": ShowRoll,
    "verify": Verify,
    "核对身份": Verify,
    "实名核对": Verify,
    "我是业主": Verify,
    "checks": ShowWaiting,
    "待核对": ShowWaiting,
    "owners": ShowOwners,
    "业主": ShowOwners,
}

# Commands with a case's number; with words behind it the deed is done at once.
Numbered = Callable[[int], Action]


def _entry(kind: str) -> Numbered:
    return partial(e.StartEntry, way=kind)


def _for_door(kind: str) -> Numbered:
    return partial(e.TakeDoor, way=kind)


WITH_NUMBER: dict[str, tuple[Numbered, Numbered]] = {
    "progress": (a.Progress, a.Progress),
    "进度": (a.Progress, a.Progress),
    "support": (a.Support, a.Support),
    "附议": (a.Support, a.Support),
    "withdraw": (a.Withdraw, a.Withdraw),
    "撤回": (a.Withdraw, a.Withdraw),
    "answer": (a.Answer, a.TakeAnswer),
    "回答": (a.Answer, a.TakeAnswer),
    "vote": (m.ShowBallot, m.ShowBallot),
    "投票": (m.ShowBallot, m.ShowBallot),
    "doubts": (d.ShowDoubts, d.ShowDoubts),
    "存疑": (d.ShowDoubts, d.ShowDoubts),
    "record": (r.ShowRecord, r.ShowRecord),
    "存证": (r.ShowRecord, r.ShowRecord),
    "receipt": (r.CheckReceipt, r.TakeReceipt),
    "回执": (r.CheckReceipt, r.TakeReceipt),
    "bundle": (r.ShowBundle, r.ShowBundle),
    "核对": (r.ShowBundle, r.ShowBundle),
    "核对包": (r.ShowBundle, r.ShowBundle),
    "matter": (m.ShowMatter, m.ShowMatter),
    "事项": (m.ShowMatter, m.ShowMatter),
    "link": (m.LinkCase, m.TakeLink),
    "关联": (m.LinkCase, m.TakeLink),
    "object": (m.Object, m.TakeObjection),
    "异议": (m.Object, m.TakeObjection),
    "提异议": (m.Object, m.TakeObjection),
    "objections": (m.ShowObjections, m.ShowObjections),
    "看异议": (m.ShowObjections, m.ShowObjections),
    "公告": (ShowNotice, ShowNotice),
    "paper": (_entry("paper"), _for_door("paper")),
    "纸票": (_entry("paper"), _for_door("paper")),
    "assist": (_entry("helper"), _for_door("helper")),
    "代填": (_entry("helper"), _for_door("helper")),
    "mandate": (_entry("mandate"), _for_door("mandate")),
    "书面委托": (_entry("mandate"), _for_door("mandate")),
    "delivered": (e.NoteDelivery, e.TakeDelivered),
    "送达": (e.NoteDelivery, e.TakeDelivered),
    "proxy": (e.ShowMandate, e.ShowMandate),
    "委托": (e.ShowMandate, e.ShowMandate),
    "work": (a.ShowWork, a.ShowWork),
    "sign": (a.Sign, a.Sign),
    "签收": (a.Sign, a.Sign),
    "contacted": (a.Contacted, a.Contacted),
    "已联系": (a.Contacted, a.Contacted),
    "return": (a.HandBack, a.HandBack),
    "退回": (a.HandBack, a.HandBack),
    "ask": (a.AskResident, a.TakeQuestion),
    "提问": (a.AskResident, a.TakeQuestion),
    "sos": (a.GetHelp, a.TakeHelpRequest),
    "求助": (a.GetHelp, a.TakeHelpRequest),
    "done": (a.Finish, a.TakeResult),
    "办结": (a.Finish, a.TakeResult),
    "send": (a.SendOn, a.SendOn),
    "转办": (a.SendOn, a.SendOn),
    "merge": (j.FindParent, j.TakeParent),
    "并案": (j.FindParent, j.TakeParent),
    "split": (j.Split, j.Split),
    "拆分": (j.Split, j.Split),
    "cooperate": (j.Cooperate, j.Cooperate),
    "请配合": (j.Cooperate, j.Cooperate),
    "escalate": (a.Escalate, a.Escalate),
    "上报": (a.Escalate, a.Escalate),
    "hold": (a.RequestHold, a.TakeHoldRequest),
    "挂账": (a.RequestHold, a.TakeHoldRequest),
    "extend": (a.RequestExtension, a.TakeExtensionRequest),
    "延期": (a.RequestExtension, a.TakeExtensionRequest),
}


CANCELS = {"/cancel", "/取消", "取消"}
GREETINGS = {"你好", "您好", "在吗", "hello", "hi"}
STOPS = " 。．.!！?？"  # after a number they are no words

# The names that may stand before their words without a space; others would be found in sentences.
TAKES_WORDS = ("提建议", "建议", "投诉", "加入", "请假")
OF_DOOR = re.compile(r"业主\s+(?P<words>[^\s-]+-[^\s-]+-\S+.*)")
CODE = r"(?P<words>[0-9A-Za-z]{5}\s*[-－—]\s*[0-9A-Za-z]{5})"
BARE = re.compile(CODE)
LINKED = re.compile(rf"绑定(?:码)?\s*[:：]?\s*{CODE}")
ENTRUSTED = re.compile(r"受托\s*[:：]?\s*(?P<words>[0-9A-Za-z]{5}\s*-?\s*[0-9A-Za-z]{5})")
LEAVE = re.compile(r"请假(?=\s|[到至])(?P<words>.*)", re.DOTALL)


def _any_of(names: Iterable[str]) -> str:
    return "|".join(sorted(names, key=len, reverse=True))


GLUED = re.compile(
    rf"/(?P<name>{_any_of(TAKES_WORDS)}|suggest(?![a-z0-9_])|(?:{_any_of(WITH_NUMBER)})(?=#?\d))"
    r"(?P<words>.*)",
    re.DOTALL | re.IGNORECASE,
)

# Without a slash and a space, a number that words follow at once belongs to a sentence:
# "退回3次了".
UNSLASHED = re.compile(
    rf"(?:{_any_of(name for name in WITH_NUMBER if not name.isascii())})"
    r"(?=\s|#?\d{1,12}号?(?:[\s,，:：。]|$))"
)


def read(inbound: Inbound, prompt: Prompt, person: Person) -> Intent | None:
    """What this means; None when it was not said to us, or not in any way we know."""
    if inbound.action:
        return Intent(inbound.action, inbound.text if inbound.page else "")
    if inbound.among:
        return _chosen(inbound.text, prompt) if inbound.among == mark_of(prompt.choices) else None
    text, private = inbound.text.strip(), inbound.group is None
    text = f"/{text[1:]}" if text.startswith("／") else text
    if private and text.lower() in CANCELS and not prompt.expects:
        return Intent(a.DropBegun())
    if text.startswith("/"):
        return _command(text) or (Intent(Help()) if private else None)
    if found := HASHTAG.fullmatch(text):
        return Intent(a.Suggest(), found["words"])
    if found := POLL.fullmatch(text):
        return Intent(AskPoll(), found["words"])
    if not private:
        return _in_group(inbound, prompt, text)
    return _word(text) or _chosen(text, prompt) or _in_private(inbound, prompt, person, text)


def _command(text: str) -> Intent | None:
    found = COMMAND.fullmatch(text)
    if found is None or found["name"].lower() not in PLAIN.keys() | WITH_NUMBER.keys():
        found = GLUED.fullmatch(text)
    if found is None:
        return None
    name, words = found["name"].lower(), found["words"].strip()
    if name == "link" and (not words or _is_code(words)):  # a matter's number ties a case to it
        return Intent(Link(), words)
    numbered = _numbered(name, words) if name in WITH_NUMBER else None
    if name in PLAIN and (numbered is None or numbered.words):
        return Intent(PLAIN[name](), words)
    return numbered


def _is_code(words: str) -> bool:
    return read_code(words) is not None and any(sign.isalpha() for sign in words)


def _numbered(name: str, text: str) -> Intent | None:
    """A deed on the case with this number; done at once where its words are there already."""
    found = NUMBERED.fullmatch(text)
    if found is None:
        return None
    words = found["words"] if found["words"].strip(STOPS) else ""
    return Intent(WITH_NUMBER[name][bool(words)](int(found["number"])), words)


def _word(text: str) -> Intent | None:
    """Privately the Chinese commands work without the slash, alone or with a case's number."""
    if text in PLAIN:
        return None if text.isascii() else Intent(PLAIN[text]())
    if linked := LINKED.fullmatch(text):
        return Intent(Link(), linked["words"])
    if said := ENTRUSTED.fullmatch(text):
        return Intent(e.SayCode(), said["words"])
    if leave := LEAVE.fullmatch(text):
        return Intent(a.Away(), leave["words"])
    if asked := OF_DOOR.fullmatch(text):
        return Intent(ShowOwners(), asked["words"])
    found = UNSLASHED.match(text)
    return _numbered(found[0], text[found.end() :].strip()) if found else None


def _in_group(inbound: Inbound, prompt: Prompt, text: str) -> Intent | None:
    """In a group we listen only when spoken to: an answer we asked for, or our name."""
    if inbound.answers and prompt.expects:
        return Intent(prompt.expects, text)
    return Intent(a.Suggest(), text) if inbound.to_bot else None


def _in_private(inbound: Inbound, prompt: Prompt, person: Person, text: str) -> Intent | None:
    if prompt.expects:
        return Intent(prompt.expects, text)
    if len(text) >= 10 and read_code(text) and (not person.joined or BARE.fullmatch(text)):
        return Intent(Join(), text)
    if text.strip(STOPS).lower() in GREETINGS:
        return Intent(Start())
    if text or inbound.photo or inbound.voice or inbound.place:
        return Intent(a.WriteDraft(), text)
    return None


def _chosen(text: str, prompt: Prompt) -> Intent | None:
    """A typed number, where the choices were numbered because there are no buttons."""
    if not text.isdecimal() or not 1 <= int(text) <= len(prompt.choices):
        return None
    return Intent(Action.unpack(prompt.choices[int(text) - 1]))
