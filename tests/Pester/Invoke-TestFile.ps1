# Runs one file of tests in this process; started by Invoke-PesterTests.ps1, which has set the environment.
param(
    [Parameter(Mandatory)][string] $Path,
    [Parameter(Mandatory)][string] $ResultPath
)

$ErrorActionPreference = 'Stop'
$PSStyle.OutputRendering = 'PlainText'
$ProgressPreference = 'SilentlyContinue'
Import-Module $env:PM_PESTER
$configuration = New-PesterConfiguration
$configuration.Run.Path = $Path
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = if ($env:PM_PESTER_VERBOSITY) { $env:PM_PESTER_VERBOSITY } else { 'Normal' }
$configuration.Output.StackTraceVerbosity = 'FirstLine'
$configuration.Output.CIFormat = 'None'
$run = Invoke-Pester -Configuration $configuration
@{
    Passed  = $run.PassedCount
    # A block or file that cannot even be set up has no failed test to show for it.
    Failed  = [Math]::Max($run.FailedCount, [int]($run.Result -eq 'Failed'))
    Skipped = $run.SkippedCount + $run.InconclusiveCount
} | ConvertTo-Json | Set-Content $ResultPath
