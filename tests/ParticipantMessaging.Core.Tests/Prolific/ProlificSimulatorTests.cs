using ParticipantMessaging.Core.Tests.Http;
using ParticipantMessaging.Prolific;
using ParticipantMessaging.Reading;
using ParticipantMessaging.Simulator;

namespace ParticipantMessaging.Core.Tests.Prolific;

public sealed class ProlificSimulatorTests
{
    [Fact]
    public async Task Sends_arrive_word_for_word()
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Participants = 5 });
        string[] ids = [.. sim.State.Participants.Select(p => p.Id)];
        const string text = "Dear \"you\" – \u2713 \ud83d\ude00\nsecond line <b>&</b>";

        Assert.Equal(204, (await sim.Prolific.SendMessageAsync(ids[0], text, sim.State.StudyId)).HttpStatus);
        await sim.Prolific.SendBulkMessageAsync(ids, "to all", sim.State.StudyId);
        await sim.Prolific.SendGroupMessageAsync(sim.State.Groups[0].Id, "to the group");

        Assert.Equal(text, sim.State.Participants[0].Mailbox[0].Body);
        Assert.All(sim.State.Participants, p => Assert.Contains(p.Mailbox, m => m.Body == "to all"));
        Assert.DoesNotContain("study_id", sim.State.Requests.All[^1].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_that_can_be_read_is_read()
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Participants = 30, Unread = 4, Events = 12, UnknownFields = true });
        ProlificClient client = sim.Prolific;

        Assert.Equal(sim.State.ResearcherId, (await client.GetMeAsync()).Id);
        Assert.Equal(sim.State.WorkspaceId, Assert.Single(await client.GetWorkspacesAsync().ToListAsync()).Id);
        Assert.Equal(4, await client.GetUnreadMessagesAsync().CountAsync());
        Assert.Equal(sim.State.Groups.Select(g => g.Id), await ParticipantReader.GroupsAsync(client).Select(g => g.Id).ToListAsync());
        Assert.Equal(sim.State.Groups[0].Name, (await client.GetParticipantGroupAsync(sim.State.Groups[0].Id)).Name);
        WebhookSubscription subscription = Assert.Single(await client.GetWebhookSubscriptionsAsync().ToListAsync());
        Assert.Equal(12, await client.CountWebhookEventsAsync(subscription.Id));
        Assert.Equal(12, await client.GetWebhookEventsAsync(subscription.Id).CountAsync());
        Assert.NotEmpty(await client.GetWebhookEventTypesAsync().ToListAsync());
        Participant submission = await client.GetStudySubmissionsAsync(sim.State.StudyId).FirstAsync();
        Assert.Equal(submission.ParticipantId, (await client.GetSubmissionAsync(submission.SubmissionId)).ParticipantId);
        Assert.Equal(sim.State.StudyId, (await client.GetSubmissionAsync(submission.SubmissionId)).StudyId);
        Assert.Equal(30, await client.FindSubmissionsAsync(sim.State.StudyId).CountAsync());
    }

    [Fact]
    public async Task A_subscription_goes_its_whole_way()
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Participants = 1 });
        ProlificClient client = sim.Prolific;
        string workspace = sim.State.WorkspaceId;

        Assert.Empty(await client.GetWebhookSecretsAsync(workspace).ToListAsync());
        WebhookSecretValue secret = await client.CreateWebhookSecretAsync(workspace);
        Assert.Equal(secret, Assert.Single(await client.GetWebhookSecretsAsync(workspace).ToListAsync()));
        CreatedSubscription created = await client.CreateWebhookSubscriptionAsync(workspace, "study.status.change", "https://lab.example/hook");
        Assert.False(created.Subscription.IsEnabled);
        WebhookSubscription confirmed = await client.ConfirmWebhookSubscriptionAsync(created.Subscription.Id, created.ConfirmationSecret!);
        Assert.True(confirmed.IsEnabled);
        Assert.False((await client.UpdateWebhookSubscriptionAsync(confirmed.Id, isEnabled: false)).IsEnabled);
        Assert.Equal(confirmed.Id, Assert.Single(await client.GetWebhookSubscriptionsAsync(workspace).ToListAsync()).Id);
        await client.DeleteWebhookSubscriptionAsync(confirmed.Id);
        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => client.GetWebhookSubscriptionAsync(confirmed.Id));
        Assert.Equal(MessagingErrorReason.NotFound, error.Reason);
    }

    [Theory]
    [InlineData(FaultKind.TruncatedJson)]
    [InlineData(FaultKind.WrongTypes)]
    [InlineData(FaultKind.DeepNesting)]
    [InlineData(FaultKind.HugeNumbers)]
    [InlineData(FaultKind.GzipBomb)]
    [InlineData(FaultKind.EndlessBody)]
    [InlineData(FaultKind.Redirect)]
    public async Task Nonsense_is_an_invalid_response_whatever_its_kind(FaultKind kind)
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Participants = 10, Unread = 10 });
        sim.Host.Faults.Add(new FaultRule { PathPrefix = "/api/v1/messages/unread/", Kind = kind });

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(async () => await sim.Prolific.GetUnreadMessagesAsync().CountAsync());

        Assert.Equal(MessagingErrorReason.InvalidResponse, error.Reason);
        Assert.DoesNotContain(SimulatorOptions.DefaultProlificToken, error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(FaultKind.Reset, false)]
    [InlineData(FaultKind.Reset, true)]
    public async Task A_send_that_is_reset_is_unknown_and_reaches_nobody_twice(FaultKind kind, bool stored)
    {
        await using SimService sim = await SimService.StartAsync(new SimulatorOptions { Participants = 1 });
        sim.Host.Faults.Add(new FaultRule { Method = "POST", Kind = kind, AfterStored = stored, Count = 1 });

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => sim.Prolific.SendMessageAsync(sim.State.Participants[0].Id, "x", sim.State.StudyId));

        Assert.Equal(CallEffect.Unknown, error.Effect);
        Assert.Equal(stored ? 1 : 0, sim.State.Participants[0].Mailbox.Count);
        Assert.Single(sim.State.Requests.Where("POST", "*"));
    }
}
