import { el, time, badge, read, replace } from "./dom.js";

export async function drawWebhooks(main) {
  const [subscriptions, deliveries] = await Promise.all([read("/_sim/subscriptions"), read("/_sim/deliveries?last=200")]);
  const logs = await Promise.all(subscriptions.slice(0, 20).map(s =>
    read(`/_sim/events?subscription=${encodeURIComponent(s.id)}&last=50`)));
  const events = logs.flat().sort((a, b) => b.createdAt.localeCompare(a.createdAt)).slice(0, 100);
  replace(main, el("div", { class: "stack" },
    el("h2", null, "Webhooks"),
    subscriptions.length === 0
      ? el("p", { class: "card empty" }, "Nothing is subscribed to.")
      : el("div", { class: "card table" }, table("Subscriptions", ["Event type", "Target", "State", "Events"], subscriptions.map(s => [
        el("span", null, s.eventType, el("br"), el("code", { class: "quiet" }, s.id)),
        el("code", null, s.targetUrl),
        [s.isEnabled ? badge("enabled", "good") : badge("disabled", "bad"), s.failingSince && el("p", { class: "quiet" }, "failing since ", time(s.failingSince))],
        s.events]))),
    deliveries.length > 0 && el("div", { class: "card table" },
      table("Deliveries, newest first", ["Time", "Event", "Try", "Answer", "Body"], deliveries.reverse().map(d => [
        time(d.time),
        el("span", null, d.eventType, el("br"), el("code", { class: "quiet" }, d.eventId)),
        d.attempt === 0 ? "again" : d.attempt,
        d.status === 0 ? [badge("none", "bad"), el("p", { class: "quiet" }, d.error)] : badge(d.status, d.status < 300 ? "good" : "bad"),
        el("code", null, d.body)]))),
    events.length > 0 && el("div", { class: "card table" },
      table("Event log, newest first", ["Created", "Event", "About", "Status"], events.map(e => [
        time(e.createdAt),
        el("span", null, e.eventType, el("br"), el("code", { class: "quiet" }, e.id)),
        el("span", null, el("code", null, e.resourceId), e.participantId && [el("br"), "participant ", el("code", null, e.participantId)]),
        badge(e.status, e.status === "SUCCEEDED" ? "good" : e.status === "FAILED" ? "bad" : "warn")])))));
}

function table(caption, heads, rows) {
  return el("table", null,
    el("caption", null, caption),
    el("thead", null, el("tr", null, heads.map(h => el("th", { scope: "col" }, h)))),
    el("tbody", null, rows.map(cells => el("tr", null, cells.map((cell, i) => el("td", { "data-label": heads[i] }, cell))))));
}
