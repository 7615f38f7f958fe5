"""Forms of families."""

from django import forms


class WrongForm(forms.Form):
    """What is wrong in a report."""

    text = forms.CharField(
        label="What is wrong",
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Say which words, and what is true. You can write in your own language.",
    )
