"""A screen of a terminal, as tmux captures it with its colours, as a page that looks the same."""

import html
import re

COLOURS = ["#15191e", "#ff7b72", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#d0d7de"]
BRIGHT = ["#6e7681", "#ffa198", "#7ee787", "#f2cc60", "#a5d6ff", "#e2c5ff", "#b3f0ff", "#ffffff"]
PAPER, INK = "#0d1117", "#e6edf3"


def page(screen):
    """The page of a captured screen."""
    # DejaVu Sans Mono at 14 px has lines of 16 px, so that blocks meet.
    return (
        '<!doctype html><meta charset="utf-8"><title>terminal</title><style>'
        f"body{{margin:0;background:{PAPER};color:{INK}}}"
        "pre{margin:0;padding:14px;display:inline-block;font:14px/16px 'DejaVu Sans Mono',monospace}</style>"
        f"<pre>{''.join(spans(screen.rstrip()))}</pre>")


def spans(screen):
    """Text and escape sequences (ECMA-48 SGR) in turn, as spans."""
    style = {}
    for part in re.split(r"(\x1b\[[\d;]*m|\x1b\(B|\x0f)", screen):
        if part.startswith("\x1b["):
            change(style, [int(code or 0) for code in part[2:-1].split(";")])
        elif part and not part.startswith(("\x1b", "\x0f")):
            yield f'<span style="{css(style)}">{html.escape(part)}</span>'


def change(style, codes):
    for code in codes:
        if code == 0:
            style.clear()
        elif code in (1, 2, 7):
            style[code] = True
        elif code == 22:
            style.pop(1, None), style.pop(2, None)
        elif code == 27:
            style.pop(7, None)
        elif code in (39, 49):
            style.pop(code // 10, None)
        else:
            for first, key, colours in [(30, 3, COLOURS), (40, 4, COLOURS), (90, 3, BRIGHT), (100, 4, BRIGHT)]:
                if 0 <= code - first < 8:
                    style[key] = colours[code - first]


def css(style):
    ink, paper = style.get(3, INK), style.get(4, "transparent")
    if style.get(7):
        ink, paper = (style.get(4, PAPER), ink)
    weight = ";font-weight:bold" if style.get(1) else ""
    return f"color:{ink};background:{paper}{weight}" + (";opacity:.6" if style.get(2) else "")
