using System.Management.Automation;
using System.Security;

namespace Microsoft.PowerShell.SecretManagement;

[Cmdlet(VerbsCommon.Get, "Secret", DefaultParameterSetName = "NameParameterSet")]
[OutputType(typeof(object))]
public sealed class GetSecretCommand : SecretCmdlet
{
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ParameterSetName = "NameParameterSet")]
    public string Name { get; set; } = "";

    [Parameter(Position = 1, ParameterSetName = "NameParameterSet")]
    public string? Vault { get; set; }

    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = "InfoParameterSet")]
    public SecretInformation? InputObject { get; set; }

    [Parameter]
    public SwitchParameter AsPlainText { get; set; }

    protected override void BeginProcessing() => WarnWithoutVault();

    protected override void ProcessRecord()
    {
        if (InputObject is not null)
        {
            Name = InputObject.Name;
            Vault = InputObject.VaultName;
        }

        if (!string.IsNullOrEmpty(Vault))
        {
            GetVault(Vault);
            try
            {
                if (Found(SecretStoreStandIn.Get(Name))) return;
            }
            catch (PasswordRequiredException locked)
            {
                // Told otherwise than from the default vault, as the real one does.
                Write(locked, "GetSecretException", ErrorCategory.InvalidOperation);
                return;
            }
        }
        else
        {
            SecretStoreStandIn.Registry registry = SecretStoreStandIn.Vaults();

            // The default vault is first asked by a pattern, which a name with brackets does not match.
            if (registry.Default.Length > 0 && SecretStoreStandIn.Find(Name).Count > 0 && Found(SecretStoreStandIn.Get(Name))) return;
            if (registry.Vaults.Values.Any(vault => vault.Name != registry.Default) && Found(SecretStoreStandIn.Get(Name))) return;
        }

        Write(new ItemNotFoundException($"The secret {Name} was not found."), "GetSecretNotFound", ErrorCategory.ObjectNotFound);
    }

    private bool Found(SecretStoreStandIn.Stored? secret)
    {
        if (secret is null) return false;
        WriteObject(secret.ToObject(AsPlainText));
        return true;
    }
}

[Cmdlet(VerbsCommon.Get, "SecretInfo")]
[OutputType(typeof(SecretInformation))]
public sealed class GetSecretInfoCommand : SecretCmdlet
{
    [Parameter(Position = 0)]
    public string? Name { get; set; }

    [Parameter(Position = 1)]
    public string? Vault { get; set; }

    protected override void BeginProcessing() => WarnWithoutVault();

    protected override void EndProcessing()
    {
        SecretStoreStandIn.Registry registry = SecretStoreStandIn.Vaults();
        string[] vaults = string.IsNullOrEmpty(Vault)
            ? [.. registry.Vaults.Values.Select(static vault => vault.Name).OrderByDescending(name => name == registry.Default)]
            : [GetVault(Vault).Name];
        foreach (string vault in vaults)
        {
            try
            {
                foreach (SecretStoreStandIn.Stored secret in SecretStoreStandIn.Find(string.IsNullOrEmpty(Name) ? "*" : Name)) WriteObject(new SecretInformation(secret, vault));
            }
            catch (PasswordRequiredException locked)
            {
                Write(locked, "GetSecretInfoException", ErrorCategory.InvalidOperation);
            }
        }
    }
}

[Cmdlet(VerbsCommon.Set, "Secret", SupportsShouldProcess = true, DefaultParameterSetName = "SecureStringParameterSet")]
public sealed class SetSecretCommand : SecretCmdlet
{
    [Parameter(Position = 0, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "";

    [Parameter(Position = 1, Mandatory = true, ValueFromPipeline = true, ParameterSetName = "ObjectParameterSet")]
    public object? Secret { get; set; }

    [Parameter(Position = 1, Mandatory = true, ValueFromPipeline = true, ParameterSetName = "SecureStringParameterSet")]
    public SecureString? SecureStringSecret { get; set; }

    [Parameter(Position = 2)]
    public string? Vault { get; set; }

    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    protected override void BeginProcessing() => WarnWithoutVault();

    protected override void ProcessRecord()
    {
        if (!ShouldProcess(Vault, "Write secret to vault and override any existing secret of the same name")) return;
        string vault = SecretStoreStandIn.Vaults().Default;
        if (!string.IsNullOrEmpty(Vault)) vault = GetVault(Vault).Name;
        if (vault.Length == 0)
        {
            Throw(
                new PSInvalidOperationException("Unable to set secret because no vault was provided and there is no default vault designated."),
                "SetSecretCommandFailNoVault",
                ErrorCategory.InvalidOperation);
        }

        if (NoClobber && SecretStoreStandIn.Get(Name) is not null)
        {
            Throw(
                new PSInvalidOperationException($"A secret with name {Name} already exists in vault {vault}."),
                "SetSecretCommandAlreadyExistsWithNoClobber",
                ErrorCategory.ResourceExists);
        }

        object secret = SecureStringSecret ?? (Secret is PSObject wrapped ? wrapped.BaseObject : Secret)!;
        SecretStoreStandIn.Stored stored;
        try
        {
            stored = SecretStoreStandIn.Stored.From(Name, secret);
        }
        catch (InvalidOperationException wrongType)
        {
            // The vault is a script, so its own error comes in one of the script's.
            var told = new MethodInvocationException($"Exception calling \"WriteObject\" with \"4\" argument(s): \"{wrongType.Message}\"", wrongType);
            WriteError(new ErrorRecord(told, nameof(InvalidOperationException), ErrorCategory.NotSpecified, null));
            return;
        }

        SecretStoreStandIn.Set(stored);
    }
}

[Cmdlet(VerbsCommon.Remove, "Secret", SupportsShouldProcess = true)]
public sealed class RemoveSecretCommand : SecretCmdlet
{
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ParameterSetName = "NameParameterSet")]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "";

    [Parameter(Position = 1, Mandatory = true, ParameterSetName = "NameParameterSet")]
    [ValidateNotNullOrEmpty]
    public string Vault { get; set; } = "";

    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ParameterSetName = "InfoParameterSet")]
    public SecretInformation? InputObject { get; set; }

    protected override void ProcessRecord()
    {
        if (!ShouldProcess(Vault, "Remove secret by name from vault")) return;
        if (InputObject is not null)
        {
            Name = InputObject.Name;
            Vault = InputObject.VaultName;
        }

        string vault = GetVault(Vault).Name;
        if (SecretStoreStandIn.Remove(Name)) return;
        WriteError(new ErrorRecord(
            new ItemNotFoundException($"Remove-Secret error in vault {vault} : Secret not found"),
            "SecretStoreRemoveSecretFailed",
            ErrorCategory.InvalidOperation,
            null));
    }
}
