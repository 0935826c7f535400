<#
.SYNOPSIS
    Started by Prolific's webhook: verifies the event, and messages the participant when the submission has the wanted status.
.DESCRIPTION
    Subscribe the Automation webhook of this runbook once:
        New-WebhookSubscription submission.status.change 'https://....webhook.we.azure-automation.net/webhooks?token=...'
    Prolific delivers an event at least once and in no certain order; with -Campaign nobody is messaged twice for it. Keep the ledger outside
    of the sandbox (see Send-StudyReminder.ps1), or that promise ends with the sandbox.
    The token: the credential asset of -CredentialName in Azure Automation; elsewhere $env:PROLIFIC_TOKEN (and $env:PROLIFIC_URL), or the
    default account. The signing secret is asked for at Prolific, so that a replaced one needs no change here.
#>
param(
    # As Azure Automation hands it over, in any of its forms.
    [Parameter(Mandatory)]
    [object] $WebhookData,

    # The study that the message is about: an event of a submission does not say it.
    [Parameter(Mandatory)]
    [string] $StudyId,

    [string] $ResourceStatus = 'AWAITING REVIEW',

    [string] $Body = 'Thank you for taking part! We look at your submission within two days.',

    [string] $Campaign = "thanks $StudyId",

    [string] $CredentialName = 'Prolific'
)

$ErrorActionPreference = 'Stop'
Import-Module ParticipantMessaging

$prolific = if (Get-Command Get-AutomationPSCredential -ErrorAction Ignore) {
    @{ Provider = 'Prolific'; Token = (Get-AutomationPSCredential -Name $CredentialName).Password }
}
elseif ($env:PROLIFIC_TOKEN) {
    @{ Provider = 'Prolific'; Token = ConvertTo-SecureString $env:PROLIFIC_TOKEN -AsPlainText -Force }
}
else { @{} }
if ($prolific.Token -and $env:PROLIFIC_URL) { $prolific.BaseUri = [uri]$env:PROLIFIC_URL }

# Whoever knows the address of the webhook can start this runbook. Only what Prolific signed goes on.
$received = $WebhookData | ConvertFrom-WebhookRequest @prolific

# Statuses are spelled with blanks, underscores or hyphens, depending on their age.
$status = $received.ResourceStatus -replace '[_-]', ' '
if ($received.EventType -ne 'submission.status.change' -or $status -ne ($ResourceStatus -replace '[_-]', ' ')) {
    Write-Output "Event $($received.Id): $($received.EventType) $($received.ResourceStatus) needs no message."
    return
}

# A receipt for the job's output; when it could not be sent, the job fails and says why.
$receipt = $received | Send-ParticipantMessage -StudyId $StudyId -Body $Body -Campaign $Campaign @prolific -ErrorAction Continue
$receipt | Format-List ParticipantId, StudyId, Status, Reason
if ($receipt.Status -notin 'Sent', 'Skipped') { throw "The message for event $($received.Id) is $($receipt.Status): $($receipt.Reason)" }
