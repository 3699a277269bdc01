"""What a row is, and how the table looks as text, Markdown, JSON and HTML."""
import html, json, shutil

ROWS = []


class Row:
    """A failure and the function that stages it. `takes`: about how many seconds; `alone`: beside no other row."""

    def __init__(self, name, failure, seen, cure, takes, alone, needs, stage):
        self.name, self.failure, self.seen, self.cure, self.takes = name, failure, seen, cure, takes
        self.alone, self.needs, self.stage, self.family = alone, needs, stage, stage.__module__


def row(failure, seen="", cure="", takes=15, alone=False, needs=()):
    """Declares a row; the function's name is the row's name. Without `seen` nothing may happen."""
    def declare(stage):
        ROWS.append(Row(stage.__name__.strip("_").replace("_", "-"), failure, seen, cure, takes, alone, needs, stage))
        return stage
    return declare


class Result:
    """How a row went. verdict: kept, missed or skipped."""

    def __init__(self, row):
        self.row, self.promised, self.measured, self.named, self.cured, self.notes = row, [], [], "", "", []
        self.default, self.verdict = "", "kept"

    def miss(self, why):
        self.verdict = "missed"
        if why not in self.notes:
            self.notes.append(why)

    def cells(self):
        cure = "; ".join(part for part in (self.row.cure, self.cured) if part)
        return [self.row.failure, self.row.seen, ", ".join(self.promised), self.default, ", ".join(self.measured),
                self.named, cure, self.verdict]

    def json(self):
        return dict(zip(("failure", "seen_by", "promised", "by_default", "measured", "named", "cured", "verdict"),
                        self.cells()), name=self.row.name, family=self.row.family, notes=self.notes)


HEAD = ["failure", "seen by", "promised here", "by default", "measured", "named as", "cured by", "verdict"]
GROUPS = {
    "deaths": "The bot dies", "hangs": "The bot hangs", "talk": "Telegram and the network",
    "machine": "Files, ports and memory", "watcher": "What health-monitor sees", "quiet": "Nothing may happen",
    "clocks": "Nothing may happen, although clocks step or programs stand still",
}


def shortened(text, width):
    return text if len(text) <= width else text[:width - 1] + "…"


def text(results):
    width = shutil.get_terminal_size((220, 40)).columns
    limits = [44, 20, 20, 16, 30, 64, 44, 8] if width >= 200 else [34, 14, 15, 12, 17, 30, 24, 8]
    cells = [HEAD] + [result.cells() for result in results]
    widths = [min(limit, max(len(line[at]) for line in cells)) for at, limit in enumerate(limits)]
    lines = ["  ".join(shortened(cell, size).ljust(size) for cell, size in zip(line, widths)).rstrip() for line in cells]
    return "\n".join([lines[0], "-" * min(width, len(lines[0]) + 8)] + lines[1:])


def grouped(results):
    for family, title in GROUPS.items():
        if chosen := [result for result in results if result.row.family == family]:
            yield title, chosen


def markdown(results):
    escape = lambda cell: cell.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
    lines = []
    for title, chosen in grouped(results):
        lines += [f"## {title}", "", "| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
        for result in chosen:
            cells = result.cells()
            cells[5] = f"`{cells[5]}`" if cells[5] else ""
            lines.append("| " + " | ".join(escape(cell) for cell in cells) + " |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def record(path, name, text):
    """Replaces what stands between two comments of a document."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    document = open(path).read()
    head, rest = document.split(begin)
    open(path, "w").write(head + begin + "\n" + text.strip() + "\n\n" + end + rest.split(end)[1])


STYLE = """
:root { color-scheme: light } body { font: 15px/1.35 "DejaVu Sans", sans-serif; margin: 26px; color: #1b1f24; background: #fff }
h1 { font-size: 22px; margin: 0 0 2px } p { color: #57606a; margin: 0 0 14px } h2 { font-size: 15px; margin: 18px 0 4px }
table { border-collapse: collapse; width: 100%; table-layout: fixed } td, th { text-align: left; padding: 3px 10px 3px 0;
border-bottom: 1px solid #d8dee4; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: 12.5px }
th { color: #57606a; font-weight: normal } code { font-family: "DejaVu Sans Mono", monospace; font-size: 11.5px }
.kept { color: #1a7f37 } .missed { color: #cf222e; font-weight: bold } .skipped { color: #9a6700 }
"""


def page(results, caption):
    """The table as a page, for the picture in the documentation."""
    shown, sizes = (0, 1, 2, 4, 5, 6, 7), (23, 9, 9, 13, 24, 16, 6)
    kept = sum(result.verdict == "kept" for result in results)
    parts = [f"<!doctype html><meta charset=utf-8><style>{STYLE}</style><h1>{len(results)} failures, {kept} promises kept</h1>"
             f"<p>{html.escape(caption)}</p>"]
    for title, chosen in grouped(results):
        parts.append(f"<h2>{title}</h2><table><colgroup>" + "".join(f"<col style='width:{size}%'>" for size in sizes) + "</colgroup>")
        parts.append("<tr>" + "".join(f"<th>{HEAD[at]}</th>" for at in shown) + "</tr>")
        for result in chosen:
            cells = [html.escape(cell) for cell in result.cells()]
            cells[5] = f"<code>{cells[5]}</code>"
            cells[7] = f"<span class={result.verdict}>{cells[7]}</span>"
            parts.append("<tr>" + "".join(f"<td>{cells[at]}</td>" for at in shown) + "</tr>")
        parts.append("</table>")
    return "".join(parts)


def as_json(results, about):
    return json.dumps(dict(about, rows=[result.json() for result in results]), indent=1, ensure_ascii=False) + "\n"
