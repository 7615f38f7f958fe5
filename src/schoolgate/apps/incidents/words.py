"""Sealing and opening the free text and the names that a feed gives about an incident or a participant."""

import json
from collections.abc import Iterable, Mapping

from schoolgate.apps.ledger.keys import keys
from schoolgate.apps.ledger.safe import context
from schoolgate.engines.vault import Context, Vault, WrappedKey

from .models import FeedWords

type Words = dict[str, object]
"""What was said, by field; nothing that is empty."""


def seal_words(row: FeedWords, words: Words) -> None:
    """Seal under a fresh key (in memory: the caller saves). Without words, nothing is left to open."""
    seal_all({row: words})


def seal_all(rows: Mapping[FeedWords, Words]) -> None:
    """Seal the words of many rows, each under a fresh key, with one call to the key provider (in memory)."""
    said = {row: json.dumps(words, ensure_ascii=False).encode() for row, words in rows.items() if words}
    for row in rows.keys() - said.keys():
        row.feed_wrapped_key = row.feed_sealed = None
    sealed = Vault(keys().provider).seal_new_page((_place(row), text) for row, text in said.items())
    for row, (key, value) in zip(said, sealed, strict=True):
        row.feed_wrapped_key, row.feed_sealed = key.to_bytes(), value


def open_words[R: FeedWords](rows: Iterable[R]) -> dict[R, Words]:
    """Open many rows with one call to the key provider; a row about which nothing was said gives an empty dict.

    Raises:
        VaultError: A key is gone, or a value was altered or belongs elsewhere.
    """
    page = list(rows)
    sealed = [
        (row, WrappedKey.from_bytes(bytes(row.feed_wrapped_key)), bytes(row.feed_sealed))
        for row in page
        if row.feed_wrapped_key is not None and row.feed_sealed is not None
    ]
    opened = Vault(keys().provider).open_page((key, _place(row), value) for row, key, value in sealed)
    words: dict[R, Words] = {row: {} for row in page}
    for (row, _, _), text in zip(sealed, opened, strict=True):
        words[row] = json.loads(text)
    return words


def _place(row: FeedWords) -> Context:
    return context(row._meta.label_lower, row.pk, "feed")  # noqa: SLF001 - Django's documented way to a label
