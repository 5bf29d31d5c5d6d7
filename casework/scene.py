"""Where a step of a case is taken: by whom, when, in which unit of work."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.community import Community
from domain.residents import Person
from storage.uow import UnitOfWork


@dataclass(frozen=True)
class System:
    """Linli itself at work: no person, no account."""

    community: Community
    now: datetime
    uow: UnitOfWork
    person: None = None
    account: str = ""


class Scene(Protocol):
    """A turn of a person, or a tick of a timer; a step does not care which."""

    @property
    def person(self) -> Person | None:
        """None: Linli itself, at a deadline."""

    @property
    def account(self) -> str:
        """Where they act from, for example ``telegram:201``; empty for Linli itself."""

    @property
    def community(self) -> Community: ...

    @property
    def now(self) -> datetime: ...

    @property
    def uow(self) -> UnitOfWork: ...
