using System.Globalization;

namespace ParticipantMessaging.Sending;

/// <summary>
/// What rows of a stream have in common is told once, at its end. How many there were and the first of them are kept: a stream may be long.
/// </summary>
internal sealed class StreamErrors
{
    private const int Kept = 20;
    private const int ToldSingly = 5;
    private const int MostFaultsOfList = 100;

    private readonly Share _open = new();
    private readonly Dictionary<(string Account, MessagingErrorReason Reason), Share> _stops = [];
    private readonly HashSet<(MessagingErrorReason Reason, string Message)> _ofList = [];

    /// <summary>Whether a finding is still to be told: one about the whole list is told with the first row that has it.</summary>
    /// <param name="finding">The finding.</param>
    /// <returns>False when it was told.</returns>
    public bool IsNews(Finding finding)
        => !finding.IsOfWholeList || _ofList.Count >= MostFaultsOfList || _ofList.Add((finding.Reason, finding.Message));

    /// <summary>Keeps an error that is told at the end.</summary>
    /// <param name="result">The result of a row.</param>
    /// <returns>The same, without the error where that is kept.</returns>
    public SendResult Keep(SendResult result)
    {
        if (result.Error is null) return result;
        if (result.OpenSince is not null)
        {
            _open.Add(result);
            return result with { Error = null };
        }

        if (result.Stop is null) return result;
        // There may be no last row: what stops them is told at the first, and at the end how many it has kept back.
        if (_stops.TryAdd((result.Receipt.Account, result.Stop.Reason), new Share())) return result;
        _stops[(result.Receipt.Account, result.Stop.Reason)].Add(result);
        return result with { Error = null };
    }

    /// <summary>Tells what was kept.</summary>
    /// <param name="console">Who watches.</param>
    /// <returns>Completes when it is told.</returns>
    public async Task TellAsync(ISendConsole console)
    {
        await TellAsync(console, _open, static open => SendFailures.OpenTogether(open.Count, open.First.Select(static r => r.OpenSince), open.Lead)).ConfigureAwait(false);
        foreach (Share share in _stops.Values) await TellAsync(console, share, KeptBack).ConfigureAwait(false);
    }

    private static async Task TellAsync(ISendConsole console, Share share, Func<Share, MessagingException> together)
    {
        if (share.Count > ToldSingly)
        {
            await console.ErrorAsync(together(share), share.First.ConvertAll(static r => r.Row)).ConfigureAwait(false);
            return;
        }

        foreach (SendResult result in share.First) await console.ErrorAsync(result.Error!.Saying(result.Lead + result.Error.Message), [result.Row]).ConfigureAwait(false);
    }

    private static MessagingException KeptBack(Share share)
    {
        MessagingException stop = share.First[0].Error!;
        string which = share.Numbers.Length > 0 ? $" (rows {share.Numbers})" : "";
        return stop.Saying(string.Create(CultureInfo.InvariantCulture, $"{stop.Message} {share.Count:N0} more messages were not sent{which}."));
    }

    private sealed class Share
    {
        public int Count { get; private set; }

        public List<SendResult> First { get; } = [];

        // Rows of no list have no numbers.
        public string Numbers => First.TrueForAll(static r => r.Row.IsListed)
            ? Finding.Numbers(First.ConvertAll(static r => r.Row)) + (Count > First.Count ? string.Create(CultureInfo.InvariantCulture, $" and {Count - First.Count:N0} more") : "")
            : "";

        public string Lead => Numbers is { Length: > 0 } numbers ? $"Rows {numbers}: " : "";

        public void Add(SendResult result)
        {
            Count++;
            if (First.Count < Kept) First.Add(result);
        }
    }
}
