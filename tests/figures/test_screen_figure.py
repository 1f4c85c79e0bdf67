"""The heat map of a screen: what stands out is coloured, what does not is not, names are no markup."""

from typing import Any

from core.figures.screen import screen_map


def row(cause: str, effect: str, **changes: Any) -> dict[str, Any]:
    known = {
        "cause": cause, "effect": effect, "value": 0.1, "low": 0.05, "high": 0.15, "treated_share": 0.3,
        "control_share": 0.2, "q_value": 0.001, "light": "green", "reason": "", "displaced": False,
    }  # fmt: skip
    return {**known, **changes}


def test_only_what_stands_out_has_a_colour() -> None:
    pairs = [
        row("<a>", "b"), row("<a>", "c", q_value=0.5), row("b", "<a>", light="red", value=-0.2),
        row("b", "c", displaced=True, value=-0.9), row("c", "b", value=None, q_value=None, reason="Too few"),
    ]  # fmt: skip
    drawn = screen_map(pairs, ["<a>", "b", "c"], false_share=0.05)
    heat, cells = drawn.data
    assert [list(line) for line in heat.z] == [[None, 10.0, 0.0], [-20.0, None, 0.0], [None, 0.0, None]]
    assert heat.zmax == 20.0 == -heat.zmin
    assert [note.text for note in drawn.layout.annotations] == [
        "",
        "<b>+10.0</b>",
        "+10.0",
        "(-20.0)",
        "",
        "(-90.0)",
        "",
        "·",
        "",
    ]
    assert [tuple(cell) for cell in cells.customdata][3:6] == [("b", "<a>"), ("b", "b"), ("b", "c")]
    assert drawn.layout.yaxis.ticktext[0] == "&lt;a&gt;"
    assert "Too few" in cells.hovertext[7] and cells.hoverinfo[7] == "text" and cells.hoverinfo[4] == "skip"
