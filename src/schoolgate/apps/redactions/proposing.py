"""What the finder proposes for a version of a report: kept sealed, so that the same marks stand until it changes."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from importlib.resources.abc import Traversable

from schoolgate.apps.access.moment import now
from schoolgate.apps.incidents.models import ReportVersion
from schoolgate.apps.ledger.safe import context, open_value, seal_new
from schoolgate.engines import redact
from schoolgate.engines.vault import Context

from .history import Texts, mark_id
from .kept_rows import Row
from .models import Proposed

# What lies beside the finder's files and is none of them: compiled again, or of the release copy.
NOT_ITS_OWN = (".pyc", ".typ", "labels.toml")


@dataclass(frozen=True, slots=True)
class Proposal:
    """The finder's marks on one document.

    Attributes:
        certain: what the record itself says of a person: a token, a name in the field for it. Nobody decides these.
        open: id -> span, which a person decides.
    """

    finder: str
    certain: tuple[redact.Span, ...]
    open: Mapping[str, redact.Span]


@cache
def finder_state() -> str:
    """A digest of the finder's program and word lists: another one may propose other marks. Read once a process."""
    digest = blake2b(digest_size=8)
    package = files("schoolgate.engines.redact")
    for place in ("finder", "data", "normal.py", "sentences.py", "categories.py"):
        for name, content in sorted(_contents(package.joinpath(place), place)):
            digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _contents(place: Traversable, name: str) -> Iterable[tuple[str, bytes]]:
    if place.is_dir():
        for one in place.iterdir():
            yield from _contents(one, f"{name}/{one.name}")
    elif not name.endswith(NOT_ITS_OWN):
        yield name, place.read_bytes()


def salt_of(version: ReportVersion) -> str:
    """What makes the names of a version's marks its own."""
    return version.pk.hex


def proposal_of(version: ReportVersion, document: redact.Document, texts: Texts, newest: Row | None) -> Proposal:
    """The marks proposed for a version: kept ones where finder and texts are the same, else found and kept now.

    No query; where marks are found anew, one. `newest` is what was kept last.
    """
    finder = finder_state()
    if newest is not None and newest.finder == finder:
        sealed = bytes(newest.wrapped_key or b""), bytes(newest.sealed or b"")
        kept = json.loads(open_value(_place(newest.pk), *sealed))
        if kept["texts"] == texts.of:
            return _sorted(version, document, texts, finder, [redact.Span(**one) for one in kept["spans"]])
    spans = redact.marks(document)
    _keep(version, newest.number + 1 if newest else 1, finder, texts, spans)
    return _sorted(version, document, texts, finder, spans)


def _keep(version: ReportVersion, number: int, finder: str, texts: Texts, spans: Iterable[redact.Span]) -> None:
    row = Proposed(version=version, number=number, finder=finder, made_at=now())
    content = {"texts": dict(texts.of), "spans": [asdict(span) for span in spans]}
    value = seal_new(_place(row.pk), json.dumps(content, ensure_ascii=False).encode())
    row.wrapped_key, row.sealed = value.wrapped_key, value.sealed
    # Two people who open the bench at once find the same: the first of them keeps it.
    Proposed.objects.bulk_create([row], ignore_conflicts=True)


def _place(pk: object) -> Context:
    return context("redactions.proposed", pk, "marks")


def _sorted(
    version: ReportVersion, document: redact.Document, texts: Texts, finder: str, spans: Iterable[redact.Span]
) -> Proposal:
    parts = dict(document.parts())
    certain, undecided = [], {}
    for span in spans:
        if is_certain(document, parts, span):
            certain.append(span)
        else:
            undecided[mark_id(salt_of(version), texts, span)] = span
    return Proposal(finder, tuple(certain), undecided)


def is_certain(document: redact.Document, parts: Mapping[str, str], span: redact.Span) -> bool:
    """Whether the record itself says what a mark says: a participant's token, or the field that names them."""
    if span.category != "person_known":
        return False
    if redact.TOKEN.fullmatch(parts[span.part][span.start : span.end]):
        return True
    kind, _, number = span.part.partition(":")
    return kind == "field" and document.fields[int(number)].about == span.token
