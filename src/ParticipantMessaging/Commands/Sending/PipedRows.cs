using System.Globalization;
using System.Management.Automation;
using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Commands.Sending;

/// <summary>Turns what comes down the pipeline, or was given as parameters, into numbered rows.</summary>
internal sealed class PipedRows(SendDefaults given)
{
    private const int FirstRow = 2;
    private readonly RowReader _reader = new(given);
    private int _next = FirstRow;

    /// <summary>How many rows there were.</summary>
    public int Count => _next - FirstRow;

    /// <summary>Reads a piped object.</summary>
    /// <param name="input">The object; null is a row too.</param>
    /// <param name="recipient">Whom the command line names; null when the row does.</param>
    public SendRow Read(PSObject? input, RowRecipient? recipient = null)
    {
        // A receipt means the row it came from.
        MessageReceipt? receipt = null;
        if (input?.BaseObject is MessageReceipt { InputObject: { } original } given)
        {
            receipt = given;
            input = PSObject.AsPSObject(original);
        }

        return _reader.Read(_next++, Unwrap(input), Fields(input), recipient, receipt);
    }

    /// <summary>Makes a row of a recipient that the command line names.</summary>
    public SendRow Make(RowRecipient recipient, object? source)
        => _reader.Make(_next++, source, recipient);

    private static object? Unwrap(PSObject? row) => row?.BaseObject switch
    {
        null => null,
        PSCustomObject => row,
        // An id may come as a number, from a spreadsheet or JSON.
        sbyte or byte or short or ushort or int or uint or long or ulong or float or double or decimal
            => Convert.ToString(row.BaseObject, CultureInfo.InvariantCulture),
        string or ParticipantMessage or Participant or ParticipantGroup or WebhookEvent or SentMessage or MessageReceipt => row.BaseObject,
        _ => row,
    };

    private static IRowFields Fields(PSObject? row) => row?.BaseObject is null or string ? NoFields.Instance : new PSObjectFields(row);
}
