using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using ParticipantMessaging.Reading;
using ParticipantMessaging.Webhooks;

namespace ParticipantMessaging.Core.Tests.Webhooks;

public class WebhookRequestTests
{
    private const string Timestamp = "1700000000";
    private const string Body = "{\"resource_id\": \"64f0c1d2e3a4b5c6d7e8f901\", \"event_type\": \"submission.status.change\", \"participant_id\": \"5f8d0c3e4b2a1c0012345678\", \"status\": \"AWAITING REVIEW\", \"note\": \"a,RequestHeader:{x:1}, b: {\\\"c\\\"}\", \"later\": {\"n\": 1}}";

    private static readonly WebhookKey _key = new("secret");
    private static readonly string _signature = WebhookSignature.Compute(_key, Timestamp, Encoding.UTF8.GetBytes(Body));
    private static readonly WebhookVerifier _verifier = new([_key]);

    private static KeyValuePair<string, string>[] Headers =>
    [
        new("Host", "example.webhook.azure-automation.net"),
        new("Accept", "text/html,application/xml;q=0.9,*/*;q=0.8"),
        new("Date", "Tue, 14 Nov 2023 22:13:20 GMT"),
        new("User-Agent", "Mozilla/5.0 (X11; Linux x86_64), like: Gecko"),
        new("x-prolific-request-signature", _signature),
        new("X-PROLIFIC-REQUEST-TIMESTAMP", Timestamp),
        new("X-Event-Id", "65f0c1d2e3a4b5c6d7e8f901"),
        new("X-Timestamp", "1699999990"),
    ];

    private static string JsonText => JsonSerializer.Serialize(new
    {
        WebhookName = "prolific",
        RequestBody = Body,
        RequestHeader = Headers.ToDictionary(header => header.Key, header => header.Value),
    });

    private static string StrippedText
        => $"{{WebhookName:prolific,RequestBody:{Body},RequestHeader:{{{string.Join(',', Headers.Select(header => $"{header.Key}:{header.Value}"))}}}}}";

    [Fact]
    public void Headers_and_body_become_a_typed_event()
    {
        WebhookEvent read = WebhookEventReader.Read(WebhookRequest.FromText(new WebhookHeaders(Headers), Body), _verifier, "lab");
        AssertEvent(read);
        Assert.Equal("lab", read.Account);
        Assert.Equal(1L, ((Dictionary<string, object?>)read.AdditionalProperties["later"]!)["n"]);
        Assert.Equal(Encoding.UTF8.GetBytes(Body), read.Payload!.Utf8.ToArray());
    }

    [Fact]
    public void Azures_text_forms_are_recovered()
    {
        var json = WebhookRequest.FromAzureText(JsonText);
        Assert.Equal(WebhookRequestForm.AzureJsonText, json.Form);
        AssertEvent(WebhookEventReader.Read(json, _verifier));

        var twice = WebhookRequest.FromAzureText(JsonSerializer.Serialize(JsonText));
        AssertEvent(WebhookEventReader.Read(twice, _verifier));

        var stripped = WebhookRequest.FromAzureText("\uFEFF" + StrippedText + "\r\n");
        Assert.Equal(WebhookRequestForm.AzureStrippedText, stripped.Form);
        Assert.Equal(Body, Encoding.UTF8.GetString(stripped.Body.Span));
        Assert.Equal("text/html,application/xml;q=0.9,*/*;q=0.8", stripped.Headers["accept"]);
        Assert.Equal("Mozilla/5.0 (X11; Linux x86_64), like: Gecko", stripped.Headers["User-Agent"]);
        AssertEvent(WebhookEventReader.Read(stripped, _verifier));
    }

    [Fact]
    public void The_stripped_form_keeps_an_empty_body_and_an_array()
    {
        Assert.Equal(0, WebhookRequest.FromAzureText("{WebhookName:x,RequestBody:,RequestHeader:{Host:h}}").Body.Length);
        Assert.Equal("[1,2]", Encoding.UTF8.GetString(WebhookRequest.FromAzureText("{WebhookName:x,RequestBody:[1,2],RequestHeader:{Host:h}}").Body.Span));
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("{}")]
    [InlineData("{\"a\":1}")]
    [InlineData("{WebhookName:x,RequestHeader:{Host:h}}")]
    [InlineData("")]
    public void Other_text_is_refused(string text)
    {
        MessagingException error = Assert.Throws<MessagingException>(() => WebhookRequest.FromAzureText(text));
        Assert.Equal(MessagingErrorReason.InvalidRequest, error.Reason);
    }

    [Fact]
    public void A_refusal_names_the_form_and_is_a_matter_of_security()
    {
        string changed = StrippedText.Replace("AWAITING", "APPROVED", StringComparison.Ordinal);
        MessagingException error = Assert.Throws<MessagingException>(() => WebhookEventReader.Read(WebhookRequest.FromAzureText(changed), _verifier));
        Assert.Equal(MessagingErrorReason.InvalidSignature, error.Reason);
        Assert.True(error.IsSecurityFailure);
        Assert.Contains("without its quotes", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("APPROVED", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_verified_is_not_parsed()
    {
        var broken = WebhookRequest.FromText(new WebhookHeaders(Headers), "{ not json");
        Assert.Equal(MessagingErrorReason.InvalidSignature, Assert.Throws<MessagingException>(() => WebhookEventReader.Read(broken, _verifier)).Reason);
        Assert.Equal(MessagingErrorReason.InvalidResponse, Assert.Throws<MessagingException>(() => WebhookEventReader.Read(broken, null)).Reason);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[1]")]
    [InlineData("")]
    public void A_verified_body_that_is_no_object_is_an_invalid_response(string body)
    {
        string signature = WebhookSignature.Compute(_key, Timestamp, Encoding.UTF8.GetBytes(body));
        var headers = new WebhookHeaders([new(WebhookHeaderNames.Signature, signature), new(WebhookHeaderNames.RequestTimestamp, Timestamp)]);
        MessagingException error = Assert.Throws<MessagingException>(() => WebhookEventReader.Read(WebhookRequest.FromText(headers, body), _verifier));
        Assert.Equal(MessagingErrorReason.InvalidResponse, error.Reason);
    }

    [Fact]
    public void Verified_bytes_that_are_no_text_are_an_invalid_response_too()
    {
        byte[] body = [(byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}'];
        var headers = new WebhookHeaders(
            [new(WebhookHeaderNames.Signature, WebhookSignature.Compute(_key, Timestamp, body)), new(WebhookHeaderNames.RequestTimestamp, Timestamp)]);
        MessagingException error = Assert.Throws<MessagingException>(() => WebhookEventReader.Read(new WebhookRequest(headers, body), _verifier));
        Assert.Equal(MessagingErrorReason.InvalidResponse, error.Reason);
    }

    [Fact]
    public void Unknown_types_missing_headers_and_a_byte_order_mark_are_fine()
    {
        byte[] body = [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes("""{"event_type":"brand.new","resource_id":7,"status":null}""")];
        var headers = new WebhookHeaders(
            [new(WebhookHeaderNames.Signature, WebhookSignature.Compute(_key, Timestamp, body)), new(WebhookHeaderNames.RequestTimestamp, Timestamp), new("X-Timestamp", "soon")]);
        WebhookEvent read = WebhookEventReader.Read(new WebhookRequest(headers, body), _verifier);
        Assert.Equal(("", "brand.new", "7", ""), (read.Id, read.EventType, read.ResourceId, read.ResourceStatus));
        Assert.Null(read.CreatedAt);
        Assert.Equal("brand.new", read.Payload!["event_type"]);
    }

    [Fact]
    public void Skipping_the_check_marks_the_event()
    {
        WebhookEvent read = WebhookEventReader.Read(WebhookRequest.FromText(new WebhookHeaders([]), Body), null);
        Assert.False(read.IsVerified);
        Assert.Equal("AWAITING REVIEW", read.ResourceStatus);
    }

    [Fact]
    public void A_header_that_comes_twice_with_two_values_counts_as_missing()
    {
        var headers = new WebhookHeaders([.. Headers, new(WebhookHeaderNames.Signature, "other")]);
        Assert.Null(headers[WebhookHeaderNames.Signature]);
        Assert.Equal(_signature, new WebhookHeaders([.. Headers, new(WebhookHeaderNames.Signature, _signature)])[WebhookHeaderNames.Signature]);
    }

    [Fact]
    public void A_late_request_is_told_so()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000 + 3600));
        var verifier = new WebhookVerifier([_key], TimeSpan.FromMinutes(5), clock);
        MessagingException error = Assert.Throws<MessagingException>(
            () => WebhookEventReader.Read(WebhookRequest.FromText(new WebhookHeaders(Headers), Body), verifier));
        Assert.Equal(MessagingErrorReason.InvalidSignature, error.Reason);
        Assert.Contains(TimeText.Shown(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000)), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_the_body_is_the_text_forms_give_it_back_byte_for_byte()
    {
        var random = new Random(11);
        string[] pieces = ["{", "}", ",", ":", "\"", "\\", "RequestBody:", ",RequestHeader:{", "X-Event-ID:", "a", " ", "\n", "\r\n", "caf\u00e9", "\u2713", "\ud83d\ude00", "null", "1.50"];
        for (int i = 0; i < 2000; i++)
        {
            string body = string.Concat(Enumerable.Range(0, random.Next(30)).Select(_ => pieces[random.Next(pieces.Length)]));
            string signature = WebhookSignature.Compute(_key, Timestamp, Encoding.UTF8.GetBytes(body));
            string headers = $"Host:h,Accept:a/b;q=0.9,*/*,X-Prolific-Request-Signature:{signature},X-Prolific-Request-Timestamp:{Timestamp}";
            var stripped = WebhookRequest.FromAzureText($"{{WebhookName:n,RequestBody:{body},RequestHeader:{{{headers}}}}}");
            Assert.True(_verifier.Check(stripped.Body.Span, stripped.Timestamp, stripped.Signature).IsValid, body);

            string json = JsonSerializer.Serialize(new { WebhookName = "n", RequestBody = body, RequestHeader = new Dictionary<string, string> { ["x-prolific-request-signature"] = signature, ["x-prolific-request-timestamp"] = Timestamp } });
            var read = WebhookRequest.FromAzureText(json);
            Assert.True(_verifier.Check(read.Body.Span, read.Timestamp, read.Signature).IsValid, body);
        }
    }

    private static void AssertEvent(WebhookEvent read)
    {
        Assert.Equal("65f0c1d2e3a4b5c6d7e8f901", read.Id);
        Assert.Equal("submission.status.change", read.EventType);
        Assert.Equal("64f0c1d2e3a4b5c6d7e8f901", read.ResourceId);
        Assert.Equal("5f8d0c3e4b2a1c0012345678", read.ParticipantId);
        Assert.Equal("AWAITING REVIEW", read.ResourceStatus);
        Assert.Equal("", read.Status);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_699_999_990), read.CreatedAt);
        Assert.True(read.IsVerified);
    }
}
