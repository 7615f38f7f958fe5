"""Pages of kept cases."""

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.ledger.acts import Impossible

from .books import DRAFT, Book, NoBookError, drafted_names, open_book
from .forms import KeepForm
from .selectors import find_kept, kept_cases, opening, outcome_words, test_data, verdict
from .services import keep_case
from .views import COUNSEL, LAW, bench, bench_context

KEPT = "cases that counsel kept, without names"


@require_POST
@allow(COUNSEL, relation=LAW)
def keep(request: ActorRequest) -> HttpResponse:
    """Keep the case that is being tried."""
    try:
        found = bench(request.actor, QueryDict(request.POST.get("case", "")))
    except NoBookError as problem:
        return render(request, "workbench/no_book.html", {"problem": str(problem), "tab": "case"})
    form = KeepForm(request.POST, rulebook=found.book.rulebook, decision=found.decision)
    if form.is_valid():
        data = form.cleaned_data
        try:
            kept = keep_case(
                actor=request.actor,
                rulebook=found.book.rulebook,
                case=found.case,
                outcome=data["outcome"],
                withheld=frozenset(data["withheld"]),
                why=data["why"],
            )
        except Impossible as problem:
            form.add_error("withheld", str(problem))
        else:
            messages.success(request, f"The case is kept as {kept.number}.")
            return redirect("workbench:kept")
    return render(request, "workbench/case.html", bench_context(request.actor, found) | {"keep": form})


@require_safe
@allow(COUNSEL, relation=KEPT)
def kept(request: ActorRequest) -> HttpResponse:
    """Every kept case: whether it passes under the book as it is, and under counsel's draft."""
    cases = kept_cases()
    drafts = drafted_names(request.actor)
    books: dict[str, Book | None] = {}
    for one in cases:
        for code in (one.rulebook, DRAFT + one.rulebook):
            if code not in books:
                books[code] = _book(request, code) if code == one.rulebook or one.rulebook in drafts else None
    rows = [_row(one, books[one.rulebook], books[DRAFT + one.rulebook]) for one in cases]
    failing = sum(row["now"] is None or not row["now"].passes for row in rows)
    changed = sum(row["draft"] is not None and not row["draft"].passes for row in rows)
    context = {"rows": rows, "failing": failing, "changed": changed, "drafted": bool(drafts), "tab": "kept"}
    return render(request, "workbench/kept.html", context)


def _book(request: ActorRequest, code: str) -> Book | None:
    try:
        found = open_book(request.actor, code)
    except NoBookError:
        return None
    return found if found.code == code else None


def _row(one: Any, book: Book | None, draft: Book | None) -> dict[str, Any]:  # noqa: ANN401 - a model's row
    rulebook = book.rulebook if book else None
    return {
        "kept": one,
        "expected": outcome_words(rulebook, one.outcome, one.withheld) if rulebook else one.outcome,
        "now": verdict(rulebook, one) if rulebook else None,
        "draft": verdict(draft.rulebook, one) if draft else None,
        "address": opening(rulebook, one) if rulebook else "",
    }


@require_safe
@allow(COUNSEL, relation=KEPT)
def kept_file(_request: ActorRequest, kept_id: UUID) -> HttpResponse:
    """One kept case as a file."""
    one = find_kept(kept_id)
    return _file([test_data(one)], one.number)


@require_safe
@allow(COUNSEL, relation=KEPT)
def kept_files(_request: ActorRequest) -> HttpResponse:
    """Every kept case in one file."""
    return _file([test_data(one) for one in kept_cases()], "kept-cases")


def _file(rows: list[Any], name: str) -> HttpResponse:
    text = json.dumps(rows, indent=1, ensure_ascii=False) + "\n"
    return HttpResponse(
        text,
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}.json"'},
    )
