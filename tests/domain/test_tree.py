"""The tree of hashes against the recursive definition of RFC 9162, for every size up to 40."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import tree
from domain.tree import EMPTY, Frontier, frontier, leaf

ROWS = [b"row %d" % n for n in range(40)]
LEAVES = [leaf(row) for row in ROWS]
SIZES = range(len(ROWS))


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def root(rows: Sequence[bytes]) -> bytes:
    """MTH of RFC 9162, 2.1.1, as it is written there."""
    n = len(rows)
    if n == 0:
        return sha256(b"")
    if n == 1:
        return sha256(b"\x00" + rows[0])
    k = max(2**power for power in range(n.bit_length()) if 2**power < n)
    return sha256(b"\x01" + root(rows[:k]) + root(rows[k:]))


ROOTS = [root(ROWS[:n]).hex() for n in (*SIZES, len(ROWS))]

# RFC 9162 has no vectors; these are the ones certificate transparency is tested with
# (transparency-dev/merkle, testonly/constants.go).
KNOWN = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
KNOWN += ["606162636465666768696a6b6c6d6e6f"]
KNOWN_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_the_roots_are_those_that_others_find() -> None:
    grown = Frontier()
    for row, known in zip(KNOWN, KNOWN_ROOTS, strict=True):
        grown = grown.append(leaf(bytes.fromhex(row)))

        assert grown.root() == known


def test_a_tree_that_grows_has_the_root_of_the_definition_at_every_size() -> None:
    grown = Frontier()
    for n in SIZES:
        assert grown.root() == ROOTS[n]
        assert len(grown.peaks) == n.bit_count()
        grown = grown.append(LEAVES[n])


def test_a_frontier_that_was_put_down_grows_on() -> None:
    for n in SIZES:
        kept = frontier(LEAVES[:n])
        again = Frontier(kept.size, tuple(list(kept.peaks)))

        assert again.append(LEAVES[n]).root() == ROOTS[n + 1]


def test_every_row_is_shown_to_be_where_it_is_and_nowhere_else() -> None:
    for n in SIZES:
        for index in range(n):
            path = tree.inclusion(LEAVES[:n], index)

            places = [i for i in range(n) if tree.is_included(LEAVES[index], i, n, ROOTS[n], path)]
            assert places == [index]


def test_no_other_row_is_under_the_root() -> None:
    for n in range(1, len(ROWS)):
        path = tree.inclusion(LEAVES[:n], n // 2)

        assert not tree.is_included(leaf(b"mine"), n // 2, n, ROOTS[n], path)
        assert not tree.is_included(LEAVES[n // 2], n // 2, n, ROOTS[n - 1], path)


def test_every_later_tree_is_shown_to_extend_every_earlier_one() -> None:
    for n in SIZES:
        for earlier in range(n + 1):
            path = tree.consistency(LEAVES[:n], earlier)

            assert tree.is_consistent((earlier, n), (ROOTS[earlier], ROOTS[n]), path)


def test_a_tree_in_which_one_earlier_row_was_changed_extends_nothing() -> None:
    for n in range(1, len(ROWS)):
        for earlier in range(1, n):
            forged = [*LEAVES[: earlier - 1], leaf(b"forged"), *LEAVES[earlier:n]]
            path = tree.consistency(forged, earlier)
            later = frontier(forged).root()

            assert not tree.is_consistent((earlier, n), (ROOTS[earlier], later), path)


@pytest.mark.parametrize(
    ("sizes", "roots"),
    [
        ((3, 2), (ROOTS[3], ROOTS[2])),
        ((-1, 2), (ROOTS[1], ROOTS[2])),
        ((0, 2), (ROOTS[1], ROOTS[2])),
        ((0, 0), (EMPTY, ROOTS[1])),
        ((2, 2), (ROOTS[2], ROOTS[3])),
        ((2, 3), (ROOTS[2], ROOTS[3])),
    ],
)
def test_without_a_proof_nothing_is_consistent_but_the_same(
    sizes: tuple[int, int], roots: tuple[str, str]
) -> None:
    assert not tree.is_consistent(sizes, roots, [])


@given(st.integers(1, 300), st.data())
def test_a_proof_with_one_step_more_less_or_other_shows_nothing(
    n: int, data: st.DataObject
) -> None:
    leaves = [leaf(b"%d" % i) for i in range(n)]
    index = data.draw(st.integers(0, n - 1))
    whole, path = frontier(leaves).root(), tree.inclusion(leaves, index)
    cut = data.draw(st.integers(0, len(path)))

    assert tree.is_included(leaves[index], index, n, whole, path)
    for broken in ([*path[:cut], EMPTY, *path[cut:]], [*path[:cut], EMPTY, *path[cut + 1 :]]):
        assert not tree.is_included(leaves[index], index, n, whole, broken)
    if path:
        assert not tree.is_included(leaves[index], index, n, whole, path[:-1])
