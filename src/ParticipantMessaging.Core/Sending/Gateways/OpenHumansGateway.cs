using ParticipantMessaging.Accounts;
using ParticipantMessaging.Http;
using ParticipantMessaging.OpenHumans;

namespace ParticipantMessaging.Sending;

/// <summary>Sends over Open Humans: a list of project members, or all of them.</summary>
internal sealed class OpenHumansGateway(ServiceConnection connection, ServiceHttp? http = null) : IMessageGateway
{
    private readonly OpenHumansClient _client = new(connection, http);

    public DateTimeOffset? ServiceTime => (http ?? ServiceHttp.Shared).ServiceTimeOf(connection);

    // Open Humans checks the whole list before it queues anything: a refused one reached nobody (provider facts 7.1).
    public bool RefusedListReachesNobody => true;

    public Task<SendResponse> SendAsync(IReadOnlyList<PreparedMessage> messages, SendGuard guard, CancellationToken cancellationToken)
    {
        PreparedMessage first = messages[0];
        return first.Kind == RecipientKind.AllMembers
            ? _client.SendToAllMembersAsync(first.Text.Subject, first.Text.Body, guard, cancellationToken)
            : _client.SendMessageAsync([.. messages.Select(static m => m.ParticipantId)], first.Text.Subject, first.Text.Body, guard, cancellationToken);
    }

    public async Task<string> GetIdentityAsync(CancellationToken cancellationToken) => (await _client.GetProjectPatientlyAsync(cancellationToken).ConfigureAwait(false)).Id;

    public async Task<IReadOnlyList<string>?> GetMemberIdsAsync(PreparedMessage message, CancellationToken cancellationToken)
    {
        ServiceList<Participant> members = _client.GetMembersAsync(cancellationToken);
        var ids = new List<string>();
        await foreach (Participant member in members.ConfigureAwait(false)) ids.Add(member.ParticipantId);
        return members.End is { IsComplete: true } ? ids : null;
    }

    public async Task<Audience> GetAudienceAsync(PreparedMessage message, CancellationToken cancellationToken)
    {
        OpenHumansProject project = await _client.GetProjectAsync(cancellationToken).ConfigureAwait(false);
        if (project.AuthorizedMembers == 0)
        {
            // The service says "success" to it, and mails nobody (provider facts 12.11).
            throw new MessagingException(
                MessagingErrorReason.InvalidRecipient,
                $"Nobody is there: the project '{project.Name}' has no members.",
                "Look whether it is the right project, and send when members have joined.");
        }

        return new Audience(project.Name, project.AuthorizedMembers);
    }

    // Everything works with a member's own token, and every text goes to that member (provider facts 12.1).
    public async Task<string?> CheckAccountAsync(CancellationToken cancellationToken)
    {
        OpenHumansProject project = await _client.GetProjectPatientlyAsync(cancellationToken).ConfigureAwait(false);
        if (await _client.IsMasterTokenAsync(cancellationToken).ConfigureAwait(false)) return project.MailProblem.Length > 0 ? project.MailProblem : null;
        throw new MessagingException(
            MessagingErrorReason.AuthenticationFailed,
            OpenHumansProject.UserTokenProblem,
            "Copy the master access token from the project's page at Open Humans and store it in the account.");
    }

    // Open Humans keeps no messages that could be looked at; and a refused list reaches nobody there.
    public Task<bool?> HasArrivedAsync(PreparedMessage message, DateTimeOffset called, CancellationToken cancellationToken) => Task.FromResult<bool?>(false);

    public IReadOnlyCollection<string> GetRefusedIds(MessagingException refusal, IReadOnlyList<PreparedMessage> messages)
        => OpenHumansErrors.InvalidMemberIds(refusal) ?? [];
}
