using ParticipantMessaging.Http;

namespace ParticipantMessaging.Prolific;

/// <content>Messages, conversations, broadcasts.</content>
public sealed partial class ProlificClient
{
    private const string ConversationsPath = "/api/v1/conversations/";
    private const string BroadcastsPath = "/api/v1/broadcasts/";

    /// <summary>All unread messages (<c>GET messages/unread/</c>). Reading them does not mark them as read.</summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The messages, in the service's order, which is not documented.</returns>
    public ServiceList<ParticipantMessage> GetUnreadMessagesAsync(CancellationToken cancellationToken = default)
        => _reader.ListAsync(Get("/api/v1/messages/unread/"), new Paging(PagingStyle.None, MayLackResults: true), ProlificJson.Received, static m => m.Id, cancellationToken);

    /// <summary>The history (<c>GET messages/</c>).</summary>
    /// <param name="userId">The other person; required when <paramref name="createdAfter"/> is null.</param>
    /// <param name="createdAfter">Messages after this time, 30 days back at most; required when <paramref name="userId"/> is null.</param>
    /// <param name="excludedSenderIds">Senders to leave out, 10 at most; null for none.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The messages, in the service's order, which is not documented.</returns>
    public ServiceList<ParticipantMessage> GetMessagesAsync(
        string? userId,
        DateTimeOffset? createdAfter,
        IReadOnlyList<string>? excludedSenderIds = null,
        CancellationToken cancellationToken = default)
    {
        string query = QueryBuilder.Of(
            ("user_id", userId),
            ("created_after", createdAfter is { } after ? Time(after) : null),
            ("excluded_sender_ids", excludedSenderIds is { Count: > 0 } ? string.Join(',', excludedSenderIds) : null));
        return _reader.ListAsync(
            Get("/api/v1/messages/", query),
            new Paging(PagingStyle.None, MayLackResults: true),
            string.IsNullOrWhiteSpace(userId) ? ProlificJson.Message : ProlificJson.MessageWith(userId.Trim()),
            static m => m.Id,
            cancellationToken);
    }

    /// <summary>Sends a message to one person (<c>POST messages/</c>). It is repeated only when it is sure that it was not taken.</summary>
    /// <param name="recipientId">The person.</param>
    /// <param name="body">The text.</param>
    /// <param name="studyId">The study that is the reason for the message.</param>
    /// <param name="conversationId">An existing conversation to put it into; null for the usual thread.</param>
    /// <param name="guard">What is asked before each try; null for nothing.</param>
    /// <param name="cancellationToken">Stops the call; see <see cref="CallEffect"/> for what is known then.</param>
    /// <returns>That it was taken.</returns>
    /// <exception cref="MessagingException">It was refused (<see cref="CallEffect.None"/>), or it is not known whether it was sent (<see cref="MessagingErrorReason.OutcomeUnknown"/>).</exception>
    public Task<SendResponse> SendMessageAsync(string recipientId, string body, string studyId, string? conversationId = null, SendGuard? guard = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(recipientId);
        JsonBody.Sendable(body, "text");
        return SendAsync("/api/v1/messages/", JsonBody.Of(json =>
        {
            json.WriteString("recipient_id", recipientId);
            json.WriteString("body", body);
            if (!string.IsNullOrEmpty(studyId)) json.WriteString("study_id", studyId);
            if (!string.IsNullOrEmpty(conversationId)) json.WriteString("conversation_id", conversationId);
        }), guard, cancellationToken);
    }

    /// <summary>Sends the same text to many people (<c>POST messages/bulk/</c>); by default the service takes 4,000 at once.</summary>
    /// <param name="ids">The people; must not be empty.</param>
    /// <param name="body">The text.</param>
    /// <param name="studyId">The study that is the reason for the message.</param>
    /// <param name="guard">What is asked before each try; null for nothing.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>That it was taken.</returns>
    /// <exception cref="MessagingException">As for <see cref="SendMessageAsync"/>.</exception>
    public Task<SendResponse> SendBulkMessageAsync(IReadOnlyList<string> ids, string body, string studyId, SendGuard? guard = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(ids);
        if (ids.Count == 0) throw new ArgumentException("There is nobody to send to.", nameof(ids));
        JsonBody.Sendable(body, "text");
        return SendAsync("/api/v1/messages/bulk/", JsonBody.Of(json =>
        {
            json.WriteTexts("ids", ids);
            json.WriteString("body", body);
            json.WriteString("study_id", studyId);
        }), guard, cancellationToken);
    }

    /// <summary>Sends a text to all members of a participant group (<c>POST messages/participant-group/</c>).</summary>
    /// <param name="groupId">The group.</param>
    /// <param name="body">The text.</param>
    /// <param name="studyId">The study that is the reason for the message; null for none.</param>
    /// <param name="guard">What is asked before each try; null for nothing.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>That it was taken.</returns>
    /// <exception cref="MessagingException">As for <see cref="SendMessageAsync"/>.</exception>
    public Task<SendResponse> SendGroupMessageAsync(string groupId, string body, string? studyId = null, SendGuard? guard = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(groupId);
        JsonBody.Sendable(body, "text");
        return SendAsync("/api/v1/messages/participant-group/", JsonBody.Of(json =>
        {
            json.WriteString("participant_group_id", groupId);
            json.WriteString("body", body);
            if (!string.IsNullOrEmpty(studyId)) json.WriteString("study_id", studyId);
        }), guard, cancellationToken);
    }

    /// <summary>Conversations, most recently updated first (<c>GET conversations/</c>).</summary>
    /// <param name="workspaceId">A workspace whose conversations are meant instead of one's own; null for one's own.</param>
    /// <param name="studyId">Only about this study; null for all.</param>
    /// <param name="broadcastId">Only those that this broadcast created; null for all.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The conversations.</returns>
    public ServiceList<MessageConversation> GetConversationsAsync(string? workspaceId = null, string? studyId = null, string? broadcastId = null, CancellationToken cancellationToken = default)
    {
        string query = QueryBuilder.Of(("workspace_id", workspaceId), ("study_id", studyId), ("broadcast_id", broadcastId));
        return _reader.ListAsync(Get(ConversationsPath, query, mayBeSwitchedOff: true), new Paging(PagingStyle.Cursor), ProlificJson.Conversation, static c => c.Id, cancellationToken);
    }

    /// <summary>Messages of one conversation, oldest first (<c>GET conversations/{id}/messages/</c>).</summary>
    /// <param name="conversationId">The conversation; a message's <see cref="ParticipantMessage.ConversationId"/>.</param>
    /// <param name="workspaceId">The workspace, for a conversation of a workspace; null otherwise.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The messages.</returns>
    public ServiceList<ParticipantMessage> GetConversationMessagesAsync(string conversationId, string? workspaceId = null, CancellationToken cancellationToken = default)
    {
        string path = $"{ConversationsPath}{QueryBuilder.Segment(conversationId, "conversation")}/messages/";
        return _reader.ListAsync(
            Get(path, QueryBuilder.Of(("workspace_id", workspaceId)), mayBeSwitchedOff: true),
            new Paging(PagingStyle.Cursor),
            ProlificJson.Message,
            static m => m.Id,
            cancellationToken);
    }

    /// <summary>Starts a conversation (<c>POST conversations/</c>), with a first message when a text is given. Not repeated when its outcome is unknown.</summary>
    /// <param name="recipientId">The person.</param>
    /// <param name="subject">Subject, 500 characters at most.</param>
    /// <param name="topic">One of the service's categories; which ones there are is not documented.</param>
    /// <param name="studyId">The study it is about; null for none.</param>
    /// <param name="body">First message, 10,000 characters at most; null for none.</param>
    /// <param name="workspaceId">The workspace that starts it; null for oneself.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The conversation.</returns>
    public async Task<MessageConversation> CreateConversationAsync(
        string recipientId,
        string subject,
        string topic,
        string? studyId = null,
        string? body = null,
        string? workspaceId = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(recipientId);
        JsonBody.Sendable(subject, "subject");
        if (body is not null) JsonBody.Sendable(body, "text");
        var request = new ServiceRequest(HttpMethod.Post, ConversationsPath, CallKind.Change)
        {
            MayBeSwitchedOff = true,
            CarriesMessage = !string.IsNullOrEmpty(body),
            Body = JsonBody.Of(json =>
            {
                json.WriteString("recipient_id", recipientId);
                json.WriteString("subject", subject);
                json.WriteString("topic", topic);
                if (!string.IsNullOrEmpty(studyId)) json.WriteString("study_id", studyId);
                if (!string.IsNullOrEmpty(workspaceId)) json.WriteString("workspace_id", workspaceId);
                if (!string.IsNullOrEmpty(body)) json.WriteString("body", body);
            }),
        };
        MessageConversation conversation = await _reader.GetAsync(request, ProlificJson.Conversation, cancellationToken).ConfigureAwait(false);
        conversation.ParticipantId = recipientId;
        return conversation;
    }

    /// <summary>Broadcasts, newest first (<c>GET broadcasts/</c>).</summary>
    /// <param name="workspaceId">A workspace whose broadcasts are meant; null for one's own.</param>
    /// <param name="studyId">Only about this study; null for all.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The broadcasts.</returns>
    public ServiceList<MessageBroadcast> GetBroadcastsAsync(string? workspaceId = null, string? studyId = null, CancellationToken cancellationToken = default)
        => _reader.ListAsync(
            Get(BroadcastsPath, QueryBuilder.Of(("workspace_id", workspaceId), ("study_id", studyId)), mayBeSwitchedOff: true),
            new Paging(PagingStyle.Cursor, 50),
            ProlificJson.Broadcast,
            static b => b.Id,
            cancellationToken);

    /// <summary>One broadcast (<c>GET broadcasts/{id}/</c>).</summary>
    /// <param name="broadcastId">The broadcast.</param>
    /// <param name="workspaceId">The workspace, for one that was sent from a workspace; null otherwise.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The broadcast.</returns>
    public Task<MessageBroadcast> GetBroadcastAsync(string broadcastId, string? workspaceId = null, CancellationToken cancellationToken = default)
        => _reader.GetAsync(
            Get($"{BroadcastsPath}{QueryBuilder.Segment(broadcastId, "broadcast")}/", QueryBuilder.Of(("workspace_id", workspaceId)), mayBeSwitchedOff: true),
            ProlificJson.Broadcast,
            cancellationToken);

    private async Task<SendResponse> SendAsync(string path, byte[] body, SendGuard? guard, CancellationToken cancellationToken)
    {
        var request = new ServiceRequest(HttpMethod.Post, path, CallKind.Send) { Body = body, Guard = guard };
        using ServiceResponse response = await _reader.CallAsync(request, cancellationToken).ConfigureAwait(false);

        // Its own answer is empty. Whatever stands in one was not written by the service: an inspecting proxy's page, say.
        if (response.Status != 204 && !response.Body.IsEmpty) throw _reader.Unreadable(request, response, "with something else than its own, empty answer");
        return new SendResponse(response.Status, response.Attempts, response.AnsweredAt, response.ServiceTime);
    }
}
