using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Core.Tests.Sending;

/// <summary>Random lists, faults and crashes, driven through plan, send and ledger.</summary>
public sealed class SendProperties
{
    [Property(MaxTest = 300)]
    public Property Per_person_and_campaign_at_most_one_message_whatever_happens(PositiveInt seed) => Prop.ToProperty(Holds(seed.Get));

    private static bool Holds(int seed)
    {
        var random = new Random(seed);
        var gateway = new FakeGateway();
        var ledger = new FakeLedger();
        bool crashed = false;
        ledger.BeforeSettle = () =>
        {
            // A process that dies after the call and before the outcome is on disk.
            if (random.Next(12) != 0) return;
            crashed = true;
            throw new InvalidOperationException("Killed.");
        };
        gateway.Answer = (_, _, _) => Task.FromResult(random.Next(10) switch
        {
            0 => FakeAnswer.Lost(stored: true),
            1 => FakeAnswer.Lost(stored: false),
            2 => FakeAnswer.Refused(MessagingErrorReason.InvalidRequest, 400),
            3 => FakeAnswer.Refused(MessagingErrorReason.RateLimited, 429),
            _ => FakeAnswer.Ok,
        });

        SendRow[] rows = [.. Enumerable.Range(0, random.Next(1, 60)).Select(i => Make.Row(i + 2, Make.Id(random.Next(30)), random.Next(2) == 0 ? "Hello" : null!, account: null) is var row
            ? new SendRow { Row = row.Row, Recipient = row.Recipient, StudyId = row.StudyId, Body = row.Body ?? $"Hello {row.Recipient.Id}" }
            : row)];
        var options = new SendOptions { Campaign = "wave", SkipInvalid = true, ThrottleLimit = 1, BatchSize = random.Next(1, 8) };
        for (int run = 0; run < 6; run++)
        {
            crashed = false;
            var console = new FakeConsole();
            var session = new SendSession(
                options,
                console,
                Make.Account,
                async ct =>
                {
                    await ledger.OpenAsync(ct);
                    return ledger;
                },
                _ => gateway);
            try
            {
                session.SendListAsync(rows, CancellationToken.None).GetAwaiter().GetResult();
            }
            catch (InvalidOperationException) when (crashed)
            {
                continue;
            }

            if (console.Results.Count != rows.Length) return false;
            HashSet<string> stored = [.. gateway.Received.Select(static r => r.Participant)];
            if (console.Receipts.Any(r => r.Status == MessageStatus.Sent && !stored.Contains(r.ParticipantId))) return false;
        }

        return gateway.Received.GroupBy(static r => r.Participant).All(static g => g.Count() == 1);
    }
}
