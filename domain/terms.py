"""What every card says of the terms of a vote: what it is worth, what becomes of silence.

The honest sentences of the handbook, voting 2.2, are among them.
"""

from domain.conversation import Phrase
from domain.kinds import Outcome
from domain.places import Channel, LegalEffect, Paper, Place
from domain.procedure import Parking
from domain.question import Mode
from domain.voting import RULES, Share, Silence, Unit


def worth(effect: LegalEffect, unit: Unit, place: Place, basis: str) -> Phrase:
    """In plain words; ``basis``: the law or agreement that makes a binding vote bind."""
    match effect:
        case LegalEffect.BINDING:
            return Phrase("voting.effect.binding", {"basis": basis})
        case LegalEffect.ADVISORY if unit is Unit.OWNER and place.channel is Channel.CITY_SYSTEM:
            return Phrase("voting.effect.advisory_city_system", {"place": place.name})
        case _:
            return Phrase(f"voting.effect.{effect}")


def rule(code: str, *, in_round: bool) -> Phrase:
    """What decides. In a round nobody agrees to anything: its answers are counted one by one."""
    if not in_round:
        return Phrase(f"rule.{code}")
    body, quorum = Phrase(f"rule.{code}.short"), share(RULES[code].quorum)
    return Phrase("rule.round", {"body": body, "share": quorum})


def share(share: Share) -> Phrase:
    """ "过半数" """
    strict = "over" if share.strict else "at_least"
    return Phrase(f"share.{strict}_{share.n}_{share.d}")


def silent(mode: Silence) -> Phrase:
    return Phrase(f"voting.silence.{mode}")


def changes(limit: int | None) -> Phrase:
    """How often a ballot may be changed; None: until the close."""
    if limit is None:
        return Phrase("voting.changes")
    return Phrase("voting.changes_limited", {"count": limit})


def paper(paper: Paper) -> Phrase:
    return Phrase(f"voting.paper.{paper}")


def spoiled(counts: bool) -> Phrase:
    return Phrase("voting.spoiled_counts" if counts else "voting.spoiled_left_out")


def parking(parking: Parking) -> Phrase:
    return Phrase(f"voting.parking.{parking}")


def report(outcome: Outcome) -> Phrase:
    """What has to be told once the decision was carried out."""
    return Phrase(f"voting.outcome.{outcome}")


def honest(mode: Mode) -> tuple[Phrase, ...]:
    """What no program can promise in a chat: who can see the choice, and who stands beside."""
    seen = Phrase(f"voting.honest.{mode}")
    return (seen,) if mode is Mode.DETACHED else (seen, Phrase("voting.honest_home"))
