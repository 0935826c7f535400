using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using ParticipantMessaging.Webhooks;

namespace ParticipantMessaging.Core.Tests.Webhooks;

/// <summary>
/// The vectors were made with openssl: printf '%s%s' "$timestamp" "$body" | openssl dgst -sha256 -hmac "$secret" -binary | base64.
/// </summary>
public class SignatureVectorTests
{
    public const string Secret = "whsec_test_0123456789abcdef";
    public const string Timestamp = "1700000000";
    public const string FirstBody = """{"resource_id": "6394cee383e14a167638b368", "event_type": "study.status.change", "metadata": {}, "status": "ACTIVE"}""";
    public const string FirstSignature = "iDjUVprGEBq+UraMmDUC49fJ9RTiVbbkQhE6BzHS8Nc=";

    private static readonly WebhookKey _key = new(Secret);

    public static TheoryData<string, int, string> Positive { get; } = new()
    {
        { FirstBody, 116, FirstSignature },
        { """{"resource_id":"6394cee383e14a167638b368","event_type":"study.status.change","metadata":{},"status":"ACTIVE"}""", 109, "atR5KpyJfXwP7vF3P7QPgLAN3ayrv9f3zl2MMOPMoeY=" },
        { """{"resource_id": "64f0c1d2e3a4b5c6d7e8f901", "event_type": "submission.status.change", "participant_id": "5f8d0c3e4b2a1c0012345678", "status": "AWAITING REVIEW"}""", 160, "oZZjEMj0UaKttqv+6pl/tOKLCRZBH1FOkL0FrJ0FYD4=" },
        { "{\"resource_id\": \"abc\", \"event_type\": \"study.progress.change\", \"note\": \"caf\u00e9 \u2713\"}", 82, "DuSEbwByajjt5sNNVQHVZoAbKI6hxb+qKXKD/xzUhZo=" },
        { "", 0, "S+gN8/6rGbLOzjNAzw8CabIuF3wgAiKeaTds09ctVZE=" },
    };

    public static TheoryData<string, SignatureProblem> Negative { get; } = new()
    {
        { "HP13iX2zwZTzaVsOnj2BmLIKRGU4bF7mG7yErzlks8Q=", SignatureProblem.SignedTextDiffers },
        { "OzC/VBea041hTrwIW1ZLlFvdh4Vz0kxoEEPB8bEGN5A=", SignatureProblem.SignedTextDiffers },
        { "NkucCeBB3qdVdxoNULJLEQ7qU978NylQ2djJbCC6J4k=", SignatureProblem.SignedTextDiffers },
        { "pZKN74OSRcuu+W4QI4FeEr4+Z1itQPi3OgF1EuWWCgY=", SignatureProblem.SecretMiscopied },
    };

    [Theory]
    [MemberData(nameof(Positive))]
    public void A_vector_verifies(string body, int length, string signature)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        Assert.Equal(length, bytes.Length);
        Assert.Equal(signature, WebhookSignature.Compute(_key, Timestamp, bytes));
        Assert.True(new WebhookVerifier([_key]).Check(bytes, Timestamp, signature).IsValid);
        Assert.True(new WebhookVerifier([_key]).Check(bytes, Timestamp, signature.TrimEnd('=')).IsValid);
    }

    [Theory]
    [MemberData(nameof(Negative))]
    public void What_is_signed_otherwise_does_not_verify_and_is_named(string signature, SignatureProblem problem)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(FirstBody);
        var verifier = new WebhookVerifier([_key]);
        Assert.False(verifier.Check(bytes, Timestamp, signature).IsValid);
        WebhookSignatureResult found = verifier.Diagnose(bytes, Timestamp, signature);
        Assert.False(found.IsValid);
        Assert.Equal(problem.ToString(), found.Reason);
        Assert.EndsWith(".", found.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ten_thousand_random_bodies_agree_with_another_HMAC()
    {
        var random = new Random(20260101);
        for (int i = 0; i < 10_000; i++)
        {
            byte[] body = RandomBody(random, i);
            string secret = RandomText(random, 1 + random.Next(80));
            string timestamp = random.NextInt64(0, 250_000_000_000).ToString(System.Globalization.CultureInfo.InvariantCulture);
            string expected = Convert.ToBase64String(PlainHmac(Encoding.UTF8.GetBytes(secret), [.. Encoding.UTF8.GetBytes(timestamp), .. body]));
            var verifier = new WebhookVerifier([new WebhookKey("another"), new WebhookKey(secret)]);
            Assert.True(verifier.Check(body, timestamp, expected).IsValid);

            if (body.Length == 0) continue;
            byte[] changed = [.. body];
            changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
            Assert.False(verifier.Check(changed, timestamp, expected).IsValid);
        }
    }

    [Fact]
    public void Only_requests_inside_the_window_verify_in_both_directions()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000));
        var verifier = new WebhookVerifier([_key], TimeSpan.FromMinutes(5), clock);
        byte[] body = Encoding.UTF8.GetBytes(FirstBody);
        Assert.True(verifier.Check(body, Timestamp, FirstSignature).IsValid);
        clock.Advance(TimeSpan.FromMinutes(5));
        Assert.True(verifier.Check(body, Timestamp, FirstSignature).IsValid);
        clock.Advance(TimeSpan.FromSeconds(1));
        WebhookSignatureResult late = verifier.Check(body, Timestamp, FirstSignature);
        Assert.Equal(nameof(SignatureProblem.TimestampOutsideWindow), late.Reason);
        Assert.Equal(TimeSpan.FromSeconds(301), late.Age);

        string future = "1700000602";
        Assert.Equal(
            nameof(SignatureProblem.TimestampOutsideWindow),
            verifier.Check(body, future, WebhookSignature.Compute(_key, future, body)).Reason);

        // A forger does not learn that the time is wrong.
        Assert.Equal(nameof(SignatureProblem.WrongSecret), verifier.Check([1], Timestamp, FirstSignature).Reason);
    }

    [Theory]
    [InlineData("4102444800", true)]
    [InlineData("1700000000.25", true)]
    [InlineData("99999999999999999999999999999999", false)]
    [InlineData("tomorrow", false)]
    [InlineData("1,700", false)]
    public void Timestamps_are_long_numbers(string timestamp, bool isNumber)
    {
        string signature = WebhookSignature.Compute(_key, timestamp, "{}"u8);
        WebhookSignatureResult result = new WebhookVerifier([_key]).Check("{}"u8, timestamp, signature);
        Assert.Equal(isNumber, result.IsValid);
        if (!isNumber) Assert.Equal(nameof(SignatureProblem.TimestampNotANumber), result.Reason);
    }

    // RFC 2104, written out: nothing of .NET's HMAC classes, which the code under test uses.
    private static byte[] PlainHmac(byte[] key, byte[] text)
    {
        if (key.Length > 64) key = SHA256.HashData(key);
        byte[] inner = new byte[64], outer = new byte[64];
        for (int i = 0; i < 64; i++)
        {
            byte k = i < key.Length ? key[i] : (byte)0;
            inner[i] = (byte)(k ^ 0x36);
            outer[i] = (byte)(k ^ 0x5c);
        }

        return SHA256.HashData([.. outer, .. SHA256.HashData([.. inner, .. text])]);
    }

    private static byte[] RandomBody(Random random, int index)
    {
        if (index % 1000 == 0)
        {
            byte[] large = new byte[1 << 20];
            random.NextBytes(large);
            return large;
        }

        string text = RandomText(random, random.Next(200));
        return (index % 5) switch
        {
            0 => [],
            1 => [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(text)],
            2 => Encoding.UTF8.GetBytes(text + "\r\n" + text + "\r\n"),
            _ => Encoding.UTF8.GetBytes(text),
        };
    }

    private static string RandomText(Random random, int length)
    {
        var text = new StringBuilder();
        while (text.Length < length)
        {
            int value = random.Next(4) == 0 ? random.Next(0x20, 0x1FFFF) : random.Next(0x20, 0x7F);
            if (Rune.IsValid(value)) text.Append(new Rune(value).ToString());
        }

        return text.Length == 0 ? "x" : text.ToString();
    }
}
