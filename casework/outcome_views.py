"""The outcome of a vote in words and in a picture: arithmetic that anybody can follow."""

from collections.abc import Mapping
from typing import Any

from casework.counting import ANSWERED, CONSULTED, NOT_ENOUGH, TOO_FEW, decisions_of, led_by
from casework.matter_views import blanks_of, scope_name
from domain import terms
from domain.community import Community
from domain.conversation import Address, Blank, Phrase, Say
from domain.drawing import Drawing, Part
from domain.matters import Matter
from domain.question import Question
from domain.roll import square_metres
from domain.rounds import (
    FEWEST_RATED,
    FEWEST_SHOWN,
    SATISFACTION,
    Rate,
    found_incompetent,
    satisfied,
)
from domain.voting import Check, Decision, Measured, Sum
from storage.matters import Kept


def outcome_say(kept: Kept, community: Community, to: Address) -> Say:
    """For a group: what came out, how it was counted, and the picture of it."""
    blanks = blanks_of(kept.matter, community) | {"lines": outcome_lines(kept, community)}
    told = kept.outcome or {}
    key = "outcomes.consulted" if told.get("result") == CONSULTED else "outcomes.posted"
    if told.get("result") in (ANSWERED, NOT_ENOUGH, TOO_FEW):
        key = "outcomes.round"
    blanks["result"] = Phrase(f"outcomes.result.{told.get('result', CONSULTED)}")
    return Say(to, key, blanks, drawing=picture(kept))


def result_line(told: Mapping[str, Any]) -> Phrase:
    """The result in one line, for the card of a matter whose count was posted above."""
    return Phrase("outcomes.result_line", {"result": Phrase(f"outcomes.result.{told['result']}")})


def outcome_lines(kept: Kept, community: Community) -> tuple[Blank, ...]:
    """Every test with its counts and what it needed; then whatever else has to be said."""
    told, question = kept.outcome, kept.matter.question
    if told is None:
        return ()
    if told["result"] == TOO_FEW:
        return (Phrase("outcomes.too_few", {"fewest": FEWEST_SHOWN}),)
    if told["result"] == CONSULTED:
        return _wishes(question, told)
    if question.options:
        return _round(kept.matter, told)
    lines: list[Blank] = []
    decisions = decisions_of(told)
    for part, decision in zip(question.parts, decisions, strict=True):
        if len(decisions) > 1:
            place = scope_name(part.scope, community)
            result = Phrase(f"outcomes.result.{decision.result}")
            lines.append(Phrase("outcomes.part", {"scope": place, "result": result}))
        lines += _decision_lines(decision)
    return (*lines, *_beside(told))


def _decision_lines(decision: Decision) -> list[Blank]:
    lines: list[Blank] = [_test(m, decision) for m in decision.measured.values()]
    lines.append(
        Phrase("outcomes.answers", {n: _sum(getattr(decision.tally, n), decision)
                                    for n in ("yes", "no", "abstain")})
    )  # fmt: skip
    if decision.tally.spoiled.number:
        spoiled = _sum(decision.tally.spoiled, decision)
        lines.append(Phrase("outcomes.spoiled", {"spoiled": spoiled}))
    if decision.withheld:
        lines.append(Phrase("outcomes.withheld", {"count": decision.withheld}))
    return lines


def _test(measured: Measured, decision: Decision) -> Phrase:
    """ "人数：6/9户，66.66%，达到三分之二" or what was missing."""
    by_area = measured.check in (Check.QUORUM_AREA, Check.APPROVAL_AREA)
    blanks: dict[str, Blank] = {
        "has": _amount(measured.has, by_area),
        "of": _amount(measured.of, by_area),
        "percent": measured.percent,
        "needs": _amount(measured.needs, by_area),
        "short": _amount(measured.short_of, by_area),
        "share": terms.share(measured.share),
        "unit": Phrase("unit.area" if by_area else f"unit.{decision.rule.unit}"),
    }
    met = "met" if measured.met else "missed"
    return Phrase(f"outcomes.{measured.check}.{met}", blanks)


def _amount(number: int, by_area: bool) -> str:
    return square_metres(number) if by_area else str(number)


def _sum(sum: Sum, decision: Decision) -> Blank:
    if not decision.rule.by_area:
        return str(sum.number)
    return Phrase("outcomes.with_area", {"number": sum.number, "area": _amount(sum.area, True)})


def _beside(told: Mapping[str, Any]) -> list[Blank]:
    """Other readings, doubted ballots and ballots written by officers: never left out."""
    lines: list[Blank] = []
    for reading, result in told["readings"].items():
        blanks: dict[str, Blank] = {"result": Phrase(f"outcomes.result.{result}")}
        lines.append(Phrase(f"outcomes.reading.{reading}", blanks))
    if told["struck"]:
        lines.append(Phrase("outcomes.struck", {"count": told["struck"]}))
    if told["doubted"]:
        key = "outcomes.could_change" if told["could_be"] else "outcomes.stays"
        lines.append(Phrase(key, {"count": told["doubted"]}))
    if told["by_officers"]:
        blanks = {"count": told["by_officers"], "of": told["taking_part"]}
        lines.append(Phrase("outcomes.by_officers", blanks))
    return lines


def _wishes(question: Question, told: Mapping[str, Any]) -> tuple[Blank, ...]:
    """How many chose what. A plurality is told as one, and never called passed."""
    chosen: Mapping[str, int] = told["chosen"]
    leaders = led_by(question, chosen)
    lines: list[Blank] = []
    for code, name in answer_names(question):
        key = "outcomes.wish_leads" if code in leaders else "outcomes.wish"
        lines.append(Phrase(key, {"name": name, "count": chosen.get(code, 0)}))
    told_by: dict[str, Blank] = {"count": told["taking_part"], "all": told["all"]}
    return (*lines, Phrase("outcomes.wishes_of", told_by))


def _round(matter: Matter, told: Mapping[str, Any]) -> tuple[Blank, ...]:
    """Every answer with its count; the rate or the finding that belongs to the kind of round.

    Of an appraisal in which too few took part nothing is found (handbook: voting 6).
    """
    question, (decision,) = matter.question, decisions_of(told)
    chosen: Mapping[str, int] = told["chosen"]
    lines: list[Blank] = [
        Phrase("outcomes.wish", {"name": name, "count": chosen.get(code, 0)})
        for code, name in answer_names(question)
    ]
    lines.append(_test(decision.measured[Check.QUORUM_NUMBER], decision))
    if matter.kind == SATISFACTION:
        lines.append(_satisfied(satisfied(chosen)))
    elif told["result"] == ANSWERED and found_incompetent(
        chosen, question.options, told["taking_part"]
    ):
        lines.append(Phrase("outcomes.incompetent"))
    return tuple(lines)


def _satisfied(found: Rate | None) -> Phrase:
    if found is None:
        return Phrase("outcomes.rate_too_few", {"fewest": FEWEST_RATED})
    tenths = {"low": found.low, "high": found.high}
    shown: dict[str, Blank] = {name: f"{n // 10}.{n % 10}" for name, n in tenths.items()}
    percent = found.part * 1000 // found.whole
    shown |= {
        "part": found.part,
        "whole": found.whole,
        "percent": f"{percent // 10}.{percent % 10}",
    }
    return Phrase("outcomes.rate", shown)


def answer_names(question: Question) -> list[tuple[str, Blank]]:
    """Every answer's code and its name."""
    if not question.options:
        return [(c, Phrase(f"voting.answer.{c}")) for c in ("yes", "no", "abstain")]
    numbered: list[tuple[str, Blank]] = [
        (str(n), option) for n, option in enumerate(question.options, 1)
    ]
    return [*numbered, ("abstain", Phrase("voting.answer.abstain"))]


def picture(kept: Kept) -> Drawing | None:
    """The count as bars with their thresholds; none where only wishes were asked for."""
    told, question, closes = kept.outcome, kept.matter.question, kept.matter.closes_at
    if told is None or closes is None or not told["parts"] or question.options:
        return None
    decided = zip(decisions_of(told), question.parts, strict=True)
    return Drawing(
        matter=kept.number,
        title=question.title,
        effect=question.effect,
        closed_at=closes,
        parts=tuple(Part(decision, part.scope) for decision, part in decided),
        asked=told["asked"],
    )
