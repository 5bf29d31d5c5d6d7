"""Buttons for platforms that have none: numbered lines under the words."""

from bot.channels.base import Button
from texts import Rich, Span


def as_lines(text: Rich, buttons: tuple[Button, ...]) -> Rich:
    """The text with its choices as numbered lines; a typed number chooses."""
    lines = "".join(f"\n{n}. {b.label}" for n, b in enumerate(buttons, start=1))
    return (*text, Span(lines)) if lines else text
