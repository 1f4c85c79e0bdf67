"""How every figure looks: palette, scales, template. Colours stand here and in .streamlit/config.toml, nowhere else.

Figures have no background and leave the colour of text to the page, so one figure serves light and dark. Every
categorical colour keeps a contrast of 3 to 1 on both page backgrounds, and neighbours differ for the colour-blind.
"""

from textwrap import wrap

import plotly.graph_objects as go

Figure = go.Figure  # for pages, which may not import Plotly

CATEGORIES = ("#3e7bd6", "#d97706", "#23936b", "#c2568f", "#7a6fd0", "#a8842c", "#4496a8", "#838993")
ACCENT = CATEGORIES[0]
CONTRAST = CATEGORIES[1]
NEUTRAL = CATEGORIES[7]
BETTER, WORSE, UNDECIDED = "#23936b", "#cf4a4f", NEUTRAL

# Sequential: one hue over whatever the page's background is.
SEQUENTIAL = ((0.0, "rgba(62,123,214,0.04)"), (0.5, "rgba(62,123,214,0.45)"), (1.0, "rgba(62,123,214,1)"))
PAPER = "#ffffff"  # behind pictures that leave the app as files
INK = "#616978"  # text of figures on a light page; on a dark one the page's own light grey is better
GRID = "rgba(131,137,147,0.22)"
FAINT = "rgba(131,137,147,0.55)"
WHISKER = "#5b626d"  # over bars of any colour, on both backgrounds
LABEL_WIDTH = 26  # characters of a label before it breaks, so that narrow pages keep room for what is drawn
ROW_HEIGHT = 30  # of a bar, a forest row, a love-plot row


def themed(figure: go.Figure, *, height: int, title: str = "") -> go.Figure:
    """The figure with the house's margins, fonts, grid and legend; `title` says the finding or the question."""
    figure.update_layout(
        height=height,
        title={"text": escaped(title), "x": 0, "xanchor": "left", "font": {"size": 15}, "subtitle": {"text": ""}},
        margin={"l": 8, "r": 12, "t": 46 if title else 14, "b": 8},
        font={"size": 13},
        colorway=list(CATEGORIES),
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        hoverlabel={"font": {"size": 13}},
        legend={"orientation": "h", "yanchor": "top", "y": -0.16, "x": 0, "title": {"text": ""}},
        bargap=0.28,
        dragmode=False,
    )
    figure.update_xaxes(gridcolor=GRID, zeroline=False, automargin=True, title_standoff=8)
    figure.update_yaxes(gridcolor=GRID, zeroline=False, automargin=True, title_standoff=8)
    return figure


def inked(figure: go.Figure) -> go.Figure:
    """The figure with its text in INK, for a light page."""
    figure.update_layout(font_color=INK, legend_font_color=INK)
    figure.update_xaxes(tickfont_color=INK, title_font_color=INK)
    figure.update_yaxes(tickfont_color=INK, title_font_color=INK)
    return figure


def faded(colour: str, opacity: float) -> str:
    """A palette colour (#rrggbb) with an opacity, as rgba()."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def escaped(text: str) -> str:
    """Text from data, which Plotly would otherwise read as markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def in_lines(text: str, width: int = LABEL_WIDTH) -> str:
    """Text from data for an axis, broken into short lines."""
    return "<br>".join(escaped(line) for line in wrap(text, width) or [""])
