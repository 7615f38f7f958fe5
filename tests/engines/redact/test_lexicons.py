"""Every lexicon can be read: its forms, the lists they name, and what an entry must say."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import pytest

from schoolgate.engines.redact.finder.forms import form

FOLDER = files("schoolgate.engines.redact").joinpath("data", "lexicons")
LEXICONS = sorted(one.name for one in FOLDER.iterdir() if one.name.endswith(".toml"))
LANGUAGES = ("en", "es", "pt", "ht", "any")


def read(name: str) -> Mapping[str, Any]:
    return tomllib.loads(FOLDER.joinpath(name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", LEXICONS)
def test_every_form_is_one_and_every_list_is_there(name):
    lexicon = read(name)
    lists = {**read("lists.toml")["lists"], **lexicon.get("lists", {})}
    entries = lexicon.get("entry", [])
    assert entries or lexicon["lists"]
    for entry in entries:
        assert entry["reason"]
        assert entry["directness"] in {"direct", "oblique", "proxy"}
        assert {entry["needs"]} - {""} <= lists.keys() if "needs" in entry else True
        assert set(entry.get("unless", ())) <= lists.keys()
        forms = [one for language in LANGUAGES for one in entry.get(language, ())]
        assert forms, entry["reason"]
        for one in forms:
            assert form(one, lists).expression
    if name != "people.toml":
        for words in lexicon.get("lists", {}).values():
            assert all(form(word, {}).expression for word in words)
