"""A real browser against the real site."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

REPOSITORY = Path(__file__).resolve().parents[2]
AXE = REPOSITORY / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium; without its windows, where that can be had."""
    # The driver runs an event loop in this thread, beside which Django would refuse to query.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    assert program, "chromium is not installed: run scripts/setup.sh test"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield opened
        opened.close()


# Folded parts are unfolded to be measured: while folded they keep the boxes of the width they last had.
REACHES = """() => {
  const folded = [...document.querySelectorAll('main details:not([open])')];
  for (const part of folded) part.open = true;
  const reaches = Math.max(document.documentElement.scrollWidth, ...[...document.querySelectorAll('main *')]
    .filter(one => !one.closest('.sg-scroll, pre, .usa-sr-only, svg, .usa-checkbox__input, select')
      && getComputedStyle(one).position !== 'absolute')
    .map(one => Math.ceil(one.getBoundingClientRect().right)));
  for (const part of folded) part.open = false;
  return reaches;
}"""


# Buttons and links that bring a new page; with scripts, those of the benches change the page that stands.
BRINGS_A_PAGE = {
    True: "form:not([hx-post], [hx-get], [data-bench] form) button:not([type=button], [hx-post], [hx-get]),"
    "a[href]:not([data-swap], [hx-get])",
    False: "button:not([type=button]), a[href]",
}
# Milliseconds. The first narrative that a process reads loads the finder, and other tests want the processors too.
PATIENCE = 120_000
expect.set_options(timeout=PATIENCE)


class Person:
    """Somebody of the cast at a browser of their own."""

    def __init__(self, browser: Browser, site: str, *, scripts: bool, pictures: Path | None) -> None:
        self.site, self.scripts, self.pictures = site, scripts, pictures
        self.context = browser.new_context(
            java_script_enabled=scripts, viewport={"width": 1200, "height": 900}, accept_downloads=True
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.refused: list[str] = []
        self.page.on("console", lambda message: self._note(message.text, message.type))

    def _note(self, text: str, kind: str) -> None:
        if kind == "error" and "Content Security Policy" in text:
            self.refused.append(text)

    def sign_in(self, username: str, password: str) -> "Person":
        """Sign in by the form."""
        self.open("/sign-in/")
        self.page.get_by_label("Username").fill(username)
        self.page.get_by_label("Password").fill(password)
        self.press("Sign in", exact=True)
        assert "/sign-in/" not in self.page.url, "the sign-in was refused"
        return self

    def open(self, path: str) -> None:
        """Go to an address of the site."""
        response = self.page.goto(self.site + path)
        assert response is not None
        assert response.ok, f"{path} answered {response.status}"

    def press(self, name: str, *, exact: bool = False) -> None:
        """Press a button by its words."""
        self.click(self.page.locator("main").get_by_role("button", name=name, exact=exact).first)

    def follow(self, name: str) -> None:
        """Follow a link by its words."""
        self.click(self.page.locator("main").get_by_role("link", name=name).first)

    def click(self, what: Locator) -> None:
        """Click, and wait for the page that it brings, if it brings one.

        A click comes back before the browser leaves: a form is sent only when the draft that is being saved is saved.
        """
        what.wait_for()
        if what.and_(self.page.locator(BRINGS_A_PAGE[self.scripts])).count():
            with self.page.expect_navigation():
                what.click()
        else:
            what.click()
        self.page.wait_for_load_state()

    @property
    def answer(self) -> str:
        """The page's first sentence."""
        return self.page.locator("h1").inner_text()

    @property
    def text(self) -> str:
        """Everything the page says."""
        return self.page.locator("main").inner_text()

    def check(self, name: str) -> None:
        """No fault that axe knows, nothing beyond a phone's width, nothing the site's own policy refused."""
        if self.pictures:
            self.pictures.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=self.pictures / f"{name}.png", full_page=True)
        if self.scripts:
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
            found = self.page.evaluate(
                "async () => (await axe.run(document, {resultTypes: ['violations'], selectors: false}))"
                ".violations.map(v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 160)).join(' | '))"
            )
            assert not found, f"{name}: {found}"
        # Without scripts a page cannot be measured: its width is drawn for the picture alone.
        if self.scripts or self.pictures:
            self.page.set_viewport_size({"width": 375, "height": 800})
            if self.pictures:
                self.page.screenshot(path=self.pictures / f"{name}-phone.png", full_page=True)
            # What runs off the page counts even where the page hides it; what scrolls in a box of its own does not.
            wide = self.page.evaluate(REACHES) if self.scripts else 375
            self.page.set_viewport_size({"width": 1200, "height": 900})
            assert wide <= 375, f"{name} is {wide} px wide on a phone"
        assert not self.refused, f"{name}: {self.refused}"


@pytest.fixture
def visit(browser: Browser, live_server):
    """Open a browser for somebody; SCHOOLGATE_PICTURES names a folder for screenshots."""
    people: list[Person] = []
    folder = os.environ.get("SCHOOLGATE_PICTURES")

    def open_for(*, scripts: bool) -> Person:
        pictures = Path(folder) / ("scripts" if scripts else "plain") if folder else None
        people.append(Person(browser, live_server.url, scripts=scripts, pictures=pictures))
        return people[-1]

    yield open_for
    for person in people:
        person.context.close()
