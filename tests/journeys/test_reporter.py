"""A reporter checks the year's total: an auditor's statement on the public page, files from it, one command."""

import re
from datetime import UTC, datetime

import pytest

from schoolgate.apps.access.moment import at
from schoolgate.apps.ledger.keys import keys
from schoolgate.apps.ledger.models import Checkpoint
from schoolgate.apps.ledger.publishing import write_log
from schoolgate.apps.ledger.sealing import seal_period
from schoolgate.apps.transparency.openings import opening_lines
from schoolgate.apps.transparency.rules import RULES_FILE
from schoolgate.apps.transparency.services import publish_due_figures
from schoolgate.demonstration.cast import PASSWORD, open_demonstration
from support.asking import asked_by_every_kind
from support.commands import bare_environment

pytestmark = pytest.mark.browser
YEAR = [datetime(2025, month, 10, 15, tzinfo=UTC) for month in (2, 5, 8, 11)]


@pytest.fixture
def year(real_transactions, settings, tmp_path):
    """A year in which every kind of recipient asked about ten students in each quarter, counted and published."""
    settings.LOG_FOLDER = tmp_path / "log"
    report = None
    with at(YEAR[0]):
        cast = open_demonstration()
    for moment in YEAR:
        with at(moment):
            report = asked_by_every_kind(cast, report)
            seal_period()
    with at(datetime(2026, 1, 20, 15, tzinfo=UTC)):
        assert len(publish_due_figures()) == 4
        checkpoint = seal_period()
        write_log(settings.LOG_FOLDER, checkpoint)


def downloaded(person, folder, link):
    with person.page.expect_download() as download:
        person.page.locator("main").get_by_role("link", name=link, exact=True).first.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_a_reporter_checks_the_years_total(year, visit, commands, settings, tmp_path):
    reporter, auditor = visit(scripts=True), visit(scripts=True)
    reporter.open("/public/")
    assert "No auditor has counted these figures again yet." in reporter.text
    reporter.check("figures-unchecked")

    desk = tmp_path / "auditor"
    desk.mkdir()
    (desk / "openings").write_bytes(b"".join(opening_lines(Checkpoint.objects.latest("size"))))
    (desk / "counting.toml").write_bytes(RULES_FILE.read_bytes())
    (desk / "log-key").write_text(keys().verifying_key, encoding="utf-8")
    auditor.open("/public/")
    for part in auditor.page.locator("details.sg-more > summary").all():
        part.click()
    figures = [downloaded(auditor, desk, f"Figures of 2025-Q{number} (JSON)") for number in (1, 2, 3, 4)]
    environment = bare_environment()
    made = commands.run("audit-log", "key", "audit.example/lee-park", "--out", desk / "key", environment=environment)
    auditors_key = made.stdout.strip()
    given = [word for one in figures for word in ("--figures", one)]
    done = commands.run(
        *("audit-log", settings.LOG_FOLDER, desk / "openings", *given, "--rules", desk / "counting.toml"),
        *("--log-key", desk / "log-key", "--sign-with", desk / "key", "--out", desk / "statement"),
        environment=environment,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    auditor.sign_in("park", PASSWORD)
    auditor.open("/acts/statement/")
    auditor.check("statement")
    auditor.page.get_by_label("The signed statement").set_input_files(desk / "statement")
    auditor.page.get_by_label("Your verifying key").fill(auditors_key)
    auditor.press("Publish the statement")
    assert "audit.example/lee-park" in auditor.text

    paper = tmp_path / "reporter"
    paper.mkdir()
    reporter.open("/public/")
    assert "found nothing wrong" in reporter.text
    assert "Records of 10 students were asked for" in reporter.answer
    assert re.search(r"2025 in all\s+Students asked about\s+40", reporter.text)
    reporter.check("figures-checked")
    for part in reporter.page.locator("details.sg-more > summary").all():
        part.click()
    files = [downloaded(reporter, paper, f"Figures of 2025-Q{number} (JSON)") for number in (1, 2, 3, 4)]
    statement = downloaded(reporter, paper, "Signed statement")
    log_key = downloaded(reporter, paper, "the log's key")
    told = commands.run(
        *("verify", "figures", *files, "--statement", statement, "--auditor", auditors_key, "--log-key", log_key),
        environment=environment,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert told.stdout.startswith("The figures verify: audit.example/lee-park opened all")
    row = next(line for line in told.stdout.splitlines() if "Students asked about" in line)
    assert [word for word in row.replace("│", " ").split() if word.isdigit()] == ["10", "10", "10", "10", "40"]
    files[0].write_bytes(files[0].read_bytes().replace(b'"total":10', b'"total":11'))
    changed = commands.run(
        *("verify", "figures", *files, "--statement", statement, "--auditor", auditors_key, "--log-key", log_key),
        environment=environment,
    )
    assert changed.returncode == 1
    assert "do NOT verify" in changed.stdout
