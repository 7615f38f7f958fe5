"""The shapes that stand beside words, drawn on a grid of 16; holes by the even-odd rule."""

SHAPES = {
    "alert": "M8 1 15.5 14.5H.5zM7 6v4h2V6zm0 5v2h2v-2z",
    "arrow": "M9 3l5 5-5 5-1.4-1.4L10.2 9H2V7h8.2L7.6 4.4z",
    "bar": "M1 5h14v6H1z",
    "clock": ("M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 2a5 5 0 1 1 0 10A5 5 0 0 1 8 3zM7 4h2v3.6l2.2 2.2-1.4 1.4L7 8.4z"),
    "cross": "M3.5 2 8 6.5 12.5 2 14 3.5 9.5 8l4.5 4.5-1.5 1.5L8 9.5 3.5 14 2 12.5 6.5 8 2 3.5z",
    "dash": "M2 7h12v2H2z",
    "dot": "M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3z",
    "download": "M7 1h2v6.6l2.3-2.3 1.4 1.4L8 11.4 3.3 6.7l1.4-1.4L7 7.6zM2 13h12v2H2z",
    "gate": "M1 15V7a7 7 0 0 1 14 0v8h-2V7A5 5 0 0 0 3 7v8zM6.5 15V7.2l4.5-1.7V15z",
    "half": "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 2a5 5 0 0 1 0 10z",
    "lock": "M8 1a4 4 0 0 0-4 4v2H3v8h10V7h-1V5a4 4 0 0 0-4-4zM6 7V5a2 2 0 1 1 4 0v2z",
    "menu": "M1 3h14v2H1zm0 4h14v2H1zm0 4h14v2H1z",
    "question": (
        "M8 1a4 4 0 0 0-4 4h2a2 2 0 1 1 3.2 1.6C7.8 7.6 7 8.5 7 10.5h2c0-1.1.5-1.6 1.5-2.4A4 4 0 0 0 8 1zM7 12.5h2v2H7z"
    ),
    "ring": "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zm0 2a4 4 0 1 1 0 8 4 4 0 0 1 0-8z",
    "void": "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 2a5 5 0 0 1 4 8L5 4a5 5 0 0 1 3-1zM4 5l7 7a5 5 0 0 1-7-7z",
    "tick": "M6.2 12.9 1.8 8.5l1.5-1.5 2.9 2.9 6.5-6.5 1.5 1.5z",
}
# Shapes that point along the line of reading, and turn with it.
POINTING = frozenset({"arrow"})
