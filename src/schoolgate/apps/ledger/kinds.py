"""The registered kinds of ledger entries: one for each act of the product."""

from enum import StrEnum


class Kind(StrEnum):
    """What happened. An act that names no kind from here cannot be written."""

    DISTRICT_OPENED = "district_opened"
    FEED_IMPORTED = "feed_imported"
    AGENCY_ADDED = "agency_added"
    AGREEMENT_ADDED = "agreement_added"
    PERSON_ADDED = "person_added"
    STUDENT_ADDED = "student_added"
    REPORT_FILED = "report_filed"
    REQUEST_RECEIVED = "request_received"
    REQUEST_MATCHED = "request_matched"
    FACT_ANSWERED = "fact_answered"
    REQUEST_DECIDED = "request_decided"
    DECISION_CONFIRMED = "decision_confirmed"
    LOOSER_PROPOSED = "looser_proposed"
    LOOSER_CONFIRMED = "looser_confirmed"
    REFUSAL_SENT = "refusal_sent"
    FAMILY_NOTIFIED = "family_notified"
    COPY_RELEASED = "copy_released"
    COPY_ACKNOWLEDGED = "copy_acknowledged"
    CASE_KEPT = "case_kept"
    RECORD_CONTESTED = "record_contested"
    READINGS_DIGESTED = "readings_digested"
    COVER = "cover"
