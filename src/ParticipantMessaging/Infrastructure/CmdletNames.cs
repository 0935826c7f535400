using System.Globalization;
using System.Text;
using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Infrastructure;

/// <summary>The names under which the cmdlets offer what Core's texts speak of.</summary>
internal static class CmdletNames
{
    // Whatever is there and may be replaced: PowerShell has one word for that.
    public static string OfOption(string name) => name == "Overwrite" ? "-Force" : "-" + name;

    public static string OfJob(Job job, string about) => job switch
    {
        Job.ListAccounts => "Get-MessagingAccount",
        Job.TryAccount => "Test-MessagingAccount",
        Job.RegisterAccount => "Register-MessagingAccount -Name <name> -Provider Prolific -Token (Read-Host -AsSecureString)",
        Job.ReplaceAccount => "Register-MessagingAccount -Force",
        Job.ChangeAccount => "Set-MessagingAccount",
        Job.ChooseDefault => "Set-MessagingAccount <name> -Default",
        Job.StoreToken => "with Register-MessagingAccount -Force (or give it with -Token)",
        Job.SettleUnknown => "Resolve-SentMessage",
        Job.FindUnknown => "Get-SentMessage -Status Unknown | Resolve-SentMessage",
        Job.SettleByHand => "with Resolve-SentMessage -As Sent or -As Failed",
        Job.ListSent => "Get-SentMessage",
        Job.ClearEntries => "Clear-SentMessage",
        Job.NameCampaign => Typed(about),
        Job.ChooseLedger => about.Length == 0 ? "Set-MessageLedger" : $"Set-MessageLedger -{about}",
        Job.ShowLedger => "Get-MessageLedger",
        Job.ListPeople => "Get-Participant",
        Job.ReadHistory => "Get-ParticipantMessage",
        Job.SendToGroupMembers => $"Get-Participant -GroupId {about} | Send-ParticipantMessage",
        Job.SendToProjectMembers => $"Get-Participant {(about.Length == 0 ? "-Provider OpenHumans -Token $token" : $"-Account {Completion.Quote(about)}")} | Send-ParticipantMessage",
        Job.ListBlocks => "Get-BlockedParticipant",
        Job.LiftBlock => "Unblock-Participant",
        Job.ShowAllTexts => "-WhatIf",
        Job.ShowSecret => "Get-WebhookSecret",
        Job.DiagnoseSignature => "Test-WebhookSignature -Detailed",
        Job.GiveEvents => "pipe events of Get-WebhookEvent, or the JSON text of one event per string (Get-Content -Raw)",
        Job.Filter => $"with Where-Object {about}",
        Job.ShowCause => "$Error[0].Exception.InnerException",
        Job.Update => "Update-PSResource ParticipantMessaging",
        _ => throw new ArgumentOutOfRangeException(nameof(job)),
    };

    // What nobody sees, and what an error would be shown without, as an escape of PowerShell.
    private static string Typed(string name)
    {
        bool isPlain = !name.Contains("  ", StringComparison.Ordinal) && !name.EnumerateRunes().Any(CampaignName.IsOdd);
        if (isPlain) return Completion.Quote(name);
        var typed = new StringBuilder("\"");
        bool isAfterBlank = false;
        foreach (Rune rune in name.EnumerateRunes())
        {
            bool isBlank = rune.Value == ' ';
            if (CampaignName.IsOdd(rune) || (isBlank && isAfterBlank)) typed.Append(CultureInfo.InvariantCulture, $"`u{{{rune.Value:X2}}}");
            else typed.Append(rune.Value is '"' or '$' or '`' or '\u201C' or '\u201D' or '\u201E' ? "`" : "").Append(rune.ToString());
            isAfterBlank = isBlank;
        }

        return typed.Append('"').ToString();
    }
}
