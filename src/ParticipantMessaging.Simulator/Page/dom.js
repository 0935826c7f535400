// Everything that came over the wire is put into the page as text, never as HTML, and what cannot be seen in it is made visible: control
// characters as their pictures, marks of direction and other invisible ones by their number.

const joiner = /[\u200C\u200D\uFE0E\uFE0F]/;

export function clean(text) {
  return String(text)
    .replace(/\r\n?|\u0085|\u2028|\u2029/g, "\n")
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\uFE0E\uFE0F]/gu, (c, at, all) => {
      const code = c.codePointAt(0);
      if (c === "\n" || c === "\t") return c;
      if (code < 0x20) return String.fromCharCode(0x2400 + code);
      if (code === 0x7F) return "\u2421";
      if (code >= 0xD800 && code <= 0xDFFF) return "\uFFFD";
      // Between characters beyond ASCII they belong to emoji and scripts.
      if (joiner.test(c) && at > 0 && all.charCodeAt(at - 1) > 0x7F) return c;
      return `\u27E8U+${code.toString(16).toUpperCase().padStart(4, "0")}\u27E9`;
    });
}

export function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : name === "value" || name.startsWith("data-") || name === "href" ? value : clean(value));
  }
  for (const child of children.flat(2)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(clean(child)));
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

export async function upload(path, file) {
  const response = await fetch(path, { method: "POST", headers: { "content-type": "text/csv" }, body: await file.arrayBuffer() });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? `${response.status}`);
  return answer;
}

// A button that asks once more before it does what cannot be undone.
export function ask(text, question, action) {
  let sure = false;
  let timer;
  const button = el("button", {
    class: "plain", type: "button",
    onclick: async () => {
      clearTimeout(timer);
      if (sure) {
        sure = false;
        button.textContent = text;
        button.classList.remove("danger");
        await action();
        return;
      }
      sure = true;
      button.textContent = question;
      button.classList.add("danger");
      timer = setTimeout(() => { sure = false; button.textContent = text; button.classList.remove("danger"); }, 6000);
    },
  }, text);
  return button;
}

// Keeps the keyboard where it was when a part of the page is drawn anew.
export function replace(target, ...children) {
  const active = document.activeElement;
  const key = target.contains(active) ? active.getAttribute("data-key") ?? active.id : null;
  const cursor = key && "selectionStart" in active ? [active.selectionStart, active.selectionEnd] : null;
  const chosen = [...target.querySelectorAll("select[data-key^='fault-kind']")].map(n => [n.getAttribute("data-key"), n.value]);
  const open = new Set([...target.querySelectorAll("details[open]")].map(d => d.getAttribute("data-key")));
  const scroll = [...target.querySelectorAll("[data-scroll]")].map(n => [n.getAttribute("data-scroll"), n.scrollTop]);
  target.replaceChildren(...children.flat(3).filter(Boolean));
  for (const details of target.querySelectorAll("details[data-key]")) {
    if (open.has(details.getAttribute("data-key"))) details.open = true;
  }
  for (const [name, top] of scroll) {
    const node = target.querySelector(`[data-scroll="${CSS.escape(name)}"]`);
    if (node) node.scrollTop = top;
  }
  for (const [name, value] of chosen) {
    const node = target.querySelector(`[data-key="${CSS.escape(name)}"]`);
    if (node) node.value = value;
  }
  const next = key && (target.querySelector(`[data-key="${CSS.escape(key)}"]`) ?? document.getElementById(key));
  next?.focus({ preventScroll: true });
  if (cursor && next && "setSelectionRange" in next) next.setSelectionRange(...cursor);
}
