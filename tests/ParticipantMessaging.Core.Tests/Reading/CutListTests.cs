using ParticipantMessaging.Core.Tests.Http;
using ParticipantMessaging.Http;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Reading;
using ParticipantMessaging.Simulator;

namespace ParticipantMessaging.Core.Tests.Reading;

/// <summary>Lists that the simulator cuts short, as services and what stands before them do: nobody is lost in silence.</summary>
public sealed class CutListTests
{
    [Theory]
    [InlineData(100, SimListCounts.Always, true)]
    [InlineData(100, SimListCounts.Never, true)]
    [InlineData(100, SimListCounts.Always, false)]
    [InlineData(100, SimListCounts.Never, false)]
    [InlineData(20, SimListCounts.Never, false)]
    [InlineData(30, SimListCounts.Always, false)]
    public async Task Everything_is_there(int page, SimListCounts counts, bool links)
    {
        await using SimService sim = await SimService.StartAsync(Options());
        Cut(sim, page, counts, links);

        Assert.Equal((250, 250, 250, 1), await ReadAsync(sim, []));
        Assert.Equal(1300, await new WebhookEvents(sim.Prolific).ReadAsync().Select(e => e.Id).Distinct().CountAsync());
    }

    [Theory]
    [InlineData(SimListCounts.Always, "are missing")]
    [InlineData(SimListCounts.Never, "may be missing", "are missing", "are missing")]
    public async Task What_cannot_be_had_is_told(SimListCounts counts, params string[] expected)
    {
        // Without a count in the list itself, those of the submissions and of the group tell; for messages there is none.
        await using SimService sim = await SimService.StartAsync(Options());
        Cut(sim, 100, counts, links: false);
        sim.Host.Options.IgnoreOffset = true;
        List<ListEnd> told = [];

        (int people, int members, int unread, int _) = await ReadAsync(sim, told);

        Assert.Equal((100, 100, 100), (people, members, unread));
        Assert.Equal(3, told.Count);
        Assert.All(told, end => Assert.Contains(expected, part => end.Message.Contains(part, StringComparison.Ordinal)));
        Assert.Equal(expected.Distinct().Count() - 1, told.Count(end => end.Missing is null));
    }

    [Fact]
    public async Task Answers_that_change_by_a_byte_end()
    {
        await using SimService sim = await SimService.StartAsync(Options());
        Cut(sim, 100, SimListCounts.Never, links: false);
        sim.Host.Options.IgnoreOffset = true;
        sim.Host.Options.ChangingAnswers = true;

        Assert.Equal((100, 100, 100, 1), await ReadAsync(sim, []));
        Assert.InRange(sim.State.Requests.All.Count, 4, 20);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task Open_Humans_members_are_all_there_or_missed_aloud_while_others_leave(int leave)
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Members = 1500, MemberOrder = SimMemberOrder.Shuffled, MembersLeave = leave });
        ServiceList<Participant> list = sim.OpenHumans.GetMembersAsync();
        HashSet<string> found = [.. await list.Select(m => m.ParticipantId).ToListAsync()];

        string[] there = [.. sim.State.Members.Where(m => m.Active).Select(m => m.Id)];
        if (list.End!.IsComplete) Assert.Empty(there.Except(found));
        else Assert.True(list.End.Missing > 0);
        if (leave == 0) Assert.True(list.End.IsComplete);
    }

    [Fact]
    public async Task A_group_that_does_not_count_has_no_count()
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Participants = 20, NoParticipantCount = true });
        Assert.All(await ParticipantReader.GroupsAsync(sim.Prolific).ToListAsync(), g => Assert.Null(g.ParticipantCount));
        sim.State.SetDeleted(sim.State.Groups[0].Id, true);
        Assert.Equal(sim.State.Groups.Skip(1).Select(g => g.Id), await ParticipantReader.GroupsAsync(sim.Prolific).Select(g => g.Id).ToListAsync());
        Assert.Equal(sim.State.Groups.Count, await ParticipantReader.GroupsAsync(sim.Prolific, withDeleted: true).CountAsync());
    }

    private static SimulatorOptions Options() => new() { Participants = 250, Groups = 1, Unread = 250, Events = 1300, DeliverWebhooks = false };

    private static void Cut(SimService sim, int page, SimListCounts counts, bool links)
    {
        sim.Host.Options.PageSize = page;
        sim.Host.Options.ListCounts = counts;
        sim.Host.Options.ListLinks = links;
    }

    private static async Task<(int People, int Members, int Unread, int Subscriptions)> ReadAsync(SimService sim, List<ListEnd> told)
    {
        ProlificClient client = sim.Prolific;
        client.OnIncomplete = end =>
        {
            told.Add(end);
            return Task.CompletedTask;
        };
        return (
            await ParticipantReader.OfStudyAsync(client, sim.State.StudyId).Select(p => p.ParticipantId).Distinct().CountAsync(),
            await ParticipantReader.OfGroupAsync(client, sim.State.Groups[0].Id).Select(p => p.ParticipantId).Distinct().CountAsync(),
            await new UnreadMessages(client).LookAsync().Select(m => m.Id).Distinct().CountAsync(),
            await client.GetWebhookSubscriptionsAsync().CountAsync());
    }
}
