"""The rules of the house that a machine can see, over the whole tree."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from statistics import median, quantiles

import pytest
from sqlalchemy import PrimaryKeyConstraint, Table, UniqueConstraint

from domain.conversation import Action
from storage.schema import metadata

ROOT = Path(__file__).parents[1]
PRODUCT = ("bot", "casework", "domain", "handlers", "scheduler", "storage", "texts", "web")
STEPS = ROOT / "storage" / "migrations" / "versions"  # as long as the tables they make
RUN_ONLY = {"__main__", "env"}  # modules that do their work when they are imported
PINNED = re.compile(r"[a-z0-9-]+==[\w.]+( ; [\w ='!]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
LONGEST_FILE = 400
TRAVELS_ALONE = {"bot/verify.py"}  # auditors are given one file, with its words and all it needs
TABLES = [table for table in metadata.sorted_tables if table.name != "communities"]

Function = ast.FunctionDef | ast.AsyncFunctionDef


def product_files() -> list[Path]:
    files = (path for layer in PRODUCT for path in (ROOT / layer).rglob("*.py"))
    return sorted(path for path in files if STEPS not in path.parents)


def files_of_tests() -> list[Path]:
    return sorted((ROOT / "tests").rglob("*.py"))


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_imports_keep_their_direction() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_is_longer_than_one_can_keep_in_mind() -> None:
    lengths = {named(p): len(p.read_text("utf-8").splitlines()) for p in product_files()}
    long = {name: n for name, n in lengths.items() if n > LONGEST_FILE}

    assert set(long) == TRAVELS_ALONE


def test_functions_are_small() -> None:
    lengths = [_length(f) for path in product_files() for f in _functions(parsed(path))]

    assert median(lengths) <= 8
    assert quantiles(lengths, n=10)[-1] <= 20


def test_every_module_says_what_it_is_for() -> None:
    mute = [named(p) for p in (*product_files(), *files_of_tests()) if _is_mute(parsed(p))]

    assert mute == []


def test_the_locks_name_versions_and_hashes_and_no_place_to_fetch_them() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        lines = (ROOT / name).read_text("utf-8").splitlines()

        assert [line for line in lines if not PINNED.fullmatch(line)] == []


def test_the_locks_hold_all_that_the_project_asks_for() -> None:
    """Whoever adds a library and forgets ``make lock`` breaks only other people's machines."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    development = project["dependencies"] + project["optional-dependencies"]["dev"]

    assert _asked(project["dependencies"]) <= set(_locked("requirements.lock"))
    assert _asked(development) <= set(_locked("requirements-dev.lock"))
    assert _locked("requirements.lock").items() <= _locked("requirements-dev.lock").items()


@pytest.mark.parametrize("path", files_of_tests(), ids=named)
def test_no_test_sleeps_or_patches(path: Path) -> None:
    used = set(_names(parsed(path)))

    assert used & {"sleep", "monkeypatch", "mock", "MagicMock", "mocker"} == set()


def test_nothing_is_said_past_the_budget() -> None:
    """Caps, quiet hours and refusals hold for every feature: one place alone asks the outbox."""
    asking = [
        named(path) for path in product_files() if ".delivery.promise(" in path.read_text("utf-8")
    ]

    assert asking == ["casework/reminding.py"]


def test_an_old_button_never_means_something_new() -> None:
    """Two actions with one code refuse to be imported together, so all are imported here."""
    for path in product_files():
        if path.stem not in RUN_ONLY:
            import_module(_module(path))

    assert all(kind.code == code for code, kind in Action.by_code.items())
    assert [code for code in Action.by_code if not code.isascii() or ":" in code] == []


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_the_community_stands_first_in_every_key_and_index(table: Table) -> None:
    keys = [c for c in table.constraints if isinstance(c, PrimaryKeyConstraint | UniqueConstraint)]
    columns = [key.columns for key in keys] + [index.columns for index in table.indexes]

    assert {next(iter(each)).name for each in columns} == {"community_id"}


def _functions(module: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(module) if isinstance(node, Function))


def _length(function: Function) -> int:
    """Lines from ``def`` to the last statement, without the docstring."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is None:
        return lines
    return lines - ((first.end_lineno or first.lineno) - first.lineno + 1)


def _is_mute(module: ast.Module) -> bool:
    return bool(module.body) and ast.get_docstring(module) is None


def _names(module: ast.Module) -> Iterator[str]:
    """Every name that is imported, called on something, or asked for as a fixture."""
    for node in ast.walk(module):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield name
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                yield from (part for alias in aliases for part in alias.name.split("."))


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def _asked(requirements: list[str]) -> set[str]:
    names = (re.split(r"[^\w-]", requirement)[0] for requirement in requirements)
    return {name.lower().replace("_", "-") for name in names}


def _locked(name: str) -> dict[str, str]:
    """The version of each library in a lock file."""
    text = (ROOT / name).read_text("utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==([\w.]+)", text, re.MULTILINE))
