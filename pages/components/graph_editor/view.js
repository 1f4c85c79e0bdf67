// What part of the picture is seen, and how it gets from one arrangement to the next.

const LEAST_SCALE = 0.25;
const MOST_SCALE = 2.5;
const READABLE_SCALE = 0.65; // the first view does not show everything at the price of being unreadable
const MARGIN_OF_VIEW = 24;
const GLIDE_MILLISECONDS = 180;

const sizeOf = ({ canvas }) => ({ width: canvas.clientWidth || 800, height: canvas.clientHeight || 480 });

// The view that shows everything, or as much as can be read around the question that is asked.
function fitting(editor, least = READABLE_SCALE) {
  const { width, height } = sizeOf(editor);
  const { left, top, right, bottom } = editor.layout.box;
  const margin = MARGIN_OF_VIEW;
  const wanted = Math.min((width - 2 * margin) / (right - left), (height - 2 * margin) / (bottom - top), 1.15);
  const scale = Math.max(wanted, least);
  const asked = editor.graph.nodes.filter((node) => node.roles.some((role) => ONE_OF_A_KIND.includes(role)));
  const spots = asked.map((node) => editor.layout.at.get(node.name));
  const along = (size, from, to, middle) => {
    const all = size / 2 - ((from + to) / 2) * scale;
    if ((to - from) * scale <= size - 2 * margin) return all;
    const wished = spots.length ? size / 2 - middle * scale : all;
    return Math.max(size - margin - to * scale, Math.min(margin - from * scale, wished));
  };
  return {
    x: along(width, left, right, mean(spots.map((spot) => spot.x))),
    y: along(height, top, bottom, mean(spots.map((spot) => spot.y))),
    scale,
    fitted: true,
  };
}

function fit(editor, least = LEAST_SCALE) {
  editor.view = fitting(editor, least);
  applyView(editor);
}

function applyView(editor) {
  const { x, y, scale } = editor.gliding?.view ?? editor.view;
  set(editor.find(".view"), { transform: `translate(${x.toFixed(1)},${y.toFixed(1)}) scale(${scale.toFixed(4)})` });
}

function pan(editor, dx, dy) {
  editor.view = { ...editor.view, x: editor.view.x + dx, y: editor.view.y + dy, fitted: false };
  applyView(editor);
}

// Zooms around a point of the canvas, its middle if none is given.
function zoom(editor, factor, around) {
  const { width, height } = sizeOf(editor);
  const { x, y } = around ?? { x: width / 2, y: height / 2 };
  const { view } = editor;
  const scale = Math.min(MOST_SCALE, Math.max(LEAST_SCALE, view.scale * factor));
  const by = scale / view.scale;
  editor.view = { x: x - (x - view.x) * by, y: y - (y - view.y) * by, scale, fitted: false };
  applyView(editor);
}

// A pointer's place in the canvas, and in the picture.
function onCanvas(editor, event) {
  const { left, top } = editor.canvas.getBoundingClientRect();
  return { x: event.clientX - left, y: event.clientY - top };
}

function inPicture(editor, { x, y }) {
  const { view } = editor;
  return { x: (x - view.x) / view.scale, y: (y - view.y) / view.scale };
}

// Moves the picture by as little as brings a node into sight.
function reveal(editor, name) {
  const spot = editor.layout.at.get(name);
  if (!spot) return;
  const { width, height } = sizeOf(editor);
  const { view } = editor;
  const half = (editor.widths.get(name) / 2 + 16) * view.scale;
  const [x, y] = [spot.x * view.scale + view.x, spot.y * view.scale + view.y];
  const into = (at, margin, size) => (at < margin ? margin - at : at > size - margin ? size - margin - at : 0);
  const [dx, dy] = [into(x, half, width), into(y, 36, height)];
  if (dx || dy) pan(editor, dx, dy);
}

// Draws the new arrangement: gliding there from what was shown, at once if nothing was or less motion is wanted.
function glide(editor, before) {
  cancelAnimationFrame(editor.frame);
  editor.gliding = null;
  const { at } = editor.layout;
  const isElsewhere = (name) => {
    const [old, now] = [before.spots.get(name), at.get(name)];
    return old && Math.abs(old.x - now.x) + Math.abs(old.y - now.y) > 1;
  };
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const from = before && !still && [...at.keys()].some(isElsewhere) ? before : null;
  const begun = performance.now();
  const step = (now) => {
    const share = from ? Math.min(1, Math.max(0, (now - begun) / GLIDE_MILLISECONDS)) : 1;
    const eased = 1 - (1 - share) ** 3;
    const between = (one, other) => one + (other - one) * eased;
    const spots = new Map();
    for (const [name, spot] of share < 1 ? at : []) {
      const old = from.spots.get(name) ?? spot;
      spots.set(name, { x: between(old.x, spot.x), y: between(old.y, spot.y) });
    }
    const view =
      share < 1 &&
      Object.fromEntries(["x", "y", "scale"].map((part) => [part, between(from.view[part], editor.view[part])]));
    editor.gliding = share < 1 ? { spots, view } : null;
    if (!editor.root) return;
    drawBands(editor);
    drawAll(editor);
    applyView(editor);
    if (share < 1) editor.frame = requestAnimationFrame(step);
  };
  step(begun);
}
