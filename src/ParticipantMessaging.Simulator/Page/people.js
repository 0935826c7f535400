import { el, time, badge, count, read, replace } from "./dom.js";

const page = 200;
const filter = { search: "", provider: "", received: false, limit: page };
let known = new Map();

const providerName = provider => (provider === "OpenHumans" ? "Open Humans" : provider);

export async function drawPeople(main, id, redraw) {
  if (!main.querySelector(".people")) main.replaceChildren(frame(redraw));
  const layout = main.querySelector(".people");
  layout.classList.toggle("open", Boolean(id));
  const query = new URLSearchParams({ search: filter.search, provider: filter.provider, limit: filter.limit });
  if (filter.received) query.set("received", "1");
  const [list, boxes] = await Promise.all([
    read(`/_sim/people?${query}`),
    id ? read(`/_sim/mailboxes?id=${encodeURIComponent(id)}&thread`) : [],
  ]);
  drawList(layout, list, id, redraw);
  drawMailbox(layout.querySelector(".mailbox"), boxes[0], id, list);
}

function frame(redraw) {
  const change = () => { filter.limit = page; redraw(); };
  let timer;
  return el("div", { class: "people" },
    el("section", { class: "card finder", "aria-label": "Find a participant" },
      el("form", { role: "search", onsubmit: e => e.preventDefault() },
        el("label", { class: "field" }, "Name or id",
          el("input", {
            type: "search", id: "search", value: filter.search, autocomplete: "off", placeholder: "Press / to search",
            oninput: e => { filter.search = e.target.value; clearTimeout(timer); timer = setTimeout(change, 120); },
          })),
        el("div", { class: "row" },
          el("label", null,
            el("span", { class: "hidden" }, "Service"),
            el("select", { id: "provider", onchange: e => { filter.provider = e.target.value; change(); } },
              [["", "Both services"], ["Prolific", "Prolific"], ["OpenHumans", "Open Humans"]].map(([value, text]) =>
                el("option", { value, selected: filter.provider === value }, text)))),
          el("label", null,
            el("input", {
              type: "checkbox", id: "received", checked: filter.received,
              onchange: e => { filter.received = e.target.checked; change(); },
            }), "with messages"))),
      el("div", { class: "list" })),
    el("section", { class: "card mailbox stack", "aria-label": "Mailbox" }));
}

function drawList(layout, list, id, redraw) {
  const rows = list.people.map(person => {
    const before = known.get(person.id);
    const fresh = before !== undefined && before !== person.received;
    known.set(person.id, person.received);
    return el("li", null,
      el("a", {
        href: `#/people/${encodeURIComponent(person.id)}`, "data-key": person.id, class: fresh ? "fresh" : "",
        "aria-current": person.id === id ? "true" : null,
      },
        el("span", { class: "name" }, person.firstName),
        person.received > 0
          ? el("span", { class: "badge" }, person.received, el("span", { class: "hidden" }, person.received === 1 ? " message" : " messages"))
          : el("span", { class: "badge none" }, "0"),
        el("span", { class: "sub mono" }, person.id, " · ", providerName(person.provider)),
        person.last && el("span", { class: "sub" }, person.last)));
  });
  replace(layout.querySelector(".list"),
    rows.length === 0
      ? el("p", { class: "empty" }, "Nobody matches.")
      : el("ul", { onkeydown: move, "data-scroll": "people" }, rows),
    el("p", { class: "more quiet", role: "status" },
      `${count(list.people.length, "person", "people")} of ${list.total.toLocaleString("en")} `,
      list.people.length < list.total && el("button", {
        class: "plain", "data-key": "more", onclick: () => { filter.limit += page; redraw(); },
      }, "Show more")));
}

function move(event) {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const item = event.target.closest("li");
  const next = event.key === "ArrowDown" ? item?.nextElementSibling : item?.previousElementSibling;
  if (!next) return;
  event.preventDefault();
  next.querySelector("a").focus();
}

function drawMailbox(target, person, id, list) {
  if (!id) {
    replace(target, el("p", { class: "empty" }, list.total === 0
      ? "There are no participants."
      : "Choose somebody to read what they received."));
    return;
  }
  if (!person) {
    replace(target, el("p", { class: "empty" }, `There is nobody with the id ${id}.`));
    return;
  }
  const received = person.messages.filter(m => !m.incoming).length;
  replace(target,
    el("a", { class: "back", href: "#/people" }, "← All people"),
    el("div", { class: "head row spread" },
      el("div", null,
        el("h2", null, person.firstName),
        el("p", { class: "quiet" }, el("code", null, person.id), ` · ${providerName(person.provider)}`)),
      badge(received === 0 ? "nothing received" : `${count(received, "message", "messages")} received`, received === 0 ? "none" : "")),
    person.messages.length === 0
      ? el("p", { class: "empty" }, "Nothing has been received yet. What is sent appears here at once.")
      : el("ol", { class: "stack" }, person.messages.map(m =>
        el("li", null, person.provider === "OpenHumans" ? mail(m) : bubble(m, person.firstName)))));
}

function bubble(message, firstName) {
  return el("article", { class: `bubble ${message.incoming ? "mine" : ""}` },
    el("p", { class: "meta" },
      el("strong", null, message.incoming ? firstName : "Robin Researcher"),
      time(message.sentAt),
      message.studyId && el("span", null, "study ", el("code", null, message.studyId)),
      message.category && badge(message.category),
      message.via !== "single" && message.via !== "seed" && badge(message.via, "none")),
    el("p", { class: "text" }, message.body));
}

function mail(message) {
  return el("article", { class: "mail" },
    el("dl", null,
      el("dt", null, "From"), el("dd", null, "Simulated project <support@openhumans.org>"),
      el("dt", null, "Reply-To"), el("dd", null, "contact@lab.example"),
      el("dt", null, "Subject"), el("dd", null, el("strong", null, message.subject)),
      el("dt", null, "Date"), el("dd", null, time(message.sentAt))),
    el("p", { class: "text" }, message.body));
}
