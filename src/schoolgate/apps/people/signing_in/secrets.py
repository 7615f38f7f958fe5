"""Secrets of second factors, sealed with the vault: what the sign-in library stores is a number that opens nothing."""

from uuid import UUID, uuid4

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator

from schoolgate.apps.ledger.safe import context, open_value, seal_new
from schoolgate.engines.vault import Context

from .models import FactorSecret

# The library's own field for what a factor's secret is kept in, by the type of factor.
_HELD_IN = {"totp": "secret", "recovery_codes": "seed"}


class SealedSecrets(DefaultMFAAdapter):  # type: ignore[misc]  # the library has no types
    """The library asks here whenever it stores or reads a secret."""

    def encrypt(self, text: str) -> str:
        """Seal a secret under a fresh key; the answer is its number."""
        pk = uuid4()
        sealed = seal_new(_place(pk), text.encode())
        FactorSecret.objects.create(pk=pk, wrapped_key=sealed.wrapped_key, sealed=sealed.sealed)
        return str(pk)

    def decrypt(self, encrypted_text: str) -> str:
        """Open a secret by its number.

        Raises:
            FactorSecret.DoesNotExist: It was destroyed.
            VaultError: Its key is gone, or the row was altered.
        """
        kept = FactorSecret.objects.get(pk=UUID(encrypted_text))
        return open_value(_place(kept.pk), kept.wrapped_key, kept.sealed).decode()

    def get_totp_issuer(self) -> str:
        """How the app on the phone names this site."""
        return "Schoolgate"


def destroy_secret(number: str) -> None:
    """Destroy a secret and its key."""
    FactorSecret.objects.filter(pk=UUID(number)).delete()


def destroy_with(*, instance: Authenticator, **_: object) -> None:
    """A factor that is removed takes its secret along; connected to the deletion of the library's row."""
    if held := _HELD_IN.get(instance.type):
        destroy_secret(instance.data[held])


def _place(pk: UUID) -> Context:
    return context("people.factorsecret", pk, "secret")
