#requires -Version 7.4
<#
.SYNOPSIS
    The session that Demo.ps1 shows: each command is printed, then run as it stands.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $ModuleFolder,
    [Parameter(Mandatory)] [string] $BaseUri
)

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
Set-Location (Split-Path $PSScriptRoot)
Import-Module (Join-Path $ModuleFolder 'ParticipantMessaging.psd1')

# The simulator's tokens are no secret. Yours: Read-Host -AsSecureString, or a vault.
$prolificToken = ConvertTo-SecureString 'sim-prolific-token' -AsPlainText -Force
$openHumansToken = ConvertTo-SecureString 'simOpenHumansMasterToken'.PadRight(64, '0') -AsPlainText -Force

function Show([string] $Command) {
    Write-Host "PS> $Command" -ForegroundColor Cyan
    # Dot-sourced, so that variables stay, and formatted at once, so that every command gets a table of its own.
    . ([scriptblock]::Create($Command)) | Out-Default
}

# On Windows a process cannot be given another user folder: there the demo does without a vault and tidies its ledger entries up.
$withVault = -not $IsWindows
foreach ($module in 'Microsoft.PowerShell.SecretManagement', 'Microsoft.PowerShell.SecretStore') {
    $withVault = $withVault -and [bool](Get-Module $module -ListAvailable)
}

Write-Host "The simulator stands in for both services at $BaseUri; nobody real is messaged.`n"
if ($withVault) {
    $throwAway = ConvertTo-SecureString 'throw-away' -AsPlainText -Force
    Set-SecretStoreConfiguration -Scope CurrentUser -Authentication None -Interaction None -Password $throwAway -Confirm:$false
    Register-SecretVault -Name Demo -ModuleName Microsoft.PowerShell.SecretStore -DefaultVault

    Show "Register-MessagingAccount prolific -Provider Prolific -Token `$prolificToken -BaseUri $BaseUri -Default"
    Show "Register-MessagingAccount openhumans -Provider OpenHumans -Token `$openHumansToken -BaseUri $BaseUri"
    Show 'Get-MessagingAccount'
    Show "Import-Csv samples/participants.csv | Send-ParticipantMessage -Campaign 'wave 2' | Tee-Object -Variable receipts"
    Show 'Get-UnreadMessage'
    Show 'Get-WebhookEvent'
    Show "Import-Csv samples/participants.csv | Send-ParticipantMessage -Campaign 'wave 2' | Group-Object Status -NoElement"
}
else {
    Write-Host "Without a SecretManagement vault the tokens are given directly.`n"
    Show "`$prolific = @{ Provider = 'Prolific'; Token = `$prolificToken; BaseUri = '$BaseUri' }"
    Show "`$openhumans = @{ Provider = 'OpenHumans'; Token = `$openHumansToken; BaseUri = '$BaseUri' }"
    Show "`$rows = Import-Csv samples/participants.csv"
    Show "`$rows | Where-Object Account -eq prolific | Send-ParticipantMessage @prolific -Campaign 'wave 2' | Tee-Object -Variable receipts"
    Show "`$rows | Where-Object Account -eq openhumans | Send-ParticipantMessage @openhumans -Campaign 'wave 2' | Tee-Object -Variable more"
    $receipts = @($receipts) + @($more)
    Show 'Get-UnreadMessage @prolific'
    Show 'Get-WebhookEvent @prolific'
    if ($IsWindows) { Clear-SentMessage -Campaign 'wave 2' -Confirm:$false }
}

$notSent = @($receipts | Where-Object Status -notin 'Sent', 'Queued')
exit ([int](@($receipts).Count -eq 0 -or $notSent.Count -gt 0))
