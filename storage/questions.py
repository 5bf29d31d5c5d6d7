"""Questions asked in groups until a person has answered; their words are sealed, then emptied."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, select, text, update
from sqlalchemy.sql import Executable

from domain.conversation import Address
from domain.questions import Asked, Kind, State
from storage import alive_tables as alive
from storage.rows import Rows, ours

MOST_OPEN = 200  # of one group, the newest
WATCHED = text(alive.WATCHED)
UNANSWERED = text(alive.UNANSWERED)


@dataclass(frozen=True)
class Question:
    id: int
    group: Address
    message: str
    person: int | None  # who asked; None: forgotten
    kind: Kind
    words: str  # empty once somebody has dealt with it
    state: State
    asked_at: datetime
    due_at: datetime
    level: int = 0  # how many were told, in the order of domain.questions.in_turn
    holder: int | None = None
    ticket: int | None = None
    photo: int | None = None

    @property
    def asked(self) -> Asked:
        return Asked(self.id, self.person, self.message, self.asked_at)


class Questions(Rows):
    def new_id(self) -> int:
        return self._ids()

    async def note(self, question: Question) -> None:
        q = question
        row = {
            "id": q.id, "channel": q.group.channel, "chat": q.group.chat, "message": q.message,
            "person_id": q.person, "kind": q.kind, "words_sealed": self._vault.seal(q.words),
            "photo_id": q.photo,
            "state": q.state, "asked_at": q.asked_at, "due_at": q.due_at, "next_at": q.due_at,
        }  # fmt: skip
        await self._add(alive.questions, [row])

    async def unanswered_in(self, group: Address) -> list[Question]:
        """Of one group, the newest first."""
        rows = await self._all(_unanswered(), channel=group.channel, chat=group.chat)
        return [self._question(row) for row in rows]

    async def get(self, id: int) -> Question | None:
        row = await self._first(select(alive.questions).where(self._ours(alive.questions, id=id)))
        return self._question(row) if row else None

    async def due(self, now: datetime, limit: int) -> list[Question]:
        """Whose time has come to be told to somebody, or to one more."""
        q = alive.questions
        reached = self._ours(q), WATCHED, q.c.next_at <= now
        query = select(q).where(*reached).order_by(q.c.next_at, q.c.id).limit(limit)
        return [self._question(row) for row in await self._all(query)]

    async def tasks(self, holder: int | None, limit: int) -> list[Question]:
        """Of one member, or of all, the oldest first."""
        q = alive.questions
        whose = () if holder is None else (q.c.holder_id == holder,)
        of_somebody = self._ours(q), UNANSWERED, q.c.holder_id.is_not(None), *whose
        query = select(q).where(*of_somebody).order_by(q.c.asked_at, q.c.id).limit(limit)
        return [self._question(row) for row in await self._all(query)]

    async def looked_at(self, id: int, next_at: datetime | None) -> None:
        await self._change(id, UNANSWERED, next_at=next_at)

    async def told(
        self, question: Question, holder: int, level: int, next_at: datetime | None
    ) -> bool:
        """It is somebody's task now. False where it is over, or another tick was faster."""
        task = {"state": State.TASK, "holder_id": holder, "level": level, "next_at": next_at}
        as_read = UNANSWERED, alive.questions.c.level == question.level
        return bool(await self._change(question.id, *as_read, **task))

    async def raised(self, id: int, ticket: int) -> None:
        await self._change(id, ticket=ticket)

    async def says_now(self, question: Question) -> None:
        """In other words; a question that is nobody's task yet also where it is due earlier."""
        said: dict[str, Any] = {
            "words_sealed": self._vault.seal(question.words),
            "photo_id": question.photo,
        }
        if question.state is State.OPEN:
            said |= {"due_at": question.due_at, "next_at": question.due_at}
        await self._change(question.id, UNANSWERED, **said)

    async def settle(self, id: int, state: State, now: datetime, **values: Any) -> bool:
        """Over: nobody has to look at it any more, and what was said in it is gone.

        False where it was over already.
        """
        over = {"state": state, "handled_at": now, "next_at": None, "words_sealed": ""}
        over |= {"photo_id": None}
        return bool(await self._change(id, UNANSWERED, **over, **values))

    async def unanswered_of(self, person: int) -> list[Question]:
        q = alive.questions
        query = select(q).where(self._ours(q, person_id=person), UNANSWERED)
        return [self._question(row) for row in await self._all(query)]

    async def _change(self, id: int, *conditions: ColumnElement[bool] | Any, **values: Any) -> int:
        table: Table = alive.questions
        mine = self._ours(table, id=id), *conditions
        return await self._run(update(table).where(*mine).values(values))

    def _question(self, row: Row[Any]) -> Question:
        return Question(
            id=row.id,
            group=Address(row.channel, row.chat),
            message=row.message,
            person=row.person_id,
            kind=Kind(row.kind),
            words=self._vault.unseal(row.words_sealed),
            state=State(row.state),
            asked_at=row.asked_at,
            due_at=row.due_at,
            level=row.level,
            holder=row.holder_id,
            ticket=row.ticket,
            photo=row.photo_id,
        )


@cache
def _unanswered() -> Executable:
    q = alive.questions
    here = ours(q, "channel", "chat"), UNANSWERED
    return select(q).where(*here).order_by(q.c.id.desc()).limit(MOST_OPEN)
