"""Receipts in the C2SP tlog-proof format: one entry, its place, the way to a signed checkpoint.

`extra` carries the opening: 32 random bytes, then the canonical record. So whoever holds the receipt, and
nobody else, can show what the public entry means. The `extra` line is not signed; it is checked against the
entry, and the entry against the checkpoint.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from schoolgate.engines.tlog.checkpoint import Checkpoint
from schoolgate.engines.tlog.commitment import Json, canonical, commit, open_commitment, pack_opening, unpack_opening
from schoolgate.engines.tlog.errors import ReceiptError, TlogError
from schoolgate.engines.tlog.hashing import HASH_BYTES, leaf_hash
from schoolgate.engines.tlog.keys import VerifyingKey
from schoolgate.engines.tlog.nodes import Nodes
from schoolgate.engines.tlog.note import Verified
from schoolgate.engines.tlog.proofs import inclusion_proof, verify_inclusion
from schoolgate.engines.tlog.rotation import KeyChain, open_with_chain
from schoolgate.engines.tlog.strict import decimal, decode_base64, encode_base64

_HEADER: Final = "c2sp.org/tlog-proof@v1"
_EXTRA: Final = "extra "
_INDEX: Final = "index "
MAX_PROOF_HASHES: Final = 63
MAX_RECEIPT_CHARACTERS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt taken apart; parsing checks nothing but its form.

    Args:
        index: Place of the entry in the log.
        proof: Hashes from the leaf to the root.
        checkpoint: The signed checkpoint, verbatim.
        extra: Bytes for the holder; ours are a packed opening. None when there is no such line.
    """

    index: int
    proof: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None

    @property
    def text(self) -> str:
        """The receipt as a file."""
        lines = [_HEADER]
        if self.extra is not None:
            lines.append(_EXTRA + encode_base64(self.extra))
        lines.append(f"{_INDEX}{self.index}")
        lines += [encode_base64(each) for each in self.proof]
        return "\n".join(lines) + "\n\n" + self.checkpoint

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a receipt.

        Raises:
            ReceiptError: When it is not written exactly as the specification says.
        """
        if len(text) > MAX_RECEIPT_CHARACTERS:
            raise ReceiptError(f"a receipt of more than {MAX_RECEIPT_CHARACTERS} characters is not read")
        head, empty_line, checkpoint = text.partition("\n\n")
        lines = head.split("\n")
        if not empty_line or not checkpoint:
            raise ReceiptError("the receipt has no checkpoint after an empty line: was it cut off?")
        if lines.pop(0) != _HEADER:
            raise ReceiptError(f"a receipt begins with the line {_HEADER}")
        try:
            extra = None
            if lines and lines[0].startswith(_EXTRA):
                extra = decode_base64(lines.pop(0).removeprefix(_EXTRA))
            if not lines or not lines[0].startswith(_INDEX):
                raise ReceiptError("the receipt has no index line where it belongs")
            index = decimal(lines.pop(0).removeprefix(_INDEX))
            proof = tuple(decode_base64(line) for line in lines)
        except ValueError as problem:
            raise ReceiptError(f"a line of the receipt is malformed: {problem}") from None
        if len(proof) > MAX_PROOF_HASHES or any(len(each) != HASH_BYTES for each in proof):
            raise ReceiptError(f"a proof has at most {MAX_PROOF_HASHES} hashes of {HASH_BYTES} bytes")
        return cls(index, proof, checkpoint, extra)


@dataclass(frozen=True, slots=True)
class VerifiedReceipt:
    """What a receipt proves.

    Args:
        checkpoint: The signed state of the log that contains the entry.
        index: Place of the entry; it shows the period the act was logged in.
        entry: The bytes of the entry.
        record: What the entry says. None when it was verified against entry bytes alone.
        witnesses: Who else signed the checkpoint, of those asked for.
    """

    checkpoint: Checkpoint
    index: int
    entry: bytes
    record: dict[str, Json] | None
    witnesses: tuple[Verified, ...]


@dataclass(frozen=True, slots=True)
class ReceiptReport:
    """Whether a receipt proves anything.

    Args:
        receipt: What it proves; None when nothing.
        problem: Why it proves nothing; empty when it does.
    """

    receipt: VerifiedReceipt | None
    problem: str

    @property
    def valid(self) -> bool:
        """Whether the receipt holds."""
        return self.receipt is not None

    def sentences(self) -> list[str]:
        """The report for a person, a sentence a line."""
        if self.receipt is None:
            return [f"The receipt proves nothing: {self.problem}."]
        checkpoint = self.receipt.checkpoint
        lines = [f"Entry {self.receipt.index} of the {checkpoint.size} that {checkpoint.origin} signed is this one."]
        if self.receipt.record is not None:
            lines.append(f"It says: {canonical(self.receipt.record).decode()}")
        lines += [f"Witnessed by {each.key.name}." for each in self.receipt.witnesses]
        return lines


def make_receipt(
    *, index: int, checkpoint: str, chain: KeyChain, nodes: Nodes, record: bytes, randomness: bytes
) -> str:
    """The receipt of one entry, verified before it is handed out.

    Args:
        index: Place of the entry.
        checkpoint: The signed checkpoint to prove it under.
        chain: The keys that the log has had.
        nodes: The hashes of the tree, at least as large as the checkpoint says.
        record: The canonical record.
        randomness: The 32 bytes its commitment was made with.

    Raises:
        TlogError: When checkpoint, tree, record and place do not fit together: nothing is handed out.
    """
    opened = open_with_chain(checkpoint, chain)
    proof = inclusion_proof(index, opened.checkpoint.size, nodes)
    text = Receipt(index, proof, checkpoint, pack_opening(record, randomness)).text
    _open(text, chain, entry=None, witnesses=())
    return text


def open_receipt(
    text: str,
    vkey: str,
    *,
    entry: bytes | None = None,
    witnesses: Sequence[str] = (),
    rotations: Sequence[str] = (),
) -> VerifiedReceipt:
    """Check a receipt: opening to entry, entry to root, root to the log's signature. Needs nothing else.

    Args:
        text: The receipt.
        vkey: A verifying key of the log, from a source other than the receipt's.
        entry: The bytes of the entry, for a receipt without an opening; `extra` is then not looked at.
        witnesses: Verifying keys of witnesses whose cosignatures to check.
        rotations: The log's changes of key, for a receipt signed by another of its keys than the one given.

    Raises:
        TlogError: When any link does not hold; the message says which.
    """
    chain = KeyChain.trusting(VerifyingKey.parse(vkey), rotations)
    return _open(text, chain, entry=entry, witnesses=[VerifyingKey.parse(each) for each in witnesses])


def _open(text: str, chain: KeyChain, *, entry: bytes | None, witnesses: Sequence[VerifyingKey]) -> VerifiedReceipt:
    receipt = Receipt.parse(text)
    opened = open_with_chain(receipt.checkpoint, chain, witnesses=witnesses)
    record = None
    if entry is None:
        if receipt.extra is None:
            raise ReceiptError("the receipt has no opening: its entry is needed to check it")
        canonical_record, randomness = unpack_opening(receipt.extra)
        entry = commit(canonical_record, randomness)
        record = open_commitment(entry, canonical_record, randomness)
    checkpoint = opened.checkpoint
    verify_inclusion(leaf_hash(entry), receipt.index, checkpoint.size, receipt.proof, checkpoint.root)
    return VerifiedReceipt(checkpoint, receipt.index, entry, record, opened.witnesses)


def verify_receipt(
    text: str,
    vkey: str,
    *,
    entry: bytes | None = None,
    witnesses: Sequence[str] = (),
    rotations: Sequence[str] = (),
) -> ReceiptReport:
    """What `open_receipt` finds, as a report for a person: a receipt that proves nothing raises nothing.

    Raises:
        KeyTextError: When a verifying key is malformed.
    """
    for each in (vkey, *witnesses):
        VerifyingKey.parse(each)
    try:
        return ReceiptReport(open_receipt(text, vkey, entry=entry, witnesses=witnesses, rotations=rotations), "")
    except TlogError as problem:
        return ReceiptReport(None, str(problem))
