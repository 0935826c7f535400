namespace ParticipantMessaging.Webhooks;

/// <summary>How a JSON writer sets blanks, escapes and order.</summary>
internal sealed record JsonStyle(string ItemSeparator, string NameSeparator, int Indent, JsonEscapes Escapes, bool Sorted, string Description)
{
    private static readonly bool[] _orders = [false, true];

    /// <summary>The styles of the usual writers, most likely ones first.</summary>
    public static IReadOnlyList<JsonStyle> All { get; } = MakeAll();

    private static JsonStyle[] MakeAll()
    {
        (string Item, string Name, int Indent, string Words)[] layouts =
        [
            (", ", ": ", 0, "a blank after every comma and colon (as Python writes JSON)"),
            (",", ":", 0, "no blanks between its parts (compact JSON)"),
            (",", ": ", 2, "line breaks and an indent of two (pretty JSON)"),
            (",", ": ", 4, "line breaks and an indent of four (pretty JSON)"),
        ];
        (JsonEscapes Escapes, string Words)[] escapes =
        [
            (JsonEscapes.Ascii, ""),
            (JsonEscapes.Minimal, ", letters beyond ASCII unescaped"),
            (JsonEscapes.Html, ", letters beyond ASCII and HTML characters escaped (as .NET writes JSON)"),
        ];
        return
        [
            .. from sorted in _orders
               from layout in layouts
               from escape in escapes
               select new JsonStyle(
                   layout.Item,
                   layout.Name,
                   layout.Indent,
                   escape.Escapes,
                   sorted,
                   layout.Words + escape.Words + (sorted ? ", names in alphabetical order" : "")),
        ];
    }
}

/// <summary>Which characters of a text are escaped.</summary>
internal enum JsonEscapes
{
    /// <summary>Everything beyond ASCII, in small hex digits (Python's default).</summary>
    Ascii,

    /// <summary>Only what must be.</summary>
    Minimal,

    /// <summary>Everything beyond ASCII and what is special in HTML, in capital hex digits (System.Text.Json's default).</summary>
    Html,
}
