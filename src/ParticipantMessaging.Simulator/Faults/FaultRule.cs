namespace ParticipantMessaging.Simulator;

/// <summary>Which requests go wrong, and how. All conditions that are set must hold.</summary>
public sealed class FaultRule
{
    /// <summary>Name of the rule, shown in the request log; given by the simulator when it is empty.</summary>
    public string Id { get; set; } = "";

    /// <summary>HTTP method; null matches every one.</summary>
    public string? Method { get; set; }

    /// <summary>Beginning of the path, as <c>/api/v1/messages/</c>.</summary>
    public string? PathPrefix { get; set; }

    /// <summary>Regular expression on path and query.</summary>
    public string? PathPattern { get; set; }

    /// <summary>Text that the body must contain.</summary>
    public string? BodyContains { get; set; }

    /// <summary>Only the n-th matching request, from 1.</summary>
    public int? Nth { get; set; }

    /// <summary>Every n-th matching request.</summary>
    public int? Every { get; set; }

    /// <summary>Chance for each matching request, 0 to 1; drawn from the seed.</summary>
    public double? Probability { get; set; }

    /// <summary>How many matching requests pass before the rule begins.</summary>
    public int Skip { get; set; }

    /// <summary>How often the rule strikes at most; null means for ever.</summary>
    public int? Count { get; set; }

    /// <summary>What happens.</summary>
    public FaultKind Kind { get; set; } = FaultKind.Status;

    /// <summary>Whether the request is carried out (a message stored) before it goes wrong.</summary>
    public bool AfterStored { get; set; }

    /// <summary>Status that is answered by <see cref="FaultKind.Status"/>.</summary>
    public int Status { get; set; } = 500;

    /// <summary>Body that is answered; null takes one that the service would give with that status.</summary>
    public string? Body { get; set; }

    /// <summary>Content type of <see cref="Body"/>.</summary>
    public string ContentType { get; set; } = "application/json";

    /// <summary>Shape of the body when <see cref="Body"/> is null.</summary>
    public ProlificErrorShape? Shape { get; set; }

    /// <summary><c>Retry-After</c> in seconds; null for none.</summary>
    public int? RetryAfterSeconds { get; set; }

    /// <summary>Whether <see cref="RetryAfterSeconds"/> is sent as an HTTP date.</summary>
    public bool RetryAfterAsDate { get; set; }

    /// <summary>The header <c>Retry-After</c> word for word, however wrong; goes before the other two.</summary>
    public string? RetryAfter { get; set; }

    /// <summary>Milliseconds to wait: before the answer (Slow), between bytes (Dribble).</summary>
    public int DelayMs { get; set; } = 1_000;

    /// <summary>Size in bytes of what is sent by GzipBomb and EndlessBody, depth of DeepNesting, rows of CutList; 0 takes the default.</summary>
    public long Size { get; set; }

    /// <summary>Whether a list that is cut (<see cref="FaultKind.CutList"/>) still tells how many entries there are.</summary>
    public bool KeepCount { get; set; } = true;

    /// <summary>Target of <see cref="FaultKind.Redirect"/>.</summary>
    public string? Location { get; set; }

    /// <summary>How many requests matched so far.</summary>
    public int Matched { get; internal set; }

    /// <summary>How often it struck so far.</summary>
    public int Struck { get; internal set; }

    /// <summary>Whether the effect changes the true answer and so needs one.</summary>
    internal bool NeedsAnswer => Kind is FaultKind.Slow or FaultKind.Dribble or FaultKind.TruncatedJson or FaultKind.WrongTypes
        or FaultKind.InvalidUtf8 or FaultKind.EmptyPage or FaultKind.CutList or FaultKind.ByteOrderMark;

    /// <summary>Whether the client gets no whole answer.</summary>
    internal bool IsCut => Kind is FaultKind.Reset or FaultKind.NoAnswer;
}
