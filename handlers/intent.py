"""What somebody means: a button, a command, a hashtag, an answer we asked for, or plain words."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from casework import actions as a
from domain.conversation import Action, Inbound
from domain.residents import Person, read_code
from handlers.groups import Bind
from handlers.home import ChooseLanguage, Delivery, Help, Start
from handlers.residents import ExportMe, ForgetMe, Join, Me
from handlers.turn import Cancel
from storage.residents import Prompt

COMMAND = re.compile(r"/(?P<name>\w+)\s*(?P<words>.*)", re.DOTALL)
HASHTAG = re.compile(
    r"[#＃](建议|投诉|诉求|suggest|complain)\s*[:：]?\s*(?P<words>.*)", re.DOTALL | re.I
)
NUMBERED = re.compile(r"#?(?P<number>\d{1,12})号?\s*(?P<words>.*)", re.DOTALL)


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
    "me": Me,
    "我的资料": Me,
    "导出我的数据": ExportMe,
    "删除我的数据": partial(ForgetMe, 0),
    "language": ChooseLanguage,
    "语言": ChooseLanguage,
    "cancel": Cancel,
    "取消": Cancel,
    "bind": Bind,
    "delivery": Delivery,
}

# Commands with a case's number; with words behind it the deed is done at once.
Numbered = Callable[[int], Action]
WITH_NUMBER: dict[str, tuple[Numbered, Numbered]] = {
    "progress": (a.Progress, a.Progress),
    "进度": (a.Progress, a.Progress),
    "support": (a.Support, a.Support),
    "附议": (a.Support, a.Support),
    "withdraw": (a.Withdraw, a.Withdraw),
    "撤回": (a.Withdraw, a.Withdraw),
    "answer": (a.Answer, a.TakeAnswer),
    "回答": (a.Answer, a.TakeAnswer),
    "work": (a.ShowWork, a.ShowWork),
    "sign": (a.Sign, a.Sign),
    "签收": (a.Sign, a.Sign),
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
}


def read(inbound: Inbound, prompt: Prompt, person: Person) -> Intent | None:
    """What this means; None when it was not said to us, or not in any way we know."""
    if inbound.action:
        return Intent(inbound.action)
    text, private = inbound.text.strip(), inbound.group is None
    if text.startswith("/"):
        return _command(text) or (Intent(Help()) if private else None)
    if found := HASHTAG.fullmatch(text):
        return Intent(a.Suggest(), found["words"])
    if not private:
        return _in_group(inbound, prompt, text)
    return _word(text) or _chosen(text, prompt) or _in_private(inbound, prompt, person, text)


def _command(text: str) -> Intent | None:
    found = COMMAND.fullmatch(text)
    if found is None:
        return None
    name, words = found["name"].lower(), found["words"]
    if name in PLAIN:
        return Intent(PLAIN[name](), words)
    numbered = NUMBERED.fullmatch(words)
    if name in WITH_NUMBER and numbered:
        at_once = bool(numbered["words"])
        action = WITH_NUMBER[name][at_once](int(numbered["number"]))
        return Intent(action, numbered["words"])
    return None


def _word(text: str) -> Intent | None:
    """Privately the Chinese commands work without the slash, alone or with a case's number."""
    name = text.split(maxsplit=1)[0] if text else ""
    alone = name == text
    fits = name in WITH_NUMBER or (alone and name in PLAIN)
    return _command(f"/{text}") if fits and not name.isascii() else None


def _in_group(inbound: Inbound, prompt: Prompt, text: str) -> Intent | None:
    """In a group we listen only when spoken to: an answer we asked for, or our name."""
    if inbound.answers and prompt.expects:
        return Intent(prompt.expects, text)
    return Intent(a.Suggest(), text) if inbound.to_bot else None


def _in_private(inbound: Inbound, prompt: Prompt, person: Person, text: str) -> Intent | None:
    if prompt.expects:
        return Intent(prompt.expects, text)
    joined = person.household is not None or person.staff is not None
    if not joined and len(text) >= 10 and read_code(text):
        return Intent(Join(), text)
    if text or inbound.photo or inbound.place:
        return Intent(a.WriteDraft(), text)
    return None


def _chosen(text: str, prompt: Prompt) -> Intent | None:
    """A typed number, where the choices were numbered because there are no buttons."""
    if not text.isdecimal() or not 1 <= int(text) <= len(prompt.choices):
        return None
    return Intent(Action.unpack(prompt.choices[int(text) - 1]))
