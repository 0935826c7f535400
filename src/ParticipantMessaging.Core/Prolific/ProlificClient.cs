using ParticipantMessaging.Accounts;
using ParticipantMessaging.Http;

namespace ParticipantMessaging.Prolific;

/// <summary>
/// Prolific's researcher API, as far as messaging needs it. Paths end in a slash, as documented, because a redirect
/// would lose the body. Every method throws <see cref="MessagingException"/> when the call fails, and
/// <see cref="OperationCanceledException"/> when it was cancelled without effect.
/// </summary>
public sealed partial class ProlificClient
{
    private readonly ServiceReader _reader;

    /// <summary>Makes one.</summary>
    /// <param name="connection">The account.</param>
    /// <param name="http">The HTTP layer; null for the shared one.</param>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.NotSupported"/>: it is an account of another service.</exception>
    public ProlificClient(ServiceConnection connection, ServiceHttp? http = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (connection.Provider != MessagingProvider.Prolific)
        {
            throw new MessagingException(
                MessagingErrorReason.NotSupported,
                $"Account '{connection.Account}' is not one of Prolific.",
                $"Choose a Prolific account with {Wording.Option("Account")}.");
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

    /// <summary>Told of every list that ended without being known to be whole: less than the service counts, or nothing that says that this is all. Null for nobody.</summary>
    public Func<ListEnd, Task>? OnIncomplete
    {
        get => _reader.OnIncomplete;
        set => _reader.OnIncomplete = value;
    }

    internal TimeProvider Clock => _reader.Clock;

    /// <summary>Whose token it is (<c>GET users/me/</c>); the cheapest test of a token.</summary>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>Id and e-mail address.</returns>
    public Task<ProlificUser> GetMeAsync(CancellationToken cancellationToken = default)
        => _reader.GetAsync(Get("/api/v1/users/me/"), ProlificJson.User, cancellationToken);

    /// <summary>As <see cref="GetMeAsync(CancellationToken)"/>, tried as often as a send is.</summary>
    internal Task<ProlificUser> GetMePatientlyAsync(CancellationToken cancellationToken)
        => _reader.GetAsync(Get("/api/v1/users/me/") with { IsPatient = true }, ProlificJson.User, cancellationToken);

    /// <summary>The workspaces of the researcher (<c>GET workspaces/</c>).</summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The workspaces.</returns>
    public ServiceList<ProlificWorkspace> GetWorkspacesAsync(CancellationToken cancellationToken = default)
        => _reader.ListAsync(Get("/api/v1/workspaces/"), new Paging(PagingStyle.Offset, 200), ProlificJson.Workspace, static w => w.Id, cancellationToken);

    private static ServiceRequest Get(string path, string? query = null, bool mayBeSwitchedOff = false)
        => new(HttpMethod.Get, path) { Query = query, MayBeSwitchedOff = mayBeSwitchedOff };

    /// <summary>A query time, in UTC with as many digits as the service writes itself.</summary>
    private static string Time(DateTimeOffset time)
        => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
