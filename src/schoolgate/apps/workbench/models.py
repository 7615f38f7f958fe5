"""What counsel keeps: drafts of rules, and cases that must go on being decided as they are."""

import uuid

from django.db import models

from schoolgate.apps.people.models import User


class Draft(models.Model):
    """Counsel's changes to a rulebook: seen by their author alone, and deciding nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    author = models.ForeignKey(User, on_delete=models.CASCADE, related_name="law_drafts")
    # A name in `schoolgate/rulebooks`.
    rulebook = models.CharField(max_length=40)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["author", "rulebook"], name="one_law_draft_a_rulebook")]


class DraftRule(models.Model):
    """One rule of a draft: its new text, or no text where the draft leaves the rule out."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="rules")
    provision = models.CharField(max_length=80)
    text = models.TextField(blank=True)

    class Meta:
        ordering = ["provision"]
        constraints = [models.UniqueConstraint(fields=["draft", "provision"], name="one_draft_text_a_rule")]


class KeptCase(models.Model):
    """A case that must be decided so: categories and facts, no name and no narrative. Never changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=20, unique=True)
    rulebook = models.CharField(max_length=40)
    # As `engines.law.parse_case` reads it; the recipient's name is not in it.
    case = models.JSONField()
    outcome = models.CharField(max_length=20)
    # The elements that must stay behind; ["*"] when nothing may leave.
    withheld = models.JSONField()
    why = models.CharField(max_length=400)
    kept_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="kept_cases")
    kept_at = models.DateTimeField()

    class Meta:
        ordering = ["-kept_at"]
