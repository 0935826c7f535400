#requires -Version 7.4
#requires -Modules ParticipantMessaging
<#
.SYNOPSIS
    Sends a campaign from a CSV file, and writes the rows that failed into another one.
.DESCRIPTION
    The file has a column with the participant's id (participant_id, Prolific ID, project_member_id, ...; -IdColumn names any other). Columns Account, study_id,
    Subject and Message are taken from the row when they are there. The same command may be run again at any time: nobody gets the
    campaign's message twice.
.PARAMETER Path
    The CSV file.
.PARAMETER Campaign
    Name of the campaign. The ledger remembers who has its message.
.PARAMETER BodyPath
    A file with the text, when the rows have no column Message. {{ first_name }} takes the column of that name.
.PARAMETER StudyId
    The Prolific study, when the rows have no column study_id.
.PARAMETER IdColumn
    The column that names the person, when it has a name of its own.
.PARAMETER TestTo
    Your own id: checks the list and sends its first text to you alone.
.PARAMETER UnsentPath
    Where the rows go that failed, with the reason, ready to be sent again.
.EXAMPLE
    ./Send-Campaign.ps1 -Path participants.csv -Campaign 'wave 2' -WhatIf
    Shows every text and sends nothing.
.EXAMPLE
    ./Send-Campaign.ps1 -Path participants.csv -Campaign 'wave 2'
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [string] $Path,
    [Parameter(Mandatory)] [string] $Campaign,
    [string] $BodyPath,
    [string] $StudyId,
    [string] $IdColumn,
    [string] $TestTo,
    [string] $UnsentPath = [IO.Path]::ChangeExtension($Path, '.unsent.csv')
)

$how = @{}
foreach ($name in 'BodyPath', 'StudyId', 'IdColumn', 'TestTo') {
    if ($PSBoundParameters.ContainsKey($name)) { $how[$name] = $PSBoundParameters[$name] }
}

$receipts = @(Import-Csv $Path | Send-ParticipantMessage -Campaign $Campaign -UnsentPath $UnsentPath @how)

# Failed ones are in the file; of the unknown ones nobody may be sent a second message before it is known.
$failed = @($receipts | Where-Object Status -eq Failed).Count
$unknown = @($receipts | Where-Object Status -eq Unknown).Count
if ($failed) { Write-Warning "$failed of $($receipts.Count) rows were not sent; they are in $UnsentPath. Mend them and run it with that file, or run the same command again." }
if ($unknown) { Write-Warning "Of $unknown of $($receipts.Count) it is not known: Get-SentMessage -Status Unknown | Resolve-SentMessage" }

$receipts
