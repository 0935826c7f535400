using System.Globalization;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Core.Tests.Http;
using ParticipantMessaging.Sending;
using ParticipantMessaging.Simulator;

namespace ParticipantMessaging.Core.Tests.Sending;

/// <summary>Whom a send reaches at the services, through their gateways and to what the simulator received.</summary>
public sealed class AudienceSimulatorTests
{
    private readonly FakeConsole _console = new();
    private readonly FakeLedger _ledger = new();

    [Fact]
    public async Task With_a_members_own_token_nothing_leaves()
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Members = 3 });
        SendRow[] rows = [.. sim.State.Members.Select((m, i) => Make.Row(i + 2, m.Id, $"Dear {m.Id}", study: null)), AllMembers(5)];
        await SendAsync(sim, rows, SimulatorOptions.DefaultOpenHumansUserToken);
        Assert.Equal(4, _console.Receipts.Count(r => r.Status == MessageStatus.Failed));
        Assert.Equal(MessagingErrorReason.AuthenticationFailed, Assert.Single(_console.Results, r => r.Error is not null).Error!.Reason);
        Assert.Empty(sim.State.Requests.Where("POST", "*"));
        Assert.Equal(0, sim.State.SentCount);
    }

    [Fact]
    public async Task To_all_members_of_an_empty_project_nothing_leaves()
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Members = 0 });
        await SendAsync(sim, [AllMembers(2)]);
        Assert.Equal(MessageStatus.Failed, Assert.Single(_console.Receipts).Status);
        Assert.StartsWith("Nobody is there", _console.Receipts.Single().Reason, StringComparison.Ordinal);
        Assert.Empty(sim.State.Requests.Where("POST", "*"));
    }

    [Theory]
    [InlineData(null, 3, 2)]
    [InlineData(500, 1, 0)]
    public async Task Over_Open_Humans_one_whom_it_cannot_mail_costs_the_others_nothing_unless_lists_are_asked_for(int? batch, int calls, int mailed)
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Members = 3 });
        string[] ids = [.. sim.State.Members.Select(m => m.Id)];
        sim.State.SetMail(ids[0], hasEmail: false);
        // A row that is written anew moves behind the others.
        sim.State.Rewrite(ids[1]);
        sim.State.Rewrite(ids[2]);
        await SendAsync(sim, [.. sim.State.Members.Select((m, i) => Make.Row(i + 2, m.Id, study: null))], options: new SendOptions { BatchSize = batch });
        Assert.Equal(3, _console.Receipts.Count(r => r.Status == MessageStatus.Queued));
        Assert.Equal(calls, sim.State.Requests.Where("POST", "*").Count);
        Assert.Equal(mailed, sim.State.SentCount);
    }

    [Fact]
    public async Task To_a_deleted_group_nothing_leaves()
    {
        await using SimService sim = await SimService.StartAsync();
        sim.State.SetDeleted(sim.State.Groups[0].Id, true);
        await SendAsync(sim, [Group(2, sim.State.Groups[0].Id)]);
        Assert.Contains("has been deleted", Assert.Single(_console.Receipts).Reason, StringComparison.Ordinal);
        Assert.Empty(sim.State.Requests.Where("POST", "*"));
    }

    [Fact]
    public async Task To_an_empty_group_nothing_leaves()
    {
        await using SimService sim = await SimService.StartAsync();
        SimGroup empty = sim.State.AddGroup("Nobody yet", []);
        await SendAsync(sim, [Group(2, empty.Id)]);
        Assert.StartsWith("Nobody is there: the participant group 'Nobody yet'", Assert.Single(_console.Receipts).Reason, StringComparison.Ordinal);
        Assert.Empty(sim.State.Requests.Where("POST", "*"));
    }

    [Fact]
    public async Task A_group_that_does_not_say_how_many_it_has_is_counted()
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { NoParticipantCount = true });
        SimGroup group = sim.State.Groups[0];
        int members = group.ParticipantIds.Count;
        await SendAsync(sim, [Group(2, group.Id)]);
        Assert.StartsWith(string.Create(CultureInfo.InvariantCulture, $"Send one text to the {members} people of group {group.Id}, account"), Assert.Single(_console.Questions).Headline, StringComparison.Ordinal);
        MessageReceipt receipt = Assert.Single(_console.Receipts);
        Assert.Equal((MessageStatus.Sent, members), (receipt.Status, receipt.Recipients));
        Assert.Equal(members, Assert.Single(_ledger.Entries).Recipients);

        await SendAsync(sim, [Group(3, sim.State.AddGroup("Nobody yet", []).Id)]);
        Assert.StartsWith("Nobody is there", _console.Receipts.Last().Reason, StringComparison.Ordinal);
        Assert.Single(sim.State.Requests.Where("POST", "*"));
    }

    [Fact]
    public async Task A_group_whose_members_cannot_be_counted_either_is_asked_about_as_such()
    {
        await using SimService sim = await SimService.StartAsync(
            new SimulatorOptions { NoParticipantCount = true, Participants = 250, Groups = 1, PageSize = 100, ListCounts = SimListCounts.Never, IgnoreOffset = true });
        var asked = new List<long?>();
        _console.AnswerAudience = audience =>
        {
            asked.Add(audience.People);
            return true;
        };
        string group = sim.State.Groups[0].Id;
        await SendAsync(sim, [Group(2, group)]);
        Assert.Equal([null], asked);
        SendSummary question = Assert.Single(_console.Questions);
        Assert.StartsWith($"Send one text to all people of group {group}, account", question.Headline, StringComparison.Ordinal);
        Assert.DoesNotContain("0 people", question.Describe(), StringComparison.Ordinal);
        MessageReceipt receipt = Assert.Single(_console.Receipts);
        Assert.Equal((MessageStatus.Sent, null), (receipt.Status, receipt.Recipients));
        Assert.Null(Assert.Single(_ledger.Entries).Recipients);
        Assert.Equal(sim.State.Groups[0].ParticipantIds.Order(), sim.State.SentMessages.Select(m => m.ParticipantId).Order());
    }

    [Theory]
    [InlineData("7")]
    [InlineData("{\"participant_id\":\"\"}")]
    [InlineData("{\"participant_id\":[]}")]
    public async Task While_anybody_is_blocked_a_group_with_a_member_who_cannot_be_read_gets_nothing(string odd)
    {
        // It may be the one who is blocked.
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Participants = 3 });
        string group = sim.State.Groups[0].Id;
        sim.Host.Faults.Add(new FaultRule
        {
            PathPrefix = $"/api/v1/participant-groups/{group}/participants/",
            Kind = FaultKind.JsonError,
            Body = $"{{\"results\":[{{\"participant_id\":\"{sim.State.Participants[0].Id}\"}},{odd}],\"meta\":{{\"count\":2}}}}",
        });
        await _ledger.BlockAsync([new BlockedParticipant { ParticipantId = sim.State.Participants[2].Id }], CancellationToken.None);
        await SendAsync(sim, [Group(2, group)], options: new SendOptions { Force = true });
        Assert.Equal(MessageStatus.Failed, Assert.Single(_console.Receipts).Status);
        Assert.Contains("did not list all members", Assert.Single(_console.Results).Error!.Message, StringComparison.Ordinal);
        Assert.Empty(sim.State.Requests.Where("POST", "*"));
    }

    [Theory]
    [InlineData(MessagingProvider.Prolific, 503, MessagingErrorReason.ServiceUnavailable, "the participant group")]
    [InlineData(MessagingProvider.Prolific, 404, MessagingErrorReason.NotFound, "the participant group")]
    [InlineData(MessagingProvider.OpenHumans, 503, MessagingErrorReason.ServiceUnavailable, "the project")]
    public async Task A_look_up_that_fails_before_a_group_send_is_told_as_the_look_ups(MessagingProvider provider, int status, MessagingErrorReason reason, string whom)
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Members = 3 });
        string path = provider == MessagingProvider.Prolific ? "/api/v1/participant-groups/" : "/api/direct-sharing/project/";
        // Who the account is was known before.
        sim.Host.Faults.Add(new FaultRule { Method = "GET", PathPrefix = path, Status = status, Skip = provider == MessagingProvider.OpenHumans ? 1 : 0 });
        await SendAsync(sim, [provider == MessagingProvider.Prolific ? Group(2, sim.State.Groups[0].Id) : AllMembers(2)]);

        SendResult result = Assert.Single(_console.Results);
        Assert.Equal((MessageStatus.Failed, null, null), (result.Receipt.Status, result.Receipt.HttpStatus, result.Receipt.Recipients));
        Assert.StartsWith($"Not sent: before it, {whom}", result.Receipt.Reason, StringComparison.Ordinal);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"could not be looked up. {(provider == MessagingProvider.Prolific ? "Prolific" : "Open Humans")}"), result.Receipt.Reason, StringComparison.Ordinal);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"HTTP {status}"), result.Receipt.Reason, StringComparison.Ordinal);
        Assert.Equal((reason, CallEffect.None), (result.Error!.Reason, result.Error.Effect));
        Assert.StartsWith("GET " + path, result.Error.Request, StringComparison.Ordinal);
        Assert.Empty(_ledger.Entries);
        Assert.Empty(sim.State.Requests.Where("POST", "*"));
    }

    [Fact]
    public async Task Head_counts_beyond_two_thousand_million_are_kept()
    {
        await using SimService sim = await SimService.StartAsync();
        foreach (string id in sim.State.Groups.Select(g => g.Id))
        {
            sim.Host.Faults.Add(new FaultRule
            {
                PathPrefix = $"/api/v1/participant-groups/{id}/",
                Status = 200,
                ContentType = "application/json",
                Body = $"{{\"id\":\"{id}\",\"name\":\"Everybody\",\"participant_count\":3000000000}}",
            });
        }

        await SendAsync(sim, [.. sim.State.Groups.Take(2).Select((g, i) => Group(i + 2, g.Id))]);
        Assert.All(_console.Questions, q => Assert.Equal((3_000_000_000, true), (q.People, q.Headline.Contains("3,000,000,000 people", StringComparison.Ordinal))));
        Assert.All(_console.Receipts, r => Assert.Equal((MessageStatus.Sent, 3_000_000_000), (r.Status, r.Recipients)));
    }

    private static SendRow AllMembers(int row) => new() { Row = row, Recipient = RowRecipient.AllMembers, Content = new RowContent { Body = "Hello" } };

    private static SendRow Group(int row, string id) => new() { Row = row, Recipient = RowRecipient.Group(id), Content = new RowContent { Body = "Hello" } };

    private async Task SendAsync(SimService sim, SendRow[] rows, string? token = null, SendOptions? options = null)
    {
        bool isGroup = rows[0].Recipient.Kind == RecipientKind.Group;
        ServiceConnection account = isGroup ? sim.ProlificConnection : sim.Connection(MessagingProvider.OpenHumans, token ?? SimulatorOptions.DefaultOpenHumansToken);
        await using var session = new SendSession(
            options ?? new SendOptions(),
            _console,
            _ => new AccountLookup(account, null),
            async ct =>
            {
                await _ledger.OpenAsync(ct);
                return _ledger;
            },
            c => c.Provider == MessagingProvider.Prolific ? new ProlificGateway(c, sim.Http) : new OpenHumansGateway(c, sim.Http));
        await session.SendListAsync(rows, CancellationToken.None);
    }
}
