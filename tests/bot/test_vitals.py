"""What /healthz and /metrics say, to whom, and that neither tells anything about anybody."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from httpx import ASGITransport, AsyncClient, Response
from sqlalchemy import text
from starlette.applications import Starlette

from bot import metrics
from bot.pulse import Pulse
from bot.vitals import Vitals
from domain.conversation import Say
from storage import migrate
from storage.claims import Room
from storage.delivery import Received
from storage.engine import open_engine
from storage.ids import Ids
from storage.uow import Storage
from tests.databases import NOON
from tests.world import ANA, LI, FakeClock, World

UPDATE = Received("buttons", "900001", "buttons:101", "3号楼门口路灯坏了")
TOKEN = "known to Prometheus"


class Asked:
    """The two pages of one process, as somebody at this address gets them."""

    def __init__(self, storage: Storage, token: str = "") -> None:
        self.storage, self.clock, self.pulse = storage, FakeClock(), Pulse()
        vitals = Vitals(storage, self.pulse, self.clock, token)
        self._app = Starlette(routes=vitals.routes())

    async def __call__(self, path: str, by: str = "127.0.0.1", **headers: str) -> Response:
        transport = ASGITransport(self._app, client=(by, 50_000))
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with AsyncClient(transport=transport, base_url="http://linli") as http:
            return await http.get(path, headers=named)


@pytest.fixture
def asked(storage: Storage) -> Asked:
    return Asked(storage)


async def test_who_is_well_says_so_in_one_word(asked: Asked) -> None:
    answer = await asked("/healthz")

    assert (answer.status_code, answer.text) == (200, "ok")
    as_json = await asked("/healthz", accept="application/json")
    assert as_json.json() == {"ok": True, "wrong": []}


async def test_what_waits_too_long_is_told_with_its_age(asked: Asked) -> None:
    async with asked.storage.begin() as uow:
        await uow.delivery.receive([UPDATE], NOON)
        await uow.delivery.promise([Say(ANA, "home.cancelled")], NOON)
    asked.clock.advance(seconds=59)
    assert (await asked("/healthz")).text == "ok"

    asked.clock.advance(seconds=841)
    answer = await asked("/healthz")
    assert answer.status_code == 503
    assert answer.text == "inbox: oldest waiting update 900 s"
    asked.clock.advance(seconds=1)
    as_json = (await asked("/healthz", accept="application/json")).json()
    assert as_json["wrong"][1] == {"what": "outbox", "said": "oldest unsent message 901 s"}


async def test_a_message_for_tomorrow_is_not_late_and_one_tried_in_vain_is(asked: Asked) -> None:
    tomorrow = NOON + timedelta(days=1)
    async with asked.storage.begin() as uow:
        await uow.delivery.promise([Say(LI, "home.cancelled")], NOON, tomorrow)
    asked.clock.advance(hours=20)
    assert (await asked("/healthz")).text == "ok"

    async with asked.storage.begin() as uow:
        await uow.delivery.promise([Say(ANA, "home.cancelled")], NOON)
        assert await uow.delivery.claim({"buttons": Room(1, 1)}, asked.clock())
    assert (await asked("/healthz")).text == "outbox: oldest unsent message 72000 s"


async def test_parts_that_stopped_and_a_clock_that_is_off_are_told(asked: Asked) -> None:
    asked.pulse.ended["door telegram"] = "InvalidToken"
    asked.pulse.offsets["telegram"] = timedelta(seconds=-31)
    asked.pulse.expect("timer close_polls", -1000)

    lines = (await asked("/healthz")).text.splitlines()
    assert lines[1:] == ["door: telegram ended (InvalidToken)", "clock: -31 s against telegram"]
    assert re.fullmatch(r"timer: close_polls silent for \d+ s", lines[0])


async def test_tables_of_another_version_and_no_database_are_told(asked: Asked) -> None:
    async with asked.storage.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    try:
        assert (await asked("/healthz")).text == "tables: are of another version"
    finally:
        async with asked.storage.engine.begin() as connection:
            newest = text("UPDATE alembic_version SET version_num = :it")
            await connection.execute(newest, {"it": migrate.newest()})


@pytest.fixture
async def nowhere(storage: Storage) -> AsyncIterator[Storage]:
    engine = open_engine("postgresql+asyncpg://127.0.0.1:1/linli")
    yield Storage(engine, 1, storage.vault, Ids(FakeClock()))
    await engine.dispose()


async def test_without_a_database_we_are_not_well_and_still_counted(nowhere: Storage) -> None:
    asked = Asked(nowhere)

    assert (await asked("/healthz")).text.startswith("database: cannot be used (")
    assert "linli_database_up 0.0" in (await asked("/metrics")).text


@pytest.mark.parametrize(
    ("token", "by", "headers", "status"),
    [
        ("", "127.0.0.1", {}, 200),
        ("", "::1", {}, 200),
        ("", "192.0.2.1", {}, 403),
        ("", "testclient", {}, 403),
        ("", "127.0.0.1", {"x_forwarded_for": "127.0.0.1"}, 403),  # nginx speaks for somebody
        ("", "127.0.0.1", {"authorization": "Bearer "}, 200),
        (TOKEN, "127.0.0.1", {}, 403),
        (TOKEN, "127.0.0.1", {"authorization": "Bearer wrong"}, 403),
        (TOKEN, "192.0.2.1", {"authorization": f"Bearer {TOKEN}"}, 200),
    ],
)
async def test_metrics_are_for_this_machine_or_for_who_has_the_token(
    storage: Storage, token: str, by: str, headers: dict[str, str], status: int
) -> None:
    assert (await Asked(storage, token)("/metrics", by, **headers)).status_code == status


def counted(name: str, **labels: str) -> float:
    return metrics.REGISTRY.get_sample_value(name, labels) or 0


async def test_what_a_process_does_is_counted_by_channel(storage: Storage) -> None:
    world = World(storage, FakeClock())
    names = ("received", "handled", "failed")
    before = {n: counted(f"linli_updates_{n}_total", channel="buttons") for n in names}
    sent = counted("linli_messages_total", channel="buttons", state="sent")

    await world.writes(ANA, "楼道灯坏了")

    after = {n: counted(f"linli_updates_{n}_total", channel="buttons") for n in names}
    assert {n: after[n] - before[n] for n in names} == {"received": 1, "handled": 1, "failed": 0}
    assert counted("linli_messages_total", channel="buttons", state="sent") > sent
    assert counted("linli_send_seconds_count", channel="buttons") > 0


async def test_what_waits_is_counted_and_no_label_names_anybody(asked: Asked) -> None:
    async with asked.storage.begin() as uow:
        await uow.delivery.receive([UPDATE], NOON)
        await uow.delivery.promise([Say(ANA, "home.cancelled"), Say(LI, "home.help")], NOON)
    asked.clock.advance(seconds=5)

    told = (await asked("/metrics")).text
    assert "linli_inbox_waiting 1.0" in told and "linli_inbox_oldest_seconds 5.0" in told
    assert 'linli_outbox_messages{channel="buttons",state="pending"} 1.0' in told
    assert "process_resident_memory_bytes " in told
    labels = re.findall(r'(\w+)="(.*?)"', told)
    assert {name for name, _ in labels} <= {"channel", "state", "timer", "le"}
    assert not {"101", "oLi", "900001"} & {value for _, value in labels}
    assert "路灯" not in told
