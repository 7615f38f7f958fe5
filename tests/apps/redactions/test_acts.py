"""Deciding marks, finishing a review, and what follows for the law and for a copy."""

import json
from dataclasses import replace

import pytest
from django.db import connection

from schoolgate.apps.ledger.acts import Impossible, NotAllowed
from schoolgate.apps.redactions import deciding
from schoolgate.apps.redactions.deciding import Why

pytestmark = pytest.mark.django_db

BOOK = Why("public_place", "It is the title of a book")


def facts_of(kind):
    from schoolgate.apps.ledger.models import Opening

    return [json.loads(one.record)["facts"] for one in Opening.objects.filter(kind=kind).order_by("happened_at")]


def test_until_a_person_decides_every_proposed_mark_counts(at_bench):
    review = at_bench.review()
    assert review.standing.undecided == at_bench.total
    assert not review.finished
    assert {"neighborhood", "phone"} <= {one.category for one in review.spans}


def test_tokens_and_the_field_that_names_somebody_need_no_decision(at_bench):
    review = at_bench.review()
    certain = {(one.part.partition(":")[0], one.category) for one in review.proposal.certain}
    assert certain <= {("narrative", "person_known"), ("field", "person_known")}
    texts = dict(review.document.parts())
    undecided = [texts[one.span.part][one.span.start : one.span.end] for one in review.standing.marks]
    assert "617 555 0134" in undecided
    assert {"Eagle Hill", "in Eagle Hill"} & set(undecided)
    assert not {"@P1", "@P2", "Marisol Aguilar", "Kevin Chen"} & set(undecided)


def test_a_review_is_finished_when_every_mark_is_decided_and_not_before(at_bench):
    from schoolgate.apps.redactions.selectors import review_state, said_finished

    with pytest.raises(Impossible, match=f"{at_bench.total} marks are still undecided"):
        at_bench.finish()
    with pytest.raises(Impossible, match="every mark must be decided"):
        at_bench.review().require_finished()
    at_bench.keep_all()
    assert not review_state(at_bench.report).finished, "somebody must say so"
    assert not said_finished(at_bench.report)
    at_bench.finish()
    state = review_state(at_bench.report)
    assert (state.finished, state.marks, state.undecided) == (True, at_bench.total, 0)
    assert said_finished(at_bench.report)
    at_bench.review().require_finished()


def test_deciding_again_opens_a_finished_review(at_bench):
    at_bench.keep_all()
    at_bench.finish()
    officer = at_bench.cast.actor("whitfield")
    at_bench.decide("whitfield", deciding.unmark(officer, [at_bench.mark("phone")], Why("misread")))
    assert not at_bench.review().finished
    at_bench.finish()
    assert at_bench.review().finished


def test_a_finder_that_has_learned_opens_a_finished_review(at_bench):
    from schoolgate.apps.incidents.document import document_for
    from schoolgate.apps.incidents.selectors import unsealed
    from schoolgate.apps.redactions import proposing
    from schoolgate.apps.redactions.history import Texts
    from schoolgate.apps.redactions.models import Proposed
    from schoolgate.engines import redact

    opened = unsealed(at_bench.report)
    document = document_for(opened)
    known = [one for one in redact.marks(document) if one.category != "phone"]
    proposing._keep(opened.version, 1, proposing.finder_state(), Texts.of_document(document), known)
    at_bench.keep_all()
    at_bench.finish()
    assert at_bench.review().finished, "the same finder is not asked again"
    Proposed.objects.update(finder="an older one")
    review = at_bench.review()
    assert {one.span.category for one in review.standing.marks if one.state == "undecided"} == {"phone"}
    assert not review.finished
    assert Proposed.objects.count() == 2, "what it proposed is kept"


def test_a_rejected_mark_does_not_count_and_needs_a_reason(at_bench):
    officer = at_bench.cast.actor("whitfield")
    phone = at_bench.mark("phone")
    with pytest.raises(Impossible, match="Choose why"):
        deciding.unmark(officer, [phone], Why())
    with pytest.raises(Impossible, match="own words what it is"):
        deciding.unmark(officer, [phone], Why("other"))
    at_bench.decide("whitfield", deciding.unmark(officer, [phone], Why("misread")))
    assert "phone" not in {one.category for one in at_bench.review().spans}


def test_protected_words_need_words_of_ones_own_and_a_second_person(at_bench):
    officer = at_bench.cast.actor("whitfield")
    hill = at_bench.mark("neighborhood")
    with pytest.raises(Impossible, match="own words why it tells nothing protected"):
        deciding.unmark(officer, [hill], Why("public_place"))
    at_bench.keep_all()
    at_bench.decide("whitfield", deciding.unmark(officer, [hill], BOOK))
    with pytest.raises(Impossible, match="another person"):
        at_bench.finish("whitfield")
    at_bench.finish("raman")
    assert at_bench.review().finished


def test_narrowing_a_protected_mark_is_as_taking_words_off(at_bench):
    officer = at_bench.cast.actor("whitfield")
    hill, review = at_bench.mark("neighborhood"), at_bench.review()
    with pytest.raises(Impossible, match="Choose why"):
        deciding.move(officer, review, hill, "narrower", Why())
    at_bench.keep_all()
    at_bench.decide("whitfield", deciding.move(officer, review, hill, "narrower", BOOK))
    narrowed = at_bench.mark("neighborhood")
    assert narrowed.span.end == hill.span.end - len(" Hill")
    with pytest.raises(Impossible, match="another person"):
        at_bench.finish("whitfield")
    at_bench.decide("whitfield", deciding.move(officer, at_bench.review(), narrowed, "wider", Why()))
    at_bench.finish("whitfield")


def test_bounds_move_word_by_word_and_stop_at_the_ends(at_bench):
    officer, review = at_bench.cast.actor("whitfield"), at_bench.review()
    phone = at_bench.mark("phone")
    entry = deciding.move(officer, review, phone, "wider-start", Why())
    assert review.document.narrative()[entry.start : entry.end] == "called 617 555 0134"
    moved = replace(phone, span=replace(phone.span, start=entry.start))
    back = deciding.move(officer, review, moved, "narrower-start", Why())
    assert (back.start, back.end) == (phone.span.start, phone.span.end)
    whole = replace(phone, span=replace(phone.span, start=0, end=len(review.document.narrative())))
    for how in ("wider", "wider-start"):
        with pytest.raises(Impossible, match="no further word"):
            deciding.move(officer, review, whole, how, Why())


def test_all_like_this_are_of_the_same_kind_and_words(at_bench):
    review = at_bench.review()
    officer = at_bench.cast.actor("whitfield")
    places = deciding.places_of(review.document, "Eagle Hill")
    at_bench.decide("whitfield", *deciding.add(officer, review, places, "ethnicity", ""))
    like = deciding.alike(at_bench.review(), at_bench.mark("ethnicity"))
    assert [(one.span.part, one.span.start, one.span.end) for one in like] == places
    at_bench.decide("whitfield", deciding.unmark(officer, like, BOOK))
    assert "ethnicity" not in {one.category for one in at_bench.review().spans}


def test_marking_by_hand_widens_to_words_and_is_not_done_twice(at_bench):
    officer, review = at_bench.cast.actor("whitfield"), at_bench.review()
    at = review.document.narrative().index("cousin")
    (entry,) = deciding.add(officer, review, [("narrative", at + 2, at + 4)], "gang", "")
    assert review.document.narrative()[entry.start : entry.end] == "cousin"
    at_bench.decide("whitfield", entry)
    assert at_bench.mark("gang").by_hand
    with pytest.raises(Impossible, match="marked so already"):
        deciding.add(officer, at_bench.review(), [("narrative", at, at + 6)], "gang", "")
    with pytest.raises(Impossible, match="not in the report"):
        deciding.add(officer, review, deciding.places_of(review.document, "nowhere at all"), "gang", "")
    for place in ("narrative|5|5", "narrative|0|99999", "nothing|0|3", "narrative|x|3", ""):
        with pytest.raises(Impossible):
            deciding.place_from(review.document, place)


def test_undo_is_one_more_entry_and_only_of_ones_own(at_bench):
    officer, counsel = at_bench.cast.actor("whitfield"), at_bench.cast.actor("raman")
    at_bench.keep_all()
    with pytest.raises(Impossible, match="nothing of yours"):
        deciding.undo(counsel, at_bench.review())
    at_bench.decide("whitfield", deciding.undo(officer, at_bench.review()))
    review = at_bench.review()
    assert review.standing.undecided == at_bench.total
    assert len(review.entries) == 2, "nothing is taken out of the history"
    with pytest.raises(Impossible, match="nothing of yours"):
        deciding.undo(officer, review)


def test_nobody_signs_what_another_did(at_bench):
    entry = deciding.keep(at_bench.cast.actor("whitfield"), [at_bench.mark("phone")])
    with pytest.raises(NotAllowed, match="oneself"):
        at_bench.decide("raman", entry)
    with pytest.raises(NotAllowed):
        at_bench.decide("abreu", entry)
    with pytest.raises(Impossible, match="nothing to sign"):
        at_bench.decide("whitfield")
    with pytest.raises(Impossible, match="look at its marks again"):
        at_bench.decide("whitfield", replace(entry, marks=("m000000000000",)))


def test_the_log_is_told_numbers_and_codes_only(at_bench):
    officer = at_bench.cast.actor("whitfield")
    at_bench.keep_all()
    at_bench.decide("whitfield", deciding.unmark(officer, [at_bench.mark("neighborhood")], BOOK))
    at_bench.finish("raman")
    for facts in (*facts_of("marks_decided"), *facts_of("review_finished")):
        text = json.dumps(facts)
        assert not any(word in text for word in ("Eagle", "neighborhood", "book", "narrative", "phone"))
    last = facts_of("review_finished")[0]
    assert (last["taken_off"], last["protected_bared"], last["reasons"]) == (1, 1, {"public_place": 1})
    assert last["marks"] == at_bench.total


def test_nothing_of_a_mark_is_in_clear_in_the_tables(at_bench, sign_in):
    officer = at_bench.cast.actor("whitfield")
    at_bench.keep_all()
    at_bench.decide("whitfield", deciding.unmark(officer, [at_bench.mark("neighborhood")], BOOK))
    sign_in("raman").post(
        f"/reports/{at_bench.report.pk}/marks/do/", {"do": "keep", "mark": at_bench.mark("neighborhood").id}
    )
    with connection.cursor() as cursor:
        for table in ("redactions_proposed", "redactions_batch", "redactions_benchdraft", "redactions_finish"):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows = cursor.fetchall()
            assert rows or table == "redactions_finish", table
            for value in (value for row in rows for value in row):
                raw = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                assert not any(word in raw for word in (b"neighborhood", b"narrative", b"Eagle", b"public_place")), (
                    table
                )


def test_the_law_decides_on_the_reviewed_marks(at_bench):
    from schoolgate.demonstration import story

    cast, officer = at_bench.cast, at_bench.cast.actor("whitfield")
    _, before = story.asked_and_decided(cast, at_bench.report, story.GRAND_JURY)
    assert {"neighborhood", "phone"} <= set(before.case["elements"])
    at_bench.keep_all()
    review = at_bench.review()
    hills = [one for one in review.standing.marks if one.span.category == "neighborhood"]
    at_bench.decide("whitfield", deciding.unmark(officer, hills, BOOK))
    added = deciding.add(officer, review, deciding.places_of(review.document, "cousin"), "religion", "")
    at_bench.decide("whitfield", *added)
    _, after = story.asked_and_decided(cast, at_bench.report, story.GRAND_JURY)
    assert "neighborhood" not in after.case["elements"]
    assert {"religion", "phone"} <= set(after.case["elements"])


def test_a_family_reads_by_the_reviewed_marks_and_by_whose_a_sentence_is(at_bench):
    from schoolgate.apps.families.records import family_view
    from schoolgate.apps.incidents.selectors import unsealed
    from schoolgate.engines import redact

    def reads():
        view = family_view(unsealed(at_bench.report), at_bench.cast.actor("aguilar")).view
        return "".join(p.text for run in view.paragraphs for p in run if isinstance(p, redact.Shown))

    assert "shook hands" not in reads(), "nobody has said whose it is"
    officer, review = at_bench.cast.actor("whitfield"), at_bench.review()
    at_bench.decide("whitfield", deciding.tell_subjects(officer, review, 3, ["P1"]))
    assert "They shook hands" in reads()
    at_bench.decide("whitfield", deciding.tell_subjects(officer, at_bench.review(), 1, ["P2"]))
    assert "lives in" not in reads()
    for wrong in ((99, ["P1"]), (0, ["S1"])):
        with pytest.raises(Impossible, match="students of this report"):
            deciding.tell_subjects(officer, review, *wrong)


def test_marks_for_is_what_the_review_says(at_bench):
    from schoolgate.apps.incidents.document import document_for
    from schoolgate.apps.incidents.selectors import unsealed
    from schoolgate.apps.redactions.selectors import marks_for

    officer = at_bench.cast.actor("whitfield")
    at_bench.decide("whitfield", deciding.unmark(officer, [at_bench.mark("phone")], Why("misread")))
    document = document_for(unsealed(at_bench.report), frozenset({"P1"}))
    assert set(marks_for(at_bench.report, document)) == set(at_bench.review().spans)


def test_a_new_version_is_reviewed_anew(at_bench):
    from schoolgate.apps.incidents.selectors import unsealed
    from schoolgate.apps.incidents.services import add_version

    at_bench.keep_all()
    at_bench.finish()
    opened = unsealed(at_bench.report)
    body = replace(opened.body, narrative=opened.body.narrative + " @P1 called 617 555 0177.")
    add_version(at_bench.report, body, signed_by=at_bench.cast.users["abreu"])
    review = at_bench.review()
    assert not review.finished
    assert review.standing.undecided == len(review.standing.marks) > 0
