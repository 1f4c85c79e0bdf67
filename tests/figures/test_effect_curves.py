"""Figures of effects that are more than one number: what is drawn, what is not, and that names are no markup."""

import plotly.graph_objects as go

from core.figures import effect_curves as figures
from core.figures import theme

ODD = "<b>offer</b>"
SAFE = "&lt;b&gt;offer&lt;/b&gt;"


def row(value: float | None, **more: object) -> dict[str, object]:
    ends = {"value": value, "low": None, "high": None}
    return {**(ends if value is None else {**ends, "low": value - 0.1, "high": value + 0.1}), **more}


def whole(figure: go.Figure) -> str:
    text = str(figure.to_dict())
    assert ODD not in text
    return text


def dose_rows() -> list[dict[str, object]]:
    about = [(0.2, 0), (0.5, 1), (None, 2)]
    return [row(value, dose=dose, label=f"{dose}", units=40, drawn=value is not None) for value, dose in about]


def test_doses_without_comparable_units_are_marked_and_not_drawn() -> None:
    for kind in ("levels", "smooth"):
        drawn = figures.dose_curve({"kind": kind, "rows": dose_rows()}, dose=ODD, outcome="bought", unit="share")
        curve, thin = drawn.data[-2], drawn.data[-1]
        assert list(curve.x) == [0, 1] and list(curve.y) == [20, 50]  # percent
        assert list(thin.x) == [2] and thin.name == "too few comparable units"
        assert drawn.layout.xaxis.title.text == SAFE and drawn.layout.yaxis.title.text == "bought, %"
        whole(drawn)


def test_arms_are_judged_by_the_interval_that_holds_for_all_of_them() -> None:
    rows = [
        row(0.15, arm=ODD, against="none", adjusted_low=-0.02, adjusted_high=0.32),
        row(0.30, arm="b", against="none", adjusted_low=0.10, adjusted_high=0.50),
    ]
    drawn = figures.arms_forest(rows, unit="share")
    second, first = (each.marker.color for each in drawn.data if each.mode == "markers")
    assert (first, second) == (theme.UNDECIDED, theme.BETTER)
    assert drawn.layout.xaxis.title.text == "percentage points" and SAFE in whole(drawn)


def test_curves_over_time_show_the_share_that_had_the_outcome() -> None:
    curves = [
        {"arm": arm, "title": title, "rows": [row(1.0, days=0.0), row(0.6, days=3.0)]}
        for arm, title in ((0, "none"), (1, ODD))
    ]
    drawn = figures.time_curves(curves, outcome="bought")
    lines = [each for each in drawn.data if each.name]
    assert [round(each.y[-1]) for each in lines] == [40, 40] and lines[1].name == SAFE
    rows = [{"days": 0.0, "treated": 0.0, "control": 0.0}, {"days": 7.0, "treated": 0.3, "control": 0.2}]
    both = figures.strategy_curves(rows, treated=ODD, control="none", outcome="bought")
    assert [each.y[-1] for each in both.data] == [20, 30]
    whole(drawn), whole(both)


def test_a_jump_has_a_line_on_either_side_and_the_cutoff() -> None:
    details = {
        "cutoff": 5.0, "running_title": ODD,
        "bins": [{"running": 4.0, "value": 1.0, "units": 10}, {"running": 6.0, "value": 2.0, "units": 40}],
        "lines": [{"running": at, "value": at, "side": side} for at, side in
                  ((5.0, "below"), (4.0, "below"), (5.0, "above"), (6.0, "above"))],
    }  # fmt: skip
    drawn = figures.jump_at_cutoff(details, outcome="spent", unit="EUR")
    assert [list(each.x) for each in drawn.data[1:]] == [[4.0, 5.0], [5.0, 6.0]]
    assert drawn.layout.shapes[0].x0 == 5.0 and SAFE in whole(drawn)


def test_what_an_instrument_moves_is_drawn_in_two_panels() -> None:
    bins = [{"instrument": float(at), "treatment": 0.2 + 0.1 * at, "outcome": 0.5, "units": 9} for at in range(2)]
    drawn = figures.first_stage({"bins": bins}, instrument=ODD, treatment="opened", outcome="bought", unit="share")
    assert [list(each.y) for each in drawn.data] == [[0.2, 0.30000000000000004], [50, 50]]
    assert drawn.layout.xaxis2.title.text == SAFE
    whole(drawn)


def test_parts_of_an_effect_are_named_in_words() -> None:
    rows = [row(0.3, part="direct"), row(-0.3, part="indirect"), row(0.0, part="total")]
    drawn = figures.effect_parts(rows, unit="EUR")
    assert [each.y[0] for each in drawn.data] == ["together", "through the mediators", "past the mediators"]
    colours = [each.marker.color for each in drawn.data]
    assert len(set(colours)) == 3
