using System.Net;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Commands.Ledger;

/// <summary>Opens the ledger that the user has chosen, for every cmdlet that needs it.</summary>
internal static class LedgerAccess
{
    /// <summary>Opens it. The password of a database is fetched from the vault on the pipeline thread.</summary>
    /// <param name="onPipeline">The cmdlet's <c>OnPipelineAsync</c>.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The open ledger; the caller disposes of it.</returns>
    /// <exception cref="MessagingException">LedgerUnavailable, SecretNotFound or VaultNotInstalled.</exception>
    public static Task<IMessageLedger> OpenAsync(Func<Func<string>, Task<string>> onPipeline, CancellationToken cancellationToken)
        => OpenAsync(new LedgerSettingsStore().Load(), onPipeline, cancellationToken);

    /// <summary>Opens the one that settings describe.</summary>
    public static async Task<IMessageLedger> OpenAsync(
        LedgerSettings settings, Func<Func<string>, Task<string>> onPipeline, CancellationToken cancellationToken)
    {
        var password = settings.SecretName is { } secret
            ? await onPipeline(() => new NetworkCredential("", SecretVault.Read(secret, settings.Vault)).Password).ConfigureAwait(false)
            : null;
        return await LedgerFactory.OpenAsync(settings, password, TimeProvider.System, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The settings as an output object.</summary>
    public static MessageLedger Describe(LedgerSettings settings)
    {
        var isFile = settings.Kind == LedgerKind.File;
        return new MessageLedger
        {
            Kind = settings.Kind.ToString(),
            Location = settings.Location,
            IsDefault = isFile && settings.Path is null,
            Path = isFile ? settings.Path ?? LedgerSettings.DefaultPath : "",
            Host = isFile ? "" : settings.Host ?? "",
            Port = isFile ? null : settings.Port,
            Database = isFile ? "" : settings.Database ?? "",
            Schema = isFile ? "" : settings.Schema ?? "",
            Username = isFile ? "" : settings.Username ?? "",
            SslMode = isFile ? "" : settings.SslMode ?? "",
            Vault = isFile ? "" : settings.Vault ?? "",
            SecretName = isFile ? "" : settings.SecretName ?? "",
        };
    }
}
