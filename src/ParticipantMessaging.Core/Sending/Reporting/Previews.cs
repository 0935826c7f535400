using ParticipantMessaging.Accounts;
using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Sending;

/// <summary>
/// What a send of a list would come to: the same check, and a look at the ledger where it can be told whose account it is. Nothing is sent, no
/// service is asked.
/// </summary>
/// <param name="options">How the list would be sent.</param>
/// <param name="accounts">Finds an account by name; null stands for the default.</param>
/// <param name="ledger">The ledger, open; null when there is none yet. It stays the caller's.</param>
/// <param name="words">A finding in the caller's words.</param>
public sealed class Previews(SendOptions options, Func<string?, AccountLookup> accounts, IMessageLedger? ledger, Func<Finding, string> words)
{
    private const string Send = "Send";
    private const string Skip = "Skip";
    private const string Refuse = "Refuse";

    private readonly ListCheck _check = new(options, accounts);
    private readonly Dictionary<ServiceConnection, MessagingException?> _lookAlikes = [];
    private bool _hasBlocks;

    /// <summary>Looks at a whole list.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>One preview per row, in their order.</returns>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.LedgerUnavailable"/>.</exception>
    public async Task<IReadOnlyList<MessagePreview>> OfListAsync(IReadOnlyList<SendRow> rows, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rows);
        await ReadBlocksAsync(cancellationToken).ConfigureAwait(false);
        CheckReport report = _check.CheckAll(rows);
        bool isRefused = !report.IsClean && !options.SkipInvalid;
        Dictionary<SendRow, MessageReceipt> known = isRefused || options.TestTo.Length > 0
            ? []
            : await FindKnownAsync(report.Rows, cancellationToken).ConfigureAwait(false);
        SendRow? trial = options.TestTo.Length > 0 ? report.TrialFor(options.TestTo)?.Row : null;
        return [.. report.Rows.Select(row => Of(row, isRefused, known, trial))];
    }

    /// <summary>Looks at one row of a stream.</summary>
    /// <param name="row">The row.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Its preview.</returns>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.LedgerUnavailable"/>.</exception>
    public async Task<MessagePreview> OfRowAsync(SendRow row, CancellationToken cancellationToken)
    {
        await ReadBlocksAsync(cancellationToken).ConfigureAwait(false);
        CheckedRow checkedRow = _check.Check(row);
        return Of(checkedRow, false, await FindKnownAsync([checkedRow], cancellationToken).ConfigureAwait(false), null);
    }

    private MessagePreview Of(CheckedRow row, bool isRefused, Dictionary<SendRow, MessageReceipt> known, SendRow? trial)
    {
        (string wouldBe, string reason) = Outcome(row, isRefused, known, trial);
        // The receipt knows account, person and study of good rows and of others.
        MessageReceipt receipt = Receipts.For(row, options, "", "");
        bool isTrial = wouldBe == Send && trial is not null;
        string person = isTrial ? options.TestTo : receipt.ParticipantId;
        RenderedText? text = row.Message?.Text ?? row.Notes?.Text;
        string body = text?.Body ?? "";
        if (receipt.Provider == nameof(MessagingProvider.OpenHumans)) body = OpenHumansText.Arrive(body, person);
        return new MessagePreview
        {
            Row = receipt.Row,
            Account = receipt.Account,
            ParticipantId = person,
            StudyId = receipt.StudyId,
            Subject = text?.Subject ?? "",
            Body = body,
            Length = body.Length,
            Findings = new FindingTexts([.. row.Findings.Select(words)]),
            WouldBe = wouldBe,
            Reason = reason,
        };
    }

    private (string WouldBe, string Reason) Outcome(CheckedRow row, bool isRefused, Dictionary<SendRow, MessageReceipt> known, SendRow? trial)
    {
        if (row.Block is { } block) return (Skip, BlockList.Why(block));
        if (row.Message is null) return (Refuse, string.Join(' ', row.Findings.Select(static f => f.Why)));
        if (isRefused) return (Refuse, "Not sent, because other rows have findings.");
        if (options.TestTo.Length > 0 && trial is null) return (Refuse, SendFailures.NoTrial(options.TestTo).Message);
        if (trial is not null) return row.Row == trial ? (Send, "") : (Skip, "A trial: only the first good row's text goes out.");
        if (row.DuplicateOf is { } first) return (Skip, $"Same person and text as row {first}.");
        if (_lookAlikes.GetValueOrDefault(row.Message.Connection) is { } alike) return (Refuse, alike.Message);
        return known.TryGetValue(row.Row, out MessageReceipt? receipt) ? (Skip, receipt.Reason) : (Send, "");
    }

    private async Task<Dictionary<SendRow, MessageReceipt>> FindKnownAsync(IReadOnlyList<CheckedRow> rows, CancellationToken cancellationToken)
    {
        if (ledger is null) return [];
        List<PreparedMessage> messages = [.. rows.Where(static r => r.Message is not null && r.DuplicateOf is null).Select(static r => r.Message!)];
        foreach (ServiceConnection connection in messages.Select(static m => m.Connection).Distinct().Where(static c => c.Identity is null)) await RecallAsync(connection, cancellationToken).ConfigureAwait(false);
        messages.RemoveAll(static m => m.Connection.Identity is null);
        if (messages.Count == 0) return [];
        foreach (ServiceConnection connection in messages.Select(static m => m.Connection).Distinct()) await LookForLookAlikesAsync(connection, cancellationToken).ConfigureAwait(false);
        (_, IEnumerable<SendResult> settled) = await new MessageSender(options, ledger).SplitKnownAsync(messages, cancellationToken).ConfigureAwait(false);
        return settled.ToDictionary(static r => r.Row, static r => r.Receipt);
    }

    private async Task LookForLookAlikesAsync(ServiceConnection connection, CancellationToken cancellationToken)
    {
        if (options.Campaign.Length == 0 || options.Force || _lookAlikes.ContainsKey(connection)) return;
        IReadOnlyList<string> alike = await ledger!.GetLookAlikesAsync(connection.Identity!.Key, options.Campaign, cancellationToken).ConfigureAwait(false);
        _lookAlikes.Add(connection, alike.Count == 0 ? null : SendFailures.LooksLikeAnother(options.Campaign, alike, connection));
    }

    // Who the account is, is looked up once and remembered; nobody is asked here.
    private async Task RecallAsync(ServiceConnection connection, CancellationToken cancellationToken)
    {
        string address = AccountIdentity.AddressOf(connection.BaseUri);
        string? key = await ledger!.GetIdentityAsync(connection.Account, cancellationToken).ConfigureAwait(false);
        if (key is not null && key.Length > address.Length + 1 && key.StartsWith(address + "/", StringComparison.OrdinalIgnoreCase))
        {
            connection.Identity = new AccountIdentity(connection.Provider, address, key[(address.Length + 1)..]);
        }
    }

    private async Task ReadBlocksAsync(CancellationToken cancellationToken)
    {
        if (_hasBlocks || ledger is null) return;
        _check.Blocks = await BlockList.ReadAsync(ledger, cancellationToken).ConfigureAwait(false);
        _hasBlocks = true;
    }
}
