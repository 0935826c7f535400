using System.Net;
using System.Text;
using ParticipantMessaging.OpenHumans;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Core.Tests.Http;

/// <summary>Answers that were damaged at random are read or refused; nothing else may happen.</summary>
public sealed class FuzzTests
{
    private static readonly string[] Good =
    [
        """{"results":[{"id":"5f8d0c3e4b2a1c0012345678","sender":"u","body":"caf\u00e9 ✓","datetime_created":"2024-01-15T09:30:00.041000Z","type":"message","channel_id":"c","data":{"study_id":"s","category":"other","x":1}},{"id":"2","extra":{"a":[1,2.5e3,null,true,"\ud83d\ude00"]}}],"meta":{"count":2},"_links":{"next":{"href":null}}}""",
        """{"count":2,"next":null,"results":[{"project_member_id":"01234567","created":"2018-03-01T00:00:00Z","exchange_member":"https://x/?access_token=t","data":[],"sources_shared":["a"]}]}""",
        """{"results":[{"id":"e1","datetime_created":"2024-01-15T09:30:00Z","event_type":"submission.status.change","resource_id":"r","status":"FAILED","target_url":"https://x/","payload":{"resource_id":"r","status":"AWAITING REVIEW","participant_id":"p","metadata":{"a":[{}]}}}],"meta":{"count":1}}""",
        """{"error":{"status":400,"error_code":140007,"title":"Bad Request","detail":{"ids":["Invalid.","x"],"n":{"m":["y"]}}}}""",
    ];

    [Fact]
    public async Task Damaged_answers_are_read_or_refused()
    {
        var random = new Random(20261125);
        int read = 0, refused = 0;
        for (int i = 0; i < 6000; i++)
        {
            byte[] body = Damage(Encoding.UTF8.GetBytes(Good[i % Good.Length]), random);
            using var service = new StubService { Otherwise = (_, _) => Task.FromResult(new HttpResponseMessage((i % Good.Length) == 3 ? HttpStatusCode.BadRequest : HttpStatusCode.OK) { Content = new ByteArrayContent(body) }) };
            var prolific = new ProlificClient(StubService.Connection(), service.Http);
            try
            {
                switch (i % Good.Length)
                {
                    case 1: await new OpenHumansClient(StubService.Connection(MessagingProvider.OpenHumans), service.Http).GetMembersAsync().CountAsync(); break;
                    case 2: await foreach (WebhookEvent item in prolific.GetWebhookEventsAsync("63722971f9cc073ecc730f6a")) _ = item.Payload?.Count; break;
                    default: await prolific.GetUnreadMessagesAsync().CountAsync(); break;
                }

                read++;
            }
            catch (MessagingException e)
            {
                Assert.True(e.Reason is MessagingErrorReason.InvalidResponse or MessagingErrorReason.InvalidRequest, e.ToString());
                Assert.InRange(e.Message.Length, 1, 1000);
                refused++;
            }
        }

        Assert.True(read > 100 && refused > 1000, $"{read} read, {refused} refused");
    }

    private static byte[] Damage(byte[] body, Random random)
    {
        var bytes = new List<byte>(body);
        for (int n = random.Next(1, 5); n > 0; n--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes.RemoveAt(at); break;
                case 2: bytes.Insert(at, (byte)"{}[]\":,0\\ue"[random.Next(11)]); break;
                case 3: bytes.RemoveRange(at, bytes.Count - at); break;
                case 4: bytes.InsertRange(at, bytes.GetRange(random.Next(bytes.Count), 1)); break;
                default: bytes.InsertRange(at, Encoding.ASCII.GetBytes(new string('9', 400))); break;
            }

            if (bytes.Count == 0) return [];
        }

        return [.. bytes];
    }
}
