using System.Net;
using System.Text.Json;
using ParticipantMessaging.Core.Tests.Hardening;
using ParticipantMessaging.Core.Tests.Sending;
using ParticipantMessaging.Http;
using ParticipantMessaging.Ledger;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Resolving;
using ParticipantMessaging.Sending;
using ParticipantMessaging.Simulator;
using ParticipantMessaging.Tests.Ledger;

namespace ParticipantMessaging.Tests.Resolving;

/// <summary>Unknown outcomes are looked up at the simulator, whose clock is right, from a computer whose clock is not.</summary>
public sealed class MessageResolverTests : IAsyncLifetime
{
    private const string Text = "Dear participant, the second part is open.";

    private readonly TempFolder _folder = new();
    private Rig _rig = null!;
    private ShiftedClock _clock = null!;
    private IMessageLedger _ledger = null!;

    public async Task InitializeAsync()
    {
        _rig = await Rig.StartAsync(people: 6);
        _clock = new ShiftedClock();
        _ledger = await LedgerFactory.OpenAsync(new LedgerSettings { Path = _folder.File() }, null, _clock, default);
    }

    public async Task DisposeAsync()
    {
        await _ledger.DisposeAsync();
        await _rig.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(0, true, MessageStatus.Sent)]
    [InlineData(3, true, MessageStatus.Sent)]
    [InlineData(20, true, MessageStatus.Sent)]
    [InlineData(3_000, true, MessageStatus.Sent)]
    [InlineData(-3_000, true, MessageStatus.Sent)]
    [InlineData(20, false, MessageStatus.Unknown)]
    [InlineData(3_000, false, MessageStatus.Unknown)]
    [InlineData(0, false, MessageStatus.Sent)]
    public async Task A_message_that_arrived_is_never_called_missing_whatever_the_clock_said(int secondsAhead, bool knowsServiceTime, string expected)
    {
        _clock.Shift = TimeSpan.FromSeconds(secondsAhead);
        long entry = await ClaimAsync(0, knowsServiceTime);
        await SendAsync(0);
        await _ledger.SettleAsync(entry, MessageStatus.Unknown, "502");

        // The clock was corrected since.
        _clock.Shift = TimeSpan.Zero;
        Resolution resolution = await ResolveAsync(entry);
        Assert.Equal(expected, resolution.Entry.Status);
        Assert.Equal(expected == MessageStatus.Unknown ? ResolutionKind.CannotTell : ResolutionKind.Settled, resolution.Kind);
        ClaimResult again = await _ledger.ClaimOneAsync(Claim(0));
        Assert.Equal(expected, again.Blocking?.Status);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    public async Task A_message_that_is_not_there_may_be_sent_again(int secondsAhead)
    {
        _clock.Shift = TimeSpan.FromSeconds(secondsAhead);
        long entry = await ClaimAsync(1, knowsServiceTime: true);
        await _ledger.SettleAsync(entry, MessageStatus.Unknown, "time-out");
        _clock.Shift = TimeSpan.Zero;
        Assert.Equal(MessageStatus.Failed, (await ResolveAsync(entry)).Entry.Status);
        Assert.True((await _ledger.ClaimOneAsync(Claim(1))).IsGranted);
    }

    [Theory]
    [InlineData("[{\"id\":\"m1\",\"sender_id\":\"us\",\"body\":\"Something else\",\"datetime_created\":\"2026-11-28T10:00:00Z\"}]")]
    [InlineData("[]")]
    public async Task A_list_that_may_not_be_whole_proves_nothing(string shown)
    {
        long entry = await ClaimAsync(2, knowsServiceTime: true);
        await SendAsync(2);
        await _ledger.SettleAsync(entry, MessageStatus.Unknown, "502");
        Resolution resolution = await ResolveAsync(entry, $"{{\"results\":{shown},\"meta\":{{\"count\":10}}}}");
        Assert.Equal(MessageStatus.Unknown, resolution.Entry.Status);
        Assert.Equal(ResolutionKind.CannotTell, resolution.Kind);
        Assert.Contains("may not be whole", resolution.Why, StringComparison.Ordinal);

        // So the next run does not send it again.
        Assert.Equal(MessageStatus.Unknown, (await _ledger.ClaimOneAsync(Claim(2))).Blocking?.Status);
    }

    [Theory]
    [InlineData("7")]
    [InlineData("null")]
    [InlineData("{\"id\":\"m2\",\"body\":[\"Dear participant\"]}")]
    public async Task A_list_with_an_object_that_cannot_be_read_may_hold_the_message_there(string odd)
    {
        string other = _rig.Sim.State.Participants[2].Id;
        string hers = $"{{\"id\":\"m1\",\"sender_id\":\"{other}\",\"body\":\"Hello?\",\"datetime_created\":\"2026-11-28T10:00:00Z\"}}";
        long entry = await ClaimUnknownAsync(2, Text);
        Resolution resolution = await ResolveAsync(entry, $"{{\"results\":[{hers},{odd}],\"meta\":{{\"count\":2}}}}");
        Assert.Equal((MessageStatus.Unknown, ResolutionKind.CannotTell), (resolution.Entry.Status, resolution.Kind));
        Assert.Contains("may not be whole", resolution.Why, StringComparison.Ordinal);
        Assert.Contains("number 2", resolution.Why, StringComparison.Ordinal);

        // What is found is found all the same.
        resolution = await ResolveAsync(entry, $"{{\"results\":[{odd},{Ours(Text, 1)}]}}");
        Assert.Equal((MessageStatus.Sent, ResolutionKind.Settled), (resolution.Entry.Status, resolution.Kind));
    }

    [Fact]
    public async Task Our_own_text_without_a_time_proves_nothing()
    {
        long entry = await ClaimAsync(3, knowsServiceTime: true);
        await _ledger.SettleAsync(entry, MessageStatus.Unknown, "502");
        string person = _rig.Sim.State.Participants[3].Id;
        Resolution resolution = await ResolveAsync(entry, "{\"results\":[{\"id\":\"m1\",\"sender_id\":\"us\",\"body\":\"" + Text + "\"},{\"id\":\"m2\",\"sender_id\":\"" + person + "\",\"body\":\"Hello?\"}]}");
        Assert.Equal(MessageStatus.Unknown, resolution.Entry.Status);

        // Hers would be no proof either way.
        entry = await ClaimAsync(4, knowsServiceTime: true);
        await _ledger.SettleAsync(entry, MessageStatus.Unknown, "502");
        person = _rig.Sim.State.Participants[4].Id;
        resolution = await ResolveAsync(entry, "{\"results\":[{\"id\":\"m1\",\"sender_id\":\"" + person + "\",\"body\":\"" + Text + "\"}],\"meta\":{\"count\":1}}");
        Assert.Equal(MessageStatus.Failed, resolution.Entry.Status);
    }

    [Theory]
    [InlineData("Hi N1 \U0001F642 ok", "Hi N1  ok")]
    [InlineData("Hi N1 \U0001F642 ok", "Hi N1 ? ok")]
    [InlineData("Don\u2019t N1", "Don't N1")]
    [InlineData(Text, "[removed]")]
    [InlineData(Text, "Dear participant, the")]
    [InlineData(Text, "")]
    [InlineData(Text, null)]
    public async Task Our_message_of_that_time_with_a_changed_text_proves_nothing(string text, string? shown)
    {
        foreach (int seconds in new[] { 30, -3_000 })
        {
            long entry = await ClaimUnknownAsync(0, text);
            Resolution resolution = await ResolveAsync(entry, History(Ours(shown, seconds)));
            Assert.Equal((MessageStatus.Unknown, ResolutionKind.CannotTell), (resolution.Entry.Status, resolution.Kind));
            Assert.Contains("a message of yours of that time to this person with another text", resolution.Why, StringComparison.Ordinal);

            // So the next run does not send it again.
            ClaimResult again = await _ledger.ClaimOneAsync(Claim(0, text));
            Assert.Equal(MessageStatus.Unknown, again.Blocking?.Status);
            await _ledger.SettleAsync(entry, MessageStatus.Failed, "Set to Failed by hand.");
        }
    }

    [Fact]
    public async Task A_changed_text_without_a_time_or_a_body_proves_nothing()
    {
        long entry = await ClaimUnknownAsync(0, Text);
        Resolution resolution = await ResolveAsync(entry, "{\"results\":[{\"id\":\"m1\",\"sender_id\":\"us\"}],\"meta\":{\"count\":1}}");
        Assert.Equal(MessageStatus.Unknown, resolution.Entry.Status);
    }

    [Theory]
    [InlineData(-3_700, false)]
    [InlineData(30, true)]
    public async Task Another_text_of_long_before_or_about_another_study_is_not_this_message(int seconds, bool isOfAnotherStudy)
    {
        long entry = await ClaimUnknownAsync(1, Text);
        Resolution resolution = await ResolveAsync(entry, History(Ours("Something else", seconds, isOfAnotherStudy ? "620ca2735fcbba4fa2b3211b" : null)));
        Assert.Equal(MessageStatus.Failed, resolution.Entry.Status);
    }

    [Fact]
    public async Task Another_text_that_is_another_entrys_is_not_this_message()
    {
        long other = (await _ledger.ClaimOneAsync(Claim(2, "The other text").Saying(static m => m with { Campaign = "wave 3" }))).EntryId;
        await _ledger.SettleAsync(other, MessageStatus.Sent, "");
        long entry = await ClaimUnknownAsync(2, Text);
        Assert.Equal(MessageStatus.Failed, (await ResolveAsync(entry, History(Ours("The other  text", 30)))).Entry.Status);

        // One that was no message owns none.
        other = (await _ledger.ClaimOneAsync(Claim(3, "Dear participant,").Saying(static m => m with { Campaign = "wave 3" }))).EntryId;
        await _ledger.SettleAsync(other, MessageStatus.Failed, "400");
        entry = await ClaimUnknownAsync(3, Text);
        Assert.Equal(MessageStatus.Unknown, (await ResolveAsync(entry, History(Ours("Dear participant,", 30)))).Entry.Status);
    }

    [Fact]
    public async Task One_message_is_one_entrys_even_when_only_some_are_asked_about()
    {
        // Two sends of one text, both unknown; one of them arrived.
        long first = await ClaimAsync(5, knowsServiceTime: true);
        await _ledger.SettleAsync(first, MessageStatus.Unknown, "502");
        _clock.Shift = TimeSpan.FromSeconds(2);
        long second = (await _ledger.ClaimOneAsync(
            Claim(5).Saying(m => m with { ServiceTime = DateTimeOffset.UtcNow + _clock.Shift }), new ClaimOptions(ResendUnknown: true))).EntryId;
        await Task.Delay(TimeSpan.FromSeconds(2.2));
        await SendAsync(5);
        await _ledger.SettleAsync(second, MessageStatus.Unknown, "502");
        _clock.Shift = TimeSpan.Zero;
        Assert.Equal(MessageStatus.Failed, (await ResolveAsync(first)).Entry.Status);
        Assert.Equal(MessageStatus.Sent, (await ResolveAsync(second)).Entry.Status);
    }

    [Theory]
    [InlineData(7_000)]
    [InlineData(-7_000)]
    public async Task A_clock_that_is_set_between_two_calls_is_not_the_services(int secondsAhead)
    {
        _clock.Shift = TimeSpan.FromSeconds(secondsAhead);
        var http = new ServiceHttp(new ServiceHttpOptions { TimeProvider = _clock });
        IMessageGateway gateway = MessageGateways.Create(http)(_rig.ProlificConnection);
        await gateway.GetIdentityAsync(default);
        _clock.Shift = TimeSpan.Zero;
        long entry = (await _ledger.ClaimOneAsync(Claim(0).Saying(m => m with { ServiceTime = gateway.ServiceTime }))).EntryId;
        await SendAsync(0);
        await _ledger.SettleAsync(entry, MessageStatus.Unknown, "502");
        Assert.Equal(MessageStatus.Sent, (await ResolveAsync(entry)).Entry.Status);
    }

    [Theory]
    [InlineData(7_000)]
    [InlineData(-7_000)]
    public async Task A_clock_that_is_set_while_a_message_is_under_way_makes_nobody_wait(int secondsAhead)
    {
        _clock.Shift = TimeSpan.FromSeconds(secondsAhead);
        _rig.Sim.Faults.Add(new FaultRule { Method = "POST", PathPrefix = "/api/v1/messages/", Kind = FaultKind.Reset, AfterStored = true });
        _rig.Sim.State.Stored = _ => _clock.Shift = TimeSpan.Zero;
        await using (var session = new SendSession(
            new SendOptions { Campaign = "set" }, new FakeConsole(), _ => _rig.Account("lab"), _ => LedgerFactory.OpenAsync(new LedgerSettings { Path = _folder.File() }, null, _clock, default),
            MessageGateways.Create(new ServiceHttp(new ServiceHttpOptions { TimeProvider = _clock })), _clock))
            await session.SendListAsync([new SendRow { Row = 2, Recipient = RowRecipient.Person(_rig.Sim.State.Participants[0].Id), Content = new RowContent { StudyId = _rig.Sim.State.StudyId, Body = Text } }], default);
        SentMessage entry = Assert.Single(await _ledger.ReadAsync());
        Assert.Equal(MessageStatus.Unknown, entry.Status);

        var resolver = new MessageResolver(_ledger, _ => Task.FromResult(_rig.Prolific), TimeSpan.Zero, _clock);
        var resolutions = new List<Resolution>();
        await foreach (Resolution resolution in resolver.ResolveAsync([entry], default))
            resolutions.Add(resolution);
        Assert.Equal((ResolutionKind.Settled, MessageStatus.Sent), (resolutions[0].Kind, resolutions[0].Entry.Status));
    }

    private async Task<long> ClaimUnknownAsync(int person, string text)
    {
        long entry = (await _ledger.ClaimOneAsync(Claim(person, text).Saying(static m => m with { ServiceTime = DateTimeOffset.UtcNow }))).EntryId;
        await _ledger.SettleAsync(entry, MessageStatus.Unknown, "502");
        return entry;
    }

    private string Ours(string? text, int secondsLater, string? study = null) => JsonSerializer.Serialize(new
    {
        id = "m1",
        sender_id = "us",
        body = text,
        datetime_created = DateTimeOffset.UtcNow.AddSeconds(secondsLater),
        data = new { study_id = study ?? _rig.Sim.State.StudyId },
    });

    private static string History(string message) => $"{{\"results\":[{message}],\"meta\":{{\"count\":1}}}}";

    private MessageClaim Claim(int person, string text = Text) => new()
    {
        ParticipantId = _rig.Sim.State.Participants[person].Id,
        Message = new ClaimedMessage
        {
            Account = "lab",
            Identity = "http://sim/r1",
            Provider = "Prolific",
            StudyId = _rig.Sim.State.StudyId,
            Campaign = "wave 2",
            BodyHash = TextFingerprint.Hash(text),
            NormalizedHash = TextFingerprint.HashNormalized(text),
        },
    };

    private async Task<long> ClaimAsync(int person, bool knowsServiceTime)
        => (await _ledger.ClaimOneAsync(Claim(person).Saying(m => m with { ServiceTime = knowsServiceTime ? DateTimeOffset.UtcNow : null }))).EntryId;

    private async Task SendAsync(int person)
        => await _rig.Prolific.SendMessageAsync(_rig.Sim.State.Participants[person].Id, Text, _rig.Sim.State.StudyId);

    private async Task<Resolution> ResolveAsync(long entry, string? history = null)
    {
        List<SentMessage> entries = await _ledger.ReadAsync(new LedgerQuery { Ids = [entry] });
        using var handler = new HistoryHandler(history);
        var http = new ServiceHttp(new ServiceHttpOptions { Handler = handler });
        ProlificClient client = history is null ? _rig.Prolific : new ProlificClient(_rig.ProlificConnection, http);
        var resolver = new MessageResolver(_ledger, _ => Task.FromResult(client), TimeSpan.FromHours(-2), _clock);
        var resolutions = new List<Resolution>();
        await foreach (Resolution resolution in resolver.ResolveAsync(entries, default))
            resolutions.Add(resolution);
        return Assert.Single(resolutions);
    }

    /// <summary>Answers as a service that lists messages in a way of its own.</summary>
    private sealed class HistoryHandler(string? history) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var answer = new HttpResponseMessage(HttpStatusCode.OK)
            {
                Content = new StringContent(request.RequestUri!.AbsolutePath.Contains("users/me", StringComparison.Ordinal) ? "{\"id\":\"us\"}" : history ?? "{}"),
            };
            answer.Headers.Date = DateTimeOffset.UtcNow;
            return Task.FromResult(answer);
        }
    }

    private sealed class ShiftedClock : TimeProvider
    {
        public TimeSpan Shift { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Shift;
    }
}
