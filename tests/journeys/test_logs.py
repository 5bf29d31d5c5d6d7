"""Whatever people live through here, nothing they typed and no name is in what is logged."""

import pytest
from structlog.testing import capture_logs

from bot.channels.base import TryLater, Unclear, Unreachable
from tests import deciding
from tests.statements import of_each_kind
from tests.votes import has_vote
from tests.world import ANA, BUILDING_3, LI, MEI, ZHOU, World

WORDS = "楼道里有人堆放纸箱"
SECRETS = (
    WORDS, "路灯", "换了灯泡", "哪一盏", "左边", "3-1-101", "3-2-202", "周警官", "王师傅",
    "何书记", "孙管理员", "Ana", "加装电梯", "业主自己发起",
)  # fmt: skip


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_no_word_and_no_name_is_logged_in_a_life_of_cases_and_votes(world: World) -> None:
    with capture_logs() as logs:
        await of_each_kind(world)
        await deciding.published(world, "同意")
        await has_vote(world.storage, 3)
        for fault in (Unclear(WORDS), Unreachable("gone"), TryLater(1, WORDS), KeyError(WORDS)):
            world.buttons.refuse_next = fault
            await world.writes(ANA, f"#建议 {WORDS}", group=BUILDING_3)
        for who in (ANA, LI, MEI, ZHOU):
            await world.writes(who, f"{WORDS}\0\ud800")
            await world.writes(who, "/me")

    said = "\n".join(str(line) for line in logs)
    assert logs and [secret for secret in SECRETS if secret in said] == []
