"""Mail to agencies: a link, and apart from it a code. Never what a copy is about."""

import smtplib
from datetime import date, datetime

from django.core.mail import EmailMessage, MailerDoesNotExist

from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.schools.selectors import district
from schoolgate.web.dates import day_text, moment_text


def mail_link(to: str, link: str, until: datetime) -> None:
    """Tell an agency that something waits for it, and where.

    Raises:
        Impossible: The mail could not be sent.
    """
    _send(
        to,
        f"{district().name}: something for your agency",
        f"The records office of {district().name} has something for your agency.\n\n"
        f"Open this page until {moment_text(until)}:\n\n{link}\n\n"
        "The page sends a one-time code to this address when you ask for it. The link alone opens nothing. "
        "If you expected nothing, do not open it, and call the records office at a number that you know.\n",
    )


def mail_code(to: str, code: str, until: datetime) -> None:
    """Send a one-time code.

    Raises:
        Impossible: The mail could not be sent.
    """
    _send(
        to,
        f"{district().name}: your one-time code",
        f"Your one-time code is\n\n    {code}\n\n"
        f"It works once, until {moment_text(until)}, on the page that asked for it. Nobody of {district().name} will "
        "ever ask you for it. If you did not ask for a code, somebody else has your link: tell the records office.\n",
    )


def mail_expungement(to: str, copy: str, released_on: date) -> None:
    """Tell an agency that the record behind a copy no longer exists; names no child and no matter.

    Raises:
        Impossible: The mail could not be sent.
    """
    _send(
        to,
        f"{district().name}: a record that you hold was expunged",
        f"On {day_text(released_on)} the records office of {district().name} released copy {copy} to your agency.\n\n"
        "The record that it was made from has been expunged and no longer exists here. Destroy the copy and whatever "
        "was made from it, tell everyone to whom you passed it on, and confirm this to the records office at an "
        "address that you know.\n",
    )


def _send(to: str, subject: str, text: str) -> None:
    try:
        EmailMessage(" ".join(subject.split()), text, None, [to]).send()
    except MailerDoesNotExist:
        raise Impossible(
            "This site has no way to send mail (SCHOOLGATE_MAIL is not set). The agency can sign in and fetch the copy."
        ) from None
    except (OSError, smtplib.SMTPException) as problem:
        raise Impossible(
            f"The mail could not be sent ({type(problem).__name__}). Try again, or tell whoever runs the system."
        ) from problem
