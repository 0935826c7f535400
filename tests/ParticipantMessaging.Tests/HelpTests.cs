using System.Management.Automation;
using System.Text.RegularExpressions;
using ParticipantMessaging.Infrastructure;

namespace ParticipantMessaging.Tests;

/// <summary>The sources of the help: nothing that the user can meet is missing in them.</summary>
public partial class HelpTests
{
    public static TheoryData<MessagingErrorReason> Reasons => [.. Enum.GetValues<MessagingErrorReason>()];

    public static TheoryData<string> Cmdlets => [.. Surface.Cmdlets.Select(Surface.FullName)];

    [Theory]
    [MemberData(nameof(Reasons))]
    public void Every_error_id_is_explained_with_its_category(MessagingErrorReason reason)
    {
        string category = ErrorRecords.CategoryOf(new MessagingException(reason, "It failed.", "Try again.")).ToString();
        string topic = Topic("Errors");
        Match entry = Regex.Match(topic, $@"^    {reason} \((\w+)\)\n((?:        \S.*\n)+)", RegexOptions.Multiline);
        Assert.True(entry.Success, $"about_ParticipantMessaging_Errors does not explain {reason}.");
        Assert.True(entry.Groups[2].Value.Length > 60, $"{reason} is not explained well.");
        if (reason != MessagingErrorReason.OutcomeUnknown) Assert.Equal(category, entry.Groups[1].Value);
    }

    [Fact]
    public void No_error_id_is_explained_that_is_not_there()
        => Assert.All(Heading().Matches(Topic("Errors")), static entry => Assert.True(Enum.TryParse<MessagingErrorReason>(entry.Groups[1].Value, out _), entry.Value));

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Every_cmdlet_has_a_page_that_names_its_parameters(string name)
    {
        string path = Path.Combine(Surface.Root, "docs", "cmdlets", name + ".md");
        Assert.True(File.Exists(path), $"There is no page {name}.md.");
        string page = File.ReadAllText(path);
        Type type = Surface.Cmdlets.First(cmdlet => Surface.FullName(cmdlet) == name);
        Assert.All(
            type.GetProperties().Where(static property => Surface.Attribute(property, nameof(ParameterAttribute)) is not null),
            property => Assert.Contains($"\n### -{property.Name}\n", page, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_cmdlet_is_named_in_the_first_topic()
    {
        string words = Topic("");
        Assert.All(Surface.Cmdlets.Select(Surface.FullName), name => Assert.Contains(name[(name.IndexOf('-', StringComparison.Ordinal) + 1)..], words, StringComparison.Ordinal));
    }

    private static string Topic(string name)
        => File.ReadAllText(Path.Combine(Surface.Root, "module", "en-US", $"about_ParticipantMessaging{(name.Length > 0 ? "_" + name : "")}.help.txt"))
            .ReplaceLineEndings("\n");

    [GeneratedRegex(@"^    (\w+) \(\w+\)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
