<#
.SYNOPSIS
    Runs each *.Tests.ps1 here in a PowerShell of its own with an empty home, against the staged module.
.DESCRIPTION
    Nothing comes from the machine's module folders: Pester from the package registry, SecretManagement and SecretStore from the folder that
    PM_VAULT_MODULES names, else from the PowerShell Gallery, else tests/ParticipantMessaging.VaultStandIn stands in for them.
.PARAMETER Engine
    The PowerShell to run them in; the running one, if none is given.
.PARAMETER Beside
    Jobs for Invoke-Together (Together.ps1) that are started first and run beside them: most of what either waits for is not the computer.
.OUTPUTS
    One object: Passed, Failed, Skipped, Failures (names), Reasons (for what was skipped), Vault (where it came from), PowerShell (its
    version), and Sound, which is false when a file ended before its tests had run, or a job of Beside with another exit code than 0.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)][string] $ModuleFolder,
    [Parameter(Mandatory)][string] $ResultFolder,
    [string] $Filter,
    [string] $Engine,
    [string] $Configuration = 'Release',
    [hashtable[]] $Beside = @(),
    # More than there are processors: a good part of every file is waiting, for a limit, a stop or a process that starts.
    [int] $AtOnce = [Math]::Min(4, [Environment]::ProcessorCount + 1) + [int]($Beside.Count -gt 0)
)

$ErrorActionPreference = 'Stop'
$root = Split-Path (Split-Path $PSScriptRoot)
. (Join-Path (Split-Path $PSScriptRoot) 'Together.ps1')

# 6 is a rewrite; the tests are written for 5.
$pesterVersion = '5.9.1'
$vaultVersions = [ordered]@{ 'Microsoft.PowerShell.SecretManagement' = '1.1.2'; 'Microsoft.PowerShell.SecretStore' = '1.0.6' }

function Get-Pester {
    $folder = Join-Path $root 'artifacts' 'pester'
    $manifest = Join-Path $folder 'packages' 'pester' $pesterVersion 'tools' 'Pester.psd1'
    if (Test-Path $manifest) { return $manifest }
    Write-Host "Restoring Pester $pesterVersion."
    $null = New-Item -ItemType Directory -Force $folder
    # Empty files of their own keep the repository's properties out of this throw-away project.
    '<Project />' | Set-Content (Join-Path $folder 'Directory.Build.props'), (Join-Path $folder 'Directory.Packages.props')
    @"
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup>
  <ItemGroup><PackageDownload Include="Pester" Version="[$pesterVersion]" /></ItemGroup>
</Project>
"@ | Set-Content (Join-Path $folder 'Pester.csproj')
    $log = & dotnet restore (Join-Path $folder 'Pester.csproj') --packages (Join-Path $folder 'packages') 2>&1
    if (-not (Test-Path $manifest)) { throw "Pester $pesterVersion is not to be had from the package registry, so the tests of the staged module cannot run. $($log | Select-Object -Last 3 | Out-String)" }
    $manifest
}

# PowerShell as the .NET tool is not compiled ahead of time, as every other one is: half of what these hundreds of processes do is to compile
# it again. Here it is compiled once, as the module's own libraries are; where that cannot be done, or for one file alone, it is taken as it is.
function Get-CompiledEngine([string[]] $Engine) {
    if ($Engine.Count -lt 2) { return $Engine }
    $compiled = Join-Path $root 'artifacts' 'pwsh' "$($PSVersionTable.PSVersion)-$([Environment]::Version)"
    if (Test-Path $compiled) { return $Engine[0], (Join-Path $compiled 'pwsh.dll') }
    if ($Filter) { return $Engine }
    $new = "$compiled.$PID.new"
    $libraries = 'System.Management.Automation', 'Microsoft.PowerShell.ConsoleHost', 'Microsoft.PowerShell.Commands.Utility', 'Microsoft.PowerShell.Commands.Management', 'Microsoft.PowerShell.Security', 'Newtonsoft.Json' | ForEach-Object { "$_.dll" }
    try {
        Write-Host "Compiling PowerShell $($PSVersionTable.PSVersion) ahead of time for the tests."
        $log = & dotnet msbuild (Join-Path $root 'build' 'AheadOfTime') -restore -t:CompileAheadOfTime -nologo -v:quiet "-p:AheadOfTimeLibraries=$libraries" "-p:AheadOfTimeFrom=$PSHOME/" "-p:AheadOfTimeTo=$new.compiled/" 2>&1
        if ($LASTEXITCODE) { throw "$($log | Select-Object -Last 1)" }
        # What was compiled for another version than the one that runs is of no use.
        $made = @(Get-ChildItem (Join-Path "$new.compiled" "net$([Environment]::Version.Major).0") -Filter *.dll -Recurse -ErrorAction Ignore)
        if ($made.Count -ne $libraries.Count) { throw "It was not compiled for .NET $([Environment]::Version)." }
        Copy-Item -Recurse $PSHOME $new
        Copy-Item $made.FullName $new
        $said = & $Engine[0] (Join-Path $new 'pwsh.dll') -NoLogo -NoProfile -NonInteractive -Command '$PSVersionTable.PSVersion.ToString()'
        if ($said -ne $PSVersionTable.PSVersion) { throw "It says '$said'." }
        if (-not (Test-Path $compiled)) { Move-Item $new $compiled }
        $Engine[0], (Join-Path $compiled 'pwsh.dll')
    }
    catch {
        Write-Host "PowerShell could not be compiled ahead of time: the tests take longer. $_"
        $Engine
    }
    finally { $new, "$new.compiled" | Where-Object { Test-Path $_ } | Remove-Item -Recurse -Force }
}

function Test-VaultFolder([string] $Folder) {
    foreach ($name in $vaultVersions.Keys) {
        if (-not (Get-ChildItem (Join-Path $Folder $name) -Filter "$name.psd1" -Recurse -Depth 1 -ErrorAction Ignore)) { return $false }
    }
    $true
}

# Asked once per run, and briefly: a closed network must not cost more than a few seconds.
function Save-VaultModule([string] $Folder) {
    $client = [Net.Http.HttpClient]::new()
    $client.Timeout = [TimeSpan]::FromSeconds(4)
    try {
        $answer = $client.Send([Net.Http.HttpRequestMessage]::new('Get', 'https://www.powershellgallery.com/api/v2/'), 'ResponseHeadersRead')
        if (-not $answer.IsSuccessStatusCode) { return }
    }
    catch { return }
    finally { $client.Dispose() }

    $new = "$Folder.new"
    $scratch = "$Folder.home"
    foreach ($path in $new, $scratch) {
        if (Test-Path $path) { Remove-Item -Recurse -Force $path }
        $null = New-Item -ItemType Directory -Force $path
    }
    $engine = @(Get-Engine)
    $save = $vaultVersions.GetEnumerator() | ForEach-Object { "Save-PSResource -Name $($_.Key) -Version $($_.Value) -Repository PSGallery -TrustRepository -SkipDependencyCheck -Path '$new'" }
    $start = [Diagnostics.ProcessStartInfo]::new($engine[0])
    foreach ($argument in @($engine | Select-Object -Skip 1) + @('-NoProfile', '-NonInteractive', '-Command', "`$ErrorActionPreference = 'Stop'; `$ProgressPreference = 'SilentlyContinue'; $($save -join '; ')")) { $start.ArgumentList.Add($argument) }
    foreach ($name in 'HOME', 'USERPROFILE', 'LOCALAPPDATA', 'XDG_DATA_HOME', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME') { $start.Environment[$name] = $scratch }
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $process = [Diagnostics.Process]::Start($start)
    $null = $process.StandardOutput.ReadToEndAsync(), $process.StandardError.ReadToEndAsync()
    if (-not $process.WaitForExit(60000)) { $process.Kill($true) }
    Remove-Item -Recurse -Force $scratch -ErrorAction Ignore
    if (Test-VaultFolder $new) { Move-Item $new $Folder } else { Remove-Item -Recurse -Force $new -ErrorAction Ignore }
}

function Get-Vault {
    $standIn = Join-Path $root 'tests' 'ParticipantMessaging.VaultStandIn' 'bin' $Configuration 'net8.0' 'Modules'
    if ($env:PM_VAULT_MODULES) {
        if (-not (Test-VaultFolder $env:PM_VAULT_MODULES)) { throw "PM_VAULT_MODULES names $env:PM_VAULT_MODULES, which does not hold $($vaultVersions.Keys -join ' and ')." }
        return @{ Folder = (Resolve-Path $env:PM_VAULT_MODULES).Path; Real = $true; StandIn = $standIn; Said = "SecretManagement and SecretStore of $env:PM_VAULT_MODULES" }
    }
    $saved = Join-Path $root 'artifacts' 'vault-modules'
    if (-not (Test-VaultFolder $saved)) {
        Write-Host 'Asking the PowerShell Gallery for SecretManagement and SecretStore.'
        Save-VaultModule $saved
    }
    if (Test-VaultFolder $saved) { return @{ Folder = $saved; Real = $true; StandIn = $standIn; Said = "SecretManagement and SecretStore of the PowerShell Gallery ($($vaultVersions.Values -join ', '))" } }
    @{ Folder = $standIn; Real = $false; StandIn = $standIn; Said = "the tests' stand-in (the Gallery was not to be reached; PM_VAULT_MODULES can name a folder with the real ones)" }
}

$files = Get-ChildItem $PSScriptRoot -Filter *.Tests.ps1
if ($Filter) { $files = @($files | Where-Object { $_.Name -like $Filter -or $_.Name -like "$Filter.Tests.ps1" }) }
if (-not $files) { throw "There is no test file '$Filter' in $PSScriptRoot." }
$pester = Get-Pester
$vault = Get-Vault
$command = @(if (-not $Engine) { Get-CompiledEngine (Get-Engine) } elseif ($Engine -like '*.dll') { 'dotnet', (Resolve-Path $Engine).Path } else { (Get-Command $Engine -CommandType Application | Select-Object -First 1).Source })
$temp = [IO.Path]::GetTempPath()
$ports = New-Item -ItemType Directory -Force (Join-Path $temp 'participant-messaging-ports')

# The long ones first, so that none is left alone at the end: those that build, start many processes or wait for limits in the order of how
# long they took, then by size.
$slow = 'Package', 'WebhookRunbooks', 'Clock', 'Accounts', 'ReadingFollow', 'RealStop', 'Vault', 'Sending', 'Limits', 'Isolation', 'Week', 'Import', 'OpenHumans', 'Examiner'
$order = { $at = $slow.IndexOf(($_.Name -replace '\.Tests\.ps1$')); $at -lt 0 ? $slow.Count : $at }
$jobs = foreach ($file in $files | Sort-Object $order, @{ Expression = 'Length'; Descending = $true }) {
    $name = $file.Name -replace '\.Tests\.ps1$'
    $scratch = Join-Path $temp "pm-$([Guid]::NewGuid().ToString('N').Substring(0, 8))"
    $null = New-Item -ItemType Directory -Force (Join-Path $scratch 'temp'), (Join-Path $scratch 'config' 'powershell')
    # Every PowerShell of these tests looks here before it looks into the machine's module folders.
    @{ PSModulePath = $vault.Folder } | ConvertTo-Json | Set-Content (Join-Path $scratch 'config' 'powershell' 'powershell.config.json')
    @{
        Name = $name
        Scratch = $scratch
        Result = Join-Path $ResultFolder "pester-$name.json"
        Program = $command[0]
        Arguments = @($command | Select-Object -Skip 1) +
            @('-NoLogo', '-NoProfile', '-NonInteractive', '-File', (Join-Path $PSScriptRoot 'Invoke-TestFile.ps1'), '-Path', $file.FullName, '-ResultPath', (Join-Path $ResultFolder "pester-$name.json"))
        Environment = @{
            # Nothing of the user's is read or written: no accounts, no ledger, no vault, no profile.
            HOME = $scratch; USERPROFILE = $scratch
            XDG_CONFIG_HOME = Join-Path $scratch 'config'; XDG_DATA_HOME = Join-Path $scratch 'data'; XDG_CACHE_HOME = Join-Path $scratch 'cache'
            APPDATA = Join-Path $scratch 'config'; LOCALAPPDATA = Join-Path $scratch 'data'
            TMPDIR = Join-Path $scratch 'temp'
            PM_REPOSITORY = $root; PM_MODULE = $ModuleFolder; PM_CONFIGURATION = $Configuration
            PM_PESTER = $pester; PM_REAL_HOME = [Environment]::GetFolderPath('UserProfile'); PM_PORTS = $ports.FullName
            PM_VAULT = $vault.Folder; PM_VAULT_REAL = [int]$vault.Real; PM_VAULT_STAND_IN_MODULES = $vault.StandIn; PM_VAULT_STAND_IN = 1
            PSModulePath = $vault.Folder
            # Each of these processes ends before compiling anything a second time, better, has paid: a sixth of their CPU.
            DOTNET_TC_CallCountingDelayMs = 2000
            POWERSHELL_TELEMETRY_OPTOUT = '1'; DOTNET_NOLOGO = '1'; DOTNET_CLI_TELEMETRY_OPTOUT = '1'; NO_COLOR = '1'
        }
    }
}

$sum = [pscustomobject]@{ Passed = 0; Failed = 0; Skipped = 0; Sound = $true; Vault = $vault.Said; PowerShell = ''; Reasons = @(); Failures = @() }
try {
    foreach ($end in Invoke-Together ($Beside + $jobs) -AtOnce $AtOnce) {
        $job = $jobs | Where-Object Name -eq $end.Name
        if (-not $job) { $sum.Sound = $sum.Sound -and $end.ExitCode -eq 0 }
        elseif (Test-Path $job.Result) {
            $counts = Get-Content -Raw $job.Result | ConvertFrom-Json
            $sum.Passed += $counts.Passed
            $sum.Failed += $counts.Failed
            $sum.Skipped += $counts.Skipped
            $sum.Reasons += @($counts.Reasons)
            $sum.Failures += @($counts.Failures)
            $sum.PowerShell = $counts.PowerShell
        }
        else {
            Write-Host "$($end.Name).Tests.ps1 ended with exit code $($end.ExitCode) before its tests had run."
            $sum.Sound = $false
        }
    }
}
finally {
    $jobs.Scratch | Remove-Item -Recurse -Force -ErrorAction Ignore
}
$sum
