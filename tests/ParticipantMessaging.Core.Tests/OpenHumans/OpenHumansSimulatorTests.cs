using ParticipantMessaging.Core.Tests.Http;
using ParticipantMessaging.Http;
using ParticipantMessaging.OpenHumans;
using ParticipantMessaging.Simulator;

namespace ParticipantMessaging.Core.Tests.OpenHumans;

public sealed class OpenHumansSimulatorTests
{
    [Fact]
    public async Task Members_are_paged_and_carry_no_token()
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Members = 250 });

        List<Participant> members = await sim.OpenHumans.GetMembersAsync().ToListAsync();

        Assert.Equal(sim.State.Members.Select(m => m.Id).Order(), members.Select(m => m.ParticipantId).Order());
        Assert.Single(sim.State.Requests.Where("GET", "/api/direct-sharing/project/members/"));
        string all = System.Text.Json.JsonSerializer.Serialize(members);
        Assert.DoesNotContain(SimulatorOptions.DefaultOpenHumansToken, all, StringComparison.Ordinal);
        Assert.DoesNotContain("exchange", all, StringComparison.OrdinalIgnoreCase);
        Assert.All(members, m => Assert.NotNull(m.JoinedAt));
    }

    [Fact]
    public async Task A_message_is_queued_for_each_and_a_bad_id_is_named()
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Members = 3 });
        string[] ids = [.. sim.State.Members.Select(m => m.Id)];

        SendResponse sent = await sim.OpenHumans.SendMessageAsync(ids, "Hello", "Dear {{ PROJECT_MEMBER_ID }}");
        Assert.Equal((200, 1), (sent.HttpStatus, sent.Attempts));
        Assert.All(sim.State.Members, m => Assert.Equal("Dear " + m.Id, Assert.Single(m.Mailbox).Body));

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => sim.OpenHumans.SendMessageAsync([ids[0], "99999999"], null, "x"));
        Assert.Equal((MessagingErrorReason.InvalidRequest, CallEffect.None), (error.Reason, error.Effect));
        Assert.Equal(["99999999"], OpenHumansErrors.InvalidMemberIds(error)!);

        OpenHumansProject project = await sim.OpenHumans.GetProjectAsync();
        Assert.Equal(3, project.AuthorizedMembers);
        await sim.OpenHumans.SendToAllMembersAsync(null, "all of you");
        Assert.All(sim.State.Members, m => Assert.Equal(2, m.Mailbox.Count));
    }

    [Fact]
    public async Task An_answer_that_is_not_the_word_for_success_is_unknown()
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Members = 1 });
        sim.Host.Faults.Add(new FaultRule { Method = "POST", Status = 200, Body = "<html>sign in to this network</html>", ContentType = "text/html" });

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => sim.OpenHumans.SendToAllMembersAsync(null, "x"));

        Assert.Equal((MessagingErrorReason.OutcomeUnknown, CallEffect.Unknown), (error.Reason, error.Effect));
    }
}
