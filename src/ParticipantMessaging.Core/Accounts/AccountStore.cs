namespace ParticipantMessaging.Accounts;

/// <summary>
/// The registered accounts: a JSON file in the user's configuration folder that holds no secret. Several processes may use it at once:
/// writers take turns through a lock file and replace the file as a whole. Fields that a later version adds are kept. What cannot be read of
/// one account is an error when that account is used, and stays as it is; a file that cannot be read at all is never overwritten.
/// </summary>
public sealed class AccountStore
{
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan HeldPatience = TimeSpan.FromSeconds(3);
    private const UnixFileMode OnlyTheUser = UnixFileMode.UserRead | UnixFileMode.UserWrite;

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

    /// <summary>Waits a moment for another program that holds the file; tests replace it.</summary>
    internal Action<TimeSpan> Pause { get; init; } = Thread.Sleep;

    /// <summary>Replaces the file; tests replace it.</summary>
    internal Action<string, string> Move { get; init; } = static (from, to) => File.Move(from, to, overwrite: true);

    /// <summary>All accounts that can be read, by name. No file means no accounts.</summary>
    /// <returns>The accounts.</returns>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.AccountNotFound"/>: the file cannot be read.</exception>
    public IReadOnlyList<MessagingAccount> List()
    {
        AccountFile file = Read();
        return
        [
            .. file.Entries
                .Where(entry => (entry.Fault is null || entry.IsOfUnknownService) && !IsAmbiguous(file, entry))
                .Select(entry => ToAccount(file, entry))
                .OrderBy(static account => account.Name, StringComparer.OrdinalIgnoreCase),
        ];
    }

    /// <summary>What of the file cannot be read: accounts that <see cref="List"/> leaves out.</summary>
    /// <returns>Name of the account (empty when it has none that can be read), and an error that names file and line.</returns>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.AccountNotFound"/>: the file cannot be read at all.</exception>
    public IReadOnlyList<(string Name, MessagingException Error)> ListUnreadable()
    {
        AccountFile file = Read();
        return [.. file.Entries
            .Where(entry => !entry.IsOfUnknownService && (entry.Fault is not null || IsAmbiguous(file, entry)))
            .Select(entry => (entry.Name, Unusable(file, entry)))];
    }

    /// <summary>The account of that name.</summary>
    /// <param name="name">Name, compared without case; null or blank for the default account (the only one there is, if none was made the default).</param>
    /// <returns>The account.</returns>
    /// <exception cref="MessagingException">
    /// <see cref="MessagingErrorReason.AccountNotFound"/>: there is none, or the file, or what it says of this account, cannot be read.
    /// <see cref="MessagingErrorReason.NotSupported"/>: it is one of a service that only a later version knows.
    /// </exception>
    public MessagingAccount Get(string? name)
    {
        AccountFile file = Read();
        bool isNamed = !string.IsNullOrWhiteSpace(name);
        if (!isNamed && file.DefaultFaultLine > 0)
        {
            throw NotFound(
                $"Which account is the default cannot be read: {Location}, line {file.DefaultFaultLine}: \"default\" is no text.",
                $"Name the account with {Wording.Option("Account")}, or choose the default again: {Wording.By(Job.ChooseDefault)}.");
        }

        AccountEntry? found = isNamed ? Find(file, name) : file.Entries.Find(entry => IsDefault(file, entry));
        if (found is not null)
        {
            return found.Fault is null && !IsAmbiguous(file, found) ? ToAccount(file, found) : throw Unusable(file, found);
        }

        string register = Wording.By(Job.RegisterAccount);
        string unreadable = file.Entries.Find(static entry => entry.Name.Length == 0) is { } nameless
            ? $" {Location}, line {nameless.FaultLine}, holds one that cannot be read: {nameless.Fault}."
            : "";
        List<string> known = [.. file.Entries.Select(static entry => entry.Name).Where(static other => other.Length > 0)];
        if (known.Count == 0)
        {
            throw NotFound(
                (isNamed ? $"There is no account '{name}'; none is registered yet." : "No account is registered yet.") + unreadable,
                $"Register one: {register}. Or give {Wording.Option("Provider")} and {Wording.Option("Token")}.");
        }

        string names = string.Join(", ", known.Order(StringComparer.OrdinalIgnoreCase).Take(10).Select(static other => $"'{other}'"));
        throw isNamed
            ? NotFound($"There is no account '{name}'.{unreadable}", $"Registered are {names}. Another one: {register}.")
            : NotFound(
                "No account is named, and none is the default." + unreadable,
                $"Name one with {Wording.Option("Account")} ({names}), or make one the default: {Wording.By(Job.ChooseDefault)}.");
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
                AccountEntry? entry = Find(file, name);
                if (entry is not null && !overwrite)
                {
                    throw new MessagingException(
                        MessagingErrorReason.InvalidRequest,
                        $"There is an account '{entry.Name}' already.",
                        $"Choose another name, change it with {Wording.By(Job.ChangeAccount)}, or replace it with {Wording.Option("Overwrite")}.");
                }

                entry ??= file.Add();
                return Write(file, entry, account, name);
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Changes an account that is there.</summary>
    /// <param name="name">Name, compared without case.</param>
    /// <param name="change">Makes the account as it is to be of the account as it is; the name stays.</param>
    /// <param name="cancellationToken">Stops the waiting for another process.</param>
    /// <returns>The account as it is now.</returns>
    /// <exception cref="MessagingException">There is none, it cannot be read, or the file cannot be written.</exception>
    public async Task<MessagingAccount> UpdateAsync(string name, Func<MessagingAccount, MessagingAccount> change, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(change);
        return await ChangeAsync(
            file =>
            {
                AccountEntry entry = Find(file, name) ?? throw NotFound($"There is no account '{name}'.", $"{Wording.Begin(Job.ListAccounts)} lists the accounts.");
                if (entry.Fault is not null || IsAmbiguous(file, entry)) throw Unusable(file, entry);
                return Write(file, entry, change(ToAccount(file, entry)), entry.Name);
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Remembers who an account is at its service, unless it was changed meanwhile.</summary>
    /// <param name="account">The account that was asked with.</param>
    /// <param name="identity">Who it is.</param>
    /// <param name="mark">A mark of the token that was asked with.</param>
    /// <param name="cancellationToken">Stops the waiting for another process.</param>
    internal Task RememberAsync(MessagingAccount account, AccountIdentity identity, string mark, CancellationToken cancellationToken) => ChangeAsync(
        file =>
        {
            if (Find(file, account.Name) is not { Fault: null } entry || IsAmbiguous(file, entry) || entry.Account.BaseUri != account.BaseUri) return false;
            entry.Remember(identity.Address, identity.Id, mark);
            file.Update(entry);
            return true;
        },
        cancellationToken);

    /// <summary>Forgets an account, one that cannot be read as well. Its secret in the vault is another matter.</summary>
    /// <param name="name">Name, compared without case.</param>
    /// <param name="cancellationToken">Stops the waiting for another process.</param>
    /// <returns>What was forgotten, as far as it could be read; null when there was none of that name.</returns>
    /// <exception cref="MessagingException">The file cannot be read or written.</exception>
    public async Task<MessagingAccount?> RemoveAsync(string name, CancellationToken cancellationToken)
    {
        return await ChangeAsync(
            file =>
            {
                AccountEntry? entry = Find(file, name);
                if (entry is null) return null;
                MessagingAccount forgotten = ToAccount(file, entry);
                file.Remove(entry);
                if (AccountName.Same(file.Default, entry.Name) && Find(file, name) is null) file.SetDefault(null);
                return forgotten;
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static AccountEntry? Find(AccountFile file, string? name) => file.Entries.Find(entry => AccountName.Same(entry.Name, name));

    private static bool IsAmbiguous(AccountFile file, AccountEntry entry)
        => entry.Name.Length > 0 && file.Entries.Exists(other => other != entry && AccountName.Same(other.Name, entry.Name));

    private static bool IsDefault(AccountFile file, AccountEntry entry)
        => string.IsNullOrEmpty(file.Default) ? file.Entries.Count == 1 && file.DefaultFaultLine == 0 : AccountName.Same(file.Default, entry.Name);

    private static MessagingAccount ToAccount(AccountFile file, AccountEntry entry) => entry.Account.With(isDefault: IsDefault(file, entry));

    private static MessagingAccount Write(AccountFile file, AccountEntry entry, MessagingAccount account, string name)
    {
        bool makeDefault = account.IsDefault || file.Entries.Count == 1 || AccountName.Same(file.Default, entry.Name);
        entry.Write(account.With(name: name));
        file.Update(entry);
        if (makeDefault) file.SetDefault(name);
        return ToAccount(file, entry);
    }

    private static MessagingException NotFound(string message, string action) => new(MessagingErrorReason.AccountNotFound, message, action);

    private MessagingException Unusable(AccountFile file, AccountEntry entry)
    {
        AccountEntry? twin = entry.Fault is null ? file.Entries.Find(other => other != entry && AccountName.Same(other.Name, entry.Name)) : null;
        string fault = twin is null ? entry.Fault! : $"there is another account of that name in line {twin.Line}";
        string what = entry.Name.Length > 0 ? $"The account '{entry.Name}' cannot be used" : "An account cannot be read";
        return entry.IsOfUnknownService
            ? new MessagingException(
                MessagingErrorReason.NotSupported,
                $"{what}: {Location}, line {entry.FaultLine}: {fault}.",
                $"Update the module, or register the account again with {Wording.Option("Overwrite")}.")
            : NotFound(
                $"{what}: {Location}, line {entry.FaultLine}: {fault}.",
                $"Mend that line, or register the account again: {Wording.By(Job.ReplaceAccount)}. The other accounts can be used.");
    }

    private AccountFile Read()
    {
        try
        {
            return AccountFile.Parse(ReadBytes());
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return AccountFile.Empty();
        }
        catch (AccountFileException error)
        {
            throw new MessagingException(
                MessagingErrorReason.AccountNotFound,
                $"The accounts cannot be read: {Location}, line {error.Line}: the file {error.Message}.",
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

    private byte[] ReadBytes()
    {
        long start = _time.GetTimestamp();
        while (true)
        {
            try
            {
                using var stream = new FileStream(Location, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                byte[] bytes = new byte[stream.Length];
                stream.ReadExactly(bytes);
                return bytes;
            }
            catch (IOException error) when (IsHeld(error) && _time.GetElapsedTime(start) < HeldPatience)
            {
                // A virus scanner, a backup, a synchronised folder: they let go soon.
                Pause(LockPause);
            }
        }
    }

    /// <summary>Whether another program holds the file: Windows' sharing and lock violations, EAGAIN on Linux, EWOULDBLOCK on macOS.</summary>
    private static bool IsHeld(IOException error) => (error.HResult & 0xFFFF) is 32 or 33 || error.HResult is 11 or 35;

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
                Replace(file);
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
                var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
                if (OperatingSystem.IsWindows()) return new FileStream(Location + ".lock", options);
                options.UnixCreateMode = OnlyTheUser;
                var turn = new FileStream(Location + ".lock", options);
                // Version 0.1.0 made one that everybody could hold.
                if (File.GetUnixFileMode(turn.SafeFileHandle) != OnlyTheUser) File.SetUnixFileMode(turn.SafeFileHandle, OnlyTheUser);
                return turn;
            }
            catch (IOException error) when (error is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException))
            {
                if (_time.GetElapsedTime(start) > LockPatience) throw;
            }

            await Task.Delay(LockPause, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    private void Replace(AccountFile file)
    {
        // Somebody's link to a shared folder of settings stays a link.
        string target = new FileInfo(Location).LinkTarget is null
            ? Location
            : File.ResolveLinkTarget(Location, returnFinalTarget: true)?.FullName ?? Location;
        string draft = target + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OnlyTheUser;
        using (var stream = new FileStream(draft, options))
        {
            file.Write(stream);
            stream.Flush(flushToDisk: true);
        }

        long start = _time.GetTimestamp();
        while (true)
        {
            try
            {
                Move(draft, target);
                return;
            }
            catch (Exception error) when ((error is IOException held && IsHeld(held) || (error is UnauthorizedAccessException && OperatingSystem.IsWindows()))
                && _time.GetElapsedTime(start) < HeldPatience)
            {
                // Windows replaces no file that another program has open, and says so in either way.
                Pause(LockPause);
            }
        }
    }
}
