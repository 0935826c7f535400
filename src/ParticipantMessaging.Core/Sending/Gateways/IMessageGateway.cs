using System.Collections.Concurrent;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Http;

namespace ParticipantMessaging.Sending;

/// <summary>Makes the calls of one account. Every failure is a <see cref="MessagingException"/> that says whether the call may have had its effect.</summary>
public interface IMessageGateway
{
    /// <summary>Makes one call.</summary>
    /// <param name="messages">Messages of one planned call, or those of it that are still to be sent.</param>
    /// <param name="guard">What is asked before each try; when it throws, the call has not left and is not tried again.</param>
    /// <param name="cancellationToken">
    /// Gives the call up: <see cref="OperationCanceledException"/> when it had not left, <see cref="MessagingErrorReason.OutcomeUnknown"/> when it had.
    /// </param>
    /// <returns>The answer.</returns>
    Task<SendResponse> SendAsync(IReadOnlyList<PreparedMessage> messages, SendGuard guard, CancellationToken cancellationToken);

    /// <summary>Asks who the account is: the researcher's id, or the project's. Tried as patiently as a send.</summary>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The id.</returns>
    Task<string> GetIdentityAsync(CancellationToken cancellationToken);

    /// <summary>Asks how many people a group or all-members send reaches.</summary>
    /// <param name="message">The group or all-members message.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The audience.</returns>
    Task<Audience> GetAudienceAsync(PreparedMessage message, CancellationToken cancellationToken);

    /// <summary>Reads who a group or all-members send reaches.</summary>
    /// <param name="message">The group or all-members message.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The members' ids; null when it is not known that they are all.</returns>
    Task<IReadOnlyList<string>?> GetMemberIdsAsync(PreparedMessage message, CancellationToken cancellationToken);

    /// <summary>
    /// Looks, before the first call of a run, whether what is sent arrives at all. Asked again only when it failed.
    /// </summary>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Why nobody would get what is sent, which only <see cref="SendOptions.Force"/> sends then; null when nothing is wrong.</returns>
    /// <exception cref="MessagingException">Nothing may be sent over this account, and why.</exception>
    Task<string?> CheckAccountAsync(CancellationToken cancellationToken);

    /// <summary>The service's own time now, as far as its answers tell it; null before the first.</summary>
    DateTimeOffset? ServiceTime { get; }

    /// <summary>A refused list is known to have reached nobody, so that it can be sent again without the ids that the refusal names.</summary>
    bool RefusedListReachesNobody { get; }

    /// <summary>Looks whether a person has a message although the service refused the list that it was in.</summary>
    /// <param name="message">The message, to one person.</param>
    /// <param name="called">When the call began, by the service's clock.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>True when it is there; false when it is not; null when that cannot be told, as where the same text is there from before the call or about another study.</returns>
    Task<bool?> HasArrivedAsync(PreparedMessage message, DateTimeOffset called, CancellationToken cancellationToken);

    /// <summary>The ids that a refused call names; empty when the refusal names none.</summary>
    /// <param name="refusal">The refusal.</param>
    /// <param name="messages">The messages of the call.</param>
    /// <returns>The ids, none that was not in the call.</returns>
    IReadOnlyCollection<string> GetRefusedIds(MessagingException refusal, IReadOnlyList<PreparedMessage> messages);
}

/// <summary>The gateways to the real services.</summary>
public static class MessageGateways
{
    /// <summary>Makes a function that gives one gateway per account, as long as the function lives.</summary>
    /// <param name="http">The HTTP layer; null for the shared one.</param>
    /// <returns>The function.</returns>
    public static Func<ServiceConnection, IMessageGateway> Create(ServiceHttp? http = null)
    {
        var made = new ConcurrentDictionary<ServiceConnection, IMessageGateway>();
        return connection => made.GetOrAdd(connection, c => c.Provider == MessagingProvider.Prolific
            ? new ProlificGateway(c, http)
            : new OpenHumansGateway(c, http));
    }
}

/// <summary>Whom a group or all-members send reaches.</summary>
/// <param name="Name">Name of the group or project.</param>
/// <param name="People">Head count; null when the service did not say.</param>
public sealed record Audience(string Name, long? People);
