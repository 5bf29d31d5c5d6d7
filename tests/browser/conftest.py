"""A demo community on loopback and a real Chromium to visit it with, where there is one."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser, async_playwright
from starlette.applications import Starlette

from bot import demo
from bot.app import App
from bot.cli.demo import demo_config
from bot.clock import system_clock
from bot.config import read_settings
from bot.opening import open_community
from web.streams import Notifier

ROOT = Path(__file__).parents[2]
SETTINGS = read_settings(ROOT / "config.yaml")
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--no-sandbox",  # the tests may run as root
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    found = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if found is None:
        pytest.skip("no Chromium found: the stories are not played in a browser")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=QUIET)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's folder as the first start leaves it."""
    folder = tmp_path_factory.mktemp("demo") / "furnished"
    await demo.furnish(demo_config(SETTINGS, folder, 0))
    return folder


@pytest.fixture
async def address(furnished: Path, tmp_path: Path) -> AsyncIterator[str]:
    """The demo page of a furnished community that is this test's own."""
    config = demo_config(SETTINGS, shutil.copytree(furnished, tmp_path / "demo"), 0)
    async with open_community(config, system_clock) as storage:
        app = App(config, storage, demo=demo.cast())
        async with app.running(), served(app.web, app.notifier) as address:
            yield address


@asynccontextmanager
async def served(web: Starlette, notifier: Notifier) -> AsyncIterator[str]:
    """Pages on a free port of loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(web, log_config=None, lifespan="off"))
        task = asyncio.create_task(server.serve(sockets=[listening]))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        notifier.close()
        server.should_exit = True
        await task


@pytest.fixture
def screenshots() -> Path:
    folder = ROOT / "screenshots"
    folder.mkdir(exist_ok=True)
    return folder
