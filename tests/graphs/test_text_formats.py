"""A graph survives every file format; a broken file is refused with its line."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadFile, BadSpec
from core.graphs.causal_graph import CausalGraph, Node
from core.graphs.text_formats import FORMATS, graph_text, parse_graph, read_graph, write_graph

ODD = CausalGraph(
    (
        Node("past activity", (), 0, 'What came "before" \\ it'),
        Node("intent", ("unmeasured",), 0),
        Node("señal: a,b", ("selected",), 0),
        Node("search", ("treatment",), 1),
        Node("buy", ("outcome",), 2, "Bought"),
    ),
    (("past activity", "search"), ("intent", "search"), ("intent", "buy"), ("search", "buy")),
)


@pytest.mark.parametrize("ending", FORMATS)
def test_names_roles_and_arrows_come_back_from_every_format(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"graph{ending}"
    write_graph(ODD, path)
    back = read_graph(path)
    assert back.names == ODD.names
    assert [node.roles for node in back.nodes] == [node.roles for node in ODD.nodes]
    assert set(back.edges) == set(ODD.edges)
    if ending != ".dagitty":  # which has no place for tiers and titles
        assert back.nodes == ODD.nodes


@settings(max_examples=40, deadline=None)
@given(
    names=st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=8)
                   .filter(str.strip), min_size=2, max_size=5, unique=True),
    ending=st.sampled_from([".json", ".dot", ".dagitty"]),
)  # fmt: skip
def test_any_name_survives_our_own_writers(names: list[str], ending: str) -> None:
    graph = CausalGraph(tuple(map(Node, names)), tuple((names[0], name) for name in names[1:]))
    back = parse_graph(graph_text(graph, ending), ending)
    assert (back.names, set(back.edges)) == (graph.names, set(graph.edges))


def test_dagitty_code_as_its_site_writes_it_is_read() -> None:
    text = """dag {
    bb="-2,-2,2,2"
    "past activity" [pos="-1.2,-0.5"]
    search [exposure,pos="-0.5,0.3"]
    buy [outcome,pos="0.9,0.3"]
    intent [latent,pos="0.1,-0.9"]
    "past activity" -> {search buy}
    buy <- intent -> search
    search -> buy [pos="0.1,0.5"]
    }"""
    graph = parse_graph(text, ".dagitty")
    assert (graph.treatment, graph.outcome, graph.having("unmeasured")) == ("search", "buy", ("intent",))
    assert set(graph.edges) == {
        ("past activity", "search"), ("past activity", "buy"), ("intent", "buy"), ("intent", "search"), ("search", "buy"),
    }  # fmt: skip


def test_a_double_arrow_is_an_unmeasured_common_cause() -> None:
    graph = parse_graph("dag { search -> buy; search <-> buy }", ".dagitty")
    (hidden,) = graph.having("unmeasured")
    assert {(hidden, "search"), (hidden, "buy")} < set(graph.edges)


def test_dot_with_defaults_comments_chains_and_subgraphs_is_read() -> None:
    text = """// drawn by hand
    strict digraph G {
      rankdir=LR; graph [fontsize=10]; node [shape=box, style="filled"]
      # before
      subgraph cluster_before { label="before"; past; intent [observed="no"] }
      {past; intent} -> search -> buy /* the question */
      search [roles="treatment"]; buy [roles="outcome", tier=2]
    }"""
    graph = parse_graph(text, ".dot")
    assert graph.names == ("past", "intent", "search", "buy")
    assert graph.edges == (("past", "search"), ("intent", "search"), ("search", "buy"))
    assert graph.having("unmeasured") == ("intent",)
    assert graph.node("buy").tier == 2


@pytest.mark.parametrize(
    ("text", "ending", "says"),
    [
        ("", ".json", "is empty"),
        ('{"nodes": [\n}', ".json", "Line 2 of the graph is not JSON"),
        ("digraph {\n a -> ;\n}", ".dot", "Line 2 of the graph: expected a name, found ';'"),
        ("digraph {\n a -> b", ".dot", "Line 2 of the graph: expected a name, found 'the end of the file'"),
        ("digraph {\n a:n -> b }", ".dot", "Line 2 of the graph: ':n -> b }' cannot be read"),
        ("graph { a -- b }", ".dot", "starts with 'graph'"),
        ("dag {\n a -- b }", ".dagitty", "Line 2 of the graph: '--' has no direction"),
        ("digraph " + "{" * 5000, ".dot", "nests its braces too deeply"),
        ("digraph { a [tier=early] }", ".dot", "tier of node 'a' is 'early'"),
        ("graph [ node [ id 1 label", ".gml", "cannot be read as GML"),
        ("graph [ directed 0\n node [ id 1 label \"a\" ] ]", ".gml", "not directed"),
        ("<graphml><node></graphml>", ".graphml", "cannot be read as GraphML: mismatched tag: line 1"),
        ("a,b", ".csv", "cannot end in '.csv'; give one of .json"),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused_with_its_line(text: str, ending: str, says: str) -> None:
    with pytest.raises(BadFile, match=says):
        parse_graph(text, ending)


def test_a_file_with_a_cycle_is_refused() -> None:
    with pytest.raises(BadSpec, match="a → b → a"):
        parse_graph("digraph { a -> b -> a }", ".dot")


def test_a_file_that_is_no_text_or_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "graph.dot").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(BadFile, match="not a text file in UTF-8"):
        read_graph(tmp_path / "graph.dot")
    with pytest.raises(BadFile, match="There is no file"):
        read_graph(tmp_path / "absent.dot")
