// The editor's life: it takes over Python's graph when the revision moves on, and sends every change with the revision it
// was drawn on. What it remembers (undo, view, choice) outlasts a visit to another page.

const MOST_UNANSWERED = 20;
const editors = (window.whypathGraphs ??= new Map());

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".editor");
  if (!editors.has(data.key)) editors.set(data.key, freshEditor());
  const editor = editors.get(data.key);
  editor.data = data;
  editor.marks = readMarks(data.marks);
  editor.send = (edits) => setStateValue("edits", edits);
  if (editor.root !== root) settleIn(editor, root);
  adopt(editor);
  show(editor);
  return () => {
    editor.watching?.disconnect();
    editor.root = null;
  };
}

const freshEditor = () => ({
  graph: { nodes: [], edges: [] },
  revision: null,
  unanswered: [], // edits that Python has not answered yet, oldest first
  past: [],
  future: [],
  selected: null, // { kind: "node", name } | { kind: "edge" | "suggestion", source, target }
  focused: null, // the same; where the keyboard is, or was last
  drawing: null, // { from } while an edge is drawn by clicks or keys
  renaming: false,
  view: { x: 0, y: 0, scale: 1, fitted: true },
});

const readMarks = ({ edges, roles, sentences, adjusted }) => ({
  edges: new Map(edges.map(([source, target, mark]) => [keyOf({ kind: "edge", source, target }), mark])),
  roles: new Map(Object.entries(roles)),
  sentences: new Map(Object.entries(sentences)),
  adjusted: new Set(adjusted),
});

function settleIn(editor, root) {
  const find = (selector) => root.querySelector(selector);
  Object.assign(editor, {
    root,
    find,
    drag: null,
    pointers: new Map(),
    elements: new Map(),
    shown: new Map(),
    panelOf: "",
  });
  editor.canvas = find(".canvas");
  for (const [name, colour] of Object.entries(editor.data.colours)) root.style.setProperty(`--${name}`, colour);
  find(".stage").style.setProperty("--height", `${editor.data.height}px`);
  listen(editor);
  listenToAdding(editor);
  editor.watching?.disconnect();
  editor.watching = new ResizeObserver(() => {
    if (editor.view.fitted && editor.layout) fit(editor, READABLE_SCALE);
  });
  editor.watching.observe(editor.canvas);
}

// Python's graph, if it moved on; what was there before can be had back by undo, unless it was refused.
function adopt(editor) {
  const { revision, graph, refusal, answered } = editor.data;
  editor.unanswered.splice(0, editor.unanswered.findIndex(({ id }) => id === answered) + 1);
  if (revision === editor.revision) return;
  editor.unanswered = [];
  const first = editor.revision === null;
  const fresh = plainOf(graph);
  if (!first && !sameGraph(fresh, editor.graph)) {
    if (editor.past.length && sameGraph(editor.past.at(-1), fresh)) editor.past.pop();
    else if (!refusal) editor.past.push(editor.graph);
    editor.future = [];
  }
  clearTimeout(editor.nudge?.timer);
  Object.assign(editor, { graph: fresh, revision, drag: null, nudge: null });
  letGoOfWhatIsGone(editor);
  if (!first) say(editor, refusal ? "" : "The graph was changed outside of the picture.", refusal);
}

function letGoOfWhatIsGone(editor) {
  if (editor.selected && !exists(editor, editor.selected)) editor.selected = null;
  if (editor.focused && !exists(editor, editor.focused)) editor.focused = null;
  if (editor.drawing?.from && !nodeOf(editor.graph, editor.drawing.from)) editor.drawing = null;
}

const keyOf = (thing) =>
  thing ? JSON.stringify(thing.kind === "node" ? ["node", thing.name] : [thing.kind, thing.source, thing.target]) : "";

function exists(editor, thing) {
  if (thing.kind === "node") return !!nodeOf(editor.graph, thing.name);
  if (thing.kind === "edge") return !!edgeOf(editor.graph, thing.source, thing.target);
  return openSuggestions(editor).some((each) => each.source === thing.source && each.target === thing.target);
}

// Those whose ends are both drawn and not tied by an edge yet.
function openSuggestions({ data, graph }) {
  return data.suggestions.filter(
    ({ source, target }) =>
      nodeOf(graph, source) &&
      nodeOf(graph, target) &&
      !edgeOf(graph, source, target) &&
      !edgeOf(graph, target, source),
  );
}

// One change that can be undone: done on a copy, checked, drawn, sent. Returns whether it was taken.
function change(editor, doing, sent = { kind: "change" }) {
  if (editor.data.locked) return refuse(editor, editor.data.locked);
  endNudge(editor);
  const after = copyOf(editor.graph);
  const sentence = doing(after);
  const wrong = fault(after, editor.data.limits);
  if (wrong) return refuse(editor, wrong);
  if (sameGraph(after, editor.graph)) return true;
  editor.past.push(editor.graph);
  if (editor.past.length > 200) editor.past.shift();
  editor.future = [];
  replace(editor, after, sent);
  say(editor, sentence);
  return true;
}

function refuse(editor, sentence) {
  say(editor, "", sentence);
  show(editor);
  return false;
}

function replace(editor, graph, sent = { kind: "change" }) {
  editor.graph = graph;
  letGoOfWhatIsGone(editor);
  submit(editor, sent);
  show(editor);
}

function submit(editor, sent) {
  editor.unanswered.push({
    id: crypto.getRandomValues(new Uint32Array(2)).join("-"),
    revision: editor.revision,
    graph: plainOf(editor.graph),
    ...sent,
  });
  editor.unanswered.splice(0, editor.unanswered.length - MOST_UNANSWERED); // each holds the whole graph
  editor.send([...editor.unanswered]);
}

function travel(editor, from, to, sentence) {
  if (editor.data.locked) return refuse(editor, editor.data.locked);
  endNudge(editor);
  if (!editor[from].length) return false;
  editor[to].push(editor.graph);
  replace(editor, editor[from].pop());
  say(editor, sentence);
  return true;
}

const undo = (editor) => travel(editor, "past", "future", "Undone.");
const redo = (editor) => travel(editor, "future", "past", "Done again.");

function dismiss(editor, { source, target }) {
  if (editor.data.locked) return refuse(editor, editor.data.locked);
  submit(editor, { kind: "dismiss", source, target });
  say(editor, `Dismissed: ${arrow(told(editor.graph, source), told(editor.graph, target))}.`);
  return true;
}

function say(editor, sentence, refusal = "") {
  editor.find(".said").textContent = refusal ? "" : sentence;
  editor.find(".refused").textContent = refusal;
}
