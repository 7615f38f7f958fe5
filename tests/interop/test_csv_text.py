"""A table that a spreadsheet opens computes nothing, and a program reads back what was written."""

import csv
from io import StringIO

from hypothesis import given
from hypothesis import strategies as st

from schoolgate.interop.csv_text import csv_text, safe_cell

CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(CELLS)
def test_no_cell_begins_as_a_formula_does(cell):
    assert not safe_cell(cell).startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\0"))


@given(CELLS)
def test_a_cell_is_told_apart_from_every_other(cell):
    assert safe_cell(cell).removeprefix("'") == cell


@given(st.lists(st.lists(CELLS.filter(lambda cell: "\0" not in cell), min_size=2, max_size=2), max_size=5))
def test_rows_come_back(rows):
    read = list(csv.reader(StringIO(csv_text(("a", "b"), rows), newline="")))
    assert read == [["a", "b"], *([safe_cell(cell) for cell in row] for row in rows)]
