# Runs in processes of their own that are killed, or stopped as a person at the keyboard does it (SIGINT), while the service does not answer
# or another program holds the ledger. What the simulator received decides.

BeforeDiscovery {
    . $PSScriptRoot/Harness.ps1
    $hasPostgres = (Find-Postgres) -and (Get-Command psql -CommandType Application -ErrorAction Ignore)
}

Describe 'A run that does not come to its end' {
    BeforeAll {
        . $PSScriptRoot/Harness.ps1
        Import-TestModule
        $global:PSDefaultParameterValues['Send-ParticipantMessage:RepeatAfter'] = 0
        $sim = Start-Sim
        $study = Get-SimStudy $sim
        $people = @(Get-SimParticipant $sim)
        $direct = Get-Direct $sim
        $ledger = (Get-MessageLedger).Path
        $running = [Collections.Generic.List[Diagnostics.Process]]::new()
        # Not every env can do it: macOS's and BusyBox's cannot.
        $resets = -not $IsWindows -and $(& env --default-signal=INT true 2>$null; $LASTEXITCODE -eq 0)

        # A script in a PowerShell of its own; $direct and $study are there.
        function Start-Run([string] $Script) {
            $file = Join-Path $TestDrive "$([Guid]::NewGuid()).ps1"
            @"
`$env:PSModulePath = '$env:PSModulePath'; `$PSStyle.OutputRendering = 'PlainText'; `$ProgressPreference = 'SilentlyContinue'
. '$PSScriptRoot/Harness.ps1'
Import-TestModule
`$direct = Get-Direct ([pscustomobject]@{ BaseUri = [uri]'$($sim.BaseUri)' })
`$study = '$study'
$Script
"@ | Set-Content $file
            $start = New-PwshStart '-NoLogo', '-NoProfile', '-NonInteractive', '-File', $file
            if ($resets) {
                # Where the tests themselves were started in the background (nohup, &), SIGINT is ignored, also by what they start.
                foreach ($argument in $start.FileName, '--default-signal=INT') { $start.ArgumentList.Insert(0, $argument) }
                $start.FileName = 'env'
            }
            $start.RedirectStandardOutput = $true
            $start.RedirectStandardError = $true
            $process = [Diagnostics.Process]::Start($start)
            $running.Add($process)
            [pscustomobject]@{ Process = $process; Output = $process.StandardOutput.ReadToEndAsync(); Errors = $process.StandardError.ReadToEndAsync() }
        }

        function Wait-Until($Run, [scriptblock] $Condition) {
            while (-not (& $Condition)) {
                if ($Run.Process.HasExited) { throw "It ended too early: $($Run.Output.Result) $($Run.Errors.Result)" }
                # What is waited for stays as it is when it has come; to ask more often only takes the computer away from who brings it.
                Start-Sleep -Milliseconds 100
            }
        }

        # Ctrl+C. What is waited for never comes, so that it ended says enough.
        function Send-Interrupt($Run) {
            $watch = [Diagnostics.Stopwatch]::StartNew()
            & sh -c "kill -INT $($Run.Process.Id)"
            $Run.Process.WaitForExit(120000) | Should -BeTrue
            Write-Host "    it ended $($watch.Elapsed.TotalSeconds.ToString('0.00')) s after the stop"
            $Run.Output.Result
        }

        # Another program that holds the ledger.
        function Start-Lock {
            $program = Get-ChildItem (Join-Path $env:PM_REPOSITORY "tests/ParticipantMessaging.LedgerProbe/bin/$env:PM_CONFIGURATION") -Recurse -Filter ParticipantMessaging.LedgerProbe.dll | Select-Object -First 1
            $start = [Diagnostics.ProcessStartInfo]::new('dotnet')
            foreach ($argument in $program.FullName, $ledger, 'lock') { $start.ArgumentList.Add($argument) }
            $start.RedirectStandardInput = $true
            $start.RedirectStandardOutput = $true
            $process = [Diagnostics.Process]::Start($start)
            $running.Add($process)
            $process.StandardOutput.ReadLine() | Should -Be LOCKED
            $process
        }

        function Stop-Lock($Lock) {
            # Not in good order: SQLite would tidy away the log of the run that could not say that it ended.
            $Lock.Kill()
            $Lock.WaitForExit()
        }

        $crowd = Start-Sim -Arguments '--participants', '4000', '--seed', '1'
        $list = Join-Path $TestDrive crowd.txt
        (Get-SimParticipant $crowd).id | Set-Content $list

        function Assert-EverybodyOnce($Receipts) {
            ($Receipts | Group-Object Status | ForEach-Object { "$($_.Count) $($_.Name)" }) -join ', ' | Should -Be '4000 Sent'
            (Invoke-Sim $crowd info).messages | Should -Be 4000
            @(Invoke-Sim $crowd 'mailboxes?limit=5000' | ForEach-Object { $_ } | Where-Object { @($_.messages).Count -ne 1 }).Count | Should -Be 0
        }

        function Get-ReceivedCount { (Invoke-Sim $sim info).messages }
    }
    AfterAll {
        foreach ($process in $running) { if (-not $process.HasExited) { $process.Kill($true) } }
        Stop-Sim $sim
        Stop-Sim $crowd
    }
    BeforeEach {
        foreach ($process in $running) { if (-not $process.HasExited) { $process.Kill($true); $process.WaitForExit() } }
        Clear-Sim $sim
        if (Test-Path $ledger) { Get-SentMessage | ForEach-Object Campaign | Sort-Object -Unique | ForEach-Object { Clear-SentMessage -Campaign $_ -Confirm:$false } }
    }

    It 'was killed: the next one says how many it left open, what to do, and goes on with the rest' {
        # The first six are answered at once, the others are stored and never answered.
        Add-SimFault $sim @{ method = 'POST'; pathPrefix = '/api/v1/messages/'; kind = 'NoAnswer'; afterStored = $true; skip = 6 }
        # The list is the file of what an earlier run has left, and is to hold what this one leaves.
        $unsent = Join-Path $TestDrive killed.csv
        $people[0..19].id | ForEach-Object { [pscustomobject]@{ participant_id = $_; note = 'a, b'; MessageStatus = 'Failed'; MessageReason = 'too late' } } | Export-Csv $unsent
        $list = Get-Content $unsent -Raw
        $script = "Import-Csv (`$list) | Send-ParticipantMessage @direct -StudyId `$study -Body Hello -Campaign killed -BatchSize 1 -ThrottleLimit 4 -UnsentPath '$unsent'"
        $run = Start-Run "`$list = '$unsent'; $script"
        Wait-Until $run { (Get-ReceivedCount) -ge 10 }
        $run.Process.Kill()
        $run.Process.WaitForExit()
        Get-Content $unsent -Raw | Should -BeExactly $list

        $null = Invoke-Sim $sim faults -Method Delete
        $ids = $people[0..19].id
        $list = $unsent
        $receipts = & ([scriptblock]::Create("$script -ErrorAction SilentlyContinue")) 3>&1
        $warnings = @($receipts | Where-Object { $_ -is [Management.Automation.WarningRecord] })
        $receipts = @($receipts | Where-Object { $_ -isnot [Management.Automation.WarningRecord] })
        $warnings.Count | Should -Be 1
        @(Import-Csv $unsent) | Should -BeNullOrEmpty
        "$($warnings[0])" | Should -Match 'it left 4 messages, of which it is not known whether they arrived'
        "$($warnings[0])" | Should -Match 'Get-SentMessage -Status Unknown \| Resolve-SentMessage'
        "$($warnings[0])" | Should -Match 'goes on with the rest'
        ($receipts | Group-Object Status | Sort-Object Name | ForEach-Object { "$($_.Count) $($_.Name)" }) -join ', ' | Should -Be '10 Sent, 6 Skipped, 4 Unknown'
        foreach ($id in $ids) { @(Get-SimMailbox $sim $id).Count | Should -Be 1 }

        # It is said once.
        Get-SentMessage -Campaign killed -Status Unknown 3>&1 | Where-Object { $_ -is [Management.Automation.WarningRecord] } | Should -BeNullOrEmpty
        @(Get-SentMessage -Campaign killed -Status Unknown | Resolve-SentMessage @direct -MinimumAge 0 | ForEach-Object Status | Sort-Object -Unique) | Should -Be Sent
    }

    It 'was killed when a row had failed: its list lies beside the file of what is not sent' {
        Add-SimFault $sim @{ method = 'POST'; pathPrefix = '/api/v1/messages/'; kind = 'Status'; status = 400; count = 1 }
        Add-SimFault $sim @{ method = 'POST'; pathPrefix = '/api/v1/messages/'; kind = 'NoAnswer'; afterStored = $true }
        $unsent = Join-Path $TestDrive failed.csv
        $people[0..4].id | ForEach-Object { [pscustomobject]@{ participant_id = $_; MessageStatus = 'Failed'; MessageReason = 'too late' } } | Export-Csv $unsent
        $list = Get-Content $unsent -Raw
        $run = Start-Run "Import-Csv '$unsent' | Send-ParticipantMessage @direct -StudyId `$study -Body Hello -Campaign beside -BatchSize 1 -ThrottleLimit 1 -UnsentPath '$unsent'"
        # The list is put aside a moment before the row is in its place.
        Wait-Until $run { (Test-Path "$unsent.before") -and (Test-Path $unsent) -and @(Get-Content $unsent).Count -ge 2 }
        $run.Process.Kill()
        $run.Process.WaitForExit()
        @(Import-Csv $unsent).participant_id | Should -Be $people[0].id
        Get-Content "$unsent.before" -Raw | Should -BeExactly $list

        $null = Invoke-Sim $sim faults -Method Delete
        $null = Import-Csv "$unsent.before" | Send-ParticipantMessage @direct -StudyId $study -Body Hello -Campaign beside -BatchSize 1 -UnsentPath $unsent -WarningVariable said -WarningAction SilentlyContinue -ErrorAction SilentlyContinue
        "$($said[0])" | Should -BeLike '*failed.csv.before is the list of a run that did not come to its end*'
        foreach ($id in $people[0..4].id) { @(Get-SimMailbox $sim $id).Count | Should -Be 1 }
        @(Import-Csv $unsent) | Should -BeNullOrEmpty
    }

    It 'was killed, and completion was the first to look: the cmdlet after it says so' {
        Add-SimFault $sim @{ method = 'POST'; pathPrefix = '/api/v1/messages/'; kind = 'NoAnswer'; afterStored = $true }
        $run = Start-Run "'$($people[0].id)' | Send-ParticipantMessage @direct -StudyId `$study -Body Hello -Campaign completed"
        Wait-Until $run { (Get-ReceivedCount) -ge 1 }
        $run.Process.Kill()
        $run.Process.WaitForExit()
        @((TabExpansion2 'Get-SentMessage -Campaign comp' 30).CompletionMatches.CompletionText) | Should -Be completed
        "$(Get-SentMessage -Campaign completed 3>&1 | Where-Object { $_ -is [Management.Automation.WarningRecord] })" | Should -Match 'it left 1 message, of which it is not known whether it arrived\.'
    }

    It 'was stopped with Ctrl+C in the middle of calls: it says how far it came, and the same command goes on' -Skip:$IsWindows {
        Add-SimFault $sim @{ method = 'POST'; pathPrefix = '/api/v1/messages/'; kind = 'NoAnswer'; afterStored = $true; skip = 6 }
        $unsent = Join-Path $TestDrive stopped.csv
        $run = Start-Run "-split '$($people[0..19].id)' | Send-ParticipantMessage @direct -TimeoutSec 300 -StudyId `$study -Body Hello -Campaign stopped -BatchSize 1 -ThrottleLimit 4 -UnsentPath '$unsent'"
        Wait-Until $run { (Get-ReceivedCount) -ge 10 }
        Send-Interrupt $run | Should -Match 'Stopped: 6 of 20 sent\. The same command goes on with the rest\. Of 4 it is not known'

        "$unsent.before" | Should -Not -Exist

        # What nobody got a receipt for stands in the file: those who have no message, and nobody else.
        $left = @(Import-Csv $unsent)
        @($left.ParticipantId | Sort-Object) | Should -Be @($people[0..19].id | Where-Object { @(Get-SimMailbox $sim $_).Count -eq 0 } | Sort-Object)
        $left.Count | Should -Be 10
        @($left | ForEach-Object { "$($_.MessageStatus): $($_.MessageReason)" } | Sort-Object -Unique) | Should -Be 'Failed: Not sent: the run was stopped.'

        $null = Invoke-Sim $sim faults -Method Delete
        $receipts = $people[0..19].id | Send-ParticipantMessage @direct -StudyId $study -Body Hello -Campaign stopped -BatchSize 1 -ErrorAction SilentlyContinue
        ($receipts | Group-Object Status | Sort-Object Name | ForEach-Object { "$($_.Count) $($_.Name)" }) -join ', ' | Should -Be '10 Sent, 6 Skipped, 4 Unknown'
        foreach ($person in $people[0..19]) { @(Get-SimMailbox $sim $person.id).Count | Should -Be 1 }
    }

    It 'was stopped with Ctrl+C between claim and call of 4,000 equal texts: nothing leaves, and the same command sends to everybody once' -Skip:$IsWindows {
        Clear-Sim $crowd
        $study = Get-SimStudy $crowd
        # Both calls are claimed; the first to come is refused, and holds the other one back with it.
        Add-SimFault $crowd @{ method = 'POST'; pathPrefix = '/api/v1/messages/'; kind = 'Status'; status = 429; retryAfterSeconds = 250 }
        $script = "Get-Content '$list' | Send-ParticipantMessage @direct -StudyId $study -Body Hello -Campaign crowd -BatchSize 2000 -ThrottleLimit 2"
        $run = Start-Run "`$direct = Get-Direct ([pscustomobject]@{ BaseUri = [uri]'$($crowd.BaseUri)' }); $script"
        Wait-Until $run { @(Get-SimRequests $crowd 'POST /api/v1/messages/*').Count -ge 1 -and @(Get-SentMessage -Campaign crowd).Count -eq 4000 }
        $null = Invoke-Sim $crowd faults -Method Delete
        $null = Invoke-Sim $crowd requests -Method Delete
        Send-Interrupt $run | Should -Match 'Stopped: 0 of 4,?000 sent\. The same command goes on with the rest\.\s*$'
        @(Get-SimRequests $crowd 'POST /api/v1/messages/*').Count | Should -Be 0
        @(Get-SentMessage -Campaign crowd).Count | Should -Be 0

        $direct = Get-Direct $crowd
        $receipts = & ([scriptblock]::Create($script))
        Assert-EverybodyOnce $receipts
    }

    It 'was stopped with Ctrl+C in the middle of the claim of 4,000 equal texts: nothing leaves after the stop, and the same command sends to everybody once' -Tag 'Needs PostgreSQL' -Skip:($IsWindows -or -not $hasPostgres) {
        $server = Start-Postgres
        $holder = $null
        Set-MessageLedger -ConnectionString $server.Connection -Scope Session -WarningAction Ignore
        try {
            Get-SentMessage | Should -BeNullOrEmpty
            $start = [Diagnostics.ProcessStartInfo]::new((Get-Command psql -CommandType Application)[0].Source)
            foreach ($argument in '-h', '127.0.0.1', '-p', $server.Port, '-U', 'lab', '-d', 'postgres', '-qAtX') { $start.ArgumentList.Add($argument) }
            $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
            $holder = [Diagnostics.Process]::Start($start)
            $running.Add($holder)
            function Invoke-Sql([string] $Sql) {
                $holder.StandardInput.WriteLine("$Sql; SELECT 'end';")
                while (($line = $holder.StandardOutput.ReadLine()) -ne 'end') { if ($null -eq $line) { throw 'psql has ended.' }; $line }
            }
            # A claim waits with its entries written and not committed, as long as the lock is held here.
            Invoke-Sql 'CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN NULL; END $$'
            Invoke-Sql 'CREATE TRIGGER hold AFTER INSERT ON ledger_entry FOR EACH STATEMENT EXECUTE FUNCTION hold()'
            $null = Invoke-Sql 'SELECT pg_advisory_lock(42)'

            Clear-Sim $crowd
            $study = Get-SimStudy $crowd
            $sign = Join-Path $TestDrive stopped
            $script = "Get-Content '$list' | Send-ParticipantMessage @direct -StudyId $study -Body Hello -Campaign claim"
            $run = Start-Run @"
Add-Type @'
using System.IO;
using System.Management.Automation;
[Cmdlet("Watch", "Stop")]
public sealed class WatchStop : Cmdlet
{
    [Parameter(ValueFromPipeline = true)] public object Item { get; set; }
    protected override void ProcessRecord() { WriteObject(Item); }
    protected override void StopProcessing() { File.WriteAllText("$sign", ""); }
}
'@
Import-Module -Assembly ([WatchStop].Assembly)
Set-MessageLedger -ConnectionString '$($server.Connection)' -Scope Session -WarningAction Ignore
`$direct = Get-Direct ([pscustomobject]@{ BaseUri = [uri]'$($crowd.BaseUri)' })
$script | Watch-Stop
"@
            Wait-Until $run { (Invoke-Sql 'SELECT count(*) FROM pg_locks WHERE objid = 42 AND NOT granted') -eq 1 }
            & sh -c "kill -INT $($run.Process.Id)"
            # It is behind the send in the pipeline, and stopped after it. After two seconds the claim is given up without being let go.
            while (-not (Test-Path $sign) -and -not $run.Process.HasExited) { Start-Sleep -Milliseconds 10 }
            $null = Invoke-Sql 'SELECT pg_advisory_unlock(42)'
            $run.Process.WaitForExit(120000) | Should -BeTrue
            @(Get-SimRequests $crowd 'POST /api/v1/messages/*').Count | Should -Be 0
            $run.Output.Result | Should -Match 'Stopped: 0 of 4,?000 sent\. The same command goes on with the rest\.\s*$'
            @(Get-SentMessage -Campaign claim).Count | Should -Be 0

            $direct = Get-Direct $crowd
            $receipts = & ([scriptblock]::Create($script))
            Assert-EverybodyOnce $receipts
        }
        finally {
            Set-MessageLedger -Default -Scope Session -WarningAction Ignore
            if ($holder) { $holder.Kill() }
            Stop-Postgres $server
        }
    }

    It 'was stopped with Ctrl+C while it claimed, and another program held the ledger: nothing leaves, and it ends with the ledger still held' -Skip:$IsWindows {
        # The second row comes when the ledger is held, so that its claim can only wait.
        $sign = Join-Path $TestDrive held
        $run = Start-Run "& { '$($people[0].id)'; while (-not (Test-Path '$sign')) { Start-Sleep -Milliseconds 20 }; Set-Content '$sign.seen' 1; '$($people[1].id)' } | Send-ParticipantMessage @direct -StudyId `$study -Body Hello -Campaign held -Stream"
        Wait-Until $run { (Get-ReceivedCount) -ge 1 -and @(Get-SentMessage -Campaign held -Status Sent).Count -eq 1 }
        $lock = Start-Lock
        Set-Content $sign 1
        Wait-Until $run { Test-Path "$sign.seen" }
        Send-Interrupt $run | Should -Match 'Stopped: 1 sent of the 2 that had come\. The same command goes on with the rest\.'
        # It ended for the stop, not because its patience with the other program did.
        $run.Output.Result + $run.Errors.Result | Should -Not -Match 'ledger'
        $lock.HasExited | Should -BeFalse
        Get-ReceivedCount | Should -Be 1
        Stop-Lock $lock
        @(Get-SentMessage -Campaign held).Status | Should -Be Sent
    }

    It 'was stopped with Ctrl+C in the middle of a call, and another program held the ledger: Unknown at the next run, which says so' -Skip:$IsWindows {
        Add-SimFault $sim @{ method = 'POST'; pathPrefix = '/api/v1/messages/'; kind = 'NoAnswer'; afterStored = $true }
        $run = Start-Run "'$($people[0].id)' | Send-ParticipantMessage @direct -TimeoutSec 300 -StudyId `$study -Body Hello -Campaign call"
        Wait-Until $run { (Get-ReceivedCount) -ge 1 }
        $lock = Start-Lock
        Send-Interrupt $run | Should -Match 'Stopped: 0 of 1 sent'
        $lock.HasExited | Should -BeFalse
        Stop-Lock $lock
        $entries = @(Get-SentMessage -Campaign call 3>&1)
        "$($entries[0])" | Should -Match 'it left 1 message'
        $entries[1].Status | Should -Be Unknown
        Get-ReceivedCount | Should -Be 1
    }

    It 'cannot open its ledger because the secret has another name: a receipt for each row, one error, and nothing leaves' {
        New-TestVault
        try {
            Set-MessageLedger -ConnectionString "postgresql://lab@127.0.0.1:$(Get-FreePort)/postgres?sslmode=disable" -SecretName misspelt -WarningAction SilentlyContinue
            $receipts = @($people[0..2].id | Send-ParticipantMessage @direct -StudyId $study -Body Hello -ErrorAction SilentlyContinue -ErrorVariable errors)
        }
        finally {
            Set-MessageLedger -Default -WarningAction SilentlyContinue
        }
        @($receipts.Status) | Should -Be Failed, Failed, Failed
        @($receipts.Row) | Should -Be 2, 3, 4
        @($errors.FullyQualifiedErrorId | ForEach-Object { ($_ -split ',')[0] }) | Should -Be ParticipantMessaging.LedgerUnavailable
        "$($errors[0])" | Should -Match misspelt
        Get-ReceivedCount | Should -Be 0
    }
}
