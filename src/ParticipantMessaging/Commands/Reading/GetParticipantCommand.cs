using System.Management.Automation;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Reading;

namespace ParticipantMessaging.Commands;

/// <summary>Lists whom one can write to: of a study, of a participant group, or all members of an Open Humans project.</summary>
[Cmdlet(VerbsCommon.Get, "Participant", DefaultParameterSetName = "All")]
[OutputType(typeof(Participant))]
public sealed class GetParticipantCommand : ReadingCmdlet
{
    /// <summary>The Prolific study whose participants are listed, each once, with the latest submission.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Study", ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(StudyIdCompleter))]
    [Alias("study_id", "study")]
    [AllowNull]
    [AllowEmptyString]
    public string? StudyId { get; set; }

    /// <summary>Only with a submission of one of these statuses; AWAITING REVIEW, awaiting-review and AWAITING_REVIEW are the same.</summary>
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
    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        string set = ParameterSetName;
        string? study = StudyId;
        string? group = Group?.Id ?? GroupId;
        return GuardAsync(set switch { "Study" => study, "All" => Account, _ => group }, async () =>
        {
            if (set == "Study") study = IdShape.Check(study ?? "", "study", MessagingErrorReason.MissingStudy)!;
            else if (set != "All") group = IdShape.Check(group ?? "", "participant group")!;
            ServiceConnection connection = await ConnectAsync().ConfigureAwait(false);
            await WriteAllAsync(connection.Provider == MessagingProvider.Prolific
                ? OfProlific(connection, set, study, group, cancellationToken)
                : OfOpenHumans(connection, set, cancellationToken)).ConfigureAwait(false);
        });
    }

    private IAsyncEnumerable<Participant> OfProlific(ServiceConnection connection, string set, string? study, string? group, CancellationToken cancellationToken) => set switch
    {
        "Study" => ParticipantReader.OfStudyAsync(Prolific(connection), study!, Status, cancellationToken),
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
}
