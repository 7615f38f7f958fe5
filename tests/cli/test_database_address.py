"""DATABASE_URL: a database on another machine is reached by TLS with a certificate that names it, or not at all."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from schoolgate.settings import database
from support.commands import bare_environment
from support.https_site import certificate
from support.postgres import server

STRICT = "sslmode=verify-full&sslrootcert=/etc/district.pem"


def tls_of(found):
    return {name: value for name, value in found["OPTIONS"].items() if name.startswith("ssl")}


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://site:secret@/district",
        "postgresql://site:secret@localhost:5432/district",
        "postgresql://site:secret@127.0.0.1/district",
        "postgresql://site:secret@[::1]/district",
        "postgresql://site:secret@%2Frun%2Fpostgresql/district",
    ],
)
def test_a_socket_or_an_address_of_this_machine_needs_no_tls(url, tmp_path):
    assert tls_of(database(url, tmp_path)) == {}


@pytest.mark.parametrize("host", ["db.district.example", "10.0.0.7", "[2001:db8::7]", "localhost.district.example"])
@pytest.mark.parametrize("weak", ["", "?sslmode=prefer", "?sslmode=require", "?sslmode=verify-ca", "?sslmode="])
def test_another_machine_is_refused_without_a_checked_certificate(host, weak, tmp_path):
    with pytest.raises(ImproperlyConfigured, match="verify-full"):
        database(f"postgresql://site:secret@{host}/district{weak}", tmp_path)
    found = database(f"postgresql://site:secret@{host}/district?{STRICT}", tmp_path)
    assert tls_of(found) == {"sslmode": "verify-full", "sslrootcert": "/etc/district.pem"}


def test_two_hosts_of_which_one_is_elsewhere_are_refused(tmp_path):
    with pytest.raises(ImproperlyConfigured, match="verify-full"):
        database("postgresql://site:secret@localhost,10.0.0.7/district", tmp_path)


@pytest.mark.parametrize("sneaked", ["host=10.0.0.7", "hostaddr=10.0.0.7", "service=other", "options=-cx"])
def test_nothing_else_in_the_address_leads_elsewhere(sneaked, tmp_path):
    with pytest.raises(ImproperlyConfigured, match="not known here"):
        database(f"postgresql://site:secret@localhost/district?{sneaked}", tmp_path)


@pytest.mark.parametrize("name", ["PGHOST", "PGHOSTADDR", "PGSERVICE"])
def test_no_variable_of_the_library_leads_elsewhere(name, tmp_path, monkeypatch):
    monkeypatch.setenv(name, "10.0.0.7")
    with pytest.raises(ImproperlyConfigured, match=name):
        database("postgresql://site:secret@/district", tmp_path)


ASK = """
from schoolgate.cli.terminal import start_django
start_django()
from django.db import connection
from schoolgate.cli.backup import run_program
with connection.cursor() as cursor:
    cursor.execute("SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
    print(*cursor.fetchone())
run_program("psql", "-Atc", "SELECT 1", remedy="")
print("and its programs too")
"""


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory):
    """A server that speaks TLS, and the certificate that its own leads to: for localhost, and for no address."""
    folder = tmp_path_factory.mktemp("tls")
    # Every folder above is pytest's own, which the server's user may not enter.
    place = Path(tempfile.mkdtemp(prefix="schoolgate-tls-"))
    pem = certificate(place)
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        for one in (place, pem):
            os.chown(one, owner.pw_uid, owner.pw_gid)
    pem.chmod(0o600)
    with server(tuned=f"ssl=on ssl_cert_file={pem} ssl_key_file={pem}") as started:
        yield started, certificate_alone(pem, folder)
    shutil.rmtree(place)


def certificate_alone(pem, folder):
    text = pem.read_text()
    alone = folder / "roots.pem"
    alone.write_text(text[text.index("-----BEGIN CERTIFICATE-----") :])
    return alone


def ask(url, folder):
    return subprocess.run(
        [sys.executable, "-c", ASK],
        env=bare_environment(DATABASE_URL=url, SCHOOLGATE_VAR=folder, SCHOOLGATE_DEMO=1),
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_site_and_its_backup_speak_tls_to_the_server_that_the_certificate_names(encrypted, tmp_path):
    started, roots = encrypted
    by_name = started.url.replace("127.0.0.1", "localhost")
    done = ask(f"{by_name}?sslmode=verify-full&sslrootcert={roots}", tmp_path)
    assert done.stdout.splitlines() == ["True TLSv1.3", "and its programs too"], done.stderr


def test_a_server_that_the_certificate_does_not_name_or_nobody_vouches_for_gets_no_word(encrypted, tmp_path):
    started, roots = encrypted
    other_name = ask(f"{started.url}?sslmode=verify-full&sslrootcert={roots}", tmp_path)
    assert other_name.returncode
    assert "does not match host name" in other_name.stderr
    (tmp_path / "other").mkdir()
    other_roots = certificate_alone(certificate(tmp_path / "other"), tmp_path)
    by_name = started.url.replace("127.0.0.1", "localhost")
    other_root = ask(f"{by_name}?sslmode=verify-full&sslrootcert={other_roots}", tmp_path)
    assert other_root.returncode
    assert "certificate verify failed" in other_root.stderr


def test_the_command_says_so_in_a_sentence_and_starts_nothing(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", "from schoolgate.cli.main import run; run()", "doctor"],
        env=bare_environment(DATABASE_URL="postgresql://a:b@10.0.0.7/d", SCHOOLGATE_VAR=tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode
    assert "sslmode=verify-full" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("way", "option"), [("smtp://a:b@mail.example", "use_tls"), ("smtps://a:b@mail.example", "use_ssl")]
)
def test_mail_goes_by_tls_alone_and_the_servers_certificate_is_checked(way, option, tmp_path, settings):
    import ssl

    from django.core import mail

    from schoolgate.settings import mailers

    settings.MAILERS = mailers(way, tmp_path)
    assert settings.MAILERS["default"]["OPTIONS"][option] is True
    context = mail.mailers["default"].ssl_context
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
