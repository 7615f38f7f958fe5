"""The district's own sign-in: what a provider that lies in one way gets, and that one that tells the truth gets in."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from schoolgate.apps.people.models import User
from schoolgate.apps.people.signing_in import views
from schoolgate.apps.people.signing_in.models import (
    ChangeKind,
    ChangeReason,
    EventKind,
    SignInEvent,
)
from schoolgate.apps.people.signing_in.oidc.provider import Client as OurSide
from schoolgate.apps.people.signing_in.oidc.settings import read_client
from schoolgate.apps.people.signing_in.oidc.tokens import Keys
from schoolgate.apps.people.signing_in.services import ask_change, confirm_change, identifier_index
from support.oidc_provider import CLIENT_ID, SECRET, ec_key, rsa_key, running, unsigned

pytestmark = pytest.mark.django_db

MFA = {"sub": "staff-4711", "amr": ["pwd", "mfa"]}


@pytest.fixture
def provider(door, settings, monkeypatch):
    """The district's provider, which this site trusts; it means Dana Whitfield by staff-4711."""
    monkeypatch.setattr(views, "_keys", Keys())
    with running() as provider:
        settings.OIDC = OurSide(provider.issuer, CLIENT_ID, SECRET)
        tie(door, provider, "whitfield", "staff-4711")
        provider.person = dict(MFA)
        yield provider


def tie(door, provider, username, identifier):
    """The administrator asks; somebody else of the office agrees."""
    from dataclasses import replace

    change = ask_change(
        actor=door.actor("admin"),
        user=door.users[username],
        what=ChangeKind.SET_IDENTITY,
        reason=ChangeReason.BEGIN,
        identity=identifier_index(provider.issuer, identifier),
    )
    colleague = replace(door.actor("whitfield"), user_id=door.users["okafor"].pk)
    confirm_change(actor=colleague, change=change)


def through(provider, client=None, **query):
    """Go to the provider, sign in there, come back; gives the browser and the answer."""
    client = client or Client()
    question = client.get("/sign-in/district/", query)
    assert question.status_code == 302, question.content
    back = provider.sign_in(question["Location"])
    return client, client.get(back.removeprefix("http://testserver"))


def inside(client):
    return client.get("/requests/").status_code == 200


def refused(client, answer, why):
    """Nobody is in, nothing is told, and the list of events says which check it was."""
    assert answer.status_code == 400
    assert "did not work" in answer.content.decode()
    assert not inside(client)
    return [one.why for one in SignInEvent.objects.filter(what=EventKind.DISTRICT_REFUSED)] == [why]


def test_a_true_answer_with_a_second_factor_signs_in(provider):
    client, answer = through(provider, next="/requests/")
    assert answer["Location"] == "/requests/"
    assert inside(client)
    event = SignInEvent.objects.get(what=EventKind.SIGNED_IN)
    assert (event.user.username, event.factor) == ("whitfield", "district")
    asked = provider.asked[0]
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["state"]) >= 43
    assert asked["nonce"] != asked["state"]
    assert asked["scope"] == "openid"


def test_a_provider_that_asked_for_no_second_factor_leaves_that_to_us(provider, app_for):
    provider.person = {"sub": "staff-4711", "amr": ["pwd"]}
    client, answer = through(provider)
    assert answer["Location"] == "/sign-in/set-up/"
    assert not inside(client)
    phone = app_for("whitfield")
    client, answer = through(provider)
    assert answer["Location"] == "/sign-in/second/"
    client.post("/sign-in/second/", {"code": phone.code()})
    assert inside(client)


def test_a_level_that_the_district_named_counts_as_a_second_factor(provider, settings):
    provider.person = {"sub": "staff-4711", "acr": "urn:two"}
    assert through(provider)[1]["Location"] == "/sign-in/set-up/"
    settings.OIDC = OurSide(provider.issuer, CLIENT_ID, SECRET, strong_acr=frozenset({"urn:two"}))
    client, _ = through(provider)
    assert inside(client)
    assert provider.asked[-1]["acr_values"] == "urn:two"


def change(**claims):
    return lambda held: held.update(claims)


LIES = {
    "issuer": change(iss="https://other.example"),
    "audience": change(aud="another-site"),
    "authorized_party": change(aud=[CLIENT_ID, "another-site"]),
    "expired": lambda held: held.update(exp=int(time.time()) - 120, iat=int(time.time()) - 400),
    "exp": lambda held: held.pop("exp"),
    "iat": lambda held: held.pop("iat"),
    "issued_at": lambda held: held.update(iat=int(time.time()) + 600),
    "nonce": change(nonce="another question's"),
    "subject": change(sub=""),
    "userinfo_subject": change(sub="staff-4712"),
}


@pytest.mark.parametrize("why", LIES)
def test_a_token_that_lies_is_refused(provider, why):
    provider.lie = LIES[why]
    if why == "subject":
        provider.userinfo = {"sub": ""}
    assert refused(*through(provider), why)


def test_a_token_without_a_nonce_is_refused(provider):
    provider.lie = lambda held: held.pop("nonce")
    assert refused(*through(provider), "nonce")


def forged(provider):
    """Signed with a key of the forger's, under the name of the provider's."""
    from joserfc import jwt

    return lambda claims: jwt.encode({"alg": "RS256", "kid": "first"}, claims, rsa_key("forger"))


SIGNATURES = {
    "a forger's key": forged,
    "no signature, none": lambda _: lambda claims: unsigned(claims, {"alg": "none"}),
    "no signature, none with a key's name": lambda _: lambda claims: unsigned(claims, {"alg": "none", "kid": "first"}),
    "no signature, RS256": lambda _: lambda claims: unsigned(claims, {"alg": "RS256", "kid": "first"}),
    "the public key as a secret": lambda provider: provider.signed_with_public_key,
    "a token altered afterwards": lambda provider: lambda claims: altered(provider.signed(claims)),
    "a key inside the token": lambda _: with_own_key,
    "no token": lambda _: lambda _: "not a token",
}


def altered(token):
    import json
    from base64 import urlsafe_b64decode, urlsafe_b64encode

    head, body, signature = token.split(".")
    claims = json.loads(urlsafe_b64decode(body + "=="))
    claims["amr"] = ["mfa", "mfa"]
    return ".".join([head, urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode(), signature])


def with_own_key(claims):
    from joserfc import jwt

    key = rsa_key("forger")
    return jwt.encode({"alg": "RS256", "jwk": key.as_dict(private=False), "kid": "first"}, claims, key)


@pytest.mark.parametrize("way", SIGNATURES)
def test_a_signature_that_is_not_the_issuers_is_refused(provider, way):
    provider.sign = SIGNATURES[way](provider)
    unreadable = way in {"no token", "a key inside the token"}
    assert refused(*through(provider), "token" if unreadable else "signature")


def test_a_token_that_names_no_key_is_refused_while_there_are_several(provider):
    from joserfc import jwt

    provider.keys = [rsa_key("first"), rsa_key("second")]
    provider.sign = lambda claims: jwt.encode({"alg": "RS256"}, claims, rsa_key("second"))
    assert refused(*through(provider), "key_unnamed")


def test_a_signature_on_a_curve_is_as_good(provider):
    provider.keys = [ec_key("curve")]
    assert inside(through(provider)[0])


def test_keys_are_kept_and_looked_at_again_when_the_issuer_changes_them(provider, monkeypatch):
    from schoolgate.apps.people.signing_in.oidc import tokens

    through(provider)
    through(provider)
    assert provider.reads.count("/jwks") == 1
    provider.keys = [rsa_key("second"), rsa_key("first")]
    # Within a minute nothing makes us look again: forged names of keys would make us ask for ever.
    assert not inside(through(provider)[0])
    assert provider.reads.count("/jwks") == 1
    monkeypatch.setattr(tokens, "LOOK_AGAIN", -1)
    assert inside(through(provider)[0])
    # The one that is retired opens nothing once it is no longer published.
    provider.keys = [rsa_key("third")]
    through(provider)
    provider.sign = lambda claims: __import__("joserfc.jwt").jwt.encode(
        {"alg": "RS256", "kid": "first"}, claims, rsa_key("first")
    )
    assert not inside(through(provider)[0])


def test_an_answer_of_another_issuer_is_refused_before_its_code_is_sent_anywhere(provider):
    provider.answer_issuer = "https://other.example"
    assert refused(*through(provider), "answer_issuer")
    assert len(provider.codes) == 1


def test_an_answer_that_should_name_its_issuer_and_does_not_is_refused(provider):
    provider.answer_issuer = None
    assert refused(*through(provider), "answer_issuer")


def test_a_discovery_that_calls_itself_otherwise_is_refused(provider):
    provider.said_issuer = "https://other.example"
    client = Client()
    assert refused(client, client.get("/sign-in/district/"), "discovery_issuer")


def test_an_answer_is_good_once_in_the_browser_that_asked(provider):
    client = Client()
    back = provider.sign_in(client.get("/sign-in/district/")["Location"]).removeprefix("http://testserver")
    thief = Client()
    assert thief.get(back)["Location"] == "/sign-in/"
    assert not inside(thief)
    client.get(back)
    assert inside(client)
    client.post("/sign-out/")
    client.get(back)
    assert not inside(client)


def test_a_code_that_was_used_is_refused(provider):
    client = Client()
    back = provider.sign_in(client.get("/sign-in/district/")["Location"]).removeprefix("http://testserver")
    provider.codes.clear()
    assert refused(client, client.get(back), "status")


def test_an_answer_to_another_question_is_refused(provider):
    client, other = Client(), Client()
    client.get("/sign-in/district/")
    back = provider.sign_in(other.get("/sign-in/district/")["Location"]).removeprefix("http://testserver")
    assert refused(client, client.get(back), "state")


def test_a_code_with_another_verifier_is_refused(provider):
    """Somebody's code brought into one's own session: the provider compares the verifier with the question's."""
    client, other = Client(), Client()
    client.get("/sign-in/district/")
    stolen = parse_qs(urlsplit(provider.sign_in(other.get("/sign-in/district/")["Location"])).query)["code"][0]
    mine = client.session["district_asked"]["state"]
    answer = client.get("/sign-in/district/back/", {"code": stolen, "state": mine, "iss": provider.issuer})
    assert refused(client, answer, "status")


def test_nobody_is_found_by_an_address_and_nobody_is_made(provider):
    before = User.objects.count()
    provider.person = {"sub": "somebody-else", "email": "whitfield", "preferred_username": "whitfield", "amr": ["mfa"]}
    assert refused(*through(provider), "unknown_person")
    assert User.objects.count() == before


def test_a_closed_account_stays_closed(provider):
    User.objects.filter(username="whitfield").update(is_active=False)
    assert refused(*through(provider), "account_closed")


def test_an_issuer_that_cannot_be_reached_says_so_to_the_list_only(provider, settings):
    settings.OIDC = OurSide("http://127.0.0.1:9", CLIENT_ID, SECRET)
    client = Client()
    assert refused(client, client.get("/sign-in/district/"), "unreachable")


def test_somebody_confirms_again_at_the_district_and_only_as_themselves(provider, door):
    client, _ = through(provider)
    question = client.get("/sign-in/district/", {"next": "/your-sign-in/add/"})
    assert parse_qs(urlsplit(question["Location"]).query)["max_age"] == ["0"]
    back = provider.sign_in(question["Location"]).removeprefix("http://testserver")
    assert client.get(back)["Location"] == "/your-sign-in/add/"
    # An old sign-in at the district is no confirmation.
    provider.lie = lambda held: held.update(auth_time=int(time.time()) - 3600)
    _, answer = through(provider, client)
    assert answer.status_code == 400
    # Nor is somebody else's.
    provider.lie = lambda _: None
    tie(door, provider, "abreu", "staff-1")
    provider.person = {"sub": "staff-1", "amr": ["mfa"]}
    _, answer = through(provider, client)
    assert answer.status_code == 400
    whys = SignInEvent.objects.filter(what=EventKind.DISTRICT_REFUSED).values_list("why", flat=True)
    assert list(whys) == ["auth_time", "another_person"]


def test_without_a_provider_nothing_leads_there(door):
    assert Client().get("/sign-in/district/")["Location"] == "/sign-in/"
    assert Client().get("/sign-in/district/back/", {"code": "x", "state": "y"})["Location"] == "/sign-in/"
    assert "/sign-in/district/" not in Client().get("/sign-in/").content.decode()


@pytest.mark.parametrize(
    ("environment", "problem"),
    [
        ({"SCHOOLGATE_OIDC_ISSUER": "http://district.example"}, "https"),
        ({"SCHOOLGATE_OIDC_CLIENT_ID": ""}, "CLIENT_ID"),
        ({"SCHOOLGATE_OIDC_CLAIM": "email"}, "somebody else"),
        ({"SCHOOLGATE_OIDC_CLIENT_SECRET": ""}, "secret"),
    ],
)
def test_settings_that_are_unsafe_stop_the_start(tmp_path, environment, problem):
    whole = {
        "SCHOOLGATE_OIDC_ISSUER": "https://district.example",
        "SCHOOLGATE_OIDC_CLIENT_ID": "schoolgate",
        "SCHOOLGATE_OIDC_CLIENT_SECRET": "s",
    }
    assert read_client(whole, tmp_path).claim == "sub"
    with pytest.raises(ImproperlyConfigured, match=problem):
        read_client(whole | environment, tmp_path)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_no_other_site_begins_a_sign_in_for_somebody(provider, site):
    led = Client().get("/sign-in/district/", headers={"Sec-Fetch-Site": site})
    assert led["Location"] == "/sign-in/"
    assert provider.asked == []
    for own in ("same-origin", "none"):
        answer = Client().get("/sign-in/district/", headers={"Sec-Fetch-Site": own})
        assert "/authorize?response_type=code" in answer["Location"], own
