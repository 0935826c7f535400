<#
    Every fenced block of PowerShell in README.md and docs/ runs as it stands, page by page, in a PowerShell session of its own, against the
    simulator. What a page says about the address http://127.0.0.1:8089 and the built module means the ones of the test. A page that does
    not register the account 'prolific' itself finds it, and 'openhumans', registered. A block that cannot run says why:
    ```powershell norun (reason)
#>
BeforeDiscovery {
    $pages = @(Get-Item (Join-Path $env:PM_REPOSITORY 'README.md')) + @(Get-ChildItem (Join-Path $env:PM_REPOSITORY 'docs') -Recurse -Filter *.md) |
        ForEach-Object {
            $lines = Get-Content $_
            $job = 0
            $blocks = for ($i = 0; $i -lt $lines.Count; $i++) {
                if ($lines[$i] -match '^## (\d+)\. ') { $job = [int]$Matches[1] }
                if ($lines[$i] -notmatch '^\s*```powershell(\s+(?<info>.*))?$') { continue }
                $info = "$($Matches.info)"
                $first = $i + 1
                while ($lines[++$i] -notmatch '^\s*```\s*$') { }
                @{ Line = $first; Job = $job; Info = $info; Code = $lines[$first..($i - 1)] -join "`n" }
            }
            if ($blocks) {
                @{ Page = [IO.Path]::GetRelativePath($env:PM_REPOSITORY, $_.FullName); Blocks = @($blocks); Runs = @($blocks | Where-Object Info -notlike 'norun*') }
            }
        }
}

BeforeAll {
    . $PSScriptRoot/Harness.ps1
    $sim = Start-Sim -Arguments '--participants', '20', '--seed', '1', '--unread', '3', '--events', '5'
    New-TestVault
    $work = Join-Path $HOME 'work'
    $null = New-Item -ItemType Directory -Force (Join-Path $work 'samples')
    $list = Join-Path $env:PM_REPOSITORY 'samples' 'participants.csv'
    Copy-Item $list (Join-Path $work 'samples')
    Copy-Item $list $work

    function Invoke-Block($Shell, [string] $Code) {
        $Shell.Commands.Clear()
        $Shell.Streams.ClearStreams()
        $null = $Shell.AddScript($Code)
        $running = $Shell.BeginInvoke()
        if (-not $running.AsyncWaitHandle.WaitOne(60000)) {
            $Shell.Stop()
            throw 'It did not end within a minute.'
        }
        $output = $Shell.EndInvoke($running)
        if ($Shell.Streams.Error.Count) { throw ($Shell.Streams.Error | ForEach-Object { "$($_.FullyQualifiedErrorId): $_" } | Out-String) }
        , $output
    }

    # How many messages each person has received.
    function Get-Received {
        $counts = @{}
        Invoke-Sim $sim 'mailboxes?limit=1000' | ForEach-Object { $_ } | Where-Object provider -eq Prolific | ForEach-Object { $counts[$_.id] = @($_.messages).Count }
        $counts
    }

    # What must have come of each job of docs/a-week.md. $output is what it gave, $before what everybody had received before it.
    $listed = @((Import-Csv $list | Where-Object Account -eq prolific).participant_id | Select-Object -Unique)
    $withdrawn = '62873703455ee46a360d5a3f'
    function Get-Now([string] $Code) { Invoke-Block $shell $Code | ForEach-Object { $_ } }
    function Get-Gained {
        $now = Get-Received
        @($now.Keys | Where-Object { $now[$_] -gt [int]$before[$_] } | Sort-Object)
    }
    $week = @{
        1  = {
            $account = @(Get-Now 'Get-MessagingAccount')
            $account.Name, $account.IsDefault, $account.BaseUri | Should -Be 'prolific', $true, $sim.BaseUri
        }
        2  = { $output | Out-String -Width 120 | Should -Match "Id\s+: $((Invoke-Sim $sim info).researcherId)" }
        3  = {
            $texts = @(Import-Csv (Join-Path $work texts.csv))
            $texts.ParticipantId | Should -Be $listed
            $texts.Body | ForEach-Object { $_ | Should -Match 'wave 2|second wave' }
            @(Get-SimRequests $sim 'POST *').Count | Should -Be 0
        }
        4  = { Get-Gained | Should -Be '6072a1aef2a039f9f42b6262' }
        5  = {
            Get-Gained | Should -Be ($listed | Sort-Object)
            foreach ($id in $listed) { @(Get-SimMailbox $sim $id)[-1].body | Should -Match 'wave 2|second wave' }
            @(Import-Csv (Join-Path $work unsent.csv)).Count | Should -Be 0
        }
        6  = {
            Get-Gained | Should -BeNullOrEmpty
            @($output | Where-Object { $_.Status -ne 'Skipped' }) | Should -BeNullOrEmpty
        }
        7  = {
            $asked = @(Get-Now 'Get-UnreadMessage')
            Get-Gained | Should -Be @($asked.SenderId | Sort-Object -Unique)
            foreach ($message in $asked) { @(Get-SimMailbox $sim $message.SenderId | Where-Object conversationId -eq $message.ConversationId)[-1].body | Should -Be 'Thank you, we look into it.' }
            $before = Get-Received
            Get-Now 'Get-UnreadMessage -Unanswered' | Should -BeNullOrEmpty
            $null = Get-Now (@($Code -split '\n')[-1])
            Get-Gained | Should -BeNullOrEmpty
        }
        8  = {
            @($output).Count | Should -BeGreaterThan 1
            $output | ForEach-Object { $_.GetType().Name | Should -Be ParticipantMessage }
            @($output | Where-Object ParticipantId -eq 64fb80934baf4687eb5a3465)[-1].Direction | Should -Be Out
        }
        9  = {
            $replied = @(Get-Now 'Get-UnreadMessage').SenderId
            $active = @(Get-Now 'Get-Participant 5fa87fbf2e0da5e5360d5a3f -Status ACTIVE').ParticipantId
            $campaign = Get-Now "Get-SentMessage -Campaign 'sleep w2' -NotReplied"
            @($campaign | Where-Object ParticipantId -in $active).Count | Should -BeGreaterThan 0
            Get-Gained | Should -Be @($campaign.ParticipantId | Where-Object { $_ -in $active } | Sort-Object)
        }
        10 = {
            (Get-Now 'Get-BlockedParticipant').ParticipantId | Should -Be $withdrawn
            Get-Now "Get-SentMessage -ParticipantId $withdrawn" | Should -BeNullOrEmpty
            (Get-Now "Send-ParticipantMessage $withdrawn -Body 'Hello' -StudyId 5fa87fbf2e0da5e5360d5a3f -Force").Status | Should -Be Skipped
            Get-Gained | Should -BeNullOrEmpty
        }
        11 = {
            $page = Get-Content -Raw (Join-Path $work report.html)
            $page | Should -Match '<h1>sleep w2</h1>'
            $page | Should -Match "<b>$($listed.Count - 1)</b><span>sent"
            @($output | Where-Object Campaign -eq 'sleep w2').People | Should -Be ($listed.Count - 1)
        }
        12 = {
            @(Get-SimRequests $sim 'GET /api/v1/users/me*').Count | Should -BeGreaterThan 0
            (Get-Now 'Test-MessagingAccount').Ok, (Get-Now 'Get-MessagingAccount').BaseUri | Should -Be $true, $sim.BaseUri
        }
        13 = {
            @($output)[-1].Path | Should -Be (Join-Path $HOME sleep-study/ledger.db)
            @(Get-Now "Get-SentMessage -Campaign 'sleep w2'").Count | Should -Be ($listed.Count - 1)
        }
        14 = {
            @($output).Count | Should -Be 5
            $output | ForEach-Object { $_.GetType().Name | Should -Be WebhookEvent }
        }
        15 = {
            # Everybody has it but the one who was blocked and forgotten.
            @($output | Where-Object { $_.Status -ne 'Skipped' }) | Should -BeNullOrEmpty
            Get-Gained | Should -BeNullOrEmpty
            (Get-Now 'Get-MessageLedger').Scope | Should -Be Session
        }
        16 = {
            Get-Now 'Get-MessagingAccount' | Should -BeNullOrEmpty
            # Both ledgers: the one that was moved to, and the one that it was moved from.
            $moved = Get-Now 'Get-MessageLedger'
            foreach ($file in $moved.Location, (Join-Path $HOME 'sleep-study' 'ledger.db')) {
                $file | Should -Exist
                Get-Now "Set-MessageLedger -Path '$file' -Scope Session; Get-SentMessage; Set-MessageLedger -Default -Scope Session" | Should -BeNullOrEmpty
            }
            $moved.Location | Should -Not -BeLike '*sleep-study*'
            Get-SecretInfo | Where-Object Name -like 'ParticipantMessaging*' | Should -BeNullOrEmpty
        }
    }

    function ConvertTo-Runnable([string] $Code) {
        $Code -replace 'http://127\.0\.0\.1:8089', "$($sim.BaseUri)".TrimEnd('/') -replace '\./output/ParticipantMessaging/[\d.]+', $env:PM_MODULE `
            -replace '(?m)^Import-Module ParticipantMessaging$', "Import-Module '$(Join-Path $env:PM_MODULE 'ParticipantMessaging.psd1')'"
    }
}

AfterAll { Stop-Sim $sim }

Describe 'What is written in <Page>' -ForEach $pages {
    BeforeAll {
        Reset-Sim $sim
        foreach ($name in 'XDG_CONFIG_HOME', 'XDG_DATA_HOME') {
            $folder = Join-Path ([Environment]::GetEnvironmentVariable($name)) 'ParticipantMessaging'
            if (Test-Path $folder) { Remove-Item -Recurse -Force $folder }
        }
        $shell = [powershell]::Create()
        $prologue = "Set-Location '$work'; `$ProgressPreference = 'SilentlyContinue'; `$PSDefaultParameterValues['Out-File:Encoding'] = 'utf8'"
        $prologue += "; Import-Module '$(Join-Path $env:PM_MODULE 'ParticipantMessaging.psd1')'"
        if (-not ($Runs.Code -match 'Register-MessagingAccount prolific ')) {
            $prologue += "; Register-MessagingAccount prolific -Provider Prolific -Token (ConvertTo-SecureString '$SimProlificToken' -AsPlainText -Force) -BaseUri '$($sim.BaseUri)' -Default"
            $prologue += "; Register-MessagingAccount openhumans -Provider OpenHumans -Token (ConvertTo-SecureString '$SimOpenHumansToken' -AsPlainText -Force) -BaseUri '$($sim.BaseUri)'"
        }
        $null = Invoke-Block $shell $prologue
    }

    AfterAll { $shell.Dispose() }

    It 'line <Line>' -ForEach $Runs {
        $before = Get-Received
        $output = Invoke-Block $shell (ConvertTo-Runnable $Code)
        $output | Out-String -Width 80 | Should -Not -Match 'sim-prolific-token'
        # A trial reaches the id that is given, once, and that is nobody's of the list.
        if ($Code -match '-TestTo ([0-9a-f]{24})') {
            $listed | Should -Not -Contain $Matches[1]
            (Get-Received)[$Matches[1]] | Should -Be (1 + $before[$Matches[1]])
            if (@([regex]::Matches($Code, 'Send-ParticipantMessage')).Count -eq 1) { Get-Gained | Should -Be $Matches[1] }
        }
        if ($Page -match 'a-week\.md$') { . $week[$Job] }
    }

    It 'says why a block does not run' {
        @($Blocks | Where-Object { $_.Info -like 'norun*' -and $_.Info -notmatch '^norun \(.{6,}\)$' }) | Should -BeNullOrEmpty
    }
}

Describe 'A week' {
    It 'has sixteen jobs, each in three lines at most' {
        $text = Get-Content -Raw (Join-Path $env:PM_REPOSITORY 'docs/a-week.md')
        $jobs = $text -split '(?m)^## (?=\d+\. )' | Select-Object -Skip 1
        $jobs.Count | Should -Be 16
        foreach ($job in $jobs) {
            $lines = @([regex]::Match($job, '(?s)```powershell\n(.+?)\n```').Groups[1].Value -split '\n')
            $lines.Count | Should -BeIn 1, 2, 3 -Because $job
        }
    }
}

Describe 'The pages together' {
    BeforeAll { function Get-Page([string] $Name) { Get-Content -Raw (Join-Path $env:PM_REPOSITORY $Name) } }

    It 'use no name of a campaign on one page that another has used' {
        $names = foreach ($page in 'README.md', 'docs/first-campaign.md', 'docs/a-week.md') {
            [regex]::Matches((Get-Page $page), "-Campaign '([^']+)'") | ForEach-Object { $_.Groups[1].Value } | Sort-Object -Unique
        }
        $names.Count | Should -BeGreaterThan 4
        $names | Group-Object | Where-Object Count -gt 1 | ForEach-Object Name | Should -BeNullOrEmpty
    }

    It 'teach to mend the list and to run the same command again' {
        foreach ($page in 'README.md', 'docs/first-campaign.md') { (Get-Page $page) -replace '\s+', ' ' | Should -Match 'mend the list( or the text)?(, run it once more| and run the same command again)' }
        (Get-Page 'samples/Send-Campaign.ps1') | Should -Match 'run the same command again'
    }

    It 'rehearse webhooks with the module, without curl' { Get-Page 'docs/webhooks.md' | Should -Not -Match '\bcurl\b' }

    It 'name every file that is left behind' {
        Reset-Sim $sim
        Import-TestModule
        $direct = Get-Direct $sim
        $null = Get-UnreadMessage @direct -Checkpoint seen
        $null = Send-ParticipantMessage $listed[0] @direct -StudyId 5fa87fbf2e0da5e5360d5a3f -Body 'Left behind.'
        Register-MessagingAccount left @direct -Force
        Set-MessageLedger (Join-Path $env:XDG_DATA_HOME 'ParticipantMessaging' 'ledger.db') -WarningAction Ignore
        $left = @(Get-ChildItem -Recurse -File (Join-Path $env:XDG_CONFIG_HOME 'ParticipantMessaging'), (Join-Path $env:XDG_DATA_HOME 'ParticipantMessaging'))
        Set-MessageLedger -Default -WarningAction Ignore
        Unregister-MessagingAccount left -RemoveSecret
        $left.Name | Should -Contain accounts.json
        $left.Name | Should -Contain ledger.db
        $left.Name | Should -Contain ledger.json
        $page = Get-Page 'docs/privacy.md'
        foreach ($file in $left) {
            $name = $file.Directory.Name -eq 'checkpoints' ? 'checkpoints' : $file.Name
            $page | Should -Match ([regex]::Escape("``$($name -replace '\.(lock|new)$')")) -Because $file.FullName
        }
    }
}

Describe 'README' {
    It 'sends what it says' {
        # The pages ran before this one; README's first page is run once more, to look at what came of it.
        Reset-Sim $sim
        $folder = Join-Path $env:XDG_DATA_HOME 'ParticipantMessaging'
        if (Test-Path $folder) { Remove-Item -Recurse -Force $folder }
        Import-TestModule
        Import-Csv (Join-Path $work 'participants.csv') | Where-Object Account -eq prolific |
            Send-ParticipantMessage -Campaign 'wave 2' -Provider Prolific -Token (ConvertTo-Secure $SimProlificToken) -BaseUri $sim.BaseUri |
            Where-Object Status -ne Sent | Should -BeNullOrEmpty
        $mailbox = @(Invoke-Sim $sim 'mailboxes?id=64fb80934baf4687eb5a3465') | ForEach-Object { $_ }
        $mailbox.messages.body | Should -BeExactly 'Dear Lars, thank you for finishing wave 1. Wave 2 opens on Monday, and your place is kept until Friday.'
    }

    It 'shows tables with the columns that they have' {
        $direct = Get-Direct $sim
        $people = Import-Csv (Join-Path $work 'participants.csv') | Where-Object Account -eq prolific
        $real = @($people | Send-ParticipantMessage @direct -Campaign 'wave 2' | Out-String -Width 80
            Get-SentMessage | Out-String -Width 80
            Get-UnreadMessage @direct | Out-String -Width 80) -split '\r?\n'
        function Get-Head([string[]] $Lines) { for ($i = 1; $i -lt $Lines.Count; $i++) { if ($Lines[$i] -match '^ *--+( +--+)+ *$') { $Lines[$i - 1].TrimEnd() } } }
        $shown = @(Get-Head ([regex]::Match((Get-Content -Raw (Join-Path $env:PM_REPOSITORY 'README.md')), '(?s)```text\n(.+?)\n```').Groups[1].Value -split '\n'))
        $shown.Count | Should -Be 4
        $shown | Sort-Object -Unique | Should -Be @(Get-Head $real | Sort-Object -Unique)
    }
}
