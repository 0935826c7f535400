#requires -Version 7.4
#requires -Modules ParticipantMessaging
<#
.SYNOPSIS
    Sends a campaign from a CSV file, and writes the rows that did not go out into another one.
.DESCRIPTION
    The file has a column with the participant's id (participant_id, PROLIFIC_PID, project_member_id, ...). Columns Account, study_id,
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
.PARAMETER RetryPath
    Where the rows go that did not go out, ready to be sent again.
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
    [string] $RetryPath = [IO.Path]::ChangeExtension($Path, '.retry.csv')
)

$text = @{}
if ($BodyPath) { $text.BodyPath = $BodyPath }
if ($StudyId) { $text.StudyId = $StudyId }

$rows = @(Import-Csv $Path)
$receipts = @($rows | Send-ParticipantMessage -Campaign $Campaign @text)

# A receipt's Row is what a spreadsheet shows: the header is row 1, the first person row 2.
$again = @($receipts | Where-Object Status -in 'Failed', 'Unknown' | ForEach-Object { $rows[$_.Row - 2] })
if ($again -and -not $WhatIfPreference) {
    $again | Export-Csv $RetryPath
    Write-Warning "$($again.Count) of $($rows.Count) rows did not go out or are not known to have; they are in $RetryPath."
}

$receipts
