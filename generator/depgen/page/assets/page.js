"use strict";
// The page is readable as it comes: the drawing, the days and the table are in it. This script moves, finds and tells.
(() => {
const byId = (id) => document.getElementById(id);
const all = (what, within = document) => [...within.querySelectorAll(what)];
const page = JSON.parse(byId("page-data").textContent);
const canvas = byId("canvas"), drawing = byId("lineage"), scene = drawing.querySelector(".scene");
const panel = byId("panel"), SVG = "http://www.w3.org/2000/svg";
const TRAITS = ["tag", "graph", "namespace", "owner", "kind"];
const ON = ["success", "failure", "done", "listens"];
const VIEWS = ["lineage", "timeline", "table"].filter((name) => byId(`view-${name}`));

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "click") made.addEventListener("click", value);
    else if (value !== null && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

function shape(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function say(text) { byId("said").textContent = text; }

const counted = (number) => `${number} node${number === 1 ? "" : "s"}`;

// ---- the graph

// By id: the data of the node, its element, where it is ({x, y} for each direction), what is up and down of it.
const nodes = new Map();
const edges = [];
page.nodes.forEach((node, number) => {
  const drawn = byId(`node-${number}`), [x, y] = drawn.getAttribute("transform").match(/-?[\d.]+/g).map(Number);
  nodes.set(node.id, { tags: [], ...node, drawn, lr: { x, y }, tb: { x: node.tb[0], y: node.tb[1] }, up: [], down: [] });
});
page.edges.forEach(([from, to, ...way], number) => {
  const drawn = byId(`edge-${number}`), points = [];
  for (let at = 0; at < way.length; at += 2) points.push([way[at], way[at + 1]]);
  const made = { from: page.nodes[from].id, to: page.nodes[to].id, on: ON.find((on) => drawn.classList.contains(on)), drawn, lr: drawn.getAttribute("d"), tb: curve(points, "tb") };
  edges.push(made);
  nodes.get(made.from).down.push(made);
  nodes.get(made.to).up.push(made);
});

// A frame around each graph: a rectangle and its name, with the attributes that they have in each direction.
const frames = new Map(all(".frame", scene).map((frame) => {
  const [box, name] = frame.children, [x, y, width, height] = page.frames[frame.dataset.group].map(Number);
  const now = (part) => [part, Object.fromEntries([...part.attributes].map((one) => [one.name, one.value]))];
  return [frame, { lr: [now(box), now(name)], tb: [[box, { x, y, width, height }], [name, { x: x + 12, y: y + 18 }]] }];
}));

// Through all points, leaving and arriving straight.
function curve(points, direction) {
  return points.map(([x, y], number) => {
    if (!number) return `M${x} ${y}`;
    const [x0, y0] = points[number - 1];
    return direction === "lr" ? `C${(x + x0) / 2} ${y0} ${(x + x0) / 2} ${y} ${x} ${y}`
      : `C${x0} ${(y + y0) / 2} ${x} ${(y + y0) / 2} ${x} ${y}`;
  }).join("");
}

// All that is up (or down) of a node within so many edges, itself included.
function reach(id, way, most = Infinity) {
  const found = new Set([id]);
  let border = [id];
  for (let hop = 0; hop < most && border.length; hop++) {
    const next = [];
    for (const at of border) for (const edge of nodes.get(at)[way]) {
      const other = way === "up" ? edge.from : edge.to;
      if (!found.has(other)) { found.add(other); next.push(other); }
    }
    border = next;
  }
  return found;
}

// ---- the selection language: the same as on the command line

// Terms by spaces are added up, atoms by commas have all to be true: `+report+`, `2+load`, `tag:daily,!kind:source`.
const ATOM = /^(!)?(?:([0-9]*)\+)?([^+!\s,]+)(?:\+([0-9]*))?$/;

function select(text) {
  const found = new Set(text.trim() ? [] : nodes.keys());
  for (const term of text.trim().replace(/\s*,\s*/g, ",").split(/\s+/).filter(Boolean)) {
    const [first, ...more] = term.split(",").map((text) => atom(text, term));
    for (const id of first) if (more.every((other) => other.has(id))) found.add(id);
  }
  return found;
}

function atom(text, term) {
  const read = text.match(ATOM);
  if (!read) throw new Error(`cannot read "${text || term}": write such as report, +report, report+2 or tag:nightly`);
  const [, not, up, base, down] = read, starts = named(base), found = new Set(starts);
  for (const [way, most] of [["up", up], ["down", down]]) {
    if (most !== undefined) for (const id of starts) for (const other of reach(id, way, most ? +most : Infinity)) found.add(other);
  }
  return not ? new Set([...nodes.keys()].filter((id) => !found.has(id))) : found;
}

function named(base) {
  const [, trait, pattern] = base.match(/^(?:([^:]*):)?(.*)$/);
  if (trait !== undefined && !TRAITS.includes(trait)) throw new Error(`cannot read "${base}": nodes are selected by their name, or by ${TRAITS.map((name) => `${name}:`).join(", ")}`);
  const like = new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".")}$`, "s");
  const values = (node) => (trait === "tag" ? node.tags : [trait ? node[trait] || "" : pattern.includes("/") ? node.id : node.name]);
  const found = [...nodes.values()].filter((node) => values(node).some((value) => like.test(value))).map((node) => node.id);
  if (!found.length) throw new Error(`nothing matches "${base}"`);
  return found;
}

// ---- what is asked for: it stands in the address, so that it can be sent to somebody

const KEEPS = ["node", "select", "focus", "dir", "collapse", "critical", "hide", "key", "at"];
const wish = { view: VIEWS[0] };

function read() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const given = new URLSearchParams(query);
  for (const name of KEEPS) wish[name] = given.get(name) || "";
  wish.view = VIEWS.includes(path) ? path : VIEWS[0];
  if (!nodes.has(wish.node)) wish.node = "";
  draw();
}

function ask(changes, isStep = true) {
  Object.assign(wish, changes);
  const given = new URLSearchParams(KEEPS.filter((name) => wish[name]).map((name) => [name, wish[name]]));
  const hash = `#/${wish.view}${String(given) && `?${given}`}`;
  if (hash !== location.hash) history[isStep ? "pushState" : "replaceState"](null, "", hash);
  draw();
}

// ---- what is shown, and where

let shown = new Map();    // by id, of a node or a bundle: {x, y, width, height, drawn}
let isWhole = true;       // nothing is left out
let drawnFor = "";        // the wish that the scene was arranged for
const hidden = () => new Set(wish.hide ? wish.hide.split(" ") : []);

// The traits by which nodes are left out: `kind:source`, `graph:etl`, `tag:x`; of edges `on:success`.
function traits(node) {
  return [`kind:${node.kind}`, `graph:${node.graph}`, ...(node.owner ? [`owner:${node.owner}`] : []),
    ...(node.namespace ? [`namespace:${node.namespace}`] : []), ...node.tags.map((tag) => `tag:${tag}`)]
    .map((trait) => trait.replaceAll(" ", "_"));
}

function wanted() {
  let found = new Set(nodes.keys());
  const wrong = byId("select-wrong");
  wrong.hidden = true;
  byId("select").removeAttribute("aria-invalid");
  if (wish.select) {
    try {
      found = select(wish.select);
    } catch (error) {
      wrong.textContent = error.message;
      wrong.hidden = false;
      byId("select").setAttribute("aria-invalid", "true");
    }
  }
  if (wish.focus && wish.node) {
    const near = new Set([...reach(wish.node, "up", +wish.focus), ...reach(wish.node, "down", +wish.focus)]);
    found = new Set([...found].filter((id) => near.has(id)));
  }
  const without = hidden();
  if (without.size) found = new Set([...found].filter((id) => !traits(nodes.get(id)).some((trait) => without.has(trait))));
  return found;
}

function arrange() {
  const direction = wish.dir === "tb" ? "tb" : "lr", found = wanted(), without = hidden();
  all(".made", scene).forEach((old) => old.remove());
  isWhole = found.size === nodes.size && !wish.collapse;
  const bundles = new Map(), place = new Map();
  shown = new Map();
  for (const [id, node] of nodes) {
    const name = wish.collapse && node[wish.collapse];
    const into = found.has(id) && name ? `bundle:${name}` : id;
    place.set(id, into);
    node.drawn.classList.toggle("gone", !found.has(id) || into !== id);
    if (!found.has(id)) continue;
    if (into === id) shown.set(id, { ...node[direction], width: node.width, height: node.height, drawn: node.drawn });
    else bundles.set(into, [...(bundles.get(into) || []), node]);
  }
  for (const [id, members] of bundles) {
    const middle = (axis) => members.map((node) => node[direction][axis]).sort((a, b) => a - b)[members.length >> 1];
    shown.set(id, { x: middle("x"), y: middle("y"), width: Math.max(...members.map((node) => node.width)), height: 48, drawn: bundle(id, members) });
  }
  if (bundles.size) relayer(place, direction);
  if (!isWhole) pack(direction);
  for (const frame of all(".frame", scene)) {
    frame.classList.toggle("gone", !isWhole);
    frames.get(frame)[direction].forEach(([part, values]) => Object.entries(values).forEach(([name, value]) => part.setAttribute(name, value)));
  }
  for (const { x, y, drawn } of shown.values()) drawn.setAttribute("transform", `translate(${x} ${y})`);
  const seen = new Set();
  for (const edge of edges) {
    const from = place.get(edge.from), to = place.get(edge.to);
    const isThere = shown.has(from) && shown.has(to) && from !== to && !without.has(`on:${edge.on}`);
    const isPlain = from === edge.from && to === edge.to;
    const flags = edge.drawn.nextElementSibling;
    edge.drawn.classList.toggle("gone", !isThere || !isPlain);
    if (flags?.classList.contains("flags")) flags.classList.toggle("gone", !isWhole || !isThere || direction === "tb");
    if (!isThere) continue;
    if (isPlain) edge.drawn.setAttribute("d", isWhole ? edge[direction] : between(from, to, direction));
    else if (!seen.has(`${from} ${to}`)) {
      seen.add(`${from} ${to}`);
      scene.querySelector(".edges").append(shape("path", { class: "edge made", d: between(from, to, direction) }));
    }
  }
  byId("found").textContent = isWhole ? counted(nodes.size) : `${found.size} of ${counted(nodes.size)}`;
}

function bundle(id, members) {
  const name = id.slice(7), made = shape("g", { class: "node bundle made", "data-bundle": name, role: "button", tabindex: "-1",
    "aria-label": `${wish.collapse} ${name}, ${counted(members.length)}, collapsed` });
  made.append(shape("rect", { class: "box", width: Math.max(...members.map((node) => node.width)), height: 48, rx: 8 }),
    shape("text", { class: "name", x: 12, y: 21 }, name), shape("text", { class: "sub", x: 12, y: 38 }, counted(members.length)));
  scene.querySelector(".nodes").append(made);
  return made;
}

function between(from, to, direction) {
  const a = shown.get(from), b = shown.get(to);
  return curve(direction === "lr" ? [[a.x + a.width, a.y + a.height / 2], [b.x, b.y + b.height / 2]]
    : [[a.x + a.width / 2, a.y + a.height], [b.x + b.width / 2, b.y]], direction);
}

// A bundle stands for several layers: all that is shown gets a new one, after what it waits for.
function relayer(place, direction) {
  const main = direction === "lr" ? "x" : "y", links = edges.map((edge) => [shown.get(place.get(edge.from)), shown.get(place.get(edge.to))])
    .filter(([a, b]) => a && b && a !== b);
  for (const item of shown.values()) item[main] = 0;
  // Bundles may wait for each other in a circle, so it ends.
  for (let pass = 0, isDone = false; pass < 40 && !isDone; pass++) {
    isDone = true;
    for (const [a, b] of links) if (b[main] <= a[main]) { b[main] = a[main] + 1; isDone = false; }
  }
}

// Closes the gaps of what is left out: layers stay layers and keep their order, and move towards their neighbours.
function pack(direction) {
  const [main, across, long, wide] = direction === "lr" ? ["x", "y", "width", "height"] : ["y", "x", "height", "width"];
  const layers = new Map();
  for (const item of [...shown.values()].sort((a, b) => a[across] - b[across])) layers.set(item[main], [...(layers.get(item[main]) || []), item]);
  const ordered = [...layers].sort((a, b) => a[0] - b[0]).map(([, layer]) => layer);
  const near = new Map([...shown.values()].map((item) => [item, []]));
  for (const edge of edges) {
    const a = shown.get(edge.from), b = shown.get(edge.to);
    if (a && b) { near.get(a).push(b); near.get(b).push(a); }
  }
  let at = 0;
  for (const layer of ordered) {
    let next = 0;
    for (const item of layer) { item[main] = at; item[across] = next; next += item[wide] + 20; }
    for (const item of layer) item[across] -= next / 2;
    at += Math.max(...layer.map((item) => item[long])) + 72;
  }
  for (let sweep = 0; sweep < 6; sweep++) for (const layer of sweep % 2 ? [...ordered].reverse() : ordered) {
    const hoped = layer.map((item) => {
      const others = near.get(item);
      return others.length ? others.reduce((sum, other) => sum + other[across] + other[wide] / 2, 0) / others.length - item[wide] / 2 : item[across];
    });
    layer.forEach((item, number) => {
      const before = layer[number - 1];
      item[across] = before ? Math.max(hoped[number], before[across] + before[wide] + 20) : hoped[number];
    });
    const shift = layer.reduce((sum, item, number) => sum + item[across] - hoped[number], 0) / layer.length;
    for (const item of layer) item[across] = Math.round(item[across] - shift);
  }
}

// ---- the view: one transform of the scene

// The whole drawing moves as a layer of its own, which costs nothing; only a new scale draws anew.
const view = { x: 0, y: 0, k: 1 };
let frame = 0, scale = 0;

function move() {
  frame ||= requestAnimationFrame(() => {
    frame = 0;
    drawing.style.transform = `translate(${Math.round(view.x)}px, ${Math.round(view.y)}px)`;
    if (scale === view.k) return;
    scale = view.k;
    scene.setAttribute("transform", `scale(${scale})`);
    drawing.classList.toggle("far", scale < 0.35);
  });
}

function zoom(by, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
  const k = Math.min(4, Math.max(0.02, view.k * by));
  view.x = x - (x - view.x) * k / view.k;
  view.y = y - (y - view.y) * k / view.k;
  view.k = k;
  move();
}

function fit() {
  const found = [...shown.values()];
  if (!found.length || !canvas.clientWidth) return;
  // What is under the legend cannot be seen, unless there is no other room.
  const tall = canvas.clientHeight, free = tall - byId("help").offsetHeight - 12, room = free > tall / 2 ? free : tall;
  const [wide, high] = page.size[wish.dir === "tb" ? "tb" : "lr"];
  const least = (axis) => Math.min(...found.map((item) => item[axis]));
  const most = (axis, size) => Math.max(...found.map((item) => item[axis] + item[size]));
  const [x, y, width, height] = isWhole ? [0, 0, wide, high] : [least("x"), least("y"), most("x", "width") - least("x"), most("y", "height") - least("y")];
  view.k = Math.min(1.4, (canvas.clientWidth - 48) / width, (room - 48) / height);
  view.x = (canvas.clientWidth - width * view.k) / 2 - x * view.k;
  view.y = (room - height * view.k) / 2 - y * view.k;
  move();
}

// Brings a node into sight, without more movement than that takes.
function reveal(id) {
  const item = shown.get(id);
  if (!item) return;
  for (const [axis, size, room] of [["x", "width", canvas.clientWidth], ["y", "height", canvas.clientHeight]]) {
    const low = item[axis] * view.k + view[axis], high = low + item[size] * view.k;
    if (low < 20 || high > room - 20) view[axis] += room / 2 - (low + high) / 2;
  }
  move();
}

function listenToPointers() {
  let from = null;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button || event.target.closest("#help")) return;
    from = { x: event.clientX - view.x, y: event.clientY - view.y, hasMoved: false, startX: event.clientX, startY: event.clientY };
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!event.buttons || !from) return;
    if (!from.hasMoved && Math.hypot(event.clientX - from.startX, event.clientY - from.startY) < 4) return;
    if (!from.hasMoved) canvas.setPointerCapture(event.pointerId);
    from.hasMoved = true;
    canvas.classList.add("dragging");
    view.x = event.clientX - from.x;
    view.y = event.clientY - from.y;
    move();
  });
  const end = () => canvas.classList.remove("dragging");
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  canvas.addEventListener("click", (event) => {
    const node = event.target.closest(".node");
    if (from?.hasMoved || !node) return;
    open(node);
  });
  canvas.addEventListener("wheel", (event) => {
    if (event.target.closest("#help")) return;
    event.preventDefault();
    const box = canvas.getBoundingClientRect(), unit = event.deltaMode ? 20 : 1;
    if (event.ctrlKey || event.metaKey) { zoom(2 ** (-event.deltaY * unit / 200), event.clientX - box.x, event.clientY - box.y); return; }
    view.x -= (event.shiftKey && !event.deltaX ? event.deltaY : event.deltaX) * unit;
    view.y -= event.shiftKey && !event.deltaX ? 0 : event.deltaY * unit;
    move();
  }, { passive: false });
  scene.addEventListener("pointerover", (event) => light(event.target.closest(".node")?.dataset.id));
  canvas.addEventListener("pointerleave", () => light());
}

let lit = [];
function light(id) {
  lit.forEach((each) => each.classList.remove("lit"));
  lit = [];
  drawing.classList.toggle("lighting", Boolean(id));
  if (!id) return;
  const up = reach(id, "up"), down = reach(id, "down");
  lit = [...up, ...down].map((each) => nodes.get(each).drawn);
  for (const edge of edges) if ((up.has(edge.from) && up.has(edge.to)) || (down.has(edge.from) && down.has(edge.to))) lit.push(edge.drawn);
  lit.forEach((each) => each.classList.add("lit"));
}

function open(drawn) {
  if (drawn.dataset.bundle !== undefined) ask({ collapse: "" });
  else ask({ node: drawn.dataset.id });
}

// ---- keys

// One node is in the order of Tab, the one that was looked at last; the arrows lead from there along the edges.
let stop = null;
function step(drawn) {
  stop?.setAttribute("tabindex", "-1");
  stop = drawn;
  drawn?.setAttribute("tabindex", "0");
}

function walk(id, key) {
  const along = wish.dir === "tb" ? ["ArrowUp", "ArrowDown"] : ["ArrowLeft", "ArrowRight"];
  const here = shown.get(id), middle = (item) => [item.x + item.width / 2, item.y + item.height / 2];
  const far = (other) => Math.hypot(...middle(shown.get(other)).map((value, number) => value - middle(here)[number]));
  const node = nodes.get(id);
  let found;
  if (along.includes(key)) found = key === along[0] ? node.up.map((edge) => edge.from) : node.down.map((edge) => edge.to);
  else {
    const main = wish.dir === "tb" ? "y" : "x", across = main === "x" ? "y" : "x", sign = key === "ArrowUp" || key === "ArrowLeft" ? -1 : 1;
    found = [...shown].filter(([other, item]) => nodes.has(other) && item[main] === here[main] && (item[across] - here[across]) * sign > 0).map(([other]) => other);
  }
  return found.filter((other) => shown.has(other)).sort((a, b) => far(a) - far(b))[0];
}

function listenToKeys() {
  drawing.addEventListener("keydown", (event) => {
    const node = event.target.closest(".node"), isArrow = event.key.startsWith("Arrow");
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (node && (event.key === "Enter" || event.key === " ")) open(node);
    else if (node?.dataset.id && isArrow) {
      const next = walk(node.dataset.id, event.key);
      if (next) { nodes.get(next).drawn.focus(); } else say("nothing further that way");
    } else if (isArrow) {
      view.x += { ArrowLeft: 60, ArrowRight: -60 }[event.key] || 0;
      view.y += { ArrowUp: 60, ArrowDown: -60 }[event.key] || 0;
      move();
    } else if (event.key === "+" || event.key === "=") zoom(1.25);
    else if (event.key === "-") zoom(0.8);
    else if (event.key === "0") fit();
    else return;
    event.preventDefault();
  });
  drawing.addEventListener("focusin", (event) => {
    const node = event.target.closest(".node");
    if (!node) return;
    step(node);
    if (node.matches(":focus-visible")) { reveal(node.dataset.id); light(node.dataset.id); }
  });
  drawing.addEventListener("focusout", () => light());
  document.addEventListener("keydown", (event) => {
    const isWriting = event.target.matches("input, select, textarea");
    if (event.key === "/" && !isWriting) { event.preventDefault(); ask({ view: "lineage" }); byId("search").focus(); }
    else if (event.key === "Escape") escape(event);
  });
}

function escape(event) {
  const menu = all("details.menu[open]")[0];
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); return; }
  if (event.target.id === "search" && event.target.value) { event.target.value = ""; search(); return; }
  if (!wish.node) return;
  const drawn = nodes.get(wish.node).drawn;
  ask({ node: "", focus: "" });
  if (wish.view === "lineage") drawn.focus();
}

// ---- search

let hits = [], hit = -1;
function search() {
  const text = byId("search").value.trim().toLowerCase();
  for (const node of nodes.values()) node.drawn.classList.remove("found");
  hits = !text ? [] : [...nodes.values()].filter((node) => shown.has(node.id) && [node.id, node.owner, node.namespace, node.what, ...node.tags]
    .some((value) => value?.toLowerCase().includes(text)));
  hit = -1;
  for (const node of hits) node.drawn.classList.add("found");
  byId("found").textContent = text ? `${hits.length} found` : `${shown.size} of ${counted(nodes.size)}`;
  if (text) say(`${hits.length} found`);
  if (hits.length) reveal(hits[0].id);
}

function nextHit(by) {
  if (!hits.length) return;
  hit = (hit + by + hits.length) % hits.length;
  byId("found").textContent = `${hit + 1} of ${hits.length}`;
  ask({ node: hits[hit].id }, false);
  reveal(hits[hit].id);
}

// ---- the panel

// The other ends of edges, each a button, with the edge's words behind it.
function beside(title, found, end) {
  if (!found.length) return [];
  return [element("h3", {}, title), element("ul", { class: "beside" }, ...found.map((edge) => element("li", {},
    element("button", { type: "button", click: () => { ask({ node: edge[end] }); reveal(edge[end]); } }, edge[end].split("/")[1]),
    ` ${edge.drawn.textContent.replace(/^[^:]*: /, "") || "succeeded"}`)))];
}

function section(name, { title, text, rows, code, links }) {
  const made = [element("h3", {}, title)];
  if (text) made.push(element("p", {}, text));
  if (rows) made.push(element("dl", {}, ...rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, String(value))])));
  // Programs of many nodes share their lines; where such a line has a node's name, it has a sign that no text has.
  const program = Array.isArray(code) ? code.map((line) => page.lines[line]).join("\n").replaceAll("\u0001", name) : code;
  if (program) made.push(element("pre", { tabindex: "0", role: "group", "aria-label": title }, program));
  if (links) made.push(element("ul", {}, ...links.map(([name, url]) => element("li", {}, /^https?:/.test(url) ? element("a", { href: url, rel: "noreferrer" }, name) : name))));
  return made;
}

let told = "";
function tell() {
  const node = nodes.get(wish.node), wasHidden = panel.hidden;
  panel.hidden = !node;
  if (!node) { told = ""; return; }
  const now = `${node.id} ${wish.key} ${page.live?.at}`;
  if (now === told) return;
  const isOther = !told.startsWith(`${node.id} `);
  told = now;
  byId("panel-title").textContent = node.id;
  byId("panel-body").replaceChildren(
    element("p", { class: "kind" }, [node.kind, node.namespace && `namespace ${node.namespace}`, node.owner && `owner ${node.owner}`, ...node.tags.map((tag) => `#${tag}`)].filter(Boolean).join(" · ")),
    ...why(node.id),
    ...beside("Waits for", node.up, "from"), ...beside("Waited for by", node.down, "to"),
    ...(page.details[node.id]?.sections || []).flatMap((number) => section(node.name, page.sections[number])));
  if (isOther) { reveal(node.id); panel.scrollTop = 0; say(`details of ${node.id}`); }
  if (wasHidden && !document.activeElement.matches("input")) byId("panel-title").focus({ preventScroll: true });
}

// ---- live: what every node is at a key

const MARKS = { succeeded: "✔", failed: "✘", running: "▶", waiting: "…", held: "‖", none: "" };

function stateAt(id) {
  const cells = page.live?.cells[id] || [];
  return wish.key ? cells.find((cell) => cell.key === wish.key) : cells.at(-1);
}

function why(id) {
  const cell = stateAt(id);
  if (!cell) return [];
  const rows = [["key", cell.key], ["state", cell.state], ...(cell.workflow ? [["Workflow", cell.workflow]] : []), ...(cell.at ? [["since", cell.at]] : [])];
  return [element("h3", {}, "In the cluster"), element("dl", {}, ...rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)])),
    ...(cell.reasons || []).map((reason) => element("div", { class: "why" }, element("code", {}, reason.code), element("p", {}, reason.text),
      ...(reason.remedy ? [element("p", {}, `Helps: ${reason.remedy}`)] : [])))];
}

function mark(node, kind, words) {
  const { drawn } = node;
  let sign = drawn.querySelector(".state");
  if ((drawn.dataset.state || "") === kind && (sign?.dataset.words || "") === words) return;
  drawn.dataset.state = kind;
  node.label ??= drawn.getAttribute("aria-label");
  drawn.setAttribute("aria-label", words ? `${node.label}, ${words}` : node.label);
  if (!sign) {
    sign = shape("text", { class: "state", x: node.width - 8, y: 18 });
    drawn.append(sign);
  }
  sign.dataset.words = words;
  sign.textContent = MARKS[kind];
}

function showStates() {
  if (page.live) for (const node of nodes.values()) {
    const cell = stateAt(node.id);
    mark(node, cell?.kind || "none", cell ? `${cell.state} at ${cell.key}` : "");
  }
}

function fillLive() {
  const line = byId("live");
  if (!page.live) return;
  line.hidden = false;
  const keys = [...new Set(Object.values(page.live.cells).flatMap((cells) => cells.map((cell) => cell.key)))].sort().reverse();
  const choice = element("select", { id: "key", "aria-label": "Key" }, element("option", { value: "" }, "newest of each"), ...keys.map((key) => element("option", {}, key)));
  choice.value = wish.key || "";
  choice.addEventListener("change", () => ask({ key: choice.value }));
  if (document.activeElement?.id !== "key") line.replaceChildren(`${page.live.words} · key `, choice);
  else line.firstChild.textContent = `${page.live.words} · key `;
}

async function refresh() {
  try {
    const answer = await fetch("live.json", { cache: "no-store" });
    if (!answer.ok) throw new Error(await answer.text());
    page.live = await answer.json();
    fillLive();
    draw();
  } catch (error) {
    byId("live").firstChild.textContent = `not refreshed: ${error.message} · key `;
  }
}

// ---- the timeline: the slider is the time, and the lineage shows what everything is then

const items = (page.timeline?.days || []).flatMap((day) => day.items.map((item) => ({ ...item, day })));
const clocks = new Map();

function shownTime(at, zone) {
  if (!clocks.has(zone)) clocks.set(zone, new Intl.DateTimeFormat("en-GB", { timeZone: zone, weekday: "short", day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }));
  return clocks.get(zone).format(at * 1000).replace(",", "");
}

function stateThen(item, at) {
  if (item.begin !== null && item.begin <= at) return item.end !== null && item.end <= at ? [item.fate === "failed" ? "failed" : "succeeded", item.fate] : ["running", "running"];
  if (item.since !== null && item.since <= at) return item.begin === null && at >= item.day.end ? ["failed", "never ran"] : ["waiting", "waiting"];
  return ["none", "not yet"];
}

function scrub() {
  if (!items.length) return;
  const at = +wish.at || 0, slider = byId("time");
  for (const cursor of all(".cursor")) {
    const day = page.timeline.days[cursor.dataset.day], isInside = at >= day.begin && at <= day.end;
    cursor.classList.toggle("gone", !at || !isInside);
    if (isInside) {
      const x = day.left + (at - day.begin) / (day.end - day.begin) * day.width;
      cursor.setAttribute("x1", x);
      cursor.setAttribute("x2", x);
    }
  }
  if (at) slider.value = at;
  byId("clock").textContent = at ? shownTime(at, page.timeline.zone) : "drag to see a moment";
  slider.setAttribute("aria-valuetext", byId("clock").textContent);
  if (page.live && !at) return;
  const states = new Map();
  for (const item of items) {
    const found = stateThen(item, at);
    if (found[0] !== "none" || !states.has(item.node)) states.set(item.node, [...found, item.key]);
  }
  for (const node of nodes.values()) {
    const [kind, words, key] = (at && states.get(node.id)) || ["none", "", ""];
    mark(node, at ? kind : "", at && words ? `${words} at ${key}` : "");
  }
}

function listenToTime() {
  if (!items.length) { byId("time")?.closest(".tools").remove(); return; }
  const slider = byId("time"), play = byId("play");
  slider.min = Math.min(...page.timeline.days.map((day) => day.begin));
  slider.max = Math.max(...page.timeline.days.map((day) => day.end));
  slider.addEventListener("input", () => ask({ at: slider.value }, false));
  let timer = 0;
  play.addEventListener("click", () => {
    const isPlaying = !timer;
    play.setAttribute("aria-pressed", isPlaying);
    play.textContent = isPlaying ? "Pause" : "Play";
    if (!isPlaying) { clearInterval(timer); timer = 0; return; }
    if (+slider.value >= +slider.max) slider.value = slider.min;
    timer = setInterval(() => {
      slider.value = +slider.value + Math.max(60, (slider.max - slider.min) / 400);
      ask({ at: slider.value }, false);
      if (+slider.value >= +slider.max) play.click();
    }, matchMedia("(prefers-reduced-motion: reduce)").matches ? 1000 : 60);
  });
  for (const button of all(".enlarge")) {
    button.addEventListener("click", () => {
      const isLarge = button.closest(".day").classList.toggle("large");
      button.setAttribute("aria-pressed", isLarge);
    });
  }
}

// ---- the table

function listenToTable() {
  const body = byId("nodes").tBodies[0];
  all("thead th", byId("nodes")).forEach((head, column) => {
    head.setAttribute("aria-sort", "none");
    head.replaceChildren(element("button", { type: "button", click: () => {
      const isUp = head.getAttribute("aria-sort") !== "ascending";
      all("thead th", byId("nodes")).forEach((other) => other.setAttribute("aria-sort", "none"));
      head.setAttribute("aria-sort", isUp ? "ascending" : "descending");
      const rows = [...body.rows].sort((a, b) => a.cells[column].textContent.localeCompare(b.cells[column].textContent, "en", { numeric: true }));
      body.append(...(isUp ? rows : rows.reverse()));
    } }, head.textContent));
  });
  for (const row of body.rows) {
    const head = row.cells[0];
    head.replaceChildren(element("button", { type: "button", class: "go" }, head.textContent));
  }
  body.addEventListener("click", (event) => {
    const id = event.target.closest("tr")?.dataset.id;
    if (nodes.has(id)) ask({ node: id });
  });
}

// ---- the toolbar

function listenToTools() {
  let waiting = 0;
  const soon = (action) => { clearTimeout(waiting); waiting = setTimeout(action, 150); };
  byId("search").addEventListener("input", () => soon(search));
  byId("search").addEventListener("keydown", (event) => { if (event.key === "Enter") { clearTimeout(waiting); if (hit < 0) search(); nextHit(event.shiftKey ? -1 : 1); } });
  byId("select").addEventListener("change", () => ask({ select: byId("select").value.trim() }));
  byId("focus").addEventListener("change", () => {
    if (byId("focus").value && !wish.node) say("choose a node first");
    ask({ focus: byId("focus").value });
  });
  byId("collapse").addEventListener("change", () => ask({ collapse: byId("collapse").value }));
  byId("direction").addEventListener("click", () => ask({ dir: wish.dir === "tb" ? "" : "tb" }));
  byId("critical").addEventListener("click", () => ask({ critical: wish.critical ? "" : "1" }));
  byId("critical").hidden = !page.nodes.some((node) => node.critical);
  byId("fit").addEventListener("click", fit);
  byId("in").addEventListener("click", () => zoom(1.25));
  byId("out").addEventListener("click", () => zoom(0.8));
  byId("svg").addEventListener("click", () => save(new Blob([picture().text], { type: "image/svg+xml" }), "svg"));
  byId("png").addEventListener("click", saveAsPng);
  byId("close").addEventListener("click", (event) => escape(event));
  for (const name of VIEWS) byId(`tab-${name}`).addEventListener("click", () => ask({ view: name }));
  byId("tab-lineage").parentElement.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    const next = VIEWS[(VIEWS.indexOf(wish.view) + by + VIEWS.length) % VIEWS.length];
    ask({ view: next });
    byId(`tab-${next}`).focus();
  });
  document.addEventListener("click", (event) => all("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; }));
  fillFilters();
}

function fillFilters() {
  const counts = new Map();
  const count = (trait) => counts.set(trait, (counts.get(trait) || 0) + 1);
  for (const node of nodes.values()) traits(node).forEach(count);
  for (const edge of edges) count(`on:${edge.on}`);
  const kinds = Map.groupBy([...counts.keys()].sort(), (trait) => trait.split(":")[0]);
  const titles = { kind: "Kinds", graph: "Graphs", owner: "Owners", namespace: "Namespaces", tag: "Tags", on: "Edges" };
  for (const [kind, found] of kinds) {
    if (found.length < 2 && kind !== "tag") continue;
    byId("filters").lastElementChild.append(element("fieldset", {}, element("legend", {}, titles[kind]), ...found.map((trait) => {
      const box = element("input", { type: "checkbox", value: trait });
      box.addEventListener("change", () => {
        const without = hidden();
        if (box.checked) without.delete(trait); else without.add(trait);
        ask({ hide: [...without].sort().join(" ") });
      });
      return element("label", {}, box, ` ${trait.slice(kind.length + 1)} (${counts.get(trait)})`);
    })));
  }
}

// ---- pictures: a copy of the drawing in which every colour is written out, because no style goes with it

const LOOKS = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-family", "font-size", "font-weight", "text-anchor", "marker-end"];

function picture() {
  const copy = drawing.cloneNode(true), from = all("*", drawing), into = all("*", copy);
  from.forEach((each, number) => {
    if (each.classList.contains("gone")) { into[number].classList.add("gone"); return; }
    if (!/^(rect|path|text|tspan|circle|polygon|ellipse|line)$/.test(each.localName)) return;
    const looks = getComputedStyle(each);
    for (const name of LOOKS) into[number].setAttribute(name, looks.getPropertyValue(name));
  });
  all(".gone", copy).forEach((each) => each.remove());
  copy.removeAttribute("style");
  const box = scene.getBBox(), [x, y, width, height] = [box.x - 20, box.y - 20, box.width + 40, box.height + 40].map(Math.round);
  copy.querySelector(".scene").removeAttribute("transform");
  const back = shape("rect", { x, y, width, height, fill: getComputedStyle(document.body).backgroundColor });
  copy.prepend(back);
  for (const [name, value] of Object.entries({ xmlns: SVG, viewBox: `${x} ${y} ${width} ${height}`, width, height })) copy.setAttribute(name, value);
  copy.removeAttribute("class");
  return { text: new XMLSerializer().serializeToString(copy), width, height };
}

function saveAsPng() {
  const { text, width, height } = picture(), image = new Image();
  const scale = Math.min(2, 12000 / Math.max(width, height));
  image.onload = () => {
    const made = element("canvas", { width: Math.round(width * scale), height: Math.round(height * scale) });
    made.getContext("2d").drawImage(image, 0, 0, made.width, made.height);
    made.toBlob((blob) => save(blob, "png"));
  };
  image.onerror = () => say("the picture could not be made");
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
}

function save(blob, ending) {
  const link = element("a", { href: URL.createObjectURL(blob), download: `${page.title.replace(/[^\w.-]+/g, "-")}.${ending}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  say(`saved as ${link.download}`);
}

// ---- colours

const THEMES = { "": "as the system has them", light: "light", dark: "dark" };
function theme(name) {
  const root = document.documentElement, button = byId("theme");
  if (name) root.dataset.theme = name; else delete root.dataset.theme;
  button.textContent = { "": "◐", light: "☀", dark: "☾" }[name];
  button.setAttribute("aria-label", `Colours: ${THEMES[name]}`);
  try { localStorage.setItem("depgen-theme", name); } catch { /* a page from a file may have no storage */ }
}

function listenToTheme() {
  let kept = "";
  try { kept = localStorage.getItem("depgen-theme") || ""; } catch { /* as above */ }
  theme(kept in THEMES ? kept : "");
  byId("theme").addEventListener("click", () => {
    const names = Object.keys(THEMES), now = document.documentElement.dataset.theme || "";
    theme(names[(names.indexOf(now) + 1) % names.length]);
    say(byId("theme").getAttribute("aria-label"));
  });
}

// ---- everything that a wish says

function draw() {
  for (const name of VIEWS) {
    const isThis = wish.view === name, tab = byId(`tab-${name}`);
    byId(`view-${name}`).hidden = !isThis;
    tab.setAttribute("aria-selected", isThis);
    tab.tabIndex = isThis ? 0 : -1;
  }
  for (const name of ["select", "focus", "collapse"]) if (document.activeElement !== byId(name)) byId(name).value = wish[name] || "";
  all("#filters input").forEach((box) => { box.checked = !hidden().has(box.value); });
  byId("direction").textContent = wish.dir === "tb" ? "↓" : "→";
  byId("direction").setAttribute("aria-label", `Direction: ${wish.dir === "tb" ? "top to bottom" : "left to right"}`);
  byId("critical").setAttribute("aria-pressed", Boolean(wish.critical));
  drawing.classList.toggle("by-critical", Boolean(wish.critical));
  for (const node of all(".node.picked", scene)) node.classList.remove("picked");
  nodes.get(wish.node)?.drawn.classList.add("picked");
  tell();
  if (wish.view === "lineage") {
    const wanted = [wish.select, wish.dir, wish.collapse, wish.hide, wish.focus && `${wish.focus} ${wish.node}`].join("|");
    if (wanted !== drawnFor) { const isFirst = !drawnFor; drawnFor = wanted; arrange(); fit(); if (!isFirst) say(byId("found").textContent); }
    if (!stop || !shown.has(stop.dataset.id)) step([...shown.values()][0]?.drawn);
  }
  showStates();
  scrub();
}

// The drawing has its legend below it, where it would move about: it gets a place of its own.
function keepLegend() {
  const legend = drawing.querySelector("g.legend");
  if (!legend) return;
  const box = legend.getBBox(), own = shape("svg", { viewBox: `${box.x} ${box.y - 2} ${box.width + 8} ${box.height + 4}`, width: box.width + 8, "aria-hidden": "true" });
  own.append(legend);
  byId("help").append(own);
}

// On paper the drawing is as wide as the page, wherever it was moved to.
function listenToPrinting() {
  addEventListener("beforeprint", () => {
    scene.removeAttribute("transform");
    const { x, y, width, height } = scene.getBBox();
    drawing.setAttribute("viewBox", `${x} ${y} ${width} ${height}`);
  });
  addEventListener("afterprint", () => { drawing.removeAttribute("viewBox"); scale = 0; move(); });
}

function start() {
  keepLegend();
  document.documentElement.classList.add("scripted");
  drawing.classList.toggle("many", nodes.size > 300);
  drawing.removeAttribute("viewBox");
  drawing.removeAttribute("width");
  drawing.removeAttribute("height");
  drawing.setAttribute("tabindex", "0");
  for (const { drawn } of nodes.values()) {
    drawn.setAttribute("tabindex", "-1");
    drawn.setAttribute("role", "button");
    drawn.setAttribute("aria-label", drawn.querySelector("title").textContent.replaceAll("\n", ", "));
  }
  for (const name of VIEWS) {
    byId(`view-${name}`).setAttribute("role", "tabpanel");
    byId(`view-${name}`).setAttribute("aria-labelledby", `tab-${name}`);
  }
  listenToPointers();
  listenToKeys();
  listenToTools();
  listenToTable();
  listenToTime();
  listenToTheme();
  listenToPrinting();
  addEventListener("hashchange", read);
  addEventListener("resize", fit);
  read();
  fillLive();
  if (page.live?.every) setInterval(refresh, page.live.every * 1000);
}

start();
})();
