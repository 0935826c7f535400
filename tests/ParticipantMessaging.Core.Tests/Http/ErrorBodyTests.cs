using System.Net;
using System.Text;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Http;
using ParticipantMessaging.OpenHumans;
using ParticipantMessaging.Prolific;

namespace ParticipantMessaging.Core.Tests.Http;

public sealed class ErrorBodyTests
{
    private static readonly AccessToken Token = new("sekret-token");

    [Theory]
    [InlineData("""{"error":{"status":400,"error_code":140007,"title":"Bad Request","detail":{"external_study_url":["Enter a valid URL."]},"traceback":""}}""", "Bad Request. external_study_url: Enter a valid URL (error code 140007)")]
    [InlineData("""{"error":{"detail":"Already there"}}""", "Already there")]
    [InlineData("""{"status":400,"error_code":1,"title":"Bad Request","detail":["One.","Two."]}""", "Bad Request. One. Two (error code 1)")]
    [InlineData("""{"message":"No","detail":"because"}""", "No. because")]
    [InlineData("""{"detail":"Not found"}""", "Not found")]
    [InlineData("""{"error":"nope"}""", "nope")]
    [InlineData("<html><head><title>502 Bad Gateway</title></head><body>x</body></html>", "502 Bad Gateway")]
    [InlineData("upstream connect error\nor so", "upstream connect error or so")]
    [InlineData("""{"errors":{"message":["This field is required."],"__all__":["You must specify either all members or provide a list of IDs."]}}""", "You must specify either all members or provide a list of IDs. message: This field is required.")]
    [InlineData("""{"project_member_id":"project_member_id is invalid"}""", "project_member_id: project_member_id is invalid")]
    [InlineData("\"plain\"", "plain")]
    [InlineData("", null)]
    [InlineData("null", null)]
    [InlineData("{}", null)]
    public void Every_shape_becomes_one_line(string body, string? expected)
        => Assert.Equal(expected, ErrorBody.Read(Encoding.UTF8.GetBytes(body), Token).Message);

    [Fact]
    public void Fields_keep_their_texts()
    {
        var body = ErrorBody.Read("""{"error":{"detail":{"ids":["Too many.","Bad."],"data":{"study_id":["Missing."]}}}}"""u8, Token);

        Assert.Equal(["Too many.", "Bad."], body.FieldErrors["ids"]);
        Assert.Equal(["Missing."], body.FieldErrors["data.study_id"]);
    }

    [Fact]
    public void The_token_and_control_characters_do_not_come_through_and_long_texts_are_cut()
    {
        var body = ErrorBody.Read(Encoding.UTF8.GetBytes("{\"detail\":\"see https://x/?access_token=sekret-token \\u001b[31mred " + new string('x', 2000) + "\"}"), Token);

        Assert.DoesNotContain("sekret-token", body.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', body.Message!);
        Assert.Equal(500, body.Message!.Length);
    }

    [SteadyProperty]
    public void No_body_can_make_it_fail(byte[] bytes) => Assert.True((ErrorBody.Read(bytes, Token).Message?.Length ?? 0) <= 500);

    [Theory]
    [InlineData(400, MessagingErrorReason.InvalidRequest)]
    [InlineData(401, MessagingErrorReason.AuthenticationFailed)]
    [InlineData(403, MessagingErrorReason.PermissionDenied)]
    [InlineData(404, MessagingErrorReason.NotFound)]
    [InlineData(405, MessagingErrorReason.InvalidResponse)]
    [InlineData(407, MessagingErrorReason.ConnectionFailed)]
    [InlineData(409, MessagingErrorReason.InvalidRequest)]
    [InlineData(422, MessagingErrorReason.InvalidRequest)]
    [InlineData(301, MessagingErrorReason.InvalidResponse)]
    public async Task A_status_becomes_a_reason_with_advice(int status, MessagingErrorReason reason)
    {
        StubService service = new StubService().Then((HttpStatusCode)status, """{"detail":"the service's words"}""");
        var client = new ProlificClient(StubService.Connection(), service.Http);

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => client.SendMessageAsync("p1", "Hello", "s1"));

        Assert.Equal((reason, CallEffect.None, status), (error.Reason, error.Effect, error.HttpStatus!.Value));
        Assert.Equal("POST /api/v1/messages/", error.Request);
        Assert.Contains("the service's words", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.RecommendedAction);
        Assert.DoesNotContain("sekret", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<!doctype html><html><head><title>Sign in to the network</title></head><body><h1>Sign in</h1></body></html>", "a web page ('Sign in to the network')")]
    [InlineData("\uFEFF \n<p>Blocked by sekret-token</p>", "a web page ('Blocked by ")]
    public async Task A_page_in_place_of_an_answer_is_called_one(string page, string words)
    {
        var client = new ProlificClient(StubService.Connection(), new StubService().Then(HttpStatusCode.OK, page).Http);
        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => client.GetMeAsync());
        Assert.Equal(MessagingErrorReason.InvalidResponse, error.Reason);
        Assert.Contains($"cannot be used: it is {words}", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("which a proxy or a network that wants a sign-in gives in place of the service.", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sekret", error.Message, StringComparison.Ordinal);

        client = new ProlificClient(StubService.Connection(), new StubService().Then(HttpStatusCode.OK, page).Http);
        error = await Assert.ThrowsAsync<MessagingException>(() => client.SendMessageAsync("p1", "Hello", "s1"));
        Assert.Equal((MessagingErrorReason.OutcomeUnknown, CallEffect.Unknown), (error.Reason, error.Effect));
        Assert.StartsWith($"Prolific answered (HTTP 200), but with {words}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sign_in_that_a_proxy_or_a_network_wants_is_not_laid_at_the_services_door()
    {
        static ProlificClient Client(int status)
        {
            var service = new StubService();
            for (int i = 0; i < 4; i++) service.Then((HttpStatusCode)status, "<html><head><title>Network login</title></head></html>");
            return new ProlificClient(StubService.Connection(), service.Http);
        }

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => Client(407).GetMeAsync());
        Assert.Equal("The proxy on the way to Prolific wants a sign-in (HTTP 407: Network login); the request did not get there.", error.Message);
        error = await Assert.ThrowsAsync<MessagingException>(() => Client(511).GetMeAsync());
        Assert.Equal((MessagingErrorReason.ConnectionFailed, "The network on the way to Prolific wants a sign-in (HTTP 511: Network login)."), (error.Reason, error.Message));
        error = await Assert.ThrowsAsync<MessagingException>(() => Client(511).SendMessageAsync("p1", "Hello", "s1"));
        Assert.Equal(CallEffect.Unknown, error.Effect);
        Assert.StartsWith("The network on the way to Prolific wants a sign-in (HTTP 511: Network login). The message may or may not", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_list_names_its_bad_ids()
    {
        string ids = string.Join(", ", Enumerable.Range(0, 500).Select(i => (10_000_000 + i).ToString(System.Globalization.CultureInfo.InvariantCulture)));
        StubService service = new StubService()
            .Then(HttpStatusCode.BadRequest, """{"errors":{"project_member_ids":["Invalid project member ID(s): IDS"]}}""".Replace("IDS", ids, StringComparison.Ordinal))
            .Then(HttpStatusCode.BadRequest, """{"errors":{"project_member_ids":["Invalid project member ID(s): "]}}""")
            .Then(HttpStatusCode.BadRequest, """{"errors":{"project_member_ids":["Project member IDs are always 8 digits long."]}}""")
            .Then(HttpStatusCode.BadRequest, """{"errors":{"message":["This field is required."]}}""");
        var client = new OpenHumansClient(StubService.Connection(MessagingProvider.OpenHumans), service.Http);
        async Task<IReadOnlyList<string>?> NamedAsync() => OpenHumansErrors.InvalidMemberIds(await Assert.ThrowsAsync<MessagingException>(() => client.SendMessageAsync(["1"], null, "x")));

        IReadOnlyList<string>? named = await NamedAsync();
        Assert.Equal(500, named!.Count);
        Assert.Equal(("10000000", "10000499"), (named[0], named[^1]));
        Assert.Empty((await NamedAsync())!);
        Assert.Empty((await NamedAsync())!);
        Assert.Null(await NamedAsync());
    }

    [Fact]
    public async Task An_expired_Open_Humans_token_is_explained()
    {
        StubService service = new StubService().Then(HttpStatusCode.Unauthorized, """{"detail":"Expired token."}""");

        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => new OpenHumansClient(StubService.Connection(MessagingProvider.OpenHumans), service.Http).GetProjectAsync());

        Assert.Contains("Expired token", error.Message, StringComparison.Ordinal);
        Assert.Contains("24 hours", error.RecommendedAction, StringComparison.Ordinal);
    }
}
