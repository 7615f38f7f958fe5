"""The forms by which a spreadsheet is brought and its columns are mapped."""

from collections.abc import Mapping, Sequence

from django import forms

from schoolgate.interop.tables import FIELDS, ColumnSurvey, Proposal, Subject

from .models import SUBJECTS

LEAVE_OUT = ("", "Leave it out")
SEPARATORS = ((",", "Commas"), (";", "Semicolons"), ("\t", "Tabs"))
ENCODINGS = (("utf-8", "UTF-8"), ("windows-1252", "Windows-1252, as older spreadsheets write it"))
ORDERS = (
    ("", "Each date can be read in one way only, such as 2026-09-30"),
    ("month first", "03/04/2026 is 4 March"),
    ("day first", "03/04/2026 is 3 April"),
)
# Fields whose cells are held to a form that no word of origin or status has.
HELD_TO_A_FORM = frozenset({"language", "date", "time", "flag"})


class BringForm(forms.Form):
    """A spreadsheet, and what it is about."""

    subject = forms.ChoiceField(label="What it is about", choices=list(SUBJECTS.items()))
    file = forms.FileField(
        label="The spreadsheet",
        error_messages={"required": "Choose a file of at most 64 MB."},
        help_text="Save the sheet as “CSV UTF-8”: at most 64 MB, with the names of its columns in the first line. "
        "It is sealed at once, and destroyed when its rows are in, when you drop it, or after a week",
    )


class FormForm(forms.Form):
    """How the file is written."""

    separator = forms.ChoiceField(label="What stands between the cells", choices=SEPARATORS)
    encoding = forms.ChoiceField(label="How its letters are written", choices=ENCODINGS)


class MapForm(forms.Form):
    """A field for each column, or none."""

    def __init__(
        self,
        data: Mapping[str, str] | None = None,
        *,
        subject: Subject,
        columns: Sequence[ColumnSurvey],
        proposal: Mapping[str, str],
    ) -> None:
        super().__init__(data)
        self.subject, self.columns = subject, columns
        known = FIELDS[subject].fields
        for column in open_columns(columns):
            choices = [
                (one.name, f"{one.title} (needed)" if one.is_needed else one.title)
                for one in known
                if not column.tells or one.kind in HELD_TO_A_FORM
            ]
            proposed = proposal.get(column.header, "")
            self.fields[f"column-{column.at}"] = forms.ChoiceField(
                label=column.header,
                required=False,
                choices=[LEAVE_OUT, *choices],
                initial=proposed if proposed in dict(choices) else "",
            )
        self.fields["date_order"] = forms.ChoiceField(label="How its dates are written", required=False, choices=ORDERS)
        self.fields["name"] = forms.CharField(
            label="Keep this mapping as",
            required=False,
            max_length=80,
            help_text="A name, if such a file will come again. Name no child",
        )

    def chosen(self) -> dict[str, str]:
        """The field of each column that is read."""
        found = {}
        for column in open_columns(self.columns):
            if name := self.cleaned_data.get(f"column-{column.at}"):
                found[column.header] = name
        return found

    def rows(self) -> list[tuple[ColumnSurvey, forms.BoundField | None]]:
        """Each column with its choice; None for one that may not enter, or has no name."""
        return [
            (column, self[f"column-{column.at}"] if f"column-{column.at}" in self.fields else None)
            for column in self.columns
        ]


def open_columns(columns: Sequence[ColumnSurvey]) -> list[ColumnSurvey]:
    """Those that can be mapped."""
    return [one for one in columns if one.header and not one.is_refused]


def proposed(proposal: Proposal) -> dict[str, str]:
    """What the headers suggest."""
    return {column: one.field for column, one in proposal.columns.items()}
