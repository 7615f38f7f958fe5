"""Signed notes and their keys: the published vectors, and the ways Python reads more than is written."""

import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.engines import tlog
from schoolgate.engines.tlog.keys import cosigned_message
from support.logs import KEY, ORIGIN, OTHER_KEY, TRIALS, VKEY, vectors

TEXT = "An invented text.\nIts second line.\n"
SMALL_ORDER = (
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
)
PRIME = 2**255 - 19
CURVE_D = -121665 * pow(121666, -1, PRIME) % PRIME


@pytest.mark.parametrize("case", vectors("notes")["vectors"], ids=lambda case: case["name"])
def test_note_vector(case: dict[str, Any]) -> None:
    def read() -> str:
        return tlog.open_note(case["note"], [tlog.VerifyingKey.parse(case["vkey"])])[0]

    if case["wantErr"]:
        with pytest.raises(tlog.TlogError):
            read()
    else:
        assert case["note"].startswith(read() + "\n")


def test_a_cosignature_says_when() -> None:
    case = next(each for each in vectors("notes")["vectors"] if "cosignature-0x04" in each["name"])
    _, (verified,) = tlog.open_note(case["note"], [tlog.VerifyingKey.parse(case["vkey"])])
    assert verified.key.name == "witness.example.org"
    assert verified.time == 0x69546780


def test_the_time_of_a_cosignature_ends_where_the_specification_ends_it() -> None:
    key = tlog.SigningKey("witness.example", bytes(32), tlog.KeyKind.COSIGNATURE)
    latest = tlog.SignatureLine(key.name, key.verifying_key.id, key.cosign(TEXT, 2**63 - 1)).text
    _, (verified,) = tlog.open_note(f"{TEXT}\n{latest}\n", (key.verifying_key,))
    assert verified.time == 2**63 - 1
    for time in (-1, 2**63):
        with pytest.raises(tlog.KeyTextError):
            key.cosign(TEXT, time)
    signature = Ed25519PrivateKey.from_private_bytes(key.seed).sign(cosigned_message(TEXT, 2**63))
    later = tlog.SignatureLine(key.name, key.verifying_key.id, (2**63).to_bytes(8) + signature).text
    with pytest.raises(tlog.NoteError, match="wrong for its key"):
        tlog.open_note(f"{TEXT}\n{later}\n", (key.verifying_key,))


def test_keys_survive_their_text() -> None:
    signing, verifying = tlog.generate_key(ORIGIN)
    key = tlog.SigningKey.parse(signing)
    assert key.verifying_key.text == verifying
    assert tlog.VerifyingKey.parse(verifying) == key.verifying_key
    assert signing != tlog.generate_key(ORIGIN)[0]
    note = tlog.sign_note(TEXT, (key,))
    assert tlog.open_note(note, (key.verifying_key,))[0] == TEXT


def test_a_signing_key_shows_itself_nowhere() -> None:
    secret = KEY.secret_text.rsplit("+", 1)[1]
    assert KEY.seed.hex() not in repr(KEY)
    assert secret not in repr(KEY)
    assert repr(KEY.seed) not in repr(KEY)
    for broken in (KEY.secret_text + "=", KEY.secret_text[:-1], KEY.secret_text.replace("boston", "bosten")):
        with pytest.raises(tlog.KeyTextError) as caught:
            tlog.SigningKey.parse(broken)
        assert secret[:8] not in str(caught.value)
        assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "broken",
    [
        VKEY.replace("+", " ", 1),
        VKEY.upper(),
        VKEY + "\n",
        " " + VKEY,
        VKEY.replace("boston", "bosten"),
        VKEY.rsplit("+", 1)[0],
        VKEY.rsplit("+", 1)[0] + "+",
        VKEY[:-1],
        KEY.secret_text,
        "",
    ],
)
def test_a_broken_verifying_key_is_refused(broken: str) -> None:
    with pytest.raises(tlog.KeyTextError):
        tlog.VerifyingKey.parse(broken)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\u2028b", "a\x00b", "a\nb", "\ud800"])
def test_a_name_that_no_line_can_hold_is_refused(name: str) -> None:
    with pytest.raises(tlog.KeyTextError):
        tlog.SigningKey(name, bytes(32))
    with pytest.raises(tlog.KeyTextError):
        tlog.generate_key(name)


@pytest.mark.parametrize("encoded", SMALL_ORDER)
@pytest.mark.parametrize("kind", list(tlog.KeyKind))
def test_a_key_that_anybody_can_sign_for_is_refused(encoded: str, kind: tlog.KeyKind) -> None:
    with pytest.raises(tlog.KeyTextError):
        tlog.VerifyingKey("weak.example", kind, bytes.fromhex(encoded))


def doubled(point: tuple[int, int]) -> tuple[int, int]:
    """Twice a point of the Ed25519 curve."""
    x, y = point
    slope = CURVE_D * x * x * y * y % PRIME
    return (
        2 * x * y * pow(1 + slope, -1, PRIME) % PRIME,
        (y * y + x * x) * pow(1 - slope, -1, PRIME) % PRIME,
    )


def test_every_point_of_small_order_is_among_the_refused() -> None:
    root_of_minus_one = pow(2, (PRIME - 1) // 4, PRIME)
    # Order 8: doubling gives (+-sqrt(-1), 0), so y^2 = -x^2, and -x^2 + y^2 = 1 + d x^2 y^2 is -2x^2 = 1 - d x^4.
    found = set()
    discriminant = pow(1 + CURVE_D, (PRIME + 3) // 8, PRIME)
    if discriminant * discriminant % PRIME != (1 + CURVE_D) % PRIME:
        discriminant = discriminant * root_of_minus_one % PRIME
    for sign in (1, -1):
        square = (1 + sign * discriminant) * pow(CURVE_D, -1, PRIME) % PRIME
        x = pow(square, (PRIME + 3) // 8, PRIME)
        for candidate in (x, x * root_of_minus_one % PRIME):
            for y in (candidate * root_of_minus_one % PRIME, -candidate * root_of_minus_one % PRIME):
                if (y * y - candidate**2 - 1 - CURVE_D * candidate**2 * y * y) % PRIME == 0:
                    point = doubled(doubled(doubled((candidate, y))))
                    assert point == (0, 1)
                    found.add(y)
    assert len(found) == 2
    for y in found:
        for sign_bit in (0, 1 << 255):
            with pytest.raises(tlog.KeyTextError, match="small order"):
                tlog.VerifyingKey("weak.example", tlog.KeyKind.ED25519, (y | sign_bit).to_bytes(32, "little"))


def test_several_keys_sign_and_each_is_named_once() -> None:
    second = tlog.SigningKey("second.example", bytes(32))
    note = tlog.sign_note(TEXT, (KEY, second))
    again = tlog.sign_note(TEXT, (KEY,)).removeprefix(TEXT + "\n")
    text, verified = tlog.open_note(note + again, (second.verifying_key, KEY.verifying_key, KEY.verifying_key))
    assert text == TEXT
    assert [each.key.name for each in verified] == [ORIGIN, "second.example"]


def test_nobody_signs_twice() -> None:
    # Go's package passes over a second line of a key, others call the note malformed: we write none.
    with pytest.raises(tlog.NoteError, match="once"):
        tlog.sign_note(TEXT, (KEY, KEY))


def test_two_keys_that_nobody_can_tell_apart_open_nothing() -> None:
    # An id has 32 bits: among 70,000 keys of one name these two were found to share it.
    one, other = (tlog.SigningKey(ORIGIN, hashlib.sha256(text).digest()) for text in (b"67867", b"69478"))
    assert one.verifying_key.id == other.verifying_key.id == bytes.fromhex("b6f68eb8")
    note = tlog.sign_note(TEXT, (one,))
    assert tlog.open_note(note, (one.verifying_key,))[0] == TEXT
    for keys in ((one, other), (other, one), (other,)):
        with pytest.raises(tlog.NoteError):
            tlog.open_note(note, [key.verifying_key for key in keys])
    with pytest.raises(tlog.NoteError, match="once"):
        tlog.sign_note(TEXT, (one, other))


def test_a_strangers_line_with_dirty_padding_is_passed_over() -> None:
    note = tlog.sign_note(TEXT, (KEY,))
    line = tlog.SignatureLine("stranger.example", b"1234", bytes(63)).text
    assert line.endswith("AA==")
    assert tlog.open_note(f"{note}{line[:-3]}B==\n", (KEY.verifying_key,))[0] == TEXT
    # Whatever else is wrong with a line is no line at all.
    for broken in (line[:-2], line[:-1], line + "=", line[:-3] + "!==", line + "AAAA", line + " "):
        with pytest.raises(tlog.NoteError):
            tlog.open_note(f"{note}{broken}\n", (KEY.verifying_key,))


def test_a_second_line_of_a_known_key_that_is_wrong_refuses_the_note() -> None:
    forged = tlog.SignatureLine(ORIGIN, KEY.verifying_key.id, OTHER_KEY.sign(TEXT)).text
    with pytest.raises(tlog.NoteError, match="line 2"):
        tlog.open_note(tlog.sign_note(TEXT, (KEY,)) + forged + "\n", (KEY.verifying_key,))


def test_the_text_ends_at_the_last_empty_line() -> None:
    text = "first\n\nnot a signature\n"
    assert tlog.open_note(tlog.sign_note(text, (KEY,)), (KEY.verifying_key,))[0] == text


@pytest.mark.parametrize("stranger", ["\u0085", "\u2028", "\x0b", "\x0c", "\x1e"])
def test_only_a_line_feed_ends_a_line(stranger: str) -> None:
    note = tlog.sign_note(TEXT, (KEY,))
    with pytest.raises(tlog.NoteError):
        tlog.open_note(note[:-1] + stranger, (KEY.verifying_key,))
    with pytest.raises(tlog.NoteError):
        tlog.open_note(note.replace(" Its", stranger + "Its").replace("\n\n", stranger + "\n"), (KEY.verifying_key,))


def test_dirty_padding_and_junk_in_base64_are_refused() -> None:
    note = tlog.sign_note(TEXT, (KEY,))
    assert note.endswith("s=\n")
    body = note[:-2]
    # "s=" carries two bits that nothing reads: "t=" decodes to the same bytes.
    for broken in (f"{body[:-1]}t=\n", f"{body}\n", f"{body}==\n", f"{body}= \n", f"{body}!=\n"):
        assert broken != note
        with pytest.raises(tlog.NoteError):
            tlog.open_note(broken, (KEY.verifying_key,))


def test_too_many_signature_lines_are_not_read() -> None:
    note = tlog.sign_note(TEXT, (KEY,))
    line = tlog.SignatureLine("stranger.example", b"1234", bytes(64)).text + "\n"
    assert tlog.open_note(note + 99 * line, (KEY.verifying_key,))[0] == TEXT
    with pytest.raises(tlog.NoteError):
        tlog.open_note(note + 100 * line, (KEY.verifying_key,))


@given(st.data())
@settings(max_examples=8 * TRIALS, deadline=None)
def test_no_changed_byte_of_a_note_goes_unnoticed(data: st.DataObject) -> None:
    note = tlog.sign_note(TEXT, (KEY,)).encode()
    place = data.draw(st.integers(0, len(note) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda each: each != note[place]))
    changed = note[:place] + bytes([byte]) + note[place + 1 :]
    try:
        text = changed.decode()
    except UnicodeDecodeError:
        return
    with pytest.raises(tlog.NoteError):
        tlog.open_note(text, (KEY.verifying_key,))


@given(st.text(max_size=60))
@settings(max_examples=4 * TRIALS, deadline=None)
def test_whatever_can_be_signed_can_be_read_again(body: str) -> None:
    try:
        note = tlog.sign_note(body + "\n", (KEY,))
    except tlog.NoteError:
        assert any(each < " " and each != "\n" for each in body)
        return
    assert tlog.open_note(note, (KEY.verifying_key,))[0] == body + "\n"


def test_a_text_that_no_note_holds_is_not_signed() -> None:
    for text in ("no end", "tab\t\n", "half \ud800\n", ""):
        with pytest.raises(tlog.NoteError):
            tlog.sign_note(text, (KEY,))
    with pytest.raises(tlog.NoteError):
        tlog.sign_note(TEXT, ())
