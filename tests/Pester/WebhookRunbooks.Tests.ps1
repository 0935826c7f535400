# The sample runbooks, unchanged, each in a PowerShell of its own that can ask nobody, against the simulator.
BeforeAll {
    . $PSScriptRoot/Harness.ps1
    Import-TestModule
    $runbooks = Join-Path $env:PM_REPOSITORY 'samples/runbooks'
    $sim = Start-Sim @('--participants', '30', '--seed', '21')
    $direct = Get-Direct $sim
    $secret = (New-WebhookSecret @direct -Confirm:$false).Value
    $studyId = (Invoke-Sim $sim info).studyId

    # What Azure Automation offers its runbooks, for -Azure.
    $assets = Join-Path $TestDrive 'assets'
    $null = New-Item -ItemType Directory (Join-Path $assets 'AutomationAssets')
    @"
function Get-AutomationPSCredential([string] `$Name) {
    `$text = `$Name -eq 'Prolific' ? '$SimProlificToken' : 'ledger password'
    [pscredential]::new(`$Name, (ConvertTo-SecureString `$text -AsPlainText -Force))
}
function Get-AutomationVariable([string] `$Name) {
    if (`$Name -eq 'LedgerConnection') { return `$env:TEST_LEDGER }
    if (Test-Path "`$PSScriptRoot/`$Name") { Get-Content -Raw "`$PSScriptRoot/`$Name" }
}
function Set-AutomationVariable([string] `$Name, `$Value) { Set-Content "`$PSScriptRoot/`$Name" `$Value -NoNewline }
"@ | Set-Content (Join-Path $assets 'AutomationAssets' 'AutomationAssets.psm1')
    "@{ RootModule = 'AutomationAssets.psm1'; ModuleVersion = '1.0'; FunctionsToExport = 'Get-AutomationPSCredential', 'Get-AutomationVariable', 'Set-AutomationVariable'; CmdletsToExport = @(); AliasesToExport = @() }" |
        Set-Content (Join-Path $assets 'AutomationAssets' 'AutomationAssets.psd1')

    function Invoke-Runbook([string] $Name, [string[]] $Arguments, [switch] $Azure, [string] $Ledger) {
        $start = New-PwshStart (@('-NoLogo', '-NoProfile', '-NonInteractive', '-File', (Join-Path $runbooks $Name)) + $Arguments)
        $start.Environment['PSModulePath'] = (Split-Path (Split-Path $env:PM_MODULE)) + [IO.Path]::PathSeparator + $env:PSModulePath
        if ($Azure) {
            $start.Environment['PSModulePath'] += [IO.Path]::PathSeparator + $assets
            $start.Environment['TEST_LEDGER'] = $Ledger
        }
        else { $start.Environment['PROLIFIC_TOKEN'] = $SimProlificToken }
        $start.Environment['PROLIFIC_URL'] = $sim.BaseUri
        $start.RedirectStandardOutput = $start.RedirectStandardError = $start.RedirectStandardInput = $true
        $process = [Diagnostics.Process]::Start($start)
        $process.StandardInput.Close()
        $errors = $process.StandardError.ReadToEndAsync()
        $output = $process.StandardOutput.ReadToEnd()
        $process.WaitForExit()
        [pscustomobject]@{ Output = $output; Errors = $errors.GetAwaiter().GetResult(); ExitCode = $process.ExitCode }
    }

    function New-Request([string] $ParticipantId, [string] $Status, [switch] $Stripped, [string] $Key = (ConvertFrom-SecureString $secret -AsPlainText)) {
        $body = "{`"resource_id`": `"64f0c1d2e3a4b5c6d7e8f901`", `"event_type`": `"submission.status.change`", `"participant_id`": `"$ParticipantId`", `"status`": `"$Status`"}"
        $time = [string][DateTimeOffset]::UtcNow.ToUnixTimeSeconds()
        $hash = [Security.Cryptography.HMACSHA256]::HashData([Text.Encoding]::UTF8.GetBytes($Key), [Text.Encoding]::UTF8.GetBytes($time + $body))
        $headers = [ordered]@{ Host = 'a.webhook.we.azure-automation.net'; 'X-Prolific-Request-Timestamp' = $time; 'X-Prolific-Request-Signature' = [Convert]::ToBase64String($hash); 'X-Event-ID' = 'e1'; 'X-Timestamp' = $time }
        if ($Stripped) { return "{WebhookName:hook,RequestBody:$body,RequestHeader:{$(($headers.GetEnumerator() | ForEach-Object { "$($_.Key):$($_.Value)" }) -join ',')}}" }
        [pscustomobject]@{ WebhookName = 'hook'; RequestBody = $body; RequestHeader = $headers } | ConvertTo-Json -Compress
    }

    function Get-Texts([string] $Id) { Get-SimMailbox $sim $Id | ForEach-Object body }
}

AfterAll {
    Stop-Sim $sim
}

Describe 'Receive-ProlificEvent.ps1' {
    It 'verifies, reacts and messages the participant once, however often the event comes' {
        $person = (Invoke-Sim $sim participants)[0].id
        foreach ($stripped in $false, $true) {
            $run = Invoke-Runbook Receive-ProlificEvent.ps1 '-WebhookData', (New-Request $person 'AWAITING REVIEW' -Stripped:$stripped), '-StudyId', $studyId
            $run.Errors | Should -BeNullOrEmpty
            $run.ExitCode | Should -Be 0
        }
        $run.Output | Should -Match 'Skipped'
        Get-Texts $person | Should -Be 'Thank you for taking part! We look at your submission within two days.'
    }

    It 'takes the token from the Automation account, where there is one' {
        $person = (Invoke-Sim $sim participants)[3].id
        $run = Invoke-Runbook Receive-ProlificEvent.ps1 '-WebhookData', (New-Request $person 'AWAITING_REVIEW' -Stripped), '-StudyId', $studyId, '-Body', 'From Azure' -Azure
        $run.Errors | Should -BeNullOrEmpty
        Get-Texts $person | Should -Be 'From Azure'
    }

    It 'does nothing for another status' {
        $person = (Invoke-Sim $sim participants)[1].id
        $run = Invoke-Runbook Receive-ProlificEvent.ps1 '-WebhookData', (New-Request $person 'APPROVED'), '-StudyId', $studyId
        $run.ExitCode | Should -Be 0
        $run.Output | Should -Match 'needs no message'
        Get-Texts $person | Should -BeNullOrEmpty
    }

    It 'fails on a forged event and messages nobody' {
        $person = (Invoke-Sim $sim participants)[2].id
        $run = Invoke-Runbook Receive-ProlificEvent.ps1 '-WebhookData', (New-Request $person 'AWAITING REVIEW' -Key 'forged'), '-StudyId', $studyId
        $run.ExitCode | Should -Not -Be 0
        Get-Texts $person | Should -BeNullOrEmpty
    }
}

Describe 'Send-StudyReminder.ps1' {
    BeforeAll {
        $postgres = (Find-Postgres) ? (Start-Postgres -Password 'ledger password') : $null
    }

    AfterAll {
        Stop-Postgres $postgres
    }

    It 'reminds each late person once, with the ledger in PostgreSQL, even when it runs twice' {
        if (-not $postgres) { Set-ItResult -Skipped -Because 'PostgreSQL is not installed here'; return }
        $study = (Invoke-Sim $sim studies -Body @{ name = 'Reminded' }).id
        $ids = @((Invoke-Sim $sim participants).id)[5..9]
        $null = Invoke-Sim $sim submissions -Body @{ studyId = $study; participantIds = $ids; status = 'ACTIVE' }
        $late = @(Get-Participant -StudyId $study -Status ACTIVE @direct | Where-Object StartedAt -lt ([DateTimeOffset]::UtcNow.AddMinutes(-1)))
        $late.Count | Should -BeGreaterThan 0
        foreach ($time in 1, 2) {
            $run = Invoke-Runbook Send-StudyReminder.ps1 '-StudyId', $study, '-After', '1m', '-LedgerConnection', "$($postgres.Connection);Password=ledger password"
            $run.Errors | Should -BeNullOrEmpty
            $run.ExitCode | Should -Be 0
        }
        $run.Output | Should -Match 'Skipped'
        foreach ($person in $late) { @(Get-Texts $person.ParticipantId).Count | Should -Be 1 }
    }

    It 'reminds the others when of one nobody can tell whether it arrived, and says so' {
        if (-not $postgres) { Set-ItResult -Skipped -Because 'PostgreSQL is not installed here'; return }
        $study = (Invoke-Sim $sim studies -Body @{ name = 'In doubt' }).id
        $doubtful, $other = @((Invoke-Sim $sim participants).id)[15..16]
        $arguments = '-StudyId', $study, '-After', '1m', '-LedgerConnection', "$($postgres.Connection);Password=ledger password"
        $null = Invoke-Sim $sim submissions -Body @{ studyId = $study; participantIds = @($doubtful); status = 'ACTIVE' }
        Add-SimFault $sim @{ method = 'POST'; pathPrefix = '/api/v1/messages/'; bodyContains = $doubtful; kind = 'Status'; status = 502; count = 1 }
        $first = Invoke-Runbook Send-StudyReminder.ps1 $arguments
        "$($first.Errors)" | Should -BeLike '*Of 1 reminders 0 were not sent, and of 1 it is not known*'
        # Somebody writes on the website; a day passes.
        $null = Invoke-RestMethod "$("$($sim.BaseUri)".TrimEnd('/'))/api/v1/messages/" -Method Post -ContentType 'application/json' -NoProxy -Headers @{ Authorization = "Token $SimProlificToken" } -Body (@{ recipient_id = $doubtful; study_id = $study; body = 'Written by hand' } | ConvertTo-Json)
        $null = Invoke-Sim $sim submissions -Body @{ studyId = $study; participantIds = @($other); status = 'ACTIVE' }
        Invoke-Postgres $postgres psql '-d', ($postgres.Connection -replace '.*Port=(\d+).*', 'postgresql://lab:ledger%20password@127.0.0.1:$1/postgres'), '-v', 'ON_ERROR_STOP=1', '-c', "UPDATE ledger_entry SET claimed_at = claimed_at - 600000, settled_at = settled_at - 600000, claimed_service_at = claimed_service_at - 600000, settled_service_at = settled_service_at - 600000 WHERE status = 'Unknown'"
        $second = Invoke-Runbook Send-StudyReminder.ps1 $arguments
        "$($second.Errors)" | Should -BeLike '*cannot be told*Of 2 reminders 0 were not sent, and of 1 it is not known*'
        $second.ExitCode | Should -Not -Be 0
        Get-Texts $other | Should -HaveCount 1
        Get-Texts $doubtful | Should -Be 'Written by hand'
    }

    It 'takes the connection and the password of the ledger from the Automation account' {
        if (-not $postgres) { Set-ItResult -Skipped -Because 'PostgreSQL is not installed here'; return }
        if (-not (Test-VaultModules)) { Set-ItResult -Skipped -Because 'SecretManagement and SecretStore are not installed here'; return }
        $study = (Invoke-Sim $sim studies -Body @{ name = 'Reminded from Azure' }).id
        $ids = @((Invoke-Sim $sim participants).id)[10..14]
        $null = Invoke-Sim $sim submissions -Body @{ studyId = $study; participantIds = $ids; status = 'ACTIVE' }
        $run = Invoke-Runbook Send-StudyReminder.ps1 '-StudyId', $study, '-After', '1m' -Azure -Ledger $postgres.Connection
        $run.Errors | Should -BeNullOrEmpty
        $run.ExitCode | Should -Be 0
        $run.Output | Should -Match 'Sent +\d'
        $run.Output | Should -Not -Match 'ledger password'
    }

    It 'sends nothing when the ledger cannot be reached, and leaves the ledger of the user alone' {
        $run = Invoke-Runbook Send-StudyReminder.ps1 '-StudyId', $studyId, '-After', '1m', '-LedgerConnection', 'Host=127.0.0.1;Port=1;Database=x;Username=y'
        $run.ExitCode | Should -Not -Be 0
        @(Get-SimRequests $sim 'POST /api/v1/messages/*' | Where-Object { $_.body -match 'stays open' -and $_.body -match $studyId }).Count | Should -Be 0
        (Get-MessageLedger).Scope, (Get-MessageLedger).IsDefault | Should -Be 'User', $true
    }
}

Describe 'Send-MissedEvent.ps1' {
    BeforeAll {
        function New-MissedEvents {
            $subscription = (Invoke-Sim $sim subscriptions -Body @{ targetUrl = 'https://hooks.example.org/away' }).id
            foreach ($hours in 3, 1, 2) {
                $null = Invoke-Sim $sim events -Body @{ subscriptionId = $subscription; status = 'FAILED'; createdAt = [DateTimeOffset]::UtcNow.AddHours(-$hours).ToString('o') }
            }
            $null = Invoke-Sim $sim events -Body @{ subscriptionId = $subscription; status = 'FAILED'; createdAt = [DateTimeOffset]::UtcNow.AddDays(-3).ToString('o') }
            $subscription
        }

        function Start-Function([int] $Port, [int] $Count) {
            $job = Start-ThreadJob -ArgumentList (Join-Path $env:PM_MODULE 'ParticipantMessaging.psd1'), $Port, $secret, $Count {
                param($manifest, $port, $secret, $count)
                Import-Module $manifest
                Receive-WebhookEvent "http://localhost:$port/hooks/" -Secret $secret -Count $count -Timeout 300s -InformationAction Ignore
            }
            while ($job.State -notin 'Failed', 'Completed') { try { [Net.Sockets.TcpClient]::new('127.0.0.1', $Port).Dispose(); break } catch { Start-Sleep -Milliseconds 20 } }
            $job
        }
    }

    It 'replays what was missed in the last day, oldest first, to a local function, and each event once however often it runs' -ForEach @{ Azure = $false }, @{ Azure = $true } {
        $port = Get-FreePort
        $subscription = New-MissedEvents
        $job = Start-Function $port 4
        $run = Invoke-Runbook Send-MissedEvent.ps1 '-Uri', "http://localhost:$port/hooks/", '-SubscriptionId', $subscription -Azure:$Azure
        $run.Errors | Should -BeNullOrEmpty
        $run.ExitCode | Should -Be 0
        $run.Output | Should -Match '3 of 3 events were taken'

        # Once more, with one that was missed since.
        $null = Invoke-Sim $sim events -Body @{ subscriptionId = $subscription; status = 'FAILED' }
        $run = Invoke-Runbook Send-MissedEvent.ps1 '-Uri', "http://localhost:$port/hooks/", '-SubscriptionId', $subscription -Azure:$Azure
        $run.Errors | Should -BeNullOrEmpty
        $run.Output | Should -Match '1 of 1 events were taken'
        $received = @($job | Wait-Job | Receive-Job)
        $received.Count | Should -Be 4
        ($received.Id | Sort-Object -Unique).Count | Should -Be 4
        ($received.CreatedAt | Sort-Object) -join ',' | Should -Be ($received.CreatedAt -join ',')
    }

    It 'posts again what was not taken' {
        $port = Get-FreePort
        $subscription = New-MissedEvents
        (Invoke-Runbook Send-MissedEvent.ps1 '-Uri', "http://localhost:$port/hooks/", '-SubscriptionId', $subscription).ExitCode | Should -Not -Be 0
        $job = Start-Function $port 3
        (Invoke-Runbook Send-MissedEvent.ps1 '-Uri', "http://localhost:$port/hooks/", '-SubscriptionId', $subscription).Output | Should -Match '3 of 3 events were taken'
        @($job | Wait-Job | Receive-Job).Count | Should -Be 3
    }

    It 'fails when the function is not there, and says so when nothing was missed' {
        $run = Invoke-Runbook Send-MissedEvent.ps1 '-Uri', 'http://localhost:1/hooks/'
        $run.ExitCode | Should -Not -Be 0
        $run = Invoke-Runbook Send-MissedEvent.ps1 '-Uri', 'http://localhost:1/hooks/', '-Status', 'PENDING'
        $run.ExitCode | Should -Be 0
        $run.Output | Should -Match 'No event was missed'
    }
}
