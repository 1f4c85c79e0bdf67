// What is chosen and pointed at, and what the buttons do.

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
  const left = Math.min(
    Math.max(8, box.left + box.width / 2 - stage.left - tip.offsetWidth / 2),
    stage.width - tip.offsetWidth - 8,
  );
  const below = box.bottom - stage.top + 8;
  const top = below + tip.offsetHeight > stage.height ? box.top - stage.top - tip.offsetHeight - 8 : below;
  Object.assign(tip.style, { left: `${Math.max(4, left)}px`, top: `${Math.max(4, top)}px` });
}

function tipOf(editor, thing) {
  if (thing.kind !== "node") {
    const suggestion =
      thing.kind === "suggestion" &&
      openSuggestions(editor).find((each) => isSame({ ...each, kind: "suggestion" }, thing));
    const edge = suggestion
      ? { ...suggestion, shape: suggestion.kind, kind: "suggestion" }
      : { ...edgeOf(editor.graph, thing.source, thing.target), kind: "edge" };
    return `${nameOfEdge(editor, edge, editor.marks.edges.get(keyOf(thing)))}.`;
  }
  const node = nodeOf(editor.graph, thing.name);
  const shortened = editor.elements.get(keyOf(thing)).querySelector(".words").textContent !== wordsOf(node);
  const sentence = editor.marks.sentences.get(thing.name) ?? "";
  return [shortened || !sentence ? `${nameOfNode(editor, node, rolesOf(editor, node))}.` : "", sentence]
    .filter(Boolean)
    .join(" ");
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
  const focused =
    editor.elements.get(keyOf({ kind: "edge", source, target })) === editor.root.getRootNode().activeElement;
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
  say(
    editor,
    from
      ? `${told(editor.graph, from)} causes …? Choose the effect; Esc stops.`
      : "Choose the cause, then the effect; Esc stops.",
  );
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
