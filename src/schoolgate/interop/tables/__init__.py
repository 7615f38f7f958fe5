"""Any spreadsheet of students, guardians, staff or incidents in, by a mapping of its columns.

`headers_of` and `propose` suggest which column is which field; a person confirms it as a `ColumnMapping`, kept as JSON.
`dry_run` says of every line what would happen; `check_table` and `read_table` read it. Columns that tell of origin,
status, race or sex are refused by their names and by what stands in them.
"""

from schoolgate.interop.problems import Problem, ReadingError, ReadingProblems
from schoolgate.interop.tables.cells import DateOrder, Value
from schoolgate.interop.tables.drops import Drop, DropReport
from schoolgate.interop.tables.fields import FIELDS, Field, Subject, SubjectFields
from schoolgate.interop.tables.mapping import ColumnMapping, Proposal, Proposed, propose
from schoolgate.interop.tables.opening import Content, Source
from schoolgate.interop.tables.reading import check_table, dry_run, headers_of, read_table
from schoolgate.interop.tables.rows import CheckedTable, ColumnLook, LineOutcome, State, TableRow
from schoolgate.interop.tables.surveying import ColumnSurvey, guess_form, survey
from schoolgate.interop.tables.text import Encoding, Limits

__all__ = [
    "FIELDS",
    "CheckedTable",
    "ColumnLook",
    "ColumnMapping",
    "ColumnSurvey",
    "Content",
    "DateOrder",
    "Drop",
    "DropReport",
    "Encoding",
    "Field",
    "Limits",
    "LineOutcome",
    "Problem",
    "Proposal",
    "Proposed",
    "ReadingError",
    "ReadingProblems",
    "Source",
    "State",
    "Subject",
    "SubjectFields",
    "TableRow",
    "Value",
    "check_table",
    "dry_run",
    "guess_form",
    "headers_of",
    "propose",
    "read_table",
    "survey",
]
