"""Ed-Fi over REST, in and out: the same rows as from bulk XML, and what is gone or has another key at the source.

    api = EdfiApi(address, Credentials(key, secret), send)
    progress = begin(api, since=last)
    for page in ApiReading(api).pages(progress):
        store(page.told, page.after.to_text())

Only an allow-list of fields is read. What may reveal immigration status or origin is dropped and counted, never kept.
"""

from schoolgate.interop.edfi.rest.changes import Gone, Rekeyed
from schoolgate.interop.edfi.rest.client import ApiParts, Credentials, EdfiApi
from schoolgate.interop.edfi.rest.fields import RESOURCES
from schoolgate.interop.edfi.rest.places import Paging, Progress
from schoolgate.interop.edfi.rest.reading import ApiReading, ApiSummary, Page, Told, begin
from schoolgate.interop.edfi.rest.sending import Sent, send_all
from schoolgate.interop.edfi.rest.wire import Answer, ApiError, ApiLimits, ApiProblem, Request, Send

__all__ = [
    "RESOURCES",
    "Answer",
    "ApiError",
    "ApiLimits",
    "ApiParts",
    "ApiProblem",
    "ApiReading",
    "ApiSummary",
    "Credentials",
    "EdfiApi",
    "Gone",
    "Page",
    "Paging",
    "Progress",
    "Rekeyed",
    "Request",
    "Send",
    "Sent",
    "Told",
    "begin",
    "send_all",
]
