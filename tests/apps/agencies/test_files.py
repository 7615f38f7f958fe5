"""Whole networks in and out: what was exported comes back the same; a wrong file brings nothing."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from hypothesis import HealthCheck, given, settings

from schoolgate.apps.access.actors import SYSTEM
from schoolgate.apps.agencies.files import as_graphml, as_json, as_zip, read_file, read_network
from schoolgate.apps.agencies.importing import CannotImport, import_network
from schoolgate.apps.agencies.marks import OfficeOnly
from schoolgate.apps.agencies.models import Agency, Agreement
from schoolgate.apps.agencies.selectors import network
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.engines import reach
from support.networks import networks
from support.typed_networks import lawful

pytestmark = pytest.mark.django_db

WRITERS = {"json": as_json, "graphml": as_graphml, "zip": as_zip}


def told(one):
    """A network without its order, which a table does not keep."""
    return {a.id: a for a in one.agencies}, {a.id: a for a in one.agreements}


def take(content, **how):
    return import_network(actor=SYSTEM, network=read_network(content), digest="0" * 64, **how)


@pytest.mark.parametrize("name", WRITERS)
def test_what_was_exported_comes_back_the_same(name, data_folder, db, trials):
    @settings(max_examples=trials, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(networks().map(lawful))
    def back(found):
        with transaction.atomic():
            take(as_json(found))
            exported = WRITERS[name](network())
            Agreement.objects.all().delete()
            Agency.objects.all().delete()
            take(exported)
            assert told(network()) == told(found)
            transaction.set_rollback(True)

    back()


def test_the_starter_network_comes_back_the_same(data_folder, db):
    starter = reach.starter_network()
    brought = take(as_json(starter), transfers_published=True)
    assert (brought.agencies, brought.agreements) == (len(starter.agencies), len(starter.agreements))
    assert told(network()) == told(starter)
    assert told(network(public=True)) == told(starter), "its transfers come from published sources"
    again = take(as_json(network()))
    assert (again.agencies, again.agreements) == (0, 0)
    assert again.known == len(starter.agencies) + len(starter.agreements)


def test_transfers_of_a_file_are_the_offices_unless_it_says_otherwise(cast):
    seen = replace(
        network().agreement("bric-ice"), id="seen", status="observed", basis="transfer", start=date(2020, 1, 1)
    )
    here = network()
    take(as_json(reach.Network(here.agencies, (*here.agreements, seen))))
    assert not Agreement.objects.get(slug="seen").public
    assert "seen" not in {one.id for one in network(public=True).agreements}


def refused(content):
    before = told(network())
    with pytest.raises(CannotImport) as caught:
        take(content)
    assert told(network()) == before, "nothing half-done remains"
    return caught.value.problems


def changed(**other):
    """The network of the district as a file, with its agreement to the center said otherwise."""
    here = network()
    said = tuple(replace(one, **other) if one.id == "boston-police-bric" else one for one in here.agreements)
    return as_json(reach.Network(here.agencies, said))


def test_every_problem_of_a_file_is_told_at_once(cast):
    here = network()
    agencies = (
        *(replace(one, name="Somebody else") if one.id == "bric" else one for one in here.agencies),
        reach.Agency("no good", "With a blank in its id", "press"),
        reach.Agency("long", "x" * 121, "press"),
    )
    agreements = tuple(replace(one, title="y" * 201) if one.id == "bric-ice" else one for one in here.agreements)
    problems = refused(as_json(reach.Network(agencies, agreements)))
    assert len(problems) == 5
    for words in ("is here as Boston Regional", "(no good).id", "(long).name is longer", "title is longer than 200"):
        assert any(words in one for one in problems), words


def test_other_terms_under_the_same_id_are_no_import(cast):
    (problem,) = refused(changed(clause="elsewhere"))
    assert "(boston-police-bric) is here with other terms" in problem
    (problem,) = refused(changed(end=date(2026, 1, 1)))
    assert "amend" in problem


def test_a_paper_that_is_not_stored_here_is_counted(cast):
    here = network()
    other = replace(here.agreement("bric-ice"), id="elsewhere", document="a" * 64)
    found = take(as_json(reach.Network(here.agencies, (*here.agreements, other))))
    assert found.without_document == 1
    assert network().agreement("elsewhere").document == ""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not JSON"),
        (b'{"agencies": [],\n "agreements": ]', "Line 2"),
        (b"\xff\xfe\x00", "neither JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"agencies": []}', "agreements is missing"),
        (b"<graphml>", ""),
        (b"PK\x03\x04broken", "cannot be opened"),
        (b"x" * (10 * 1024 * 1024 + 1), "larger than 10 MB"),
        (
            json.dumps({"agencies": [{"id": "a", "name": "", "kind": "press"}], "agreements": []}).encode(),
            r"name is empty",
        ),
    ],
    ids=["empty", "broken", "no text", "nested", "incomplete", "xml", "zip", "large", "nameless"],
)
def test_a_file_that_is_no_network_says_why(content, said, cast):
    problems = refused(content)
    assert said in "\n".join(problems)


def packed(**files):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("_", "."), text)
    return made.getvalue()


def test_a_zip_needs_both_tables(cast):
    assert "holds no agreements.csv" in refused(packed(agencies_csv="id,name,kind\n"))[0]


def test_a_zip_names_the_line(cast):
    head = "id,giver,receiver,title,start,end,kinds,purposes,onward,status,source\n"
    wrong = packed(
        agencies_csv="id,name,kind\na,A,other\nb,B,other\n",
        agreements_csv=head
        + "one,a,a,Itself,,,,,yes,documented,S\ntwo,a,b,Late,2020-01-02,2020-01-01,,,yes,documented,S\n",
    )
    problems = "\n".join(refused(wrong))
    assert "agreements.csv, line 2" in problems
    assert "agreements.csv, line 3" in problems


def test_the_office_imports_by_its_form(cast, sign_in):
    client = sign_in("whitfield")
    here = network()
    new = reach.Agency("salem", "Salem Police Department", "local_police")
    content = as_json(reach.Network((*here.agencies, new), here.agreements))
    done = client.post("/agreements/import/", {"network": SimpleUploadedFile("n.json", content)}, follow=True)
    assert b"New: 1 agency, 0 agreements." in done.content
    wrong = client.post("/agreements/import/", {"network": SimpleUploadedFile("n.json", changed(clause="elsewhere"))})
    assert b"Nothing was imported" in wrong.content
    assert b"is here with other terms" in wrong.content


@pytest.mark.parametrize("address", ["network.json", "network.graphml", "network.zip"])
def test_everybody_takes_the_public_network_away(address, seen_transfer, sign_in):
    for username in ("", "raman", "admin"):
        answer = sign_in(username).get(f"/agreements/{address}")
        assert told(read_network(answer.content)) == told(network(public=True)), username
        assert b"SEENWORD" not in answer.content
        assert "office-only" not in answer["Content-Disposition"]


@pytest.mark.parametrize("address", ["network.json", "network.graphml", "network.zip"])
def test_what_is_the_offices_alone_says_so_and_stays_so(address, seen_transfer, sign_in):
    hidden = {"secret-unit"}
    assert read_file(sign_in("").get(f"/agreements/{address}?office").content).office_only == OfficeOnly()
    answer = sign_in("raman").get(f"/agreements/{address}?office")
    assert f"office-only-{address}" in answer["Content-Disposition"]
    taken = read_file(answer.content)
    assert taken.office_only == OfficeOnly.of(hidden, [seen_transfer.slug])
    Agreement.objects.all().delete()
    Agency.objects.filter(slug="secret-unit").delete()
    import_network(
        actor=SYSTEM,
        network=taken.network,
        digest="0" * 64,
        transfers_published=True,
        office_only=taken.office_only,
    )
    assert not Agreement.objects.get(slug=seen_transfer.slug).public
    assert not hidden & {one.id for one in network(public=True).agencies}


@pytest.mark.parametrize("address", ["agreements.csv", "map.pdf"])
def test_what_is_printed_for_the_office_says_so(address, seen_transfer, sign_in):
    office = sign_in("raman")
    assert "office-only" not in office.get(f"/agreements/{address}")["Content-Disposition"]
    assert "office-only" in office.get(f"/agreements/{address}?office")["Content-Disposition"]
    if address.endswith("csv"):
        assert "SEENWORD" not in office.get(f"/agreements/{address}").content.decode()
        (row,) = [
            one
            for one in office.get(f"/agreements/{address}?office").content.decode().splitlines()
            if "SEENWORD" in one
        ]
        assert row.endswith(",no")
        assert "SEENWORD" not in sign_in("").get(f"/agreements/{address}?office").content.decode()


def test_marks_that_say_nothing_are_refused(cast):
    here = json.loads(as_json(network()))
    here["agreements"][0]["public"] = "no"
    assert "agreements[0].public" in refused(json.dumps(here).encode())[0]
    tables = {name.replace(".", "_"): "" for name in ("agencies.csv", "agreements.csv")}
    assert "office-only.csv, line 2" in "".join(
        refused(
            packed(
                **tables
                | {
                    "agencies_csv": "id,name,kind\na,A,press\n",
                    "agreements_csv": "id,giver,receiver,title,start,end,kinds,purposes,onward,status,source\n",
                    "office-only_csv": "table,id\npeople,a\n",
                }
            )
        )
    )


def test_only_counsel_says_that_transfers_of_a_file_are_published(cast, sign_in):
    seen = replace(network().agreement("bric-ice"), id="seen", status="observed", basis="transfer")
    here = network()
    found = reach.Network(here.agencies, (*here.agreements, seen))
    for username in ("whitfield", "admin"):
        with pytest.raises(Impossible, match="Only counsel"):
            import_network(actor=cast.actor(username), network=found, digest="0" * 64, transfers_published=True)
        assert b'name="published"' not in sign_in(username).get("/agreements/import/").content
    assert b'name="published"' in sign_in("raman").get("/agreements/import/").content
    import_network(actor=cast.actor("raman"), network=found, digest="0" * 64, transfers_published=True)
    assert Agreement.objects.get(slug="seen").public
