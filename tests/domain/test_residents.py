"""Who gets a case, never nobody while there is somebody; and codes that survive a human hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.residents import (
    CODE_LENGTH,
    CROCKFORD,
    Household,
    Role,
    Staff,
    choose_holder,
    dispatcher,
    read_code,
    show_code,
    write_code,
)
from tests.databases import NOON

MEMBER, SECRETARY, ADMIN, AUDITOR = Role.MEMBER, Role.SECRETARY, Role.ADMIN, Role.AUDITOR
NOT_JOINED = None


def a_member(
    id: int,
    duties: str = "lift",
    grids: str = "1",
    role: Role = MEMBER,
    *,
    person: int | None = 100,
    deputy: int | None = None,
) -> Staff:
    return Staff(id, person, f"staff {id}", role, _codes(duties), _codes(grids), deputy)


def _codes(text: str) -> tuple[str, ...]:
    return tuple(text.split())


HE = a_member(90, "*", "*", SECRETARY)
SUN = a_member(91, "*", "*", ADMIN)

# who there is, duty, grid -> who gets it
ROUTED = {
    "the one of this grid": ([a_member(1), a_member(2, grids="2")], "lift", "2", 2),
    "the one of this duty": ([a_member(1), a_member(2, "noise")], "noise", "1", 2),
    "this grid before all grids": ([a_member(1, grids="*"), a_member(2)], "lift", "1", 2),
    "all grids where none is named": ([a_member(1, grids="*"), a_member(2)], "lift", "3", 1),
    "this duty before all duties": ([a_member(1, "*"), a_member(2)], "lift", "1", 2),
    "this grid before this duty": ([a_member(1, grids="*"), a_member(2, "*")], "lift", "1", 2),
    "the first appointed of two alike": ([a_member(2), a_member(1)], "lift", "1", 1),
    "one of several duties": ([a_member(1, "noise lift", "3 1")], "lift", "1", 1),
    "the one of all grids where no grid is known": (
        [HE, a_member(1), a_member(2, grids="*")], "lift", None, 2),
    "the secretary where no grid is known and nobody has all": (
        [HE, a_member(1, grids="1 2 3")], "lift", None, 90),
    "a member before the secretary": ([HE, a_member(1, "*", "*")], "lift", "1", 1),
    "a secretary who has the duty herself": (
        [SUN, a_member(1, "noise"), a_member(90, "lift", "*", SECRETARY)], "lift", "1", 90),
    "a member before a secretary with the same duty": (
        [a_member(1, "lift", "*", SECRETARY), a_member(2, "lift", "*")], "lift", "1", 2),
    "the secretary where nobody has the duty": ([SUN, HE, a_member(1)], "noise", "1", 90),
    "the secretary where nobody has the grid": ([HE, a_member(1)], "lift", "2", 90),
    "the admin where there is no secretary": ([SUN, a_member(1)], "noise", "1", 91),
    "the admin while no secretary has joined": (
        [a_member(90, "*", "*", SECRETARY, person=NOT_JOINED), SUN], "noise", "1", 91),
    "never an auditor": ([a_member(1, role=AUDITOR), HE], "lift", "1", 90),
    "the deputy of one who has not joined": (
        [a_member(1, person=NOT_JOINED, deputy=2), a_member(2, "noise")], "lift", "1", 2),
    "never an auditor who is a deputy": (
        [a_member(1, person=NOT_JOINED, deputy=2), a_member(2, role=AUDITOR), HE], "lift", "1", 90),
    "no deputy of one who has joined": (
        [a_member(1, deputy=2), a_member(2, "noise")], "lift", "1", 1),
    "the next who fits where the deputy has not joined either": (
        [a_member(1, person=NOT_JOINED, deputy=2), a_member(2, "noise", person=NOT_JOINED),
         a_member(3, grids="*")], "lift", "1", 3),
    "the secretary where no one who fits has joined": (
        [a_member(1, person=NOT_JOINED), HE], "lift", "1", 90),
    "the secretary where the deputy is gone": (
        [a_member(1, person=NOT_JOINED, deputy=404), HE], "lift", "1", 90),
}  # fmt: skip


@pytest.mark.parametrize(
    ("staff", "duty", "grid", "holder"), ROUTED.values(), ids=[n.replace(" ", "-") for n in ROUTED]
)
def test_a_case_goes_to(staff: list[Staff], duty: str, grid: str | None, holder: int) -> None:
    chosen = choose_holder(staff, duty, grid, {}, NOON)

    assert chosen is not None
    assert chosen.id == holder


@pytest.mark.parametrize(
    "staff",
    [[], [a_member(1, person=NOT_JOINED)], [a_member(1, "noise")], [a_member(1, role=AUDITOR)]],
    ids=["no-staff", "none-joined", "no-duty-and-no-dispatcher", "auditor-only"],
)
def test_a_case_waits_only_where_nobody_could_be_told(staff: list[Staff]) -> None:
    assert choose_holder(staff, "lift", "1", {}, NOON) is None


some_staff = st.lists(
    st.builds(
        Staff,
        id=st.integers(1, 6),
        person=st.none() | st.integers(1, 9),
        name=st.just(""),
        role=st.sampled_from(Role),
        duties=st.lists(st.sampled_from(["lift", "noise", "*"]), max_size=2).map(tuple),
        grids=st.lists(st.sampled_from(["1", "2", "*"]), max_size=2).map(tuple),
        deputy=st.none() | st.integers(1, 6),
    ),
    max_size=6,
    unique_by=lambda s: s.id,
)


@given(some_staff, st.sampled_from(["lift", "noise"]), st.sampled_from(["1", "2", None]))
def test_a_case_never_goes_to_somebody_who_cannot_be_told_nor_to_nobody_while_a_secretary_is_there(
    staff: list[Staff], duty: str, grid: str | None
) -> None:
    chosen = choose_holder(staff, duty, grid, {}, NOON)

    assert chosen is None or (chosen.person is not None and chosen in staff)
    assert chosen is not None or dispatcher(staff, NOON) is None
    again = choose_holder(staff[::-1], duty, grid, {}, NOON)
    assert chosen in (again, dispatcher(staff, NOON))


def test_a_door_is_told_as_people_tell_it() -> None:
    assert Household(1, "3", "2", "202", 8_950, "1").door == "3-2-202"


# --- codes

SPOKEN_AS = {"0": "0Oo", "1": "1IiLl"}


@st.composite
def by_hand(draw: st.DrawFn) -> tuple[str, str]:
    """A code, and what becomes of it between a letter and a keyboard."""
    code = write_code(draw(st.binary(min_size=7, max_size=16)))
    typed = [draw(st.sampled_from(SPOKEN_AS.get(c, c + c.lower()))) for c in show_code(code)]
    between = st.sampled_from(["", "", "", " ", "-"])
    return code, "".join(c + draw(between) for c in ["", *typed])


@given(by_hand())
def test_a_code_typed_by_hand_is_the_code_that_was_printed(typed: tuple[str, str]) -> None:
    code, text = typed

    assert read_code(text) == code


@pytest.mark.parametrize(
    "text",
    ["7K3QM—9XW2A", "7K3QM–9XW2A", "7K3QM‑9XW2A", "７Ｋ３ＱＭ－９ｘｗ２ａ", "7K3QM-9XW2A。",
     "「7K3QM-9XW2A」", "7K3QM-\n9XW2A", "7K3QM_9XW2A", "7K3QM\u200b9XW2A"],
)  # fmt: skip
def test_a_code_survives_phones_that_mend_what_is_typed(text: str) -> None:
    """A dash that the phone made long, or full-width letters: "no code", five times an hour."""
    assert read_code(text) == "7K3QM9XW2A"


@given(st.binary(min_size=7, max_size=7))
def test_a_code_has_ten_characters_nobody_misreads(random: bytes) -> None:
    code = write_code(random)

    assert len(code) == CODE_LENGTH
    assert set(code) <= set(CROCKFORD) - set("ILOU")
    assert show_code(code) == f"{code[:5]}-{code[5:]}"


def test_every_bit_of_chance_is_in_the_code() -> None:
    codes = {write_code((1 << bit).to_bytes(7, "big")) for bit in range(50)}

    assert len(codes) == 50


@pytest.mark.parametrize(
    "text",
    ["", "7K3QM", "7K3QM-9XW2AB", "7K3QM-9XW2U", "路灯坏了路灯坏了路灯", "7K3QM-9XW2A坏了",
     "3号楼门口路灯坏了。", "码7K3QM9XW2A", "7K3QM-9XW2²²"],
)  # fmt: skip
def test_what_is_no_code_is_not_taken_for_one(text: str) -> None:
    assert read_code(text) is None


@given(st.text(max_size=30))
def test_any_words_are_a_code_or_none(text: str) -> None:
    code = read_code(text)

    assert code is None or read_code(show_code(code)) == code
