"""Policies: every rule of the specification's text, and who is believed under them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.engines import tlog
from support.logs import KEY, ORIGIN, OTHER_KEY, TRIALS, VKEY, entries_of, signed

NOON = 1_798_804_800
WITNESSES = [
    tlog.SigningKey(f"w{number}.example", bytes([number + 1]) * 32, tlog.KeyKind.COSIGNATURE) for number in range(6)
]
NAMES = ["X1", "X2", "X3", "Y1", "Y2", "Y3"]
LINES = [f"witness {name} {key.verifying_key.text}" for name, key in zip(NAMES, WITNESSES, strict=True)]
EXAMPLE = "\n".join(
    [
        f"log {VKEY} https://log.example/",
        *LINES,
        "group X-witnesses 2 X1 X2 X3",
        "group Y-witnesses any Y1 Y2 Y3",
        "group X-and-Y all X-witnesses Y-witnesses",
        "quorum X-and-Y",
    ]
)
NOTE = signed(entries_of(3))
W = LINES[0].replace("X1", "W")


def cosigned(numbers: set[int], note: str = NOTE) -> str:
    text = tlog.Note.parse(note).text
    keys = [WITNESSES[number] for number in sorted(numbers)]
    lines = [tlog.SignatureLine(key.name, key.verifying_key.id, key.cosign(text, NOON)).text for key in keys]
    return note + "".join(f"{line}\n" for line in lines)


@given(st.sets(st.integers(0, 5)))
@settings(max_examples=2 * TRIALS, deadline=None)
def test_the_example_of_the_specification(numbers: set[int]) -> None:
    policy = tlog.Policy.parse(EXAMPLE)
    enough = len(numbers & {0, 1, 2}) >= 2 and bool(numbers & {3, 4, 5})
    assert policy.met({WITNESSES[number].verifying_key for number in numbers}) is enough
    if enough:
        opened = policy.open(cosigned(numbers))
        assert {each.key.name for each in opened.witnesses} == {WITNESSES[number].name for number in numbers}
    else:
        with pytest.raises(tlog.NoteError, match="too few"):
            policy.open(cosigned(numbers))


@pytest.mark.parametrize(
    "text",
    [
        "quorum none",
        "\n\n  \t\n# quorum W\n\t # log nothing\nquorum none\n",
        f"log {VKEY}\nquorum none\n",
        f"{W}\nquorum W\n",
        f"\t{W}  https://witness.example/\t\n quorum\tW \n",
        f"{W}\ngroup G 1 W\nquorum G\n",
        f"{W}\ngroup G all W\ngroup H any G\nquorum H\n",
        f"{W}\nquorum none\n",
        f"quorum none\n{W}\ngroup G any W\n",
        "quorum none # is not a comment\n".replace(" # is not a comment", ""),
        f"{W.replace(' W ', ' Zeug\u00e4mt\u2028\u0085 ')}\nquorum Zeug\u00e4mt\u2028\u0085\n",
    ],
)
def test_what_the_specification_allows(text: str) -> None:
    assert tlog.Policy.parse(text) == tlog.Policy.parse(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"log {VKEY}\n",
        "quorum\n",
        "quorum none # is no comment\n",
        "quorum none\nquorum none\n",
        "Quorum none\n",
        "quorum None\n",
        "quorum W\n",
        f"quorum W\n{W}\n",
        f"{W}\n{W}\nquorum W\n",
        f"{W}\n{W.replace(' W ', ' V ')}\nquorum W\n",
        f"{W}\n{LINES[1].replace('X2', 'W')}\nquorum W\n",
        f"{W.replace(' W ', ' none ')}\nquorum none\n",
        f"{W}\ngroup W any W\nquorum W\n",
        f"{W}\ngroup none any W\nquorum none\n",
        f"{W}\ngroup G any G\nquorum G\n",
        f"{W}\ngroup G any none\nquorum G\n",
        f"{W}\ngroup G any\nquorum G\n",
        f"{W}\ngroup G any W W\nquorum G\n",
        f"{W}\ngroup G any W\ngroup H any W\nquorum G\n",
        f"{W}\ngroup G any V\nquorum G\n",
        *(
            f"{W}\ngroup G {needed} W\nquorum G\n"
            for needed in ("0", "2", "-1", "+1", "1.0", "01", "\u0661", "ALL", "some")
        ),
        f"log {VKEY}\nlog {VKEY}\nquorum none\n",
        f"log {VKEY}\nlog {tlog.SigningKey('other.example', KEY.seed).verifying_key.text}\nquorum none\n",
        f"log {VKEY} https://log.example/ more\nquorum none\n",
        f"log {VKEY[:-1]}\nquorum none\n",
        f"log {WITNESSES[0].verifying_key.text}\nquorum none\n",
        f"witness W {VKEY}\nquorum none\n",
        f"{W} https://witness.example/ more\nquorum none\n",
        "quorum none\r\n",
        "quorum\x0bnone\n",
        "quorum none\n# \x00\n",
        "quorum none\n# \x7f\n",
        "quorum\u00a0none\n",
        "mirror none\nquorum none\n",
    ],
)
def test_what_the_specification_refuses(text: str) -> None:
    for policy in (text, text.encode()):
        with pytest.raises(tlog.PolicyError):
            tlog.Policy.parse(policy)


def test_names_are_bytes() -> None:
    latin = b"# caf\xe9\n" + W.encode().replace(b" W ", b" caf\xe9 ")
    policy = tlog.Policy.parse(latin + b"\nquorum caf\xe9\n")
    assert policy.met({WITNESSES[0].verifying_key})
    assert not policy.met(set())
    for other in (b"caf\xc3\xa9", b"caf\xe8", b"cafe"):
        with pytest.raises(tlog.PolicyError) as caught:
            tlog.Policy.parse(latin + b"\nquorum " + other + b"\n")
        assert str(caught.value).encode()
    with pytest.raises(tlog.NoteError) as refused:
        tlog.Policy.parse(f"log {VKEY}\n".encode() + latin + b"\nquorum caf\xe9\n").open(NOTE)
    assert str(refused.value).encode()
    # The Kelvin sign is not the letter that it looks like.
    with pytest.raises(tlog.PolicyError):
        tlog.Policy.parse(f"{W.replace(' W ', ' K ')}\nquorum \u212a\n")


def test_many_logs_witnesses_and_groups_one_within_the_other() -> None:
    lines, above = [W], "W"
    for number in range(3000):
        lines.append(f"group G{number} any {above}")
        above = f"G{number}"
    policy = tlog.Policy.parse("\n".join([*lines, f"quorum {above}"]))
    assert policy.met({WITNESSES[0].verifying_key})
    assert not policy.met({WITNESSES[1].verifying_key})


def test_which_log_is_believed() -> None:
    stranger = tlog.SigningKey("other.example", bytes(32))
    policy = tlog.Policy.parse(f"log {VKEY}\nlog {OTHER_KEY.verifying_key.text}\n{W}\nquorum none\n")
    for key in (KEY, OTHER_KEY):
        assert policy.open(signed(entries_of(3), key)).checkpoint.size == 3
    opened = policy.open(cosigned({0}))
    assert [each.key.name for each in opened.witnesses] == [WITNESSES[0].name]
    for note in (
        signed(entries_of(3), stranger),
        tlog.sign_note(tlog.Note.parse(NOTE).text, (stranger,)),
        # Another log of the policy signs in the name of the first.
        tlog.sign_note(tlog.Note.parse(signed(entries_of(3), stranger)).text, (KEY,)),
        cosigned({0}).replace(NOTE.split("\n\n")[1], ""),
    ):
        with pytest.raises(tlog.NoteError):
            policy.open(note)
    with pytest.raises(tlog.NoteError):
        tlog.Policy.parse("quorum none").open(NOTE)


def test_one_wrong_line_of_any_key_of_the_policy_is_too_many() -> None:
    policy = tlog.Policy.parse(f"log {VKEY}\nlog {OTHER_KEY.verifying_key.text}\n{W}\nquorum none\n")
    text = tlog.Note.parse(NOTE).text
    forged_log = tlog.SignatureLine(ORIGIN, OTHER_KEY.verifying_key.id, KEY.sign(text)).text
    forged_witness = tlog.SignatureLine(
        WITNESSES[0].name, WITNESSES[0].verifying_key.id, WITNESSES[1].cosign(text, NOON)
    ).text
    for forged in (forged_log, forged_witness):
        with pytest.raises(tlog.NoteError, match="wrong for its key"):
            policy.open(f"{NOTE}{forged}\n")
