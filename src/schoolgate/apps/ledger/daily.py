"""What is done with the newest checkpoint once a day: mails, a time-stamp. Sealing never waits for it."""

import logging
from threading import Lock, Thread

from django.db import DatabaseError, connections

from schoolgate.apps.access.wall import program_from_here

from .keys import KeyProblem
from .mailing import mail_due_checkpoints
from .stamping import StampProblem, stamp_due

_log = logging.getLogger(__name__)
_running = Lock()


def publish_daily() -> list[str]:
    """Mail and stamp what is due; what came of it, a sentence each. No address is in them.

    Safe to call after each period, to kill and to repeat: each subscriber gets one mail a day, each day one stamp.
    """
    said = []
    try:
        mailed = mail_due_checkpoints()
    except KeyProblem as problem:
        said.append(f"No checkpoint was mailed: {problem}.")
    else:
        if mailed.sent:
            said.append(f"Mailed the checkpoint to {mailed.sent} who subscribed.")
        if mailed.failed:
            said.append(f"Mails of the checkpoint that were refused or cut off: {mailed.failed}.")
        if mailed.problem:
            said.append(f"Not every checkpoint was mailed: {mailed.problem}.")
    try:
        if stamp := stamp_due():
            said.append(f"{stamp.authority} stamped the checkpoint of {stamp.checkpoint_id} entries.")
    except StampProblem as problem:
        said.append(f"The checkpoint was not stamped: {problem}.")
    return said


def start_publishing_daily() -> Thread | None:
    """Do it beside the caller, so that a slow mail server or authority holds up no period; None if it is under way."""
    if not _running.acquire(blocking=False):
        return None
    thread = Thread(target=_publish_and_tell, name="daily publication", daemon=True)
    thread.start()
    return thread


def _publish_and_tell() -> None:
    program_from_here()
    try:
        for sentence in publish_daily():
            _log.warning("%s", sentence)
    except DatabaseError as problem:
        # The next period tries again.
        _log.warning("The checkpoint was not published by mail: %s", type(problem).__name__)
    finally:
        connections.close_all()
        _running.release()
