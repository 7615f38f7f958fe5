"""Passkeys, by an authenticator in software that can misbehave: what it signs is checked."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from fido2.cose import ES256
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from schoolgate.apps.people.signing_in.models import EventKind, SignInEvent
from schoolgate.demonstration.cast import PASSWORD

pytestmark = pytest.mark.django_db

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def encoded(raw):
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


class Device:
    """A passkey: signs whatever it is asked, as the person of the test wants it to."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = b"a passkey of the tests"
        self.count = 1
        self.verified = True
        self.origin = "https://testserver"

    def _client_data(self, kind, page):
        options = json.loads(page.split('id="passkey-options" type="application/json">')[1].split("</script>")[0])
        challenge = options["publicKey"]["challenge"]
        challenge = urlsafe_b64decode(challenge + "=" * (-len(challenge) % 4))
        return CollectedClientData.create(kind, challenge, self.origin)

    def _flags(self):
        return PRESENT | (VERIFIED if self.verified else 0)

    def create(self, page):
        client_data = self._client_data("webauthn.create", page)
        public = ES256.from_cryptography_key(self.key.public_key())
        held = AttestedCredentialData.create(b"\0" * 16, self.id, public)
        data = AuthenticatorData.create(
            sha256(b"testserver").digest(), self._flags() | ATTESTED, self.count, bytes(held)
        )
        attested = AttestationObject.create("none", data, {})
        return self._said(client_data, attestationObject=encoded(bytes(attested)))

    def get(self, page):
        client_data = self._client_data("webauthn.get", page)
        data = AuthenticatorData.create(sha256(b"testserver").digest(), self._flags(), self.count)
        signature = self.key.sign(data + client_data.hash, ec.ECDSA(hashes.SHA256()))
        return self._said(client_data, authenticatorData=encoded(bytes(data)), signature=encoded(signature))

    def _said(self, client_data, **more):
        response = {"clientDataJSON": encoded(bytes(client_data)), **more}
        mine = encoded(self.id)
        return {"id": mine, "rawId": mine, "type": "public-key", "response": response, "clientExtensionResults": {}}


@pytest.fixture
def browser(door):
    """A browser after the right password."""

    def typed():
        client = Client(headers={"host": "testserver"})
        client.post("/sign-in/", {"login": "whitfield", "password": PASSWORD}, secure=True)
        return client

    return typed


def send(client, path, credential):
    return client.post(
        path, {"credential": json.dumps(credential)}, secure=True, headers={"referer": "https://testserver/"}
    )


def inside(client):
    return client.get("/requests/", secure=True).status_code == 200


@pytest.fixture
def device(browser):
    """A passkey that Dana Whitfield has set up at the first sign-in."""
    made, client = Device(), browser()
    page = client.get("/sign-in/set-up/", secure=True).content.decode()
    answer = send(client, "/sign-in/set-up/", made.create(page))
    assert "shown only now" in answer.content.decode()
    client.get("/sign-in/set-up/", secure=True)
    assert inside(client)
    return made


def use(device, browser):
    client = browser()
    made = device.get(client.get("/sign-in/second/", secure=True).content.decode())
    send(client, "/sign-in/second/", made)
    return client, made


def test_a_passkey_signs_in_once_for_each_question(device, browser):
    device.count += 1
    client, made = use(device, browser)
    assert inside(client)
    again = browser()
    again.get("/sign-in/second/", secure=True)
    send(again, "/sign-in/second/", made)
    assert not inside(again)


def test_a_device_that_verified_nobody_opens_nothing(device, browser):
    device.count += 1
    device.verified = False
    client, _ = use(device, browser)
    assert not inside(client)
    assert SignInEvent.objects.filter(what=EventKind.FACTOR_REFUSED).count() == 1


def test_nor_is_it_set_up(browser):
    made, client = Device(), browser()
    made.verified = False
    page = client.get("/sign-in/set-up/", secure=True).content.decode()
    answer = send(client, "/sign-in/set-up/", made.create(page))
    assert "was not accepted" in answer.content.decode()
    assert not inside(client)


def test_a_counter_that_goes_back_is_a_copy_of_the_key(device, browser):
    device.count = 5
    assert inside(use(device, browser)[0])
    for count in (5, 4, 0):
        device.count = count
        assert not inside(use(device, browser)[0]), count


def test_a_passkey_that_counts_nothing_is_accepted(browser):
    made, client = Device(), browser()
    made.count = 0
    page = client.get("/sign-in/set-up/", secure=True).content.decode()
    send(client, "/sign-in/set-up/", made.create(page))
    for _ in range(2):
        assert inside(use(made, browser)[0])


def test_an_answer_made_for_another_site_opens_nothing(device, browser):
    device.count += 1
    device.origin = "https://testserver.evil.example"
    assert not inside(use(device, browser)[0])


def test_a_key_that_is_not_the_persons_opens_nothing(device, browser):
    device.count += 1
    device.key = ec.generate_private_key(ec.SECP256R1())
    assert not inside(use(device, browser)[0])


@pytest.mark.parametrize(
    "rubbish",
    [5, [], "x", {"id": 1}, {"id": "a", "rawId": "b", "type": "public-key", "response": {}}, {"response": None}],
)
def test_rubbish_is_refused_and_breaks_nothing(device, browser, rubbish):
    client = browser()
    client.get("/sign-in/second/", secure=True)
    assert send(client, "/sign-in/second/", rubbish).status_code == 200
    new = Client()
    new.post("/sign-in/", {"login": "abreu", "password": PASSWORD}, secure=True)
    new.get("/sign-in/set-up/", secure=True)
    assert send(new, "/sign-in/set-up/", rubbish).status_code == 200
