"""`schoolgate doctor` asks at the site's public address what a browser would find there."""

import socket
import ssl
import threading
import warnings
from contextlib import contextmanager
from functools import partial

import pytest

from schoolgate.cli.doctor_address import public_hosts, what_is_wrong
from support.https_site import certificate


@contextmanager
def greeting(folder, *, old=False):
    """A port of this machine that greets by TLS; gives its number, and what makes a context that trusts it."""
    pem = certificate(folder)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    if old:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            server.set_ciphers("DEFAULT:@SECLEVEL=0")
            server.minimum_version = ssl.TLSVersion.TLSv1
    listening = socket.create_server(("localhost", 0))

    def greet():
        while True:
            try:
                plain, _ = listening.accept()
            except OSError:
                return
            try:
                server.wrap_socket(plain, server_side=True).close()
            except OSError:
                plain.close()

    thread = threading.Thread(target=greet, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1], partial(ssl.create_default_context, cafile=pem)
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


@pytest.fixture
def at_leisure(monkeypatch):
    """A certificate of a day is no old one here."""
    from datetime import timedelta

    from schoolgate.cli import doctor_address

    monkeypatch.setattr(doctor_address, "SOON", timedelta())


def test_a_certificate_that_is_trusted_is_well(tmp_path, at_leisure):
    with greeting(tmp_path) as (port, trusting):
        assert what_is_wrong("localhost", port=port, trusting=trusting) == ""


def test_one_that_nobody_vouches_for_is_told(tmp_path):
    with greeting(tmp_path) as (port, _):
        said = what_is_wrong("localhost", port=port)
    assert "do not trust its certificate (self-signed certificate)" in said


def test_one_of_another_name_is_told(tmp_path):
    with greeting(tmp_path) as (port, trusting):
        said = what_is_wrong("127.0.0.1", port=port, trusting=trusting)
    assert "do not trust its certificate" in said


def test_one_that_ends_soon_is_told(tmp_path):
    with greeting(tmp_path) as (port, trusting):
        assert "its certificate ends on" in what_is_wrong("localhost", port=port, trusting=trusting)


def test_old_tls_is_told(tmp_path, at_leisure):
    with greeting(tmp_path, old=True) as (port, trusting):
        assert "it speaks TLS 1.1 beside TLSv1.3" in what_is_wrong("localhost", port=port, trusting=trusting)


def test_silence_is_told():
    with socket.create_server(("localhost", 0)) as free:
        port = free.getsockname()[1]
    assert "no HTTPS is there" in what_is_wrong("localhost", port=port)


def test_only_names_that_others_can_ask_for_are_asked():
    assert public_hosts(["localhost", "127.0.0.1", "[::1]", ".example", "*", "", "records.example"]) == [
        "records.example"
    ]
