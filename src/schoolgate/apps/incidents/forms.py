"""The forms by which a report is written, a step each."""

from django import forms

from schoolgate.web.forms import ComboBox, DayInput

from .models import INCIDENT_KINDS, PARTICIPANT_ROLES, PLACES, REPORT_KINDS

ALLEGATION_ELEMENTS = {
    "conduct_facts": "Something they did",
    "gang_affiliation": "Gang affiliation",
    "weapon": "A weapon",
    "health": "Health",
    "past_discipline": "Past discipline",
}


class WhenForm(forms.Form):
    """What and when."""

    occurred_on = forms.DateField(label="Day it happened", help_text="For example 2026-11-20", widget=DayInput())
    place = forms.ChoiceField(label="Where", choices=list(PLACES.items()))
    kind = forms.ChoiceField(
        label="What kind of incident",
        choices=[(code, text) for code, text in INCIDENT_KINDS.items() if code != "imported"],
    )
    report_kind = forms.ChoiceField(label="Kind of report", choices=list(REPORT_KINDS.items()))


class PersonForm(forms.Form):
    """One person of the incident: a student, a colleague, or somebody from outside."""

    student = forms.ChoiceField(label="Student of this school", required=False, widget=ComboBox())
    staff = forms.ChoiceField(label="Colleague", required=False, widget=ComboBox())
    outsider_name = forms.CharField(
        label="Somebody from outside", required=False, max_length=80, help_text="A name, if you know it"
    )
    role = forms.ChoiceField(
        label="Part in it", choices=[(code, text) for code, text in PARTICIPANT_ROLES.items() if code != "unknown"]
    )

    def __init__(
        self,
        *args: object,
        students: list[tuple[str, str]],
        staff: list[tuple[str, str]],
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        nobody = ("", "- choose -")
        self.fields["student"].choices = [nobody, *students]  # type: ignore[attr-defined]
        self.fields["staff"].choices = [nobody, *staff]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, object]:
        """Exactly one of the three."""
        data = super().clean() or {}
        if sum(bool(data.get(name)) for name in ("student", "staff", "outsider_name")) != 1:
            raise forms.ValidationError(
                "Choose one person: a student, a colleague, or write the name of somebody from outside."
            )
        return data


class NarrativeForm(forms.Form):
    """What happened, in participant tokens."""

    narrative = forms.CharField(
        label="What happened",
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="Write people as @P1, @S1: the list beside shows who is who. Say whose account each sentence is.",
    )
    weapon = forms.CharField(label="Weapon, if there was one", required=False, max_length=200)
    injury = forms.CharField(label="Injury, if somebody was hurt", required=False, max_length=200)
    response = forms.CharField(label="What the school did", required=False, widget=forms.Textarea(attrs={"rows": 3}))


class ClaimForm(forms.Form):
    """An allegation: something said about a person that nobody has checked."""

    about = forms.ChoiceField(label="About whom")
    text = forms.CharField(label="What is said", widget=forms.Textarea(attrs={"rows": 2}))
    element = forms.ChoiceField(label="What it is about", choices=list(ALLEGATION_ELEMENTS.items()))
    source = forms.CharField(label="Who says so", max_length=200)
    basis = forms.CharField(label="How do they know", max_length=200)

    def __init__(self, *args: object, people: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["about"].choices = people  # type: ignore[attr-defined]
