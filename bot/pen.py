"""Ink on a page of a phone's width: text that fits, bars, patterns and marks.

Nothing on a page is told by colour alone. The page knows no votes and no language.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from io import BytesIO
from unicodedata import category

from PIL import Image, ImageDraw, ImageFont

WIDTH = 1080  # pixels, three for each of a narrow phone's
MARGIN = 56
INNER = WIDTH - 2 * MARGIN
SMALLEST = 30  # pixels: text that would get smaller is cut off
INK, PAPER, GREY = "#14181c", "#ffffff", "#566069"
BOLD, MEDIUM = 700, 500  # weights
BAR, OVER, EDGE, NEAR = 64, 14, 3, 10  # pixels: a bar, its line beyond it, its edge, "visibly"
FLAG = 34  # pixels: the words at the line
COLUMNS = 12  # side by side, at least: fewer would be broader than they mean
SMOOTH = 4  # shapes are drawn so many times larger and made smaller, which rounds their edges
COLOURS = 128  # of the finished picture, most of them at the edges of letters

FONTS, FONT = "manimgx_fonts_cjk", "NotoSansCJK-VF.otf.ttc"
SIMPLIFIED = 2  # the mainland's forms, among the languages of that file

# Words of ASCII stay together; elsewhere a line may end, but not before a full stop.
TOKEN = re.compile(r"[!-~]+ ?|[^!-~][，。、；：？！）」》”’…%]*")

# Outlines in hundredths of their box.
MARKS = {
    "tick": ((13, 50), (38, 73), (86, 22), (97, 34), (39, 96), (2, 62)),
    "cross": (
        (20, 8), (50, 38), (80, 8), (92, 20), (62, 50), (92, 80),
        (80, 92), (50, 62), (20, 92), (8, 80), (38, 50), (8, 20),
    ),
    "dash": ((6, 41), (94, 41), (94, 59), (6, 59)),
}  # fmt: skip

Font = ImageFont.FreeTypeFont
Weights = tuple[int, int]


@dataclass(frozen=True)
class Pattern:
    """What a part of a bar is filled with: solid, stripes, dots or crossed."""

    kind: str
    ink: str


class Page:
    """Grows downwards: ``y`` is where the next thing goes.

    What is drawn below ``height`` is lost, so that a page may be laid out once to learn how
    long it gets.
    """

    def __init__(self, height: int) -> None:
        self.y = MARGIN
        self._image = Image.new("RGB", (WIDTH, height), PAPER)
        self._draw = ImageDraw.Draw(self._image)
        self._fonts: dict[tuple[int, int], Font] = {}

    def png(self) -> bytes:
        written = BytesIO()
        few = self._image.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        few.save(written, "PNG")
        return written.getvalue()

    # --- text

    def paragraph(self, text: str, size: int, weight: int, *, lines: int, ink: str = INK) -> None:
        for line in wrapped(drawable(text), self._font(size, weight), INNER, lines):
            self._write(line, MARGIN, size, weight, ink)
            self.y += _height(size)

    def line(self, left: str, right: str, size: int, weights: Weights, *, x: int = MARGIN) -> None:
        """Two texts, one at each side, made smaller together until they fit."""
        room, height = WIDTH - MARGIN - x, _height(size)
        while size > SMALLEST and self._both(left, right, size, weights) > room:
            size -= 1
        self._within(right, (x, WIDTH - MARGIN), size, weights[1], height, at_end=True)
        end = WIDTH - MARGIN - (self._both("", right, size, weights) if right else 0)
        self._within(left, (x, end), size, weights[0], height)
        self.y += height

    def legend(self, items: Sequence[tuple[Pattern, str]], size: int) -> None:
        """What the patterns of a bar mean, as many to a line as fit."""
        x = MARGIN
        for pattern, words in items:
            width = size + size // 2 + self._width(words, size, MEDIUM)
            if x > MARGIN and x + width > WIDTH - MARGIN:
                x, self.y = MARGIN, self.y + _height(size)
            top = self.y + (_height(size) - size) // 2
            self._filled(pattern, x, top, size, size)
            self._write(words, x + size + size // 3, size, MEDIUM, INK)
            x += width + size
        self.y += _height(size)

    def _within(
        self,
        text: str,
        room: tuple[int, int],
        size: int,
        weight: int,
        height: int,
        *,
        at_end: bool = False,
        ink: str = INK,
    ) -> None:
        """One line in the middle of the height, at one end of the room, smaller where it must."""
        text, (start, end) = drawable(text), room
        while size > SMALLEST and self._width(text, size, weight) > end - start:
            size -= 1
        text = "".join(wrapped(text, self._font(size, weight), end - start, 1))
        x = end - self._width(text, size, weight) if at_end else start
        self._write(text, x, size, weight, ink, height)

    def _both(self, left: str, right: str, size: int, weights: Weights) -> int:
        gap = size if right else 0
        return self._width(left, size, weights[0]) + gap + self._width(right, size, weights[1])

    def _width(self, text: str, size: int, weight: int) -> int:
        return round(self._font(size, weight).getlength(text) + 0.5)

    def _write(
        self, text: str, x: int, size: int, weight: int, ink: str, height: int | None = None
    ) -> None:
        middle = self.y + (height or _height(size)) // 2
        self._draw.text((x, middle), text, font=self._font(size, weight), fill=ink, anchor="lm")

    def _font(self, size: int, weight: int) -> Font:
        """A font of its own for each page: pages are drawn in threads."""
        if (size, weight) not in self._fonts:
            self._fonts[size, weight] = _opened(size, weight)
        return self._fonts[size, weight]

    # --- shapes

    def band(self, words: str, mark: str, size: int, ink: str) -> None:
        """A sentence nobody can overlook: white on a broad band, behind a mark."""
        height, room = size * 2, (MARGIN + size * 2, WIDTH - MARGIN - size // 2)
        box = (MARGIN, self.y, WIDTH - MARGIN, self.y + height)
        self._draw.rounded_rectangle(box, radius=size // 4, fill=ink)
        self._within(words, room, size, BOLD, height, ink=PAPER)
        self.y += height // 2 - _height(size) // 2
        self.mark(mark, MARGIN + size // 2, size, PAPER)
        self.y += height // 2 + _height(size) // 2

    def mark(self, name: str, x: int, size: int, ink: str) -> None:
        """A tick, a cross or a dash as high as text of this size, beside the coming line."""
        large = Image.new("L", (size * SMOOTH, size * SMOOTH))
        outline = [(a * size * SMOOTH / 100, b * size * SMOOTH / 100) for a, b in MARKS[name]]
        ImageDraw.Draw(large).polygon(outline, fill=255)
        self._stamp(large.resize((size, size)), x, self.y + (_height(size) - size) // 2, ink)

    def rule(self, thickness: int, ink: str) -> None:
        self._draw.rectangle((MARGIN, self.y, WIDTH - MARGIN - 1, self.y + thickness - 1), ink)
        self.y += thickness

    def bar(
        self,
        pieces: Sequence[tuple[Pattern, int]],
        whole: int,
        line: tuple[int, int],
        words: tuple[str, str],
        *,
        met: bool,
    ) -> None:
        """Pieces of a whole side by side, with a line at n/d of it that the first is to reach.

        The words stand at both sides of the line. The eye must not contradict the count: the
        first piece ends visibly before the line, or visibly behind it, however little it is.
        """
        edge = INNER * line[0] // line[1]
        self._flag(min(MARGIN + edge, WIDTH - MARGIN - 1), words)
        self._draw.rectangle(
            (MARGIN, self.y, WIDTH - MARGIN - 1, self.y + BAR - 1), PAPER, INK, EDGE
        )
        start, upto = 0, 0
        for n, (pattern, value) in enumerate(pieces):
            upto += value
            end = upto * INNER // whole if whole else 0
            if n == 0:
                end = min(max(end, edge + NEAR), INNER) if met else max(min(end, edge - NEAR), 0)
            self._filled(pattern, MARGIN + start, self.y, end - start, BAR)
            start = max(start, end)
        self._threshold(min(MARGIN + edge, WIDTH - MARGIN - 1))
        self.y += BAR + OVER

    def columns(
        self, columns: Sequence[tuple[Pattern, int, str, str]], whole: int, height: int, size: int
    ) -> None:
        """Bars that stand side by side: pattern, value, words above and below. The last one is
        always at the right end, so that few of them leave room at the left."""
        width = INNER // max(len(columns), COLUMNS)
        left = WIDTH - MARGIN - width * len(columns)
        foot = self.y + _height(size) + height
        for n, (pattern, value, above, below) in enumerate(columns):
            x, tall = left + n * width, max(height * value // whole, EDGE * 2 + 1)
            self._filled(pattern, x + width // 8, foot - tall, width * 3 // 4, tall)
            for words, top in ((above, foot - tall - _height(size)), (below, foot + EDGE)):
                self.y = top
                self._centred(words, x, width, size)
        self.y = foot + EDGE + _height(size)

    def _centred(self, words: str, x: int, width: int, size: int) -> None:
        self._write(words, x + (width - self._width(words, size, MEDIUM)) // 2, size, MEDIUM, INK)

    def share(self, pattern: Pattern, part: int, whole: int, height: int) -> None:
        """How much of a whole is reached, as one bar in its frame."""
        box = (MARGIN, self.y, WIDTH - MARGIN - 1, self.y + height - 1)
        self._draw.rectangle(box, PAPER, INK, EDGE)
        self._filled(pattern, MARGIN, self.y, INNER * part // whole, height)
        self.y += height

    def _flag(self, x: int, words: tuple[str, str]) -> None:
        """A triangle with its point on the bar to come, and words at both sides of it."""
        height = _height(FLAG)
        self._within(words[0], (MARGIN, x - FLAG), FLAG, MEDIUM, height, at_end=True)
        if words[1]:
            self._within(words[1], (x + FLAG, WIDTH - MARGIN), FLAG, MEDIUM, height)
        self.y += height
        tip = ((x - 17, self.y - 28), (x + 17, self.y - 28), (x, self.y - 2))
        self._draw.polygon(tip, INK)

    def _threshold(self, x: int) -> None:
        self._draw.rectangle((x - 6, self.y, x + 6, self.y + BAR + OVER), PAPER)
        self._draw.rectangle((x - 3, self.y - 6, x + 3, self.y + BAR + OVER), INK)

    def _filled(self, pattern: Pattern, x: int, y: int, width: int, height: int) -> None:
        """A rectangle with its edge; nothing where there is no room for one."""
        if width <= 2 * EDGE:
            return
        cover = Image.new("L", (width * SMOOTH, height * SMOOTH))
        _inked(ImageDraw.Draw(cover), pattern.kind, width * SMOOTH, height * SMOOTH)
        self._stamp(cover.resize((width, height)), x, y, pattern.ink)
        self._draw.rectangle((x, y, x + width - 1, y + height - 1), None, INK, EDGE)

    def _stamp(self, cover: Image.Image, x: int, y: int, ink: str) -> None:
        self._image.paste(ink, (x, y), cover)


def _inked(draw: ImageDraw.ImageDraw, kind: str, width: int, height: int) -> None:
    step = 20 * SMOOTH
    match kind:
        case "stripes":
            for x in range(-height, width, step):
                draw.line((x, height, x + height, 0), 255, step * 2 // 5)
        case "dots":
            for x in range(step // 2, width, step):
                for y in range(step // 2, height, step):
                    draw.circle((x, y), step // 4, 255)
        case "solid":
            draw.rectangle((0, 0, width, height), 255)
        case _:
            draw.line((0, height, width, 0), 255, 4 * SMOOTH)
            draw.line((0, 0, width, height), 255, 4 * SMOOTH)


def drawable(text: str) -> str:
    """On one line, without what the font has no picture of: emoji and signs nobody sees."""
    line = " ".join(text.splitlines())
    return "".join(c for c in line if category(c)[0] != "C" and not _beyond(c)).strip()


def _beyond(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U00010000" <= character < "\U00020000"


def wrapped(text: str, font: Font, width: int, lines: int) -> list[str]:
    """The text in at most so many lines of this width; an ellipsis where more was to come."""
    found: list[str] = []
    for piece in _pieces(text, font, width):
        if found and font.getlength((found[-1] + piece).rstrip()) <= width:
            found[-1] += piece
        else:
            found.append(piece)
    if len(found) > lines:
        found = [*found[: lines - 1], _shortened(found[lines - 1], font, width)]
    return [line.rstrip() for line in found]


def _pieces(text: str, font: Font, width: int) -> Iterator[str]:
    """What stays together, as far as it fits on a line at all."""
    for piece in TOKEN.findall(text):
        yield from [piece] if font.getlength(piece) <= width else piece


def _shortened(line: str, font: Font, width: int) -> str:
    while line and font.getlength(f"{line}…") > width:
        line = line[:-1]
    return f"{line.rstrip()}…"


def _opened(size: int, weight: int) -> Font:
    with as_file(files(FONTS) / FONT) as path:
        font = ImageFont.truetype(path, size, SIMPLIFIED, layout_engine=ImageFont.Layout.BASIC)
    font.set_variation_by_axes([weight])
    return font


def _height(size: int) -> int:
    return size * 4 // 3
