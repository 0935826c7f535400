using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace ParticipantMessaging.Infrastructure;

/// <summary>
/// Tells a runspace which properties of the output types <see cref="FileText"/> answers, when a cmdlet runs in it for the first time. A types
/// file of the manifest would say the same; reading one takes PowerShell longer than all else of an import that is ours (docs/performance.md).
/// </summary>
internal static class OutputTypeData
{
    private const BindingFlags Hidden = BindingFlags.Instance | BindingFlags.Static | BindingFlags.NonPublic;

    private static readonly ConditionalWeakTable<Runspace, object> Told = [];
    private static readonly ConditionalWeakTable<InitialSessionState, object> Kept = [];

    /// <summary>
    /// Tells the runspace of this thread, if it has not been told, and the process's others: what <c>ForEach-Object -Parallel</c> sends is put into
    /// a file by a runspace that may never have seen this module.
    /// </summary>
    public static void Tell()
    {
        if (Runspace.DefaultRunspace is not { } runspace || Told.TryGetValue(runspace, out _)) return;
        TypeData[] all = Describe();
        try
        {
            if (!TryTell(runspace, all)) TellPublicly(all);
            foreach (Runspace other in AllRunspaces())
            {
                bool isOpen = other.ConnectionInfo is null && other.RunspaceStateInfo.State == RunspaceState.Opened;
                if (isOpen && !Told.TryGetValue(other, out _) && TryTell(other, all)) Told.TryAdd(other, other);
            }
        }
        catch (Exception e) when (e is RuntimeException or TargetInvocationException or MemberAccessException or InvalidOperationException)
        {
            // A runspace without Update-TypeData, or another that closes just now: how a time is written is no reason for a cmdlet to fail.
        }

        Told.TryAdd(runspace, runspace);
    }

    /// <summary>The way that everybody has; it takes PowerShell as long as a types file does.</summary>
    /// <param name="all">What is said.</param>
    internal static void TellPublicly(TypeData[] all)
    {
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        shell.AddCommand(@"Microsoft.PowerShell.Utility\Update-TypeData").AddParameter("TypeData", all).AddParameter("Force").Invoke();
    }

    /// <summary>What is said.</summary>
    internal static TypeData[] Describe() =>
    [
        Of(nameof(MessageReceipt), FileText.SentAt),
        Of(nameof(ParticipantMessage), FileText.SentAt),
        Of(nameof(SentMessage), FileText.ClaimedAt, FileText.SettledAt, FileText.ClaimedServiceTime, FileText.SettledServiceTime, FileText.RepliedAt, FileText.ReplyTo),
        Of(nameof(MessageCampaign), FileText.First, FileText.Last),
        Of(nameof(MessageConversation), FileText.UpdatedAt),
        Of(nameof(MessageBroadcast), FileText.CreatedAt),
        Of(nameof(Participant), FileText.StartedAt, FileText.CompletedAt, FileText.JoinedAt),
        Of(nameof(BlockedParticipant), FileText.BlockedAt),
        Of(nameof(WebhookEvent), FileText.CreatedAt, FileText.UpdatedAt),
        Of(nameof(WebhookSignatureResult), FileText.Timestamp),
    ];

    private static TypeData Of(string type, params Func<PSObject, object?>[] properties)
    {
        var data = new TypeData($"{nameof(ParticipantMessaging)}.{type}") { IsOverride = true };
        foreach (Func<PSObject, object?> property in properties)
        {
            string name = property.Method.Name;
            data.Members.Add(name, new CodePropertyData(name, property.Method, null));
        }

        return data;
    }

    private static bool TryTell(Runspace runspace, TypeData[] all)
    {
        if (TableOf(runspace) is not { } table) return false;
        foreach (TypeData data in all) table.AddType(data);
        Keep(runspace.InitialSessionState, all);
        return true;
    }

    // The table of a runspace is nobody's business but PowerShell's. Where a version keeps it elsewhere, there is the public way.
    private static TypeTable? TableOf(Runspace runspace)
    {
        object? context = typeof(Runspace).GetProperty("ExecutionContext", Hidden)?.GetValue(runspace);
        return context?.GetType().GetProperty("TypeTable", Hidden)?.GetValue(context) as TypeTable;
    }

    private static IReadOnlyList<Runspace> AllRunspaces()
        => typeof(Runspace).GetProperty("RunspaceList", Hidden)?.GetValue(null) as IReadOnlyList<Runspace> ?? [];

    // As Update-TypeData does: when another module with a types file is removed, PowerShell fills its table anew from here.
    private static void Keep(InitialSessionState? state, TypeData[] all)
    {
        if (state is null || !Kept.TryAdd(state, state)) return;
        foreach (TypeData data in all) state.Types.Add(new SessionStateTypeEntry(data, isRemove: false));
    }
}
