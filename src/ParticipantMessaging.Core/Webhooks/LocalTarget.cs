namespace ParticipantMessaging.Webhooks;

/// <summary>Where events may be posted to: this computer, or another one by https.</summary>
internal static class LocalTarget
{
    public static Uri Check(Uri uri)
    {
        ArgumentNullException.ThrowIfNull(uri);
        bool isFine = uri.IsAbsoluteUri
            && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback))
            && uri.UserInfo.Length == 0;
        return isFine ? uri : throw new MessagingException(
            MessagingErrorReason.InvalidRequest,
            "Events are posted to https:// addresses, or to plain http:// on this computer only.",
            "Give an address such as http://localhost:7071/api/hook or https://test.example.org/hook.");
    }
}
