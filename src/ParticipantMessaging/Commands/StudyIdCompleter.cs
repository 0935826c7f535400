using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using ParticipantMessaging.Commands.Ledger;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Commands;

/// <summary>Completes ids of studies that were seen in this session, then those of the latest entries of the ledger file.</summary>
public sealed class StudyIdCompleter : IArgumentCompleter
{
    private const int Entries = 1000;

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
        => Completion.Match(wordToComplete, RecentIds.Studies.ToList().Concat(LedgerCompletion.Read(ReadAsync)).Select(static id => (id, "")));

    private static async Task<IReadOnlyList<string>> ReadAsync(IMessageLedger ledger, CancellationToken cancellationToken)
    {
        var studies = new List<string>();
        int entries = 0;
        await foreach (SentMessage entry in ledger.QueryAsync(new LedgerQuery(), cancellationToken).ConfigureAwait(false))
        {
            if (entry.StudyId.Length > 0 && !studies.Contains(entry.StudyId)) studies.Add(entry.StudyId);
            if (++entries == Entries) break;
        }

        return studies;
    }
}
