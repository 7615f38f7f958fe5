"""The forms by which a report is written, a step each."""

from collections.abc import Iterable
from uuid import UUID

from django import forms
from django.http import QueryDict

from schoolgate.apps.access.moment import today
from schoolgate.apps.people.directory import name_index
from schoolgate.engines.vault import VaultError
from schoolgate.web.forms import ClockInput, ComboBox, DayInput, MomentInput

from .allegation_services import OUTCOMES
from .holders import HolderLine
from .models import INCIDENT_KINDS, PARTICIPANT_ROLES, PLACES, OrderKind, ToldHow
from .vocabulary import BEHAVIORS, INJURIES, REPORT_KINDS, RESTORATIVE, WEAPONS

NONE = ("", "- none -")
ANY = ("", "- any -")

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
    occurred_at = forms.TimeField(label="Time of day, if you know it", required=False, widget=ClockInput())
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
    response = forms.CharField(label="What the school did", required=False, widget=forms.Textarea(attrs={"rows": 3}))


class MoreForm(forms.Form):
    """What is asked only where it fits: codes, a weapon, an injury, what mends it."""

    weapon = forms.CharField(label="Weapon, if there was one", required=False, max_length=200)
    weapon_kind = forms.ChoiceField(label="Kind of weapon", required=False, choices=[NONE, *WEAPONS.items()])
    injury = forms.CharField(label="Injury, if somebody was hurt", required=False, max_length=200)
    injury_level = forms.ChoiceField(label="How badly", required=False, choices=[NONE, *INJURIES.items()])
    restorative = forms.MultipleChoiceField(
        label="What was done to mend it",
        required=False,
        choices=list(RESTORATIVE.items()),
        widget=forms.CheckboxSelectMultiple(),
    )
    behaviors = forms.MultipleChoiceField(
        label="What was done, in the codes that the state counts",
        required=False,
        choices=list(BEHAVIORS.items()),
        widget=forms.CheckboxSelectMultiple(),
    )


class AccountsForm(forms.Form):
    """What each person says, beside what happened."""

    def __init__(self, *args: object, people: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for token, label in people:
            self.fields[f"account-{token}"] = forms.CharField(
                label=f"What {label} says", required=False, widget=forms.Textarea(attrs={"rows": 3})
            )

    @property
    def accounts(self) -> dict[str, str]:
        """Token -> account, of those who say anything."""
        said = {name.removeprefix("account-"): text.strip() for name, text in self.cleaned_data.items()}
        return {token: text for token, text in said.items() if text}


class ClaimForm(forms.Form):
    """An allegation: something said about a person that nobody has checked."""

    about = forms.ChoiceField(label="About whom")
    text = forms.CharField(label="What is said", widget=forms.Textarea(attrs={"rows": 2}))
    element = forms.ChoiceField(label="What it is about", choices=list(ALLEGATION_ELEMENTS.items()))
    source = forms.CharField(label="Who says so", max_length=200)
    basis = forms.CharField(label="How do they know", max_length=200)
    review_on = forms.DateField(
        label="When will you look at it again",
        required=False,
        widget=DayInput(),
        help_text="Within 30 days. What nobody has confirmed after 90 leaves the report.",
    )

    def __init__(self, *args: object, people: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["about"].choices = people  # type: ignore[attr-defined]


class SignForm(forms.Form):
    """Why a report is corrected: signed and kept with the new version."""

    correction = forms.CharField(label="Why do you correct it", widget=forms.Textarea(attrs={"rows": 2}))


class StepForm(forms.Form):
    """When a step was done, if not just now."""

    at = forms.DateTimeField(label="When, if not just now", required=False, widget=MomentInput())


class ReviewForm(forms.Form):
    """What became of an allegation."""

    outcome = forms.ChoiceField(label="What became of it", choices=list(OUTCOMES.items()), widget=forms.RadioSelect())
    reason = forms.CharField(label="How do you know", widget=forms.Textarea(attrs={"rows": 2}))


class OrderForm(forms.Form):
    """An order about a report, as its paper says it."""

    kind = forms.ChoiceField(label="What it orders", choices=OrderKind.choices, widget=forms.RadioSelect())
    dated_on = forms.DateField(label="Day of the order", widget=DayInput())
    court = forms.CharField(label="Which court or office", max_length=120)
    docket = forms.CharField(label="Docket number", max_length=60, required=False)


class ToldForm(forms.Form):
    """That somebody who holds a copy of an expunged report was told."""

    holder = forms.ChoiceField(label="Who was told")
    told_on = forms.DateField(label="On which day", widget=DayInput())
    how = forms.ChoiceField(label="How", choices=ToldHow.choices, widget=forms.RadioSelect())

    def __init__(self, data: QueryDict | None, *, lines: Iterable[HolderLine]) -> None:
        super().__init__(data)
        waiting = [one.holder for one in lines if not one.knows]
        choices = [(f"{one.copy} {one.agency.pk}", f"{one.agency.name}, copy {one.copy}") for one in waiting]
        self.fields["holder"] = forms.ChoiceField(label="Who was told", choices=choices)

    def clean_holder(self) -> tuple[str, UUID]:
        """The copy's number, and the agency."""
        copy, _, agency = str(self.cleaned_data["holder"]).partition(" ")
        return copy, UUID(agency)


class OpenForm(forms.Form):
    """Why counsel must open what an order keeps shut."""

    reason = forms.CharField(label="Why must you open it", widget=forms.Textarea(attrs={"rows": 2}))


STATES = {
    "waiting": "Waits for the principal",
    "corrected": "Corrected",
    "review": "An allegation is due",
    "sealed": "Sealed by order",
}


class SearchForm(forms.Form):
    """What one looks for. There is no search in what reports say."""

    number = forms.CharField(label="Number of the report", required=False, max_length=20)
    student_number = forms.CharField(label="Student's number", required=False, max_length=40)
    student_name = forms.CharField(
        label="Or the student's name",
        required=False,
        max_length=120,
        help_text="First and last name, as the directory has them. Give the birth date too",
    )
    born = forms.DateField(label="The student's birth date", required=False, widget=DayInput())
    student = forms.ChoiceField(label="Or choose a student", required=False, widget=ComboBox())
    school = forms.ChoiceField(label="School", required=False)
    first = forms.DateField(label="From the day", required=False, widget=DayInput())
    last = forms.DateField(label="To the day", required=False, widget=DayInput())
    kind = forms.ChoiceField(label="Kind of incident", required=False, choices=[ANY, *INCIDENT_KINDS.items()])
    report_kind = forms.ChoiceField(label="Kind of report", required=False, choices=[ANY, *REPORT_KINDS.items()])
    state = forms.ChoiceField(label="State", required=False, choices=[ANY, *STATES.items()])

    def __init__(
        self, *args: object, schools: list[tuple[str, str]], students: list[tuple[str, str]], **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["school"].choices = [ANY, *schools]  # type: ignore[attr-defined]
        self.fields["student"].choices = [ANY, *students]  # type: ignore[attr-defined]
        if not students:
            del self.fields["student"]

    def clean(self) -> dict[str, object]:
        """At least one thing to look for, and days in order."""
        data = super().clean() or {}
        if bool(data.get("student_name")) != bool(data.get("born")):
            raise forms.ValidationError("Give the student's name and birth date together: neither is looked for alone.")
        if data.get("student_name"):
            try:
                name_index(data["student_name"], data["born"])
            except VaultError:
                raise forms.ValidationError("The name cannot be read as one: type it by hand.") from None
        if not any(data.values()):
            raise forms.ValidationError("Say what you look for: a number, a student, a day, a kind or a state.")
        first, last = data.get("first"), data.get("last")
        if first and last and first > last:
            raise forms.ValidationError("The first day comes after the last one; exchange them.")
        if last and last > today():
            data["last"] = today()
        return data
