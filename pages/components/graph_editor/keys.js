// The keyboard, which does everything that the mouse does.

const STEP = 16; // pixels that Shift and an arrow move a variable
const PAN_STEP = 60;
const NUDGE_MILLISECONDS = 500; // presses nearer than this are one change
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function onKey(editor, event) {
  if (event.key !== "Tab") event.stopPropagation(); // Streamlit has shortcuts of its own
  const typing = event.target.matches("input, select");
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key === "Escape") escape(editor, typing);
  else if (typing) return;
  else if (event.ctrlKey || event.metaKey) {
    if (key === "z") event.shiftKey ? redo(editor) : undo(editor);
    else if (key === "y") redo(editor);
    else return;
  } else if (event.altKey || !(editor.canvas === event.target || editor.canvas.contains(event.target))) return;
  else if (!onCanvasKey(editor, key, event)) return;
  event.preventDefault();
}

function escape(editor, typing) {
  if (editor.renaming) return stopRenaming(editor);
  if (typing) return editor.canvas.focus({ preventScroll: true });
  if (editor.drawing) return stopDrawing(editor);
  choose(editor, null);
  pointAt(editor, null, true);
  say(editor, "");
  return editor.canvas.focus({ preventScroll: true });
}

// Returns whether the key meant something.
function onCanvasKey(editor, key, event) {
  const thing = event.target.closest?.("g[role=button]")?.thing ?? null;
  const view = {
    "+": () => zoom(editor, 1.25),
    "=": () => zoom(editor, 1.25),
    "-": () => zoom(editor, 0.8),
    0: () => fit(editor),
    "?": () => toggleKeys(editor),
  };
  if (view[key]) view[key]();
  else if (ARROWS[key]) onArrow(editor, thing, ARROWS[key], event.shiftKey);
  else if (!thing) {
    if (!["Enter", " ", ".", "Home"].includes(key)) return false;
    const first = editor.focused ?? (editor.graph.nodes[0] && { kind: "node", name: editor.graph.nodes[0].name });
    if (first) focusOn(editor, first);
  } else if (key === "." || key === ",") walkEdges(editor, thing, key === "." ? 1 : -1);
  else if (key === "Delete" || key === "Backspace") remove(editor, thing);
  else if (key === "Enter" || key === " ") thing.kind === "node" ? pick(editor, thing.name) : choose(editor, thing);
  else if (thing.kind === "node") return onNodeKey(editor, key, thing.name);
  else if (key === "f" && thing.kind === "edge") flip(editor, thing);
  else if (key === "a" && thing.kind === "suggestion") accept(editor, thing, false);
  else return false;
  return true;
}

function onNodeKey(editor, key, name) {
  const role = { t: "treatment", o: "outcome", u: "unmeasured" }[key];
  if (role) change(editor, (graph) => toggleRole(graph, name, role));
  else if (key === "e") startDrawing(editor, name);
  else if (key === "F2") startRenaming(editor, name);
  else return false;
  return true;
}

function onArrow(editor, thing, [dx, dy], shifted) {
  if (!thing) return pan(editor, -dx * PAN_STEP, -dy * PAN_STEP);
  if (thing.kind !== "node")
    return focusOn(editor, { kind: "node", name: dx < 0 || dy < 0 ? thing.source : thing.target });
  if (shifted) return nudge(editor, thing.name, dx * STEP, dy * STEP);
  const from = editor.layout.at.get(thing.name);
  let best = null;
  for (const [name, { x, y }] of editor.layout.at) {
    const ahead = (x - from.x) * dx + (y - from.y) * dy;
    const aside = Math.abs((x - from.x) * dy) + Math.abs((y - from.y) * dx);
    const cost = ahead + 2 * aside;
    if (name !== thing.name && ahead > 4 && (!best || cost < best.cost)) best = { name, cost };
  }
  if (!best) return undefined;
  reveal(editor, best.name);
  return focusOn(editor, { kind: "node", name: best.name });
}

// From a variable to its first edge, from an edge to the next one of the same variable.
function walkEdges(editor, thing, step) {
  const around = thing.kind === "node" ? thing.name : (editor.around ?? thing.source);
  editor.around = around;
  const edges = [
    ...editor.graph.edges.map((edge) => ({ kind: "edge", source: edge.source, target: edge.target })),
    ...openSuggestions(editor).map(({ source, target }) => ({ kind: "suggestion", source, target })),
  ].filter((edge) => edge.source === around || edge.target === around);
  if (!edges.length) return say(editor, `${told(editor.graph, around)} has no edges.`);
  const now = edges.findIndex((edge) => isSame(edge, thing));
  return focusOn(
    editor,
    edges[now < 0 ? (step > 0 ? 0 : edges.length - 1) : (now + step + edges.length) % edges.length],
  );
}

// Shift and arrows: drawn at once, sent as one change when the presses pause.
function nudge(editor, name, dx, dy) {
  if (editor.data.locked) return void refuse(editor, editor.data.locked);
  const spot = spotOf(editor, name);
  clearTimeout(editor.nudge?.timer);
  editor.drag = { kind: "node", name, spot: { x: spot.x + dx, y: spot.y + dy } };
  editor.drag.band = bandAt(editor, editor.drag.spot);
  editor.nudge = { timer: setTimeout(() => endNudge(editor), NUDGE_MILLISECONDS) };
  drawBands(editor);
  drawAll(editor);
  return undefined;
}

function endNudge(editor) {
  if (!editor.nudge) return;
  clearTimeout(editor.nudge.timer);
  editor.nudge = null;
  dropNode(editor);
}
