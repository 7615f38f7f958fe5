"""Messages: what a person reads of them, and nothing of the way they took."""

import base64

import pytest

from schoolgate.engines.redact.attachments import NOTES, WORDS, AttachmentError, open_attachment
from schoolgate.engines.redact.attachments.inside import shown
from support.attachments import mail, opened, outcome, pdf, printed, reader, said, saved

HIDDEN_WAY = {
    "Received": "from [10.20.30.40] by mx.example (Postfix) for <lee@district.example>",
    "X_Originating_IP": "10.20.30.40",
    "Thread_Topic": "Marisol immigration",
    "Message_ID": "<marisol-10.20.30.40@laptop>",
    "References": "<other@laptop>",
    "User_Agent": "Marisol-Mail",
    "DKIM_Signature": "v=1; d=secret.example",
    "Bcc": "hidden@example.org",
    "Reply_To": "reply@example.org",
}


def test_five_headers_and_the_text_are_shown_and_no_other_header():
    (page,) = opened(mail("Marisol was\nlate.", **HIDDEN_WAY, Cc="Sam Ito <sam@school.example>").as_bytes())
    assert page.kind == "mail"
    assert said(page) == (
        "From: Ana Okafor <ana@school.example> To: Lee Whitfield <lee@district.example> "
        "Cc: Sam Ito <sam@school.example> Date: Mon, 02 Mar 2026 08:15:00 -0500 Subject: The bus Marisol was late."
    )
    assert all(word.source == "drawn" for word in page.words)


def test_encoded_headers_and_texts_are_decoded():
    data = (
        b"From: =?utf-8?q?Jos=C3=A9_Pe=C3=B1a?= <j@x.example>\nTo: a@b.example\n"
        b"Subject: =?iso-8859-1?b?" + base64.b64encode("¿Qué pasó?".encode("latin-1")) + b"?=\n"
        b"Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nLleg=F3 tarde.\n"
    )
    assert "José Peña <j@x.example>" in said(opened(data))
    assert "¿Qué pasó? Llegó tarde." in said(opened(data))


@pytest.mark.parametrize("charset", ["x-unknown-klingon", "us-ascii", "rot13", "hex"])
def test_an_unknown_character_set_is_told_and_read_as_best_can(charset):
    data = f"From: a@b\nTo: c@d\nSubject: x\nContent-Type: text/plain; charset={charset}\n\nLlegó".encode()
    (page,) = opened(data)
    assert said(page).endswith("Llegó")
    assert page.notes == (NOTES["charset"],)


def test_what_turns_letters_around_or_is_drawn_as_nothing_is_gone():
    head = "From: a@b\nTo: c@d\nSubject: x\nContent-Type: text/plain; charset=utf-8\n\n"
    (page,) = opened((head + "Mari\u200bsol\u202e x\u00ad\x07").encode())
    assert said(page).endswith("Marisol x")


def test_two_versions_that_say_the_same_are_shown_once():
    (page,) = opened(mail("Marisol was late today.", "<p>Marisol was <b>late</b> today.</p>").as_bytes())
    assert said(page).count("Marisol") == 1
    assert page.notes == ()


def test_two_versions_that_differ_are_both_shown_and_told():
    html = "<p>Marisol was on time, and Kevin told the officer so at the bus.</p>"
    (page,) = opened(mail("Marisol was late today, said the driver.", html).as_bytes())
    assert NOTES["two_versions"] in page.notes
    assert "late today, said the driver." in said(page)
    assert "which says something else:" in said(page)
    assert "Kevin told the officer" in said(page)


HIDING = [
    '<p style="display:none">{}</p>',
    '<p style="DISPLAY : None ! important">{}</p>',
    "<p hidden>{}</p>",
    '<span style="font-size:0px">{}</span>',
    '<span style="font-size:1px;line-height:1px">{}</span>',
    '<div style="max-height:0;overflow:hidden">{}</div>',
    '<div style="visibility:hidden">{}</div>',
    '<div style="opacity:0">{}</div>',
    '<div style="mso-hide:all">{}</div>',
    '<div style="position:absolute;left:-9999px">{}</div>',
    '<font color="#ffffff">{}</font>',
    '<span style="color:#fefefe">{}</span>',
    '<table bgcolor="#123456"><tr><td style="color:rgb(18,52,86)">{}</td></tr></table>',
    '<span style="color:transparent">{}</span>',
    "<style>.quiet, p > .x {{ display: none }}</style><p class='a quiet'>{}</p>",
    "<style>#gone{{visibility:hidden}}</style><p id=gone>{}</p>",
    '<div style="display:none"><p>a<p>{}</div>',
    '<img src="x" alt="{}">',
]


@pytest.mark.parametrize("html", HIDING)
def test_hidden_text_is_not_shown_and_told(html):
    text, hidden = shown.visible(f"<p>The bus</p>{html.format('Marisol')}<p>was late</p>")
    assert text.split() == ["The", "bus", "was", "late"]
    assert hidden


SHOWING = [
    "<p>{}</p>",
    '<p style="color:#333;font-size:.9em;line-height:0;border-width:0">{}</p>',
    '<td style="background:#003366;color:white">{}</td>',
    '<td style="background:url(x.png);color:white">{}</td>',
    '<td background="x.png"><font color=white>{}</font></td>',
    "<style>@media print {{ .a {{ display:none }} }}</style><p class=a>{}</p>",
    "<style>/* .a{{display:none}} */ .b{{display:none}}</style><p class=a>{}</p>",
    "<p style='opacity:.9;min-height:0;width:100%'>{}",
    "</div></p>{}<br>",
]


@pytest.mark.parametrize("html", SHOWING)
def test_what_a_person_sees_is_shown(html):
    text, hidden = shown.visible(html.format("Marisol"))
    assert (text, hidden) == ("Marisol", False)


def test_scripts_styles_comments_and_titles_are_no_text():
    html = "<html><head><title>T</title><style>p{}</style></head><body><!-- c --><script>s()</script>seen &amp; said"
    assert shown.visible(html) == ("seen & said", False)


def test_a_message_with_hidden_html_is_told():
    (page,) = opened(
        mail("The bus was late.", "<p>The bus was late.<span style='display:none'>Marisol</span>").as_bytes()
    )
    assert NOTES["hidden_text"] in page.notes
    assert "Marisol" not in said(page)


def test_attachments_follow_by_number_never_by_name():
    message = mail("See both.")
    message.add_attachment(pdf("A bus"), maintype="application", subtype="pdf", filename="Marisol Reyes.pdf")
    message.add_attachment(b"PK\3\4 word/document.xml", maintype="application", subtype="x", filename="Kevin.docx")
    message.add_attachment(saved(printed("The door")), maintype="image", subtype="png", filename="Marisol.png")
    with open_attachment("Marisol.eml", message.as_bytes(), reader=reader()) as all_:
        assert all_.expected == 1
        pages = list(all_)
        assert (all_.expected, all_.done) == (3, 3)
        (left,) = all_.left_out
    assert [(page.kind, page.part, page.number, page.of) for page in pages] == [
        ("mail", (), 1, 1), ("pdf", (1,), 1, 1), ("picture", (3,), 1, 1),
    ]  # fmt: skip
    assert said(pages[0]).endswith(
        "See both. Attachment 1: PDF Attachment 2: office document, not shown Attachment 3: picture"
    )
    assert said(pages[1:]) == "A bus The door"
    assert (left.part, left.code, left.words) == ((2,), "office", WORDS["office"])
    assert "Marisol" not in said(pages)
    assert "Kevin" not in said(pages)


def nested(depth: int):
    message = mail(f"Level {depth}.", Received="from 10.20.30.40")
    if depth:
        message.add_attachment(nested(depth - 1))
    return message


def test_messages_inside_messages_are_opened_to_a_depth():
    pages = opened(nested(2).as_bytes())
    assert [page.part for page in pages] == [(), (1,), (1, 1)]
    assert "10.20.30.40" not in said(pages)
    with open_attachment("x", nested(5).as_bytes()) as all_:
        assert [page.part for page in all_] == [(), (1,), (1, 1), (1, 1, 1)]
        assert [(left.part, left.code) for left in all_.left_out] == [((1, 1, 1, 1), "too_deep")]


def test_a_report_of_delivery_is_left_out():
    report = (
        b"From: a@b\nTo: c@d\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/report; boundary=q\n\n"
        b"--q\nContent-Type: text/plain\n\nNot delivered.\n--q\nContent-Type: message/delivery-status\n\n"
        b"Reporting-MTA: dns; 10.20.30.40\n\n--q\nContent-Type: text/rfc822-headers\n\n"
        b"Received: from 10.20.30.40\n--q--\n"
    )
    (page,) = opened(report)
    assert "10.20.30.40" not in said(page)
    assert NOTES["left_out"] in page.notes


def test_a_message_of_too_many_parts_is_refused():
    message = mail()
    for _ in range(62):
        message.add_attachment(b"x", maintype="application", subtype="x")
    with pytest.raises(AttachmentError) as wrong:
        opened(message.as_bytes())
    assert wrong.value.code == "too_many_parts"


@pytest.mark.parametrize(
    "header",
    [
        b"From: " + b"(" * 500,
        b"Subject: " + b"=?utf-8?q?" * 300,
        b"To: " + b"a@b," * 300,
        b"Content-Type: multipart/mixed; boundary=" + b"x" * 900,
        b"Content-Type: text/plain; charset*0*=''%ff; charset*9999999=x",
        b"Date: \xff\xfe",
        b"Content-Transfer-Encoding: base64\nX: y",
    ],
)
def test_malformed_messages_end_in_pages_or_in_a_refusal(header):
    data = b"From: a@b\nTo: c@d\n" + header + b"\n\n--x\nAAA=\n"
    assert outcome(data) in ("pages", "damaged", "too_slow", "too_big")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("Marisol was late.\n\n  Kevin too.".encode("utf-16"), "Marisol was late. Kevin too."),
        (b"\xef\xbb\xbfLleg\xc3\xb3", "Llegó"),
        (b"Lleg\xf3 tarde", "Llegó tarde"),
        (b"<!DOCTYPE html><p>The bus<p hidden>Marisol</p>", "The bus"),
        ("公交车 晚了 \U0001f68c".encode(), "公交车 晚了 [bus]"),
        ("حافلة was late".encode(), "[...] was late"),
    ],
)
def test_text_is_drawn_as_pages(data, words):
    (page,) = opened(data)
    assert (page.kind, page.columns, page.rows) == ("text", 1275, 1650)
    assert said(page) == words
    assert (NOTES["undrawn"] in page.notes) == ("[...]" in words)


def test_long_texts_run_over_pages_and_long_words_over_lines():
    pages = opened(("word " * 3000 + "x" * 900).encode())
    assert len(pages) > 2
    assert [page.of for page in pages] == [len(pages)] * len(pages)
    assert all(0 < word.left < word.right <= page.width - 30 for page in pages for word in page.words)
    assert said(pages).split().count("word") == 3000
    with pytest.raises(AttachmentError) as wrong:
        opened(b"line\n" * 40_000)
    assert wrong.value.code == "too_many_pages"
