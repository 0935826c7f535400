using ParticipantMessaging.Ledger;
using static ParticipantMessaging.Tests.Ledger.Claims;

namespace ParticipantMessaging.Tests.Ledger;

/// <summary>What every ledger in a database does besides: runs, their hosts, their leases, several at once.</summary>
public abstract class SqlLedgerContract : LedgerContract
{
    private protected abstract SqlDialect Dialect();

    private protected sealed override async Task<IMessageLedger> OpenLedgerAsync() => await OpenAsync();

    private protected async Task<SqlLedger> OpenAsync(RunIdentity? identity = null)
    {
        var ledger = new SqlLedger(Dialect(), Time, identity);
        await ledger.OpenAsync(default);
        return ledger;
    }

    [LedgerFact]
    public async Task Claims_of_another_host_live_as_long_as_their_lease_and_renew_it()
    {
        var elsewhere = new RunIdentity("another host", "other", 1, 1);
        SqlLedger other = await OpenAsync(elsewhere);
        await other.ClaimOneAsync(Claim(1));

        // The run is alive: it renews its lease every two minutes.
        for (int minute = 0; minute < 30; minute++)
        {
            Time.Advance(TimeSpan.FromMinutes(1));

            // A write waits for the renewal before it.
            await other.ReleaseAsync([long.MaxValue], default);
        }

        await using SqlLedger ledger = await OpenAsync();
        Assert.Equal(MessageStatus.Sending, (await ledger.ClaimOneAsync(Claim(1))).Blocking!.Status);

        await other.DropAsync();
        Time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(MessageStatus.Sending, (await ledger.ClaimOneAsync(Claim(1))).Blocking!.Status);
        Time.Advance(TimeSpan.FromMinutes(4));
        StandingEntry blocking = (await ledger.ClaimOneAsync(Claim(1))).Blocking!;
        Assert.Equal(MessageStatus.Unknown, blocking.Status);
        Assert.Equal("other", blocking.HostName);
    }

    [LedgerFact]
    public async Task A_run_that_slept_over_its_lease_learns_that_its_claims_are_gone()
    {
        var clock = new SleepyClock(Time.GetUtcNow());
        await using var sleeper = new SqlLedger(Dialect(), clock, new RunIdentity("another host", "other", 1, 1));
        await sleeper.OpenAsync(default);
        long taken = (await sleeper.ClaimOneAsync(Claim(1))).EntryId;
        Assert.True(await sleeper.HoldsAsync([taken], default));

        // Nobody looked: what is still its own it may send, under a new lease.
        clock.Sleep(TimeSpan.FromHours(1));
        Assert.True(await sleeper.HoldsAsync([taken], default));

        clock.Sleep(TimeSpan.FromHours(1));
        Time.Advance(TimeSpan.FromHours(2));
        await using SqlLedger ledger = await OpenAsync();
        Assert.True((await ledger.ClaimOneAsync(Claim(1), new ClaimOptions(ResendUnknown: true, Force: false))).IsGranted);
        Assert.False(await sleeper.HoldsAsync([taken], default));

        // What it claims after a sleep is its own again, without waiting for the next renewal.
        clock.Sleep(TimeSpan.FromHours(1));
        Time.Advance(TimeSpan.FromHours(1));
        await sleeper.ClaimOneAsync(Claim(2));
        Assert.Equal(MessageStatus.Sending, (await ledger.ClaimOneAsync(Claim(2))).Blocking!.Status);
    }

    [LedgerFact]
    public async Task What_another_has_settled_is_no_longer_held_under_a_good_lease_either()
    {
        await using SqlLedger ledger = await OpenAsync(new RunIdentity("another host", "other", 1, 1));
        long taken = (await ledger.ClaimOneAsync(Claim(1))).EntryId;
        Assert.True(await ledger.HoldsAsync([taken], default));

        // Taken for gone (the clock of the other jumped, or it takes itself for the same computer), looked up, and not there.
        await using SqlLedger other = await OpenAsync();
        await other.SettleAsync(taken, MessageStatus.Failed);
        Assert.False(await ledger.HoldsAsync([taken], default));
    }

    [LedgerFact]
    public async Task Claims_of_this_host_end_with_their_process_and_not_with_their_lease()
    {
        RunIdentity self = RunIdentity.Current;
        SqlLedger living = await OpenAsync();
        await living.ClaimOneAsync(Claim(1));
        await living.DropAsync();

        // Another start time: the number was given to another process since. The run after it notices.
        SqlLedger reused = await OpenAsync(self with { ProcessStart = self.ProcessStart + 1 });
        await reused.ClaimOneAsync(Claim(2));
        await reused.DropAsync();
        SqlLedger gone = await OpenAsync(self with { ProcessId = int.MaxValue });
        await gone.ClaimOneAsync(Claim(3));
        await gone.DropAsync();
        Time.Advance(TimeSpan.FromHours(1));

        await using var ledger = new SqlLedger(Dialect(), Time);
        Assert.Equal(1, await ledger.OpenAsync(default));
        IReadOnlyDictionary<string, StandingEntry> standing = await ledger.GetCampaignAsync("lab", Study, "wave 1", default);
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
        await using SqlLedger ledger = await OpenAsync();
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
        await using SqlLedger one = await OpenAsync();
        await using SqlLedger two = await OpenAsync();
        var tasks = new List<Task<IReadOnlyList<ClaimResult>>>();
        for (int first = 0; first < 400; first += 20)
        {
            // The second goes the other way round.
            int start = first;
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
    public async Task A_run_stays_known_for_what_it_wrote_and_leaves_no_trace_otherwise()
    {
        // Looked at only; claimed and taken back; in the way of one another; sent.
        await (await OpenAsync()).DisposeAsync();
        Assert.Equal(0, await CountRunsAsync());
        SqlLedger ledger = await OpenAsync();
        await ledger.ReleaseAsync([(await ledger.ClaimOneAsync(Claim(1))).EntryId], default);
        await ledger.DisposeAsync();
        Assert.Equal(0, await CountRunsAsync());
        ledger = await OpenAsync();
        await ledger.SettleAsync((await ledger.ClaimOneAsync(Claim(1))).EntryId, MessageStatus.Sent);
        await ledger.DisposeAsync();
        ledger = await OpenAsync();
        Assert.False((await ledger.ClaimOneAsync(Claim(1))).IsGranted);
        await ledger.DisposeAsync();
        Assert.Equal(1, await CountRunsAsync());

        // Whoever is stopped in between is known for the claim, and its entry says who made it.
        ledger = await OpenAsync();
        await ledger.ClaimOneAsync(Claim(2));
        await ledger.DisposeAsync();
        Assert.Equal(2, await CountRunsAsync());
        await using SqlLedger last = await OpenAsync();
        Assert.All(await last.ReadAsync(), static entry => Assert.Equal(Environment.ProcessId, entry.ProcessId));
        Assert.Equal(2, (await last.ReadAsync()).Count);
    }

    private async Task<long> CountRunsAsync()
    {
        SqlDialect dialect = Dialect();
        await dialect.PrepareAsync(LedgerSchema.Steps, default);
        long runs;
        await using (LedgerSession session = await LedgerSession.OpenAsync(dialect, default))
            runs = await session.ScalarAsync("SELECT count(*) FROM ledger_run", default);
        await dialect.CloseAsync();
        return runs;
    }

    [LedgerFact]
    public async Task A_ledger_of_0_1_0_is_taken_over_and_nobody_in_it_is_messaged_again()
    {
        SqlDialect dialect = Dialect();
        IReadOnlyList<IReadOnlyList<string>> first = [LedgerSchema.Steps[0]];
        await dialect.PrepareAsync(first, default);
        await using (LedgerSession session = await LedgerSession.OpenAsync(dialect, default))
        {
            await session.BeginAsync(default);
            await LedgerSchema.MigrateAsync(session, dialect, first, default);
            await session.ExecuteAsync(
                """
                INSERT INTO ledger_run (host_id, host_name, process_id, process_start, started_at, lease_until, ended_at)
                VALUES ('linux|m|b|p', 'pc', 7, 8, 9, 10, 11)
                """, default);

            // A run of 0.1.0 that is still at work.
            await session.ExecuteAsync(
                """
                INSERT INTO ledger_run (host_id, host_name, process_id, process_start, started_at, lease_until)
                VALUES (@host, 'here', @process, @start, 9, 10)
                """, default,
                ("@host", RunIdentity.Current.HostId), ("@process", RunIdentity.Current.ProcessId), ("@start", RunIdentity.Current.ProcessStart));
            foreach ((int person, string? name, string? campaign, string? status) in new[]
            {
                (1, "Lab", "Wave 1", "Sent"), (2, "Lab", "Wave 1", "Unknown"), (3, "Prolific@api.prolific.com", "Wave 1", "Sent"), (4, "Lab", "", "Sent"), (5, "Lab", "Wave 1", "Failed"),
                (6, "Lab", "Wave 1", "Unknown"), (6, "Prolific@api.prolific.com", "Wave 1", "Sent"), (8, "pilot", "Wave 1", "Sent"),
            })
            {
                await session.ExecuteAsync(
                    """
                    INSERT INTO ledger_entry (run_id, batch, account, account_key, provider, study_id, recipient, campaign, campaign_key, status, reason,
                        recipients, attempts, body_hash, normalized_hash, body_length, claimed_at, settled_at)
                    VALUES (1, 1, @name, @nameKey, 'Prolific', @study, @person, @campaign, @campaignKey, @status, '', 1, 1, @hash, 'n', 5, @now, @now)
                    """,
                    default,
                    ("@name", name), ("@nameKey", name.ToLowerInvariant()), ("@study", Study), ("@person", Person(person)), ("@campaign", campaign),
                    ("@campaignKey", campaign.ToLowerInvariant()), ("@status", status), ("@hash", TextFingerprint.Hash("hello")),
                    ("@now", Time.GetUtcNow().ToUnixTimeMilliseconds()));
            }

            await session.CommitAsync();
        }

        // What it goes on writing, nobody would look for.
        MessagingException busy = await Assert.ThrowsAsync<MessagingException>(() => OpenAsync());
        Assert.Equal(MessagingErrorReason.LedgerUnavailable, busy.Reason);
        Assert.Contains("earlier version", busy.Message);
        await using (LedgerSession session = await LedgerSession.OpenAsync(dialect, default))
        {
            await session.BeginAsync(default);
            Assert.Equal(1, await LedgerSchema.ReadVersionAsync(session, dialect, default));
            await session.ExecuteAsync("UPDATE ledger_run SET ended_at = 12 WHERE ended_at IS NULL", default);
            await session.CommitAsync();
        }

        await dialect.CloseAsync();
        await using SqlLedger ledger = await OpenAsync();
        Assert.Equal(8, await ledger.CountAsync(new LedgerQuery(), default));
        Assert.Equal(7, await ledger.AdoptAccountAsync(["lab", "Prolific@api.prolific.com"], "https://api.prolific.com/r1", default));

        static MessageClaim Now(int person, string campaign = "wave 1") => Claim(person, campaign).Saying(static m => m with { Account = "new name", Identity = "https://api.prolific.com/r1" });
        IReadOnlyList<ClaimResult> results = await ledger.ClaimAsync([Now(1), Now(2), Now(3), Now(5), Now(6), Now(8)], new ClaimOptions(ResendUnknown: false), default);
        Assert.Equal(["Sent", "Unknown", "Sent", null, "Sent", null], results.Select(static result => result.Blocking?.Status));
        Assert.Equal("Sent", (await ledger.ClaimOneAsync(Now(4, ""), new ClaimOptions(RepeatAfter: TimeSpan.FromHours(12)))).Blocking?.Status);
        Assert.Equal(8, await ledger.CountAsync(new LedgerQuery { Identities = ["https://api.prolific.com/r1"] }, default) - 1);
    }
}
