// Mouse, pen and fingers: drag a variable, an edge out of its dot, the picture; two fingers zoom.

const SLACK = 4; // pixels that a click may wander

function listenToPointers(editor) {
  const { canvas } = editor;
  canvas.onpointerdown = (event) => onDown(editor, event);
  canvas.onpointermove = (event) => onMove(editor, event);
  canvas.onpointerup = (event) => onUp(editor, event);
  canvas.onpointercancel = (event) => {
    editor.pointers.delete(event.pointerId);
    editor.drag = null;
    refresh(editor);
  };
  // A finger on a variable drags it; elsewhere it scrolls the page. (The style touch-action is deaf to parts of an SVG.)
  canvas.addEventListener(
    "touchstart",
    (event) => {
      if (thingAt(event)?.kind === "node" || event.touches.length > 1) event.preventDefault();
    },
    { passive: false },
  );
  canvas.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
      event.preventDefault();
      zoom(editor, Math.exp(-event.deltaY / 300), onCanvas(editor, event));
    },
    { passive: false },
  );
}

function onDown(editor, event) {
  if (event.button > 0) return;
  endNudge(editor);
  const point = onCanvas(editor, event);
  editor.pointers.set(event.pointerId, point);
  editor.canvas.setPointerCapture(event.pointerId);
  if (editor.pointers.size === 2) {
    editor.drag = { kind: "pinch", before: pinchOf(editor) };
    return;
  }
  const thing = thingAt(event);
  const port = event.target.classList.contains("port-reach") || event.target.classList.contains("port");
  showTip(editor, null);
  if (thing?.kind === "node") {
    const spot = editor.layout.at.get(thing.name);
    const at = inPicture(editor, point);
    const kind = editor.drawing ? "pick" : port && !editor.data.locked ? "edge" : "node";
    editor.drag = { kind, name: thing.name, begun: point, grip: { x: at.x - spot.x, y: at.y - spot.y } };
    if (event.pointerType === "mouse") event.preventDefault(); // no selection of text; the focus is set by hand
  } else if (thing) editor.drag = { kind: "click", thing };
  else editor.drag = { kind: "pan", begun: point, last: point };
}

function onMove(editor, event) {
  const { drag } = editor;
  if (!drag || !editor.pointers.has(event.pointerId)) return;
  const point = onCanvas(editor, event);
  editor.pointers.set(event.pointerId, point);
  drag.moved ||= drag.begun && Math.hypot(point.x - drag.begun.x, point.y - drag.begun.y) > SLACK;
  if (drag.kind === "pinch") return pinch(editor);
  if (!drag.moved) return undefined;
  if (drag.kind === "pan") {
    pan(editor, point.x - drag.last.x, point.y - drag.last.y);
    drag.last = point;
    return undefined;
  }
  const at = inPicture(editor, point);
  if (drag.kind === "edge") Object.assign(drag, { spot: at, over: nodeAt(editor, at, drag.name) });
  else if (drag.kind === "node" && !editor.data.locked) {
    drag.spot = { x: at.x - drag.grip.x, y: at.y - drag.grip.y };
    drag.band = bandAt(editor, drag.spot);
  } else return undefined;
  editor.pending ||= requestAnimationFrame(() => {
    editor.pending = 0;
    if (!editor.drag) return;
    drawBands(editor);
    drawAll(editor);
  });
  return undefined;
}

function onUp(editor, event) {
  const { drag } = editor;
  editor.pointers.delete(event.pointerId);
  if (!drag) return;
  if (drag.kind === "node" && drag.spot) dropNode(editor);
  else {
    editor.drag = null;
    if (drag.kind === "edge" && drag.moved) dropEdge(editor, drag);
    else if (drag.name) {
      pick(editor, drag.name);
      focusOn(editor, { kind: "node", name: drag.name });
    } else if (drag.kind === "click") {
      choose(editor, drag.thing);
      focusOn(editor, drag.thing);
    } else if (drag.kind === "pan" && !drag.moved) {
      choose(editor, null);
      say(editor, "");
    }
  }
}

// The variable stays where it was dropped; in another column it has that column's time.
function dropNode(editor) {
  const { name, spot } = editor.drag;
  const band = editor.layout.bands[bandAt(editor, spot)];
  const [tier, title] = band ? [band.tier, band.title] : [];
  if (!change(editor, (graph) => placeNode(graph, name, spot.x, spot.y, tier, title))) {
    editor.drag = null;
    show(editor);
  }
  choose(editor, { kind: "node", name });
  focusOn(editor, editor.selected);
}

function dropEdge(editor, { name, over }) {
  refresh(editor);
  if (over) connect(editor, name, over);
  else say(editor, "", "An edge needs an effect: let go over another variable.");
}

function nodeAt(editor, { x, y }, except) {
  for (const [name, spot] of editor.layout.at) {
    const within = Math.abs(x - spot.x) < editor.widths.get(name) / 2 + 6 && Math.abs(y - spot.y) < NODE_HEIGHT / 2 + 6;
    if (name !== except && within) return name;
  }
  return null;
}

// The number of the column around a place; beyond the ends it is the first or the last; -1 without columns.
function bandAt(editor, { x }) {
  const { bands } = editor.layout;
  const number = bands.findIndex((band) => x < band.right);
  return number < 0 ? bands.length - 1 : number;
}

function pinchOf(editor) {
  const [one, other] = [...editor.pointers.values()];
  return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2, apart: Math.hypot(one.x - other.x, one.y - other.y) };
}

function pinch(editor) {
  if (editor.pointers.size < 2) return;
  const { before } = editor.drag;
  const now = pinchOf(editor);
  pan(editor, now.x - before.x, now.y - before.y);
  zoom(editor, now.apart / (before.apart || 1), now);
  editor.drag.before = now;
}
