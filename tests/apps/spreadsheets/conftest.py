"""What every test of spreadsheets begins with: the cast, and files that the records officer brings."""

import pytest

STUDENTS = {
    "ID": "number",
    "First": "first",
    "Last": "last",
    "DOB": "birth_date",
    "School": "school",
    "Notice language": "notice_language",
}
GUARDIANS = {
    "Contact": "number",
    "Student": "student_number",
    "First": "first",
    "Last": "last",
    "Relation": "relation",
    "Legal": "is_legal_guardian",
    "Barred": "is_restricted",
    "Until": "ends",
}
STAFF = {"ID": "number", "First": "first", "Last": "last", "School": "school"}
INCIDENTS = {
    "No": "number",
    "School": "school",
    "Date": "date",
    "Time": "time",
    "Where": "place",
    "What": "behavior",
    "Student": "student_number",
    "Part": "role",
    "Notes": "narrative",
    "Police": "is_reported_to_police",
}
COLUMNS = {"students": STUDENTS, "guardians": GUARDIANS, "staff": STAFF, "incidents": INCIDENTS}


@pytest.fixture
def tried(cast):
    """Bring a file as the records officer, map it, and have it tried."""
    from schoolgate.apps.spreadsheets.running import carry_on
    from schoolgate.apps.spreadsheets.services import bring, map_columns
    from schoolgate.interop.tables import ColumnMapping

    def run(subject, *lines, columns=None):
        mapping = ColumnMapping(subject, columns or COLUMNS[subject])
        text = "\n".join([",".join(mapping.columns), *lines, ""])
        officer = cast.actor("whitfield")
        sheet = bring(actor=officer, subject=subject, content=text.encode())
        map_columns(actor=officer, sheet=sheet, mapping=mapping, beside=False)
        carry_on(sheet.pk)
        sheet.refresh_from_db()
        return sheet

    return run


@pytest.fixture
def brought_in(cast, tried):
    """Bring a file in, whole."""
    from schoolgate.apps.spreadsheets.running import carry_on
    from schoolgate.apps.spreadsheets.services import import_spreadsheet

    def run(subject, *lines, columns=None):
        sheet = tried(subject, *lines, columns=columns)
        import_spreadsheet(actor=cast.actor("whitfield"), sheet=sheet, beside=False)
        carry_on(sheet.pk)
        sheet.refresh_from_db()
        return sheet

    return run


@pytest.fixture
def problems_of():
    """What is wrong with a tried spreadsheet, in words."""
    from schoolgate.apps.spreadsheets.keeping import open_notes

    return lambda sheet: [str(one) for one in open_notes(sheet).problems]
