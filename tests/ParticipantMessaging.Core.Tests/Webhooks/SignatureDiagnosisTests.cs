using System.Text;
using System.Text.Json;
using ParticipantMessaging.Webhooks;

namespace ParticipantMessaging.Core.Tests.Webhooks;

public class SignatureDiagnosisTests
{
    private const string Timestamp = "1700000000";
    private const string Wire = "{\"resource_id\": \"abc\", \"event_type\": \"study.status.change\", \"metadata\": {\"n\": 1.50, \"list\": [1, 2]}, \"note\": \"caf\\u00e9 <b>\"}";

    private static readonly JsonSerializerOptions _pretty = new() { WriteIndented = true };
    private static readonly WebhookKey _key = new("secret-of-the-workspace");
    private static readonly string _signature = WebhookSignature.Compute(_key, Timestamp, Encoding.UTF8.GetBytes(Wire));

    [Fact]
    public void Json_written_anew_by_dotnet_is_found()
    {
        using var document = JsonDocument.Parse(Wire);
        string rewritten = JsonSerializer.Serialize(document.RootElement);
        Assert.NotEqual(Wire, rewritten);
        AssertFound(rewritten, SignatureProblem.BodyReserialized, "Python");
        AssertFound(JsonSerializer.Serialize(document.RootElement, _pretty), SignatureProblem.BodyReserialized, "Python");
        AssertFound("\uFEFF" + rewritten, SignatureProblem.BodyReserialized, "Python");
    }

    [Theory]
    [InlineData("""{"a":"ü","b":[1,{}]}""", """{"a": "\u00fc", "b": [1, {}]}""", "compact")]
    [InlineData("{\"a\":\"\\u00fc\",\"b\":[]}", "{\n  \"a\": \"\u00fc\",\n  \"b\": []\n}", "compact")]
    [InlineData("{\n    \"a\": 1,\n    \"b\": 2\n}", """{"a":1,"b":2}""", "indent of four")]
    [InlineData("""{"a":1,"b":2}""", """{"b":2,"a":1}""", "alphabetical")]
    [InlineData("""{"a":"\u003C\u002B\u00FC"}""", """{"a":"<+ü"}""", ".NET")]
    public void Each_writers_style_is_found(string sent, string given, string words)
    {
        string signature = WebhookSignature.Compute(_key, Timestamp, Encoding.UTF8.GetBytes(sent));
        WebhookSignatureResult found = new WebhookVerifier([_key]).Diagnose(Encoding.UTF8.GetBytes(given), Timestamp, signature);
        Assert.Equal(nameof(SignatureProblem.BodyReserialized), found.Reason);
        Assert.Contains(words, found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Line_breaks_and_marks_are_found()
    {
        AssertFound(Wire + "\n", SignatureProblem.LineBreakChanged, "without");
        AssertFound(Wire + "\r\n", SignatureProblem.LineBreakChanged, "without");
        AssertFound("\uFEFF" + Wire, SignatureProblem.ByteOrderMarkChanged, "without");
        AssertFound("\uFEFF" + Wire + "\r\n", SignatureProblem.ByteOrderMarkChanged, "without");
        AssertFound(" " + Wire + " ", SignatureProblem.LineBreakChanged, "white space");

        string lines = "{\n\"a\": 1\n}\n";
        string signature = WebhookSignature.Compute(_key, Timestamp, Encoding.UTF8.GetBytes(lines));
        AssertFound(lines.Replace("\n", "\r\n", StringComparison.Ordinal), SignatureProblem.LineBreakChanged, "LF instead", signature);
        AssertFound(lines.TrimEnd('\n'), SignatureProblem.LineBreakChanged, "with a line break (LF)", signature);

        string marked = WebhookSignature.Compute(_key, Timestamp, Encoding.UTF8.GetBytes("\uFEFF{}"));
        AssertFound("{}", SignatureProblem.ByteOrderMarkChanged, "with a byte order mark", marked);
    }

    [Fact]
    public void Other_encodings_are_found()
    {
        string text = "{\"note\":\"caf\u00e9\"}";
        string signature = WebhookSignature.Compute(_key, Timestamp, Encoding.UTF8.GetBytes(text));
        var verifier = new WebhookVerifier([_key]);
        string twice = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));
        byte[][] stored = [Encoding.Latin1.GetBytes(text), Encoding.Unicode.GetBytes(text), Encoding.UTF8.GetBytes(twice)];
        foreach (byte[] body in stored)
        {
            Assert.Equal(nameof(SignatureProblem.EncodingChanged), verifier.Diagnose(body, Timestamp, signature).Reason);
        }
    }

    [Fact]
    public void Missing_and_misshapen_parts_are_named()
    {
        byte[] body = Encoding.UTF8.GetBytes(Wire);
        var verifier = new WebhookVerifier([_key]);
        Assert.Equal(nameof(SignatureProblem.SignatureMissing), verifier.Diagnose(body, Timestamp, null).Reason);
        Assert.Equal(nameof(SignatureProblem.SignatureMissing), verifier.Diagnose(body, Timestamp, " ").Reason);
        Assert.Equal(nameof(SignatureProblem.TimestampMissing), verifier.Diagnose(body, null, _signature).Reason);
        Assert.Equal(nameof(SignatureProblem.SignatureNotBase64), verifier.Diagnose(body, Timestamp, "sha256=" + _signature).Reason);
        WebhookSignatureResult hex = verifier.Diagnose(body, Timestamp, Convert.ToHexString(Convert.FromBase64String(_signature)));
        Assert.Equal(nameof(SignatureProblem.SignatureNotBase64), hex.Reason);
        Assert.Contains("hex", hex.Message, StringComparison.Ordinal);
        Assert.False(verifier.Diagnose(body, Timestamp, _signature + " ").IsValid);
        Assert.False(verifier.Diagnose(body, Timestamp, _signature[..20] + "\n" + _signature[20..]).IsValid);
    }

    [Fact]
    public void Secrets_are_told_apart()
    {
        byte[] body = Encoding.UTF8.GetBytes(Wire);
        WebhookKey other = new("secret-of-another");
        Assert.Equal(
            nameof(SignatureProblem.OtherKnownSecret),
            new WebhookVerifier([other], otherKeys: [_key]).Diagnose(body, Timestamp, _signature).Reason);
        Assert.True(new WebhookVerifier([other, _key]).Diagnose(body, Timestamp, _signature).IsValid);
        Assert.Equal(
            nameof(SignatureProblem.SecretMiscopied),
            new WebhookVerifier([new WebhookKey("secret-of-the-workspace\r\n")]).Diagnose(body, Timestamp, _signature).Reason);
        Assert.Equal(nameof(SignatureProblem.WrongSecret), new WebhookVerifier([other]).Diagnose(body, Timestamp, _signature).Reason);
        Assert.Equal("***", _key.ToString());
    }

    [Fact]
    public void A_body_that_cannot_be_written_anew_explains_nothing()
    {
        var verifier = new WebhookVerifier([_key]);
        Assert.Equal(nameof(SignatureProblem.WrongSecret), verifier.Diagnose("{\"a\":\"\\ud800\"}"u8.ToArray(), Timestamp, _signature).Reason);
    }

    private static void AssertFound(string given, SignatureProblem problem, string words, string? signature = null)
    {
        WebhookSignatureResult found = new WebhookVerifier([_key]).Diagnose(Encoding.UTF8.GetBytes(given), Timestamp, signature ?? _signature);
        Assert.False(found.IsValid);
        Assert.Equal(problem.ToString(), found.Reason);
        Assert.Contains(words, found.Message, StringComparison.Ordinal);
    }
}
