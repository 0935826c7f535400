using System.Collections.Concurrent;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Http;

namespace ParticipantMessaging.Sending;

/// <summary>The gateways to the real services.</summary>
public static class MessageGateways
{
    /// <summary>Makes a function that gives one gateway per account, so that a wait which a service asks for holds back all calls of that account.</summary>
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
