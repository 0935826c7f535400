using Microsoft.Extensions.Time.Testing;
using ParticipantMessaging.Ledger;
using static ParticipantMessaging.Tests.Ledger.Claims;

namespace ParticipantMessaging.Tests.Ledger;

/// <summary>What every ledger does, whatever it is kept in.</summary>
public abstract class LedgerContract
{
    private protected FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 25, 9, 0, 0, TimeSpan.Zero));

    /// <summary>Opens the ledger of this test, or opens it again.</summary>
    private protected abstract Task<IMessageLedger> OpenLedgerAsync();

    [LedgerFact]
    public async Task A_person_gets_one_message_per_account_campaign_and_study()
    {
        await using IMessageLedger ledger = await OpenLedgerAsync();
        ClaimResult first = await ledger.ClaimOneAsync(Claim(1));
        Assert.True(first.IsGranted);
        Assert.True(first.EntryId > 0);

        ClaimResult again = await ledger.ClaimOneAsync(Claim(1, text: "another text"));
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
        await using IMessageLedger ledger = await OpenLedgerAsync();
        await ledger.ClaimOneAsync(Claim(1));
        Assert.False((await ledger.ClaimOneAsync(Claim(1, campaign: campaign, account: account))).IsGranted);
    }

    [LedgerFact]
    public async Task Without_a_campaign_nothing_stands_in_the_way_and_everything_is_recorded()
    {
        await using IMessageLedger ledger = await OpenLedgerAsync();
        IReadOnlyList<ClaimResult> results = await ledger.ClaimAsync([Claim(1, ""), Claim(1, ""), Claim(2, "")], new ClaimOptions(), default);
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
        await using IMessageLedger ledger = await OpenLedgerAsync();
        ClaimResult first = await ledger.ClaimOneAsync(Claim(1));
        if (status != MessageStatus.Sending)
            await ledger.SettleAsync(first.EntryId, status, "because");

        ClaimResult second = await ledger.ClaimOneAsync(Claim(1), new ClaimOptions(resendUnknown, force));
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
        await using IMessageLedger ledger = await OpenLedgerAsync();
        ClaimResult first = await ledger.ClaimOneAsync(Claim(1));
        await ledger.SettleAsync(first.EntryId, MessageStatus.Sent);
        ClaimResult second = await ledger.ClaimOneAsync(Claim(1), new ClaimOptions(Force: true));
        Assert.Equal(second.EntryId, (await ledger.ClaimOneAsync(Claim(1))).Blocking!.Id);

        if (ending == "released")
            await ledger.ReleaseAsync([second.EntryId], default);
        else
            await ledger.SettleAsync(second.EntryId, ending, "400");

        ClaimResult third = await ledger.ClaimOneAsync(Claim(1));
        Assert.Equal(first.EntryId, third.Blocking?.Id);
        Assert.Equal(MessageStatus.Sent, third.Blocking!.Status);
    }

    [LedgerFact]
    public async Task In_a_chain_the_last_message_stands_and_only_one_does()
    {
        await using IMessageLedger ledger = await OpenLedgerAsync();
        ClaimResult sent = await ledger.ClaimOneAsync(Claim(1));
        await ledger.SettleAsync(sent.EntryId, MessageStatus.Sent);
        ClaimResult unknown = await ledger.ClaimOneAsync(Claim(1), new ClaimOptions(Force: true));
        await ledger.SettleAsync(unknown.EntryId, MessageStatus.Unknown, "502");
        ClaimResult last = await ledger.ClaimOneAsync(Claim(1), new ClaimOptions(ResendUnknown: true));
        await ledger.SettleAsync(last.EntryId, MessageStatus.Sent);

        // The one in the middle turns out to be none: the first is superseded by the last from now on.
        await ledger.SettleAsync(unknown.EntryId, MessageStatus.Failed, "not at the provider");
        IReadOnlyDictionary<string, StandingEntry> standing = await ledger.GetCampaignAsync("lab", Study, "wave 1", default);
        Assert.Equal(last.EntryId, Assert.Single(standing).Value.Id);
        Assert.Equal([last.EntryId], (await ledger.ReadAsync(new LedgerQuery { IncludeSuperseded = false, Statuses = ["Sent"] })).Select(static entry => entry.Id));
    }

    [LedgerFact]
    public async Task An_entry_says_everything_and_keeps_its_outcome()
    {
        await using IMessageLedger ledger = await OpenLedgerAsync();
        MessageClaim claim = Claim(7).Saying(static m => m with { Recipients = 1 });
        ClaimResult result = await ledger.ClaimOneAsync(claim);
        Time.Advance(TimeSpan.FromSeconds(3));
        await ledger.SettleAsync([new MessageOutcome(result.EntryId, MessageStatus.Unknown, "No answer.", 502, 2)], default);

        SentMessage entry = Assert.Single(await ledger.ReadAsync());
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
        await using IMessageLedger ledger = await OpenLedgerAsync();
        var group = new MessageClaim { GroupId = "6a0000000000000000000001", Message = new ClaimedMessage { Account = "lab", Provider = "Prolific", Campaign = "wave 1", BodyHash = "h", Recipients = null } };
        MessageClaim members = group.Saying(static m => m with { Recipients = 3_000_000_000 }) with { GroupId = "*" };
        Assert.All(await ledger.ClaimAsync([group, members], new ClaimOptions(), default), static result => Assert.True(result.IsGranted));
        Assert.False((await ledger.ClaimOneAsync(group)).IsGranted);

        IReadOnlyDictionary<string, StandingEntry> standing = await ledger.GetCampaignAsync("lab", "", "wave 1", default);
        Assert.Equal(["group:*", "group:6a0000000000000000000001"], standing.Keys.Order());
        Assert.All(standing.Values, static entry => Assert.Equal("", entry.ParticipantId));
        Assert.Equal(
            [("*", 3_000_000_000L), ("6a0000000000000000000001", null)],
            (await ledger.ReadAsync()).Select(static entry => (entry.GroupId, entry.Recipients)).Order());
        MessageCampaign campaign = Assert.Single(await ledger.GetCampaignsAsync(new LedgerQuery(), default));
        Assert.Equal((null, 0L, 0L, 0L), (campaign.People, campaign.Sent, campaign.Failed, campaign.Unknown));
        await ledger.SettleAsync(standing["group:6a0000000000000000000001"].Id, MessageStatus.Sent);
        await ledger.SettleAsync(standing["group:*"].Id, MessageStatus.Unknown, "502");
        campaign = Assert.Single(await ledger.GetCampaignsAsync(new LedgerQuery(), default));
        Assert.Equal((null, null, 0L, 3_000_000_000L), (campaign.People, campaign.Sent, campaign.Failed, campaign.Unknown));
    }

    [LedgerFact]
    public async Task The_campaign_is_what_stands()
    {
        await using IMessageLedger ledger = await OpenLedgerAsync();
        IReadOnlyList<ClaimResult> results = await ledger.ClaimAsync(Many(5), new ClaimOptions(), default);
        await ledger.SettleAsync(results[0].EntryId, MessageStatus.Sent);
        await ledger.SettleAsync(results[1].EntryId, MessageStatus.Unknown, "?");
        await ledger.SettleAsync(results[2].EntryId, MessageStatus.Failed, "400");
        await ledger.ReleaseAsync([results[3].EntryId], default);

        IReadOnlyDictionary<string, StandingEntry> standing = await ledger.GetCampaignAsync("LAB", Study.ToUpperInvariant(), "Wave 1", default);
        Assert.Equal([Person(0), Person(1), Person(4)], standing.Keys.Order());
        Assert.Equal(MessageStatus.Sending, standing[Person(4)].Status);
        Assert.Empty(await ledger.GetCampaignAsync("lab", Study, "wave 2", default));
    }

    [LedgerFact]
    public async Task A_repeat_is_one_by_the_services_clock_too()
    {
        await using IMessageLedger ledger = await OpenLedgerAsync();
        var options = new ClaimOptions(RepeatAfter: TimeSpan.FromHours(12));
        var service = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000);
        ClaimResult first = Assert.Single(await ledger.ClaimAsync([Claim(1, "").Saying(m => m with { ServiceTime = service })], options, default));
        await ledger.SettleAsync(first.EntryId, MessageStatus.Sent);

        // The computer's clock was set, or is another one's: seconds have passed for the service.
        Time.Advance(TimeSpan.FromHours(13));
        MessageClaim again = Claim(1, "").Saying(m => m with { ServiceTime = service.AddSeconds(9) });
        Assert.Equal(first.EntryId, Assert.Single(await ledger.PeekAsync([again], options, default)).Blocking?.Id);
        Assert.Equal(first.EntryId, Assert.Single(await ledger.ClaimAsync([again], options, default)).Blocking?.Id);
        if (ledger is not SqlLedger { Location: var place } || !place.Contains("PostgreSQL", StringComparison.Ordinal))
            Assert.True(Assert.Single(await ledger.ClaimAsync([again.Saying(m => m with { ServiceTime = service.AddHours(13) })], options, default)).IsGranted);
    }

    [LedgerFact]
    public async Task A_look_at_a_few_of_a_long_campaign_finds_them()
    {
        await using IMessageLedger ledger = await OpenLedgerAsync();
        IReadOnlyList<ClaimResult> results = await ledger.ClaimAsync(Many(20), new ClaimOptions(), default);
        foreach (ClaimResult result in results) await ledger.SettleAsync(result.EntryId, MessageStatus.Sent);

        IReadOnlyList<ClaimResult> looks = await ledger.PeekAsync([Claim(40, "wave 1"), Claim(7, "wave 1"), Claim(3, "wave 1"), Claim(3, "wave 2")], new ClaimOptions(), default);
        Assert.Equal([true, false, false, true], looks.Select(static look => look.IsGranted));
        Assert.Equal((results[7].EntryId, Person(7), MessageStatus.Sent), (looks[1].Blocking!.Id, looks[1].Blocking!.ParticipantId, looks[1].Blocking!.Status));
    }

    [LedgerFact]
    public async Task A_bulk_call_that_failed_stands_in_nobodys_way_however_often()
    {
        await using IMessageLedger ledger = await OpenLedgerAsync();
        for (int round = 0; round < 3; round++)
        {
            IReadOnlyList<ClaimResult> results = await ledger.ClaimAsync(Many(50), new ClaimOptions(), default);
            Assert.All(results, static result => Assert.True(result.IsGranted));
            await ledger.SettleAsync([.. results.Select(static result => new MessageOutcome(result.EntryId, MessageStatus.Failed, "400", 400, 1))], default);
            Assert.Empty(await ledger.GetCampaignAsync("lab", Study, "wave 1", default));
            Assert.All(await ledger.PeekAsync(Many(50), new ClaimOptions(), default), static result => Assert.True(result.IsGranted));
        }

        IReadOnlyList<ClaimResult> last = await ledger.ClaimAsync(Many(50), new ClaimOptions(), default);
        await ledger.SettleAsync([.. last.Select(static result => new MessageOutcome(result.EntryId, MessageStatus.Sent, "", 204, 1))], default);
        Assert.All(await ledger.ClaimAsync(Many(50), new ClaimOptions(), default), static result => Assert.Equal(MessageStatus.Sent, result.Blocking?.Status));
    }

    [LedgerFact]
    public async Task A_look_at_a_long_list_finds_the_repeats_in_a_short_ledger_and_in_a_long_one()
    {
        await using IMessageLedger ledger = await OpenLedgerAsync();
        var options = new ClaimOptions(RepeatAfter: TimeSpan.FromHours(12));
        MessageClaim[] all = [.. Enumerable.Range(0, 40).Select(static person => Claim(person, ""))];
        IReadOnlyList<ClaimResult> sent = await ledger.ClaimAsync([all[3], all[7], all[7].Saying(static m => m with { BodyHash = TextFingerprint.Hash("another") })], options, default);
        await ledger.SettleAsync([.. sent.Select(static result => new MessageOutcome(result.EntryId, MessageStatus.Sent))], default);
        await LookAsync();

        // Others' entries, of another study, make the ledger longer than the list.
        await ledger.ClaimAsync([.. Enumerable.Range(100, 200).Select(static person => Claim(person, "").Saying(static m => m with { StudyId = "6a00000000000000000000ff" }))], options, default);
        await LookAsync();

        async Task LookAsync()
            => Assert.Equal([3, 7], (await ledger.PeekAsync(all, options, default)).Index().Where(static answer => !answer.Item.IsGranted).Select(static answer => answer.Index));
    }

    [LedgerFact]
    public async Task Queries_filter_by_everything_and_come_newest_first()
    {
        await using IMessageLedger ledger = await OpenLedgerAsync();
        await ledger.ClaimAsync(Many(2_300, "Spring"), new ClaimOptions(), default);
        Time.Advance(TimeSpan.FromHours(1));
        IReadOnlyList<ClaimResult> autumn = await ledger.ClaimAsync([Claim(1, "Autumn"), Claim(2, "Autumn", account: "pilot")], new ClaimOptions(), default);
        await ledger.SettleAsync(autumn[0].EntryId, MessageStatus.Sent);

        List<SentMessage> all = await ledger.ReadAsync();
        Assert.Equal(2_302, all.Count);
        Assert.Equal(all.OrderByDescending(static entry => entry.Id).Select(static entry => entry.Id), all.Select(static entry => entry.Id));
        Assert.Equal(2_300, await ledger.CountAsync(new LedgerQuery { Campaigns = ["SPRING"] }, default));
        Assert.Equal(2, await ledger.CountAsync(new LedgerQuery { Campaigns = ["AUTUMN", "nothing"] }, default));
        Assert.Equal(0, await ledger.CountAsync(new LedgerQuery { Campaigns = ["spr*", "AUTUM?"] }, default));
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
    public async Task Campaigns_that_look_alike_are_found_unless_the_very_one_has_entries()
    {
        await using IMessageLedger ledger = await OpenLedgerAsync();
        foreach (string name in new[] { "Wave\u00A02", "wave  2", "wave 3", "Wave 20" })
            await ledger.SettleAsync((await ledger.ClaimOneAsync(Claim(1, name))).EntryId, MessageStatus.Sent);
        await ledger.SettleAsync((await ledger.ClaimOneAsync(Claim(1, "wave\u200B2"))).EntryId, MessageStatus.Failed);
        await ledger.SettleAsync((await ledger.ClaimOneAsync(Claim(1, "wave\u202F2", account: "other lab"))).EntryId, MessageStatus.Sent);

        Assert.Equal(["Wave\u00A02", "wave  2"], (await ledger.GetLookAlikesAsync(Claim(1).Message.Account, "WAVE 2", default)).Order(StringComparer.OrdinalIgnoreCase).Reverse());
        Assert.Empty(await ledger.GetLookAlikesAsync(Claim(1).Message.Account, "wave\u00A02", default));
        Assert.Empty(await ledger.GetLookAlikesAsync(Claim(1).Message.Account, "wave2", default));
        Assert.Empty(await ledger.GetLookAlikesAsync("third lab", "wave 2", default));
    }

    [LedgerFact]
    public async Task Clearing_deletes_what_was_asked_for_but_nothing_that_a_living_run_holds()
    {
        await using IMessageLedger ledger = await OpenLedgerAsync();
        IReadOnlyList<ClaimResult> results = await ledger.ClaimAsync([Claim(1), Claim(2), Claim(3, "wave 2")], new ClaimOptions(), default);
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
        await using (IMessageLedger ledger = await OpenLedgerAsync())
            open = (await ledger.ClaimOneAsync(Claim(1))).EntryId;

        await using IMessageLedger next = await OpenLedgerAsync();
        StandingEntry blocking = (await next.ClaimOneAsync(Claim(1))).Blocking!;
        Assert.Equal(open, blocking.Id);
        Assert.Equal(MessageStatus.Unknown, blocking.Status);
        Assert.Equal(RunStatements.Orphaned, Assert.Single(await next.ReadAsync()).Reason);
    }

    [LedgerFact]
    public async Task A_cancelled_claim_throws_and_a_closed_ledger_says_so()
    {
        IMessageLedger ledger = await OpenLedgerAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ledger.ClaimAsync([Claim(1)], new ClaimOptions(), new CancellationToken(canceled: true)));
        Assert.Equal(0, await ledger.CountAsync(new LedgerQuery(), default));
        await ledger.DisposeAsync();
        await ledger.DisposeAsync();
        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => ledger.ClaimAsync([Claim(1)], new ClaimOptions(), default));
        Assert.Equal(MessagingErrorReason.LedgerUnavailable, error.Reason);
    }

    [LedgerFact]
    public async Task An_account_is_who_it_is_whatever_it_is_called()
    {
        await using IMessageLedger ledger = await OpenLedgerAsync();
        MessageClaim real = Claim(1).Saying(static m => m with { Identity = "https://api.prolific.com/r1" });
        await ledger.SettleAsync((await ledger.ClaimOneAsync(real)).EntryId, MessageStatus.Sent);

        // Another name, a token given directly: the same account. Another address or researcher under the same name: another one.
        Assert.False((await ledger.ClaimOneAsync(real.Saying(static m => m with { Account = "pilot" }))).IsGranted);
        Assert.False((await ledger.ClaimOneAsync(real.Saying(static m => m with { Account = "Prolific@api.prolific.com", Identity = "HTTPS://api.prolific.com/R1" }))).IsGranted);
        Assert.True((await ledger.ClaimOneAsync(real.Saying(static m => m with { Identity = "http://127.0.0.1:8093/r1" }))).IsGranted);
        Assert.True((await ledger.ClaimOneAsync(real.Saying(static m => m with { Identity = "https://api.prolific.com/r2" }))).IsGranted);
        Assert.Single(await ledger.GetCampaignAsync("https://api.prolific.com/r1", Study, "wave 1", default));
        Assert.Equal(3, await ledger.CountAsync(new LedgerQuery { Accounts = ["LAB"] }, default));
        Assert.Equal(1, await ledger.CountAsync(new LedgerQuery { Identities = ["https://API.prolific.com/r1"] }, default));
    }

    [LedgerFact]
    public async Task Entries_that_have_a_name_only_belong_to_who_it_is_at_the_first_look_up()
    {
        await using IMessageLedger ledger = await OpenLedgerAsync();
        await ledger.SettleAsync((await ledger.ClaimOneAsync(Claim(1))).EntryId, MessageStatus.Sent);
        await ledger.SettleAsync((await ledger.ClaimOneAsync(Claim(2, account: "Prolific@api.prolific.com"))).EntryId, MessageStatus.Sent);
        await ledger.ClaimOneAsync(Claim(3, account: "somebody else"));
        Assert.Null(await ledger.GetIdentityAsync("lab", default));

        string[] names = ["Lab", "Prolific@api.prolific.com"];
        Assert.Equal(2, await ledger.AdoptAccountAsync(names, "https://api.prolific.com/r1", default));
        Assert.Equal("https://api.prolific.com/r1", await ledger.GetIdentityAsync("LAB", default));
        foreach (int person in new[] { 1, 2 })
            Assert.False((await ledger.ClaimOneAsync(Claim(person).Saying(static m => m with { Identity = "https://api.prolific.com/r1" }))).IsGranted);

        // Once: later the name may mean somebody else, whose entries these are not.
        Assert.Equal(0, await ledger.AdoptAccountAsync(names, "https://api.prolific.com/r2", default));
        Assert.True((await ledger.ClaimOneAsync(Claim(1).Saying(static m => m with { Identity = "https://api.prolific.com/r2" }))).IsGranted);
    }

    [LedgerFact]
    public async Task Without_a_campaign_the_same_text_is_held_back_for_a_while()
    {
        await using IMessageLedger ledger = await OpenLedgerAsync();
        var options = new ClaimOptions(RepeatAfter: TimeSpan.FromHours(12));
        MessageClaim claim = Claim(1, "");
        await ledger.SettleAsync((await ledger.ClaimOneAsync(claim, options)).EntryId, MessageStatus.Sent);

        ClaimResult again = await ledger.ClaimOneAsync(claim, options);
        Assert.Equal(MessageStatus.Sent, again.Blocking?.Status);
        Assert.Equal(again.Blocking!.Id, Assert.Single(await ledger.PeekAsync([claim], options, default)).Blocking?.Id);
        Assert.True(Assert.Single(await ledger.PeekAsync([claim], new ClaimOptions(), default)).IsGranted);

        // Bulk and alone; another text, study, account or person is another message.
        IReadOnlyList<ClaimResult> bulk = await ledger.ClaimAsync([claim, Claim(2, "")], options, default);
        Assert.Equal([false, true], bulk.Select(static result => result.IsGranted));
        Assert.True((await ledger.ClaimOneAsync(Claim(1, "", "another text"), options)).IsGranted);
        Assert.True((await ledger.ClaimOneAsync(Claim(1, "", study: "5f0000000000000000000009"), options)).IsGranted);
        Assert.True((await ledger.ClaimOneAsync(Claim(1, "", account: "pilot"), options)).IsGranted);
        Assert.True((await ledger.ClaimOneAsync(claim, options with { Force = true })).IsGranted);
        Assert.True((await ledger.ClaimOneAsync(claim, new ClaimOptions(RepeatAfter: TimeSpan.Zero))).IsGranted);
        Assert.True((await ledger.ClaimOneAsync(Claim(1), options)).IsGranted);

        Time.Advance(TimeSpan.FromHours(13));
        Assert.True((await ledger.ClaimOneAsync(Claim(2, ""), options)).IsGranted);
    }

    [LedgerTheory]
    [InlineData(MessageStatus.Unknown, false)]
    [InlineData(MessageStatus.Queued, false)]
    [InlineData(MessageStatus.Sending, false)]
    [InlineData(MessageStatus.Failed, true)]
    public async Task What_counts_as_a_repeat(string status, bool granted)
    {
        await using IMessageLedger ledger = await OpenLedgerAsync();
        var options = new ClaimOptions(RepeatAfter: TimeSpan.FromHours(12));
        MessageClaim group = Claim(0, "").Saying(static m => m with { Recipients = 30 }) with { ParticipantId = "", GroupId = "6a0000000000000000000001" };
        foreach (MessageClaim? claim in new[] { Claim(1, ""), group })
        {
            ClaimResult first = await ledger.ClaimOneAsync(claim, options);
            if (status != MessageStatus.Sending)
                await ledger.SettleAsync(first.EntryId, status, "because");
            Assert.Equal(granted, Assert.Single(await ledger.PeekAsync([claim], options, default)).IsGranted);
            Assert.Equal(granted, (await ledger.ClaimOneAsync(claim, options)).IsGranted);
            if (status == MessageStatus.Unknown)
                Assert.True((await ledger.ClaimOneAsync(claim, options with { ResendUnknown = true })).IsGranted);
        }
    }

    [LedgerFact]
    public async Task A_trial_is_recorded_and_counts_for_nothing()
    {
        await using IMessageLedger ledger = await OpenLedgerAsync();
        var options = new ClaimOptions(RepeatAfter: TimeSpan.FromHours(12));
        MessageClaim trial = Claim(1).Saying(static m => m with { IsTrial = true }) with { ReplyTo = ["m1"] };
        ClaimResult first = await ledger.ClaimOneAsync(trial, options);
        await ledger.SettleAsync(first.EntryId, MessageStatus.Sent);
        Assert.True((await ledger.ClaimOneAsync(trial, options)).IsGranted);
        Assert.True((await ledger.ClaimOneAsync(Claim(1, ""), options)).IsGranted);
        Assert.True((await ledger.ClaimOneAsync(Claim(1), options)).IsGranted);
        Assert.True((await ledger.ClaimOneAsync(Claim(1, "") with { ReplyTo = ["m1"] }, options)).IsGranted);
        Assert.True((await ledger.ReadAsync(new LedgerQuery { Ids = [first.EntryId] }))[0].IsTrial);
        Assert.Equal(1, Assert.Single(await ledger.GetCampaignsAsync(new LedgerQuery(), default)).People);
    }

    [LedgerFact]
    public async Task A_received_message_is_answered_once_whatever_the_text()
    {
        await using IMessageLedger ledger = await OpenLedgerAsync();
        var options = new ClaimOptions(RepeatAfter: TimeSpan.FromHours(12));
        MessageClaim answer = Claim(1, "", "Thanks!").Saying(static m => m with { ConversationId = "c1" }) with { ReplyTo = ["6B01", "6b02"] };
        ClaimResult first = await ledger.ClaimOneAsync(answer, options);
        Assert.True(first.IsGranted);
        await ledger.SettleAsync(first.EntryId, MessageStatus.Sent);
        Assert.Equal(["6b01", "6b02"], (await ledger.ReadAsync())[0].ReplyTo.Select(static id => id.ToLowerInvariant()));
        Assert.Equal("c1", (await ledger.ReadAsync())[0].ConversationId);

        foreach (MessageClaim? one in new[] { answer, answer.Saying(static m => m with { BodyHash = "other" }) with { ReplyTo = ["6b02"] } })
        {
            Assert.Equal(first.EntryId, (await ledger.ClaimOneAsync(one, options)).Blocking?.Id);
            Assert.Equal(first.EntryId, Assert.Single(await ledger.PeekAsync([one], options, default)).Blocking?.Id);
        }

        // A third message of hers: the same text to the same person is no repeat, because it answers something else.
        MessageClaim next = answer with { ReplyTo = ["6b02", "6b03"] };
        ClaimResult peek = Assert.Single(await ledger.PeekAsync([next], options, default));
        Assert.True(peek.IsGranted);
        Assert.Equal("6b02", Assert.Single(peek.Answered).Key);
        ClaimResult second = await ledger.ClaimOneAsync(next, options);
        Assert.True(second.IsGranted);
        Assert.Equal("6b02", Assert.Single(second.Answered).Key);
        Assert.Equal("6b03", Assert.Single((await ledger.ReadAsync(new LedgerQuery { Ids = [second.EntryId] }))[0].ReplyTo));

        IReadOnlyDictionary<string, SentMessage> answers = await ledger.GetAnswersAsync(null, ["6b01", "6B03", "6b99"], default);
        Assert.Equal(["6B03", "6b01"], answers.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(second.EntryId, answers["6b03"].Id);
        Assert.Empty(await ledger.GetAnswersAsync("another", ["6b01"], default));

        // Answers are not looked at when a text is repeated.
        Assert.True((await ledger.ClaimOneAsync(Claim(1, "", "Thanks!"), options)).IsGranted);
    }

    [LedgerTheory]
    [InlineData("failed")]
    [InlineData("released")]
    [InlineData("forced, failed")]
    public async Task What_was_not_answered_after_all_is_open_again(string ending)
    {
        await using IMessageLedger ledger = await OpenLedgerAsync();
        MessageClaim answer = Claim(1, "") with { ReplyTo = ["m1"] };
        ClaimResult first = await ledger.ClaimOneAsync(answer);
        if (ending == "released")
            await ledger.ReleaseAsync([first.EntryId], default);
        else if (ending == "failed")
            await ledger.SettleAsync(first.EntryId, MessageStatus.Failed, "400");
        else
        {
            await ledger.SettleAsync(first.EntryId, MessageStatus.Sent);
            ClaimResult second = await ledger.ClaimOneAsync(answer, new ClaimOptions(Force: true));
            Assert.Equal(second.EntryId, (await ledger.ClaimOneAsync(answer)).Blocking?.Id);
            await ledger.SettleAsync(second.EntryId, MessageStatus.Failed, "400");
            Assert.Equal(first.EntryId, (await ledger.ClaimOneAsync(answer)).Blocking?.Id);
            return;
        }

        Assert.Empty(await ledger.GetAnswersAsync(null, ["m1"], default));
        Assert.True((await ledger.ClaimOneAsync(answer)).IsGranted);
    }

    [LedgerFact]
    public async Task Who_is_blocked_gets_nothing()
    {
        await using IMessageLedger ledger = await OpenLedgerAsync();
        Assert.Equal(2, await ledger.BlockAsync([Block(1, "Prolific", "withdrawn"), Block(2, "")], default));
        Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1, await ledger.BlockAsync([Block(1, "PROLIFIC", "asked again"), Block(3, "OpenHumans")], default));

        var options = new ClaimOptions(ResendUnknown: true, Force: true);
        IReadOnlyList<ClaimResult> results = await ledger.ClaimAsync([Claim(1), Claim(2), Claim(3), Claim(4)], options, default);
        Assert.Equal([false, false, true, true], results.Select(static result => result.IsGranted));
        Assert.Equal("asked again", results[0].BlockedPerson?.Reason);
        Assert.Equal([false, false, true], (await ledger.PeekAsync([Claim(1, ""), Claim(2, ""), Claim(3, "")], options, default)).Select(static result => result.IsGranted));
        Assert.False((await ledger.ClaimOneAsync(Claim(1, "") with { ReplyTo = ["m1"] }, options)).IsGranted);
        Assert.False((await ledger.ClaimOneAsync(Claim(2).Saying(static m => m with { IsTrial = true }), options)).IsGranted);

        Assert.Equal(3, (await ledger.GetBlockedAsync(null, null, default)).Count);
        BlockedParticipant block = Assert.Single(await ledger.GetBlockedAsync([Person(1).ToUpperInvariant(), Person(9)], "prolific", default));
        Assert.Equal(Time.GetUtcNow() - TimeSpan.FromHours(1), block.BlockedAt);
        Assert.Empty(await ledger.GetBlockedAsync([Person(1)], "OpenHumans", default));

        await ledger.ClearAsync(new LedgerQuery { ParticipantIds = [Person(1)] }, default);
        Assert.Equal(Person(1), Assert.Single(await ledger.UnblockAsync([Person(1), Person(4)], null, default)).ParticipantId);
        Assert.True((await ledger.ClaimOneAsync(Claim(1))).IsGranted);
    }

    [LedgerFact]
    public async Task Campaigns_are_summed_up()
    {
        await using IMessageLedger ledger = await OpenLedgerAsync();
        var claims = Many(5, "Wave 1").Select(static claim => claim.Saying(static m => m with { Identity = "https://x/r1" })).ToList();
        claims[4] = claims[4].Saying(static m => m with { BodyHash = "another" });
        IReadOnlyList<ClaimResult> results = await ledger.ClaimAsync(claims, new ClaimOptions(), default);
        DateTimeOffset begin = Time.GetUtcNow();
        for (int index = 0; index < 5; index++)
        {
            Time.Advance(TimeSpan.FromMinutes(1));
            await ledger.SettleAsync(results[index].EntryId, index switch { 0 or 1 => MessageStatus.Sent, 2 => MessageStatus.Failed, 3 => MessageStatus.Unknown, _ => MessageStatus.Queued }, "because");
        }

        // She who failed is sent again, he who has it gets it by force: each is one person.
        foreach (int index in new[] { 2, 0 })
        {
            Time.Advance(TimeSpan.FromMinutes(1));
            await ledger.SettleAsync((await ledger.ClaimOneAsync(claims[index].Saying(static m => m with { Campaign = "wave 1", Account = "new name" }), new ClaimOptions(Force: true))).EntryId, MessageStatus.Sent);
        }

        await ledger.ClaimAsync([claims[0].Saying(static m => m with { Identity = "https://x/r2" }), Claim(1, ""), claims[0].Saying(static m => m with { StudyId = "s2", Campaign = "Wave 2" })], new ClaimOptions(), default);
        IReadOnlyList<MessageCampaign> all = await ledger.GetCampaignsAsync(new LedgerQuery(), default);
        Assert.Equal(3, all.Count);
        MessageCampaign one = Assert.Single(all, static campaign => campaign.People == 5);
        Assert.Equal(("wave 1", "new name", "https://x/r1", "Prolific", Study), (one.Campaign, one.Account, one.Identity, one.Provider, one.StudyId));
        Assert.Equal((3, 1, 0, 1, 2), (one.Sent, one.Queued, one.Failed, one.Unknown, one.Texts));
        Assert.Equal(begin + TimeSpan.FromMinutes(2), one.First);
        Assert.Equal(begin + TimeSpan.FromMinutes(7), one.Last);
        Assert.Equal("Wave 2", Assert.Single(await ledger.GetCampaignsAsync(new LedgerQuery { Campaigns = ["wave 2"] }, default)).Campaign);
    }

    [LedgerFact]
    public async Task The_services_time_is_kept_beside_ours()
    {
        await using IMessageLedger ledger = await OpenLedgerAsync();
        DateTimeOffset theirs = Time.GetUtcNow() - TimeSpan.FromSeconds(20);
        ClaimResult claim = await ledger.ClaimOneAsync(Claim(1).Saying(m => m with { ServiceTime = theirs }));
        Assert.Equal(theirs, Assert.Single(await ledger.ReadAsync()).ClaimedServiceTime);
        await ledger.SettleAsync([new MessageOutcome(claim.EntryId, MessageStatus.Unknown, "502", 502, 1) { ServiceTime = theirs.AddSeconds(1) }], default);
        SentMessage entry = Assert.Single(await ledger.ReadAsync());
        Assert.Equal(theirs, entry.ClaimedServiceTime);
        Assert.Equal(theirs.AddSeconds(1), entry.SettledServiceTime);
        Assert.Equal(Time.GetUtcNow(), entry.ClaimedAt);
    }

    [LedgerFact]
    public async Task An_outcome_whose_entry_is_gone_is_an_error()
    {
        await using IMessageLedger ledger = await OpenLedgerAsync();
        ClaimResult claim = await ledger.ClaimOneAsync(Claim(1));
        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => ledger.SettleAsync(
            [new MessageOutcome(claim.EntryId, MessageStatus.Sent), new MessageOutcome(claim.EntryId + 1_000, MessageStatus.Sent)], default));
        Assert.Equal(MessagingErrorReason.LedgerUnavailable, error.Reason);
    }

    [LedgerFact]
    public async Task Another_ledgers_entries_are_taken_along_once()
    {
        await using var source = new ParticipantMessaging.Core.Tests.Sending.FakeLedger(Time);
        IReadOnlyList<ClaimResult> old = await source.ClaimAsync([.. Many(4), Claim(7, "").Saying(static m => m with { Identity = "https://x/r1" }) with { ReplyTo = ["m1"] }], new ClaimOptions(), default);
        await source.SettleAsync([new MessageOutcome(old[0].EntryId, MessageStatus.Sent, "", 204, 1), new MessageOutcome(old[1].EntryId, MessageStatus.Failed, "400", 400, 1)], default);
        await source.SettleAsync([new MessageOutcome(old[4].EntryId, MessageStatus.Sent)], default);
        Time.Advance(TimeSpan.FromMinutes(1));
        ClaimResult again = await source.ClaimOneAsync(Claim(0), new ClaimOptions(Force: true));
        await source.SettleAsync(again.EntryId, MessageStatus.Sent);
        await source.BlockAsync([Block(9, "Prolific", "withdrawn")], default);

        await using IMessageLedger ledger = await OpenLedgerAsync();
        Time.Advance(TimeSpan.FromMinutes(1));
        await ledger.SettleAsync((await ledger.ClaimOneAsync(Claim(2))).EntryId, MessageStatus.Sent);
        Assert.Equal(6, await ledger.CopyFromAsync(source, default));
        Assert.Equal(0, await ledger.CopyFromAsync(source, default));

        // Who has it there has it here; what was open there may have been sent; what stands here goes on standing.
        IReadOnlyList<ClaimResult> results = await ledger.ClaimAsync(Many(4), new ClaimOptions(), default);
        Assert.Equal([false, true, false, false], results.Select(static result => result.IsGranted));
        Assert.Equal([MessageStatus.Sent, null, MessageStatus.Sent, MessageStatus.Unknown], results.Select(static result => result.Blocking?.Status));
        Assert.False((await ledger.ClaimOneAsync(Claim(7, "").Saying(static m => m with { Identity = "https://x/r1" }) with { ReplyTo = ["m1"] })).IsGranted);
        Assert.False((await ledger.ClaimOneAsync(Claim(9))).IsGranted);
        Assert.Equal(1, await ledger.AdoptAccountAsync(["lab"], "https://x/r9", default) > 0 ? 1 : 0);
        Assert.False((await ledger.ClaimOneAsync(Claim(0).Saying(static m => m with { Identity = "https://x/r9" }))).IsGranted);
    }

    private static BlockedParticipant Block(int person, string provider, string reason = "") => new() { ParticipantId = Person(person), Provider = provider, Reason = reason };
}
