"""Claim files: read like provisions, refused with file, line and remedy when they are wrong."""

from pathlib import Path

import cedarpy
import pytest

from schoolgate.engines.law import Rulebook, load_rulebook
from schoolgate.engines.law.errors import LawError
from schoolgate.engines.law.proving.claims import Claim, load_claims, parse_claim
from support.law import REAL_RULEBOOKS
from support.law_files import provision

FOLDER = REAL_RULEBOOKS / "claims"
BOSTON = load_rulebook(REAL_RULEBOOKS, "boston")
CLAIMS = load_claims(FOLDER, BOSTON.vocabulary)
FORBID = 'forbid (principal == Recipient::"local_police", action == Action::"disclose", resource);'


def text(front: str = "", cedar: str = FORBID, words: str = "In plain words.") -> str:
    block = f"\n```cedar\n{cedar}\n```\n" if cedar else ""
    return f'+++\nid = "a.claim"\ntitle = "A claim"\ncitation = "Code 1"\n{front}\n+++\n\n{words}\n{block}'


def parsed(front: str = "", cedar: str = FORBID, words: str = "In plain words.") -> Claim:
    return parse_claim(text(front, cedar, words), "a.md", BOSTON.vocabulary)


def test_a_claim_says_what_its_file_says(synthetic: Rulebook) -> None:
    claim = parse_claim(
        text(
            'title_es = "Una afirmación"\nkind = "adds_nothing"\nabout = ["f", "s"]\n'
            'besides = ["f.directory"]\ncounsel = ["s.doubtful"]\n[instead]\ninstrument = "none"\nthreat = false\n'
        ),
        "a.md",
        synthetic.vocabulary,
    )
    assert (claim.id, claim.title, claim.title_es, claim.citation) == ("a.claim", "A claim", "Una afirmación", "Code 1")
    assert (claim.kind, claim.effect, claim.act) == ("adds_nothing", "forbid", "disclose")
    assert claim.words == "In plain words."
    assert claim.cedar == FORBID
    assert dict(claim.instead) == {"instrument": 0, "threat": 0}
    assert (claim.besides, claim.counsel) == (("f.directory",), ("s.doubtful",))
    assert claim.concerns(synthetic)
    assert not claim.concerns(BOSTON)


def test_without_a_kind_it_holds_always_and_without_spanish_the_title_stands() -> None:
    claim = parsed()
    assert (claim.kind, claim.title_es) == ("always", "A claim")
    assert claim.concerns(BOSTON)


@pytest.mark.parametrize(
    ("front", "cedar", "words", "line", "says"),
    [
        ('kind = "sometimes"', FORBID, "W.", 5, "this word is unknown"),
        ('owes = "verify_identity"', FORBID, "W.", 5, "owes and the act disagree"),
        ("", FORBID.replace("disclose", "release"), "W.", 2, "owes and the act disagree"),
        ('turns = "permit"', FORBID, "W.", 5, "this key is unknown"),
        ("", "", "W.", 7, "the Cedar block is missing"),
        ("", FORBID, "", 7, "the plain words are missing"),
        ("", FORBID.replace("local_police", "police_of_mars"), "W.", 11, "not declared"),
        ("", FORBID + FORBID.replace("forbid", "permit"), "W.", 11, "do not speak of one act"),
        ("", FORBID.replace("disclose", "review"), "W.", 11, "do not speak of one act"),
        ('kind = "adds_nothing"', FORBID, "W.", 2, "instead is missing"),
        ('kind = "adds_nothing"\n[instead]\nno_such = 1', FORBID, "W.", 7, "it names no fact"),
        ('kind = "adds_nothing"\n[instead]\ninstrument = "spell"', FORBID, "W.", 7, "one of these is expected"),
        ('kind = "needs_door"', FORBID, "W.", 2, "layers is missing"),
        ('kind = "needs_door"\nlayers = ["galactic"]', FORBID, "W.", 6, "a name in it is unknown"),
        (
            'kind = "needs_door"\nlayers = ["federal"]',
            FORBID.replace("forbid", "permit"),
            "W.",
            12,
            "kind needs_door forbids disclosures",
        ),
        ('kind = "missing_facts"\nturns = "sideways"', "", "W.", 6, "this word is unknown"),
        (
            'kind = "missing_facts"\nturns = "permit"\naccepts_defaults = ["judge_signature"]',
            "",
            "W.",
            7,
            "a name in it is unknown",
        ),
        ('kind = "stricter"\nrulebook = "b"', "", "W.", 2, "than is missing"),
        ('kind = "onward"\ntarget = "mars"\ncondition = "c"', FORBID, "W.", 6, "it names no recipient"),
        ('kind = "onward"\ntarget = "local_police"', FORBID, "W.", 2, "condition is missing"),
        (
            'kind = "onward"\ntarget = "local_police"\ncondition = "c"\ninside = ["mars"]',
            FORBID,
            "W.",
            8,
            "a name in it is unknown",
        ),
    ],
)
def test_a_wrong_claim_is_refused_at_its_line(front: str, cedar: str, words: str, line: int, says: str) -> None:
    with pytest.raises(LawError) as caught:
        parsed(front, cedar, words)
    assert says in caught.value.what
    assert caught.value.where == f"a.md:{line}"
    assert caught.value.remedy


def test_an_id_that_cannot_be_used_is_refused() -> None:
    with pytest.raises(LawError, match="this id cannot be used"):
        parse_claim(text().replace("a.claim", "A claim!"), "a.md", BOSTON.vocabulary)


def test_a_folder_is_read_in_the_order_of_ids_and_no_id_twice(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("No claim.", encoding="utf-8")
    (tmp_path / "1.md").write_text(text().replace("a.claim", "b"), encoding="utf-8")
    (tmp_path / "2.md").write_text(text().replace("a.claim", "a"), encoding="utf-8")
    assert [one.id for one in load_claims(tmp_path, BOSTON.vocabulary)] == ["a", "b"]
    (tmp_path / "3.md").write_text(text().replace("a.claim", "b"), encoding="utf-8")
    with pytest.raises(LawError, match=r"3\.md:2: its id stands in another file too"):
        load_claims(tmp_path, BOSTON.vocabulary)


def test_a_provision_is_no_claim() -> None:
    with pytest.raises(LawError, match="this key is unknown"):
        parse_claim(provision("x.door", FORBID.replace("forbid", "permit")), "a.md", BOSTON.vocabulary)


# --- the catalogue -------------------------------------------------------------------------------


@pytest.mark.parametrize("claim", CLAIMS, ids=[one.id for one in CLAIMS])
def test_each_claim_can_be_read_by_counsel_and_by_cedar(claim: Claim) -> None:
    assert claim.title_es != claim.title
    assert len(claim.title) <= 110
    assert not claim.title.endswith(".")
    assert claim.words
    assert (FOLDER / f"{claim.id}.md").is_file()
    if claim.cedar:
        schema = cedarpy.Schema.from_str(BOSTON.vocabulary.cedar_schema)
        result = cedarpy.validate_policies(claim.cedar, schema)
        assert result.validation_passed, [str(error) for error in result.errors]
        assert cedarpy.format_policies(claim.cedar, 100, 2).strip() == claim.cedar


def test_the_catalogue_holds_what_the_law_must_never_lose() -> None:
    assert {one.id for one in CLAIMS} >= {
        "consent.named-party",
        "emergency.ended",
        "emergency.threat",
        "emergency.written",
        "identity.nobody",
        "identity.verify",
        "immigration.onward",
        "missing-facts.deny",
        "missing-facts.permit",
        "notice.court-paper",
        "other-child.door",
        "other-child.family",
        "paper.administrative",
        "protected-kinds.germane",
        "protected-kinds.proxies",
        "stricter.2020",
        "stricter.2025",
    }


def test_every_rulebook_has_claims_that_concern_it() -> None:
    for name in ("boston", "california", "illinois", "new-york"):
        book = load_rulebook(REAL_RULEBOOKS, name)
        assert sum(one.concerns(book) for one in CLAIMS) >= 5, name
