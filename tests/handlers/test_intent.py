"""What somebody means: every way of saying it, and what is none of our business."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework import actions as a
from casework import matter_actions as m
from domain.conversation import Action, Address, Inbound
from domain.residents import Household, Person, Role, Staff
from handlers.groups import Bind
from handlers.home import ChooseLanguage, Delivery, Help, Start
from handlers.intent import PLAIN, WITH_NUMBER, Intent, read
from handlers.residents import ChangeName, Join, Me
from handlers.turn import Cancel
from storage.residents import Prompt

ANA = Address("telegram", "101")
BUILDING_3 = Address("telegram", "-3")

VISITOR = Person(1, "zh")
RESIDENT = Person(1, "zh", Household(1, "3", "1", "101", 8_950, "1"))
MEMBER = Person(1, "zh", staff=Staff(1, 1, "周警官", Role.MEMBER, ("*",), ("*",), None))

NOTHING_ASKED = Prompt()
ANSWER_EXPECTED = Prompt(expects=a.TakeAnswer(12))
TWO_CHOICES = Prompt(choices=(a.Support(12).pack(), a.Progress(12).pack()))


def meant(
    text: str,
    prompt: Prompt = NOTHING_ASKED,
    person: Person = VISITOR,
    *,
    group: bool = False,
    **more: Any,
) -> tuple[Action, str] | None:
    where = BUILDING_3 if group else None
    intent = read(Inbound("1", ANA, where, text, **more), prompt, person)
    return (intent.action, intent.words) if intent else None


COMMANDS = {
    "/start": (Start(), ""),
    "/start 7K3QM9XW2A": (Start(), "7K3QM9XW2A"),
    "/start t12": (Start(), "t12"),
    "/help": (Help(), ""),
    "/HELP": (Help(), ""),
    "  /help  ": (Help(), ""),
    "/帮助": (Help(), ""),
    "/suggest 路灯坏了": (a.Suggest(), "路灯坏了"),
    "/suggest\n路灯坏了\n\n在3号楼": (a.Suggest(), "路灯坏了\n\n在3号楼"),
    "/建议 路灯坏了": (a.Suggest(), "路灯坏了"),
    "/投诉 太吵": (a.Suggest(), "太吵"),
    "/suggest": (a.Suggest(), ""),
    "/join 7K3QM-9XW2A": (Join(), "7K3QM-9XW2A"),
    "/mine": (a.Mine(), ""),
    "/me": (Me(), ""),
    "/language": (ChooseLanguage(), ""),
    "/bind building:3": (Bind(), "building:3"),
    "/delivery": (Delivery(), ""),
    "/progress 12": (a.Progress(12), ""),
    "/progress #12": (a.Progress(12), ""),
    "/进度 12号": (a.Progress(12), ""),
    "/support 12": (a.Support(12), ""),
    "/withdraw 12": (a.Withdraw(12), ""),
    "/answer 12": (a.Answer(12), ""),
    "/answer 12 昨天晚上": (a.TakeAnswer(12), "昨天晚上"),
    "/work 12": (a.ShowWork(12), ""),
    "/sign 12": (a.Sign(12), ""),
    "/return 12": (a.HandBack(12), ""),
    "/ask 12": (a.AskResident(12), ""),
    "/ask 12 哪一盏？": (a.TakeQuestion(12), "哪一盏？"),
    "/sos 12 缺零件": (a.TakeHelpRequest(12), "缺零件"),
    "/done 12 换了\n灯泡": (a.TakeResult(12), "换了\n灯泡"),
    "/办结 12号 换了灯泡": (a.TakeResult(12), "换了灯泡"),
    "/send 12": (a.SendOn(12), ""),
    "/签收1": (a.Sign(1), ""),
    "／签收１": (a.Sign(1), ""),
    "/签收12号。": (a.Sign(12), ""),
    "/done12 换了灯泡": (a.TakeResult(12), "换了灯泡"),
    "/办结12，换了灯泡": (a.TakeResult(12), "换了灯泡"),
    "/办结 12。": (a.Finish(12), ""),
    "/建议路灯坏了": (a.Suggest(), "路灯坏了"),
    "/suggest路灯坏了": (a.Suggest(), "路灯坏了"),
    "/加入7K3QM-9XW2A": (Join(), "7K3QM-9XW2A"),
}


@pytest.mark.parametrize("group", [False, True], ids=["alone", "group"])
@pytest.mark.parametrize(("text", "intent"), COMMANDS.items(), ids=map(repr, COMMANDS))
def test_a_command_means_the_same_everywhere(
    text: str, intent: tuple[Action, str], group: bool
) -> None:
    assert meant(text, group=group) == intent


@pytest.mark.parametrize("prompt", [ANSWER_EXPECTED, TWO_CHOICES], ids=["asked", "choices"])
def test_a_command_is_never_taken_for_an_answer(prompt: Prompt) -> None:
    assert meant("/mine", prompt) == (a.Mine(), "")
    assert meant("#建议 路灯坏了", prompt) == (a.Suggest(), "路灯坏了")


HASHTAGS = {
    "#建议 路灯坏了": "路灯坏了",
    "#建议路灯坏了": "路灯坏了",
    "＃建议：路灯坏了": "路灯坏了",
    "#投诉: 太吵": "太吵",
    "#诉求\n路灯\n坏了": "路灯\n坏了",
    "#SUGGEST a lamp": "a lamp",
    "#complain noise": "noise",
    "#建议": "",
}


@pytest.mark.parametrize("group", [False, True], ids=["alone", "group"])
@pytest.mark.parametrize(("text", "words"), HASHTAGS.items(), ids=map(repr, HASHTAGS))
def test_a_hashtag_raises_a_suggestion(text: str, words: str, group: bool) -> None:
    assert meant(text, group=group) == (a.Suggest(), words)


@pytest.mark.parametrize(
    "text",
    ["路灯坏了", "12", "1", "取消", "签收 12", "7K3QM-9XW2A", "说个#建议", "#团购 苹果", "/unknown",
     "/sign", "/sign twelve", "/suggestions", "/我的车", "/签收", "/", "", "@somebody 路灯坏了"],
)  # fmt: skip
def test_neighbours_who_talk_to_each_other_are_not_listened_to(text: str) -> None:
    for prompt in (NOTHING_ASKED, ANSWER_EXPECTED, TWO_CHOICES):
        assert meant(text, prompt, group=True) is None


@pytest.mark.parametrize("prompt", [NOTHING_ASKED, ANSWER_EXPECTED], ids=["alone", "asked"])
def test_who_names_us_in_a_group_raises_a_suggestion(prompt: Prompt) -> None:
    assert meant("路灯坏了", prompt, group=True, to_bot=True) == (a.Suggest(), "路灯坏了")


def test_a_reply_to_our_question_in_a_group_is_the_answer() -> None:
    answer = meant("昨天晚上", ANSWER_EXPECTED, group=True, answers=True)

    assert answer == (a.TakeAnswer(12), "昨天晚上")


def test_a_remark_under_one_of_our_cards_is_no_suggestion() -> None:
    assert meant("太好了", group=True, answers=True) is None


@pytest.mark.parametrize("text", ["/cancel", "／取消", " 取消 "])
def test_cancel_means_the_question_that_was_asked_else_what_was_begun(text: str) -> None:
    assert meant(text, ANSWER_EXPECTED) == (Cancel(), "")
    assert meant(text) == meant(text, TWO_CHOICES) == (a.DropBegun(), "")


@pytest.mark.parametrize("text", ["/unknown", "/unknown 12", "/sign", "/sign twelve", "/", "//"])
def test_who_mistypes_a_command_alone_with_us_is_shown_the_help(text: str) -> None:
    assert meant(text, ANSWER_EXPECTED) == (Help(), "")


CHINESE_WORDS = {
    "帮助": (Help(), ""),
    "我的": (a.Mine(), ""),
    "加入": (Join(), ""),
    "语言": (ChooseLanguage(), ""),
    "进度": (a.Mine(), ""),
    "投票": (m.ShowVotes(), ""),
    "改称呼": (ChangeName(), ""),
    "签收 12": (a.Sign(12), ""),
    "签收 12号": (a.Sign(12), ""),
    "退回 #12": (a.HandBack(12), ""),
    "提问 12 哪一盏？": (a.TakeQuestion(12), "哪一盏？"),
    "求助 12 缺零件": (a.TakeHelpRequest(12), "缺零件"),
    "办结 12": (a.Finish(12), ""),
    "办结 12 换了灯泡": (a.TakeResult(12), "换了灯泡"),
    "附议 12": (a.Support(12), ""),
    "进度 12": (a.Progress(12), ""),
    "撤回 12": (a.Withdraw(12), ""),
    "回答 12 昨天": (a.TakeAnswer(12), "昨天"),
    "转办 12": (a.SendOn(12), ""),
    "进度12": (a.Progress(12), ""),
    "签收１２号": (a.Sign(12), ""),
    "办结12 换了灯泡": (a.TakeResult(12), "换了灯泡"),
    "回答12，昨天": (a.TakeAnswer(12), "昨天"),
}


@pytest.mark.parametrize(("text", "intent"), CHINESE_WORDS.items(), ids=map(repr, CHINESE_WORDS))
def test_alone_with_us_a_chinese_command_needs_no_slash(
    text: str, intent: tuple[Action, str]
) -> None:
    for prompt in (NOTHING_ASKED, ANSWER_EXPECTED):
        assert meant(text, prompt, RESIDENT) == intent


@pytest.mark.parametrize(
    "text",
    ["建议 在门口装灯", "投诉 太吵", "我的 车被堵了", "help me", "mine", "签收", "进度 怎样",
     "求助 3号楼有人晕倒", "求助3号楼电梯困人", "退回3次了都没人管", "投诉3单元太吵",
     "回答 2单元的问题"],
)  # fmt: skip
def test_a_sentence_that_begins_like_a_command_stays_a_sentence(text: str) -> None:
    assert meant(text) == (a.WriteDraft(), text)
    assert meant(text, ANSWER_EXPECTED) == (a.TakeAnswer(12), text)


@pytest.mark.parametrize("text", ["你好", "您好！", "在吗？", "Hello", "hi."])
def test_a_greeting_is_no_suggestion_but_may_be_an_answer(text: str) -> None:
    assert meant(text) == (Start(), "")
    assert meant(text, ANSWER_EXPECTED) == (a.TakeAnswer(12), text)
    assert meant(text, group=True) is None
    assert meant(f"{text}，楼道灯坏了") == (a.WriteDraft(), f"{text}，楼道灯坏了")


@pytest.mark.parametrize(
    ("text", "chosen"),
    [("1", a.Support(12)), (" 2 ", a.Progress(12)), ("２", a.Progress(12)), ("02", a.Progress(12))],
)
def test_a_typed_number_presses_the_button_that_was_numbered_so(text: str, chosen: Action) -> None:
    assert meant(text, TWO_CHOICES) == (chosen, "")


@pytest.mark.parametrize("text", ["0", "3", "-1", "1.", "²", "12345678901234567890"])
def test_a_number_that_was_not_offered_is_just_words(text: str) -> None:
    assert meant(text, TWO_CHOICES) == (a.WriteDraft(), text)


def test_a_number_answers_the_choices_before_the_question() -> None:
    both = Prompt(TWO_CHOICES.choices, a.TakeAnswer(12))

    assert meant("1", both) == (a.Support(12), "")
    assert meant("3", both) == (a.TakeAnswer(12), "3")


@pytest.mark.parametrize("text", ["7K3QM-9XW2A", "7k3qm 9xw2a", "7K3QM9XW2A"])
def test_a_visitor_joins_by_just_typing_the_code(text: str) -> None:
    assert meant(text) == (Join(), text)
    assert meant(text, ANSWER_EXPECTED) == (a.TakeAnswer(12), text)


@pytest.mark.parametrize("person", [RESIDENT, MEMBER], ids=["resident", "member"])
def test_who_has_joined_may_write_ten_letters_that_are_no_code(person: Person) -> None:
    assert meant("7K3QM9XW2A", person=person) == (a.WriteDraft(), "7K3QM9XW2A")


def test_words_a_photo_or_a_place_begin_a_draft() -> None:
    assert meant(" 路灯坏了 ") == (a.WriteDraft(), "路灯坏了")
    assert meant("", photo="AgAC") == (a.WriteDraft(), "")
    assert meant("", place="31.2,121.5") == (a.WriteDraft(), "")
    assert meant("", ANSWER_EXPECTED, photo="AgAC") == (a.TakeAnswer(12), "")


def test_a_message_with_nothing_in_it_means_nothing() -> None:
    assert meant("  ") is None


@pytest.mark.parametrize("group", [False, True], ids=["alone", "group"])
def test_a_button_means_what_it_says_whatever_else_came_with_it(group: bool) -> None:
    inbound = Inbound("1", ANA, BUILDING_3 if group else None, "/help", a.Sign(12))

    assert read(inbound, ANSWER_EXPECTED, VISITOR) == Intent(a.Sign(12))


@given(st.text(), st.sampled_from([NOTHING_ASKED, ANSWER_EXPECTED, TWO_CHOICES]), st.booleans())
def test_any_words_are_understood_or_left_alone(text: str, prompt: Prompt, group: bool) -> None:
    intent = meant(text, prompt, group=group)

    assert group or intent or not text.strip()


@given(st.sampled_from(sorted(PLAIN)), st.text())
def test_the_words_behind_a_command_reach_it_as_they_were_typed(name: str, words: str) -> None:
    typed = meant(f"/{name} {words}", ANSWER_EXPECTED)
    assert typed == (PLAIN[name](), words.strip())


@given(st.sampled_from(sorted(WITH_NUMBER)), st.integers(0, 10**12 - 1))
def test_a_command_finds_its_number_however_it_is_written(name: str, number: int) -> None:
    action = WITH_NUMBER[name][False](number)

    for written in (f"{number}", f"#{number}", f"{number}号", f"#{number}号 "):
        assert meant(f"/{name} {written}") == (action, "")
