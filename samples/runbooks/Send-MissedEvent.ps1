<#
.SYNOPSIS
    Lets the events of the last day be replayed: those that did not reach your function are posted to it, signed, oldest first.
.DESCRIPTION
    Prolific tries to deliver an event for about a day and then gives up, and it has no button to try again. Its log still holds the events.
    The function must know an event by its X-Event-ID, as for any webhook: replaying one that arrived after all does no harm then.
    The token: the credential asset of -CredentialName in Azure Automation; elsewhere $env:PROLIFIC_TOKEN (and $env:PROLIFIC_URL), or the
    default account.
#>
param(
    # Your function: https, or plain http on this computer.
    [Parameter(Mandatory)]
    [uri] $Uri,

    # How far back: 1d, 12h, or a date.
    [string] $Since = '1d',

    [string[]] $Status = 'FAILED',

    # One subscription; all of the account when it is not given.
    [string] $SubscriptionId,

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

$which = @{ Since = $Since; Status = $Status }
if ($SubscriptionId) { $which.SubscriptionId = $SubscriptionId }

# The log is not in order, and the order matters to a function that keeps the latest status.
$missed = @(Get-WebhookEvent @which @prolific | Sort-Object CreatedAt)
if ($missed.Count -eq 0) {
    Write-Output 'No event was missed.'
    return
}

$results = @($missed | Send-WebhookEvent -Uri $Uri @prolific -ErrorAction Continue)
$results | Format-Table EventId, EventType, HttpStatus, Ok, Error
Write-Output "$(@($results | Where-Object Ok).Count) of $($missed.Count) events were taken."
if ($results.Ok -contains $false -or $results.Count -lt $missed.Count) { throw 'Some events were not taken; run this again when the function is mended.' }
