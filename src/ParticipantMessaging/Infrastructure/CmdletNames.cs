namespace ParticipantMessaging.Infrastructure;

/// <summary>The names under which the cmdlets offer what Core's texts speak of.</summary>
internal static class CmdletNames
{
    public static string OfOption(string name) => "-" + name;

    public static string OfJob(Job job, string about) => job switch
    {
        Job.ListAccounts => "Get-MessagingAccount",
        Job.StoreToken => "with Register-MessagingAccount -Force (or give it with -Token)",
        Job.SettleUnknown => "Resolve-SentMessage",
        Job.FindUnknown => "Get-SentMessage -Status Unknown | Resolve-SentMessage",
        Job.SettleByHand => "with Resolve-SentMessage -As Sent or -As Failed",
        Job.ListSent => "Get-SentMessage",
        Job.ListPeople => "Get-Participant",
        Job.ReadHistory => "Get-ParticipantMessage",
        Job.SendToGroupMembers => $"Get-Participant -GroupId {about} | Send-ParticipantMessage",
        Job.SendToProjectMembers => $"Get-Participant -Account '{about}' | Send-ParticipantMessage",
        Job.ListBlocks => "Get-BlockedParticipant",
        Job.LiftBlock => "Unblock-Participant",
        Job.ShowAllTexts => "-WhatIf",
        _ => throw new ArgumentOutOfRangeException(nameof(job)),
    };
}
