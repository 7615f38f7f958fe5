"""Forms of the auditor and of counsel about the log."""

from django import forms

from .services import AUTHORITIES, REASONS


class StatementForm(forms.Form):
    """A signed statement and the key it was signed with."""

    statement = forms.FileField(
        label="The signed statement", help_text="The file that “schoolgate audit-log” wrote", max_length=200
    )
    key = forms.CharField(
        label="Your verifying key",
        max_length=300,
        help_text="One line, as “schoolgate audit-log key” printed it. It is shown beside the statement",
    )

    def note(self) -> str:
        """The text of the file; an empty one when it is no text."""
        try:
            text: str = self.cleaned_data["statement"].read(1_000_000).decode()
        except UnicodeDecodeError:
            return ""
        return text


class DestroyForm(forms.Form):
    """Which opening, by which law, and why."""

    entry = forms.UUIDField(label="Number of the entry", help_text="As the receipt or the auditor's list has it")
    authority = forms.ChoiceField(label="What allows it", choices=list(AUTHORITIES.items()))
    reason = forms.ChoiceField(label="Why", choices=list(REASONS.items()))
