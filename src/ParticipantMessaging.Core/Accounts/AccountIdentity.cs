using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace ParticipantMessaging.Accounts;

/// <summary>
/// Who an account is, for the ledger: the service's address and the researcher's id (Prolific <c>users/me</c>) or the project's (Open Humans
/// <c>project</c>). Another name, a new token or another computer are the same account; a rehearsal at another address is another one.
/// </summary>
/// <param name="Provider">The service.</param>
/// <param name="Address">The service's address, such as <c>https://api.prolific.com</c>, in small letters.</param>
/// <param name="Id">Id of the researcher or project.</param>
public sealed record AccountIdentity(MessagingProvider Provider, string Address, string Id)
{
    /// <summary>What the ledger compares: address and id, such as <c>https://api.prolific.com/5f8a…</c>.</summary>
    public string Key { get; } = $"{Address}/{Id}".ToLowerInvariant();

    /// <summary>The address as identities have it.</summary>
    /// <param name="baseUri">The host root.</param>
    /// <returns>Scheme, host and port, in small letters.</returns>
    public static string AddressOf(Uri baseUri)
    {
        ArgumentNullException.ThrowIfNull(baseUri);
        return baseUri.GetLeftPart(UriPartial.Authority).ToLowerInvariant();
    }
}

/// <summary>
/// Finds out who accounts are: asked once in a process for an address and a token, and remembered with a registered account in the accounts
/// file for as long as its address and its token stay.
/// </summary>
public sealed class AccountIdentities
{
    // Tokens themselves are not kept: marks of them are.
    private readonly string _salt = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
    private readonly ConcurrentDictionary<(MessagingProvider Provider, string Address, string Mark), AccountIdentity> _known = new();

    /// <summary>The one of this process.</summary>
    public static AccountIdentities Shared { get; } = new();

    /// <summary>Finds out who an account is, and leaves it in <see cref="ServiceConnection.Identity"/>.</summary>
    /// <param name="connection">The account.</param>
    /// <param name="ask">Asks the service for the id; called at most once, and not at all when it is known.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Who it is.</returns>
    /// <exception cref="MessagingException">The service did not say.</exception>
    public async Task<AccountIdentity> FindAsync(ServiceConnection connection, Func<CancellationToken, Task<string>> ask, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(ask);
        if (connection.Identity is { } found) return found;
        string address = AccountIdentity.AddressOf(connection.BaseUri);
        (MessagingProvider Provider, string address, string) key = (connection.Provider, address, connection.Token.Mark(_salt));
        if (!_known.TryGetValue(key, out AccountIdentity? identity) && (identity = Recall(connection, address)) is null)
        {
            string id = await ask(cancellationToken).ConfigureAwait(false);
            if (string.IsNullOrWhiteSpace(id))
            {
                throw new MessagingException(
                    MessagingErrorReason.InvalidResponse,
                    $"{(connection.Provider == MessagingProvider.Prolific ? "Prolific" : "Open Humans")} does not say whose token that of account '{connection.Account}' is, so the ledger cannot know who has been messaged with it.",
                    $"Try it with {Wording.By(Job.TryAccount)}.");
            }

            identity = new AccountIdentity(connection.Provider, address, id.Trim());
        }

        _known.TryAdd(key, identity);
        connection.Identity = identity;
        await RememberAsync(connection, identity, cancellationToken).ConfigureAwait(false);
        return identity;
    }

    private static AccountIdentity? Recall(ServiceConnection connection, string address)
        => connection.Registration is { Account: { ServiceId.Length: > 0 } account } && account.IdentityAddress == address
            && account.IdentityMark.Split(':') is [string salt, string mark] && connection.Token.Mark(salt) == mark
            ? new AccountIdentity(connection.Provider, address, account.ServiceId)
            : null;

    private static async Task RememberAsync(ServiceConnection connection, AccountIdentity identity, CancellationToken cancellationToken)
    {
        if (connection.Registration is not { } registration || Recall(connection, identity.Address) == identity) return;
        string salt = Convert.ToHexString(RandomNumberGenerator.GetBytes(8));
        try
        {
            await registration.Store.RememberAsync(registration.Account, identity, $"{salt}:{connection.Token.Mark(salt)}", cancellationToken).ConfigureAwait(false);
        }
        catch (MessagingException)
        {
            // A file that cannot be written (a runbook's image, say) costs one call more the next time.
        }
    }
}

/// <summary>A registered account and the file that it stands in.</summary>
/// <param name="Store">The file.</param>
/// <param name="Account">The account as it stands there.</param>
public sealed record AccountRegistration(AccountStore Store, MessagingAccount Account);
