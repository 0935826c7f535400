import { ask, el, count, read, send } from "./dom.js";
import { drawPeople } from "./people.js";
import { drawCampaigns } from "./campaigns.js";
import { drawRequests } from "./requests.js";
import { drawWebhooks } from "./webhooks.js";

const main = document.getElementById("main");
const live = document.getElementById("live");
const announce = document.getElementById("announce");
let view = "";
let drawing = false;
let again = false;
let messages = null;

function place() {
  const [, name, id] = location.hash.match(/^#\/(\w+)(?:\/(.+))?$/) ?? [];
  return { name: ["people", "campaigns", "requests", "webhooks"].includes(name) ? name : "people", id: id && decodeURIComponent(id) };
}

// One drawing at a time; what comes meanwhile makes one more afterwards.
async function draw() {
  if (drawing) { again = true; return; }
  drawing = true;
  try {
    do {
      again = false;
      const { name, id } = place();
      if (name !== view) {
        main.replaceChildren();
        view = name;
      }
      for (const link of document.querySelectorAll("nav a")) {
        if (link.dataset.view === name) link.setAttribute("aria-current", "page");
        else link.removeAttribute("aria-current");
      }
      document.title = `${name[0].toUpperCase()}${name.slice(1)} – Participant messaging simulator`;
      await Promise.all([counters(), {
        people: () => drawPeople(main, id, draw),
        campaigns: () => drawCampaigns(main, draw),
        requests: () => drawRequests(main, draw),
        webhooks: () => drawWebhooks(main),
      }[name]()]);
    } while (again);
  } catch (error) {
    state(false, `The simulator does not answer (${error.message}).`);
  } finally {
    drawing = false;
  }
}

async function counters() {
  const info = await read("/_sim/info");
  const pairs = [["messages", info.messages], ["reached", info.reached], ["requests", info.requests], ["unread", info.unread], ["faults", info.faults]];
  document.getElementById("counters").replaceChildren(...pairs.map(([name, value]) =>
    el("div", null, el("dt", null, name), el("dd", { id: `count-${name.replace(" ", "-")}` }, value.toLocaleString("en")))));
  if (messages !== null && info.messages > messages) announce.textContent = count(info.messages - messages, "new message.", "new messages.");
  messages = info.messages;
}

function state(on, text) {
  live.classList.toggle("on", on);
  if (live.textContent !== text) live.textContent = text;
}

document.getElementById("again").append(
  ask("Empty all mailboxes", "Really? Messages and requests are forgotten", async () => { await send("POST", "/_sim/clear-messages"); draw(); }),
  ask("Begin anew", "Really? People, studies and webhooks, too", async () => { await send("POST", "/_sim/reset"); draw(); }));

const stream = new EventSource("/_sim/stream");
stream.addEventListener("open", () => { state(true, "Live."); draw(); });
stream.addEventListener("change", () => draw());
stream.addEventListener("error", () => state(false, "The connection is lost; trying again…"));

window.addEventListener("hashchange", async () => {
  await draw();
  if (place().id) document.querySelector(".mailbox")?.scrollIntoView({ block: "nearest" });
});

document.addEventListener("keydown", event => {
  if (event.key !== "/" || event.target.matches("input, select, textarea")) return;
  const search = document.getElementById("search");
  if (!search) return;
  event.preventDefault();
  search.focus();
});

draw();
