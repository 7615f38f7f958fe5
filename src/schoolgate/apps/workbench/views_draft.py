"""Pages of counsel's draft: a rule's text, what the draft changes, what the engine refuses."""

import difflib
import re
from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.engines import law

from .books import DRAFT, NoBookError, book_choices, find_draft, open_book
from .models import Draft, DraftRule
from .services import leave_out, save_rule, undo
from .views import COUNSEL

OWN: Final = "counsel's own drafts"
PLACE: Final = re.compile(r"draft text 1:(\d+)")
NEW: Final = "new"
SKELETON: Final = """+++
id = "local.my-rule"
citation = "School committee policy, 1 September 2026"
title = "What the rule says, in a line"
layer = "local"
effect = "prohibition"
evidence = "unverified"
sources = ["Where to read it"]
in_force_from = 2026-09-01
+++
Say in a sentence what it means.

```cedar
forbid (
  principal,
  action == Action::"disclose",
  resource
)
when { context.instrument == Instrument::"none" };
```
"""


@dataclass(frozen=True, slots=True)
class Changed:
    """One rule of a draft, and its lines that changed."""

    provision: str
    title: str
    what: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a text was not saved, and where."""

    line: int | None
    text: str
    what: str


@require_http_methods(["GET", "HEAD", "POST"])
@allow(COUNSEL, relation=OWN)
def draft(request: ActorRequest) -> HttpResponse:
    """The draft's changes, and one rule's text to change."""
    data = request.POST if request.method == "POST" else request.GET
    try:
        base = open_book(request.actor, data.get("book", "").removeprefix(DRAFT)).base
    except NoBookError as problem:
        return render(request, "workbench/no_book.html", {"problem": str(problem), "tab": "draft"})
    provision = data.get("provision", "")
    if provision not in {"", NEW} and provision not in base.provisions and not _drafted(request, base, provision):
        raise Http404
    found = find_draft(request.actor, base.id)
    text, refused = _text(base, found, provision), None
    if request.method == "POST" and provision:
        try:
            return _write(request, base, provision)
        except law.LawError as problem:
            text = request.POST.get("text", text)
            refused = _refused(problem, text)
    changes = [_changed(base, rule) for rule in found.rules.all()] if found else []
    context = {
        "tab": "draft",
        "base": base,
        "books": [(code, title) for code, title in book_choices(request.actor) if not code.startswith(DRAFT)],
        "changes": changes,
        "draft_code": DRAFT + base.id,
        "provision": base.provisions.get(provision),
        "editing": provision,
        "new": provision == NEW,
        "text": text,
        "refused": refused,
        "in_draft": any(one.provision == provision for one in changes),
        "rules": sorted((f"{one.citation}: {one.title}", one.id) for one in base.provisions.values()),
    }
    return render(request, "workbench/draft.html", context)


def _drafted(request: ActorRequest, base: law.Rulebook, provision: str) -> bool:
    found = find_draft(request.actor, base.id)
    return found is not None and any(rule.provision == provision for rule in found.rules.all())


def _text(base: law.Rulebook, found: Draft | None, provision: str) -> str:
    """The rule's text as the draft has it, or else the rulebook."""
    rules = {rule.provision: rule.text for rule in found.rules.all()} if found else {}
    if rules.get(provision):
        return rules[provision]
    if provision in base.provisions:
        return base.provisions[provision].source
    return SKELETON


def _write(request: ActorRequest, base: law.Rulebook, provision: str) -> HttpResponse:
    page = f"{reverse('workbench:draft')}?"
    match request.POST.get("do"):
        case "undo":
            undo(actor=request.actor, base=base, provision=provision)
            messages.success(request, "The change is gone from your draft.")
        case "leave-out":
            leave_out(actor=request.actor, base=base, provision=provision)
            messages.success(request, "Your draft does without this rule.")
        case _:
            edited = "" if provision == NEW else provision
            saved = save_rule(actor=request.actor, base=base, text=request.POST.get("text", ""), provision=edited)
            messages.success(request, "Saved in your draft. It decides nothing until it is in the rulebook.")
            return redirect(page + urlencode({"book": base.id, "provision": saved}))
    return redirect(page + urlencode({"book": base.id}))


def _refused(problem: law.LawError, text: str) -> Refused:
    place = PLACE.search(problem.where)
    number = int(place[1]) if place else None
    lines = text.splitlines()
    shown = lines[number - 1].strip() if number and number <= len(lines) else ""
    return Refused(number, shown, f"{problem.what[:1].upper()}{problem.what[1:]}. {problem.remedy}.")


def _changed(base: law.Rulebook, rule: DraftRule) -> Changed:
    old = base.provisions.get(rule.provision)
    title = f"{old.citation}: {old.title}" if old else rule.provision
    what = "New" if old is None else "Changed" if rule.text else "Left out"
    before = old.source.splitlines() if old and rule.text else []
    after = rule.text.splitlines() if old else []
    signs = {"+": "new", "-": "old"}
    lines = tuple(
        (signs[line[0]], line[1:])
        for line in list(difflib.unified_diff(before, after, n=0, lineterm=""))[2:]
        if line[:1] in signs
    )
    return Changed(rule.provision, title, what, lines)
