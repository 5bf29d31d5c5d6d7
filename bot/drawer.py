"""Has pictures drawn, beside everything else. The tools to draw with come at the first picture."""

import asyncio
from functools import lru_cache, partial

import structlog

from domain.drawing import Drawing
from domain.trend import Trend
from texts import Texts

log = structlog.get_logger()

KEPT = 16  # pictures: those of one matter, in every language, while its groups are told


class Drawer:
    """Draws one picture at a time, beside everything else, and remembers the last ones."""

    def __init__(self, texts: Texts) -> None:
        self._draw = lru_cache(KEPT)(partial(_drawn, texts))
        self._one = asyncio.Lock()

    async def image(self, drawing: Drawing | Trend, language: str | None) -> bytes | None:
        """A PNG; None when it could not be drawn: the words matter more than the picture."""
        async with self._one:
            try:
                return await asyncio.to_thread(self._draw, drawing, language)
            except Exception:
                log.exception("picture could not be drawn", kind=type(drawing).__name__)
                return None


def _drawn(texts: Texts, drawing: Drawing | Trend, language: str | None) -> bytes:
    """In a thread, which loads the tools too: most processes never draw."""
    from bot.drawing import draw
    from bot.trend import draw_trend

    if isinstance(drawing, Trend):
        return draw_trend(texts, drawing, language)
    return draw(texts, drawing, language)
