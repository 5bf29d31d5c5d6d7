"""Counts a closed vote and puts the outcome into words, a picture and lasting numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
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

CONSULTED = "consulted"  # wishes were asked for: nothing passes or fails
ANSWERED, TOO_FEW = "answered", "too_few"  # of a round; of any secret vote
OFFICERS = (Via.PAPER, Via.HELPER)
IN_A_TALLY = ("all", "yes", "no", "abstain", "spoiled", "silent")


@dataclass(frozen=True)
class Outcome:
    """Everything that is published of a count."""

    result: str  # passed, rejected, no_quorum; consulted where only wishes were asked
    decisions: Decisions
    other: Mapping[Reading, Decisions]
    could_be: frozenset[Result]  # without the ballots somebody doubts
    doubted: int
    asked: int  # consents that were needed
    chosen: Mapping[str, int]  # how many chose each answer, for options
    by_officers: int  # ballots that staff wrote down
    taking_part: int
    all: int
    struck: int = 0  # ballots that people took out after a review
    cast: tuple[Mapping[str, Sum], ...] = ()  # of each part: ballots as cast, silent, everybody


async def count(scene: Scene, kept: Kept) -> Outcome:
    """Count what stands. Only of a matter whose vote has closed."""
    question = kept.matter.question
    chosen = await _chosen(scene, kept)
    if question.mode is Mode.DETACHED and sum(chosen.values()) < FEWEST_SHOWN:
        return _too_few(kept)
    if question.rule == CONSULT:
        return await _wishes(scene, kept, chosen)
    if question.options:
        return await _round(scene, kept, chosen)
    parts = await _parts(scene, kept)
    terms = terms_of(question)
    consents = await scene.uow.consents.given(kept.number)
    decisions = decide_all(parts, terms, consents)
    other, struck = readings(parts, terms, consents), await scene.uow.records.struck(kept.number)
    if struck:
        with_them = decide_all(await _parts(scene, kept, with_struck=True), terms, consents)
        other[Reading.STRUCK_COUNTED] = with_them
    doubtful = await scene.uow.ballots.doubtful(kept.number, len(question.parts))
    ways = await scene.uow.ballots.ways(kept.number)
    return Outcome(
        result=combine(decisions),
        decisions=decisions,
        other=other,
        could_be=sensitivity(parts, doubtful, terms, consents) if doubtful else frozenset(),
        doubted=_number(doubtful),
        asked=len(consents),
        chosen=chosen,
        by_officers=sum(ways.get(way, 0) for way in OFFICERS),
        taking_part=decisions[0].taking_part.number,
        all=parts[0][1].all.number,
        struck=len(struck),
        cast=tuple({name: getattr(tally, name) for name in IN_A_TALLY} for _, tally in parts),
    )


async def _wishes(scene: Scene, kept: Kept, chosen: Mapping[str, int]) -> Outcome:
    ways = await scene.uow.ballots.ways(kept.number)
    return Outcome(
        CONSULTED, (), {}, frozenset(), 0, 0, chosen, sum(ways.get(w, 0) for w in OFFICERS),
        sum(chosen.values()), kept.units, len(await scene.uow.records.struck(kept.number)),
        (await _wishes_cast(scene, kept),),
    )  # fmt: skip


def _too_few(kept: Kept) -> Outcome:
    """Almost nobody answered in secret: not even how many is told."""
    return Outcome(TOO_FEW, (), {}, frozenset(), 0, 0, {}, 0, 0, kept.units)


async def _round(scene: Scene, kept: Kept, chosen: Mapping[str, int]) -> Outcome:
    """How a round came out."""
    many = sum(chosen.values())
    (everybody,) = await scene.uow.roll.totals(kept.number, 1)
    answered = Tally(all=everybody, abstain=Sum(many))  # whatever they said, they took part
    decision = decide(RULES[kept.matter.question.rule], answered)
    result = ANSWERED if decision.result is not Result.NO_QUORUM else Result.NO_QUORUM
    return Outcome(result, (decision,), {}, frozenset(), 0, 0, chosen, 0, many, everybody.number)


async def _wishes_cast(scene: Scene, kept: Kept) -> dict[str, Sum]:
    sums = await _sums(scene, kept, 0)
    found = {code: sums.get(code, Sum()) for code in choices(kept.matter.question)}
    [everybody] = await scene.uow.roll.totals(kept.number, 1)
    [silent] = await scene.uow.roll.totals_silent(kept.number, 1)
    return found | {"spoiled": sums.get(None, Sum()), "silent": silent, "all": everybody}


async def _chosen(scene: Scene, kept: Kept) -> dict[str, int]:
    """How many units gave each answer, by the whole roll."""
    if kept.matter.question.mode is Mode.DETACHED:
        return await scene.uow.ballots.slips(kept.number)
    sums = await scene.uow.ballots.sums(kept.number, len(kept.matter.question.parts) - 1)
    return {choice: each.number for choice, each in sums.items() if choice is not None}


async def _parts(scene: Scene, kept: Kept, *, with_struck: bool = False) -> list[Part]:
    """Each part of the rule with the sums of its roll and of its standing ballots."""
    parts = kept.matter.question.parts
    everybody = await scene.uow.roll.totals(kept.number, len(parts))
    silent = await scene.uow.roll.totals_silent(kept.number, len(parts))
    sums = [await _sums(scene, kept, n, with_struck=with_struck) for n, _ in enumerate(parts)]
    return [
        (RULES[part.rule], tally_of(e, s, each))
        for part, e, s, each in zip(parts, everybody, silent, sums, strict=True)
    ]


async def _sums(
    scene: Scene, kept: Kept, part: int, *, with_struck: bool = False
) -> Mapping[str | None, Sum]:
    if kept.matter.question.mode is Mode.DETACHED:
        slips = await scene.uow.ballots.slips(kept.number)
        return {choice: Sum(many) for choice, many in slips.items()}
    return await scene.uow.ballots.sums(kept.number, part, with_struck=with_struck)


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
