<#
    What every test file needs. Dot-source it in BeforeAll:

        BeforeAll {
            . $PSScriptRoot/Harness.ps1
            Import-TestModule
            $sim = Start-Sim
        }
        AfterAll { Stop-Sim $sim }

    Each file runs in a pwsh of its own with an empty home folder (Invoke-PesterTests.ps1), so that accounts, ledger and vault start empty.
    One file alone: ./build.ps1 Test -Filter Accounts, with $env:PM_PESTER_VERBOSITY = 'Detailed' for every test's name.

    Import-TestModule              imports the staged module
    Start-Sim [-Arguments ...]     starts the simulator on a free port; has BaseUri and Process
    Stop-Sim $sim                  ends it
    Invoke-Sim $sim PATH [-Body]   asks its control interface (GET, or POST with a body); see docs/simulator.md
    Get-SimRequests $sim [-Match]  what it received, oldest first: method, path, ...; -Match is a wildcard for "METHOD path"
    Get-SimMailbox $sim ID         the messages that this participant received: body, subject, ...
    Get-SimParticipant $sim [-Provider] [-First]   the people: id, firstName, received
    Get-SimStudy $sim              id of the first study
    Add-SimFault $sim @{...}       makes it misbehave: a FaultRule of docs/simulator.md
    Clear-Sim $sim                 empties mailboxes, request log and faults; people, studies and webhooks stay
    Reset-Sim $sim                 begins anew, with the same people
    Get-Direct $sim PROVIDER       parameters to splat: Provider, Token, BaseUri (default Prolific)
    ConvertTo-Secure TEXT          a SecureString
    New-TestVault [-Name]          a vault without prompts in the empty home: of SecretStore, or of what stands in for it
    Test-VaultModules              whether there is one; always, since something stands in
    Register-SimAccount $sim NAME  registers an account of the simulator with its token in that vault
    Invoke-Pwsh { script } [-Arguments] [-Environment]   runs a script block's text in a new pwsh; gives Output, ExitCode; a variable of $null is taken away
                                   -HostName: as if on another machine, where Test-HostName says that this is possible
    New-PwshStart ARGUMENTS...     how a new pwsh is started: a [ProcessStartInfo], whether PowerShell is a program or the .NET tool
    Get-ErrorFrom { script }       the error that a script block ends with; $null when there is none
    Find-Postgres                  the folder of PostgreSQL's programs; $null where there is none, or nobody who may run it
    Start-Postgres [-Password]     a server of its own: Connection (a connection string), Port; without -Password everybody is let in as lab
    Stop-Postgres $server          ends it, and removes what it wrote
    Get-FreePort                   a port that nobody has, and that nobody is given by chance
    Stop-Shell $shell              Ctrl+C for a running [powershell], as the engine does it; whether it ended, and in how many seconds
#>

$ErrorActionPreference = 'Stop'
$env:NO_COLOR = '1'

$SimProlificToken = 'sim-prolific-token'
$SimOpenHumansToken = 'simOpenHumansMasterToken'.PadRight(64, '0')

function Import-TestModule {
    Import-Module (Join-Path $env:PM_MODULE 'ParticipantMessaging.psd1') -Force -Global
}

function ConvertTo-Secure([string] $Text) {
    ConvertTo-SecureString $Text -AsPlainText -Force
}

function Start-Sim {
    param([string[]] $Arguments = @('--participants', '50', '--seed', '1'))
    $program = Get-ChildItem (Join-Path $env:PM_REPOSITORY "src/ParticipantMessaging.Simulator/bin/$env:PM_CONFIGURATION") -Recurse -Filter ParticipantMessaging.Simulator.dll |
        Select-Object -First 1
    $start = [Diagnostics.ProcessStartInfo]::new('dotnet')
    # It ends with its input, hence with this process, however that ends.
    foreach ($argument in @($program.FullName, '--port', '0', '--exit-on-stdin-close') + $Arguments) { $start.ArgumentList.Add($argument) }
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $process = [Diagnostics.Process]::Start($start)
    while ($null -ne ($line = $process.StandardOutput.ReadLine())) {
        if ($line -match '^SIMULATOR READY (\S+)') {
            # Read on, so that it never waits for somebody to read.
            $drain = $process.StandardOutput.ReadToEndAsync()
            return [pscustomobject]@{ BaseUri = [uri]$Matches[1]; Process = $process; Drain = $drain }
        }
    }
    throw "The simulator ended with exit code $($process.ExitCode) before it was ready."
}

function Stop-Sim($Sim) {
    if ($Sim -and -not $Sim.Process.HasExited) {
        $Sim.Process.Kill($true)
        $Sim.Process.WaitForExit()
    }
}

function Invoke-Sim {
    param([Parameter(Mandatory)] $Sim, [Parameter(Mandatory)][string] $Path, $Body, [string] $Method)
    $call = @{ Uri = [uri]::new($Sim.BaseUri, "/_sim/$($Path.TrimStart('/'))"); NoProxy = $true }
    if ($PSBoundParameters.ContainsKey('Body')) {
        $call.Body = [Text.Encoding]::UTF8.GetBytes(($Body -is [string] ? $Body : ($Body | ConvertTo-Json -Depth 10 -Compress)))
        $call.ContentType = 'application/json'
        $call.Method = 'Post'
    }
    if ($Method) { $call.Method = $Method }
    # A JSON array comes as one object; written again, it comes item by item.
    $answer = Invoke-RestMethod @call
    $answer
}

function Get-SimRequests {
    param([Parameter(Mandatory)] $Sim, [string] $Match = '*')
    Invoke-Sim $Sim requests | ForEach-Object { $_ } | Where-Object { "$($_.method) $($_.path)" -like $Match }
}

function Get-SimMailbox {
    param([Parameter(Mandatory)] $Sim, [Parameter(Mandatory)][string] $Id)
    Invoke-Sim $Sim "mailboxes?id=$([uri]::EscapeDataString($Id))" | ForEach-Object { $_.messages } | ForEach-Object { $_ }
}

function Get-SimParticipant {
    param([Parameter(Mandatory)] $Sim, [ValidateSet('Prolific', 'OpenHumans')][string] $Provider = 'Prolific', [int] $First = 1000000)
    Invoke-Sim $Sim "$($Provider -eq 'Prolific' ? 'participants' : 'members')?limit=$First" | ForEach-Object { $_ }
}

function Get-SimStudy($Sim) {
    (Invoke-Sim $Sim info).studyId
}

function Add-SimFault($Sim, [hashtable] $Fault) {
    $null = Invoke-Sim $Sim faults -Body $Fault
}

function Clear-Sim($Sim) {
    $null = Invoke-Sim $Sim clear-messages -Body @{}
    $null = Invoke-Sim $Sim requests -Method Delete
    $null = Invoke-Sim $Sim faults -Method Delete
}

function Reset-Sim($Sim) {
    $null = Invoke-Sim $Sim reset -Body @{}
}

function Get-Direct {
    param([Parameter(Mandatory)] $Sim, [ValidateSet('Prolific', 'OpenHumans')][string] $Provider = 'Prolific')
    @{
        Provider = $Provider
        Token    = ConvertTo-Secure ($Provider -eq 'Prolific' ? $SimProlificToken : $SimOpenHumansToken)
        BaseUri  = $Sim.BaseUri
    }
}

function Test-VaultModules {
    [bool](Get-Module Microsoft.PowerShell.SecretManagement -ListAvailable) -and [bool](Get-Module Microsoft.PowerShell.SecretStore -ListAvailable)
}

function New-TestVault {
    param([string] $Name = 'TestStore')
    Import-Module Microsoft.PowerShell.SecretStore -Global
    if (-not (Get-SecretVault)) {
        Set-SecretStoreConfiguration -Scope CurrentUser -Authentication None -Interaction None -Password (ConvertTo-Secure 'init') -Confirm:$false
    }
    if (-not (Get-SecretVault -Name $Name -ErrorAction Ignore)) {
        Register-SecretVault -Name $Name -ModuleName Microsoft.PowerShell.SecretStore -DefaultVault
    }
}

function Register-SimAccount {
    param([Parameter(Mandatory)] $Sim, [Parameter(Mandatory)][string] $Name, [string] $Provider = 'Prolific', [switch] $Default)
    $direct = Get-Direct $Sim $Provider
    Register-MessagingAccount -Name $Name @direct -Default:$Default -Force
}

function New-PwshStart([object[]] $Arguments) {
    $path = (Get-Process -Id $PID).Path
    $start = [Diagnostics.ProcessStartInfo]::new($path)
    if ((Split-Path -LeafBase $path) -eq 'dotnet') { $start.ArgumentList.Add((Join-Path $PSHOME 'pwsh.dll')) }
    foreach ($argument in $Arguments) { $start.ArgumentList.Add([string]$argument) }
    $start
}

# Whether a program may be started under another host name.
function Test-HostName {
    if (-not $IsLinux -or @(Get-Command unshare, hostname -CommandType Application -ErrorAction Ignore).Count -lt 2) { return $false }
    & /bin/sh -c 'unshare -u hostname pm-test' 2>$null
    -not $LASTEXITCODE
}

function Invoke-Pwsh {
    param([Parameter(Mandatory)][scriptblock] $Script, [object[]] $Arguments = @(), [hashtable] $Environment = @{}, [string] $HostName, [switch] $MergeStreams)
    $file = Join-Path ([IO.Path]::GetTempPath()) "$([Guid]::NewGuid()).ps1"
    $modulePath = $Environment.ContainsKey('PSModulePath') ? '' : "`$env:PSModulePath = '$env:PSModulePath'; "
    "$modulePath`$PSStyle.OutputRendering = 'PlainText'; `$ProgressPreference = 'SilentlyContinue'`n$Script" | Set-Content $file
    # An absent -File argument list would start a session that waits for input.
    $start = New-PwshStart (@('-NoLogo', '-NoProfile', '-NonInteractive', '-File', $file) + $Arguments)
    if ($HostName -and (Test-HostName)) {
        $all = @('-u', '/bin/sh', '-c', 'hostname "$0" && exec "$@"', $HostName, $start.FileName) + $start.ArgumentList
        $start.FileName = 'unshare'
        $start.ArgumentList.Clear()
        foreach ($argument in $all) { $start.ArgumentList.Add($argument) }
    }
    foreach ($key in $Environment.Keys) { if ($null -eq $Environment[$key]) { $null = $start.Environment.Remove($key) } else { $start.Environment[$key] = [string]$Environment[$key] } }
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $start.RedirectStandardInput = $true
    $process = [Diagnostics.Process]::Start($start)
    $process.StandardInput.Close()
    $errors = $process.StandardError.ReadToEndAsync()
    $output = $process.StandardOutput.ReadToEnd()
    $process.WaitForExit()
    Remove-Item $file
    [pscustomobject]@{
        Output   = $output.TrimEnd()
        Errors   = $errors.GetAwaiter().GetResult().TrimEnd()
        ExitCode = $process.ExitCode
    }
}

# The system and the processor as .NET calls them: linux-x64.
function Get-Platform { [Runtime.InteropServices.RuntimeInformation]::RuntimeIdentifier -replace '^(linux-musl|linux|win|osx).*-', '$1-' }

# Runs a script in a PowerShell whose host can ask: each question is kept and answered with the choice of that number.
function Invoke-Asked {
    param([Parameter(Mandatory)][string] $Script, [int] $Answer)
    $file = Join-Path ([IO.Path]::GetTempPath()) "$([Guid]::NewGuid()).ps1"
    @'
param([string] $Path, [int] $Answer)
Add-Type -TypeDefinition @"
using System; using System.Collections.Generic; using System.Collections.ObjectModel; using System.Globalization; using System.Management.Automation; using System.Management.Automation.Host; using System.Security;
public sealed class AskingHost : PSHost {
    public AskingHost(int answer) { UI = new AskingUI(answer); }
    public override CultureInfo CurrentCulture => CultureInfo.CurrentCulture;
    public override CultureInfo CurrentUICulture => CultureInfo.CurrentUICulture;
    public override Guid InstanceId { get; } = Guid.NewGuid();
    public override string Name => "Asking";
    public override PSHostUserInterface UI { get; }
    public override Version Version => new Version(1, 0);
    public override void EnterNestedPrompt() { }
    public override void ExitNestedPrompt() { }
    public override void NotifyBeginApplication() { }
    public override void NotifyEndApplication() { }
    public override void SetShouldExit(int exitCode) { }
}
public sealed class AskingUI : PSHostUserInterface {
    private readonly int _answer;
    public AskingUI(int answer) { _answer = answer; }
    public List<string> Questions { get; } = new List<string>();
    public override PSHostRawUserInterface RawUI => null;
    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions) => throw new NotSupportedException();
    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice) { Questions.Add(caption + "\n" + message); return _answer; }
    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) => null;
    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName, PSCredentialTypes types, PSCredentialUIOptions options) => null;
    public override string ReadLine() => "";
    public override SecureString ReadLineAsSecureString() => new SecureString();
    public override void Write(string value) { }
    public override void Write(ConsoleColor foreground, ConsoleColor background, string value) { }
    public override void WriteDebugLine(string message) { }
    public override void WriteErrorLine(string value) { }
    public override void WriteLine(string value) { }
    public override void WriteProgress(long sourceId, ProgressRecord record) { }
    public override void WriteVerboseLine(string message) { }
    public override void WriteWarningLine(string message) { }
}
"@
$asking = [AskingHost]::new($Answer)
$runspace = [runspacefactory]::CreateRunspace($asking)
$runspace.Open()
$shell = [powershell]::Create($runspace)
$output = $shell.AddScript([IO.File]::ReadAllText($Path)).Invoke()
@{ Questions = @($asking.UI.Questions); Output = @($output | ForEach-Object { "$_" }); Errors = @($shell.Streams.Error | ForEach-Object { "$_" }) } | ConvertTo-Json -Compress
'@ | Set-Content $file
    $inner = "$file.inner"
    $Script | Set-Content $inner
    # Not -NonInteractive: there is somebody who answers.
    $start = New-PwshStart '-NoLogo', '-NoProfile', '-File', $file, '-Path', $inner, '-Answer', $Answer
    $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
    $process = [Diagnostics.Process]::Start($start)
    $process.StandardInput.Close()
    $process.StandardOutput.ReadToEnd() | ConvertFrom-Json
    $process.WaitForExit()
    Remove-Item $file, $inner
}

# Whoever asks for port 0 gets one of the system's range: below it a port that is free stays free. Test files run side by side, so each port
# is marked by a file that this process holds open as long as it lives.
$portHolders = [Collections.Generic.List[IDisposable]]::new()
function Get-FreePort {
    $range = Get-Content /proc/sys/net/ipv4/ip_local_port_range -ErrorAction Ignore
    $first = $range ? [int]($range -split '\s+')[0] : 32768
    while ($true) {
        $port = Get-Random -Minimum 10000 -Maximum ($first -gt 12000 ? $first : 65000)
        $holder = $null
        try {
            if ($env:PM_PORTS) { $holder = [IO.FileStream]::new((Join-Path $env:PM_PORTS $port), 'OpenOrCreate', 'ReadWrite', 'None') }
        }
        catch [IO.IOException] { continue }
        try {
            foreach ($address in [Net.IPAddress]::Loopback, [Net.IPAddress]::IPv6Loopback) {
                $listener = [Net.Sockets.TcpListener]::new($address, $port)
                try { $listener.Start() } finally { $listener.Stop() }
            }
        }
        catch [Net.Sockets.SocketException] {
            if ($_.Exception.SocketErrorCode -in 'AddressAlreadyInUse', 'AccessDenied') {
                if ($holder) { $holder.Dispose() }
                continue
            }
        }
        if ($holder) { $portHolders.Add($holder) }
        return $port
    }
}

# Debian's programs are where no PATH leads to; a link that a PATH has may lead there. Root may not run the server: Debian's own user does.
function Find-Postgres {
    $initdb = @(Get-Command initdb -CommandType Application -ErrorAction Ignore | ForEach-Object Source) +
        @(Get-ChildItem '/usr/lib/postgresql/*/bin/initdb' -ErrorAction Ignore | Sort-Object FullName -Descending | ForEach-Object FullName)
    foreach ($file in $initdb) {
        $folder = Split-Path ((Get-Item $file).ResolvedTarget ?? $file)
        if (-not (Test-Path (Join-Path $folder pg_ctl))) { continue }
        if ((id -u) -ne '0' -or ((Find-RunUser) -and (getent passwd postgres))) { return $folder }
    }
}

# It is in /usr/sbin, which is not on everybody's PATH.
function Find-RunUser { (Get-Command runuser, /usr/sbin/runuser, /sbin/runuser -CommandType Application -ErrorAction Ignore | Select-Object -First 1).Source }

function Invoke-Postgres($Server, [string] $Program, [string[]] $Arguments) {
    $all = @($Server.As) + (Join-Path $Server.Bin $Program) + $Arguments
    # The server that pg_ctl leaves behind would keep a pipe open.
    & /bin/sh -c '"$@" >>"$0" 2>&1 </dev/null' "$($Server.Folder).out" @all
    if ($LASTEXITCODE) { throw "$Program ended with ${LASTEXITCODE}: $(Get-Content "$($Server.Folder).out" -Tail 3)" }
}

function Start-Postgres {
    param([string] $Password)
    $bin = Find-Postgres
    if (-not $bin) { throw 'PostgreSQL is not installed here.' }
    $folder = Join-Path ([IO.Path]::GetTempPath()) "pg-$([Guid]::NewGuid().ToString('N').Substring(0, 8))"
    $null = New-Item -ItemType Directory $folder
    $isRoot = (id -u) -eq '0'
    $server = [pscustomobject]@{ Bin = $bin; Folder = $folder; Port = Get-FreePort; Connection = ''; As = $isRoot ? @((Find-RunUser), '-u', 'postgres', '--') : @() }
    $login = '-A', 'trust'
    if ($Password) {
        Set-Content (Join-Path $folder pw) $Password
        $login = '-A', 'scram-sha-256', "--pwfile=$folder/pw"
    }
    if ($isRoot) {
        for ($up = Split-Path $folder; $up.Length -gt 1 -and $up -ne '/tmp'; $up = Split-Path $up) { chmod a+x $up }
        chown -R postgres $folder
    }
    Invoke-Postgres $server initdb (@('-D', "$folder/data", '-U', 'lab', '-E', 'UTF8', '--no-locale', '--no-sync') + $login)
    Invoke-Postgres $server pg_ctl '-D', "$folder/data", '-w', '-l', "$folder/log", '-o', "-c listen_addresses=127.0.0.1 -c port=$($server.Port) -c unix_socket_directories='' -c fsync=off", 'start'
    $server.Connection = "Host=127.0.0.1;Port=$($server.Port);Database=postgres;Username=lab"
    $server
}

function Stop-Postgres($Server) {
    if (-not $Server) { return }
    Invoke-Postgres $Server pg_ctl '-D', "$($Server.Folder)/data", '-w', '-m', 'immediate', 'stop'
    Remove-Item -Recurse -Force $Server.Folder, "$($Server.Folder).out"
}

# What is stopped must wait for something that comes much later, or never: then that it ended says enough, on a slow machine too.
function Stop-Shell([powershell] $Shell) {
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $stopping = $Shell.BeginStop($null, $null)
    $hasEnded = $stopping.AsyncWaitHandle.WaitOne(60000)
    [pscustomobject]@{ HasEnded = $hasEnded; Seconds = $watch.Elapsed.TotalSeconds }
}

function Get-ErrorFrom([scriptblock] $Script) {
    try {
        $null = & $Script
    }
    catch {
        $_
    }
}
