"""Forms about lists."""

from django import forms

from schoolgate.web.forms import DayInput

from .models import ListKind, Purpose


class ProposeForm(forms.Form):
    """Which list, for which days and for what."""

    kind = forms.ChoiceField(label="Which list", choices=ListKind.choices)
    first_day = forms.DateField(label="First day", widget=DayInput, help_text="Mostly 1 July")
    last_day = forms.DateField(label="Last day", widget=DayInput, help_text="Mostly 30 June of the next year")
    purpose = forms.ChoiceField(label="What it is for", choices=Purpose.choices)
    words = forms.CharField(
        label="Why it is needed now, and who will have it",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Whoever confirms it reads this. Name no child",
    )
