"""Who is behind a browser: a signed cookie, made on the first visit. No account, no password."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response

COOKIE = "linli"
YEAR = 365 * 24 * 3600  # seconds; every visit renews it


class Door(Protocol):
    """How one address of the chat knows its visitors."""

    def who(self, request: Request) -> str | None:
        """The visitor's chat, or None for somebody new."""

    def admit(self, request: Request, response: Response, chat: str) -> None:
        """See that the visitor is known next time."""


@dataclass(frozen=True)
class CookieDoor:
    key: bytes
    secure: bool

    def who(self, request: Request) -> str | None:
        chat, _, signature = request.cookies.get(COOKIE, "").rpartition(".")
        ours = hmac.compare_digest(self._sign(chat).encode(), signature.encode())
        return chat if chat and ours else None

    def admit(self, request: Request, response: Response, chat: str) -> None:
        """Lax, not Strict: with Strict a visitor who follows a link from another app arrives
        without the cookie and would be given a new identity over the old one. What changes
        something is a POST, which Lax keeps from other sites just the same.
        """
        response.set_cookie(
            COOKIE,
            f"{chat}.{self._sign(chat)}",
            max_age=YEAR,
            path=f"{request.scope['root_path']}/",
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )

    def _sign(self, chat: str) -> str:
        digest = hmac.new(self.key, f"webchat:{chat}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


@dataclass(frozen=True)
class OpenDoor:
    """One cast member of the demo: whoever comes in is that person."""

    chat: str

    def who(self, request: Request) -> str | None:
        return self.chat

    def admit(self, request: Request, response: Response, chat: str) -> None:
        """Nothing to remember: the address says it."""


def new_chat() -> str:
    """A chat nobody has, and no name of a room: rooms are named by people."""
    return f"p-{secrets.token_urlsafe(16)}"
