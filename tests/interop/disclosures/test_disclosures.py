"""The three forms of an accounting say the same, and programs that we did not write read them."""

import csv
import json
import re
import warnings
from datetime import UTC, datetime
from io import StringIO
from uuid import UUID

import pytest

from schoolgate.interop.disclosures import (
    COLUMNS,
    Accounting,
    Disclosure,
    Recipient,
    Term,
    What,
    to_csv,
    to_dpv,
    to_json,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import rdflib
    from rdflib.namespace import RDF, SKOS

DPV = rdflib.Namespace("https://w3id.org/dpv#")
DCT = rdflib.Namespace("http://purl.org/dc/terms/")
STUDENT, REQUEST, COPY, ENTRY, GLASS = (UUID(int=number) for number in (1, 2, 3, 4, 5))
POLICE = Recipient("Boston Police Department", Term("local_police", "Local police"), "=cmd()|' /C calc'!A0")
WHEN = datetime(2026, 11, 20, 15, 4, tzinfo=UTC)

# Terms of the vocabulary (W3C DPV core 2.3) that an accounting may use, beside those in the shared examples.
TERMS = {
    *("RecordsOfActivities", "Record", "DataTransferRecord", "DataController", "DataExporter", "DataSubject"),
    *("Recipient", "Representative", "Purpose", "PersonalData", "LegalBasis", "Notice"),
    *("Organisation", "LawEnforcementOrganisation", "JudicialOrganisation", "GovernmentalOrganisation"),
    *("EducationalOrganisation", "RequestInitiated", "RequestRejected", "NoticeCommunicated"),
    *("hasDataController", "hasDataExporter", "hasDataSubject", "hasRecipient", "hasRepresentative", "hasName"),
    *("hasPurpose", "hasPersonalData", "hasLegalBasis", "hasNotice", "hasNoticeStatus", "hasRequestStatus"),
}


@pytest.fixture
def accounting():
    asked = Disclosure(
        REQUEST,
        WHEN,
        What.ASKED,
        "Q-1",
        POLICE,
        purpose=Term("investigation", "Investigating a crime"),
        paper=Term("grand_jury_subpoena", "Grand jury subpoena"),
    )
    left = Disclosure(
        COPY,
        WHEN.replace(day=28),
        What.RELEASED,
        "C-1",
        POLICE,
        by="Dana Whitfield, Records officer",
        parts=(Term("school", "School"), Term("student_name", "The student's name")),
        purpose=Term("investigation", "Investigating a crime"),
        law=("34 CFR 99.31(a)(9)(i)", "603 CMR 23.07(4)(b)"),
        told_at=WHEN.replace(day=21),
        entry=ENTRY,
    )
    refused = Disclosure(REQUEST, WHEN.replace(day=29), What.REFUSED, "Q-2", POLICE, note="-1+1")
    opened = Disclosure(
        GLASS,
        WHEN.replace(day=29, hour=16),
        What.EMERGENCY,
        "G-1",
        by="Mr. Okafor, Principal",
        purpose=Term("violence", "Somebody may be attacked"),
        note="Somebody else looked at it. It was justified.",
    )
    return Accounting("East Harbor", STUDENT, WHEN.replace(day=30), (asked, left, refused, opened))


def test_an_emergency_of_our_own_staff_is_told_and_is_no_disclosure(accounting):
    assert accounting.disclosures == 1
    row = list(csv.DictReader(StringIO(to_csv(accounting), newline="")))[-1]
    assert "nothing left the district" in row["what"]
    assert (row["who"], row["released by"], row["purpose"]) == ("", "Mr. Okafor, Principal", "Somebody may be attacked")
    data = json.loads(to_json(accounting))
    assert (data["disclosures"], data["lines"][-1]["recipient"]) == (1, None)
    graph = graph_of(to_dpv(accounting))
    (opened,) = graph.subjects(DCT.type, rdflib.Literal("opened_in_an_emergency"))
    assert graph.value(opened, RDF.type) == DPV.Record
    assert graph.value(opened, DPV.hasRecipient) is None
    assert graph.value(opened, DPV.hasDataExporter) is None
    assert str(graph.value(opened, DCT.contributor)) == "Mr. Okafor, Principal"


def graph_of(text):
    graph = rdflib.Graph()
    with warnings.catch_warnings():
        # The library warns of its own parser.
        warnings.simplefilter("ignore", DeprecationWarning)
        graph.parse(data=text, format="json-ld")
    return graph


def test_the_table_has_a_row_a_line_and_no_formula(accounting):
    rows = list(csv.reader(StringIO(to_csv(accounting), newline="")))
    assert rows[0] == list(COLUMNS)
    assert len(rows) == 5
    assert all(len(row) == len(COLUMNS) for row in rows)
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    left = dict(zip(COLUMNS, rows[2], strict=True))
    assert left["parts"] == "School; The student's name"
    assert left["law"] == "34 CFR 99.31(a)(9)(i); 603 CMR 23.07(4)(b)"
    assert left["released by"] == "Dana Whitfield, Records officer"
    assert left["ledger entry"] == str(ENTRY)


def test_the_data_say_the_same(accounting):
    data = json.loads(to_json(accounting))
    assert data["disclosures"] == 1
    assert [one["what"] for one in data["lines"]] == ["asked", "released", "refused", "opened_in_an_emergency"]
    assert data["lines"][1]["recipient"]["kind"] == {"code": "local_police", "words": "Local police"}
    assert data["lines"][1]["family_told_at"] == "2026-11-21T15:04:00+00:00"
    assert data["lines"][2]["note"] == "-1+1"


def test_an_rdf_library_reads_what_left_and_what_was_refused(accounting):
    graph = graph_of(to_dpv(accounting))
    (left,) = graph.subjects(RDF.type, DPV.DataTransferRecord)
    recipient = graph.value(left, DPV.hasRecipient)
    assert (recipient, RDF.type, DPV.LawEnforcementOrganisation) in graph
    assert str(graph.value(recipient, DPV.hasName)) == "Boston Police Department"
    parts = {str(graph.value(part, SKOS.notation)) for part in graph.objects(left, DPV.hasPersonalData)}
    assert parts == {"school", "student_name"}
    assert {str(graph.value(law, DCT.title)) for law in graph.objects(left, DPV.hasLegalBasis)} == {
        "34 CFR 99.31(a)(9)(i)",
        "603 CMR 23.07(4)(b)",
    }
    assert graph.value(graph.value(left, DPV.hasNotice), DPV.hasNoticeStatus) == DPV.NoticeCommunicated
    assert graph.value(left, DCT.date).toPython() == WHEN.replace(day=28)
    (refused,) = graph.subjects(DPV.hasRequestStatus, DPV.RequestRejected)
    assert (refused, RDF.type, DPV.Record) in graph
    assert set(graph.objects(None, DPV.hasDataSubject)) == {rdflib.URIRef(f"urn:uuid:{STUDENT}")}


def test_the_order_of_the_lines_is_kept(accounting):
    graph = graph_of(to_dpv(accounting))
    (whole,) = graph.subjects(RDF.type, DPV.RecordsOfActivities)
    kept = list(rdflib.collection.Collection(graph, graph.value(whole, DCT.hasPart)))
    assert [str(graph.value(one, DCT.identifier)) for one in kept] == ["Q-1", "C-1", "Q-2", "G-1"]


def test_every_term_is_one_of_the_vocabulary(accounting, shared):
    known = set(TERMS)
    for path in (shared / "data" / "standards").glob("*.jsonld"):
        known |= set(re.findall(r"dpv:(\w+)", path.read_text(encoding="utf-8")))
    graph = graph_of(to_dpv(accounting))
    used = {str(node).removeprefix(str(DPV)) for triple in graph for node in triple if str(node).startswith(str(DPV))}
    assert used <= known, used - known
    assert len(used) > 15


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="aware"):
        Disclosure(REQUEST, datetime(2026, 1, 1), What.ASKED)  # noqa: DTZ001 - the point


def test_nothing_happened_is_an_empty_accounting():
    empty = Accounting("East Harbor", STUDENT, WHEN, ())
    assert to_csv(empty) == ",".join(COLUMNS) + "\r\n"
    assert json.loads(to_json(empty))["lines"] == []
    assert (None, RDF.type, DPV.RecordsOfActivities) in graph_of(to_dpv(empty))
