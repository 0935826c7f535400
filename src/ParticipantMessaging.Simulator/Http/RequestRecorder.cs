using System.Text.RegularExpressions;

namespace ParticipantMessaging.Simulator;

/// <summary>Turns a request into its record, without its token.</summary>
internal static partial class RequestRecorder
{
    public static SimRequestRecord Begin(SimRequest request, DateTimeOffset now)
    {
        HttpRequest http = request.Context.Request;
        string query = http.QueryString.Value ?? "";
        bool inQuery = query.Contains("access_token=", StringComparison.OrdinalIgnoreCase);
        if (inQuery)
            query = AccessToken().Replace(query, "$1***");
        string? authorization = http.Headers.Authorization;
        int space = authorization?.IndexOf(' ', StringComparison.Ordinal) ?? -1;
        return new SimRequestRecord
        {
            Number = request.Number,
            Time = now,
            Method = request.Method,
            Path = request.Path,
            Query = query,
            TokenIn = (authorization is not null, inQuery) switch
            {
                (true, true) => "both",
                (true, false) => "header",
                (false, true) => "query",
                _ => "none",
            },
            Scheme = space > 0 ? authorization![..space] : null,
            UserAgent = http.Headers.UserAgent,
            ContentType = http.ContentType,
            Accept = http.Headers.Accept,
            BodyBytes = request.Body,
        };
    }

    [GeneratedRegex("(access_token=)[^&]*", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex AccessToken();
}
