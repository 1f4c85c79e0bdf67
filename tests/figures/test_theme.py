"""The palette is legible in light and dark, and the app's settings speak the same colours."""

import tomllib
from pathlib import Path

import plotly.graph_objects as go
import pytest

from core.figures.theme import BETTER, CATEGORIES, WORSE, escaped, faded, themed

SETTINGS = tomllib.loads(
    (Path(__file__).resolve().parents[2] / ".streamlit" / "config.toml").read_text(encoding="utf-8")
)
BACKGROUNDS = [SETTINGS["theme"][mode]["backgroundColor"] for mode in ("light", "dark")]


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("background", BACKGROUNDS)
@pytest.mark.parametrize("colour", [*CATEGORIES, BETTER, WORSE])
def test_every_colour_of_a_figure_stands_out_from_both_page_backgrounds(colour: str, background: str) -> None:
    # WCAG asks 3 : 1 of graphics; black on white is (1 + 0.05) / (0 + 0.05) = 21 : 1.
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast(colour, background) >= 3


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_and_links_are_readable_on_the_page_and_in_the_sidebar(mode: str) -> None:
    theme = SETTINGS["theme"][mode]
    for background in (
        theme["backgroundColor"],
        theme["secondaryBackgroundColor"],
        theme["sidebar"]["backgroundColor"],
    ):
        for name in ("textColor", "linkColor", "grayTextColor", "redTextColor", "greenTextColor", "orangeTextColor"):
            assert contrast(theme[name], background) >= 4.5, (name, background)
    assert contrast("#ffffff", theme["primaryColor"]) >= 4.5  # white on a primary button


def test_the_app_and_the_figures_use_one_palette() -> None:
    assert SETTINGS["theme"]["chartCategoricalColors"] == list(CATEGORIES)


def test_colours_stand_in_the_theme_and_nowhere_else_in_the_figures() -> None:
    folder = Path(__file__).resolve().parents[2] / "core" / "figures"
    others = [path for path in folder.glob("*.py") if path.name != "theme.py"]
    assert others
    for path in others:
        assert '"#' not in path.read_text(encoding="utf-8"), path.name


def test_a_themed_figure_has_no_background_of_its_own_and_shows_data_as_text() -> None:
    drawn = themed(go.Figure(), height=200, title="<b>x</b>")
    assert drawn.layout.paper_bgcolor == "rgba(0,0,0,0)"
    assert drawn.layout.title.text == "&lt;b&gt;x&lt;/b&gt;"
    assert escaped("a & <i>") == "a &amp; &lt;i&gt;"


def test_a_faded_colour_keeps_its_hue() -> None:
    # 0x3e = 62, 0x7b = 123, 0xd6 = 214
    assert faded("#3e7bd6", 0.5) == "rgba(62,123,214,0.5)"
