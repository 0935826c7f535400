using System.Globalization;
using ParticipantMessaging.Accounts;

namespace ParticipantMessaging.Http;

/// <summary>
/// A list of a service, read page by page while it is enumerated. After the last object <see cref="End"/> says whether it is known to be
/// whole. A list that shows less than it counts is asked for the rest; what could not be got is told there, it is no exception.
/// </summary>
/// <typeparam name="T">What is listed.</typeparam>
public sealed class ServiceList<T> : IAsyncEnumerable<T>
{
    private readonly Func<ServiceList<T>, IAsyncEnumerable<T>> _read;

    internal ServiceList(Func<ServiceList<T>, IAsyncEnumerable<T>> read) => _read = read;

    /// <summary>How it ended; null before that, and when nobody read to the end or a call failed: then it is not known to be whole.</summary>
    public ListEnd? End { get; internal set; }

    /// <summary>Begins to read, from the start.</summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The objects, each once.</returns>
    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        End = null;
        return _read(this).GetAsyncEnumerator(cancellationToken);
    }
}

/// <summary>How a list ended.</summary>
public sealed class ListEnd
{
    /// <summary>Method and path, such as <c>GET /api/v1/messages/unread/</c>.</summary>
    public string Request { get; private init; } = "";

    /// <summary>How many different objects came; those that could not be used are not among them.</summary>
    public long Received { get; private init; }

    /// <summary>How many there were when the reading began, as the service counts; null when it does not say.</summary>
    public long? Counted { get; private init; }

    /// <summary>
    /// Whether the service's own count, its links or the size of its pages say that this is all. What is not in a list may be taken for
    /// not being at the service only when this is true.
    /// </summary>
    public bool IsComplete => Missing == 0;

    /// <summary>How many are missing, with those that could not be used; 0 when none, null when the service does not say.</summary>
    public long? Missing { get; private init; }

    /// <summary>The places (from 1) of objects that are not what they should be and are left out.</summary>
    public IReadOnlyList<long> Unusable { get; private init; } = [];

    /// <summary>The same at two looks at a list of which the same is missing, wherever it stands by then: whoever looks again and again warns once.</summary>
    public string Key { get; private init; } = "";

    /// <summary>What is missing, in a sentence for a researcher; empty when nothing is.</summary>
    public string Message { get; private init; } = "";

    internal static ListEnd Complete(ServiceRequest request, long received, long? counted)
        => new() { Request = request.Display, Key = request.Display, Received = received, Counted = counted, Missing = 0 };

    internal static ListEnd Short(ServiceConnection connection, ServiceRequest request, long received, long counted, long missing) => new()
    {
        Request = request.Display,
        Key = request.Display,
        Received = received,
        Counted = counted,
        Missing = missing,
        Message = string.Create(CultureInfo.InvariantCulture, $"{missing:N0} {(missing == 1 ? "is" : "are")} missing: {Service(connection)} counts {counted:N0}, but showed {received:N0} ({request.Display}) and did not give the rest."),
    };

    /// <summary>It may be by chance alone that it looks cut off.</summary>
    internal bool IsByChance { get; private init; }

    internal static ListEnd Doubtful(ServiceConnection connection, ServiceRequest request, long received, bool namedNoList, bool byChance) => new()
    {
        Request = request.Display,
        Key = request.Display,
        Received = received,
        IsByChance = byChance,
        Message = namedNoList
            ? $"{Service(connection)} answered without a list ({request.Display}). That may mean that there is nothing, but it does not say so."
            : string.Create(CultureInfo.InvariantCulture, $"Some may be missing: {Service(connection)} showed {received:N0} ({request.Display}), does not say whether these are all, and gives the same ones when asked for more."),
    };

    /// <summary>The same end of a list some of whose objects cannot be used.</summary>
    internal ListEnd Without(ServiceConnection connection, IReadOnlyList<OddItem> odd)
    {
        string where = string.Join(", ", odd.Take(MostNamed).Select(static item => string.Create(CultureInfo.InvariantCulture, $"number {item.Place:N0}{(item.Id.Length > 0 ? $" (of {item.Id})" : "")}: {item.Why}")));
        string others = odd.Count > MostNamed ? string.Create(CultureInfo.InvariantCulture, $", and {odd.Count - MostNamed:N0} more") : "";
        string told = string.Create(CultureInfo.InvariantCulture, $"{odd.Count:N0} of the {Received:N0} that {Service(connection)} shows ({Request}) cannot be used and {(odd.Count == 1 ? "is" : "are")} left out: {where}{others}. Look {(odd.Count == 1 ? "it" : "them")} up on the service's own pages.");
        return new()
        {
            Request = Request,
            Key = $"{Key} {string.Join(' ', odd.Select(static item => item.Key))}",
            Received = Received - odd.Count,
            Counted = Counted,
            Missing = Missing + odd.Count,
            Unusable = [.. odd.Select(static item => item.Place)],
            Message = Message.Length == 0 || IsByChance ? told : $"{told} {Message}",
        };
    }

    private const int MostNamed = 5;

    private static string Service(ServiceConnection connection) => connection.Provider == MessagingProvider.Prolific ? "Prolific" : "Open Humans";
}
