"""veraPDF finds no PDF/UA-1 error in random releases with marks and attachments."""

import os

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from schoolgate.engines.redact import marking
from support import planting, verapdf
from support.planting import changed, copy_of
from support.random_records import records

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))
KEY = b"a key of recipient marks for tests only"


def random_releases(count: int) -> dict[str, bytes]:
    made: dict[str, bytes] = {}

    @settings(max_examples=count, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=[HealthCheck.too_slow])  # fmt: skip
    @given(records(pictures=True), st.booleans())
    def make(record, marked):
        pdf = record.pdf
        made[f"release-{len(made)}"] = marking.mark(pdf, KEY, "C-1") if marked else pdf

    make()
    return made


def test_releases_are_pdf_ua_and_an_untagged_file_is_not(tmp_path):
    files = random_releases(50 if TRIALS >= 50 else 6)
    files["attached"] = marking.mark(copy_of(attached=(planting.paper(["A note"]),)), KEY, "C-1")
    long = " ".join(f"@P1 waited at the stairs near room {room} for the bell." for room in range(90))
    files["several pages"] = copy_of(long)

    def untag(opened):
        del opened.Root["/StructTreeRoot"]
        del opened.Root["/MarkInfo"]

    files["untagged"] = changed(copy_of(), untag)
    said = verapdf.verdicts(files, tmp_path)
    assert said.pop("untagged").startswith("failed")
    assert said == dict.fromkeys(said, "passed")
