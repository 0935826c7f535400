using System.Text.Json;

namespace ParticipantMessaging.Accounts;

/// <summary>
/// The registered accounts: a JSON file in the user's configuration folder that holds no secret. Several processes may use it at once:
/// writers take turns through a lock file and replace the file as a whole. Fields that a later version adds are kept; a file that
/// cannot be read is an error and is never overwritten.
/// </summary>
public sealed class AccountStore
{
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(25);

    private readonly TimeProvider _time;

    /// <summary>Opens nothing yet.</summary>
    /// <param name="path">Full path of the file; null for <c>accounts.json</c> in the user's configuration folder.</param>
    /// <param name="time">The clock for waiting; null for the system's.</param>
    /// <exception cref="MessagingException">The user has no home folder.</exception>
    public AccountStore(string? path = null, TimeProvider? time = null)
    {
        Location = path ?? Path.Combine(UserFolders.Configuration, "accounts.json");
        _time = time ?? TimeProvider.System;
    }

    /// <summary>Full path of the file.</summary>
    public string Location { get; }

    /// <summary>All accounts, by name. No file means no accounts.</summary>
    /// <returns>The accounts.</returns>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.AccountNotFound"/>: the file cannot be read.</exception>
    public IReadOnlyList<MessagingAccount> List()
    {
        AccountFile file = Read();
        return [.. file.Accounts.Select(entry => ToAccount(file, entry)).OrderBy(static account => account.Name, StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>The account of that name.</summary>
    /// <param name="name">Name, compared without case; null or blank for the default account (the only one there is, if none was made the default).</param>
    /// <returns>The account.</returns>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.AccountNotFound"/>: there is none, or the file cannot be read.</exception>
    public MessagingAccount Get(string? name)
    {
        IReadOnlyList<MessagingAccount> accounts = List();
        MessagingAccount? found = string.IsNullOrWhiteSpace(name)
            ? accounts.FirstOrDefault(static account => account.IsDefault)
            : accounts.FirstOrDefault(account => AccountName.Same(account.Name, name));
        if (found is not null) return found;

        const string register = "Register-MessagingAccount -Name <name> -Provider Prolific -Token (Read-Host -AsSecureString)";
        if (accounts.Count == 0)
        {
            throw NotFound(
                string.IsNullOrWhiteSpace(name) ? "No account is registered yet." : $"There is no account '{name}'; none is registered yet.",
                $"Register one: {register}. Or give -Provider and -Token.");
        }

        string names = string.Join(", ", accounts.Take(10).Select(static account => $"'{account.Name}'"));
        throw string.IsNullOrWhiteSpace(name)
            ? NotFound(
                "No account is named, and none is the default.",
                $"Name one with -Account ({names}), or make one the default: Register-MessagingAccount -Name <name> -Provider <service> -Default -Force.")
            : NotFound($"There is no account '{name}'.", $"Registered are {names}. Another one: {register}.");
    }

    /// <summary>Adds or replaces an account. The first one becomes the default.</summary>
    /// <param name="account">The account; <see cref="MessagingAccount.IsDefault"/> makes it the default, and never takes that away from it.</param>
    /// <param name="overwrite">An account of that name may be replaced.</param>
    /// <param name="cancellationToken">Stops the waiting for another process.</param>
    /// <returns>The account as it is now.</returns>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.InvalidRequest"/>: the name is unusable or taken, or the file cannot be written.</exception>
    public async Task<MessagingAccount> SaveAsync(MessagingAccount account, bool overwrite, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(account);
        string name = AccountName.Check(account.Name);
        return await ChangeAsync(
            file =>
            {
                AccountEntry? entry = file.Accounts.Find(other => AccountName.Same(other.Name, name));
                if (entry is not null && !overwrite)
                {
                    throw new MessagingException(
                        MessagingErrorReason.InvalidRequest,
                        $"There is an account '{entry.Name}' already.",
                        "Choose another name, or replace it with -Force.");
                }

                if (entry is null)
                {
                    entry = new AccountEntry();
                    file.Accounts.Add(entry);
                }

                bool makeDefault = account.IsDefault || file.Accounts.Count == 1 || AccountName.Same(file.Default, entry.Name);
                entry.Name = name;
                entry.Provider = account.Provider;
                entry.BaseUri = account.BaseUri?.GetLeftPart(UriPartial.Authority);
                entry.WorkspaceId = NullIfEmpty(account.WorkspaceId);
                entry.Vault = NullIfEmpty(account.Vault);
                entry.SecretName = NullIfEmpty(account.SecretName);
                if (makeDefault) file.Default = name;
                return ToAccount(file, entry);
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Forgets an account. Its secret in the vault is another matter.</summary>
    /// <param name="name">Name, compared without case.</param>
    /// <param name="cancellationToken">Stops the waiting for another process.</param>
    /// <returns>What was forgotten; null when there was none of that name.</returns>
    /// <exception cref="MessagingException">The file cannot be read or written.</exception>
    public async Task<MessagingAccount?> RemoveAsync(string name, CancellationToken cancellationToken)
    {
        return await ChangeAsync(
            file =>
            {
                AccountEntry? entry = file.Accounts.Find(other => AccountName.Same(other.Name, name));
                if (entry is null) return null;
                MessagingAccount forgotten = ToAccount(file, entry);
                file.Accounts.Remove(entry);
                if (AccountName.Same(file.Default, entry.Name)) file.Default = null;
                return forgotten;
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static MessagingAccount ToAccount(AccountFile file, AccountEntry entry) => new()
    {
        Name = entry.Name ?? "",
        Provider = entry.Provider ?? "",
        BaseUri = Uri.TryCreate(entry.BaseUri, UriKind.Absolute, out Uri? uri) ? uri : null,
        WorkspaceId = entry.WorkspaceId ?? "",
        Vault = entry.Vault ?? "",
        SecretName = entry.SecretName ?? "",
        IsDefault = string.IsNullOrEmpty(file.Default) ? file.Accounts.Count == 1 : AccountName.Same(file.Default, entry.Name),
    };

    private static string? NullIfEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    private static MessagingException NotFound(string message, string action) => new(MessagingErrorReason.AccountNotFound, message, action);

    private AccountFile Read()
    {
        try
        {
            using var stream = new FileStream(Location, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            AccountFile? file = JsonSerializer.Deserialize(stream, AccountJson.Default.AccountFile);
            if (file?.Accounts is null || file.Accounts.Exists(static entry => string.IsNullOrWhiteSpace(entry?.Name)))
            {
                throw new JsonException("An account without a name.");
            }

            return file;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return new AccountFile();
        }
        catch (JsonException error)
        {
            throw new MessagingException(
                MessagingErrorReason.AccountNotFound,
                $"The accounts cannot be read, because the file {Location} is not what was written there.",
                "Mend the file by hand, or move it away and register the accounts again; the tokens are still in the vault. It is left as it is.",
                error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new MessagingException(
                MessagingErrorReason.AccountNotFound,
                $"The accounts cannot be read: {error.Message}",
                $"Check that you may read {Location}.",
                error);
        }
    }

    private async Task<T> ChangeAsync<T>(Func<AccountFile, T> change, CancellationToken cancellationToken)
    {
        try
        {
            string folder = Path.GetDirectoryName(Location)!;
            UserFolders.Create(folder);
            FileStream turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
            await using (turn.ConfigureAwait(false))
            {
                AccountFile file = Read();
                T result = change(file);
                await ReplaceAsync(file, cancellationToken).ConfigureAwait(false);
                return result;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                $"The accounts cannot be saved: {error.Message}",
                $"Check that you may write to {Location} and that the disk is not full.",
                error);
        }
    }

    /// <summary>The lock file is never deleted: another process may be about to open it. The system frees it when a process dies.</summary>
    private async Task<FileStream> TakeTurnAsync(CancellationToken cancellationToken)
    {
        long start = _time.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(Location + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException error) when (error is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException))
            {
                if (_time.GetElapsedTime(start) > LockPatience) throw;
            }

            await Task.Delay(LockPause, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ReplaceAsync(AccountFile file, CancellationToken cancellationToken)
    {
        // Somebody's link to a shared folder of settings stays a link.
        string target = new FileInfo(Location).LinkTarget is null
            ? Location
            : File.ResolveLinkTarget(Location, returnFinalTarget: true)?.FullName ?? Location;
        string draft = target + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var stream = new FileStream(draft, options);
        await using (stream.ConfigureAwait(false))
        {
            await JsonSerializer.SerializeAsync(stream, file, AccountJson.Default.AccountFile, cancellationToken).ConfigureAwait(false);
            stream.Flush(flushToDisk: true);
        }

        File.Move(draft, target, overwrite: true);
    }
}
