using System.Text.RegularExpressions;

namespace ParticipantMessaging.Simulator;

/// <summary>What Django and Python's mail library make of a subject and of a project's name.</summary>
internal static partial class MailHeader
{

    /// <summary>
    /// Why no mail of a project of that name arrives; null when it does. The name stands before the address as it is, so it must be words,
    /// texts in quotation marks and comments in brackets. A mark that is not closed leaves no address, which the mail server refuses.
    /// </summary>
    public static string? NameProblem(string projectName) => NameInAddress().IsMatch(projectName)
        ? null
        : $"ValueError: Invalid address \"{projectName} <support@openhumans.org>\"";

    /// <summary>
    /// The subject as it arrives and what of the headers falls into the text; a problem instead when the worker fails. VT, FF and U+001C
    /// to U+001E are ends of lines for Python. A subject of ASCII is written as it is, so that what follows them is no subject any more.
    /// </summary>
    public static (string Subject, string? Spilt, string? Problem) Write(string subject, string projectName)
    {
        if (subject.AsSpan().IndexOfAny('\r', '\n') >= 0)
            return (subject, null, "BadHeaderError: Header values can't contain newlines");
        if (PythonText.HasLoneSurrogate(subject))
            return (subject, null, "UnicodeEncodeError: 'utf-8' codec can't encode character: surrogates not allowed");
        if (subject.Any(c => c > '\u007f'))
        {
            // Encoded, and folded as it should be: the pieces are put together with a blank.
            return (string.Join(' ', subject.Split('\v', '\f', '\u001c', '\u001d', '\u001e', '\u0085', '\u2028', '\u2029').Select(l => l.TrimStart())),
                null, null);
        }

        if (Unfoldable().IsMatch(subject))
            return (subject, null, "SMTPDataError: (500, b'Line too long (see RFC5321 4.5.3.1.6)')");
        string[] lines = subject.Split('\v', '\f', '\u001c', '\u001d', '\u001e');
        int taken = 1;
        while (taken < lines.Length && lines[taken] is [' ' or '\t', ..])
            taken++; // a line that begins with a blank continues the header
        string kept = string.Concat(lines[..taken]);
        if (taken == lines.Length)
            return (kept, null, null);
        if (lines[1..].Any(Embedded().IsMatch))
            return (subject, null, "HeaderParseError: header value appears to contain an embedded header");
        // An empty line ends the headers and is no part of the text.
        string rest = string.Join('\n', lines[taken].Length == 0 ? lines[(taken + 1)..] : lines[taken..]);
        return (kept, $"{rest}\nFrom: {projectName} <support@openhumans.org>\nTo: …\nReply-To: contact@lab.example\n\n", null);
    }

    // A line of a mail holds 998 characters; a header is folded before a blank, which begins the next line.
    [GeneratedRegex("[^ \t\v\f\u001c-\u001e]{998}|[ \t]{998}", RegexOptions.CultureInvariant)]
    private static partial Regex Unfoldable();

    // A comment may hold others; one may stand in front, but no dot before the first word.
    [GeneratedRegex("""
        ^ (?> (?: [ \t] | (?<comment> \( (?> \\. | [^\\()] | \( (?<open>) | \) (?<-open>) )* (?(open)(?!)) \) ) )* ) (?! \. )
        (?> [^"(),:;\[\]<>@\\] | " (?> \\. | [^"\\] )* " | \( (?> \\. | [^\\()] | \( (?<open>) | \) (?<-open>) )* (?(open)(?!)) \) )* $
        """, RegexOptions.CultureInvariant | RegexOptions.IgnorePatternWhitespace | RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex NameInAddress();

    [GeneratedRegex("^[^ \t]+:", RegexOptions.CultureInvariant)]
    private static partial Regex Embedded();
}
