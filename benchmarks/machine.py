"""What the numbers were measured on, and how busy it was."""

import os
import platform
import sqlite3
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("python-telegram-bot", "httpx", "aiohttp", "SQLAlchemy", "aiosqlite", "asyncpg")


def described() -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}\n"
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {libraries}"
    )


def load() -> str:
    """Processes that wanted to run, over the last 1, 5 and 15 minutes."""
    return "load average " + ", ".join(f"{average:.2f}" for average in os.getloadavg())


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
