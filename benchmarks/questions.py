"""How well questions in groups are recognised: ``python -m benchmarks.questions FOLDER``.

FOLDER holds real Chinese text that does not belong to the project (see README.md here). No
labelled group chat exists in it, so what is measured is said beside each line.
"""

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from time import process_time

from domain.questions import Kind, kind_of


def main(folder: Path) -> None:
    lines = list(_jsonl(folder / "challenge_request_vs_chat.jsonl"))
    _both([(row["text"], row["label"] == "request") for row in lines])
    letters = ("teddy2020_labelled_raw.csv", "teddy2020_msgs_a3.csv", "community14_train450.csv")
    for name in letters:
        _share(f"of subjects in {name}, found", _subjects(folder / name))
    chat = [row["text"] for row in _jsonl(folder / "chat_zh.jsonl")]
    marked = [words for words in chat if "?" in words or "？" in words]
    _share("of private messages with a question mark, found", marked)
    _share("of private messages without one, found", [w for w in chat if w not in set(marked)])
    _pace(chat)


def _jsonl(path: Path) -> Iterator[dict[str, str]]:
    return map(json.loads, path.read_text("utf-8").splitlines())


def _subjects(path: Path) -> set[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["subject"] for row in csv.DictReader(file)} - {""}


def _both(labelled: list[tuple[str, bool]]) -> None:
    """Precision and recall, where it is known what should be found."""
    found = [(kind_of(words) is not None, wanted) for words, wanted in labelled]
    right, hits = found.count((True, True)), sum(f for f, _ in found)
    wanted = sum(w for _, w in found)
    print(f"hand-written lines: precision {right}/{hits}, recall {right}/{wanted}")


def _share(what: str, texts: Iterable[str]) -> None:
    kinds = [kind_of(words) for words in texts]
    hits = [kind for kind in kinds if kind]
    each = ", ".join(f"{kind} {hits.count(kind) / len(kinds):.3f}" for kind in Kind)
    print(f"{what}: {len(hits) / len(kinds):.3f} of {len(kinds)} ({each})")


def _pace(texts: list[str]) -> None:
    began = process_time()
    for words in texts:
        kind_of(words)
    print(f"{(process_time() - began) / len(texts) * 1e6:.0f} µs of processor a message")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
