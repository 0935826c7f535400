using ParticipantMessaging.Accounts;
using ParticipantMessaging.Http;
using ParticipantMessaging.Ledger;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Sending;

/// <summary>Sends over Prolific: one person, a list, or a participant group.</summary>
internal sealed class ProlificGateway(ServiceConnection connection, ServiceHttp? http = null) : IMessageGateway
{
    private static readonly TimeSpan _lookBack = TimeSpan.FromMinutes(1);

    private readonly ProlificClient _client = new(connection, http);

    public DateTimeOffset? ServiceTime => (http ?? ServiceHttp.Shared).ServiceTimeOf(connection);

    // Whether a refused Prolific list reached some of its people is not documented: it is never taken apart and sent again, and looked after.
    public bool RefusedListReachesNobody => false;

    public Task<SendResponse> SendAsync(IReadOnlyList<PreparedMessage> messages, SendGuard guard, CancellationToken cancellationToken)
    {
        PreparedMessage first = messages[0];
        if (first.Kind == RecipientKind.Group)
        {
            return _client.SendGroupMessageAsync(first.GroupId, first.Text.Body, first.StudyId.Length == 0 ? null : first.StudyId, guard, cancellationToken);
        }

        return messages.Count == 1
            ? _client.SendMessageAsync(first.ParticipantId, first.Text.Body, first.StudyId, first.ConversationId, guard, cancellationToken)
            : _client.SendBulkMessageAsync([.. messages.Select(static m => m.ParticipantId)], first.Text.Body, first.StudyId, guard, cancellationToken);
    }

    public async Task<string> GetIdentityAsync(CancellationToken cancellationToken) => (await _client.GetMePatientlyAsync(cancellationToken).ConfigureAwait(false)).Id;

    public async Task<IReadOnlyList<string>?> GetMemberIdsAsync(PreparedMessage message, CancellationToken cancellationToken)
    {
        ServiceList<Participant> members = _client.GetGroupMembersAsync(message.GroupId, cancellationToken);
        var ids = new List<string>();
        await foreach (Participant member in members.ConfigureAwait(false)) ids.Add(member.ParticipantId);
        return members.End is { IsComplete: true } ? ids : null;
    }

    public async Task<Audience> GetAudienceAsync(PreparedMessage message, CancellationToken cancellationToken)
    {
        ParticipantGroup group = await _client.GetParticipantGroupAsync(message.GroupId, cancellationToken).ConfigureAwait(false);
        if (group.IsDeleted)
        {
            throw new MessagingException(
                MessagingErrorReason.NotFound,
                $"The participant group '{group.Name}' ({group.Id}) has been deleted.",
                "Choose another group, or send to its people one by one.");
        }

        long? people = group.ParticipantCount ?? await CountMembersAsync(message, cancellationToken).ConfigureAwait(false);
        if (people == 0)
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidRecipient,
                $"Nobody is there: the participant group '{group.Name}' ({group.Id}) has no members.",
                "Look whether it is the right group.");
        }

        return new Audience(group.Name, people);
    }

    // A group that does not say how many it has lists them.
    private async Task<long?> CountMembersAsync(PreparedMessage message, CancellationToken cancellationToken)
    {
        try
        {
            return (await GetMemberIdsAsync(message, cancellationToken).ConfigureAwait(false))?.Count;
        }
        catch (MessagingException)
        {
            return null;
        }
    }

    public Task<string?> CheckAccountAsync(CancellationToken cancellationToken) => Task.FromResult<string?>(null);

    public async Task<bool?> HasArrivedAsync(PreparedMessage message, DateTimeOffset called, CancellationToken cancellationToken)
    {
        // A minute more: the clock that dates messages need not be the one that dates answers, and who is missed here gets it twice.
        DateTimeOffset since = called - _lookBack;
        bool isOdd = false;
        ServiceList<ParticipantMessage> messages = _client.GetMessagesAsync(message.ParticipantId, since, null, cancellationToken);
        try
        {
            await foreach (ParticipantMessage found in messages.ConfigureAwait(false))
            {
                if (string.Equals(found.SenderId, message.ParticipantId, StringComparison.OrdinalIgnoreCase) || found.SentAt < since) continue;
                bool isOfStudy = found.StudyId.Length == 0 || string.Equals(found.StudyId, message.StudyId, StringComparison.OrdinalIgnoreCase);
                if (isOfStudy && found.SentAt >= called && TextFingerprint.HashNormalized(found.Body) == message.Text.NormalizedHash) return true;
                // Ours, or the same text of an earlier call or about another study, or one that the service shows with another text than was sent.
                isOdd = true;
            }
        }
        catch (Exception e) when (e is MessagingException or OperationCanceledException)
        {
            return null;
        }

        return isOdd || messages.End is not { IsComplete: true } ? null : false;
    }

    public IReadOnlyCollection<string> GetRefusedIds(MessagingException refusal, IReadOnlyList<PreparedMessage> messages)
    {
        if (messages.Count < 2 || refusal.HttpStatus is not (400 or 404 or 422)) return [];
        string said = string.Join(' ', refusal.FieldErrors.Values.SelectMany(static texts => texts).Append(refusal.ServiceMessage));
        return [.. messages.Select(static m => m.ParticipantId).Where(id => said.Contains(id, StringComparison.OrdinalIgnoreCase))];
    }
}
