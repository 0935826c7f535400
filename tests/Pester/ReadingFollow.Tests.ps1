# Following what comes: each once, stopped at once, remembered across processes.

Describe 'Following' {
    BeforeAll {
        . $PSScriptRoot/Harness.ps1
        Import-TestModule
        $sim = Start-Sim -Arguments '--participants', '20', '--seed', '1', '--unread', '40', '--events', '60', '--no-webhook-delivery'
        $prolific = Get-Direct $sim Prolific
        function Get-Unread { @(Get-UnreadMessage @prolific | ForEach-Object Id) }
    }
    AfterAll { Stop-Sim $sim }
    BeforeEach {
        $null = Invoke-Sim $sim requests -Method Delete
        $null = Invoke-Sim $sim faults -Method Delete
    }

    It '-Wait emits what is there, then what comes, each once, over faults' {
        foreach ($status in 429, 503) { Add-SimFault $sim @{ pathPrefix = '/api/v1/messages/unread/'; kind = 'Status'; status = $status; skip = 1; every = 3 } }
        $seen = [Collections.Generic.List[string]]::new()
        # Something new comes whenever something was shown.
        $found = Get-UnreadMessage @prolific -Wait -Interval 1 -WarningAction SilentlyContinue | ForEach-Object {
            $seen.Add($_.Id)
            if ($seen.Count -in 10, 20, 30, 40, 50) { $null = Invoke-Sim $sim unread @{ count = 10 } }
            $_
        } | Select-Object -First 85
        $found.Count | Should -Be 85
        @($found.Id | Sort-Object -Unique).Count | Should -Be 85
        @(Get-SimRequests $sim 'GET /api/v1/messages/unread/').Count | Should -BeGreaterThan 1
    }

    It 'follows the event log, which goes on' {
        $subscription = (Get-WebhookSubscription @prolific).Id
        $count = 0
        $events = Get-WebhookEvent @prolific -Wait -Interval 1 -First 70 | ForEach-Object {
            if (++$count -eq 60) { $null = Invoke-Sim $sim events @{ subscriptionId = $subscription; count = 25 } }
            $_
        }
        $events.Count | Should -Be 70
        @($events.Id | Sort-Object -Unique).Count | Should -Be 70
    }

    It 'stops at once while the service does not answer, or nothing is due: <_>' -TestCases 'Get-UnreadMessage -TimeoutSec 300', 'Get-UnreadMessage -Wait -Interval 600', 'Get-WebhookEvent -TimeoutSec 300' {
        if ($_ -notlike '*600') { Add-SimFault $sim @{ pathPattern = 'messages|hooks'; kind = 'NoAnswer' } }
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript("param(`$module, `$direct) Import-Module `$module; $_ @direct").AddArgument((Join-Path $env:PM_MODULE 'ParticipantMessaging.psd1')).AddArgument($prolific)
            $running = $shell.BeginInvoke()
            while (@(Get-SimRequests $sim 'GET /api/*').Count -eq 0) {
                if ($running.IsCompleted) { throw "It ended before it was stopped: $($shell.Streams.Error)" }
                [Threading.Thread]::Sleep(50)
            }
            $stop = Stop-Shell $shell
            $stop.HasEnded | Should -BeTrue
            Write-Host "    it ended $($stop.Seconds.ToString('0.00')) s after the stop"
            $running.IsCompleted | Should -BeTrue
        }
        finally {
            $shell.Dispose()
        }
    }

    It '-Wait -New leaves out what is there already' {
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript('param($module, $direct) Import-Module $module; Get-UnreadMessage @direct -Wait -New -Interval 1 | Select-Object -First 2').AddArgument((Join-Path $env:PM_MODULE 'ParticipantMessaging.psd1')).AddArgument($prolific)
            $running = $shell.BeginInvoke()

            # When the second look has begun, the first one is over.
            while (@(Get-SimRequests $sim 'GET /api/v1/messages/unread/').Count -lt 3) {
                if ($running.IsCompleted) { throw "It ended before anything came: $($shell.Streams.Error)" }
                [Threading.Thread]::Sleep(50)
            }
            $null = Invoke-Sim $sim unread @{ body = 'new one' }
            $null = Invoke-Sim $sim unread @{ body = 'new two' }
            $running.AsyncWaitHandle.WaitOne(60000) | Should -BeTrue
            $shell.EndInvoke($running).Body | Should -Be 'new one', 'new two'
        }
        finally {
            $shell.Dispose()
        }
    }

    It '-Checkpoint shows in the next run only what is new' {
        $all = Get-Unread
        $first = Get-UnreadMessage @prolific -Checkpoint daily | Select-Object -First 7
        $rest = Get-UnreadMessage @prolific -Checkpoint daily
        @($first.Id + $rest.Id | Sort-Object) | Should -Be @($all | Sort-Object)
        Get-UnreadMessage @prolific -Checkpoint daily | Should -BeNullOrEmpty
        $null = Invoke-Sim $sim unread @{ count = 3 }
        @(Get-UnreadMessage @prolific -Checkpoint daily).Count | Should -Be 3
        (Get-ErrorFrom { Get-WebhookEvent @prolific -Checkpoint daily -ErrorAction Stop }).FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
        @(Get-WebhookEvent @prolific -Checkpoint log | Select-Object -First 20).Count | Should -Be 20
        $events = @(Get-WebhookEvent @prolific).Count
        @(Get-WebhookEvent @prolific -Checkpoint log).Count | Should -Be ($events - 20)
    }

    It 'a message whose handling fails is shown again' {
        $script:count = 0
        { Get-UnreadMessage @prolific -Checkpoint failing | ForEach-Object { if (++$script:count -eq 3) { throw 'boom' } } } | Should -Throw 'boom'
        $script:count = 0
        { Get-UnreadMessage @prolific -Checkpoint failing | ForEach-Object { if (++$script:count -eq 3) { Write-Error 'boom' -ErrorAction Stop } } } | Should -Throw 'boom'
        @(Get-UnreadMessage @prolific -Checkpoint failing).Count | Should -Be (@(Get-UnreadMessage @prolific).Count - 4)
    }

    It 'a process that is killed loses nothing and shows one message again at most' {
        $log = Join-Path $TestDrive shown.txt
        $null = New-Item $log
        $kills = 0
        $expected = Get-Unread
        while ($true) {
            # It kills itself with its twelfth message in hand, by turns before and after it has shown it.
            $kill = 'if (++$n -eq 12) { [Diagnostics.Process]::GetCurrentProcess().Kill() }; '
            $show = "[IO.File]::AppendAllText('$log', `"`$(`$_.Id)``n`"); "
            $handle = $kills % 2 ? $show + $kill : $kill + $show
            $script = "Import-Module '$(Join-Path $env:PM_MODULE 'ParticipantMessaging.psd1')'; " +
                "Get-UnreadMessage -Provider Prolific -Token (ConvertTo-SecureString sim-prolific-token -AsPlainText -Force) -BaseUri $($sim.BaseUri) -Checkpoint killed | " +
                "ForEach-Object { $handle}; 'done'"
            $start = New-PwshStart '-NoProfile', '-NonInteractive', '-Command', $script
            $start.RedirectStandardOutput = $true
            $process = [Diagnostics.Process]::Start($start)
            $isDone = $process.StandardOutput.ReadToEnd() -match 'done'
            $process.WaitForExit()
            if ($isDone) { break }
            # 137: killed. Anything else is a failure of its own.
            if (-not $IsWindows) { $process.ExitCode | Should -Be 137 }
            $kills++
            $kills | Should -BeLessThan 20
        }
        $shown = [IO.File]::ReadAllLines($log)
        @($shown | Sort-Object -Unique) | Should -Be @($expected | Sort-Object)
        $kills | Should -BeGreaterThan 1
        # Only what was shown and not yet noted comes again.
        $shown.Count - $expected.Count | Should -BeLessOrEqual ([Math]::Floor($kills / 2))
    }
}
