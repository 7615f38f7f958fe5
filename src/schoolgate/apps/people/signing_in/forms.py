"""Forms of signing in."""

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import get_adapter
from allauth.mfa.base.internal.flows import check_rate_limit
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from .factors import REFUSED, check_code, check_passkey, has_app
from .models import ChangeReason

if TYPE_CHECKING:
    from allauth.mfa.models import Authenticator

    from schoolgate.apps.people.models import User


class PasskeyForm(forms.Form):
    """What a passkey answered to the page's challenge; a script puts it in."""

    credential = forms.JSONField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)


class FactorForm(forms.Form):
    """A typed code, or a passkey's answer; whichever was sent. After it is valid, `factor` is what it belongs to."""

    code = forms.CharField(
        label="Code from your app, or a recovery code",
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )
    credential = forms.JSONField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, user: "User", **kwargs: Any) -> None:  # noqa: ANN401 - as every form's
        super().__init__(*args, **kwargs)
        self.user = user
        self.factor: Authenticator | None = None
        if not has_app(user):
            self.fields["code"].label = "A recovery code"

    def clean(self) -> dict[str, Any]:
        """Count the attempt, then check it."""
        cleaned: dict[str, Any] = super().clean() or {}
        succeeded = check_rate_limit(self.user)
        if answer := cleaned.get("credential"):
            self.factor = check_passkey(self.user, answer)
        elif code := cleaned.get("code"):
            self.factor = check_code(self.user, code)
        if self.factor is None:
            raise ValidationError(REFUSED)
        succeeded()
        return cleaned


class PasswordAgainForm(forms.Form):
    """The password once more: for who has nothing else."""

    password = forms.CharField(
        label="Your password", widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )

    def __init__(self, *args: Any, user: "User", **kwargs: Any) -> None:  # noqa: ANN401 - the same
        super().__init__(*args, **kwargs)
        self.user = user
        self.factor = None

    def clean_password(self) -> str:
        """Check it, counted like a sign-in."""
        password: str = self.cleaned_data["password"]
        if not get_adapter().reauthenticate(self.user, password):
            raise ValidationError("That is not your password.")
        return password


class AppForm(forms.Form):
    """The first code of an app that is being set up."""

    code = forms.CharField(
        label="The code that the app shows now",
        max_length=10,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class NewPasswordForm(forms.Form):
    """A password of somebody's own, typed twice, in place of the one that was given out."""

    new = forms.CharField(
        label="Your new password",
        strip=False,
        help_text="15 letters or more: several words that have nothing to do with each other",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="The same once more",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: "User", **kwargs: Any) -> None:  # noqa: ANN401 - as every form's
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_new(self) -> str:
        """Refuse what is guessed early, and the one that was given out."""
        new: str = self.cleaned_data["new"]
        validate_password(new, self.user)
        if self.user.check_password(new):
            raise ValidationError("This is the one that was given to you. Choose another.")
        return new

    def clean(self) -> dict[str, Any]:
        """Refuse two that differ."""
        cleaned = super().clean() or {}
        if "new" in cleaned and cleaned.get("again") != cleaned["new"]:
            self.add_error("again", "The two are not the same. Type it once more.")
        return cleaned

    def save(self) -> None:
        """Keep it."""
        self.user.set_password(self.cleaned_data["new"])
        self.user.first_password_at = None
        self.user.save(update_fields=["password", "first_password_at"])


class ReasonForm(forms.Form):
    """Why the office changes somebody's sign-in."""

    reason = forms.ChoiceField(label="Why", choices=ChangeReason.choices)


class IdentityForm(ReasonForm):
    """Whom the district's own sign-in calls this person."""

    identifier = forms.CharField(
        label="Identifier in the district's sign-in",
        max_length=200,
        help_text="As the district's directory has it; never an e-mail address, which may be given to somebody else",
    )

    def clean_identifier(self) -> str:
        """Refuse an address."""
        identifier: str = self.cleaned_data["identifier"].strip()
        if "@" in identifier:
            raise ValidationError("An e-mail address may be given to somebody else. Enter the directory's identifier.")
        return identifier
