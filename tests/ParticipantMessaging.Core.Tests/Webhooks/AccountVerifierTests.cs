using System.Net;
using Microsoft.Extensions.Time.Testing;
using ParticipantMessaging.Webhooks;

namespace ParticipantMessaging.Core.Tests.Webhooks;

/// <summary>A secret that is replaced while somebody listens.</summary>
public class AccountVerifierTests
{
    private static readonly WebhookKey _new = new("the new secret");

    [Fact]
    public async Task After_a_new_secret_events_pass_at_once_and_it_is_said()
    {
        int asked = 0;
        WebhookKey[] account = [ReceiverFixture.Key];
        await using var fixture = ReceiverFixture.Start(askAgain: _ =>
        {
            asked++;
            return Task.FromResult(new WebhookVerifier(account));
        });
        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("old"));
        account = [_new];
        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("new", key: _new));
        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("newer", key: _new));
        Assert.Equal(HttpStatusCode.Forbidden, await fixture.PostAsync("late", key: ReceiverFixture.Key));
        Assert.Equal(["old", "new", "newer"], fixture.Taken.Select(taken => taken.Id));
        Assert.Equal(1, asked);
        ReceiverNotice notice = (await fixture.NoticesAsync(1))[0];
        Assert.True(notice.IsWarning);
        Assert.Contains("was replaced", notice.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forged_requests_have_the_account_asked_once_a_minute_whatever_their_number()
    {
        int asked = 0;
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var fixture = ReceiverFixture.Start(time: clock, askAgain: _ =>
        {
            Interlocked.Increment(ref asked);
            return Task.FromResult(new WebhookVerifier([ReceiverFixture.Key]));
        });
        for (int minute = 1; minute <= 3; minute++)
        {
            HttpStatusCode[] answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => fixture.PostAsync($"{i}", key: new WebhookKey("forged"))));
            Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Forbidden, answer));
            Assert.Equal(minute, asked);
            clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Empty(fixture.Taken);
        Assert.Equal(150, fixture.Receiver.Refused);

        // One warning a minute; the others are told on request.
        await fixture.Receiver.DisposeAsync();
        int warnings = 0;
        await foreach (ReceiverNotice notice in fixture.Receiver.ReadNoticesAsync(CancellationToken.None)) warnings += notice.IsWarning ? 1 : 0;
        Assert.Equal(3, warnings);
    }

    [Fact]
    public async Task An_account_that_cannot_be_asked_is_asked_again_later()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        bool fails = true;
        await using var fixture = ReceiverFixture.Start(time: clock, askAgain: _ => fails
            ? throw new MessagingException(MessagingErrorReason.ServiceUnavailable, "Prolific failed.", "Wait.")
            : Task.FromResult(new WebhookVerifier([_new])));
        Assert.Equal(HttpStatusCode.Forbidden, await fixture.PostAsync("1", key: _new));
        ReceiverNotice notice = (await fixture.NoticesAsync(1))[0];
        Assert.True(notice.IsWarning);
        Assert.Contains("Prolific failed.", notice.Text, StringComparison.Ordinal);

        fails = false;
        Assert.Equal(HttpStatusCode.Forbidden, await fixture.PostAsync("2", key: _new));
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("1", key: _new));
        Assert.Equal("1", Assert.Single(fixture.Taken).Id);
    }

    [Fact]
    public async Task What_fits_another_known_reason_is_explained()
    {
        await using var fixture = ReceiverFixture.Start();
        using HttpRequestMessage changed = ReceiverFixture.Signed(fixture.Receiver.Uri, "1");
        changed.Content = new StringContent(ReceiverFixture.BodyOf("1") + "\n");
        Assert.Equal(HttpStatusCode.Forbidden, await fixture.SendAsync(changed));
        ReceiverNotice notice = (await fixture.NoticesAsync(1))[0];
        Assert.Contains("line breaks of the body were changed", notice.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_that_were_read_just_now_are_not_asked_for_at_once()
    {
        var clock = new FakeTimeProvider();
        int asked = 0;
        var verifier = new WebhookVerifier([ReceiverFixture.Key]);
        var account = new AccountVerifier(
            verifier,
            _ =>
            {
                asked++;
                return Task.FromResult(new WebhookVerifier([_new]));
            },
            timeProvider: clock,
            isFresh: true);
        Assert.Null(await account.RenewAsync(verifier, CancellationToken.None));
        Assert.Equal(0, asked);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.NotNull(await account.RenewAsync(verifier, CancellationToken.None));
        Assert.Equal(1, asked);
    }
}
