"""The part ``voting`` of config.yaml over what Linli comes with becomes one frozen Voting."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.settings_voting import AlternativePart, KindPart, PlacePart, VotingPart
from bot.values import Part
from domain import kinds, places
from domain.conversation import Names
from domain.kinds import Alternative, Kind, Outcome
from domain.places import DEFAULT, Place
from domain.procedure import Procedure, Voting
from texts import read_languages

Words = Callable[[str], Names]


def voting(part: VotingPart) -> Voting:
    """What the settings say, and where they say nothing what every community has."""
    said, words = part.rules_of_procedure, _words()
    return Voting(
        place=part.place,
        places=_places(part.profiles, places.shipped(words)),
        kinds=_kinds(part.kinds, kinds.shipped(words)),
        procedure=Procedure(
            parking=said.parking,
            invalid_counts=said.invalid_counts,
            silence=said.silence.mode,
            silence_basis=said.silence.basis or "",
            channel_named=said.channel_named or "",
            proxy_cap=said.proxy_cap,
        ),
        stages=part.stages.by_state(),
        objection=part.stages.objection,
        retention_years=part.retention_years,
        heads_at=part.heads_at,
    )


def _words() -> Words:
    languages = read_languages()
    return lambda key: Names({code: sentences[key] for code, sentences in languages.items()})


def _places(own: list[PlacePart], shipped: tuple[Place, ...]) -> tuple[Place, ...]:
    """An own version replaces the one that began on its day, or the newest where it names none."""
    found = list(shipped)
    for part in own:
        versions = [p for p in found if p.code == part.code]
        newest = max(versions, key=lambda p: p.valid_from, default=None)
        base = newest or next(p for p in found if p.code == DEFAULT)
        place = replace(base, **_said(part))
        found = [p for p in found if (p.code, p.valid_from) != (place.code, place.valid_from)]
        found.append(place)
    return tuple(found)


def _kinds(own: list[KindPart], shipped: tuple[Kind, ...]) -> tuple[Kind, ...]:
    found = {kind.code: kind for kind in shipped}
    for part in own:
        base = found.get(part.code) or Kind(part.code, Names({}), "community", Outcome.WORKS, ())
        said = _said(part)
        if part.alternatives is not None:
            said["alternatives"] = tuple(map(_alternative, part.alternatives))
        found[part.code] = replace(base, **said)
    return tuple(found.values())


def _alternative(part: AlternativePart) -> Alternative:
    said = _said(part)
    return Alternative(**said | {"question": Names(part.question), "rules": tuple(part.rules)})


def _said(part: Part) -> dict[str, Any]:
    """What a part does not leave out, its name as Names."""
    said = {key: value for key, value in dict(part).items() if value is not None}
    return said | ({"name": Names(said["name"])} if "name" in said else {})
