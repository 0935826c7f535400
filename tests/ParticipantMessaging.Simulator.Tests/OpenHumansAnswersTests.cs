using System.Net;
using System.Text.Json;

namespace ParticipantMessaging.Simulator.Tests;

/// <summary>
/// Five hundred requests to <c>message/</c> with what they came to at Open Humans' own server, its worker and a mail server, run from their
/// source (open-humans-answers.json): the status, the errors, who was mailed, with what subject and text. In a text <c>‹id›</c> stands for the
/// member's id; without <c>to</c> nobody was mailed.
/// </summary>
public sealed class OpenHumansAnswersTests
{
    private const string Prefix = "[Open Humans Project Message] ";

    [Fact]
    public async Task Every_recorded_request_is_answered_and_mailed_alike()
    {
        using var cases = JsonDocument.Parse(
            await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "open-humans-answers.json")));
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { Participants = 0, Members = 0 });
        foreach (string id in new[] { "10000001", "10000002", "10000003" })
            sim.State.AddMember(id);
        using var client = SimClient.OpenHumans(sim);
        string project = sim.Options.ProjectName;
        var different = new List<string>();
        foreach (JsonElement item in cases.RootElement.EnumerateArray())
        {
            sim.State.ClearMessages();
            sim.Options.ProjectName = item.TryGetProperty("project", out JsonElement name) ? name.GetString()! : project;
            string body = item.GetProperty("body").GetString()!;
            Answer answer = await client.SendAsync(HttpMethod.Post, "/api/direct-sharing/project/message/", body,
                item.TryGetProperty("form", out _) ? "application/x-www-form-urlencoded" : "application/json");
            string? problem = Problem(item, answer, sim.State.SentMessages);
            if (problem is not null)
                different.Add($"{body}: {problem}");
        }

        Assert.True(cases.RootElement.GetArrayLength() >= 490);
        Assert.Empty(different);
    }

    private static string? Problem(JsonElement item, Answer answer, IReadOnlyList<SimMessage> mails)
    {
        if (answer.Status != (HttpStatusCode)item.GetProperty("status").GetInt32())
            return $"status {answer.Status}";
        if (item.TryGetProperty("errors", out JsonElement errors) && !JsonElement.DeepEquals(errors, answer.Json.GetProperty("errors")))
            return answer.Text;
        string to = item.TryGetProperty("to", out JsonElement ids) ? ids.GetString()! : "";
        if (string.Join(' ', mails.Select(m => m.ParticipantId)) != to)
            return $"mailed {mails.Count}";
        return mails.Any(m => m.Subject != Prefix + item.GetProperty("subject").GetString()
            || m.Body.Replace(m.ParticipantId, "‹id›", StringComparison.Ordinal) != item.GetProperty("text").GetString())
            ? $"{mails[0].Subject}: {mails[0].Body}"
            : null;
    }
}
