using ParticipantMessaging.Core.Tests.Http;
using ParticipantMessaging.Http;
using ParticipantMessaging.Ledger;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Sending;
using ParticipantMessaging.Simulator;
using ParticipantMessaging.Tests.Ledger;

namespace ParticipantMessaging.Core.Tests.Sending;

public sealed class ConversationStarterTests
{
    [Fact]
    public async Task A_first_message_is_in_the_ledger_before_it_leaves()
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Participants = 2 });
        await using var ledger = new FakeLedger();
        string person = sim.State.Participants[0].Id;
        ledger.BeforeSettle = () => Assert.Equal(MessageStatus.Sending, Assert.Single(ledger.Entries).Status);

        MessageConversation started = await new ConversationStarter(sim.Prolific, ledger).StartAsync(person, "Your question", "feedback", sim.State.StudyId, "Hello", null, CancellationToken.None);

        Assert.Equal(person, started.ParticipantId);
        Assert.Equal("Hello", Assert.Single(sim.State.Participants[0].Mailbox).Body);
        SentMessage entry = Assert.Single(ledger.Entries);
        Assert.Equal((MessageStatus.Sent, person, sim.State.StudyId), (entry.Status, entry.ParticipantId, entry.StudyId));
        Assert.EndsWith("/" + sim.State.ResearcherId, entry.Identity, StringComparison.Ordinal);
        Assert.Equal(64, entry.NormalizedHash.Length);
    }

    [Theory]
    [InlineData("Hello")]
    [InlineData(null)]
    public async Task Who_is_blocked_gets_no_conversation(string? body)
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Participants = 2 });
        await using var ledger = new FakeLedger();
        string person = sim.State.Participants[0].Id;
        await ledger.BlockAsync([new BlockedParticipant { ParticipantId = person, Reason = "withdrew" }], CancellationToken.None);

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(
            () => new ConversationStarter(sim.Prolific, ledger).StartAsync(person, "s", "feedback", null, body, null, CancellationToken.None));

        Assert.Contains("withdrew", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(sim.State.Requests.All, r => r.Method == "POST");
        Assert.Empty(ledger.Entries);
    }

    [Theory]
    [InlineData(400, MessageStatus.Failed)]
    [InlineData(500, MessageStatus.Unknown)]
    public async Task What_became_of_it_is_noted(int status, string expected)
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Participants = 2 });
        await using var ledger = new FakeLedger();
        sim.Host.Faults.Add(new FaultRule { Method = "POST", PathPrefix = "/api/v1/conversations/", Status = status });

        await Assert.ThrowsAsync<MessagingException>(
            () => new ConversationStarter(sim.Prolific, ledger).StartAsync(sim.State.Participants[0].Id, "s", "feedback", null, "Hello", null, CancellationToken.None));

        Assert.Equal(expected, Assert.Single(ledger.Entries).Status);
        Assert.Single(sim.State.Requests.All, r => r.Method == "POST");
    }

    [Theory]
    [InlineData(400, "Hello", "refuses the conversation with {0} about study {1} (HTTP 400")]
    [InlineData(404, "Hello", "refuses the conversation with {0} about study {1} (HTTP 404")]
    [InlineData(404, null, "refuses the conversation with {0} about study {1} (HTTP 404")]
    public async Task A_refusal_says_with_whom_and_about_what_it_was(int status, string? body, string words)
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Participants = 2 });
        await using var ledger = new FakeLedger();
        sim.Host.Faults.Add(new FaultRule { Method = "POST", PathPrefix = "/api/v1/conversations/", Status = status });
        string person = sim.State.Participants[0].Id;

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(
            () => new ConversationStarter(sim.Prolific, ledger).StartAsync(person, "s", "feedback", sim.State.StudyId, body, null, CancellationToken.None));

        Assert.Contains(words.Replace("{0}", person, StringComparison.Ordinal).Replace("{1}", sim.State.StudyId, StringComparison.Ordinal), error.Message, StringComparison.Ordinal);
        Assert.Equal(status, error.HttpStatus);
        if (body is not null) Assert.Equal(error.Message, Assert.Single(ledger.Entries).Reason);
    }

    [Fact]
    public async Task The_same_line_again_does_not_send_twice_what_may_have_arrived()
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Participants = 2 });
        await using var ledger = new FakeLedger();
        sim.Host.Faults.Add(new FaultRule { Method = "POST", PathPrefix = "/api/v1/conversations/", Status = 500, AfterStored = true, Count = 1 });
        Task<MessageConversation> StartAsync(int person, string body, string study)
            => new ConversationStarter(sim.Prolific, ledger).StartAsync(sim.State.Participants[person].Id, "s", "feedback", study, body, null, CancellationToken.None);
        string study = sim.State.StudyId;

        MessagingException first = await Assert.ThrowsAsync<MessagingException>(() => StartAsync(0, "Hello", study));
        Assert.Contains("The message may or may not have been sent", first.Message, StringComparison.Ordinal);
        Assert.Contains("the resolver of unknown messages", first.RecommendedAction, StringComparison.Ordinal);

        MessagingException again = await Assert.ThrowsAsync<MessagingException>(() => StartAsync(0, "Hello", study));
        Assert.Equal(MessagingErrorReason.OutcomeUnknown, again.Reason);
        Assert.Contains("the resolver of unknown messages", again.RecommendedAction, StringComparison.Ordinal);
        Assert.Single(sim.State.Participants[0].Mailbox);
        Assert.Single(ledger.Entries);

        // Another text, and another person, are other messages; and so is this one once it is known not to have arrived.
        await StartAsync(0, "Hello again", study);
        await StartAsync(1, "Hello", study);
        await ledger.SettleAsync([new MessageOutcome(ledger.Entries[0].Id, MessageStatus.Failed, "Set to Failed by hand.", null, 1)], CancellationToken.None);
        await StartAsync(0, "Hello", study);
        Assert.Equal((3, 1), (sim.State.Participants[0].Mailbox.Count, sim.State.Participants[1].Mailbox.Count));
    }

    [Fact]
    public async Task Two_that_are_started_at_the_same_moment_are_one()
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Participants = 2 });
        using var folder = new TempFolder();
        var settings = new LedgerSettings { Path = folder.File() };
        string study = sim.State.StudyId;
        using var handler = new HoldingHandler();
        var client = new ProlificClient(sim.ProlificConnection, new ServiceHttp(new ServiceHttpOptions { Handler = handler }));
        async Task<MessagingException?> StartAsync(int person, string subject, string? inStudy)
        {
            await using IMessageLedger own = await LedgerFactory.OpenAsync(settings, null, null, CancellationToken.None);
            try
            {
                await new ConversationStarter(client, own).StartAsync(sim.State.Participants[person].Id, subject, "feedback", inStudy, "Hello", null, CancellationToken.None);
                return null;
            }
            catch (MessagingException e)
            {
                return e;
            }
        }

        // The first one is in its call while the second one begins.
        Task<MessagingException?> first = StartAsync(0, "Your question", study);
        Assert.Same(handler.Held, await Task.WhenAny(handler.Held, first));
        MessagingException? second = await StartAsync(0, "Your question", study);
        handler.Release();
        Assert.Null(await first);
        Assert.Equal(MessagingErrorReason.InvalidRequest, second?.Reason);
        Assert.Contains("is sending this message", second!.Message, StringComparison.Ordinal);
        Assert.Contains("right now", second.Message, StringComparison.Ordinal);

        // Nor afterwards, as a runbook does that is started again from its top.
        MessagingException? again = await StartAsync(0, "Your question", study);
        Assert.Equal(MessagingErrorReason.InvalidRequest, again?.Reason);
        Assert.Contains("got this very message", again!.Message, StringComparison.Ordinal);
        Assert.Single(sim.State.Participants[0].Mailbox);
        Assert.Single(sim.State.Requests.All, static r => r.Method == "POST");

        // Another subject, another person and another study are other messages.
        Assert.Null(await StartAsync(0, "Your payment", study));
        Assert.Null(await StartAsync(1, "Your question", study));
        Assert.Null(await StartAsync(0, "Your question", null));
        Assert.Equal((3, 1), (sim.State.Participants[0].Mailbox.Count, sim.State.Participants[1].Mailbox.Count));
    }

    /// <summary>Holds the first POST until it is released.</summary>
    private sealed class HoldingHandler() : DelegatingHandler(new SocketsHttpHandler())
    {
        private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Held => _held.Task;

        public void Release() => _released.TrySetResult();

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Method == HttpMethod.Post && _held.TrySetResult()) await _released.Task;
            return await base.SendAsync(request, cancellationToken);
        }
    }
}
