"""Fetches pictures and voices from platforms that keep them only for days, and keeps them here.

No timer of the usual kind: platforms have to be asked, and no transaction waits for them. What
is due and not done stands in the database, so nothing is lost where a process dies.
"""

from collections.abc import Mapping
from datetime import timedelta

import structlog

from bot.channels.base import Channel, Picture, TryLater, Unreachable
from storage.ids import Clock
from storage.uow import Storage

log = structlog.get_logger()

EVERY = 20  # seconds between looks
AT_ONCE = 20  # fetched at one look
LONGEST_WAIT = timedelta(hours=1)
GRACE = timedelta(days=1)  # what was not fetched in time is looked at for so long, to say so


class Keeping:
    def __init__(
        self, storage: Storage, channels: Mapping[str, Channel],
        kept_for: Mapping[str, timedelta], clock: Clock,
    ) -> None:  # fmt: skip
        """``kept_for``: how long a platform keeps what people send; others keep it for ever."""
        self._storage = storage
        self._channels = channels
        self._kept_for = kept_for
        self._clock = clock

    async def look(self) -> None:
        """Fetch what is due, oldest first. A repeated or doubled look is harmless."""
        for name, kept_for in self._kept_for.items():
            since, now = self._clock() - kept_for - GRACE, self._clock()
            async with self._storage.begin() as uow:
                due = await uow.media.due(name, since, now, AT_ONCE)
            for ref, sent_at, tries in due:
                await self._fetch(Picture(name, ref), tries, lost=now - sent_at > kept_for)

    async def bytes_of(self, picture: Picture) -> bytes:
        """From here, else from the channel that holds it. Raises TryLater or Unreachable."""
        async with self._storage.begin() as uow:
            kept = await uow.media.content(picture.channel, picture.ref)
        if kept is not None:
            return kept
        holder = self._channels.get(picture.channel)
        if holder is None:
            raise Unreachable(f"{picture.channel} is not enabled")
        return await holder.fetch(picture.ref)

    async def _fetch(self, picture: Picture, tries: int, *, lost: bool) -> None:
        try:
            content = await self._channels[picture.channel].fetch(picture.ref)
        except TryLater as why:
            wait = min(LONGEST_WAIT, timedelta(seconds=why.seconds) * 2 ** min(tries, 20))
            await self._again(picture, tries + 1, None if lost else wait)
        except Unreachable:
            await self._again(picture, tries + 1, None)
        else:
            async with self._storage.begin() as uow:
                await uow.media.keep(picture.channel, picture.ref, content, self._clock())

    async def _again(self, picture: Picture, tries: int, wait: timedelta | None) -> None:
        if wait is None:
            log.error("a picture or voice is lost: its platform does not give it to us",
                      channel=picture.channel, tries=tries)  # fmt: skip
        now = self._clock()
        async with self._storage.begin() as uow:
            next_at = None if wait is None else now + wait
            await uow.media.not_fetched(picture.channel, picture.ref, tries, now, next_at)

    async def tick(self) -> None:
        try:
            await self.look()
        except Exception:
            log.exception("pictures not fetched; the next look finds the same")
