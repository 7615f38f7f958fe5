"""`schoolgate log stamp`: an authority of time stamps the newest checkpoint."""

from .terminal import Exit, out, start_django, stop, told


def stamp() -> None:
    """Have the newest checkpoint stamped by the authority of time of the settings (RFC 3161), and keep its answer.

    The worker does this once a day by itself. SCHOOLGATE_TSA_URL is the authority, SCHOOLGATE_TSA_ROOTS the file with
    the certificate that its own must lead to. Only the SHA-256 of the checkpoint is sent.

    Example: schoolgate log stamp
    """
    start_django()
    from schoolgate.apps.ledger.stamping import StampProblem, stamp_latest  # noqa: PLC0415 - needs the apps loaded

    with told(StampProblem, code=Exit.CANNOT_RUN):
        found = stamp_latest()
    if found is None:
        stop("no period has been sealed yet, so there is nothing to stamp: run `schoolgate worker --once`")
    out.print(
        f"{found.authority} says that the checkpoint of {found.checkpoint_id} entries existed at "
        f"{found.stamped_at:%Y-%m-%d %H:%M:%S} UTC."
    )
