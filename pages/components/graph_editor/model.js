// The graph as plain data, and what may be done to it; nothing here touches the page.
// graph: { nodes: [{ name, roles, tier, title?, place? }], edges: [{ source, target, learnt? }] }, as Python sends it.
// An operation changes the graph it is given and returns what to say; `fault` tells what is wrong with the outcome, in
// the words of core/graphs/causal_graph.py, which has the last word.

const ONE_OF_A_KIND = ["treatment", "outcome"];

class Refused extends Error {} // its message is one sentence for the analyst

const copyOf = (graph) => structuredClone(graph);
const sameGraph = (one, other) => JSON.stringify(plainOf(one)) === JSON.stringify(plainOf(other));
const wordsOf = (node) => node.title || node.name;
const nodeOf = (graph, name) => graph.nodes.find((node) => node.name === name);
const edgeOf = (graph, source, target) => graph.edges.find((edge) => edge.source === source && edge.target === target);
const told = (graph, name) => (nodeOf(graph, name) ? wordsOf(nodeOf(graph, name)) : name);
const arrow = (source, target) => `${source} → ${target}`;

function plainOf(graph) {
  return {
    nodes: graph.nodes.map(({ name, roles, tier, title, place }) => ({
      name,
      roles: [...roles],
      tier: tier ?? null,
      ...(title ? { title } : {}),
      ...(place ? { place: [...place] } : {}),
    })),
    edges: graph.edges.map(({ source, target, learnt }) => ({ source, target, ...(learnt ? { learnt } : {}) })),
  };
}

function addNode(graph, name, title, { tier = null, roles = [] } = {}) {
  graph.nodes.push({ name, roles, tier, ...(title ? { title } : {}) });
  const hidden = roles.includes("unmeasured") ? " No column of the log holds it, so it is marked unmeasured." : "";
  return `Added ${title || name}.${hidden}`;
}

function renameNode(graph, old, name, title) {
  const node = nodeOf(graph, old);
  const before = wordsOf(node);
  Object.assign(node, { name, title });
  for (const edge of graph.edges) {
    if (edge.source === old) edge.source = name;
    if (edge.target === old) edge.target = name;
  }
  return `${before} is now ${wordsOf(node)}.`;
}

function removeNode(graph, name) {
  const words = told(graph, name);
  const edges = graph.edges.length;
  graph.nodes = graph.nodes.filter((node) => node.name !== name);
  graph.edges = graph.edges.filter((edge) => edge.source !== name && edge.target !== name);
  const lost = edges - graph.edges.length;
  return `Removed ${words}${lost ? ` and its ${lost} edge${lost > 1 ? "s" : ""}` : ""}.`;
}

function addEdge(graph, source, target, learnt) {
  graph.edges.push({ source, target, ...(learnt ? { learnt } : {}) });
  return `Added ${arrow(told(graph, source), told(graph, target))}.`;
}

function flipEdge(graph, source, target) {
  const edge = edgeOf(graph, source, target);
  Object.assign(edge, { source: target, target: source });
  delete edge.learnt; // what was learnt had the other direction
  return `Turned round: ${arrow(told(graph, target), told(graph, source))}.`;
}

function removeEdge(graph, source, target) {
  graph.edges = graph.edges.filter((edge) => edge !== edgeOf(graph, source, target));
  return `Removed ${arrow(told(graph, source), told(graph, target))}.`;
}

function toggleRole(graph, name, role) {
  const node = nodeOf(graph, name);
  if (node.roles.includes(role)) {
    node.roles = node.roles.filter((each) => each !== role);
    return `${wordsOf(node)} is no longer ${role}.`;
  }
  const former = ONE_OF_A_KIND.includes(role) ? graph.nodes.find((each) => each.roles.includes(role)) : undefined;
  if (former) former.roles = former.roles.filter((each) => each !== role);
  node.roles = [...node.roles, role];
  return `${wordsOf(node)} is now ${role}${former ? `; ${wordsOf(former)} no longer is` : ""}.`;
}

function setTier(graph, name, tier, title) {
  const node = nodeOf(graph, name);
  node.tier = tier;
  delete node.place; // the layout finds it a place in its column
  return `${wordsOf(node)}: ${title}.`;
}

function placeNode(graph, name, x, y, tier, title) {
  const node = nodeOf(graph, name);
  const moved = tier !== undefined && tier !== node.tier;
  node.place = [Math.round(x), Math.round(y)];
  if (moved) node.tier = tier;
  return moved ? `${wordsOf(node)}: ${title}.` : `Moved ${wordsOf(node)}.`;
}

function forgetPlaces(graph) {
  for (const node of graph.nodes) delete node.place;
  return "Laid out anew.";
}

function acceptSuggestion(graph, suggestion, source, target) {
  const { method, stability, halved } = suggestion;
  return addEdge(graph, source, target, { method, stability, halved }).replace("Added", "Accepted");
}

function acceptHiddenCause(graph, suggestion) {
  const { source, target, method, stability, halved } = suggestion;
  const base = `unmeasured cause of ${source} and ${target}`.slice(0, 76); // as a discovery's own table names it
  let name = base;
  for (let number = 2; nodeOf(graph, name); number++) name = `${base} ${number}`;
  const tiers = [source, target].map((each) => nodeOf(graph, each).tier).filter((tier) => tier !== null);
  addNode(graph, name, "", { roles: ["unmeasured"], tier: tiers.length ? Math.min(...tiers) : null });
  for (const effect of [source, target]) addEdge(graph, name, effect, { method, stability, halved });
  return `Added a hidden common cause of ${told(graph, source)} and ${told(graph, target)}.`;
}

// The first thing that is wrong with a graph, or "".
function fault(graph, limits) {
  return faultOfNodes(graph, limits) || faultOfEdges(graph);
}

function faultOfNodes({ nodes }, limits) {
  if (nodes.length > limits.nodes) {
    return `The picture has ${nodes.length} variables; the editor takes ${limits.nodes}: leave some out.`;
  }
  const times = timesOf(nodes.map(({ name }) => name));
  for (const { name, roles } of nodes) {
    if (!name.trim()) return "A node of the causal graph has an empty name; give every node a name.";
    if (times.get(name) > 1) return `The causal graph names '${name}' twice; every node needs a name of its own.`;
    if (roles.includes("treatment") && roles.includes("outcome")) {
      return `Node '${name}' is both treatment and outcome; these must be two nodes.`;
    }
    if (roles.includes("unmeasured") && (roles.includes("treatment") || roles.includes("outcome"))) {
      return `Node '${name}' is ${roles.join(" and ")}; treatment and outcome must be measured.`;
    }
  }
  return "";
}

function faultOfEdges({ nodes, edges }) {
  const known = new Map(nodes.map((node) => [node.name, node]));
  const times = timesOf(edges.map(({ source, target }) => JSON.stringify([source, target])));
  for (const { source, target } of edges) {
    const edge = `The edge ${arrow(source, target)}`;
    const [from, to] = [known.get(source), known.get(target)];
    if (source === target) return `${edge} is a loop; nothing causes itself at the same moment.`;
    if (times.get(JSON.stringify([source, target])) > 1) return `${edge} is drawn twice; keep one.`;
    if (from.tier !== null && to.tier !== null && from.tier > to.tier) {
      return `${edge} runs against time: tier ${from.tier} is after tier ${to.tier}; turn it round.`;
    }
    if (to.roles.includes("randomised")) {
      return `${edge} ends in '${target}', which is randomised: chance alone sets it.`;
    }
  }
  const cycle = cycleIn(nodes, edges);
  return cycle ? `The edges form a cycle: ${[...cycle, cycle[0]].join(" → ")}; remove one of them.` : "";
}

function timesOf(names) {
  const times = new Map();
  for (const name of names) times.set(name, (times.get(name) ?? 0) + 1);
  return times;
}

// The names along a cycle, or null: a walk that meets a node which it has not left yet.
function cycleIn(nodes, edges) {
  const effects = new Map(nodes.map((node) => [node.name, []]));
  for (const edge of edges) effects.get(edge.source).push(edge.target);
  const left = new Set();
  for (const { name } of nodes) {
    const way = left.has(name) ? [] : [[name, 0]];
    const on = new Set(way.map(([each]) => each));
    while (way.length) {
      const step = way.at(-1);
      const next = effects.get(step[0])[step[1]++];
      if (next === undefined) {
        left.add(step[0]);
        on.delete(way.pop()[0]);
      } else if (on.has(next)) {
        const names = way.map(([each]) => each);
        return names.slice(names.indexOf(next));
      } else if (!left.has(next)) {
        way.push([next, 0]);
        on.add(next);
      }
    }
  }
  return null;
}
