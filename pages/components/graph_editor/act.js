// From clicks, drags and keys to changes of the graph.

const STEP = 16; // pixels that Shift and an arrow move a variable
const PAN_STEP = 60;
const NUDGE_MILLISECONDS = 500; // presses nearer than this are one change
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function listen(editor) {
  const { root, canvas } = editor;
  root.onclick = (event) => {
    const act = event.target.closest?.("[data-act]");
    if (act && act.tagName === "BUTTON" && !act.disabled) perform(editor, act.dataset.act);
  };
  root.onchange = (event) => {
    if (event.target.dataset.act === "time") setTime(editor, event.target.value);
  };
  root.onsubmit = (event) => {
    event.preventDefault();
    rename(editor, event.target.querySelector(".name").value, event.target.querySelector(".title").value);
  };
  root.onkeydown = (event) => onKey(editor, event);
  canvas.addEventListener("focusin", (event) => pointAt(editor, thingAt(event), true));
  canvas.addEventListener("focusout", () => pointAt(editor, null, true));
  canvas.onpointerover = (event) => pointAt(editor, thingAt(event), false);
  canvas.onpointerleave = () => pointAt(editor, null, false);
  listenToPointers(editor);
}

const thingAt = (event) => event.target.closest?.("g[role=button]")?.thing ?? null;

function choose(editor, thing) {
  endNudge(editor);
  Object.assign(editor, { selected: thing, renaming: false });
  if (thing) editor.focused = thing;
  refresh(editor);
}

// Drawn again where it stands: nothing in the graph has changed.
function refresh(editor) {
  drawBands(editor);
  drawAll(editor);
  showPanel(editor);
  showTools(editor);
}

const focusOn = (editor, thing) => (editor.elements.get(keyOf(thing)) ?? editor.canvas).focus({ preventScroll: true });

// What is pointed at, or focused, stands out and explains itself.
function pointAt(editor, thing, byFocus) {
  if (editor.drag || editor.removing) return;
  if (byFocus && thing) editor.focused = thing;
  if (keyOf(thing) === keyOf(editor.hovered)) return;
  editor.hovered = thing;
  drawAll(editor);
  showTip(editor, thing);
}

function showTip(editor, thing) {
  const tip = editor.find(".tip");
  const words = thing && exists(editor, thing) ? tipOf(editor, thing) : "";
  tip.hidden = !words;
  for (const element of editor.elements.values()) element.removeAttribute("aria-describedby");
  if (!words) return;
  write(tip, words);
  const element = editor.elements.get(keyOf(thing));
  element.setAttribute("aria-describedby", "tip");
  const [stage, box] = [editor.find(".stage").getBoundingClientRect(), element.getBoundingClientRect()];
  const left = Math.min(Math.max(8, box.left + box.width / 2 - stage.left - tip.offsetWidth / 2), stage.width - tip.offsetWidth - 8);
  const below = box.bottom - stage.top + 8;
  const top = below + tip.offsetHeight > stage.height ? box.top - stage.top - tip.offsetHeight - 8 : below;
  Object.assign(tip.style, { left: `${Math.max(4, left)}px`, top: `${Math.max(4, top)}px` });
}

function tipOf(editor, thing) {
  if (thing.kind !== "node") {
    const suggestion = thing.kind === "suggestion" && openSuggestions(editor).find((each) => isSame({ ...each, kind: "suggestion" }, thing));
    const edge = suggestion ? { ...suggestion, shape: suggestion.kind, kind: "suggestion" } : { ...edgeOf(editor.graph, thing.source, thing.target), kind: "edge" }; // prettier-ignore
    return `${nameOfEdge(editor, edge, editor.marks.edges.get(keyOf(thing)))}.`;
  }
  const node = nodeOf(editor.graph, thing.name);
  const shortened = editor.elements.get(keyOf(thing)).querySelector(".words").textContent !== wordsOf(node);
  const sentence = editor.marks.sentences.get(thing.name) ?? "";
  return [shortened || !sentence ? `${nameOfNode(editor, node, rolesOf(editor, node))}.` : "", sentence].filter(Boolean).join(" ");
}

// ---- the buttons

function perform(editor, act) {
  const { selected } = editor;
  if (act.startsWith("role-")) return void change(editor, (graph) => toggleRole(graph, selected.name, act.slice(5)));
  const acts = {
    add: () => addVariable(editor, editor.find(".new").value),
    draw: () => (editor.drawing ? stopDrawing(editor) : startDrawing(editor, null)),
    undo: () => undo(editor),
    redo: () => redo(editor),
    tidy: () => {
      change(editor, forgetPlaces);
      fit(editor);
    },
    in: () => zoom(editor, 1.25),
    out: () => zoom(editor, 0.8),
    fit: () => fit(editor),
    svg: () => saveSvg(editor),
    png: () => savePng(editor),
    keys: () => toggleKeys(editor),
    flip: () => flip(editor, selected),
    remove: () => remove(editor, selected),
    rename: () => startRenaming(editor, selected.name),
    "keep-name": () => stopRenaming(editor),
    "edge-from": () => {
      startDrawing(editor, selected.name);
      focusOn(editor, selected);
    },
    accept: () => accept(editor, selected, false),
    "accept-back": () => accept(editor, selected, true),
    "accept-hidden": () => acceptHidden(editor, selected),
    dismiss: () => dismiss(editor, selected),
  };
  acts[act]?.();
}

function toggleKeys(editor) {
  const keys = editor.find(".keys");
  keys.hidden = !keys.hidden;
  editor.find("[data-act=keys]").setAttribute("aria-expanded", String(!keys.hidden));
}

function connect(editor, source, target) {
  if (change(editor, (graph) => addEdge(graph, source, target))) choose(editor, { kind: "edge", source, target });
  focusOn(editor, { kind: "node", name: target });
}

function flip(editor, { source, target }) {
  const turned = { kind: "edge", source: target, target: source };
  const focused = editor.elements.get(keyOf({ kind: "edge", source, target })) === editor.root.getRootNode().activeElement;
  if (!change(editor, (graph) => flipEdge(graph, source, target))) return;
  choose(editor, turned);
  if (focused) focusOn(editor, turned);
}

// What is removed takes its focus along; it goes to a neighbour, so that the keyboard is not lost.
function remove(editor, thing) {
  const inCanvas = editor.canvas.contains(editor.root.getRootNode().activeElement);
  if (thing.kind === "suggestion") dismiss(editor, thing);
  else if (thing.kind === "edge") change(editor, (graph) => removeEdge(graph, thing.source, thing.target));
  else change(editor, (graph) => removeNode(graph, thing.name));
  if (exists(editor, thing)) return;
  const next = thing.kind === "node" ? editor.graph.nodes[0]?.name : thing.source;
  if (next) editor.focused = { kind: "node", name: next };
  refresh(editor);
  if (inCanvas && next) focusOn(editor, editor.focused);
  else editor.canvas.focus({ preventScroll: true });
}

function setTime(editor, value) {
  const { name } = editor.selected;
  const tier = value === "null" ? null : Number(value);
  const taken = change(editor, (graph) => {
    const sentence = setTier(graph, name, tier, "");
    return sentence.replace(": .", `: ${tierTitle(graph, tier, editor.data.tiers)}.`);
  });
  if (!taken) editor.panelOf = ""; // the list shows again what holds
  refresh(editor);
}

function startRenaming(editor, name) {
  if (editor.data.locked) return;
  choose(editor, { kind: "node", name });
  editor.renaming = true;
  showPanel(editor);
}

function stopRenaming(editor) {
  editor.renaming = false;
  showPanel(editor);
  focusOn(editor, editor.selected);
}

function rename(editor, name, title) {
  const old = editor.selected.name;
  const now = name.trim();
  if (!change(editor, (graph) => renameNode(graph, old, now, title.trim()))) return;
  choose(editor, { kind: "node", name: now });
  focusOn(editor, editor.selected);
}

function accept(editor, { source, target }, back) {
  const suggestion = openSuggestions(editor).find((each) => each.source === source && each.target === target);
  const [from, to] = back ? [target, source] : [source, target];
  const doing = (graph) => acceptSuggestion(graph, suggestion, from, to);
  if (!change(editor, doing, { kind: "accept", source, target })) return;
  choose(editor, { kind: "edge", source: from, target: to });
  focusOn(editor, editor.selected);
}

function acceptHidden(editor, { source, target }) {
  const suggestion = openSuggestions(editor).find((each) => each.source === source && each.target === target);
  change(editor, (graph) => acceptHiddenCause(graph, suggestion), { kind: "accept", source, target });
}

// ---- drawing an edge by clicks or keys

function startDrawing(editor, from) {
  if (editor.data.locked) return void refuse(editor, editor.data.locked);
  editor.drawing = { from };
  refresh(editor);
  say(editor, from ? `${told(editor.graph, from)} causes …? Choose the effect; Esc stops.` : "Choose the cause, then the effect; Esc stops.");
}

function stopDrawing(editor) {
  editor.drawing = null;
  refresh(editor);
  say(editor, "");
}

function pick(editor, name) {
  if (!editor.drawing) return choose(editor, { kind: "node", name });
  const { from } = editor.drawing;
  if (from === null) return startDrawing(editor, name);
  editor.drawing = null;
  return connect(editor, from, name);
}

// ---- keys

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
  say(editor, "");
  return editor.canvas.focus({ preventScroll: true });
}

// Returns whether the key meant something.
function onCanvasKey(editor, key, event) {
  const thing = event.target.closest?.("g[role=button]")?.thing ?? null;
  const view = { "+": () => zoom(editor, 1.25), "=": () => zoom(editor, 1.25), "-": () => zoom(editor, 0.8), 0: () => fit(editor), "?": () => toggleKeys(editor) };
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
  if (thing.kind !== "node") return focusOn(editor, { kind: "node", name: dx < 0 || dy < 0 ? thing.source : thing.target });
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
  return focusOn(editor, edges[now < 0 ? (step > 0 ? 0 : edges.length - 1) : (now + step + edges.length) % edges.length]);
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
