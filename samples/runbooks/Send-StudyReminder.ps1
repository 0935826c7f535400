<#
.SYNOPSIS
    On a schedule: reminds those who began a study and have not finished it. The ledger is in PostgreSQL.
.DESCRIPTION
    A sandbox starts with an empty disk, and an interrupted runbook starts again from the top. So the ledger must lie outside: whoever has
    the reminder is Skipped, however often this runs, and on however many workers at once.
    The ledger: the Automation variable LedgerConnection and the credential asset Ledger (its password), or -LedgerConnection. It is chosen
    for this session alone, so that a run by hand changes nothing of yours; no vault is needed.
    The token: the credential asset of -CredentialName; elsewhere $env:PROLIFIC_TOKEN (and $env:PROLIFIC_URL), or the default account.
#>
param(
    [Parameter(Mandatory)]
    [string] $StudyId,

    # So long after they began; 1d, 12h, 90m ...
    [ValidatePattern('^\d+[dhm]$')]
    [string] $After = '1d',

    [string] $Body = 'You began our study and have not finished it yet. It stays open for you; thank you!',

    [string] $Campaign = "reminder $StudyId",

    # Such as 'Host=lab.postgres.database.azure.com;Database=ledger;Username=runbook;SSL Mode=VerifyFull'.
    [string] $LedgerConnection,

    [string] $CredentialName = 'Prolific'
)

$ErrorActionPreference = 'Stop'
Import-Module ParticipantMessaging

$isAzure = [bool](Get-Command Get-AutomationPSCredential -ErrorAction Ignore)
$prolific = if ($isAzure) {
    @{ Provider = 'Prolific'; Token = (Get-AutomationPSCredential -Name $CredentialName).Password }
}
elseif ($env:PROLIFIC_TOKEN) {
    @{ Provider = 'Prolific'; Token = ConvertTo-SecureString $env:PROLIFIC_TOKEN -AsPlainText -Force }
}
else { @{} }
if ($prolific.Token -and $env:PROLIFIC_URL) { $prolific.BaseUri = [uri]$env:PROLIFIC_URL }

if (-not $LedgerConnection -and $isAzure) { $LedgerConnection = Get-AutomationVariable -Name LedgerConnection }
if (-not $LedgerConnection) { throw 'Name the ledger with -LedgerConnection, or in the Automation variable LedgerConnection.' }
$ledger = @{ ConnectionString = $LedgerConnection; Scope = 'Session' }
if ($isAzure) { $ledger.Password = (Get-AutomationPSCredential -Name Ledger).Password }
Set-MessageLedger @ledger

# What an interrupted run left open is looked up in the conversations first; only what is not there is sent again. Of whom it cannot be told
# stays Unknown for a person to look at (the error names them), and is no reason to remind nobody else.
Get-SentMessage -Campaign $Campaign -Status Unknown | Resolve-SentMessage @prolific -ErrorAction Continue | Format-Table ParticipantId, Status

$units = @{ d = 'Days'; h = 'Hours'; m = 'Minutes' }
$length = [timespan]::"From$($units["$($After[-1])"])"([double]$After.Substring(0, $After.Length - 1))
$before = [DateTimeOffset]::UtcNow - $length
$late = @(Get-Participant -StudyId $StudyId -Status ACTIVE @prolific | Where-Object { $_.StartedAt -and $_.StartedAt -lt $before })
if ($late.Count -eq 0) {
    Write-Output 'Nobody is to be reminded.'
    return
}

$receipts = @($late | Send-ParticipantMessage -Body $Body -Campaign $Campaign -SkipInvalid @prolific -ErrorAction Continue)
$receipts | Group-Object Status -NoElement | Format-Table Name, Count
$failed = @($receipts | Where-Object Status -eq Failed)
$open = @($receipts | Where-Object Status -eq Unknown)
@($failed; $open) | Format-Table ParticipantId, Status, Reason
if ($failed -or $open) { throw "Of $($receipts.Count) reminders $($failed.Count) were not sent, and of $($open.Count) it is not known whether they arrived." }
