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
if ([Console]::IsOutputRedirected) { $PSStyle.OutputRendering = 'PlainText' }
Set-Location (Split-Path $PSScriptRoot)
Import-Module (Join-Path $ModuleFolder 'ParticipantMessaging.psd1')

# The simulator's tokens are no secret. Yours: Read-Host -AsSecureString, or a vault.
$prolificToken = ConvertTo-SecureString 'sim-prolific-token' -AsPlainText -Force
$openHumansToken = ConvertTo-SecureString 'simOpenHumansMasterToken'.PadRight(64, '0') -AsPlainText -Force

$receipts = $more = @()

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

    $commands = @(
        "Register-MessagingAccount prolific -Provider Prolific -Token `$prolificToken -BaseUri $BaseUri -Default"
        "Register-MessagingAccount openhumans -Provider OpenHumans -Token `$openHumansToken -BaseUri $BaseUri"
        'Get-MessagingAccount'
        "Import-Csv samples/participants.csv | Send-ParticipantMessage -Campaign 'wave 2' | Tee-Object -Variable receipts"
        'Get-UnreadMessage'
        'Get-WebhookEvent'
        "Import-Csv samples/participants.csv | Send-ParticipantMessage -Campaign 'wave 2' | Group-Object Status -NoElement"
    )
}
else {
    Write-Host "Without a SecretManagement vault the tokens are given directly.`n"
    $commands = @(
        "`$prolific = @{ Provider = 'Prolific'; Token = `$prolificToken; BaseUri = '$BaseUri' }"
        "`$openhumans = @{ Provider = 'OpenHumans'; Token = `$openHumansToken; BaseUri = '$BaseUri' }"
        '$rows = Import-Csv samples/participants.csv'
        "`$rows | Where-Object Account -eq prolific | Send-ParticipantMessage @prolific -Campaign 'wave 2' | Tee-Object -Variable receipts"
        "`$rows | Where-Object Account -eq openhumans | Send-ParticipantMessage @openhumans -Campaign 'wave 2' | Tee-Object -Variable more"
        'Get-UnreadMessage @prolific'
        'Get-WebhookEvent @prolific'
    )
}

foreach ($command in $commands) {
    Write-Host "PS> $command" -ForegroundColor Cyan
    # Dot-sourced, so that variables stay, and formatted at once, so that every command gets a table of its own.
    . ([scriptblock]::Create($command)) | Out-Default
}

if ($IsWindows) { Clear-SentMessage -Campaign 'wave 2' -Confirm:$false }
$receipts = @($receipts) + @($more)
$notSent = @($receipts | Where-Object Status -notin 'Sent', 'Queued')
exit ([int](@($receipts).Count -eq 0 -or $notSent.Count -gt 0))
