using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Net;
using System.Security;

namespace ParticipantMessaging.Infrastructure;

/// <summary>
/// SecretManagement, asked by its module-qualified names in the session's own runspace: only to be called on the pipeline thread.
/// It is looked up when it is needed, so that the module imports without it. Names are parameters, never parts of a script.
/// </summary>
internal static class SecretVault
{
    private const string Module = @"Microsoft.PowerShell.SecretManagement\";

    /// <summary>Reads a secret; a string and a credential's password count too.</summary>
    /// <param name="name">Name of the secret.</param>
    /// <param name="vault">The vault; null or empty for the default one.</param>
    /// <returns>The secret.</returns>
    /// <exception cref="MessagingException">SecretNotFound or VaultNotInstalled.</exception>
    public static SecureString Read(string name, string? vault)
    {
        CheckName(name);
        Collection<PSObject> results = Invoke("Get-Secret", name, vault, static _ => { });
        return results.Count > 0 ? AsSecureString(results[0]?.BaseObject, name, vault) : throw Missing(name, vault, null);
    }

    /// <summary>Whether there is such a secret.</summary>
    /// <param name="name">Name of the secret.</param>
    /// <param name="vault">The vault; null or empty for the default one.</param>
    /// <returns>Null when it cannot be told: no SecretManagement, a locked vault, a vault that is out of reach.</returns>
    public static bool? Exists(string name, string? vault)
    {
        try
        {
            using SecureString secret = Read(name, vault).Copy();
            return true;
        }
        catch (MessagingException error)
        {
            return error.Reason == MessagingErrorReason.SecretNotFound && error.Message.StartsWith("There is no secret", StringComparison.Ordinal) ? false : null;
        }
    }

    /// <summary>Stores a secret, replacing one of that name.</summary>
    /// <param name="name">Name of the secret.</param>
    /// <param name="vault">The vault; null or empty for the default one.</param>
    /// <param name="secret">The secret.</param>
    /// <exception cref="MessagingException">VaultNotInstalled, or the vault refuses.</exception>
    public static void Store(string name, string? vault, SecureString secret)
    {
        CheckName(name);
        Invoke("Set-Secret", name, vault, shell => shell.AddParameter("Secret", secret).AddParameter("WhatIf", false).AddParameter("Confirm", false));
    }

    /// <summary>Deletes a secret.</summary>
    /// <param name="name">Name of the secret.</param>
    /// <param name="vault">The vault; null or empty for the default one.</param>
    /// <exception cref="MessagingException">SecretNotFound or VaultNotInstalled.</exception>
    public static void Remove(string name, string? vault)
        => Invoke(
            "Remove-Secret",
            name,
            string.IsNullOrEmpty(vault) ? DefaultVault() : vault,
            static shell => shell.AddParameter("WhatIf", false).AddParameter("Confirm", false));

    /// <summary>The names of the registered vaults; empty when SecretManagement is not there. For completion.</summary>
    public static IReadOnlyList<string> VaultNames()
    {
        try
        {
            using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
            shell.AddCommand(Module + "Get-SecretVault").AddParameter("ErrorAction", ActionPreference.Ignore).AddParameter("WarningAction", ActionPreference.Ignore);
            return [.. shell.Invoke().Select(static vault => vault?.Properties["Name"]?.Value as string ?? "").Where(static name => name.Length > 0)];
        }
        catch (Exception error) when (error is RuntimeException or InvalidOperationException)
        {
            return [];
        }
    }

    // Vaults take such a name when they store and for a pattern when they look it up: the secret would not be found again, or another one would.
    private static void CheckName(string name)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(name)) return;
        throw new MessagingException(
            MessagingErrorReason.InvalidRequest,
            $"'{name}' cannot be the name of a secret: vaults take *, ? and brackets for patterns.",
            "Choose a name without these characters.");
    }

    private static string DefaultVault()
    {
        Collection<PSObject> vaults = Invoke("Get-SecretVault", null, null, static _ => { });
        foreach (PSObject vault in vaults)
        {
            if (vault.Properties["IsDefault"]?.Value is true && vault.Properties["Name"]?.Value is string name) return name;
        }

        throw NoVault("There is no default vault.", null);
    }

    private static Collection<PSObject> Invoke(string command, string? name, string? vault, Action<PowerShell> addParameters)
    {
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        shell.AddCommand(Module + command).AddParameter("ErrorAction", ActionPreference.Stop).AddParameter("WarningAction", ActionPreference.Ignore);
        if (name is not null) shell.AddParameter("Name", name);
        if (!string.IsNullOrEmpty(vault)) shell.AddParameter("Vault", vault);
        addParameters(shell);
        try
        {
            return shell.Invoke();
        }
        catch (PipelineStoppedException)
        {
            throw;
        }
        catch (CommandNotFoundException error)
        {
            throw new MessagingException(
                MessagingErrorReason.VaultNotInstalled,
                "Secrets are kept in a SecretManagement vault, and the module Microsoft.PowerShell.SecretManagement is not installed.",
                "Install it with a vault: Install-PSResource Microsoft.PowerShell.SecretManagement, Microsoft.PowerShell.SecretStore; "
                + "Register-SecretVault -Name Store -ModuleName Microsoft.PowerShell.SecretStore -DefaultVault. A token can also be given directly, with -Provider and -Token.",
                error);
        }
        catch (RuntimeException error)
        {
            throw Translate(error, name ?? "", vault);
        }
    }

    private static MessagingException Translate(RuntimeException error, string name, string? vault)
    {
        // The beginnings of SecretManagement 1.1's error ids; its vaults add ids of their own.
        string id = error.ErrorRecord?.FullyQualifiedErrorId ?? "";
        string said = (error.ErrorRecord?.ErrorDetails?.Message ?? error.Message).Trim();
        if (id.StartsWith("GetSecretVaultNotFound", StringComparison.Ordinal)) return NoVault($"There is no vault '{vault}'.", error);
        if (id.StartsWith("SetSecretCommandFailNoVault", StringComparison.Ordinal)) return NoVault("There is no default vault to keep the secret in.", error);
        if (id.StartsWith("GetSecretNotFound", StringComparison.Ordinal) || said.EndsWith("Secret not found", StringComparison.OrdinalIgnoreCase))
        {
            return string.IsNullOrEmpty(vault) && VaultNames().Count == 0 ? NoVault("There is no vault yet.", error) : Missing(name, vault, error);
        }

        string where = Where(vault);
        bool isLocked = id.Contains("PasswordRequired", StringComparison.Ordinal);
        return new MessagingException(
            MessagingErrorReason.SecretNotFound,
            isLocked ? $"The secret '{name}' cannot be reached, because {where} is locked." : $"The secret '{name}' cannot be reached in {where}: {(said.EndsWith('.') ? said : said + ".")}",
            isLocked
                ? "Unlock it first: Unlock-SecretStore. For scripts without people: Set-SecretStoreConfiguration -Authentication None, or give -Provider and -Token."
                : "See what Get-Secret itself says about it: Get-Secret -Name <name>.",
            error);
    }

    private static MessagingException NoVault(string message, Exception? cause) => new(
        MessagingErrorReason.VaultNotInstalled,
        message,
        "Get-SecretVault lists the vaults. A first one: Install-PSResource Microsoft.PowerShell.SecretStore; "
        + "Register-SecretVault -Name Store -ModuleName Microsoft.PowerShell.SecretStore -DefaultVault. A token can also be given directly, with -Provider and -Token.",
        cause);

    private static MessagingException Missing(string name, string? vault, Exception? cause) => new(
        MessagingErrorReason.SecretNotFound,
        $"There is no secret '{name}' in {Where(vault)}.",
        "Get-SecretInfo lists what is there. A token is stored again with Register-MessagingAccount -Name <name> -Provider <service> -Token (Read-Host -AsSecureString) -Force.",
        cause);

    private static string Where(string? vault) => string.IsNullOrEmpty(vault) ? "the default vault" : $"the vault '{vault}'";

    private static SecureString AsSecureString(object? secret, string name, string? vault) => secret switch
    {
        SecureString secure => secure,
        PSCredential credential => credential.Password,
        string text => new NetworkCredential("", text).SecurePassword,
        _ => throw new MessagingException(
            MessagingErrorReason.SecretNotFound,
            $"The secret '{name}' in {Where(vault)} is no text, so it cannot be a token.",
            "Store the token as a text or SecureString, or point the account at another secret."),
    };
}
