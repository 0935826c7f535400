using System.Text.RegularExpressions;

namespace ParticipantMessaging.Simulator;

/// <summary>What Django and Python's mail library make of a subject and of a project's name.</summary>
internal static partial class MailHeader
{
    /// <summary>Characters with which the project's name is no name of a mail address any more.</summary>
    private static readonly System.Buffers.SearchValues<char> NotInNames = System.Buffers.SearchValues.Create(",:;[]<>@\\");

    /// <summary>Why no mail of a project of that name can be written; null when it can.</summary>
    public static string? NameProblem(string projectName) =>
        projectName.AsSpan().IndexOfAny(NotInNames) >= 0 || projectName.TrimStart().StartsWith('.') || !IsClosed(projectName)
        ? $"ValueError: Invalid address \"{projectName} <support@openhumans.org>\""
        : null;

    /// <summary>Whether every bracket, which begins a comment in an address, is closed.</summary>
    private static bool IsClosed(string name)
    {
        int open = 0;
        foreach (char c in name)
        {
            open += c switch { '(' => 1, ')' => -1, _ => 0 };
            if (open < 0)
                return false;
        }

        return open == 0;
    }

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

    [GeneratedRegex("^[^ \t]+:", RegexOptions.CultureInvariant)]
    private static partial Regex Embedded();
}
