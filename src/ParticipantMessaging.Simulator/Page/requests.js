import { el, time, badge, count, read, send, replace } from "./dom.js";

const filter = { faults: false, sends: false };
const kinds = ["Status", "Reset", "NoAnswer", "Slow", "Dribble", "TruncatedJson", "WrongTypes", "InvalidUtf8", "EmptyPage", "CutList", "HtmlPage", "TextPage", "JsonError", "ByteOrderMark", "Redirect"];
const page = 200;
let limit = page;

export async function drawRequests(main, redraw) {
  if (!main.querySelector(".requests")) {
    main.replaceChildren(el("div", { class: "requests stack" }, faultForm(redraw),
      el("div", { class: "row spread" },
        el("h2", null, "Requests"),
        el("div", { class: "row" },
          check("with a fault only", "faults", redraw),
          check("sends only", "sends", redraw))),
      el("div", { class: "log" })));
  }
  const narrowed = `${filter.faults ? "&faults" : ""}${filter.sends ? "&sends" : ""}`;
  const [requests, faults] = await Promise.all([read(`/_sim/requests?brief&last=${limit + 1}${narrowed}`), read("/_sim/faults")]);
  replace(main.querySelector(".rules"), rules(faults, redraw));
  const shown = requests.slice(-limit).reverse();
  replace(main.querySelector(".log"), shown.length === 0
    ? el("p", { class: "card empty" }, "No request matches.")
    : [el("div", { class: "card table" }, table(shown)),
      requests.length > limit && el("p", { class: "more" }, el("button", {
        class: "plain", "data-key": "more-requests", onclick: () => { limit += page; redraw(); },
      }, "Show older ones"))]);
}

function check(text, name, redraw) {
  return el("label", null,
    el("input", { type: "checkbox", id: `only-${name}`, checked: filter[name], onchange: e => { filter[name] = e.target.checked; redraw(); } }), text);
}

function table(requests) {
  return el("table", null,
    el("caption", null, "Newest first"),
    el("thead", null, el("tr", null,
      el("th", { scope: "col", class: "number" }, "No."), el("th", { scope: "col" }, "Time"), el("th", { scope: "col" }, "Request"),
      el("th", { scope: "col" }, "Token"), el("th", { scope: "col" }, "Answer"), el("th", { scope: "col", class: "number" }, "Stored"),
      el("th", { scope: "col" }, "Fault"), el("th", { scope: "col", class: "number" }, "ms"))),
    el("tbody", null, requests.map(row)));
}

function row(r) {
  const path = `${r.path}${r.query}`;
  return el("tr", { class: r.fault ? "struck" : "" },
    el("td", { class: "number", "data-label": "No." }, r.number),
    el("td", { "data-label": "Time" }, time(r.time)),
    el("td", { class: "path" },
      r.body
        ? el("details", { "data-key": `request-${r.number}` },
          el("summary", { "data-key": `summary-${r.number}` }, el("strong", null, r.method), " ", el("code", null, path)),
          el("pre", { tabindex: "0" }, pretty(r.body)))
        : [el("strong", null, r.method), " ", el("code", null, path)],
      (r.to || r.text) && el("p", { class: "sent" }, r.to && el("span", { class: "to" }, "to ", el("strong", null, r.to)), r.text && el("span", { class: "quiet" }, r.text))),
    el("td", { "data-label": "Token" }, r.tokenIn === "none" ? badge("none", "warn") : r.tokenIn),
    el("td", { "data-label": "Answer" }, status(r)),
    el("td", { class: "number", "data-label": "Stored" }, r.stored),
    el("td", { "data-label": "Fault" }, r.fault ? badge(r.fault, "warn") : "–"),
    el("td", { class: "number", "data-label": "ms" }, r.durationMs.toFixed(1)));
}

function status(r) {
  if (r.status === 0) return badge(r.fault ? "cut off" : "open", "bad");
  return badge(r.status, r.status < 300 ? "good" : r.status < 400 || r.status === 429 ? "warn" : "bad");
}

function pretty(body) {
  try {
    const text = JSON.stringify(JSON.parse(body), null, 2);
    return text.length > 20000 ? `${text.slice(0, 20000)}\n… (${body.length.toLocaleString("en")} characters)` : text;
  } catch {
    return body.slice(0, 20000);
  }
}

function rules(faults, redraw) {
  if (faults.length === 0) return el("p", { class: "quiet" }, "No fault is switched on.");
  return el("ul", { class: "stack" }, faults.map(f => el("li", { class: "row spread" },
    el("span", null, badge(f.id, "warn"), ` ${words(f)} `,
      el("span", { class: "quiet" }, `struck ${f.struck} of ${count(f.matched, "match", "matches")}`)),
    el("button", {
      class: "plain", "data-key": `remove-${f.id}`,
      onclick: async () => { await send("DELETE", `/_sim/faults/${encodeURIComponent(f.id)}`); redraw(); },
    }, "Remove", el("span", { class: "hidden" }, ` ${f.id}`)))));
}

function words(f) {
  const what = f.kind === "Status" ? `answer ${f.status}` : f.kind;
  const where = `${f.method ?? "any"} ${f.pathPrefix ?? f.pathPattern ?? "everywhere"}`;
  const often = f.nth ? `, number ${f.nth}` : f.every ? `, every ${f.every}.` : f.probability ? `, ${Math.round(f.probability * 100)} %` : "";
  return `${what}${f.afterStored ? " after storing" : ""} on ${where}${often}${f.count ? `, at most ${f.count}×` : ""}`;
}

function faultForm(redraw) {
  const field = (text, input) => el("label", { class: "field" }, text, input);
  const form = el("form", {
    class: "fields",
    onsubmit: async e => {
      e.preventDefault();
      const data = new FormData(form);
      const rule = {
        kind: data.get("kind"), method: data.get("method") || null, pathPrefix: data.get("path") || null,
        status: Number(data.get("status")) || 500, count: Number(data.get("count")) || null, afterStored: data.get("after") === "on",
        retryAfterSeconds: data.get("retry") === "" ? null : Number(data.get("retry")),
      };
      const problem = form.querySelector(".problem");
      try {
        await send("POST", "/_sim/faults", rule);
        problem.textContent = "";
        redraw();
      } catch (error) {
        problem.textContent = error.message;
      }
    },
  },
  field("What", el("select", { name: "kind" }, kinds.map(k => el("option", null, k)))),
  field("Status", el("input", { type: "number", name: "status", value: "429", min: "200", max: "599" })),
  field("Retry-After (s)", el("input", { type: "number", name: "retry", min: "0" })),
  field("Method", el("select", { name: "method" }, el("option", { value: "" }, "any"), ["POST", "GET", "PATCH", "DELETE"].map(m => el("option", null, m)))),
  field("Path begins with", el("input", { type: "text", name: "path", value: "/api/v1/messages/" })),
  field("At most", el("input", { type: "number", name: "count", value: "1", min: "1" })),
  el("label", null, el("input", { type: "checkbox", name: "after" }), "after storing"),
  el("button", null, "Switch on"),
  el("p", { class: "problem quiet", role: "alert" }));
  return el("section", { class: "card", "aria-label": "Faults" },
    el("h2", null, "Faults"),
    el("div", { class: "rules" }),
    el("details", null, el("summary", null, "Inject a fault"), form));
}
