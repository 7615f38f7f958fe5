"""Forms of the office about a student's relations, and of whoever holds several roles."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django import forms

from schoolgate.apps.access.actors import Role
from schoolgate.web.forms import DayInput

from .models import Basis, LimitKind, RelationKind
from .relation_services import Shown

WHY = "Which paper it is (court, docket number), and what it says. This stays sealed: only the office reads it."


class NumberForm(forms.Form):
    """Which student."""

    number = forms.CharField(
        label="The student's number",
        max_length=60,
        help_text="As the student information system has it, letter for letter",
    )


class RoleForm(forms.Form):
    """Which role to act in."""

    role = forms.ChoiceField(label="Act as", widget=forms.RadioSelect)

    def __init__(self, *args: object, roles: Iterable[Role], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        chosen = sorted(roles, key=lambda one: one.words)
        self.fields["role"].choices = [(one.value, one.words) for one in chosen]  # type: ignore[attr-defined]


class PaperForm(forms.Form):
    """What was shown to the office."""

    dated = forms.DateField(label="The paper's date", widget=DayInput)
    reason = forms.CharField(label="Why", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}), help_text=WHY)

    def shown(self) -> Shown:
        """The paper as the acts take it."""
        return Shown(self.cleaned_data["dated"], self.cleaned_data["reason"])


class EndForm(PaperForm):
    """From which day on something no longer holds."""

    field_order = ("ends", "dated", "reason")
    ends = forms.DateField(label="The first day on which it no longer holds", widget=DayInput)


class ToldForm(PaperForm):
    """When the parent with custody was told."""

    field_order = ("told_on", "dated", "reason")
    told_on = forms.DateField(
        label="The day on which both letters were mailed",
        widget=DayInput,
        help_text="By certified and by first-class mail, in English and in the language of the home",
    )


class GuardianForm(PaperForm):
    """About one of the people who are related to the student."""

    guardian = forms.ChoiceField(label="Who", widget=forms.RadioSelect)

    def __init__(self, *args: object, people: Sequence[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["guardian"].choices = people  # type: ignore[attr-defined]


class LimitForm(GuardianForm):
    """What takes somebody's access away."""

    field_order = ("guardian", "kind", "starts", "last", "dated", "reason")
    kind = forms.ChoiceField(label="What the paper says", choices=LimitKind.choices, widget=forms.RadioSelect)
    starts = forms.DateField(label="From", widget=DayInput)
    last = forms.DateField(
        label="The last day it holds", required=False, widget=DayInput, help_text="Empty if the paper names none"
    )

    @property
    def ends(self) -> date | None:
        """The first day on which it no longer holds."""
        return _after(self.cleaned_data["last"])


class PermissionForm(GuardianForm):
    """What lets somebody see the record of a student of 18."""

    field_order = ("guardian", "basis", "whole", "last", "dated", "reason")
    basis = forms.ChoiceField(label="What is on file", widget=forms.RadioSelect)
    whole = forms.BooleanField(
        label="An agreement is signed and dated, and names the records, what they are for, and this person",
        required=False,
    )
    last = forms.DateField(
        label="The last day it holds", required=False, widget=DayInput, help_text="Empty if the paper names none"
    )

    def __init__(self, *args: object, counsel: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        bases = Basis.choices if counsel else [(Basis.AGREES.value, Basis.AGREES.label)]
        self.fields["basis"].choices = bases  # type: ignore[attr-defined]

    @property
    def ends(self) -> date | None:
        """The first day on which it no longer holds."""
        return _after(self.cleaned_data["last"])

    def clean(self) -> dict[str, object]:
        """An agreement that lacks a part is none (34 CFR 99.30)."""
        data: dict[str, object] = super().clean() or {}
        if data.get("basis") == Basis.AGREES and not data.get("whole"):
            self.add_error("whole", "Without all of this it is no agreement. Ask the student for what is missing.")
        return data


class CollegeForm(PaperForm):
    """From when on a student attends a college and no school of the district."""

    field_order = ("since", "dated", "reason")
    since = forms.DateField(
        label="The first day at the college",
        required=False,
        widget=DayInput,
        help_text="Empty: the student attends none, or a school of the district beside it",
    )


class RelationForm(PaperForm):
    """That somebody is related to the student."""

    field_order = ("number", "kind", "starts", "dated", "reason")
    number = forms.CharField(
        label="The person's number", max_length=60, help_text="As the student information system has it"
    )
    kind = forms.ChoiceField(label="What they are", choices=RelationKind.choices, widget=forms.RadioSelect)
    starts = forms.DateField(label="From", widget=DayInput)


def _after(last: date | None) -> date | None:
    return last + timedelta(days=1) if last else None
