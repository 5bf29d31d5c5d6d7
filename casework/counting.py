"""Counts a closed vote and puts the outcome into words, a picture and lasting numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import zip_longest
from typing import Any

from casework.scene import Scene
from domain.ballots import Via, choices
from domain.kinds import CONSULT
from domain.question import Mode, Question
from domain.readings import Reading, readings, sensitivity
from domain.rounds import FEWEST_SHOWN
from domain.voting import (
    RULES,
    Decision,
    Decisions,
    Part,
    Result,
    Silence,
    Sum,
    Tally,
    Terms,
    combine,
    decide,
    decide_all,
    leading,
)
from storage.matters import Kept
from storage.uow import Storage, UnitOfWork

CONSULTED = "consulted"  # wishes were asked for: nothing passes or fails
ANSWERED, NOT_ENOUGH = "answered", "not_enough"  # of a round, with its quorum and without
TOO_FEW = "too_few"  # of any secret vote
OFFICERS = (Via.PAPER, Via.HELPER)
IN_A_TALLY = ("all", "yes", "no", "abstain", "spoiled", "silent")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Everything that is published of a count."""

    result: str  # passed, rejected, no_quorum; or what else a count may come to (above)
    all: int
    taking_part: int = 0  # ballots, in the widest part: officers write down spoiled ones, too
    decisions: Decisions = ()
    other: Mapping[Reading, Decisions] = field(default_factory=dict)
    could_be: frozenset[Result] = frozenset()  # without the ballots somebody doubts
    doubted: int = 0
    asked: int = 0  # consents that were needed
    chosen: Mapping[str, int] = field(default_factory=dict)  # how many chose each answer
    by_officers: int = 0  # ballots that staff wrote down
    struck: int = 0  # ballots that people took out after a review
    cast: tuple[Mapping[str, Sum], ...] = ()  # of each part: ballots as cast, silent, everybody


@dataclass(frozen=True)
class Sums:
    """What the roll and all that was cast come to. After the close nothing changes it."""

    everybody: tuple[Sum, ...]  # of each part, as all that follow
    silent: tuple[Sum, ...]
    cast: tuple[Mapping[str | None, Sum], ...]
    ways: Mapping[Via, int]


async def count(scene: Scene, kept: Kept) -> Outcome:
    """Count what stands. Only of a matter whose vote has closed.

    The large sums are prepared outside of the unit of work. A ballot that is let in meanwhile
    changes the matter's own row, and then they are made anew.
    """
    key = ("sums", kept.number, kept.ballots, kept.voted)
    sums = scene.uow.prepared(key, partial(_read, kept))
    out = Sums(sums.everybody, sums.silent, (), {})
    struck = await scene.uow.records.struck(kept.number)
    if struck:
        out = await _add_up(scene.uow, kept, sums, struck)
    return await _outcome(scene, kept, sums, _without(sums, out), len(struck))


async def _read(kept: Kept, storage: Storage) -> Sums:
    parts = len(kept.matter.question.parts)
    async with storage.read() as uow:
        everybody = await uow.roll.totals(kept.number, parts)
        silent = await uow.roll.totals_silent(kept.number, parts)
        return await _add_up(uow, kept, Sums(everybody, silent, (), {}))


async def _add_up(
    uow: UnitOfWork, kept: Kept, sums: Sums, lines: Sequence[int] | None = None
) -> Sums:
    """With the standing ballots, or with those of them on these lines of the record."""
    number, parts = kept.number, range(len(kept.matter.question.parts))
    if kept.matter.question.mode is Mode.DETACHED:
        slips = await uow.ballots.slips(number)
        return replace(sums, cast=tuple({c: Sum(n) for c, n in slips.items()} for _ in parts))
    cast = [await uow.ballots.sums(number, part, lines) for part in parts]
    return replace(sums, cast=tuple(cast), ways=await uow.ballots.ways(number, lines))


def _without(sums: Sums, out: Sums) -> Sums:
    """The sums without the ballots that were struck out."""
    none: Mapping[str | None, Sum] = {}
    cast = [_less(all, less) for all, less in zip_longest(sums.cast, out.cast, fillvalue=none)]
    ways = {way: many - out.ways.get(way, 0) for way, many in sums.ways.items()}
    return replace(sums, cast=tuple(cast), ways=ways)


def _less(
    all: Mapping[str | None, Sum], less: Mapping[str | None, Sum]
) -> Mapping[str | None, Sum]:
    left = {choice: each - less.get(choice, Sum()) for choice, each in all.items()}
    return {choice: each for choice, each in left.items() if each.number}


async def _outcome(scene: Scene, kept: Kept, cast: Sums, sums: Sums, struck: int) -> Outcome:
    """``sums``: what counts, of all that was ``cast``."""
    question = kept.matter.question
    chosen = {c: each.number for c, each in sums.cast[-1].items() if c is not None}
    if question.mode is Mode.DETACHED and sum(chosen.values()) < FEWEST_SHOWN:
        return _too_few(kept)
    if question.rule == CONSULT:
        return _wishes(kept, sums, chosen, struck)
    if question.options:
        return _round(kept, sums, chosen)
    parts = _parts(question, sums)
    terms = terms_of(question)
    consents = await scene.uow.consents.given(kept.number)
    decisions = decide_all(parts, terms, consents)
    other = readings(parts, terms, consents)
    if struck:
        other[Reading.STRUCK_COUNTED] = decide_all(_parts(question, cast), terms, consents)
    doubtful = await scene.uow.ballots.doubtful(kept.number, len(question.parts))
    return Outcome(
        result=combine(decisions),
        all=parts[-1][1].all.number,
        taking_part=sum(each.number for each in sums.cast[-1].values()),
        decisions=decisions,
        other=other,
        could_be=sensitivity(parts, doubtful, terms, consents) if doubtful else frozenset(),
        doubted=_number(doubtful),
        asked=len(consents),
        chosen=chosen,
        by_officers=_by_officers(sums),
        struck=struck,
        cast=tuple({name: getattr(tally, name) for name in IN_A_TALLY} for _, tally in parts),
    )


def _wishes(kept: Kept, sums: Sums, chosen: Mapping[str, int], struck: int) -> Outcome:
    cast = {code: sums.cast[0].get(code, Sum()) for code in choices(kept.matter.question)}
    cast |= {"spoiled": sums.cast[0].get(None, Sum())}
    cast |= {"silent": sums.silent[0], "all": sums.everybody[0]}
    return Outcome(
        result=CONSULTED,
        all=kept.units,
        taking_part=sum(chosen.values()),
        chosen=chosen,
        by_officers=_by_officers(sums),
        struck=struck,
        cast=(cast,),
    )


def _by_officers(sums: Sums) -> int:
    return sum(sums.ways.get(way, 0) for way in OFFICERS)


def _too_few(kept: Kept) -> Outcome:
    """Almost nobody answered in secret: not even how many is told."""
    return Outcome(result=TOO_FEW, all=kept.units)


def _round(kept: Kept, sums: Sums, chosen: Mapping[str, int]) -> Outcome:
    """How a round came out."""
    many, everybody = sum(chosen.values()), sums.everybody[0]
    answered = Tally(all=everybody, abstain=Sum(many))  # whatever they said, they took part
    decision = decide(RULES[kept.matter.question.rule], answered)
    return Outcome(
        result=NOT_ENOUGH if decision.result is Result.NO_QUORUM else ANSWERED,
        all=everybody.number,
        taking_part=many,
        decisions=(decision,),
        chosen=chosen,
    )


def _parts(question: Question, sums: Sums) -> list[Part]:
    """Each part of the rule with the sums of its roll and of its standing ballots."""
    each = zip(question.parts, sums.everybody, sums.silent, sums.cast, strict=True)
    return [
        (RULES[p.rule], tally_of(everybody, silent, cast)) for p, everybody, silent, cast in each
    ]


def tally_of(everybody: Sum, silent: Sum, sums: Mapping[str | None, Sum]) -> Tally:
    none = Sum()
    return Tally(
        all=everybody,
        yes=sums.get("yes", none),
        no=sums.get("no", none),
        abstain=sums.get("abstain", none),
        spoiled=sums.get(None, none),
        silent=silent,
    )


def terms_of(question: Question) -> Terms:
    return Terms(Silence(question.silence), question.silence_agreed, question.invalid_counts)


def _number(doubtful: list[Tally]) -> int:
    if not doubtful:
        return 0
    widest = doubtful[-1]
    return sum(s.number for s in (widest.yes, widest.no, widest.abstain, widest.spoiled))


def as_json(outcome: Outcome) -> dict[str, Any]:
    """The numbers as they are kept, published and put beside an auditor's own count."""
    return {
        "result": outcome.result,
        "parts": [_decision(d) for d in outcome.decisions],
        "readings": {reading: combine(decisions) for reading, decisions in outcome.other.items()},
        "could_be": sorted(outcome.could_be),
        "doubted": outcome.doubted,
        "asked": outcome.asked,
        "chosen": dict(outcome.chosen),
        "by_officers": outcome.by_officers,
        "taking_part": outcome.taking_part,
        "all": outcome.all,
        "struck": outcome.struck,
        "cast": [{n: _pair(s) for n, s in part.items()} for part in outcome.cast],
    }


def _decision(decision: Decision) -> dict[str, Any]:
    tally = decision.tally
    sums = {name: _pair(getattr(tally, name)) for name in IN_A_TALLY}
    return {
        "rule": decision.rule.name,
        "result": decision.result,
        "failed": list(decision.failed),
        "taking_part": _pair(decision.taking_part),
        "withheld": decision.withheld,
        **sums,
    }


def decisions_of(told: Mapping[str, Any]) -> Decisions:
    """The decisions again from what was kept of them."""
    return tuple(_decision_of(part) for part in told["parts"])


def _decision_of(part: Mapping[str, Any]) -> Decision:
    tally = Tally(**{name: Sum(*part[name]) for name in IN_A_TALLY})
    return Decision(RULES[part["rule"]], tally, Sum(*part["taking_part"]), part["withheld"])


def _pair(sum: Sum) -> list[int]:
    return [sum.number, sum.area]


def led_by(question: Question, chosen: Mapping[str, int]) -> tuple[str, ...]:
    """Of options, those most people chose; never called passed."""
    codes = [str(n) for n in range(1, len(question.options) + 1)] or ["yes", "no"]
    counts = [chosen.get(code, 0) for code in codes]
    return tuple(codes[n] for n in leading(counts))
