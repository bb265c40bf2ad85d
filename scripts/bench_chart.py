"""Draws the benchmarks' chart: an SVG of grouped horizontal bars, written by hand.

A group is one workload with one number of workers; a row holds the groups of one workload. The
lengths compare within a group only: its longest bar fills the width. Knows nothing of measuring.
"""

from dataclasses import dataclass
from html import escape
from itertools import groupby

COLUMN = 560
MARGIN = 28
HEAD = 88
FOOT = 44
GROUP_HEAD = 44
BAR = 16
STEP = 21
GROUP_GAP = 30
NAME_WIDTH = 62
BAR_MAX = 330
COLOURS = {"troupe": "#0f766e", "caf": "#c2761f", "erlang": "#8a6bb1",
           "zeromq": "#3b6ea8"}
OTHER_COLOUR = "#64748b"
VERDICT_COLOURS = {None: "#475569", True: "#0f766e", False: "#b91c1c"}


@dataclass(frozen=True)
class Bar:
    """One system's figure; a median of 0 draws the label alone, in red: nothing was measured."""

    system: str
    median: float
    low: float
    high: float
    label: str


@dataclass(frozen=True)
class Group:
    workload: str
    title: str
    unit: str
    verdict: str
    is_met: object  # None: there is no bar to meet.
    bars: list


def text(x, y, words, size=13, colour="#1e293b", extra=""):
    return (f'<text x="{x}" y="{y}" font-size="{size}" fill="{colour}" {extra}>'
            f"{escape(words)}</text>")


def rectangle(x, y, width, height, colour, extra=""):
    return (f'<rect x="{x}" y="{y}" width="{width:.1f}" height="{height}" fill="{colour}" '
            f"{extra}/>")


def draw_bar(bar, longest, x, y):
    colour = COLOURS.get(bar.system, OTHER_COLOUR)
    start = x + NAME_WIDTH
    scale = BAR_MAX / longest
    middle = y + BAR / 2
    end = start + max(bar.median, bar.high) * scale
    weight = 'font-weight="700"' if bar.system == "troupe" else ""
    name = text(start - 8, y + 12.5, bar.system, 12, "#475569", 'text-anchor="end"')
    if bar.median == 0:
        return [name, text(start, y + 12.5, bar.label, 12.5, "#b91c1c")]
    return [
        name,
        rectangle(start, y, max(1.5, bar.median * scale), BAR, colour, 'rx="2"'),
        f'<line x1="{start + bar.low * scale:.1f}" y1="{middle}" x2="{end:.1f}" y2="{middle}" '
        'stroke="#0f172a" stroke-width="1.5"/>',
        text(f"{end + 8:.1f}", y + 12.5, bar.label, 12.5, extra=weight),
    ]


def draw_group(group, x, y):
    parts = [
        text(x, y + 14, group.title, 15, extra='font-weight="700"'),
        text(x, y + 32, group.unit, 12, "#64748b"),
        text(x + COLUMN - MARGIN, y + 14, group.verdict, 13, VERDICT_COLOURS[group.is_met],
             'text-anchor="end" font-weight="700"'),
    ]
    if not group.bars:
        return parts + [text(x + NAME_WIDTH, y + GROUP_HEAD + 12, "not measured", 12.5, "#b91c1c")]
    longest = max(bar.high for bar in group.bars) or 1
    for index, bar in enumerate(group.bars):
        parts += draw_bar(bar, longest, x, y + GROUP_HEAD + index * STEP)
    return parts


def draw(groups, foot):
    """The whole SVG as text; `foot` is the line under the chart."""
    parts = [
        text(MARGIN, 38, "Troupe and its peers on the same work", 22, extra='font-weight="700"'),
        text(MARGIN, 62, "Ratios are ours to the better peer's, or to whom they name; 1/9 is nine "
             "times smaller. Green meets its bar, red does not, grey has none.", 13, "#475569"),
    ]
    y = HEAD
    columns = 1
    for _, row in groupby(groups, key=lambda group: group.workload):
        row = list(row)
        columns = max(columns, len(row), 2)
        for column, group in enumerate(row):
            parts += draw_group(group, MARGIN + column * COLUMN, y)
        y += GROUP_HEAD + max(1, max(len(group.bars) for group in row)) * STEP + GROUP_GAP
    width, height = 2 * MARGIN + columns * COLUMN - MARGIN, y + FOOT
    parts.append(text(MARGIN, height - 24, foot, 12, "#64748b"))
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" '
            'font-family="DejaVu Sans, Helvetica, Arial, sans-serif">')
    return "\n".join([head, rectangle(0, 0, width, height, "#fbfbf9"), *parts, "</svg>", ""])
