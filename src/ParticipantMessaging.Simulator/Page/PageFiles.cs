using System.Collections.Frozen;

namespace ParticipantMessaging.Simulator;

/// <summary>The page: hand-written files that are embedded in the assembly, so that nothing is built or fetched.</summary>
internal static class PageFiles
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly FrozenDictionary<string, SimResponse> Files = new Dictionary<string, SimResponse>
    {
        ["/"] = Load("index.html", SimResponse.HtmlType),
        ["/page/app.css"] = Load("app.css", "text/css; charset=utf-8"),
        ["/page/icon.svg"] = Load("icon.svg", "image/svg+xml"),
        ["/favicon.ico"] = Load("icon.svg", "image/svg+xml"),
        ["/page/app.js"] = Script("app.js"),
        ["/page/dom.js"] = Script("dom.js"),
        ["/page/people.js"] = Script("people.js"),
        ["/page/campaigns.js"] = Script("campaigns.js"),
        ["/page/requests.js"] = Script("requests.js"),
        ["/page/webhooks.js"] = Script("webhooks.js"),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static SimResponse? Find(string path) => Files.GetValueOrDefault(path);

    private static SimResponse Script(string name) => Load(name, "text/javascript; charset=utf-8");

    private static SimResponse Load(string name, string contentType)
    {
        using Stream stream = typeof(PageFiles).Assembly.GetManifestResourceStream("Page." + name)!;
        using var buffer = new MemoryStream();
        stream.CopyTo(buffer);
        return new SimResponse
        {
            Status = 200,
            ContentType = contentType,
            Body = buffer.ToArray(),
            Headers =
            [
                ("Content-Security-Policy", Policy), ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
                ("Cache-Control", "no-cache"),
            ],
        };
    }
}
