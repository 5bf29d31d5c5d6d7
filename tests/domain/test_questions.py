"""What is a question in a group chat, and what answers one."""

from datetime import timedelta

import pytest

from domain.questions import Asked, Kind, Post, answered_by, goes_on, in_turn, joins, kind_of
from domain.residents import Role, Staff
from tests.databases import NOON

QUESTION, HELP, COMPLAINT = Kind.QUESTION, Kind.HELP, Kind.COMPLAINT

WORDS = {
    "请问物业电话是多少": QUESTION,
    "今天几点停水？": QUESTION,
    "3号楼的路灯修好了没有": QUESTION,
    "有没有人知道电梯什么时候修": QUESTION,
    "地库能不能装充电桩": QUESTION,
    "大家家里的暖气热吗": QUESTION,
    "How do I apply for a parking permit here?": QUESTION,
    "求助：家里老人走不动，社区有没有轮椅可以借": HELP,
    "麻烦修一下坡道扶手，轮椅老人上不去": HELP,
    "希望儿童乐园铺软垫": HELP,
    "谁来帮帮我，孩子走丢了": HELP,
    "the street lamp near gate 2 is broken, please fix": HELP,
    "楼上一直在装修，周末也不停": COMPLAINT,
    "地库又有车把我车位占了": COMPLAINT,
    "电梯又坏了": COMPLAINT,
    "楼道里臭死了，没人管": COMPLAINT,
    "elevator in block 7 stuck again": COMPLAINT,
    "收到": None,
    "哈哈哈哈笑死我了": None,
    "你吃饭了吗": None,
    "你几点回来": None,
    "啊？": None,
    "我在看电视呢": None,
    "祝大家中秋快乐": None,
    "物业今天扫雪真及时": None,
    "路灯修好了，谢谢师傅": None,
    "转发：停水了怎么办？十个小窍门": None,
    "拼单水果，要的接龙": None,
    "好的，那我明天去": None,
    "haha the cat is so cute": None,
    "thanks, the lift is not broken any more": None,
    "": None,
}


@pytest.mark.parametrize("words", WORDS)
def test_what_a_person_should_answer(words: str) -> None:
    assert kind_of(words) == WORDS[words]


JOINING = {"哈哈哈": True, "？？": True, "+1": True,
           "同问": True, "我家也停水了": True, "Me too!": True, "same here": True,
           "今天下午四点来水": False, "我也不知道，问问物业": False, "好": False}  # fmt: skip


@pytest.mark.parametrize("words", JOINING)
def test_who_only_agrees_answers_nobody(words: str) -> None:
    assert joins(words) is JOINING[words]


ANA, LI = 1, 2
EARLIER = Asked(7, ANA, "m7", NOON - timedelta(minutes=40))
NEWER = Asked(8, ANA, "m8", NOON - timedelta(minutes=20))
NEWEST = Asked(9, LI, "m9", NOON - timedelta(minutes=5))
LONG_AGO = Asked(5, ANA, "m5", NOON - timedelta(days=9))
JUST_SOON = Asked(6, ANA, "m6", NOON - timedelta(minutes=30))
OPEN = (LONG_AGO, EARLIER, NEWER, NEWEST)

ANSWERS = {
    "a reply answers what it replies to": (Post(LI, NOON, "m7"), OPEN, EARLIER),
    "however late": (Post(LI, NOON, "m5"), OPEN, LONG_AGO),
    "also from somebody we have not met": (Post(None, NOON, "m9"), OPEN, NEWEST),
    "a reply to other words answers nothing": (Post(LI, NOON, "m1"), OPEN, None),
    "one's own reply answers nothing": (Post(ANA, NOON, "m7"), OPEN, None),
    "words soon after answer the newest": (Post(None, NOON), OPEN, NEWEST),
    "the newest of somebody else": (Post(LI, NOON), OPEN, NEWER),
    "half an hour is soon": (Post(LI, NOON), (JUST_SOON,), JUST_SOON),
    "more is not": (Post(LI, NOON), (LONG_AGO, EARLIER), None),
    "another question answers nothing": (Post(LI, NOON, asks=True), OPEN, None),
    "who agrees answers nothing": (Post(LI, NOON, "m8", asks=True), OPEN, None),
    "nothing is open": (Post(LI, NOON), (), None),
}  # fmt: skip


@pytest.mark.parametrize("case", ANSWERS)
def test_what_answers_a_question(case: str) -> None:
    post, open_, answered = ANSWERS[case]

    assert answered_by(post, open_) == answered


def test_a_person_who_goes_on_asks_one_question() -> None:
    assert goes_on(Post(ANA, NOON, asks=True), OPEN) == NEWER
    assert goes_on(Post(LI, NOON, asks=True), OPEN) == NEWEST
    assert goes_on(Post(None, NOON, asks=True), OPEN) is None
    assert goes_on(Post(ANA, NOON, asks=True), (EARLIER,)) is None


def member(id: int, *, deputy: int | None = None, role: Role = Role.MEMBER, away: int = 0) -> Staff:
    until = NOON + timedelta(days=1) if away else None
    return Staff(id, 10 + id, "", role, (), (), deputy, away_until=until)


HOLDER, DEPUTY, SECRETARY = member(1, deputy=2), member(2), member(3, role=Role.SECRETARY)
TURNS = {
    "holder, deputy, secretary": ([HOLDER, DEPUTY, SECRETARY], [1, 2, 3]),
    "the deputy is away": ([HOLDER, member(2, away=1), SECRETARY], [1, 3]),
    "no deputy": ([member(1), DEPUTY, SECRETARY], [1, 3]),
    "the secretary has it": ([member(1, role=Role.SECRETARY), DEPUTY], [1]),
    "the deputy is the secretary": ([member(1, deputy=3), SECRETARY], [1, 3]),
    "nobody sends cases on": ([HOLDER, DEPUTY], [1, 2]),
}


@pytest.mark.parametrize("case", TURNS)
def test_who_hears_of_it_in_turn(case: str) -> None:
    staff, turn = TURNS[case]

    assert [s.id for s in in_turn(staff[0], staff, NOON)] == turn
