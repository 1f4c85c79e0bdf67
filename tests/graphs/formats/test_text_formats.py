"""A graph survives every file format; a broken file is refused with its line and column."""

import re
from dataclasses import replace
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadFile, BadSpec
from core.graphs.causal_graph import CausalGraph, Learnt, Node
from core.graphs.formats.text_formats import (
    FORMATS,
    graph_text,
    guessed_ending,
    lost_in,
    parse_graph,
    parse_noting,
    read_graph,
    write_graph,
)

ODD = CausalGraph(
    (
        Node("past activity", (), 0, 'What came "before" \\ it', (-40.0, 120.5)),
        Node("intent", ("unmeasured",), 0),
        Node("señal: a,b", ("selected",), 0, "", (200.0, 40.0)),
        Node("coin", ("randomised",), 0),
        Node("search", ("treatment",), 1),
        Node("buy", ("outcome",), 2, "Bought"),
    ),
    (("past activity", "search"), ("intent", "search"), ("intent", "buy"), ("search", "buy"), ("coin", "search")),
    (Learnt("past activity", "search", "boss", 0.875, halved=True), Learnt("intent", "buy", "pc")),
)


def in_dagitty(graph: CausalGraph) -> CausalGraph:
    """What is left of a graph in DAGitty code."""
    nodes = tuple(
        replace(node, tier=None, title="", roles=tuple(role for role in node.roles if role != "randomised"))
        for node in graph.nodes
    )
    return CausalGraph(nodes, graph.edges)


@pytest.mark.parametrize("ending", FORMATS)
def test_a_graph_comes_back_whole_from_every_format(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"graph{ending}"
    write_graph(ODD, path)
    back = read_graph(path)
    assert back.nodes == (in_dagitty(ODD) if ending == ".dagitty" else ODD).nodes
    assert set(back.edges) == set(ODD.edges)
    assert set(back.learnt) == (set() if ending == ".dagitty" else set(ODD.learnt))


def test_what_a_format_cannot_hold_is_said() -> None:
    assert [ending for ending in FORMATS if lost_in(ODD, ending)] == [".dagitty"]
    said = " ".join(lost_in(ODD, ".dagitty"))
    for part in ("tiers; 6", "titles; 2", "learnt edges; 2", "randomised nodes; 1"):
        assert part in said


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), min_size=1, max_size=8)
PLACES = st.none() | st.tuples(*2 * [st.integers(-20, 20).map(lambda number: number * 50.0)])


@st.composite
def graphs(draw: st.DrawFn) -> CausalGraph:
    """Any graph: each node may point to those after it."""
    names = draw(st.lists(NAMES.filter(str.strip), min_size=1, max_size=6, unique=True))
    order = sorted(draw(st.lists(st.none() | st.integers(-(2**40), 2**40), min_size=len(names), max_size=len(names))),
                   key=lambda tier: (tier is not None, tier or 0))  # fmt: skip
    roles = draw(st.permutations(["treatment", "outcome", *["unmeasured"] * 2, *["selected"] * 2, *[""] * 4]))
    nodes = tuple(
        Node(name, (role,) if role else (), tier, draw(NAMES | st.just("")).strip(), draw(PLACES))
        for name, role, tier in zip(names, roles, order, strict=False)
    )
    pairs = [(one, other) for place, one in enumerate(names) for other in names[place + 1 :]]
    edges = tuple(pair for pair in pairs if draw(st.booleans()))
    shares = st.none() | st.floats(0, 1)
    learnt = tuple(Learnt(*edge, "boss", draw(shares), draw(st.booleans())) for edge in edges if draw(st.booleans()))
    return CausalGraph(nodes, edges, learnt)


@settings(max_examples=150, deadline=None)
@given(graph=graphs(), ending=st.sampled_from(list(FORMATS)))
def test_any_graph_survives_our_own_writers(graph: CausalGraph, ending: str) -> None:
    back = parse_graph(graph_text(graph, ending), ending)
    kept = in_dagitty(graph) if ending == ".dagitty" else graph
    assert back.nodes == kept.nodes
    assert (set(back.edges), set(back.learnt)) == (set(kept.edges), set(kept.learnt))


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=60) | st.text('dag{}[]"->,;= abx\n<:', max_size=60), ending=st.sampled_from(list(FORMATS)))
def test_any_text_is_a_graph_or_refused_in_words(text: str, ending: str) -> None:
    for start in ("", "dag { a -> b ", "graph [ directed 1 "):
        try:
            parse_noting(start + text, ending)
        except (BadFile, BadSpec) as error:
            assert str(error).endswith(".")


def test_networkx_reads_what_we_write_for_it() -> None:
    import json

    read = {
        ".nodelink": nx.node_link_graph(json.loads(graph_text(ODD, ".nodelink")), edges="edges"),
        ".gml": nx.parse_gml(graph_text(ODD, ".gml")),
        ".graphml": nx.parse_graphml(graph_text(ODD, ".graphml")),
    }
    for found in read.values():
        assert set(found.edges) == set(ODD.edges)
        assert found.nodes["search"]["roles"] == "treatment"


def test_dagitty_code_as_its_site_and_r_write_it_is_read() -> None:
    text = """dag {
    bb="-2,-2,2,2"
    "past activity" [pos="-1.2,-0.5"]
    search [exposure,pos="-0.5,0.3"]
    buy [outcome,pos="0.9,0.3"]
    intent [latent,pos="0.1,-0.9"]
    device [adjusted,pos="0.1,0.9"]
    "past activity" -> {search buy}
    buy <- intent -> search
    search -> buy [pos="0.1,0.5",beta=".3"]
    }"""
    graph, notes = parse_noting(text, ".dagitty")
    assert (graph.treatment, graph.outcome, graph.having("unmeasured")) == ("search", "buy", ("intent",))
    assert set(graph.edges) == {
        ("past activity", "search"), ("past activity", "buy"), ("intent", "buy"), ("intent", "search"), ("search", "buy"),
    }  # fmt: skip
    assert graph.node("past activity").place == (0.0, 114.3)  # 600 pixels wide: 0.4 / 2.1 of them below the highest
    assert any("adjusted" in note for note in notes)
    assert any("beta" in note for note in notes)
    assert parse_graph(f"g <- dagitty('{text}')", ".dagitty") == graph


def test_a_double_arrow_is_an_unmeasured_common_cause_and_that_is_said() -> None:
    graph, notes = parse_noting("dag { search -> buy; search <-> buy }", ".dagitty")
    (hidden,) = graph.having("unmeasured")
    assert {(hidden, "search"), (hidden, "buy")} < set(graph.edges)
    assert "unmeasured common cause" in notes[0]


def test_dot_with_defaults_comments_chains_ports_and_subgraphs_is_read() -> None:
    text = """// drawn by hand
    strict digraph G {
      rankdir=LR; graph [fontsize=10]; node [shape=box, style="filled"]
      # before
      subgraph cluster_before { label="before"; past; intent [observed="no", label="In" + "tent"] }
      {past; intent:w} -> search:port:e -> buy /* the question */
      search [roles="treatment", pos="27,18"]; buy [roles="outcome", tier=2, label="\\N"]
    }"""
    graph = parse_graph(text, ".dot")
    assert graph.names == ("past", "intent", "search", "buy")
    assert graph.edges == (("past", "search"), ("intent", "search"), ("search", "buy"))
    assert graph.having("unmeasured") == ("intent",)
    assert (graph.node("buy").tier, graph.node("buy").title, graph.node("intent").title) == (2, "", "Intent")
    assert graph.node("search").place == (27.0, -18.0)


def test_graphviz_draws_an_arrow_the_way_its_attributes_say() -> None:
    """`dir`, `arrowhead` and `arrowtail` turn an arrow round or make it point both ways."""
    text = """digraph { 0 [label=X1]; 1 [label="X 2"]; 2 [label=X3]; 3 [label=X4];
      0 -> 1 [arrowhead=normal, arrowtail=none, dir=both]; 2 -> 0 [dir=back]; 1 -> 3 [dir=both]; 2 -> 3 [style=invis] }"""
    graph, notes = parse_noting(text, ".dot")
    (hidden,) = graph.having("unmeasured")
    assert graph.edges == (("X1", "X 2"), ("X1", "X3"), (hidden, "X 2"), (hidden, "X4"))
    assert "invisible" in notes[0] and "X 2 ↔ X4" in notes[1]
    scoped = "digraph { {edge [dir=back]; a -> b} a -> c }"
    assert parse_graph(scoped, ".dot").edges == (("b", "a"), ("a", "c"))
    assert parse_graph('digraph { "1" [label="one"]; "1" -> 2 }', ".dot").names == ("1", "2")


def test_other_programs_names_and_attributes_are_understood_or_named() -> None:
    text = """<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><key id="v" for="node" attr.name="name"/>
    <key id="w" for="edge" attr.name="weight"/><graph edgedefault="directed"><node id="n0"><data key="v">a</data></node>
    <node id="n1"><data key="v">b</data></node><edge source="n0" target="n1"><data key="w">2</data></edge></graph></graphml>"""
    graph, notes = parse_noting(text, ".graphml")
    assert (graph.names, graph.edges) == (("a", "b"), (("a", "b"),))
    assert notes == ["Left out, because a causal graph has no place for it: weight."]
    assert parse_graph(MULTI.format(""), ".gml").edges == (("0", "1"),)
    linked = '{"directed": true, "nodes": [{"id": "a"}, {"id": 2}], "links": [{"source": "a", "target": 2}]}'
    assert parse_graph(linked, ".json").edges == (("a", "2"),)


@pytest.mark.parametrize(("ending", "other"), [(".gv", ".dot"), (".xml", ".graphml"), (".JSON", ".json")])
def test_other_endings_mean_the_same(ending: str, other: str) -> None:
    assert parse_graph(graph_text(ODD, other), ending).names == ODD.names


def test_a_pasted_text_says_its_format() -> None:
    for ending in FORMATS:
        guessed = guessed_ending(graph_text(ODD, ending))
        assert parse_graph(graph_text(ODD, ending), guessed).names == ODD.names
    assert guessed_ending("dagitty('dag { a -> b }')") == ".dagitty"


MULTI = "graph [directed 1 multigraph 1 node [id 0 label 0] node [id 1 label 1] edge [source 0 target 1 key 0]{} ]"
BILLION_LAUGHS = '<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]><graphml>&lol2;</graphml>'


@pytest.mark.parametrize(
    ("text", "ending", "says"),
    [
        ("", ".json", "is empty"),
        ('{"nodes": [\n}', ".json", "Line 2, column 1 of the graph is not JSON"),
        ("[" * 200_000, ".json", "nests too deeply"),
        ('{"directed": false, "nodes": [], "links": []}', ".json", "not directed"),
        ('{"directed": true, "nodes": [{"id": []}], "links": []}', ".json", "A node-link graph is"),
        ("digraph {\n a -> ;\n}", ".dot", "Line 2, column 7 of the graph: expected a name, found ';'"),
        ("digraph {\n a -> b", ".dot", "Line 2, column 8 of the graph: expected a name, found 'the end of the file'"),
        ("digraph {\n a [label=<b>] }", ".dot", "Line 2, column 11 of the graph: labels in HTML are not read"),
        ('digraph {\n a [label="b] }', ".dot", "Line 2, column 11 of the graph: a double quote opens here"),
        ("digraph {\n a } digraph { b }", ".dot", "Line 2, column 6 of the graph: the closing '}' ends the graph"),
        ("graph { a -- b }", ".dot", "starts with 'graph'"),
        ("digraph {\n a -> b [dir=none] }", ".dot", "Line 2, column 10 of the graph: the edge of 'a' and 'b' has no dir"),
        ("digraph {\n edge [dir=none]; a -> b }", ".dot", "Line 2, column 8 of the graph: the edge of 'a' and 'b' has"),
        ("digraph { a -> b [arrowtail=odot, dir=both] }", ".dot", "an end that is not known"),
        ("dag {\n a -- b }", ".dagitty", "Line 2, column 4 of the graph: '--' has no direction"),
        ("dag {\n a [exposre]\n}", ".dagitty", "Line 2, column 5 of the graph: 'exposre' is no mark of DAGitty"),
        ("dag {\n a - > b }", ".dagitty", "Line 2, column 4 of the graph: '- > b }' cannot be read"),
        ('dag {\n a [pos="left"] }', ".dagitty", "Line 2, column 9 of the graph: the position 'left'"),
        ("pag { a @-> b }", ".dagitty", "In a pag some edges have no direction"),
        ("dagg { a -> b }", ".dagitty", "Line 1, column 1 of the graph: it starts with 'dagg'"),
        ("digraph " + "{" * 5000, ".dot", "nests its braces too deeply"),
        ("digraph {" + " -> ".join(["{" + " ".join(f"n{n}" for n in range(400)) + "}"] * 2) + "}", ".dot", "more than"),
        ("digraph {" + ";" * 200_001 + "}", ".dot", "more than 200,000 words"),
        ("digraph { a [tier=early] }", ".dot", "tier of node 'a' is 'early'"),
        ('digraph { a -> b [learnt="pc", stability="2"] }', ".dot", "stability '2' is not a share"),
        (MULTI.format(" edge [source 0 target 1 key 1]"), ".gml", "joins two nodes twice"),
        ("graph [ node [ id 1 label", ".gml", "cannot be read as GML"),
        ("graph [ a " + "[ a " * 5000, ".gml", "nests too deeply"),
        ("graph [ directed 0\n node [ id 1 label \"a\" ] ]", ".gml", "not directed"),
        ("<graphml><node></graphml>", ".graphml", "cannot be read as GraphML: mismatched tag: line 1"),
        ("<a>" * 100_000, ".graphml", "cannot be read as GraphML"),
        (BILLION_LAUGHS, ".graphml", "declares a document type or entities"),
        ("<a/>" * 200_001, ".graphml", "more than 200,000 tags"),
        ("graph [ " + "a [ ] " * 50_001, ".gml", "more than 50,000 lists"),
        ("graph [ " + "node [ id 1 ] " * 2_001, ".gml", "2,001 nodes"),
        ("<svg/>", ".graphml", "holds no <graphml>"),
        ("a,b", ".csv", "cannot end in '.csv'; give one of .json"),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused_with_its_place(text: str, ending: str, says: str) -> None:
    with pytest.raises(BadFile, match=re.escape(says)):
        parse_graph(text, ending)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("digraph { a -> b -> a }", "a → b → a"),
        ("digraph { a -> a }", "is a loop"),
        ('{"nodes": [{"name": "a"}], "edges": [{"source": "a", "target": "b"}]}', "names 'b', which is not a node"),
        ('{"nodes": [{"name": "a"}, {"name": "a"}], "edges": []}', "names 'a' twice"),
        (
            '{"nodes": [{"name": "a"}, {"name": "b"}], "edges": [{"source": "a", "target": "b", "kind": "undirected"}]}',
            "a → b is undirected; direct it first",
        ),
        ("dag { a [exposure] b [exposure] }", "marks a and b as treatment"),
    ],
)
def test_an_impossible_graph_is_refused(text: str, says: str) -> None:
    with pytest.raises(BadSpec, match=says):
        parse_graph(text, guessed_ending(text))


def test_a_control_character_is_refused_where_the_format_cannot_hold_it() -> None:
    with pytest.raises(BadFile, match="control character"):
        graph_text(CausalGraph((Node("a\x01b"),)), ".graphml")


def test_a_file_that_is_no_text_too_large_or_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "graph.dot").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(BadFile, match="not a text file in UTF-8"):
        read_graph(tmp_path / "graph.dot")
    (tmp_path / "large.dot").write_bytes(b" " * 5_000_001)
    with pytest.raises(BadFile, match="larger than 5 MB"):
        read_graph(tmp_path / "large.dot")
    with pytest.raises(BadFile, match="There is no file"):
        read_graph(tmp_path / "absent.dot")
    with pytest.raises(BadFile, match="2,001 nodes"):
        parse_graph("digraph {" + ";".join(f"n{number}" for number in range(2001)) + "}", ".dot")
