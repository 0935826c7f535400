using System.Globalization;
using System.Text.Json;

namespace ParticipantMessaging.Simulator;

internal sealed partial class ProlificApi
{
    private static readonly string[] StudyOrderings =
        ["started_at", "completed_at", "status", "ip", "time_taken", "participant_id", "study_code"];

    private static readonly string[] GlobalOrderings = ["started_at", "submission_reward", "study_name"];

    private static readonly string[] FilterStatuses =
    [
        "ACTIVE", "AWAITING REVIEW", "APPROVED", "PARTIALLY APPROVED", "REJECTED", "RETURNED", "SCREENED OUT", "TIMED OUT", "UNKNOWN",
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
        string ordering = request.QueryValue("ordering") ?? "";
        return UnknownOrdering(request, ordering, StudyOrderings)
            ?? List(request, [.. Order(state.Submissions(study.Id), ordering)], WriteSubmission,
                ListManner.Pages | ListManner.Count | ListManner.Links);
    }

    private SimResponse? UnknownOrdering(SimRequest request, string ordering, string[] known) =>
        ordering.Length == 0 || known.Contains(ordering.StartsWith('-') ? ordering[1..] : ordering)
            ? null
            : NotAChoice(request, "ordering", ordering);

    private SimResponse NotAChoice(SimRequest request, string name, string value) =>
        Error(request.Segments, 400, $"Select a valid choice. {value} is not one of the available choices.", name);

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
            foreach (string status in SimulatorState.DocumentedStatuses)
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
            if (!FilterStatuses.Contains(wanted))
                return NotAChoice(request, "status", status);
            found = found.Where(s => Normal(s.Status) == wanted);
        }

        foreach ((string name, string[] statuses) in StatusFlags)
        {
            if (request.QueryValue(name) is not { } text)
                continue;
            if (JsonText.Flag(text) is not { } flag)
                return Error(request.Segments, 400, "Must be a valid boolean.", name);
            found = found.Where(s => statuses.Contains(s.Status) == flag);
        }

        string ordering = request.QueryValue("ordering") ?? "";
        if (UnknownOrdering(request, ordering, GlobalOrderings) is { } refused)
            return refused;
        foreach (string name in new[] { "submitted_from", "submitted_before" })
        {
            if (request.QueryValue(name) is { Length: > 0 } day && Day(day) is null)
                return Error(request.Segments, 400, "Enter a valid date.", name);
        }

        if (Day(request.QueryValue("submitted_from")) is { } from)
            found = found.Where(s => s.CompletedAt >= from);
        if (Day(request.QueryValue("submitted_before")) is { } before)
            found = found.Where(s => s.CompletedAt < before);

        int page = options.IgnoreOffset ? 1 : Math.Max(1, JsonText.Number(request.QueryValue("page"), 1));
        int size = Cut(Math.Max(1, JsonText.Number(request.QueryValue("page_size"), 20)));
        SimSubmission[] all = [.. Order(found, ordering)];
        return SimResponse.Json(200, w =>
        {
            w.WriteStartObject();
            w.WriteStartArray("results");
            foreach (SimSubmission submission in all.Skip((page - 1) * size).Take(size))
                WriteSubmission(w, submission);
            w.WriteEndArray();
            EndList(w, request, all.Length, tellsCount: false);
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
