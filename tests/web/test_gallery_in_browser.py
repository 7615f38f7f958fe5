"""The gallery in a real browser, under the site's own content policy."""

import shutil
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.csp import build_policy
from playwright.sync_api import Browser, Page, sync_playwright

from support.gallery import context

pytestmark = pytest.mark.browser

REPOSITORY = Path(__file__).resolve().parents[2]
STATIC = REPOSITORY / "src" / "schoolgate" / "web" / "static"
AXE = REPOSITORY / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE, PHONE, NARROWEST = 1280, 375, 320


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder as the site would, with its content policy."""

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", build_policy(settings.SECURE_CSP))
        super().end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    assert (STATIC / "build" / "schoolgate.css").is_file(), "run `python scripts/assets.py` first"
    folder = tmp_path_factory.mktemp("gallery")
    for language in ("en", "ar"):
        with translation.override(language):
            (folder / f"{language}.html").write_text(render_to_string("web/gallery.html", context()), encoding="utf-8")
    (folder / settings.STATIC_URL.strip("/")).symlink_to(STATIC)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium") or shutil.which("google-chrome")
    assert chromium, "these tests drive a real browser: sudo apt-get install chromium"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started
        started.close()


def opened(browser: Browser, address: str, width: int, *, script: bool = True, policy: bool = True) -> Page:
    tab = browser.new_context(
        viewport={"width": width, "height": 800}, java_script_enabled=script, bypass_csp=not policy
    )
    page = tab.new_page()
    page.goto(address)
    return page


def violations(page: Page) -> list[str]:
    found = "axe.run(document, {resultTypes: ['violations'], selectors: false})"
    check = f"async () => (await {found}).violations.map(v => v.id)"
    return list(page.evaluate(check))


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("width", [WIDE, NARROWEST])
def test_the_accessibility_checker_finds_nothing(browser: Browser, site: str, language: str, width: int) -> None:
    page = opened(browser, f"{site}/{language}.html", width, policy=False)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert violations(page) == []


def test_the_accessibility_checker_would_find_a_fault(browser: Browser, site: str) -> None:
    page = opened(browser, f"{site}/en.html", WIDE, policy=False)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    page.evaluate("document.querySelector('label').remove()")
    assert violations(page) == ["label"]


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("width", [PHONE, NARROWEST])
def test_nothing_reaches_beyond_a_phone(browser: Browser, site: str, language: str, width: int) -> None:
    page = opened(browser, f"{site}/{language}.html", width)
    boxes_that_scroll = ".sg-scroll, .sg-command"
    hidden = ".usa-sr-only, .sg-cite__plain, thead, .usa-current, .usa-radio__input, .usa-checkbox__input"
    beyond = page.evaluate(
        """([apart, width]) => [...document.querySelectorAll('body *')]
             .filter(part => !part.closest(apart))
             .filter(part => { const box = part.getBoundingClientRect();
                               return box.right > width + 1 || (box.right > 0 && box.left < -1); })
             .map(part => part.outerHTML.slice(0, 100))""",
        [f"{boxes_that_scroll}, {hidden}, .usa-skipnav", width],
    )
    assert beyond == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_content_policy_is_never_broken(browser: Browser, site: str) -> None:
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{site}/en.html")
    page.fill(".usa-combo-box__input", "bos")
    assert page.locator(".usa-combo-box__list-option").all_inner_texts() == ["Boston Police"]
    assert [line for line in said if "yesterday" not in line] == []


def test_without_a_script_everything_is_there(browser: Browser, site: str) -> None:
    page = opened(browser, f"{site}/en.html", PHONE, script=False)
    assert page.locator("select#new_agency").is_visible()


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without"])
def test_the_menu_folds_on_a_phone(browser: Browser, site: str, *, script: bool) -> None:
    page = opened(browser, f"{site}/en.html", PHONE, script=script)
    first = page.locator("#sg-nav-list a").first
    assert first.is_hidden()
    page.focus(".sg-nav__toggle")
    page.keyboard.press("Enter")
    assert first.is_visible()
    page.keyboard.press("Tab")
    assert first.evaluate("link => link === document.activeElement"), "the list follows on what opens it"
    page.click(".sg-nav__toggle")
    assert first.is_hidden()


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without"])
def test_on_a_desk_the_menu_stands_open(browser: Browser, site: str, *, script: bool) -> None:
    page = opened(browser, f"{site}/en.html", WIDE, script=script)
    assert page.locator("#sg-nav-list a").first.is_visible()
    assert page.locator(".sg-nav__toggle").is_hidden()


def test_plain_words_come_with_the_keyboard_and_go_with_escape(browser: Browser, site: str) -> None:
    page = opened(browser, f"{site}/en.html", WIDE)
    words = page.locator(".sg-cite__plain").first

    def height() -> float:
        box = words.bounding_box()
        assert box is not None
        return box["height"]

    page.focus(".sg-cite a >> nth=0")
    assert height() > 20
    page.keyboard.press("Escape")
    assert words.evaluate("part => getComputedStyle(part).clipPath") == "inset(50%)"


def test_in_print_no_control_is_left_and_what_was_folded_is_open(browser: Browser, site: str) -> None:
    page = opened(browser, f"{site}/en.html", WIDE)
    page.emulate_media(media="print")
    assert page.locator("main .usa-button:visible, .sg-nav:visible, .usa-skipnav:visible").count() == 0
    assert page.get_by_text("If a judge had signed the paper").bounding_box() is not None
