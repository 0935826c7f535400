namespace ParticipantMessaging.BuildTools.Help;

/// <summary>An example of a page.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Code">The commands.</param>
/// <param name="Remarks">What they do.</param>
internal sealed record HelpExample(string Title, string Code, IReadOnlyList<string> Remarks);
