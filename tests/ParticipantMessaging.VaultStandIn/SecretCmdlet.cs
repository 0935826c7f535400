using System.Management.Automation;

namespace Microsoft.PowerShell.SecretManagement;

/// <summary>The types a vault takes.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "The real one's names.")]
public enum SecretType
{
    Unknown = 0,
    ByteArray,
    String,
    SecureString,
    PSCredential,
    Hashtable,
}

/// <summary>A registered vault.</summary>
public sealed class SecretVaultInfo
{
    internal SecretVaultInfo(SecretStoreStandIn.Vault vault, string defaultName)
    {
        Name = vault.Name;
        ModulePath = vault.ModulePath;
        Description = vault.Description;
        IsDefault = vault.Name == defaultName;
    }

    public string Name { get; }

    public string ModuleName { get; } = SecretStoreStandIn.ModuleName;

    public string ModulePath { get; }

    public string Description { get; }

    public IReadOnlyDictionary<string, object> VaultParameters { get; } = new Dictionary<string, object>();

    public bool IsDefault { get; }
}

/// <summary>A secret without its value.</summary>
public sealed class SecretInformation
{
    internal SecretInformation(SecretStoreStandIn.Stored secret, string vaultName)
    {
        Name = secret.Name;
        Type = secret.Type;
        VaultName = vaultName;
    }

    public string Name { get; }

    public SecretType Type { get; }

    public string VaultName { get; }
}

/// <summary>What the cmdlets of both files share: how vaults are found, and how a missing one is told.</summary>
public abstract class SecretCmdlet : PSCmdlet
{
    private protected SecretStoreStandIn.Vault GetVault(string name)
    {
        SecretStoreStandIn.Vault? vault = SecretStoreStandIn.Vaults().Find(name);
        if (vault is null) Throw(new PSInvalidOperationException($"Vault not found in registry: {name}"), "GetSecretVaultNotFound", ErrorCategory.ObjectNotFound);
        return vault!;
    }

    private protected void WarnWithoutVault()
    {
        if (SecretStoreStandIn.Vaults().Vaults.Count == 0) WriteWarning("There are currently no extension vaults registered.");
    }

    private protected void Throw(Exception exception, string id, ErrorCategory category) => ThrowTerminatingError(new ErrorRecord(exception, id, category, this));

    private protected void Write(Exception exception, string id, ErrorCategory category) => WriteError(new ErrorRecord(exception, id, category, this));
}
