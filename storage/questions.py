"""Questions asked in groups until a person has answered; their words are sealed, then emptied."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, select, text, update

from domain.conversation import Address
from domain.questions import Asked, Kind, State
from storage import alive_tables as alive
from storage.rows import Rows

MOST_OPEN = 50  # of one group, the newest: older ones are tasks of somebody by then
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
    level: int = 0  # 1 the holder was told, 2 the deputy, 3 the dispatcher
    holder: int | None = None
    ticket: int | None = None

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
            "state": q.state, "asked_at": q.asked_at, "due_at": q.due_at, "next_at": q.due_at,
        }  # fmt: skip
        await self._add(alive.questions, [row])

    async def unanswered_in(self, group: Address) -> list[Question]:
        """Of one group, the newest first."""
        q = alive.questions
        here = self._ours(q, channel=group.channel, chat=group.chat)
        query = select(q).where(here, UNANSWERED).order_by(q.c.id.desc()).limit(MOST_OPEN)
        return [self._question(row) for row in await self._all(query)]

    async def says_now(self, question: Question, words: str) -> None:
        await self._change(question.id, words_sealed=self._vault.seal(words))

    async def settle(self, id: int, state: State, now: datetime, **values: Any) -> bool:
        """Over: nobody has to look at it any more, and its words are gone.

        False where it was over already.
        """
        over = {"state": state, "handled_at": now, "next_at": None, "words_sealed": ""}
        return bool(await self._change(id, UNANSWERED, **over, **values))

    async def leave(self, group: Address, now: datetime) -> None:
        """The group is gone: nobody can be answered there any more."""
        q = alive.questions
        here = self._ours(q, channel=group.channel, chat=group.chat), UNANSWERED
        gone = {"state": State.GONE, "handled_at": now, "next_at": None, "words_sealed": ""}
        await self._run(update(q).where(*here).values(gone))

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
        )
