#requires -Version 7.4
<#
.SYNOPSIS
    Shows the module at work: sends samples/participants.csv to the simulator and reads replies and webhook events.
.DESCRIPTION
    Starts the simulator on a free port and runs DemoSession.ps1 in a PowerShell of its own, whose home folder is thrown away
    afterwards. Nobody real is messaged, and nothing of it stays. The exit code is 0 when everything went out.
.PARAMETER ModuleFolder
    The module to use. ./build.ps1 Demo names the one that it has just built.
#>
[CmdletBinding()]
param([string] $ModuleFolder)

$ErrorActionPreference = 'Stop'
$root = Split-Path $PSScriptRoot
if (-not $ModuleFolder) {
    $ModuleFolder = Get-ChildItem (Join-Path $root 'output' 'ParticipantMessaging') -Directory |
        Sort-Object { [version] $_.Name } |
        Select-Object -Last 1
}

function Start-Simulator {
    $program = Get-ChildItem (Join-Path $root 'src' 'ParticipantMessaging.Simulator' 'bin' 'Release') -Recurse -Filter ParticipantMessaging.Simulator.dll |
        Select-Object -First 1
    if (-not $program) { throw 'The simulator was not built. Run ./build.ps1 Build first.' }
    $start = [Diagnostics.ProcessStartInfo]::new('dotnet')
    $arguments = '--port', '0', '--participants', '20', '--seed', '1', '--unread', '3', '--events', '5', '--exit-on-stdin-close'
    foreach ($argument in @($program.FullName) + $arguments) { $start.ArgumentList.Add($argument) }
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $process = [Diagnostics.Process]::Start($start)
    while ($null -ne ($line = $process.StandardOutput.ReadLine())) {
        if ($line -match '^SIMULATOR READY (\S+)') { return [pscustomobject]@{ BaseUri = $Matches[1]; Process = $process } }
    }
    throw "The simulator ended with exit code $($process.ExitCode)."
}

function Stop-Simulator($Simulator) {
    # It ends when its input does, even if this process is killed.
    $Simulator.Process.StandardInput.Close()
    if (-not $Simulator.Process.WaitForExit(5000)) { $Simulator.Process.Kill($true) }
    $Simulator.Process.Dispose()
}

$simulator = Start-Simulator
$homeFolder = Join-Path ([IO.Path]::GetTempPath()) "ParticipantMessaging-demo-$PID"
$null = New-Item -ItemType Directory $homeFolder
$outside = @{}
try {
    # Accounts, vault and ledger of the demo live in a home of its own. PSModulePath stays, so that SecretManagement is found.
    $inside = @{ HOME = $homeFolder; XDG_CONFIG_HOME = ''; XDG_DATA_HOME = ''; XDG_CACHE_HOME = ''; POWERSHELL_TELEMETRY_OPTOUT = '1' }
    foreach ($name in $inside.Keys) {
        $outside[$name] = [Environment]::GetEnvironmentVariable($name)
        [Environment]::SetEnvironmentVariable($name, $inside[$name])
    }

    $session = @('-NoLogo', '-NoProfile', '-NonInteractive', '-File', (Join-Path $PSScriptRoot 'DemoSession.ps1')) +
        @('-ModuleFolder', "$ModuleFolder", '-BaseUri', $simulator.BaseUri)
    $powershell = (Get-Process -Id $PID).Path
    if ((Split-Path -LeafBase $powershell) -eq 'dotnet') { $session = @(Join-Path $PSHOME 'pwsh.dll') + $session }
    & $powershell @session
    $code = $LASTEXITCODE
}
finally {
    foreach ($name in $outside.Keys) {
        if ($null -eq $outside[$name]) { Remove-Item "Env:$name" -ErrorAction Ignore } else { Set-Item "Env:$name" $outside[$name] }
    }
    Stop-Simulator $simulator
    Remove-Item -Recurse -Force $homeFolder
}

exit $code
