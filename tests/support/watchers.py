"""Those who watch a log: what each of them sees of it, and what an installation says of itself."""

import time
from collections import Counter
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from django.conf import settings
from django.db import connection

from schoolgate.engines import tlog

WITNESS_KEY = tlog.SigningKey("witness.example/newspaper", bytes(range(2, 34)), tlog.KeyKind.COSIGNATURE)


def witness_of(folder: Path) -> tlog.Witness:
    """A witness that knows this installation's log by the key it has now, and remembers in that folder."""
    from schoolgate.apps.ledger.keys import keys

    known = {settings.LOG_ORIGIN: [tlog.VerifyingKey.parse(keys().verifying_key)]}
    return tlog.Witness(WITNESS_KEY, known, tlog.WitnessMemory(folder), lambda: int(time.time()))


def submission(old: int, size: int | None = None) -> tlog.Submission:
    """The newest checkpoint of the database, or that of a size, with the best proof that the database can give."""
    from schoolgate.apps.ledger.models import Checkpoint
    from schoolgate.apps.ledger.tiles import read_hashes

    checkpoints = Checkpoint.objects.order_by("-size")
    new = checkpoints.filter(size=size).get() if size else checkpoints[0]
    nodes = tlog.TileNodes(new.size, lambda level, number: read_hashes(new.size, level, number))
    proof = tlog.consistency_proof(old, new.size, nodes) if 0 < old < new.size else ()
    return tlog.Submission(old, tuple(proof), new.note)


def submitted(witness: tlog.Witness) -> str:
    """Bring the newest checkpoint to a witness by hand; returns its last status, and the size that it is about."""
    asked = submission(0)
    answer = witness.add_checkpoint(asked.body)
    size = tlog.Checkpoint.parse(tlog.Note.parse(asked.note).text).size
    if answer.status is HTTPStatus.CONFLICT:
        old = int(answer.body)
        if old > size:
            return f"{answer.status} {old}"
        answer = witness.add_checkpoint(submission(old).body)
    return f"{answer.status} {size}"


@dataclass(frozen=True)
class Reply:
    """A witness's answer, as if it had come over the network."""

    status: int
    content_type: str
    body: bytes


def cosigned(witness: tlog.Witness, policy: Path) -> str:
    """Collect a witness's cosignature as the worker does; returns the problem, empty when there is none.

    Args:
        witness: Whom to ask.
        policy: A file to write the policy to that names it.
    """
    from schoolgate.apps.ledger.sequencing import LogProblem
    from schoolgate.apps.ledger.witnessing import collect_cosignatures

    policy.write_text(f"witness paper {WITNESS_KEY.verifying_key.text} https://witness.example\nquorum none\n")
    settings.LOG_POLICY = policy

    def ask(address: str, body: bytes | None) -> Reply:
        answer = witness.latest(address.split("/")[-2]) if body is None else witness.add_checkpoint(body)
        return Reply(answer.status.value, answer.content_type.partition(";")[0], answer.body.encode())

    try:
        return "; ".join(one.problem for one in collect_cosignatures(ask))
    except LogProblem as problem:
        return str(problem)


def examined() -> dict[str, object]:
    """What does not fit in a district that filed acts (`problems`), and the root at every whole tile (`roots`)."""
    from schoolgate.apps.agencies.models import Agency
    from schoolgate.apps.ledger.kinds import OF_SEALING
    from schoolgate.apps.ledger.models import Checkpoint, Opening, StagedLeaf
    from schoolgate.apps.ledger.sealing import check_consistency
    from schoolgate.apps.ledger.sequencing import LogProblem
    from schoolgate.apps.ledger.tiles import entries_between
    from schoolgate.apps.people.models import Student

    _wait_for_the_dead()
    problems = []
    openings = list(Opening.objects.all())
    entries_of = {f"student:{one}" for one in Student.objects.values_list("pk", flat=True)}
    offices = [one for one in Agency.objects.all() if str(one).startswith("Office ")]
    entries_of |= {f"agency:{one.pk}" for one in offices}
    told = [one.subject for one in openings if one.kind in ("student_added", "agency_added")]
    problems += [f"an act without entry: {one}" for one in entries_of - set(told)]
    problems += [f"an entry without act: {one}" for one in set(told) - entries_of]
    problems += [f"two entries of one act: {one}" for one, count in Counter(told).items() if count > 1]
    size = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
    leaves = list(entries_between(0, size))
    staged = [bytes(one) for one in StagedLeaf.objects.values_list("commitment", flat=True)]
    problems += [f"{count} places of one entry" for count in Counter([*leaves, *staged]).values() if count > 1]
    committed = {bytes(one.commitment) for one in openings}
    problems += ["a leaf without opening"] * len(set(leaves) - committed)
    problems += ["an opening that is neither a leaf nor waits"] * len(committed - set(leaves) - set(staged))
    problems += ["a cover that waits"] * sum(bytes(o.commitment) in staged and o.kind in OF_SEALING for o in openings)
    for one in openings:
        tlog.open_commitment(bytes(one.commitment), one.record.encode(), bytes(one.randomness))
    roots, frontier = {}, tlog.Frontier()
    for start in range(0, size, tlog.TILE_WIDTH):
        frontier = frontier.extended_by_entries(leaves[start : start + tlog.TILE_WIDTH])
        roots[frontier.size] = frontier.root.hex()
    for one in Checkpoint.objects.all():
        if roots.get(one.size) != bytes(one.root).hex():
            problems.append(f"the tree of {one.size} entries is not what was signed")
    try:
        check_consistency()
    except LogProblem as problem:
        problems.append(str(problem))
    names = [str(one) for one in offices]
    return {"problems": problems, "roots": roots, "told": told, "names": names, "waiting": len(staged)}


def _wait_for_the_dead() -> None:
    """A server may still be at work for a process that was killed."""
    if connection.vendor != "postgresql":
        return
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute(others)
            if cursor.fetchone() == (0,):
                return
        time.sleep(0.02)
    raise AssertionError("a killed process still holds the database")
