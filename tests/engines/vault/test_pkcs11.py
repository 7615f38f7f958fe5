"""A token, played by SoftHSM 2. What could crash a process is done in processes of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from schoolgate.engines.vault import (
    Token,
)

MODULE = next(
    (
        path
        for path in map(Path, ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"))
        if path.exists()
    ),
    Path("/usr/lib/softhsm/libsofthsm2.so"),
)
assert MODULE.exists(), "SoftHSM is not installed: run scripts/setup.sh test"
SECRET = b"K" * 32
HERE = "kek-2026-10"


@pytest.fixture(scope="module")
def token_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library reads its configuration once in a process, so one folder serves the whole module."""
    home = tmp_path_factory.mktemp("softhsm")
    (home / "tokens").mkdir()
    (home / "softhsm2.conf").write_text(
        f"directories.tokendir = {home}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    os.environ["SOFTHSM2_CONF"] = str(home / "softhsm2.conf")
    return home


@pytest.fixture
def new_token(token_home: Path, tmp_path: Path) -> Callable[[str], Token]:
    def make(label: str) -> Token:
        pin_file = tmp_path / f"{label}-pin"
        pin_file.touch(mode=0o600)
        pin_file.write_text("975310\n")
        subprocess.run(
            [
                "/usr/bin/softhsm2-util",
                "--init-token",
                "--free",
                "--label",
                label,
                "--so-pin",
                "135790",
                "--pin",
                "975310",
            ],
            check=True,
            capture_output=True,
        )
        return Token(module=MODULE, label=label, pin_file=pin_file)

    return make


def in_a_process(program: str, token: Token) -> str:
    """Run lines of Python that have `provider`, `token` and `Wrap`, and return what they print."""
    start = (
        "import os, threading, sys\nfrom pathlib import Path\nfrom schoolgate.engines.vault import *\n"
        f"token = Token(Path({str(token.module)!r}), {token.label!r}, Path({str(token.pin_file)!r}))\n"
        f"provider = Pkcs11KeyProvider(token)\nHERE = {HERE!r}\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", start + program], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, f"{done.returncode}: {done.stderr}"
    return done.stdout.strip()


# The library must see the tokens of a test when it is loaded, which is why each test runs in a process of its own.
TOLD = """
try:
    provider.epochs()
except {error} as problem:
    print(problem)
"""
PAGE = """
keys = [BareKey(bytes([number]) * 32, b"place %d" % number) for number in range(50)]
def page():
    wraps = [Wrap(HERE, blob, one.aad) for blob, one in zip(provider.wrap(HERE, keys), keys, strict=True)]
    assert provider.unwrap(wraps) == [one.key for one in keys]
"""


def test_a_page_opens_in_order_and_in_its_place_only(new_token: Callable[[str], Token]) -> None:
    program = (
        PAGE
        + """
provider.start_epoch(HERE)
page()
[blob] = provider.wrap(HERE, keys[:1])
wrongs = [Wrap(HERE, blob, b"elsewhere"), Wrap(HERE, b"", b"place 0"), Wrap(HERE, blob[:50], b"place 0")]
wrongs += [Wrap(HERE, bytes(b ^ (i == at) for i, b in enumerate(blob)), b"place 0") for at in range(len(blob))]
for wrong in wrongs:
    try:
        provider.unwrap([wrong])
    except SealBrokenError:
        continue
    raise SystemExit("opened")
page()
print(len(blob), provider.current_epoch())
"""
    )
    assert in_a_process(program, new_token("page")) == f"{16 + 12 + 32 + 16} {HERE}"


def test_four_threads_share_one_login(new_token: Callable[[str], Token]) -> None:
    """They also make it: nothing in that process has used the token before."""
    token = new_token("threads")
    in_a_process("provider.start_epoch(HERE)", token)
    program = (
        PAGE
        + """
together = threading.Barrier(4)
failed = []
def work():
    try:
        together.wait()
        for _ in range(30):
            page()
            Pkcs11KeyProvider(token).epochs()
    except BaseException as problem:
        failed.append(repr(problem))
threads = [threading.Thread(target=work) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(failed)
"""
    )
    assert in_a_process(program, token) == "[]"


def test_children_log_in_anew_also_while_threads_work(new_token: Callable[[str], Token]) -> None:
    """Two generations of children, made while threads of the parent are inside the token's library."""
    program = (
        PAGE
        + """
import warnings
warnings.simplefilter("ignore", DeprecationWarning)
provider.start_epoch(HERE)
page()
stop = threading.Event()
def work():
    while not stop.is_set():
        page()
threads = [threading.Thread(target=work) for _ in range(3)]
[thread.start() for thread in threads]
codes = []
for _ in range(6):
    child = os.fork()
    if child == 0:
        page()
        grandchild = os.fork()
        if grandchild == 0:
            page()
            os._exit(0)
        page()
        os._exit(0 if os.waitpid(grandchild, 0)[1] == 0 else 1)
    codes.append(os.waitpid(child, 0)[1])
    page()
stop.set()
[thread.join() for thread in threads]
print(codes)
"""
    )
    assert in_a_process(program, new_token("forks")) == "[0, 0, 0, 0, 0, 0]"


def test_a_destroyed_epoch_is_gone_in_a_process_that_had_it_open(new_token: Callable[[str], Token]) -> None:
    token = new_token("destroyed")
    destroying = "provider.start_epoch('kek-2026-11'); provider.destroy_epoch(HERE); print(provider.epochs())"
    program = (
        PAGE
        + f"""
provider.start_epoch(HERE)
vault, place = Vault(provider), Context("boston", "report", "1", 1, "narrative")
old = vault.new_group_key(place)
sealed = vault.seal(old, place, b"text")
provider.start_epoch("kek-2026-11")
new = vault.rewrap(old, place)
import subprocess
start = sys.orig_argv[sys.orig_argv.index("-c") + 1].split("# end of start")[0]
other = subprocess.run([sys.executable, "-c", start + {destroying!r}], capture_output=True, text=True, check=True)
print(other.stdout.strip())
for attempt in (lambda: vault.open(old, place, sealed), lambda: provider.destroy_epoch(HERE)):
    try:
        attempt()
    except KeyMissingError:
        print("missing")
try:
    provider.destroy_epoch("kek-2026-11")
except VaultError as problem:
    print("current" in str(problem))
print(vault.open(new, place, sealed).decode())
"""
    )
    said = in_a_process("# end of start\n" + program, token).splitlines()
    assert said == ["('kek-2026-11',)", "missing", "missing", "True", "text"]


def test_the_key_cannot_be_taken_out(new_token: Callable[[str], Token]) -> None:
    program = """
provider.start_epoch(HERE)
import pkcs11
from schoolgate.engines.vault import pkcs11_token
with pkcs11_token._used(token) as session:
    [key] = session.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.SECRET_KEY})
    print(key[pkcs11.Attribute.EXTRACTABLE], key[pkcs11.Attribute.SENSITIVE], key[pkcs11.Attribute.NEVER_EXTRACTABLE])
    try:
        key[pkcs11.Attribute.VALUE]
    except pkcs11.PKCS11Error as problem:
        print(type(problem).__name__)
"""
    assert in_a_process(program, new_token("kept")) == "False True True\nAttributeSensitive"


def test_two_processes_that_start_an_epoch_at_once_lose_nothing(new_token: Callable[[str], Token]) -> None:
    """A token has no unique names: both keys stay, both unwrap, and destruction takes both."""
    program = (
        PAGE
        + """
provider.start_epoch(HERE)
import pkcs11, secrets
from schoolgate.engines.vault import pkcs11_token
def second():
    with pkcs11_token._used(token) as session:
        label = "schoolgate " + HERE
        session.generate_key(pkcs11.KeyType.AES, 256, id=secrets.token_bytes(16), label=label, store=True)
wraps = []
for _ in range(4):
    wraps += [Wrap(HERE, blob, one.aad) for blob, one in zip(provider.wrap(HERE, keys), keys, strict=True)]
    second()
assert provider.unwrap(wraps) == [one.key for one in keys] * 4
provider.start_epoch("kek-2026-11")
provider.destroy_epoch(HERE)
print(provider.epochs())
"""
    )
    assert in_a_process(program, new_token("twice")) == "('kek-2026-11',)"


def test_a_page_of_fifty_records_is_one_call(new_token: Callable[[str], Token]) -> None:
    program = """
provider.start_epoch(HERE)
class Counting(Pkcs11KeyProvider):
    calls = 0
    def unwrap(self, wraps):
        self.calls += 1
        return super().unwrap(wraps)
counting = Counting(token)
vault = Vault(counting)
places = [Context("boston", "report", str(number), 1, "narrative") for number in range(50)]
made = vault.seal_new_page([(place, place.pk.encode()) for place in places])
page = [(key, place, value) for place, (key, value) in zip(places, made, strict=True)]
assert vault.open_page(page) == [place.pk.encode() for place in places]
print(counting.calls)
"""
    assert in_a_process(program, new_token("calls")) == "1"


def test_a_wrong_pin_is_tried_once(new_token: Callable[[str], Token]) -> None:
    token = new_token("pin")
    token.pin_file.write_text("000000\n")
    program = """
for _ in range(8):
    try:
        provider.epochs()
    except ProviderError as problem:
        print(str(problem).count("PinIncorrect"), "not asked again" in str(problem))
token.pin_file.write_text("975310")
provider.start_epoch(HERE)
print(provider.epochs())
"""
    said = in_a_process(program, token).splitlines()
    assert said == ["1 False", *["0 True"] * 7, "('kek-2026-10',)"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": "another"}, "does not answer (NoSuchToken)"),
        ({"module": Path("/absent.so")}, "does not answer"),
    ],
)
def test_a_token_that_is_not_there_is_told(
    new_token: Callable[[str], Token], change: dict[str, object], message: str
) -> None:
    token = replace(new_token("there"), **change)  # type: ignore[arg-type]  # one field of each kind
    said = in_a_process(TOLD.format(error="ProviderError"), token)
    assert message in said
    assert "975310" not in said


def test_a_pin_that_others_may_read_is_refused(new_token: Callable[[str], Token]) -> None:
    token = new_token("open")
    token.pin_file.chmod(0o644)
    assert "chmod 600" in in_a_process(TOLD.format(error="KeyFolderError"), token)
    token.pin_file.unlink()
    assert "does not exist" in in_a_process(TOLD.format(error="KeyFolderError"), token)


def test_a_token_without_keys_says_what_to_do(new_token: Callable[[str], Token]) -> None:
    program = """
for attempt in (provider.current_epoch, lambda: provider.wrap(HERE, [BareKey(b"k" * 32, b"")])):
    try:
        attempt()
    except KeyMissingError as problem:
        print(problem)
"""
    first, second = in_a_process(program, new_token("empty")).splitlines()
    assert "start one" in first
    assert "not in the token" in second
