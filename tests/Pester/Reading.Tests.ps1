# What can be read, and whom one can write to, in a real PowerShell against the simulator.

Describe 'Reading' {
    BeforeAll {
        . $PSScriptRoot/Harness.ps1
        Import-TestModule
        $sim = Start-Sim -Arguments '--participants', '450', '--members', '250', '--seed', '1', '--unread', '30', '--events', '2500'
        $prolific = Get-Direct $sim Prolific
        $openHumans = Get-Direct $sim OpenHumans
        function Get-Sim([string] $Path) { Invoke-Sim $sim $Path | ForEach-Object { $_ } }
        $study = (Invoke-Sim $sim info).studyId
        $people = @(Get-Sim 'participants?limit=1000')
        function Get-Reads { @(Get-SimRequests $sim 'GET /api/*') }
    }
    AfterAll { Stop-Sim $sim }
    BeforeEach {
        $null = Invoke-Sim $sim requests -Method Delete
        $null = Invoke-Sim $sim faults -Method Delete
        $Error.Clear()
    }

    Context 'Get-Participant' {
        It 'pipes those with <_> into Send-ParticipantMessage, and exactly those' -TestCases 'AWAITING REVIEW', 'awaiting-review', 'Awaiting_Review' {
            $null = Invoke-Sim $sim clear-messages -Method Post
            $expected = @(Get-Sim "submissions?study=$study" | Where-Object status -eq 'AWAITING REVIEW' | ForEach-Object participantId | Sort-Object -Unique)
            $expected.Count | Should -BeGreaterThan 50
            $receipts = Get-Participant @prolific -StudyId $study -Status $_ | Send-ParticipantMessage @prolific -StudyId $study -Body "Thanks ($_)"
            @($receipts | Where-Object Status -ne Sent).Count | Should -Be 0
            @(Get-Sim 'mailboxes?limit=1000' | ForEach-Object id | Sort-Object) | Should -Be $expected
        }

        It 'lists the members of a group by its id and by the group itself' {
            $group = Get-ParticipantGroup @prolific | Select-Object -First 1
            $members = Get-Participant @prolific -GroupId $group.Id
            $members.Count | Should -Be $group.ParticipantCount
            $members[0].GroupId | Should -Be $group.Id
            ($group | Get-Participant @prolific).ParticipantId | Should -Be $members.ParticipantId
        }

        It 'lists 250 Open Humans members, each once, without the token anywhere' {
            $lines = @(Get-Participant @openHumans -Verbose -Debug *>&1)
            $members = @($lines | Where-Object { $_ -is [ParticipantMessaging.Participant] })
            $members.Count | Should -Be 250
            @($members.ParticipantId | Sort-Object -Unique).Count | Should -Be 250
            $token = 'simOpenHumansMasterToken'
            $lines | Out-String -Width 500 | Should -Not -Match $token
            $members | ConvertTo-Json -Depth 6 | Should -Not -Match $token
            $members | Format-List * -Force | Out-String -Width 5000 | Should -Not -Match "$token|exchange"
            Add-SimFault $sim @{ pathPrefix = '/api/direct-sharing/project/members/'; kind = 'Status'; status = 400; body = '{"detail":"bad address https://x/?access_token=' + 'simOpenHumansMasterToken'.PadRight(64, '0') + '"}' }
            $null = Get-Participant @openHumans -ErrorAction SilentlyContinue -ErrorVariable failure
            $failure.Count | Should -BeGreaterThan 0
            $failure | Format-List * -Force | Out-String -Width 5000 | Should -Not -Match $token
            $Error | Format-List * -Force | Out-String -Width 5000 | Should -Not -Match $token
        }
    }

    Context 'Get-ParticipantGroup' {
        It 'finds groups by wildcard and by id' {
            (Get-ParticipantGroup @prolific -Name 'group*').Count | Should -Be 2
            $one = Get-ParticipantGroup @prolific -Name '*2'
            $one.Name | Should -Be 'Group 2'
            ($one.Id | Get-ParticipantGroup @prolific).Name | Should -Be 'Group 2'
            Get-ParticipantGroup @prolific -Name nosuch | Should -BeNullOrEmpty
        }
    }

    Context 'messages' {
        BeforeEach {
            $null = Invoke-Sim $sim clear-messages -Method Post
            $null = Invoke-Sim $sim unread @{ count = 30 }
        }

        It 'reads unread messages in the <Spelling> spelling, with fields that nobody knows' -TestCases @{ Spelling = 'live'; Documented = $false }, @{ Spelling = 'documented'; Documented = $true } {
            $null = Invoke-Sim $sim options @{ documentedSpelling = $Documented; unknownFields = $true }
            $messages = Get-UnreadMessage @prolific
            $null = Invoke-Sim $sim options @{ documentedSpelling = $false; unknownFields = $false }
            $messages.Count | Should -Be 30
            foreach ($message in $messages) {
                $message.SenderId | Should -BeIn $people.id
                $message.SentAt | Should -BeOfType DateTimeOffset
                $message.AdditionalProperties.Count | Should -BeGreaterThan 0
            }
            $field = @($messages[0].AdditionalProperties.Keys)[0]
            $messages[0] | ConvertTo-Json -Depth 5 | Should -Match $field
        }

        It 'filters by study, category, sender and time' {
            $all = Get-UnreadMessage @prolific
            $category = $all[0].Category
            (Get-UnreadMessage @prolific -Category $category).Count | Should -Be @($all | Where-Object Category -eq $category).Count
            $sender = $all[0].SenderId
            (Get-UnreadMessage @prolific -SenderId $sender).SenderId | Sort-Object -Unique | Should -Be $sender
            Get-UnreadMessage @prolific -StudyId ('0' * 24) | Should -BeNullOrEmpty
            (Get-UnreadMessage @prolific -Since 7d).Count | Should -Be $all.Count
            Get-UnreadMessage @prolific -Since ([DateTimeOffset]::Now.AddHours(1)) | Should -BeNullOrEmpty
        }

        It 'answers whoever wrote' {
            $null = Invoke-Sim $sim clear-messages -Method Post
            $null = Invoke-Sim $sim unread @{ count = 5 }
            $senders = @((Get-UnreadMessage @prolific).SenderId | Sort-Object -Unique)
            $null = Get-UnreadMessage @prolific | Send-ParticipantMessage @prolific -StudyId $study -Body 'Thanks!'
            @(Get-Sim 'mailboxes?limit=1000' | ForEach-Object id | Sort-Object) | Should -Be $senders
        }

        It 'reads the history of a person from the pipeline, and a conversation' {
            $null = Invoke-Sim $sim clear-messages -Method Post
            $null = Invoke-Sim $sim unread @{ senderId = $people[0].id; body = 'A question' }
            $null = $people[0].id | Send-ParticipantMessage @prolific -StudyId $study -Body 'An answer'
            ($people[0].id | Get-ParticipantMessage @prolific).Body | Sort-Object | Should -Be 'A question', 'An answer'
            (Get-UnreadMessage @prolific | Get-ParticipantMessage @prolific -Since 1d).Count | Should -Be 2
            $thread = (Get-UnreadMessage @prolific).ConversationId
            (Get-ParticipantMessage @prolific -ConversationId $thread).Body | Should -Be 'A question', 'An answer'
        }

        It 'starts a conversation, and never with the text of a piped message' {
            $null = Invoke-Sim $sim clear-messages -Method Post
            $null = Invoke-Sim $sim unread @{ senderId = $people[1].id; body = 'Not to be echoed' }
            $null = Get-UnreadMessage @prolific | New-MessageConversation @prolific -Subject 'Your question' -Topic feedback -WhatIf
            @(Get-SimRequests $sim 'POST /api/*').Count | Should -Be 0
            $conversation = Get-UnreadMessage @prolific | New-MessageConversation @prolific -Subject 'Your question' -Topic feedback -Body 'Hello'
            $conversation | Should -BeOfType ParticipantMessaging.MessageConversation
            ($conversation | Get-ParticipantMessage @prolific).Body | Should -Be 'Hello'
            (Get-MessageConversation @prolific | Where-Object Id -eq $conversation.Id).Subject | Should -Be 'Your question'
            @(Get-SimRequests $sim 'POST /api/*' | Where-Object body -match 'echoed').Count | Should -Be 0
        }
    }

    Context 'Get-WebhookEvent' {
        It 'reads the logs of all subscriptions, 1,000 events a page' {
            $events = Get-WebhookEvent @prolific
            $events.Count | Should -BeGreaterOrEqual 2500
            @($events.Id | Sort-Object -Unique).Count | Should -Be $events.Count
            @(Get-Reads | Where-Object path -like '*/events/').Count | Should -Be 3
            $events[0].Payload.status | Should -Be $events[0].ResourceStatus
        }

        It 'takes its subscription from the pipeline, filters and pages' {
            $all = Get-WebhookSubscription @prolific | Get-WebhookEvent @prolific
            $null = Invoke-Sim $sim requests -Method Delete
            $some = Get-WebhookSubscription @prolific | Get-WebhookEvent @prolific -First 3 -Skip 1200
            $some.Id | Should -Be $all[1200..1202].Id
            $failed = Get-WebhookEvent @prolific -Status failed, PENDING
            @($failed.Status | Sort-Object -Unique) | Should -Be 'FAILED', 'PENDING'
            (Get-WebhookEvent @prolific -ResourceId $all[0].ResourceId).ResourceId | Sort-Object -Unique | Should -Be $all[0].ResourceId
            Get-WebhookEvent @prolific -EventType no.such.type | Should -BeNullOrEmpty
            @(Get-WebhookEvent @prolific -First 1 -IncludeTotalCount)[0].ToString() | Should -Match '2500'
            @() | Get-WebhookEvent @prolific | Should -BeNullOrEmpty
        }

        It 'asks for nothing more after Select-Object -First' {
            $five = Get-WebhookEvent @prolific | Select-Object -First 5
            $five.Count | Should -Be 5
            @(Get-Reads | Where-Object path -like '*/events/').Count | Should -Be 1
            $two = Get-Participant @prolific -StudyId $study | Select-Object -First 2
            $two.Count | Should -Be 2
            @(Get-Reads | Where-Object path -like '*/submissions/').Count | Should -Be 1
        }
    }
}
