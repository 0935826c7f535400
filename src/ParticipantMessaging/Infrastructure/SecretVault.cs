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
        if (Find(name, vault) is { } secret) return secret;
        throw string.IsNullOrEmpty(vault) && VaultNames().Count == 0 ? NoVault("There is no vault yet.", null) : Missing(name, vault);
    }

    /// <summary>Whether there is such a secret.</summary>
    /// <param name="name">Name of the secret.</param>
    /// <param name="vault">The vault; null or empty for the default one.</param>
    /// <returns>Null when it cannot be told: no SecretManagement, no vault, a locked vault, a vault that is out of reach.</returns>
    public static bool? Exists(string name, string? vault)
    {
        try
        {
            if (Find(name, vault) is { } secret)
            {
                secret.Dispose();
                return true;
            }

            return string.IsNullOrEmpty(vault) && VaultNames().Count == 0 ? null : false;
        }
        catch (MessagingException)
        {
            return null;
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
        => _ = Invoke(
            "Remove-Secret",
            name,
            string.IsNullOrEmpty(vault) ? DefaultVault() : vault,
            static shell => shell.AddParameter("WhatIf", false).AddParameter("Confirm", false)) ?? throw Missing(name, vault);

    /// <summary>Whether two accounts point at one secret.</summary>
    public static bool SameSecret(MessagingAccount one, MessagingAccount other)
        => string.Equals(one.Vault, other.Vault, StringComparison.OrdinalIgnoreCase) && string.Equals(one.SecretName, other.SecretName, StringComparison.OrdinalIgnoreCase);

    /// <summary>Names of the secrets of a vault; empty when they cannot be had. For completion.</summary>
    /// <param name="vault">The vault; null or empty for all of them.</param>
    public static IReadOnlyList<string> SecretNames(string? vault)
    {
        try
        {
            using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
            shell.AddCommand(Module + "Get-SecretInfo").AddParameter("ErrorAction", ActionPreference.Ignore).AddParameter("WarningAction", ActionPreference.Ignore);
            if (!string.IsNullOrEmpty(vault)) shell.AddParameter("Vault", vault);
            return [.. shell.Invoke().Select(static info => info?.Properties["Name"]?.Value as string ?? "").Where(static name => name.Length > 0)];
        }
        catch (Exception error) when (error is RuntimeException or InvalidOperationException)
        {
            return [];
        }
    }

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
        Collection<PSObject> vaults = Invoke("Get-SecretVault", null, null, static _ => { }) ?? [];
        foreach (PSObject vault in vaults)
        {
            if (vault.Properties["IsDefault"]?.Value is true && vault.Properties["Name"]?.Value is string name) return name;
        }

        throw NoVault("There is no default vault.", null);
    }

    private static SecureString? Find(string name, string? vault)
    {
        CheckName(name);
        return Invoke("Get-Secret", name, vault, static _ => { }) is [{ } found, ..] ? AsSecureString(found.BaseObject, name, vault) : null;
    }

    /// <summary>Null when there is no such secret.</summary>
    private static Collection<PSObject>? Invoke(string command, string? name, string? vault, Action<PowerShell> addParameters)
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
            // ErrorAction Stop wraps what the vault said.
            Exception cause = error.ErrorRecord?.Exception is { } inner and not ParentContainsErrorRecordException ? inner : error;
            if (cause is ItemNotFoundException && name is not null) return null;
            throw Translate(error, cause, name ?? "", vault);
        }
    }

    private static MessagingException Translate(RuntimeException error, Exception cause, string name, string? vault)
    {
        // The beginnings of SecretManagement 1.1's error ids; its vaults add ids of their own.
        string id = error.ErrorRecord?.FullyQualifiedErrorId ?? "";
        if (id.StartsWith("GetSecretVaultNotFound", StringComparison.Ordinal)) return NoVault($"There is no vault '{vault}'.", error);
        if (id.StartsWith("SetSecretCommandFailNoVault", StringComparison.Ordinal)) return NoVault("There is no default vault to keep the secret in.", error);

        string where = Where(vault);
        string what = name.Length > 0 ? $"The secret '{name}'" : "What is in the vaults";
        for (Exception? inner = cause; inner is not null; inner = inner.InnerException)
        {
            // SecretStore's exception, whose type is not at hand here.
            if (inner.GetType().Name != "PasswordRequiredException") continue;
            return new MessagingException(
                MessagingErrorReason.SecretNotFound,
                $"{char.ToUpperInvariant(where[0])}{where[1..]} is locked, so {char.ToLowerInvariant(what[0])}{what[1..]} cannot be reached.",
                "Unlock it first: Unlock-SecretStore. For scripts without people: Set-SecretStoreConfiguration -Authentication None, or give -Provider and -Token.",
                error);
        }

        string said = (error.ErrorRecord?.ErrorDetails?.Message ?? cause.Message).Trim();
        return new MessagingException(
            MessagingErrorReason.SecretNotFound,
            $"{what} cannot be reached in {where}: {(said.EndsWith('.') ? said : said + ".")}",
            "See what Get-Secret itself says about it: Get-Secret -Name <name>.",
            error);
    }

    private static MessagingException NoVault(string message, Exception? cause) => new(
        MessagingErrorReason.VaultNotInstalled,
        message,
        "Get-SecretVault lists the vaults. A first one: Install-PSResource Microsoft.PowerShell.SecretStore; "
        + "Register-SecretVault -Name Store -ModuleName Microsoft.PowerShell.SecretStore -DefaultVault. A token can also be given directly, with -Provider and -Token.",
        cause);

    private static MessagingException Missing(string name, string? vault) => new(
        MessagingErrorReason.SecretNotFound,
        $"There is no secret '{name}' in {Where(vault)}.",
        "Get-SecretInfo lists what is there. A token is stored again with Set-MessagingAccount <name> -Token (Read-Host -AsSecureString).");

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
