using System.Collections.Concurrent;
using ParticipantMessaging.Http;
using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Core.Tests.Sending;

/// <summary>A provider in memory: keeps what it received, answers as it is told.</summary>
internal sealed class FakeGateway : IMessageGateway
{
    private readonly ConcurrentQueue<(string Participant, string Study, string Body)> _received = new();
    private int _calls;

    public IReadOnlyCollection<(string Participant, string Study, string Body)> Received => _received;

    public ConcurrentQueue<int> CallSizes { get; } = new();

    public int Calls => _calls;

    /// <summary>Decides over each call: given its number (from 0) and messages, what happens.</summary>
    public Func<int, IReadOnlyList<PreparedMessage>, CancellationToken, Task<FakeAnswer>> Answer { get; set; } = static (_, _, _) => Task.FromResult(FakeAnswer.Ok);

    public Audience Audience { get; set; } = new("Panel", 12);

    /// <summary>Who the account is; what it throws is the service's refusal to say.</summary>
    public Func<Task<string>> Identity { get; set; } = static () => Task.FromResult("researcher");

    /// <summary>Members of every group; null for a list that is not known whole.</summary>
    public IReadOnlyList<string>? Members { get; set; } = [];

    public Task<IReadOnlyList<string>?> GetMemberIdsAsync(PreparedMessage message, CancellationToken cancellationToken) => Task.FromResult(Members);

    public Task<string> GetIdentityAsync(CancellationToken cancellationToken) => Identity();

    public async Task<SendResponse> SendAsync(IReadOnlyList<PreparedMessage> messages, SendGuard guard, CancellationToken cancellationToken)
    {
        await guard.BeforeTry(cancellationToken);
        int number = Interlocked.Increment(ref _calls) - 1;
        CallSizes.Enqueue(messages.Count);
        FakeAnswer answer = await Answer(number, messages, cancellationToken);
        if (answer.Stores)
        {
            foreach (PreparedMessage m in messages) _received.Enqueue((m.RecipientKey, m.StudyId, m.Text.Body));
        }

        if (answer.Failure is { } failure) throw failure;
        return new SendResponse(204, 1, DateTimeOffset.UnixEpoch);
    }

    public Task<Audience> GetAudienceAsync(PreparedMessage message, CancellationToken cancellationToken) => Task.FromResult(Audience);

    public DateTimeOffset? ServiceTime { get; set; }

    public bool RefusedListReachesNobody { get; set; } = true;

    /// <summary>Who was looked up after a refused list.</summary>
    public ConcurrentQueue<string> LookedUp { get; } = new();

    /// <summary>Whether somebody has a message, if it is not those who received one; null for a service that cannot be asked.</summary>
    public Func<CancellationToken, Task<bool?>>? HasArrived { get; set; }

    public Task<bool?> HasArrivedAsync(PreparedMessage message, DateTimeOffset called, CancellationToken cancellationToken)
    {
        LookedUp.Enqueue(message.RecipientKey);
        return HasArrived?.Invoke(cancellationToken) ?? Task.FromResult<bool?>(_received.Any(one => one.Participant == message.RecipientKey));
    }

    public Func<string?> Check { get; set; } = static () => null;

    public Task<string?> CheckAccountAsync(CancellationToken cancellationToken) => Task.FromResult(Check());

    public IReadOnlyCollection<string> GetRefusedIds(MessagingException refusal, IReadOnlyList<PreparedMessage> messages) => refusal.ServiceMessage?.Split(',') ?? [];
}
