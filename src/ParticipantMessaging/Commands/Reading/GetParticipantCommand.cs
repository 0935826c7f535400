using System.Globalization;
using System.Management.Automation;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Reading;

namespace ParticipantMessaging.Commands;

/// <summary>Lists whom one can write to: of a study, of a participant group, or all members of an Open Humans project.</summary>
[Cmdlet(VerbsCommon.Get, "Participant", DefaultParameterSetName = "All")]
[OutputType(typeof(Participant))]
public sealed class GetParticipantCommand : ReadingCmdlet
{
    private bool _statusIsWrong;

    /// <summary>The Prolific study whose participants are listed, each once, with the latest submission.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Study", ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(StudyIdCompleter))]
    [Alias("study_id", "study")]
    [AllowNull]
    [AllowEmptyString]
    public string? StudyId { get; set; }

    /// <summary>Only those whose latest submission has one of these statuses; AWAITING REVIEW, awaiting-review and AwaitingReview are the same.</summary>
    [Parameter(Position = 1, ParameterSetName = "Study")]
    [ArgumentCompleter(typeof(SubmissionStatusCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Status { get; set; }

    /// <summary>The Prolific participant group whose members are listed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Group", ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(GroupIdCompleter))]
    [Alias("group_id", "participant_group_id")]
    [AllowNull]
    [AllowEmptyString]
    public string? GroupId { get; set; }

    /// <summary>The participant group, as Get-ParticipantGroup gives it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "GroupObject", ValueFromPipeline = true)]
    [ValidateNotNull]
    public ParticipantGroup? Group { get; set; }

    /// <inheritdoc/>
    protected override async Task BeginAsync(CancellationToken cancellationToken)
    {
        try
        {
            SubmissionStatus.Check(Status);
        }
        catch (MessagingException error)
        {
            // Once, however many studies are piped.
            _statusIsWrong = true;
            await WriteErrorAsync(error, Status).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        if (_statusIsWrong) return Task.CompletedTask;
        string set = ParameterSetName;
        string? study = StudyId;
        string? group = Group?.Id ?? GroupId;
        return GuardAsync(set switch { "Study" => study, "All" => Account, _ => group }, async () =>
        {
            if (set == "Study") study = IdShape.Check(study ?? "", "study", MessagingErrorReason.MissingStudy)!;
            else if (set != "All") group = IdShape.Check(group ?? "", "participant group")!;
            ServiceConnection connection = await ConnectAsync().ConfigureAwait(false);
            var statuses = new Dictionary<string, int>();
            IAsyncEnumerable<Participant> people = connection.Provider == MessagingProvider.Prolific
                ? OfProlific(connection, set, study, group, statuses, cancellationToken)
                : OfOpenHumans(connection, set, cancellationToken);
            if (await WriteAllAsync(people).ConfigureAwait(false) == 0) await WriteWarningAsync(WhyNobody(connection, set, study, group, statuses)).ConfigureAwait(false);
        });
    }

    private IAsyncEnumerable<Participant> OfProlific(
        ServiceConnection connection, string set, string? study, string? group, Dictionary<string, int> statuses, CancellationToken cancellationToken) => set switch
        {
            "Study" => ParticipantReader.OfStudyAsync(Prolific(connection), study!, Status, statuses, cancellationToken),
            "All" => throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                "Prolific lists participants by study or by group, and neither is given.",
                "Give -StudyId (with -Status, if you like) or -GroupId."),
            _ => ParticipantReader.OfGroupAsync(Prolific(connection), group!, cancellationToken),
        };

    private Http.ServiceList<Participant> OfOpenHumans(ServiceConnection connection, string set, CancellationToken cancellationToken) => set == "All"
        ? OpenHumans(connection).GetMembersAsync(cancellationToken)
        : throw new MessagingException(
            MessagingErrorReason.NotSupported,
            $"Open Humans has no studies and no groups, but '{connection.Account}' is an account of Open Humans.",
            "Leave -StudyId and -GroupId out: Get-Participant then lists all members of the project.");

    /// <summary>An empty list looks like success where it may be a slip.</summary>
    private string WhyNobody(ServiceConnection connection, string set, string? study, string? group, Dictionary<string, int> statuses)
    {
        if (set == "All") return $"The project of account '{connection.Account}' has no members.";
        if (set != "Study") return $"Participant group {group} has no members.";
        if (statuses.Count == 0) return $"Study {study} has no submissions.";
        IEnumerable<string> there = statuses.OrderByDescending(static s => s.Value).Select(static s => string.Create(CultureInfo.InvariantCulture, $"{s.Value:N0} {(s.Key.Length == 0 ? "without a status" : s.Key)}"));
        return $"Nobody in study {study} has the status {string.Join(" or ", Status ?? [])} now. There are: {string.Join(", ", there)}.";
    }
}
