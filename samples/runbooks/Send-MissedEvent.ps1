<#
.SYNOPSIS
    Lets the events of the last day be replayed: those that did not reach your function are posted to it, signed, oldest first.
.DESCRIPTION
    Prolific tries to deliver an event for about a day and then gives up, and it has no button to try again. Its log still holds the events,
    and goes on calling them FAILED after they were replayed. So what your function has taken is remembered, and is not posted again when
    this runs the next time: in Azure Automation in the variable asset of -VariableName (make an empty text once; a sandbox keeps no
    files), elsewhere under the name of -Checkpoint in the user's data folder.
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

    [string] $Checkpoint = 'missed-events',

    [string] $VariableName = 'ReplayedEvents',

    [string] $CredentialName = 'Prolific'
)

$ErrorActionPreference = 'Stop'
Import-Module ParticipantMessaging

$inAzure = [bool](Get-Command Get-AutomationPSCredential -ErrorAction Ignore)
$prolific = if ($inAzure) {
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
$inLog = @($missed.Id)
$memory = @{}
if ($inAzure) {
    $replayed = @("$(Get-AutomationVariable -Name $VariableName)" -split ' ' -ne '')
    $missed = @($missed | Where-Object Id -notin $replayed)
}
else { $memory.Checkpoint = $Checkpoint }
if ($missed.Count -eq 0) {
    Write-Output 'No event was missed.'
    return
}

$results = @($missed | Send-WebhookEvent -Uri $Uri @memory @prolific -ErrorAction Continue -ErrorVariable problems)
if ($inAzure) {
    # Only what the log still shows is worth remembering: so the variable stays small.
    $replayed = @($replayed) + @($results | Where-Object Ok | ForEach-Object EventId)
    Set-AutomationVariable -Name $VariableName -Value (@($replayed | Where-Object { $_ -in $inLog }) -join ' ')
}

$results | Format-Table EventId, EventType, HttpStatus, Ok, Error
$failed = @($results | Where-Object { -not $_.Ok }).Count
$before = $missed.Count - $results.Count - ($problems.Count - $failed)
Write-Output "$($results.Count - $failed) of $($missed.Count - $before) events were taken$(if ($before -gt 0) { "; $before were in an earlier run" })."
if ($problems.Count -gt 0) { throw 'Some events were not taken; run this again when the function is mended.' }
