"""Which passwords are refused: short ones, too long ones, and ones that are guessed early. No rule of composition."""

import secrets
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from zxcvbn import zxcvbn

from schoolgate.apps.access.moment import now

if TYPE_CHECKING:
    from schoolgate.apps.people.models import User

MOST_LETTERS: Final = 128
# The estimate reads so much; it takes longer than linear time.
READ: Final = 64
# A guesser of 10,000 tries a second, against the slow hash, needs ten years for so many.
FEWEST_GUESSES: Final = 10**12
# What is read from a paper and typed: no letter that looks like another or like a digit. 20 of 30 are 98 bits.
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz2345679"
_GROUPS, _GROUP = 5, 4


def new_first_password() -> str:
    """A random password to give out: five groups of four letters and digits, 98 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))


def is_over(user: "User") -> bool:
    """Whether the password that was given out opens nothing any more. A demonstration's never end."""
    ends = user.first_password_ends
    return settings.SECOND_FACTOR and ends is not None and ends <= now()


class NotGuessable:
    """Refuse what a list of breached passwords, names, words, dates and keyboard rows makes up.

    The lists come with zxcvbn (MIT): the commonest passwords of published breaches, names and words. The district's
    own words and the person's names count as guesses too (ASVS 5.0, 6.2.4, 6.2.11 and 6.2.12).
    """

    def validate(self, password: str, user: object = None) -> None:
        """Say why a password is refused.

        Raises:
            ValidationError: It is too long, or guessed too early.
        """
        if len(password) > MOST_LETTERS:
            raise ValidationError(f"Use at most {MOST_LETTERS} letters.", code="password_too_long")
        known = ["schoolgate", "school", "district"]
        known += [str(getattr(user, name, "") or "") for name in ("username", "display_name")]
        found = zxcvbn(password[:READ], user_inputs=[word for word in known if word])
        if found["guesses"] < FEWEST_GUESSES:
            raise ValidationError(
                "Too easy to guess: it is made of common passwords, names, dates or rows of keys. Several words that "
                "have nothing to do with each other are better.",
                code="password_guessable",
            )

    def get_help_text(self) -> str:
        """What the page says beforehand."""
        return "Several words that have nothing to do with each other, not a name, a date or a row of keys."
