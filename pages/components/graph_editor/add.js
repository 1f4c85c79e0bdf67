// Adding a variable: by a name of one's own, or one of the log's that are offered while typing.

const MOST_OFFERS = 60;

function listenToAdding(editor) {
  const input = editor.find(".new");
  const list = editor.find(".offers");
  editor.active = -1;
  input.maxLength = editor.data.limits.name;
  input.oninput = () => offer(editor);
  input.onfocus = () => offer(editor);
  input.onblur = () => setTimeout(() => withdraw(editor), 150); // a click on an offer comes first
  list.onpointerdown = (event) => event.preventDefault(); // the input keeps the focus
  list.onclick = (event) => {
    const option = event.target.closest("[role=option]");
    if (option) addVariable(editor, option.dataset.name);
  };
  input.onkeydown = (event) => {
    event.stopPropagation();
    const options = list.hidden ? [] : [...list.children];
    if (event.key === "Enter") addVariable(editor, options[editor.active]?.dataset.name ?? input.value);
    else if (event.key === "Escape") withdraw(editor);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden) offer(editor);
      const step = event.key === "ArrowDown" ? 1 : -1;
      mark(editor, Math.min(list.children.length - 1, Math.max(-1, editor.active + step)));
    } else return;
    event.preventDefault();
  };
}

// What is offered and not drawn yet, those that hold what was typed.
function offersFor(editor, typed) {
  const wanted = typed.trim().toLowerCase();
  return editor.data.offered
    .filter(([name, title]) => !nodeOf(editor.graph, name) && `${name}\n${title}`.toLowerCase().includes(wanted))
    .slice(0, MOST_OFFERS);
}

function offer(editor) {
  const [input, list] = [editor.find(".new"), editor.find(".offers")];
  const options = offersFor(editor, input.value).map(([name, title], number) => {
    const option = element("li", { role: "option", id: `offer-${number}`, "aria-selected": "false" }, title || name);
    if (title && title !== name) option.append(element("span", { class: "note" }, name));
    option.dataset.name = name;
    return option;
  });
  list.replaceChildren(...options);
  list.hidden = options.length === 0;
  input.setAttribute("aria-expanded", String(!list.hidden));
  mark(editor, -1);
}

function mark(editor, number) {
  const [input, list] = [editor.find(".new"), editor.find(".offers")];
  editor.active = number;
  [...list.children].forEach((option, place) => option.setAttribute("aria-selected", String(place === number)));
  if (number >= 0) {
    input.setAttribute("aria-activedescendant", `offer-${number}`);
    list.children[number].scrollIntoView({ block: "nearest" });
  } else input.removeAttribute("aria-activedescendant");
}

function withdraw(editor) {
  if (!editor.root) return;
  editor.find(".offers").hidden = true;
  editor.find(".new").setAttribute("aria-expanded", "false");
  mark(editor, -1);
}

// A name that the log does not offer is of something nobody measured.
function addVariable(editor, typed) {
  const name = typed.trim();
  const input = editor.find(".new");
  if (!name) return input.focus();
  const { offered } = editor.data;
  const known =
    offered.find(([each]) => each === name) ?? offered.find(([, title]) => title.toLowerCase() === name.toLowerCase());
  const roles = offered.length && !known ? ["unmeasured"] : [];
  const [wanted, title] = known ?? [name, ""];
  const taken = change(editor, (graph) => addNode(graph, wanted, title === wanted ? "" : title, { roles }));
  if (!taken) return undefined;
  input.value = "";
  withdraw(editor);
  choose(editor, { kind: "node", name: wanted });
  reveal(editor, wanted);
  return undefined;
}
