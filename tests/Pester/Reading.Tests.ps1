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

        It 'means the latest submission by -Status, and says what there is when nobody is found' {
            $sim2 = Start-Sim -Arguments '--participants', '3', '--seed', '1', '--submission-status', 'RETURNED'
            try {
                $direct = Get-Direct $sim2 Prolific
                $own = (Invoke-Sim $sim2 info).studyId
                $found = Get-Participant @direct -StudyId $own -Status approved -WarningVariable warned -WarningAction SilentlyContinue
                $found | Should -BeNullOrEmpty
                "$warned" | Should -Match 'Nobody in study .* has the status approved now\. There are: 3 RETURNED'
                @(Get-Participant @direct -StudyId $own -Status Returned).Count | Should -Be 3
            }
            finally { Stop-Sim $sim2 }
        }

        It 'refuses a status that does not exist, once, and lists those that do' {
            $failures = @()
            [pscustomobject]@{ StudyId = $study }, [pscustomobject]@{ StudyId = $study } | Get-Participant @prolific -Status APROVED -ErrorAction SilentlyContinue -ErrorVariable failures | Should -BeNullOrEmpty
            $failures.Count | Should -Be 1
            $failures[0].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
            $failures[0].ErrorDetails.RecommendedAction | Should -Match 'AWAITING REVIEW'
            @(Get-Reads).Count | Should -Be 0
        }

        It 'warns of people who are counted and not shown' {
            Add-SimFault $sim @{ pathPrefix = "/api/v1/studies/$study/submissions/"; kind = 'Status'; status = 200; body = '{"results":[{"id":"s","participant_id":"5f8d0c3e4b2a1c0012345678","status":"ACTIVE"}],"meta":{"count":10}}' }
            @(Get-Participant @prolific -StudyId $study -WarningVariable warned -WarningAction SilentlyContinue).Count | Should -Be 1
            "$warned" | Should -Match '^9 are missing'
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
            Get-ParticipantGroup @prolific -Name nosuch, 'group 1', 'x*' -WarningVariable warned -WarningAction SilentlyContinue | ForEach-Object Name | Should -Be 'Group 1'
            "$warned" | Should -Be "No participant group is named 'nosuch'."
        }

        It 'leaves deleted groups out, and shows them with -IncludeDeleted' {
            $deleted = '{"id":"62873703455ee46a360d5a3f","name":"Gone","is_deleted":true}'
            Add-SimFault $sim @{ pathPrefix = '/api/v1/participant-groups/'; kind = 'Status'; status = 200; body = '{"results":[' + $deleted + ',{"id":"62873703455ee46a360d5a30","name":"There"}],"meta":{"count":2}}' }
            $there = Get-ParticipantGroup @prolific
            $there.Name | Should -Be There
            $there.ParticipantCount | Should -BeNullOrEmpty
            (Get-ParticipantGroup @prolific -IncludeDeleted).Name | Should -Be Gone, There
            $null = Invoke-Sim $sim faults -Method Delete
            Add-SimFault $sim @{ pathPrefix = '/api/v1/participant-groups/'; kind = 'Status'; status = 200; body = $deleted }
            Get-ParticipantGroup @prolific -Id 62873703455ee46a360d5a3f -ErrorAction SilentlyContinue -ErrorVariable failure | Should -BeNullOrEmpty
            $failure[0].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.NotFound,*'
            (Get-ParticipantGroup @prolific -Id 62873703455ee46a360d5a3f -IncludeDeleted).IsDeleted | Should -BeTrue
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
            $both = $people[0].id | Get-ParticipantMessage @prolific
            $both.Body | Should -Be 'A question', 'An answer'
            $both.Direction | Should -Be In, Out
            $both.ParticipantId | Should -Be $people[0].id, $people[0].id
            (Get-UnreadMessage @prolific | Get-ParticipantMessage @prolific -Since 1d).Count | Should -Be 2
            $thread = (Get-UnreadMessage @prolific).ConversationId
            (Get-ParticipantMessage @prolific -ConversationId $thread).Body | Should -Be 'A question', 'An answer'
            $conversation = Get-MessageConversation @prolific | Where-Object Id -eq $thread
            $conversation.ParticipantId | Should -Be $people[0].id
            ($conversation | Get-ParticipantMessage @prolific).Direction | Should -Be In, Out
            foreach ($width in 80, 120) { $conversation | Out-String -Width $width | Should -Match $people[0].id }
        }

        It 'asks for the rest of what Prolific counts, and says what is missing' {
            Add-SimFault $sim @{ pathPrefix = '/api/v1/messages/unread/'; kind = 'Status'; status = 200; body = '{"results":[{"id":"m1","sender":"5f8d0c3e4b2a1c0012345678","body":"x"}],"meta":{"count":3}}' }
            @(Get-UnreadMessage @prolific -WarningVariable warned -WarningAction SilentlyContinue).Count | Should -Be 1
            "$warned" | Should -Match '^2 are missing: Prolific counts 3'
            @(Get-Reads | Where-Object path -like '*unread*').Count | Should -BeGreaterThan 1
        }

        It 'shows what was not answered through the module' {
            $null = Invoke-Sim $sim clear-messages -Method Post
            $null = Invoke-Sim $sim unread @{ senderId = $people[0].id; body = 'One' }
            $null = Invoke-Sim $sim unread @{ senderId = $people[1].id; body = 'Two' }
            (Get-UnreadMessage @prolific -Unanswered).Body | Should -Be One, Two
            { Get-UnreadMessage @prolific -New -ErrorAction Stop } | Should -Throw '*-Wait*'
        }

        It 'starts a conversation, and never with the text of a piped message' {
            $null = Invoke-Sim $sim clear-messages -Method Post
            $null = Invoke-Sim $sim unread @{ senderId = $people[1].id; body = 'Not to be echoed' }
            $null = Get-UnreadMessage @prolific | New-MessageConversation @prolific -Subject 'Your question' -Topic feedback -WhatIf
            @(Get-SimRequests $sim 'POST /api/*').Count | Should -Be 0
            $conversation = Get-UnreadMessage @prolific | New-MessageConversation @prolific -Subject 'Your question' -Topic feedback -Body 'Hello'
            $conversation | Should -BeOfType ParticipantMessaging.MessageConversation
            $conversation.ParticipantId | Should -Be $people[1].id
            $entry = Get-SentMessage -ParticipantId $people[1].id | Select-Object -First 1
            $entry.Status, $entry.BodyLength | Should -Be 'Sent', "Your question`nHello".Length
            ($conversation | Get-ParticipantMessage @prolific).Body | Should -Be 'Hello'
            $listed = Get-MessageConversation @prolific | Where-Object Id -eq $conversation.Id
            $listed.Subject | Should -Be 'Your question'
            foreach ($width in 80, 120) { $listed | Out-String -Width $width | Should -Match "\d\d-\d\d \d\d:\d\d\s+$($people[1].id)\s+Your question" }
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
