using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ParticipantMessaging.Accounts;

/// <summary>What an account may be called.</summary>
public static class AccountName
{
    private const int MaxLength = 64;

    /// <summary>Whether two names mean the same account: compared without case.</summary>
    /// <param name="one">A name.</param>
    /// <param name="other">Another.</param>
    /// <returns>True when they do.</returns>
    public static bool Same(string? one, string? other)
        => string.Equals(one?.Trim(), other?.Trim(), StringComparison.OrdinalIgnoreCase) && !string.IsNullOrWhiteSpace(one);

    /// <summary>Whether a name is none, but what stands for a token that was given directly (<c>Prolific@host</c>).</summary>
    /// <param name="name">The name.</param>
    /// <returns>True when it is.</returns>
    internal static bool IsLabelOfToken(string name) => Enum.GetNames<MessagingProvider>().Any(provider => name.StartsWith(provider + "@", StringComparison.OrdinalIgnoreCase));

    /// <summary>Checks a name: 1 to 64 printable characters, no wildcards, not like <c>Prolific@host</c>, which stands for a token given directly.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The name without blanks around it, in Unicode form C.</returns>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.InvalidRequest"/>.</exception>
    public static string Check(string? name)
    {
        string checkedName = name?.Trim() ?? "";
        string? fault = checkedName switch
        {
            "" => "is blank",
            { Length: > MaxLength } => $"is longer than {MaxLength} characters",
            _ when checkedName.Any(IsUnfit) => "holds a character that cannot be seen or typed",
            _ when checkedName.AsSpan().ContainsAny("*?[]`") => "holds a wildcard (* ? [ ] `)",
            _ when IsLabelOfToken(checkedName) => "looks like the label of a token that is given directly (Provider@host)",
            _ => null,
        };
        if (fault is null)
        {
            try
            {
                return checkedName.Normalize(NormalizationForm.FormC);
            }
            catch (ArgumentException)
            {
                fault = "is no valid text";
            }
        }

        throw new MessagingException(
            MessagingErrorReason.InvalidRequest,
            $"The name of the account {fault}.",
            "Choose a short name, such as lab or attention-study.");
    }

    /// <summary>The name under which an account's token is kept when none is given. Every kind of vault takes it (Azure Key Vault: letters, digits, hyphens).</summary>
    /// <param name="name">Name of the account.</param>
    /// <returns><c>ParticipantMessaging-&lt;name&gt;</c>, with a short hash when the name had other characters.</returns>
    public static string ToSecretName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string plain = string.Concat(name.Select(static c => char.IsAsciiLetterOrDigit(c) ? c : '-'));
        if (plain == name) return "ParticipantMessaging-" + plain;
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(name.ToUpperInvariant()));
        return "ParticipantMessaging-" + plain + "-" + Convert.ToHexString(hash, 0, 4).ToLower(CultureInfo.InvariantCulture);
    }

    private static bool IsUnfit(char c) => char.GetUnicodeCategory(c)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;
}
