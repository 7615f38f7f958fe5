"""The page that checks a receipt says what the engine in Python says, to everything: its script is built and run."""

import hashlib
import json
import random
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schoolgate.engines import tlog
from support.logs import CHAIN, KEY, VKEY, entries_of, signed, vectors
from support.verifier import BUILD, Case, file_of, in_python, in_the_browsers_script

WEB = BUILD.parents[1]
RECORD = {
    "at": "2026-11-20T15:04:05+00:00",
    "facts": {"sha256": "00" * 32, "gate": ["text", "pixels"]},
    "kind": "copy_released",
    "subject": "request:1b2d",
}
PLACE = 77
RANDOMNESS = bytes(range(100, 132))
ENTRIES = entries_of(512)
ENTRIES[PLACE] = tlog.commit(tlog.canonical(RECORD), RANDOMNESS)
WITNESSES = [tlog.SigningKey(f"witness{n}.example", bytes([n]) * 32, tlog.KeyKind.COSIGNATURE) for n in (7, 8)]
WITNESS_KEYS = [each.verifying_key.text for each in WITNESSES]
NEW_KEY = tlog.SigningKey(KEY.name, b"\x55" * 32)
ROTATION = tlog.sign_rotation(256, KEY, NEW_KEY)


def cosigned(note: str, *witnesses: tlog.SigningKey, time: int = 1_790_000_000) -> str:
    text = tlog.Note.parse(note).text
    lines = (tlog.SignatureLine(each.name, each.verifying_key.id, each.cosign(text, time)) for each in witnesses)
    return note + "".join(f"{line.text}\n" for line in lines)


def receipt(checkpoint: str, chain: tlog.KeyChain = CHAIN) -> str:
    return tlog.make_receipt(
        index=PLACE,
        checkpoint=checkpoint,
        chain=chain,
        nodes=tlog.MemoryTree(ENTRIES),
        record=tlog.canonical(RECORD),
        randomness=RANDOMNESS,
    )


RECEIPT = receipt(cosigned(signed(ENTRIES), *WITNESSES))
ROTATED = receipt(signed(ENTRIES, NEW_KEY), tlog.KeyChain.trusting(KEY.verifying_key, [ROTATION]))
PROMISE = tlog.sign_promise(tlog.Promise(KEY.name, ENTRIES[PLACE], 1_790_000_000, 1_790_090_000), KEY)


def agree(cases: list[Case]) -> list[dict[str, Any]]:
    """The verdicts, which are the same in both programs."""
    expected = [in_python(case) for case in cases]
    found = in_the_browsers_script(cases)
    differing = [(case, one, other) for case, one, other in zip(cases, expected, found, strict=True) if one != other]
    assert not differing, differing[:3]
    return expected


def of_one_leaf(record: bytes, key: tlog.SigningKey = KEY) -> str:
    """A receipt of a log of one entry, whatever its record's bytes are."""
    entry = tlog.commit(record, RANDOMNESS)
    return tlog.Receipt(0, (), signed([entry], key), RANDOMNESS + record).text


def test_both_take_what_is_good() -> None:
    cases: list[Case] = [
        {"what": "receipt", "file": file_of(RECEIPT), "key": VKEY},
        {"what": "receipt", "file": file_of(RECEIPT), "key": VKEY, "witnesses": WITNESS_KEYS},
        {"what": "receipt", "file": file_of(RECEIPT), "key": VKEY, "rotations": [ROTATION]},
        {"what": "receipt", "file": file_of(ROTATED), "key": VKEY, "rotations": [ROTATION]},
        {"what": "receipt", "file": file_of(ROTATED), "key": NEW_KEY.verifying_key.text, "rotations": [ROTATION]},
        {"what": "receipt", "file": file_of(ROTATED), "key": NEW_KEY.verifying_key.text},
        {"what": "promise", "file": file_of(PROMISE), "key": VKEY},
        {"what": "promise", "file": file_of(PROMISE), "key": NEW_KEY.verifying_key.text, "rotations": [ROTATION]},
    ]
    verdicts = agree(cases)
    # Under a change of key after 256 entries, the old key no longer signs 512.
    assert ["found" in each for each in verdicts] == [True, True, False, True, True, True, True, True]
    assert [name for name, _ in verdicts[1]["found"]["witnesses"]] == WITNESS_KEYS


@pytest.mark.parametrize("number", range(2))
def test_both_say_the_same_to_files_changed_anywhere(trials: int, number: int) -> None:
    order = random.Random(number)
    cases = []
    for _ in range(8 * trials):
        original, what = order.choice(
            [(RECEIPT, "receipt"), (RECEIPT, "receipt"), (ROTATED, "receipt"), (PROMISE, "promise")]
        )
        case: Case = {"what": what, "file": file_of(changed(original, order)), "key": VKEY}
        if what == "receipt":
            case["witnesses"] = order.choice([[], WITNESS_KEYS[:1], WITNESS_KEYS])
        if original is ROTATED:
            case["rotations"] = [order.choice([ROTATION, changed(ROTATION, order).decode("utf-8", "replace")])]
        cases.append(case)
    verdicts = agree(cases)
    refused = {each["refused"] for each in verdicts if "refused" in each}
    assert {"NoteError", "ReceiptError"} <= refused


STRANGE = [
    " ",
    "\r",
    "\t",
    "\0",
    "\n",
    "\n\n",
    "+",
    "=",
    "\u2028",
    "\x85",
    "\ufeff",
    "\u200b",
    "\u0665",
    "é",
    "\U0001f600",
]


def changed(original: str, order: random.Random) -> bytes:
    """The file with one thing changed: a byte, a line, a number, a base64 text, or something strange put in."""
    data, lines = original.encode(), original.split("\n")
    place, row = order.randrange(len(data)), order.randrange(len(lines))
    match order.randrange(9):
        case 0:
            return data[:place] + bytes([order.randrange(256)]) + data[place + 1 :]
        case 1:
            return data[:place] + data[place + 1 :]
        case 2:
            return data[:place]
        case 3:
            return data[:place] + order.choice(STRANGE).encode() + data[place:]
        case 4:
            lines.insert(order.randrange(len(lines)), lines[row])
        case 5:
            del lines[row]
        case 6:
            other = order.randrange(len(lines))
            lines[row], lines[other] = lines[other], lines[row]
        case 7:
            lines[row] = re.sub(
                r"[0-9]+",
                lambda found: order.choice(["0", "05", "+5", str(2**63), found[0] + "0"]),
                lines[row],
                count=1,
            )
        case _:
            # The last character before the padding, whose low bits nobody needs.
            lines[row] = re.sub(r"([A-Za-z0-9+/])(=+)$", lambda found: chr(ord(found[1]) ^ 1) + found[2], lines[row])
    return "\n".join(lines).encode()


DEEP = [b'{"a":' * depth + b"1" + b"}" * depth for depth in (31, 32, 33, 34, 3000)]
RECORDS = [
    *DEEP,
    b"",
    b"{}",
    b"[]",
    b"null",
    b'"text"',
    b"{} ",
    b' {"a":1}',
    b'\xef\xbb\xbf{"a":1}',
    b'{"a":1,"a":2}',
    b'{"b":1,"a":2}',
    b'{"a":1,"b":2}',
    b'{"10":1,"9":2}',
    b'{"9":1,"10":2}',
    b'{"__proto__":{"kind":"refusal_sent"}}',
    b'{"constructor":1,"toString":2}',
    b'{"a":-0}',
    b'{"a":0}',
    b'{"a":1.0}',
    b'{"a":1e2}',
    b'{"a":1e400}',
    b'{"a":NaN}',
    b'{"a":-Infinity}',
    b'{"a":9007199254740991}',
    b'{"a":9007199254740992}',
    b'{"a":9007199254740993}',
    b'{"a":-9007199254740991}',
    b'{"a":' + b"9" * 5000 + b"}",
    b'{"a":"\\ud800"}',
    b'{"\\udfff":1}',
    b'{"a":"\\ud83d\\ude00"}',
    b'{"a":"\xed\xa0\x80"}',
    b'{"a":"\xff"}',
    '{"a":"\U0001f600"}'.encode(),
    '{"\ue000":1,"\U0001f600":2}'.encode(),
    '{"\U0001f600":1,"\ue000":2}'.encode(),
    '{"a":"\u2028\x7f"}'.encode(),
    b'{"a":"\\u0000\\u001f\\b\\f\\n\\r\\t\\"\\\\"}',
    b'{"a":"\\u001F"}',
    b'{"a":"\\/"}',
    b'{"a":"\\u0041"}',
    b'{"a":"\n"}',
    b'{"a":true,"b":false,"c":null,"d":[],"e":{},"f":[1,[2]]}',
]


def test_both_say_the_same_to_records_written_in_other_ways() -> None:
    cases = [{"what": "receipt", "file": file_of(of_one_leaf(record)), "key": VKEY} for record in RECORDS]
    verdicts = agree(cases)
    assert sum("found" in each for each in verdicts) == 15


def test_both_say_the_same_to_the_published_vectors() -> None:
    syntax, foreign, points = vectors("tlog-proof-syntax"), vectors("generated-log"), vectors("checkpoints")
    small = vectors("small-log")
    cases: list[Case] = [
        {"what": "note", "note": one["note"], "keys": [one["vkey"]]} for one in vectors("notes")["vectors"]
    ]
    cases += [{"what": "parse", "text": one["text"]} for one in (*syntax["parse"], *syntax["refuse"])]
    cases += [{"what": "checkpoint", "text": one["checkpoint"]} for one in points["vectors"]]
    cases += [
        {
            "what": "inclusion",
            "leaf": one["leafHash"],
            "index": str(one["leafIdx"]),
            "size": str(one["treeSize"]),
            "proof": one["proof"] or [],
            "root": one["root"],
        }
        for one in vectors("merkle-inclusion")["vectors"]
    ]
    for proof in foreign["proofs"]:
        for entry in (proof["leaf"], file_of(b"another")):
            for key in (foreign["log"], small["vkey"]):
                case = {"what": "receipt", "file": file_of(proof["proof"]), "key": key, "entry": entry}
                cases += [case, case | {"witnesses": [foreign["witness"]]}]
    assert len(agree(cases)) > 100


SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    # No point of the curve, which shows only when a signature is checked.
    "0200000000000000000000000000000000000000000000000000000000000000",
]


def test_both_pass_over_what_strangers_wrote_and_refuse_what_is_nobodys() -> None:
    dirty = re.compile(r"([A-Za-z0-9+/])(=+)$")
    note = cosigned(signed(ENTRIES), *WITNESSES)
    lines = note.split("\n")
    cases: list[Case] = []
    for row in range(4, len(lines) - 1):
        for digit in "ABgw/":
            changed_lines = [*lines]
            changed_lines[row] = dirty.sub(lambda found, digit=digit: digit + found[2], lines[row])
            told = "\n".join(changed_lines)
            cases += [{"what": "note", "note": told, "keys": keys} for keys in ([VKEY], [VKEY, *WITNESS_KEYS])]
    late = cosigned(signed(ENTRIES), WITNESSES[0], time=2**63 - 1)
    cases.append({"what": "note", "note": late, "keys": WITNESS_KEYS})
    # The time is signed, and too late for any reader's numbers.
    text = tlog.Note.parse(late).text
    private = Ed25519PrivateKey.from_private_bytes(WITNESSES[0].seed)
    stamp = 2**63
    signature = private.sign(f"cosignature/v1\ntime {stamp}\n{text}".encode())
    key = WITNESSES[0].verifying_key
    line = tlog.SignatureLine(key.name, key.id, stamp.to_bytes(8) + signature).text
    cases.append({"what": "note", "note": f"{signed(ENTRIES)}{line}\n", "keys": WITNESS_KEYS})
    # Two keys whose ids are the same.
    twins = [tlog.SigningKey(KEY.name, hashlib.sha256(text).digest()) for text in (b"67867", b"69478")]
    both = [each.verifying_key.text for each in twins]
    by_one = tlog.sign_note("A text.\n", twins[:1])
    cases = [*({"what": "note", "note": by_one, "keys": keys} for keys in (both[:1], both, both[1:])), *cases]
    verdicts = agree(cases)
    assert ["found" in each for each in verdicts[:3]] == [True, False, False]
    assert {"found" in each for each in verdicts[3:-2]} == {True, False}
    assert ["found" in each for each in verdicts[-2:]] == [True, False]


def test_both_refuse_keys_that_anybody_can_sign_for() -> None:
    cases: list[Case] = []
    for kind in (1, 2, 4, 255):
        for point in SMALL_ORDER:
            data = bytes([kind]) + bytes.fromhex(point)
            identity = hashlib.sha256(b"log.example\n" + data).digest()[:4].hex()
            cases.append({"what": "key", "text": f"log.example+{identity}+{file_of(data)}"})
    cases += [
        {"what": "key", "text": text} for text in (VKEY[:-1], VKEY + "=", VKEY.upper(), f" {VKEY}", "a+b", "", "++")
    ]
    spaces = [chr(each) for each in (*range(0x21), 0x7F, 0x85, 0xA0, 0x1680, 0x180E, 0x200B, 0x2028, 0x3000, 0xFEFF)]
    for name in ("é", "a+b", "", *(f"a{space}b" for space in spaces)):
        data = bytes([1]) + KEY.verifying_key.public
        identity = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4].hex()
        cases.append({"what": "key", "text": f"{name}+{identity}+{file_of(data)}"})
    assert sum("found" in each for each in agree(cases)) > 5


# Ed25519 with affine points, for signatures that only some programs take.
PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
CURVE = -121665 * pow(121666, -1, PRIME) % PRIME
type Point = tuple[int, int]


def added(one: Point, other: Point) -> Point:
    product = CURVE * one[0] * other[0] * one[1] * other[1] % PRIME
    x = (one[0] * other[1] + other[0] * one[1]) * pow(1 + product, -1, PRIME) % PRIME
    y = (one[1] * other[1] + one[0] * other[0]) * pow(1 - product, -1, PRIME) % PRIME
    return x, y


def times(count: int, point: Point) -> Point:
    result = (0, 1)
    while count:
        if count & 1:
            result = added(result, point)
        point, count = added(point, point), count >> 1
    return result


def on_curve(y: int) -> Point:
    square = (y * y - 1) * pow(CURVE * y * y + 1, -1, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if (x * x - square) % PRIME:
        x = x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
    assert (x * x - square) % PRIME == 0
    return (PRIME - x if x & 1 else x), y


def encoded(point: Point) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


BASE = on_curve(4 * pow(5, -1, PRIME) % PRIME)
TORSION = on_curve(0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826)


def odd_signatures() -> list[Case]:
    """Notes under keys and signatures with a part of small order, or with numbers that are too large."""
    cases = []
    secret, text = 123456789, "An invented text.\n"
    for turns in range(8):
        key = encoded(added(times(secret, BASE), times(turns, TORSION)))
        for turned in range(8):
            nonce = 987654321 + turned
            first = encoded(added(times(nonce, BASE), times(turned, TORSION)))
            challenge = int.from_bytes(hashlib.sha512(first + key + text.encode()).digest(), "little") % ORDER
            scalar = (nonce + challenge * secret) % ORDER
            scalars = [scalar, scalar + ORDER] if turned in (0, 4) and turns == 0 else [scalar]
            cases += [note_under(key, first + each.to_bytes(32, "little"), text) for each in scalars]
    plain = encoded(times(secret, BASE))
    small = [encoded(point) for point in ((0, 1), (0, PRIME - 1), times(2, TORSION))]
    # The neutral point, written in the way that is too large.
    for first in (*small, (PRIME + 1).to_bytes(32, "little")):
        challenge = int.from_bytes(hashlib.sha512(first + plain + text.encode()).digest(), "little") % ORDER
        cases.append(note_under(plain, first + (challenge * secret % ORDER).to_bytes(32, "little"), text))
    cases += [note_under(bytes.fromhex(point), bytes(64), text) for point in SMALL_ORDER]
    cases += [
        note_under(plain, bytes(64), text),
        note_under(plain, b"\xff" * 64, text),
        note_under(plain, b"\0" * 63, text),
    ]
    return cases


def note_under(key: bytes, signature: bytes, text: str) -> Case:
    data = b"\x01" + key
    identity = hashlib.sha256(b"log.example\n" + data).digest()[:4]
    vkey = f"log.example+{identity.hex()}+{file_of(data)}"
    note = f"{text}\n\u2014 log.example {file_of(identity + signature)}\n"
    return {"what": "note", "note": note, "keys": [vkey]}


def test_both_say_the_same_to_signatures_that_some_programs_take() -> None:
    verdicts = agree(odd_signatures())
    # Some fit by chance of their challenge; a part of small order in the signature alone never does.
    assert "found" in verdicts[0]
    assert sum("found" in each for each in verdicts) < len(verdicts) / 2


class Page(HTMLParser):
    """What a page says, and what it names."""

    def __init__(self) -> None:
        super().__init__()
        self.said: dict[str, str] = {}
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._saying = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        marks = {"data-headline": "ask", "data-lead": "lead"}
        self._saying = found.get("data-say") or next((word for mark, word in marks.items() if mark in found), "")

    def handle_endtag(self, tag: str) -> None:
        del tag  # whichever ends, what was said has ended
        self._saying = ""

    def handle_data(self, data: str) -> None:
        if self._saying:
            self.said[self._saying] = data


WORDS = json.loads((WEB / "scripts" / "receipts" / "words.json").read_text(encoding="utf-8"))


def test_every_language_says_everything() -> None:
    assert list(WORDS) == ["en", "es", "pt", "ht"]
    for language, words in WORDS.items():
        assert list(words) == list(WORDS["en"]), language
        assert (len(words["months"].split()), len(words["weekdays"].split())) == (12, 7)
        for name, sentence in words.items():
            parts = [set(re.findall(r"\{\w+\}", each)) for each in (sentence, WORDS["en"][name])]
            # In Portuguese a day of the week would need another article for each.
            assert parts[1] - parts[0] <= {"{weekday}"}, (language, name)
            assert parts[0] <= parts[1], (language, name)


def test_the_page_says_in_english_what_the_script_would() -> None:
    page = Page()
    for part in ("answer", "body"):
        page.feed((WEB / "templates" / "verify" / f"{part}.html").read_text(encoding="utf-8"))
    assert len(page.said) > 10
    assert page.said == {name: WORDS["en"][name] for name in page.said}


def test_the_page_to_keep_holds_all_it_needs_and_may_ask_for_nothing() -> None:
    text = (BUILD / "schoolgate-verify.html").read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    named = [(tag, found[key]) for tag, found in page.tags for key in ("src", "href", "action") if key in found]
    assert named == [("link", "data:,")]
    policy = next(found["content"] for tag, found in page.tags if "http-equiv" in found)
    assert policy is not None
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "connect-src" not in policy
    assert not re.search(r"\b(fetch\(|XMLHttpRequest|WebSocket|sendBeacon|EventSource|import\()", text)
    assert "http://www.w3.org" not in text.split("<script>")[1]
