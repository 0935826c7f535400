using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace ParticipantMessaging.Simulator.Tests;

/// <summary>A plain client: what the services' own users would write by hand.</summary>
internal sealed class SimClient : IDisposable
{
    private readonly HttpClient _http;

    public SimClient(SimulatorHost sim, Encoding? headers = null)
    {
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, RequestHeaderEncodingSelector = (_, _) => headers }) { BaseAddress = sim.BaseUri };
    }

    public AuthenticationHeaderValue? Authorization { get; set; } = new("Token", SimulatorOptions.DefaultProlificToken);

    public HttpClient Http => _http;

    public static SimClient Prolific(SimulatorHost sim) => new(sim);

    public static SimClient OpenHumans(SimulatorHost sim) =>
        new(sim) { Authorization = new("Bearer", SimulatorOptions.DefaultOpenHumansToken) };

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null);

    public Task<Answer> PostAsync(string path, string json) => SendAsync(HttpMethod.Post, path, json);

    public async Task<Answer> SendAsync(HttpMethod method, string path, string? body, string contentType = "application/json")
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = Authorization;
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, contentType);
        using HttpResponseMessage response = await _http.SendAsync(request);
        byte[] bytes = await response.Content.ReadAsByteArrayAsync();
        return new Answer(
            response.StatusCode,
            Encoding.UTF8.GetString(bytes),
            response.Headers.Concat(response.Content.Headers)
                .ToDictionary(h => h.Key, h => string.Join(", ", h.Value), StringComparer.OrdinalIgnoreCase));
    }

    public void Dispose() => _http.Dispose();
}

internal sealed record Answer(HttpStatusCode Status, string Text, IReadOnlyDictionary<string, string> Headers)
{
    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    public JsonElement[] Results => [.. Json.GetProperty("results").EnumerateArray()];

    public string? Header(string name) => Headers.GetValueOrDefault(name);
}
