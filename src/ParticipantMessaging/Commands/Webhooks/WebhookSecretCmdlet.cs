using System.Management.Automation;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Commands.Webhooks;

/// <summary>What reading and making a signing secret share: how it is shown, and where it is kept.</summary>
public abstract class WebhookSecretCmdlet : WebhookCmdlet
{
    /// <summary>The workspace; without it that of the account.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(WorkspaceIdCompleter))]
    [Alias("workspace_id")]
    [ValidateNotNullOrEmpty]
    public string? WorkspaceId { get; set; }

    /// <summary>Shows the value in clear too, in the property PlainText.</summary>
    [Parameter]
    public SwitchParameter AsPlainText { get; set; }

    /// <summary>The vault in which the value is stored; the default one when only -SecretName is given.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(VaultNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Vault { get; set; }

    /// <summary>Name under which the value is stored; ParticipantMessaging-Webhook-(workspace) when only -Vault is given.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [ValidateNotNullOrEmpty]
    public string? SecretName { get; set; }

    private protected bool MustStore => Vault is not null || SecretName is not null;

    private protected string NameFor(string workspaceId) => SecretName ?? $"ParticipantMessaging-Webhook-{workspaceId}";

    private protected string WhereFor(string workspaceId) => $"'{NameFor(workspaceId)}' in {(Vault is null ? "the default vault" : $"the vault '{Vault}'")}";

    private protected WebhookSecret Shape(WebhookSecretValue value, string account) => new()
    {
        Id = value.Id,
        WorkspaceId = value.WorkspaceId,
        Account = account,
        Value = ToSecureString(value.Value),
        PlainText = AsPlainText ? value.Value : null,
    };

    private protected Task StoreAsync(WebhookSecret secret, string workspaceId)
        => OnPipelineAsync(() => SecretVault.Store(NameFor(workspaceId), Vault, secret.Value!));
}
