using System.Collections.Concurrent;
using ParticipantMessaging.Accounts;

namespace ParticipantMessaging.Sending;

/// <summary>The gateways to the real services.</summary>
public static class MessageGateways
{
    /// <summary>Makes a function that gives one gateway per account, so that a wait which a service asks for holds back all calls of that account.</summary>
    /// <returns>The function.</returns>
    public static Func<ServiceConnection, IMessageGateway> Create()
    {
        var made = new ConcurrentDictionary<ServiceConnection, IMessageGateway>();
        return connection => made.GetOrAdd(connection, static c => c.Provider == MessagingProvider.Prolific
            ? new ProlificGateway(c)
            : new OpenHumansGateway(c));
    }
}
