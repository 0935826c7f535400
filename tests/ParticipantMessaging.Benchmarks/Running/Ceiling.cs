using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace ParticipantMessaging.Benchmarks.Running;

/// <summary>
/// What one could reach at the most: a plain <see cref="HttpClient"/> loop in a compiled program, without checks, ledger, receipts or
/// PowerShell. Runs in a process of its own: "ceiling-send base study list warm throttle", "ceiling-events base subscription count",
/// "ceiling-ledger file".
/// </summary>
internal static class Ceiling
{
    public static async Task<bool> TryRunAsync(string[] args)
    {
        switch (args.FirstOrDefault())
        {
            case "ceiling-send":
                await SendAsync(new Uri(args[1]), args[2], args[3], args[4], int.Parse(args[5], CultureInfo.InvariantCulture)).ConfigureAwait(false);
                return true;
            case "ceiling-events":
                await EventsAsync(new Uri(args[1]), args[2], int.Parse(args[3], CultureInfo.InvariantCulture)).ConfigureAwait(false);
                return true;
            case "ceiling-ledger":
                await LedgerAsync(args[1]).ConfigureAwait(false);
                return true;
            default:
                return false;
        }
    }

    private static async Task SendAsync(Uri baseUri, string study, string list, string warmList, int throttle)
    {
        using HttpClient client = Client(throttle);
        var target = new Uri(baseUri, "api/v1/messages/");
        async Task<long> All(string file)
        {
            long sent = 0;
            await Parallel.ForEachAsync(File.ReadLines(file).Skip(1), new ParallelOptions { MaxDegreeOfParallelism = throttle }, async (line, stop) =>
            {
                string[] cells = line.Split(',');
                using HttpResponseMessage answer = await client.PostAsJsonAsync(
                    target, new { recipient_id = cells[0], study_id = study, body = $"Dear {cells[1]}, your code is {cells[2]}." }, stop).ConfigureAwait(false);
                answer.EnsureSuccessStatusCode();
                Interlocked.Increment(ref sent);
            }).ConfigureAwait(false);
            return sent;
        }

        await All(warmList).ConfigureAwait(false);
        await MeasureAsync(() => All(list)).ConfigureAwait(false);
    }

    private static async Task EventsAsync(Uri baseUri, string subscription, int most)
    {
        using HttpClient client = Client(1);
        async Task<long> All(int count)
        {
            long seen = 0;
            while (seen < count)
            {
                var page = new Uri(baseUri, string.Create(CultureInfo.InvariantCulture, $"api/v1/hooks/subscriptions/{subscription}/events/?limit=1000&offset={seen}"));
                JsonElement answer = await client.GetFromJsonAsync<JsonElement>(page).ConfigureAwait(false);
                int got = 0;
                foreach (JsonElement item in answer.GetProperty("results").EnumerateArray())
                {
                    // Taken out as strings and times, as a reader needs them; else nothing of the JSON would have been looked at.
                    _ = item.GetProperty("id").GetString();
                    _ = item.GetProperty("event_type").GetString();
                    _ = item.GetProperty("status").GetString();
                    _ = item.GetProperty("datetime_created").GetDateTimeOffset();
                    _ = item.GetProperty("payload").GetRawText();
                    got++;
                }

                if (got == 0) break;
                seen += got;
            }

            return seen;
        }

        await All(1000).ConfigureAwait(false);
        await MeasureAsync(() => All(most)).ConfigureAwait(false);
    }

    private static async Task LedgerAsync(string file)
    {
        async Task<long> All(int most)
        {
            var connection = new SqliteConnection($"Data Source={file};Mode=ReadOnly");
            await using (connection.ConfigureAwait(false))
            {
                await connection.OpenAsync().ConfigureAwait(false);
                SqliteCommand command = connection.CreateCommand();
                await using (command.ConfigureAwait(false))
                {
                    command.CommandText = $"SELECT * FROM ledger_entry ORDER BY id DESC LIMIT {most}";
                    SqliteDataReader reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
                    await using (reader.ConfigureAwait(false))
                    {
                        long seen = 0;
                        object[] values = new object[reader.FieldCount];
                        while (await reader.ReadAsync().ConfigureAwait(false))
                        {
                            reader.GetValues(values);
                            seen++;
                        }

                        return seen;
                    }
                }
            }
        }

        await All(1_000).ConfigureAwait(false);
        await MeasureAsync(() => All(int.MaxValue)).ConfigureAwait(false);
    }

    private static HttpClient Client(int connections)
    {
        var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = connections });
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Token", SimulatorProcess.Token);
        return client;
    }

    private static async Task MeasureAsync(Func<Task<long>> work)
    {
        using var process = Process.GetCurrentProcess();
        TimeSpan cpu = process.TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        long items = await work().ConfigureAwait(false);
        watch.Stop();
        process.Refresh();
        ChildProcess.Print(new Measurement(watch.Elapsed.TotalMilliseconds, (process.TotalProcessorTime - cpu).TotalMilliseconds, process.PeakWorkingSet64 / 1048576.0, items));
    }
}
