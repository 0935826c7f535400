using System.Text.Json;

namespace ParticipantMessaging.Simulator;

internal sealed partial class OpenHumansApi
{
    private const string SubjectPrefix = "[Open Humans Project Message] ";

    /// <summary>How long the service tries to reach its broker before the connection is closed.</summary>
    private static readonly TimeSpan BrokerPatience = TimeSpan.FromSeconds(30);

    private SimResponse Message(SimRequest request, TokenKind token)
    {
        MessageForm? form = request.Form;
        if (form is null)
            return SimResponse.ServerError(); // a body that is no object
        if (token == TokenKind.User)
        {
            // A member's own token: whatever was said about recipients is overwritten.
            string self = state.TokenMember?.Id ?? "";
            form = form with { AllMembers = false, Ids = self, AnyIds = self.Length > 0, IdsAreText = false };
        }

        var errors = new Dictionary<string, string>(StringComparer.Ordinal);
        if (form.IdsAreText && form.Ids!.Contains('\0', StringComparison.Ordinal))
            errors["project_member_ids"] = "Null characters are not allowed.";
        else if (form.Ids is null)
            return SimResponse.ServerError();
        else if (CheckIds(form.Ids, errors) is false)
            return SimResponse.ServerError();
        string subject = Clean(form.Subject, "subject", errors);
        string message = Clean(form.Message, "message", errors);
        if (message.Length == 0)
            errors["message"] = "This field is required.";
        if (!form.AllMembers && !form.AnyIds)
            errors["__all__"] = "You must specify either all members or provide a list of IDs.";
        else if (form.AllMembers && form.AnyIds)
            errors["__all__"] = "You must specify either all members or provide a list of IDs but not both.";
        if (errors.Count > 0)
            return Errors(errors);

        string[] ids = MessageForm.Split(form.Ids!);
        return options.BrokerDown
            ? new SimResponse { Status = 200, Later = stop => WaitForBrokerAsync(request.Number, form, ids, subject, message, stop) }
            : Accept(request.Number, form, ids, subject, message);
    }

    private SimResponse Accept(long number, MessageForm form, string[] ids, string subject, string message)
    {
        int stored = new MailWorker(options, state).Run(number, form.AllMembers ? null : ids,
            SubjectPrefix + (subject.Length == 0 ? $"From \"{options.ProjectName}\"" : subject), message);
        return SimResponse.Json(200, w => w.WriteStringValue("success"), stored, NoStore);
    }

    /// <summary>Null when the broker did not come back in time: the connection is closed without an answer.</summary>
    private async Task<SimResponse?> WaitForBrokerAsync(
        long number, MessageForm form, string[] ids, string subject, string message, CancellationToken cancellationToken)
    {
        long began = options.TimeProvider.GetTimestamp();
        while (options.BrokerDown)
        {
            if (options.TimeProvider.GetElapsedTime(began) >= BrokerPatience)
                return null;
            await Task.Delay(TimeSpan.FromMilliseconds(100), options.TimeProvider, cancellationToken);
        }

        return Accept(number, form, ids, subject, message);
    }

    /// <summary>False where the database refuses the text of an id, which crashes the service.</summary>
    private bool CheckIds(string rawIds, Dictionary<string, string> errors)
    {
        string[] ids = MessageForm.Split(rawIds);
        if (ids.Any(i => PythonText.Length(i) is not (8 or 16)))
        {
            errors["project_member_ids"] = "Project member IDs are always 8 digits long.";
            return true;
        }

        if (ids.Any(i => i.Contains('\0', StringComparison.Ordinal) || PythonText.HasLoneSurrogate(i)))
            return false;
        HashSet<string> known = [.. ids.Select(state.FindMember).OfType<SimParticipant>().Where(m => m.Active).Select(m => m.Id)];
        // The service compares lengths: ids that are there twice are an error that names nobody.
        if (known.Count != ids.Length)
            errors["project_member_ids"] = "Invalid project member ID(s): " + string.Join(", ", ids.Where(i => !known.Contains(i)));
        return true;
    }

    private static string Clean(string? text, string field, Dictionary<string, string> errors)
    {
        string clean = PythonText.Strip(text ?? "");
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

    /// <summary>Reads the body as the framework's parsers do, which is before it looks for a token.</summary>
    private static SimResponse? ParseBody(SimRequest request)
    {
        if (request.Body.Length == 0)
        {
            request.Form = MessageForm.Empty;
            return null;
        }

        switch (request.MediaType)
        {
            case "application/x-www-form-urlencoded" or "multipart/form-data":
                return null; // read already
            case "application/json" or "application/*" or "*/*":
                break;
            default:
                return Detail(415, $"Unsupported media type \"{request.ContentType}\" in request.");
        }

        using JsonDocument? document = request.Json(out string? error);
        if (document is null)
            return Detail(400, "JSON parse error - " + error);
        try
        {
            request.Form = MessageForm.FromJson(document.RootElement);
        }
        catch (InvalidOperationException)
        {
            request.Form = null; // half a surrogate pair in a name: no database takes it
        }

        return null;
    }

    /// <summary>Django reads forms before anything else, and answers those that are too large with its own page.</summary>
    private static SimResponse? ParseForm(SimRequest request)
    {
        bool multipart = request.MediaType == "multipart/form-data";
        if (request.Body.Length == 0 || !multipart && request.MediaType != "application/x-www-form-urlencoded")
            return null;
        request.Form = MessageForm.FromForm(request, multipart);
        return request.Form is null
            ? SimResponse.Text(400, SimResponse.HtmlType,
                "<!doctype html><html lang=\"en\"><head><title>Bad Request (400)</title></head><body><h1>Bad Request (400)</h1></body></html>")
            : null;
    }
}
