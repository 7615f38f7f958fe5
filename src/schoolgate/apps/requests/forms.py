"""Forms about requests."""

from django import forms

from .models import INSTRUMENTS


class AskForm(forms.Form):
    """An agency's ask, with its instrument."""

    whom = forms.CharField(
        label="Whose record do you ask for",
        max_length=200,
        help_text="Name the student or students your paper names",
    )
    when = forms.CharField(label="When did it happen", max_length=120, help_text="A day, or the report's number")
    purpose = forms.ChoiceField(label="What is it for")
    why = forms.CharField(label="Say why you need it", widget=forms.Textarea(attrs={"rows": 3}))
    instrument = forms.ChoiceField(label="Which paper do you have", choices=list(INSTRUMENTS.items()))
    paper = forms.CharField(
        label="Number of the paper, and who signed it",
        required=False,
        max_length=200,
        help_text="The district checks the paper itself before anything is decided",
    )

    def __init__(self, *args: object, purposes: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["purpose"].choices = purposes  # type: ignore[attr-defined]


class ProposeForm(forms.Form):
    """Counsel's proposal to permit more."""

    elements = forms.MultipleChoiceField(label="What should leave besides", widget=forms.CheckboxSelectMultiple)
    reason = forms.CharField(
        label="Why",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="A second person reads this, and so may a court",
    )

    def __init__(self, *args: object, elements: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["elements"].choices = elements  # type: ignore[attr-defined]
