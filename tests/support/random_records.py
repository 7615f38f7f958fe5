"""Records that hypothesis invents: four languages mixed, and names as awkward as writing allows.

What must not be readable in a copy is known by construction: each secret is a name that stands nowhere else.
"""

import re
import unicodedata
from dataclasses import dataclass

from hypothesis import assume
from hypothesis import strategies as st

from schoolgate.engines import redact
from support import planting

OPEN = [
    *("student_name", "narrative", "school", "record_code", "incident_type", "incident_date", "incident_description"),
    *("location", "staff_name", "grade"),
]
OPENINGS = {
    "en": [
        "Yesterday {} stood near the gym.",
        "A teacher said that {} left early.",
        "Nobody but {} had the key (twice).",
    ],
    "es": [
        "Ayer {} estaba cerca del gimnasio.",
        "La maestra dijo que {} salió temprano.",
        "¿Quién vio a {} en la reunión?",
    ],
    "pt": [
        "Ontem {} estava perto do ginásio.",
        "A professora disse que {} saiu cedo.",
        "Não há ninguém além de {} lá.",
    ],
    "ht": ["Yè {} te kanpe bò jimnazyòm nan.", "Pwofesè a di ke {} te ale bonè.", "Se {} sèlman ki te gen kle a."],
}
FILLERS = [
    "The office was quiet and the file was affixed to the final draft.",
    "El pasillo estaba vacío; después sonó la campana.",
    "A diretoria não ficou sabendo de nada até sexta-feira.",
    "Tout moun te tounen nan klas yo apre sa.",
    "قال المعلم إن الباب كان مفتوحا.",
    "老師說門是開著的。",
    "Всё было тихо \U0001f600 👩🏽\u200d🏫 and then ∞ ൺ.",
    "Supercalifragilisticexpialidocious" * 3 + " was written on the wall.",
    "#eval(1) *bold* $x$ <b> [link](x) \\ `code` @ ~ _",
]
SYLLABLES = [
    a + b
    for a in ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "ch", "fl", "ffi", "qu", "ñ", "ß")
    for b in "aeiouáéüọ"
]
ARABIC = "بتثجحخدذرزسشصضطظعغفقكلمنهوي"
HAN = "魏蘇譚鄒閻薛龔錢湯尹黎鍾鄭謝韓馮鄧曹彭蕭蔣蔡葉袁"

_BETWEEN = re.compile(r"[\W_]+")


@st.composite
def latin_names(draw) -> str:
    """One to four words of three to twelve syllables."""
    words = draw(st.lists(st.lists(st.sampled_from(SYLLABLES), min_size=3, max_size=6), min_size=1, max_size=3))
    between = draw(st.sampled_from([" ", "-", "\u2019", " "]))
    return between.join("".join(parts).capitalize() for parts in words)


NAMES = st.one_of(
    latin_names(),
    latin_names(),
    st.text(ARABIC, min_size=5, max_size=9),
    st.tuples(st.text(ARABIC, min_size=4, max_size=6), st.text(ARABIC, min_size=4, max_size=6)).map(" ".join),
    st.text(
        HAN,
        min_size=3,
        max_size=4,
    ).filter(lambda name: len(set(name)) == len(name)),
    latin_names().map(lambda name: f"{name} \U0001f409"),
    latin_names().map(lambda name: name + name.lower() + name.lower()),
)


def plain(text: str) -> str:
    """Letters and digits only, without marks and case: what a reader can compare, however it was set."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return _BETWEEN.sub("", folded)


def disguised(draw, name: str) -> str:
    """A name as narratives have it."""
    half = len(name) // 2
    return draw(
        st.sampled_from(
            [
                name,
                name,
                name.upper(),
                f"{name}'s",
                f"pre{name}ish",
                f"{name[:half]}-\n{name[half:]}",
                f"{name[:half]}\u00ad{name[half:]}",
                f"{name[:half]}\u200b{name[half:]}",
                unicodedata.normalize("NFD", name),
                f"\u202b{name}\u202c",
            ]
        )
    )


@dataclass(frozen=True)
class Record:
    """A record, what its copy is made of, and what must not be in the copy.

    `told` are the secrets as they were given; `written` what the copy says at the places of its own making.
    """

    view: redact.View
    terms: redact.Terms
    meta: redact.ReleaseMeta
    secrets: tuple[str, ...]
    attached: tuple[object, ...] = ()

    @property
    def pdf(self) -> bytes:
        """The copy."""
        return redact.render(self.view, self.meta, self.attached)


@st.composite
def records(draw, *, pictures: bool = False) -> Record:
    """A record with one to three secrets."""
    names = draw(st.lists(NAMES, min_size=1, max_size=3, unique_by=plain))
    hidden = draw(latin_names())
    secrets = [*names, hidden]
    assume(all(plain(a) not in plain(b) for a in secrets for b in secrets if a != b))
    language = draw(st.sampled_from(list(OPENINGS)))
    sentences: list[str] = []
    marked: list[str] = []
    for name in names:
        for _ in range(draw(st.integers(1, 2))):
            form = disguised(draw, name)
            opening = draw(st.sampled_from(OPENINGS[draw(st.sampled_from(list(OPENINGS)))]))
            if plain(form) != plain(name):
                marked.append(form)
            sentences.append(opening.format(form))
            marked.append(form)
    sentences += draw(st.lists(st.sampled_from(FILLERS), max_size=4, unique=True))
    sentences += ["@P1 came back.", "@P2 was there too."]
    ordered = draw(st.permutations(sentences))
    everywhere = plain(" ".join(FILLERS) + " ".join(o for group in OPENINGS.values() for o in group))
    assume(not any(plain(name) in everywhere or plain(name)[::-1] in everywhere for name in secrets))
    document = redact.Document(
        number="R-0000000", kind="Incident report", title="At the gym", date="2026-11-20", school="East Harbor",
        fields=(
            redact.Field("location", "Place", draw(st.sampled_from(FILLERS))),
            redact.Field("phone", "Telephone", hidden),
            redact.Field("grade", "Grade", "9"),
        ),
        paragraphs=tuple(
            redact.Paragraph(tuple(redact.Sentence(text) for text in ordered[n : n + 3]))
            for n in range(0, len(ordered), 3)
        ),
        participants=(redact.Participant("P1", (names[0],), "8401234"), redact.Participant("P2", ("Kevin Chen",))),
        allegations=(
            redact.Allegation("A1", "P1", f"is said to know {hidden}", "gang_affiliation", "a note", "hearsay", "open"),
            redact.Allegation("A2", None, "was seen at the gym", "location", "a passer-by", "hearsay", "unverified"),
        ),
    )  # fmt: skip
    spans = tuple(_spans(document, marked))
    outcome = dict.fromkeys(OPEN, True) | {"other_student_name": False}
    audience = redact.Audience(redact.AudienceKind.AGENCY, frozenset({"P2"}))
    view = redact.view(document, spans, outcome, audience)
    basis = (("603 CMR 23.07(4)", "Who may have a record."), ("M.G.L. c.71 s.37L", "What never leaves."))
    meta = redact.ReleaseMeta(
        "C-0000000", "Boston Police Department", "Fri 20 Nov 2026", basis[: draw(st.integers(0, 2))],
        draw(st.sampled_from([None, "This copy may not be passed on."])), "Boston Public Schools", language,
    )  # fmt: skip
    attached = (planting.paper(["The note was left there", "on a table near the gym"], covered=("note",)),)
    return Record(
        view, redact.terms(document, spans, outcome, audience, view), meta, (*secrets, "8401234"),
        attached if pictures and draw(st.booleans()) else (),
    )  # fmt: skip


def _spans(document: redact.Document, marked: list[str]) -> list[redact.Span]:
    spans = []
    for part, text in document.parts():
        for form in set(marked):
            at = text.find(form)
            while at >= 0:
                spans.append(redact.Span(at, at + len(form), "gang", part=part))
                at = text.find(form, at + 1)
    return spans
