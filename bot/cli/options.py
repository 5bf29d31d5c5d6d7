"""Options that many commands share."""

from pathlib import Path
from typing import Annotated

import typer

ConfigPath = Annotated[Path, typer.Option("--config", help="The community's settings.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Go ahead without asking.")]
DEFAULT_CONFIG = Path("config.yaml")
