"""A group as people speak of it: the bot does not know what it is called."""

from casework.scene import Scene
from domain.conversation import Blank, Phrase
from storage.groups import Group

UNKNOWN = Phrase("groups.name.unknown")


def name_of(scene: Scene, group: Group | None) -> Phrase:
    """By what it stands for."""
    if group is None:
        return UNKNOWN
    value: Blank = group.value
    if group.scope == "grid":
        value = scene.community.grids.get(group.value, group.value)
    elif group.scope == "community":
        value = scene.community.name
    return Phrase(f"groups.name.{group.scope}", {"value": value})
