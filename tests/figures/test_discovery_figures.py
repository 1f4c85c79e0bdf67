"""Figures of a discovery: every edge has its row, however long or hostile its names."""

from typing import Any

import pytest

from core.figures.discovery import LONGEST, SHOWN, stability, words_of


def edge(
    source: str, target: str, kind: str = "directed", stable: float | None = 1.0, label: str = ""
) -> dict[str, Any]:
    return {
        "source": source, "target": target, "kind": kind, "label": label, "stability": stable, "adjacency": stable,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "label", "words"),
    [
        ("directed", "", "a → b"),
        ("undirected", "", "a — b"),
        ("bidirected", "", "a ↔ b"),
        ("directed", "precedes", "a ⇢ b"),
        ("undirected", "the target does not cause the source", "a ○→ b"),
        ("partial", "", "a ○→ b"),  # as a method that is set beside tells it
        ("precedes", "", "a ⇢ b"),
    ],
)
def test_every_kind_of_edge_has_its_own_words(kind: str, label: str, words: str) -> None:
    assert words_of(edge("a", "b", kind, label=label)) == words


def test_the_most_stable_are_first_and_the_rest_is_said() -> None:
    edges = [edge(f"x{number}", f"y{number}", stable=number / 200) for number in range(200)]
    drawn = stability(edges)
    assert len(drawn.data[0].x) == SHOWN
    assert drawn.data[1].x[0] == 199 / 200
    assert f"the {SHOWN} most stable of 200" in drawn.layout.title.text
    assert drawn.layout.yaxis.range[0] > drawn.layout.yaxis.range[1]  # the first row is the top one


def test_two_edges_whose_names_are_cut_alike_keep_rows_of_their_own() -> None:
    long = "n" * 80
    drawn = stability([edge(f"{long}1", "b"), edge(f"{long}2", "b", stable=0.5)])
    assert list(drawn.data[0].y) == [0, 1]
    assert all(len(label) < LONGEST + 10 for label in drawn.layout.yaxis.ticktext)
    assert f"{long}1" in drawn.data[0].text[0]  # whole where it is pointed at


def test_names_are_never_markup() -> None:
    drawn = stability([edge("<b>x</b>", "y")])
    shown = " ".join([*drawn.layout.yaxis.ticktext, *drawn.data[0].text])
    assert "<b>" not in shown
    assert "&lt;b&gt;x" in shown
