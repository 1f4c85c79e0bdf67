// The picture as a file: a copy of the SVG with its styles written into it, or that copy painted on a canvas.
// Everything happens in the browser; nothing is fetched or sent.

const LINES = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray"];
const STYLES = {
  path: LINES,
  rect: LINES,
  circle: LINES,
  text: [...LINES, "paint-order", "font-size", "font-weight", "text-anchor"],
};
const LEFT_OUT = ".reach, .port, .port-reach, .ghost, .inner, [d='']";
const ATTRIBUTES_LEFT_OUT = [
  "class",
  "role",
  "tabindex",
  "aria-pressed",
  "aria-label",
  "aria-hidden",
  "aria-describedby",
];
const MARGIN = 16;
const SHARPNESS = 2; // pixels of the PNG per pixel of the picture

function pictureOf(editor) {
  const { left, top, right, bottom } = editor.layout.box;
  const [width, height] = [right - left + 2 * MARGIN, bottom - top + 2 * MARGIN + 16];
  const original = editor.find(".view");
  const copy = original.cloneNode(true);
  const originals = [...original.querySelectorAll("*")];
  [...copy.querySelectorAll("*")].forEach((element, number) => {
    const styles = getComputedStyle(originals[number]);
    const names = element.tagName === "g" ? ["opacity"] : STYLES[element.tagName];
    for (const name of names) element.setAttribute(name, styles.getPropertyValue(name));
    for (const name of ATTRIBUTES_LEFT_OUT) element.removeAttribute(name);
    if (originals[number].matches(LEFT_OUT) || styles.display === "none") element.remove();
  });
  for (const name of ["transform", "class"]) copy.removeAttribute(name);
  const background = getComputedStyle(editor.root).backgroundColor;
  const picture = make(
    "svg",
    {
      viewBox: `${left - MARGIN} ${top - MARGIN} ${width} ${height}`,
      width,
      height,
      "font-family": `${editor.family}, sans-serif`,
    },
    [make("rect", { x: left - MARGIN, y: top - MARGIN, width, height, fill: background }), copy],
  );
  return { text: new XMLSerializer().serializeToString(picture), width, height };
}

function saveSvg(editor) {
  letGo(editor);
  download(new Blob([pictureOf(editor).text], { type: "image/svg+xml" }), "causal-graph.svg");
  say(editor, "Saved causal-graph.svg.");
}

async function savePng(editor) {
  letGo(editor);
  const { text, width, height } = pictureOf(editor);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.ceil(width * SHARPNESS), Math.ceil(height * SHARPNESS)];
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  download(blob, "causal-graph.png");
  say(editor, "Saved causal-graph.png.");
}

function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// The picture is saved as it is, without what is chosen or pointed at.
function letGo(editor) {
  Object.assign(editor, { hovered: null, drawing: null });
  choose(editor, null);
}
