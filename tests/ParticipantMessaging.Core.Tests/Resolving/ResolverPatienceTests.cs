using System.Globalization;
using System.Net;
using System.Web;
using Microsoft.Extensions.Time.Testing;
using ParticipantMessaging.Core.Tests.Http;
using ParticipantMessaging.Http;
using ParticipantMessaging.Ledger;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Resolving;
using ParticipantMessaging.Tests.Ledger;

namespace ParticipantMessaging.Tests.Resolving;

/// <summary>Many entries at a service that takes 60 calls a minute and names no wait, in virtual time.</summary>
public sealed class ResolverPatienceTests : IDisposable
{
    private const int Entries = 130;
    private const string Text = "Dear participant, the second part is open.";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task All_are_looked_up()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 25, 9, 0, 0, TimeSpan.Zero));
        await using IMessageLedger ledger = await LedgerFactory.OpenAsync(new LedgerSettings { Path = _folder.File() }, null, time, default);
        List<SentMessage> entries = await ClaimAsync(ledger, time);
        time.Advance(TimeSpan.FromHours(1));

        // The calls' own clock: on it waits are over at once.
        var clock = new SkippingClock(time.GetUtcNow());
        using var service = new Minutes(clock);
        ProlificClient client = Connect(service, clock);
        var resolver = new MessageResolver(ledger, _ => Task.FromResult(client), TimeSpan.FromMinutes(2), time);

        List<Resolution> resolutions = await resolver.ResolveAsync(entries, default).ToListAsync();

        Assert.All(resolutions, static r => Assert.Equal((ResolutionKind.Settled, MessageStatus.Sent), (r.Kind, r.Entry.Status)));
        Assert.Equal(Entries, resolutions.Select(static r => r.Entry.ParticipantId).Distinct().Count());
        Assert.Equal(Entries + 1, service.Taken);
        Assert.InRange(service.Refused, 1, Entries / 2);
    }

    [Fact]
    public async Task A_stop_ends_the_waiting_at_once()
    {
        // Nobody moves this clock: whatever is waited for never comes.
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 11, 25, 9, 0, 0, TimeSpan.Zero));
        await using IMessageLedger ledger = await LedgerFactory.OpenAsync(new LedgerSettings { Path = _folder.File() }, null, clock, default);
        List<SentMessage> entries = await ClaimAsync(ledger, clock);
        clock.Advance(TimeSpan.FromHours(1));
        using var service = new Minutes(clock);
        ProlificClient client = Connect(service, clock);
        var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client.OnWait = _ => waits.TrySetResult();
        var resolver = new MessageResolver(ledger, _ => Task.FromResult(client), TimeSpan.FromMinutes(2), clock);
        using var stop = new CancellationTokenSource();

        var found = new List<Resolution>();
        var resolving = Task.Run(async () =>
        {
            await foreach (Resolution resolution in resolver.ResolveAsync(entries, stop.Token)) found.Add(resolution);
        });
        await waits.Task;
        Assert.False(resolving.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => resolving.WaitAsync(TimeSpan.FromSeconds(30)));

        // What was found out until then is written.
        Assert.InRange(found.Count, 50, 59);
        Assert.True(await ledger.CountAsync(new LedgerQuery { Statuses = [MessageStatus.Sent] }, default) >= found.Count);
    }

    private static ProlificClient Connect(Minutes service, TimeProvider clock)
        => new(StubService.Connection(), new ServiceHttp(new ServiceHttpOptions { Handler = service, TimeProvider = clock, Randomizer = static () => 0.5 }));

    private static async Task<List<SentMessage>> ClaimAsync(IMessageLedger ledger, TimeProvider clock)
    {
        IReadOnlyList<ClaimResult> claims = await ledger.ClaimAsync(
            [
                .. Enumerable.Range(1, Entries).Select(n => new MessageClaim
                {
                    ParticipantId = n.ToString("x24", CultureInfo.InvariantCulture),
                    Message = new ClaimedMessage
                    {
                        Account = "lab",
                        Identity = "https://service.example/us",
                        Provider = "Prolific",
                        Campaign = "wave 2",
                        BodyHash = TextFingerprint.Hash(Text),
                        NormalizedHash = TextFingerprint.HashNormalized(Text),
                        ServiceTime = clock.GetUtcNow(),
                    },
                }),
            ],
            new ClaimOptions(),
            default);
        await ledger.SettleAsync([.. claims.Select(static claim => new MessageOutcome(claim.EntryId, MessageStatus.Unknown, "502"))], default);
        return await ledger.QueryAsync(new LedgerQuery(), default).ToListAsync();
    }

    /// <summary>Takes 60 calls in each minute of the clock, and refuses the others without a word of when to come again.</summary>
    private sealed class Minutes(TimeProvider clock) : HttpMessageHandler
    {
        private readonly object _lock = new();
        private readonly DateTimeOffset _sentAt = clock.GetUtcNow() - TimeSpan.FromMinutes(59);
        private long _minute;
        private int _used;

        public int Taken { get; private set; }

        public int Refused { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            lock (_lock)
            {
                long minute = clock.GetUtcNow().Ticks / TimeSpan.TicksPerMinute;
                if (minute != _minute) (_minute, _used) = (minute, 0);
                if (++_used > 60)
                {
                    Refused++;
                    return Task.FromResult(new HttpResponseMessage(HttpStatusCode.TooManyRequests));
                }

                Taken++;
            }

            string person = HttpUtility.ParseQueryString(request.RequestUri!.Query)["user_id"] ?? "";
            var answer = new HttpResponseMessage(HttpStatusCode.OK)
            {
                Content = new StringContent(person.Length == 0
                    ? "{\"id\":\"us\"}"
                    : $"{{\"results\":[{{\"id\":\"m-{person}\",\"sender_id\":\"us\",\"body\":\"{Text}\",\"datetime_created\":\"{_sentAt:yyyy-MM-ddTHH:mm:ss}Z\"}}],\"meta\":{{\"count\":1}}}}"),
            };
            answer.Headers.Date = clock.GetUtcNow();
            return Task.FromResult(answer);
        }
    }
}
