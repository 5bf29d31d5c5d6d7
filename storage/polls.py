"""Opinion polls: what a platform calls those it holds for us, and how they stand there."""

from datetime import datetime

from sqlalchemy import func, update

from domain.polls import Standing
from storage import voting_tables as v
from storage.rows import Rows


class Polls(Rows):
    async def posted(self, id: int, native: str) -> None:
        """A platform holds this poll now and calls it so."""
        await self._run(update(v.polls).where(self._ours(v.polls, id=id)).values(native=native))

    async def stands(self, channel: str, standing: Standing, now: datetime) -> bool:
        """Note how a poll stands; False for one that is not ours or not noted as posted yet.

        The platform's last word comes when the poll closes, so an earlier one may be missed.
        """
        p = v.polls
        values = {"counts": list(standing.counts), "voters": standing.voters}
        closed = {"closed_at": func.coalesce(p.c.closed_at, now)} if standing.closed else {}
        mine = self._ours(p, channel=channel, native=standing.native)
        return bool(await self._run(update(p).where(mine).values(values | closed)))
