"""Photos people attach: told by their first bytes, never by what the sender calls them."""

from dataclasses import dataclass

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from web.guard import Refused, capped

PHOTO_BYTES = 5 * 1024 * 1024
FORM_BYTES = PHOTO_BYTES + 64 * 1024  # with the words that go with it
FORM_FIELDS = 8


@dataclass(frozen=True)
class Photo:
    mime: str
    content: bytes


def mime_of(content: bytes) -> str | None:
    """image/jpeg, image/png, image/webp, or None for anything else."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    return None


async def upload(request: Request) -> tuple[dict[str, str], Photo]:
    """The fields and the photo of a multipart form. Raises Refused."""
    form = await _form(request)
    try:
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        return fields, await _photo(form.get("photo"))
    finally:
        await form.close()


async def _form(request: Request) -> FormData:
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise Refused(415, "malformed")
    parser = MultiPartParser(
        request.headers, capped(request, FORM_BYTES), max_files=1, max_fields=FORM_FIELDS
    )
    try:
        return await parser.parse()
    except (MultiPartException, KeyError) as error:  # KeyError: no boundary was named
        raise Refused(400, "malformed") from error


async def _photo(file: UploadFile | str | None) -> Photo:
    if not isinstance(file, UploadFile):
        raise Refused(400, "malformed")
    content = await file.read(PHOTO_BYTES + 1)
    if len(content) > PHOTO_BYTES:
        raise Refused(413, "too_big")
    mime = mime_of(content)
    if mime is None:
        raise Refused(400, "not_photo")
    return Photo(mime, content)
