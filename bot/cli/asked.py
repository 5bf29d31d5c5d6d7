"""What the offline commands share: a question, or a list of them, out of a file of JSON."""

import json
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ValidationError
from pydantic_core import from_json

from bot.cli.plainly import NOT_STARTED, refuse

Q = TypeVar("Q", bound=BaseModel)


def _written(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a time such as '2026-03-01T08:30:00+08:00'")
    return datetime.fromisoformat(value)


Moment = Annotated[AwareDatetime, BeforeValidator(_written)]


def answer_all(file: Path, kind: type[Q], answer: Callable[[Q], dict[str, Any]]) -> None:
    """Print the answer to one question, or to a list of them a list in the same order.

    Malformed input ends with exit code 2 and one line that names the field, in a list with
    the number of the case.
    """
    try:
        asked = from_json(sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes())
    except OSError as error:
        refuse(f"{file} cannot be read ({error.strerror})", code=NOT_STARTED)
    except ValueError as error:
        refuse(f"{file}: {error}", code=NOT_STARTED)
    if isinstance(asked, list):
        questions = [_read(kind, each, f"case {n}: ") for n, each in enumerate(asked, 1)]
        said: object = [answer(question) for question in questions]
    else:
        said = answer(_read(kind, asked))
    typer.echo(json.dumps(said, ensure_ascii=False, indent=2))


def _read(kind: type[Q], asked: object, case: str = "") -> Q:
    try:
        return kind.model_validate(asked)
    except ValidationError as error:
        refuse(case + _named(error), code=NOT_STARTED)


def _named(error: ValidationError) -> str:
    """The first problem, by the field it is in, on one line."""
    problem = error.errors()[0]
    field = ".".join(str(step) for step in problem["loc"] if step != "[key]") or "input"
    return " ".join(f"{field}: {problem['msg'].removeprefix('Value error, ')}".split())
