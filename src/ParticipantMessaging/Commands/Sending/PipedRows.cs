using System.Globalization;
using System.Management.Automation;
using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Commands.Sending;

/// <summary>Turns what comes down the pipeline, or was given as parameters, into numbered rows.</summary>
internal sealed class PipedRows(SendDefaults given)
{
    private const int FirstRow = 2;
    private readonly RowReader _reader = new(given);
    private readonly bool _isColumnGiven = given.IdColumn is not null;
    private int _next = FirstRow;
    private bool? _hasCopies;

    /// <summary>How many rows there were.</summary>
    public int Count => _next - FirstRow;

    /// <summary>Reads a piped object.</summary>
    /// <param name="input">The object; null is a row too.</param>
    /// <param name="recipient">Whom the command line names; null when the row does.</param>
    public SendRow Read(PSObject? input, RowRecipient? recipient = null)
    {
        // A receipt means the row it came from.
        MessageReceipt? receipt = input?.BaseObject as MessageReceipt ?? Copied(input);
        if (receipt?.InputObject is { } original) input = PSObject.AsPSObject(original);
        else if (receipt is not null && input?.BaseObject is MessageReceipt) receipt = null;
        SendRow row = _reader.Read(_next++, Unwrap(input), Fields(input), recipient, receipt);
        return row.Recipient is { Kind: RecipientKind.Person, Column: var column } && recipient is null && !_isColumnGiven && IsNobodys(input, column)
            ? _reader.Read(row.Row, Unwrap(input), Fields(input), RowRecipient.None)
            : row;
    }

    // A receipt that comes out of a file of Export-Clixml or ConvertTo-Json is a copy of its properties.
    private MessageReceipt? Copied(PSObject? input)
    {
        if (_hasCopies == false || input?.BaseObject is not PSCustomObject) return null;
        // In a CSV file the row is a text that only looks like one, and the receipt's own columns count.
        // Told by the first row: a column that is not there costs PowerShell more than one that is.
        _hasCopies ??= input.Properties[nameof(MessageReceipt.InputObject)] is not null && input.Properties[nameof(MessageReceipt.BodyHash)] is not null;
        if (_hasCopies == false || input.Properties[nameof(MessageReceipt.InputObject)]?.Value is not PSObject { BaseObject: PSCustomObject } original || input.Properties[nameof(MessageReceipt.BodyHash)] is null) return null;
        string Text(string name) => input.Properties[name]?.Value as string ?? "";
        return new MessageReceipt
        {
            Account = Text(nameof(MessageReceipt.Account)),
            ParticipantId = Text(nameof(MessageReceipt.ParticipantId)),
            StudyId = Text(nameof(MessageReceipt.StudyId)),
            GroupId = Text(nameof(MessageReceipt.GroupId)),
            InputObject = original,
        };
    }

    // What is left of a group, a broadcast or a conversation when some of its properties are selected, or when it comes out of a job.
    private static bool IsNobodys(PSObject? input, string column)
        => column.Equals("Id", StringComparison.OrdinalIgnoreCase) && input?.BaseObject is PSCustomObject
            && input.TypeNames.Any(static name => name.Contains(".ParticipantMessaging.", StringComparison.Ordinal) && !name.EndsWith("." + nameof(Participant), StringComparison.Ordinal));

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
        string => row.BaseObject,
        { } ours when ours.GetType().Assembly == typeof(MessageReceipt).Assembly => ours,
        _ => row,
    };

    private static IRowFields Fields(PSObject? row) => row?.BaseObject is null or string ? NoFields.Instance : new PSObjectFields(row);
}
