"""Time-stamps of checkpoints, RFC 3161: an authority of time says that a checkpoint existed at a moment.

What is stamped is the signed note as the log wrote it, without the lines that witnesses add later.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimeStampRequest,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from schoolgate.engines.tlog.checkpoint import Checkpoint
from schoolgate.engines.tlog.errors import StampError
from schoolgate.engines.tlog.note import Note

MAX_ANSWER_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class StampRequest:
    """A question to an authority of time, not yet asked.

    Args:
        body: What is sent, as `application/timestamp-query`.
        number: The nonce in it, which the answer must repeat.
    """

    body: bytes
    number: int


def ask_for_stamp(note: str) -> StampRequest:
    """The question to send about a signed checkpoint. It holds the note's SHA-256 and a fresh number, nothing else."""
    asked: TimeStampRequest = (
        TimestampRequestBuilder()
        .data(as_signed_by_the_log(note).encode())
        .hash_algorithm(HashAlgorithm.SHA256)
        .cert_request(cert_request=True)
        .nonce(nonce=True)
        .build()
    )
    if asked.nonce is None:
        raise StampError("the question was made without a number")
    return StampRequest(asked.as_bytes(), asked.nonce)


def open_stamp(answer: bytes, note: str, roots: bytes, *, number: int | None = None) -> datetime:
    """The moment that an authority of time vouches for, when its answer is about this checkpoint.

    Whether the checkpoint is the log's is not looked at: `open_checkpoint` does that.

    Args:
        answer: The authority's answer, DER (`.tsr`).
        note: The checkpoint; lines of witnesses may stand in it.
        roots: Certificates of authorities that are trusted, PEM, one or more.
        number: The number of the question, when it is known.

    Raises:
        StampError: When the answer is malformed, refuses, is about other bytes or another question, or is not signed
            by an authority of time whose certificate leads to one of the roots.
    """
    if len(answer) > MAX_ANSWER_BYTES:
        raise StampError(f"an answer of more than {MAX_ANSWER_BYTES} bytes is not read")
    try:
        trusted = x509.load_pem_x509_certificates(roots)
    except ValueError as problem:
        raise StampError("the roots are no certificates in PEM form") from problem
    stamped = as_signed_by_the_log(note).encode()
    try:
        response = decode_timestamp_response(answer)
        VerifierBuilder(roots=trusted, nonce=number).build().verify_message(response, stamped)
        moment: datetime = response.tst_info.gen_time
    except (VerificationError, ValueError, TypeError) as problem:
        raise StampError(f"the time-stamp does not hold: {problem or type(problem).__name__}") from problem
    return moment


def as_signed_by_the_log(note: str) -> str:
    """A checkpoint's note with the log's own signature lines only, as it was before witnesses added theirs.

    Raises:
        NoteError: When the note is malformed.
        CheckpointError: When it is no checkpoint.
    """
    parsed = Note.parse(note)
    origin = Checkpoint.parse(parsed.text).origin
    own = [line.text for line in parsed.lines if line.name == origin]
    return parsed.text + "\n" + "".join(f"{line}\n" for line in own)
