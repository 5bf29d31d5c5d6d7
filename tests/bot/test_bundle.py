"""The file that auditors are given: the same for everybody, and nobody's name in it."""

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bot.bundle import write
from domain.bundle import Contents
from domain.record import fingerprint
from tests.bundles import QUESTION, Vote, vid

ROOT = Path(__file__).parents[2]


def written(contents: Contents) -> bytes:
    file = io.BytesIO()
    write(file, contents)
    return file.getvalue()


def test_the_same_vote_gives_the_same_bytes_in_whatever_order_the_roll_came() -> None:
    contents = Vote().contents()
    other = Vote().contents()
    again = replace(other, roll=list(reversed(list(other.roll))))

    assert written(contents) == written(again)


def test_the_files_stand_in_one_order_and_only_their_owner_reads_them() -> None:
    with zipfile.ZipFile(io.BytesIO(written(Vote().contents()))) as archive:
        infos = archive.infolist()

    assert [info.filename for info in infos] == [
        "question.json",
        "roll.jsonl",
        "log.jsonl",
        "openings.jsonl",
        "heads.json",
        "key.json",
        "result.json",
        "consents.json",
        "verify.py",
        "README.txt",
    ]
    assert {info.external_attr >> 16 for info in infos} == {0o600}
    assert {info.date_time[0] for info in infos} == {1980}


def test_the_hash_of_the_question_is_the_one_on_the_notice() -> None:
    question = Vote().files()["question.json"]

    assert hashlib.sha256(question).hexdigest() == fingerprint(QUESTION)


def test_rows_pass_one_by_one_from_wherever_they_come() -> None:
    lists = Vote().contents()
    streams = replace(
        lists,
        roll=(listed for listed in lists.roll),
        log=(line for line in lists.log),
        ballots=(ballot for ballot in lists.ballots),
        consents=iter(()),
    )

    assert written(streams) == written(Vote().contents())


def test_a_line_of_the_log_and_its_opening_name_no_unit() -> None:
    files = Vote().files()
    line, opening = (json.loads(files[n].splitlines()[0]) for n in ("log.jsonl", "openings.jsonl"))

    assert line["vid"] == vid("o:1")
    assert line["at"] == "2026-03-01T02:00:00+00:00"
    assert opening == {
        "areas": [10000],
        "at": datetime(2026, 3, 1, 2, tzinfo=UTC).isoformat(),
        "choice": "yes",
        "nonce": opening["nonce"],
        "number": 1,
        "seq": 1,
        "valid": True,
        "via": "chat",
    }
    assert b'"o:1"' not in b"".join(files.values())


def test_the_script_in_it_is_the_one_of_the_project() -> None:
    files = Vote().files()

    assert files["verify.py"] == (ROOT / "bot" / "verify.py").read_bytes()
    assert b"python3 verify.py" in files["README.txt"]
