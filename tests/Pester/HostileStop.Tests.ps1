# Ctrl+C, as the engine does it (PowerShell.BeginStop), while the service does not answer: it ends all the same, and the ledger tells the truth.
Describe 'A stop' {
    BeforeAll {
        . $PSScriptRoot/Harness.ps1
        Import-TestModule
        $sim = Start-Sim -Arguments '--participants', '200', '--seed', '1', '--unread', '20'
        $study = Get-SimStudy $sim
        $people = @(Get-SimParticipant $sim)
        $file = Join-Path $TestDrive people.csv
        $people | ForEach-Object { [pscustomobject]@{ participant_id = $_.id; first_name = $_.firstName; code = "C-$($_.id)" } } | Export-Csv $file

        # Starts a script in a runspace, waits for the condition, and stops it.
        function Invoke-Stop([string] $Script, [scriptblock] $Until) {
            $shell = [powershell]::Create()
            try {
                $null = $shell.AddScript(". '$PSScriptRoot/Harness.ps1'; Import-TestModule; `$direct = Get-Direct ([pscustomobject]@{ BaseUri = [uri]'$($sim.BaseUri)' }); $Script")
                $running = $shell.BeginInvoke()
                while (-not (& $Until)) {
                    if ($running.IsCompleted) { throw "It ended before it was stopped: $($shell.Streams.Error)" }
                    Start-Sleep -Milliseconds 20
                }
                $stop = Stop-Shell $shell
                $stop.HasEnded | Should -BeTrue
                $running.IsCompleted | Should -BeTrue
                Write-Host "    it ended $($stop.Seconds.ToString('0.00')) s after the stop"
            }
            finally {
                $shell.Dispose()
            }
        }
    }
    AfterAll { Stop-Sim $sim }
    BeforeEach { Clear-Sim $sim }

    It 'ends a personalised send without the answers, and leaves nothing in the ledger that is not true' {
        # The first 20 are answered at once, the others are stored and never answered.
        Add-SimFault $sim @{ method = 'POST'; pathPrefix = '/api/v1/messages/'; kind = 'NoAnswer'; afterStored = $true; skip = 20 }
        Invoke-Stop "Import-Csv '$file' | Send-ParticipantMessage @direct -TimeoutSec 300 -StudyId $study -Body 'Dear {{ first_name }}, {{ code }}' -Campaign stop -ThrottleLimit 8" {
            (Invoke-Sim $sim info).messages -ge 28
        }

        $entries = @(Get-SentMessage -Campaign stop)
        @($entries.Status | Sort-Object -Unique) | Should -Be Sent, Unknown
        $received = @(Invoke-Sim $sim 'mailboxes?limit=1000' | ForEach-Object { $_ })
        foreach ($box in $received) {
            $box.messages.Count | Should -Be 1
            @($entries | Where-Object ParticipantId -EQ $box.id).Count | Should -Be 1
        }
        foreach ($entry in $entries | Where-Object Status -EQ Sent) { $received.id | Should -Contain $entry.ParticipantId }

        # The next run sends to everybody else, and to nobody twice.
        $null = Invoke-Sim $sim faults -Method Delete
        $direct = Get-Direct $sim
        $receipts = @(Import-Csv $file | Send-ParticipantMessage @direct -StudyId $study -Body 'Dear {{ first_name }}, {{ code }}' -Campaign stop -ThrottleLimit 8 -ErrorAction SilentlyContinue)
        $receipts.Count | Should -Be 200
        @($receipts | Where-Object Status -NotIn Sent, Skipped, Unknown) | Should -BeNullOrEmpty
        foreach ($box in Invoke-Sim $sim 'mailboxes?limit=1000' | ForEach-Object { $_ }) { $box.messages.Count | Should -Be 1 }
    }

    It 'ends a read without the answer' {
        Add-SimFault $sim @{ pathPrefix = '/api/v1/messages/unread/'; kind = 'NoAnswer' }
        Invoke-Stop 'Get-UnreadMessage @direct -TimeoutSec 300' { @(Invoke-Sim $sim faults | ForEach-Object { $_ })[0].struck -ge 1 }
    }
}
