"""The tree of hashes over a list that only grows, after RFC 9162 (section 2.1). Knows no votes.

A root stands for all rows below it and their order. An inclusion proof shows that a row is under
a root; a consistency proof, that a later root holds all that an earlier one held. Hashes are
written in hex everywhere outside of this file.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

LEAF, NODE = b"\x00", b"\x01"  # a row can never be passed off as a branch (RFC 9162, 2.1.1)


def leaf(row: bytes) -> str:
    return hashlib.sha256(LEAF + row).hexdigest()


def node(left: str, right: str) -> str:
    return hashlib.sha256(NODE + bytes.fromhex(left + right)).hexdigest()


EMPTY = hashlib.sha256().hexdigest()  # the root over nothing


@dataclass(frozen=True)
class Frontier:
    """What must be kept of a tree to let it grow: the roots of its full subtrees, large to small.

    A tree of n rows has as many as n has binary ones, so that appending to and naming the root of
    a list of any length costs O(log n). ``size`` and ``peaks`` are what a database stores.
    """

    size: int = 0
    peaks: tuple[str, ...] = ()

    def append(self, leaf: str) -> "Frontier":
        peaks, size = list(self.peaks), self.size
        while size & 1:
            leaf = node(peaks.pop(), leaf)
            size >>= 1
        return Frontier(self.size + 1, (*peaks, leaf))

    def root(self) -> str:
        if not self.peaks:
            return EMPTY
        root, *larger = reversed(self.peaks)
        for peak in larger:
            root = node(peak, root)
        return root


def frontier(leaves: Iterable[str]) -> Frontier:
    grown = Frontier()
    for each in leaves:
        grown = grown.append(each)
    return grown


def inclusion(leaves: Sequence[str], index: int) -> list[str]:
    """The path that leads from one leaf to the root over ``leaves`` (RFC 9162, 2.1.3.1)."""
    if len(leaves) < 2:
        return []
    split = _split(len(leaves))
    left, right = leaves[:split], leaves[split:]
    if index < split:
        return [*inclusion(left, index), frontier(right).root()]
    return [*inclusion(right, index - split), frontier(left).root()]


def is_included(leaf: str, index: int, size: int, root: str, path: Sequence[str]) -> bool:
    """Does the path lead from this leaf, number ``index`` of ``size``, to the root? (2.1.3.2)"""
    if not 0 <= index < size:
        return False
    place, last = index, size - 1
    for step in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            leaf = node(step, leaf)
            place, last = _climbed(place, last)
        else:
            leaf = node(leaf, step)
        place, last = place >> 1, last >> 1
    return last == 0 and leaf == root


def consistency(leaves: Sequence[str], earlier: int) -> list[str]:
    """Shows that the first ``earlier`` leaves are unchanged under the root over all (2.1.4.1)."""
    return _subproof(leaves, earlier, known=True) if 0 < earlier < len(leaves) else []


def _subproof(leaves: Sequence[str], earlier: int, *, known: bool) -> list[str]:
    if earlier == len(leaves):
        return [] if known else [frontier(leaves).root()]
    split = _split(len(leaves))
    left, right = leaves[:split], leaves[split:]
    if earlier <= split:
        return [*_subproof(left, earlier, known=known), frontier(right).root()]
    return [*_subproof(right, earlier - split, known=False), frontier(left).root()]


def is_consistent(sizes: tuple[int, int], roots: tuple[str, str], path: Sequence[str]) -> bool:
    """Does the later tree hold all of the earlier one, in its order? (RFC 9162, 2.1.4.2)

    Everything extends the tree over nothing, and that takes no proof.
    """
    (earlier, later), (first, second) = sizes, roots
    if earlier == later:
        return not path and first == second
    if earlier == 0:
        return not path and first == EMPTY
    steps = iter(path) if earlier & (earlier - 1) else iter([first, *path])
    return 0 < earlier < later and _rebuilt(earlier - 1, later - 1, steps) == (first, second)


def _rebuilt(place: int, last: int, steps: Iterator[str]) -> tuple[str, str] | None:
    """Both roots as the steps of a consistency proof give them; None where the proof is broken."""
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = next(steps, None)
    if old is None or new is None:
        return None
    for step in steps:
        if last == 0:
            return None
        if place & 1 or place == last:
            old, new = node(step, old), node(step, new)
            place, last = _climbed(place, last)
        else:
            new = node(new, step)
        place, last = place >> 1, last >> 1
    return (old, new) if last == 0 else None


def _climbed(place: int, last: int) -> tuple[int, int]:
    """Up past the levels at which this node, being the last of an odd row, had no neighbour."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _split(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << (size - 1).bit_length() - 1
