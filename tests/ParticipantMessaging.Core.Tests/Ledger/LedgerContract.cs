using Microsoft.Extensions.Time.Testing;
using ParticipantMessaging.Ledger;
using static ParticipantMessaging.Tests.Ledger.Claims;

namespace ParticipantMessaging.Tests.Ledger;

/// <summary>What every ledger does, whatever it is kept in.</summary>
public abstract class LedgerContract
{
    private protected FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 25, 9, 0, 0, TimeSpan.Zero));

    private protected abstract SqlDialect Dialect();

    private protected async Task<SqlLedger> OpenAsync(RunIdentity? identity = null)
    {
        var ledger = new SqlLedger(Dialect(), Time, identity);
        await ledger.OpenAsync(default);
        return ledger;
    }

    [LedgerFact]
    public async Task A_person_gets_one_message_per_account_campaign_and_study()
    {
        await using var ledger = await OpenAsync();
        var first = await ledger.ClaimOneAsync(Claim(1));
        Assert.True(first.IsGranted);
        Assert.True(first.EntryId > 0);

        var again = await ledger.ClaimOneAsync(Claim(1, text: "another text"));
        Assert.False(again.IsGranted);
        Assert.Equal(0, again.EntryId);
        Assert.Equal(MessageStatus.Sending, again.Blocking!.Status);
        Assert.Equal(first.EntryId, again.Blocking.Id);

        Assert.True((await ledger.ClaimOneAsync(Claim(1, campaign: "wave 2"))).IsGranted);
        Assert.True((await ledger.ClaimOneAsync(Claim(1, account: "other lab"))).IsGranted);
        Assert.True((await ledger.ClaimOneAsync(Claim(1, study: "5f0000000000000000000002"))).IsGranted);
        Assert.True((await ledger.ClaimOneAsync(Claim(2))).IsGranted);
    }

    [LedgerTheory]
    [InlineData("Wave 1", "LAB")]
    [InlineData(" wave 1 ", "lab")]
    [InlineData("WAVE 1", "Lab ")]
    public async Task Names_are_compared_without_case_and_outer_spaces(string campaign, string account)
    {
        await using var ledger = await OpenAsync();
        await ledger.ClaimOneAsync(Claim(1));
        Assert.False((await ledger.ClaimOneAsync(Claim(1, campaign: campaign, account: account))).IsGranted);
    }

    [LedgerFact]
    public async Task Without_a_campaign_nothing_stands_in_the_way_and_everything_is_recorded()
    {
        await using var ledger = await OpenAsync();
        var results = await ledger.ClaimAsync([Claim(1, ""), Claim(1, ""), Claim(2, "")], new ClaimOptions(), default);
        Assert.All(results, static result => Assert.True(result.IsGranted));
        Assert.Equal(3, results.Select(static result => result.EntryId).Distinct().Count());
        Assert.Equal(3, await ledger.CountAsync(new LedgerQuery(), default));
    }

    [LedgerTheory]
    [InlineData(MessageStatus.Sent, false, false, false)]
    [InlineData(MessageStatus.Sent, true, false, false)]
    [InlineData(MessageStatus.Sent, false, true, true)]
    [InlineData(MessageStatus.Queued, false, false, false)]
    [InlineData(MessageStatus.Queued, false, true, true)]
    [InlineData(MessageStatus.Unknown, false, false, false)]
    [InlineData(MessageStatus.Unknown, false, true, false)]
    [InlineData(MessageStatus.Unknown, true, false, true)]
    [InlineData(MessageStatus.Failed, false, false, true)]
    [InlineData(MessageStatus.Sending, true, true, false)]
    public async Task What_stands_in_the_way(string status, bool resendUnknown, bool force, bool granted)
    {
        await using var ledger = await OpenAsync();
        var first = await ledger.ClaimOneAsync(Claim(1));
        if (status != MessageStatus.Sending)
            await ledger.SettleAsync(first.EntryId, status, "because");

        var second = await ledger.ClaimOneAsync(Claim(1), new ClaimOptions(resendUnknown, force));
        Assert.Equal(granted, second.IsGranted);
        if (granted)
            return;

        Assert.Equal(first.EntryId, second.Blocking!.Id);
        Assert.Equal(status, second.Blocking.Status);
    }

    [LedgerTheory]
    [InlineData(MessageStatus.Failed)]
    [InlineData("released")]
    public async Task What_was_superseded_stands_again_when_the_later_message_was_none(string ending)
    {
        await using var ledger = await OpenAsync();
        var first = await ledger.ClaimOneAsync(Claim(1));
        await ledger.SettleAsync(first.EntryId, MessageStatus.Sent);
        var second = await ledger.ClaimOneAsync(Claim(1), new ClaimOptions(Force: true));
        Assert.Equal(second.EntryId, (await ledger.ClaimOneAsync(Claim(1))).Blocking!.Id);

        if (ending == "released")
            await ledger.ReleaseAsync([second.EntryId], default);
        else
            await ledger.SettleAsync(second.EntryId, ending, "400");

        var third = await ledger.ClaimOneAsync(Claim(1));
        Assert.Equal(first.EntryId, third.Blocking?.Id);
        Assert.Equal(MessageStatus.Sent, third.Blocking!.Status);
    }

    [LedgerFact]
    public async Task In_a_chain_the_last_message_stands_and_only_one_does()
    {
        await using var ledger = await OpenAsync();
        var sent = await ledger.ClaimOneAsync(Claim(1));
        await ledger.SettleAsync(sent.EntryId, MessageStatus.Sent);
        var unknown = await ledger.ClaimOneAsync(Claim(1), new ClaimOptions(Force: true));
        await ledger.SettleAsync(unknown.EntryId, MessageStatus.Unknown, "502");
        var last = await ledger.ClaimOneAsync(Claim(1), new ClaimOptions(ResendUnknown: true));
        await ledger.SettleAsync(last.EntryId, MessageStatus.Sent);

        // The one in the middle turns out to be none: the first is superseded by the last from now on.
        await ledger.SettleAsync(unknown.EntryId, MessageStatus.Failed, "not at the provider");
        var standing = await ledger.GetCampaignAsync("lab", Study, "wave 1", default);
        Assert.Equal(last.EntryId, Assert.Single(standing).Value.Id);
        Assert.Equal([last.EntryId], (await ledger.ReadAsync(new LedgerQuery { IncludeSuperseded = false, Statuses = ["Sent"] })).Select(static entry => entry.Id));
    }

    [LedgerFact]
    public async Task An_entry_says_everything_and_keeps_its_outcome()
    {
        await using var ledger = await OpenAsync();
        var claim = Claim(7) with { Recipients = 1 };
        var result = await ledger.ClaimOneAsync(claim);
        Time.Advance(TimeSpan.FromSeconds(3));
        await ledger.SettleAsync([new MessageOutcome(result.EntryId, MessageStatus.Unknown, "No answer.", 502, 2)], default);

        var entry = Assert.Single(await ledger.ReadAsync());
        Assert.Equal(result.EntryId, entry.Id);
        Assert.Equal("lab", entry.Account);
        Assert.Equal("Prolific", entry.Provider);
        Assert.Equal(Person(7), entry.ParticipantId);
        Assert.Equal("", entry.GroupId);
        Assert.Equal(Study, entry.StudyId);
        Assert.Equal("wave 1", entry.Campaign);
        Assert.Equal(MessageStatus.Unknown, entry.Status);
        Assert.Equal("No answer.", entry.Reason);
        Assert.Equal(502, entry.HttpStatus);
        Assert.Equal(2, entry.Attempts);
        Assert.Equal(TextFingerprint.Hash("hello"), entry.BodyHash);
        Assert.Equal(TextFingerprint.HashNormalized("hello"), entry.NormalizedHash);
        Assert.Equal(5, entry.BodyLength);
        Assert.Equal(Time.GetUtcNow() - TimeSpan.FromSeconds(3), entry.ClaimedAt);
        Assert.Equal(Time.GetUtcNow(), entry.SettledAt);
        Assert.Equal(Environment.MachineName, entry.HostName);
        Assert.Equal(Environment.ProcessId, entry.ProcessId);

        // What is settled for good is not unsettled by a late word.
        await ledger.SettleAsync(result.EntryId, MessageStatus.Sent);
        await ledger.SettleAsync(result.EntryId, MessageStatus.Failed, "late");
        Assert.Equal(MessageStatus.Sent, Assert.Single(await ledger.ReadAsync()).Status);
    }

    [LedgerFact]
    public async Task Groups_and_all_members_are_recipients_of_their_own()
    {
        await using var ledger = await OpenAsync();
        var group = new MessageClaim("lab", "Prolific", "", "", "6a0000000000000000000001", "wave 1", "h", 1, 300);
        var members = group with { GroupId = "*" };
        Assert.All(await ledger.ClaimAsync([group, members], new ClaimOptions(), default), static result => Assert.True(result.IsGranted));
        Assert.False((await ledger.ClaimOneAsync(group)).IsGranted);

        var standing = await ledger.GetCampaignAsync("lab", "", "wave 1", default);
        Assert.Equal(["group:*", "group:6a0000000000000000000001"], standing.Keys.Order());
        Assert.Equal(300, standing["group:*"].Recipients);
        Assert.Equal("*", standing["group:*"].GroupId);
        Assert.Equal("", standing["group:*"].ParticipantId);
    }

    [LedgerFact]
    public async Task The_campaign_is_what_stands()
    {
        await using var ledger = await OpenAsync();
        var results = await ledger.ClaimAsync(Many(5), new ClaimOptions(), default);
        await ledger.SettleAsync(results[0].EntryId, MessageStatus.Sent);
        await ledger.SettleAsync(results[1].EntryId, MessageStatus.Unknown, "?");
        await ledger.SettleAsync(results[2].EntryId, MessageStatus.Failed, "400");
        await ledger.ReleaseAsync([results[3].EntryId], default);

        var standing = await ledger.GetCampaignAsync("LAB", Study.ToUpperInvariant(), "Wave 1", default);
        Assert.Equal([Person(0), Person(1), Person(4)], standing.Keys.Order());
        Assert.Equal(MessageStatus.Sending, standing[Person(4)].Status);
        Assert.Empty(await ledger.GetCampaignAsync("lab", Study, "wave 2", default));
    }

    [LedgerFact]
    public async Task Queries_filter_by_everything_and_come_newest_first()
    {
        await using var ledger = await OpenAsync();
        await ledger.ClaimAsync(Many(2_300, "Spring"), new ClaimOptions(), default);
        Time.Advance(TimeSpan.FromHours(1));
        var autumn = await ledger.ClaimAsync([Claim(1, "Autumn"), Claim(2, "Autumn", account: "pilot")], new ClaimOptions(), default);
        await ledger.SettleAsync(autumn[0].EntryId, MessageStatus.Sent);

        var all = await ledger.ReadAsync();
        Assert.Equal(2_302, all.Count);
        Assert.Equal(all.OrderByDescending(static entry => entry.Id).Select(static entry => entry.Id), all.Select(static entry => entry.Id));
        Assert.Equal(2_300, await ledger.CountAsync(new LedgerQuery { Campaigns = ["spr*"] }, default));
        Assert.Equal(2, await ledger.CountAsync(new LedgerQuery { Campaigns = ["AUTUM?", "nothing"] }, default));
        Assert.Equal(0, await ledger.CountAsync(new LedgerQuery { Campaigns = [] }, default));
        Assert.Equal(1, await ledger.CountAsync(new LedgerQuery { Accounts = ["p*"] }, default));
        Assert.Equal(3, await ledger.CountAsync(new LedgerQuery { ParticipantIds = [Person(1).ToUpperInvariant(), Person(2)], Accounts = ["*"], Before = Time.GetUtcNow().AddTicks(1), Statuses = ["sending"] }, default));
        Assert.Equal(1, await ledger.CountAsync(new LedgerQuery { Statuses = ["SENT"] }, default));
        Assert.Equal(2, await ledger.CountAsync(new LedgerQuery { Since = Time.GetUtcNow() }, default));
        Assert.Equal(0, await ledger.CountAsync(new LedgerQuery { Since = Time.GetUtcNow().AddTicks(1) }, default));
        Assert.Equal(2_300, await ledger.CountAsync(new LedgerQuery { Before = Time.GetUtcNow() }, default));
        Assert.Equal(1, await ledger.CountAsync(new LedgerQuery { Ids = [autumn[1].EntryId, 999_999] }, default));
        Assert.Equal(2_302, await ledger.CountAsync(new LedgerQuery { StudyIds = [Study] }, default));
        Assert.Equal(["Autumn", "Spring"], await ledger.GetCampaignNamesAsync(10, default));
        Assert.Equal(["Autumn"], await ledger.GetCampaignNamesAsync(1, default));
    }

    [LedgerFact]
    public async Task Clearing_deletes_what_was_asked_for_but_nothing_that_a_living_run_holds()
    {
        await using var ledger = await OpenAsync();
        var results = await ledger.ClaimAsync([Claim(1), Claim(2), Claim(3, "wave 2")], new ClaimOptions(), default);
        await ledger.SettleAsync(results[0].EntryId, MessageStatus.Sent);
        await ledger.SettleAsync(results[2].EntryId, MessageStatus.Sent);

        Assert.Equal(1, await ledger.ClearAsync(new LedgerQuery { Campaigns = ["wave 1"] }, default));
        Assert.Equal([results[2].EntryId, results[1].EntryId], (await ledger.ReadAsync()).Select(static entry => entry.Id));
        Assert.True((await ledger.ClaimOneAsync(Claim(1))).IsGranted);
    }

    [LedgerFact]
    public async Task A_run_that_ends_leaves_what_it_did_not_settle_as_unknown()
    {
        long open;
        await using (var ledger = await OpenAsync())
            open = (await ledger.ClaimOneAsync(Claim(1))).EntryId;

        await using var next = await OpenAsync();
        var blocking = (await next.ClaimOneAsync(Claim(1))).Blocking!;
        Assert.Equal(open, blocking.Id);
        Assert.Equal(MessageStatus.Unknown, blocking.Status);
        Assert.Equal(RunStatements.Orphaned, blocking.Reason);
    }

    [LedgerFact]
    public async Task Claims_of_another_host_live_as_long_as_their_lease_and_renew_it()
    {
        var elsewhere = new RunIdentity("another host", "other", 1, 1);
        var other = await OpenAsync(elsewhere);
        await other.ClaimOneAsync(Claim(1));

        // The run is alive: it renews its lease every two minutes.
        for (var minute = 0; minute < 30; minute++)
        {
            Time.Advance(TimeSpan.FromMinutes(1));

            // A write waits for the renewal before it.
            await other.ReleaseAsync([long.MaxValue], default);
        }

        await using var ledger = await OpenAsync();
        Assert.Equal(MessageStatus.Sending, (await ledger.ClaimOneAsync(Claim(1))).Blocking!.Status);

        await other.DropAsync();
        Time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(MessageStatus.Sending, (await ledger.ClaimOneAsync(Claim(1))).Blocking!.Status);
        Time.Advance(TimeSpan.FromMinutes(4));
        var blocking = (await ledger.ClaimOneAsync(Claim(1))).Blocking!;
        Assert.Equal(MessageStatus.Unknown, blocking.Status);
        Assert.Equal("other", blocking.HostName);
    }

    [LedgerFact]
    public async Task A_run_that_slept_over_its_lease_learns_that_its_claims_are_gone()
    {
        var clock = new SleepyClock(Time.GetUtcNow());
        await using var sleeper = new SqlLedger(Dialect(), clock, new RunIdentity("another host", "other", 1, 1));
        await sleeper.OpenAsync(default);
        var taken = (await sleeper.ClaimOneAsync(Claim(1))).EntryId;
        Assert.True(await sleeper.HoldsAsync([taken], default));

        // Nobody looked: what is still its own it may send, under a new lease.
        clock.Sleep(TimeSpan.FromHours(1));
        Assert.True(await sleeper.HoldsAsync([taken], default));

        clock.Sleep(TimeSpan.FromHours(1));
        Time.Advance(TimeSpan.FromHours(2));
        await using var ledger = await OpenAsync();
        Assert.True((await ledger.ClaimOneAsync(Claim(1), new ClaimOptions(ResendUnknown: true, Force: false))).IsGranted);
        Assert.False(await sleeper.HoldsAsync([taken], default));

        // What it claims after a sleep is its own again, without waiting for the next renewal.
        clock.Sleep(TimeSpan.FromHours(1));
        Time.Advance(TimeSpan.FromHours(1));
        await sleeper.ClaimOneAsync(Claim(2));
        Assert.Equal(MessageStatus.Sending, (await ledger.ClaimOneAsync(Claim(2))).Blocking!.Status);
    }

    [LedgerFact]
    public async Task Claims_of_this_host_end_with_their_process_and_not_with_their_lease()
    {
        var self = RunIdentity.Current;
        var living = await OpenAsync();
        await living.ClaimOneAsync(Claim(1));
        await living.DropAsync();

        // Another start time: the number was given to another process since. The run after it notices.
        var reused = await OpenAsync(self with { ProcessStart = self.ProcessStart + 1 });
        await reused.ClaimOneAsync(Claim(2));
        await reused.DropAsync();
        var gone = await OpenAsync(self with { ProcessId = int.MaxValue });
        await gone.ClaimOneAsync(Claim(3));
        await gone.DropAsync();
        Time.Advance(TimeSpan.FromHours(1));

        await using var ledger = new SqlLedger(Dialect(), Time);
        Assert.Equal(1, await ledger.OpenAsync(default));
        var standing = await ledger.GetCampaignAsync("lab", Study, "wave 1", default);
        Assert.Equal(MessageStatus.Sending, standing[Person(1)].Status);
        Assert.Equal(MessageStatus.Unknown, standing[Person(2)].Status);
        Assert.Equal(MessageStatus.Unknown, standing[Person(3)].Status);
    }

    [LedgerTheory]
    [InlineData("'; DROP TABLE ledger_entry; --")]
    [InlineData("100% _under_ \\ back")]
    [InlineData("a*b?c[d]")]
    [InlineData("Zoë ☃ 𝕏 \u202Eright to left")]
    [InlineData("nul\0inside")]
    [InlineData("half \uD83D pair")]
    [InlineData("\"; {0} %s $(x) `n @list")]
    public async Task Hostile_names_stay_data(string campaign)
    {
        await using var ledger = await OpenAsync();
        await ledger.ClaimOneAsync(Claim(1, "bystander"));
        Assert.True((await ledger.ClaimOneAsync(Claim(1, campaign, account: campaign))).IsGranted);
        Assert.False((await ledger.ClaimOneAsync(Claim(1, campaign, account: campaign))).IsGranted);
        Assert.Single(await ledger.GetCampaignAsync(campaign, Study, campaign, default));
        Assert.Equal(1, await ledger.CountAsync(new LedgerQuery { Campaigns = [campaign], Accounts = [campaign] }, default));
        Assert.Equal(2, await ledger.CountAsync(new LedgerQuery(), default));
    }

    [LedgerFact]
    public async Task Two_runs_that_claim_the_same_people_share_them()
    {
        await using var one = await OpenAsync();
        await using var two = await OpenAsync();
        var tasks = new List<Task<IReadOnlyList<ClaimResult>>>();
        for (var first = 0; first < 400; first += 20)
        {
            // The second goes the other way round.
            var start = first;
            tasks.Add(Task.Run(() => one.ClaimAsync(Many(20, first: start), new ClaimOptions(), default)));
            tasks.Add(Task.Run(() => two.ClaimAsync([.. Many(20, first: 380 - start).Reverse()], new ClaimOptions(), default)));
        }

        var results = (await Task.WhenAll(tasks)).SelectMany(static result => result).ToList();
        Assert.Equal(800, results.Count);
        Assert.Equal(400, results.Count(static result => result.IsGranted));
        Assert.Equal(400, results.Where(static result => result.IsGranted).Select(static result => result.EntryId).Distinct().Count());
        Assert.Equal(400, (await one.GetCampaignAsync("lab", Study, "wave 1", default)).Count);
    }

    [LedgerFact]
    public async Task A_cancelled_claim_throws_and_a_closed_ledger_says_so()
    {
        var ledger = await OpenAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ledger.ClaimAsync([Claim(1)], new ClaimOptions(), new CancellationToken(canceled: true)));
        Assert.Equal(0, await ledger.CountAsync(new LedgerQuery(), default));
        await ledger.DisposeAsync();
        await ledger.DisposeAsync();
        var error = await Assert.ThrowsAsync<MessagingException>(() => ledger.ClaimAsync([Claim(1)], new ClaimOptions(), default));
        Assert.Equal(MessagingErrorReason.LedgerUnavailable, error.Reason);
    }
}
