"""Fixtures of the tests in a browser: one Chromium for a file of tests, one JupyterLab, a folder for the pictures."""

import re
import shutil
from pathlib import Path

import lab_server
import pytest
from lab_pages import PATIENCE, PROJECTOR
from playwright.sync_api import expect, sync_playwright

from grader.paths import build_dir

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# Nothing but this machine has a name or an address: what asks for another fails at once, as without a network.
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--disable-quic", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]  # fmt: skip
N_TEXTS = 30
FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser; a test that needs it is skipped where there is none."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here (on Debian: apt-get install chromium), so nothing is seen in a browser")
    return CHROMIUM


@pytest.fixture(scope="module")
def browser(chromium):
    """Chromium, driven by Playwright, which never fetches a browser of its own.

    A file's own, because while it runs no other test of the process could have an event loop.
    """
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)


@pytest.fixture(scope="module")
def lab(chromium, tmp_path_factory):
    """`make lab` in a copy of the kit; no mark has been made in it."""
    folder = tmp_path_factory.mktemp("lab")
    server, process = lab_server.start(lab_server.copy_of_the_kit(folder / "kit", N_TEXTS), folder / "home")
    yield server
    lab_server.stop(process)


@pytest.fixture
def outside():
    """Requests of the pages of a test to anywhere but this machine."""
    return []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Let fixtures know that a test has failed."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture
def new_page(browser, outside, shots, request):
    """new_page(**options of a context): a page the size of a projector's; requests elsewhere go into `outside`."""
    contexts = []

    def new(**options):
        context = browser.new_context(**{"viewport": PROJECTOR, "locale": "ru-RU", **options})
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.on("request", lambda request: outside.append(request.url) if leaves(request.url) else None)
        return context.new_page()

    yield new
    for number, context in enumerate(contexts):
        if request.node.stash.get(FAILED, False):
            name = re.sub(r"\W+", "-", f"failed-{request.node.name}-{number}")
            context.pages[0].screenshot(path=shots / f"{name}.png")
        context.close()
    # The formgrader's page of a submission has its formulae from elsewhere, and does without.
    assert [url for url in outside if "mathjax" not in url.lower()] == []


@pytest.fixture(scope="session")
def shots() -> Path:
    """The folder of the screenshots: kept, and not in git."""
    folder = build_dir("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def leaves(url: str) -> bool:
    """Whether a request goes to another machine."""
    return not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:", "about:", "file:"))
