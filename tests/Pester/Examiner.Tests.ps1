# What an outside examiner found, each kept from coming back; asserted on what the simulator received.
BeforeAll {
    . $PSScriptRoot/Harness.ps1
    Import-TestModule
    # The same people get the same text again and again here.
    $global:PSDefaultParameterValues['Send-ParticipantMessage:RepeatAfter'] = 0
    $sim = Start-Sim @('--participants', '20', '--seed', '9', '--events', '4', '--no-webhook-delivery')
    $direct = Get-Direct $sim
    $study = Get-SimStudy $sim
    $people = @((Get-SimParticipant $sim -First 5).id)
}

AfterAll {
    Stop-Sim $sim
}

Describe 'An event that is piped to a subscription cmdlet' {
    BeforeAll {
        $events = @(Get-WebhookEvent @direct)
        $subscription = $events[0].SubscriptionId
    }

    BeforeEach { Clear-Sim $sim }

    It 'means the subscription that it came from' {
        $events.Count | Should -BeGreaterThan 1
        ($events[0] | Get-WebhookSubscription @direct -NoHealthCheck).Id | Should -Be $subscription
        ($events | Set-WebhookSubscription @direct -IsEnabled $true).Id | Should -Be $subscription
        $null = $events[0] | Confirm-WebhookSubscription @direct -Secret (ConvertTo-Secure 'wrong') -ErrorAction SilentlyContinue
        $calls = @(Get-SimRequests $sim '*/hooks/subscriptions/*/')
        $calls.method | Should -Be 'GET', 'PATCH', 'POST'
        $calls.path | Should -Be (@("/api/v1/hooks/subscriptions/$subscription/") * 3)
    }

    It 'loses to -Id' {
        $other = '0123456789abcdef01234567'
        $events[0] | Set-WebhookSubscription @direct -Id $other -IsEnabled $true -ErrorAction SilentlyContinue
        @(Get-SimRequests $sim 'PATCH *').path | Should -Be "/api/v1/hooks/subscriptions/$other/"
    }

    It 'is refused when it was delivered here and knows no subscription' {
        $delivered = ConvertFrom-WebhookRequest -SkipVerification -Headers @{ 'X-Event-ID' = $subscription } -Body '{"event_type":"study.status.change","resource_id":"x"}'
        $problem = Get-ErrorFrom { $delivered | Remove-WebhookSubscription @direct -Confirm:$false }
        $problem.FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
        Get-SimRequests $sim 'DELETE *' | Should -BeNullOrEmpty
    }

    It 'removes its subscription, once' {
        $events | Where-Object SubscriptionId -EQ $subscription | Remove-WebhookSubscription @direct -Confirm:$false
        @(Get-SimRequests $sim 'DELETE *').path | Should -Be "/api/v1/hooks/subscriptions/$subscription/"
    }
}

Describe 'Where nobody can be asked' {
    BeforeEach { Clear-Sim $sim }

    It 'says so instead of prompting: <Name>' -ForEach @(
        @{ Name = 'New-WebhookSecret'; How = '-Confirm:\$false'; Options = @('-NonInteractive') }
        @{ Name = 'Remove-WebhookSubscription 0123456789abcdef01234567'; How = '-Confirm:\$false'; Options = @('-NonInteractive') }
        @{ Name = 'Remove-WebhookSubscription 0123456789abcdef01234567'; How = '-Confirm:\$false'; Options = @() }
        @{ Name = 'Send-ParticipantMessage -GroupId GROUP -Body Hello'; How = '-Force'; Options = @() }
        @{ Name = 'Send-ParticipantMessage -ParticipantId PERSON -Body Hello -StudyId STUDY -Confirm'; How = '-Confirm:\$false'; Options = @() }
    ) {
        $file = Join-Path $TestDrive 'ask.ps1'
        $command = $Name.Replace('GROUP', @(Invoke-Sim $sim groups | ForEach-Object { $_ })[0].id).Replace('PERSON', $people[0]).Replace('STUDY', $study)
        @"
Import-Module '$(Join-Path $env:PM_MODULE 'ParticipantMessaging.psd1')'
`$direct = @{ Provider = 'Prolific'; Token = (ConvertTo-SecureString 'sim-prolific-token' -AsPlainText -Force); BaseUri = '$($sim.BaseUri)' }
try { `$null = $command @direct -ErrorAction Stop } catch { "`$(`$_.FullyQualifiedErrorId) `$(`$_.CategoryInfo.Category) `$(`$_.ErrorDetails.RecommendedAction)" }
"@ | Set-Content $file
        # The input stays open and silent, as a service's or a scheduler's may: a prompt would wait for ever.
        $start = New-PwshStart (@('-NoLogo', '-NoProfile') + $Options + @('-File', $file))
        $start.RedirectStandardInput = $true
        $start.RedirectStandardOutput = $true
        $process = [Diagnostics.Process]::Start($start)
        $output = $process.StandardOutput.ReadToEndAsync()
        $isDone = $process.WaitForExit(120000)
        if (-not $isDone) { $process.Kill($true) }
        $isDone | Should -BeTrue -Because 'nobody answers'
        $output.Result | Should -Match "^ParticipantMessaging\.ConfirmationRequired,\S+ InvalidOperation .*$How"
        Get-SimRequests $sim | Where-Object method -NE 'GET' | Should -BeNullOrEmpty
    }
}

Describe 'Rows' {
    BeforeEach { Clear-Sim $sim }

    It '-ParticipantId $null is a finding with a receipt' {
        $row = [pscustomobject]@{ name = 'Ada' }
        $receipt = Send-ParticipantMessage -ParticipantId $row.participant_id -Body 'Hello' -StudyId $study @direct -ErrorVariable problems -ErrorAction SilentlyContinue
        $receipt.Status | Should -Be 'Failed'
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRecipient,*'
        Get-SimRequests $sim | Should -BeNullOrEmpty
    }

    It 'a file that was read with the wrong separator says so' {
        $file = Join-Path $TestDrive 'semicolons.csv'
        "participant_id;first_name`n$($people[0]);Ada" | Set-Content $file
        $null = Import-Csv $file | Send-ParticipantMessage -Body 'Hello' -StudyId $study @direct -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems[0].ErrorDetails.RecommendedAction | Should -Match "Import-Csv -Delimiter ';'"
        Get-SimRequests $sim | Should -BeNullOrEmpty
    }

    It 'an event without a participant says so' {
        $happened = ConvertFrom-WebhookRequest -SkipVerification -Headers @{} -Body '{"event_type":"study.status.change","resource_id":"x"}'
        $null = $happened | Send-ParticipantMessage -Body 'Hello' -StudyId $study @direct -ErrorVariable problems -ErrorAction SilentlyContinue
        "$($problems[0])" | Should -Match 'event \(study\.status\.change\) names no participant'
        Get-SimRequests $sim | Should -BeNullOrEmpty
    }

    It '-InputObject $rows means each row' {
        $rows = @([pscustomobject]@{ Id = $people[0]; name = 'Ada' }, [pscustomobject]@{ Id = $people[1]; name = 'Bo' })
        foreach ($stream in $false, $true) {
            Clear-Sim $sim
            $receipts = Send-ParticipantMessage -InputObject $rows -Body 'Dear {{ name }}' -StudyId $study -Stream:$stream @direct
            $receipts.Row | Should -Be 2, 3
            (Get-SimMailbox $sim $people[0]).body | Should -Be 'Dear Ada'
            (Get-SimMailbox $sim $people[1]).body | Should -Be 'Dear Bo'
        }
    }

    It 'all members over Prolific is one finding' {
        $receipt = Send-ParticipantMessage -AllMembers -Body 'Hello' @direct -Force -ErrorVariable problems -ErrorAction SilentlyContinue
        $receipt.Status | Should -Be 'Failed'
        @($problems.FullyQualifiedErrorId -replace ',.*') | Should -Be 'ParticipantMessaging.NotSupported', 'ParticipantMessaging.ListNotSent'
    }
}

Describe 'Ids that only the service can judge' {
    It 'are asked for: <Command>' -ForEach @(
        @{ Command = 'Get-WebhookEvent -SubscriptionId nobody' }
        @{ Command = 'Get-WebhookSubscription -Id nobody' }
        @{ Command = 'Get-ParticipantGroup -Id nobody' }
        @{ Command = 'Get-Participant -GroupId nobody' }
        @{ Command = 'Get-Participant -StudyId nobody' }
    ) {
        Clear-Sim $sim
        $problem = Get-ErrorFrom ([scriptblock]::Create("$Command @direct -ErrorAction Stop"))
        $problem.FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.NotFound,*'
        $problem.CategoryInfo.Category | Should -Be 'ObjectNotFound'
        @(Get-SimRequests $sim).Count | Should -Be 1
    }

    It 'a sender that is no 24 hex digits has a history' {
        Clear-Sim $sim
        $null = Get-ParticipantMessage -ParticipantId 'user_987654321' @direct
        @(Get-SimRequests $sim).query | Should -Match 'user_id=user_987654321'
    }

    It 'but no address or sentence is' {
        Clear-Sim $sim
        (Get-ErrorFrom { Get-Participant -StudyId 'https://app.prolific.com/researcher/studies/1' @direct -ErrorAction Stop }).FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.MissingStudy,*'
        (Get-ErrorFrom { Get-WebhookEvent -SubscriptionId 'my subscription' @direct -ErrorAction Stop }).FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
        Get-SimRequests $sim | Should -BeNullOrEmpty
    }
}

Describe 'A list that the service refuses, and delivers all the same' {
    BeforeAll {
        . $PSScriptRoot/Harness.ps1
        Import-TestModule
        $sim = Start-Sim
        $study = Get-SimStudy $sim
        $direct = Get-Direct $sim
    }
    AfterAll { Stop-Sim $sim }
    AfterEach { $null = Invoke-Sim $sim faults -Method Delete }

    It 'leaves the others Unknown, and nobody gets it a second time' {
        $ids = @((Get-SimParticipant $sim)[0..9].id)
        Add-SimFault $sim @{ method = 'POST'; pathPrefix = '/api/v1/messages/bulk/'; kind = 'Status'; status = 400; afterStored = $true; count = 1 }
        $receipts = $ids | Send-ParticipantMessage @direct -StudyId $study -Body 'Come back.' -Campaign 'refused but there' -ErrorVariable told -ErrorAction SilentlyContinue
        ($receipts.Status | Group-Object -NoElement | ForEach-Object { "$($_.Count) $($_.Name)" }) | Should -Be '10 Unknown'
        @($told).Count | Should -Be 1
        $told[0].Exception.Message | Should -BeLike "*$($ids[0])*has the message all the same*"
        $told[0].ErrorDetails.RecommendedAction | Should -BeLike '*Resolve-SentMessage*'

        $again = $ids | Send-ParticipantMessage @direct -StudyId $study -Body 'Come back.' -Campaign 'refused but there' -ErrorAction SilentlyContinue
        $again.Status | Sort-Object -Unique | Should -Be 'Unknown'
        Get-SentMessage -Status Unknown | Resolve-SentMessage @direct -MinimumAge 0 | ForEach-Object Status | Sort-Object -Unique | Should -Be 'Sent'
        $counts = foreach ($id in $ids) { (Invoke-Sim $sim "mailboxes?id=$id" | ForEach-Object { $_ } | Select-Object -First 1).messages.Count }
        $counts | Should -Be (@(1) * 10)
    }

    It 'leaves them Unknown where the look at them tells nothing: <Case>' -ForEach @(
        @{ Case = 'it is refused'; Fault = @{ status = 403 } }
        @{ Case = 'it is no list'; Fault = @{ status = 200; body = '{}' } }
        @{ Case = 'it is a page'; Fault = @{ status = 200; body = '<html>blocked</html>'; contentType = 'text/html' } }
    ) {
        $ids = @((Get-SimParticipant $sim)[10..13].id)
        Add-SimFault $sim @{ method = 'POST'; pathPrefix = '/api/v1/messages/bulk/'; kind = 'Status'; status = 400; afterStored = $true; count = 1 }
        Add-SimFault $sim (@{ method = 'GET'; pathPrefix = '/api/v1/messages/'; kind = 'Status' } + $Fault)
        $receipts = $ids | Send-ParticipantMessage @direct -StudyId $study -Body "Come back: $Case." -Campaign $Case -ErrorVariable told -ErrorAction SilentlyContinue
        $receipts.Status | Should -Be (@('Unknown') * 4)
        "$($told[0])" | Should -Match 'does not say whether somebody has it'
        $null = Invoke-Sim $sim faults -Method Delete
        ($ids | Send-ParticipantMessage @direct -StudyId $study -Body "Come back: $Case." -Campaign $Case -ErrorAction SilentlyContinue).Status | Should -Be (@('Unknown') * 4)
        foreach ($id in $ids) {
            @((Invoke-Sim $sim "mailboxes?id=$id" | ForEach-Object { $_ } | Select-Object -First 1).messages | Where-Object body -eq "Come back: $Case.").Count | Should -Be 1
        }
    }
}

Describe 'A list that the service refuses, to people who have the same text from before' {
    BeforeAll {
        . $PSScriptRoot/Harness.ps1
        Import-TestModule
        $sim = Start-Sim
        $study = Get-SimStudy $sim
        $direct = Get-Direct $sim
    }
    AfterAll { Stop-Sim $sim }
    AfterEach { $null = Invoke-Sim $sim faults -Method Delete }

    It 'is not said to have reached them: <Case>' -ForEach @(
        @{ Case = 'about another study'; Other = 'a' * 24 }
        @{ Case = 'a moment ago'; Other = '' }
    ) {
        $ids = @((Get-SimParticipant $sim)[0..3].id)
        $ids | Send-ParticipantMessage @direct -StudyId $study -Body "Again, $Case." -Campaign "first, $Case" | Out-Null
        if (-not $Other) { Start-Sleep -Milliseconds 2100 }
        Add-SimFault $sim @{ method = 'POST'; pathPrefix = '/api/v1/messages/bulk/'; kind = 'Status'; status = 400; count = 1 }
        $receipts = $ids | Send-ParticipantMessage @direct -StudyId ($Other ? $Other : $study) -Body "Again, $Case." -Campaign "second, $Case" -ErrorVariable told -ErrorAction SilentlyContinue
        $receipts.Status | Should -Be (@('Unknown') * 4) -Because 'nobody can know'
        "$($told[0])" | Should -Not -Match 'has the message all the same'
        "$($told[0])" | Should -Match 'not say whether somebody has it'
        foreach ($id in $ids) { @((Invoke-Sim $sim "mailboxes?id=$id" | ForEach-Object { $_ } | Select-Object -First 1).messages | Where-Object body -eq "Again, $Case.").Count | Should -Be 1 }
    }
}

Describe 'Test-MessagingAccount with a token that is refused' {
    It 'ends in a terminating error, after the answer' {
        $bad = $direct.Clone()
        $bad.Token = ConvertTo-Secure 'wrong'
        $answers = [Collections.Generic.List[object]]::new()
        $caught = $null
        try { Test-MessagingAccount @bad -ErrorAction Continue | ForEach-Object { $answers.Add($_) } } catch { $caught = $_ }
        $caught.FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.AuthenticationFailed,*'
        $caught.CategoryInfo.Category | Should -Be 'AuthenticationError'
        $answers.Ok | Should -Be $false
    }

    It 'tries the others first' -Skip:(-not ((Get-Module Microsoft.PowerShell.SecretManagement -ListAvailable) -and (Get-Module Microsoft.PowerShell.SecretStore -ListAvailable))) {
        New-TestVault
        foreach ($name in 'first', 'second') {
            Register-MessagingAccount $name -Provider Prolific -Token (ConvertTo-Secure 'wrong') -BaseUri $sim.BaseUri -Force
        }
        Register-SimAccount $sim third
        $answers = [Collections.Generic.List[object]]::new()
        $caught = $null
        try { 'first', 'second', 'third' | Test-MessagingAccount -ErrorVariable others -ErrorAction SilentlyContinue | ForEach-Object { $answers.Add($_) } } catch { $caught = $_ }
        $answers.Name | Should -Be 'first', 'second', 'third'
        $answers.Ok | Should -Be $false, $false, $true
        $others[0].TargetObject | Should -Be 'first'
        $caught.TargetObject | Should -Be 'second'
    }
}

Describe 'Advice' {
    It 'a subscription without a secret is told how to make one' {
        $fresh = Start-Sim @('--participants', '1')
        try {
            $there = Get-Direct $fresh
            $problem = Get-ErrorFrom { New-WebhookSubscription study.status.change https://hooks.example.org/x @there -ErrorAction Stop }
            $problem.ErrorDetails.RecommendedAction | Should -Match 'New-WebhookSecret -WorkspaceId [0-9a-f]{24}'
            @(Get-SimRequests $fresh 'POST *').Count | Should -Be 1
        }
        finally { Stop-Sim $fresh }
    }

    It 'a signature without a secret to check it with asks for -Secret' {
        $run = Invoke-Pwsh -Environment @{ HOME = (Join-Path $TestDrive 'nobody'); XDG_CONFIG_HOME = (Join-Path $TestDrive 'nobody') } {
            Import-Module (Join-Path $env:PM_MODULE 'ParticipantMessaging.psd1')
            try { Test-WebhookSignature '{}' 1700000000 x } catch { "$($_.FullyQualifiedErrorId) $($_.ErrorDetails.RecommendedAction)" }
        }
        $run.Output | Should -Match '^ParticipantMessaging.AccountNotFound,.*-Secret'
    }

    It 'an Open Humans list that is refused ends its sentence, one that is unknown is not to be looked up, a null character is named' {
        $open = Get-Direct $sim OpenHumans
        $members = @((Get-SimParticipant $sim OpenHumans -First 2).id)
        Clear-Sim $sim
        Add-SimFault $sim @{ PathPrefix = '/api/direct-sharing/project/message/'; Status = 400; Body = '{"errors":{"project_member_ids":["Invalid project member ID(s): "]}}'; Count = 1 }
        $refused = $members | Send-ParticipantMessage -Body 'Hello' @open -BatchSize 10 -ErrorAction SilentlyContinue
        $refused[0].Reason | Should -Match 'Invalid project member ID\(s\)\.$'
        Add-SimFault $sim @{ PathPrefix = '/api/direct-sharing/project/message/'; Status = 500; Count = 1 }
        $null = $members[0] | Send-ParticipantMessage -Body 'Hello' @open -ErrorAction SilentlyContinue -ErrorVariable problems
        $problems[0].ErrorDetails.RecommendedAction | Should -Match '-As Sent or -As Failed'
        $null = $members[0] | Send-ParticipantMessage -Body "a$([char]0)b" @open -ErrorAction SilentlyContinue -ErrorVariable problems
        "$($problems[0])" | Should -Match 'the text holds a null character'
        @(Get-SimRequests $sim 'POST *').Count | Should -Be 2
    }

    It 'a time limit is told in words' {
        $body = '{}'
        $key = [Security.Cryptography.HMACSHA256]::new([Text.Encoding]::UTF8.GetBytes('key'))
        $signature = [Convert]::ToBase64String($key.ComputeHash([Text.Encoding]::UTF8.GetBytes("1700000000$body")))
        (Test-WebhookSignature $body 1700000000 $signature -Secret (ConvertTo-Secure 'key') -MaxAge 5m -Detailed).Message | Should -Match 'more than 5 minutes from now'
    }
}

Describe 'A blank -Account' {
    It 'is a slip, not the default account' {
        foreach ($blank in '', $null) {
            (Get-ErrorFrom { Remove-WebhookSubscription 0123456789abcdef01234567 -Account $blank -Confirm:$false }).FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
        }
    }
}

Describe 'Objects that leave PowerShell' {
    BeforeAll {
        $happened = ConvertFrom-WebhookRequest -SkipVerification -Headers @{} -Body '{"event_type":"study.status.change","resource_id":"r","status":"ACTIVE","metadata":{"a":[1,"é"]}}'
    }

    It 'an event is JSON, its payload and additional fields too' {
        $read = $happened | ConvertTo-Json -Depth 6 | ConvertFrom-Json
        $read.Payload.status | Should -Be 'ACTIVE'
        $read.Payload.metadata.a[1] | Should -Be 'é'
        $read.AdditionalProperties.metadata.a[0] | Should -Be 1
        ($happened.Payload | ConvertTo-Json -Depth 6 | ConvertFrom-Json).resource_id | Should -Be 'r'
    }

    It 'in a CSV file additional fields are JSON, and nothing where there are none' {
        $row = $happened | ConvertTo-Csv | ConvertFrom-Csv
        ($row.AdditionalProperties | ConvertFrom-Json).metadata.a[1] | Should -Be 'é'
        ($row.Payload | ConvertFrom-Json).status | Should -Be 'ACTIVE'
        $bare = ConvertFrom-WebhookRequest -SkipVerification -Headers @{} -Body '{"event_type":"study.progress.change","resource_id":"r"}'
        ($bare | ConvertTo-Csv | ConvertFrom-Csv).AdditionalProperties | Should -BeNullOrEmpty
        (Get-WebhookEventType @direct | ConvertTo-Csv | ConvertFrom-Csv)[0].AdditionalProperties | Should -BeNullOrEmpty
    }
}
