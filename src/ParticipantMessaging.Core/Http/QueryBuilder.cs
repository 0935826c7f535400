using System.Text;

namespace ParticipantMessaging.Http;

/// <summary>Builds the parts of an address out of values that may hold anything.</summary>
internal static class QueryBuilder
{
    /// <summary>A query of the parameters that have a value.</summary>
    public static string Of(params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var query = new StringBuilder();
        foreach ((string name, string? value) in parameters)
        {
            if (string.IsNullOrEmpty(value)) continue;
            if (query.Length > 0) query.Append('&');
            query.Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }

        return query.ToString();
    }

    public static string Join(string first, string second) => first.Length == 0 ? second : second.Length == 0 ? first : $"{first}&{second}";

    /// <summary>An id as one segment of a path: whatever it holds, it does not leave its place.</summary>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.InvalidRequest"/>: it is blank or no id.</exception>
    public static string Segment(string? id, string what)
    {
        string trimmed = id?.Trim() ?? "";
        if (trimmed.Length == 0 || trimmed is "." or ".." || trimmed.Any(static c => c is '/' or '\\' or '?' or '#' or '%' || char.IsControl(c) || char.IsWhiteSpace(c)))
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                trimmed.Length == 0 ? $"The id of the {what} is blank." : $"'{trimmed}' is not the id of a {what}.",
                $"Give the id of the {what} as the service shows it.");
        }

        return Uri.EscapeDataString(trimmed);
    }
}
