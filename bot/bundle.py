"""Writes a bundle for auditors as one zip file, with the script that checks it.

The same vote gives the same bytes, so that two who were given it can compare their files.
"""

import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from domain.bundle import Contents, files

HERE = Path(__file__).parent
BESIDE = {"verify.py": HERE / "verify.py", "README.txt": HERE / "templates" / "bundle.txt"}
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip file can name
OWNER_ONLY = 0o600


def write(file: IO[bytes], contents: Contents) -> None:
    """Write the whole bundle. Whoever opens ``file`` keeps others from reading it."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, rows in files(contents):
            _put(archive, name, rows)
        for name, path in BESIDE.items():
            _put(archive, name, [path.read_bytes()])


def _put(archive: zipfile.ZipFile, name: str, rows: Iterable[bytes]) -> None:
    info = zipfile.ZipInfo(name, LONG_AGO)
    info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, 3  # as on Unix, everywhere
    info.external_attr = OWNER_ONLY << 16
    with archive.open(info, "w") as member:
        member.writelines(rows)
