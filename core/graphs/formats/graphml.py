"""GraphML, the XML form of graphs: read without document types and entities, so that no text can unfold into more."""

import re
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError, SubElement, fromstring, indent, tostring

from core.errors import BadFile
from core.graphs.causal_graph import CausalGraph
from core.graphs.formats.networkx_forms import (
    EDGE_FIELDS,
    NODE_FIELDS,
    directed_only,
    edge_fields,
    graph_of,
    node_fields,
    refuse_a_crowd,
)

SPACE: Final = "{http://graphml.graphdrawing.org/xmlns}"
NAMESPACE: Final = SPACE.strip("{}")
KINDS: Final = {"tier": "long", "x": "double", "y": "double", "stability": "double", "halved": "int"}
TAGS_AT_MOST: Final = 200_000
NAMING: Final = ("name", "label")
NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def parse_graphml(text: str) -> tuple[CausalGraph, list[str]]:
    """The causal graph of a GraphML text, with what was left out; raises BadFile, BadSpec."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise BadFile("The GraphML file declares a document type or entities; save it without them.")
    refuse_a_crowd(text.count("<node"))
    if text.count("<") > TAGS_AT_MOST:
        raise BadFile(f"The GraphML text has more than {TAGS_AT_MOST:,} tags; that is too large for a causal graph.")
    try:
        root = fromstring(text)
    except ParseError as error:
        raise BadFile(f"The graph cannot be read as GraphML: {error}.") from None
    except (ValueError, RecursionError):
        raise BadFile("The graph cannot be read as GraphML.") from None
    drawn = next((each for each in root if _tag(each) == "graph"), None)
    if _tag(root) != "graphml" or drawn is None:
        raise BadFile("The graph cannot be read as GraphML: it holds no <graphml> with a <graph> in it.")
    names = {each.get("id", ""): each.get("attr.name", each.get("id", "")) for each in root if _tag(each) == "key"}
    directed_only(drawn.get("edgedefault", "directed") == "directed", False, "GraphML")
    nodes = [(_needed(each, "id"), _data(each, names)) for each in drawn if _tag(each) == "node"]
    edges = []
    for each in drawn:
        if _tag(each) == "edge":
            directed_only(each.get("directed", "true") == "true", False, "GraphML")
            edges.append((_needed(each, "source"), _needed(each, "target"), _data(each, names)))
    notes: list[str] = []
    shown = _shown_names(nodes)
    return graph_of(
        [(shown[name], {key: value for key, value in held.items() if key not in NAMING}) for name, held in nodes],
        [(shown.get(source, source), shown.get(target, target), held) for source, target, held in edges],
        notes,
    ), notes


def write_graphml(graph: CausalGraph) -> str:
    """GraphML from which the same graph comes back; raises BadFile for a control character, which XML cannot hold."""
    root = Element("graphml", {"xmlns": NAMESPACE})
    for domain, fields in (("node", NODE_FIELDS), ("edge", EDGE_FIELDS)):
        for name in fields:
            SubElement(
                root, "key", {"id": name, "for": domain, "attr.name": name, "attr.type": KINDS.get(name, "string")}
            )
    drawn = SubElement(root, "graph", {"edgedefault": "directed"})
    for node in graph.nodes:
        _write(SubElement(drawn, "node", {"id": _clean(node.name)}), node_fields(node))
    learnt = edge_fields(graph)
    for source, target in graph.edges:
        _write(SubElement(drawn, "edge", {"source": source, "target": target}), learnt.get((source, target), {}))
    indent(root)
    # A bare carriage return in text would come back as a line feed.
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, "unicode").replace("\r", "&#13;") + "\n"


def _shown_names(nodes: list[tuple[str, dict[str, str]]]) -> dict[str, str]:
    """{id: name}: other programs number their nodes and write the name beside it."""
    for key in NAMING:
        names = [held.get(key, "") for _, held in nodes]
        if all(names) and len(set(names)) == len(names):
            return {name: held[key] for name, held in nodes}
    return {name: name for name, _ in nodes}


def _write(element: Element, held: dict[str, Any]) -> None:
    for name, value in held.items():
        SubElement(element, "data", {"key": name}).text = _clean(str(value))


def _clean(text: str) -> str:
    if found := NOT_IN_XML.search(text):
        raise BadFile(
            f"GraphML cannot hold the control character {found[0]!r} of {text[:40]!r}; choose another format."
        )
    return text


def _tag(element: Element) -> str:
    return str(element.tag).removeprefix(SPACE)


def _needed(element: Element, name: str) -> str:
    value = element.get(name)
    if value is None:
        raise BadFile(f"The graph cannot be read as GraphML: a <{_tag(element)}> has no '{name}'.")
    return value


def _data(element: Element, names: dict[str, str]) -> dict[str, str]:
    """The attributes of a node or an edge; pictures of other programs inside them are left out."""
    return {
        names.get(each.get("key", ""), each.get("key", "")): each.text or ""
        for each in element
        if _tag(each) == "data" and not len(each)
    }
