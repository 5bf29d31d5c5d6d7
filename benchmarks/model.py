"""How the people of a made-up community behave. A model, chosen to be simple: no evidence.

Residents: each case is said at a waking hour of a day by anybody, in the group of their building.
Of those who are asked whether it is solved 60 % answer. A question in a group is answered by a
neighbour with 60 %, after two hours on average. In the liveliest groups 2 % of the
residents write on a day, in others a half, a quarter or an eighth of that, and everywhere it
fades by 15 % a week. Somebody who takes a step for a silent group brings 30 % of its residents to
write once, a day later on average.

Staff: a new case is accepted after four hours on average, an eighth of them only when reminded
(two days); it is done after three days on average. A question that was made somebody's task is
answered within a day. Where the ladder is on, seven of ten steps that are offered are taken;
where it is off, none.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
WAKING = range(8, 21)


@dataclass(frozen=True)
class Size:
    residents: int = 12_000
    cases: int = 1_200
    groups: int = 40
    matters: int = 6
    days: int = 90
    questions: int = 480  # one a month and group at forty groups, times four

    def part(self, share: float) -> "Size":
        """A smaller community of the same kind."""
        return Size(
            round(self.residents * share), round(self.cases * share),
            max(4, round(self.groups * share)), max(1, round(self.matters * share)),
            self.days, round(self.questions * share),
        )  # fmt: skip


class People:
    def __init__(self, random: Random) -> None:
        self.random = random

    def some_day(self, begin: datetime, days: int) -> datetime:
        """A waking hour, any of them as likely."""
        day = begin.astimezone(ZONE).date() + timedelta(days=self.random.randrange(days))
        hour, minute = self.random.choice(WAKING), self.random.randrange(60)
        at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)
        return max(begin, at.astimezone(UTC))

    def after(self, at: datetime, hours: float) -> datetime:
        """So many hours later on average; what falls into the night is done in the morning."""
        later = at + timedelta(hours=self.random.expovariate(1 / hours))
        local = later.astimezone(ZONE)
        if local.hour in WAKING:
            return later
        morning = local.replace(hour=WAKING[0], minute=self.random.randrange(60))
        return (morning + timedelta(days=local.hour >= WAKING[-1])).astimezone(UTC)

    def does(self, share: float) -> bool:
        return self.random.random() < share

    def accepts(self, said: datetime) -> datetime:
        return self.after(said, 4 if self.does(7 / 8) else 48)

    def write_today(self, group: int, week: int, residents: int) -> int:
        """How many residents of a group write on a day."""
        share = 0.02 * 0.5 ** (group % 4) * 0.85**week
        return sum(self.does(share) for _ in range(residents))
