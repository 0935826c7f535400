# The clock of a whole process is wrong, not one that is handed to the code: by libfaketime (Debian's package faketime), and corrected afterwards.
BeforeDiscovery {
    $faketime = Get-ChildItem /usr/lib/*/faketime/libfaketimeMT.so.1, /usr/lib/faketime/libfaketimeMT.so.1 -ErrorAction Ignore | Select-Object -First 1
    if (-not $faketime) { Write-Host '    Skipped: a process gets another clock by libfaketime, which is not installed here (apt-get install faketime).' }
    . $PSScriptRoot/Harness.ps1
    $ledgers = @(@{ ledger = 'file'; ahead = 20 }) + @(if (Find-Postgres) { @{ ledger = 'PostgreSQL'; ahead = 3 } })
}

Describe 'A send from a computer whose clock is ahead' -Tag 'Needs faketime' -Skip:(-not $faketime) {
    BeforeAll {
        . $PSScriptRoot/Harness.ps1
        Import-TestModule
        $faketime = Get-ChildItem /usr/lib/*/faketime/libfaketimeMT.so.1, /usr/lib/faketime/libfaketimeMT.so.1 -ErrorAction Ignore | Select-Object -First 1
        $sim = Start-Sim -Arguments '--participants', '10', '--seed', '1'
        $study = Get-SimStudy $sim
        $people = @(Get-SimParticipant $sim)
        $list = Join-Path $TestDrive people.csv
        $people | ForEach-Object { [pscustomobject]@{ participant_id = $_.id; first_name = $_.firstName } } | Export-Csv $list
        $postgres = if (Find-Postgres) { Start-Postgres }

        # The same command in a pwsh of its own; gives its clock, then what the script gives.
        function Invoke-At([int] $Ahead, [scriptblock] $Script, [object[]] $Arguments) {
            $environment = $Ahead ? @{ LD_PRELOAD = $faketime.FullName; FAKETIME = "+${Ahead}s"; FAKETIME_DONT_FAKE_MONOTONIC = '1'; FAKETIME_DONT_RESET = '1' } : @{}
            $start = [scriptblock]::Create("[DateTimeOffset]::UtcNow.ToUnixTimeSeconds(); . { $Script } @args")
            $before = [DateTimeOffset]::UtcNow.ToUnixTimeSeconds()
            $run = Invoke-Pwsh $start -Arguments $Arguments -Environment $environment
            $run.Errors | Should -BeNullOrEmpty
            $lines = @($run.Output -split "`n")
            # The clock was really that wrong: no less than it is ahead, and not more than the run took.
            [long]$lines[0] - $before | Should -BeGreaterOrEqual $Ahead
            [long]$lines[0] | Should -BeLessOrEqual ([DateTimeOffset]::UtcNow.ToUnixTimeSeconds() + $Ahead)
            $lines | Select-Object -Skip 1
        }

        $send = {
            param($harness, $base, $list, $study, $ledger, $campaign)
            . $harness
            Import-TestModule
            if ($ledger -like 'Host=*') { Set-MessageLedger -ConnectionString $ledger -Scope Session } else { Set-MessageLedger -Path $ledger -Scope Session }
            $direct = Get-Direct ([pscustomobject]@{ BaseUri = [uri]$base })
            Import-Csv $list | Send-ParticipantMessage @direct -StudyId $study -Campaign $campaign -Body 'Dear {{ first_name }}, part 2 is open.' -ErrorAction SilentlyContinue |
                ForEach-Object { "$($_.ParticipantId) $($_.Status)" }
        }
        $resolve = {
            param($harness, $base, $list, $study, $ledger, $campaign)
            . $harness
            Import-TestModule
            if ($ledger -like 'Host=*') { Set-MessageLedger -ConnectionString $ledger -Scope Session } else { Set-MessageLedger -Path $ledger -Scope Session }
            $direct = Get-Direct ([pscustomobject]@{ BaseUri = [uri]$base })
            Resolve-SentMessage -Campaign $campaign @direct -MinimumAge 0 | ForEach-Object { "$($_.ParticipantId) $($_.Status)" }
        }
    }
    AfterAll {
        Stop-Sim $sim
        Stop-Postgres $postgres
    }

    It 'is never called missing: <ledger>, <ahead> s' -ForEach $ledgers {
        Clear-Sim $sim
        $place = $ledger -eq 'file' ? (Join-Path $TestDrive ahead.db) : $postgres.Connection
        $arguments = "$PSScriptRoot/Harness.ps1", $sim.BaseUri, $list, $study, $place, "ahead $ahead"
        Add-SimFault $sim @{ method = 'POST'; pathPrefix = '/api/v1/messages/'; kind = 'Status'; status = 502; afterStored = $true }
        Invoke-At $ahead $send $arguments | ForEach-Object { ($_ -split ' ')[1] } | Should -Be (@('Unknown') * 10)
        foreach ($person in $people) { @(Get-SimMailbox $sim $person.id).Count | Should -Be 1 }

        # The clock is right again.
        $null = Invoke-Sim $sim faults -Method Delete
        $resolved = @(Invoke-At 0 $resolve $arguments)
        ($resolved | Group-Object { ($_ -split ' ')[1] } | ForEach-Object { "$($_.Count) $($_.Name)" }) -join ', ' | Should -Be '10 Sent' -Because ($resolved -join "`n")
        Invoke-At 0 $send $arguments | ForEach-Object { ($_ -split ' ')[1] } | Should -Be (@('Skipped') * 10)
        foreach ($person in $people) { @(Get-SimMailbox $sim $person.id).Count | Should -Be 1 }
    }
}
