namespace ParticipantMessaging.Core.Tests.Text;

/// <summary>What texts say to somebody who uses the library alone.</summary>
public class WordingTests
{
    [Fact]
    public void Every_job_has_words()
    {
        foreach (Job job in Enum.GetValues<Job>())
        {
            string text = Wording.By(job, "this");
            Assert.NotEmpty(text);
            Assert.Equal(text[1..], Wording.Begin(job, "this")[1..]);
            Assert.True(char.IsUpper(Wording.Begin(job, "this")[0]), text);
        }
    }

    [Fact]
    public void An_option_is_called_one() => Assert.Equal("the option Force", Wording.Option("Force"));
}
