#!/usr/bin/env pwsh
#requires -Version 7.4
<#
.SYNOPSIS
    Builds, tests, packs and installs ParticipantMessaging.
.DESCRIPTION
    Build    stages output/ParticipantMessaging/<version>/, complete and importable
    Test     xunit and, on the staged module, Pester; ends with "N passed, N failed, N skipped"
    Demo     starts the simulator and sends samples/participants.csv to it
    Bench    runs the benchmarks
    Package  makes the gallery package, the library's package and the simulator's (a .NET tool) in artifacts/packages
    Install  puts the staged module where Import-Module ParticipantMessaging finds it; -Uninstall takes it away again
    Clean    removes everything that was built
    Needs the .NET SDK and nothing else; what the tests need besides comes from the package registry.
.EXAMPLE
    ./build.ps1 Test -Filter '*Account*'
.EXAMPLE
    ./build.ps1 Test -Engine /opt/microsoft/powershell/7/pwsh
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Build', 'Test', 'Demo', 'Bench', 'Package', 'Install', 'Clean')]
    [string] $Task = 'Build',

    # Only the Pester files of that name; xunit is left out then.
    [string] $Filter,

    # Another PowerShell (a program, or a pwsh.dll) for the Pester tests; xunit is left out then.
    [string] $Engine,

    # With Install: take the installed module away.
    [switch] $Uninstall,

    # What the task itself takes, handed on as it is (Bench).
    [Parameter(ValueFromRemainingArguments)]
    [string[]] $Rest
)

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false
$env:POWERSHELL_TELEMETRY_OPTOUT = '1'
$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
$env:DOTNET_NOLOGO = '1'
$env:DOTNET_GENERATE_ASPNET_CERTIFICATE = 'false'
# Profiles for code that ends soon: nearly a third of what compiling and analysing this takes, a twelfth of the tests. A benchmark runs as users do.
$profiles = $env:DOTNET_TieredPGO
if ($Task -ne 'Bench') { $env:DOTNET_TieredPGO = '0' }
if ($env:CI -or $Task -eq 'Demo') {
    # Nothing is left running: no build nodes and no compiler that wait for the next build.
    $env:MSBUILDDISABLENODEREUSE = '1'
    $env:UseSharedCompilation = 'false'
}

$root = $PSScriptRoot
$artifacts = Join-Path $root 'artifacts'
$version = (Import-PowerShellDataFile (Join-Path $root 'ParticipantMessaging.psd1')).ModuleVersion
$staged = Join-Path $root 'output' 'ParticipantMessaging' $version
$mark = Join-Path $root 'output' 'built'
$watch = [Diagnostics.Stopwatch]::StartNew()
. (Join-Path $root 'tests' 'Together.ps1')

function Write-Step([string] $Text) {
    Write-Host ('{0,4:0} s  {1}' -f $watch.Elapsed.TotalSeconds, $Text)
}

function Invoke-Dotnet {
    & dotnet @args
    if ($LASTEXITCODE -ne 0) { throw "dotnet $($args[0]) ended with exit code $LASTEXITCODE." }
}

# What the module, the simulator and the samples are made of. build.sh knows the same list.
function Get-Source {
    $folders = 'src', 'module', 'build', 'docs/cmdlets', 'samples/CampaignInCSharp' | ForEach-Object { Join-Path $root $_ }
    Get-ChildItem $folders -Recurse -File | Where-Object FullName -NotMatch '[\\/](bin|obj)[\\/]'
    Get-ChildItem $root -File | Where-Object Name -Match '\.(props|psd1|slnx)$|^(global\.json|LICENSE|CHANGELOG\.md)$'
}

function Test-UpToDate {
    if (-not (Test-Path $mark) -or -not (Test-Path $staged)) { return $false }
    $since = (Get-Item $mark).LastWriteTimeUtc
    $files = @(Get-Source)
    "$($files.Count)" -eq (Get-Content -Raw $mark).Trim() -and -not ($files | Where-Object LastWriteTimeUtc -gt $since)
}

# The whole solution, or of it what runs: the demo needs no test packages.
function Invoke-Build([switch] $ProductOnly) {
    $what = $ProductOnly ? (Join-Path 'build' 'Product.slnf') : 'ParticipantMessaging.slnx'
    $started = [datetime]::UtcNow
    Write-Step 'Restoring packages; the first time this may take a minute or two.'
    Invoke-Dotnet restore (Join-Path $root $what) -v quiet -nologo
    Write-Step 'Building; the first time this may take a minute.'
    Invoke-Dotnet msbuild (Join-Path $root $what) '-p:Configuration=Release' '-v:quiet' -nologo
    Invoke-Dotnet msbuild (Join-Path $root 'src' 'ParticipantMessaging') '-p:Configuration=Release' '-v:quiet' -nologo '-t:Stage' '-p:BuildProjectReferences=false'
    "$(@(Get-Source).Count)" | Set-Content $mark
    # What is changed while it builds is built next time.
    (Get-Item $mark).LastWriteTimeUtc = $started
    Write-Step "Staged: $staged"
}

function Read-TestResult([string] $folder) {
    $sum = [pscustomobject]@{ Passed = 0; Failed = 0; Skipped = 0; Reasons = @(); Failures = @() }
    foreach ($file in Get-ChildItem $folder -Filter *.trx -Recurse -ErrorAction Ignore) {
        $run = ([xml](Get-Content -Raw $file)).TestRun
        $counters = $run.ResultSummary.Counters
        $sum.Passed += [int]$counters.passed
        $sum.Failed += [int]$counters.failed + [int]$counters.error + [int]$counters.timeout + [int]$counters.aborted
        $sum.Skipped += [int]$counters.total - [int]$counters.executed
        foreach ($result in $run.Results.UnitTestResult) {
            if ($result.outcome -eq 'NotExecuted') { $sum.Reasons += $result.Output.ErrorInfo.Message ? "$($result.Output.ErrorInfo.Message)".Trim() : $result.testName }
            if ($result.outcome -eq 'Failed') { $sum.Failures += $result.testName }
        }
    }
    $sum
}

# What the tests start hundreds of times, to kill it, takes the library as the module has it: half of what such a process does is to compile it again.
function Copy-CompiledLibrary {
    $compiled = Join-Path $staged 'lib' "net$([Environment]::Version.Major).0" ([Runtime.InteropServices.RuntimeInformation]::RuntimeIdentifier)
    foreach ($file in Get-ChildItem $compiled -Filter *.dll -ErrorAction Ignore) {
        Join-Path $root 'tests' '*Probe' 'bin' 'Release' "net$([Environment]::Version.Major).0" $file.Name | Get-Item -ErrorAction Ignore | ForEach-Object { Copy-Item $file.FullName $_.FullName }
    }
}

function Invoke-Test {
    $results = Join-Path $artifacts 'test-results'
    if (Test-Path $results) { Remove-Item -Recurse -Force $results }
    $null = New-Item -ItemType Directory -Force $results
    $withXunit = -not $Filter -and -not $Engine
    if ($withXunit) { Copy-CompiledLibrary }
    $xunit = @(if ($withXunit) {
            # The longest one first.
            foreach ($project in Get-ChildItem (Join-Path $root 'tests' '*' '*.csproj') | Where-Object { (Get-Content -Raw $_) -match '<IsTestProject>true' }) {
                @{
                    Name = $project.BaseName
                    Program = 'dotnet'
                    Arguments = 'test', $project.FullName, '-c', 'Release', '--no-build', '-nologo', '--logger', 'trx', '--results-directory', (Join-Path $results $project.BaseName)
                }
            }
        })
    Write-Step "Testing $($withXunit ? 'the libraries (xunit) and ' : '')the staged module (Pester); each part is shown when it has ended."
    $pester = & (Join-Path $root 'tests' 'Pester' 'Invoke-PesterTests.ps1') -ModuleFolder $staged -ResultFolder $results -Filter $Filter -Engine $Engine -Beside $xunit
    $sum = Read-TestResult $results
    $sound = $pester.Sound -and (-not $withXunit -or $sum.Passed -gt 0)
    $sum.Passed += $pester.Passed
    $sum.Failed += $pester.Failed
    $sum.Skipped += $pester.Skipped
    $sum.Reasons += $pester.Reasons
    $sum.Failures += $pester.Failures
    if (-not $sound -and $sum.Failed -eq 0) {
        Write-Host 'A test run ended before all of its tests had run; this counts as one failure.'
        $sum.Failed = 1
    }
    Write-Host ''
    Write-Step 'Done.'
    foreach ($name in $sum.Failures) { Write-Host "Failed: $name" }
    foreach ($reason in $sum.Reasons | Group-Object | Sort-Object Count -Descending) { Write-Host "Skipped: $($reason.Count), $($reason.Name)" }
    Write-Host "Module tested in PowerShell $($pester.PowerShell); vault: $($pester.Vault)."
    Write-Host "$($sum.Passed) passed, $($sum.Failed) failed, $($sum.Skipped) skipped"
    if ($sum.Failed -gt 0) { exit 1 }
}

function Invoke-Demo {
    Write-Step 'Starting the simulator and the demo.'
    & (Join-Path $root 'samples' 'Demo.ps1') -ModuleFolder $staged
}

function Invoke-Bench {
    $env:PM_POWERSHELL = (Get-Engine) -join [IO.Path]::PathSeparator
    Invoke-Dotnet run --project (Join-Path $root 'tests' 'ParticipantMessaging.Benchmarks') -c Release '--' @Rest
}

function Invoke-Package {
    Write-Step 'Packing.'
    Invoke-Dotnet msbuild (Join-Path $root 'src' 'ParticipantMessaging') '-p:Configuration=Release' '-v:quiet' -nologo '-t:PackageModule' '-p:BuildProjectReferences=false'
    Get-ChildItem (Join-Path $artifacts 'packages') | ForEach-Object { Write-Host "Packed: $($_.FullName)" }
}

# Where every PowerShell 7 of this user looks for modules.
function Get-ModuleHome {
    if ($IsWindows) { return Join-Path ([Environment]::GetFolderPath('MyDocuments')) 'PowerShell' 'Modules' }
    Join-Path ($env:XDG_DATA_HOME ? $env:XDG_DATA_HOME : (Join-Path $HOME '.local' 'share')) 'powershell' 'Modules'
}

function Invoke-Install {
    $ours = Join-Path (Get-ModuleHome) 'ParticipantMessaging'
    $target = Join-Path $ours $version
    if ($Uninstall) {
        if (Test-Path $target) {
            Remove-Item -Recurse -Force $target
            Write-Host "Removed: $target"
        }
        else { Write-Host "It was not installed: there is no $target." }
        $others = @(Get-ChildItem $ours -ErrorAction Ignore)
        if ($others) { Write-Host "Still there: $($others.FullName -join ', ')" } elseif (Test-Path $ours) { Remove-Item $ours }
        return
    }
    $null = New-Item -ItemType Directory -Force $ours
    # Copied beside it and then put in its place: a session that has the old files open keeps them, and nobody imports half a module.
    $new = Join-Path $ours ".$version.new"
    if (Test-Path $new) { Remove-Item -Recurse -Force $new }
    Copy-Item -Recurse $staged $new
    if (Test-Path $target) { Remove-Item -Recurse -Force $target }
    Move-Item $new $target
    Write-Host "Installed: $target"
    Write-Host 'In a new PowerShell: Import-Module ParticipantMessaging. To take it away: the same command with -Uninstall.'
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
    switch ($Task) {
        'Clean' { }
        { $_ -in 'Demo', 'Install' -and ($Uninstall -or (Test-UpToDate)) } { if (-not $Uninstall) { Write-Step 'Nothing has changed since the last build.' } }
        default { Invoke-Build -ProductOnly:($Task -in 'Demo', 'Install', 'Package') }
    }
    if ($Task -ne 'Build') { & "Invoke-$Task" }
}
finally {
    Pop-Location
    $env:DOTNET_TieredPGO = $profiles
}
