using System.Security;
using ParticipantMessaging.Accounts;

namespace ParticipantMessaging.Infrastructure;

/// <summary>Tokens as they come from parameters and vaults.</summary>
internal static class Tokens
{
    /// <summary>Wraps a token.</summary>
    /// <exception cref="MessagingException">AuthenticationFailed: it can be no token.</exception>
    public static AccessToken From(SecureString secret)
    {
        try
        {
            return AccessToken.From(secret);
        }
        catch (ArgumentException fault)
        {
            // The message names the cause and nothing of the token; the exception itself is not attached.
            string said = fault.Message;
            int end = said.IndexOf(" (Parameter", StringComparison.Ordinal);
            throw new MessagingException(
                MessagingErrorReason.AuthenticationFailed,
                end < 0 ? said : said[..end],
                "Copy the token again, alone, and give it as a SecureString: Read-Host -AsSecureString. That of a registered account: Set-MessagingAccount <name> -Token (Read-Host -AsSecureString).");
        }
    }
}
