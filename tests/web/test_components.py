import re
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from django import forms
from django.template import Context, Template, TemplateSyntaxError
from django.template.loader import render_to_string
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from lxml.html import HtmlElement

from schoolgate.web import STATES, day_text, deadline_text, moment_text, short_day_text
from schoolgate.web.forms import ComboBox, DayInput
from schoolgate.web.icons import SHAPES
from support.gallery import Everything, Failed, context

FILED = datetime(2026, 11, 23, 19, 5, tzinfo=UTC)
DUE = date(2026, 12, 4)


def shown(source: str, **values: object) -> str:
    return Template("{% load schoolgate %}" + source).render(Context(values))


def parsed(markup: str) -> HtmlElement:
    return html.document_fromstring(markup)


def words(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


@pytest.fixture
def gallery() -> HtmlElement:
    return parsed(render_to_string("web/gallery.html", context()))


class TestDates:
    def test_a_moment_is_shown_in_the_districts_time(self) -> None:
        assert moment_text(FILED) == "Mon 23 Nov 2026, 14:05"

    def test_days(self) -> None:
        assert day_text(DUE) == "Fri 4 Dec 2026"
        assert short_day_text(DUE) == "Fri 4 Dec"

    def test_just_after_midnight_in_london_it_is_still_the_day_before(self) -> None:
        assert day_text(datetime(2026, 11, 24, 0, 30, tzinfo=UTC)) == "Mon 23 Nov 2026"

    def test_a_moment_without_a_zone_is_refused(self) -> None:
        with pytest.raises(ValueError, match="time zone"):
            moment_text(FILED.replace(tzinfo=None))

    @pytest.mark.parametrize(
        ("left", "counted", "sentence"),
        [
            (8, "business", "due Fri 4 Dec (8 business days left)"),
            (1, "business", "due Fri 4 Dec (1 business day left)"),
            (0, "business", "due today, Fri 4 Dec"),
            (-1, "business", "overdue: was due Fri 4 Dec (1 business day ago)"),
            (-3, "calendar", "overdue: was due Fri 4 Dec (3 calendar days ago)"),
            (2, "calendar", "due Fri 4 Dec (2 calendar days left)"),
            (None, "business", "due Fri 4 Dec 2026"),
        ],
    )
    def test_deadlines(self, left: int | None, counted: str, sentence: str) -> None:
        assert deadline_text(DUE, left, counted=counted) == sentence

    def test_nobody_counts_working_days(self) -> None:
        with pytest.raises(ValueError, match="working"):
            deadline_text(DUE, 8, counted="working")

    @given(
        st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2090, 1, 1)),  # noqa: DTZ001 - zoned below
        st.integers(min_value=-14, max_value=14),
    )
    def test_one_moment_reads_the_same_from_every_zone(self, naive: datetime, hours: int) -> None:
        moment = naive.replace(tzinfo=UTC)
        assert moment_text(moment.astimezone(timezone(timedelta(hours=hours)))) == moment_text(moment)

    def test_the_machine_readable_date_goes_with_the_words(self) -> None:
        assert shown("{{ filed|day }}", filed=FILED) == '<time datetime="2026-11-23">Mon 23 Nov 2026</time>'
        assert 'datetime="2026-11-23T19:05+00:00"' in shown("{{ filed|moment }}", filed=FILED)
        assert shown("{{ filed|moment }}{{ filed|day }}{{ filed|short_day }}", filed=None) == ""


class TestWordsAndShapes:
    @pytest.mark.parametrize("code", sorted(STATES))
    def test_every_state_has_a_word_and_a_shape(self, code: str) -> None:
        state = html.fragment_fromstring(shown("{% state code %}", code=code))
        assert words(state) == str(STATES[code].word)
        assert state.find(".//path").get("d") == SHAPES[STATES[code].shape]

    def test_no_two_opposites_share_a_shape(self) -> None:
        for one, other in [
            ("permit", "deny"),
            ("open", "shut"),
            ("opens", "forbids"),
            ("permit", "ask"),
            ("deny", "ask"),
        ]:
            assert STATES[one].shape != STATES[other].shape

    def test_the_word_can_be_replaced_and_is_escaped(self) -> None:
        assert "&lt;b&gt;" in shown("{% state 'refused' word %}", word="<b>")

    @pytest.mark.parametrize("source", ["{% state 'maybe' %}", "{% icon 'dragon' %}"])
    def test_an_unknown_state_or_shape_is_an_error(self, source: str) -> None:
        with pytest.raises(TemplateSyntaxError, match="there are"):
            shown(source)

    def test_what_stands_in_a_sentence_brings_no_space(self) -> None:
        sentence = shown('({% citation "603 CMR 23.07" "#p" %}), {% deadline due 8 %}, {% withheld %}.', due=DUE)
        assert words(html.fragment_fromstring(f"<p>{sentence}</p>")) == (
            "(603 CMR 23.07), due Fri 4 Dec (8 business days left), withheld."
        )

    def test_every_withheld_mark_is_the_same(self) -> None:
        assert len(set(re.findall(r"<span.*?</span>", shown("{% withheld %} {% withheld %}")))) == 1

    def test_a_citation_links_to_the_provision_and_says_it_in_plain_words(self) -> None:
        cite = html.fragment_fromstring(shown('{% citation "603 CMR 23.07" "/law/x" "Families are told first." %}'))
        assert cite.find(".//a").get("href") == "/law/x"
        assert cite.find_class("sg-cite__plain")[0].text == "Families are told first."


class TestTables:
    def test_each_cell_knows_its_row_and_its_column(self) -> None:
        table = html.fragment_fromstring(
            shown("{% table 'Left' columns rows total %}", columns=["Who", ("How many", "number")],
                  rows=[("Police", 3), ("Court", 4)], total=("All", 7))
        )  # fmt: skip
        assert words(table.find("caption")) == "Left"
        assert [head.get("scope") for head in table.iter("th")] == ["col", "col", "row", "row", "row"]
        assert [(cell.get("data-label"), words(cell)) for cell in table.iter("td")] == [
            ("How many", "3"), ("How many", "4"), ("How many", "7"),
        ]  # fmt: skip
        assert all("sg-number" in cell.get("class") for cell in table.iter("td"))

    @given(st.integers(1, 6), st.integers(1, 6))
    def test_a_ragged_row_is_an_error(self, columns: int, cells: int) -> None:
        def draw() -> str:
            return shown("{% table 'T' columns rows %}", columns=["c"] * columns, rows=[["x"] * cells])

        if columns == cells:
            assert draw().count("c</th>") == columns
        else:
            with pytest.raises(ValueError, match="row of"):
                draw()

    def test_cells_are_escaped(self) -> None:
        assert "<script>" not in shown("{% table 'T' columns rows %}", columns=["c"], rows=[["<script>"]])


class TestForms:
    def test_every_control_has_a_label(self) -> None:
        form = html.fragment_fromstring(f"<form>{Everything()}</form>")
        labelled = {label.get("for") for label in form.iter("label")}
        controls = [c for c in form.xpath(".//input | .//select | .//textarea") if c.get("type") != "hidden"]
        assert len(controls) == 14
        assert {control.get("id") for control in controls} <= labelled

    def test_groups_of_options_have_a_legend_and_their_hint(self) -> None:
        form = html.fragment_fromstring(f"<form>{Everything()}</form>")
        paper, people = form.iter("fieldset")
        assert words(paper.find("legend")) == "Which paper came with it (required)"
        assert form.get_element_by_id(paper.get("aria-describedby")).text.startswith("A warrant that no judge")
        assert words(people.find("legend")) == "Who was there"

    def test_only_required_fields_say_so(self) -> None:
        form = Everything()
        for field in form:
            assert ("(required)" in field.as_field_group()) is field.field.required

    def test_an_error_stands_at_its_field_and_in_the_summary(self) -> None:
        form = html.fragment_fromstring(f"<form>{Failed(data={'day': 'yesterday'})}</form>")
        day = form.get_element_by_id("id_day")
        assert day.get("aria-invalid") == "true"
        assert words(form.get_element_by_id(day.get("aria-describedby"))) == "Enter a valid date."
        links = [link.get("href").removeprefix("#") for link in form.find_class("sg-errors")[0].iter("a")]
        assert [form.get_element_by_id(link).tag for link in links] == ["input", "input"]

    def test_what_was_typed_stays(self) -> None:
        form = Everything(data={"title": "A quarrel", "story": "They argued.", "people": ["P2"], "paper": "judge"})
        page = html.fragment_fromstring(f"<form>{form}</form>")
        assert page.get_element_by_id("id_title").get("value") == "A quarrel"
        assert page.get_element_by_id("id_story").text.strip() == "They argued."
        assert {c.get("value") for c in page.xpath(".//input[@checked]")} == {"P2", "judge"}

    def test_a_form_without_errors_has_no_summary(self) -> None:
        assert "sg-errors" not in str(Everything())

    def test_errors_of_the_whole_form_are_shown(self) -> None:
        class Refused(forms.Form):
            secret = forms.CharField(widget=forms.HiddenInput)

            def clean(self) -> None:
                raise forms.ValidationError("The day is before the school year.")

        summary = html.fragment_fromstring(f"<form>{Refused(data={})}</form>").find_class("sg-errors")[0]
        assert [words(item) for item in summary.iter("li")] == [
            "The day is before the school year.",
            "This field is required.",
        ]

    def test_own_classes_of_a_control_are_kept(self) -> None:
        class Short(forms.Form):
            day = forms.DateField(widget=DayInput({"class": "usa-input--short"}), initial=DUE)
            who = forms.ChoiceField(widget=ComboBox, choices=[("a", "A")])

        page = html.fragment_fromstring(f"<form>{Short()}</form>")
        assert page.get_element_by_id("id_day").get("class") == "usa-input usa-input--short"
        assert page.get_element_by_id("id_day").get("value") == "2026-12-04"
        assert page.get_element_by_id("id_who").getparent().get("class") == "usa-combo-box"

    def test_the_component_and_the_form_draw_the_same(self) -> None:
        form = Everything()
        drawn = shown('{% include "components/field.html" with field=field %}', field=form["story"])
        assert drawn.strip() == form["story"].as_field_group().strip()


class TestPages:
    def test_the_strict_policy_has_nothing_to_forbid(self, gallery: HtmlElement) -> None:
        assert gallery.xpath("//@style") == []
        assert gallery.xpath("//style | //script[not(@src)]") == []
        assert [name for name in gallery.xpath("//@*") if name.attrname.startswith("on")] == []
        addresses = gallery.xpath("//@src | //@href | //@action")
        assert [a for a in addresses if re.match(r"(?i)(https?:)?//|data:|javascript:", a)] == []

    def test_ids_are_unique_and_references_lead_somewhere(self, gallery: HtmlElement) -> None:
        ids = gallery.xpath("//@id")
        assert len(ids) == len(set(ids))
        for name in ("for", "aria-labelledby", "aria-describedby", "aria-controls", "data-copy"):
            for reference in gallery.xpath(f"//@{name}"):
                assert set(reference.split()) <= set(ids), reference

    def test_the_answer_is_the_one_first_heading(self, gallery: HtmlElement) -> None:
        first, *others = gallery.xpath("//h1")
        assert words(first).startswith("Part of this may leave: 5 of 12 elements")
        assert others == []

    def test_headings_skip_no_level(self, gallery: HtmlElement) -> None:
        levels = [int(heading.tag[1]) for heading in gallery.xpath("//h1 | //h2 | //h3 | //h4")]
        assert all(below - above <= 1 for above, below in pairwise(levels))

    def test_the_header_names_the_role_and_signs_out_by_post(self, gallery: HtmlElement) -> None:
        header = gallery.find(".//header")
        assert "Dana Whitfield, acting as Records officer" in words(header)
        assert header.find(".//form").get("method") == "post"

    def test_the_current_page_is_marked_in_the_navigation(self, gallery: HtmlElement) -> None:
        assert [words(link) for link in gallery.xpath("//nav//*[@aria-current='page' and @href]")] == ["Requests"]

    def test_a_visitor_has_no_sign_out_and_no_token(self) -> None:
        page = parsed(render_to_string("base.html", {}))
        assert page.xpath("//form") == []

    def test_the_demonstration_says_so(self, gallery: HtmlElement) -> None:
        assert "invented" in words(gallery.find_class("sg-demo")[0])
        assert "sg-demo" not in render_to_string("base.html", {"demo_data": False})

    def test_why_one_can_see_this(self, gallery: HtmlElement) -> None:
        assert "Mon 23 Nov 2026, 14:05" in words(gallery.find_class("sg-why-box")[0])
        assert "sg-why-box" not in render_to_string("base.html", {})

    def test_arabic_runs_from_right_to_left(self) -> None:
        with translation.override("ar"):
            page = parsed(render_to_string("base.html", {}))
        assert (page.get("lang"), page.get("dir")) == ("ar", "rtl")
        assert page.xpath("//link[@rel='stylesheet']/@href")[0].endswith("schoolgate.rtl.css")

    @pytest.mark.parametrize("name", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"])
    def test_error_pages_need_nothing_and_say_nothing_of_the_cause(self, name: str) -> None:
        bare = render_to_string(name)
        assert bare == render_to_string(name, {**context(), "exception": "Marisol", "request_path": "/r/1"})
        page = parsed(bare)
        assert len(page.xpath("//h1")) == 1
        assert page.xpath("//script | //form | //@style") == []
