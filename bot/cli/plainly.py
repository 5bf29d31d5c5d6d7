"""Refusals of the commands, in plain words."""

from typing import NoReturn

import typer

NOT_STARTED = 2  # exit code: the configuration is refused
REFUSED = 1  # exit code: what was asked for was not done


def refuse(*lines: str, code: int = REFUSED) -> NoReturn:
    for line in lines:
        typer.echo(line, err=True)
    raise typer.Exit(code)
