using System.Security.Cryptography;
using System.Text;

namespace ParticipantMessaging.Accounts;

/// <summary>Everything that a client needs to speak to one account of one service.</summary>
public sealed class ServiceConnection
{
    private long _heldUntil;

    /// <summary>Makes one.</summary>
    /// <param name="provider">The service.</param>
    /// <param name="token">The token.</param>
    /// <param name="baseUri">The host root; null for the service's own. <c>https</c>, or <c>http</c> on loopback.</param>
    /// <param name="account">Name of the account; null for one that is not registered, which is then called <c>Provider@host</c>.</param>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.InvalidRequest"/>: the address is not absolute, or is plain http to another machine.</exception>
    public ServiceConnection(MessagingProvider provider, AccessToken token, Uri? baseUri = null, string? account = null)
    {
        ArgumentNullException.ThrowIfNull(token);
        Provider = provider;
        ProviderName = provider.ToString();
        Token = token;
        BaseUri = CheckBaseUri(baseUri ?? DefaultBaseUri(provider));
        Account = string.IsNullOrWhiteSpace(account)
            ? $"{provider}@{BaseUri.Authority}"
            : account;
    }

    /// <summary>The service.</summary>
    public MessagingProvider Provider { get; }

    /// <summary>The service's name, as results and the ledger have it: made once, not for each of 100,000 rows.</summary>
    internal string ProviderName { get; }

    /// <summary>The token.</summary>
    public AccessToken Token { get; }

    /// <summary>The host root.</summary>
    public Uri BaseUri { get; }

    /// <summary>What receipts, objects and the ledger call this account.</summary>
    public string Account { get; }

    /// <summary>Prolific workspace that is meant when none is named; null when there is none.</summary>
    public string? WorkspaceId { get; init; }

    /// <summary>How long one call may take; 60 seconds unless set.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The longest wait that a service may ask for with <c>Retry-After</c> before the call fails instead; 5 minutes unless set.</summary>
    public TimeSpan MaxRetryWait { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Where the account is registered, so that it is remembered who it is; null for a token that was given directly.</summary>
    public AccountRegistration? Registration { get; init; }

    /// <summary>Who the account is at the service; null until <see cref="AccountIdentities.FindAsync"/> has found out.</summary>
    public AccountIdentity? Identity { get; set; }

    /// <summary>What the service sees of a caller: its address and the token (as a hash). Connections of other names that share it share their pace.</summary>
    internal string CallKey => field ??= $"{BaseUri.Scheme}://{BaseUri.Authority} {Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Token.Reveal())))}";

    /// <summary>
    /// Until when (<see cref="Http.Waiting.Now"/>) the service asked to wait, longer than is allowed here: no call of this connection leaves meanwhile. The account's other
    /// connections find out for themselves, since they may allow another wait.
    /// </summary>
    internal TimeSpan HeldUntil
    {
        get => new(Volatile.Read(ref _heldUntil));
        set => Volatile.Write(ref _heldUntil, value.Ticks);
    }

    /// <summary>The service's own host root.</summary>
    /// <param name="provider">The service.</param>
    /// <returns><c>https://api.prolific.com</c> or <c>https://www.openhumans.org</c>.</returns>
    public static Uri DefaultBaseUri(MessagingProvider provider) => provider switch
    {
        MessagingProvider.Prolific => new Uri("https://api.prolific.com"),
        MessagingProvider.OpenHumans => new Uri("https://www.openhumans.org"),
        _ => throw new ArgumentOutOfRangeException(nameof(provider)),
    };

    /// <summary>Checks a host root: absolute, <c>https</c> or <c>http</c> on loopback, no user info, no query.</summary>
    /// <param name="baseUri">The address.</param>
    /// <returns>The address without trailing slash handling: scheme, host and port.</returns>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.InvalidRequest"/>.</exception>
    public static Uri CheckBaseUri(Uri baseUri)
    {
        ArgumentNullException.ThrowIfNull(baseUri);
        if (!baseUri.IsAbsoluteUri
            || (baseUri.Scheme != Uri.UriSchemeHttps && !(baseUri.Scheme == Uri.UriSchemeHttp && baseUri.IsLoopback)))
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                "The base address must start with https:// (plain http:// is accepted for this computer only), because the token travels with every call.",
                "Give the host root, such as https://api.prolific.com.");
        }

        if (baseUri.UserInfo.Length > 0 || baseUri.Query.Length > 0 || baseUri.Fragment.Length > 0 || baseUri.AbsolutePath != "/")
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                "The base address must be the host root alone, without path, query or user name.",
                "Give the host root, such as https://api.prolific.com.");
        }

        return baseUri;
    }
}
