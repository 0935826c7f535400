# Send-ParticipantMessage in a real PowerShell, against what the simulator received.

Describe 'Send-ParticipantMessage' {
    BeforeAll {
        . $PSScriptRoot/Harness.ps1
        Import-TestModule
        # Most tests say Hello to the same few people. (Lists.Tests.ps1 has the repeats.)
        $global:PSDefaultParameterValues['Send-ParticipantMessage:RepeatAfter'] = 0
        $sim = Start-Sim -Arguments '--participants', '1000', '--seed', '1'
        $prolific = Get-Direct $sim Prolific
        $openHumans = Get-Direct $sim OpenHumans
        # Invoke-RestMethod hands an array on as one object.
        function Get-Sim([string] $Path) { Invoke-Sim $sim $Path | ForEach-Object { $_ } }
        $study = (Invoke-Sim $sim info).studyId
        $people = @(Get-Sim 'participants?limit=1000')
        $members = @(Get-Sim 'members?limit=1000')
        $group = @(Get-Sim groups)[0]

        function Get-Mailboxes { @(Get-Sim 'mailboxes?limit=100000') }
        function Get-Sends { @(Get-SimRequests $sim 'POST /api/*') }
    }
    AfterAll { Stop-Sim $sim }
    BeforeEach {
        $null = Invoke-Sim $sim clear-messages -Method Post
        $null = Invoke-Sim $sim requests -Method Delete
        $null = Invoke-Sim $sim faults -Method Delete
        $Error.Clear()
    }

    Context 'lists' {
        It 'sends each of 1,000 people exactly the right text from a CSV, with an account of a vault' -Skip:(-not (Get-Module -ListAvailable Microsoft.PowerShell.SecretStore)) {
            New-TestVault
            Register-SimAccount $sim lab
            $csv = Join-Path $TestDrive people.csv
            $people | ForEach-Object { [pscustomobject]@{ participant_id = $_.id; first_name = $_.firstName } } | Export-Csv $csv
            $receipts = Import-Csv $csv | Send-ParticipantMessage -Account lab -StudyId $study -Body 'Dear {{ first_name }}, thank you.' -ThrottleLimit 16
            $receipts.Count | Should -Be 1000
            @($receipts | Where-Object Status -ne Sent).Count | Should -Be 0
            $receipts[0].Row | Should -Be 2
            $receipts[999].Row | Should -Be 1001
            $boxes = Get-Mailboxes
            $boxes.Count | Should -Be 1000
            foreach ($box in $boxes) {
                $box.messages.Count | Should -Be 1
                $box.messages[0].body | Should -BeExactly "Dear $($box.firstName), thank you."
            }
        }

        It 'folds 5,000 equal texts into two bulk calls' {
            $ids = 1..5000 | ForEach-Object { '{0:x24}' -f $_ }
            $null = Invoke-Sim $sim options @{ partialBulk = $true }
            $receipts = $ids | Send-ParticipantMessage @prolific -StudyId $study -Body 'The same for all.'
            $null = Invoke-Sim $sim options @{ partialBulk = $false }
            $receipts.Count | Should -Be 5000
            $sends = Get-Sends
            $sends.Count | Should -Be 2
            @($sends | ForEach-Object { ($_.body | ConvertFrom-Json).ids.Count } | Sort-Object) | Should -Be 1000, 4000
        }

        It 'binds the column <_>' -TestCases 'participant_id', 'PROLIFIC_PID', 'Id', 'ParticipantId', 'Participant id', 'recipient_id' {
            $r = [pscustomobject]@{ x = 1; $_ = $people[3].id } | Send-ParticipantMessage @prolific -StudyId $study -Body Hello
            $r.Status | Should -Be Sent
            (Get-Mailboxes).id | Should -Be $people[3].id
        }

        It 'binds project_member_id on Open Humans, which queues' {
            $r = [pscustomobject]@{ project_member_id = $members[1].id; name = 'Ada' } | Send-ParticipantMessage @openHumans -Body 'Dear {{ name }}, you are {{ PARTICIPANT_ID }}.' -Subject 'For {{ name }}'
            $r.Status | Should -Be Queued
            $message = @(Get-Sim "mailboxes?id=$($members[1].id)")[0].messages[0]
            $message.body | Should -BeExactly "Dear Ada, you are $($members[1].id)."
            $message.subject | Should -BeLike '*For Ada'
        }

        It 'takes ids from the pipeline and from the command line' {
            $null = $people[0].id, $people[1].id | Send-ParticipantMessage @prolific -StudyId $study -Body Hello
            $null = Send-ParticipantMessage $people[2].id @prolific -StudyId $study -Body Hello
            @((Get-Mailboxes).id | Sort-Object) | Should -Be @($people[0..2].id | Sort-Object)
        }

        It 'takes hashtables and typed objects' {
            $null = @{ participant_id = $people[0].id; study_id = $study; Body = 'From the row' } | Send-ParticipantMessage @prolific
            (Get-Mailboxes)[0].messages[0].body | Should -BeExactly 'From the row'
        }

        It 'answers the senders of unread messages' {
            $null = Invoke-Sim $sim unread @{ count = 6 }
            $unread = @(Get-UnreadMessage @prolific)
            $unread.Count | Should -BeGreaterThan 0
            $receipts = $unread | Send-ParticipantMessage @prolific -Body 'Thanks' -StudyId $study
            @($receipts | Where-Object Status -notin Sent, Skipped).Count | Should -Be 0
            @((Get-Mailboxes).id | Sort-Object) | Should -Be @($unread.SenderId | Sort-Object -Unique)
        }

        It 'never echoes a received message' {
            $null = Invoke-Sim $sim unread @{ count = 3 }
            $r = Get-UnreadMessage @prolific | Send-ParticipantMessage @prolific -ErrorAction SilentlyContinue -ErrorVariable problems
            (Get-Sends).Count | Should -Be 0
            $problems[0].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.BlankText,*'
            @($r | Where-Object Status -eq Failed).Count | Should -BeGreaterThan 0
        }

        It 'reads the text from a file' {
            $path = Join-Path $TestDrive body.txt
            Set-Content $path "Dear {{ name }},`nbye." -Encoding utf8BOM
            $null = [pscustomobject]@{ Id = $people[0].id; name = 'Ünal' } | Send-ParticipantMessage @prolific -StudyId $study -BodyPath $path
            (Get-Mailboxes)[0].messages[0].body | Should -BeExactly "Dear Ünal,`nbye."
        }
    }

    Context 'what was given' {
        It 'takes no blank campaign for none: a variable that was never filled' {
            { $people[0].id | Send-ParticipantMessage @prolific -StudyId $study -Body Hello -Campaign ' ' } | Should -Throw '*blank name*'
            (Get-Sends).Count | Should -Be 0
            $null = $people[0].id | Send-ParticipantMessage @prolific -StudyId $study -Body 'In no campaign'
            { Clear-SentMessage -Campaign ' ' -Confirm:$false } | Should -Throw '*blank name*'
            @(Get-SentMessage -ParticipantId $people[0].id).Count | Should -Not -Be 0
        }

        It 'refuses a text file that is not UTF-8, before anything leaves' {
            $path = Join-Path $TestDrive latin1.txt
            [IO.File]::WriteAllBytes($path, [byte[]](0x47, 0x72, 0xFC, 0xDF, 0x65))
            $problem = Get-ErrorFrom { $people[0].id | Send-ParticipantMessage @prolific -StudyId $study -BodyPath $path }
            $problem.FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
            $problem.Exception.Message | Should -BeLike '*UTF-8*'
            (Get-Sends).Count | Should -Be 0
        }

        It 'does not guess when ids are given beside rows' {
            $problem = Get-ErrorFrom { $people[0].id | Send-ParticipantMessage -ParticipantId $people[1].id, $people[2].id @prolific -StudyId $study -Body Hello }
            $problem.FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
            (Get-Sends).Count | Should -Be 0
        }

        It 'lets the id of the command line win over the row' {
            $null = [pscustomobject]@{ participant_id = $people[1].id; n = 'Ada' } | Send-ParticipantMessage -ParticipantId $people[2].id @prolific -StudyId $study -Body 'Dear {{ n }}'
            $box = Get-Mailboxes
            $box.id | Should -Be $people[2].id
            $box.messages[0].body | Should -BeExactly 'Dear Ada'
        }
    }

    Context 'the check' {
        It 'reports every fault of a list at once with its row, and sends nothing' {
            $rows = @(
                [pscustomobject]@{ participant_id = $people[0].id; name = 'Ada' }
                [pscustomobject]@{ participant_id = ''; name = 'Bo' }
                [pscustomobject]@{ participant_id = 'abc'; name = 'Cy' }
                [pscustomobject]@{ participant_id = $people[1].id; name = '' }
                [pscustomobject]@{ participant_id = $people[2].id; nmae = 'Di' }
                [pscustomobject]@{ participant_id = $people[3].id; Id = $people[4].id; name = 'Ed' }
                [pscustomobject]@{ name = 'Flo' }
                $null
            )
            $r = $rows | Send-ParticipantMessage @prolific -StudyId $study -Body 'Dear {{ name }}' -ErrorAction SilentlyContinue -ErrorVariable problems
            (Get-Sends).Count | Should -Be 0
            $r.Count | Should -Be 8
            $r.Status | Should -Be Failed, Failed, Failed, Failed, Failed, Failed, Failed, Failed
            $r.Row | Should -Be (2..9)
            $ids = $problems.FullyQualifiedErrorId -replace '^ParticipantMessaging\.|,.*$'
            $ids | Should -Contain ListNotSent
            'InvalidRecipient', 'EmptyField', 'MissingColumn', 'AmbiguousRecipient' | ForEach-Object { $ids | Should -Contain $_ }
            ($problems | Where-Object FullyQualifiedErrorId -like '*EmptyField*').TargetObject.participant_id | Should -Be $people[1].id
            ($problems | Where-Object FullyQualifiedErrorId -like '*EmptyField*').Exception.Message | Should -BeLike '*ow 5*name*'
            ($problems | Where-Object { $_.TargetObject.nmae }).Exception.Message | Should -BeLike "*ow 6*Perhaps 'nmae' is meant*"
            $problems | ForEach-Object { $_.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty; $_.CategoryInfo.Category | Should -Be InvalidData }

            $r = $rows | Send-ParticipantMessage @prolific -StudyId $study -Body 'Dear {{ name }}' -SkipInvalid -ErrorAction SilentlyContinue
            @($r | Where-Object Status -eq Sent).Count | Should -Be 1
            (Get-Mailboxes).id | Should -Be $people[0].id
        }

        It 'names a lost leading zero and restores it' {
            $zero = $members | Where-Object id -like '0*' | Select-Object -First 1
            $short = [int]$zero.id
            $r = [pscustomobject]@{ project_member_id = $short } | Send-ParticipantMessage @openHumans -Body Hello -ErrorAction SilentlyContinue -ErrorVariable problems
            $r.Status | Should -Be Failed
            $problems[0].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.LostLeadingZero,*'
            $null = [pscustomobject]@{ project_member_id = $short } | Send-ParticipantMessage @openHumans -Body Hello -RestoreLeadingZero
            (Get-Mailboxes).id | Should -Be $zero.id
        }

        It 'sends once to somebody who is there twice' {
            $r = $people[0].id, $people[1].id, $people[0].id | Send-ParticipantMessage @prolific -StudyId $study -Body Hello
            $r.Status | Should -Be Sent, Sent, Skipped
            @(Get-Mailboxes | Where-Object { $_.messages.Count -ne 1 }).Count | Should -Be 0
        }

        It 'takes the bad ids out of an Open Humans list and reaches everybody else' {
            $ids = @($members[0..8].id) + '99999999' + '88888888'
            $r = $ids | Send-ParticipantMessage @openHumans -Body Hello -ErrorAction SilentlyContinue -ErrorVariable problems
            @($r | Where-Object Status -eq Queued).Count | Should -Be 9
            @($r | Where-Object Status -eq Failed).ParticipantId | Should -Be '99999999', '88888888'
            $problems.Count | Should -Be 2
            $problems[0].TargetObject | Should -Be '99999999'
            @(Get-Mailboxes | Where-Object { $_.messages.Count -ne 1 }).Count | Should -Be 0
            (Get-Mailboxes).Count | Should -Be 9
        }
    }

    Context 'asking' {
        It 'shows every distinct text with -WhatIf and sends nothing, and says what else holds before the texts, so that nothing reads like the end of one' {
            $out = Invoke-Pwsh -Arguments $sim.BaseUri, $study, $people[0].id, $people[1].id, $people[2].id, $group.id {
                $uri, $study, $a, $b, $c, $group = $args
                Import-Module (Join-Path $env:PM_MODULE ParticipantMessaging.psd1)
                $token = ConvertTo-SecureString sim-prolific-token -AsPlainText -Force
                @{ Id = $a; n = 'x' }, @{ Id = $b; n = 'x' }, @{ Id = $c; n = 'y' } | ForEach-Object { [pscustomobject]$_ } |
                    Send-ParticipantMessage -Provider Prolific -Token $token -BaseUri $uri -StudyId $study -Body 'Text {{ n }}' -WhatIf | Out-Null
                '=== what else holds'
                $send = @{ Provider = 'Prolific'; Token = $token; BaseUri = $uri; StudyId = $study; Body = 'Hello all'; WhatIf = $true }
                $null = $a, $b | Send-ParticipantMessage @send -NotBefore 9:00 -NotAfter 2099-01-01
                $null = $a | Send-ParticipantMessage @send -TestTo $b
                $null = Send-ParticipantMessage @send -GroupId $group
            }
            $text, $more = $out.Output -replace '\r' -split '=== what else holds\n'
            $text | Should -Match 'Text x'
            $text | Should -Match 'Text y'
            $text | Should -Match '3 people'
            $text | Should -Match '2 people'
            $text | Should -Match $study
            (Get-Sends).Count | Should -Be 0
            $more | Should -Match "(?s)^What if: Send one text to 2 people[^\n]+\nNothing leaves before [^\n]+\nNothing leaves after [^\n]+\n--- 2 people:\nHello all\n"
            $more | Should -Match "(?s)\nA trial: it counts for no campaign\.\n--- The text of row 2, for $($people[1].id):\nHello all\n"
            $more | Should -Match "(?s)\n--- The group '$($group.name)', \d+ people:\nHello all$"
        }

        It 'says with -Verbose whom it sends to, and keeps the text out of logs' {
            $r = $people[0].id | Send-ParticipantMessage @prolific -StudyId $study -Body 'Your code is C-17.' -Verbose 4>&1
            $verbose = ($r | Where-Object { $_ -is [Management.Automation.VerboseRecord] }) -join "`n"
            $verbose | Should -Match "Send one text to participant $($people[0].id), study $study"
            $verbose | Should -Not -Match 'C-17'
            (Get-Mailboxes).messages[0].body | Should -Be 'Your code is C-17.'
        }

        It 'says with -Verbose which ledger it keeps, and of each call whom it reached, how it ended and how long it took' {
            $r = $people[0..1].id | Send-ParticipantMessage @prolific -StudyId $study -Body 'Your id is {{ PARTICIPANT_ID }}.' -Verbose 4>&1
            $verbose = @($r | Where-Object { $_ -is [Management.Automation.VerboseRecord] } | ForEach-Object Message)
            @($verbose -match '^Ledger: .+\.$').Count | Should -Be 1
            foreach ($id in $people[0..1].id) { @($verbose -match "to ${id}: Sent, HTTP 204, [0-9,]+ ms\.$").Count | Should -Be 1 }
            @(Get-Sends).Count | Should -Be 2
        }

        It 'shows of a paced send how many people a minute and when it is done' {
            $shell = [powershell]::Create()
            try {
                $null = $shell.AddScript({
                    param($module, $ids, $account, $study)
                    Import-Module $module
                    $ids | Send-ParticipantMessage @account -StudyId $study -Body 'Your id is {{ PARTICIPANT_ID }}.' -PerMinute 3000 -RepeatAfter 0
                }).AddArgument((Join-Path $env:PM_MODULE 'ParticipantMessaging.psd1')).AddArgument($people[0..7].id).AddArgument($prolific).AddArgument($study)
                @($shell.Invoke() | Where-Object Status -eq Sent).Count | Should -Be 8
                @($shell.Streams.Progress.StatusDescription) -match '^[1-8] of 8 people, 3000 a minute, done at \d{4}-\d\d-\d\d \d\d:\d\d [+-]\d\d:\d\d$' | Should -Not -BeNullOrEmpty
            }
            finally { $shell.Dispose() }
            @(Get-Sends).Count | Should -Be 8
        }

        It 'obeys $WhatIfPreference as it does -WhatIf' {
            $WhatIfPreference = $true
            $r = $people[0].id | Send-ParticipantMessage @prolific -StudyId $study -Body Hello 6>&1
            $WhatIfPreference = $false
            ($r | Where-Object { $_ -is [ParticipantMessaging.MessageReceipt] }).Status | Should -Be Skipped
            (Get-Sends).Count | Should -Be 0
        }

        It 'asks for the head count of a group' {
            $r = Send-ParticipantMessage @prolific -GroupId $group.id -Body Hello -Force
            $r.Status | Should -Be Sent
            $r.Recipients | Should -BeGreaterThan 0
            (Get-Mailboxes).Count | Should -Be $r.Recipients
            @(Get-SimRequests $sim "GET /api/v1/participant-groups/$($group.id)/").Count | Should -Be 1
        }

        It 'is an error for a group where nobody can be asked; -Confirm:$false is the consent, and the ledger still keeps it from getting the message twice' {
            $ask = {
                $uri, $group = $args
                Import-Module (Join-Path $env:PM_MODULE ParticipantMessaging.psd1)
                $token = ConvertTo-SecureString sim-prolific-token -AsPlainText -Force
                $send = @{ Provider = 'Prolific'; Token = $token; BaseUri = $uri; GroupId = $group; ErrorAction = 'SilentlyContinue' }
                (Send-ParticipantMessage @send -Body 'Hello again' -ErrorVariable e).Status
                $e[0].FullyQualifiedErrorId
                @(Invoke-RestMethod "${uri}_sim/mailboxes?limit=1000" -NoProxy).ForEach{ $_ }.Count
                (Send-ParticipantMessage @send -Body 'First, by campaign' -Campaign 'group once' -Confirm:$false).Status
                (Send-ParticipantMessage @send -Body 'First, by campaign' -Campaign 'group once' -Confirm:$false).Status
                (Send-ParticipantMessage @send -Body 'By text' -Confirm:$false).Status
                (Send-ParticipantMessage @send -Body 'By text' -Confirm:$false -WarningAction SilentlyContinue).Status
                $ConfirmPreference = 'None'
                (Send-ParticipantMessage @send -Body 'No consent' -ErrorVariable e).Status
                $e[0].ErrorDetails.RecommendedAction
            }
            $out = Invoke-Pwsh -Arguments $sim.BaseUri, $group.id $ask
            $said = @($out.Output -join "`n" -split '\r?\n')
            $said[0] | Should -Be Failed
            $said[1] | Should -BeLike 'ParticipantMessaging.ConfirmationRequired*'
            $said[2] | Should -Be 0
            $said[3..7] | Should -Be Sent, Skipped, Sent, Skipped, Failed
            $said[8] | Should -BeLike '*-Confirm:$false*-Force*again*'
            $boxes = Get-Mailboxes
            $boxes.Count | Should -BeGreaterThan 1
            @($boxes | Where-Object { $_.messages.Count -ne 2 }).Count | Should -Be 0
        }

        It 'takes -Confirm:$false for the consent to all members' {
            $members = @{ AllMembers = $true; Campaign = 'members once'; Body = 'Hello'; Confirm = $false }
            (Send-ParticipantMessage @openHumans @members).Status | Should -Be Queued
            (Send-ParticipantMessage @openHumans @members).Status | Should -Be Skipped
            @(Get-Mailboxes | Where-Object { $_.messages.Count -ne 1 }).Count | Should -Be 0
            (Get-Mailboxes).Count | Should -Be 1000
        }

        It 'sends to a group again with -Force, and says so once with the head count' {
            $first = Send-ParticipantMessage @prolific -GroupId $group.id -Body Twice -Campaign 'group twice' -Force -WarningVariable w -WarningAction SilentlyContinue
            $w | Should -BeNullOrEmpty
            $again = Send-ParticipantMessage @prolific -GroupId $group.id -Body Twice -Campaign 'group twice' -Force -WarningVariable w -WarningAction SilentlyContinue
            $again.Status | Should -Be Sent
            @($w).Count | Should -Be 1
            $w[0].Message | Should -BeLike "-Force sends again to the group '$($group.name)' ($($first.Recipients) people)*campaign 'group twice'*"
            $null = Send-ParticipantMessage @prolific -GroupId $group.id -Body 'By text, twice' -Force -WarningVariable w -WarningAction SilentlyContinue
            $w | Should -BeNullOrEmpty
            $null = [pscustomobject]@{ GroupId = $group.id } | Send-ParticipantMessage @prolific -Body 'By text, twice' -RepeatAfter 12h -Stream -Force -WarningVariable w -WarningAction SilentlyContinue
            @($w).Count | Should -Be 1
            $w[0].Message | Should -BeLike "*($($first.Recipients) people)*this very text*"
            @(Get-Mailboxes | Where-Object { $_.messages.Count -ne 4 }).Count | Should -Be 0
            (Get-Mailboxes).Count | Should -Be $first.Recipients
        }

        It 'sends to all members with -Force and counts them' {
            $r = Send-ParticipantMessage @openHumans -AllMembers -Body Hello -Force
            $r.Status | Should -Be Queued
            $r.Recipients | Should -Be 1000
            (Get-Mailboxes).Count | Should -Be 1000
        }
    }

    Context 'failures' {
        It 'gives every row a Failed receipt and one error for a refused token' {
            $direct = Get-Direct $sim Prolific
            $direct.Token = ConvertTo-Secure 'wrong-token'
            $r = $people[0..9] | ForEach-Object { [pscustomobject]@{ participant_id = $_.id; n = $_.firstName } } |
                Send-ParticipantMessage @direct -StudyId $study -Body 'Hello {{ n }}' -ErrorAction SilentlyContinue -ErrorVariable problems
            $r.Count | Should -Be 10
            @($r | Where-Object Status -ne Failed).Count | Should -Be 0
            $problems.Count | Should -Be 1
            $problems[0].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.AuthenticationFailed,*'
            $problems[0].CategoryInfo.Category | Should -Be AuthenticationError
            $problems[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        }

        It 'reports an unknown recipient with its row and sends the others' {
            $rows = @($people[0], [pscustomobject]@{ id = 'ffffffffffffffffffffffff'; firstName = 'Nobody' }, $people[1]) |
                ForEach-Object { [pscustomobject]@{ participant_id = $_.id; n = $_.firstName } }
            $r = $rows | Send-ParticipantMessage @prolific -StudyId $study -Body 'Hello {{ n }}' -ErrorAction SilentlyContinue -ErrorVariable problems
            $r.Status | Should -Be Sent, Failed, Sent
            $problems.Count | Should -Be 1
            $problems[0].TargetObject.n | Should -Be Nobody
            $problems[0].CategoryInfo.Category | Should -Be InvalidArgument
            (Get-Mailboxes).Count | Should -Be 2
            # What a log keeps of it names row, person and study, each once.
            $problems[0].Exception.Message | Should -BeLike "Row 3 (ffffffffffffffffffffffff): Prolific refuses the message about study $study (HTTP 400*"
            $problems[0].Exception.Message | Should -BeExactly $problems[0].ErrorDetails.Message
            [regex]::Matches($problems[0].Exception.Message, 'f{24}|Row 3').Count | Should -Be 2
            $r[1].Reason | Should -BeLike "Prolific refuses the message about study $study (HTTP 400*"
        }

        It 'names person and study of one message that the service does not find (<Status>), row or no row' -TestCases @{ Status = 404 }, @{ Status = 400 } {
            Add-SimFault $sim @{ method = 'POST'; pathPrefix = '/api/v1/messages/'; kind = 'Status'; status = $Status }
            $null = Send-ParticipantMessage $people[5].id @prolific -StudyId $study -Body Hello -ErrorAction SilentlyContinue -ErrorVariable problems
            $problems[0].Exception.Message | Should -BeLike "$($people[5].id): Prolific refuses the message about study $study (HTTP $Status*"
            $problems[0].FullyQualifiedErrorId | Should -BeLike "ParticipantMessaging.$($Status -eq 404 ? 'NotFound' : 'InvalidRequest'),*"
            $problems[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
            $problems[0].Exception.Request | Should -Be 'POST /api/v1/messages/'
        }

        It 'says in the exception what the error shows, whatever is put before it and behind it' {
            Add-SimFault $sim @{ method = 'POST'; pathPrefix = '/api/v1/messages/'; kind = 'Status'; status = 401; skip = 1 }
            $rows = 0..3 | ForEach-Object { [pscustomobject]@{ participant_id = $people[$_].id; n = $_ } }
            $null = $rows | Send-ParticipantMessage @prolific -StudyId $study -Body 'Number {{ n }}' -ThrottleLimit 1 -ErrorAction SilentlyContinue -ErrorVariable problems
            $problems.Count | Should -Be 1
            $problems[0].Exception.Message | Should -BeLike '*3 messages were not sent (rows 3 to 5).'
            $problems[0].Exception.Message | Should -BeExactly "$($problems[0])"
            $null = Invoke-Sim $sim faults -Method Delete
            Add-SimFault $sim @{ method = 'POST'; pathPrefix = '/api/v1/messages/'; kind = 'Status'; status = 429; retryAfterSeconds = 3600 }
            $null = $rows | Send-ParticipantMessage @prolific -StudyId $study -Body 'Number {{ n }} again' -MaxRetryWait 5 -ErrorAction SilentlyContinue -ErrorVariable problems
            $problems.Count | Should -Be 4
            $problems[0].Exception.Message | Should -BeLike "Row 2 ($($people[0].id)): Prolific asks to wait*"
            $problems | ForEach-Object { $_.Exception.Message | Should -BeExactly "$_" }
        }

        It 'marks as Unknown what the provider stored and then failed on (<Name>), and never repeats it' -TestCases @(
            @{ Name = '502'; Fault = @{ kind = 'Status'; status = 502; afterStored = $true } }
            @{ Name = 'reset'; Fault = @{ kind = 'Reset'; afterStored = $true } }
            @{ Name = 'time-out'; Fault = @{ kind = 'NoAnswer'; afterStored = $true }; TimeoutSec = 5 }
            @{ Name = '502 before it was stored'; Fault = @{ kind = 'Status'; status = 502 } }
        ) {
            Add-SimFault $sim ($Fault + @{ method = 'POST'; pathPrefix = '/api/v1/messages/'; count = 1 })
            $campaign = "unknown $Name"
            $rows = $people[0..2] | ForEach-Object { [pscustomobject]@{ participant_id = $_.id; n = $_.firstName } }
            $r = $rows | Send-ParticipantMessage @prolific -StudyId $study -Body "Hello {{ n }}, about $Name" -Campaign $campaign -ThrottleLimit 1 -TimeoutSec ($TimeoutSec ?? 100) -ErrorAction SilentlyContinue -ErrorVariable problems
            $r.Status | Should -Be Unknown, Sent, Sent
            $problems[0].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.OutcomeUnknown,*'
            (Get-Sends).Count | Should -Be 3
            $again = $rows | Send-ParticipantMessage @prolific -StudyId $study -Body "Hello {{ n }}, about $Name" -Campaign $campaign -ErrorAction SilentlyContinue
            $again.Status | Should -Be Unknown, Skipped, Skipped
            (Get-Sends).Count | Should -Be 3
            $null = Get-SentMessage -Campaign $campaign -Status Unknown | Resolve-SentMessage @prolific -MinimumAge 0
            $last = $rows | Send-ParticipantMessage @prolific -StudyId $study -Body "Hello {{ n }}, about $Name" -Campaign $campaign
            @($last.Status | Where-Object { $_ -notin 'Sent', 'Skipped' }).Count | Should -Be 0
            $boxes = Get-Mailboxes
            $boxes.Count | Should -Be 3
            @($boxes | Where-Object { $_.messages.Count -ne 1 }).Count | Should -Be 0
        }

        It 'waits as long as a 429 asks (<Form>), and everyone gets exactly one' -TestCases @(
            @{ Form = 'seconds'; Fault = @{ retryAfterSeconds = 1 } }
            @{ Form = 'date'; Fault = @{ retryAfterSeconds = 1; retryAfterAsDate = $true } }
            @{ Form = 'nothing'; Fault = @{} }
        ) {
            Add-SimFault $sim ($Fault + @{ method = 'POST'; pathPrefix = '/api/v1/messages/'; kind = 'Status'; status = 429; count = 2 })
            $r = $people[0..4] | ForEach-Object { [pscustomobject]@{ participant_id = $_.id; n = $_.firstName } } |
                Send-ParticipantMessage @prolific -StudyId $study -Body 'Hello {{ n }}'
            @($r | Where-Object Status -ne Sent).Count | Should -Be 0
            @(Get-Mailboxes | Where-Object { $_.messages.Count -ne 1 }).Count | Should -Be 0
            (Get-Mailboxes).Count | Should -Be 5
        }

        It 'does not wait longer than -MaxRetryWait and names the wait' {
            Add-SimFault $sim @{ method = 'POST'; pathPrefix = '/api/v1/messages/'; kind = 'Status'; status = 429; retryAfterSeconds = 3600 }
            $r = $people[0..2] | ForEach-Object { [pscustomobject]@{ participant_id = $_.id; n = $_.firstName } } |
                Send-ParticipantMessage @prolific -StudyId $study -Body 'Hello {{ n }}' -MaxRetryWait 5 -ErrorAction SilentlyContinue -ErrorVariable problems
            @($r | Where-Object Status -ne Failed).Count | Should -Be 0
            $problems[0].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.RateLimited,*'
            $problems[0].CategoryInfo.Category | Should -Be LimitsExceeded
            $problems[0].ErrorDetails.Message | Should -Match '1 hour|60 min|3,?600'
        }
    }

    Context 'campaigns' {
        It 'sends once per person, whatever the text, and says so' {
            $ids = $people[0..4].id
            $null = $ids | Send-ParticipantMessage @prolific -StudyId $study -Body 'Helo' -Campaign typo
            $r = $people[0..5].id | Send-ParticipantMessage @prolific -StudyId $study -Body 'Hello' -Campaign typo -WarningVariable warnings -WarningAction SilentlyContinue
            $r.Status | Should -Be Skipped, Skipped, Skipped, Skipped, Skipped, Sent
            $r[0].Reason | Should -BeLike '*another text*'
            $warnings.Count | Should -Be 1
            $warnings[0].Message | Should -BeLike '5 people*'
            @(Get-Mailboxes | Where-Object { $_.messages.Count -ne 1 }).Count | Should -Be 0
            $null = $ids | Send-ParticipantMessage @prolific -StudyId $study -Body 'Hello' -Campaign typo -Force
            @(Get-Mailboxes | Where-Object { $_.messages.Count -eq 2 }).Count | Should -Be 5
        }

        It 'sends row by row with -Stream' {
            $r = 0..4 | ForEach-Object {
                [pscustomobject]@{ participant_id = $_ -eq 2 ? 'x' : $people[$_].id; before = @(Get-Mailboxes).Count }
            } | Send-ParticipantMessage @prolific -StudyId $study -Body 'You are {{ before }}' -Stream -ErrorAction SilentlyContinue
            $r.Status | Should -Be Sent, Sent, Failed, Sent, Sent
            @((Get-Mailboxes).messages.body | Sort-Object) | Should -Be 'You are 0', 'You are 1', 'You are 2', 'You are 3'
        }
    }

    It 'says of a run that continues another how far it came with what was left to it' {
        $ids = $people[0..19].id
        $null = $ids[0..7] | Send-ParticipantMessage @prolific -StudyId $study -Body Hello -Campaign continued
        $out = Invoke-Pwsh -Arguments (@($sim.BaseUri, $study) + $ids) {
            Import-Module (Join-Path $env:PM_MODULE ParticipantMessaging.psd1)
            $token = ConvertTo-SecureString sim-prolific-token -AsPlainText -Force
            $null = $args[2..21] | Send-ParticipantMessage -Provider Prolific -Token $token -BaseUri $args[0] -StudyId $args[1] -Body Hello -Campaign continued -BatchSize 1 -ThrottleLimit 1 | Select-Object -First 11
        }
        "$($out.Output)$($out.Errors)" | Should -Match 'Stopped: \d+ of 12 sent in this run; 8 of the list had it before\. The same command goes on with the rest\.'
        @(Get-Mailboxes | Where-Object { $_.messages.Count -ne 1 }).Count | Should -Be 0
    }

    It 'tells what an earlier run left open once at the end of a stream' {
        Add-SimFault $sim @{ method = 'POST'; pathPrefix = '/api/v1/messages/'; kind = 'Status'; status = 502; afterStored = $true }
        $send = @{ StudyId = $study; Body = 'Hello'; Campaign = 'open stream'; ErrorAction = 'SilentlyContinue' } + $prolific
        $rows = $people[0..9] | ForEach-Object { [pscustomobject]@{ participant_id = $_.id; n = $_.firstName } }
        $null = $rows | Send-ParticipantMessage @send
        $null = Invoke-Sim $sim faults -Method Delete
        $r = $rows | Send-ParticipantMessage @send -Stream -ErrorVariable problems
        @($r | Where-Object Status -ne Unknown).Count | Should -Be 0
        $problems.Count | Should -Be 1
        "$problems" | Should -BeLike 'Rows 2 to 11: An earlier run (*whether these 10 messages arrived*'
        $problems[0].TargetObject.n | Should -Be $rows.n
        $null = $rows[0..1] | Send-ParticipantMessage @send -Stream -ErrorVariable problems
        $problems.Count | Should -Be 2
        "$($problems[1])" | Should -BeLike "Row 3 ($($people[1].id)): An earlier run (*"
        @(Get-Mailboxes | Where-Object { $_.messages.Count -ne 1 }).Count | Should -Be 0
    }

    It 'stops the requests with Select-Object -First' {
        # The fourth is never answered: the first three come out before, and when they are enough the fourth is the last.
        Add-SimFault $sim @{ method = 'POST'; pathPrefix = '/api/v1/messages/'; kind = 'NoAnswer'; skip = 3 }
        $r = $people[0..199] | ForEach-Object { [pscustomobject]@{ participant_id = $_.id; n = $_.firstName } } |
            Send-ParticipantMessage @prolific -StudyId $study -Body 'Hello {{ n }}' -ThrottleLimit 1 -TimeoutSec 300 | Select-Object -First 3
        $r.Status | Should -Be Sent, Sent, Sent
        (Get-Sends).Count | Should -BeIn 3, 4
        @(Get-SentMessage -Status Sending).Count | Should -Be 0
    }
}
