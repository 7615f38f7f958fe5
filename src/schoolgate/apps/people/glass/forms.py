"""Forms of break-glass: why a record must be opened now, what another person thinks of it, why a family waits."""

from django import forms

from schoolgate.web.forms import DayInput

from .models import GlassReason, Verdict
from .services import LEAST_WORDS, Emergency

STUDENT, REPORT = "student", "report"
ROWS = {"rows": 3}


class GlassForm(forms.Form):
    """Which one student or incident, and why now."""

    what = forms.ChoiceField(
        label="What must you see",
        choices=[(STUDENT, "The reports about one student"), (REPORT, "The reports about one incident")],
        widget=forms.RadioSelect,
    )
    number = forms.CharField(
        label="The student's number, or the number of a report about the incident",
        max_length=60,
        help_text="Letter for letter. There is no search here.",
    )
    reason = forms.ChoiceField(label="What is happening", choices=GlassReason.choices, widget=forms.RadioSelect)
    threat = forms.CharField(
        label="The threat, in your own words",
        min_length=LEAST_WORDS,
        max_length=2000,
        widget=forms.Textarea(attrs=ROWS),
        help_text="What you saw or heard that makes it real and serious. Whoever reviews this must be able to follow.",
    )
    threatened = forms.CharField(label="Who is in danger", max_length=200)
    needed = forms.CharField(
        label="Why you must read the record now",
        min_length=LEAST_WORDS,
        max_length=2000,
        widget=forms.Textarea(attrs=ROWS),
        help_text="What you will do with what you find.",
    )

    def emergency(self) -> Emergency:
        """The reasons as the act takes them."""
        data = self.cleaned_data
        return Emergency(GlassReason(data["reason"]), data["threat"], data["threatened"], data["needed"])


class VerdictForm(forms.Form):
    """What one thinks of somebody else's emergency opening."""

    verdict = forms.ChoiceField(label="What do you find", choices=Verdict.choices, widget=forms.RadioSelect)
    words = forms.CharField(
        label="Why do you think so",
        min_length=LEAST_WORDS,
        max_length=2000,
        widget=forms.Textarea(attrs=ROWS),
        help_text="This stays sealed: those who may see this page read it.",
    )


class HoldForm(forms.Form):
    """Until when the family is not told."""

    until = forms.DateField(label="The last day on which they are not told", widget=DayInput)
    why_held = forms.CharField(
        label="Whom would it endanger if they were told now",
        min_length=LEAST_WORDS,
        max_length=2000,
        widget=forms.Textarea(attrs=ROWS),
    )
