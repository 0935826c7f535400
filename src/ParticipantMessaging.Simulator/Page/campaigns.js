import { el, time, badge, count, read, replace } from "./dom.js";

const page = 60;
let limit = page;

export async function drawCampaigns(main, redraw) {
  const { total, campaigns } = await read(`/_sim/campaigns?limit=${limit}`);
  replace(main,
    el("div", { class: "stack" },
      el("div", null,
        el("h2", null, "Campaigns"),
        el("p", { class: "quiet" },
          "Messages about one study that are one text, however it differs from person to person: names, ids, codes and links are marks.")),
      campaigns.length === 0
        ? el("p", { class: "card empty" }, "Nothing has been sent yet.")
        : el("ul", { class: "campaigns" }, campaigns.map(card)),
      campaigns.length > 0 && el("p", { class: "quiet", role: "status" },
        `${count(campaigns.length, "campaign", "campaigns")} of ${total.toLocaleString("en")} `,
        campaigns.length < total && el("button", {
          class: "plain", "data-key": "more", onclick: () => { limit += page; redraw(); },
        }, "Show more"))));
}

const ways = {
  single: "one by one", bulk: "in bulk", group: "to a group", project: "to the project", conversation: "in conversations",
  broadcast: "by broadcast", seed: "from the beginning",
};

function card(campaign) {
  return el("li", { class: "card stack" },
    el("div", { class: "row spread" },
      el("p", null,
        el("span", { class: "big" }, campaign.people.toLocaleString("en")), " ",
        campaign.people === 1 ? "person" : "people"),
      el("div", { class: "row" },
        badge(campaign.provider === "OpenHumans" ? "Open Humans" : campaign.provider),
        campaign.repeats > 0 && badge(`${count(campaign.repeats, "message", "messages")} too many`, "bad"))),
    el("p", { class: "text", tabindex: "0", role: "group", "aria-label": "Text" }, marked(campaign.text)),
    el("p", { class: "quiet" },
      `${count(campaign.messages, "message", "messages")} ${ways[campaign.via] ?? `by ${campaign.via}`}, `,
      time(campaign.first),
      campaign.first.slice(0, 19) !== campaign.last.slice(0, 19) && [" to ", time(campaign.last)],
      campaign.studyId && [el("br"), "Study ", el("code", null, campaign.studyId)]));
}

function marked(text) {
  return text.split(/(‹(?:name|id|link|code|…)›)/).map((part, i) => i % 2 === 1 ? el("mark", null, part.slice(1, -1)) : part);
}
