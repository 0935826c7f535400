using System.Diagnostics;
using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Tests.Ledger;

public sealed class RunIdentityTests
{
    private const string NoContainer = "pid:[4026531836]";
    private static readonly RunIdentity Self = Linux("m1", "boot1", NoContainer);

    [Fact]
    public void This_process_lives()
    {
        Assert.False(RunIdentity.Current.IsGone(RunIdentity.Current));
        Assert.False(RunIdentity.Current.IsGone(RunIdentity.Of(Environment.ProcessId)));
    }

    [Fact]
    public async Task A_process_is_gone_as_soon_as_it_is_killed_and_not_before()
    {
        if (OperatingSystem.IsWindows())
            return;

        using var process = Process.Start(new ProcessStartInfo("sleep", "60"))!;
        var run = RunIdentity.Of(process.Id);
        Assert.False(RunIdentity.Current.IsGone(run));
        process.Kill();
        await process.WaitForExitAsync();
        Assert.True(RunIdentity.Current.IsGone(run));
    }

    [Fact]
    public void A_number_that_was_given_again_is_another_process()
        => Assert.True(RunIdentity.Current.IsGone(RunIdentity.Current with { ProcessStart = RunIdentity.Current.ProcessStart - 1 }));

    [Fact]
    public void The_same_computer_started_anew_has_no_process_of_before()
        => Assert.True(Self.IsGone(Linux("m1", "boot0", NoContainer)));

    // In these cases only the lease can tell.
    [Theory]
    [InlineData("m2", "boot0", NoContainer, "another computer")]
    [InlineData("m1", "boot1", "pid:[4026532111]", "a container on this computer")]
    [InlineData("m1", "boot0", "pid:[4026532111]", "a container, before the restart or of an image with the same id")]
    [InlineData("", "boot0", NoContainer, "no machine id")]
    public void What_cannot_be_seen_from_here_is_not_gone(string machine, string boot, string space, string why)
        => Assert.False(Self.IsGone(Linux(machine, boot, space)), why);

    [Fact]
    public void Without_a_start_time_only_the_lease_can_tell()
    {
        var blind = RunIdentity.Current with { ProcessStart = -1 };
        Assert.False(RunIdentity.Current.IsGone(blind));
        Assert.False(RunIdentity.Current.Sees(blind));
        Assert.False(blind.Sees(RunIdentity.Current));
        Assert.True(RunIdentity.Current.Sees(RunIdentity.Current));
    }

    [Fact]
    public void Nonsense_is_not_gone()
        => Assert.All(["", "|", "linux|m1", "linux|m1|boot0|" + NoContainer + "|more"], static host => Assert.False(Self.IsGone(Self with { HostId = host })));

    private static RunIdentity Linux(string machine, string boot, string space) => new($"linux|{machine}|{boot}|{space}", "name", 1, 1);
}
