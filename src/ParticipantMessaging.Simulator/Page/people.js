import { el, time, badge, count, read, send, upload, replace } from "./dom.js";

const page = 200;
const filter = { search: "", provider: "", received: false, limit: page };
const draft = new Map(); // what is being written, by person
let known = new Map();
let said = "";

const providerName = provider => (provider === "OpenHumans" ? "Open Humans" : provider);

export async function drawPeople(main, id, redraw) {
  if (!main.querySelector(".people")) main.replaceChildren(frame(redraw));
  const layout = main.querySelector(".people");
  layout.classList.toggle("open", Boolean(id));
  const query = new URLSearchParams({ search: filter.search, provider: filter.provider, limit: filter.limit });
  if (filter.received) query.set("received", "1");
  const [list, boxes, info] = await Promise.all([
    read(`/_sim/people?${query}`),
    id ? read(`/_sim/mailboxes?id=${encodeURIComponent(id)}&thread`) : [],
    read("/_sim/info"),
  ]);
  drawList(layout, list, id, redraw);
  drawMailbox(layout.querySelector(".mailbox"), boxes[0], id, list, info, redraw);
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
      el("div", { class: "load" },
        el("label", { class: "file" }, "Load your own list (CSV)",
          el("input", { type: "file", id: "people-file", accept: ".csv,.tsv,.txt,text/csv", onchange: e => load(e.target, redraw) })),
        el("p", { class: "quiet", id: "loaded", role: "status" })),
      el("div", { class: "list" })),
    el("section", { class: "card mailbox stack", "aria-label": "Mailbox" }));
}

async function load(input, redraw) {
  const file = input.files[0];
  if (!file) return;
  const status = document.getElementById("loaded");
  try {
    status.textContent = `${file.name}: ${(await upload("/_sim/people", file)).summary}`;
  } catch (error) {
    status.textContent = `${file.name}: ${error.message}`;
  }
  input.value = "";
  redraw();
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

function drawMailbox(target, person, id, list, info, redraw) {
  if (!id) {
    replace(target,
      el("p", { class: "empty" }, list.total === 0 ? "There are no participants." : "Choose somebody to read what they received."),
      ledgerNote(info));
    return;
  }
  if (!person) {
    replace(target, el("p", { class: "empty" }, `There is nobody with the id ${id}.`));
    return;
  }
  const received = person.messages.filter(m => !m.incoming).length;
  const openHumans = person.provider === "OpenHumans";
  replace(target,
    el("a", { class: "back", href: "#/people" }, "← All people"),
    el("div", { class: "head row spread" },
      el("div", null,
        el("h2", { class: "name" }, person.firstName),
        el("p", { class: "quiet" }, el("code", null, person.id), ` · ${providerName(person.provider)}`)),
      badge(received === 0 ? "nothing received" : `${count(received, "message", "messages")} received`, received === 0 ? "none" : "")),
    tools(person, openHumans, redraw),
    person.messages.length === 0
      ? [el("p", { class: "empty" }, "Nothing has been received yet. What is sent appears here at once."), ledgerNote(info)]
      : openHumans
        ? el("ol", { class: "stack" }, person.messages.map(m => el("li", null, mail(m, info))))
        : threads(person, redraw));
}

// A rehearsal that was begun anew does not empty the module's ledger.
function ledgerNote(info) {
  if (info.messages > 0) {
    return info.restored > 0 && el("p", { class: "note quiet" },
      `${count(info.restored, "message", "messages")} came back from the state file ${info.stateFile}.`);
  }
  return el("div", { class: "note quiet", id: "ledger-note" },
    el("p", null, "Nobody has received anything since this simulator was ", info.stateFile ? "begun" : "started", " (", time(info.startedAt), ")."),
    el("p", null, "The module's ledger lives longer: whoever it has as messaged in an earlier rehearsal is still ",
      el("em", null, "Skipped, already sent"), ". To send again, give the campaign another name, use ", el("code", null, "-Force"),
      ", or remove the old entries with ", el("code", null, "Clear-SentMessage"), ". With ", el("code", null, "--state"),
      " the simulator keeps its mailboxes, too."));
}

function threads(person, redraw) {
  const several = person.threads.length > 1;
  return el("div", { class: "stack threads" }, person.threads
    .map(t => ({ ...t, messages: person.messages.filter(m => m.conversationId === t.id) }))
    .filter(t => t.messages.length > 0 || t.subject)
    .map(t => el("section", { class: "thread stack", "data-thread": t.id, "aria-label": threadName(t) },
      el("div", { class: "row thread-name" },
        badge(t.subject ? "thread" : "general thread", t.subject ? "" : "none"),
        t.subject && el("strong", null, t.subject),
        t.byBroadcast && badge("broadcast", "none"),
        el("code", { class: "quiet", title: t.id }, `${t.id.slice(0, 8)}…`),
        several && el("span", { class: "quiet" }, count(t.messages.length, "message", "messages"))),
      el("ol", { class: "stack" }, t.messages.map(m => el("li", null, bubble(m, person, redraw)))))));
}

const threadName = thread => thread.subject ?? "General thread";

function bubble(message, person, redraw) {
  const unread = person.unread.includes(message.id);
  return el("article", { class: `bubble ${message.incoming ? "mine" : ""}` },
    el("p", { class: "meta" },
      el("strong", null, message.incoming ? person.firstName : "Robin Researcher"),
      time(message.sentAt),
      message.studyId && el("span", null, "study ", el("code", null, message.studyId)),
      message.category && badge(message.category),
      message.via !== "single" && message.via !== "seed" && badge(message.via, "none"),
      unread && badge("unread", "warn"),
      unread && el("button", {
        class: "link", "data-key": `read-${message.id}`, title: "As the researcher does on the website",
        onclick: async () => { await send("POST", "/_sim/read", { id: message.id }); redraw(); },
      }, "mark as read")),
    el("p", { class: "text" }, message.body));
}

function mail(message, info) {
  return el("article", { class: "mail" },
    el("dl", null,
      el("dt", null, "From"), el("dd", null, `${info.projectName} <support@openhumans.org>`),
      el("dt", null, "Reply-To"), el("dd", null, "contact@lab.example"),
      el("dt", null, "Subject"), el("dd", null, el("strong", null, message.subject)),
      el("dt", null, "Date"), el("dd", null, time(message.sentAt))),
    el("p", { class: "text" }, message.body));
}

// What a participant, or the world, does to this one person.
function tools(person, openHumans, redraw) {
  return el("div", { class: "tools" },
    !openHumans && reply(person, redraw),
    !openHumans && submissions(person, redraw),
    openHumans && membership(person, redraw),
    fault(person, openHumans, redraw));
}

function reply(person, redraw) {
  const kept = draft.get(person.id) ?? { body: "", thread: "", category: "" };
  const keep = change => draft.set(person.id, Object.assign(kept, change));
  const problem = el("p", { class: "problem quiet", role: "alert" });
  const text = el("textarea", { rows: "3", required: true, "data-key": "reply-text", oninput: e => keep({ body: e.target.value }) });
  text.value = kept.body;
  return el("details", { "data-key": `reply-${person.id}` },
    el("summary", { "data-key": "reply-summary" }, `Reply as ${person.firstName}`),
    el("form", {
      class: "fields",
      onsubmit: async e => {
        e.preventDefault();
        try {
          await send("POST", "/_sim/unread", {
            senderId: person.id, body: kept.body, conversationId: kept.thread || null, category: kept.category || null,
            studyId: person.submissions[0]?.studyId,
          });
          draft.delete(person.id);
          redraw();
        } catch (error) {
          problem.textContent = error.message;
        }
      },
    },
      el("label", { class: "field wide" }, "Text", text),
      el("label", { class: "field" }, "Thread",
        el("select", { "data-key": "reply-thread", onchange: e => keep({ thread: e.target.value }) },
          el("option", { value: "" }, "General thread"),
          person.threads.filter(t => t.subject).map(t => el("option", { value: t.id, selected: kept.thread === t.id }, t.subject)))),
      el("label", { class: "field" }, "Category",
        el("select", { "data-key": "reply-category", onchange: e => keep({ category: e.target.value }) },
          ["", "payment-timing", "payment-issues", "technical-issues", "feedback", "rejections", "other"].map(c =>
            el("option", { value: c, selected: kept.category === c }, c || "none")))),
      el("button", { "data-key": "reply-send" }, "Reply"),
      problem));
}

const statuses = ["RESERVED", "ACTIVE", "AWAITING REVIEW", "APPROVED", "REJECTED", "RETURNED", "TIMED-OUT", "SCREENED OUT", "PARTIALLY APPROVED"];

function submissions(person, redraw) {
  return el("details", { "data-key": `submissions-${person.id}` },
    el("summary", { "data-key": "submissions-summary" }, "Submissions ",
      badge(person.submissions.length === 1 ? person.submissions[0].status : person.submissions.length, "none")),
    person.submissions.length === 0
      ? el("p", { class: "quiet" }, "There is none.")
      : person.submissions.map(s => el("div", { class: "fields" },
        el("label", { class: "field" }, `${s.study} · ${s.id}`,
          el("select", {
            "data-key": `status-${s.id}`,
            onchange: async e => {
              await send("POST", "/_sim/status-change", { submissionId: s.id, status: e.target.value });
              redraw();
            },
          }, statuses.map(status => el("option", { selected: status === s.status }, status))))),
      el("p", { class: "quiet" }, "A change makes an event for every enabled subscription.")));
}

function membership(person, redraw) {
  const change = body => async () => { await send("POST", "/_sim/members/change", { id: person.id, ...body }); redraw(); };
  const mailState = !person.hasEmail ? "none" : person.mailRefused ? "refused" : "fine";
  return el("details", { "data-key": `member-${person.id}` },
    el("summary", { "data-key": "member-summary" }, "Membership ",
      badge(person.active ? "member" : "has left", person.active ? "none" : "warn"),
      mailState !== "fine" && badge(mailState === "none" ? "no mail address" : "address refused", "bad")),
    el("div", { class: "fields" },
      el("button", { class: "plain", "data-key": "member-active", onclick: change({ active: !person.active }) },
        person.active ? "Leave the project" : "Come back"),
      el("label", { class: "field" }, "Mail address",
        el("select", {
          "data-key": "member-mail",
          onchange: e => change({ hasEmail: e.target.value !== "none", mailRefused: e.target.value === "refused" })(),
        }, [["fine", "fine"], ["none", "none: ends the list"], ["refused", "refused: ends the list"]].map(([value, text]) =>
          el("option", { value, selected: mailState === value }, text))))));
}

const faults = [
  ["429", { status: 429, retryAfterSeconds: 2 }], ["429 without Retry-After", { status: 429 }], ["400", { status: 400 }],
  ["503, nothing stored", { status: 503 }], ["503 after it was stored", { status: 503, afterStored: true }],
  ["connection cut before", { kind: "Reset" }], ["connection cut after it was stored", { kind: "Reset", afterStored: true }],
  ["no answer", { kind: "NoAnswer" }], ["a proxy's page after it was stored", { kind: "HtmlPage", afterStored: true }],
];

function fault(person, openHumans, redraw) {
  const choice = el("select", { "data-key": `fault-kind-${person.id}` }, faults.map(([text], i) => el("option", { value: i }, text)));
  return el("details", { "data-key": `fault-${person.id}` },
    el("summary", { "data-key": "fault-summary" }, "Let the next message fail"),
    el("form", {
      class: "fields",
      onsubmit: async e => {
        e.preventDefault();
        await send("POST", "/_sim/faults", {
          ...faults[choice.value][1], method: "POST", count: 1, bodyContains: person.id, id: `for-${person.id.slice(-6)}-${Date.now() % 1000}`,
          pathPrefix: openHumans ? "/api/direct-sharing/project/message/" : "/api/v1/",
        });
        said = person.id;
        redraw();
      },
    },
      el("label", { class: "field" }, "How", choice),
      el("button", { "data-key": "fault-on" }, "Switch on"),
      el("p", { class: "quiet", role: "status" }, said === person.id ? "The next call that names this person fails; see Requests." : "")));
}

