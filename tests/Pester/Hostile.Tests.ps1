# Input that nobody would type on purpose: it is handled or refused clearly, and nobody gets what was not meant for them.
BeforeDiscovery {
    . $PSScriptRoot/Harness.ps1
    $noVault = -not (Test-VaultModules)
    $names = @(
        "O'Brien"
        'say "hello"'
        "x'; DROP TABLE ledger_entry; --"
        '../../outside'
        'C:\temp\x'
        '*'
        'lab[1]'
        '$(throw "evaluated")'
        '${env:HOME}'
        '%s%n{0}'
        "two`nlines"
        'ünïcödé 猫 🎓'
        '--help'
        '.'
    )
}

Describe 'Hostile input' {
    BeforeAll {
        . $PSScriptRoot/Harness.ps1
        Import-TestModule
        # Most tests say the same to the same few people. (Lists.Tests.ps1 has the repeats.)
        $global:PSDefaultParameterValues['Send-ParticipantMessage:RepeatAfter'] = 0
        $sim = Start-Sim -Arguments '--participants', '60', '--seed', '1'
        $direct = Get-Direct $sim
        $study = Get-SimStudy $sim
        $people = @(Get-SimParticipant $sim)
        function Get-Received { @(Invoke-Sim $sim 'mailboxes?limit=1000' | ForEach-Object { $_ }) }
    }
    AfterAll { Stop-Sim $sim }
    BeforeEach { Clear-Sim $sim }

    Context 'CSV files' {
        It 'puts cells into texts as they are, whatever a spreadsheet or a template would make of them' {
            $cells = '=HYPERLINK("http://evil.example","x")', '+1+1', '@SUM(A1)', '-2', '{{ code }}', '{{ code', '$(1+1)', "'; DROP TABLE x; --", '<script>alert(1)</script>', '%0a%0d', "bell$([char]7)escape$([char]27)[31m", '&#39;', '\u0041 \n'
            $file = Join-Path $TestDrive cells.csv
            $i = 0
            $cells | ForEach-Object { [pscustomobject]@{ participant_id = $people[$i++].id; first_name = $_; code = 'SECRET' } } | Export-Csv $file
            $receipts = @(Import-Csv $file | Send-ParticipantMessage @direct -StudyId $study -Body 'Dear {{ first_name }}!')
            @($receipts | Where-Object Status -ne Sent) | Should -BeNullOrEmpty
            $i = 0
            foreach ($cell in $cells) { (Get-SimMailbox $sim $people[$i++].id).body | Should -BeExactly "Dear $cell!" }
        }

        It 'shows no control characters of a cell on the terminal' {
            $row = [pscustomobject]@{ participant_id = $people[0].id; first_name = "x$([char]27)]0;owned$([char]7)" }
            $shown = Invoke-Pwsh -Environment @{ SIM = $sim.BaseUri; HARNESS = "$PSScriptRoot/Harness.ps1"; STUDY = $study; ID = $people[0].id } {
                . $env:HARNESS
                Import-TestModule
                $direct = Get-Direct ([pscustomobject]@{ BaseUri = [uri]$env:SIM })
                [pscustomobject]@{ participant_id = $env:ID; first_name = "x$([char]27)]0;owned$([char]7)" } | Send-ParticipantMessage @direct -StudyId $env:STUDY -Body 'Dear {{ first_name }}' -WhatIf | Out-Null
            }
            $shown.Output | Should -Match 'Dear x'
            $shown.Output | Should -Not -Match "[$([char]27)$([char]7)]"
            Get-Received | Should -BeNullOrEmpty
        }

        It 'reads <Name>' -ForEach @(
            @{ Name = 'a file with a byte order mark'; Encoding = 'utf8BOM'; End = "`n" }
            @{ Name = 'a file of Windows lines'; Encoding = 'utf8NoBOM'; End = "`r`n" }
            @{ Name = 'UTF-16'; Encoding = 'unicode'; End = "`r`n" }
        ) {
            $file = Join-Path $TestDrive "$Encoding$($End.Length).csv"
            ('participant_id,first_name', "$($people[0].id),Ädä", "$($people[1].id),猫", '') -join $End | Set-Content $file -NoNewline -Encoding $Encoding
            $receipts = @(Import-Csv $file | Send-ParticipantMessage @direct -StudyId $study -Body 'Dear {{ first_name }}')
            $receipts.Status | Should -Be Sent, Sent
            (Get-SimMailbox $sim $people[0].id).body | Should -BeExactly 'Dear Ädä'
            (Get-SimMailbox $sim $people[1].id).body | Should -BeExactly 'Dear 猫'
        }

        It 'reads lines that end in different ways, and keeps a line break inside of a cell' {
            $file = Join-Path $TestDrive mixed.csv
            "participant_id,first_name`r`n$($people[0].id),One`n$($people[1].id),`"Two`nlines`"`r`n$($people[2].id),Three" | Set-Content $file -NoNewline
            $null = Import-Csv $file | Send-ParticipantMessage @direct -StudyId $study -Body 'Dear {{ first_name }}'
            (Get-SimMailbox $sim $people[1].id).body | Should -BeExactly "Dear Two`nlines"
            (Get-SimMailbox $sim $people[2].id).body | Should -BeExactly 'Dear Three'
        }

        It 'refuses a cell of 1 MB in a text, and takes it beside one' {
            $rows = @(
                [pscustomobject]@{ participant_id = $people[0].id; note = 'x' * 1MB }
                [pscustomobject]@{ participant_id = $people[1].id; note = 'short' }
            )
            $receipts = @($rows | Send-ParticipantMessage @direct -StudyId $study -Body '{{ note }}' -ErrorVariable problems -ErrorAction SilentlyContinue)
            $receipts.Status | Should -Be Failed, Failed
            $problems[0].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.TextTooLong*'
            "$($problems[0])".Length | Should -BeLessThan 1000
            Get-Received | Should -BeNullOrEmpty
            @($rows | Send-ParticipantMessage @direct -StudyId $study -Body 'Hello').Status | Should -Be Sent, Sent
        }

        It 'refuses an id that is <Name>' -ForEach @(
            @{ Name = 'a path'; Id = '../../../users/me/' }
            @{ Name = 'SQL'; Id = "' OR 1=1; --" }
            @{ Name = '1 MB long'; Id = 'a' * 1MB }
            @{ Name = 'of full-width digits'; Id = '１２３４５６７８９０１２３４５６７８９０１２３４' }
            @{ Name = 'one with a null character'; Id = "aaaaaaaaaaaaaaaaaaaaaaa$([char]0)" }
            @{ Name = 'one with a line break'; Id = "aaaaaaaaaaaa`naaaaaaaaaaa" }
            @{ Name = 'two ids in one cell'; Id = 'aaaaaaaaaaaaaaaaaaaaaaaa;bbbbbbbbbbbbbbbbbbbbbbbb' }
        ) {
            $receipt = [pscustomobject]@{ participant_id = $Id } | Send-ParticipantMessage @direct -StudyId $study -Body Hello -ErrorVariable problems -ErrorAction SilentlyContinue
            $receipt.Status | Should -Be Failed
            $problems[0].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRecipient*'
            "$($problems[0])".Length | Should -BeLessThan 1000
            @(Get-SimRequests $sim 'POST /api/*') | Should -BeNullOrEmpty
        }
    }

    Context 'names' {
        It 'keeps the campaign <_> apart from all others' -ForEach $names {
            $person = $people[5].id
            @($person | Send-ParticipantMessage @direct -StudyId $study -Body 'Hello' -Campaign $_).Status | Should -Be Sent
            @($person | Send-ParticipantMessage @direct -StudyId $study -Body 'Hello' -Campaign $_).Status | Should -Be Skipped
            @(Get-SimMailbox $sim $person).Count | Should -Be 1
            @(Get-SentMessage | Where-Object Campaign -CEQ $_.Trim()).Count | Should -Be 1
        }

        It 'takes or refuses an account <_>, and never another one or a file' -Skip:$noVault -ForEach $names {
            New-TestVault
            Register-SimAccount $sim plain -Default
            $name = $_
            $problem = Get-ErrorFrom { Register-SimAccount $sim $name }
            if ($problem) {
                $problem.FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.*'
                "$problem" | Should -Match '\.$'
                "$problem" | Should -Not -Match 'sim-prolific-token'
                Get-MessagingAccount | ForEach-Object Name | Should -Not -Contain $name
                return
            }

            (Test-MessagingAccount -Account $name).Name | Should -Be $name
            @($people[6].id | Send-ParticipantMessage -Account $name -StudyId $study -Body 'Hello').Status | Should -Be Sent
            $escaped = [WildcardPattern]::Escape($name)
            Unregister-MessagingAccount -Name $escaped -RemoveSecret -Confirm:$false -ErrorAction SilentlyContinue
            if (Get-MessagingAccount | Where-Object Name -EQ $name) { Unregister-MessagingAccount -Name $name -RemoveSecret -Confirm:$false }
            @(Get-MessagingAccount | ForEach-Object Name) | Should -Contain plain
        }

        It 'takes or refuses a secret <_>' -Skip:$noVault -ForEach $names {
            New-TestVault
            $name = $_
            $problem = Get-ErrorFrom { Register-MessagingAccount -Name secretive @direct -SecretName $name -Force }
            if ($problem) {
                $problem.FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.*'
                "$problem" | Should -Not -Match 'sim-prolific-token'
                Get-SecretInfo -Vault TestStore | ForEach-Object Name | Should -Not -Contain $name
                return
            }

            @($people[7].id | Send-ParticipantMessage -Account secretive -StudyId $study -Body 'Hello').Status | Should -Be Sent
        }
    }
}
