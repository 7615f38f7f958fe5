"""An accounting in the W3C Data Privacy Vocabulary (DPV 2), as JSON-LD.

What left is a `dpv:DataTransferRecord`, whatever else happened a `dpv:Record`; what the district's own staff opened in
an emergency is one of these, without a recipient. The district's own words (purposes, parts, papers) are nodes without
a name, typed by DPV and labelled with SKOS: they have no address of their own on the web, and none is invented. The
context stands in the file, so that nothing is fetched to read it.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from schoolgate.interop.disclosures.model import Accounting, Disclosure, Recipient, Term, What

CONTEXT: Final[Mapping[str, str]] = {
    "dpv": "https://w3id.org/dpv#",
    "dct": "http://purl.org/dc/terms/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
# Kinds of recipient by DPV's kinds of organisation; the rest are organisations.
_ORGANISATIONS: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("local_police", "state_police", "school_resource_officer", "fusion_center", "federal_immigration"),
        "dpv:LawEnforcementOrganisation",
    ),
    **dict.fromkeys(("court", "probation"), "dpv:JudicialOrganisation"),
    **dict.fromkeys(
        ("prosecutor", "federal_other", "child_welfare", "public_health", "education_authority", "foreign_government"),
        "dpv:GovernmentalOrganisation",
    ),
    "other_school": "dpv:EducationalOrganisation",
}
_TRANSFERS: Final = frozenset({What.RELEASED, What.LISTED})
_STATUS: Final[Mapping[What, str]] = {What.ASKED: "dpv:RequestInitiated", What.REFUSED: "dpv:RequestRejected"}


def to_dpv(accounting: Accounting) -> str:
    """The accounting as one JSON-LD document: a `dpv:RecordsOfActivities` of records in order. O(lines)."""
    student = f"urn:uuid:{accounting.student}"
    nodes = [_node(one, accounting.district, student, number) for number, one in enumerate(accounting.lines, start=1)]
    document = {
        "@context": CONTEXT,
        "@type": "dpv:RecordsOfActivities",
        "dct:created": _moment(accounting.made_at.isoformat(timespec="seconds")),
        "dpv:hasDataController": _district(accounting.district),
        "dpv:hasDataSubject": {"@id": student, "@type": "dpv:DataSubject"},
        "dct:hasPart": {"@list": nodes},
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _node(line: Disclosure, district: str, student: str, number: int) -> dict[str, Any]:
    node: dict[str, Any] = {
        "@id": f"urn:uuid:{line.id}#{number}",
        "@type": "dpv:DataTransferRecord" if line.what in _TRANSFERS else "dpv:Record",
        "dct:type": line.what.value,
        "dct:date": _moment(line.at.isoformat(timespec="seconds")),
        "dct:relation": {"@id": f"urn:uuid:{line.id}"},
        "dpv:hasDataSubject": {"@id": student},
    }
    if line.what in _TRANSFERS:
        node["dpv:hasDataExporter"] = _district(district)
    if line.what in _STATUS:
        node["dpv:hasRequestStatus"] = {"@id": _STATUS[line.what]}
    if line.recipient:
        node["dpv:hasRecipient"] = _recipient(line.recipient)
    if line.purpose:
        node["dpv:hasPurpose"] = _concept("dpv:Purpose", line.purpose)
    if line.parts:
        node["dpv:hasPersonalData"] = [_concept("dpv:PersonalData", one) for one in line.parts]
    if line.law:
        node["dpv:hasLegalBasis"] = [{"@type": "dpv:LegalBasis", "dct:title": one} for one in line.law]
    if line.told_at:
        node["dpv:hasNotice"] = {
            "@type": "dpv:Notice",
            "dct:date": _moment(line.told_at.isoformat(timespec="seconds")),
            "dpv:hasNoticeStatus": {"@id": "dpv:NoticeCommunicated"},
        }
    said = {
        "dct:identifier": line.matter,
        "dct:description": line.note,
        "dct:provenance": f"ledger entry {line.entry}" if line.entry else "",
        "dct:source": line.paper.words if line.paper else "",
        "dct:contributor": line.by,
    }
    return node | {name: text for name, text in said.items() if text}


def _recipient(recipient: Recipient) -> dict[str, Any]:
    kind = _ORGANISATIONS.get(recipient.kind.code, "dpv:Organisation")
    node: dict[str, Any] = {
        "@type": ["dpv:Recipient", kind],
        "dpv:hasName": recipient.name,
        "skos:prefLabel": recipient.kind.words,
    }
    if recipient.person:
        node["dpv:hasRepresentative"] = {"@type": "dpv:Representative", "dpv:hasName": recipient.person}
    return node


def _district(name: str) -> dict[str, Any]:
    return {"@type": ["dpv:DataExporter", "dpv:EducationalOrganisation"], "dpv:hasName": name}


def _concept(kind: str, term: Term) -> dict[str, str]:
    return {"@type": kind, "skos:notation": term.code, "skos:prefLabel": term.words}


def _moment(text: str) -> dict[str, str]:
    return {"@value": text, "@type": "xsd:dateTime"}
