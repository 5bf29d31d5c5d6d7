"""Checks a vote again from its bundle, offline: ``python3 verify.py bundle.zip``.

A second implementation on purpose: it needs Python 3.9 and nothing else, and shares no line with
the bot whose work it checks. The format, and what each check can show, are in docs/record.md.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import sys
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

HOLDS, DOES_NOT, UNREADABLE = 0, 1, 2  # exit codes
FULL, ENOUGH = 64, 32  # characters of a code; a shorter one can be imitated by trying
SHOWN = 5  # places shown of one fault

# What is said: a name, the Chinese, the English. It speaks for itself, as it travels alone.
WORDS = """
ok
[通过]
[ ok ]
wrong
[不符]
[FAIL]
note
[注意]
[note]
count
[计票]
[count]
title
核对第 {matter} 号事项：{title}
Checking matter {matter}: {title}
ok.question
题目：如果公告上的指纹也是 {code}，题目、规则和投票时间就没有换过。
Question: if the notice shows {code}, question, rules and window are unchanged.
wrong.question
题目：与您给出的指纹不同，题目、规则或投票时间被换过。
Question: not the one you named; the question, a rule or the window was changed.
ok.roll
名册：{n} 个表决单位。如果开始前公布的指纹也是 {code}，名册就没有换过。
Roll: {n} voting units. If {code} was posted before the opening, it is unchanged.
wrong.roll
名册：与您给出的指纹不同，名册或面积被换过。
Roll: not the one you named; a voter or an area was changed.
wrong.order
名册：有重复，或次序不对：第 {places} 行。
Roll: repeated or out of order in line {places}.
ok.start
开头：记录从这份题目和名册开始，之后的每个存证都锁定了它们。
Start: the record begins with this question and this roll, and every head binds them.
wrong.start
开头：记录不是从这份题目和名册开始的，其中之一事后换过。
Start: the record does not begin with this question and roll; one of them was changed later.
ok.chain
记录：{n} 条环环相扣，中间没有改动、删去或调换。
Record: {n} lines in one unbroken chain; none was altered, dropped or moved.
wrong.chain
记录：在第 {places} 条断开，这一条或前一条被改动、删去或调换。
Record: the chain is broken at line {places}; it or the one before was altered, dropped or moved.
ok.opening
选票：每一张都与投票时发出的回执码相符。
Ballots: each is the one its receipt was given for.
wrong.opening
选票：与投票时发出的回执码不符：第 {places} 条。
Ballots: not what was committed to at the time: line {places}.
ok.entitled
资格：计入的票都来自名册，面积与名册一致；每个表决单位只计最后一张，共 {n} 张。
Entitled: all that count are on the roll with its areas, one for each voter, the last: {n}.
wrong.entitled
资格：人数或面积与名册不同，或没有这个选项：第 {places} 条。
Entitled: not the number or area of the roll, or no such choice: line {places}.
wrong.time
时间：与记录的时间不符，或先后颠倒：第 {places} 条。
Time: not that of the record, or out of order: line {places}.
note.refused
未计入：不在名册上，或不在投票时间内：第 {places} 条。
Not counted, as not on the roll or outside the window: line {places}.
note.struck
已剔除：第 {places} 条，由人复核后决定。请查阅复核记录。
Struck out by people after a review: line {places}. Ask for its minutes.
ok.signed
签名：{n} 个存证都由公钥 {code} 签出。请与公告上的公钥对照。
Signatures: all {n} heads are signed by {code}. Compare this key with the notice.
wrong.signed
签名：存证的签名不对：{places}
Signatures: wrong on head {places}.
wrong.key
签名：公钥与您给出的不同。
Signatures: not by the key you named.
ok.heads
存证：{n} 个都与记录相符，最后一个锁定全部 {size} 条。
Heads: all {n} agree with the record; the last one covers all {size} lines.
wrong.heads
存证：与记录不符：{places}。存证之后，记录被改写、截短或加长。
Heads: not of this record: {places}. It was rewritten, cut or added to afterwards.
wrong.window
时限：缺少开始或结束的存证，或者提前结束，或者延期没有在原定结束前存证。
Window: no head at the opening or close, closed early, or extended without a head in time.
note.edges
时限：起止时间不在整十分钟上，最后几分钟的票是否及时，只能凭管理者记下的时间。
Window: not from and to a full ten minutes; who was in time then is the organiser's word.
note.moved
时限：名册冻结晚了，整个投票推迟到 {opens} 至 {until}。请确认开始前公布过。
Window: moved as a whole, to {opens} until {until}. Make sure this was announced before.
note.extended
时限：投票延长到 {until}。请确认当时公布过延期。
Window: extended to {until}. Make sure that this was announced at the time.
ok.posted
群里的存证 {given}：当时的每一条都还在这份记录里，没有改过。
Posted head {given}: every line of then is still in this record, unchanged.
wrong.posted
群里的存证 {given}：不属于这份记录。记录被整份改写、截短，或者给您的是另一份。
Posted head {given}: not of this record, which was rewritten, cut, or is not the one posted.
note.unposted
您没有给出群里或纸上的存证。如果整份记录被重写并重新签名，只有它们能发现。请对照：{heads}
You named no posted head. Only those show a record rewritten and signed anew. Compare: {heads}
note.short
{given} 太短，可以被仿造。请用至少 32 个字符对照。
{given} is short and could be imitated. Compare at least 32 characters.
ok.receipt
回执 {given}：在记录里。
Receipt {given}: it is in the record.
wrong.receipt
回执 {given}：不在记录里！
Receipt {given}: it is NOT in the record!
count.part
{scope}（{rule}）：共 {all}，参与表决 {part}；投出的票：{cast}；结果：{result}。
{scope} ({rule}): of {all}, {part} took part; cast: {cast}; {result}.
note.silent
未表态：送达而未投的 {silent}，题目规定为 {mode}。是否真的送达，请查送达回执。
Silent: {silent} were reached and cast none; the question says {mode}. Check who was reached.
note.consents
专有部分业主同意：须 {n} 人同意，已同意 {given} 人。请向本人核实。
Owners whose own part is used: {n}, of whom {given} agreed. Ask them.
wrong.consents
专有部分业主同意：房屋与题目所列的不同。
Owners whose own part is used: not those the question names.
ok.result
结果：与公布的每个数字一致：{result}
Result: every number is as published: {result}
wrong.result
结果：{field} 公布为 {published}，重新计算为 {counted}。
Result: {field} was published as {published}; counted again it is {counted}.
shown
能证明：如果存证与当时公布的相同，之后记录没有改动，结果由这些票按题目里的规则得出。
Shown: if the heads are those posted then, nothing was changed after, and the result follows.
unshown
不能证明：投票的是本人，没有受到压力；没有人替别人投票（请查参与名单）；管理者看不到选择。
Not shown: that it was the voters, freely, and all of them (see who took part); any secrecy.
good
全部相符。
Everything holds.
bad
有 {n} 处不符。请不要采信这个结果。
{n} checks FAILED. Do not rely on this result.
unreadable
无法读取这个文件：{why}
This file cannot be read: {why}
shares
{rule}：参与 {quorum}，同意 {approval}
{rule}: quorum {quorum}, approval {approval}
short
{result}，未达到：{tests}
{result}, for want of: {tests}
amount
{n} 个（{area} ㎡）
{n} ({area} m²)
passed
通过
passed
rejected
未通过
rejected
no_quorum
参与人数或面积不足
no quorum
counted
只统计，不判定通过
counted only, nothing to pass
yes
同意
yes
no
反对
no
abstain
弃权
abstain
spoiled
废票
spoiled
quorum_number
参与人数
quorum by number
quorum_area
参与面积
quorum by area
approval_number
同意人数
approval by number
approval_area
同意面积
approval by area
consent
专有部分业主同意
consent of owners whose own part is used
receipt_abstain
视为弃权
as an abstention
follow_majority
随多数意见
as the majority
"""


class Report:
    """Says each finding at once, and counts those that do not hold."""

    def __init__(self, language: str) -> None:
        lines, said = WORDS.strip().split("\n"), ("zh", "en").index(language) + 1
        self._words = {name: lines[3 * n + said] for n, name in enumerate(lines[::3])}
        self.wrong = 0

    def word(self, name: str, **blanks: object) -> str:
        return self._words.get(name, name).format(**blanks)

    def plain(self, name: str, **blanks: object) -> None:
        print(self.word(name, **blanks))

    def say(self, name: str, **blanks: object) -> None:
        mark = name.split(".")[0]
        self.wrong += mark == "wrong"
        print(self.word(mark), self.word(name, **blanks))

    def judge(self, what: str, holds: bool, **blanks: object) -> None:
        """Whether it holds. Some things are only spoken of when they do not."""
        if not holds:
            self.say(f"wrong.{what}", **blanks)
        elif f"ok.{what}" in self._words:
            self.say(f"ok.{what}", **blanks)


def places(found: Sequence[object]) -> str:
    more = "" if len(found) <= SHOWN else f" … ({len(found)})"
    return ", ".join(map(str, found[:SHOWN])) + more


# --- hashes, the tree of RFC 9162, signatures of RFC 8032

canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Tree:
    """Keeps the roots of full subtrees only, so that any number of rows may pass."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, row: bytes) -> None:
        node, rest = hashlib.sha256(b"\0" + row).digest(), self.size
        while rest % 2:
            node, rest = hashlib.sha256(b"\1" + self._peaks.pop() + node).digest(), rest // 2
        self._peaks.append(node)
        self.size += 1

    def root(self) -> str:
        node = self._peaks[-1] if self._peaks else hashlib.sha256().digest()
        for peak in self._peaks[-2::-1]:
            node = hashlib.sha256(b"\1" + peak + node).digest()
        return node.hex()


P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, ROOT_OF_MINUS_1 = -121665 * pow(121666, -1, P) % P, pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]


def point(packed: bytes) -> Point:
    """Raises ValueError where the 32 bytes are no point of the curve (RFC 8032, 5.1.3)."""
    sign, y = divmod(int.from_bytes(packed, "little"), 2**255)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        raise ValueError("not a point")
    x = P - x if x % 2 != sign else x
    return x, y, 1, x * y % P


def add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0])
    c, d = 2 * p[3] * q[3] * D, 2 * p[2] * q[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(n: int, p: Point) -> Point:
    total = (0, 1, 1, 0)
    while n:
        total, p, n = add(total, p) if n % 2 else total, add(p, p), n // 2
    return total


BASE = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def is_signed(key: bytes, message: bytes, signature: bytes) -> bool:
    s = int.from_bytes(signature[32:], "little")
    if len(key) != 32 or len(signature) != 64 or s >= L:
        return False
    hashed = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    try:
        sent, found = add(point(signature[:32]), times(hashed, point(key))), times(s, BASE)
    except ValueError:
        return False
    return all((found[i] * sent[2] - sent[i] * found[2]) % P == 0 for i in (0, 1))


# --- reading a bundle


class Bundle:
    def __init__(self, path: str) -> None:
        self._zip = zipfile.ZipFile(path)
        if len(set(self._zip.namelist())) < len(self._zip.namelist()):
            raise ValueError("a file is in it twice")

    def whole(self, name: str) -> bytes:
        return self._zip.read(name)

    def json(self, name: str) -> Any:
        return json.loads(self.whole(name))

    def rows(self, name: str) -> Iterator[bytes]:
        with self._zip.open(name) as file:
            for row in file:
                yield row.rstrip(b"\n")


def moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text} has no zone")
    return at


def is_amount(value: object) -> bool:
    return type(value) is int and value >= 0


class Vote:
    """All of a bundle, in one pass over its rows, with the faults found on the way."""

    def __init__(self, bundle: Bundle, sizes: set[int]) -> None:
        self.question, self.heads = bundle.json("question.json"), bundle.json("heads.json")
        self.result, self.consents = bundle.json("result.json"), bundle.json("consents.json")
        self.key, self.matter = bundle.json("key.json")["public"], self.question["matter"]
        named = [str(n) for n, _ in enumerate(self.question["options"], 1)] or ["yes", "no"]
        self.answers = [*named, "abstain"]
        self.choices = [*self.answers, None]  # None: a spoiled paper ballot
        self.moved = self.delay()
        self.opens = moment(self.question["opens_at"]) + self.moved
        self.planned = moment(self.question["closes_at"]) + self.moved
        self.closes = self.closing()
        self.faults: dict[str, list[object]] = {}
        self.roll: dict[str, tuple[int, list[int | None], bool]] = {}
        self.standing: dict[str, tuple[int, str | None, datetime]] = {}
        self.refused: list[dict[str, object]] = []
        self.commits: list[str] = []
        self.text_hash = sha256(bundle.whole("question.json"))
        self.roll_hash = self.read_roll(bundle)
        start = {"matter": self.matter, "question": self.text_hash, "roll": self.roll_hash}
        self.last = sha256(b"log/1\0" + canonical(start).encode())
        self.points = {0: (Tree().root(), self.last)}  # root and last line where a head was made
        self.read_log(bundle, sizes | {head["size"] for head in self.heads})

    def fault(self, what: str, place: object) -> None:
        self.faults.setdefault(what, []).append(place)

    def delay(self) -> timedelta:
        """Whole days by which the head of the opening, before any ballot, moved the window."""
        first = self.heads[0] if self.heads else None
        if first is None or first["size"] or first["kind"] != "opening":
            return timedelta()
        days = moment(first["closes_at"]) - moment(self.question["closes_at"])
        return days if days > timedelta() and not days % timedelta(days=1) else timedelta()

    def closing(self) -> datetime:
        """The close that was planned, or a later one that a head announced before it."""
        closes = self.planned
        new = [head for head in self.heads if moment(head["closes_at"]) != closes]
        in_time = new and moment(new[0]["at"]) < closes < moment(new[0]["closes_at"])
        return moment(new[0]["closes_at"]) if in_time else closes

    def read_roll(self, bundle: Bundle) -> str:
        tree, before = Tree(), ""
        for number, row in enumerate(bundle.rows("roll.jsonl"), 1):
            entry = json.loads(row)
            delivered, vid, areas = entry.pop("delivered"), entry["vid"], entry["areas"]
            tree.add(canonical(entry).encode())
            if not all(map(is_amount, [entry["number"], *(a for a in areas if a is not None)])):
                raise ValueError(f"roll.jsonl, line {number}")
            if vid <= before:
                self.fault("order", number)
            self.roll[vid], before = (entry["number"], areas, delivered), vid
        return tree.root()

    def read_log(self, bundle: Bundle, sizes: set[int]) -> None:
        tree, rows = Tree(), (bundle.rows("log.jsonl"), bundle.rows("openings.jsonl"))
        for seq, (row, opening) in enumerate(zip_longest(*rows), 1):
            if row is None or opening is None:
                self.fault("opening", seq)
            if row is None:
                break
            line = json.loads(row)
            if line["prev"] != self.last:
                self.fault("chain" if seq > 1 else "start", seq)
            elif (line["seq"], line["matter"]) != (seq, self.matter):
                self.fault("chain", seq)
            tree.add(row)
            self.last = sha256(row)
            self.commits.append(line["commit"])
            if opening is not None:
                self.read_ballot(seq, line, json.loads(opening))
            if seq in sizes:
                self.points[seq] = tree.root(), self.last

    def read_ballot(self, seq: int, line: dict[str, Any], ballot: dict[str, Any]) -> None:
        vid, choice, at = line["vid"], ballot["choice"], moment(ballot["at"])
        hidden = {name: ballot[name] for name in ("areas", "choice", "nonce", "number")}
        secret = b"ballot/1\0%d\0" % self.matter + canonical({"vid": vid, **hidden}).encode()
        told = line["commit"], seq, choice is not None
        if (sha256(secret), ballot["seq"], ballot["valid"]) != told:
            self.fault("opening", seq)
        entry, before = self.roll.get(vid), self.standing.get(vid)
        rounded = at.replace(minute=at.minute // 10 * 10, second=0, microsecond=0)
        if rounded != moment(line["at"]) or (before and at < before[2]):
            self.fault("time", seq)
        if entry is None or not self.opens <= at < self.closes:
            reason = "outside_window" if entry is not None else "not_on_roll"
            self.refused.append({"seq": seq, "reason": reason})
        elif (ballot["number"], ballot["areas"]) != entry[:2] or choice not in self.choices:
            self.fault("entitled", seq)
        else:
            self.standing[vid] = seq, choice, at


# --- counting

Sums = list[int]  # a number of units, and their area in 0.01 m²
Share = tuple[int, int, bool]  # n, d, and whether it must be more than n/d
HALF, TWO_THIRDS, THREE_QUARTERS, ALL = (1, 2, True), (2, 3, False), (3, 4, False), (1, 1, False)
RULES: dict[str, tuple[bool, Share, Share]] = {  # by area too; quorum of all; approval of those
    "OWNER_ORDINARY": (True, TWO_THIRDS, HALF),
    "OWNER_SPECIAL": (True, TWO_THIRDS, THREE_QUARTERS),
    "OWNER_UNANIMOUS": (True, ALL, ALL),
    "RESIDENT_MEETING": (False, HALF, HALF),
    "HOUSEHOLD_MEETING": (False, HALF, HALF),
    "DELEGATE_MEETING": (False, TWO_THIRDS, HALF),
    "COMMITTEE_ELECTION_RESIDENT": (False, HALF, HALF),
    "COMMITTEE_ELECTION_HOUSEHOLD": (False, HALF, HALF),
    "COMMITTEE_ELECTION_DELEGATE": (False, (2, 3, True), HALF),
    "VILLAGE_MEETING_RESIDENT": (False, HALF, HALF),
    "VILLAGE_MEETING_HOUSEHOLD": (False, TWO_THIRDS, HALF),
    "VILLAGE_DELEGATES": (False, TWO_THIRDS, HALF),
}


def plus(one: Sums, other: Sums) -> Sums:
    return [one[0] + other[0], one[1] + other[1]]


def met(share: Share, has: int, of: int) -> bool:
    n, d, more_than = share
    return of > 0 and (d * has > n * of if more_than else d * has >= n * of)


def tally(vote: Vote, n: int) -> tuple[Sums, Sums, dict[str, Sums]]:
    """Of one part: everybody, those who were reached and silent, and the ballots as cast."""
    everybody, silent, nowhere = [0, 0], [0, 0], [0, 0]
    cast = {name: [0, 0] for name in (*vote.answers, "spoiled")}
    struck = set(vote.result["struck"])
    for vid, (number, areas, delivered) in vote.roll.items():
        if (area := areas[n]) is None:
            continue
        place = silent if delivered else nowhere
        if vid in vote.standing:
            seq, choice, _ = vote.standing[vid]
            place = nowhere if seq in struck else cast[choice or "spoiled"]
        for sums in (everybody, place):
            sums[0] += number
            sums[1] += area
    return everybody, silent, cast


def follows(vote: Vote, by_area: bool, cast: dict[str, Sums], part: Sums) -> str | None:
    """The answer that the silent are taken for, where the question says so."""
    if vote.question["silence"] == "receipt_abstain":
        return "abstain"
    if vote.question["silence"] != "follow_majority" or not vote.question["silence_agreed"]:
        return None
    measures = (0, 1) if by_area else (0,)
    leads = (a for a in vote.answers if all(2 * cast[a][m] > part[m] for m in measures))
    return next(leads, None)


def count(vote: Vote, n: int) -> dict[str, Any]:
    """One part, as result.json has to tell it."""
    rule = vote.question["parts"][n]["rule"]
    everybody, silent, cast = tally(vote, n)
    counted = [sums for name, sums in cast.items() if name != "spoiled"]
    counted += [cast["spoiled"]] if vote.question["invalid_counts"] else []
    part = [sum(sums[measure] for sums in counted) for measure in (0, 1)]
    joined = follows(vote, rule in RULES and RULES[rule][0], cast, part)
    yes = plus(cast.get("yes", [0, 0]), silent if joined == "yes" else [0, 0])
    part = plus(part, silent if joined else [0, 0])
    failed = failing(rule, everybody, part, yes, vote.consents) if rule in RULES else []
    result = "rejected" if failed else "passed" if rule in RULES else "counted"
    result = "no_quorum" if any(name.startswith("quorum") for name in failed) else result
    return {
        "rule": rule, "result": result, "failed": failed, "cast": cast, "silent": silent,
        "voters": everybody[0], "area": everybody[1], "yes": yes[0], "yes_area": yes[1],
        "taking_part": part[0], "area_taking_part": part[1],
    }  # fmt: skip


def failing(rule: str, everybody: Sums, part: Sums, yes: Sums, consents: Any) -> list[str]:
    by_area, quorum, approval = RULES[rule]
    tests = [
        ("quorum_number", quorum, part[0], everybody[0]),
        ("quorum_area", quorum, part[1], everybody[1]),
        ("approval_number", approval, yes[0], part[0]),
        ("approval_area", approval, yes[1], part[1]),
    ]
    measured = tests if by_area else tests[::2]
    failed = [name for name, share, has, of in measured if not met(share, has, of)]
    return failed if all(each["given"] is True for each in consents) else [*failed, "consent"]


def outcome(vote: Vote) -> dict[str, Any]:
    """All that result.json has to tell. Of several parts, every one has to pass."""
    parts = [count(vote, n) for n, _ in enumerate(vote.question["parts"])]
    results = [part["result"] for part in parts]
    worst = next(r for r in ("no_quorum", "rejected", "passed", "counted") if r in results)
    return {"result": worst, "refused": vote.refused, "parts": parts}


# --- what is checked, in the order in which it is told


def check_texts(vote: Vote, asked: argparse.Namespace, report: Report) -> None:
    for what, code in (("question", vote.text_hash), ("roll", vote.roll_hash)):
        given = getattr(asked, what) or code
        report.judge(what, code.startswith(given), code=code, n=len(vote.roll))
        too_short([given], report)


def check_rows(vote: Vote, report: Report) -> None:
    for what in ("order", "start", "chain", "opening", "time", "entitled"):
        found = vote.faults.get(what, [])
        n = len(vote.standing) if what == "entitled" else len(vote.commits)
        report.judge(what, not found, places=places(found), n=n)
    refused = [each["seq"] for each in vote.refused]
    for what, found in (("refused", refused), ("struck", vote.result["struck"])):
        if found:
            report.say(f"note.{what}", places=places(found))


def check_heads(vote: Vote, asked: argparse.Namespace, report: Report) -> None:
    heads, size = vote.heads, len(vote.commits)
    unsigned = [head["size"] for head in heads if not signed(vote, head)]
    report.judge("signed", not unsigned, places=places(unsigned), n=len(heads), code=vote.key)
    report.judge("key", vote.key.startswith(asked.key or vote.key))
    too_short([asked.key or vote.key], report)
    wrong = [h["size"] for h in heads if vote.points.get(h["size"]) != (h["root"], h["last"])]
    wrong += [size] if not heads or heads[-1]["size"] != size else []
    report.judge("heads", not wrong, places=places(wrong), n=len(heads), size=size)
    report.judge("window", is_window_kept(vote))
    if any(edge.minute % 10 or edge.second for edge in (vote.opens, vote.closes)):
        report.say("note.edges")
    if vote.moved:
        report.say("note.moved", opens=vote.opens, until=vote.planned)
    if vote.closes != vote.planned:
        report.say("note.extended", until=vote.closes)


def signed(vote: Vote, head: dict[str, Any]) -> bool:
    names = ("matter", "size", "root", "last", "at", "kind", "closes_at")
    said = b"head/1\0" + canonical({name: head[name] for name in names}).encode()
    ours = head["matter"] == vote.matter
    return ours and is_signed(bytes.fromhex(vote.key), said, bytes.fromhex(head["signature"]))


def is_window_kept(vote: Vote) -> bool:
    """A head before the first ballot, one after the close; extended at most once, in time."""
    kinds = [head["kind"] for head in vote.heads]
    announced = [moment(head["closes_at"]) for head in vote.heads]
    planned = vote.planned
    return (
        (kinds[:1], kinds[-1:]) == (["opening"], ["close"])
        and (vote.heads[0]["size"], announced[0]) == (0, planned)
        and announced == sorted(announced)
        and set(announced) <= {planned, vote.closes}
        and moment(vote.heads[-1]["at"]) >= vote.closes
    )


def check_what_was_seen(vote: Vote, asked: argparse.Namespace, report: Report) -> None:
    for size, code in asked.head:
        root, _ = vote.points.get(size, ("", ""))
        report.judge("posted", root != "" and root.startswith(code), given=f"{size}:{code}")
    if not asked.head:
        heads = "".join(f"\n       {head['size']}:{head['root']}" for head in vote.heads)
        report.say("note.unposted", heads=heads)
    for seq, code in asked.receipt:
        commits = vote.commits[max(seq - 1, 0) : seq]
        report.judge("receipt", any(c.startswith(code) for c in commits), given=f"{seq}:{code}")
    too_short([code for _, code in (*asked.head, *asked.receipt)], report)


def too_short(codes: Sequence[str], report: Report) -> None:
    for code in codes:
        if len(code) < ENOUGH:
            report.say("note.short", given=code)


def check_count(vote: Vote, report: Report) -> None:
    counted = outcome(vote)
    for n, part in enumerate(counted["parts"]):
        tell_part(part, vote.question["parts"][n]["scope"], vote, report)
    check_consents(vote, report)
    wrong = list(differences("", counted, vote.result))
    for field, published, found in wrong:
        report.say("wrong.result", field=field, published=published, counted=found)
    if not wrong:
        report.say("ok.result", result=report.word(counted["result"]))


def differences(name: str, counted: Any, published: Any) -> Iterator[tuple[str, Any, Any]]:
    """Where what was published is not what was counted, by its name in result.json."""
    if isinstance(counted, dict) and isinstance(published, dict):
        for key, value in counted.items():
            yield from differences(f"{name}.{key}".strip("."), value, published.get(key))
    elif name == "parts" and isinstance(published, list) and len(published) == len(counted):
        for n, part in enumerate(counted):
            yield from differences(f"parts.{n + 1}", part, published[n])
    elif counted != published:
        yield name, published, counted


def tell_part(part: dict[str, Any], scope: str, vote: Vote, report: Report) -> None:
    def told(sums: Sequence[int]) -> str:
        area = f"{sums[1] // 100}.{sums[1] % 100:02d}"
        return report.word("amount", n=sums[0], area=area) if part["area"] else str(sums[0])

    result, failed = report.word(part["result"]), ", ".join(map(report.word, part["failed"]))
    report.say(
        "count.part",
        rule=rule_in_words(part["rule"], report),
        scope=scope,
        all=told((part["voters"], part["area"])),
        part=told((part["taking_part"], part["area_taking_part"])),
        cast=", ".join(f"{report.word(name)} {told(sums)}" for name, sums in part["cast"].items()),
        result=report.word("short", result=result, tests=failed) if failed else result,
    )
    if vote.question["silence"] != "none":
        silence = report.word(vote.question["silence"])
        report.say("note.silent", silent=told(part["silent"]), mode=silence)


def rule_in_words(rule: str, report: Report) -> str:
    if rule not in RULES:
        return rule
    quorum, approval = (f"{'>' if more else '≥'} {n}/{d}" for n, d, more in RULES[rule][1:])
    return report.word("shares", rule=rule, quorum=quorum, approval=approval)


def check_consents(vote: Vote, report: Report) -> None:
    asked = {each["property"] for each in vote.consents}
    report.judge("consents", asked == set(vote.question["consents"]))
    if asked:
        given = sum(each["given"] is True for each in vote.consents)
        report.say("note.consents", n=len(vote.consents), given=given)


def check(path: str, asked: argparse.Namespace, report: Report) -> None:
    vote = Vote(Bundle(path), {size for size, _ in asked.head})
    report.plain("title", matter=vote.matter, title=vote.question["title"])
    check_texts(vote, asked, report)
    check_rows(vote, report)
    check_heads(vote, asked, report)
    check_what_was_seen(vote, asked, report)
    check_count(vote, report)
    for name in ("bad",) if report.wrong else ("shown", "unshown", "good"):
        report.plain(name, n=report.wrong)


def code(text: str) -> str:
    if not 8 <= len(text) <= FULL or set(text) - set("0123456789abcdef"):
        raise argparse.ArgumentTypeError("8 to 64 of 0123456789abcdef")
    return text


def place(text: str) -> tuple[int, str]:
    number, _, rest = text.partition(":")
    if not (number.isascii() and number.isdecimal()):
        raise argparse.ArgumentTypeError("such as 120:ab34cd56")
    return int(number), code(rest)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle")
    parser.add_argument("--head", type=place, nargs="+", default=[], metavar="SIZE:ROOT")
    parser.add_argument("--receipt", type=place, nargs="+", default=[], metavar="SEQ:COMMIT")
    parser.add_argument("--question", type=code, metavar="HASH")
    parser.add_argument("--roll", type=code, metavar="HASH")
    parser.add_argument("--key", type=code, metavar="KEY")
    parser.add_argument("--language", choices=("zh", "en"), default="zh")
    asked = parser.parse_args(arguments)
    report = Report(asked.language)
    try:
        check(asked.bundle, asked, report)
    except Exception as error:  # whatever a damaged or hostile file can bring about
        report.plain("unreadable", why=f"{type(error).__name__}: {error}")
        return UNREADABLE
    return DOES_NOT if report.wrong else HOLDS


if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a screen that cannot show a sign shows a mark
    sys.exit(main())
