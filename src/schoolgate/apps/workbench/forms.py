"""Forms of the workbench."""

from django import forms

from schoolgate.apps.requests.page import title_of
from schoolgate.engines import law

from .wording import OUTCOMES


class KeepForm(forms.Form):
    """What a kept case must be decided like, and why."""

    outcome = forms.ChoiceField(label="How it must be decided", choices=list(OUTCOMES.items()))
    withheld = forms.MultipleChoiceField(
        label="What must stay behind, where a part may leave", required=False, widget=forms.CheckboxSelectMultiple
    )
    why = forms.CharField(
        label="Why",
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One sentence of law. Everybody who reads the tests reads it: write no name",
    )

    def __init__(self, *args: object, rulebook: law.Rulebook, decision: law.Decision, **kwargs: object) -> None:
        stays = [one.element for one in decision.elements if one.outcome == "deny"]
        kwargs.setdefault("initial", {"outcome": decision.outcome, "withheld": stays})
        kwargs.setdefault("prefix", "keep")
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["withheld"].choices = [  # type: ignore[attr-defined]
            (one.element, title_of(rulebook, one.element)) for one in decision.elements
        ]
