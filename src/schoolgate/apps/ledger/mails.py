"""Mails to those who follow the log: a link to confirm, and the checkpoint, byte for byte."""

import smtplib
from collections.abc import Mapping
from datetime import datetime
from email.utils import formatdate

from django.conf import settings
from django.core.mail import EmailMessage, MailerDoesNotExist

from schoolgate.web.dates import moment_text

from .acts import Impossible
from .models import Checkpoint


def mail_confirmation(to: str, link: str, *, until: datetime) -> None:
    """Send the link that confirms a subscription.

    Raises:
        Impossible: The mail could not be sent.
    """
    _send(
        to,
        "Confirm: the log's checkpoint by mail, once a day",
        f"Somebody, we hope you, asked that the newest checkpoint of the log {settings.LOG_ORIGIN} be mailed to this "
        f"address once a day.\n\nIf you want that, open this page until {moment_text(until)} and press the button:"
        f"\n\n{link}\n\n"
        "If you do not, do nothing: no further mail comes, and the address is destroyed after that.\n",
    )


def mail_reminder(to: str, link: str, *, page: str) -> None:
    """Tell a subscriber who asked again that the mails come already, and how to end them.

    Raises:
        Impossible: The mail could not be sent.
    """
    _send(
        to,
        "The log's checkpoint comes to this address already",
        f"Somebody, we hope you, asked on {page} that the checkpoint of the log {settings.LOG_ORIGIN} be mailed to "
        f"this address. It is, once a day.\n\nTo end it, open this page and press the button:\n\n{link}\n",
    )


def checkpoint_mail(
    to: str,
    *,
    checkpoint: Checkpoint,
    files: Mapping[int, str],
    earlier: int,
    doubtful: int,
    page: str,
    ending: str,
    message_id: str,
) -> EmailMessage:
    """The daily mail, not yet sent.

    Args:
        to: The subscriber's address.
        checkpoint: The newest.
        files: What is attached: notes with their cosignatures, by size.
        earlier: Size of the checkpoint that the last mail surely held; 0 for none.
        doubtful: Size of one that a mail held which may not have arrived; 0 for none.
        page: The public page of subscribing; the log's page is the one above it.
        ending: The link that ends the subscription.
        message_id: The same whenever the same mail is sent.
    """
    size = checkpoint.size
    since = earlier or doubtful or size
    name = _file_name(size)
    opening = (
        f"The log {settings.LOG_ORIGIN} held {size} entries when it was sealed, {moment_text(checkpoint.sealed_at)}. "
        f"Its signed checkpoint is attached as {name}.\n\n"
        "Keep this mail. Whoever holds an old checkpoint can show that the log was changed since, if it ever is; "
        "nobody can take it back from you."
    )
    missed = f"An earlier mail may not have reached you: its checkpoint, {_file_name(doubtful)}, is attached too."
    checking = (
        f"To check tomorrow that the log still begins with what this mail says, save {name}, "
        if since == size
        else f"To check that the log still begins with what an earlier mail said, save {_file_name(since)} from it, "
    )
    command = (
        f"{checking}download the log into a folder ({page.rsplit('/', 2)[0]}/ says how), and run:\n\n"
        f"    schoolgate verify log FOLDER --key KEY --earlier {_file_name(since)}\n\n"
        "KEY is the log's verifying key as you got it when you began, not from this mail. The program needs no server "
        "of ours. Other people's programs for the format C2SP tlog-tiles do the same."
    )
    closing = f"To end these mails, open {ending} and press the button. Your address is then destroyed."
    text = "\n\n".join([opening, *([missed] if doubtful else []), command, closing]) + "\n"
    headers = {
        "Message-ID": message_id,
        "Date": formatdate(usegmt=True),
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe": f"<{ending}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    subject = f"Checkpoint of {settings.LOG_ORIGIN}: {size} entries"
    mail = EmailMessage(subject, text, None, [to], headers=headers)
    for held, note in files.items():
        # Not as text: mail programs change the line ends of texts, and then no signature holds.
        mail.attach(_file_name(held), note.encode(), "application/octet-stream")
    return mail


def _file_name(size: int) -> str:
    return f"checkpoint-{size}"


def _send(to: str, subject: str, text: str) -> None:
    try:
        EmailMessage(subject, text, None, [to]).send()
    except MailerDoesNotExist:
        raise Impossible("This site has no way to send mail (SCHOOLGATE_MAIL is not set).") from None
    except (OSError, smtplib.SMTPException) as problem:
        # Without its text: that could hold the address.
        raise Impossible(
            f"The mail could not be sent ({type(problem).__name__}). Try again, or tell whoever runs the system."
        ) from None
