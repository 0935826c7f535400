using ParticipantMessaging.Http;

namespace ParticipantMessaging.Sending;

/// <summary>Makes the calls of one account. Every failure is a <see cref="MessagingException"/> that says whether the call may have had its effect.</summary>
public interface IMessageGateway
{
    /// <summary>Makes one call.</summary>
    /// <param name="messages">Messages of one planned call, or those of it that are still to be sent.</param>
    /// <param name="beforeTry">Awaited before each try, after whatever had to be waited for; when it throws, the call has not left and is not tried again.</param>
    /// <param name="cancellationToken">
    /// Gives the call up: <see cref="OperationCanceledException"/> when it had not left, <see cref="MessagingErrorReason.OutcomeUnknown"/> when it had.
    /// </param>
    /// <returns>The answer.</returns>
    Task<SendResponse> SendAsync(IReadOnlyList<PreparedMessage> messages, Func<CancellationToken, Task> beforeTry, CancellationToken cancellationToken);

    /// <summary>Asks how many people a group or all-members send reaches.</summary>
    /// <param name="message">The group or all-members message.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The audience.</returns>
    Task<Audience> GetAudienceAsync(PreparedMessage message, CancellationToken cancellationToken);

    /// <summary>The ids that a refused list names, to be taken out before it is sent again; empty when the refusal names none.</summary>
    /// <param name="refusal">The refusal.</param>
    /// <returns>The ids.</returns>
    IReadOnlyCollection<string> GetRefusedIds(MessagingException refusal);
}
