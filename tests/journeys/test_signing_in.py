"""Signing in at a real district's door, in a real browser over HTTPS: what is set up, shown, and not shown again."""

import hmac
import os
import re
import shutil
import time
from base64 import b32decode
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from schoolgate.demonstration.cast import PASSWORD, open_demonstration
from support.https_site import served_over_https

from .conftest import FLAGS, Person

pytestmark = pytest.mark.browser
OWN_PASSWORD = "kelp orchard tuba violet seven"

# A page is shown again from memory only where this is on, as it is for people; the driver turns it off.
OFF = ["--disable-back-forward-cache"]


@pytest.fixture(scope="module")
def browser():
    """Chromium as people have it: with pages kept in memory."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    program = shutil.which("chromium") or shutil.which("chromium-headless-shell")
    assert program, "chromium is not installed: run scripts/setup.sh test"
    flags = [*FLAGS, "--ignore-certificate-errors"]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=flags, ignore_default_args=OFF)
        yield opened
        opened.close()


@pytest.fixture
def site(real_transactions, settings, tmp_path):
    """A district's site, no demonstration, over HTTPS."""
    from schoolgate.apps.access.moment import now
    from schoolgate.apps.people.models import User

    open_demonstration()
    # All were here before, and chose their passwords then.
    User.objects.update(last_login=now(), first_password_at=None)
    settings.DEMO = False
    settings.SECOND_FACTOR = True
    settings.HTTPS = True
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    with served_over_https(tmp_path) as running:
        yield running


@pytest.fixture
def at_the_door(browser, site):
    """Open a browser for somebody."""
    people = []
    folder = os.environ.get("SCHOOLGATE_PICTURES")

    def come(*, scripts=True):
        pictures = Path(folder) / ("scripts" if scripts else "plain") if folder else None
        people.append(Person(browser, site.url, scripts=scripts, pictures=pictures))
        return people[-1]

    yield come
    for person in people:
        person.context.close()


def code_of(secret):
    """What an app shows for a secret (RFC 6238)."""
    mac = hmac.digest(b32decode(secret), (int(time.time()) // 30).to_bytes(8, "big"), "sha1")
    start = mac[-1] & 15
    return f"{(int.from_bytes(mac[start : start + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


def type_password(person, username, password=PASSWORD):
    person.open("/sign-in/")
    person.page.get_by_label("Username").fill(username)
    person.page.get_by_label("Password").fill(password)
    person.press("Sign in", exact=True)


def set_up_app(person):
    """Set up an app after the first password; gives its secret."""
    assert "Set up a second factor" in person.answer
    secret = re.search(r"letters: ([A-Z2-7 ]+)", person.text)[1].replace(" ", "")
    person.page.get_by_label("The code that the app shows now").fill(code_of(secret))
    person.press("Set up the app")
    assert "shown only now" in person.answer
    return secret


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_the_first_sign_in_and_the_second(at_the_door, scripts):
    from schoolgate.apps.access.moment import now
    from schoolgate.apps.people.models import User
    from schoolgate.apps.people.signing_in.models import CodeStep

    User.objects.filter(username="whitfield").update(first_password_at=now())
    person = at_the_door(scripts=scripts)
    type_password(person, "whitfield")
    person.check("sign-in-set-up")
    if not scripts:
        assert person.page.locator("[data-passkey-button]").is_hidden(), "a button that does nothing"
    secret = set_up_app(person)
    person.check("sign-in-codes")
    person.follow("I have kept them")
    assert "Choose a password" in person.answer
    person.check("sign-in-own-password")
    for label in ("Your new password", "The same once more"):
        person.page.get_by_label(label).fill(OWN_PASSWORD)
    person.press("Take this password")
    person.open("/your-sign-in/")
    assert "One-time-code app" in person.text
    person.check("your-sign-in")
    other = at_the_door(scripts=scripts)
    type_password(other, "whitfield", OWN_PASSWORD)
    other.check("sign-in-second")
    other.page.get_by_label("Code from your app").fill("000000")
    other.press("Go on", exact=True)
    assert "did not fit" in other.text
    other.check("sign-in-second-wrong")
    # Instead of half a minute, in which the app would show its next code.
    CodeStep.objects.update(last=0)
    other.page.get_by_label("Code from your app").fill(code_of(secret))
    other.press("Go on", exact=True)
    other.open("/sign-ins/")
    other.check("sign-ins")
    other.follow("abreu")
    other.check("sign-in-of-another")
    other.open("/confirm/")
    other.check("confirm")


def test_a_passkey_is_set_up_and_signs_in_only_when_the_device_verified_the_person(at_the_door):
    person = at_the_door()
    devices = person.context.new_cdp_session(person.page)
    devices.send("WebAuthn.enable")
    kind = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device = devices.send("WebAuthn.addVirtualAuthenticator", {"options": kind})["authenticatorId"]
    type_password(person, "whitfield")
    person.press("Set up a passkey")
    person.page.get_by_text("shown only now").wait_for()
    person.follow("I have kept them")
    person.open("/your-sign-in/")
    assert "Passkey" in person.text
    person.check("your-sign-in-passkey")
    person.click(person.page.get_by_role("button", name="Sign out"))
    plain = at_the_door(scripts=False)
    type_password(plain, "whitfield")
    assert plain.page.get_by_label("A recovery code").is_visible()
    assert plain.page.locator("[data-passkey-button]").is_hidden()
    plain.check("sign-in-second-passkey-only")
    type_password(person, "whitfield")
    person.check("sign-in-second-passkey-only")
    # A device that does not ask for finger, face or PIN opens nothing.
    devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    person.page.get_by_role("button", name="Use a passkey").click()
    person.page.wait_for_timeout(1000)
    assert "/sign-in/second/" in person.page.url
    devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
    person.open("/sign-in/second/")
    person.page.get_by_role("button", name="Use a passkey").click()
    person.page.wait_for_url(lambda address: "/sign-in/" not in address)
    person.open("/requests/")


def signed_in(at_the_door):
    person = at_the_door()
    type_password(person, "whitfield")
    set_up_app(person)
    person.follow("I have kept them")
    return person


def from_memory(person):
    """Whether the page that is shown came out of the browser's memory."""
    return person.page.evaluate("() => window.fromMemory === true")


def back(person):
    """Press the Back button. The driver's own waits for a load, which a page from memory does not do."""
    person.page.evaluate("() => history.back()")
    person.page.wait_for_timeout(3000)
    person.page.wait_for_load_state()


def mark(person):
    """Let the page say, should it ever come back, that it came from memory."""
    person.page.evaluate("() => addEventListener('pageshow', event => { window.fromMemory = event.persisted })")


@pytest.mark.parametrize("turning", [True, False], ids=["turning", "by the session's cookie alone"])
def test_after_signing_out_the_back_button_shows_nothing(at_the_door, site, settings, turning):
    person = signed_in(at_the_door)
    settings.HTTPS = turning
    person.open("/your-sign-in/")
    mark(person)
    assert "Open sessions" in person.text
    person.page.get_by_role("button", name="Sign out").click()
    person.page.wait_for_url(lambda address: "/sign-in/" in address and "your" not in address)
    assert not any(cookie["name"] == settings.SESSION_COOKIE_NAME for cookie in person.context.cookies())
    back(person)
    assert not from_memory(person)
    assert "Open sessions" not in person.page.locator("body").inner_text()
    assert "Sign in to see" in person.answer
