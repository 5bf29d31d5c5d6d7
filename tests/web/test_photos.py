"""Photos: which are taken, and who may look at them."""

from collections.abc import AsyncIterator

import pytest

from tests.web.visiting import BUILDING_3, OURS, PNG, Web

MEGABYTE = 1024 * 1024
JPEG = b"\xff\xd8\xff\xe0" + b"a lamp"
WEBP = b"RIFF\x00\x00\x00\x00WEBPVP8 "


@pytest.mark.parametrize(
    ("content", "mime"), [(JPEG, "image/jpeg"), (PNG, "image/png"), (WEBP, "image/webp")]
)
async def test_a_photo_is_shown_as_what_it_is_and_as_nothing_else(
    web: Web, content: bytes, mime: str
) -> None:
    sent = await web.ana.sends_photo(content, room=BUILDING_3, text="就是这盏")
    [message] = (await web.li.sees()).data["messages"]

    shown = await web.li.http.get(web.li.path + message["photo"])

    [said] = web.handed_on
    assert sent.status_code == 202
    assert (said.text, said.photo is not None) == ("就是这盏", True)
    assert (shown.content, shown.headers["content-type"]) == (content, mime)
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in shown.headers["content-security-policy"]


async def test_only_the_people_of_the_room_see_its_photos(web: Web) -> None:
    await web.ana.sends_photo(PNG, room=BUILDING_3)
    await web.ana.sends_photo(PNG, room="me")
    photos = {m["room"]: m["photo"] for m in (await web.ana.sees()).data["messages"]}
    group, private = photos[BUILDING_3], photos["me"]
    mei = web.visitor()
    await mei.opens()

    seen = {
        (who.path, photo): (await who.http.get(who.path + photo)).status_code
        for who in (web.ana, web.li, web.zhou, mei)
        for photo in (group, private)
    }

    assert [path for path, status in seen.items() if status == 200] == [
        (web.ana.path, group), (web.ana.path, private), (web.li.path, group)
    ]  # fmt: skip


async def test_a_photo_is_not_found_under_another_message(web: Web) -> None:
    await web.li.sends_photo(PNG, room="me")
    await web.ana.says("没有照片")
    private = web.handed_on[0].photo
    [own] = (await web.ana.sees()).data["messages"]

    for message in (own["id"], "0", "99999999999999999999999", "x"):
        answer = await web.ana.http.get(f"{web.ana.path}photos/{message}/{private}")
        assert answer.status_code == 404


async def test_who_does_not_see_a_drawing_is_read_what_its_message_is_about(web: Web) -> None:
    """All of it was read twice: for the picture, and below it."""
    await web.bot_says(BUILDING_3, "7号：通过\n同意 6/7", picture="result", drawn=True)
    await web.bot_says(BUILDING_3, "1号的照片", picture="lamp", drawn=False)
    await web.bot_says(BUILDING_3, "从前说的", picture="lamp")

    told = {m["spans"][0][0]: m["alt"] for m in (await web.li.sees()).data["messages"]}

    assert told == {"7号：通过\n同意 6/7": "7号：通过", "1号的照片": "", "从前说的": ""}


@pytest.mark.parametrize(
    "content", [b"", b"GIF89a", b"<svg onload=alert(1)>", b"MZ", b"RIFFxxxxAVI "]
)
async def test_what_is_no_photo_is_refused_whatever_it_calls_itself(
    web: Web, content: bytes
) -> None:
    answer = await web.ana.sends_photo(content)

    assert (answer.status_code, answer.json()["error"]) == (400, "not_photo")
    assert web.accepted == []


async def test_the_largest_photo_passes_and_one_byte_more_does_not(web: Web) -> None:
    largest = PNG.ljust(5 * MEGABYTE, b"\0")

    assert (await web.ana.sends_photo(largest)).status_code == 202
    assert (await web.ana.sends_photo(largest + b"\0")).json()["error"] == "too_big"
    assert (await web.ana.sends_photo(b"\0" * 6 * MEGABYTE)).status_code == 413


async def test_a_body_that_hides_its_length_is_cut_off(web: Web) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\n'
        for _ in range(6):
            yield b"\0" * MEGABYTE

    headers = OURS | {"content-type": "multipart/form-data; boundary=x"}

    answer = await web.ana.http.post("/demo/ana/photos", content=endless(), headers=headers)

    assert answer.status_code == 413


@pytest.mark.parametrize(
    "kind",
    ["multipart/form-data", "multipart/form-data; boundary=x", "application/json", "text/plain"],
)
async def test_a_broken_form_is_refused_in_words(web: Web, kind: str) -> None:
    headers = OURS | {"content-type": kind}

    answer = await web.ana.http.post("/demo/ana/photos", content=b"--y\r\njunk", headers=headers)

    assert answer.json()["error"] == "malformed"
    assert web.accepted == []


async def test_a_photo_sent_twice_is_kept_once(web: Web) -> None:
    id = web.id()

    await web.ana.sends_photo(PNG, id=id)
    await web.ana.sends_photo(PNG, id=id)

    first, again = web.handed_on
    assert first == again
    assert len((await web.ana.sees()).data["messages"]) == 1
