"""Tables as benchmarks/README.md has them, ready to be pasted."""

from collections.abc import Iterable, Sequence


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The first two columns are words, the others numbers."""
    marks = ["---" if n < 2 else "--:" for n in range(len(heads))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, marks, *rows))
