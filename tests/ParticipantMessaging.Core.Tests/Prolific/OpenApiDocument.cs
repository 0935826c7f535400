using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Json.Schema;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace ParticipantMessaging.Core.Tests.Prolific;

/// <summary>
/// Prolific's own OpenAPI document, where it lies beside the repository (<c>../shared/api/prolific-openapi.yml</c>): says what is wrong with
/// a request or an answer.
/// </summary>
internal sealed class OpenApiDocument
{
    private readonly JsonObject _root;
    private readonly List<(Regex Path, string Template, JsonObject Item)> _paths = [];
    private readonly Dictionary<string, JsonSchema> _schemas = [];

    private OpenApiDocument(JsonObject root)
    {
        _root = root;
        foreach ((string path, JsonNode? item) in root["paths"]!.AsObject().OrderBy(p => p.Key.Count(c => c == '{')))
            _paths.Add((new Regex("^" + Regex.Replace(Regex.Escape(path), @"\\\{[^/]*?}", "[^/]+") + "$", RegexOptions.CultureInvariant), path, item!.AsObject()));
    }

    public static string? FilePath { get; } = Find();

    public static OpenApiDocument Load()
    {
        using var reader = new StreamReader(FilePath!);
        var yaml = new YamlStream();
        yaml.Load(reader);
        return new OpenApiDocument(ToJson(yaml.Documents[0].RootNode)!.AsObject());
    }

    /// <summary>Everything that the document describes, as <c>GET /api/v1/studies/{id}/</c>.</summary>
    public IEnumerable<(string Method, string Template)> Operations => _paths.SelectMany(static p => p.Item
        .Where(static o => o.Key is "get" or "post" or "put" or "patch" or "delete").Select(o => (o.Key.ToUpperInvariant(), p.Template)));

    /// <summary>What the document calls a path; null when it does not know it.</summary>
    public string? TemplateOf(string method, string path)
        => _paths.Where(p => p.Path.IsMatch(path) && p.Item.ContainsKey(method.ToLowerInvariant())).Select(static p => p.Template).FirstOrDefault();

    /// <summary>What the document has against a request; empty when nothing.</summary>
    public IEnumerable<string> CheckRequest(string method, string path, string query, string? body)
    {
        string call = $"{method} {path}";
        JsonObject? operation = Operation(method, path);
        if (operation is null)
        {
            yield return $"{call}: not in the document";
            yield break;
        }

        var known = (operation["parameters"]?.AsArray() ?? []).Select(p => p!.AsObject()).Where(p => (string?)p["in"] == "query")
            .ToDictionary(p => (string)p["name"]!, StringComparer.Ordinal);
        var sent = query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=', 2))
            .ToDictionary(p => Uri.UnescapeDataString(p[0]), p => Uri.UnescapeDataString(p.ElementAtOrDefault(1)?.Replace('+', ' ') ?? ""), StringComparer.Ordinal);
        foreach ((string name, string value) in sent)
        {
            if (!known.TryGetValue(name, out JsonObject? parameter))
                yield return $"{call}: parameter {name}";
            else if (Problem(Schema(parameter["schema"]!), Typed(value)) is { } wrong && Problem(Schema(parameter["schema"]!), JsonValue.Create(value)) is not null)
                yield return $"{call}: parameter {name}={value}: {wrong}";
        }

        foreach (string missing in known.Values.Where(p => (bool?)p["required"] == true && !sent.ContainsKey((string)p["name"]!)).Select(p => (string)p["name"]!))
            yield return $"{call}: parameter {missing} is missing";

        JsonNode? schema = operation["requestBody"]?["content"]?["application/json"]?["schema"];
        if (schema is not null && string.IsNullOrEmpty(body))
            yield return $"{call}: no body";
        else if (schema is null && !string.IsNullOrEmpty(body))
            yield return $"{call}: a body";
        else if (schema is not null && Problem(Schema(schema), JsonNode.Parse(body!)) is { } wrong)
            yield return $"{call}: body: {wrong}";
    }

    /// <summary>What the document has against an answer; empty when nothing.</summary>
    public IEnumerable<string> CheckAnswer(string method, string path, int status, string text)
    {
        string call = $"{method} {path} {status}";
        JsonNode? answer = Operation(method, path)?["responses"]?[status.ToString(System.Globalization.CultureInfo.InvariantCulture)];
        if (answer is null)
        {
            yield return $"{call}: not in the document";
            yield break;
        }

        if (status == 204)
        {
            if (text.Length > 0)
                yield return $"{call}: a body";
            yield break;
        }

        if (answer["content"]?["application/json"]?["schema"] is { } schema && Problem(Schema(schema), JsonNode.Parse(text)) is { } wrong)
            yield return $"{call}: {wrong}";
    }

    private JsonObject? Operation(string method, string path) => _paths.Where(p => p.Path.IsMatch(path))
        .Select(p => p.Item[method.ToLowerInvariant()]?.AsObject()).FirstOrDefault(o => o is not null);

    private static string? Problem(JsonSchema schema, JsonNode? value)
    {
        EvaluationResults results = schema.Evaluate(value, new EvaluationOptions { OutputFormat = OutputFormat.List, RequireFormatValidation = true });
        return results.IsValid ? null : string.Join("; ", results.Details.Where(d => d.Errors is not null)
            .SelectMany(d => d.Errors!.Values.Select(e => $"{d.InstanceLocation} {e}")).Distinct());
    }

    private JsonSchema Schema(JsonNode schema)
    {
        string key = schema.ToJsonString();
        if (_schemas.TryGetValue(key, out JsonSchema? known))
            return known;
        JsonObject whole = schema.DeepClone().AsObject();
        whole["$defs"] = _root["components"]!["schemas"]!.DeepClone();
        return _schemas[key] = JsonSchema.FromText(whole.ToJsonString().Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal));
    }

    /// <summary>A parameter's text as the type that it may stand for.</summary>
    private static JsonValue? Typed(string text) => long.TryParse(text, out long number) ? JsonValue.Create(number)
        : bool.TryParse(text, out bool flag) ? JsonValue.Create(flag)
        : JsonValue.Create(text);

    private static JsonNode? ToJson(YamlNode node)
    {
        switch (node)
        {
            case YamlMappingNode map:
                var item = new JsonObject();
                foreach ((YamlNode name, YamlNode value) in map.Children)
                    item[((YamlScalarNode)name).Value!] = ToJson(value);
                return item;
            case YamlSequenceNode list:
                return new JsonArray([.. list.Children.Select(ToJson)]);
            default:
                var scalar = (YamlScalarNode)node;
                string text = scalar.Value ?? "";
                if (scalar.Style != ScalarStyle.Plain)
                    return JsonValue.Create(text);
                if (text is "null" or "~" or "")
                    return null;
                return decimal.TryParse(text, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out decimal number)
                    ? JsonValue.Create(number)
                    : bool.TryParse(text, out bool flag) ? JsonValue.Create(flag) : JsonValue.Create(text);
        }
    }

    private static string? Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Combine(folder.FullName, "ParticipantMessaging.slnx")))
                continue;
            string path = Path.GetFullPath(Path.Combine(folder.FullName, "..", "shared", "api", "prolific-openapi.yml"));
            return File.Exists(path) ? path : null;
        }

        return null;
    }
}

/// <summary>A test that needs Prolific's document; skipped, and said, where it does not lie beside the repository.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class DocumentFactAttribute : FactAttribute
{
    public DocumentFactAttribute()
    {
        if (OpenApiDocument.FilePath is null)
            Skip = "Prolific's OpenAPI document is not at ../shared/api/prolific-openapi.yml beside the repository.";
    }
}
