using System.Net;
using System.Text.Json;

namespace ParticipantMessaging.Simulator;

/// <summary>Error bodies in the five shapes of the provider facts (section 1.2). The codes are invented; only 140007 has been seen.</summary>
internal static class ProlificErrors
{
    public static SimResponse Make(ProlificErrorShape shape, int status, string detail) =>
        Make(shape, status, detail, field: null);

    /// <summary>A validation error; with a field the detail is <c>{field: [text]}</c>.</summary>
    public static SimResponse Make(ProlificErrorShape shape, int status, string detail, string? field)
    {
        string title = Title(status);
        switch (shape)
        {
            case ProlificErrorShape.Html:
                return SimResponse.Text(status, SimResponse.HtmlType,
                    $"<html><head><title>{status} {title}</title></head><body><center><h1>{status} {title}</h1></center>" +
                    $"<p>{WebUtility.HtmlEncode(detail)}</p></body></html>");
            case ProlificErrorShape.Simple:
                return SimResponse.Json(status, w =>
                {
                    w.WriteStartObject();
                    w.WriteString("message", title);
                    w.WriteString("detail", field is null ? detail : $"{field}: {detail}");
                    w.WriteEndObject();
                });
            case ProlificErrorShape.Detail:
                return SimResponse.Json(status, w =>
                {
                    w.WriteStartObject();
                    w.WriteString("detail", field is null ? detail : $"{field}: {detail}");
                    w.WriteEndObject();
                });
            default:
                return SimResponse.Json(status, w =>
                {
                    w.WriteStartObject();
                    bool wrapped = shape != ProlificErrorShape.Bare;
                    if (wrapped)
                        w.WriteStartObject("error");
                    w.WriteNumber("status", status);
                    w.WriteNumber("error_code", 140_000 + (status == 400 ? 7 : status));
                    w.WriteString("title", title);
                    WriteDetail(w, detail, field);
                    w.WriteString("additional_information", "");
                    w.WriteString("traceback", "");
                    w.WriteBoolean("interactive", false);
                    if (wrapped)
                        w.WriteEndObject();
                    w.WriteEndObject();
                });
        }
    }

    private static void WriteDetail(Utf8JsonWriter writer, string detail, string? field)
    {
        if (field is null)
        {
            writer.WriteString("detail", detail);
            return;
        }

        writer.WriteStartObject("detail");
        writer.WriteStartArray(field);
        writer.WriteStringValue(detail);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static string Title(int status) => status switch
    {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Error",
    };
}
