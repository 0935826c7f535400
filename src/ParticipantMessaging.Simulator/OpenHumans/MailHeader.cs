namespace ParticipantMessaging.Simulator;

/// <summary>What Django and Python's mail library make of a subject and of a project's name.</summary>
internal static class MailHeader
{
    /// <summary>Characters with which the project's name is no name of a mail address any more.</summary>
    private static readonly System.Buffers.SearchValues<char> NotInNames = System.Buffers.SearchValues.Create(",:;[]<>@\\");

    /// <summary>Why no mail of a project of that name can be written; null when it can.</summary>
    public static string? NameProblem(string projectName) => projectName.AsSpan().IndexOfAny(NotInNames) >= 0
        ? $"ValueError: Invalid address \"{projectName} <support@openhumans.org>\""
        : null;

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
        string[] lines = subject.Split('\v', '\f', '\u001c', '\u001d', '\u001e');
        if (lines.Length == 1)
            return (subject, null, null);
        if (subject.Any(c => c > '\u007f'))
            return (string.Join(' ', lines.Select(l => l.TrimStart())), null, null); // encoded, and folded as it should be

        int taken = 1;
        while (taken < lines.Length && lines[taken].StartsWith(' '))
            taken++; // a line that begins with a blank continues the header
        string kept = string.Join("", lines[..taken]);
        if (taken == lines.Length)
            return (kept, null, null);
        if (lines[taken..].Any(l => l.AsSpan().IndexOfAny(' ', ':') is >= 0 and int at && l[at] == ':'))
            return (subject, null, "HeaderParseError: header value appears to contain an embedded header");
        string rest = string.Join('\n', lines[taken..]);
        return (kept, $"{rest}\nFrom: {projectName} <support@openhumans.org>\nReply-To: contact@lab.example\n\n", null);
    }
}
