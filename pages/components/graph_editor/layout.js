// Where everything stands: a function of the graph, so that the same graph always looks the same. Causes to the left.
// Without tiers a node stands one column after the last of its causes; with tiers every tier is a band of columns.
// Within a column, order and height follow the neighbours. Nodes that the analyst placed stay where they are.

const NODE_HEIGHT = 40;
const ROW = 56; // from one node of a column to the next
const LANE = 26; // kept free in a column for edges that pass through it
const COLUMN_GAP = 84;
const NARROW = 560; // a window narrower than this has
const NARROW_GAP = 36; // its columns nearer to one another
const MOST_STRETCH = 2.2; // of the heights, where a picture is wider than its window
const LEAST_GAP = 32;
const PADDING_SHARE = 0.36; // of a gap: beside the columns of a band
const MOST_SPARE = 90; // what a gap may grow by where there is room
const BAND_LEAST = 150;
const MOST_ROWS = 7;
const SWEEPS = 6;

// { at: Map(name → { x, y }), bands: [{ tier, title, left, right }], box: { left, top, right, bottom } }
// room: { width, height } of the window.
function arrange(graph, widths, standardTiers, room) {
  const bands = bandsOf(graph, standardTiers);
  for (const band of bands) {
    const names = graph.nodes.filter((node) => !band.tiered || node.tier === band.tier).map((node) => node.name);
    band.columns = columnsOf(names, graph.edges);
  }
  const columns = bands.flatMap((band) => band.columns);
  const heights = heightsOf(columns, graph.edges);
  const at = new Map(columns.flat().map((name) => [name, { x: 0, y: heights.get(name) }]));
  const gap = room.width < NARROW ? NARROW_GAP : COLUMN_GAP;
  const narrow = spread(bands, widths, at, gap);
  const places = Math.max(1, columns.length - 1 + bands.length);
  const most = (room.width - 2 * MARGIN_OF_VIEW) / READABLE_SCALE; // wider, and not everything is seen at once
  const wished = Math.min(most, Math.max(narrow, 0.92 * room.width));
  const wide = spread(bands, widths, at, Math.max(LEAST_GAP, gap + Math.min(MOST_SPARE, (wished - narrow) / places)));
  stretch(at, Math.min((wide * room.height) / room.width, room.height / READABLE_SCALE));
  keepPlaces(graph, widths, at, bands);
  const shown = bands
    .filter((band) => band.tiered)
    .map(({ tier, title, left, right }) => ({ tier, title, left, right }));
  return { at, bands: shown, box: boxOf(graph, widths, at, shown) };
}

// Sets the columns side by side; returns how wide it all is. The treatment's band begins at 0, or the first one: what was
// placed in a column stays in it when other columns come or grow.
function spread(bands, widths, at, gap) {
  const padding = gap * PADDING_SHARE;
  let x = 0;
  for (const band of bands) {
    band.left = x;
    const wide = (column) => Math.max(...column.map((name) => widths.get(name)));
    const inside = band.columns.reduce((sum, column) => sum + wide(column) + gap, 0) - (band.columns.length ? gap : 0);
    x += band.tiered ? Math.max(padding, (BAND_LEAST - inside) / 2) : 0;
    for (const column of band.columns) {
      for (const name of column) at.get(name).x = x + wide(column) / 2;
      x += wide(column) + gap;
    }
    x -= band.columns.length ? gap : 0;
    x += band.tiered ? Math.max(padding, (BAND_LEAST - inside) / 2) : 0;
    band.right = x;
  }
  const origin = (bands.find((band) => band.isTreatment) ?? bands.find((band) => band.tier !== null) ?? bands[0]).left;
  for (const spot of at.values()) spot.x -= origin;
  for (const band of bands) Object.assign(band, { left: band.left - origin, right: band.right - origin });
  return x;
}

// Pulls rows apart where the picture is flatter than its window.
function stretch(at, wanted) {
  const heights = [...at.values()].map((spot) => spot.y);
  const tall = Math.max(...heights, 0) - Math.min(...heights, 0) + ROW;
  const factor = Math.min(MOST_STRETCH, Math.max(1, wanted / tall));
  for (const spot of at.values()) spot.y *= factor;
}

// One band per tier, "any time" before them for nodes without; a graph without tiers is one band that is not shown.
function bandsOf(graph, standardTiers) {
  const tiers = tiersOf(graph, standardTiers);
  if (!tiers.length) return [{ tier: null, title: "", tiered: false }];
  const asked = graph.nodes.find((node) => node.roles.includes("treatment"))?.tier;
  const bands = tiers.map((tier) => ({
    tier,
    title: tierTitle(graph, tier, standardTiers),
    tiered: true,
    isTreatment: tier === asked,
  }));
  if (graph.nodes.some((node) => node.tier === null)) bands.unshift({ tier: null, title: "any time", tiered: true });
  return bands;
}

// The tiers that are columns: those in use; if these are the standard ones, all of the standard ones; none, if none is.
function tiersOf(graph, standardTiers) {
  const used = [...new Set(graph.nodes.map((node) => node.tier).filter((tier) => tier !== null))];
  if (!used.length) return [];
  const standard = used.every((tier) => standardTiers.includes(tier));
  return (standard ? [...standardTiers] : used).sort((one, other) => one - other);
}

function tierTitle(graph, tier, standardTiers) {
  if (tier === null) return "any time";
  const used = graph.nodes.map((node) => node.tier).filter((each) => each !== null);
  if (used.every((each) => standardTiers.includes(each)) && standardTiers.includes(tier)) {
    return ["before", "treatment", "after"][standardTiers.indexOf(tier)];
  }
  return `time ${tier}`;
}

// Names in columns: one after the last cause; a source stands just before its first effect; tall columns are split.
function columnsOf(names, edges) {
  const inside = new Set(names);
  const within = edges.filter((edge) => inside.has(edge.source) && inside.has(edge.target));
  const depth = new Map(names.map((name) => [name, 0]));
  for (let changed = true, rounds = 0; changed && rounds <= names.length; rounds++) {
    changed = false;
    for (const { source, target } of within) {
      if (depth.get(target) <= depth.get(source)) {
        depth.set(target, depth.get(source) + 1);
        changed = true;
      }
    }
  }
  const caused = new Set(within.map((edge) => edge.target));
  for (const name of names) {
    const effects = within.filter((edge) => edge.source === name).map((edge) => depth.get(edge.target));
    if (!caused.has(name) && effects.length) depth.set(name, Math.min(...effects) - 1);
  }
  const columns = [];
  for (const name of names) (columns[depth.get(name)] ??= []).push(name);
  const rows = Math.max(MOST_ROWS, Math.ceil(Math.sqrt(1.9 * names.length)));
  return columns.filter(Boolean).flatMap((column) => split(column, rows));
}

function split(column, rows) {
  const parts = Math.ceil(column.length / rows);
  const length = Math.ceil(column.length / parts);
  const cut = Array.from({ length: parts }, (_, part) => column.slice(part * length, (part + 1) * length));
  for (const each of cut) each.isPart = parts > 1;
  return cut;
}

// y by name: columns ordered by the mean height of the neighbours, over and over, then pushed apart. Edges to one target
// that pass a column share a lane in it.
function heightsOf(columns, edges) {
  const place = new Map(columns.flatMap((column, number) => column.map((name) => [name, number])));
  const rows = columns.map((column) => column.map((name) => ({ name, size: ROW, near: [] })));
  const byName = new Map(rows.flat().map((row) => [row.name, row]));
  const lanes = new Map();
  const laneOf = (target, number) => {
    const key = JSON.stringify([target, number]);
    if (!lanes.has(key)) {
      lanes.set(key, { name: null, size: LANE, near: [] });
      rows[number].push(lanes.get(key));
    }
    return lanes.get(key);
  };
  for (const { source, target } of edges) {
    const [from, to] = [place.get(source), place.get(target)];
    let last = byName.get(source);
    for (let number = from + 1; number < to; number++) {
      if (columns[number].isPart) continue;
      const lane = laneOf(target, number);
      tie(last, lane);
      last = lane;
    }
    tie(last, byName.get(target));
  }
  rows.forEach(stack);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const column of sweep % 2 ? [...rows].reverse() : rows) {
      for (const row of column) row.wanted = row.near.length ? mean(row.near.map((each) => each.y)) : row.y;
      column.sort((one, other) => one.wanted - other.wanted);
      stack(column);
    }
  }
  return new Map([...byName].map(([name, row]) => [name, Math.round(row.y)]));
}

function tie(one, other) {
  one.near.push(other);
  other.near.push(one);
}

const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

// Heights in order, none too near its neighbour, else as close as can be to what is wanted: what would overlap moves as
// one block, around the mean of its wishes (pooled adjacent violators).
function stack(column) {
  const blocks = [];
  let offset = 0;
  for (const row of column) {
    row.offset = offset + row.size / 2;
    offset += row.size;
    let block = { rows: [row], sum: (row.wanted ?? 0) - row.offset };
    while (blocks.length && blocks.at(-1).sum / blocks.at(-1).rows.length > block.sum / block.rows.length) {
      const before = blocks.pop();
      block = { rows: [...before.rows, ...block.rows], sum: before.sum + block.sum };
    }
    blocks.push(block);
  }
  for (const { rows, sum } of blocks) for (const row of rows) row.y = sum / rows.length + row.offset;
}

// Placed nodes stay (inside their band); the others make room, downwards.
function keepPlaces(graph, widths, at, bands) {
  const taken = [];
  for (const { name, place, tier } of graph.nodes) {
    if (!place) continue;
    const band = bands.find((each) => each.tiered && each.tier === tier);
    const half = widths.get(name) / 2;
    const x = band
      ? Math.min(Math.max(place[0], band.left + half + 4), Math.max(band.left, band.right - half - 4))
      : place[0];
    at.set(name, { x, y: place[1] });
    taken.push(name);
  }
  if (!taken.length) return;
  for (const { name, place } of graph.nodes) {
    if (place) continue;
    const spot = at.get(name);
    const near = (other) =>
      Math.abs(at.get(other).x - spot.x) < (widths.get(other) + widths.get(name)) / 2 + 8 &&
      Math.abs(at.get(other).y - spot.y) < NODE_HEIGHT + 8;
    for (let step = 0; step < 100 && taken.some(near); step++) spot.y += ROW / 2;
    taken.push(name);
  }
}

function boxOf(graph, widths, at, bands) {
  const box = { left: 0, top: 0, right: 240, bottom: 120 };
  graph.nodes.forEach(({ name }, number) => {
    const { x, y } = at.get(name);
    const half = widths.get(name) / 2;
    const first = number === 0;
    box.left = first ? x - half : Math.min(box.left, x - half);
    box.right = first ? x + half : Math.max(box.right, x + half);
    box.top = first ? y - NODE_HEIGHT / 2 : Math.min(box.top, y - NODE_HEIGHT / 2);
    box.bottom = first ? y + NODE_HEIGHT / 2 : Math.max(box.bottom, y + NODE_HEIGHT / 2);
  });
  if (bands.length) {
    box.left = Math.min(box.left, bands[0].left);
    box.right = Math.max(box.right, bands.at(-1).right);
    box.top -= 44; // the headers
  }
  return box;
}
