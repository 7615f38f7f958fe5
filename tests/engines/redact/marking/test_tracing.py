"""Copies printed, scanned and passed on are traced to whoever had them, and nobody else ever is.

Each trial has a release, a copy and a scan of its own. `make trials` does the full counts: 100 copies, 30 of each harm.
"""

import re

import numpy as np
import pytest

from schoolgate.engines.redact import marking
from support.marked import COPIES, KEY, copy_id, everyone, release
from support.scans import Scanner, printed, scanned

FULL = 100
HARMS = {
    "background whitened": Scanner(white_from=225),
    "second print and scan": Scanner(generations=2, noise=8, blur=0.6, quality=50),
    "100 dpi": Scanner(dpi=100),
    "300 dpi": Scanner(dpi=300),
    "upside down": Scanner(upside_down=True),
    "nearly empty": Scanner(),
}


def count(trials: int, full: int) -> int:
    return full if trials >= FULL else 1


def traced(pages, seed: int, paragraphs: int = 8) -> marking.Traced:
    plain = release(seed, paragraphs)
    return marking.trace(pages, everyone(), release=lambda _: plain, suspects=[copy_id(seed)])


def names(result: marking.Traced) -> set[str]:
    return {one.copy for one in result.named}


def copy_of(seed: int) -> str:
    return copy_id(seed * 7919 % COPIES)


def test_a_copy_printed_and_scanned_names_its_recipient(trials):
    for seed in range(count(trials, 100)):
        paper = printed(marking.mark(release(seed), KEY, copy_of(seed)))
        result = traced([scanned(paper, seed)], seed)
        assert names(result) == {copy_of(seed)}, f"copy {seed}: {result}"


@pytest.mark.parametrize("harm", HARMS)
def test_a_harmed_copy_names_its_recipient_27_times_of_30_and_never_another(harm, trials):
    tries, right = count(trials, 30), 0
    for seed in range(1000, 1000 + tries):
        paragraphs = 0 if harm == "nearly empty" else 8
        paper = printed(marking.mark(release(seed, paragraphs), KEY, copy_of(seed)))
        named = names(traced([scanned(paper, seed, HARMS[harm])], seed, paragraphs))
        assert named <= {copy_of(seed)}, f"copy {seed}: a wrong one is named"
        right += bool(named)
    assert right >= 0.9 * tries, f"{right} of {tries}"


def test_two_who_put_their_copies_together_are_both_named(trials):
    tries, both = count(trials, 30), 0
    for seed in range(2000, 2000 + tries):
        pair = {copy_of(seed), copy_of(seed + 5000)}
        papers = [printed(marking.mark(release(seed), KEY, one)) for one in sorted(pair)]
        ways = (np.mean(papers, axis=0), np.minimum(*papers), np.maximum(*papers))
        # Averaged is what counts; the darker and the lighter of the two are tried beside it.
        named = names(traced([scanned(ways[0], seed)], seed))
        assert named <= pair, f"pair {seed}: a wrong one is named"
        both += named == pair
        other = names(traced([scanned(ways[1 + seed % 2], seed)], seed))
        assert other <= pair
        assert other, f"pair {seed}: nobody is named"
    assert both >= 0.9 * tries, f"{both} of {tries}"


def test_nobody_is_named_for_pages_without_marks(trials):
    for seed in range(3000, 3000 + count(trials, 100)):
        result = traced([scanned(printed(release(seed)), seed)], seed)
        assert not result.named, f"page {seed}: {result}"
        assert str(result).startswith("No copy is named: the best score is ")


def test_a_file_that_was_saved_again_names_its_recipient_and_says_so_in_words():
    pdf = marking.mark(release(1), KEY, copy_of(1))
    result = traced(pdf, 1)
    assert names(result) == {copy_of(1)}
    assert result.hypotheses == 8, "both marks, for the whole and for each of three pages"
    assert result.pages == tuple((one,) for (one,) in result.pages), "each page alone names the same one"
    assert {look.kind for look in result.looks} == {marking.Kind.DOTS, marking.Kind.WORDS}
    assert all(look.best > result.threshold for look in result.looks), "each mark alone would do"
    said = (
        rf"Made from copy {copy_of(1)} by its dots, score \d\d\.\d\. 8\.3 is needed \(compared with all 100,000 codes "
        r"that were issued, by dots and words\)\. The chance that anyone is named who has nothing to do with the pages "
        r"is at most 1e-09\."
    )
    assert re.fullmatch(said, str(result))


def test_a_copier_of_black_and_white_and_a_quarter_turn_leave_the_words():
    page = scanned(printed(marking.mark(release(3), KEY, copy_of(3))), 3)
    result = traced([np.rot90(np.where(page > 140, 255, 0))], 3)
    assert names(result) == {copy_of(3)}
    assert result.named[0].kind is marking.Kind.WORDS


def test_dots_alone_do_without_any_release_and_with_a_part_of_the_page():
    paper = printed(marking.mark(release(2), KEY, copy_of(2)))
    result = marking.trace([paper[600:2000, 500:2000]], everyone(), dpi=300)
    assert names(result) == {copy_of(2)}
    assert result.hypotheses == 1


def test_of_several_releases_the_one_that_looks_like_the_page_is_taken():
    paper = printed(marking.mark(release(5), KEY, copy_of(5)))
    page = scanned(paper, 5, HARMS["background whitened"])
    plain = {copy_id(n): release(n) for n in (4, 5)} | {copy_id(6): None}
    result = marking.trace([page], everyone(), release=plain.get, suspects=sorted(plain))
    assert names(result) == {copy_of(5)}
    assert result.named[0].kind is marking.Kind.WORDS
    assert result.hypotheses == 2


@pytest.mark.parametrize("paper", ["white", "noise", "black"])
def test_pages_that_are_none_name_nobody(paper):
    noise = np.random.default_rng(1).integers(0, 256, (1650, 1275))
    page = {"white": np.full((1650, 1275), 255), "noise": noise, "black": np.zeros((1650, 1275))}[paper]
    assert not traced([page], 1).named


@pytest.mark.parametrize(
    ("pages", "word"),
    [
        ([], "no page"),
        (b"no pdf", "no PDF, PNG, JPEG or TIFF"),
        (b"%PDF-1.7 and nothing else", "cannot be read as a PDF"),
        ([np.zeros((300, 300, 3))], "gray picture"),
        ([np.zeros((30, 30))], "gray picture"),
        ([np.zeros((9000, 300))], "larger than any letter page"),
    ],
)
def test_what_cannot_be_traced_is_refused(pages, word):
    with pytest.raises(marking.MarkError, match=word):
        traced(pages, 1)
