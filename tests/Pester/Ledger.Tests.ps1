# The ledger and its cmdlets in a real PowerShell: what was sent, what became of it, where it is kept.

BeforeDiscovery {
    $hasVault = [bool](Get-Module -ListAvailable Microsoft.PowerShell.SecretStore)
    . $PSScriptRoot/Harness.ps1
    $postgres = Find-Postgres
}

Describe 'The ledger' {
    BeforeAll {
        . $PSScriptRoot/Harness.ps1
        Import-TestModule
        $sim = Start-Sim -Arguments '--participants', '50', '--seed', '1'
        $prolific = Get-Direct $sim Prolific
        $study = Get-SimStudy $sim
        $people = @(Get-SimParticipant $sim)
        $default = (Get-MessageLedger).Location

        # The provider stores the message and answers 502: nobody knows.
        function Send-Unknown([string] $Campaign, [int[]] $Person, [string] $Body = 'Hello', [switch] $NotStored) {
            Add-SimFault $sim @{ method = 'POST'; pathPrefix = '/api/v1/messages/'; kind = 'Status'; status = 502; afterStored = -not $NotStored; count = $Person.Count }
            $receipts = $Person | ForEach-Object { [pscustomobject]@{ participant_id = $people[$_].id; n = $_ } } |
                Send-ParticipantMessage @prolific -StudyId $study -Campaign $Campaign -Body ($Body + ' {{ n }}') -ErrorAction SilentlyContinue
            $receipts.Status | Should -Be (@('Unknown') * $Person.Count)
            $null = Invoke-Sim $sim faults -Method Delete
        }
    }
    AfterAll { Stop-Sim $sim }
    BeforeEach {
        Clear-Sim $sim
        $Error.Clear()
    }
    AfterEach { Set-MessageLedger -Default }

    Context 'Get-SentMessage' {
        It 'gives what was sent, newest first, with filters' {
            $people[0..2].id | Send-ParticipantMessage @prolific -StudyId $study -Campaign 'Wave 1' -Body One | Out-Null
            $people[0].id | Send-ParticipantMessage @prolific -StudyId $study -Body 'No campaign' | Out-Null
            $entries = @(Get-SentMessage)
            $entries.Count | Should -Be 4
            $entries[0].Campaign | Should -Be ''
            $entries[0].Id | Should -BeGreaterThan $entries[1].Id
            $entries[0].PSObject.TypeNames[0] | Should -Be 'ParticipantMessaging.SentMessage'
            $entries[0].Status | Should -Be Sent
            $entries[0].BodyHash | Should -Match '^[0-9a-f]{64}$'
            @(Get-SentMessage -Campaign 'wave*').Count | Should -Be 0
            @(Get-SentMessage -Campaign 'wave 1' -ParticipantId $people[1].id).ParticipantId | Should -Be $people[1].id
            @(Get-SentMessage -Status Failed).Count | Should -Be 0
            @(Get-SentMessage -Since 1h).Count | Should -Be 4
            @(Get-SentMessage -Account 'Prolific@*').Count | Should -Be 4
            @(Get-SentMessage -StudyId ('0' * 24)).Count | Should -Be 0
            @($people[0..1] | Select-Object @{ n = 'participant_id'; e = { $_.id } } | Get-SentMessage -Campaign 'Wave 1').Count | Should -Be 2
            @(@() | Get-SentMessage).Count | Should -Be 0
            (Get-SentMessage | Select-Object -First 1).Id | Should -Be $entries[0].Id
        }

        It 'holds neither texts nor tokens, and nobody else can read it' {
            $people[5].id | Send-ParticipantMessage @prolific -StudyId $study -Body 'xylophone-lagoon' | Out-Null
            $raw = Get-ChildItem (Split-Path $default) -File | ForEach-Object { [Text.Encoding]::Latin1.GetString([IO.File]::ReadAllBytes($_.FullName)) }
            "$raw" | Should -Not -Match 'xylophone'
            "$raw" | Should -Not -Match 'sim-prolific-token'
            "$raw" | Should -Match $people[5].id
            if (-not $IsWindows) {
                [Convert]::ToString([int](Get-Item $default).UnixFileMode, 8) | Should -Be 600
                [Convert]::ToString([int](Get-Item (Split-Path $default)).UnixFileMode, 8) | Should -Be 700
            }
        }

        It 'completes names of campaigns' {
            $people[6].id | Send-ParticipantMessage @prolific -StudyId $study -Campaign "It's complete" -Body Hello | Out-Null
            $found = (TabExpansion2 'Get-SentMessage -Campaign it').CompletionMatches
            $found.CompletionText | Should -Contain "'It''s complete'"

            # Under Turkish the small letter of I is none of English.
            $culture = [cultureinfo]::CurrentCulture
            try {
                [cultureinfo]::CurrentCulture = 'tr-TR'
                $found = (TabExpansion2 'Get-SentMessage -Campaign it').CompletionMatches
            }
            finally { [cultureinfo]::CurrentCulture = $culture }
            $found.CompletionText | Should -Contain "'It''s complete'"
        }
    }

    Context 'Resolve-SentMessage' {
        It 'finds what the provider has, and lets the others be sent' {
            Send-Unknown mixed 10, 11
            Send-Unknown mixed 12 -NotStored
            $requests = @(Get-SimRequests $sim 'POST /api/*').Count
            $resolved = @(Get-SentMessage -Campaign mixed -Status Unknown | Sort-Object ParticipantId | Resolve-SentMessage @prolific -MinimumAge 0)
            $resolved.Count | Should -Be 3
            @(Get-SentMessage -Campaign mixed -Status Sent).ParticipantId | Sort-Object | Should -Be (@($people[10, 11].id) | Sort-Object)
            $failed = @(Get-SentMessage -Campaign mixed -Status Failed)
            $failed.ParticipantId | Should -Be $people[12].id
            $failed.Reason | Should -BeLike '*not at the provider*'
            @(Get-SimRequests $sim 'POST /api/*').Count | Should -Be $requests
            $again = 10..12 | ForEach-Object { [pscustomobject]@{ participant_id = $people[$_].id; n = $_ } } |
                Send-ParticipantMessage @prolific -StudyId $study -Campaign mixed -Body 'Hello {{ n }}'
            $again.Status | Should -Be Skipped, Skipped, Sent
            foreach ($n in 10..12) { @(Get-SimMailbox $sim $people[$n].id).Count | Should -Be 1 }
        }

        It 'finds texts that the provider stores in another way' {
            $null = Invoke-Sim $sim options -Body @{ sanitiseBodies = $true }
            try { Send-Unknown encoded 13 -Body "  Tea & `"cake`" <b>now</b>`r`n`r`nSee you, Zoë &amp; co.  " }
            finally { $null = Invoke-Sim $sim options -Body @{ sanitiseBodies = $false } }
            (Resolve-SentMessage -Campaign encoded @prolific -MinimumAge 0).Status | Should -Be Sent
        }

        It 'does not take an earlier message with the same text for it' {
            $people[14].id | Send-ParticipantMessage @prolific -StudyId $study -Body 'Same 14' | Out-Null
            Send-Unknown same 14 -Body Same -NotStored
            (Resolve-SentMessage -Campaign same @prolific -MinimumAge 0).Status | Should -Be Failed
        }

        It 'leaves young entries as they are, and says so' {
            Send-Unknown young 15
            $entry = Resolve-SentMessage -Campaign young @prolific -WarningVariable warnings -WarningAction SilentlyContinue
            $entry.Status | Should -Be Unknown
            "$warnings" | Should -BeLike '*too early to tell*'
            @(Get-SimRequests $sim 'GET /api/*').Count | Should -Be 0
        }

        It 'leaves them when the provider does not answer' {
            Send-Unknown silent 16
            Add-SimFault $sim @{ method = 'GET'; pathPrefix = '/api/v1/messages/'; kind = 'Status'; status = 404 }
            $entry = Resolve-SentMessage -Campaign silent @prolific -MinimumAge 0 -ErrorAction SilentlyContinue -ErrorVariable problems
            $entry.Status | Should -Be Unknown
            $problems.Count | Should -BeGreaterThan 0
            $problems[0].TargetObject.ParticipantId | Should -Be $people[16].id
        }

        It 'takes the receipts of a send, and says what else it is given' {
            Add-SimFault $sim @{ method = 'POST'; pathPrefix = '/api/v1/messages/'; kind = 'Status'; status = 502; afterStored = $true; count = 1 }
            $receipts = @(20, 21 | ForEach-Object { [pscustomobject]@{ participant_id = $people[$_].id; n = $_ } } |
                    Send-ParticipantMessage @prolific -StudyId $study -Campaign receipts -Body 'Hello {{ n }}' -ThrottleLimit 1 -ErrorAction SilentlyContinue)
            $receipts.Status | Should -Be Unknown, Sent
            $resolved = @($receipts | Where-Object Status -eq Unknown | Resolve-SentMessage @prolific -MinimumAge 0)
            $resolved.ParticipantId | Should -Be $people[20].id
            $resolved.Status | Should -Be Sent
            $path = Join-Path $TestDrive sent.csv
            Get-SentMessage -Campaign receipts | Export-Csv $path
            Import-Csv $path | Resolve-SentMessage @prolific -ErrorAction SilentlyContinue -ErrorVariable problems | Should -BeNullOrEmpty
            $problems[0].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
            $problems[0].ErrorDetails.RecommendedAction | Should -BeLike '*Get-SentMessage -Status Unknown | Resolve-SentMessage*'
        }

        It 'takes the user''s word with -As, and -WhatIf changes nothing' {
            Send-Unknown hand 17, 18
            Resolve-SentMessage -Campaign hand -As sent @prolific -WhatIf | Should -BeNullOrEmpty
            @(Get-SentMessage -Campaign hand -Status Unknown).Count | Should -Be 2
            (Get-SentMessage -Campaign hand -ParticipantId $people[17].id | Resolve-SentMessage -As sent).Status | Should -BeExactly Sent
            (Get-SentMessage -Campaign hand -Status Unknown | Resolve-SentMessage -As Failed).Status | Should -BeExactly Failed
            $null = Get-SentMessage -Campaign hand | Resolve-SentMessage -As Sent -WarningVariable left -WarningAction SilentlyContinue
            "$left" | Should -BeLike '2 messages are not Unknown and were left as they are*'
            (Get-SentMessage -Campaign hand).Status | Sort-Object | Should -Be 'Failed', 'Sent'
            @(Get-SimRequests $sim 'GET /api/*').Count | Should -Be 0
        }

        It 'does not look into another account''s conversations' {
            Send-Unknown other 19
            $elsewhere = @{ Provider = 'Prolific'; Token = ConvertTo-Secure sim-prolific-token; BaseUri = [uri]"http://localhost:$($sim.BaseUri.Port)" }
            $entry = Resolve-SentMessage -Campaign other @elsewhere -MinimumAge 0 -ErrorAction SilentlyContinue -ErrorVariable problems
            $entry.Status | Should -Be Unknown
            "$($problems[0])" | Should -BeLike '*cannot be looked up with*'
        }

        It 'says that Open Humans cannot be looked up' {
            $openHumans = Get-Direct $sim OpenHumans
            $member = @(Get-SimParticipant $sim OpenHumans)[0].id
            Add-SimFault $sim @{ method = 'POST'; pathPrefix = '/api/direct-sharing/'; kind = 'Status'; status = 502; afterStored = $true; count = 1 }
            $null = $member | Send-ParticipantMessage @openHumans -Campaign oh -Subject Hi -Body Hello -ErrorAction SilentlyContinue
            $entry = Resolve-SentMessage -Campaign oh @openHumans -MinimumAge 0 -ErrorAction SilentlyContinue -ErrorVariable problems
            $entry.Status | Should -Be Unknown
            $problems[0].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.NotSupported,*'
            "$($problems[0])" | Should -BeLike '*-As Sent or -As Failed*'
            (Resolve-SentMessage -Campaign oh -As Failed).Status | Should -Be Failed
        }
    }

    Context 'Resolve-SentMessage of a campaign that is not there' {
        It 'says so, and which one is probably meant' {
            $people[40].id | Send-ParticipantMessage @prolific -StudyId $study -Campaign 'Spring break' -Body Hello | Out-Null
            $people[41].id | Send-ParticipantMessage @prolific -StudyId $study -Campaign "Late$([char]0xA0)summer" -Body Hello | Out-Null
            foreach ($case in
                @('nope', '*no entry of a campaign ''nope''*Get-MessageCampaign*'),
                @('Sprnig break', '*Perhaps ''Spring break'' is meant: -Campaign ''Spring break''*'),
                @('Spring  break', '*(with two blanks in a row, at place 7)*Perhaps ''Spring break''*'),
                @('late summer', '*Perhaps ''Late summer'' (with a no-break space, U+00A0, at place 5)*-Campaign "Late`u{A0}summer"*')) {
                Resolve-SentMessage -Campaign $case[0] @prolific -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeNullOrEmpty
                $warnings.Count | Should -Be 1
                "$($warnings[0])" | Should -BeLike ($case[1] -replace '`', '``')
            }
            # One in which everything is settled is there, whatever its case.
            Resolve-SentMessage -Campaign 'SPRING BREAK' @prolific -WarningVariable warnings -WarningAction SilentlyContinue
            $warnings.Count | Should -Be 0
        }
    }

    Context 'Clear-SentMessage' {
        It 'refuses without a filter, shows with -WhatIf, deletes with a filter' {
            $people[20..21].id | Send-ParticipantMessage @prolific -StudyId $study -Campaign gone -Body Hello | Out-Null
            $before = @(Get-SentMessage).Count
            (Get-ErrorFrom { Clear-SentMessage -Confirm:$false }).FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
            Clear-SentMessage -Campaign gone -WhatIf
            Clear-SentMessage -Before 1d -Confirm:$false
            @(Get-SentMessage).Count | Should -Be $before
            Clear-SentMessage -Campaign GONE -Confirm:$false -Verbose 4>&1 | Out-String | Should -BeLike '*2 entries were deleted*'
            @(Get-SentMessage).Count | Should -Be ($before - 2)
            ($people[20].id | Send-ParticipantMessage @prolific -StudyId $study -Campaign gone -Body Hello).Status | Should -Be Sent
            Clear-SentMessage -Before (Get-Date).AddMinutes(1) -Campaign gone -Confirm:$false
            @(Get-SentMessage -Campaign gone).Count | Should -Be 0
        }

        It 'asks, and cannot where nobody can answer' {
            $people[22].id | Send-ParticipantMessage @prolific -StudyId $study -Campaign asked -Body Hello | Out-Null
            Get-ErrorFrom { Clear-SentMessage -Campaign asked } | Should -Not -BeNullOrEmpty
            @(Get-SentMessage -Campaign asked).Count | Should -Be 1
        }
    }

    Context 'A ledger that notes no more outcomes, from the fourth on' {
        # With a word (as of a disk that reports an error) or without one.
        It 'ends the send with two errors: what is sent and not noted, and what is not sent (<name>)' -ForEach @(
            @{ name = 'said'; raise = "ABORT, 'broken'" }
            @{ name = 'unsaid'; raise = 'IGNORE' }
        ) {
            $path = Join-Path $TestDrive "$name.db"
            Set-MessageLedger -Path $path
            $null = $people[40].id | Send-ParticipantMessage @prolific -StudyId $study -Body 'The first' -Campaign 'before'
            $context = [Runtime.Loader.AssemblyLoadContext]::GetLoadContext([ParticipantMessaging.MessageReceipt].Assembly)
            $type = $context.LoadFromAssemblyName('Microsoft.Data.Sqlite').GetType('Microsoft.Data.Sqlite.SqliteConnection')
            $connection = $type::new("Data Source=$path")
            $connection.Open()
            $command = $connection.CreateCommand()
            $command.CommandText = "CREATE TRIGGER broken BEFORE UPDATE ON ledger_entry WHEN (SELECT count(*) FROM ledger_entry WHERE status = 'Sent') > 3 BEGIN SELECT RAISE($raise); END"
            $null = $command.ExecuteNonQuery()
            $connection.Dispose()
            $type::ClearAllPools()

            $rows = @($people[0..9].id | ForEach-Object { [pscustomobject]@{ participant_id = $_; n = $_ } })
            $receipts = @($rows | Send-ParticipantMessage @prolific -StudyId $study -Campaign $name -Body 'Hello {{ n }}' -ThrottleLimit 1 -ErrorVariable errors -ErrorAction SilentlyContinue)
            # The fifth may be on its way while the fourth is noted.
            $sent = @($receipts | Where-Object Status -eq Sent).Count
            $sent | Should -BeIn 4, 5
            $receipts.Status | Should -Be (@('Sent') * $sent + @('Failed') * (10 - $sent))
            $receipts[2].Reason | Should -BeNullOrEmpty
            $receipts[3..($sent - 1)].Reason | Should -BeLike '*could not note this*'
            foreach ($row in $rows[0..($sent - 1)]) { @(Get-SimMailbox $sim $row.participant_id).body | Should -Be "Hello $($row.n)" }
            foreach ($row in $rows[$sent..9]) { @(Get-SimMailbox $sim $row.participant_id).Count | Should -Be 0 }

            $errors.Count | Should -Be 2
            $told = @($errors | Where-Object { $_.Exception.Message -like '*The message was sent, but the ledger could not note it*' })
            $told.Count | Should -Be 1
            $told[0].TargetObject | Should -BeIn $rows[3..($sent - 1)]
            $rest = @($errors | Where-Object { $_ -notin $told })
            @($rest[0].TargetObject) | Should -Be $rows[$sent..9]
            $rest[0].Exception.Message | Should -BeLike "*$(10 - $sent) messages were not sent (rows $($sent + 2) to 11)*"
        }
    }

    Context 'Used by the command before it, too' {
        It 'lets nobody be written to who is blocked by the command before it' {
            $receipts = @($people[32..34].id | ForEach-Object {
                    if ($_ -eq $people[34].id) { Block-Participant $people[32].id -Reason 'withdrew' }
                    $_
                } | Send-ParticipantMessage @prolific -StudyId $study -Body 'Late' -Campaign late)
            $receipts.Status | Should -Be 'Skipped', 'Sent', 'Sent'
            $receipts[0].Reason | Should -BeLike 'Blocked since * withdrew.'
            @(Get-SimMailbox $sim $people[32].id).Count | Should -Be 0
            @(Get-SimMailbox $sim $people[34].id).Count | Should -Be 1
            Unblock-Participant $people[32].id -Confirm:$false
        }

        It 'takes the rows of the ledger itself' {
            $people[35..37].id | Send-ParticipantMessage @prolific -StudyId $study -Body 'One' -Campaign one | Out-Null
            $receipts = @(Get-SentMessage -Campaign one | Send-ParticipantMessage @prolific -Body 'Two' -Campaign two)
            $receipts.Status | Should -Be 'Sent', 'Sent', 'Sent'
            foreach ($person in $people[35..37]) { @(Get-SimMailbox $sim $person.id).body | Should -Be 'One', 'Two' }
        }
    }

    Context 'Set-MessageLedger' {
        It 'moves to another file, relative to the current folder, and back' {
            Push-Location $TestDrive
            try { Set-MessageLedger -Path ./sub/other.db } finally { Pop-Location }
            $ledger = Get-MessageLedger
            $ledger.Kind | Should -Be File
            $ledger.IsDefault | Should -BeFalse
            $ledger.Path | Should -Be (Join-Path (Get-Item $TestDrive).FullName 'sub' 'other.db')
            $ledger.Path | Should -Exist
            @(Get-SentMessage).Count | Should -Be 0
            Set-MessageLedger -Path (Join-Path $TestDrive third.db) -WhatIf
            (Get-MessageLedger).Path | Should -Be $ledger.Path
            Set-MessageLedger -Default
            (Get-MessageLedger).IsDefault | Should -BeTrue
            (Get-MessageLedger).Location | Should -Be $default
        }

        It 'warns about a ledger that cannot be used, and then nothing is sent: <Name>' -TestCases @(
            @{ Name = 'a folder' }
            @{ Name = 'no ledger' }
            @{ Name = 'read-only' }
            @{ Name = 'another database' }
            @{ Name = 'a newer version' }
            @{ Name = 'an unreachable server' }
        ) {
            if ($Name -in 'another database', 'a newer version' -and -not (Get-Command sqlite3 -ErrorAction Ignore)) { Set-ItResult -Skipped -Because 'sqlite3 is not installed here'; return }
            $path = Join-Path $TestDrive "$Name.db"
            $choice = @{ Path = $path }
            switch ($Name) {
                'a folder' { $null = New-Item -ItemType Directory $path }
                'read-only' { Set-MessageLedger -Path $path; Set-ItemProperty $path IsReadOnly $true }
                'no ledger' { Set-Content $path ('This is no database. ' * 100) }
                'another database' { & sqlite3 $path 'CREATE TABLE mine (id INTEGER)' }
                'a newer version' { Set-MessageLedger -Path $path; & sqlite3 $path 'UPDATE ledger_version SET version = 99' }
                'an unreachable server' { $choice = @{ ConnectionString = 'Host=127.0.0.1;Port=1;Database=x;Username=y' } }
            }
            Set-MessageLedger @choice -WarningVariable warnings -WarningAction SilentlyContinue
            "$warnings" | Should -BeLike '*nothing can be sent*'
            $r = $people[25].id | Send-ParticipantMessage @prolific -StudyId $study -Body Hello -ErrorAction SilentlyContinue -ErrorVariable problems
            $r.Status | Should -Not -Contain Sent
            "$($problems.FullyQualifiedErrorId)" | Should -BeLike '*ParticipantMessaging.LedgerUnavailable,*'
            @(Get-SimRequests $sim 'POST /api/*').Count | Should -Be 0
            (Get-ErrorFrom { Get-SentMessage }).FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.LedgerUnavailable,*'
        }

        It 'does not begin an empty ledger where a drive has gone' {
            $drive = Join-Path $TestDrive drive
            Set-MessageLedger -Path (Join-Path $drive ledger.db)
            Move-Item $drive "$drive-gone"
            $null = $people[26].id | Send-ParticipantMessage @prolific -StudyId $study -Body Hello -ErrorAction SilentlyContinue -ErrorVariable problems
            "$($problems.FullyQualifiedErrorId)" | Should -BeLike '*ParticipantMessaging.LedgerUnavailable,*'
            @(Get-SimRequests $sim 'POST /api/*').Count | Should -Be 0
            $drive | Should -Not -Exist
        }

        It 'refuses connection strings that it cannot keep, without repeating them' {
            foreach ($text in 'Host=h;Database=d;Password=geheim;Pooling=maybe', 'Host=h;Password=geheim', 'Database=d;Password=geheim', 'geheim', 'Host=h;Database=d;Password=geheim;Passfile=/x') {
                $problem = Get-ErrorFrom { Set-MessageLedger -ConnectionString $text }
                $problem.FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
                "$($problem.Exception) $($problem.ErrorDetails.Message)" | Should -Not -Match geheim
            }
            (Get-MessageLedger).IsDefault | Should -BeTrue
        }
    }

    Context 'PostgreSQL' -Tag 'Needs PostgreSQL' -Skip:(-not $postgres) {
        BeforeAll {
            $secret = 'geheim ''"; \ ~'
            $server = Start-Postgres -Password $secret
            $port = $server.Port
        }
        AfterAll { Stop-Postgres $server }

        It 'moves the password into the vault, and works from there' -Skip:(-not $hasVault) {
            New-TestVault
            $quoted = '"{0}"' -f $secret.Replace('"', '""')
            $text = "Host=127.0.0.1;Port=$port;Database=postgres;Username=lab;SSL Mode=Disable;Password=$quoted"
            Set-MessageLedger -ConnectionString $text -WarningVariable warnings
            @($warnings) -notlike '*stay* behind*' | Should -BeNullOrEmpty
            $ledger = Get-MessageLedger
            $ledger.Kind | Should -Be PostgreSql
            $ledger.Location | Should -Be "PostgreSQL 127.0.0.1:$port/postgres"
            $ledger.SecretName | Should -Be 'ParticipantMessaging.Ledger'
            Get-Secret ParticipantMessaging.Ledger -AsPlainText | Should -BeExactly $secret
            Get-ChildItem $env:XDG_CONFIG_HOME -Recurse -File | Get-Content -Raw | Should -Not -Match geheim
            $null = $people[30..32].id | Send-ParticipantMessage @prolific -StudyId $study -Campaign pg -Body Hello
            @(Get-SentMessage -Campaign pg -Status Sent).Count | Should -Be 3
            ($people[30].id | Send-ParticipantMessage @prolific -StudyId $study -Campaign pg -Body Hello).Status | Should -Be Skipped
            Clear-SentMessage -Campaign pg -Confirm:$false
            @(Get-SentMessage).Count | Should -Be 0
        }

        It 'says so when the password is wrong' -Skip:(-not $hasVault) {
            New-TestVault
            Set-Secret wrong 'not it'
            Set-MessageLedger -ConnectionString "postgresql://lab@127.0.0.1:$port/postgres?sslmode=disable" -SecretName wrong -WarningVariable warnings -WarningAction SilentlyContinue
            "$warnings" | Should -BeLike '*does not accept the user name or the password*'
            $r = $people[33].id | Send-ParticipantMessage @prolific -StudyId $study -Body Hello -ErrorAction SilentlyContinue
            $r.Status | Should -Not -Contain Sent
            @(Get-SimRequests $sim 'POST /api/*').Count | Should -Be 0
        }
    }
}
