"""Residents who make suggestions again and again, each in the group of their building."""

from collections import Counter
from itertools import count
from random import Random

from domain.community import Community
from tests.fake_telegram import FakeTelegram
from tests.town import Town, made_up

RESIDENTS = 24  # one in each group, which may hear little in a minute
PATIENCE = 60.0  # seconds, on a machine that is busy with other tests
SUBJECTS = ("电梯", "停车", "噪音", "保安", "垃圾", "路灯", "公交", "小偷", "违建", "养老")
COPIES = 3  # of a suggestion: to whom made it, to the group, to the officer


def a_town(community: Community) -> Town:
    duties = dict.fromkeys(category.who for category in community.categories)
    return made_up(duties, residents=RESIDENTS, buildings=RESIDENTS)


class People:
    def __init__(self, fake: FakeTelegram, town: Town, seed: int) -> None:
        self.fake, self.town = fake, town
        self.said: list[str] = []
        self._random = Random(seed)
        self._next = count()

    def say(self, many: int) -> list[str]:
        """So many suggestions at once, by one resident after the other."""
        new = [self._one(next(self._next)) for _ in range(many)]
        self.said += new
        return new

    def _one(self, n: int) -> str:
        resident = self.town.residents[n % len(self.town.residents)]
        signs = "".join(chr(self._random.randrange(0x4E00, 0x9FA5)) for _ in range(14))
        words = SUBJECTS[n % len(SUBJECTS)] + signs
        self.fake.says(resident.user, f"#建议 {words}", resident.group)
        return words

    async def are_answered(self, words: list[str] | None = None) -> None:
        """Whoever made a suggestion, the group and the officer have read of it."""
        waited = self.said if words is None else words
        await self.fake.until(lambda: not self._unread(waited), PATIENCE)

    def _unread(self, waited: list[str]) -> list[str]:
        read: Counter[str] = Counter()
        for message in self.fake.chats.all():
            if message.sender is self.fake.me:
                read.update(words for words in waited if words in message.text)
        return [words for words in waited if read[words] < COPIES]

    def words_in(self, logs: str) -> list[str]:
        """What somebody said, and a log must not know."""
        return [words for words in self.said if words in logs]
