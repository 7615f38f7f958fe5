"""Forms about copies that have left."""

from django import forms


class HandleForm(forms.Form):
    """What the office did about a way that opened."""

    note = forms.CharField(
        label="What you did, or why nothing needs to be done",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=4000,
        help_text="For example: asked counsel to end the agreement; asked the police to return the copy. It is kept "
        "sealed, for the office only",
    )
