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


class WithdrawForm(forms.Form):
    """Why a copy may be fetched no longer."""

    reason = forms.CharField(
        label="Why it is withdrawn",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        help_text="It is kept sealed, for the office only",
    )


class DifferenceForm(forms.Form):
    """Why a copy may leave although its recipient has one that shows more."""

    reason = forms.CharField(
        label="Why it may leave all the same",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        help_text="For example: the earlier copy left under another student's paper. It is kept sealed, for the "
        "office only",
    )


class AddressForm(forms.Form):
    """Where an agency reads its mail."""

    email = forms.EmailField(label="E-mail address", help_text="An office's address rather than one person's")
    known_by = forms.CharField(
        label="How you know that it is theirs",
        max_length=200,
        help_text="For example: their letterhead of 3 Nov; a call to the number in the city's directory. Never the "
        "message that asks you to change it",
    )


class CodeForm(forms.Form):
    """A one-time code."""

    code = forms.CharField(
        label="The code from the mail",
        max_length=20,
        help_text="Eight letters and digits, such as 7QK2-M9XA",
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "spellcheck": "false", "autocapitalize": "characters"}
        ),
    )
