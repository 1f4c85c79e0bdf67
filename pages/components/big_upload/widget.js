// Sends files to /api/uploads in pieces. A batch (the files chosen together) lives outside the component, so that it
// goes on while another page is shown; Python hears of it once, when everything has arrived.

const SMALLEST_PIECE = 256 * 1024;
const PIECE_SECONDS = 1; // a piece takes about this long, so that progress is seen and a cut costs little
const HEAD_BYTES = 64 * 1024;
const TRIES = 12;
const SLOWEST_BYTES_PER_SECOND = 4 * 1024; // slower than this, a request is given up and tried again
const CHECKED_BYTES_PER_SECOND = 50 * 1024 * 1024; // at the end the server reads the whole file once more

const batches = (window.whypathUploads ??= new Map());

class Refused extends Error {} // the server's sentence; trying again does not help
class Elsewhere extends Error {} // the server is at another byte than we thought

export default function ({ data, parentElement, setTriggerValue }) {
  const find = (selector) => parentElement.querySelector(selector);
  if (!batches.has(data.key)) batches.set(data.key, { rows: [], working: false });
  const batch = batches.get(data.key);
  batch.base = location.pathname.replace(new RegExp(`/${data.page}/?$`), "").replace(/\/$/, "");
  batch.data = data;
  batch.draw = () => draw(batch, find(".rows"));
  batch.say = (sentence) => (find(".spoken").textContent = sentence);
  batch.arrived = (ids) => setTriggerValue("arrived", ids);

  const zone = find(".zone");
  const input = find("input");
  const refusal = find(".refusal");
  const add = (files) => {
    const refused = files.length ? refusalOf(batch, files) : "";
    refusal.textContent = refused;
    refusal.hidden = !refused;
    if (!refused) chosen(batch, files);
  };
  find(".choose").onclick = () => input.click();
  input.onchange = () => {
    add([...input.files]);
    input.value = "";
  };
  zone.ondragover = (event) => {
    event.preventDefault();
    zone.classList.add("over");
  };
  zone.ondragleave = () => zone.classList.remove("over");
  zone.ondrop = (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    add([...event.dataTransfer.files]);
  };
  batch.draw();
  settle(batch); // it may have arrived while another page was shown
  return () => {
    batch.draw = batch.say = batch.arrived = null;
  };
}

function refusalOf(batch, files) {
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  if (bytes <= batch.data.roomBytes) return "";
  return `These files have ${size(bytes)} and the server can take ${size(batch.data.roomBytes)} now; make room on its disk, or choose fewer.`;
}

function chosen(batch, files) {
  for (const file of files) {
    const same = (row) => row.file.name === file.name && row.file.size === file.size && row.file.lastModified === file.lastModified;
    if (!batch.rows.some(same)) batch.rows.push({ file, state: "waiting", sent: 0, crc: 0, rate: 0 });
  }
  work(batch);
}

// One file after the other: they share the same line to the server.
async function work(batch) {
  batch.draw?.();
  if (batch.working) return;
  batch.working = true;
  for (let row; (row = batch.rows.find((each) => each.state === "waiting")); ) await send(batch, row);
  batch.working = false;
  settle(batch);
}

function settle(batch) {
  const done = batch.rows.length > 0 && batch.rows.every((row) => row.state === "done");
  if (!done || !batch.arrived) return;
  const ids = batch.rows.map((row) => row.id);
  batch.rows = [];
  batch.draw();
  batch.say(`${ids.length === 1 ? "The file has" : `All ${ids.length} files have`} arrived.`);
  batch.arrived(ids);
}

async function send(batch, row) {
  become(batch, row, "sending");
  for (let tries = 0; ; ) {
    try {
      if (!row.placed) await begin(batch, row);
      while (!row.finished) {
        if (row.state !== "sending") return;
        await sendPiece(batch, row);
        tries = 0;
        batch.draw?.();
      }
      return become(batch, row, "done");
    } catch (error) {
      if (!["sending", "checking", "lost"].includes(row.state)) return; // paused or cancelled meanwhile
      row.placed = false; // ask anew where to go on
      if (error instanceof Refused) return become(batch, row, "refused", error.message);
      if (error instanceof Elsewhere && tries++ < TRIES) continue;
      if (++tries > TRIES) return become(batch, row, "paused", "The connection was lost. Resume when it is back.");
      await pause(batch, row, Math.min(15, 0.5 * 2 ** tries));
      if (row.state !== "lost") return;
      become(batch, row, "sending");
    }
  }
}

async function pause(batch, row, seconds) {
  become(batch, row, "lost", `Connection lost; trying again in ${Math.ceil(seconds)} s`);
  await new Promise((wake) => {
    row.wake = wake; // pause and cancel do not wait for the clock, nor does a line that is back
    window.addEventListener("online", wake, { once: true });
    setTimeout(wake, 1000 * seconds);
  });
}

// The server looks for the same file (name, size, fingerprint); what it has must be how this file begins.
async function begin(batch, row) {
  const { file } = row;
  const fingerprint = [file.lastModified, await crcOf(file, 0, HEAD_BYTES), await crcOf(file, file.size - HEAD_BYTES, file.size)];
  const answer = await ask(batch, row, "", {
    method: "POST",
    headers: { "x-whypath-ticket": batch.data.ticket },
    body: JSON.stringify({ name: file.name, bytes: file.size, fingerprint: fingerprint.map((part) => part.toString(36)).join("-") }),
  });
  if (row.state === "cancelled") {
    await ask(batch, row, `/${answer.upload_id}`, { method: "DELETE", headers: { "x-whypath-ticket": answer.ticket } });
    throw new Error("stopped");
  }
  const at = answer.finished ? file.size : answer.received;
  const known = [{ sent: row.sent, crc: row.crc }, row.next].find((place) => place?.sent === at && place.crc === answer.crc32);
  const crc = known ? known.crc : await crcOf(file, 0, at, (share) => compare(batch, row, share));
  if (crc !== answer.crc32) {
    await ask(batch, row, `/${answer.upload_id}`, { method: "DELETE", headers: { "x-whypath-ticket": answer.ticket } });
    throw new Elsewhere();
  }
  if (row.state === "checking") row.state = "sending";
  Object.assign(row, { id: answer.upload_id, ticket: answer.ticket, placed: true, sent: at, crc, next: null });
  Object.assign(row, { finished: answer.finished, piece: SMALLEST_PIECE });
}

function compare(batch, row, share) {
  if (row.state === "sending") row.state = "checking";
  if (row.state !== "checking") throw new Error("stopped");
  row.sentence = `Comparing with what arrived before, ${Math.floor(100 * share)} %`;
  batch.draw?.();
}

async function sendPiece(batch, row) {
  const { file, sent } = row;
  const end = Math.min(file.size, sent + row.piece);
  const bytes = await read(file, sent, end);
  row.next = { sent: end, crc: crc32(bytes, row.crc) };
  const started = performance.now();
  const answer = await ask(batch, row, `/${row.id}`, {
    method: "PUT",
    headers: { "x-whypath-ticket": row.ticket, "x-whypath-offset": `${sent}`, "x-whypath-crc32": `${row.next.crc}` },
    body: bytes,
  });
  const rate = (end - sent) / Math.max(0.001, (performance.now() - started) / 1000);
  row.rate = row.rate ? 0.85 * row.rate + 0.15 * rate : rate;
  row.piece = Math.round(Math.min(batch.data.pieceBytes, Math.max(SMALLEST_PIECE, rate * PIECE_SECONDS, row.piece / 2)));
  Object.assign(row, { sent: end, crc: row.next.crc, next: null, finished: answer.finished });
}

async function ask(batch, row, path, options) {
  row.stop = new AbortController();
  const bytes = options.body?.byteLength ?? 0;
  const seconds = 30 + bytes / SLOWEST_BYTES_PER_SECOND + (row.sent + bytes >= row.file.size ? row.file.size / CHECKED_BYTES_PER_SECOND : 0);
  const timer = setTimeout(() => row.stop.abort(), 1000 * seconds);
  try {
    const response = await fetch(`${batch.base}/api/uploads${path}`, { ...options, signal: row.stop.signal });
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return answer;
    if (response.status === 409 || (response.status === 404 && path)) throw new Elsewhere();
    if (response.status >= 400 && answer.sentence) throw new Refused(answer.sentence);
    throw new Error(`answered with ${response.status}`); // a proxy between us, or a server that is starting
  } finally {
    clearTimeout(timer);
  }
}

function become(batch, row, state, sentence = "") {
  const said = { paused: "paused", lost: "lost its connection", refused: "was refused", done: "has arrived" }[state];
  if (said && row.state !== state) batch.say?.(`${row.file.name} ${said}. ${sentence}`);
  Object.assign(row, { state, sentence });
  batch.draw?.();
}

function press(batch, row, button) {
  if (button === "Pause") become(batch, row, "paused");
  else if (button === "Cancel") {
    batch.rows = batch.rows.filter((each) => each !== row);
    row.state = "cancelled";
    const options = { method: "DELETE", headers: { "x-whypath-ticket": row.ticket } };
    if (row.id) fetch(`${batch.base}/api/uploads/${row.id}`, options).catch(() => {});
    batch.draw?.();
  } else become(batch, row, "waiting");
  if (row.id || button !== "Cancel") row.stop?.abort(); // what is only being announced is thrown away once it has a name
  row.wake?.();
  work(batch);
}

const BUTTONS = {
  waiting: ["Cancel"],
  sending: ["Pause", "Cancel"],
  checking: ["Pause", "Cancel"],
  lost: ["Pause", "Cancel"],
  paused: ["Resume", "Cancel"],
  refused: ["Try again", "Cancel"],
  done: ["Cancel"],
};

function draw(batch, list) {
  const elements = batch.rows.map((row) => {
    if (row.element?.getRootNode() !== list.getRootNode()) row.element = rowElement();
    show(batch, row);
    return row.element;
  });
  const there = [...list.children];
  if (there.length !== elements.length || there.some((each, place) => each !== elements[place])) list.replaceChildren(...elements);
}

function rowElement() {
  const element = document.createElement("li");
  for (const [tag, name] of [["span", "name"], ["span", "buttons"], ["span", "state"], ["progress", "bar"]]) {
    const part = document.createElement(tag);
    part.className = name;
    element.append(part);
  }
  return element;
}

function show(batch, row) {
  const { file, element, state } = row;
  const [name, buttons, text, bar] = element.children;
  element.className = `row ${state}`;
  name.textContent = name.title = file.name;
  text.textContent = sentence(row);
  bar.max = file.size || 1;
  bar.value = row.sent;
  bar.setAttribute("aria-label", `Sent of ${file.name}`);
  const wanted = BUTTONS[state] ?? [];
  if ([...buttons.children].map((each) => each.textContent).join() === wanted.join()) return;
  const focused = buttons.contains(buttons.getRootNode().activeElement);
  buttons.replaceChildren(
    ...wanted.map((label) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.setAttribute("aria-label", `${label} ${file.name}`);
      button.onclick = () => press(batch, row, label);
      return button;
    }),
  );
  if (focused) buttons.firstChild?.focus();
}

function sentence(row) {
  const { file, state, sent, rate } = row;
  const part = `${size(sent, file.size)} of ${size(file.size)}`;
  if (state === "waiting") return `${size(file.size)}, waits for its turn`;
  if (state === "paused") return row.sentence || `Paused at ${part}`;
  if (state === "done") return `${size(file.size)} arrived`;
  if (state !== "sending") return row.sentence;
  if (row.next?.sent === file.size) return `${part} · the server checks it`;
  return rate ? `${part} · ${size(rate)}/s · ${left((file.size - sent) / rate)}` : part;
}

function size(bytes, like = bytes) {
  const [unit, name] = [[1024 ** 3, "GB"], [1024 ** 2, "MB"], [1024, "kB"]].find(([each]) => like >= each) ?? [1, "bytes"];
  const value = bytes / unit;
  return `${value.toFixed(name === "GB" || (value < 10 && name === "MB") ? 1 : 0)}${like === bytes ? ` ${name}` : ""}`;
}

function left(seconds) {
  if (seconds < 90) return `about ${Math.max(1, Math.round(seconds))} s left`;
  return seconds < 5400 ? `about ${Math.round(seconds / 60)} min left` : `about ${(seconds / 3600).toFixed(1)} h left`;
}

async function read(file, start, end) {
  try {
    return new Uint8Array(await file.slice(start, end).arrayBuffer());
  } catch {
    throw new Refused("It cannot be read: it was changed or moved, or it is a folder. Choose it again.");
  }
}

async function crcOf(file, start, end, tell) {
  let crc = 0;
  for (let at = Math.max(0, start); at < Math.min(end, file.size); at += 4 * 1024 * 1024) {
    tell?.(at / end);
    crc = crc32(await read(file, at, Math.min(end, at + 4 * 1024 * 1024)), crc);
  }
  return crc;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? (byte >>> 1) ^ 0xedb88320 : byte >>> 1;
  return byte;
});

// CRC-32 as zlib counts it, going on from `crc`; crypto.subtle would want HTTPS and cannot go on.
function crc32(bytes, crc) {
  crc = ~crc;
  for (let place = 0; place < bytes.length; place++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[place]) & 255];
  return ~crc >>> 0;
}
