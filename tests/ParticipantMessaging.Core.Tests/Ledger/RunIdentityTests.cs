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
        Assert.True(RunIdentity.Current.IsAlive(RunIdentity.Current));
        Assert.True(RunIdentity.Current.IsAlive(RunIdentity.Of(Environment.ProcessId)));
    }

    [Fact]
    public async Task A_process_is_gone_as_soon_as_it_is_killed_and_not_before()
    {
        if (OperatingSystem.IsWindows())
            return;

        using Process process = Process.Start(new ProcessStartInfo("sleep", "60"))!;
        var run = RunIdentity.Of(process.Id);
        Assert.True(RunIdentity.Current.IsAlive(run));
        process.Kill();
        await process.WaitForExitAsync();
        Assert.False(RunIdentity.Current.IsAlive(run));
    }

    [Fact]
    public void A_number_that_was_given_again_is_another_process()
        => Assert.False(RunIdentity.Current.IsAlive(RunIdentity.Current with { ProcessStart = RunIdentity.Current.ProcessStart - 1 }));

    [Fact]
    public void The_same_computer_started_anew_has_no_process_of_before()
        => Assert.False(Self.IsAlive(Linux("m1", "boot0", NoContainer)));

    [Fact]
    public void Where_a_copy_of_the_computer_may_be_at_work_only_the_lease_can_tell()
    {
        Assert.Null(Self.IsAlive(Linux("m1", "boot0", NoContainer), isShared: true));
        Assert.True(RunIdentity.Current.IsAlive(RunIdentity.Current, isShared: true));
    }

    // In these cases only the lease can tell.
    [Theory]
    [InlineData("m2", "boot0", NoContainer, "another computer")]
    [InlineData("m1", "boot1", "pid:[4026532111]", "a container on this computer")]
    [InlineData("m1", "boot0", "pid:[4026532111]", "a container, before the restart or of an image with the same id")]
    [InlineData("", "boot0", NoContainer, "no machine id")]
    public void What_cannot_be_seen_from_here_is_not_gone(string machine, string boot, string space, string why)
        => Assert.True(Self.IsAlive(Linux(machine, boot, space)) is null, why);

    [Fact]
    public void Without_a_start_time_only_the_lease_can_tell()
    {
        RunIdentity blind = RunIdentity.Current with { ProcessStart = -1 };
        Assert.Null(RunIdentity.Current.IsAlive(blind));
        Assert.Null(blind.IsAlive(RunIdentity.Current));
    }

    [Theory]
    [InlineData("rw,nosuid", false)]
    [InlineData("rw,hidepid=0", false)]
    [InlineData("rw,hidepid=off", false)]
    [InlineData("rw,hidepid=2", true)]
    [InlineData("rw,gid=30,hidepid=invisible", true)]
    public void A_process_that_is_not_shown_is_gone_only_where_none_are_hidden(string options, bool mayBeHidden)
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder.File("self"));
        File.WriteAllText(folder.File(Path.Combine("self", "mounts")), $"tmpfs /tmp tmpfs rw 0 0\nproc /proc proc {options} 0 0\n");
        Assert.Equal(mayBeHidden, RunIdentity.LinuxStartOf(4_711, folder.Path) is not null);
        Directory.CreateDirectory(folder.File("4711"));
        File.WriteAllText(folder.File(Path.Combine("4711", "stat")), "4711 (a) b) S 1 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 815 0 0");
        Assert.Equal(815, RunIdentity.LinuxStartOf(4_711, folder.Path));
    }

    [Fact]
    public void Nonsense_is_not_gone()
        => Assert.All(["", "|", "linux|m1", "linux|m1|boot0|" + NoContainer + "|more"], static host => Assert.Null(Self.IsAlive(Self with { HostId = host })));

    private static RunIdentity Linux(string machine, string boot, string space) => new($"linux|{machine}|{boot}|{space}", "name", 1, 1);
}
