// The way of an edge from border to border: straight where nothing is in the way, else the least bend that goes round.

const BENDS = [0, 26, -26, 48, -48, 76, -76, 110, -110, 150, -150];
const SHAPES = [
  [1, 1],
  [1.3, 0.2],
  [0.2, 1.3],
]; // bent in the middle, near the source, near the target
const CLEARANCE = 5;
const SAMPLES = 14;
const LABEL_SHARES = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8];
const LABEL_MARGIN = 16;
const HEAD = 8; // length of an arrowhead

// { line, head, tail, middle } in SVG path words; `tail` is an arrowhead at the source. boxes: [{ name, x, y, half }].
function routeOf(from, to, boxes) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy) || 1;
  const [nx, ny] = [-dy / length, dx / length];
  const reach = 150;
  const near = boxes.filter(
    (box) =>
      box !== from &&
      box !== to &&
      box.x + box.half > Math.min(from.x, to.x) - reach &&
      box.x - box.half < Math.max(from.x, to.x) + reach &&
      box.y > Math.min(from.y, to.y) - reach &&
      box.y < Math.max(from.y, to.y) + reach,
  );
  let best = null;
  for (const bend of BENDS) {
    for (const [first, second] of bend ? SHAPES : SHAPES.slice(0, 1)) {
      const curve = [
        from,
        { x: from.x + dx / 3 + nx * bend * first, y: from.y + dy / 3 + ny * bend * first },
        { x: from.x + (2 * dx) / 3 + nx * bend * second, y: from.y + (2 * dy) / 3 + ny * bend * second },
        to,
      ];
      const cost = 200 * hits(curve, near) + Math.abs(bend);
      if (!best || cost < best.cost) best = { cost, curve };
    }
    if (best.cost <= Math.abs(bend)) break; // nothing is hit; larger bends cost more
  }
  return drawn(best.curve, from, to, near);
}

function pointOn([a, b, c, d], t) {
  const u = 1 - t;
  const [p, q, r, s] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t];
  return { x: p * a.x + q * b.x + r * c.x + s * d.x, y: p * a.y + q * b.y + r * c.y + s * d.y };
}

const isInside = (point, box, margin) =>
  Math.abs(point.x - box.x) < box.half + margin && Math.abs(point.y - box.y) < NODE_HEIGHT / 2 + margin;

function hits(curve, boxes) {
  if (!boxes.length) return 0;
  const met = new Set();
  for (let sample = 1; sample < SAMPLES; sample++) {
    const point = pointOn(curve, sample / SAMPLES);
    for (const box of boxes) if (!met.has(box) && isInside(point, box, CLEARANCE)) met.add(box);
  }
  return met.size;
}

// Where the curve crosses a border, by halving: from inside (t = `inner`) to outside (t = `outer`).
function crossing(curve, box, inner, outer, margin) {
  for (let step = 0; step < 12; step++) {
    const t = (inner + outer) / 2;
    if (isInside(pointOn(curve, t), box, margin)) inner = t;
    else outer = t;
  }
  return outer;
}

function drawn(curve, from, to, boxes) {
  const start = crossing(curve, from, 0, 0.5, 1);
  const tip = crossing(curve, to, 1, 0.5, 2);
  const [p, a, b, q] = part(curve, start, tip);
  const neck = back(q, b, HEAD - 2); // the line ends inside the arrowhead
  const line = `M${at2(p)} C${at2(a)} ${at2(b)} ${at2(neck)}`;
  return { line, head: headAt(q, b), tail: headAt(p, a), middle: freePoint(curve, start, tip, boxes) };
}

// Where a label can be read: in the middle of the line, or as near to it as no node covers.
function freePoint(curve, start, tip, boxes) {
  const points = LABEL_SHARES.map((share) => pointOn(curve, start + share * (tip - start)));
  return points.find((point) => !boxes.some((box) => isInside(point, box, LABEL_MARGIN))) ?? points[0];
}

const at2 = ({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`;

// The piece of a cubic curve between two parameters.
function part(curve, start, end) {
  const between = (one, other, t) => ({ x: one.x + (other.x - one.x) * t, y: one.y + (other.y - one.y) * t });
  const cut = ([a, b, c, d], t) => {
    const [ab, bc, cd] = [between(a, b, t), between(b, c, t), between(c, d, t)];
    const [abc, bcd] = [between(ab, bc, t), between(bc, cd, t)];
    const middle = between(abc, bcd, t);
    return [
      [a, ab, abc, middle],
      [middle, bcd, cd, d],
    ];
  };
  const first = cut(curve, end)[0];
  return cut(first, end ? start / end : 0)[1];
}

function back(tip, towards, by) {
  const length = Math.hypot(towards.x - tip.x, towards.y - tip.y) || 1;
  return { x: tip.x + ((towards.x - tip.x) / length) * by, y: tip.y + ((towards.y - tip.y) / length) * by };
}

function headAt(tip, towards) {
  const base = back(tip, towards, HEAD);
  const [ax, ay] = [((tip.y - base.y) / HEAD) * 3.8, ((base.x - tip.x) / HEAD) * 3.8];
  return `M${at2(tip)} L${at2({ x: base.x + ax, y: base.y + ay })} L${at2({ x: base.x - ax, y: base.y - ay })} Z`;
}
