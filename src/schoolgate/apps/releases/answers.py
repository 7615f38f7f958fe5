"""A copy as it leaves."""

from django.http import HttpResponse


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
