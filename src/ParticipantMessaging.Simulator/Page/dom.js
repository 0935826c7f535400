// Everything that came over the wire is put into the page as text, never as HTML.

export function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(2)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

export function time(text) {
  const date = new Date(text);
  const today = date.toDateString() === new Date().toDateString();
  return el("time", { datetime: text, title: text }, today ? clock.format(date) : `${day.format(date)}, ${clock.format(date)}`);
}

export function badge(text, kind) {
  return el("span", { class: `badge ${kind ?? ""}` }, text);
}

export function count(n, one, many) {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
}

export async function read(path) {
  const response = await fetch(path, { headers: { accept: "application/json" } });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

export async function send(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!response.ok) throw new Error((await response.json().catch(() => ({}))).error ?? `${response.status}`);
}

// Keeps the keyboard where it was when a part of the page is drawn anew.
export function replace(target, ...children) {
  const active = document.activeElement;
  const key = target.contains(active) ? active.getAttribute("data-key") ?? active.id : null;
  const open = new Set([...target.querySelectorAll("details[open]")].map(d => d.getAttribute("data-key")));
  const scroll = [...target.querySelectorAll("[data-scroll]")].map(n => [n.getAttribute("data-scroll"), n.scrollTop]);
  target.replaceChildren(...children.flat().filter(Boolean));
  for (const details of target.querySelectorAll("details[data-key]")) {
    if (open.has(details.getAttribute("data-key"))) details.open = true;
  }
  for (const [name, top] of scroll) {
    const node = target.querySelector(`[data-scroll="${CSS.escape(name)}"]`);
    if (node) node.scrollTop = top;
  }
  if (key) (target.querySelector(`[data-key="${CSS.escape(key)}"]`) ?? document.getElementById(key))?.focus({ preventScroll: true });
}
