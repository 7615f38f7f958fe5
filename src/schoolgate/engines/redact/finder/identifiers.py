"""Identifiers by their shape: dates of birth, addresses, phones, e-mails, numbers, plates, handles."""

import re
from collections.abc import Iterator, Sequence

from schoolgate.engines.redact.finder.text import Text
from schoolgate.engines.redact.model import Participant, Span
from schoolgate.engines.redact.normal import Folded, as_digits

_MONTHS = (
    "jan(?:uary|eiro|vye)?|ene(?:ro)?|feb(?:ruary|rero)?|fev(?:ereiro|riye)?|mar(?:ch|zo|co|s)?|apr(?:il)?|abr(?:il)?|avril|"
    "may(?:o)?|mai(?:o)?|me|jun(?:e|io|ho)?|jen|jul(?:y|io|ho)?|jiye|aug(?:ust)?|ago(?:sto)?|out(?:ubro)?|sep(?:t|tember|tiembre)?|"
    "set(?:embro|iembre)?|septanm|oct(?:ober|ubre)?|oktob|nov(?:ember|iembre|embro|anm)?|dec(?:ember)?|dic(?:iembre)?|"
    "dez(?:embro)?|desanm|[ivx]{1,4}"
)
_DATE = re.compile(
    r"(?<![\d/.-])(?:"
    r"\d{1,2} ?[/.-] ?\d{1,2} ?[/.-] ?(?P<y1>(?:19|20)?\d\d)"
    r"|(?P<y2>(?:19|20)\d\d)[/.-]\d{1,2}[/.-]\d{1,2}"
    rf"|(?:\d{{1,2}}(?:st|nd|rd|th|o|er)?[ -](?:de |of )?(?:{_MONTHS})\.?,?[ -](?:de |del )?(?P<y3>(?:19|20)?\d\d))"
    rf"|(?:(?:{_MONTHS})\.? \d{{1,2}}(?:st|nd|rd|th)?,? (?P<y4>(?:19|20)\d\d))"
    rf"|(?:\d{{1,2}} (?:de )?(?:{_MONTHS})(?!\w))|(?:(?:{_MONTHS}) \d{{1,2}}(?:st|nd|rd|th)?(?![\d:]))"
    r")(?![\d/])"
)
_BIRTH_CUE = re.compile(
    r"(?:\bd\.? ?[o0]\.? ?b\b|\bborn\b|\bbirth|\bb-?day\b|\bnaci|\bnasc|\bnac\b|\bnac ?\.|\bf\.? ?n\.? ?:|\bfet\b|\bdat nesans|"
    r"\bcumple|\baniversario|\banive|\bturn(?:s|ed) \d+)[^\n]{0,25}$"
)
# Students are born in these years; a date in one of them is hardly anything else in an incident report.
_BIRTH_YEARS = range(2002, 2019)

_PHONE = re.compile(
    r"(?<![\w.#-])(?:\+ ?\d{1,3}[ .-]?)?(?:\( ?\d{2,4} ?\) ?|\d{3} ?[ .-] ?)?\d{3} ?[ .-] ?\d{4}(?![\d-])"
    r"|(?<![\w.#-])\+ ?\d{1,3}[ .-]?(?:\d[ .-]?){7,11}\d(?!\d)"
    r"|(?<![\w.#-])\d{10}(?!\d)|(?<![\w.#-])\d{4}[ -]\d{4}(?!\d)"
    r"|(?<!\S)\d(?: \d){6,10}(?!\S)"
)
_EMAIL = re.compile(
    r"[a-z0-9_+-]+(?: ?\. ?[a-z0-9_+-]+)*(?:@ ?| @ | ?\(at\) ?| ?\[at\] ?)[a-z0-9-]+(?: ?(?:\.|\(dot\)|\[dot\]) ?[a-z0-9-]+)+"
    r"|[a-z0-9._+-]+ (?:at|arroba|arobas) [a-z0-9-]+ (?:dot|punto|ponto|pwen) [a-z]{2,}(?: (?:dot|punto|ponto|pwen) [a-z]{2,})?"
)
_STREET = (
    r"(?:st(?:reet)?|ave(?:nue)?|r(?:oa)?d|blvd|boulevard|lane|ln|dr(?:ive)?|ct|court|pl(?:ace)?|ter(?:race)?|sq(?:uare)?|"
    r"way|mews|circle|cir|park(?:way)?|pkwy|row|path|alley|hwy|highway)\b\.?"
)
_UNIT = r"(?:,? (?:apt|apto|apartment|apartamento|apatman|unit|suite|#|fl|floor|piso|andar|no|rm)\.? ?#? ?[a-z0-9-]{1,5}|,? (?:basement|sotano|porao|\d(?:st|nd|rd|th) fl(?:oor)?|piso \d|\d[oa] (?:piso|andar)))"
_TOWN = r"(?:,? (?:east boston|south boston|hyde park|dorchester(?: ctr)?|roxbury|mattapan|jamaica plain|roslindale|west roxbury|brighton|allston|charlestown|boston|chelsea|revere|everett|lynn|somerville|brockton|malden|quincy|randolph)\b|,? ma\b|,? 0\d{4}\b)"
_ADDRESS = re.compile(
    rf"(?<![\w-])\d{{1,5}}[a-z]?(?:-\d+)? (?:[a-z.'-]+ ){{1,3}}?{_STREET}{_UNIT}?{_TOWN}*"
    rf"|\bp\.? ?o\.? box \d+{_TOWN}*|\bapartado(?: postal)? \d+|\bbwat postal \d+"
    rf"|(?<![\w-])(?:calle|rua|avenida|av\.|ri|travessa) [a-z][a-z.' -]{{2,30}}?,? (?:no?\.? ?|#)?\d{{1,5}}{_UNIT}?{_TOWN}*"
)
# What an address goes on with, in the text as it was written: the end of a unit, where in the house, the town.
_HALF_A_UNIT = re.compile(
    r"\b(?:apt|apto|apartment|apartamento|apatman|unit|suite|floor|piso|lot|rm|room|no)\.?$", re.IGNORECASE
)
_REST_OF_UNIT = re.compile(r"\.? ?#? ?(?=\w*\d|[A-Z]\b)\w{1,5}\b")
_IN_THE_HOUSE = re.compile(
    r",? (?:(?:apt|apto|apartment|apartamento|apatman|unit|suite|floor|fl|piso|lot|rm|room|number|no)\.? ?#? ?(?=\w*\d|[A-Z]\b)\w{1,5}"
    r"|# ?\w{1,5}|(?-i:[NS][EW]?|[EW]|\d{1,3}[A-Z])|\d{1,2}(?:st|nd|rd|th|[oaºª]) (?:fl(?:oor)?|piso|andar|door)|(?:casa )?d[oe]s fundos|fundos"
    r"|(?:first|second|third|top|garden|side|back|rear|front) (?:door|floor|house|porch|entrance|unit|apartment))\b"
    r"|, (?:rear|back|upper|lower|front|basement|upstairs|downstairs|(?:garage|left|right) side|in the back)\b",
    re.IGNORECASE,
)
_TOWN_BEHIND = re.compile(
    r", (?:[A-Z][\w'.-]+ ){0,2}[A-Z][\w'-]+(?=,? [A-Z]{2}\b|,? \d{5}\b| ?[.;)\]\n]|\s*$)(?:,? [A-Z]{2}\b)?(?:,? \d{5}(?:-\d{4})?\b)?"
    r"|,? [A-Z]{2},? \d{5}\b|,? \d{5}\b(?!\w)"
)
_NUMBER = re.compile(r"(?<![\w./+-])\d{7}(?![\w/-])(?!\.\d)")
_NUMBER_CUE = re.compile(
    r"(?:\b(?:id|lasid|sasid|student (?:no|number|id|#)|student|num(?:ero)?|nurn|nimewo|matricula|numero|no|#|1d)\b ?[.:#=]* ?|# ?)"
    r"(?P<mark>\d{6,10})(?!\d)"
)
_PLATE = re.compile(
    r"\b(?:plates?|placas?|plak|chapa|tablilla|license|licence|tags?|reg)\b(?: (?:number|no|is|was|read|on|of|the|de|la|es|se|number is|numero|nimewo|it|started|starts|with|ma|mass))*[ :#,\"']*"
    r"(?P<mark>(?=[a-z0-9 -]*\d)[a-z0-9]{2,4}[ -]?[a-z0-9]{0,4})\b"
    r"|(?<![\w-])(?P<bare>\d[a-z]{2,3} ?\d{2,3}|\d{3} ?[a-z]{2}\d)(?![\w-])"
)
_PLATE_BEHIND = re.compile(r"\bplates?\b[^.]{0,40}?, (?P<mark>(?=[a-z]*\d)[a-z0-9]{3,7})\b")
_NOT_PLATE = re.compile(r"\d+(?:st|nd|rd|th|am|pm|min|hr|hrs|de|di)\b.*|\d+")
_HANDLE = re.compile(
    r"(?<![\w@.])@(?![PSO]\d)(?P<at>[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?)"
    r"|(?<![\w@./-])(?P<tag>[a-z0-9_.]{2,}#\d{4})(?!\w)"
    r"|(?<![\w@./-])(?P<under>(?=[a-z0-9._]*[a-z])[a-z0-9.]+(?:_+[a-z0-9.]+)+_*|_+[a-z0-9._]*[a-z0-9])(?![\w@])"
)
_ONLINE = re.compile(
    r"\b(?:ig|insta\w*|finsta|snap\w*|tik ?tok|tt|discord|handle|user ?name|usuario|usuaria|account|cuenta|conta|kont|page|pagina|paj|perfil|"
    r"profile|gamertag|roblox|telegram|whatsapp|facebook|fb|twitch|youtube|backup|stories|dm)\b"
)
_DOTTED = re.compile(r"(?<![\w@./-])(?=[a-z0-9.]*[a-z])[a-z0-9]+(?:\.[a-z0-9]+)+(?![\w@])")
_TIME_OR_FILE = re.compile(r"[ap]\.m|e\.g|i\.e|u\.s(?:\.a)?|.*\.(?:com|org|net|edu|gov|pdf|docx?|jpe?g|png|mp4)")


def end_of_address(text: str, end: int) -> int:
    """Where an address that was found up to `end` goes on to: over its unit, its place in the house and its town."""
    if _HALF_A_UNIT.search(text, max(0, end - 12), end) and (rest := _REST_OF_UNIT.match(text, end)):
        end = rest.end()
    for part in (_IN_THE_HOUSE, _IN_THE_HOUSE, _TOWN_BEHIND):
        if more := part.match(text, end):
            end = more.end()
    return end


def find_identifiers(text: Text, participants: Sequence[Participant]) -> Iterator[Span]:
    """Marks of identifiers. O(length)."""
    yield from _emails(text)
    yield from _dates(text, {p.birth_date: p.token for p in participants if p.birth_date})
    digits = as_digits(text.folded.text)
    for view in (text.folded.text, digits):
        yield from _all(text.folded, _ADDRESS, view, "address", "a number and a street, or a postal box")
        yield from _all(text.folded, _NUMBER_CUE, view, "student_number", "a number after a word for it")
        yield from _all(text.folded, _NUMBER, view, "student_number", "seven digits, as student numbers have")
        for span in _all(text.folded, _PHONE, view, "phone", "shaped like a telephone number"):
            if not _DATE.fullmatch(view[span.start : span.end]):
                yield span
    yield from _plates(text)
    yield from _handles(text)


def _all(folded: Folded, pattern: re.Pattern[str], view: str, category: str, reason: str) -> Iterator[Span]:
    for m in pattern.finditer(view):
        yield _span(folded, m, "mark" if "mark" in m.groupdict() else 0, category, reason)


def _span(folded: Folded, match: re.Match[str], group: str | int, category: str, reason: str) -> Span:
    start, end = folded.original(*match.span(group))
    return Span(start, end, category, None, 0.9, reason)


def _emails(text: Text) -> Iterator[Span]:
    for folded in (text.folded, text.joined()):
        for m in _EMAIL.finditer(folded.text):
            yield _span(folded, m, 0, "email", "shaped like an e-mail address")


def _dates(text: Text, birth_dates: dict[str | None, str]) -> Iterator[Span]:
    days = {(int(d[5:7]), int(d[8:10]), d[2:4]): token for d, token in birth_dates.items() if d}
    for view in dict.fromkeys((text.folded.text, as_digits(text.folded.text))):
        cue_text = text.folded.text
        for m in _DATE.finditer(view):
            year = next((g for g in m.groups() if g), None)
            token = _same_day(m.group(), days)
            cued = bool(
                _BIRTH_CUE.search(
                    cue_text[: m.start()].replace("0", "o") if view != cue_text else cue_text[: m.start()]
                )
            )
            if token or cued or (year and _full_year(year) in _BIRTH_YEARS):
                start, end = text.folded.original(*m.span())
                yield Span(start, end, "dob", token, 0.95 if token or cued else 0.8, "a date of birth")


def _same_day(written: str, days: dict[tuple[int, int, str], str]) -> str | None:
    numbers = re.findall(r"\d+", written)
    if len(numbers) != 3:  # noqa: PLR2004 - day, month, year
        return None
    a, b, c = numbers
    year, rest = (a[-2:], (int(b), int(c))) if len(a) > 2 else (c[-2:], (int(a), int(b)))  # noqa: PLR2004
    return days.get((*rest, year)) or days.get((rest[1], rest[0], year))


def _full_year(year: str) -> int:
    return int(year) if len(year) > 2 else 2000 + int(year)  # noqa: PLR2004 - two digits


def _plates(text: Text) -> Iterator[Span]:
    for pattern in (_PLATE, _PLATE_BEHIND):
        for m in pattern.finditer(text.folded.text):
            group = "mark" if m.group("mark") else "bare"
            found = m.group(group).strip()
            if not any(c.isdigit() for c in found):
                continue
            if not _NOT_PLATE.fullmatch(found) or (group == "mark" and found.isdigit() and len(found) > 3):  # noqa: PLR2004
                start, _ = m.span(group)
                original = text.folded.original(start, start + len(found))
                yield Span(*original, "plate", None, 0.85, "shaped like a licence plate")


def _handles(text: Text) -> Iterator[Span]:
    folded = text.folded
    for m in _HANDLE.finditer(folded.text):
        group = next(g for g in ("at", "tag", "under") if m.group(g))
        start, end = folded.original(*m.span())
        if not re.fullmatch(r"@[PSO]\d+", text.original[start:end]):
            yield _span(folded, m, 0, "handle", "written like an account name" if group != "at" else "an @name")
    for m in _DOTTED.finditer(folded.text):
        first, last = text.sentence_of(folded.starts[m.start()])
        near = folded.text[max(0, m.start() - 60) : m.end() + 30]
        if (
            _ONLINE.search(near)
            and not _TIME_OR_FILE.fullmatch(m.group())
            and re.search(r"[a-z]{3}", m.group())
            and first <= last
        ):
            yield _span(folded, m, 0, "handle", "written like an account name, near a word for one")
