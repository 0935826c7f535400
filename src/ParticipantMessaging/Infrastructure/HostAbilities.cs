using System.Management.Automation;

namespace ParticipantMessaging.Infrastructure;

/// <summary>Whether somebody can be asked.</summary>
internal static class HostAbilities
{
    /// <summary>True where a prompt would fail or wait for ever: -NonInteractive, runbooks, jobs, no terminal.</summary>
    public static bool CannotAsk(PSCmdlet cmdlet)
    {
        if (!Environment.UserInteractive) return true;

        // Azure Automation, thread jobs and remote sessions have their own hosts, which refuse by throwing; -NonInteractive is only
        // visible on the command line, where PowerShell accepts any unambiguous beginning of it.
        foreach (string argument in Environment.GetCommandLineArgs().Skip(1))
        {
            if (argument.Length < 5 || argument[0] is not ('-' or '/')) continue;
            string name = argument.TrimStart('-', '/');
            if (name.Length >= 4 && "NonInteractive".StartsWith(name, StringComparison.OrdinalIgnoreCase)) return true;
        }

        // Without a terminal the console's prompt waits for a line that never comes, or fails in its own way at the end of the input.
        if (string.Equals(cmdlet.Host?.Name, "ConsoleHost", StringComparison.Ordinal) && Console.IsInputRedirected) return true;
        return cmdlet.Host?.UI is null;
    }

    /// <summary>Whether <c>ShouldProcess</c> only shows: <c>-WhatIf</c>, or the preference.</summary>
    public static bool IsWhatIf(PSCmdlet cmdlet)
        => IsOn(cmdlet, "WhatIf") ?? LanguagePrimitives.IsTrue(cmdlet.GetVariableValue("WhatIfPreference", false));

    /// <summary>Whether verbose texts are shown or kept: <c>-Verbose</c>, or the preference.</summary>
    public static bool IsVerbose(PSCmdlet cmdlet)
        => IsOn(cmdlet, "Verbose") ?? !string.Equals(cmdlet.GetVariableValue("VerbosePreference", "")?.ToString(), nameof(ActionPreference.SilentlyContinue), StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether <c>ShouldProcess</c> would ask now: the engine's own rule.</summary>
    public static bool WouldAsk(PSCmdlet cmdlet)
    {
        if (IsWhatIf(cmdlet)) return false;
        if (IsOn(cmdlet, "Confirm") is { } asked) return asked;
        if (cmdlet.GetType().GetCustomAttributes(typeof(CmdletAttribute), false) is not [CmdletAttribute { SupportsShouldProcess: true } attribute]) return false;
        if (!LanguagePrimitives.TryConvertTo(cmdlet.GetVariableValue("ConfirmPreference", ConfirmImpact.High), out ConfirmImpact preference)) preference = ConfirmImpact.High;
        return preference != ConfirmImpact.None && attribute.ConfirmImpact >= preference;
    }

    /// <summary>Whether <c>-Confirm:$false</c> was given to this very command: consent that a preference or a profile does not give.</summary>
    public static bool HasConsented(PSCmdlet cmdlet) => IsOn(cmdlet, "Confirm") is false;

    /// <summary>The error in place of a prompt.</summary>
    /// <param name="how">What takes the place of the answer, such as <c>-Force</c>.</param>
    /// <param name="cause">The host's own exception.</param>
    public static MessagingException ConfirmationRequired(string how, Exception? cause = null) => new(
        MessagingErrorReason.ConfirmationRequired,
        "This needs a confirmation, and this host cannot ask for one.",
        $"Look at what -WhatIf shows, then run it again with {how}.",
        cause);

    private static bool? IsOn(PSCmdlet cmdlet, string name)
        => cmdlet.MyInvocation.BoundParameters.TryGetValue(name, out object? value) ? LanguagePrimitives.IsTrue(value) : null;
}
