using System.Diagnostics;
using System.Text;
using ParticipantMessaging.Benchmarks.Running;
using ParticipantMessaging.Webhooks;

namespace ParticipantMessaging.Benchmarks.Cases;

/// <summary>Webhook signatures checked a second: in the library and with the cmdlet.</summary>
internal sealed class SignatureCase : IBenchCase
{
    private const int InLibrary = 200_000;
    private const int WithCmdlet = 20_000;

    // Length and fields of a real notification.
    private const string Body =
        """{"event_type": "submission.status.change", "resource_id": "6f1d2e3c4b5a69788796a5b4", "status": "AWAITING REVIEW", "study_id": "6f1d2e3c4b5a69788796a5b5", "participant_id": "6f1d2e3c4b5a69788796a5b6"}""";

    public string Name => "signatures";

    public async Task RunAsync(Bench bench)
    {
        var key = new WebhookKey("a benchmark's secret");
        byte[] body = Encoding.UTF8.GetBytes(Body);
        const string timestamp = "1764000000";
        string signature = WebhookSignature.Compute(key, timestamp, body);
        var verifier = new WebhookVerifier([key]);
        Series library = new(), cmdlet = new();
        string home = bench.NewHome();
        for (int round = 0; round < bench.Rounds; round++)
        {
            library.Add(Library(verifier, body, timestamp, signature));
            Measurement one = await ChildProcess.PowerShellAsync(
                "signature-cmdlet", new { module = bench.Module, secret = "a benchmark's secret", body = Body, timestamp, signature, count = WithCmdlet }, home).ConfigureAwait(false);
            Bench.Check(one, WithCmdlet, "signatures");
            cmdlet.Add(one);
        }

        bench.Report.Section("Webhook signatures (200-byte bodies, one thread)", "| Where | Checks/s | Spread |");
        bench.Report.Row("`WebhookVerifier.Check` (library)", Series.Number(library.PerSecond), library.Spread(static r => r.Items / r.WallMs * 1000));
        bench.Report.Row("`Test-WebhookSignature`, called in a loop", Series.Number(cmdlet.PerSecond), cmdlet.Spread(static r => r.Items / r.WallMs * 1000));
    }

    private static Measurement Library(WebhookVerifier verifier, byte[] body, string timestamp, string signature)
    {
        int good = 0;
        for (int i = 0; i < 2_000; i++) verifier.Check(body, timestamp, signature);
        var watch = Stopwatch.StartNew();
        for (int i = 0; i < InLibrary; i++)
        {
            if (verifier.Check(body, timestamp, signature).IsValid) good++;
        }

        watch.Stop();
        if (good != InLibrary) throw new InvalidOperationException("A good signature was turned down.");
        return new Measurement(watch.Elapsed.TotalMilliseconds, 0, 0, good);
    }
}
