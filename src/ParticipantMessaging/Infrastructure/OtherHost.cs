namespace ParticipantMessaging.Infrastructure;

/// <summary>A secret that was given for one host goes to no other without being asked about: that host would read it.</summary>
internal static class OtherHost
{
    /// <summary>Whether two addresses are one host; this computer under its several names is one.</summary>
    public static bool IsSame(Uri? one, Uri? other)
        => one is not null && other is not null && (string.Equals(one.Host, other.Host, StringComparison.OrdinalIgnoreCase) || (one.IsLoopback && other.IsLoopback));

    /// <summary>The question.</summary>
    public static string Question(string secretName, Uri? before, Uri after)
        => $"The secret '{secretName}' was used for {before?.Authority ?? "an address that cannot be read"}; from now on it would be sent to {after.Authority}, which can read it then. Do it?";
}
