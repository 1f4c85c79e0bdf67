// Draws the graph as SVG. Every element is kept under its key and only changed, so that focus and pointers stay on it.
// Names come from data: they become text and attributes, never markup.

const SVG = "http://www.w3.org/2000/svg";
const WIDEST = 190; // of a node among many, or in a narrow window
const WIDEST_OF_FEW = 260;
const FEW = 20;
const DENSE = 60; // from so many edges on, they are drawn fainter
const SUGGESTION_ENDS = { directed: "head", undirected: "", bidirected: "head tail" };

function make(tag, attributes = {}, children = []) {
  const element = document.createElementNS(SVG, tag);
  set(element, attributes);
  element.append(...children);
  return element;
}

// Sets what differs; a null takes the attribute away.
function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null) element.removeAttribute(name);
    else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
  }
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function show(editor) {
  if (!editor.root) return;
  const before = editor.layout && { spots: currentSpots(editor), view: editor.view };
  measure(editor);
  editor.layout = arrange(editor.graph, editor.widths, editor.data.tiers, sizeOf(editor));
  if (editor.view.fitted) editor.view = fitting(editor);
  glide(editor, before);
  showPanel(editor);
  showTools(editor);
}

// Widths of the nodes: of their words in the page's font, between two limits.
function measure(editor) {
  editor.ruler ??= document.createElement("canvas").getContext("2d");
  const family = getComputedStyle(editor.root).fontFamily;
  editor.measured = editor.family === family ? editor.measured : new Map();
  editor.family = family;
  const wide = (text, font) => {
    const key = `${font}|${text}`;
    if (!editor.measured.has(key)) {
      editor.ruler.font = `${font} ${family}`;
      editor.measured.set(key, editor.ruler.measureText(text).width);
    }
    return editor.measured.get(key);
  };
  editor.short = (text, font, most) => {
    if (wide(text, font) <= most) return text;
    let kept = text.length;
    while (kept > 1 && wide(`${text.slice(0, kept)}…`, font) > most) kept -= 1;
    return `${text.slice(0, kept).trimEnd()}…`;
  };
  const widest = editor.graph.nodes.length > FEW || sizeOf(editor).width < NARROW ? WIDEST : WIDEST_OF_FEW;
  editor.widths = new Map(
    editor.graph.nodes.map((node) => {
      const text = Math.max(wide(wordsOf(node), "600 14px"), wide(rolesOf(editor, node).join(" · "), "11px"));
      return [node.name, Math.min(widest, Math.max(84, Math.ceil(text) + 30))];
    }),
  );
}

// Stated roles and derived ones, in the words shown.
const rolesOf = (editor, node) => [...node.roles, ...(editor.marks.roles.get(node.name) ?? [])];

// Where a node is drawn now: under the pointer, on its way, or in its place.
function spotOf(editor, name) {
  if (editor.drag?.kind === "node" && editor.drag.name === name && editor.drag.spot) return editor.drag.spot;
  return editor.gliding?.spots.get(name) ?? editor.layout.at.get(name);
}

const currentSpots = (editor) => new Map([...editor.layout.at.keys()].map((name) => [name, spotOf(editor, name)]));

function drawAll(editor) {
  const { graph } = editor;
  const boxes = graph.nodes.map(({ name }) => ({ name, ...spotOf(editor, name), half: editor.widths.get(name) / 2 }));
  const byName = new Map(boxes.map((box) => [box.name, box]));
  const near = neighbourhood(editor);
  const seen = new Set();
  for (const edge of graph.edges) seen.add(drawEdge(editor, { kind: "edge", ...edge }, byName, boxes, near));
  for (const each of openSuggestions(editor)) {
    seen.add(drawEdge(editor, { ...each, shape: each.kind, kind: "suggestion" }, byName, boxes, near));
  }
  for (const node of graph.nodes) seen.add(drawNode(editor, node, byName.get(node.name), near));
  const gone = [...editor.elements].filter(([key]) => !seen.has(key));
  for (const [key] of gone) editor.elements.delete(key);
  editor.removing = true; // what is removed loses the focus, which must not draw again meanwhile
  for (const [, element] of gone) element.remove();
  editor.removing = false;
  drawGhost(editor, byName);
  editor.canvas.classList.toggle("pointed", near !== null && !!editor.hovered);
  editor.canvas.classList.toggle("dense", graph.edges.length > DENSE);
  editor.canvas.classList.toggle("drawing", !!editor.drawing || editor.drag?.kind === "edge");
  rove(editor);
  const empty = editor.find(".empty");
  empty.hidden = graph.nodes.length > 0;
  write(
    empty,
    editor.data.locked ? "This graph has no variables." : "Add a variable above; then draw edges from cause to effect.",
  );
}

// Keys of what belongs to the thing that is pointed at or chosen; null if nothing is.
function neighbourhood(editor) {
  const thing = editor.hovered ?? editor.selected;
  if (!thing || editor.drag?.kind === "edge" || !exists(editor, thing)) return null;
  const keys = new Set([keyOf(thing)]);
  const all = [
    ...editor.graph.edges.map((edge) => ({ kind: "edge", ...edge })),
    ...openSuggestions(editor).map((each) => ({ ...each, kind: "suggestion" })),
  ];
  for (const edge of all) {
    const mine =
      thing.kind === "node" ? edge.source === thing.name || edge.target === thing.name : keyOf(edge) === keyOf(thing);
    if (!mine) continue;
    for (const each of [edge, { kind: "node", name: edge.source }, { kind: "node", name: edge.target }])
      keys.add(keyOf(each));
  }
  return keys;
}

function kept(editor, thing, parent, create) {
  const key = keyOf(thing);
  if (!editor.elements.has(key)) {
    const element = create();
    element.thing = thing;
    editor.elements.set(key, element);
    editor.find(parent).append(element);
  }
  return editor.elements.get(key);
}

const isSame = (thing, other) => !!thing && !!other && keyOf(thing) === keyOf(other);

function drawEdge(editor, edge, byName, boxes, near) {
  const { source, target } = edge;
  const thing = { kind: edge.kind, source, target };
  const key = keyOf(thing);
  const element = kept(editor, thing, edge.kind === "edge" ? ".edges" : ".suggested", () =>
    make("g", { role: "button", tabindex: -1 }, [
      make("path", { class: "reach" }),
      make("path", { class: "line" }),
      make("path", { class: "head" }),
      make("path", { class: "tail" }),
      make("text", { class: "share", "aria-hidden": "true" }),
    ]),
  );
  const [from, to] = [byName.get(source), byName.get(target)];
  const moving = editor.gliding || editor.drag?.spot;
  const ends = `${at2(from)} ${at2(to)}`;
  if (!moving || element.ends !== ends) element.route = routeOf(from, to, moving ? [] : boxes); // no detours on the way
  element.ends = ends;
  const { line, head, tail, middle } = element.route;
  const heads = edge.kind === "edge" ? "head" : SUGGESTION_ENDS[edge.shape];
  const mark = editor.marks.edges.get(key) ?? "";
  const hidden = [source, target].some((name) => nodeOf(editor.graph, name).roles.includes("unmeasured"));
  const stability = edge.kind === "edge" ? edge.learnt?.stability : edge.stability;
  const [reach, path, headOf, tailOf, share] = element.children;
  set(reach, { d: line });
  set(path, { d: line });
  set(headOf, { d: heads.includes("head") ? head : "" });
  set(tailOf, { d: heads.includes("tail") ? tail : "" });
  set(share, { x: middle.x.toFixed(1), y: (middle.y - 6).toFixed(1) });
  write(share, stability === null || stability === undefined ? "" : `${Math.round(100 * stability)} %`);
  const classes = [
    edge.kind,
    mark,
    hidden && "from-hidden",
    edge.learnt && "learnt",
    isSame(editor.selected, thing) && "selected",
    near && !near.has(key) && "away",
    near?.has(key) && "near",
  ];
  set(element, {
    class: classes.filter(Boolean).join(" "),
    "aria-label": nameOfEdge(editor, edge, mark),
    "aria-pressed": isSame(editor.selected, thing),
  });
  return key;
}

function nameOfEdge(editor, edge, mark) {
  const [source, target] = [told(editor.graph, edge.source), told(editor.graph, edge.target)];
  if (edge.kind === "edge") return [`${source} causes ${target}`, markWords(mark)].filter(Boolean).join(", ");
  const sure = edge.stability === null ? "" : `, stability ${Math.round(100 * edge.stability)} %`;
  return `Suggested: ${suggestionWords(edge.shape, source, target)}${sure}`;
}

const markWords = (mark) =>
  ({ causal: "on a causal path", biasing: "on an open back-door path, which biases", blocked: "on a closed path" })[
    mark
  ] ?? "";

const suggestionWords = (shape, source, target) =>
  ({
    directed: `${source} causes ${target}`,
    undirected: `${source} and ${target} are tied, direction unknown`,
    bidirected: `${source} and ${target} share a hidden cause`,
  })[shape];

function drawNode(editor, node, box, near) {
  const thing = { kind: "node", name: node.name };
  const key = keyOf(thing);
  const element = kept(editor, thing, ".nodes", () =>
    make("g", { role: "button", tabindex: -1 }, [
      make("rect", { class: "body", y: -NODE_HEIGHT / 2, height: NODE_HEIGHT, rx: 10 }),
      make("rect", { class: "inner", y: 4 - NODE_HEIGHT / 2, height: NODE_HEIGHT - 8, rx: 7 }),
      make("text", { class: "words" }),
      make("text", { class: "roles", y: 12 }),
      make("circle", { class: "port-reach", cy: 0, r: 15 }),
      make("circle", { class: "port", cy: 0, r: 5.5 }),
    ]),
  );
  const { half } = box;
  const roles = rolesOf(editor, node);
  const [body, inner, words, under, reach, port] = element.children;
  set(body, { x: -half, width: 2 * half });
  set(inner, { x: 4 - half, width: 2 * half - 8 });
  set(words, { y: roles.length ? -4 : 5 });
  write(words, editor.short(wordsOf(node), "600 14px", 2 * half - 22));
  write(under, editor.short(roles.join(" · "), "11px", 2 * half - 16));
  set(reach, { cx: half });
  set(port, { cx: half });
  const classes = [
    "node",
    ...node.roles,
    editor.marks.adjusted.has(node.name) && "adjusted",
    (isSame(editor.selected, thing) || editor.drawing?.from === node.name) && "selected",
    editor.drag?.over === node.name && "over",
    near && !near.has(key) && "away",
  ];
  set(element, {
    class: classes.filter(Boolean).join(" "),
    "aria-label": nameOfNode(editor, node, roles),
    "aria-pressed": isSame(editor.selected, thing),
  });
  set(element, { transform: `translate(${at2(box)})` });
  return key;
}

function nameOfNode(editor, node, roles) {
  const tier = node.tier === null ? "" : tierTitle(editor.graph, node.tier, editor.data.tiers);
  const adjusted = editor.marks.adjusted.has(node.name) ? "adjusted for" : "";
  return [wordsOf(node), ...roles, adjusted, tier && `time: ${tier}`].filter(Boolean).join(", ");
}

function drawBands(editor) {
  const { bands, box } = editor.layout;
  const group = editor.find(".bands");
  while (group.children.length > bands.length) group.lastChild.remove();
  while (group.children.length < bands.length)
    group.append(make("g", { class: "band" }, [make("rect", { rx: 8 }), make("text")]));
  bands.forEach(({ tier, title, left, right }, number) => {
    const [rect, text] = group.children[number].children;
    set(group.children[number], { class: `band${editor.drag?.band === number ? " over" : ""}` });
    set(rect, { x: left + 3, y: box.top - 8, width: right - left - 6, height: box.bottom - box.top + 28 });
    set(text, { x: (left + right) / 2, y: box.top + 12 });
    write(text, tier === null ? "any time" : title);
  });
}

// The edge under way, from its cause to the pointer.
function drawGhost(editor, byName) {
  const { drag } = editor;
  const from = drag?.kind === "edge" ? byName.get(drag.name) : null;
  const ghost = editor.find(".ghost");
  set(ghost, { d: from && drag.spot ? `M${at2({ x: from.x + from.half, y: from.y })} L${at2(drag.spot)}` : "" });
}

// One element of the picture is in the order of Tab: the one that the keyboard was on last.
function rove(editor) {
  const wanted = keyOf(editor.focused) || keyOf(editor.selected) || editor.elements.keys().next().value;
  for (const [key, element] of editor.elements) set(element, { tabindex: key === wanted ? 0 : -1 });
}
