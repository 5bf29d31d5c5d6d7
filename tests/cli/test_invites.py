"""linli invites: codes shown once and kept as hashes, letters with one QR code each."""

import asyncio
import re
import stat
from html.parser import HTMLParser
from pathlib import Path

import pytest

from domain.residents import read_code
from storage.vault import Vault
from tests.cli.bot_api import TOKEN, BotApi
from tests.cli.linli import HOME, HOUSEHOLDS, KEY, STAFF, ZHOU, Linli, home

CODES = "SELECT code_hash, household_id IS NULL, staff_id IS NULL, uses_left FROM invites"
SHOWN = re.compile(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b")


@pytest.fixture
def peopled(linli: Linli) -> Linli:
    return furnished(linli)


@pytest.fixture
def town(on_sqlite: Linli) -> Linli:
    return furnished(on_sqlite)


def furnished(linli: Linli) -> Linli:
    rows = HOME, home("201"), home("1001"), home("101", building="4")
    assert linli("import", "households", linli.listed(HOUSEHOLDS, *rows), "--yes").exit_code == 0
    new = ("何书记", "secretary", "*", "*", "", "")
    assert linli("import", "staff", linli.listed(STAFF, ZHOU, new), "--yes").exit_code == 0
    return linli


def kept(code: str) -> str:
    found = read_code(code)
    assert found
    return Vault(KEY).keyed_hash("code", found)


def test_a_household_gets_a_code_that_is_kept_as_a_hash_only(peopled: Linli) -> None:
    said = peopled("invites", "--household", "3-1-101")

    assert said.exit_code == 0, said.output
    [code] = SHOWN.findall(said.output)
    assert peopled.rows(CODES) == [(kept(code), 0, 1, 4)]
    assert "for up to 4 adults" in said.output


def test_a_new_code_cancels_the_old_one_after_a_question(town: Linli) -> None:
    town("invites", "--household", "3-1-101")
    before = town.rows(CODES)

    asked = town("invites", "--household", "3-1-101", typed="n\n")
    assert asked.exit_code == 1
    assert "1 codes given out before could still be used and will be cancelled" in asked.output
    assert not SHOWN.search(asked.output)
    assert town.rows(CODES) == before

    said = town("invites", "--household", "3-1-101", "--yes")
    [code] = SHOWN.findall(said.output)
    assert town.rows(CODES) == [(kept(code), 0, 1, 4)]


def test_a_door_that_nobody_knows_gets_no_code(town: Linli) -> None:
    said = town("invites", "--household", "9-1-101")

    assert said.exit_code == 1
    assert "There is no household '9-1-101'" in said.stderr
    assert town.rows(CODES) == []


def test_staff_without_an_account_get_a_code_for_one(peopled: Linli) -> None:
    said = peopled("invites", "--staff", "all")

    assert said.exit_code == 0, said.output
    [code] = SHOWN.findall(said.output)
    assert f"何书记  {code}" in said.output
    assert peopled.rows(CODES) == [(kept(code), 1, 0, 1)]


@pytest.mark.parametrize(("name", "said"), [("周警官", "joined already"), ("无名", "appointed")])
def test_other_staff_get_none(town: Linli, name: str, said: str) -> None:
    refused = town("invites", "--staff", name)

    assert refused.exit_code == 1
    assert said in refused.stderr
    assert town.rows(CODES) == []


class Page(HTMLParser):
    """A page of letters as a browser reads it: what is open, drawn and written."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.open: list[str] = []
        self.drawings: list[int] = []  # the letter each QR code stands in
        self.texts: list[str] = []
        self.feed(path.read_text("utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "article":
            self.texts.append("")
        if tag == "svg":
            self.drawings.append(len(self.texts))
        if tag not in ("meta", "br", "path"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("meta", "br", "path"):
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "article" in self.open:
            self.texts[-1] += data


def test_every_household_of_a_building_gets_a_letter_with_one_qr_code(peopled: Linli) -> None:
    out = peopled.folder / "letters.html"

    said = peopled("invites", "--building", "3", "--out", out)

    assert said.exit_code == 0, said.output
    page = Page(out)
    assert page.open == []
    assert page.drawings == [1, 2, 3]
    doors = [re.findall(r"3-1-\d+", text) for text in page.texts]
    assert doors == [["3-1-101"], ["3-1-201"], ["3-1-1001"]]
    codes = [SHOWN.findall(text) for text in page.texts]
    assert {kept(code) for [code] in codes} == {row[0] for row in peopled.rows(CODES)}
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_a_letter_holds_no_name_and_no_phone_and_loads_nothing(town: Linli) -> None:
    out = town.folder / "letters.html"
    town("invites", "--building", "3", "--out", out)

    page = out.read_text("utf-8")

    assert "张三" not in page and "1380" not in page
    assert "src=" not in page and "<link" not in page and "<script" not in page


def test_letters_are_replaced_only_when_one_says_so(town: Linli) -> None:
    out = town.folder / "letters.html"
    town("invites", "--building", "3", "--out", out)
    before, codes = out.read_text("utf-8"), town.rows(CODES)

    assert town("invites", "--building", "3", "--out", out, typed="n\n").exit_code == 1
    assert (out.read_text("utf-8"), town.rows(CODES)) == (before, codes)

    assert town("invites", "--building", "3", "--out", out, typed="y\ny\n").exit_code == 0
    assert out.read_text("utf-8") != before
    assert {row[0] for row in town.rows(CODES)}.isdisjoint({row[0] for row in codes})


def test_codes_stay_as_they_are_when_the_letters_cannot_be_written(town: Linli) -> None:
    town("invites", "--household", "3-1-101")
    before = town.rows(CODES)

    said = town("invites", "--building", "3", "--out", town.folder / "no" / "l.html", "--yes")

    assert said.exit_code == 1
    assert "cannot be written (No such file or directory)" in said.stderr
    assert town.rows(CODES) == before


def test_a_letter_names_the_web_chat_where_it_can_be_reached(town: Linli) -> None:
    town.settings("web: {public_url: 'https://linli.example'}")
    out = town.folder / "letters.html"

    town("invites", "--building", "4", "--out", out)

    [text] = Page(out).texts
    assert "https://linli.example" in text


def test_a_link_opens_the_bot_with_the_code_where_its_name_is_known(town: Linli) -> None:
    town.settings("channels: {telegram: {enabled: true, username: LinliGardenBot}}")
    town.environ["LINLI_TELEGRAM_TOKEN"] = TOKEN

    said = town("invites", "--household", "3-1-101").output

    [code] = SHOWN.findall(said)
    assert f"https://t.me/LinliGardenBot?start={code.replace('-', '')}" in said


async def test_telegram_is_asked_for_the_bots_name_where_it_is_not_configured(
    town: Linli,
) -> None:
    out = town.folder / "letters.html"
    async with BotApi().serving() as url:
        town.settings(f"channels: {{telegram: {{enabled: true, base_url: '{url}'}}}}")
        town.environ["LINLI_TELEGRAM_TOKEN"] = TOKEN
        said = await asyncio.to_thread(town, "invites", "--household", "3-1-101")
        await asyncio.to_thread(town, "invites", "--building", "4", "--out", out)

    assert "https://t.me/LinliGardenBot?start=" in said.output
    assert "Telegram" in Page(out).texts[0]


def test_a_bot_whose_name_nobody_tells_gets_letters_without_a_link(town: Linli) -> None:
    town.settings("channels: {telegram: {enabled: true, base_url: 'http://127.0.0.1:1'}}")
    town.environ["LINLI_TELEGRAM_TOKEN"] = TOKEN
    out = town.folder / "letters.html"

    said = town("invites", "--building", "4", "--out", out)

    assert "the letters have no link to it" in said.output
    assert Page(out).drawings == [1]


WRONG = [
    (),
    ("--household", "3-1-101", "--staff", "all"),
    ("--building", "3"),
    ("--household", "3-1-101", "--out", "x"),
]


@pytest.mark.parametrize("arguments", WRONG)
def test_options_that_contradict_each_other_are_refused(
    town: Linli, arguments: tuple[str, ...]
) -> None:
    assert town("invites", *arguments).exit_code == 2
