using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using ParticipantMessaging.Core.Tests.Webhooks;
using ParticipantMessaging.Webhooks;

namespace ParticipantMessaging.Core.Tests.Hardening;

/// <summary>Requests that are changed at random: the receiver lives on and gives out nothing that was not signed; texts of runbooks end in one clear error.</summary>
public sealed class FuzzedWebhookTests
{
    private const string Body = "{\"event_type\": \"submission.status.change\", \"resource_id\": \"64f0c1d2e3a4b5c6d7e8f901\", \"status\": \"APPROVED\", \"participant_id\": \"5f8d0c3e4b2a1c0012345678\"}";

    [Fact]
    public async Task The_receiver_survives_requests_that_are_changed_at_random()
    {
        await using var fixture = ReceiverFixture.Start(time: new FakeTimeProvider(DateTimeOffset.UtcNow));
        var random = new Random(3);
        string timestamp = ReceiverFixture.Now();
        byte[] body = Encoding.UTF8.GetBytes(Body);
        string signature = WebhookSignature.Compute(ReceiverFixture.Key, timestamp, body);
        for (int batch = 0; batch < 12; batch++)
        {
            Task[] clients = [.. Enumerable.Range(0, 30).Select(i =>
            {
                byte[] request = Encoding.UTF8.GetBytes(
                    $"POST /hooks/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nX-Event-ID: fuzz-{batch}-{i}\r\nX-Timestamp: {timestamp}\r\n"
                    + $"X-Prolific-Request-Timestamp: {timestamp}\r\nX-Prolific-Request-Signature: {signature}\r\nConnection: close\r\n\r\n{Body}");
                return PostAsync(fixture.Receiver.Uri, Mutate(request, random));
            })];
            await Task.WhenAll(clients).WaitAsync(TimeSpan.FromSeconds(120));

            // Signed at a time of its own: the very request of a changed one that got through would be its replay.
            Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync($"good {batch}", Body, ReceiverFixture.Now(1000 * (batch + 1))));
        }

        await TestWait.UntilAsync(() => fixture.Taken.Count(static e => e.Id.StartsWith("good", StringComparison.Ordinal)) == 12);
        Assert.All(fixture.Taken, static e => Assert.Equal(Body, Encoding.UTF8.GetString(e.Payload!.Utf8.Span)));
    }

    [Fact]
    public void Texts_of_runbooks_end_in_a_request_or_in_one_clear_error()
    {
        var random = new Random(5);
        const string timestamp = "1700000000";
        var key = new WebhookKey("secret");
        string signature = WebhookSignature.Compute(key, timestamp, Encoding.UTF8.GetBytes(Body));
        var headers = new Dictionary<string, string>
        {
            ["Host"] = "x",
            ["X-Event-ID"] = "1",
            ["X-Timestamp"] = timestamp,
            ["X-Prolific-Request-Timestamp"] = timestamp,
            ["X-Prolific-Request-Signature"] = signature,
        };
        string json = JsonSerializer.Serialize(new { WebhookName = "n", RequestBody = Body, RequestHeader = headers });
        string stripped = $"{{WebhookName:n,RequestBody:{Body},RequestHeader:{{{string.Join(',', headers.Select(static h => h.Key + ":" + h.Value))}}}}}";
        var verifier = new WebhookVerifier([key]);
        int good = 0, bad = 0;
        for (int i = 0; i < 4_000; i++)
        {
            string text = Encoding.UTF8.GetString(Mutate(Encoding.UTF8.GetBytes(i % 2 == 0 ? json : stripped), random));
            try
            {
                WebhookEvent read = WebhookEventReader.Read(WebhookRequest.FromAzureText(text), verifier);
                Assert.Equal(Body, Encoding.UTF8.GetString(read.Payload!.Utf8.Span));
                good++;
            }
            catch (MessagingException error)
            {
                Assert.DoesNotContain("secret\"", error.ToString(), StringComparison.Ordinal);
                bad++;
            }
        }

        Assert.True(good > 50 && bad > 1_000, $"{good} good, {bad} bad");
    }

    private static byte[] Mutate(byte[] request, Random random)
    {
        int from = random.Next(request.Length);
        int to = Math.Min(request.Length, from + random.Next(1, 60));
        lock (random)
        {
            switch (random.Next(5))
            {
                case 0:
                    return request[..from];
                case 1:
                    return [.. request[..from], .. request[to..]];
                case 2:
                    return [.. request[..to], .. request[from..]];
                case 3:
                    byte[] noise = new byte[random.Next(1, 200)];
                    random.NextBytes(noise);
                    return [.. request[..from], .. noise, .. request[from..]];
                default:
                    byte[] changed = [.. request];
                    changed[from] ^= (byte)(1 << random.Next(8));
                    return changed;
            }
        }
    }

    private static async Task PostAsync(Uri uri, byte[] request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(uri.Host, uri.Port);
        NetworkStream stream = client.GetStream();
        try
        {
            await stream.WriteAsync(request);
            client.Client.Shutdown(SocketShutdown.Send);
            byte[] buffer = new byte[4096];
            while (await stream.ReadAsync(buffer) > 0)
            {
            }
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // It may hang up on us at any time.
        }
    }
}
