"""Forms of the registry: agencies, agreements, papers, lists."""

from datetime import date
from typing import Any, Final

from django import forms

from schoolgate.engines.reach import KIND
from schoolgate.web.forms import DayInput

from . import words
from .documents import Paper
from .models import Agency, Agreement
from .services import Entry
from .terms import Terms


def choices(known: dict[str, str], used: set[str]) -> list[tuple[str, str]]:
    """Codes with their words: ours first, then those that the network brought."""
    return [*known.items(), *((code, words.spoken(code)) for code in sorted(used - known.keys()))]


class AgencyForm(forms.Form):
    """An agency, or a unit or system of one."""

    name = forms.CharField(label="Name", max_length=120, help_text="As its own letterhead has it")
    kind = forms.ChoiceField(label="What kind of agency it is")
    form = forms.ChoiceField(label="What it is", choices=list(words.FORMS.items()))
    part_of = forms.ChoiceField(label="Which agency it belongs to", required=False)
    state = forms.CharField(label="State", max_length=2, required=False, help_text="Two letters, such as MA")
    county = forms.CharField(label="County", max_length=60, required=False)
    ori = forms.CharField(
        label="ORI code", max_length=9, required=False, help_text="Nine letters and digits; the FBI gives it to police"
    )
    notes = forms.CharField(
        label="What a reader should know",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Everybody can read it: write nothing about a child",
    )
    for_case = forms.BooleanField(
        label="It is entered for a child's case",
        required=False,
        help_text="Then only the office sees it, until an agreement that everybody may see names it",
    )

    def __init__(
        self,
        *args: Any,  # noqa: ANN401 - a form's own arguments
        agencies: list[Agency],
        agency: Agency | None = None,
        office: bool = False,
        **kwargs: Any,  # noqa: ANN401 - as above
    ) -> None:
        if agency:
            kept = {name: getattr(agency, name) for name in self.base_fields if name != "for_case"}
            part_of = agency.part_of.slug if agency.part_of else ""
            kwargs["initial"] = kept | {"part_of": part_of, "for_case": agency.entered_for_case}
        super().__init__(*args, **kwargs)
        # What was public stays so: the box is there for what is new, and for what the office alone sees.
        if not office or (agency and not agency.entered_for_case):
            del self.fields["for_case"]
        # An agency above it that is not among those offered stays: whoever fills this in does not know of it.
        above_it = agency.part_of if agency else None
        self.unseen = above_it if above_it not in agencies else None
        self.known = {one.slug: one for one in agencies if one != agency}
        kinds = choices(dict(words.AGENCY_KINDS), {one.kind for one in agencies})
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        above = [("", "It stands alone"), *((one.slug, one.name) for one in self.known.values())]
        self.fields["part_of"].choices = above  # type: ignore[attr-defined]

    def entry(self) -> Entry:
        """What was filled in, as the registry keeps it."""
        data = self.cleaned_data
        return Entry(**(data | {"part_of": self.known.get(data["part_of"], self.unseen)}))


class TermsForm(forms.Form):
    """What an agreement says."""

    title = forms.CharField(label="What people call it", max_length=200)
    basis = forms.ChoiceField(label="What sort of reason it is", choices=list(words.BASES.items())[:-1])
    status = forms.ChoiceField(label="How well it is known", choices=list(words.STATUSES.items()))
    source = forms.CharField(label="Where this is written", max_length=300, help_text="A paper, a law, a news report")
    clause = forms.CharField(
        label="The place in it", max_length=120, required=False, help_text="For example: section 4(b), page 7"
    )
    starts = forms.DateField(
        label="First day", required=False, widget=DayInput, help_text="Leave it empty where nobody knows it"
    )
    ends = forms.DateField(label="Last day", required=False, widget=DayInput, help_text="Leave it empty if it has none")
    kinds = forms.MultipleChoiceField(
        label="Which kinds of data it lets move",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Tick none where nobody has read the terms: the page will say that they are not known",
    )
    purposes = forms.MultipleChoiceField(
        label="For which purposes",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Tick none where nobody has read them",
    )
    onward = forms.ChoiceField(
        label="May they pass it on", choices=list(words.ONWARD.items()), widget=forms.RadioSelect, initial="unknown"
    )
    onward_to = forms.MultipleChoiceField(
        label="To whom they may pass it on",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Only where they may pass it on to some",
    )
    notes = forms.CharField(
        label="What a reader should know",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Everybody can read it: write nothing about a child",
    )

    def __init__(self, *args: Any, agencies: list[Agency], agreement: Agreement | None = None, **kwargs: Any) -> None:  # noqa: ANN401 - a form's own arguments
        if agreement:
            kwargs["initial"] = {name: getattr(agreement, name) for name in TERMS} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        used = [agreement.kinds or [], agreement.purposes or []] if agreement else [[], []]
        self.fields["kinds"].choices = choices(dict(words.KINDS), set(used[0]))  # type: ignore[attr-defined]
        self.fields["purposes"].choices = choices(dict(words.PURPOSES), set(used[1]))  # type: ignore[attr-defined]
        kinds = sorted({one.kind for one in agencies})
        self.fields["onward_to"].choices = [  # type: ignore[attr-defined]
            *((KIND + code, f"Every agency of the kind: {words.agency_kind(code)}") for code in kinds),
            *((one.slug, one.name) for one in agencies),
        ]
        if agreement and agreement.status == "observed":
            self.fields["status"].choices = [("observed", "Seen to happen")]  # type: ignore[attr-defined]
            self.fields["basis"].choices = list(words.BASES.items())  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Days in order, and names exactly where they belong."""
        data = super().clean() or self.cleaned_data
        starts, ends = data.get("starts"), data.get("ends")
        if starts and ends and ends < starts:
            self.add_error("ends", "This is before the first day. Correct one of the two.")
        if data.get("onward") == "only" and not data.get("onward_to"):
            self.add_error("onward_to", "Tick to whom they may pass it on, or choose another answer above.")
        if data.get("onward") != "only" and data.get("onward_to"):
            self.add_error("onward", "Choose “Only to some”, or take the ticks below away.")
        return data

    def terms(self) -> Terms:
        """What was filled in, as an agreement holds it."""
        data = {name: self.cleaned_data[name] for name in TERMS if name in self.cleaned_data}
        for name in ("kinds", "purposes"):
            data[name] = tuple(data[name]) or None
        return Terms(**(data | {"onward_to": tuple(data["onward_to"])}))


TERMS: Final = tuple(TermsForm.base_fields)


class PaperFields(forms.Form):
    """A document that one may hand in."""

    document = forms.FileField(
        label="The paper itself",
        required=False,
        help_text="A PDF, PNG, JPEG or text file of at most 10 MB. It is sealed: only the office can open it",
    )
    document_title = forms.CharField(label="What the paper is called", max_length=200, required=False)

    def paper(self) -> Paper | None:
        """The file that was handed in, called as it says, or as its name says."""
        upload = self.cleaned_data.get("document")
        return Paper(self.cleaned_data.get("document_title") or upload.name, upload.read()) if upload else None


class SignForm(TermsForm, PaperFields):
    """A new agreement between two agencies."""

    giver = forms.ChoiceField(label="Whose data moves")
    receiver = forms.ChoiceField(label="Who gets it")
    field_order = ("giver", "receiver")

    def __init__(self, *args: Any, agencies: list[Agency], **kwargs: Any) -> None:  # noqa: ANN401 - a form's own arguments
        super().__init__(*args, agencies=agencies, **kwargs)
        self.known = {one.slug: one for one in agencies}
        for name in ("giver", "receiver"):
            offered = [("", "Choose an agency"), *((one.slug, one.name) for one in agencies)]
            self.fields[name].choices = offered  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Two different agencies."""
        data = super().clean()
        if data.get("giver") and data.get("giver") == data.get("receiver"):
            self.add_error("receiver", "This is the same agency as above. An agreement joins two.")
        return data


class WhyField(forms.Form):
    """Why something is changed."""

    reason = forms.CharField(
        label="Why",
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The office can read it, nobody else",
    )


class AmendForm(TermsForm, PaperFields, WhyField):
    """What an agreement says from a day on."""

    from_day = forms.DateField(label="From which day it says so", widget=DayInput)
    field_order = ("from_day",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - a form's own arguments
        super().__init__(*args, **kwargs)
        del self.fields["starts"]


class CorrectForm(TermsForm, PaperFields, WhyField):
    """What an agreement says and always said."""


class EndForm(WhyField):
    """The last day of an agreement."""

    last_day = forms.DateField(label="Last day on which it holds", widget=DayInput)
    field_order = ("last_day",)


class PublishForm(WhyField):
    """Where everybody can read of a transfer that was seen."""

    source = forms.CharField(
        label="Where everybody can read of it",
        max_length=300,
        help_text="A court file, a news report. Everybody will read this line: no name, and no number of a person",
    )
    field_order = ("source",)


class DocumentForm(PaperFields):
    """The paper behind an agreement."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - a form's own arguments
        super().__init__(*args, **kwargs)
        self.fields["document"].required = True


class NetworkForm(forms.Form):
    """A network in a file."""

    network = forms.FileField(
        label="The file",
        help_text="JSON or GraphML as this site writes it, or a ZIP of agencies.csv and agreements.csv; at most 10 MB",
    )
    published = forms.BooleanField(
        label="Every transfer in it that was seen comes from a published source",
        required=False,
        help_text="Otherwise transfers that were seen are shown to the office alone",
    )

    def __init__(self, *args: Any, counsel: bool, **kwargs: Any) -> None:  # noqa: ANN401 - a form's own arguments
        super().__init__(*args, **kwargs)
        if not counsel:
            del self.fields["published"]


class ListForm(forms.Form):
    """A public list of agencies."""

    name = forms.ChoiceField(label="Which list it is")
    listed = forms.FileField(label="The file", help_text="CSV as its publisher gives it, at most 10 MB")
    published_on = forms.DateField(label="When it was published", widget=DayInput, required=False)

    def __init__(self, *args: Any, lists: dict[str, str], **kwargs: Any) -> None:  # noqa: ANN401 - a form's own arguments
        super().__init__(*args, **kwargs)
        self.fields["name"].choices = list(lists.items())  # type: ignore[attr-defined]


class DayForm(forms.Form):
    """A day to look at."""

    on = forms.DateField(label="Look at another day", widget=DayInput, required=False)

    def day(self, today: date) -> date:
        """The day asked for; today when none, or none that is a day."""
        return (self.cleaned_data.get("on") if self.is_valid() else None) or today
