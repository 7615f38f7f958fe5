"""What is kept is what would be made anew, and no more of it than was said."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from schoolgate.engines.kept import Kept
from schoolgate.engines.law import LawError, amend, load_rulebook, program_for
from support.law_files import PROVISIONS, write_files


def test_what_was_asked_for_longest_ago_goes_first() -> None:
    made: list[str] = []
    kept: Kept[str, str] = Kept(2)

    def get(key: str) -> str:
        return kept.get(key, lambda: made.append(key) or key.upper())

    assert [get(key) for key in ("a", "b", "a", "c", "a", "b")] == ["A", "B", "A", "C", "A", "B"]
    assert made == ["a", "b", "c", "b"]


def test_what_could_not_be_made_is_tried_again() -> None:
    kept: Kept[str, float] = Kept(2)
    with pytest.raises(ZeroDivisionError):
        kept.get("a", lambda: 1 / 0)
    assert kept.get("a", lambda: 1.0) == 1.0


def test_threads_that_make_a_thing_at_once_share_one() -> None:
    kept: Kept[str, object] = Kept(2)
    together = Barrier(4)

    def make() -> object:
        together.wait(timeout=30)
        return object()

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: kept.get("a", make), range(4)))
    assert len(set(map(id, found))) == 1


def test_a_file_that_changes_is_read_anew(folder: Path) -> None:
    first = load_rulebook(write_files(folder), "synthetic")
    again = load_rulebook(folder, "synthetic")
    assert (again.digest, again.provisions) == (first.digest, first.provisions)
    day, kind = max(first.cutovers), "local_police"
    assert program_for(first, day, kind) is program_for(again, day, kind)
    text = PROVISIONS["us/ma/floor.md"].replace("unless { context.germane_elements.contains(resource) }", "")
    changed = load_rulebook(write_files(folder, {"us/ma/floor.md": text}), "synthetic")
    assert changed.digest != first.digest
    assert changed.provisions["s.floor"] != first.provisions["s.floor"]
    assert program_for(changed, day, kind) is not program_for(first, day, kind)
    assert load_rulebook(write_files(folder), "synthetic").provisions == first.provisions


def test_nouns_that_change_are_read_anew(folder: Path) -> None:
    first = load_rulebook(write_files(folder), "synthetic")
    facts = (folder / "facts.toml").read_text(encoding="utf-8").replace('"court", "agency"', '"agency", "court"')
    changed = load_rulebook(write_files(folder, {"facts.toml": facts}), "synthetic")
    assert changed.provisions["f.paper"].rules != first.provisions["f.paper"].rules


def test_what_cedar_refuses_is_refused_each_time(folder: Path) -> None:
    book = load_rulebook(write_files(folder), "synthetic")
    never = PROVISIONS["us/ma/floor.md"].replace('ElementGroup::"listed_37l"', 'ElementGroup::"unheard_of"')
    for _ in range(2):
        with pytest.raises(LawError):
            load_rulebook(write_files(folder, {"us/ma/floor.md": never}), "synthetic")
        with pytest.raises(LawError):
            amend(book, [never])
