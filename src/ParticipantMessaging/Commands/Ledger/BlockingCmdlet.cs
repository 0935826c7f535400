using System.Management.Automation;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Commands.Ledger;

/// <summary>What the cmdlets about blocked people share: whom they mean.</summary>
public abstract class BlockingCmdlet : AsyncCmdlet
{
    private readonly List<string> _people = [];

    /// <summary>The service; without it the shape of the id tells.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ProviderCompleter))]
    [AllowNull]
    [AllowEmptyString]
    public string? Provider { get; set; }

    /// <summary>The people that were named so far.</summary>
    private protected IReadOnlyList<string> People => _people;

    /// <summary>Takes ids as they are written: for mail too, and in capitals.</summary>
    private protected async Task TakeAsync(IEnumerable<string?>? ids)
    {
        foreach (string? written in ids ?? [])
        {
            MessagingProvider? named;
            try
            {
                named = NamedProvider();
            }
            catch (MessagingException e)
            {
                await WriteErrorAsync(e, written).ConfigureAwait(false);
                continue;
            }

            string id = (written ?? "").Trim();
            int at = id.IndexOf('@', StringComparison.Ordinal);
            if (at > 0) id = id[..at];
            bool isProlific = RecipientId.IsProlific(id);
            if (!isProlific && !RecipientId.IsOpenHumans(id))
            {
                await WriteErrorAsync(
                    new MessagingException(
                        MessagingErrorReason.InvalidRecipient,
                        id.Length == 0 ? "The id is empty." : $"'{id}' is the id of no participant: Prolific's have 24 digits and letters a to f, Open Humans' 8 or 16 digits.",
                        id.Length == 7 && id.All(char.IsAsciiDigit) ? $"A spreadsheet has eaten the leading zero; write '0{id}'." : "Look the id up at the service."),
                    written).ConfigureAwait(false);
                continue;
            }

            MessagingProvider provider = isProlific ? MessagingProvider.Prolific : MessagingProvider.OpenHumans;
            if (named is not null && named != provider)
            {
                await WriteErrorAsync(
                    new MessagingException(MessagingErrorReason.InvalidRecipient, $"'{id}' is an id of {provider}, and -Provider says {named}.", "Leave -Provider out: the id tells it."),
                    written).ConfigureAwait(false);
                continue;
            }

            _people.Add(id.ToLowerInvariant());
        }
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
