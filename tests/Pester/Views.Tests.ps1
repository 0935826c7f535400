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

    It 'have times in a file that mean the same in every country: <_>' -ForEach 'en-US', 'tr-TR', 'ar-SA' {
        $was = [cultureinfo]::CurrentCulture
        try {
            [cultureinfo]::CurrentCulture = $_
            $file = Join-Path ([IO.Path]::GetTempPath()) 'times.csv'
            $seen = 0
            $timed = { $receipts | Where-Object SentAt }, { Get-SentMessage }, { Get-MessageCampaign }, { Get-UnreadMessage }, { Get-MessageConversation }, { Get-Participant 5fa87fbf2e0da5e5360d5a3f }, { Get-WebhookEvent }
            foreach ($command in $timed) {
                $object = @(& $command)[0]
                $names = @($object.GetType().GetProperties() | Where-Object { "$($_.PropertyType)" -like '*DateTimeOffset*' } | ForEach-Object Name)
                $object | Export-Csv $file
                $row = Import-Csv $file
                foreach ($name in $names) {
                    if ($null -eq $object.$name) {
                        $row.$name | Should -BeNullOrEmpty
                        continue
                    }
                    $row.$name | Should -Match '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$' -Because "$($object.GetType().Name).$name"
                    $object.$name | Should -BeOfType DateTimeOffset
                    [Math]::Abs(([DateTimeOffset]::Parse($row.$name, [cultureinfo]::InvariantCulture) - $object.$name).TotalSeconds) | Should -BeLessOrEqual 1
                    $seen++
                }
            }
            $seen | Should -BeGreaterOrEqual 12
            (Get-SentMessage | ConvertTo-Csv)[1] | Should -Not -Match 'System\.'
        }
        finally { [cultureinfo]::CurrentCulture = $was }
    }

    It 'have such times in every runspace, whatever modules come and go there, and however PowerShell is told of them' {
        # A module with a types file: when it goes, PowerShell fills its table of types anew.
        $other = Join-Path $TestDrive Other
        $null = New-Item -ItemType Directory $other
        Set-Content (Join-Path $other Other.types.ps1xml) '<Types><Type><Name>Nobody.Knows</Name><Members><NoteProperty><Name>X</Name><Value>1</Value></NoteProperty></Members></Type></Types>'
        Set-Content (Join-Path $other Other.psd1) "@{ ModuleVersion = '1.0'; TypesToProcess = 'Other.types.ps1xml' }"
        $shell = [powershell]::Create()
        $said = $shell.AddScript({
                param($module, $other)
                $ErrorActionPreference = 'Stop'
                Import-Module $module
                $receipt = [ParticipantMessaging.MessageReceipt]@{ Account = 'a'; Status = 'Sent'; SentAt = [DateTimeOffset]'2026-03-02T09:00:00+01:00' }
                function Get-Text { ($receipt | ConvertTo-Csv | ConvertFrom-Csv).SentAt }
                $null = Get-MessagingAccount
                Get-Text
                Import-Module $other
                Remove-Module Other
                Get-Text
                Import-Module $module -Force
                Get-Text
                # As where PowerShell keeps its table in another place; a function of that name is not asked.
                function Update-TypeData { throw 'not that one' }
                Get-TypeData ParticipantMessaging.* | Remove-TypeData
                Get-Text
                $data = [ParticipantMessaging.Infrastructure.FileText].Assembly.GetType('ParticipantMessaging.Infrastructure.OutputTypeData')
                $hidden = [Reflection.BindingFlags]'Static, NonPublic'
                $all = $data.GetMethod('Describe', $hidden).Invoke($null, @())
                $null = $data.GetMethod('TellPublicly', $hidden).Invoke($null, @(, $all))
                Get-Text
                # Every time of an output type is among them.
                $times = [ParticipantMessaging.MessageReceipt].Assembly.GetExportedTypes() |
                    Where-Object { $_.Namespace -eq 'ParticipantMessaging' -and -not $_.IsSubclassOf([Exception]) } |
                    ForEach-Object { $_.GetProperties() | Where-Object { "$($_.PropertyType)" -like '*DateTimeOffset*' } | ForEach-Object { "$($_.DeclaringType.FullName).$($_.Name)" } }
                $told = $all | ForEach-Object { foreach ($name in $_.Members.Keys) { "$($_.TypeName).$name" } }
                "$($times.Count) times, not told: $($times | Where-Object { $_ -notin $told })"
            }).AddArgument((Join-Path $env:PM_MODULE 'ParticipantMessaging.psd1')).AddArgument($other).Invoke()
        $shell.Dispose()
        $said[0..2] | Should -Be @(@('2026-03-02T09:00:00+01:00') * 3)
        $said[3] | Should -Not -BeExactly $said[0]
        $said[4] | Should -BeExactly $said[0]
        $said[5] | Should -BeExactly '18 times, not told: '
    }

    It 'have such times in a runspace that has never seen the module, when those that sent are gone' {
        # As ForEach-Object -Parallel { Send-ParticipantMessage … } | Export-Csv does.
        $main = [powershell]::Create()
        $null = $main.AddScript('1').Invoke()
        $worker = [powershell]::Create()
        $object = $worker.AddScript({
                param($module)
                Import-Module $module
                $null = Get-MessagingAccount
                @(Get-SentMessage)[0]
            }).AddArgument((Join-Path $env:PM_MODULE 'ParticipantMessaging.psd1')).Invoke()[0]
        $worker.Dispose()
        $worker = $null
        [GC]::Collect()
        $main.Commands.Clear()
        $row = $main.AddScript('$args[0] | ConvertTo-Csv | ConvertFrom-Csv; "module: $(Get-Module ParticipantMessaging)"').AddArgument($object).Invoke()
        $main.Dispose()
        $row[0].ClaimedAt | Should -Match '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$'
        $row[1] | Should -BeExactly 'module: '
    }

    It 'have times that are written in the form that is asked for' {
        $entry = @(Get-SentMessage -Status Sent)[0]
        $time = $entry.SettledAt
        $plain = [DateTimeOffset]::FromUnixTimeMilliseconds($time.ToUnixTimeMilliseconds()).ToOffset($time.Offset)
        $time.ToString('dd.MM.yyyy') | Should -BeExactly $plain.ToString('dd.MM.yyyy')
        $time.ToString('dddd', [cultureinfo]'de-DE') | Should -BeExactly $plain.ToString('dddd', [cultureinfo]'de-DE')
        '{0:HH:mm}' -f $time | Should -BeExactly ('{0:HH:mm}' -f $plain)
        $row = $entry | Select-Object @{ n = 'Day'; e = { $_.SettledAt.ToString('yyyy-MM-dd') } }, SettledAt | ConvertTo-Csv | ConvertFrom-Csv
        $row.Day | Should -BeExactly $plain.ToString('yyyy-MM-dd')
        $row.SettledAt | Should -Match '^\d{4}-\d\d-\d\dT'
    }

    It 'are the same times to a script as before' {
        $entry = @(Get-SentMessage -Status Sent)[0]
        $entry.SettledAt | Should -BeOfType DateTimeOffset
        $entry.SettledAt -gt [DateTimeOffset]::Now.AddHours(-1) | Should -BeTrue
        @($entry.ReplyTo).Count | Should -Be 0
        @(Get-SentMessage | Sort-Object SettledAt -Descending | Where-Object SettledAt)[0].SettledAt | Should -Be (@(Get-SentMessage).SettledAt | Measure-Object -Maximum).Maximum
        ($entry | Select-Object SettledAt | ConvertTo-Json | ConvertFrom-Json).SettledAt.ToUniversalTime() | Should -Be $entry.SettledAt.UtcDateTime
        # Off the pipeline's thread, as a text of a piped object is filled.
        $receipts = $entry | Send-ParticipantMessage -Body 'You were written to on {{ SettledAt }}.' -StudyId $entry.StudyId -WhatIf:$false
        $receipts.Status | Should -Be Sent
        @(Get-SimMailbox $sim $entry.ParticipantId)[-1].body | Should -Match '^You were written to on \d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?\.$'
    }

    It 'show a number of people that nobody told as that, and not as 0' {
        $campaign = [ParticipantMessaging.MessageCampaign]@{ Campaign = 'w'; Account = 'lab'; People = $null; Sent = $null; Queued = 0; Failed = 0; Unknown = 2 }
        $campaign | Out-String -Width 80 | Should -Match '(?m)^w\s+\?\s+\?\s+0\s+2 '
        $campaign | Format-List | Out-String -Width 80 | Should -Match '(?s)People\s+: unknown.+Sent\s+: unknown.+Queued\s+: 0.+Unknown\s+: 2'
        ($campaign | ConvertTo-Csv | ConvertFrom-Csv).People | Should -BeNullOrEmpty
        Get-MessageCampaign 'wave 2' | Where-Object Account -eq prolific | Out-String -Width 80 | Should -Match '(?m)^wave 2\s+10\s+10\s+0\s+0 '
    }

    It 'tell a reason that repeats once, and then its beginning' {
        $again = @($rows | Send-ParticipantMessage -Campaign 'wave 2' -WarningAction SilentlyContinue | Where-Object Account -eq prolific)
        $again.Count | Should -BeGreaterThan 2
        $same = @($again | Group-Object Reason | Sort-Object Count -Descending)[0].Group
        $same.Count | Should -BeGreaterThan 1
        $text = $same | Out-String -Width 80
        ([regex]::Matches($text, 'Already sent in campaign')).Count | Should -Be $same.Count
        ([regex]::Matches($text, "\d\d:\d\d [+-]\d\d:\d\d\.")).Count | Should -Be 1
        # Alone, each has its own in full.
        $same[0] | Out-String -Width 80 | Should -Match '[+-]\d\d:\d\d\.'
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
