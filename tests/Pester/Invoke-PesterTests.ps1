<#
.SYNOPSIS
    Runs each *.Tests.ps1 here in a PowerShell of its own with an empty home, against the staged module.
.OUTPUTS
    One object: Passed, Failed, Skipped, and Sound, which is false when a file ended before its tests had run.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)][string] $ModuleFolder,
    [Parameter(Mandatory)][string] $ResultFolder,
    [string] $Filter,
    [string] $Configuration = 'Release'
)

$ErrorActionPreference = 'Stop'
# 6 is a rewrite; the tests are written for 5.
$pesterVersion = '5.9.1'
$root = Split-Path (Split-Path $PSScriptRoot)

function Find-Pester {
    $installed = Get-Module Pester -ListAvailable |
        Where-Object { $_.Version -ge '5.5.0' -and $_.Version -lt '6.0.0' } |
        Sort-Object Version -Descending |
        Select-Object -First 1
    if ($installed) { return $installed.Path }

    $folder = Join-Path $root 'artifacts' 'pester'
    $manifest = Join-Path $folder 'packages' 'pester' $pesterVersion 'tools' 'Pester.psd1'
    if (-not (Test-Path $manifest)) {
        $null = New-Item -ItemType Directory -Force $folder
        # Empty files of their own keep the repository's properties out of this throw-away project.
        '<Project />' | Set-Content (Join-Path $folder 'Directory.Build.props'), (Join-Path $folder 'Directory.Packages.props')
        @"
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup>
  <ItemGroup><PackageDownload Include="Pester" Version="[$pesterVersion]" /></ItemGroup>
</Project>
"@ | Set-Content (Join-Path $folder 'Pester.csproj')
        $null = & dotnet restore (Join-Path $folder 'Pester.csproj') --packages (Join-Path $folder 'packages') 2>&1
    }
    if (Test-Path $manifest) { $manifest }
}

function Get-Engine {
    # The .NET tool runs pwsh.dll in dotnet.
    $path = (Get-Process -Id $PID).Path
    if ((Split-Path -LeafBase $path) -eq 'dotnet') { $path, (Join-Path $PSHOME 'pwsh.dll') } else { , $path }
}

$pester = Find-Pester
if (-not $pester) {
    Write-Host 'Pester is neither installed nor to be had: the tests of the staged module did not run.'
    return [pscustomobject]@{ Passed = 0; Failed = 0; Skipped = 0; Sound = $true }
}

$sum = [pscustomobject]@{ Passed = 0; Failed = 0; Skipped = 0; Sound = $true }
$engine = @(Get-Engine)
$files = Get-ChildItem $PSScriptRoot -Filter *.Tests.ps1 | Sort-Object Name
if ($Filter) { $files = $files | Where-Object { $_.Name -like $Filter -or $_.Name -like "$Filter.Tests.ps1" } }

foreach ($file in $files) {
    $name = $file.Name -replace '\.Tests\.ps1$'
    $scratch = Join-Path ([IO.Path]::GetTempPath()) "pm-$([Guid]::NewGuid().ToString('N').Substring(0, 8))"
    $null = New-Item -ItemType Directory -Force (Join-Path $scratch 'temp')
    $result = Join-Path $ResultFolder "pester-$name.json"
    $settings = @{
        # Nothing of the user's is read or written: no accounts, no ledger, no vault, no profile.
        HOME = $scratch; USERPROFILE = $scratch
        XDG_CONFIG_HOME = Join-Path $scratch 'config'; XDG_DATA_HOME = Join-Path $scratch 'data'; XDG_CACHE_HOME = Join-Path $scratch 'cache'
        APPDATA = Join-Path $scratch 'config'; LOCALAPPDATA = Join-Path $scratch 'data'
        TMPDIR = Join-Path $scratch 'temp'
        PM_REPOSITORY = $root; PM_MODULE = $ModuleFolder; PM_CONFIGURATION = $Configuration
        PM_PESTER = $pester; PM_REAL_HOME = [Environment]::GetFolderPath('UserProfile')
        # The folder with SecretManagement and SecretStore; PowerShell puts its own folders before it.
        PSModulePath = $env:PM_VAULT_MODULES ? $env:PM_VAULT_MODULES : $env:PSModulePath
        POWERSHELL_TELEMETRY_OPTOUT = '1'; DOTNET_NOLOGO = '1'; DOTNET_CLI_TELEMETRY_OPTOUT = '1'; NO_COLOR = '1'
    }
    $start = [Diagnostics.ProcessStartInfo]::new($engine[0])
    foreach ($argument in @($engine | Select-Object -Skip 1) + @('-NoLogo', '-NoProfile', '-NonInteractive', '-File', (Join-Path $PSScriptRoot 'Invoke-TestFile.ps1'), '-Path', $file.FullName, '-ResultPath', $result)) {
        $start.ArgumentList.Add($argument)
    }
    foreach ($key in $settings.Keys) { $start.Environment[$key] = $settings[$key] }
    $process = [Diagnostics.Process]::Start($start)
    $process.WaitForExit()
    if (Test-Path $result) {
        $counts = Get-Content -Raw $result | ConvertFrom-Json
        $sum.Passed += $counts.Passed
        $sum.Failed += $counts.Failed
        $sum.Skipped += $counts.Skipped
    }
    else {
        Write-Host "$($file.Name) ended with exit code $($process.ExitCode) before its tests had run."
        $sum.Sound = $false
    }
    Remove-Item -Recurse -Force $scratch -ErrorAction Ignore
}
$sum
