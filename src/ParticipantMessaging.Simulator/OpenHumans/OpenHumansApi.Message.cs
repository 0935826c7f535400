using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace ParticipantMessaging.Simulator;

internal sealed partial class OpenHumansApi
{
    private const string SubjectPrefix = "[Open Humans Project Message] ";

    private SimResponse Message(SimRequest request, TokenKind token)
    {
        MessageForm? form = ReadForm(request, out SimResponse? refusal);
        if (form is null)
            return refusal!;
        if (token == TokenKind.User)
        {
            // A member's own token: whatever was said about recipients is overwritten.
            SimParticipant? self = state.Members.FirstOrDefault(m => m.Active);
            form = form with { AllMembers = false, RawIds = self?.Id ?? "" };
        }

        var errors = new Dictionary<string, string>(StringComparer.Ordinal);
        SimParticipant[] people = CheckIds(form.RawIds, errors);
        string message = Clean(form.Message, "message", errors);
        string subject = Clean(form.Subject, "subject", errors);
        if (message.Length == 0 && !errors.ContainsKey("message"))
            errors["message"] = "This field is required.";
        bool anyIds = form.RawIds.Length > 0;
        if (!form.AllMembers && !anyIds)
            errors["__all__"] = "You must specify either all members or provide a list of IDs.";
        else if (form.AllMembers && anyIds)
            errors["__all__"] = "You must specify either all members or provide a list of IDs but not both.";
        if (errors.Count > 0)
            return Errors(errors);

        if (form.AllMembers)
            people = [.. state.Members.Where(m => m.Active)];
        int stored = Work(request.Number, people, subject, message, form.AllMembers);
        return SimResponse.Json(200, w => w.WriteStringValue("success"), stored, NoStore);
    }

    /// <summary>The mail job. The API has said "success" whatever happens here: nobody ever hears of it.</summary>
    private int Work(long number, SimParticipant[] people, string subject, string message, bool all)
    {
        var bulk = new SimBulkCall(all ? "project-all" : "project-list", people.Length, message, null, number, state.Now);
        string fullSubject = SubjectPrefix + (subject.Length == 0 ? $"From \"{ProjectName}\"" : subject);
        if (fullSubject.AsSpan().IndexOfAny('\r', '\n') >= 0)
        {
            return state.StoreMails([], fullSubject, null, number, new SimWorkerFailure(
                number, "BadHeaderError: Header values can't contain newlines", null, people.Length));
        }

        DjangoTemplate template;
        try
        {
            template = DjangoTemplate.Parse(message);
        }
        catch (FormatException e)
        {
            return state.StoreMails([], fullSubject, null, number,
                new SimWorkerFailure(number, "TemplateSyntaxError: " + e.Message, null, people.Length));
        }

        var mails = new List<(SimParticipant, string)>(people.Length);
        SimWorkerFailure? failure = null;
        foreach (SimParticipant member in people)
        {
            if (!member.HasEmail)
            {
                failure = new SimWorkerFailure(number, "AttributeError: 'NoneType' object has no attribute 'email'", member.Id,
                    people.Length - mails.Count);
                break;
            }

            mails.Add((member, template.Render(member.Id)));
        }

        return state.StoreMails(mails, fullSubject, people.Length > 1 || all ? bulk : null, number, failure);
    }

    private SimParticipant[] CheckIds(string rawIds, Dictionary<string, string> errors)
    {
        string[] ids = Separators().Split(rawIds).Where(i => i.Length > 0).ToArray();
        if (ids.Any(i => i.Length is not (8 or 16)))
        {
            errors["project_member_ids"] = "Project member IDs are always 8 digits long.";
            return [];
        }

        SimParticipant[] found = [.. ids.Distinct().Select(state.FindMember).OfType<SimParticipant>().Where(m => m.Active)];
        if (found.Length != ids.Length)
        {
            // The service compares lengths: ids that are there twice are an error that names nobody.
            HashSet<string> known = [.. found.Select(m => m.Id)];
            errors["project_member_ids"] = "Invalid project member ID(s): " + string.Join(", ", ids.Where(i => !known.Contains(i)));
            return [];
        }

        return found;
    }

    private static string Clean(string? text, string field, Dictionary<string, string> errors)
    {
        string clean = (text ?? "").Trim();
        if (clean.Contains('\0', StringComparison.Ordinal))
            errors[field] = "Null characters are not allowed.";
        return clean;
    }

    private static SimResponse Errors(Dictionary<string, string> errors) => SimResponse.Json(400, w =>
    {
        w.WriteStartObject();
        w.WriteStartObject("errors");
        foreach ((string field, string text) in errors)
        {
            w.WriteStartArray(field);
            w.WriteStringValue(text);
            w.WriteEndArray();
        }

        w.WriteEndObject();
        w.WriteEndObject();
    }, 0, NoStore);

    private static MessageForm? ReadForm(SimRequest request, out SimResponse? refusal)
    {
        refusal = null;
        string type = (request.ContentType ?? "").Split(';')[0].Trim().ToLowerInvariant();
        if (type == "application/x-www-form-urlencoded")
            return FromForm(System.Text.Encoding.UTF8.GetString(request.Body), out refusal);
        if (type is not "application/json")
        {
            refusal = Detail(415, $"Unsupported media type \"{request.ContentType}\" in request.");
            return null;
        }

        using JsonDocument? document = request.Json(out string? error);
        if (document is null)
        {
            refusal = Detail(400, "JSON parse error - " + error);
            return null;
        }

        MessageForm? form = FromJson(document.RootElement);
        if (form is null)
            refusal = SimResponse.ServerError();
        return form;
    }

    /// <summary>Null where the service's Python would crash.</summary>
    private static MessageForm? FromJson(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            return null;
        string ids = "";
        if (root.TryGetProperty("project_member_ids", out JsonElement value))
        {
            switch (value.ValueKind)
            {
                case JsonValueKind.String:
                    ids = value.GetString()!;
                    break;
                case JsonValueKind.Array when value.EnumerateArray().All(i => i.ValueKind == JsonValueKind.String):
                    ids = string.Join(',', value.EnumerateArray().Select(i => i.GetString()));
                    break;
                default:
                    return null; // ",".join(…) over null or numbers
            }
        }

        bool all = root.TryGetProperty("all_members", out JsonElement flag) && flag.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.String => Truthy(flag.GetString()!),
            JsonValueKind.Number => flag.GetDouble() != 0,
            _ => false,
        };
        return new MessageForm(all, ids, AsText(root, "subject"), AsText(root, "message"));
    }

    /// <summary>Django turns whatever it gets into text.</summary>
    private static string? AsText(JsonElement root, string name) => !root.TryGetProperty(name, out JsonElement value)
        ? null
        : value.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.String => value.GetString(),
            _ => value.GetRawText(),
        };

    private static MessageForm? FromForm(string body, out SimResponse? refusal)
    {
        refusal = null;
        Dictionary<string, StringValues> fields = QueryHelpers.ParseQuery("?" + body);
        if (fields.Sum(f => f.Value.Count) > 1_000)
        {
            refusal = SimResponse.Text(400, SimResponse.HtmlType, "<!doctype html><title>Bad Request (400)</title><h1>Bad Request (400)</h1>");
            return null;
        }

        string? Last(string name) => fields.TryGetValue(name, out StringValues values) && values.Count > 0 ? values[^1] : null;
        string ids = fields.TryGetValue("project_member_ids", out StringValues all) ? string.Join(',', all.ToArray()) : "";
        return new MessageForm(Last("all_members") is { } text && Truthy(text), ids, Last("subject"), Last("message"));
    }

    private static bool Truthy(string text) => text.ToLowerInvariant() is not ("" or "false" or "0");

    private sealed record MessageForm(bool AllMembers, string RawIds, string? Subject, string? Message);

    [GeneratedRegex("[ ,\r\n]+", RegexOptions.CultureInvariant)]
    private static partial Regex Separators();
}
