<#
    What the cmdlets give, as people and as other programs see it. Views.Tests.ps1 makes its objects from the simulator, so that a view that
    fails on real objects fails here.
#>
BeforeDiscovery {
    $views = @(
        @{ Type = 'MessagingAccount'; Command = { Get-MessagingAccount } }
        @{ Type = 'MessagingAccountTest'; Command = { Test-MessagingAccount } }
        @{ Type = 'MessageReceipt'; Command = { $receipts } }
        @{ Type = 'ParticipantMessage'; Command = { Get-UnreadMessage } }
        @{ Type = 'MessageConversation'; Command = { Get-MessageConversation } }
        @{ Type = 'Participant'; Command = { Get-Participant 5fa87fbf2e0da5e5360d5a3f } }
        @{ Type = 'ParticipantGroup'; Command = { Get-ParticipantGroup } }
        @{ Type = 'WebhookEventType'; Command = { Get-WebhookEventType } }
        @{ Type = 'WebhookSecret'; Command = { Get-WebhookSecret -AsPlainText } }
        @{ Type = 'WebhookSubscription'; Command = { Get-WebhookSubscription -NoHealthCheck } }
        @{ Type = 'WebhookEvent'; Command = { Get-WebhookEvent } }
        @{ Type = 'SentMessage'; Command = { Get-SentMessage } }
        @{ Type = 'MessageLedger'; Command = { Get-MessageLedger } }
    )
}

BeforeAll {
    . $PSScriptRoot/Harness.ps1
    Import-TestModule
    $sim = Start-Sim -Arguments '--participants', '20', '--seed', '1', '--unread', '3', '--events', '5', '--unknown-fields'
    New-TestVault
    Register-SimAccount $sim prolific -Default
    Register-SimAccount $sim openhumans OpenHumans
    $rows = Import-Csv (Join-Path $env:PM_REPOSITORY 'samples/participants.csv')
    $receipts = @($rows | Send-ParticipantMessage -Campaign 'wave 2') +
        @($rows[0], [pscustomobject]@{ participant_id = '123'; Account = 'openhumans'; Message = 'Hello.' } | Send-ParticipantMessage -Campaign 'wave 2' -SkipInvalid -ErrorAction SilentlyContinue)
}

AfterAll { Stop-Sim $sim }

Describe 'The view of <Type>' -ForEach $views {
    BeforeAll { $objects = @(& $Command) }

    It 'is that of the type' {
        $objects[0].GetType().FullName | Should -Be "ParticipantMessaging.$Type"
        $header = ($objects | Format-Table | Out-String -Width 80).Trim() -split '\r?\n'
        ([regex]::Matches($header[0], '\S+')).Count | Should -BeLessOrEqual 8
    }

    It 'fits <_> columns and cuts no id' -ForEach 80, 120 {
        $lines = ($objects | Out-String -Width $_) -split '\r?\n'
        $lines | Where-Object Length -gt $_ | Should -BeNullOrEmpty
        # An id that is cut ends in an ellipsis after hexadecimal digits.
        $lines -match '\b[0-9a-f]{8,}…' | Should -BeNullOrEmpty
    }

    It 'shows everything as a list, but no secret' {
        $list = $objects[0] | Format-List | Out-String -Width 200
        $shown = [regex]::Matches($list, '(?m)^(\w+)\s*:').ForEach{ $_.Groups[1].Value }
        $hidden = @($objects[0].PSObject.Properties.Name | Where-Object { $_ -notin $shown })
        $hidden | Where-Object { $_ -notin 'AdditionalProperties', 'PlainText', 'ConfirmationSecret', 'InputObject' } | Should -BeNullOrEmpty
        if ($Type -eq 'WebhookSecret') { ($list + ($objects | Out-String)) | Should -Not -Match ([regex]::Escape($objects[0].PlainText)) }
        if ($objects[0].AdditionalProperties.Count) { $list | Should -Match '(?m)^AdditionalProperties\s*:' }
    }
}

Describe 'Objects in a pipeline' {
    It 'are grouped and measured as one expects' {
        ($receipts | Group-Object Status -AsHashTable -AsString).Keys | Sort-Object | Should -Be 'Failed', 'Queued', 'Sent', 'Skipped'
        ($receipts | Measure-Object Recipients -Sum).Sum | Should -BeGreaterOrEqual 17
    }

    It 'become JSON and CSV and come back' {
        $json = $receipts | ConvertTo-Json | ConvertFrom-Json
        $json.Count | Should -Be $receipts.Count
        $json[0].ParticipantId | Should -BeExactly $receipts[0].ParticipantId
        $json[0].Status | Should -BeExactly 'Sent'
        ([DateTimeOffset]$json[0].SentAt).UtcDateTime | Should -Be $receipts[0].SentAt.UtcDateTime

        $file = Join-Path ([IO.Path]::GetTempPath()) 'receipts.csv'
        $receipts | Export-Csv $file
        $back = @(Import-Csv $file)
        $back.Count | Should -Be $receipts.Count
        $back.ParticipantId | Should -Be $receipts.ParticipantId
        ($back | Where-Object ParticipantId -like '0*').Count | Should -Be ($receipts | Where-Object ParticipantId -like '0*').Count
    }

    It 'are sent again from what was exported, and everybody is skipped' {
        $file = Join-Path ([IO.Path]::GetTempPath()) 'again.csv'
        $receipts | Where-Object Status -in Sent, Queued | Export-Csv $file
        $again = Import-Csv $file | Send-ParticipantMessage -Body 'Once more.' -Campaign 'wave 2' -WarningAction SilentlyContinue
        $again | Where-Object Status -ne Skipped | Should -BeNullOrEmpty
    }
}

Describe 'What people wrote' {
    It 'cannot steer the terminal' {
        $null = Invoke-Sim $sim unread -Body @{ senderId = '613c66744c3e1f9ad444d3f0'; body = "first`nsecond `e]0;title`a`e[31mred$([char]0x202E)turned" }
        $message = Get-UnreadMessage | Where-Object Body -like 'first*'
        $message.Body | Should -Match "`e"
        foreach ($text in ($message | Out-String -Width 200), ($message | Format-List | Out-String -Width 200)) {
            $text | Should -Match 'second'
            $text | Should -Not -Match "[`e`a$([char]0x202E)]"
        }
    }

    It 'has colour only where the host allows it' {
        $PSStyle.OutputRendering = 'Ansi'
        try { ($receipts | Out-String -Width 80) | Should -Match "`e\[32mSent" }
        finally { $PSStyle.OutputRendering = 'PlainText' }
        ($receipts | Out-String -Width 80) | Should -Not -Match "`e\["
    }
}
