"""An accounting as a table and as plain data."""

import json
from typing import Final

from schoolgate.interop.csv_text import csv_text
from schoolgate.interop.disclosures.model import Accounting, Disclosure, Term

FORMAT: Final = "schoolgate-disclosures-1"
COLUMNS: Final = (
    "when",
    "what",
    "number",
    "who",
    "kind of recipient",
    "their person",
    "released by",
    "parts",
    "purpose",
    "paper",
    "law",
    "family told",
    "note",
    "ledger entry",
)


def to_csv(accounting: Accounting) -> str:
    """A row a line, in words, oldest first; no cell is a formula. O(lines)."""
    return csv_text(COLUMNS, [_row(one) for one in accounting.lines])


def _row(line: Disclosure) -> list[str]:
    recipient = line.recipient
    return [
        line.at.isoformat(timespec="minutes"),
        line.what.words,
        line.matter,
        recipient.name if recipient else "",
        recipient.kind.words if recipient else "",
        recipient.person if recipient else "",
        line.by,
        "; ".join(part.words for part in line.parts),
        line.purpose.words if line.purpose else "",
        line.paper.words if line.paper else "",
        "; ".join(line.law),
        line.told_at.isoformat(timespec="minutes") if line.told_at else "",
        line.note,
        str(line.entry or ""),
    ]


def to_json(accounting: Accounting) -> str:
    """The same for a machine: codes beside the words. Read it with any JSON parser; `format` names the shape."""
    data = {
        "format": FORMAT,
        "district": accounting.district,
        "student": str(accounting.student),
        "made_at": accounting.made_at.isoformat(timespec="seconds"),
        "disclosures": accounting.disclosures,
        "lines": [_object(one) for one in accounting.lines],
    }
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _object(line: Disclosure) -> dict[str, object]:
    return {
        "id": str(line.id),
        "at": line.at.isoformat(timespec="seconds"),
        "what": line.what.value,
        "number": line.matter,
        "recipient": None
        if line.recipient is None
        else {
            "name": line.recipient.name,
            "kind": _term(line.recipient.kind),
            "person": line.recipient.person,
        },
        "released_by": line.by,
        "parts": [_term(one) for one in line.parts],
        "purpose": _term(line.purpose) if line.purpose else None,
        "paper": _term(line.paper) if line.paper else None,
        "law": list(line.law),
        "family_told_at": line.told_at.isoformat(timespec="seconds") if line.told_at else None,
        "note": line.note,
        "ledger_entry": str(line.entry) if line.entry else None,
    }


def _term(term: Term) -> dict[str, str]:
    return {"code": term.code, "words": term.words}
