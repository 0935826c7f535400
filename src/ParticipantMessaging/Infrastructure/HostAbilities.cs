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

        return cmdlet.Host?.UI is null;
    }

    /// <summary>The error in place of a prompt.</summary>
    public static MessagingException ConfirmationRequired(Exception? cause = null) => new(
        MessagingErrorReason.ConfirmationRequired,
        "This needs a confirmation, and this host cannot ask for one.",
        "Look at what -WhatIf shows, then run it again with -Force.",
        cause);
}
