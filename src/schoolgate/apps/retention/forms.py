"""Forms of retention."""

from typing import Any

from django import forms

from schoolgate.web.forms import DayInput

from .models import Departure, HoldKind

NUMBER_HELP = "As the student information system has it. The name is not written here"


class DayForm(forms.Form):
    """For which day to look."""

    on = forms.DateField(label="Past its time on", widget=DayInput, required=False)


class ToldForm(forms.Form):
    """When the families were told."""

    on = forms.DateField(
        label="The families were told on",
        widget=DayInput,
        help_text="In writing: when their record will be destroyed, and that they may have it before",
    )


class HoldForm(forms.Form):
    """What is held, why, and for how long."""

    kind = forms.ChoiceField(label="Why is it held", choices=HoldKind.choices)
    covers = forms.ChoiceField(
        label="What is held",
        choices=[
            ("report", "One report"),
            ("student", "Every report about one student"),
            ("school", "Every report of one school"),
            ("all", "Everything"),
        ],
    )
    number = forms.CharField(
        label="Number of the report, of the student or of the school",
        max_length=60,
        required=False,
        help_text="Leave it empty if everything is held",
    )
    why = forms.CharField(
        label="The case, the request, or what counsel said",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The office alone reads this",
    )
    starts = forms.DateField(label="From", widget=DayInput)
    until = forms.DateField(
        label="Until, if it is known", widget=DayInput, required=False, help_text="Without it, until counsel lifts it"
    )

    def clean(self) -> dict[str, Any]:
        """Ask for a number where one is needed."""
        data = super().clean() or {}
        if data.get("covers") not in {"all", None} and not (data.get("number") or "").strip():
            self.add_error("number", "Write the number of what is held.")
        return data


class DepartureForm(forms.Form):
    """A student left."""

    number = forms.CharField(label="The student's number", max_length=60, help_text=NUMBER_HELP)
    left_on = forms.DateField(label="Left on", widget=DayInput)
    how = forms.ChoiceField(label="How", choices=Departure.How.choices)
