#!/usr/bin/env pwsh
#requires -Version 7.4
<#
.SYNOPSIS
    Builds, tests and packs ParticipantMessaging.
.DESCRIPTION
    Build    stages output/ParticipantMessaging/<version>/, complete and importable
    Test     xunit and, on the staged module, Pester; ends with "N passed, N failed, N skipped"
    Demo     starts the simulator and sends samples/participants.csv to it
    Bench    runs the benchmarks
    Package  makes the gallery package and the library's package in artifacts/packages
    Clean    removes everything that was built
    Needs the .NET SDK and nothing else; Pester comes from the package registry when it is not installed.
.EXAMPLE
    ./build.ps1 Test -Filter '*Account*'
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Build', 'Test', 'Demo', 'Bench', 'Package', 'Clean')]
    [string] $Task = 'Build',

    # Only the Pester files of that name; xunit is left out then.
    [string] $Filter,

    # What the task itself takes, handed on as it is (Bench).
    [Parameter(ValueFromRemainingArguments)]
    [string[]] $Rest
)

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false
$env:POWERSHELL_TELEMETRY_OPTOUT = '1'
$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
$env:DOTNET_NOLOGO = '1'
if ($env:CI -or $Task -eq 'Demo') {
    # Nothing is left running: no build nodes and no compiler that wait for the next build.
    $env:MSBUILDDISABLENODEREUSE = '1'
    $env:UseSharedCompilation = 'false'
}

$root = $PSScriptRoot
$artifacts = Join-Path $root 'artifacts'
$version = (Import-PowerShellDataFile (Join-Path $root 'ParticipantMessaging.psd1')).ModuleVersion
$staged = Join-Path $root 'output' 'ParticipantMessaging' $version

function Invoke-Dotnet {
    & dotnet @args
    if ($LASTEXITCODE -ne 0) { throw "dotnet $($args[0]) ended with exit code $LASTEXITCODE." }
}

function Invoke-Build {
    Invoke-Dotnet build (Join-Path $root 'ParticipantMessaging.slnx') -c Release -v quiet -nologo
    Invoke-Dotnet build (Join-Path $root 'src' 'ParticipantMessaging') -c Release -v quiet -nologo '-t:Stage' '-p:BuildProjectReferences=false'
    Write-Host "Staged: $staged"
}

function Read-TestResult([string] $folder) {
    $sum = [pscustomobject]@{ Passed = 0; Failed = 0; Skipped = 0 }
    foreach ($file in Get-ChildItem $folder -Filter *.trx -Recurse -ErrorAction Ignore) {
        $counters = ([xml](Get-Content -Raw $file)).TestRun.ResultSummary.Counters
        $sum.Passed += [int]$counters.passed
        $sum.Failed += [int]$counters.failed + [int]$counters.error + [int]$counters.timeout + [int]$counters.aborted
        $sum.Skipped += [int]$counters.total - [int]$counters.executed
    }
    $sum
}

function Invoke-Test {
    $results = Join-Path $artifacts 'test-results'
    if (Test-Path $results) { Remove-Item -Recurse -Force $results }
    $null = New-Item -ItemType Directory -Force $results
    $sound = $true
    if (-not $Filter) {
        # One project after the other: side by side they would write result files of one name, and wait for each other anyway.
        foreach ($project in Get-ChildItem (Join-Path $root 'tests' '*' '*.csproj') | Where-Object { (Get-Content -Raw $_) -match '<IsTestProject>true' }) {
            & dotnet test $project.FullName -c Release --no-build -nologo --logger trx --results-directory (Join-Path $results $project.BaseName)
            $sound = $sound -and $LASTEXITCODE -eq 0
        }
    }
    $sum = Read-TestResult $results
    if (-not $Filter -and $sum.Passed -eq 0) { $sound = $false }

    $pester = & (Join-Path $root 'tests' 'Pester' 'Invoke-PesterTests.ps1') -ModuleFolder $staged -ResultFolder $results -Filter $Filter
    $sum.Passed += $pester.Passed
    $sum.Failed += $pester.Failed
    $sum.Skipped += $pester.Skipped
    $sound = $sound -and $pester.Sound
    if (-not $sound -and $sum.Failed -eq 0) {
        Write-Host 'A test run ended before all of its tests had run; this counts as one failure.'
        $sum.Failed = 1
    }
    Write-Host ''
    Write-Host "$($sum.Passed) passed, $($sum.Failed) failed, $($sum.Skipped) skipped"
    if ($sum.Failed -gt 0) { exit 1 }
}

function Invoke-Demo {
    & (Join-Path $root 'samples' 'Demo.ps1') -ModuleFolder $staged
}

function Invoke-Bench {
    Invoke-Dotnet run --project (Join-Path $root 'tests' 'ParticipantMessaging.Benchmarks') -c Release '--' @Rest
}

function Invoke-Package {
    Invoke-Dotnet build (Join-Path $root 'src' 'ParticipantMessaging') -c Release -v quiet -nologo '-t:PackageModule' '-p:BuildProjectReferences=false'
    Get-ChildItem (Join-Path $artifacts 'packages') | ForEach-Object { Write-Host "Packed: $($_.FullName)" }
}

function Invoke-Clean {
    foreach ($name in 'output', 'artifacts') {
        Join-Path $root $name | Where-Object { Test-Path $_ } | Remove-Item -Recurse -Force
    }
    Get-ChildItem (Join-Path $root 'src'), (Join-Path $root 'tests'), (Join-Path $root 'samples'), (Join-Path $root 'build') -Directory -Recurse -ErrorAction Ignore |
        Where-Object { $_.Name -in 'bin', 'obj' } |
        Remove-Item -Recurse -Force
}

Push-Location $root
try {
    if ($Task -ne 'Clean') { Invoke-Build }
    if ($Task -ne 'Build') { & "Invoke-$Task" }
}
finally {
    Pop-Location
}
