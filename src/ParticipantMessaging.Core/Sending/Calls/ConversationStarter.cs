using ParticipantMessaging.Accounts;
using ParticipantMessaging.Ledger;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Sending;

/// <summary>Starts conversations: nobody who is blocked, and a first message is written to the ledger before it leaves, like every other.</summary>
public sealed class ConversationStarter
{
    // As for every message: two runs at once, or one that is started again from its top, send one.
    private static readonly TimeSpan _repeatAfter = new SendOptions().RepeatAfter;

    private readonly ProlificClient _client;
    private readonly IMessageLedger _ledger;

    /// <summary>Makes one.</summary>
    /// <param name="client">The account.</param>
    /// <param name="ledger">The open ledger.</param>
    public ConversationStarter(ProlificClient client, IMessageLedger ledger)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(ledger);
        _client = client;
        _ledger = ledger;
    }

    /// <summary>Whether a person must not be written to.</summary>
    /// <param name="participantId">The person.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The block; null when there is none.</returns>
    /// <exception cref="MessagingException">LedgerUnavailable.</exception>
    public async Task<BlockedParticipant?> FindBlockAsync(string participantId, CancellationToken cancellationToken)
        => await _ledger.GetBlockedAsync([participantId], nameof(MessagingProvider.Prolific), cancellationToken).ConfigureAwait(false) is [var block, ..] ? block : null;

    /// <summary>Starts one.</summary>
    /// <param name="participantId">The person.</param>
    /// <param name="subject">Subject.</param>
    /// <param name="topic">One of the service's categories.</param>
    /// <param name="studyId">The study it is about; null for none.</param>
    /// <param name="body">First message; null for none, then the ledger has nothing to keep.</param>
    /// <param name="workspaceId">The workspace that starts it; null for oneself.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The conversation.</returns>
    /// <exception cref="MessagingException">It was refused, is blocked, or its outcome is not known (then the entry is <c>Unknown</c>), or that of an earlier message with this text is not known; the person got this very message lately, or gets it from another run right now (<see cref="MessagingErrorReason.InvalidRequest"/>); LedgerUnavailable before anything was sent.</exception>
    public async Task<MessageConversation> StartAsync(
        string participantId, string subject, string topic, string? studyId, string? body, string? workspaceId, CancellationToken cancellationToken)
    {
        ThrowIfBlocked(await FindBlockAsync(participantId, cancellationToken).ConfigureAwait(false), participantId);
        if (body is null) return await CreateAsync().ConfigureAwait(false);
        ServiceConnection connection = _client.Connection;
        AccountIdentity identity = await AccountIdentities.Shared
            .FindAsync(connection, async token => (await _client.GetMeAsync(token).ConfigureAwait(false)).Id, cancellationToken)
            .ConfigureAwait(false);
        await _ledger.AdoptAccountAsync([connection.Account, $"{connection.Provider}@{connection.BaseUri.Authority}"], identity.Key, cancellationToken).ConfigureAwait(false);
        var text = new RenderedText(body, subject);
        await ThrowIfUnknownAsync(identity, participantId, studyId ?? "", text.NormalizedHash, cancellationToken).ConfigureAwait(false);
        var claim = new MessageClaim
        {
            ParticipantId = participantId,
            Message = new ClaimedMessage
            {
                Account = connection.Account,
                Identity = identity.Key,
                Provider = connection.ProviderName,
                StudyId = studyId ?? "",
                BodyHash = text.Hash,
                BodyLength = text.Length,
                NormalizedHash = text.NormalizedHash,
            },
        };
        ClaimResult granted = (await _ledger.ClaimAsync([claim], new ClaimOptions(RepeatAfter: _repeatAfter), cancellationToken).ConfigureAwait(false))[0];
        ThrowIfBlocked(granted.BlockedPerson, participantId);
        if (granted.Blocking is { } standing) throw SendFailures.HeldBack(standing);
        try
        {
            MessageConversation started = await CreateAsync().ConfigureAwait(false);
            await SettleAsync(granted.EntryId, MessageStatus.Sent, "", null, 1).ConfigureAwait(false);
            return started;
        }
        catch (MessagingException e) when (e.Reason != MessagingErrorReason.LedgerUnavailable)
        {
            await SettleAsync(granted.EntryId, e.Effect == CallEffect.Unknown ? MessageStatus.Unknown : MessageStatus.Failed, e.Message, e.HttpStatus, e.Attempts).ConfigureAwait(false);
            throw;
        }
        catch (OperationCanceledException)
        {
            // It had not left.
            _ledger.Hurry();
            await _ledger.ReleaseAsync([granted.EntryId], CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        async Task<MessageConversation> CreateAsync()
        {
            try
            {
                return await _client.CreateConversationAsync(participantId, subject, topic, studyId, body, workspaceId, cancellationToken).ConfigureAwait(false);
            }
            catch (MessagingException e) when (SendFailures.NotStarted(e, _client.Connection, participantId, studyId ?? "") is { } told)
            {
                throw told;
            }
        }
    }

    // Whoever gives the same line again after an error means the same message: it may have arrived.
    private async Task ThrowIfUnknownAsync(AccountIdentity identity, string participantId, string studyId, string hash, CancellationToken cancellationToken)
    {
        var query = new LedgerQuery
        {
            Identities = [identity.Key],
            ParticipantIds = [participantId],
            Statuses = [MessageStatus.Unknown],
            IncludeSuperseded = false,
        };
        await foreach (SentMessage entry in _ledger.QueryAsync(query, cancellationToken).ConfigureAwait(false))
        {
            if (entry.IsTrial || hash.Length == 0 || !string.Equals(entry.NormalizedHash, hash, StringComparison.OrdinalIgnoreCase)
                || !string.Equals(entry.StudyId, studyId, StringComparison.OrdinalIgnoreCase)) continue;
            throw SendFailures.OpenBefore(StandingEntry.Of(entry));
        }
    }

    private Task SettleAsync(long entry, string status, string reason, int? httpStatus, int attempts)
        => _ledger.SettleAsync([new MessageOutcome(entry, status, reason, httpStatus, attempts)], CancellationToken.None);

    private static void ThrowIfBlocked(BlockedParticipant? block, string participantId)
    {
        if (block is null) return;
        throw new MessagingException(
            MessagingErrorReason.InvalidRecipient,
            $"{participantId} must not be written to{(block.Reason.Length == 0 ? "" : $" ({block.Reason.TrimEnd('.')})")}: no conversation was started.",
            $"{Wording.Begin(Job.ListBlocks)} shows who is blocked; {Wording.By(Job.LiftBlock)} lifts a block.");
    }
}
