using System.Globalization;
using System.Text.Json;

namespace ParticipantMessaging.Simulator;

internal sealed partial class ProlificApi
{
    private static readonly string[] CountedStatuses =
    [
        "RESERVED", "ACTIVE", "TIMED-OUT", "AWAITING REVIEW", "APPROVED", "RETURNED", "REJECTED", "SCREENED OUT", "PARTIALLY APPROVED",
    ];

    private static readonly Dictionary<string, string[]> StatusFlags = new(StringComparer.Ordinal)
    {
        ["completed"] = ["AWAITING REVIEW", "APPROVED", "REJECTED", "PARTIALLY APPROVED", "SCREENED OUT"],
        ["returned"] = ["RETURNED"],
        ["awaiting_review"] = ["AWAITING REVIEW"],
        ["approved"] = ["APPROVED"],
        ["active"] = ["ACTIVE"],
        ["timeout"] = ["TIMED-OUT"],
        ["rejected"] = ["REJECTED"],
        ["screened_out"] = ["SCREENED OUT"],
        ["completeoractive"] = ["AWAITING REVIEW", "APPROVED", "REJECTED", "PARTIALLY APPROVED", "SCREENED OUT", "ACTIVE"],
    };

    private SimResponse Studies(SimRequest request, string[] path)
    {
        if (path.Length < 4)
            return NotFound(path);
        if (state.FindStudy(path[3]) is not { } study)
            return NotFound(path);
        return (request.Method, path) switch
        {
            ("GET", [_, _, _, _]) => OneStudy(study),
            ("GET", [_, _, _, _, "submissions"]) => StudySubmissions(request, study),
            ("GET", [_, _, _, _, "submissions", "counts"]) => SubmissionCounts(study),
            (_, [_, _, _, _]) or (_, [_, _, _, _, "submissions"]) or (_, [_, _, _, _, "submissions", "counts"]) => WrongMethod(request),
            _ => NotFound(path),
        };
    }

    private static SimResponse OneStudy(SimStudy study) => SimResponse.Json(200, w =>
    {
        w.WriteStartObject();
        w.WriteString("id", study.Id);
        w.WriteString("name", study.Name);
        w.WriteString("internal_name", study.Name);
        w.WriteString("status", "ACTIVE");
        w.WriteEndObject();
    });

    private SimResponse StudySubmissions(SimRequest request, SimStudy study)
    {
        IReadOnlyList<SimSubmission> all = state.Submissions(study.Id);
        int offset = JsonText.Number(request.QueryValue("offset"), 0);
        int limit = Math.Max(1, JsonText.Number(request.QueryValue("limit"), Math.Max(1, all.Count)));
        string ordering = request.QueryValue("ordering") ?? "";
        return SimResponse.Json(200, w =>
        {
            w.WriteStartObject();
            w.WriteStartArray("results");
            foreach (SimSubmission submission in Order(all, ordering).Skip(offset).Take(limit))
                WriteSubmission(w, submission);
            w.WriteEndArray();
            WriteLinks(w, request, offset, limit, all.Count);
            WriteCount(w, all.Count);
            w.WriteEndObject();
        });
    }

    private static IEnumerable<SimSubmission> Order(IEnumerable<SimSubmission> all, string ordering)
    {
        Func<SimSubmission, object?>? key = ordering.TrimStart('-') switch
        {
            "started_at" => s => s.StartedAt,
            "completed_at" => s => s.CompletedAt,
            "status" => s => s.Status,
            "participant_id" => s => s.ParticipantId,
            "time_taken" => s => s.CompletedAt - s.StartedAt,
            _ => null,
        };
        if (key is null)
            return all;
        return ordering.StartsWith('-') ? all.OrderByDescending(key) : all.OrderBy(key);
    }

    private void WriteSubmission(Utf8JsonWriter w, SimSubmission submission)
    {
        w.WriteStartObject();
        w.WriteString("id", submission.Id);
        w.WriteString("participant_id", submission.ParticipantId);
        w.WriteString("status", submission.Status);
        w.WriteTime("started_at", submission.StartedAt);
        w.WriteTime("completed_at", submission.CompletedAt);
        w.WriteBoolean("is_complete", submission.CompletedAt is not null);
        if (submission.CompletedAt is { } completed)
            w.WriteNumber("time_taken", (int)(completed - submission.StartedAt).TotalSeconds);
        else
            w.WriteNull("time_taken");
        w.WriteBoolean("has_siblings", false);
        w.WriteString("study_code", submission.CompletedAt is null ? null : "C1A2B3D4");
        w.WriteNull("return_requested");
        w.WriteStartArray("bonus_payments");
        w.WriteEndArray();
        w.WriteString("ip", "192.0.2.17");
        WriteUnknownFields(w);
        w.WriteEndObject();
    }

    private SimResponse SubmissionCounts(SimStudy study)
    {
        IReadOnlyList<SimSubmission> all = state.Submissions(study.Id);
        return SimResponse.Json(200, w =>
        {
            w.WriteStartObject();
            foreach (string status in CountedStatuses)
                w.WriteNumber(status, all.Count(s => s.Status == status));
            w.WriteNumber("TOTAL", all.Count);
            w.WriteEndObject();
        });
    }

    private SimResponse Submissions(SimRequest request, string[] path) => (request.Method, path) switch
    {
        ("GET", [_, _, _]) => GlobalSubmissions(request),
        ("GET", [_, _, _, string id]) => state.FindSubmission(id) is { } submission ? OneSubmission(submission) : NotFound(path),
        (_, [_, _, _]) or (_, [_, _, _, _]) => WrongMethod(request),
        _ => NotFound(path),
    };

    private SimResponse GlobalSubmissions(SimRequest request)
    {
        if (request.QueryValue("study") is not { Length: > 0 } studyId)
            return Error(request.Segments, 400, "This field is required.", "study");
        if (state.FindStudy(studyId) is null)
            return NotFound(request.Segments);
        IEnumerable<SimSubmission> found = state.Submissions(studyId);
        if (request.QueryValue("status") is { Length: > 0 } status)
        {
            string wanted = Normal(status);
            found = found.Where(s => Normal(s.Status) == wanted);
        }

        foreach ((string name, string[] statuses) in StatusFlags)
        {
            if (request.QueryValue(name) is { } text && JsonText.Flag(text) is { } flag)
                found = found.Where(s => statuses.Contains(s.Status) == flag);
        }

        if (Day(request.QueryValue("submitted_from")) is { } from)
            found = found.Where(s => s.CompletedAt >= from);
        if (Day(request.QueryValue("submitted_before")) is { } before)
            found = found.Where(s => s.CompletedAt < before);

        int page = Math.Max(1, JsonText.Number(request.QueryValue("page"), 1));
        int size = Math.Max(1, JsonText.Number(request.QueryValue("page_size"), 20));
        SimSubmission[] rows = [.. Order(found, request.QueryValue("ordering") ?? "").Skip((page - 1) * size).Take(size)];
        return SimResponse.Json(200, w =>
        {
            w.WriteStartObject();
            w.WriteStartArray("results");
            foreach (SimSubmission submission in rows)
                WriteSubmission(w, submission);
            w.WriteEndArray();
            w.WriteEndObject();
        });
    }

    private SimResponse OneSubmission(SimSubmission submission) => SimResponse.Json(200, w =>
    {
        w.WriteStartObject();
        w.WriteString("id", submission.Id);
        w.WriteTime("completed_at", submission.CompletedAt);
        w.WriteString("entered_code", submission.CompletedAt is null ? null : "C1A2B3D4");
        // Here alone the name has no _id.
        w.WriteString("participant", submission.ParticipantId);
        w.WriteTime("started_at", submission.StartedAt);
        w.WriteString("status", submission.Status);
        w.WriteString("study_id", submission.StudyId);
        w.WriteNull("parent_study_id");
        w.WriteStartArray("bonus_payments");
        w.WriteEndArray();
        w.WriteNull("return_requested");
        WriteUnknownFields(w);
        w.WriteEndObject();
    });

    private static string Normal(string status) => status.Replace('_', ' ').Replace('-', ' ').ToUpperInvariant();

    private static DateTimeOffset? Day(string? text) =>
        DateTimeOffset.TryParseExact(text, "dd/MM/yyyy", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset day)
            ? day
            : null;
}
