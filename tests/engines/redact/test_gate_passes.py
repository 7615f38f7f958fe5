"""The gate lets through what is right: random copies in four languages, marked, with attachments."""

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schoolgate.engines import redact
from schoolgate.engines.redact import marking
from support.random_records import Record, records

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))
KEY = b"a key of recipient marks for tests only"
SLOW = [HealthCheck.too_slow]


def passes(record: Record, *, marked: bool, ocr: bool) -> None:
    pdf = marking.mark(record.pdf, KEY, "C-1") if marked else record.pdf
    report = redact.gate(
        pdf,
        record.terms.withheld,
        (*record.terms.allowed, *redact.own_words(record.meta)),
        attached=record.attached,
        marks=(KEY, "C-1") if marked else None,
        earlier=(record.pdf,),
        ocr=ocr,
    )
    assert not report.findings, report.findings
    assert not report.warnings, report.warnings


@settings(max_examples=max(3, TRIALS // 3), deadline=None, suppress_health_check=SLOW)
@given(records(pictures=True), st.booleans())
def test_random_copies_pass_every_layer_but_the_pixels(record, marked):
    passes(record, marked=marked, ocr=False)


@settings(max_examples=max(2, TRIALS // 12), deadline=None, suppress_health_check=SLOW)
@given(records(pictures=True))
def test_random_copies_pass_with_their_pixels(record):
    passes(record, marked=True, ocr=True)
