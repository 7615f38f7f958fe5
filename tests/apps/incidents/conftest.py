"""A report of Ms. Abreu's about Marisol and Kevin."""

import pytest

from schoolgate.apps.access.moment import today


@pytest.fixture
def body(cast):
    from schoolgate.apps.incidents.body import Body, Person

    return Body(
        occurred_on=today().isoformat(),
        place="hallway",
        kind="fight",
        people=(
            Person("P1", "involved", student=cast.students["marisol"].pk),
            Person("P2", "harmed", student=cast.students["kevin"].pk),
        ),
        narrative="@P1 pushed @P2 by the lockers.",
    )


@pytest.fixture
def report(cast, body):
    from schoolgate.apps.incidents.services import file_report

    return file_report(actor=cast.actor("abreu"), body=body)


@pytest.fixture
def corrected(cast):
    """Correct a report as somebody: `corrected(report, narrative=...)`."""
    from dataclasses import replace

    from schoolgate.apps.incidents.services import begin_correction, correct_report, open_draft

    def correct(report, username="abreu", reason="Misheard", **changes):
        actor = cast.actor(username)
        draft = begin_correction(actor=actor, report=report)
        body = replace(open_draft(draft), correction=reason, **changes)
        return correct_report(actor=actor, draft=draft, body=body)

    return correct


@pytest.fixture
def sealed(cast, report):
    """The report, sealed by an order that Dana Whitfield entered."""
    ordered(cast, report, "seal")
    report.refresh_from_db()
    return report


def ordered(cast, report, kind, username="whitfield"):
    from schoolgate.apps.incidents.models import OrderKind
    from schoolgate.apps.incidents.order_services import enter_order

    return enter_order(
        actor=cast.actor(username),
        report=report,
        kind=OrderKind(kind),
        dated_on=today(),
        court="Suffolk Juvenile Court",
        docket="JV-26-118",
    )
