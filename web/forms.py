"""What a page may send us, and nothing else: shapes, lengths, characters."""

import re
import unicodedata
from typing import Annotated, TypeVar
from urllib.parse import parse_qsl

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request

from web.guard import Refused, capped

TEXT_CHARACTERS = 4000
PLACE_CHARACTERS = 128
NAME_CHARACTERS = 20
LARGEST_ID = 2**63 - 1
FORM_BYTES = 256 * 1024  # seven times 4,000 characters, each escaped to nine bytes
FIELDS = 10  # of a plain form

UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")  # no database or screen wants these


def _clean(text: str) -> str:
    return UNSEEN.sub("", text.replace("\r\n", "\n")).strip()


def _one_line(text: str) -> str:
    return " ".join(_clean(text).split())


def digits(written: str) -> str:
    """Those of a number as people write it: ２, 2号, 123 456."""
    return re.sub("[^0-9]", "", unicodedata.normalize("NFKC", written))


def _in_range(number: str) -> str:
    if int(number) > LARGEST_ID:
        raise ValueError("no message has this number")
    return number


UpdateId = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
MessageId = Annotated[str, Field(pattern=r"^[0-9]{1,19}$"), AfterValidator(_in_range)]


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Words(Form):
    """One message; with a photo, the words that go with it."""

    id: UpdateId  # made by the page, the same when it tries again
    room: Annotated[str, Field(min_length=1, max_length=64)]
    text: Annotated[str, Field(max_length=TEXT_CHARACTERS), AfterValidator(_clean)] = ""
    place: Annotated[str, Field(max_length=PLACE_CHARACTERS), AfterValidator(_one_line)] = ""
    quoted: MessageId | None = None


class Press(Form):
    id: UpdateId
    message: MessageId
    button: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]  # web.view.button_key


class Name(Form):
    name: Annotated[str, Field(max_length=NAME_CHARACTERS), AfterValidator(_one_line)]


class Language(Form):
    language: Annotated[str, Field(max_length=8)]


F = TypeVar("F", bound=Form)


def read_json(form: type[F], body: bytes) -> F:
    """Raises Refused for anything that is not exactly such a form."""
    try:
        return form.model_validate_json(body)
    except ValidationError as error:
        raise _refusal(error) from None  # the error quotes what was typed


def read_fields(form: type[F], fields: dict[str, str]) -> F:
    try:
        return form.model_validate(fields)
    except ValidationError as error:
        raise _refusal(error) from None


def _refusal(error: ValidationError) -> Refused:
    long = any(e["type"] == "string_too_long" for e in error.errors(include_input=False))
    return Refused(400, "too_long" if long else "malformed")


async def fields(request: Request) -> dict[str, str]:
    """A plain form as browsers send it; of a field that comes twice the last. Raises Refused."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise Refused(415, "malformed")
    body = b"".join([piece async for piece in capped(request, FORM_BYTES, "too_long")])
    try:
        pairs = parse_qsl(body.decode(), max_num_fields=FIELDS, errors="strict")
    except ValueError:
        raise Refused(400, "malformed") from None
    return {name: _clean(value) for name, value in pairs}
