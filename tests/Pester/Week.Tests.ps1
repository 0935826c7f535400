# A researcher's week: who an account is, blocked people, campaigns and their report, another ledger. On the simulator's mailboxes.
BeforeDiscovery {
    . $PSScriptRoot/Harness.ps1
    $postgres = Find-Postgres
}

BeforeAll {
    . $PSScriptRoot/Harness.ps1
    Import-TestModule
    $sim = Start-Sim -Arguments '--participants', '12', '--seed', '3'
    $study = Get-SimStudy $sim
    $people = @((Get-SimParticipant $sim -First 6).id)
    New-TestVault -Name Store
    $token = ConvertTo-Secure $SimProlificToken

    function Send-Campaign([hashtable] $Account, [string] $Campaign = 'sleep w2', [string[]] $To = $people) {
        $To | Send-ParticipantMessage -Body 'Wave 2 is open.' -StudyId $study -Campaign $Campaign @Account
    }
}

AfterAll { Stop-Sim $sim }

Describe 'Who an account is' {
    BeforeAll { $stage = Start-Sim -Arguments '--participants', '12', '--seed', '3' }

    AfterAll { Stop-Sim $stage }

    BeforeEach {
        Clear-Sim $sim
        Clear-Sim $stage
        Clear-SentMessage -Before (Get-Date).AddDays(1) -Confirm:$false
        Register-MessagingAccount lab Prolific -Token $token -BaseUri $sim.BaseUri -Force
    }

    It 'a rehearsal at another address under the same name keeps nobody from the real message' {
        Set-MessagingAccount lab -BaseUri $stage.BaseUri -Token $token
        (Send-Campaign @{ Account = 'lab' }).Status | Should -Be (@('Sent') * 6)
        Set-MessagingAccount lab -BaseUri $sim.BaseUri -Token $token
        (Send-Campaign @{ Account = 'lab' }).Status | Should -Be (@('Sent') * 6)
        foreach ($id in $people) {
            @(Get-SimMailbox $stage $id).Count | Should -Be 1
            @(Get-SimMailbox $sim $id).Count | Should -Be 1
        }
    }

    It 'another name, a token given directly and another machine message nobody twice' {
        Register-MessagingAccount other Prolific -Token $token -BaseUri $sim.BaseUri -Force
        (Send-Campaign @{ Account = 'lab' } -To $people[0..2]).Status | Should -Be (@('Sent') * 3)
        (Send-Campaign @{ Account = 'other' } -To $people[0..3]).Status | Should -Be Skipped, Skipped, Skipped, Sent
        (Send-Campaign (Get-Direct $sim) -To $people[0..4]).Status | Should -Be Skipped, Skipped, Skipped, Skipped, Sent
        # A machine of its own: no accounts, nothing remembered, the same ledger.
        $run = Invoke-Pwsh -Environment @{
            HARNESS = "$PSScriptRoot/Harness.ps1"; SIM = $sim.BaseUri; STUDY = $study; PEOPLE = $people -join ' '
            XDG_CONFIG_HOME = Join-Path $TestDrive 'machine2'; LEDGER = (Get-MessageLedger).Path
        } {
            . $env:HARNESS
            Import-TestModule
            Set-MessageLedger $env:LEDGER -Scope Session
            $direct = Get-Direct ([pscustomobject]@{ BaseUri = [uri]$env:SIM })
            ($env:PEOPLE -split ' ' | Send-ParticipantMessage -Body 'Wave 2 is open.' -StudyId $env:STUDY -Campaign 'SLEEP W2' @direct).Status -join ','
        }
        $run.Output | Should -Be 'Skipped,Skipped,Skipped,Skipped,Skipped,Sent' -Because $run.Errors
        foreach ($id in $people) { @(Get-SimMailbox $sim $id).Count | Should -Be 1 }
        @(Get-SentMessage).Identity | Select-Object -Unique | Should -BeLike "$($sim.BaseUri)*"
    }

    Context 'on one PostgreSQL' -Tag 'Needs PostgreSQL' -Skip:(-not $postgres) {
        BeforeAll {
            $server = Start-Postgres -Password geheim-123
            $password = ConvertTo-Secure geheim-123
        }

        BeforeEach { Set-MessageLedger -ConnectionString $server.Connection -Password $password -Scope Session -WarningAction Ignore }

        AfterAll {
            Set-MessageLedger -Default -Scope Session -WarningAction Ignore
            Stop-Postgres $server
        }

        It 'a rehearsal counts for nothing, and account, other name, token and second machine message nobody twice' {
            # The rehearsal, at another address under the name of the real account.
            Set-MessagingAccount lab -BaseUri $stage.BaseUri -Token $token
            (Send-Campaign @{ Account = 'lab' }).Status | Should -Be (@('Sent') * 6)
            Set-MessagingAccount lab -BaseUri $sim.BaseUri -Token $token
            (Send-Campaign @{ Account = 'lab' } -To $people[0..1]).Status | Should -Be Sent, Sent
            Register-MessagingAccount other Prolific -Token $token -BaseUri $sim.BaseUri -Force
            (Send-Campaign @{ Account = 'other' } -To $people[0..2]).Status | Should -Be Skipped, Skipped, Sent
            (Send-Campaign (Get-Direct $sim) -To $people[0..3]).Status | Should -Be Skipped, Skipped, Skipped, Sent
            # A machine of its own: another name, no accounts, nothing remembered; the password comes as a runbook has it.
            $run = Invoke-Pwsh -HostName machine-2 -Environment @{
                HARNESS = "$PSScriptRoot/Harness.ps1"; SIM = $sim.BaseUri; STUDY = $study; PEOPLE = $people -join ' '
                XDG_CONFIG_HOME = Join-Path $TestDrive 'config2'; XDG_DATA_HOME = Join-Path $TestDrive 'data2'; LEDGER = $server.Connection
            } {
                . $env:HARNESS
                Import-TestModule
                Set-MessageLedger -ConnectionString $env:LEDGER -Password (ConvertTo-Secure geheim-123) -Scope Session -WarningAction Ignore
                $direct = Get-Direct ([pscustomobject]@{ BaseUri = [uri]$env:SIM })
                ($env:PEOPLE -split ' ' | Send-ParticipantMessage -Body 'Wave 2 is open.' -StudyId $env:STUDY -Campaign 'SLEEP W2' @direct).Status -join ','
                [Environment]::MachineName
            }
            $run.Output -split '\r?\n' | Select-Object -First 1 | Should -Be 'Skipped,Skipped,Skipped,Skipped,Sent,Sent' -Because $run.Errors
            (Send-Campaign @{ Account = 'lab' }).Status | Should -Be (@('Skipped') * 6)
            foreach ($id in $people) {
                @(Get-SimMailbox $stage $id).Count | Should -Be 1
                @(Get-SimMailbox $sim $id).Count | Should -Be 1
            }
            $real = @(Get-SentMessage | Where-Object Identity -like "$($sim.BaseUri)*")
            $real.Count | Should -Be 6
            $hosts = @([Environment]::MachineName) + @($run.Output -split '\r?\n' | Select-Object -Last 1) | Sort-Object -Unique
            $real.HostName | Sort-Object -Unique | Should -Be $hosts
            if (Test-HostName) { $hosts | Should -Contain machine-2 }
        }
    }

    It 'is asked once and remembered, and not for a list that is refused' {
        $null = Send-Campaign @{ Account = 'lab'; ErrorAction = 'SilentlyContinue' } -To $people[0], 'x'
        @(Get-SimRequests $sim).Count | Should -Be 0
        $null = Send-Campaign @{ Account = 'lab' } -To $people[0]
        $id = (Test-MessagingAccount lab).Id
        (Get-MessagingAccount lab).ServiceId | Should -Be $id
    }

    It 'is another one with another researcher''s token, and Set-MessagingAccount says so' {
        $file = Join-Path $env:XDG_CONFIG_HOME 'ParticipantMessaging/accounts.json'
        $null = Send-Campaign @{ Account = 'lab' } -To $people[0]
        (Get-Content -Raw $file) -replace (Test-MessagingAccount lab).Id, '0123456789abcdef01234567' | Set-Content $file
        Set-MessagingAccount lab -Token $token -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -BeLike "*another's*0123456789abcdef01234567*"
    }
}

Describe 'Answers' {
    It 'go each into the conversation that they answer, equal ones too, and only once' {
        Clear-Sim $sim
        $direct = Get-Direct $sim
        # Beside the conversation that a message without one goes into, each of the two has a later one.
        $threads = foreach ($id in $people[0..1]) {
            $null = Send-ParticipantMessage $id @direct -StudyId $study -Body 'Hello' -RepeatAfter 0
            $thread = New-MessageConversation @direct -ParticipantId $id -StudyId $study -Subject 'Payment' -Topic payment -Body 'About your payment'
            $null = Invoke-Sim $sim unread -Body @{ senderId = $id; body = 'When?'; conversationId = $thread.Id }
            $thread.Id
        }
        $null = Invoke-Sim $sim requests -Method Delete
        $receipts = Get-UnreadMessage @direct | Send-ParticipantMessage @direct -StudyId $study -Body 'On Friday.'
        $receipts.Status | Should -Be Sent, Sent
        @(Get-SimRequests $sim 'POST *').Count | Should -Be 2
        foreach ($i in 0, 1) {
            $answer = @(Get-SimMailbox $sim $people[$i] | Where-Object body -eq 'On Friday.')
            $answer.Count | Should -Be 1
            $answer.conversationId | Should -Be $threads[$i]
        }
        # The line of the README again, with another text even; they are still unread at the service.
        @(Get-UnreadMessage @direct).Count | Should -Be 2
        @(Get-UnreadMessage @direct -Unanswered).Count | Should -Be 0
        (Get-UnreadMessage @direct | Send-ParticipantMessage @direct -StudyId $study -Body 'On Monday.').Status | Should -Be Skipped, Skipped
        foreach ($id in $people[0..1]) { @(Get-SimMailbox $sim $id | Where-Object body -match '^On ').Count | Should -Be 1 }
    }
}

Describe 'Blocked people' {
    BeforeEach {
        Clear-Sim $sim
        Clear-SentMessage -Before (Get-Date).AddDays(1) -Confirm:$false
        Get-BlockedParticipant | Unblock-Participant
    }

    AfterAll { Get-BlockedParticipant | Unblock-Participant }

    It 'get nothing, with -Force too, and are told about first' {
        Block-Participant $people[1] -Reason 'consent withdrawn'
        $direct = Get-Direct $sim
        $rows = foreach ($id in $people[0..2]) { [pscustomobject]@{ participant_id = $id; name = $id -eq $people[1] ? '' : 'Ann' } }
        $receipts = $rows | Send-ParticipantMessage -Body 'Dear {{ name }}, hello.' -StudyId $study -Force @direct
        $receipts.Status | Should -Be Sent, Skipped, Sent
        $receipts[1].Reason | Should -BeLike 'Blocked since ????-??-??: consent withdrawn.'
        @(Get-SimMailbox $sim $people[1]).Count | Should -Be 0
        (Get-BlockedParticipant).Reason | Should -Be 'consent withdrawn'
        Unblock-Participant $people[1]
        (Send-ParticipantMessage $people[1] -Body 'Hello' -StudyId $study @direct).Status | Should -Be Sent
    }

    It 'are taken from rows, objects and ids as they are written for mail, and nobody else''s' {
        [pscustomobject]@{ PROLIFIC_PID = $people[0].ToUpperInvariant() } | Block-Participant
        "$($people[1])@email.prolific.com" | Block-Participant
        Block-Participant 12345678 -PassThru | ForEach-Object Provider | Should -Be OpenHumans
        (Get-BlockedParticipant -Provider Prolific).ParticipantId | Sort-Object | Should -Be ($people[0..1] | Sort-Object)
        (Get-ErrorFrom { Block-Participant '1234567' -ErrorAction Stop }).ErrorDetails.RecommendedAction | Should -BeLike "*'01234567'*"
        (Get-ErrorFrom { Block-Participant '' -ErrorAction Stop }).FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRecipient,*'
        (Get-ErrorFrom { Unblock-Participant $people[5] -ErrorAction Stop }).FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.NotFound,*'
        @(@() | Get-BlockedParticipant).Count | Should -Be 0
        Block-Participant $people[4] -WhatIf
        Get-BlockedParticipant | Unblock-Participant -WhatIf
        @(Get-BlockedParticipant).Count | Should -Be 3
        (TabExpansion2 'Unblock-Participant 123' 23).CompletionMatches.CompletionText | Should -Be 12345678
    }

    It 'are taken from a list with the columns that a send takes, and a row that names nobody is told' {
        $list = Join-Path $TestDrive 'withdrawn.csv'
        "Participant id,Submission id,Reason`n$($people[0]),$('a' * 24),moved`n$($people[1]),$('b' * 24)," | Set-Content $list
        Import-Csv $list | Block-Participant
        [pscustomobject]@{ 'Prolific ID' = $people[2] } | Block-Participant
        [pscustomobject]@{ _id = 'c' * 24; prolific_id = $people[3] } | Block-Participant -ErrorAction SilentlyContinue -ErrorVariable two
        [pscustomobject]@{ who = $people[4] } | Block-Participant -ErrorAction SilentlyContinue -ErrorVariable none
        [pscustomobject]@{ _id = 'd' * 24; PID = $people[5] }, [pscustomobject]@{ id = 'e' * 24; participant = $people[5] } | Block-Participant -ErrorAction SilentlyContinue -ErrorVariable records
        $records.FullyQualifiedErrorId | Sort-Object -Unique | Should -BeLike 'ParticipantMessaging.AmbiguousRecipient,*'
        $records.Count | Should -Be 2
        (Get-ErrorFrom { Import-Csv $list | Block-Participant -ParticipantId $people[5] }).FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
        (Get-BlockedParticipant).ParticipantId | Sort-Object | Should -Be ($people[0..2] | Sort-Object)
        $two[0].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.AmbiguousRecipient,*'
        $none[0].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRecipient,*'
        $none[0].ErrorDetails.Message | Should -Match 'no column that says who is meant.*who'
        $none[0].TargetObject.who | Should -Be $people[4]
        Import-Csv $list | Unblock-Participant
        (Get-BlockedParticipant).ParticipantId | Should -Be $people[2]
    }

    It 'keep a group from being sent to, which says how to reach the others' {
        $direct = Get-Direct $sim
        $group = Get-ParticipantGroup @direct | Select-Object -First 1
        $members = @(Get-Participant -GroupId $group.Id @direct)
        Block-Participant $members[0].ParticipantId
        $receipt = Send-ParticipantMessage -GroupId $group.Id -Body 'Hello' -StudyId $study -Force @direct -ErrorVariable problem -ErrorAction SilentlyContinue
        $receipt.Status | Should -Be Failed
        $problem[0].ErrorDetails.RecommendedAction | Should -BeLike "*Get-Participant -GroupId $($group.Id)*"
        @(Get-SimRequests $sim 'POST *').Count | Should -Be 0
        $receipts = $members | Send-ParticipantMessage -Body 'Hello' -StudyId $study @direct
        @($receipts | Where-Object Status -eq Sent).Count | Should -Be ($members.Count - 1)
        @(Get-SimMailbox $sim $members[0].ParticipantId).Count | Should -Be 0
    }

    It 'stay blocked when all that is kept of them is deleted' {
        $direct = Get-Direct $sim
        $null = Send-Campaign $direct -To $people[0..1]
        Block-Participant $people[0]
        Clear-SentMessage -ParticipantId $people[0] -Confirm:$false
        (Get-SentMessage).ParticipantId | Should -Be $people[1]
        (Get-BlockedParticipant).ParticipantId | Should -Be $people[0]
        @() | Clear-SentMessage -Confirm:$false
        @(Get-SentMessage).Count | Should -Be 1
    }
}

Describe 'Campaigns' {
    BeforeAll {
        Clear-Sim $sim
        Clear-SentMessage -Before (Get-Date).AddDays(1) -Confirm:$false
        $direct = Get-Direct $sim
        $odd = 'w2 <script>alert(1)</script> & "co"'
        $null = Send-Campaign $direct -Campaign $odd
        # Once more to one of them: two entries, one person.
        $null = Send-Campaign ($direct + @{ Force = $true }) -Campaign $odd -To $people[1]
        $null = Send-Campaign $direct -Campaign 'w*' -To $people[0]
        $null = Invoke-Sim $sim unread -Body @{ senderId = $people[2]; body = 'I will come.' }
    }

    It 'are summed up' {
        $all = @(Get-MessageCampaign)
        $all.Campaign | Should -Be 'w*', $odd
        $all[1].People, $all[1].Sent, $all[1].Failed, $all[1].Unknown, $all[1].Texts | Should -Be 6, 6, 0, 0, 1
        @(Get-MessageCampaign -Until 1d).Count | Should -Be 0
        @(Get-MessageCampaign -Since 1h -Account '*').Count | Should -Be 2
    }

    It 'are meant by their names, never by a pattern' {
        (Get-MessageCampaign 'W*').Campaign | Should -Be 'w*'
        @(Get-SentMessage -Campaign 'w*').Count | Should -Be 1
        (Get-ErrorFrom { Export-CampaignReport 'w' -Path (Join-Path $TestDrive 'x.html') -ErrorAction Stop }).FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.NotFound,*'
    }

    It 'know who has replied' {
        (Get-SentMessage -Campaign $odd -IncludeReply @direct | Where-Object RepliedAt).ParticipantId | Should -Be $people[2]
        $open = @(Get-SentMessage -Campaign $odd -NotReplied @direct)
        $open.ParticipantId | Sort-Object | Should -Be ($people | Where-Object { $_ -ne $people[2] } | Sort-Object)
        (Get-ErrorFrom { Get-SentMessage -Campaign $odd -NotReplied }).FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.AccountNotFound,*'
    }

    It 'remind those who neither replied nor finished, also when the reply was read on the website' {
        # Who has replied has not finished.
        $null = Invoke-Sim $sim submissions -Body @{ studyId = $study; participantIds = @($people[2]); status = 'ACTIVE' }
        $reply = @(Get-UnreadMessage @direct | Where-Object SenderId -eq $people[2])[0]
        $null = Invoke-Sim $sim read -Body @{ id = $reply.Id }
        @(Get-UnreadMessage @direct).Count | Should -Be 0
        $states = @{}
        foreach ($person in Get-Participant -StudyId $study @direct) { $states[$person.ParticipantId] = $person.Status }
        $active = @($people | Where-Object { $states[$_] -eq 'ACTIVE' })
        $active | Should -Contain $people[2]
        $active.Count | Should -BeGreaterThan 1
        $open = (Get-Participant -StudyId $study -Status active @direct).ParticipantId
        $receipts = @(Get-SentMessage -Campaign $odd -NotReplied @direct | Where-Object ParticipantId -in $open | Send-ParticipantMessage -Body 'Wave 2 closes on Friday.' -Campaign 'reminder' @direct)
        $want = @($active | Where-Object { $_ -ne $people[2] } | Sort-Object)
        $receipts.ParticipantId | Sort-Object | Should -Be $want
        foreach ($id in $people) { @(Get-SimMailbox $sim $id).body -contains 'Wave 2 closes on Friday.' | Should -Be ($id -in $want) -Because $id }
    }

    It 'become one page that holds everything itself, names escaped' {
        $path = Join-Path $TestDrive 'report.html'
        $file = Export-CampaignReport $odd -Path $path @direct
        $file.FullName | Should -Be $path
        # All columns of the table of files are filled.
        $file | Out-String -Width 120 | Should -Be (Get-Item $path | Out-String -Width 120)
        $page = Get-Content -Raw $path
        $page | Should -Not -Match '<script'
        $page | Should -Not -Match 'https?://(?!127\.0\.0\.1)'
        $page | Should -Match ([regex]::Escape('&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;co&quot;'))
        $page | Should -Match '<svg '
        foreach ($id in $people) { $page | Should -Match $id }
        $page | Should -Match '1 replied'
        (Get-ErrorFrom { Export-CampaignReport $odd -Path $path @direct }).CategoryInfo.Category | Should -Be ResourceExists
        Export-CampaignReport $odd -Path $path -NoReply -Force | Should -Not -BeNullOrEmpty
        Get-Content -Raw $path | Should -Not -Match 'replied'
        Export-CampaignReport $odd -Path (Join-Path $TestDrive 'none.html') -WhatIf
        Join-Path $TestDrive 'none.html' | Should -Not -Exist
    }

    It 'are reported without replies, which the page says, where the service cannot be asked' {
        $path = Join-Path $TestDrive 'unasked.html'
        $null = Export-CampaignReport $odd -Path $path -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -BeLike '*no replies*'
        Get-Content -Raw $path | Should -Match 'could not be asked'
    }
}

Describe 'Clear-SentMessage' {
    BeforeEach {
        Clear-Sim $sim
        $direct = Get-Direct $sim
        Clear-SentMessage -Before (Get-Date).AddDays(1) -Confirm:$false
        $null = Send-Campaign $direct
    }

    It 'says of which campaign and of whom there is nothing' {
        Clear-SentMessage -Campaign 'no such', 'SLEEP W2' -WhatIf -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -Be "There is nothing of campaign 'no such' in the ledger."
        Clear-SentMessage -ParticipantId nobody, $people[0] -WhatIf -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -Be "There is nothing of nobody in the ledger."
        1..30 | ForEach-Object { "none$_" } | ForEach-Object { [pscustomobject]@{ ParticipantId = $_ } } |
            Clear-SentMessage -Confirm:$false -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -Be 'There is nothing of none1, none2, none3, none4, none5 and 25 more in the ledger.'
        @(Get-SentMessage).Count | Should -Be 6
        Clear-SentMessage -Campaign 'sleep w2' -Before (Get-Date).AddDays(-1) -Confirm:$false -WarningVariable warnings
        $warnings | Should -BeNullOrEmpty
    }

    It 'says with -Verbose how many entries went' {
        Clear-SentMessage -ParticipantId $people[0], $people[1] -Confirm:$false -Verbose 4>&1 | Out-String | Should -BeLike '*2 entries were deleted from *'
        @(Get-SentMessage).Count | Should -Be 4
    }
}

Describe 'Another ledger' {
    BeforeEach {
        Clear-Sim $sim
        Set-MessageLedger -Default -Scope Session
        Set-MessageLedger -Default -WarningAction Ignore
        Clear-SentMessage -Before (Get-Date).AddDays(1) -Confirm:$false
        $direct = Get-Direct $sim
        $null = Send-Campaign $direct
        $file = Join-Path $TestDrive "$(New-Guid)" 'ledger.db'
    }

    AfterAll {
        Set-MessageLedger -Default -Scope Session -WarningAction Ignore
        Set-MessageLedger -Default -WarningAction Ignore
    }

    It 'says how many entries stay behind' {
        Set-MessageLedger $file -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -BeLike '6 entries stay behind in *-CopyEntries*'
        (Send-Campaign $direct).Status | Should -Be (@('Sent') * 6)
    }

    It 'leaves nothing in the old one, either, when what it says is done' {
        $old = (Get-MessageLedger).Location
        Set-MessageLedger $file -CopyEntries -WarningVariable warnings -WarningAction SilentlyContinue
        $ConfirmPreference = 'None'
        . ([scriptblock]::Create(($warnings[0].Message -replace '^.*to clear it: ')))
        (Get-MessageLedger).Location | Should -Be $file
        @(Get-SentMessage).Count | Should -Be 6
        Set-MessageLedger -Path $old -Scope Session
        @(Get-SentMessage).Count | Should -Be 0
    }

    It 'takes them along, blocks too' {
        Block-Participant $people[5]
        try {
            $old = (Get-MessageLedger).Location
            Set-MessageLedger $file -CopyEntries -WarningVariable warnings -WarningAction SilentlyContinue
            @($warnings).Count | Should -Be 1
            $warnings[0].Message | Should -BeLike "6 entries were copied. $old keeps its own; to clear it: *"
            (Send-Campaign $direct).Status | Should -Be (@('Skipped') * 6)
            (Get-BlockedParticipant).ParticipantId | Should -Be $people[5]
        }
        finally {
            Set-MessageLedger -Default -WarningAction Ignore
            Unblock-Participant $people[5]
        }
        foreach ($id in $people) { @(Get-SimMailbox $sim $id).Count | Should -Be 1 }
        @(Get-SentMessage).Count | Should -Be 6
    }

    It 'is the session''s alone with -Scope Session' {
        Set-MessageLedger $file -Scope Session -WarningAction Ignore
        (Get-MessageLedger).Scope, (Get-MessageLedger).Path | Should -Be 'Session', $file
        @(Get-SentMessage).Count | Should -Be 0
        Join-Path $env:XDG_CONFIG_HOME 'ParticipantMessaging/ledger.json' | Should -Not -Exist
        $run = Invoke-Pwsh -Environment @{ HARNESS = "$PSScriptRoot/Harness.ps1" } {
            . $env:HARNESS
            Import-TestModule
            "$((Get-MessageLedger).Scope) $(@(Get-SentMessage).Count)"
        }
        $run.Output | Should -Be 'User 6'
        Set-MessageLedger -Default -Scope Session -WarningAction Ignore
        (Get-MessageLedger).Scope, (Get-MessageLedger).IsDefault | Should -Be 'User', $true
        @(Get-SentMessage).Count | Should -Be 6
    }

    It 'keeps a session''s password in memory, and stores none with -WhatIf' {
        Set-MessageLedger -ConnectionString 'Host=127.0.0.1;Port=1;Database=x;Username=u' -Password (ConvertTo-Secure geheim-123) -Scope Session -WarningAction Ignore
        (Get-MessageLedger).SecretName | Should -Be ''
        Get-SecretInfo | Where-Object Name -like '*Ledger*' | Should -BeNullOrEmpty
        Set-MessageLedger -Default -Scope Session -WarningAction Ignore
        Set-MessageLedger -ConnectionString 'Host=127.0.0.1;Port=1;Database=x;Username=u' -Password (ConvertTo-Secure geheim-123) -WhatIf
        Get-SecretInfo | Where-Object Name -like '*Ledger*' | Should -BeNullOrEmpty
        (Get-MessageLedger).IsDefault | Should -BeTrue
    }
}

Describe 'A ledger that 0.1.0 wrote' {
    # data/ledger-0.1.0.db was written by that version's library: 'sleep w1' over the account 'lab' (three Sent, one Unknown, one Failed), one
    # message without a campaign, and one of 'sleep w1' over an account 'Pilot'.
    BeforeAll {
        Clear-Sim $sim
        $old = Join-Path $TestDrive 'old.db'
        Copy-Item (Join-Path $PSScriptRoot 'data' 'ledger-0.1.0.db') $old
        Set-MessageLedger $old -Scope Session -WarningAction Ignore
        Register-MessagingAccount lab Prolific -Token $token -BaseUri $sim.BaseUri -Force
    }

    AfterAll { Set-MessageLedger -Default -Scope Session -WarningAction Ignore }

    It 'opens, migrates and keeps its entries' {
        @(Get-SentMessage).Count | Should -Be 7
        (Get-MessageCampaign 'sleep w1' -Account lab).People | Should -Be 5
    }

    It 'keeps everybody of its campaigns from being messaged again, over the account, another name and a token' {
        $receipts = Send-Campaign @{ Account = 'lab'; ErrorAction = 'SilentlyContinue' } -Campaign 'sleep w1' -To $people[0..3]
        $receipts.Status | Should -Be Skipped, Skipped, Skipped, Unknown
        Register-MessagingAccount renamed Prolific -Token $token -BaseUri $sim.BaseUri -Force
        (Send-Campaign @{ Account = 'renamed' } -Campaign 'SLEEP W1' -To $people[0..2]).Status | Should -Be (@('Skipped') * 3)
        (Send-Campaign (Get-Direct $sim) -Campaign 'sleep w1' -To $people[0..2]).Status | Should -Be (@('Skipped') * 3)
        @(Get-SimRequests $sim 'POST *').Count | Should -Be 0
        foreach ($id in $people) { @(Get-SimMailbox $sim $id).Count | Should -Be 0 }
    }

    It 'sends to who had failed, and to nobody else of the list' {
        (Send-Campaign @{ Account = 'lab'; ErrorAction = 'SilentlyContinue' } -Campaign 'sleep w1' -To $people[0..4]).Status | Should -Be Skipped, Skipped, Skipped, Unknown, Sent
        @(Get-SimMailbox $sim $people[4]).Count | Should -Be 1
        foreach ($id in $people[0..3]) { @(Get-SimMailbox $sim $id).Count | Should -Be 0 }
        # Once more, and the ledger is written by now.
        (Send-Campaign @{ Account = 'lab'; ErrorAction = 'SilentlyContinue' } -Campaign 'sleep w1' -To $people[0..4]).Status | Should -Be Skipped, Skipped, Skipped, Unknown, Skipped
        @(Get-SimMailbox $sim $people[4]).Count | Should -Be 1
        (Get-SentMessage -Campaign 'sleep w1' -ParticipantId $people[0] -Account lab).Identity | Should -BeLike "$($sim.BaseUri)*"
    }
}

Describe 'Help' {
    It 'is found by what one looks for: <_>' -ForEach @('*reply*', '*campaign*', '*block*', '*token*') {
        @(Get-Help $_).Count | Should -BeGreaterThan 0
    }
}
