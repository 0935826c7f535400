using System.Management.Automation;
using ParticipantMessaging.Accounts;
using ParticipantMessaging.Commands.Ledger;
using ParticipantMessaging.Infrastructure;
using ParticipantMessaging.Reading;
using ParticipantMessaging.Sending;

namespace ParticipantMessaging.Commands.Sending;

/// <summary>What takes a list of people and a text: sending it and looking at it first have the same parameters and the same check.</summary>
public abstract class ListCmdlet : ServiceCmdlet
{
    /// <summary>The parameter set for people.</summary>
    protected const string PeopleSet = "People";

    private const string GroupSet = "Group";
    private const string AllMembersSet = "AllMembers";

    private readonly List<SendRow> _rows = [];
    private readonly Dictionary<string, AccountLookup> _accounts = new(StringComparer.OrdinalIgnoreCase);
    private PipedRows? _input;
    private bool _rowsBringRecipients;
    private bool _isList;
    private DateTimeOffset _now;

    private bool HasExplicitConnection => Account is not null || Provider is not null || Token is not null || BaseUri is not null;

    /// <summary>A row: a CSV line, an id, or an object of this module.</summary>
    [Parameter(ValueFromPipeline = true, ParameterSetName = PeopleSet)]
    [AllowNull]
    [AllowEmptyString]
    public PSObject? InputObject { get; set; }

    /// <summary>Ids of the people. What is given here wins over what stands in piped rows.</summary>
    [Parameter(Position = 0, ParameterSetName = PeopleSet)]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [Alias("Id", "participant_id", "PROLIFIC_PID", "project_member_id", "ProjectMemberId", "recipient_id", "SenderId", "sender_id")]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public string?[]? ParticipantId { get; set; }

    /// <summary>The column that names the person, when it has a name of its own.</summary>
    [Parameter(ParameterSetName = PeopleSet)]
    [ArgumentCompleter(typeof(IdColumnCompleter))]
    [ValidateNotNullOrEmpty]
    public string? IdColumn { get; set; }

    /// <summary>A Prolific participant group.</summary>
    [Parameter(Mandatory = true, ParameterSetName = GroupSet)]
    [ArgumentCompleter(typeof(GroupIdCompleter))]
    [Alias("participant_group_id")]
    [OneGroup]
    [ValidateNotNullOrEmpty]
    public string? GroupId { get; set; }

    /// <summary>All members of the Open Humans project.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AllMembersSet)]
    public SwitchParameter AllMembers { get; set; }

    /// <summary>The text; <c>{{ column }}</c> takes a column of the row.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [Alias("Message", "Text")]
    [AllowEmptyString]
    [OneText]
    public string? Body { get; set; }

    /// <summary>A file that holds the text.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? BodyPath { get; set; }

    /// <summary>The subject (Open Humans); placeholders as in the text.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [AllowEmptyString]
    public string? Subject { get; set; }

    /// <summary>The Prolific study that the message is about.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(StudyIdCompleter))]
    [Alias("study_id")]
    [AllowEmptyString]
    public string? StudyId { get; set; }

    /// <summary>The conversation that the message goes into (Prolific).</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ConversationIdCompleter))]
    [Alias("conversation_id", "channel_id")]
    [AllowEmptyString]
    public string? ConversationId { get; set; }

    /// <summary>Name of a campaign: in it a person gets one message per account and study, however often it is run.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(CampaignNameCompleter))]
    [NotBlank]
    [ValidateLength(1, 200)]
    public string? Campaign { get; set; }

    /// <summary>Most people in one bulk call.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [ValidateRange(1, int.MaxValue)]
    public int? BatchSize { get; set; }

    /// <summary>Most calls open at once.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = 4;

    /// <summary>Most people a minute, evenly spaced.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [ValidateRange(1, int.MaxValue)]
    public int? PerMinute { get; set; }

    /// <summary>Nothing leaves before this moment: a date, or 9:00 for the next 9 o'clock.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(SendTimeCompleter))]
    [SendTime]
    public SendTime? NotBefore { get; set; }

    /// <summary>No call is made from this moment on: the rest is Failed. 17:00 is today's, also when it is over by less than twelve hours.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(SendTimeCompleter))]
    [SendTime]
    public SendTime? NotAfter { get; set; }

    /// <summary>Checks the whole list and sends the first good row's text to this one id, as a trial.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [ValidateNotNullOrEmpty]
    public string? TestTo { get; set; }

    /// <summary>A CSV file for the rows that failed.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? UnsentPath { get; set; }

    /// <summary>Without a campaign, who got this very text within this time is left out.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(LengthOfTimeCompleter))]
    [LengthOfTime]
    public TimeSpan RepeatAfter { get; set; } = TimeSpan.FromHours(12);

    /// <summary>Values that would count as empty (NA, NULL, None ...) and are meant as they stand.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FreeTextCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? LiteralValue { get; set; }

    /// <summary>The longest wait that the service may ask for.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(LengthOfTimeCompleter))]
    [LengthOfTime]
    public TimeSpan MaxRetryWait { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Sends the good rows when others have findings.</summary>
    [Parameter]
    public SwitchParameter SkipInvalid { get; set; }

    /// <summary>Lets empty columns render as nothing.</summary>
    [Parameter]
    public SwitchParameter AllowEmptyField { get; set; }

    /// <summary>Gives Open Humans ids of 7 digits their leading zero back.</summary>
    [Parameter]
    public SwitchParameter RestoreLeadingZero { get; set; }

    /// <summary>Sends row by row as they come, instead of checking the whole list first.</summary>
    [Parameter]
    public SwitchParameter Stream { get; set; }

    /// <summary>Sends messages again whose outcome is not known.</summary>
    [Parameter]
    public SwitchParameter ResendUnknown { get; set; }

    /// <summary>Sends to people who have the campaign's message already, and does not ask before a group or all-members send.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override TimeSpan? LongestRetryWait => MaxRetryWait;

    /// <summary>The accounts that the rows have named so far.</summary>
    internal Func<string?, AccountLookup> Accounts => name => _accounts[name ?? ""];

    /// <summary>The rows of the list.</summary>
    internal IReadOnlyList<SendRow> Rows => _rows;

    /// <summary>How many rows there were, streamed ones too.</summary>
    internal int RowCount => _input?.Count ?? 0;

    /// <summary>Whether rows come down the pipeline or in a list.</summary>
    private protected bool IsPiped => MyInvocation.ExpectingInput || _isList;

    /// <inheritdoc/>
    protected override async Task BeginAsync(CancellationToken cancellationToken)
    {
        // -ParticipantId $null, as from a row without that column, is a blank id: a finding with a receipt.
        if (ParticipantId is null && !MyInvocation.ExpectingInput && MyInvocation.BoundParameters.ContainsKey(nameof(ParticipantId))) ParticipantId = [null];
        _rowsBringRecipients = ParameterSetName == PeopleSet && ParticipantId is null;
        _isList = _rowsBringRecipients && !MyInvocation.ExpectingInput && InputObject?.BaseObject is Array;
        CheckParameters();
        await OnPipelineAsync(CheckIsNoFile).ConfigureAwait(false);
        if (NotBeforeMoment is { } start && start < _now.AddDays(-1))
            await WriteWarningAsync($"-NotBefore was {TimeText.Shown(start, TimeZoneInfo.Local)}, which is over: nothing waits for it.").ConfigureAwait(false);
        if (NotAfterMoment is { } end && end <= _now)
            await WriteWarningAsync($"-NotAfter was {TimeText.Shown(end, TimeZoneInfo.Local)}, which is over: nothing is sent any more.").ConfigureAwait(false);
        string? body = BodyPath is null
            ? Body
            : await BodyFile.ReadAsync(await OnPipelineAsync(() => GetUnresolvedProviderPathFromPSPath(BodyPath)).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        _input = new PipedRows(new SendDefaults
        {
            IdColumn = IdColumn,
            StudyId = string.IsNullOrWhiteSpace(StudyId) ? null : StudyId.Trim(),
            Body = body,
            Subject = Subject,
            ConversationId = string.IsNullOrWhiteSpace(ConversationId) ? null : ConversationId.Trim(),
            HasConnection = HasExplicitConnection,
        });

        // A named account that is not there is a slip, and ends it here, before any row was taken. One whose vault is locked costs no receipt.
        if (HasExplicitConnection) await LookUpAsync(null).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override bool TryProcess()
    {
        if (Stream || _isList || !_rowsBringRecipients) return false;
        SendRow row = _input!.Read(InputObject);
        _rows.Add(row);
        // The account is looked up once; the block does that for the row that was just taken.
        return _accounts.ContainsKey(row.Content.Account ?? "");
    }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        if (_rowsBringRecipients && !Stream && !_isList)
        {
            await LookUpAsync(_rows[^1].Content.Account).ConfigureAwait(false);
            return;
        }

        foreach (SendRow row in TakeRows())
        {
            if (!_accounts.ContainsKey(row.Content.Account ?? "")) await LookUpAsync(row.Content.Account).ConfigureAwait(false);
            if (Stream) await StreamAsync(row, cancellationToken).ConfigureAwait(false);
            else _rows.Add(row);
        }
    }

    /// <summary>Takes one row of a stream.</summary>
    private protected abstract Task StreamAsync(SendRow row, CancellationToken cancellationToken);

    private void CheckParameters()
    {
        if (Body is not null && BodyPath is not null)
        {
            throw new MessagingException(MessagingErrorReason.InvalidRequest, "Both -Body and -BodyPath were given.", "Give one of them.");
        }

        if (_rowsBringRecipients && !MyInvocation.ExpectingInput && InputObject is null)
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                "Nobody was named to send the message to.",
                "Pipe rows to it (Import-Csv people.csv | Send-ParticipantMessage …), or give -ParticipantId, -GroupId or -AllMembers.");
        }

        if (MyInvocation.ExpectingInput && ParticipantId is { Length: not 1 })
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                "Several ids were given with -ParticipantId, and rows are piped as well.",
                "Pipe the rows and leave -ParticipantId out, or give the ids alone.");
        }

        // PowerShell makes a text of a row that is given where an id belongs.
        if (ParticipantId?.FirstOrDefault(static id => id is not null && (id.StartsWith("@{", StringComparison.Ordinal) || id == typeof(System.Collections.Hashtable).FullName)) is { } wholeRow)
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                $"A whole row was given with -ParticipantId ('{ShownText.Line(wholeRow, 40)}'), which takes ids alone.",
                $"Pipe the rows: Import-Csv people.csv | {MyInvocation.MyCommand.Name} …");
        }

        if (Stream && TestTo is not null)
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                "-TestTo checks the whole list before it sends one text of it, and -Stream has no whole list.",
                "Leave -Stream out for the trial.");
        }

        if (TestTo is not null && RecipientId.FromMail(TestTo.Trim()) is null && !RecipientId.IsProlific(TestTo.Trim()) && !RecipientId.IsOpenHumans(TestTo.Trim()))
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                $"'{TestTo}' is neither a Prolific id (24 characters, digits and the letters a to f) nor an Open Humans project member id (8 or 16 digits).",
                "Give your own id after -TestTo.");
        }

        _now = TimeProvider.System.GetUtcNow();
        if (NotAfterMoment is { } end && NotBeforeMoment is { } start && end <= start)
        {
            throw new MessagingException(
                MessagingErrorReason.InvalidRequest,
                "-NotAfter is not later than -NotBefore, so nothing could be sent.",
                "Give an end that lies behind the beginning.");
        }
    }

    private bool CheckIsNoFile()
    {
        string name = Body?.Trim() ?? "";
        if (name.Length is 0 or > 255 || name.IndexOfAny(['\r', '\n', '\0']) >= 0 || Path.GetExtension(name).Length is < 2 or > 6) return true;
        if (!File.Exists(Path.Combine(SessionState.Path.CurrentFileSystemLocation.ProviderPath, name))) return true;
        throw new MessagingException(
            MessagingErrorReason.InvalidRequest,
            $"-Body is '{ShownText.Line(name)}', which is a file here: its name would be sent, not what stands in it.",
            $"Give the file with -BodyPath: -BodyPath {Completion.Quote(name)}");
    }

    // Both are read once: a clock time means the next one, of the end the next one behind the beginning; an end of today that is over is over.
    private DateTimeOffset? NotBeforeMoment => NotBefore?.After(_now, TimeZoneInfo.Local);

    private DateTimeOffset? NotAfterMoment => NotBeforeMoment is { } start && start > _now ? NotAfter?.After(start, TimeZoneInfo.Local) : NotAfter?.EndAfter(_now, TimeZoneInfo.Local);

    private IEnumerable<SendRow> TakeRows()
    {
        if (ParameterSetName == GroupSet) return [_input!.Make(RowRecipient.Group(GroupId), GroupId)];
        if (ParameterSetName == AllMembersSet) return [_input!.Make(RowRecipient.AllMembers, "")];
        // -InputObject $rows means the rows, as the pipeline would.
        if (_isList) return ((Array)InputObject!.BaseObject).Cast<object?>().Select(item => _input!.Read(item is null ? null : PSObject.AsPSObject(item)));
        if (_rowsBringRecipients) return [_input!.Read(InputObject)];
        // Rows beside a -ParticipantId bring their columns for the text; the id on the command line wins.
        return MyInvocation.ExpectingInput
            ? [_input!.Read(InputObject, RowRecipient.Person(ParticipantId![0]))]
            : ParticipantId!.Select(id => _input!.Make(RowRecipient.Person(id), id));
    }

    private async Task LookUpAsync(string? name)
    {
        try
        {
            ServiceConnection connection = await ConnectAsync(name).ConfigureAwait(false);
            _accounts[name ?? ""] = new AccountLookup(connection, null);
        }
        catch (MessagingException e) when (!HasExplicitConnection || e.Reason is MessagingErrorReason.SecretNotFound or MessagingErrorReason.VaultNotInstalled)
        {
            _accounts[name ?? ""] = new AccountLookup(null, e);
        }
    }

    private protected SendOptions Options() => new()
    {
        Campaign = Campaign?.Trim() ?? "",
        BatchSize = BatchSize,
        ThrottleLimit = ThrottleLimit,
        PerMinute = PerMinute,
        SkipInvalid = SkipInvalid,
        AllowEmptyField = AllowEmptyField,
        RestoreLeadingZero = RestoreLeadingZero,
        ResendUnknown = ResendUnknown,
        Force = Force,
        RepeatAfter = RepeatAfter,
        NotBefore = NotBeforeMoment,
        NotAfter = NotAfterMoment,
        IsIdColumnGiven = IdColumn is not null,
        TestTo = TestTo is null ? "" : RecipientId.FromMail(TestTo.Trim()) ?? TestTo.Trim().ToLowerInvariant(),
        LiteralValues = LiteralValue ?? [],
    };
}
