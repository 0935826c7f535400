using System.Text.Json;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Http;

namespace ParticipantMessaging.OpenHumans;

/// <summary>
/// Open Humans' project API with a master token, as far as messaging needs it. Every method throws
/// <see cref="MessagingException"/> when the call fails, and <see cref="OperationCanceledException"/> when it was
/// cancelled without effect.
/// </summary>
public sealed class OpenHumansClient
{
    private const string ProjectPath = "/api/direct-sharing/project/";
    private readonly ServiceReader _reader;

    /// <summary>Makes one.</summary>
    /// <param name="connection">The account.</param>
    /// <param name="http">The HTTP layer; null for the shared one.</param>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.NotSupported"/>: it is an account of another service.</exception>
    public OpenHumansClient(ServiceConnection connection, ServiceHttp? http = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (connection.Provider != MessagingProvider.OpenHumans)
        {
            throw new MessagingException(
                MessagingErrorReason.NotSupported,
                $"Account '{connection.Account}' is not one of Open Humans.",
                $"Choose an Open Humans account with {Wording.Option("Account")}.");
        }

        _reader = new ServiceReader(connection, http);
    }

    /// <summary>The account.</summary>
    public ServiceConnection Connection => _reader.Connection;

    /// <summary>Told of every wait before a call; may be called from any thread. Null for nobody.</summary>
    public Action<ServiceWait>? OnWait
    {
        get => _reader.OnWait;
        set => _reader.OnWait = value;
    }

    /// <summary>
    /// Awaited before every call, a further page of a list included; whoever shows objects sees to it here that those of
    /// the page before are out. What it throws ends the reading. Null for nothing.
    /// </summary>
    public Func<Task>? BeforeCall
    {
        get => _reader.BeforeCall;
        set => _reader.BeforeCall = value;
    }

    /// <summary>Told of every list that ended without being known to be whole; null for nobody.</summary>
    public Func<ListEnd, Task>? OnIncomplete
    {
        get => _reader.OnIncomplete;
        set => _reader.OnIncomplete = value;
    }

    /// <summary>The project (<c>GET project/</c>): the cheapest test of a token, and the head count of an all-members send.</summary>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The project.</returns>
    public Task<OpenHumansProject> GetProjectAsync(CancellationToken cancellationToken = default)
        => _reader.GetAsync(new ServiceRequest(HttpMethod.Get, ProjectPath), OpenHumansJson.Project, cancellationToken);

    /// <summary>As <see cref="GetProjectAsync"/>, tried as often as a send is.</summary>
    internal Task<OpenHumansProject> GetProjectPatientlyAsync(CancellationToken cancellationToken)
        => _reader.GetAsync(new ServiceRequest(HttpMethod.Get, ProjectPath) { IsPatient = true }, OpenHumansJson.Project, cancellationToken);

    /// <summary>
    /// Whether the token is the project's master token (<c>GET project/members/?limit=1</c>): with a member's own one everything else works as
    /// well, and every text goes to that member (provider facts 12.1). Only to be asked when <see cref="GetProjectAsync"/> took the token.
    /// </summary>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>False for a user token.</returns>
    public async Task<bool> IsMasterTokenAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            using ServiceResponse response = await _reader
                .CallAsync(new ServiceRequest(HttpMethod.Get, $"{ProjectPath}members/") { Query = "limit=1", TokenInQuery = true, IsPatient = true }, cancellationToken)
                .ConfigureAwait(false);
            return true;
        }
        catch (MessagingException e) when (e.Reason == MessagingErrorReason.AuthenticationFailed)
        {
            return false;
        }
    }

    /// <summary>
    /// All members of the project (<c>GET project/members/</c>), each once, a thousand a page: the list has no fixed order, so that pages
    /// overlap and leave members out while people leave; fewer than the service counts are looked for a second time (provider facts,
    /// section 12). The service puts the token into its answer; nothing of that is read in.
    /// </summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The members.</returns>
    public ServiceList<Participant> GetMembersAsync(CancellationToken cancellationToken = default)
        => _reader.ListAsync(
            new ServiceRequest(HttpMethod.Get, $"{ProjectPath}members/") { TokenInQuery = true },
            new Paging(PagingStyle.Offset, 1000, MostAtOnce: 20_000),
            OpenHumansJson.Member,
            static p => p.ParticipantId,
            cancellationToken);

    /// <summary>
    /// Queues a message to members (<c>POST project/message/</c>). One bad id and nobody gets it:
    /// <see cref="OpenHumansErrors.InvalidMemberIds"/> reads which. Repeated only when it is sure that it was not taken.
    /// </summary>
    /// <param name="ids">The members, each once; must not be empty.</param>
    /// <param name="subject">Subject without line breaks; null for the service's own.</param>
    /// <param name="message">The text, a template of the service's own kind.</param>
    /// <param name="guard">What is asked before each try; null for nothing.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>That it was queued.</returns>
    /// <exception cref="MessagingException">It was refused, or it is not known whether it was queued.</exception>
    public Task<SendResponse> SendMessageAsync(IReadOnlyList<string> ids, string? subject, string message, SendGuard? guard = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(ids);
        if (ids.Count == 0) throw new ArgumentException("There is nobody to send to.", nameof(ids));
        return SendAsync(json => json.WriteTexts("project_member_ids", ids), subject, message, guard, cancellationToken);
    }

    /// <summary>Queues a message to all members (<c>POST project/message/</c> with <c>all_members</c>).</summary>
    /// <param name="subject">Subject without line breaks; null for the service's own.</param>
    /// <param name="message">The text, a template of the service's own kind.</param>
    /// <param name="guard">What is asked before each try; null for nothing.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>That it was queued.</returns>
    /// <exception cref="MessagingException">It was refused, or it is not known whether it was queued.</exception>
    public Task<SendResponse> SendToAllMembersAsync(string? subject, string message, SendGuard? guard = null, CancellationToken cancellationToken = default)
        => SendAsync(static json => json.WriteBoolean("all_members", true), subject, message, guard, cancellationToken);

    private async Task<SendResponse> SendAsync(Action<Utf8JsonWriter> writeAudience, string? subject, string message, SendGuard? guard, CancellationToken cancellationToken)
    {
        JsonBody.Sendable(message, "text");
        if (subject is not null && JsonBody.Sendable(subject, "subject").AsSpan().IndexOfAny('\r', '\n') >= 0)
        {
            // The service says "success" and then mails nobody.
            throw new MessagingException(MessagingErrorReason.InvalidSubject, "The subject holds a line break.", "Give a subject of one line.");
        }

        var request = new ServiceRequest(HttpMethod.Post, $"{ProjectPath}message/", CallKind.Send)
        {
            Guard = guard,
            Body = JsonBody.Of(json =>
            {
                writeAudience(json);
                if (!string.IsNullOrEmpty(subject)) json.WriteString("subject", subject);
                json.WriteString("message", message);
            }),
        };
        using ServiceResponse response = await _reader.CallAsync(request, cancellationToken).ConfigureAwait(false);

        // Whatever else comes with a good status was not said by the service (a proxy's page, say), or broke off.
        if (response.Status != 200 || !response.Body.Span.Trim(" \t\r\n"u8).SequenceEqual("\"success\""u8))
        {
            throw _reader.Unreadable(request, response, "not with its own word for success");
        }

        return new SendResponse(response.Status, response.Attempts, response.AnsweredAt, response.ServiceTime);
    }
}
