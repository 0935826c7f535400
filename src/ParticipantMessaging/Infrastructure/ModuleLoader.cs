using System.Management.Automation;
using System.Reflection;
using System.Runtime.Loader;

namespace ParticipantMessaging.Infrastructure;

/// <summary>
/// Runs when the module is imported. The cmdlets live in the default load context, as PowerShell wants it; Core and what it needs
/// are in <c>lib/</c> and live in a context of their own, so that other modules' versions of SQLite, Npgsql or Polly and ours do not
/// meet. The bridge is one handler: whoever asks the default context for Core gets it from there.
/// Importing again is harmless: everything here happens once per process, and stays, because what was loaded stays too.
/// </summary>
public sealed class ModuleLoader : IModuleAssemblyInitializer
{
    private const string CoreName = "ParticipantMessaging.Core";
    private static readonly object Lock = new();
    private static bool _bridged;
    private static bool _named;

    /// <inheritdoc/>
    public void OnImport()
    {
        lock (Lock)
        {
            if (!_bridged)
            {
                string folder = Path.GetDirectoryName(typeof(ModuleLoader).Assembly.Location) ?? "";
                string library = Path.Combine(folder, "lib");
                if (Directory.Exists(library)) AssemblyLoadContext.Default.Resolving += new Bridge(library).Resolve;
                _bridged = true;
            }

            if (_named) return;
            NameOutputTypes();
            UseCmdletNames();
            _named = true;
        }
    }

    /// <summary>What is public in Core's first namespace.</summary>
    internal static Type[] NamedTypes =>
    [
        typeof(AdditionalFields),
        typeof(BlockedParticipant),
        typeof(CallEffect),
        typeof(Job),
        typeof(JsonValues),
        typeof(MessageBroadcast),
        typeof(MessageCampaign),
        typeof(MessageConversation),
        typeof(MessageDirection),
        typeof(MessageLedger),
        typeof(MessagePreview),
        typeof(MessageReceipt),
        typeof(MessageStatus),
        typeof(MessagingAccount),
        typeof(MessagingAccountTest),
        typeof(MessagingErrorReason),
        typeof(MessagingException),
        typeof(MessagingProvider),
        typeof(Participant),
        typeof(ParticipantGroup),
        typeof(ParticipantMessage),
        typeof(SentMessage),
        typeof(ShownText),
        typeof(WebhookDelivery),
        typeof(WebhookEvent),
        typeof(WebhookEventType),
        typeof(WebhookPayload),
        typeof(WebhookSecret),
        typeof(WebhookSignatureResult),
        typeof(WebhookSubscription),
        typeof(Wording),
    ];

    /// <summary>
    /// PowerShell looks type names up in the default context only. The accelerators let <c>[ParticipantMessaging.MessageReceipt]</c>
    /// and <c>[OutputType]</c> completion find the output types (about_Classes describes the same way for exported classes).
    /// </summary>
    private static void NameOutputTypes()
    {
        // Plainly, without a query, and of a list: whatever is compiled or loaded here is waited for at every import.
        if (typeof(PSObject).Assembly.GetType("System.Management.Automation.TypeAccelerators")?.GetMethod("Add", [typeof(string), typeof(Type)]) is not { } method) return;
        Action<string, Type> add = method.CreateDelegate<Action<string, Type>>();
        foreach (Type type in NamedTypes)
        {
            try
            {
                add(type.FullName!, type);
            }
            catch (ArgumentException)
            {
                // Somebody has given that name to another type; theirs stays, ours is reachable through objects only.
            }
        }
    }

    // A method of its own: the library can be found only now.
    private static void UseCmdletNames() => Wording.Use(CmdletNames.OfOption, CmdletNames.OfJob);

    /// <summary>The handler on the default context.</summary>
    private sealed class Bridge(string library)
    {
        private readonly LibraryContext _context = new(library);

        public Assembly? Resolve(AssemblyLoadContext context, AssemblyName name)
            => string.Equals(name.Name, CoreName, StringComparison.OrdinalIgnoreCase) ? _context.LoadFromAssemblyName(name) : null;
    }
}
