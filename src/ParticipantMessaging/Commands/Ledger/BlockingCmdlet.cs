using System.Management.Automation;
using ParticipantMessaging.Commands.Sending;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Commands.Ledger;

/// <summary>What the cmdlets about blocked people share: whom they mean.</summary>
public abstract class BlockingCmdlet : AsyncCmdlet
{
    private readonly List<string> _people = [];
    private readonly PipedRows _rows = new(new SendDefaults());

    /// <summary>A row that names a person: an id, a CSV line, or an object of this module.</summary>
    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyString]
    public PSObject? InputObject { get; set; }

    /// <summary>The service; without it the shape of the id tells.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ProviderCompleter))]
    [AllowNull]
    [AllowEmptyString]
    public string? Provider { get; set; }

    /// <summary>The people that were named so far.</summary>
    private protected IReadOnlyList<string> People => _people;

    /// <summary>Takes ids, or the person whom a row means: by the same columns as a send, and whoever is not found there is an error.</summary>
    private protected async Task TakeAsync(string?[]? ids, bool areGiven)
    {
        if (areGiven && MyInvocation.ExpectingInput)
            throw new MessagingException(MessagingErrorReason.InvalidRequest, "Ids were given with -ParticipantId, and rows are piped as well.", "Pipe the rows and leave -ParticipantId out, or give the ids alone.");
        if (areGiven)
        {
            foreach (string? id in ids ?? [null]) await TakeAsync(id, id).ConfigureAwait(false);
            return;
        }

        if (!MyInvocation.ExpectingInput && InputObject is null)
            throw new MessagingException(MessagingErrorReason.InvalidRequest, "Nobody was named.", $"Give ids: {MyInvocation.MyCommand.Name} <id>, or pipe rows to it: Import-Csv people.csv | {MyInvocation.MyCommand.Name}");

        SendRow row = _rows.Read(InputObject);
        if (row.Recipient.Kind != RecipientKind.Person)
        {
            string columns = string.Join(", ", row.Fields.Names.Select(static name => ShownText.Line(name)));
            await WriteErrorAsync(
                new MessagingException(
                    MessagingErrorReason.InvalidRecipient,
                    row.Recipient.Kind == RecipientKind.None
                        ? $"Row {row.Row} has no column that says who is meant{(columns.Length > 0 ? $". There are: {columns}" : "")}. Nobody of it was taken."
                        : $"Row {row.Row} is a participant group, and no person.",
                    "Name the column participant_id, or take the ids alone: Import-Csv people.csv | ForEach-Object '<name of the column>'."),
                InputObject).ConfigureAwait(false);
            return;
        }

        // An Id may be a record's or a submission's: beside another id, or as databases write it, it is not taken for the person.
        if (ColumnName.Key(row.Recipient.Column) == "id" && InputObject?.BaseObject is PSCustomObject)
        {
            string[] others = [.. row.Fields.Names.Where(name => ColumnName.Key(name) != "id" && row.Fields.TryGetValue(name, out string? value) && IdOf(value) is { } other && !other.Equals(row.Recipient.Id, StringComparison.OrdinalIgnoreCase))];
            if (others.Length > 0 || row.Recipient.Column == "_id")
            {
                await WriteErrorAsync(
                    new MessagingException(
                        MessagingErrorReason.AmbiguousRecipient,
                        $"Row {row.Row}: the column '{ShownText.Line(row.Recipient.Column)}' may hold the id of anything (a record, a submission){(others.Length > 0 ? $", and there are ids in {string.Join(" and ", others.Select(static name => $"'{ShownText.Line(name)}'"))} as well" : "")}. Nobody of it was taken.",
                        "Take the ids of the right column: Import-Csv people.csv | ForEach-Object '<name of the column>'."),
                    InputObject).ConfigureAwait(false);
                return;
            }
        }

        // Of several columns, those lose whose value is no id.
        string[] candidates = [row.Recipient.Id, .. (row.Recipient.Others ?? []).Select(static other => other.Id)];
        string[] people = [.. candidates.Where(static id => IdOf(id) is not null).Distinct(StringComparer.OrdinalIgnoreCase)];
        if (people.Length > 1)
        {
            await WriteErrorAsync(
                new MessagingException(
                    MessagingErrorReason.AmbiguousRecipient,
                    $"Row {row.Row} names different people: {string.Join(" and ", people)}. Nobody of it was taken.",
                    "Take the ids of the right column: Import-Csv people.csv | ForEach-Object '<name of the column>'."),
                InputObject).ConfigureAwait(false);
            return;
        }

        await TakeAsync(people.Length == 1 ? people[0] : row.Recipient.Id, InputObject).ConfigureAwait(false);
    }

    // As they are written: for mail too, and in capitals.
    private static string? IdOf(string? written)
    {
        string id = (written ?? "").Trim();
        int at = id.IndexOf('@', StringComparison.Ordinal);
        if (at > 0) id = id[..at];
        return RecipientId.IsProlific(id) || RecipientId.IsOpenHumans(id) ? id : null;
    }

    private async Task TakeAsync(string? written, object? target)
    {
        MessagingProvider? named;
        try
        {
            named = NamedProvider();
        }
        catch (MessagingException e)
        {
            await WriteErrorAsync(e, target).ConfigureAwait(false);
            return;
        }

        if (IdOf(written) is not { } id)
        {
            string given = (written ?? "").Trim();
            await WriteErrorAsync(
                new MessagingException(
                    MessagingErrorReason.InvalidRecipient,
                    given.Length == 0 ? "The id is empty." : $"'{given}' is the id of no participant: Prolific's have 24 digits and letters a to f, Open Humans' 8 or 16 digits.",
                    given.Length == 7 && given.All(char.IsAsciiDigit) ? $"A spreadsheet has eaten the leading zero; write '0{given}'." : "Look the id up at the service."),
                target).ConfigureAwait(false);
            return;
        }

        MessagingProvider provider = RecipientId.IsProlific(id) ? MessagingProvider.Prolific : MessagingProvider.OpenHumans;
        if (named is not null && named != provider)
        {
            await WriteErrorAsync(
                new MessagingException(MessagingErrorReason.InvalidRecipient, $"'{id}' is an id of {provider}, and -Provider says {named}.", "Leave -Provider out: the id tells it."),
                target).ConfigureAwait(false);
            return;
        }

        _people.Add(id.ToLowerInvariant());
    }

    /// <summary>The service that was named; null for none. PowerShell's own check would show a piped name as it came.</summary>
    /// <exception cref="MessagingException"><see cref="MessagingErrorReason.InvalidRequest"/>: there is no such service.</exception>
    private protected MessagingProvider? NamedProvider()
    {
        if (string.IsNullOrWhiteSpace(Provider)) return null;
        string name = Provider.Replace(" ", "", StringComparison.Ordinal);
        foreach (MessagingProvider known in Enum.GetValues<MessagingProvider>())
        {
            if (string.Equals(name, known.ToString(), StringComparison.OrdinalIgnoreCase)) return known;
        }

        throw new MessagingException(MessagingErrorReason.InvalidRequest, $"'{Provider}' is no service.", "Give Prolific or OpenHumans, or leave it out: the id tells it.");
    }

    private protected static string ProviderOf(string id) => RecipientId.IsProlific(id) ? nameof(MessagingProvider.Prolific) : nameof(MessagingProvider.OpenHumans);

    private protected static string Count(int people) => people == 1 ? "1 person" : $"{people} people";
}
