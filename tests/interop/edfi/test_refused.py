"""What must never be imported is planted wherever it could stand, and is found nowhere afterwards."""

from __future__ import annotations

import dataclasses
import json
import os
from collections import Counter
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from schoolgate.interop.edfi import ContactRow, StudentRow, check_folder, read_folder
from schoolgate.interop.edfi.allowed import ALLOWED, READ_INTERCHANGES, Fields, is_refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest

    from schoolgate.interop.edfi import Row, Summary

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))
DATA = Path(__file__).resolve().parents[3] / ".." / "shared" / "data" / "edfi"
NAMESPACE = "http://ed-fi.org/5.2.0"
XSD = "{http://www.w3.org/2001/XMLSchema}"
SENTINEL = "ZQX"
type Element = etree._Element
RECORDS_OF_EACH_KIND = 2
NOT_READ: Fields = {"nothing": {}}
SPELLINGS_OF_THE_API = {
    "visas": "Visa",
    "languages": "Language",
    "identificationDocuments": "IdentificationDocument",
    "personalIdentificationDocuments": "PersonalIdentificationDocument",
    "studentCharacteristics": "StudentCharacteristic",
    "ancestryEthnicOrigins": "AncestryEthnicOrigin",
    "internationalAddresses": "InternationalAddress",
    "studentIndicators": "StudentIndicator",
    "studentIdentificationCodes": "StudentIdentificationCode",
}
ALSO_NEVER = ("Citizenship", "HispanicLatinoEthnicity", "Race", "TribalAffiliation", "BirthStateAbbreviation")


def api_names() -> set[str]:
    stated = json.loads((DATA / "never-import.json").read_text(encoding="utf-8"))
    lists = [names for standard in ("ed-fi 5.0", "ed-fi 6.0") for names in stated[standard].values()]
    return {name.split(" ")[0] for names in lists for name in names}


def xml_names() -> set[str]:
    upper = {
        SPELLINGS_OF_THE_API.get(name, name[:1].upper() + name[1:]).removesuffix("Descriptor") for name in api_names()
    }
    return upper | set(ALSO_NEVER)


class Planter:
    """Makes never-imported elements as the schema shapes them, each value a word of its own."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.elements = 0
        self._number = count()
        schema = etree.parse(str(DATA / "schemas" / "Ed-Fi-Core.xsd")).getroot()
        self._types = {item.get("name"): item for item in schema.iter(f"{XSD}complexType")}
        self._declared = {
            item.get("name", ""): item.get("type", "")
            for item in schema.iter(f"{XSD}element")
            if item.get("type") in self._types
        }

    def word(self) -> str:
        word = f"{SENTINEL}{next(self._number)}."
        self.words.append(word)
        return word

    def plant(self, parent: Element, name: str) -> None:
        its_type = self._declared.get(name, "")
        parent.insert(0, self._shaped(name, its_type))
        parent.insert(0, self._shaped(name, ""))
        parent.append(self._shaped(name, its_type))

    def _shaped(self, name: str, its_type: str, depth: int = 0) -> Element:
        element = etree.Element(f"{{{NAMESPACE}}}{name}")
        element.text = self.word()
        self.elements += 1
        if its_type in self._types and depth < 3:
            for part in self._types[its_type].iter(f"{XSD}element"):
                element.append(self._shaped(part.get("name", ""), part.get("type", ""), depth + 1))
        return element


def groups_in(element: Element, allowed: Fields) -> Iterator[Element]:
    """The record and every allowed element in it that holds elements."""
    if allowed:
        yield element
        for child in list(element):
            name = etree.QName(child).localname
            if name in allowed:
                yield from groups_in(child, allowed[name])


def first_of_each_kind(root: Element) -> list[Element]:
    seen: Counter[str] = Counter()
    first = []
    for record in root:
        seen[record.tag] += 1
        if seen[record.tag] <= RECORDS_OF_EACH_KIND:
            first.append(record)
    return first


def everything_said(rows: list[Row], summary: Summary) -> str:
    dumped = json.dumps([dataclasses.asdict(row) for row in rows], default=str, ensure_ascii=False)
    told = dataclasses.replace(summary, rows={}, unfamiliar_descriptors={}, open_references={})
    return dumped + repr(rows) + repr(summary) + str(told)


def read(folder: Path) -> tuple[list[Row], Summary]:
    summary = check_folder(folder)
    return list(read_folder(folder, checked=summary)), summary


def test_every_name_of_the_list_is_refused_in_both_spellings() -> None:
    whole_resources = {"studentDemographics", "staffDemographics"}
    assert len(api_names()) > 12
    assert [name for name in api_names() | xml_names() | whole_resources if not is_refused(name)] == []


def test_no_allowed_field_is_refused_but_the_language_of_notices() -> None:
    def paths(allowed: Fields, path: str) -> Iterator[str]:
        for name, inner in allowed.items():
            yield f"{path}/{name}"
            yield from paths(inner, f"{path}/{name}")

    refused = {
        path for entity in ALLOWED for path in paths(ALLOWED[entity], entity) if is_refused(path.rpartition("/")[2])
    }
    assert refused == {"Contact/Language", "Contact/Language/Language", "Contact/Language/LanguageUse"}


def test_planted_in_every_place_found_in_none(tmp_path: Path, text_of: Callable[[str], str]) -> None:
    planter = Planter()
    plain, planted = tmp_path / "plain", tmp_path / "planted"
    plain.mkdir()
    planted.mkdir()
    places = 0
    for name in ("EducationOrganization", "StaffAssociation", "Student", "Contact", "StudentDiscipline"):
        root = etree.fromstring(text_of(f"{name}.xml").encode())
        first = first_of_each_kind(root)
        if name == "Contact":
            root[:] = first
        (plain / f"{name}.xml").write_bytes(etree.tostring(root))
        for record in first:
            for group in list(groups_in(record, ALLOWED.get(etree.QName(record).localname, NOT_READ))):
                for never in sorted(xml_names()):
                    planter.plant(group, never)
                group.set("visa", planter.word())
                places += 1
        (planted / f"{name}.xml").write_bytes(etree.tostring(root))

    before, plain_summary = read(plain)
    after, summary = read(planted)

    assert places > 100
    assert len(planter.words) > 5_000
    assert after == before
    assert SENTINEL not in everything_said(after, summary)
    assert summary.drops.refused_count - plain_summary.drops.refused_count == planter.elements + places
    assert summary.drops.dropped_count == plain_summary.drops.dropped_count


def test_the_search_would_find_a_word_that_came_through(one_file: Callable[..., Path]) -> None:
    path = one_file(
        "Student",
        f"<Student><StudentUniqueId>1</StudentUniqueId><Name><FirstName>{SENTINEL}1</FirstName><LastSurname>Aguilar"
        "</LastSurname></Name><BirthData><BirthDate>2010-05-04</BirthDate></BirthData></Student>",
    )
    rows, summary = read(path)

    assert SENTINEL in everything_said(rows, summary)
    assert SENTINEL not in repr(rows)


def test_enrollment_files_are_counted_and_nothing_else(
    district: Callable[..., Path], one_file: Callable[..., Path]
) -> None:
    planter = Planter()
    record = etree.Element(f"{{{NAMESPACE}}}StudentEducationOrganizationAssociation")
    for never in sorted(xml_names()):
        planter.plant(record, never)
    folder = district("Student.xml")
    path = one_file("StudentEnrollment", etree.tostring(record, encoding="unicode"))
    path.rename(folder / path.name)

    rows, summary = read(folder)

    assert SENTINEL not in everything_said(rows, summary)
    counted = [drop for drop in summary.drops.refused if drop.entity == "StudentEducationOrganizationAssociation"]
    assert sum(drop.count for drop in counted) == planter.elements
    assert "InterchangeStudentEnrollment" not in READ_INTERCHANGES


CONTACT = (
    "<Contact><ContactUniqueId>1</ContactUniqueId><Name><FirstName>Rosa</FirstName><LastSurname>Aguilar"
    "</LastSurname></Name>{}</Contact>"
)


def language(code: str, *uses: str) -> str:
    stated = "".join(f"<LanguageUse>uri://ed-fi.org/LanguageUseDescriptor#{use}</LanguageUse>" for use in uses)
    return f"<Language><Language>uri://ed-fi.org/LanguageDescriptor#{code}</Language>{stated}</Language>"


def test_only_the_language_of_notices_is_kept(one_file: Callable[..., Path]) -> None:
    path = one_file(
        "Contact",
        CONTACT.format(
            language("spa", "Native language", "Correspondence language")
            + language("zqx", "Native language", "Home language")
            + language("zqy")
            + language("zqz", "correspondence language of somebody else")
        ),
    )
    rows, summary = read(path)

    (contact,) = rows
    assert isinstance(contact, ContactRow)
    assert [kept.code_value for kept in contact.notice_languages] == ["spa"]
    said = everything_said(rows, summary)
    assert not [word for word in ("zqx", "zqy", "zqz", "Native", "Home") if word in said]
    assert {(drop.field, drop.count) for drop in summary.drops.refused} == {
        ("Language", 3),
        ("Language/Language", 3),
        ("Language/LanguageUse", 4),
    }


@settings(max_examples=TRIALS, deadline=None)
@given(data=st.data())
def test_whatever_else_stands_in_a_record_changes_nothing(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    names = st.from_regex(r"[A-Z][A-Za-z]{0,12}", fullmatch=True)
    allowed = ALLOWED["Student"]
    unknown = names.filter(lambda name: name not in {*allowed, *allowed["Name"], *allowed["BirthData"]})
    drawn = data.draw(st.lists(st.tuples(unknown, st.integers(0, 6), st.integers(0, 3)), max_size=12))
    slots = [""] * 7
    for name, slot, depth in drawn:
        slots[slot] += f"<{name}>{SENTINEL}" * (depth + 1) + f"</{name}>" * (depth + 1)
    record = (
        "<Student>{0}<StudentUniqueId>1</StudentUniqueId>{1}<Name>{2}<FirstName>Marisol</FirstName>{3}<LastSurname>"
        "Aguilar</LastSurname>{4}</Name><BirthData>{5}<BirthDate>2010-05-04</BirthDate></BirthData>{6}</Student>"
    )
    path = tmp_path_factory.mktemp("planted") / "Student.xml"
    path.write_text(
        f'<InterchangeStudent xmlns="{NAMESPACE}">{record.format(*slots)}</InterchangeStudent>',
        encoding="utf-8",
    )

    rows, summary = read(path)

    (student,) = rows
    assert isinstance(student, StudentRow)
    assert (student.student_unique_id, student.name.first, student.name.last) == ("1", "Marisol", "Aguilar")
    assert SENTINEL not in everything_said(rows, summary)
    assert summary.drops.dropped_count + summary.drops.refused_count >= len(drawn)
