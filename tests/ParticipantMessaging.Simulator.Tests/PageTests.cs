using System.Net;
using System.Text.Json;
using Microsoft.Playwright;

namespace ParticipantMessaging.Simulator.Tests;

/// <summary>The page in a real browser.</summary>
public sealed class PageTests(BrowserFixture browser) : IClassFixture<BrowserFixture>, IAsyncLifetime
{
    private readonly List<IPage> _pages = [];
    private SimulatorHost _sim = null!;
    private SimClient _client = null!;

    public async Task InitializeAsync()
    {
        _sim = await SimulatorHost.StartAsync(new SimulatorOptions { Participants = 60, Members = 40, Seed = 7 });
        _client = SimClient.Prolific(_sim);
    }

    public async Task DisposeAsync()
    {
        foreach (IPage page in _pages)
            await page.CloseAsync();
        _client.Dispose();
        await _sim.DisposeAsync();
    }

    private async Task<IPage> OpenAsync(string hash, int width = 1280, int height = 860, ColorScheme scheme = ColorScheme.Light)
    {
        IPage page = await browser.Browser!.NewPageAsync(new BrowserNewPageOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = scheme,
            Locale = "en-GB",
            TimezoneId = "UTC",
        });
        _pages.Add(page);
        page.SetDefaultTimeout(20_000);
        await page.GotoAsync(new Uri(_sim.BaseUri, "/#/" + hash).ToString());
        await page.GetByText("Live.").WaitForAsync();
        return page;
    }

    private async Task SendAsync(SimParticipant person, string body, bool mayFail = false)
    {
        try
        {
            Answer answer = await _client.PostAsync("/api/v1/messages/",
                JsonSerializer.Serialize(new { recipient_id = person.Id, body, study_id = _sim.State.StudyId }));
            Assert.True(mayFail || answer.Status == HttpStatusCode.NoContent);
        }
        catch (HttpRequestException) when (mayFail)
        {
            // The fault that was asked for.
        }
    }

    private async Task CampaignAsync()
    {
        int number = 0;
        foreach (SimParticipant person in _sim.State.Participants.Take(25))
        {
            await SendAsync(person, $"Dear {person.FirstName},\n\nthank you for taking part in our study on sleep. The second part opens on " +
                $"Monday at 9:00 and takes ten minutes; your code for it is SLP{++number:000}K{number * 7}.\n\nWith kind regards\nRobin");
        }

        SimParticipant first = _sim.State.Participants[0];
        _sim.State.AddUnread(first.Id, "Thank you! Does it work on a phone, too?", _sim.State.StudyId, "technical-issues");
        await SendAsync(first, "Yes, any browser will do. Good luck!");
        SimConversation thread = _sim.State.AddConversation(first.Id, "Your payment", "payment-issues", _sim.State.StudyId);
        _sim.State.AddUnread(first.Id, "It has not arrived yet.", _sim.State.StudyId, "payment-timing", conversationId: thread.Id);
        await _client.PostAsync("/api/v1/messages/", JsonSerializer.Serialize(new
        {
            recipient_id = first.Id,
            body = "I have approved it this morning; it takes an hour or two.",
            study_id = _sim.State.StudyId,
            conversation_id = thread.Id,
        }));
        using var openHumans = SimClient.OpenHumans(_sim);
        await openHumans.PostAsync("/api/direct-sharing/project/message/", JsonSerializer.Serialize(new
        {
            all_members = true,
            subject = "Your results are ready",
            message = "Hello {{ PROJECT_MEMBER_ID }},\n\nyour results are ready.",
        }));
    }

    [BrowserFact]
    public async Task A_mailbox_shows_what_arrives_while_it_is_open()
    {
        SimParticipant person = _sim.State.Participants[3];
        IPage page = await OpenAsync("people/" + person.Id);
        await page.GetByText("Nothing has been received yet.").WaitForAsync();
        await SendAsync(person, "first\n  second line");
        ILocator text = page.Locator(".bubble .text");
        await text.WaitForAsync();
        Assert.Equal("first\n  second line", await text.TextContentAsync());
        await page.Locator("#count-messages", new PageLocatorOptions { HasText = "1" }).WaitForAsync();
        await page.Locator("#announce", new PageLocatorOptions { HasText = "1 new message." })
            .WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Attached });
    }

    [BrowserFact]
    public async Task Whatever_was_sent_is_text_and_nothing_runs()
    {
        SimParticipant evil = _sim.State.AddParticipant("bbbbbbbbbbbbbbbbbbbbbbbb", "<img src=x onerror=document.title='pwned'>");
        const string Body = "<script>document.title='pwned'</script><img src=x onerror=\"document.title='pwned'\">";
        await SendAsync(evil, Body);
        IPage page = await OpenAsync("people/" + evil.Id);
        await page.Locator(".bubble .text").WaitForAsync();
        Assert.Equal(Body, await page.Locator(".bubble .text").TextContentAsync());
        Assert.Equal(evil.FirstName, await page.Locator(".mailbox h2").TextContentAsync());
        foreach (string view in new[] { "campaigns", "requests", "webhooks" })
        {
            await page.GotoAsync(new Uri(_sim.BaseUri, "/#/" + view).ToString());
            await page.Locator("nav a[aria-current]", new PageLocatorOptions { HasTextRegex = new("^" + view, System.Text.RegularExpressions.RegexOptions.IgnoreCase) }).WaitForAsync();
            await page.Locator("main :is(.card, table)").First.WaitForAsync();
        }

        Assert.DoesNotContain("pwned", await page.TitleAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await page.Locator("main img").CountAsync());
    }

    [BrowserFact]
    public async Task The_list_is_searched_and_walked_with_the_keyboard()
    {
        IPage page = await OpenAsync("people");
        SimParticipant wanted = _sim.State.Members[17];
        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync(wanted.Id);
        await page.GetByText("1 person of 1").WaitForAsync();
        await page.Keyboard.PressAsync("Tab"); // service
        await page.Keyboard.PressAsync("Tab"); // with messages
        await page.Keyboard.PressAsync("Tab"); // load a list
        await page.Keyboard.PressAsync("Tab"); // the person
        await page.Keyboard.PressAsync("Enter");
        await page.Locator(".mailbox h2", new PageLocatorOptions { HasText = wanted.FirstName }).WaitForAsync();

        await page.Locator("#search").FillAsync("");
        await page.GetByText("100 people of 100").WaitForAsync();
        await page.Locator(".finder li a").First.FocusAsync();
        await page.Keyboard.PressAsync("ArrowDown");
        Assert.Equal(_sim.State.Participants[1].Id, await page.EvaluateAsync<string>("document.activeElement.dataset.key"));
    }

    [BrowserFact]
    public async Task Focus_and_open_details_outlive_a_new_drawing()
    {
        await SendAsync(_sim.State.Participants[0], "one");
        IPage page = await OpenAsync("requests");
        ILocator summary = page.Locator("summary[data-key='summary-1']");
        await summary.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await SendAsync(_sim.State.Participants[1], "two");
        await page.Locator("summary[data-key='summary-2']").WaitForAsync();
        Assert.Equal("summary-1", await page.EvaluateAsync<string>("document.activeElement.dataset.key"));
        Assert.True(await page.Locator("details[data-key='request-1']").EvaluateAsync<bool>("d => d.open"));
    }

    [BrowserFact]
    public async Task A_fault_is_switched_on_and_removed_from_the_page_and_seen_in_the_log()
    {
        IPage page = await OpenAsync("requests");
        await page.GetByText("Inject a fault").ClickAsync();
        await page.GetByLabel("Retry-After (s)").FillAsync("3");
        await page.GetByText("Switch on").ClickAsync();
        await page.GetByText("answer 429 on any /api/v1/messages/, at most 1×").WaitForAsync();
        await SendAsync(_sim.State.Participants[0], "late", mayFail: true);
        await page.Locator("tr.struck .badge", new PageLocatorOptions { HasText = "429" }).WaitForAsync();
        await page.GetByText("Remove").ClickAsync();
        await page.GetByText("No fault is switched on.").WaitForAsync();
        Assert.Empty(_sim.Faults.All);
    }

    [BrowserFact]
    public async Task Campaigns_fold_personal_texts_and_name_who_got_too_much()
    {
        await CampaignAsync();
        SimParticipant twice = _sim.State.Participants[5];
        await SendAsync(twice, _sim.State.Mailbox(twice.Id)[0].Body);
        IPage page = await OpenAsync("campaigns");
        ILocator card = page.Locator(".campaigns li", new PageLocatorOptions { HasText = "study on sleep" });
        await card.WaitForAsync();
        Assert.Equal("25", await card.Locator(".big").TextContentAsync());
        Assert.Contains("1 message too many", await card.TextContentAsync(), StringComparison.Ordinal);
        Assert.Equal("name", await card.Locator("mark").First.TextContentAsync());
        Assert.Equal("40", await page.Locator(".campaigns li", new PageLocatorOptions { HasText = "Your results are ready" })
            .Locator(".big").TextContentAsync());
    }

    [BrowserFact]
    public async Task Nothing_is_wider_than_a_phone_and_every_control_has_a_name()
    {
        await CampaignAsync();
        _sim.State.SetSecret(_sim.State.WorkspaceId, "s");
        SimSubscription subscription = _sim.State.AddSubscription("submission.status.change", "https://lab.example/a/rather/long/address/of/a/hook");
        _sim.State.AddEvents(subscription, 20);
        foreach (string view in new[] { "people", "people/" + _sim.State.Participants[0].Id, "campaigns", "requests", "webhooks" })
        {
            IPage page = await OpenAsync(view, width: 360, height: 740);
            await page.Locator("main .card:visible").First.WaitForAsync();
            int overflow = await page.EvaluateAsync<int>("document.documentElement.scrollWidth - window.innerWidth");
            Assert.True(overflow <= 0, $"{view} is {overflow} pixels too wide.");
            string[] nameless = await page.EvaluateAsync<string[]>("""
                [...document.querySelectorAll("a, button, input, select, summary")]
                  .filter(n => !(n.textContent.trim() || n.labels?.length || n.getAttribute("aria-label")))
                  .map(n => n.outerHTML)
                """);
            Assert.Empty(nameless);
            await page.CloseAsync();
        }
    }

    [BrowserFact]
    public async Task Texts_have_contrast_in_light_and_in_dark()
    {
        await CampaignAsync();
        _sim.Faults.Add(new FaultRule { Status = 429, Count = 1 });
        await SendAsync(_sim.State.Participants[1], "x", mayFail: true);
        foreach (ColorScheme scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            foreach (string view in new[] { "people/" + _sim.State.Participants[0].Id, "campaigns", "requests" })
            {
                IPage page = await OpenAsync(view, scheme: scheme);
                await page.Locator("main .card:visible").First.WaitForAsync();
                string[] weak = await page.EvaluateAsync<string[]>(ContrastScript);
                Assert.True(weak.Length == 0, $"{view}, {scheme}: {string.Join("; ", weak)}");
                await page.CloseAsync();
            }
        }
    }

    [BrowserFact]
    public async Task A_reply_is_written_as_the_participant_into_the_thread_that_was_chosen()
    {
        SimParticipant person = _sim.State.Participants[2];
        await SendAsync(person, "In general");
        SimConversation thread = _sim.State.AddConversation(person.Id, "Your payment", "payment-issues");
        await _client.PostAsync("/api/v1/messages/",
            JsonSerializer.Serialize(new { recipient_id = person.Id, body = "In the thread", study_id = _sim.State.StudyId, conversation_id = thread.Id }));
        IPage page = await OpenAsync("people/" + person.Id);
        await page.Locator($"[data-thread='{thread.Id}'] .bubble", new PageLocatorOptions { HasText = "In the thread" }).WaitForAsync();
        Assert.Equal(1, await page.Locator("[aria-label='General thread'] .bubble").CountAsync());

        await page.GetByText("Reply as " + person.FirstName).ClickAsync();
        await page.GetByLabel("Text").FillAsync("It has arrived.");
        await SendAsync(_sim.State.Participants[4], "meanwhile"); // draws the page anew
        await page.Locator("#count-messages", new PageLocatorOptions { HasText = "3" }).WaitForAsync();
        await page.Locator("[data-key='reply-thread']").SelectOptionAsync(thread.Id);
        await page.Locator("[data-key='reply-category']").SelectOptionAsync("payment-issues");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Reply", Exact = true }).ClickAsync();
        await page.Locator($"[data-thread='{thread.Id}'] .bubble.mine", new PageLocatorOptions { HasText = "It has arrived." }).WaitForAsync();
        SimMessage reply = Assert.Single(_sim.State.Unread);
        Assert.Equal((person.Id, "It has arrived.", thread.Id, "payment-issues"), (reply.SenderId, reply.Body, reply.ConversationId, reply.Category));

        await page.GetByText("mark as read").ClickAsync();
        await page.Locator("#count-unread", new PageLocatorOptions { HasText = "0" }).WaitForAsync();
        Assert.Empty(_sim.State.Unread);
    }

    [BrowserFact]
    public async Task A_submissions_status_is_changed_and_a_fault_set_for_one_person()
    {
        SimParticipant person = _sim.State.Participants[6];
        SimSubscription subscription = _sim.State.AddSubscription("submission.status.change", "https://lab.example/hook");
        IPage page = await OpenAsync("people/" + person.Id);
        await page.GetByText("Submissions").ClickAsync();
        await page.Locator("select[data-key^='status-']").SelectOptionAsync("REJECTED");
        await page.Locator("summary .badge", new PageLocatorOptions { HasText = "REJECTED" }).WaitForAsync();
        Assert.Equal(("REJECTED", person.Id), Assert.Single(_sim.State.Events(subscription.Id)) is var e ? (e.ResourceStatus, e.ParticipantId) : default);

        await page.GetByText("Let the next message fail").ClickAsync();
        await page.GetByLabel("How").SelectOptionAsync(new SelectOptionValue { Label = "503 after it was stored" });
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Switch on" }).ClickAsync();
        await page.GetByText("The next call that names this person fails").WaitForAsync();
        await SendAsync(_sim.State.Participants[7], "to somebody else");
        await SendAsync(person, "struck", mayFail: true);
        Assert.Equal((1, 503), (Assert.Single(_sim.Faults.All).Struck, _sim.State.Requests.All[^1].Status));
        Assert.Single(_sim.State.Mailbox(person.Id));
    }

    [BrowserFact]
    public async Task A_members_mail_address_is_taken_away_on_the_page()
    {
        SimParticipant member = _sim.State.Members[4];
        IPage page = await OpenAsync("people/" + member.Id);
        await page.GetByText("Membership").ClickAsync();
        await page.GetByLabel("Mail address").SelectOptionAsync("refused");
        await page.GetByText("address refused").WaitForAsync();
        Assert.True(member.MailRefused);
        await page.GetByText("Leave the project").ClickAsync();
        await page.GetByText("has left").WaitForAsync();
        Assert.False(member.Active);
    }

    [BrowserFact]
    public async Task A_list_is_loaded_from_the_page_and_says_which_rows_hold_nobody()
    {
        IPage page = await OpenAsync("people");
        await page.Locator("#people-file").SetInputFilesAsync(new FilePayload
        {
            Name = "people.csv",
            MimeType = "text/csv",
            Buffer = System.Text.Encoding.UTF8.GetBytes("Prolific PID;First name\n612345678901234567890123;Zuzana\nnobody;X\n" + _sim.State.Participants[0].Id + ";Y\n"),
        });
        await page.GetByText("people.csv: 1 person added, 1 was there already. Row 3 holds no id.").WaitForAsync();
        await page.GetByText("Zuzana").WaitForAsync();
        await page.Locator("#people-file").SetInputFilesAsync(new FilePayload
        {
            Name = "other.csv",
            MimeType = "text/csv",
            Buffer = "a,b\n1,2\n"u8.ToArray(),
        });
        await page.GetByText("other.csv: No column names a person; the list has a, b.").WaitForAsync();
    }

    [BrowserFact]
    public async Task What_steers_is_made_visible()
    {
        SimParticipant evil = _sim.State.AddParticipant("cccccccccccccccccccccccc", "Ada\u202Enimda");
        await SendAsync(evil, "a\u001b[31mb\u200bc\ttab\r\nnext \ud83d\udc69\u200d\ud83d\udd2c \u2066x");
        IPage page = await OpenAsync("people/" + evil.Id);
        ILocator text = page.Locator(".bubble .text");
        await text.WaitForAsync();
        Assert.Equal("a␛[31mb⟨U+200B⟩c\ttab\nnext \ud83d\udc69\u200d\ud83d\udd2c ⟨U+2066⟩x", await text.TextContentAsync());
        Assert.Equal("Ada⟨U+202E⟩nimda", await page.Locator(".mailbox h2").TextContentAsync());
    }

    [BrowserFact]
    public async Task An_empty_simulator_says_what_the_ledger_remembers_and_reset_asks_first()
    {
        IPage page = await OpenAsync("people");
        await page.Locator("#ledger-note", new PageLocatorOptions { HasText = "Skipped, already sent" }).WaitForAsync();
        await SendAsync(_sim.State.Participants[0], "one");
        await page.Locator("#ledger-note").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });
        await page.GetByText("Reset", new PageGetByTextOptions { Exact = true }).ClickAsync();
        await page.GetByText("Empty all mailboxes").ClickAsync();
        Assert.Equal(1, _sim.State.SentCount);
        await page.GetByText("Really? Messages and requests are forgotten").ClickAsync();
        await page.Locator("#ledger-note").WaitForAsync();
        Assert.Equal(0, _sim.State.SentCount);
    }

    [BrowserFact]
    public async Task A_send_in_the_log_says_to_whom_and_what()
    {
        await SendAsync(_sim.State.Participants[0], "The second part is open.");
        await _client.PostAsync("/api/v1/messages/bulk/", JsonSerializer.Serialize(
            new { ids = _sim.State.Participants.Take(30).Select(p => p.Id), body = "To many", study_id = _sim.State.StudyId }));
        IPage page = await OpenAsync("requests");
        await page.Locator(".sent", new PageLocatorOptions { HasText = $"to {_sim.State.Participants[0].FirstName} ({_sim.State.Participants[0].Id})" })
            .WaitForAsync();
        await page.Locator(".sent", new PageLocatorOptions { HasText = "to 30 people" }).WaitForAsync();
        Assert.Equal("To many", await page.Locator(".sent .quiet").First.TextContentAsync());
    }

    /// <summary>The pictures of the documentation; written into the sources where PARTICIPANT_MESSAGING_SCREENSHOTS names a folder.</summary>
    [BrowserFact]
    public async Task Pictures_are_taken_and_small_enough()
    {
        await CampaignAsync();
        _sim.Faults.Add(new FaultRule
        {
            Id = "busy",
            Method = "POST",
            PathPrefix = "/api/v1/messages/",
            Status = 429,
            RetryAfterSeconds = 2,
            Count = 1,
        });
        _sim.Faults.Add(new FaultRule
        {
            Id = "line-cut",
            Method = "POST",
            PathPrefix = "/api/v1/messages/",
            Kind = FaultKind.Reset,
            AfterStored = true,
            Count = 1,
        });
        for (int i = 30; i < 35; i++)
            await SendAsync(_sim.State.Participants[i], "The second part is open now.", mayFail: true);

        string folder = Environment.GetEnvironmentVariable("PARTICIPANT_MESSAGING_SCREENSHOTS") is { Length: > 0 } named
            ? named
            : Directory.CreateTempSubdirectory("pictures").FullName;
        (string Name, string View, string Ready)[] pictures =
        [
            ("simulator-mailbox", "people/" + _sim.State.Participants[0].Id, ".bubble.mine"),
            ("simulator-requests", "requests", "tr.struck"),
            ("simulator-campaigns", "campaigns", ".campaigns li"),
        ];
        foreach ((string name, string view, string ready) in pictures)
        {
            IPage page = await OpenAsync(view, height: 820);
            await page.Locator(ready).First.WaitForAsync();
            if (view == "requests")
                await page.Locator("summary").Filter(new LocatorFilterOptions { HasText = "POST" }).First.WaitForAsync();
            byte[] picture = await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, name + ".png") });
            Assert.InRange(picture.Length, 10_000, 300_000);
            await page.CloseAsync();
        }
    }

    [Fact]
    public async Task Another_sites_page_is_refused_and_so_is_a_foreign_name()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/_sim/reset");
        request.Headers.Add("Origin", "https://evil.example");
        using HttpResponseMessage foreign = await _client.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, foreign.StatusCode);
        using var renamed = new HttpRequestMessage(HttpMethod.Get, "/_sim/mailboxes");
        renamed.Headers.Host = "evil.example";
        using HttpResponseMessage rebound = await _client.Http.SendAsync(renamed);
        Assert.Equal(HttpStatusCode.Forbidden, rebound.StatusCode);
        Answer page = await _client.GetAsync("/");
        Assert.Contains("default-src 'none'", page.Header("Content-Security-Policy"), StringComparison.Ordinal);
    }

    private const string ContrastScript = """
        (() => {
          const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
          const rgba = color => {
            canvas.clearRect(0, 0, 1, 1);
            canvas.fillStyle = color;
            canvas.fillRect(0, 0, 1, 1);
            return [...canvas.getImageData(0, 0, 1, 1).data].map((v, i) => i === 3 ? v / 255 : v);
          };
          const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3]));
          const background = node => {
            const layers = [];
            for (let n = node; n; n = n.parentElement) layers.push(rgba(getComputedStyle(n).backgroundColor));
            return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255]);
          };
          const light = c => c.map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
          return [...document.querySelectorAll("body *")]
            .filter(n => n.checkVisibility() && [...n.childNodes].some(c => c.nodeType === 3 && c.textContent.trim()))
            .map(n => {
              const under = background(n);
              const a = light(over(rgba(getComputedStyle(n).color), under));
              const b = light(under);
              return [n, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
            })
            .filter(([, ratio]) => ratio < 4.5)
            .map(([n, ratio]) => `${n.tagName}.${n.className} "${n.textContent.trim().slice(0, 30)}" ${ratio.toFixed(2)}`);
        })()
        """;
}
