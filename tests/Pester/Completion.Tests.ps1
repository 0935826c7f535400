BeforeAll {
    . $PSScriptRoot/Harness.ps1
    Import-TestModule
    $sim = Start-Sim -Arguments '--participants', '20', '--seed', '1', '--unread', '3', '--events', '5'
    New-TestVault
    Register-SimAccount $sim prolific -Default
    Register-SimAccount $sim 'our lab'

    function Get-Completion([string] $Text) {
        $line = "$Text "
        @([System.Management.Automation.CommandCompletion]::CompleteInput($line.TrimEnd('|'), $line.TrimEnd('|').Length, $null).CompletionMatches.CompletionText)
    }
}

AfterAll { Stop-Sim $sim }

Describe 'Completion' {
    It 'knows accounts and vaults, and quotes where it must' {
        Get-Completion 'Get-UnreadMessage -Account' | Should -Be "'our lab'", 'prolific'
        Get-Completion 'Register-MessagingAccount x Prolific -Vault' | Should -Contain 'TestStore'
    }

    It 'knows nothing of campaigns before there is a ledger, and is silent about it' {
        $Error.Clear()
        Get-Completion 'Send-ParticipantMessage -Campaign' | Should -Not -Contain "'wave 2'"
        $Error | Should -BeNullOrEmpty
    }

    It 'knows campaigns and studies from the ledger' {
        $null = Import-Csv (Join-Path $env:PM_REPOSITORY 'samples/participants.csv') | Where-Object Account -eq prolific | Send-ParticipantMessage -Campaign 'wave 2'
        foreach ($command in 'Send-ParticipantMessage', 'Get-SentMessage', 'Resolve-SentMessage', 'Clear-SentMessage') {
            Get-Completion "$command -Campaign" | Should -Contain "'wave 2'"
        }
        # Another process has seen nothing yet. Completion does not wait long for a ledger: on a busy machine the key is pressed again.
        $run = Invoke-Pwsh {
            Import-Module (Join-Path $env:PM_MODULE 'ParticipantMessaging.psd1')
            foreach ($press in 1..20) {
                $found = (TabExpansion2 'Get-UnreadMessage -StudyId ' 27).CompletionMatches.CompletionText
                if ($found) { return $found }
            }
        }
        $run.Output | Should -Be '5fa87fbf2e0da5e5360d5a3f'
    }

    It 'knows kinds of events, and statuses' {
        Get-Completion 'New-WebhookSubscription -EventType' | Should -Contain 'submission.status.change'
        Get-Completion 'Get-WebhookEvent -Status' | Should -Be 'FAILED', 'PENDING', 'SUCCEEDED'
        Get-Completion 'Get-SentMessage -Status' | Should -Contain 'Unknown'
        Get-Completion 'Get-UnreadMessage -Category' | Should -Contain 'payment-issues'
    }

    It 'knows subscriptions and groups once they were seen' {
        Get-Completion 'Set-WebhookSubscription -Id' | Should -Not -Contain '604a8fe8675ff6d5360d5a3f'
        $null = Get-WebhookSubscription -NoHealthCheck
        $null = Get-ParticipantGroup
        Get-Completion 'Set-WebhookSubscription -Id' | Should -Contain '604a8fe8675ff6d5360d5a3f'
        Get-Completion 'Get-WebhookEvent -SubscriptionId 604a' | Should -Not -BeNullOrEmpty
        Get-Completion 'Send-ParticipantMessage -GroupId' | Should -Contain '662e4c90a0d643ed360d5a3f'
    }

    It 'knows workspaces' {
        $workspace = (Invoke-Sim $sim info).workspaceId
        $null = Get-WebhookSecret
        foreach ($command in 'Get-WebhookSecret', 'New-WebhookSecret', 'Get-WebhookSubscription', 'New-WebhookSubscription', 'Receive-WebhookEvent') {
            Get-Completion "$command -WorkspaceId" | Should -Contain $workspace
        }
    }

    It 'gives lengths of time, and never names of files' {
        foreach ($text in 'Get-UnreadMessage -Since', 'Get-WebhookEvent -Wait -Interval', 'Receive-WebhookEvent -Timeout', 'Receive-WebhookEvent -MaxAge', 'Clear-SentMessage -Before') {
            Get-Completion $text | Should -Contain '7d'
        }
        [System.Management.Automation.CommandCompletion]::CompleteInput('Get-UnreadMessage -Since 5', 26, $null).CompletionMatches.CompletionText | Should -Be '5s', '5m', '5h', '5d'
        [System.Management.Automation.CommandCompletion]::CompleteInput('Get-UnreadMessage -Since x', 26, $null).CompletionMatches.CompletionText | Should -Be 'x'
    }

    It 'gives moments to come that are taken as they stand, and never names of files' {
        Push-Location $TestDrive
        try {
            'x' | Set-Content 2026-decoy.txt, decoy.csv
            foreach ($command in 'Send-ParticipantMessage', 'Test-ParticipantMessage') {
                foreach ($name in 'NotBefore', 'NotAfter') {
                    $offered = @(Get-Completion "$command -$name")
                    $offered.Count | Should -BeGreaterOrEqual 3 -Because 'a Sunday evening has no more'
                    foreach ($moment in $offered) {
                        $moment | Should -Match '^\d{4}-\d\d-\d\dT\d\d:\d\d$'
                        [datetime]$moment | Should -BeGreaterThan (Get-Date)
                    }
                    $offered | Should -Contain ('{0:yyyy-MM-dd}T09:00' -f (Get-Date).AddDays(1))
                    (TabExpansion2 "$command -$name dec").CompletionMatches.CompletionText | Should -Be dec
                }
            }
            foreach ($text in 'Get-SentMessage -Until', 'Get-MessageCampaign -Since', 'Get-MessageCampaign -Until') { Get-Completion $text | Should -Contain '7d' }
        }
        finally { Pop-Location }
    }

    It 'knows the columns of what is piped where they can be known, and names no file where they cannot' {
        Push-Location $TestDrive
        try {
            'x' | Set-Content decoy.csv
            "Who are you?;When`nx;y" | Set-Content people.csv
            $global:pmRows = [pscustomobject]@{ prolific = 1; 'first name' = 'Ann' }, [pscustomobject]@{ prolific = 2 }
            function Get-Column([string] $Text) { @((TabExpansion2 $Text).CompletionMatches.CompletionText) }
            Get-Column '$pmRows | Send-ParticipantMessage -IdColumn ' | Should -Be prolific, "'first name'"
            Get-Column '$pmRows | Where-Object prolific -eq 1 | Test-ParticipantMessage -IdColumn f' | Should -Be "'first name'"
            Get-Column "Import-Csv people.csv -Delimiter ';' | Send-ParticipantMessage -IdColumn " | Should -Be "'Who are you?'", 'When'
            Get-Column 'Send-ParticipantMessage -InputObject $pmRows -IdColumn ' | Should -Contain prolific
            foreach ($text in 'Send-ParticipantMessage -IdColumn ', '$nobody | Send-ParticipantMessage -IdColumn ', 'Import-Csv missing.csv | Send-ParticipantMessage -IdColumn ',
                'Import-Csv (Remove-Item decoy.csv) | Send-ParticipantMessage -IdColumn ', '$pmRows | Select-Object x | Send-ParticipantMessage -IdColumn ') {
                Get-Column $text | Where-Object { $_ -like '*.csv*' } | Should -BeNullOrEmpty -Because $text
            }
            Get-Column '$pmRows | Send-ParticipantMessage -IdColumn dec' | Should -Be dec
            Test-Path decoy.csv | Should -BeTrue
        }
        finally {
            Pop-Location
            Remove-Variable pmRows -Scope Global
        }
    }

    It 'offers no name of a file for a text, an id or a number, and does for files' {
        Push-Location $TestDrive
        try {
            'x' | Set-Content decoy.csv
            function Get-Offer([string] $Text) { @((TabExpansion2 $Text $Text.Length).CompletionMatches.CompletionText) }
            foreach ($command in 'Send-ParticipantMessage', 'Test-ParticipantMessage') {
                foreach ($name in 'Body', 'Subject', 'Campaign', 'TestTo', 'ParticipantId', 'LiteralValue', 'PerMinute', 'StudyId', 'GroupId', 'BaseUri') {
                    foreach ($word in '', 'dec', "'dec", '"dec') { Get-Offer "$command -$name $word" | Where-Object { $_ -like '*decoy*' } | Should -BeNullOrEmpty -Because "$command -$name $word" }
                }
                foreach ($name in 'BodyPath', 'UnsentPath') { Get-Offer "$command -$name dec" | Should -BeLike '*decoy.csv' }
            }
            foreach ($text in 'Send-ParticipantMessage ', 'Send-ParticipantMessage dec', '1 | Send-ParticipantMessage -Body ', 'Block-Participant ', 'New-MessageConversation -Body dec', 'Get-ParticipantGroup -Name ', 'Register-MessagingAccount dec') {
                Get-Offer $text | Where-Object { $_ -like '*decoy*' } | Should -BeNullOrEmpty -Because $text
            }
        }
        finally { Pop-Location }
    }

    It 'is never an error, whatever the ledger is' {
        $Error.Clear()
        Set-MessageLedger -Path (Join-Path ([IO.Path]::GetTempPath()) 'broken.db')
        'This is no database.' | Set-Content (Join-Path ([IO.Path]::GetTempPath()) 'broken.db')
        Get-Completion 'Get-SentMessage -Campaign' | Should -Not -Contain "'wave 2'"
        Get-Completion 'Get-UnreadMessage -StudyId' | Should -Contain '5fa87fbf2e0da5e5360d5a3f' -Because 'it was seen in this session'
        $Error | Should -BeNullOrEmpty
    }
}
