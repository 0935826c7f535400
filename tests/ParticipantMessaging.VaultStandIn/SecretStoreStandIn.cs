using System.Collections;
using System.Management.Automation;
using System.Net;
using System.Security;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.PowerShell.SecretManagement;

/// <summary>What a vault answers while it is locked.</summary>
public sealed class PasswordRequiredException : InvalidOperationException
{
    public PasswordRequiredException()
        : base("A valid password is required to access the Microsoft.PowerShell.SecretStore vault.\nUse the Unlock-SecretStore cmdlet to provide the required password to access the store.")
    {
    }

    public PasswordRequiredException(string message)
        : base(message)
    {
    }

    public PasswordRequiredException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>
/// The vaults and the one store behind them, in two files of the test's home folder. Clear text: what tests keep here is no secret.
/// As with the real one, all vaults of SecretStore share their secrets, names do not depend on case, and the password is known to a process.
/// </summary>
public static class SecretStoreStandIn
{
    /// <summary>The only vault module there is.</summary>
    internal const string ModuleName = "Microsoft.PowerShell.SecretStore";

    private const string WrongPassword =
        "Store file integrity check failed.\nThe provided password may be invalid, or store files have become corrupted or have been tampered with.";

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Converters = { new JsonStringEnumConverter() } };
    private static DateTimeOffset _unlockedUntil;

    /// <summary>Creates or changes the store, as Set-SecretStoreConfiguration does.</summary>
    /// <param name="authentication">None or Password.</param>
    /// <param name="passwordTimeout">For how many seconds a password is remembered; -1 for as long as the process runs.</param>
    /// <param name="interaction">None or Prompt; this one never prompts.</param>
    /// <param name="password">The store's password: the new one, or the one it has.</param>
    public static void Configure(string authentication, int passwordTimeout, string interaction, SecureString? password)
        => Change(store =>
        {
            string given = Text(password);
            bool isNew = store.Password.Length == 0 && store.Authentication == "Password";
            if (!isNew && store.Authentication == "Password" && (IsLocked(store) || given.Length > 0) && given != store.Password) throw new PSInvalidOperationException(WrongPassword);

            if (authentication == "Password")
            {
                if (given.Length == 0 && store.Password.Length == 0) throw new PSInvalidOperationException("A password is needed.");
                if (isNew || store.Authentication != "Password") store.Password = given;
                _unlockedUntil = default;
            }

            store.Authentication = authentication;
            store.Interaction = interaction;
            store.PasswordTimeout = passwordTimeout;
            return true;
        });

    /// <summary>The configuration, as Get-SecretStoreConfiguration shows it.</summary>
    /// <returns>An object with Scope, Authentication, PasswordTimeout and Interaction.</returns>
    public static PSObject Configuration()
    {
        Store store = Open();
        var shown = new PSObject();
        shown.Properties.Add(new PSNoteProperty("Scope", "CurrentUser"));
        shown.Properties.Add(new PSNoteProperty("Authentication", store.Authentication));
        shown.Properties.Add(new PSNoteProperty("PasswordTimeout", store.PasswordTimeout));
        shown.Properties.Add(new PSNoteProperty("Interaction", store.Interaction));
        return shown;
    }

    /// <summary>Unlocks the store for this process.</summary>
    /// <param name="password">Its password.</param>
    public static void Unlock(SecureString password)
    {
        Store store = Read();
        if (store.Authentication == "Password" && Text(password) != store.Password) throw new PSInvalidOperationException(WrongPassword);
        _unlockedUntil = store.PasswordTimeout < 0 ? DateTimeOffset.MaxValue : TimeProvider.System.GetUtcNow().AddSeconds(store.PasswordTimeout);
    }

    internal static Registry Vaults() => Load<Registry>("vaults.json");

    internal static void ChangeVaults(Action<Registry> change)
    {
        using FileStream held = Hold();
        Registry registry = Vaults();
        change(registry);
        Save("vaults.json", registry);
    }

    internal static IReadOnlyList<Stored> Find(string filter)
    {
        var pattern = new WildcardPattern(filter, WildcardOptions.IgnoreCase);
        return [.. Open().Secrets.Where(secret => pattern.IsMatch(secret.Name)).OrderBy(static secret => secret.Name, StringComparer.OrdinalIgnoreCase)];
    }

    internal static Stored? Get(string name) => Open().Secrets.Find(secret => Same(secret.Name, name));

    internal static void Set(Stored secret)
        => Change(store =>
        {
            Check(store);
            store.Secrets.RemoveAll(other => Same(other.Name, secret.Name));
            store.Secrets.Add(secret);
            return true;
        });

    internal static bool Remove(string name)
        => Change(store =>
        {
            Check(store);
            return store.Secrets.RemoveAll(secret => Same(secret.Name, name)) > 0;
        });

    internal static string Text(SecureString? secret) => secret is null ? "" : new NetworkCredential("", secret).Password;

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    private static bool IsLocked(Store store) => store.Authentication == "Password" && TimeProvider.System.GetUtcNow() >= _unlockedUntil;

    private static void Check(Store store)
    {
        if (IsLocked(store)) throw new PasswordRequiredException();
    }

    private static Store Open()
    {
        Store store = Read();
        Check(store);
        return store;
    }

    private static Store Read() => Load<Store>("store.json");

    private static T Change<T>(Func<Store, T> change)
    {
        using FileStream held = Hold();
        Store store = Read();
        T result = change(store);
        Save("store.json", store);
        return result;
    }

    private static string Folder
    {
        get
        {
            if (Environment.GetEnvironmentVariable("PM_VAULT_STAND_IN") != "1")
            {
                throw new PSInvalidOperationException("This is a stand-in for SecretManagement that keeps secrets in clear text. It works in the tests of ParticipantMessaging only.");
            }

            string home = Environment.GetEnvironmentVariable(OperatingSystem.IsWindows() ? "USERPROFILE" : "HOME") ?? throw new PSInvalidOperationException("There is no home folder.");
            return Directory.CreateDirectory(Path.Combine(home, ".vault-stand-in")).FullName;
        }
    }

    private static T Load<T>(string name)
        where T : new()
    {
        string path = Path.Combine(Folder, name);
        return File.Exists(path) ? JsonSerializer.Deserialize<T>(File.ReadAllText(path), Json)! : new T();
    }

    // Whoever reads meanwhile sees the old file or the new one, never half of one.
    private static void Save<T>(string name, T content)
    {
        string path = Path.Combine(Folder, name);
        File.WriteAllText(path + ".new", JsonSerializer.Serialize(content, Json));
        File.Move(path + ".new", path, overwrite: true);
    }

    private static FileStream Hold()
    {
        string path = Path.Combine(Folder, "lock");
        for (int tries = 0; ; tries++)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (tries < 3_000)
            {
                Thread.Sleep(10);
            }
        }
    }

    internal sealed class Registry
    {
        public string Default { get; set; } = "";

        public SortedDictionary<string, Vault> Vaults { get; set; } = [];

        public Vault? Find(string name) => Vaults.Values.FirstOrDefault(vault => Same(vault.Name, name));
    }

    internal sealed class Vault
    {
        public string Name { get; set; } = "";

        public string ModulePath { get; set; } = "";

        public string Description { get; set; } = "";
    }

    /// <summary>One secret: a text for most types, entries for a hashtable, a user beside it for a credential.</summary>
    internal sealed class Stored
    {
        public string Name { get; set; } = "";

        public SecretType Type { get; set; }

        public string Value { get; set; } = "";

        public string User { get; set; } = "";

        public List<Stored> Entries { get; set; } = [];

        /// <summary>From what Set-Secret was given; an InvalidOperationException for a type that a vault does not take.</summary>
        public static Stored From(string name, object secret) => secret switch
        {
            string text => new Stored { Name = name, Type = SecretType.String, Value = text },
            SecureString secure => new Stored { Name = name, Type = SecretType.SecureString, Value = Text(secure) },
            PSCredential credential => new Stored { Name = name, Type = SecretType.PSCredential, Value = Text(credential.Password), User = credential.UserName },
            byte[] bytes => new Stored { Name = name, Type = SecretType.ByteArray, Value = Convert.ToBase64String(bytes) },
            Hashtable table => new Stored
            {
                Name = name,
                Type = SecretType.Hashtable,
                Entries = [.. table.Cast<DictionaryEntry>().Select(static entry => From((string)entry.Key, entry.Value is PSObject wrapped ? wrapped.BaseObject : entry.Value!))],
            },
            _ => throw new InvalidOperationException("Invalid type. Types supported: byte[], string, SecureString, PSCredential, Hashtable"),
        };

        /// <summary>As Get-Secret gives it out.</summary>
        public object ToObject(bool asPlainText)
        {
            switch (Type)
            {
                case SecretType.PSCredential:
                    return new PSCredential(User, new NetworkCredential("", Value).SecurePassword);
                case SecretType.ByteArray:
                    return Convert.FromBase64String(Value);
                case SecretType.Hashtable:
                    var table = new Hashtable();
                    foreach (Stored entry in Entries) table[entry.Name] = entry.ToObject(asPlainText);
                    return table;
                default:
                    return asPlainText ? Value : new NetworkCredential("", Value).SecurePassword;
            }
        }
    }

    private sealed class Store
    {
        // A store that nobody has configured wants a password, which nobody has given yet.
        public string Authentication { get; set; } = "Password";

        public string Interaction { get; set; } = "Prompt";

        public int PasswordTimeout { get; set; } = 900;

        public string Password { get; set; } = "";

        public List<Stored> Secrets { get; set; } = [];
    }
}
