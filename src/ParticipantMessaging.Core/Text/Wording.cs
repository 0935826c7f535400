using ParticipantMessaging.Ledger;

namespace ParticipantMessaging;

/// <summary>
/// What texts for people call the options and jobs of this library. Core names them by what they are; whoever offers them under names of its
/// own (the cmdlets: <c>-BatchSize</c>, <c>Resolve-SentMessage</c>) puts these in, once and before the first call.
/// </summary>
public static class Wording
{
    private static Func<string, string> _options = static name => $"the option {name}";
    private static Func<Job, string, string> _jobs = Plain;

    /// <summary>Puts a caller's own names in, for the whole process.</summary>
    /// <param name="options">The name of an option, by its name here.</param>
    /// <param name="jobs">What does a job, by the job and the name or id that it is about (mostly empty).</param>
    public static void Use(Func<string, string> options, Func<Job, string, string> jobs)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(jobs);
        (_options, _jobs) = (options, jobs);
    }

    internal static string Option(string name) => _options(name);

    internal static string By(Job job, string about = "") => _jobs(job, about);

    /// <summary>The same at the beginning of a sentence.</summary>
    internal static string Begin(Job job, string about = "")
    {
        string text = By(job, about);
        return text.Length == 0 ? "" : char.ToUpperInvariant(text[0]) + text[1..];
    }

    private static string Plain(Job job, string about) => job switch
    {
        Job.ListAccounts => "the account store",
        Job.TryAccount => "the check of accounts",
        Job.RegisterAccount => "save it in the account store",
        Job.ReplaceAccount => "save it over the old one",
        Job.ChangeAccount => "an update",
        Job.ChooseDefault => "save it as the default",
        Job.StoreToken => "in the account",
        Job.SettleUnknown or Job.FindUnknown => "the resolver of unknown messages",
        Job.SettleByHand => "by hand, as Sent or as Failed",
        Job.ListSent => "the list of sent messages",
        Job.ClearEntries => "clearing the ledger",
        Job.NameCampaign => $"the campaign {CampaignName.Describe(about)}",
        Job.ChooseLedger => about.Length == 0 ? "the ledger's settings" : $"the {about} of the ledger's settings",
        Job.ShowLedger => "see the ledger's settings",
        Job.ListPeople => "the list of participants",
        Job.ReadHistory => "the history of messages",
        Job.SendToGroupMembers => $"send to the members of the group {about}",
        Job.SendToProjectMembers => about.Length == 0 ? "send to the members of the project" : $"send to the members of the project of '{about}'",
        Job.ListBlocks => "the list of blocked people",
        Job.LiftBlock => "lifting it",
        Job.ShowAllTexts => "the whole summary",
        Job.ShowSecret => "the list of webhook secrets",
        Job.DiagnoseSignature => "the verifier's diagnosis",
        Job.GiveEvents => "give the JSON text of one event",
        Job.Filter => $"by {about}",
        Job.ShowCause => "the inner exception",
        Job.Update => "the package ParticipantMessaging",
        _ => throw new ArgumentOutOfRangeException(nameof(job)),
    };
}

/// <summary>What a text sends its reader to.</summary>
public enum Job
{
    /// <summary>Shows the accounts and their addresses.</summary>
    ListAccounts,

    /// <summary>Tries an account's token.</summary>
    TryAccount,

    /// <summary>Registers an account.</summary>
    RegisterAccount,

    /// <summary>Registers an account in place of the one of its name.</summary>
    ReplaceAccount,

    /// <summary>Changes an account.</summary>
    ChangeAccount,

    /// <summary>Makes an account the default.</summary>
    ChooseDefault,

    /// <summary>Gives an account another token.</summary>
    StoreToken,

    /// <summary>Settles messages whose outcome is not known, by looking.</summary>
    SettleUnknown,

    /// <summary>Finds those messages and settles them.</summary>
    FindUnknown,

    /// <summary>Settles a message without looking.</summary>
    SettleByHand,

    /// <summary>Shows what was sent.</summary>
    ListSent,

    /// <summary>Removes old entries of the ledger.</summary>
    ClearEntries,

    /// <summary>Gives the name of a campaign as the ledger has it, however it can be typed.</summary>
    NameCampaign,

    /// <summary>Chooses which ledger is used; about the setting that says it, such as its path.</summary>
    ChooseLedger,

    /// <summary>Shows which ledger is used.</summary>
    ShowLedger,

    /// <summary>Shows the people of a study, group or project.</summary>
    ListPeople,

    /// <summary>Shows what was exchanged with a person.</summary>
    ReadHistory,

    /// <summary>Sends to the members of a group one by one.</summary>
    SendToGroupMembers,

    /// <summary>Sends to the members of an account's project one by one.</summary>
    SendToProjectMembers,

    /// <summary>Shows who is blocked.</summary>
    ListBlocks,

    /// <summary>Lifts a block.</summary>
    LiftBlock,

    /// <summary>Shows every text before it is sent.</summary>
    ShowAllTexts,

    /// <summary>Shows the secret of a webhook.</summary>
    ShowSecret,

    /// <summary>Finds out why a signature does not match.</summary>
    DiagnoseSignature,

    /// <summary>Says in what form events are given.</summary>
    GiveEvents,

    /// <summary>Leaves out by a property of what was read.</summary>
    Filter,

    /// <summary>Shows what caused an error.</summary>
    ShowCause,

    /// <summary>Brings a newer version of this library.</summary>
    Update,
}
