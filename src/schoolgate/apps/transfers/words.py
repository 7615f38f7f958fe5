"""What somebody wrote about a copy that moved on: sealed, since it may name a child."""

import hashlib
import json
from dataclasses import asdict, dataclass

from django.db.models import QuerySet

from schoolgate.apps.ledger.keys import keys
from schoolgate.apps.ledger.safe import SealedValue, context, open_value, seal_new
from schoolgate.engines.vault import Vault, WrappedKey

from .models import Letter, Transfer


@dataclass(frozen=True, slots=True)
class Words:
    """The reporter's own words.

    Attributes:
        story: what they saw.
        copy: the number on the copy or of our report, as they typed it; whether it exists is the office's to find out.
        citation: where it can be looked up.
        giver: the name of an agency that is not in the network yet.
        receiver: the same.
    """

    story: str = ""
    copy: str = ""
    citation: str = ""
    giver: str = ""
    receiver: str = ""

    def seal(self, transfer: Transfer) -> SealedValue:
        """Seal under a fresh key of the transfer."""
        text = json.dumps(asdict(self), ensure_ascii=False).encode()
        return seal_new(context("transfers.transfer", transfer.pk, "words"), text)


def open_words(transfer: Transfer) -> Words:
    """What the reporter wrote."""
    place = context("transfers.transfer", transfer.pk, "words")
    return Words(**json.loads(open_value(place, transfer.wrapped_key, transfer.sealed)))


def open_all_words(transfers: QuerySet[Transfer]) -> list[Words]:
    """What many reporters wrote, with one call to the key provider. One query."""
    values = [
        (WrappedKey.from_bytes(bytes(key)), context("transfers.transfer", pk, "words"), bytes(sealed))
        for pk, key, sealed in transfers.order_by().values_list("pk", "wrapped_key", "sealed")
    ]
    return [Words(**json.loads(text)) for text in Vault(keys().provider).open_page(values)]


def seal_reason(transfer: Transfer, reason: str) -> None:
    """Put the office's reason on a transfer (in memory: the caller saves)."""
    value = seal_new(context("transfers.transfer", transfer.pk, "reason"), reason.encode())
    transfer.reason_key, transfer.sealed_reason = value.wrapped_key, value.sealed


def open_reason(transfer: Transfer) -> str:
    """Why it was not accepted, or why the case was closed; empty where nobody has said."""
    if transfer.reason_key is None or transfer.sealed_reason is None:
        return ""
    place = context("transfers.transfer", transfer.pk, "reason")
    return open_value(place, transfer.reason_key, transfer.sealed_reason).decode()


@dataclass(frozen=True, slots=True)
class LetterText:
    """The words of a letter.

    Attributes:
        to: the lines of the address.
        subject: what it is about.
        body: its paragraphs, parted by empty lines.
        english: the same in English, subject first, where the letter is in another language.
    """

    to: str
    subject: str
    body: str
    english: str = ""

    def seal(self, letter: Letter) -> None:
        """Put the words on a letter under a fresh key (in memory: the caller saves)."""
        text = json.dumps(asdict(self), ensure_ascii=False).encode()
        value = seal_new(context("transfers.letter", letter.pk, "text"), text)
        letter.wrapped_key, letter.sealed = value.wrapped_key, value.sealed


def open_text(letter: Letter) -> LetterText:
    """The words of a letter."""
    place = context("transfers.letter", letter.pk, "text")
    return LetterText(**json.loads(open_value(place, letter.wrapped_key, letter.sealed)))


def digest_of(letter: Letter) -> str:
    """SHA-256 of a letter as one reads it: its words, its language, what it cites and the day for an answer."""
    day = letter.answer_by.isoformat() if letter.answer_by else ""
    read = [asdict(open_text(letter)), letter.language, letter.cites, day]
    return hashlib.sha256(json.dumps(read, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
