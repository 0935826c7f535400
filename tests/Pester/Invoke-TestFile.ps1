# Runs one file of tests in this process; started by Invoke-PesterTests.ps1, which has set the environment.
param(
    [Parameter(Mandatory)][string] $Path,
    [Parameter(Mandatory)][string] $ResultPath
)

$ErrorActionPreference = 'Stop'
$PSStyle.OutputRendering = 'PlainText'
$ProgressPreference = 'SilentlyContinue'
# PowerShell has put the machine's module folders into the path.
$env:PSModulePath = $env:PM_VAULT + [IO.Path]::PathSeparator + (Join-Path $PSHOME 'Modules')
Import-Module $env:PM_PESTER
$configuration = New-PesterConfiguration
$configuration.Run.Path = $Path
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = if ($env:PM_PESTER_VERBOSITY) { $env:PM_PESTER_VERBOSITY } else { 'Normal' }
$configuration.Output.StackTraceVerbosity = 'FirstLine'
$configuration.Output.CIFormat = 'None'
$run = Invoke-Pester -Configuration $configuration

# Why: what Set-ItResult said, else a tag 'Needs …' of the test or of a block around it.
$reasons = foreach ($test in @($run.Skipped) + @($run.Inconclusive)) {
    $said = "$($test.ErrorRecord)"
    $why = if ($said -match 'because,? (.+)$') { $Matches[1] }
    for ($block = $test; $block -and -not $why; $block = $block.PSObject.Properties['Parent'] ? $block.Parent : $block.Block) {
        $why = @($block.Tag) -like 'Needs *' | Select-Object -First 1
    }
    $why ? $why : "$([IO.Path]::GetFileName($Path)), $($test.ExpandedPath)"
}
@{
    Passed  = $run.PassedCount
    # A block or file that cannot even be set up has no failed test to show for it.
    Failed  = [Math]::Max($run.FailedCount, [int]($run.Result -eq 'Failed'))
    Skipped = $run.SkippedCount + $run.InconclusiveCount
    Reasons = @($reasons)
    Failures = @($run.Failed | ForEach-Object { "$([IO.Path]::GetFileName($Path)), $($_.ExpandedPath)" })
    PowerShell = "$($PSVersionTable.PSVersion)"
} | ConvertTo-Json | Set-Content $ResultPath
