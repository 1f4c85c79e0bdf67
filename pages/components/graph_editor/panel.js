// What can be done with the thing that is chosen, and what is known of it; with nothing chosen, what the colours say.

const ROLE_WORDS = {
  treatment: "the cause that is asked about; one variable only",
  outcome: "what may change; one variable only",
  unmeasured: "it exists, but no column of the log holds it",
  randomised: "chance alone sets it",
  selected: "the log holds only those with one value of it",
};

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== null && value !== false) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const button = (act, words, more = {}) => element("button", { type: "button", "data-act": act, ...more }, words);

// Rebuilt only when it would say something else; a button in it that had the focus keeps it.
function showPanel(editor) {
  const panel = editor.find(".panel");
  const parts = panelOf(editor);
  const says = parts.map((part) => part.outerHTML).join("");
  if (says === editor.panelOf && panel.children.length) return;
  editor.panelOf = says;
  const active = panel.getRootNode().activeElement;
  const act = active && panel.contains(active) ? active.dataset.act : null;
  panel.replaceChildren(...parts);
  if (act) [...panel.querySelectorAll("[data-act]")].find((each) => each.dataset.act === act)?.focus();
  if (editor.renaming && !act) panel.querySelector("input")?.select();
}

function panelOf(editor) {
  const { selected } = editor;
  if (selected?.kind === "node")
    return editor.renaming ? renamingOf(editor, selected.name) : panelOfNode(editor, selected.name);
  if (selected?.kind === "edge") return panelOfEdge(editor, selected);
  if (selected?.kind === "suggestion") return panelOfSuggestion(editor, selected);
  return legendOf(editor);
}

const heading = (words, note) =>
  element(
    "span",
    { class: "heading" },
    element("strong", {}, words),
    note ? element("span", { class: "note" }, note) : "",
  );

function panelOfNode(editor, name) {
  const node = nodeOf(editor.graph, name);
  const { locked, roles } = editor.data;
  const derived = editor.marks.roles.get(name) ?? [];
  const note = [
    node.title && node.title !== name ? name : "",
    ...derived,
    editor.marks.adjusted.has(name) ? "adjusted for" : "",
  ];
  const top = element("div", { class: "row" }, heading(wordsOf(node), note.filter(Boolean).join(" · ")));
  if (!locked) {
    top.append(button("edge-from", "Edge from here"), button("rename", "Rename"), button("remove", "Remove"));
  }
  const chips = roles.map((role) =>
    button(`role-${role}`, role, {
      class: "chip",
      "aria-pressed": node.roles.includes(role),
      title: ROLE_WORDS[role],
      disabled: locked ? "" : null,
    }),
  );
  const row = element(
    "div",
    { class: "row", role: "group", "aria-label": "Roles and time" },
    ...chips,
    timeOf(editor, node),
  );
  const sentence = editor.marks.sentences.get(name);
  return [top, row, ...(sentence ? [element("p", {}, sentence)] : [])];
}

// Columns to stand in: those there are (the standard ones where there are none), one before them and one after.
function timeOf(editor, node) {
  const { tiers, locked } = editor.data;
  const there = tiersOf(editor.graph, tiers);
  const used = there.length ? there : tiers;
  const titles = used.map((tier) => [
    tier,
    there.length ? tierTitle(editor.graph, tier, tiers) : ["before", "treatment", "after"][tiers.indexOf(tier)],
  ]);
  const choices = [
    [null, "any time"],
    [used[0] - 1, "earlier than all"],
    ...titles,
    [used.at(-1) + 1, "later than all"],
  ];
  const options = choices.map(([tier, title]) =>
    element("option", { value: String(tier), selected: tier === node.tier ? "" : null }, title),
  );
  return element(
    "label",
    { class: "time" },
    "Time ",
    element("select", { "data-act": "time", disabled: locked ? "" : null }, ...options),
  );
}

function renamingOf(editor, name) {
  const node = nodeOf(editor.graph, name);
  const { limits } = editor.data;
  const field = (label, kind, value, longest) =>
    element(
      "label",
      {},
      `${label} `,
      element("input", {
        type: "text",
        class: kind,
        value,
        maxlength: longest,
        autocomplete: "off",
        spellcheck: "false",
      }),
    );
  return [
    element(
      "form",
      { class: "row renaming" },
      field("Name", "name", name, limits.name),
      field("Title", "title", node.title ?? "", limits.title),
      element("button", { type: "submit" }, "Rename"),
      button("keep-name", "Cancel"),
    ),
    element("p", {}, "The name ties the variable to a column; the title is what the picture shows."),
  ];
}

function panelOfEdge(editor, { source, target }) {
  const edge = edgeOf(editor.graph, source, target);
  const mark = editor.marks.edges.get(keyOf({ kind: "edge", source, target }));
  const top = element(
    "div",
    { class: "row" },
    heading(arrow(told(editor.graph, source), told(editor.graph, target)), markWords(mark)),
  );
  if (!editor.data.locked) top.append(button("flip", "Turn round"), button("remove", "Remove"));
  return [top, element("p", {}, edge.learnt ? `Learnt: ${learntWords(edge.learnt)}.` : "Assumed: you drew it.")];
}

function learntWords({ method, stability, halved }) {
  const sure =
    stability === null || stability === undefined ? "" : `, in ${Math.round(100 * stability)} % of the draws`;
  return `${method}${sure}${halved ? ", from the half of the users kept for discovery" : ""}`;
}

function panelOfSuggestion(editor, { source, target }) {
  const suggestion = openSuggestions(editor).find((each) => each.source === source && each.target === target);
  const [from, to] = [told(editor.graph, source), told(editor.graph, target)];
  const top = element("div", { class: "row" }, heading(`Suggested: ${suggestionWords(suggestion.kind, from, to)}`));
  if (!editor.data.locked) {
    const directed = suggestion.kind === "directed";
    top.append(button("accept", directed ? "Accept" : `Accept as ${arrow(from, to)}`, { class: "main" }));
    if (!directed) top.append(button("accept-back", `Accept as ${arrow(to, from)}`));
    if (suggestion.kind === "bidirected") top.append(button("accept-hidden", "Accept as a hidden cause"));
    top.append(button("dismiss", "Dismiss"));
  }
  return [
    top,
    element("p", {}, `Found by ${learntWords(suggestion)}. It is not part of the graph until you accept it.`),
  ];
}

function legendOf(editor) {
  const { graph, marks } = editor;
  const drawn = new Set(marks.edges.values());
  const entries = [
    ["causal", "causal path", drawn.has("causal")],
    ["biasing", "open back-door path", drawn.has("biasing")],
    ["suggested", "suggested, not accepted", openSuggestions(editor).length > 0],
    ["adjusted", "adjusted for", marks.adjusted.size > 0],
    ["unmeasured", "not measured", graph.nodes.some((node) => node.roles.includes("unmeasured"))],
  ];
  const shown = entries
    .filter(([, , there]) => there)
    .map(([kind, words]) => element("span", { class: "key" }, sample(kind), words));
  const hint =
    editor.data.locked ||
    (graph.nodes.length
      ? "Choose a variable or an edge to change it; drag from a variable's dot to draw an edge."
      : "");
  return [element("div", { class: "row legend" }, ...shown), element("p", {}, hint)];
}

function sample(kind) {
  const node = kind === "adjusted" || kind === "unmeasured";
  const drawn = node
    ? make("g", { class: `node ${kind}` }, [make("rect", { class: "body", x: 2, y: 2, width: 24, height: 12, rx: 4 })])
    : make("g", { class: kind === "suggested" ? "suggestion" : `edge ${kind}` }, [
        make("path", { class: "line", d: "M1,8 L27,8" }),
      ]);
  return make("svg", { viewBox: "0 0 28 16", class: "sample", "aria-hidden": "true" }, [drawn]);
}

// Which tools can be used now.
function showTools(editor) {
  const { locked } = editor.data;
  const may = {
    draw: true,
    add: true,
    undo: editor.past.length > 0,
    redo: editor.future.length > 0,
    tidy: editor.graph.nodes.length > 1,
  };
  for (const [act, allowed] of Object.entries(may))
    editor.find(`.bar [data-act=${act}]`).disabled = !!locked || !allowed;
  editor.find(".new").disabled = !!locked;
  editor.find("[data-act=draw]").setAttribute("aria-pressed", String(!!editor.drawing));
}
