"""The graph editor trusts nobody: forged edits, hostile names, changes from elsewhere, and one set of rules."""

import random
import re

from playwright.sync_api import expect

from core.errors import BadSpec
from core.graphs.causal_graph import read_plain
from pages.components.graph_editor.mount import HERE
from tests.browser.editor_driver import EDGES, Editor, refusal_of
from tests.browser.editor_page import HOSTILE, SMALL


def test_what_a_browser_forges_is_refused_and_taken_back(editor: Editor) -> None:
    page = editor.open().page

    def forge(graph: str) -> None:
        """Send what the editor itself would not, and draw it."""
        page.evaluate(
            "change => { const editor = [...window.whypathGraphs.values()].at(-1); const graph = structuredClone(editor.graph);"
            " (new Function('graph', change))(graph); editor.past.push(editor.graph); editor.graph = graph; "
            "editor.send([{ id: String(Math.random()), revision: editor.revision, kind: 'change', graph }]); }",
            graph,
        )

    forge("graph.edges.push({ source: 'buy', target: 'age' })")
    editor.expect_refused(refusal_of(SMALL, ("buy", "age")))
    forge("graph.nodes.push({ name: 'n'.repeat(81), roles: [], tier: null })")
    editor.expect_refused(f"The name '{'n' * 40}…' has 81 characters; keep it within 80.")
    expect(page.locator(".nodes .node")).to_have_count(5)
    editor.expect_edges(*EDGES)
    editor.expect_edits()
    editor.node("age").click()
    editor.click("selected")  # it goes on as before
    editor.expect_node("age", roles=["selected"])


def test_a_change_from_outside_is_taken_over_and_can_be_undone(editor: Editor) -> None:
    page = editor.open().page
    page.get_by_role("button", name="Change it outside").click()
    expect(editor.node("outside 5")).to_be_visible()
    editor.node("age").click()
    editor.click("selected")
    editor.expect_node("age", roles=["selected"])
    editor.click("Undo")
    editor.click("Undo")
    editor.eventually(lambda graph: len(graph["nodes"]), 5)
    expect(editor.node("outside 5")).to_have_count(0)


def test_changes_in_quick_succession_are_all_told(editor: Editor) -> None:
    editor.open()
    editor.node("age").focus()
    editor.press(*"u" * 11)  # unmeasured, on and off: each comes while the one before is on its way
    editor.expect_node("age", roles=["unmeasured"])
    editor.expect_edits(*["change"] * 11)
    expect(editor.page.locator(".refused")).to_be_empty()


def test_names_are_never_markup_and_nothing_but_looking_works_when_locked(editor: Editor) -> None:
    page = editor.open("locked").page
    assert page.locator(".editor img").count() == 0
    expect(editor.node("<img")).to_have_attribute("aria-label", re.compile(re.escape(HOSTILE)))
    for name in ("Add", "Draw edge", "Undo", "Tidy"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_disabled()
    editor.node("age").click()
    expect(page.get_by_role("button", name="treatment", exact=True)).to_be_disabled()
    x, y = editor.middle(editor.node("age"))
    editor.drag((x, y), (x + 100, y + 80))
    editor.node("age").focus()
    editor.press("Delete", "t", "e")
    editor.expect_refused("This graph is locked; make a version of your own to change it.")
    editor.expect_edits()
    assert editor.truth()["graph"] == SMALL.plain()


def test_browser_and_python_refuse_the_same_graphs_in_the_same_words(editor: Editor) -> None:
    """Random graphs, most of them faulty: the rules stand twice, in model.js and in core, and must not drift apart."""
    chance = random.Random(7)
    roles = [[], [], [], ["treatment"], ["outcome"], ["unmeasured"], ["randomised"], ["treatment", "unmeasured"]]
    graphs, wanted = [], []
    for _ in range(600):
        names = [chance.choice("abcdefgh") if chance.random() < 0.02 else name for name in "abcde"]
        nodes = [{"name": n, "roles": chance.choice(roles), "tier": chance.choice([None, None, 0, 1])} for n in names]
        seen: set[str] = set()
        for node in nodes:  # the browser moves the one treatment, so two never meet its rules
            node["roles"] = [role for role in node["roles"] if role not in seen]
            seen |= set(node["roles"]) & {"treatment", "outcome"}
        pairs = [chance.sample(sorted(set(names)), 2) for _ in range(chance.randrange(5))]
        pairs += [[names[0], names[0]]] if chance.random() < 0.05 else []
        graph = {"nodes": nodes, "edges": [{"source": source, "target": target} for source, target in pairs]}
        graphs.append(graph)
        try:
            read_plain(graph)
            wanted.append("")
        except BadSpec as refused:
            wanted.append(str(refused))
    assert 100 < wanted.count("") < 500
    script = (HERE / "model.js").read_text(encoding="utf-8")
    asked = f"graphs => {{ {script}; return graphs.map(graph => fault(graph, {{ nodes: 200 }})); }}"
    said = editor.page.evaluate(asked, graphs)

    def sort(sentence: str) -> str:
        """The cycle that is named may be another one, or begin elsewhere."""
        return sentence.partition(":")[0] if "cycle" in sentence else sentence

    assert [sort(each) for each in said] == [sort(each) for each in wanted]
