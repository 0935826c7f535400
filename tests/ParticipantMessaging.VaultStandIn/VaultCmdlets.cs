using System.Collections;
using System.Management.Automation;
using System.Security;
using System.Security.Authentication;

namespace Microsoft.PowerShell.SecretManagement;

[Cmdlet(VerbsLifecycle.Register, "SecretVault", SupportsShouldProcess = true)]
[OutputType(typeof(SecretVaultInfo))]
public sealed class RegisterSecretVaultCommand : SecretCmdlet
{
    [Parameter(Position = 0, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string ModuleName { get; set; } = "";

    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    [Parameter]
    public Hashtable VaultParameters { get; set; } = [];

    [Parameter]
    public SwitchParameter DefaultVault { get; set; }

    [Parameter]
    public SwitchParameter AllowClobber { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    [Parameter]
    public string Description { get; set; } = "";

    protected override void EndProcessing()
    {
        string name = Name ?? ModuleName;
        SecretStoreStandIn.Registry registry = SecretStoreStandIn.Vaults();
        if (registry.Find(name) is not null && !AllowClobber)
        {
            Throw(new InvalidOperationException("Provided Name for vault is already being used."), "RegisterSecretVaultInvalidVaultName", ErrorCategory.InvalidArgument);
        }

        if (!ShouldProcess(name, "Register module as a SecretManagement extension vault for current user")) return;
        string? path = InvokeCommand.InvokeScript("param($name) (Get-Module -ListAvailable -Name $name | Select-Object -First 1).ModuleBase", true, System.Management.Automation.Runspaces.PipelineResultTypes.None, null, ModuleName)
            .FirstOrDefault()?.BaseObject as string;
        if (path is null)
        {
            Throw(
                new PSInvalidOperationException(
                    $"Could not load and retrieve module information for module: {ModuleName} with error : The specified module '{ModuleName}' was not loaded because no valid module file was found in any module directory.."),
                "RegisterSecretVaultCantGetModuleInfo",
                ErrorCategory.InvalidOperation);
        }

        if (!string.Equals(ModuleName, SecretStoreStandIn.ModuleName, StringComparison.OrdinalIgnoreCase))
        {
            var cause = new ItemNotFoundException($"Implementing script module could not be found or loaded at : {path}/{ModuleName}.Extension");
            Throw(
                new PSInvalidOperationException($"Module {ModuleName} is not a valid extension vault: {cause.Message}", cause),
                "RegisterSecretVaultInvalidExtensionVault",
                ErrorCategory.InvalidOperation);
        }

        // An only vault is the default one, if nothing else is said.
        bool isDefault = MyInvocation.BoundParameters.ContainsKey(nameof(DefaultVault)) ? DefaultVault : registry.Vaults.Count == 0;
        var vault = new SecretStoreStandIn.Vault { Name = name, ModulePath = path!, Description = Description };
        SecretStoreStandIn.ChangeVaults(changed =>
        {
            if (changed.Find(name) is { } old) changed.Vaults.Remove(old.Name);
            changed.Vaults[name] = vault;
            if (isDefault) changed.Default = name;
        });
        if (PassThru) WriteObject(new SecretVaultInfo(vault, SecretStoreStandIn.Vaults().Default));
    }
}

[Cmdlet(VerbsLifecycle.Unregister, "SecretVault", SupportsShouldProcess = true)]
public sealed class UnregisterSecretVaultCommand : SecretCmdlet
{
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    protected override void ProcessRecord()
    {
        foreach (string name in Name)
        {
            if (!ShouldProcess(name, "Unregister SecretManagement extension vault module for current user")) continue;
            if (SecretStoreStandIn.Vaults().Find(name) is not { } vault)
            {
                Write(new ItemNotFoundException($"Unable to find secret vault {name} to unregister it."), "UnregisterSecretVaultObjectNotFound", ErrorCategory.ObjectNotFound);
                continue;
            }

            SecretStoreStandIn.ChangeVaults(registry =>
            {
                registry.Vaults.Remove(vault.Name);
                if (registry.Default == vault.Name) registry.Default = "";
            });
        }
    }
}

[Cmdlet(VerbsCommon.Get, "SecretVault")]
[OutputType(typeof(SecretVaultInfo))]
public sealed class GetSecretVaultCommand : SecretCmdlet
{
    [Parameter(Position = 0)]
    public string[] Name { get; set; } = ["*"];

    protected override void EndProcessing()
    {
        SecretStoreStandIn.Registry registry = SecretStoreStandIn.Vaults();
        foreach (string name in Name)
        {
            var pattern = new WildcardPattern(name, WildcardOptions.IgnoreCase);
            bool isPattern = WildcardPattern.ContainsWildcardCharacters(name);
            SecretStoreStandIn.Vault[] found = [.. registry.Vaults.Values.Where(vault => isPattern ? pattern.IsMatch(vault.Name) : registry.Find(name) == vault)];
            foreach (SecretStoreStandIn.Vault vault in found) WriteObject(new SecretVaultInfo(vault, registry.Default));
            if (found.Length == 0 && !isPattern) Write(new ItemNotFoundException($"Vault {name} does not exist in registry."), "GetSecretVaultNotFound", ErrorCategory.ObjectNotFound);
        }
    }
}

[Cmdlet(VerbsCommon.Set, "SecretVaultDefault", SupportsShouldProcess = true, DefaultParameterSetName = "NameParameterSet")]
public sealed class SetSecretVaultDefaultCommand : SecretCmdlet
{
    [Parameter(ParameterSetName = "NameParameterSet", Position = 0, Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    [Parameter(ParameterSetName = "ClearParameterSet")]
    public SwitchParameter ClearDefault { get; set; }

    protected override void EndProcessing()
    {
        if (!ShouldProcess(Name, "Set vault as default")) return;
        string name = "";
        if (Name is not null)
        {
            SecretStoreStandIn.Vault? vault = SecretStoreStandIn.Vaults().Find(Name);
            if (vault is null) Throw(new ItemNotFoundException("Vault name was not found."), "VaultNotFound", ErrorCategory.ObjectNotFound);
            name = vault!.Name;
        }

        SecretStoreStandIn.ChangeVaults(registry => registry.Default = name);
    }
}

[Cmdlet(VerbsDiagnostic.Test, "SecretVault")]
[OutputType(typeof(bool))]
public sealed class TestSecretVaultCommand : SecretCmdlet
{
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public string Name { get; set; } = "";

    protected override void ProcessRecord()
    {
        if (SecretStoreStandIn.Vaults().Find(Name) is null)
        {
            Write(new ItemNotFoundException($"Vault {Name} does not exist in registry."), "TestSecretVaultNotFound", ErrorCategory.ObjectNotFound);
            return;
        }

        try
        {
            SecretStoreStandIn.Find("*");
            WriteObject(true);
        }
        catch (PasswordRequiredException locked)
        {
            var told = new MethodInvocationException($"Exception calling \"GetInstance\" with \"0\" argument(s): \"{locked.Message}\"", locked);
            WriteError(new ErrorRecord(told, nameof(PasswordRequiredException), ErrorCategory.NotSpecified, null));
            WriteObject(false);
        }
    }
}

[Cmdlet(VerbsCommon.Unlock, "SecretVault")]
public sealed class UnlockSecretVaultCommand : SecretCmdlet
{
    [Parameter(Position = 0, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "";

    [Parameter(Position = 1, Mandatory = true)]
    public SecureString Password { get; set; } = new();

    protected override void EndProcessing()
    {
        SecretStoreStandIn.Vault vault = GetVault(Name);
        try
        {
            SecretStoreStandIn.Unlock(Password);
        }
        catch (PSInvalidOperationException wrong)
        {
            var told = new AuthenticationException($"{vault.Name} Vault Unlock operation failed with error: {wrong.Message}");
            WriteError(new ErrorRecord(told, "SecretStoreUnlockFailed", ErrorCategory.AuthenticationError, null));
        }
    }
}
