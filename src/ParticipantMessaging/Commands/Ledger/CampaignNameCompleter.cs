using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Commands.Ledger;

/// <summary>Completes names of campaigns from a ledger file, newest first; not from a database, which may be far away.</summary>
public sealed class CampaignNameCompleter : IArgumentCompleter
{
    private const int Most = 50;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        try
        {
            var settings = new LedgerSettingsStore().Load();
            if (settings.Kind != LedgerKind.File || !File.Exists(settings.Location))
                return [];

            using var stop = new CancellationTokenSource(Patience);
            var names = Task.Run(() => ReadAsync(settings, stop.Token));
            return names.Wait(Patience) ? Completion.Match(wordToComplete, names.Result.Select(static name => (name, ""))) : [];
        }
        catch (Exception exception) when (exception is MessagingException or AggregateException or OperationCanceledException)
        {
            return [];
        }
    }

    private static async Task<IReadOnlyList<string>> ReadAsync(LedgerSettings settings, CancellationToken cancellationToken)
    {
        var ledger = await LedgerFactory.OpenAsync(settings, null, null, cancellationToken).ConfigureAwait(false);
        await using (ledger.ConfigureAwait(false))
            return await ledger.GetCampaignNamesAsync(Most, cancellationToken).ConfigureAwait(false);
    }
}
