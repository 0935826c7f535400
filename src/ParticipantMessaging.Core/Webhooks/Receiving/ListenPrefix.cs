using System.Net;
using System.Net.Sockets;

namespace ParticipantMessaging.Webhooks;

/// <summary>Where to listen: <c>http://localhost:8080/hooks/</c>. Other machines are let in only when the user says so.</summary>
internal sealed class ListenPrefix
{
    private ListenPrefix(string host, int port, string path, IReadOnlyList<IPAddress> addresses)
    {
        Host = host;
        Port = port;
        Path = path;
        Addresses = addresses;
    }

    public string Host { get; }

    /// <summary>0 for any free one.</summary>
    public int Port { get; }

    /// <summary>Begins and ends with a slash.</summary>
    public string Path { get; }

    /// <summary>The first one must be there, the others are optional (a machine may have no IPv6).</summary>
    public IReadOnlyList<IPAddress> Addresses { get; }

    public static ListenPrefix Parse(string prefix, bool allowRemote)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        bool any = prefix.StartsWith("http://+", StringComparison.OrdinalIgnoreCase) || prefix.StartsWith("http://*", StringComparison.OrdinalIgnoreCase);
        string text = any ? "http://0.0.0.0" + prefix[8..] : prefix;
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps))
        {
            throw Invalid($"'{prefix}' is not an address to listen on.");
        }

        if (uri.Scheme == Uri.UriSchemeHttps)
        {
            throw Invalid("This receiver speaks plain HTTP, on this computer. For https put a tunnel or a reverse proxy in front of it.");
        }

        if (uri.Query.Length > 0 || uri.Fragment.Length > 0 || uri.UserInfo.Length > 0) throw Invalid("The address to listen on must not have a query, a fragment or a user name.");
        IPAddress[] addresses = Resolve(uri, any);
        if (!allowRemote && !addresses.All(IPAddress.IsLoopback))
        {
            throw Invalid($"The address to listen on lets other machines in. Use http://localhost, or say {Wording.Option("AllowRemote")} when that is meant.");
        }

        string path = uri.AbsolutePath.EndsWith('/') ? uri.AbsolutePath : uri.AbsolutePath + "/";
        return new ListenPrefix(uri.Host, uri.Port, path, addresses);
    }

    /// <summary>Whether the path of a request is below this prefix.</summary>
    public bool Covers(string path)
        => path.StartsWith(Path, StringComparison.OrdinalIgnoreCase) || path.Equals(Path[..^1], StringComparison.OrdinalIgnoreCase);

    private static IPAddress[] Resolve(Uri uri, bool any)
    {
        if (any) return [IPAddress.Any, IPAddress.IPv6Any];
        if (uri.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)) return [IPAddress.Loopback, IPAddress.IPv6Loopback];
        if (IPAddress.TryParse(uri.DnsSafeHost, out IPAddress? address)) return [address];
        try
        {
            IPAddress[] found = Dns.GetHostAddresses(uri.DnsSafeHost);
            if (found.Length > 0) return found;
        }
        catch (SocketException)
        {
            // Said below.
        }

        throw Invalid($"The name '{uri.Host}' is not known on this computer.");
    }

    private static MessagingException Invalid(string message) => new(
        MessagingErrorReason.InvalidRequest,
        message,
        "Give an address such as http://localhost:8080/hooks/.");
}
