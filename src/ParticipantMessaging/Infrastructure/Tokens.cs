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
        catch (ArgumentException)
        {
            // The cause is not attached, so that nothing of the token can be in it.
            throw new MessagingException(
                MessagingErrorReason.AuthenticationFailed,
                "The token is blank, or holds characters that no token has (a line break, perhaps).",
                "Copy the token again and give it as a SecureString: Read-Host -AsSecureString.");
        }
    }
}
