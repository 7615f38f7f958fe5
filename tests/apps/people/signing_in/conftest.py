"""A site that is no demonstration, and people at its door."""

import pytest

from schoolgate.demonstration.cast import PASSWORD


@pytest.fixture
def door(cast, settings):
    """The cast at a real district's door: everybody needs a second factor, attempts are counted."""
    from django.core.cache import cache

    from schoolgate.apps.access.moment import now
    from schoolgate.apps.people.models import User

    settings.DEMO = False
    settings.SECOND_FACTOR = True
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
    cache.clear()
    # All were here before, and chose their passwords then.
    User.objects.update(last_login=now(), first_password_at=None)
    return cast


class AppOnAPhone:
    """What shows the codes: RFC 6238, written without the library that checks them."""

    def __init__(self, secret):
        self.secret = secret

    def code(self, *, late=0):
        import time
        from base64 import b32decode
        from hashlib import sha1
        from hmac import digest

        step = int(time.time()) // 30 - late
        mac = digest(b32decode(self.secret), step.to_bytes(8, "big"), sha1)
        start = mac[-1] & 15
        number = int.from_bytes(mac[start : start + 4], "big") & 0x7FFFFFFF
        return f"{number % 1_000_000:06}"


@pytest.fixture
def app_for(door):
    """Give somebody an app, set up as the site does it, at a step that is past."""

    def give(username):
        from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

        secret = generate_totp_secret()
        TOTP.activate(door.users[username], secret)
        return AppOnAPhone(secret)

    return give


@pytest.fixture
def password_typed(door):
    """A browser in which somebody typed the right password; gives it and the answer."""
    from django.test import Client

    def typed(username, password=PASSWORD, **headers):
        client = Client(**headers)
        return client, client.post("/sign-in/", {"login": username, "password": password})

    return typed


@pytest.fixture
def signed_in(app_for, door, password_typed):
    """A browser in which somebody signed in with both factors, and their app; an administrator has the power on."""
    from schoolgate.apps.access.actors import Role
    from schoolgate.apps.people.selectors import actor_for
    from support.power import switched_on

    def sign_in(username, **headers):
        phone = app_for(username)
        client, _ = password_typed(username, **headers)
        answer = client.post("/sign-in/second/", {"code": phone.code()})
        assert answer.status_code == 302, answer.content
        actor = actor_for(door.users[username])
        if actor.role is Role.IDLE_ADMINISTRATOR:
            switched_on(client, actor)
        return client, phone

    return sign_in
