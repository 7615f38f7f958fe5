"""A word of its own in every field of the published schemas: only words of allowed fields come through, anywhere."""

from __future__ import annotations

import dataclasses
import json
import logging
import re
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from schoolgate.interop.edfi import ContactRow, ReadingProblems
from schoolgate.interop.edfi.allowed import ALLOWED, NOTICE_LANGUAGE_USE, Fields, is_refused
from schoolgate.interop.edfi.rest import RESOURCES, ApiError, ApiLimits, ApiReading, Credentials, EdfiApi, begin
from schoolgate.interop.edfi.rest.fields import FIELDS, Field
from support.edfi_asking import DATA, STANDARDS, answering, spec_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from schoolgate.interop.edfi.rest import ApiSummary, Told
    from support.edfi_asking import Asking

WORD = re.compile(r"ZQX[0-9]+\.")
ENVELOPE = {"id", "_etag", "_lastModifiedDate"}
SHORTEST = 8
"""Characters of the shortest field that holds a word; only a county's code is shorter."""
type Path = tuple[str, ...]


class Filler:
    """Makes a record with everything that a schema allows, each text a word of its own."""

    def __init__(self, standard: str) -> None:
        self._schemas = spec_of(standard)["components"]["schemas"]
        self.words: dict[str, Path] = {}
        self.language_use = ""

    def record(self, resource: str) -> dict[str, Any]:
        stated = "edFi_" + resource[:-1]
        return self._object(self._schemas[stated], (resource,))

    def word(self, path: Path) -> str:
        word = f"ZQX{len(self.words)}."
        self.words[word] = path
        return word

    def _object(self, schema: dict[str, Any], path: Path) -> dict[str, Any]:
        return {name: self._value(its, (*path, name)) for name, its in schema.get("properties", {}).items()}

    def _value(self, schema: dict[str, Any], path: Path) -> object:
        if "$ref" in schema:
            return self._object(self._schemas[schema["$ref"].rpartition("/")[2]], path)
        match schema["type"]:
            case "array":
                return [self._value(schema["items"], path), self._value(schema["items"], path)]
            case "object":
                return self._object(schema, path)
            case "boolean":
                return True
            case "integer" | "number":
                return 7
        return self._text(schema, path)

    def _text(self, schema: dict[str, Any], path: Path) -> str:
        name = path[-1]
        if schema.get("format", "").startswith("date"):
            return "2026-01-05"
        if name == "incidentTime":
            return "14:30:00"
        if name == "languageUseDescriptor" and self.language_use:
            return self.language_use
        if schema.get("maxLength", SHORTEST) < SHORTEST:
            return "x" * schema["maxLength"]
        word = self.word(path)
        if name.endswith("Descriptor"):
            return f"uri://ed-fi.org/{name[:1].upper()}{name[1:]}#{word}"
        assert len(word) <= schema.get("maxLength", 100)
        return word


def allowed_by(fields: Mapping[str, Field], path: Path) -> Iterator[Path]:
    for name, field in fields.items():
        if field.inner is None:
            yield (*path, name)
        else:
            yield from allowed_by(field.inner, (*path, name))


def leaves(fields: Fields, path: Path) -> set[Path]:
    return {
        leaf for name, inner in fields.items() for leaf in (leaves(inner, (*path, name)) if inner else {(*path, name)})
    }


def elements(fields: Mapping[str, Field], path: Path) -> set[Path]:
    """Where the fields that are read stand in the bulk XML."""
    found: set[Path] = set()
    for field in fields.values():
        here = (*path, *field.within, *((field.name,) if field.name else ()))
        found |= {here} if field.inner is None else elements(field.inner, here)
    return found


def never_imported() -> set[str]:
    stated = json.loads((DATA / "never-import.json").read_text(encoding="utf-8"))
    lists = [names for standard in ("ed-fi 5.0", "ed-fi 6.0") for names in stated[standard].values()]
    return {name.split(" ")[0] for names in lists for name in names}


def said_by(told: list[Told], summary: ApiSummary) -> str:
    rows = json.dumps([dataclasses.asdict(one) for one in told], default=str, ensure_ascii=False)  # type: ignore[arg-type]
    return rows + repr(told) + repr(summary)


def test_the_fields_that_are_read_are_those_of_the_allow_list_and_no_others() -> None:
    assert list(RESOURCES.values()) == list(FIELDS) == list(ALLOWED)
    for entity, fields in FIELDS.items():
        assert elements(fields, ()) == leaves(ALLOWED[entity], ()), entity


def test_every_field_that_is_read_is_one_that_a_published_schema_has() -> None:
    for resource, entity in RESOURCES.items():
        published: set[Path] = set()
        for standard in STANDARDS:
            filler = Filler(standard)
            record = filler.record(resource)
            published |= paths_of(record, ())
        assert set(allowed_by(FIELDS[entity], ())) <= published, resource


def paths_of(value: object, path: Path) -> set[Path]:
    if isinstance(value, dict):
        return {leaf for name, inner in value.items() for leaf in paths_of(inner, (*path, name))}
    if isinstance(value, list):
        return {leaf for inner in value for leaf in paths_of(inner, path)}
    return {path}


def test_no_field_that_is_read_is_refused_but_the_language_of_notices() -> None:
    read = {name for fields in FIELDS.values() for path in allowed_by(fields, ()) for name in path}
    assert len(never_imported()) > 12
    assert read & never_imported() == {"languages"}
    assert {name for name in read if is_refused(name)} == {"languages", "languageDescriptor", "languageUseDescriptor"}


@pytest.mark.parametrize("standard", STANDARDS)
def test_only_words_of_allowed_fields_come_through(
    serve: Callable[..., Asking], standard: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    filler = Filler(standard)
    asking = serve(standard)
    for resource in sorted(asking.mock.resources):
        if resource != "localEducationAgencies":
            asking.mock.put(resource, filler.record(resource), checked=False)
    client = asking.client()
    reading = ApiReading(client)
    pages = list(reading.pages(begin(client)))
    told = [one for page in pages for one in page.told]

    expected = {
        word
        for word, (resource, *path) in filler.words.items()
        if resource in RESOURCES and tuple(path) in set(allowed_by(FIELDS[RESOURCES[resource]], ()))
        if "languages" not in path
    }
    assert len(told) == 10
    assert len(filler.words) > 500
    assert len(expected) > 80
    said = said_by(told, reading.summary())
    assert set(WORD.findall(said)) == expected
    assert not {filler.words[word][-1] for word in WORD.findall(said)} & never_imported()
    kept = "".join(page.after.to_text() + repr(page) for page in pages) + repr(told) + repr(reading.summary())
    assert not WORD.search(kept + caplog.text)


def test_a_contact_keeps_only_the_languages_of_notices(serve: Callable[..., Asking]) -> None:
    filler = Filler("5.0")
    filler.language_use = NOTICE_LANGUAGE_USE
    record = filler.record("contacts")
    record["languages"][1]["uses"] = [{"languageUseDescriptor": "uri://ed-fi.org/LanguageUseDescriptor#Home language"}]
    asking = serve("5.0")
    asking.mock.put("contacts", record, checked=False)
    client = asking.client()
    reading = ApiReading(client)
    (contact,) = [one for page in reading.pages(begin(client)) for one in page.told]

    assert isinstance(contact, ContactRow)
    kept = {word for word, path in filler.words.items() if path == ("contacts", "languages", "languageDescriptor")}
    assert len(kept) == 2
    assert [language.code_value for language in contact.notice_languages] == [min(kept, key=lambda w: int(w[3:-1]))]
    assert "Home" not in said_by([contact], reading.summary())


@pytest.mark.parametrize("standard", STANDARDS)
def test_errors_quote_nothing(standard: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    def spoiled(value: object, word: str) -> object:
        """Every value of the wrong kind: objects where values should be, and the other way; far too long."""
        if isinstance(value, dict):
            return {name: spoiled(inner, word) for name, inner in value.items()}
        if isinstance(value, list):
            return [spoiled(inner, word) for inner in value]
        return f"{word} " * 300

    told = 0
    for resource in RESOURCES:
        filler = Filler(standard)
        record = filler.record(resource)
        word = filler.word(())
        for variant in (
            spoiled(record, word),
            {name: {"inner": word} for name in record},
            dict.fromkeys(record, f"{word} " * 300),
            {name: [[word]] for name in record},
            word,
            [word],
        ):
            client = EdfiApi("https://api.example.org", Credentials("k", "s"), answering(resource, [variant]))
            with pytest.raises(ReadingProblems) as caught:
                ApiReading(client).check(begin(client))
            said = "".join(traceback.format_exception(caught.value)) + repr(caught.value.problems) + str(caught.value)
            assert resource in said
            assert not WORD.search(said)
            told += len(caught.value.problems)
    assert told > 300
    assert not WORD.search(caplog.text)


@pytest.mark.parametrize("upset", ["no-json", "object", "html", "cut", "status 500", "status 400", "status 409"])
def test_broken_pages_are_not_quoted(
    serve: Callable[..., Asking], upset: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    asking = serve("5.0")
    asking.mock.put("students", Filler("5.0").record("students"), checked=False)
    asking.mock.upsets["students"] = [upset] * 6
    with pytest.raises(ApiError) as caught:
        asking.told()
    assert not WORD.search("".join(traceback.format_exception(caught.value)) + repr(caught.value.__context__))
    assert not WORD.search(caplog.text)


def test_a_record_without_bottom_or_end_is_refused(serve: Callable[..., Asking]) -> None:
    asking = serve("5.0")
    deep: dict[str, Any] = {"studentUniqueId": "1"}
    for _ in range(30):
        deep = {"inner": deep}
    asking.mock.put("students", {"studentUniqueId": "1", "unknown": deep}, checked=False)
    with pytest.raises(ApiError, match="nested at most 24 deep"):
        asking.told()

    asking = serve("5.0")
    asking.limits = ApiLimits(record_fields=50)
    asking.mock.put("students", {"studentUniqueId": "1", **{f"field{n}": n for n in range(50)}}, checked=False)
    with pytest.raises(ApiError, match="at most 50 fields"):
        asking.told()

    asking = serve("5.0")
    asking.limits = ApiLimits(page_bytes=1024 * 1024, attempts=1)
    asking.mock.put("students", {"studentUniqueId": "1", "unknown": "x" * 1024 * 1024}, checked=False)
    with pytest.raises(ApiError, match="at most 1 MiB"):
        asking.told()
