using ParticipantMessaging.OpenHumans;

namespace ParticipantMessaging.Core.Tests.OpenHumans;

/// <summary>Names of projects, as Open Humans' own server, its worker and a mail server took them.</summary>
public sealed class ProjectNameTests
{
    [Theory]
    [InlineData("Sleep, dreams", ",")]
    [InlineData("a: b; c", "holds : ;")]
    [InlineData("a [b]", "holds [ ]")]
    [InlineData("a <b>", "holds < >")]
    [InlineData("a@b", "@")]
    [InlineData("a \\ b", "\\")]
    [InlineData("(a) b, c", ",")]
    [InlineData("\"a\" b, \"c", ",")]
    [InlineData("Screens of 27\"", "without a second one")]
    [InlineData("a (b) \"c", "without a second one")]
    [InlineData("a \"b\\\"", "without a second one")]
    [InlineData("a ) b", "without a '('")]
    [InlineData("1) Sleep", "without a '('")]
    [InlineData("a (b)) c", "without a '('")]
    [InlineData("a (b", "not closed")]
    [InlineData("a (b (c) d", "not closed")]
    [InlineData("a (b \\) c", "not closed")]
    [InlineData(".a", "begins with a dot")]
    [InlineData("(a) .b", "begins with a dot")]
    public void A_name_that_spoils_the_senders_address_is_told(string name, string words)
        => Assert.Contains(words, new OpenHumansProject { Name = name }.MailProblem, StringComparison.Ordinal);

    [Theory]
    [InlineData("Sleep & dreams' 1/2 #3 (a, b: c) \"d; e\"")]
    [InlineData("Ärzte (b) c. d .e")]
    [InlineData("a (b (c, d)) e")]
    [InlineData("\"a, b\" c")]
    [InlineData("a \"(b\" c")]
    [InlineData("a (\"b) c")]
    [InlineData("a \"b \\\" c\" d")]
    [InlineData("\"a\".b")]
    public void A_name_that_stands_well_before_an_address_is_not(string name) => Assert.Equal("", new OpenHumansProject { Name = name }.MailProblem);
}
