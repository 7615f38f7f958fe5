"""Which rows the database shows: a rule for each table that holds a child's record.

A rule is wider than `visible_to`, which is the first wall and knows days, seals and roles: it must never hide a row
that `visible_to` lets through, and never show one of another school, agency or family. Names of tables, since this app
knows no models. A test holds `BEHIND` and `OUTSIDE` against the models: a new table must be put into one of them.

Settings are read as `(select ...)`, once a query and not once a row: 1e6 rows are then counted in milliseconds.
`nullif`, since a setting that was unset again is empty, and no array.

Where a row is shown because another one is, a function looks for that one. Written out in the rule, the other table's
own rule would stand in it, and in that the next: PostgreSQL then planned for 20 ms what it answered in one, since it
plans all of them whether they are asked or not. A function is planned when it is first called, once a connection.
"""

from typing import Final

_REACH: Final = "(select current_setting('schoolgate.reach', true) = 'all')"


def _setting(name: str, kind: str) -> str:
    return f"((select nullif(current_setting('schoolgate.{name}', true), ''))::{kind})"


def _own(column: str, setting: str) -> str:
    """The row's column is the person, or the agency."""
    return f"{column} = {_setting(setting, 'uuid')}"


def _among(column: str, setting: str) -> str:
    """The row's column is one of the schools, or of the children."""
    return f"{column} = any({_setting(setting, 'uuid[]')})"


# Function -> the query that it asks of one key, under the rules that hold for whoever calls it.
LOOKS: Final[dict[str, str]] = {}


def _with(table: str, key: str, *, by: str = "id") -> str:
    """A row of another table, to which it belongs or which leads to it, is shown: that table's own rule is asked."""
    name = f"wall_shows_{table}_by_{by}"
    LOOKS[name] = f"select 1 from public.{table} behind where behind.{by} = wall_key"  # noqa: S608 - names of ours
    return f"{name}({key})"


def _one_of(*rules: str) -> str:
    return " or ".join((_REACH, *rules))


# Name -> type, the setting without which there is nothing to look for, and the query. They see every row, or a rule
# about participants would ask itself without end.
FUNCTIONS: Final = {
    # Asked when a family's scope is told, and kept in a setting until it ends: the rules ask it of every row.
    "wall_incidents_of_children": (
        "uuid[]",
        "children",
        "select array_agg(incident_id) from public.incidents_participant where "  # noqa: S608 - text of ours
        + _among("student_id", "children"),
    ),
    "wall_reports_of_children": (
        "uuid[]",
        "children",
        "select array_agg(report.id) from public.incidents_participant part"  # noqa: S608 - the same
        " join public.incidents_report report on report.incident_id = part.incident_id where "
        + _among("part.student_id", "children"),
    ),
    "wall_subjects_of_children": (
        "text[]",
        "children",
        f"""
        with asked as (select id from public.requests_request where {_among("report_id", "child_reports")})
        select array_agg(subject) from (
            select 'report:' || report as subject from unnest({_setting("child_reports", "uuid[]")}) report
            union all select 'request:' || id from asked
            union all select 'release:' || gone.id from public.releases_release gone
                join asked on asked.id = gone.request_id
            union all select 'student:' || child from unnest({_setting("children", "uuid[]")}) child
        ) as all_of_them
        """,  # noqa: S608 - text of ours
    ),
    "wall_reports_of_agency": (
        "uuid[]",
        "agency",
        "select array_agg(report_id) from public.requests_request where "  # noqa: S608 - the same
        + _own("agency_id", "agency"),
    ),
}


def _from(function: str, kind: str) -> str:
    return f"any((select {function}())::{kind})"


_OFFICE_ONLY: Final = _one_of()
# By its incident: an agency that asked knows that there is the report, and nothing that belongs to it.
_REPORT: Final = _among("report_id", "child_reports") + " or wall_shows_report(report_id)"
LOOKS["wall_shows_report"] = (
    "select 1 from public.incidents_report behind where behind.id = wall_key and ("  # noqa: S608 - the same
    + _among("behind.school_id", "schools")
    + " or "
    + _own("behind.incident_id", "incident")
    + ")"
)
_OF_REPORT: Final = _one_of(_REPORT)
_OF_VERSION: Final = _one_of(_with("incidents_reportversion", "version_id"))
_OF_STUDENT: Final = _one_of(_among("student_id", "children"), _with("people_student", "student_id"))
_OF_REQUEST: Final = _one_of(_with("requests_request", "request_id"))
_OF_DECISION: Final = _one_of(_with("requests_decision", "decision_id"))
_OF_RELEASE: Final = _one_of(_with("releases_release", "release_id"))

# Table -> which rows are shown, may be changed and may be entered.
BEHIND: Final = {
    "incidents_incident": _one_of(
        _among("school_id", "schools"), _own("id", "incident"), _among("id", "child_incidents")
    ),
    # A family's and one's own before the look at each incident, which takes longer than all the rest.
    "incidents_participant": _one_of(
        _among("incident_id", "child_incidents"),
        "staff_id = any((select array(select own.id from public.people_staffmember own where "  # noqa: S608 - the same
        + _own("own.user_id", "person")
        + "))::uuid[])",
        _with("incidents_incident", "incident_id"),
    ),
    "incidents_disciplineaction": _one_of(_among("school_id", "schools"), _among("student_id", "children")),
    "incidents_disciplineaction_incidents": _one_of(_with("incidents_disciplineaction", "disciplineaction_id")),
    # As its incident is, which has the same school.
    "incidents_report": _one_of(
        _among("school_id", "schools"),
        _own("incident_id", "incident"),
        _among("incident_id", "child_incidents"),
        f"id = {_from('wall_reports_of_agency', 'uuid[]')}",
    ),
    "incidents_reportversion": _OF_REPORT,
    "incidents_reportstep": _OF_REPORT,
    "incidents_allegationreview": _OF_REPORT,
    "incidents_courtorder": _OF_REPORT,
    "incidents_sealedopening": _OF_REPORT,
    "incidents_holdertold": _one_of(_with("incidents_courtorder", "order_id")),
    "incidents_feedperson": _OFFICE_ONLY,
    "incidents_feedrelation": _OFFICE_ONLY,
    "incidents_goneincident": _OFFICE_ONLY,
    "incidents_draft": _one_of(_own("author_id", "person")),
    "people_student": _one_of(
        _among("school_id", "schools"),
        _among("id", "children"),
        # Of another school by now, or another family's child: named in a report that one sees.
        _with("incidents_participant", "id", by="student_id"),
    ),
    "people_guardian": _one_of(
        _own("user_id", "person"),
        _with("people_guardianship", "id", by="guardian_id"),
    ),
    "people_guardianship": _OF_STUDENT,
    "people_limit": _OF_STUDENT,
    "people_permission": _OF_STUDENT,
    "people_paper": _one_of(
        _with("people_guardianship", "relation_id"),
        _with("people_limit", "limit_id"),
        _with("people_permission", "permission_id"),
    ),
    "people_brokenglass": _one_of(
        _own("user_id", "person"),
        _among("school_id", "schools"),
        _among("student_id", "children"),
        _among("incident", "child_incidents"),
    ),
    "redactions_proposed": _OF_VERSION,
    "redactions_batch": _OF_VERSION,
    "redactions_finish": _OF_VERSION,
    "redactions_benchdraft": _OF_VERSION,
    "redactions_attachment": _OF_REPORT,
    "redactions_attachmentpage": _one_of(_with("redactions_attachment", "attachment_id")),
    "requests_request": _one_of(_own("agency_id", "agency"), _REPORT),
    "requests_factanswer": _OF_REQUEST,
    "requests_decision": _OF_REQUEST,
    "requests_obligation": _OF_DECISION,
    "requests_familynotice": _OF_REQUEST,
    "requests_proposal": _OF_DECISION,
    "requests_confirmation": _OF_DECISION,
    "releases_release": _one_of(_own("agency_id", "agency"), _with("requests_request", "request_id")),
    "releases_acknowledgement": _OF_RELEASE,
    "releases_answereddifference": _one_of(_with("requests_confirmation", "confirmation_id")),
    "releases_delivery": _OF_RELEASE,
    "releases_expungementnotice": _OF_RELEASE,
    "releases_onetimecode": _one_of(_with("releases_delivery", "delivery_id")),
    "releases_releasereach": _OF_RELEASE,
    "releases_reachalert": _OF_RELEASE,
    "transfers_transfer": _one_of(
        _own("reported_by_id", "person"),
        _with("transfers_case", "id", by="transfer_id"),
    ),
    # A family reads of another child's case that a copy of its own child's report may be the one that was seen.
    "transfers_case": _one_of(
        _REPORT,
        _with("releases_release", "release_id"),
        _with("transfers_touch", "id", by="case_id"),
    ),
    "transfers_touch": _OF_RELEASE,
    "transfers_caseanswer": _OFFICE_ONLY,
    "transfers_letter": _one_of(_among("student_id", "children")),
    "exports_listexport": _OFFICE_ONLY,
    "exports_listedstudent": _one_of(_among("student_id", "children")),
    "families_objection": _OF_REPORT,
    "spreadsheets_spreadsheet": _OFFICE_ONLY,
    "spreadsheets_savedmapping": _OFFICE_ONLY,
    "retention_hold": _OFFICE_ONLY,
    "retention_departure": _OFFICE_ONLY,
    # A page says of a record that was destroyed when and under which rule, to whoever may know of it.
    "retention_item": _OF_REPORT,
    "retention_proposal": _one_of(_with("retention_item", "id", by="proposal_id")),
    "retention_certificate": _one_of(_with("retention_proposal", "proposal_id")),
    "ledger_reading": _one_of(_own('"user"', "person"), f"subject = {_from('wall_subjects_of_children', 'text[]')}"),
}

# The read log: whoever reads a child's record is written down, and need not see the line.
ANYBODY_ENTERS: Final = frozenset({"ledger_reading"})

# Tables without a rule, and why they need none.
OUTSIDE: Final = {
    "the network outside, which is public or the office's": (
        "agencies_agency",
        "agencies_agreement",
        "agencies_change",
        "agencies_listedagency",
        "agencies_namematch",
        "agencies_publiclist",
        "agencies_sourcedocument",
        "releases_knownaddress",
        "releases_watch",
    ),
    "the log: ids, codes and days of acts, no name and no narrative; insert-only": (
        "ledger_opening",
        "ledger_stagedleaf",
        "ledger_tile",
        "ledger_checkpoint",
        "ledger_cosignature",
        "ledger_timestamp",
        "ledger_readingdigest",
        "ledger_subscription",
    ),
    "sign-ins, which are needed before anybody is known; of a family they hold no name": (
        "people_user",
        "people_membership",
        "people_adminpower",
        "people_notice",
        "people_noticeaddress",
        "people_unusualreading",
        "people_morereading",
        "people_staffmember",
        "people_codestep",
        "people_districtidentity",
        "people_factorsecret",
        "people_sharedattempt",
        "people_signinchange",
        "people_signinevent",
        "people_signinsession",
        "account_emailaddress",
        "account_emailconfirmation",
        "mfa_authenticator",
    ),
    "the district and its schools; wrapped keys open nothing by themselves": (
        "schools_district",
        "schools_school",
        "schools_namekey",
        "retention_wrappingkey",
        "incidents_feed",
        "releases_markkey",
    ),
    "counts and figures, which are published or name nobody": (
        "transparency_countingrules",
        "transparency_publishedfigures",
        "transparency_auditstatement",
        "redactions_findercount",
        "redactions_finderconsent",
    ),
    "invented cases and drafted law": ("workbench_draft", "workbench_draftrule", "workbench_keptcase"),
    "the framework's own": (
        "django_content_type",
        "django_session",
        "auth_permission",
        "auth_group",
        "auth_group_permissions",
    ),
}
