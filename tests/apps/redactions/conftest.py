"""A report whose marks are reviewed."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from schoolgate.apps.access.moment import today

NARRATIVE = (
    "@P1 and @P2 argued at the east stairs. @P1 lives in Eagle Hill. @P2 called 617 555 0134.\n\n"
    "They shook hands. @P1 walked home to Eagle Hill. Marisol's cousin came. @P1 and @P2 left."
)


@dataclass(frozen=True)
class Bench:
    """A report, who reviews it, and short ways to do so."""

    cast: object
    report: object

    def review(self, username=""):
        from schoolgate.apps.incidents.selectors import unsealed
        from schoolgate.apps.redactions.selectors import review_of

        drafted = {"drafted_by": self.cast.actor(username)} if username else {}
        return review_of(unsealed(self.report), **drafted)

    @property
    def total(self):
        """How many marks the finder proposes: as good as it is today."""
        return len(self.review().standing.marks)

    def mark(self, category, place=0):
        found = [one for one in self.review().standing.marks if one.span.category == category]
        return found[place]

    def decide(self, username, *entries):
        from schoolgate.apps.redactions.services import decide_marks

        return decide_marks(actor=self.cast.actor(username), report=self.report, entries=entries)

    def keep_all(self, username="whitfield"):
        from schoolgate.apps.redactions import deciding

        marks = [one for one in self.review().standing.marks if one.state == "undecided"]
        return self.decide(username, deciding.keep(self.cast.actor(username), marks))

    def finish(self, username="whitfield", *entries):
        from schoolgate.apps.redactions.services import finish_review

        return finish_review(actor=self.cast.actor(username), report=self.report, entries=entries)


@pytest.fixture
def at_bench(cast) -> Bench:
    """A report about Marisol and Kevin with a neighborhood twice, a telephone number and a name."""
    from schoolgate.apps.incidents.body import Body, Person
    from schoolgate.apps.incidents.services import file_report

    body = Body(
        occurred_on=(today() - timedelta(days=1)).isoformat(),
        place="hallway",
        kind="attempted_fight_mediated",
        people=(
            Person("P1", "involved", student=cast.students["marisol"].pk),
            Person("P2", "involved", student=cast.students["kevin"].pk),
        ),
        narrative=NARRATIVE,
        germane={"neighborhood": "To plan a safe way home"},
    )
    return Bench(cast, file_report(actor=cast.actor("abreu"), body=replace(body)))
