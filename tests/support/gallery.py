"""What the style gallery shows: every component once, with the cast of the demonstration district."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from django import forms
from django.utils.safestring import mark_safe

from schoolgate.web.forms import ClockInput, ComboBox, DayInput, UswdsRenderer

DRAWING = mark_safe(
    '<svg viewBox="0 0 680 150" width="680" height="150" font-family="inherit" font-size="15">'
    '<g fill="none" stroke="#07648d" stroke-width="2"><path d="M150 75h100"/><path d="M360 75h100"/>'
    '</g><g fill="#fff" stroke="#002d3f" stroke-width="2"><rect x="10" y="45" width="140" height="60" '
    'rx="4"/>'
    '<rect x="250" y="45" width="110" height="60" rx="4"/>'
    '<rect x="460" y="45" width="200" height="60" rx="4"/></g><g fill="#002d3f" text-anchor="middle">'
    '<text x="80" y="80">The school</text><text x="305" y="80">Boston Police</text>'
    '<text x="560" y="80">Immigration enforcement</text><text x="200" y="65">2007</text>'
    '<text x="410" y="65">2011</text></g></svg>'
)


class Everything(forms.Form):
    """One field of every kind."""

    default_renderer = UswdsRenderer()

    title = forms.CharField(label="What happened, in a few words", max_length=120)
    story = forms.CharField(
        label="What happened",
        widget=forms.Textarea,
        help_text="Write people as @P1, @S1. Say what you saw, and what others told you.",
    )
    kind = forms.ChoiceField(
        label="What kind of incident",
        choices=[("", "Choose one"), ("argument", "Argument"), ("injury", "Injury")],
    )
    agency = forms.ChoiceField(
        label="Who asks",
        widget=ComboBox,
        choices=[
            ("", ""),
            ("bpd", "Boston Police"),
            ("brc", "The fusion center"),
            ("court", "Juvenile Court"),
        ],
        help_text="Type a part of the name.",
        required=False,
    )
    paper = forms.ChoiceField(
        label="Which paper came with it",
        widget=forms.RadioSelect,
        choices=[("subpoena", "A subpoena"), ("judge", "A warrant signed by a judge"), ("none", "None")],
        help_text="A warrant that no judge signed is not the same.",
    )
    people = forms.MultipleChoiceField(
        label="Who was there",
        widget=forms.CheckboxSelectMultiple,
        choices=[
            ("P1", "Marisol Aguilar, student"),
            ("P2", "Kevin Chen, student"),
            ("S1", "Ms. Abreu, teacher"),
        ],
        required=False,
    )
    day = forms.DateField(label="Day", widget=DayInput, help_text="The day it happened, not the day you write.")
    hour = forms.TimeField(label="Time, if you know it", widget=ClockInput, required=False)
    document = forms.FileField(label="The paper, scanned", required=False)
    true = forms.BooleanField(label="What I wrote is true as far as I know")


class Failed(forms.Form):
    """A form that was sent with gaps."""

    default_renderer = UswdsRenderer()

    day = forms.DateField(label="Day", widget=DayInput)
    served = forms.ChoiceField(
        label="Was the subpoena served on the custodian of records?",
        widget=forms.RadioSelect,
        choices=[("yes", "Yes"), ("no", "No"), ("unknown", "Not known yet")],
    )


def context() -> dict[str, Any]:
    """Everything that `web/gallery.html` asks for."""
    return {
        "actor": SimpleNamespace(user_id=1, display_name="Dana Whitfield", role_name="Records officer"),
        "demo_data": True,
        "nav_items": (
            ("Reports", "#reports", False),
            ("Requests", "#requests", True),
            ("The rules", "#rules", False),
            ("Public figures", "#figures", False),
        ),
        "crumbs": [("Requests", "#requests")],
        "due": date(2026, 12, 4),
        "filed": datetime(2026, 11, 23, 19, 5, tzinfo=UTC),
        "form": Everything(auto_id="new_%s"),
        "failed": Failed(data={"day": "yesterday"}, auto_id="failed_%s"),
        "sections": [("law", "Why"), ("account", "The family's account"), ("form", "Filing a report")],
        "layers": ["Layer", "Vote", "Provision", ("Elements", "number")],
        "steps": [
            {"title": "What and when", "state": "complete", "url": "#what"},
            {"title": "Who", "state": "complete", "url": "#who"},
            {"title": "What happened", "state": "current", "missing": "one sentence has no account"},
            {"title": "Check and sign", "state": "todo"},
        ],
        "events": [
            {
                "day": date(2026, 11, 20),
                "asked": "The Boston Police asked for a report.",
                "answer": "We gave part of it, because a grand jury ordered it.",
                "state": "permit_redacted",
                "word": "Part was given",
                "links": [
                    ("What they got (3 pages)", "#got"),
                    ("What we kept back", "#kept"),
                    ("Who could see it next", "#next"),
                    ("Your receipt", "#receipt"),
                ],
            },
            {
                "day": date(2026, 11, 18),
                "asked": "Immigration enforcement asked.",
                "answer": "We refused: the paper was not signed by a judge.",
                "state": "refused",
            },
            {
                "day": date(2025, 11, 12),
                "asked": "Ms. Abreu and Mr. Okafor opened the report, to do their work.",
            },
        ],
        "question": "Was the subpoena served on the custodian of records?",
        "who": "Only the person who took the paper can say. Until then nothing leaves.",
        "answers": [("served", "yes", "Yes"), ("served", "no", "No")],
        "action": "#answer",
        "ask_url": "#ask",
        "ask": "Ask Mr. Okafor",
        "facts": [
            ("Who asks", "Sgt. Doyle, Boston Police"),
            ("With which paper", "A grand jury subpoena"),
            ("About whom", "Marisol Aguilar, 16"),
        ],
        "drawing": DRAWING,
        "reach_columns": ["Step", "From", "To", ("Since", "number")],
        "reach_rows": [
            ("1", "The school", "Boston Police", 2007),
            ("2", "Boston Police", "Immigration enforcement", 2011),
        ],
        "desk_columns": [("Number", "text"), "Who asks", "What is missing", ("Days left", "number")],
        "desk_rows": [
            ("2026-014", "Boston Police", "Was it served on the custodian?", 8),
            ("2026-013", "Juvenile Court", "Nothing: ready to decide", 11),
            ("2026-009", "The fusion center", "A reason", 0),
        ],
        "languages": [
            ("en", "English", True),
            ("es", "Español", False),
            ("ht", "Kreyòl ayisyen", False),
            ("ar", "العربية", False),
        ],
        "why": {
            "rule": "Records officers read what they decide on (603 CMR 23.07(3)(a)).",
            "role": "Records officer",
            "relation": "Request 2026-014 is assigned to your office.",
            "read_at": datetime(2026, 11, 23, 19, 5, tzinfo=UTC),
        },
    }
