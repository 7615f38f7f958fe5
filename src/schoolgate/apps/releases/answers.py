"""Files that leave: a copy, a receipt."""

from django.http import Http404, HttpResponse

from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.ledger.models import Opening
from schoolgate.apps.ledger.receipts import receipt_for
from schoolgate.apps.ledger.selectors import is_sealed

from .models import Release


def pdf_response(pdf: bytes, number: str) -> HttpResponse:
    """A copy. Its name says nothing of anybody; the sandbox keeps a PDF reader in the page from doing more."""
    return HttpResponse(
        pdf,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{number}.pdf"',
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )


def has_receipt(release: Release) -> bool:
    """Whether the act that let a copy leave stands in the published log already. Two queries."""
    opening = Opening.objects.filter(subject=f"request:{release.request_id}", kind=Kind.COPY_RELEASED.value).first()
    return opening is not None and is_sealed(opening)


def receipt_response(release: Release) -> HttpResponse:
    """The receipt of a copy.

    Raises:
        Http404: Its period of the log is not sealed yet.
    """
    text = receipt_for(f"request:{release.request_id}")
    if text is None:
        raise Http404
    return HttpResponse(
        text,
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{release.number}.tlog-proof"'},
    )
