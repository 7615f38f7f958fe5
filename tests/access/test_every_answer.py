"""What every answer carries, whatever was asked: its headers, its cookies, and nothing of what went wrong.

With the settings of a site over HTTPS that is no demonstration, read from a process of its own.
"""

import json
import logging
import subprocess
import sys
from contextlib import contextmanager
from functools import partial
from io import StringIO

import pytest
from django.test import Client
from django.urls import reverse

from schoolgate.apps.access.actors import Role
from schoolgate.apps.access.routes import all_routes
from schoolgate.apps.ledger.acts import Impossible, NotAllowed
from schoolgate.apps.ledger.models import Opening
from schoolgate.apps.people.directory import Name
from schoolgate.apps.people.services import Place, give_role
from schoolgate.apps.people.signing_in.models import SignInSession
from schoolgate.web.lines import JsonLine
from support.commands import bare_environment

from .test_every_route import WHO, address

pytestmark = pytest.mark.django_db

READ = """
import json, os
from schoolgate import settings
from django.conf import global_settings
names = json.loads(os.environ["WANTED"])
print(json.dumps({name: getattr(settings, name, getattr(global_settings, name, None)) for name in names}))
"""
APPLIED = [
    "HTTPS",
    "CSRF_COOKIE_HTTPONLY",
    "CSRF_COOKIE_NAME",
    "CSRF_COOKIE_SAMESITE",
    "CSRF_COOKIE_SECURE",
    "SECURE_CONTENT_TYPE_NOSNIFF",
    "SECURE_CSP",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS",
    "SECURE_HSTS_SECONDS",
    "SECURE_REDIRECT_EXEMPT",
    "SECURE_REFERRER_POLICY",
    "SECURE_SSL_REDIRECT",
    "SESSION_COOKIE_HTTPONLY",
    "SESSION_COOKIE_NAME",
    "SESSION_COOKIE_SAMESITE",
    "SESSION_COOKIE_SECURE",
]


@pytest.fixture(scope="module")
def real_settings(tmp_path_factory):
    """Some settings of a site that is no demonstration."""
    wanted = [*APPLIED, "DEBUG", "PASSWORD_HASHERS"]
    environment = bare_environment(SCHOOLGATE_VAR=tmp_path_factory.mktemp("real"), WANTED=json.dumps(wanted))
    done = subprocess.run([sys.executable, "-c", READ], env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.fixture
def over_https(settings, real_settings):
    """The site as a district runs it; gives a way to make a browser ask over HTTPS."""
    for name in APPLIED:
        setattr(settings, name, real_settings[name])

    def secured(client):
        for method in ("get", "post", "head", "trace"):
            setattr(client, method, partial(getattr(client, method), secure=True))
        return client

    return secured


@pytest.fixture(params=list(Role))
def browser(request, over_https, sign_in):
    """Somebody in each role, over HTTPS."""
    role = request.param
    return over_https(sign_in(WHO[role], power=role is not Role.IDLE_ADMINISTRATOR))


@pytest.fixture
def officer(over_https, sign_in):
    """The records officer, over HTTPS."""
    return over_https(sign_in("whitfield"))


@contextmanager
def our_lines():
    """What the program's own handler of lines writes in the block, line by line."""
    (handler,) = [one for one in logging.getLogger().handlers if isinstance(one.formatter, JsonLine)]
    stream = handler.setStream(written := StringIO())
    try:
        yield lambda: written.getvalue().splitlines()
    finally:
        handler.setStream(stream)


def answers(client, method="get"):
    """Each route's answer to an address of something that is not there, and that of no route."""
    for route in all_routes():
        if route.name != "account_logout":
            yield route.name, getattr(client, method)(address(route))
    yield "no route", getattr(client, method)("/no/such/page/")


def cookies_are_this_hosts_alone(name, answer):
    for cookie in answer.cookies.values():
        assert cookie.key.startswith("__Host-"), (name, cookie.key)
        assert cookie["secure"], (name, cookie.key)
        assert cookie["httponly"], (name, cookie.key)
        assert cookie["samesite"] in {"Lax", "Strict"}, (name, cookie.key)
        assert cookie["path"] == "/", (name, cookie.key)
        assert not cookie["domain"], (name, cookie.key)


def test_every_answer_has_its_headers_and_cookies_of_this_host_alone_and_reading_is_no_act(browser):
    """No address does anything by being opened: no act is written, whoever opens it."""
    kinds, seen, before = set(), set(), Opening.objects.count()
    inside = "_auth_user_id" in browser.session
    for name, answer in answers(browser):
        assert Opening.objects.count() == before, name
        headers, policy = answer.headers, answer.headers["Content-Security-Policy"]
        years, _, more = headers["Strict-Transport-Security"].partition(";")
        assert int(years.removeprefix("max-age=")) >= 365 * 24 * 3600, name
        assert "includeSubDomains" in more, name
        for directive in ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
            assert directive in policy, name
        assert "unsafe" not in policy, name
        assert "*" not in policy, name
        assert headers["X-Content-Type-Options"] == "nosniff", name
        assert headers["Referrer-Policy"] == "same-origin", name
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", name
        if "Access-Control-Allow-Origin" not in headers:
            assert headers["Cross-Origin-Resource-Policy"] == "same-origin", name
        kind = headers.get("Content-Type", "")
        if answer.status_code not in {301, 302} or answer.content:
            assert kind, name
        if kind.startswith("text/") or "xml" in kind:
            assert "charset=utf-8" in kind, (name, kind)
        for header in ("Server", "X-Powered-By", "Via"):
            assert header not in headers, name
        # A part of a page that a script puts in has no frame of its own.
        if inside and answer.status_code == 200 and b"<!doctype html>" in answer.content[:200].lower():
            assert b'action="/sign-out/"' in answer.content or b'href="/sign-out/"' in answer.content, name
        cookies_are_this_hosts_alone(name, answer)
        kinds.add(answer.status_code)
        seen |= set(answer.cookies)
    assert {200, 302, 404} & kinds
    assert seen, "no answer set a cookie, so none was looked at"


def test_signing_in_and_messages_set_cookies_of_this_host_alone(cast, over_https):
    """The two cookies that no route sets by being read: the session's, at the door, and that of a message."""
    from schoolgate.demonstration.cast import PASSWORD

    clients = [over_https(Client()) for _ in range(2)]
    for client in clients:
        answer = client.post("/sign-in/", {"login": "whitfield", "password": PASSWORD})
        assert "__Host-sessionid" in answer.cookies
        cookies_are_this_hosts_alone("sign-in", answer)
    older = SignInSession.objects.order_by("began_at").first()
    told = clients[1].post(reverse("signing_in:end", args=[older.public_id]))
    assert "__Host-messages" in told.cookies
    cookies_are_this_hosts_alone("a message", told)


def test_plain_http_is_led_to_https_or_refused_and_gets_nothing_else(cast, over_https, sign_in):
    """What people open leads them there; what programs read tells them that they asked in clear."""
    client = sign_in("whitfield")
    for route in all_routes():
        answer = client.get(address(route))
        if hasattr(route.view, "for_programs"):
            assert (answer.status_code, answer.content) == (403, b"Ask by https://\n"), route.name
            assert "Location" not in answer.headers, route.name
            continue
        assert answer.status_code == 301, route.name
        assert answer["Location"].startswith("https://testserver/"), route.name
        assert answer.content == b"", route.name


# One press in a mail program ends a subscription (RFC 8058): the link that was mailed is the token.
BY_LINK = {"transparency:unsubscribe"}


def test_a_form_without_its_token_is_refused_on_every_route(cast, sign_in):
    """Whoever it is, signed in or not; another site's token is no token."""
    client = sign_in("whitfield")
    forger = Client(enforce_csrf_checks=True)
    forger.cookies = client.cookies
    visitor = Client(enforce_csrf_checks=True)
    before = Opening.objects.count()
    for route in all_routes():
        for one, given in ((forger, {}), (forger, {"csrfmiddlewaretoken": "a" * 64}), (visitor, {})):
            refused = 404 if route.name in BY_LINK else 403
            assert one.post(address(route), given).status_code == refused, route.name
    assert Opening.objects.count() == before


def test_no_answer_repeats_a_request(officer):
    """TRACE is answered with none of what was sent."""
    for name, answer in answers(officer, "trace"):
        assert answer.status_code in {302, 403, 404, 405}, name
        assert b"Cookie" not in answer.content, name


class Raises:
    """A view that fails with words about a child in its error."""

    MARK = "Zacatecas-7719"

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, *_):
        try:
            {}[self.MARK]
        except KeyError as inner:
            raise RuntimeError(f"no name for {self.MARK}") from inner


def test_what_fails_in_any_view_tells_nobody_anything(officer, settings, capfd):
    """The page has no word of the error; the line tells its type and where it happened, and no word either."""
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.Raises"]
    officer.raise_request_exception = False
    failed = 0
    with our_lines() as said:
        for name, answer in answers(officer):
            assert Raises.MARK.encode() not in answer.content, name
            if answer.status_code == 500:
                failed += 1
                for word in (b"Traceback", b"RuntimeError", b"settings", b"site-packages"):
                    assert word not in answer.content, name
                assert answer["Cache-Control"] == "no-store, private", name
    assert failed
    lines = [json.loads(line) for line in said()]
    errors = [line for line in lines if line["level"] == "ERROR"]
    assert len(errors) == failed
    assert all(line["error"] == ["RuntimeError", "KeyError"] and line["where"] for line in errors)
    assert Raises.MARK not in json.dumps(lines)
    assert Raises.MARK not in "".join(capfd.readouterr())


def test_every_decision_is_a_line_with_who_and_what_and_of_a_refusal_which_record(filed, cast, sign_in, over_https):
    client, hidden = over_https(sign_in("doyle")), reverse("incidents:report", args=[filed.report.pk])
    with our_lines() as said:
        client.get(reverse("requests:mine"))
        client.get(hidden)
        client.get("/about/Marisol/")
        over_https(Client()).get(hidden)
    lines = [json.loads(line) for line in said()]
    lines = [line for line in lines if line["by"] == "schoolgate.access"]
    doyle = str(cast.users["doyle"].pk)
    assert [(line["answer"], line["route"], line["user"], line.get("of")) for line in lines] == [
        ("allowed", "requests:mine", doyle, None),
        ("refused", "incidents:report", doyle, {"report_id": str(filed.report.pk)}),
        ("refused", None, doyle, None),
        ("refused", "incidents:report", None, {"report_id": str(filed.report.pk)}),
    ]
    assert "Marisol" not in json.dumps(lines)


def test_what_is_asked_in_vain_is_a_line_without_a_word_of_what_was_typed(cast, sign_in, over_https):
    officer = over_https(sign_in("whitfield"))
    with our_lines() as said:
        officer.post(reverse("people:notices"), {"email": "Marisol Aguilar"})
        for refusal in (
            lambda: give_role(
                actor=cast.actor("admin"),
                user=cast.users["admin"],
                role=Role.COUNSEL,
                name=Name("Marisol"),
                place=Place(),
            ),
            lambda: give_role(
                actor=cast.actor("okafor"),
                user=cast.users["abreu"],
                role=Role.COUNSEL,
                name=Name("Marisol"),
                place=Place(),
            ),
        ):
            with pytest.raises((Impossible, NotAllowed)):
                refusal()
    lines = [json.loads(line) for line in said()]
    (form,) = [line for line in lines if line["what"] == "values refused"]
    assert (form["form"], form["fields"]) == ("AddressForm", {"email": ["invalid"]})
    acts = [line for line in lines if line["what"] == "act refused"]
    assert [(line["act"], line["role"], line["why"], line["level"]) for line in acts] == [
        ("role_given", "administrator", "Impossible", "INFO"),
        ("role_given", "principal", "NotAllowed", "WARNING"),
    ]
    assert acts[1]["user"] == str(cast.users["okafor"].pk)
    assert "Marisol" not in json.dumps(lines)


def test_a_real_site_is_no_demonstration(real_settings):
    assert real_settings["DEBUG"] is False
    assert real_settings["PASSWORD_HASHERS"][0].endswith("PBKDF2PasswordHasher")
    assert real_settings["HTTPS"] is True


@pytest.mark.parametrize(
    "path",
    [
        "/.git/config", "/.env", "/.svn/entries", "/static/", "/static/build/", "/static/../settings.py",
        "/static/%2e%2e/settings.py", "/admin/", "/api/", "/docs/", "/metrics", "/health", "/debug/",
        "/var/schoolgate.sqlite3", "/settings.py", "/server-status",
    ],
)  # fmt: skip
def test_nothing_is_there_but_what_is_meant_to_be(path, over_https, db):
    """No history of the source, no list of files, no page for whoever runs it."""
    answer = over_https(Client()).get(path)
    assert answer.status_code == 404, path
    assert b"Index of" not in answer.content


SINKS = """
import logging
from schoolgate.cli.terminal import start_django
start_django()
from schoolgate.cli import serve
names = [None, *logging.root.manager.loggerDict]
for name in names:
    for handler in logging.getLogger(name).handlers:
        print(type(handler).__name__, getattr(getattr(handler, "stream", None), "name", ""))
"""


def test_lines_go_to_standard_error_and_nowhere_else(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", SINKS],
        env=bare_environment(SCHOOLGATE_VAR=tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    said = {line for line in done.stdout.splitlines() if not line.startswith("NullHandler")}
    assert said == {"StreamHandler <stderr>"}


def test_what_stands_in_an_address_fills_no_form(cast, over_https):
    """A form is read from what was posted alone, whatever its address says besides."""
    from schoolgate.demonstration.cast import PASSWORD

    client = over_https(Client())
    client.post(f"/sign-in/?login=whitfield&password={PASSWORD}", {})
    assert "_auth_user_id" not in client.session
    client.post("/sign-in/?login=nobody&password=wrong", {"login": "whitfield", "password": PASSWORD})
    assert "_auth_user_id" in client.session


@pytest.mark.parametrize("host", ["other.example", "testserver.other.example", "testserver@other.example"])
def test_another_hosts_name_is_refused(host, over_https, db):
    for path in ("/", "/sign-in/", "/public/"):
        assert over_https(Client(HTTP_HOST=host)).get(path).status_code == 400, path
