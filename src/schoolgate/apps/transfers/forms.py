"""Forms about copies that moved on."""

from collections.abc import Iterable
from typing import Any

from django import forms

from schoolgate.apps.agencies.models import Agency
from schoolgate.web.forms import DayInput

from .models import HOW, OWN_ANSWER

NOT_LISTED = ("", "Not in the list: I write its name")
LATER = "Leave it empty if it is the same day"


class _TransferForm(forms.Form):
    """What every form about a transfer asks: between whom, and when."""

    def __init__(self, *args: object, agencies: Iterable[Agency], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.agencies = {str(one.pk): one for one in agencies}
        listed = [(pk, one.name) for pk, one in self.agencies.items()]
        for name in ("giver", "receiver"):
            field = self.fields[name]
            field.choices = listed if field.required else [NOT_LISTED, *listed]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Turn the choices into agencies, and a missing last day into the first."""
        data = super().clean() or {}
        for name in ("giver", "receiver"):
            data[name] = self.agencies.get(data.get(name, ""))
        first = data.get("first_day")
        data["last_day"] = data.get("last_day") or first
        if first and data["last_day"] < first:
            self.add_error("last_day", "This is before the first day. Correct one of the two.")
        return data


class TellForm(_TransferForm):
    """Somebody tells of a copy that moved on."""

    receiver = forms.ChoiceField(label="Where was it seen", required=False)
    receiver_name = forms.CharField(label="Its name, if it is not in the list", required=False, max_length=120)
    giver = forms.ChoiceField(
        label="Who passed it on", required=False, help_text="Who had it before. If you don't know, say so below"
    )
    giver_name = forms.CharField(
        label="Its name, if it is not in the list (or: not known)", max_length=120, required=False
    )
    first_day = forms.DateField(
        label="On which day", widget=DayInput, help_text="When it moved, or the first day on which it may have"
    )
    last_day = forms.DateField(label="Or until which day", widget=DayInput, required=False, help_text=LATER)
    how = forms.ChoiceField(label="How do you know", choices=list(HOW.items()))
    copy = forms.CharField(
        label="Number of the copy or the report",
        required=False,
        max_length=40,
        help_text="It stands at the top of each page, such as C-7QK2M9X. Leave it empty if you don't know it",
    )
    story = forms.CharField(
        label="What did you see",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="The records office alone reads this",
    )
    citation = forms.CharField(
        label="Where can it be looked up",
        required=False,
        max_length=300,
        help_text="A docket and exhibit number, a newspaper and its day, an address",
    )
    paper = forms.FileField(
        label="The document, if you have it",
        required=False,
        help_text="A PDF, a picture or plain text, up to 10 MB. It is sealed; the office alone can open it",
    )

    def __init__(self, *args: object, answers_for_itself: bool = False, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if not answers_for_itself:
            listed = [one for one in HOW.items() if one[0] != OWN_ANSWER]
            self.fields["how"].choices = listed  # type: ignore[attr-defined]


class AcceptForm(_TransferForm):
    """What the office makes of a tip."""

    giver = forms.ChoiceField(label="Who passed it on")
    receiver = forms.ChoiceField(label="Who got it")
    first_day = forms.DateField(label="On which day", widget=DayInput)
    last_day = forms.DateField(label="Or until which day", widget=DayInput, required=False, help_text=LATER)
    how = forms.ChoiceField(
        label="How it was learned",
        choices=list(HOW.items()),
        help_text="As the evidence shows, whatever was told. The letters say it",
    )
    number = forms.CharField(
        label="Number of the copy or the report that was seen",
        required=False,
        max_length=40,
        help_text="Without it the office works out which copies it can have been",
    )
    published = forms.CharField(
        label="Where everybody can read of it",
        required=False,
        max_length=300,
        help_text="Only for what was published. Public pages show it once counsel says so. Write no name and no number",
    )


class NumberForm(forms.Form):
    """Which copy it was."""

    number = forms.CharField(
        label="Number of the copy or the report that was seen", max_length=40, help_text="For example C-7QK2M9X"
    )


class ReasonForm(forms.Form):
    """Why a tip is not accepted, or what came of a case."""

    reason = forms.CharField(label="Why", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class LetterForm(forms.Form):
    """Counsel's words."""

    to = forms.CharField(label="To", max_length=400, widget=forms.Textarea(attrs={"rows": 2}))
    subject = forms.CharField(label="Subject", max_length=200)
    body = forms.CharField(
        label="Text",
        max_length=12_000,
        widget=forms.Textarea(attrs={"rows": 16}),
        help_text="An empty line begins a new paragraph. Write no child's name: the copy's number is enough",
    )
    english = forms.CharField(
        label="The same in English, subject first",
        required=False,
        max_length=6000,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    answer_by = forms.DateField(
        label="Ask for an answer by",
        required=False,
        widget=DayInput,
        help_text="A day that the office chooses: no statute gives one for this letter",
    )

    def __init__(self, *args: object, bilingual: bool, asks: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if not bilingual:
            del self.fields["english"]
        if not asks:
            del self.fields["answer_by"]
