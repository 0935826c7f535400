using System.Text;
using System.Text.Json;

namespace ParticipantMessaging.Simulator.Tests;

/// <summary>A researcher's own list, and what the page makes of a campaign to it.</summary>
public sealed class PeopleListTests
{
    private const string One = "612345678901234567890123";
    private const string Two = "60abcdef0123456789abcdef";

    [Theory]
    [InlineData("participant_id,first_name\n$1,Ada\n")]
    [InlineData("\uFEFFParticipant id;First Name\r\n$1;Ada\r\n")]
    [InlineData("sep=;\nPROLIFIC_PID;Firstname\n$1;Ada")]
    [InlineData("Submission id,Participant\u00A0id,Name\nffffffffffffffffffffffff,$1,Ada")]
    [InlineData("id,participant.label,name\n7,$1,Ada\n")]
    [InlineData("Subject-ID\tname\n$1@email.prolific.com\tAda\n")]
    [InlineData("Recipient ID,Name\n\" $1 \",\"Ada\"\n,\n")]
    public async Task A_list_with_the_modules_columns_gives_its_people(string csv)
    {
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, csv.Replace("$1", One, StringComparison.Ordinal), new UTF8Encoding(false));
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { PeopleFile = file });
        SimParticipant person = Assert.Single(sim.State.Participants);
        Assert.Equal((One, "Ada"), (person.Id, person.FirstName));
        Assert.Empty(sim.State.Members);
        Assert.Equal(One, Assert.Single(sim.State.Submissions(sim.State.StudyId)).ParticipantId);
        sim.State.Reset();
        Assert.Equal(One, Assert.Single(sim.State.Participants).Id);
        File.Delete(file);
    }

    [Fact]
    public async Task Studies_statuses_groups_and_members_come_from_the_list_too()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { Participants = 1, Members = 1, Groups = 0 });
        const string Study = "64b000000000000000000001";
        const string Group = "64c000000000000000000001";
        string said = sim.State.AddPeople(Encoding.UTF8.GetBytes(
            $"Participant id,Study id,Status,Group id\n{One},{Study},AWAITING_REVIEW,{Group}\n{Two},{Study},what?,{Group}\n01234567,,,\nx,,,\n{One},,,"));
        Assert.Equal("3 people added, 1 was there already. Row 5 holds no id.", said);
        Assert.Equal(["AWAITING REVIEW", "AWAITING REVIEW"], sim.State.Submissions(Study).Select(s => s.Status));
        Assert.Equal([One, Two], Assert.Single(sim.State.Groups).ParticipantIds);
        Assert.Equal("01234567", sim.State.Members[^1].Id);
    }

    [Theory]
    [InlineData("a,b\n1,2", "No column names a person")]
    [InlineData("id\n7\n", "No row of the column 'id' holds an id")]
    [InlineData("", "The list is empty.")]
    [InlineData("PK\u0003", "Excel workbook")]
    public async Task What_is_no_list_is_named(string csv, string error)
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        ArgumentException e = Assert.Throws<ArgumentException>(() => sim.State.AddPeople(Encoding.UTF8.GetBytes(csv)));
        Assert.Contains(error, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_column_is_named()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync();
        Assert.Equal("1 person added.", sim.State.AddPeople(Encoding.Latin1.GetBytes($"Code,Vorname\n{One},Zo\u00eb"), "code"));
        Assert.Equal("Zo\u00eb", sim.State.Participants[^1].FirstName);
    }

    [Fact]
    public async Task A_list_that_grew_adds_its_new_people_to_a_state_file()
    {
        string folder = Directory.CreateTempSubdirectory("people").FullName;
        string file = Path.Combine(folder, "people.csv");
        var options = new SimulatorOptions { PeopleFile = file, StateFile = Path.Combine(folder, "state.jsonl") };
        await File.WriteAllTextAsync(file, $"id\n{One}\n");
        await using (SimulatorHost sim = await SimulatorHost.StartAsync(options))
            sim.State.AddUnread(One, "Hi");
        await File.WriteAllTextAsync(file, $"id\n{One}\n{Two}\n");
        await using (SimulatorHost sim = await SimulatorHost.StartAsync(options))
        {
            Assert.Equal([One, Two], sim.State.Participants.Select(p => p.Id));
            SimMessage unread = Assert.Single(sim.State.Unread);
            Assert.True(sim.State.MarkRead(unread.Id));
        }

        await using (SimulatorHost sim = await SimulatorHost.StartAsync(options))
        {
            Assert.Empty(sim.State.Unread);
            Assert.Single(sim.State.Participants[0].Thread);
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(options.StateFile));
        }

        Directory.Delete(folder, true);
    }

    private static async Task<(int Total, JsonElement[] Cards)> CampaignsAsync(SimClient client, string query = "")
    {
        JsonElement answer = (await client.GetAsync("/_sim/campaigns" + query)).Json;
        return (answer.GetProperty("total").GetInt32(), [.. answer.GetProperty("campaigns").EnumerateArray()]);
    }

    private static void Send(SimulatorHost sim, IEnumerable<(SimParticipant Person, string Text)> messages)
    {
        foreach ((SimParticipant person, string text) in messages)
            sim.State.AddSent(person.Id, text, sim.State.StudyId);
    }

    [Fact]
    public async Task Texts_that_differ_by_codes_links_and_names_are_one_campaign_and_a_reminder_is_another()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { Participants = 2_000, Members = 0 });
        using var client = SimClient.Prolific(sim);
        string[] names = ["Zuzana", "\u00c1goston", "Mary Ann", "Bo"];
        Send(sim, sim.State.Participants.Select((p, i) => (p,
            $"Dear {names[i % 4]},\n\nyour code is C{i:X4}Z{i}. Go to https://lab.example/s?p={p.Id}&n={i} and take your time.\n\nRobin")));
        Send(sim, sim.State.Participants.Take(700).Select((p, i) => (p,
            $"Dear {names[i % 4]},\n\nyour code is still C{i:X4}Z{i}. Go to https://lab.example/s?p={p.Id}&n={i} before Friday, please.\n\nRobin")));
        (int total, JsonElement[] cards) = await CampaignsAsync(client);
        Assert.Equal(2, total);
        Assert.Equal([700, 2_000], cards.Select(c => c.GetProperty("people").GetInt32()));
        Assert.Equal("Dear ‹…›\n\nyour code is ‹code›. Go to ‹link› and take your time.\n\nRobin", cards[1].GetProperty("text").GetString());
        Assert.All(cards, c => Assert.Equal(0, c.GetProperty("repeats").GetInt32()));

        Send(sim, [(sim.State.Participants[0], sim.State.Mailbox(sim.State.Participants[0].Id)[0].Body)]);
        (total, cards) = await CampaignsAsync(client);
        Assert.Equal((2, 1), (total, cards.Max(c => c.GetProperty("repeats").GetInt32())));
        sim.State.ClearMessages();
        Assert.Equal(0, (await CampaignsAsync(client)).Total);
    }

    [Fact]
    public async Task No_campaign_is_left_out_of_the_count()
    {
        await using SimulatorHost sim = await SimulatorHost.StartAsync(new SimulatorOptions { Participants = 300, Members = 0 });
        using var client = SimClient.Prolific(sim);
        string[] words = ["apple", "river", "stone", "cloud", "lamp", "horse", "glass", "paper", "salt", "wind", "drum", "leaf", "moon", "rope", "sand", "wolf", "iron"];
        Send(sim, sim.State.Participants.Select((p, i) => (p, $"{words[i % 17]} {words[i / 17 % 17]}{words[i % 17]} {words[(i * 7 + i / 17) % 17]}{words[i / 17 % 17]}x")));
        (int total, JsonElement[] cards) = await CampaignsAsync(client);
        Assert.True(total > 100, $"{total} campaigns");
        Assert.Equal(60, cards.Length);
        Assert.Equal(total - 60, (await CampaignsAsync(client, "?offset=60&limit=1000")).Cards.Length);
    }
}
