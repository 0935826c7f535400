namespace ParticipantMessaging.Simulator;

/// <summary>How a simulator starts. Every property has a working default; docs/simulator.md lists the program's switches.</summary>
public sealed class SimulatorOptions
{
    /// <summary>The token that the Prolific side accepts.</summary>
    public const string DefaultProlificToken = "sim-prolific-token";

    /// <summary>A Prolific token that exists but has no right to anything: 403 everywhere but at <c>users/me/</c>.</summary>
    public const string DefaultProlificForbiddenToken = "sim-prolific-forbidden-token";

    /// <summary>The master token that the Open Humans side accepts (64 letters and digits).</summary>
    public const string DefaultOpenHumansToken = "simOpenHumansMasterToken0000000000000000000000000000000000000000";

    /// <summary>A master token that has expired: <c>401 {"detail":"Expired token."}</c>.</summary>
    public const string DefaultOpenHumansExpiredToken = "simOpenHumansExpiredToken000000000000000000000000000000000000000";

    /// <summary>An OAuth2 token of the first member.</summary>
    public const string DefaultOpenHumansUserToken = "simOpenHumansUserToken000000";

    /// <summary>Port to listen on; 0 takes a free one.</summary>
    public int Port { get; set; }

    /// <summary>Address to listen on. Anything but loopback is refused unless <see cref="AllowRemote"/> is set.</summary>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>Allows an <see cref="Address"/> that other machines reach.</summary>
    public bool AllowRemote { get; set; }

    /// <summary>How many Prolific participants are seeded.</summary>
    public int Participants { get; set; } = 20;

    /// <summary>How many Open Humans members are seeded; null means as many as <see cref="Participants"/>.</summary>
    public int? Members { get; set; }

    /// <summary>A researcher's own list (CSV) whose people take the place of made-up ones; null for none.</summary>
    public string? PeopleFile { get; set; }

    /// <summary>The column of <see cref="PeopleFile"/> that names the person; null finds it.</summary>
    public string? IdColumn { get; set; }

    /// <summary>Every seeded id, name and random choice follows from this number. The first ids do not depend on how many are asked for.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>How many studies are seeded.</summary>
    public int Studies { get; set; } = 1;

    /// <summary>How many submissions the first study gets; null means one of every participant.</summary>
    public int? Submissions { get; set; }

    /// <summary>The status of all seeded submissions; null spreads them over all statuses.</summary>
    public string? SubmissionStatus { get; set; }

    /// <summary>How many participant groups are seeded.</summary>
    public int Groups { get; set; } = 2;

    /// <summary>How many unread messages are seeded.</summary>
    public int Unread { get; set; }

    /// <summary>How many entries the webhook event log is seeded with; above 0 a secret and an enabled subscription are seeded too.</summary>
    public int Events { get; set; }

    /// <summary>Value of the workspace's webhook secret; null leaves the workspace without one, unless <see cref="Events"/> is above 0.</summary>
    public string? WebhookSecret { get; set; }

    /// <summary>Least artificial latency per call, in milliseconds.</summary>
    public int LatencyMinMs { get; set; }

    /// <summary>Greatest artificial latency per call, in milliseconds.</summary>
    public int LatencyMaxMs { get; set; }

    /// <summary>File in which the state is kept; null keeps it in memory only.</summary>
    public string? StateFile { get; set; }

    /// <summary>The token that the Prolific side accepts.</summary>
    public string ProlificToken { get; set; } = DefaultProlificToken;

    /// <summary>The master token that the Open Humans side accepts.</summary>
    public string OpenHumansToken { get; set; } = DefaultOpenHumansToken;

    /// <summary>Further Prolific tokens that are accepted.</summary>
    public ICollection<string> ExtraProlificTokens { get; } = [];

    /// <summary>Whether messages are spelled as the documentation says (<c>sender_id</c>, <c>sent_at</c>) or as the live service does.</summary>
    public bool DocumentedSpelling { get; set; }

    /// <summary>Whether an empty message list comes as <c>"results": null</c>.</summary>
    public bool NullResults { get; set; }

    /// <summary>Whether objects carry fields that nobody has documented.</summary>
    public bool UnknownFields { get; set; }

    /// <summary>Whether a created subscription is answered as a list, as the documentation says.</summary>
    public bool ListSubscriptionAnswer { get; set; }

    /// <summary>Whether bodies are cleaned when they are read back (HTML entities, line ends); the mailbox keeps what was sent.</summary>
    public bool SanitiseBodies { get; set; }

    /// <summary>Whether the feature "broadcasts" is on; off answers 404.</summary>
    public bool Broadcasts { get; set; } = true;

    /// <summary>Whether the feature "conversations" is on; off answers 404.</summary>
    public bool Conversations { get; set; } = true;

    /// <summary>Whether a message must name a study that exists.</summary>
    public bool CheckStudies { get; set; } = true;

    /// <summary>Whether a bulk message with unknown ids reaches the known ones (true) or nobody (false). The provider's behaviour is unknown.</summary>
    public bool PartialBulk { get; set; }

    /// <summary>Most recipients of a bulk message.</summary>
    public int BulkLimit { get; set; } = 4_000;

    /// <summary>Longest body in characters; 0 means no limit.</summary>
    public int BodyLimit { get; set; } = 10_000;

    /// <summary>The shape in which the Prolific side words its errors.</summary>
    public ProlificErrorShape ErrorShape { get; set; }

    /// <summary>The order in which the event log is answered.</summary>
    public SimEventOrder EventOrder { get; set; }

    /// <summary>Whether requests are logged. Benchmarks switch it off.</summary>
    public bool RequestLog { get; set; } = true;

    /// <summary>How many requests the log holds; the oldest are dropped.</summary>
    public int RequestLogCapacity { get; set; } = 200_000;

    /// <summary>Whether webhook targets with plain http on loopback are accepted; the provider demands https.</summary>
    public bool AllowHttpTargets { get; set; } = true;

    /// <summary>Whether seeded and created events are delivered to their loopback targets.</summary>
    public bool DeliverWebhooks { get; set; } = true;

    /// <summary>Name of the Open Humans project; one with any of <c>, : ; [ ] &lt; &gt; @ \</c> in it kills every mail of it.</summary>
    public string ProjectName { get; set; } = "Simulated project";

    /// <summary>How many of the seeded members have no mail address; they are spread over the list.</summary>
    public int WithoutAddress { get; set; }

    /// <summary>How many of the seeded members' addresses the mail server refuses; they are spread over the list.</summary>
    public int MailRefused { get; set; }

    /// <summary>The order of the list of members.</summary>
    public SimMemberOrder MemberOrder { get; set; }

    /// <summary>How many members of a page leave the project as soon as it was answered, while there are further pages.</summary>
    public int MembersLeave { get; set; }

    /// <summary>Whether Open Humans cannot reach its broker: sends wait for up to 30 seconds, then the connection is closed.</summary>
    public bool BrokerDown { get; set; }

    /// <summary>After how many mails of a job Open Humans' worker is killed; null for never.</summary>
    public int? WorkerStopsAfter { get; set; }

    /// <summary>Most rows of one answer, whatever is asked for, lists that know no pages included; 0 for as many as asked for.</summary>
    public int PageSize { get; set; }

    /// <summary>Whether lists tell how many entries there are in all.</summary>
    public SimListCounts ListCounts { get; set; }

    /// <summary>Whether lists link to their next page.</summary>
    public bool ListLinks { get; set; } = true;

    /// <summary>Whether every page is the first one, whatever <c>offset</c> or <c>page</c> says.</summary>
    public bool IgnoreOffset { get; set; }

    /// <summary>Whether lists differ from call to call though nothing has changed in them.</summary>
    public bool ChangingAnswers { get; set; }

    /// <summary>Whether participant groups do not tell how many people are in them.</summary>
    public bool NoParticipantCount { get; set; }

    /// <summary>Steady rate at which each token's calls are let through; the others are 429. Null for no limit.</summary>
    public SimRate? Rate { get; set; }

    /// <summary>How many calls may come at once within <see cref="Rate"/>; 0 for a second's worth, at least one.</summary>
    public int RateBurst { get; set; }

    /// <summary>Whether a call that is too fast is told how long to wait (<c>Retry-After</c>).</summary>
    public bool RateRetryAfter { get; set; } = true;

    /// <summary>By how much the services' clock is ahead of this machine's: their <c>Date</c> header and all their times.</summary>
    public TimeSpan ClockOffset { get; set; }

    /// <summary>Whether a created subscription is answered as a list of all there are, the new one last.</summary>
    public bool ListAllSubscriptionsAnswer { get; set; }

    /// <summary>Process whose end ends the program; 0 for none.</summary>
    public int ParentProcessId { get; set; }

    /// <summary>Whether the program ends when its standard input is closed.</summary>
    public bool ExitOnInputClosed { get; set; }

    /// <summary>The clock for time stamps, artificial waits and webhook retries.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;
}
