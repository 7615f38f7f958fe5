"""Records of the XML sample as the API would give them, by the names of the published OpenAPI file alone.

It knows nothing of the product's own tables of fields: it keeps every field that the schema of the API has.
"""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

type Json = dict[str, Any]


class FromXml:
    """Turns elements of the bulk XML into JSON records."""

    def __init__(self, spec: Json) -> None:
        self._schemas = spec["components"]["schemas"]
        self._identities: dict[str, Any] = {}

    def records(self, path: Path) -> Iterator[tuple[str, Json]]:
        """Each record of a file that the API has, with its resource."""
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        root = etree.fromstring(data)
        self._identities = {element.get("id"): element for element in root if element.get("id")}
        for element in root:
            name = etree.QName(element).localname
            schema = self._schemas.get(f"edFi_{name[:1].lower()}{name[1:]}")
            if schema is not None:
                record: Json = {}
                self._fill(record, schema, element, name)
                # Their system is an attribute in the bulk XML, and required in the API.
                record.pop("identificationCodes", None)
                yield _plural(name[:1].lower() + name[1:]), record

    def _fill(self, record: Json, schema: Json, element: Any, within: str) -> None:
        for child in element:
            name = etree.QName(child).localname
            self._put(record, schema, child, name, within)

    def _put(self, record: Json, schema: Json, child: Any, name: str, within: str) -> None:
        properties = schema["properties"]
        for spelled in _spellings(name, within):
            if spelled not in properties:
                continue
            its = self._resolved(properties[spelled])
            if its["type"] == "array":
                item_schema = self._resolved(its["items"])
                item: Json = {}
                if name.endswith("Reference") and spelled != name:
                    self._put(item, item_schema, child, name, "")
                elif len(child):
                    self._fill(item, item_schema, child, name)
                else:
                    self._put(item, item_schema, child, name, "")
                record.setdefault(spelled, []).append(item)
            elif its["type"] == "object":
                target = record.setdefault(spelled, {})
                self._fill(target, its, self._referred(child), name)
            else:
                record[spelled] = _value(its, child.text or "")
            return
        if len(child):  # a group that the API has not: its fields stand in the record
            self._fill(record, schema, child, name)

    def _referred(self, reference: Any) -> Any:
        """What a reference says; one that names an id says what that record's key is."""
        if len(reference) or not reference.get("ref"):
            return reference
        return self._identities[reference.get("ref")]

    def _resolved(self, schema: Json) -> Json:
        return self._schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def _spellings(name: str, within: str) -> Iterator[str]:
    bare = name.removeprefix(within) if within and name != within else name
    for spelled in dict.fromkeys((name, bare, name.removesuffix("Reference"))):
        if spelled:
            camel = spelled[:1].lower() + spelled[1:]
            yield from (camel, f"{camel}Descriptor", _plural(camel))


def _plural(name: str) -> str:
    if name.endswith("y"):
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith("s") else f"{name}s"


def _value(schema: Json, text: str) -> object:
    text = text.strip()
    match schema["type"]:
        case "boolean":
            return text == "true"
        case "integer":
            return int(text)
        case "number":
            return float(text)
    return text
