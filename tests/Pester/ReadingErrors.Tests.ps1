# Every row of the table of errors, produced by the simulator: id, category, target, recommended action.

Describe 'Errors of reading' {
    BeforeAll {
        . $PSScriptRoot/Harness.ps1
        Import-TestModule
        $sim = Start-Sim -Arguments '--participants', '20', '--seed', '1', '--unread', '5', '--events', '5'
        $prolific = Get-Direct $sim Prolific
        $openHumans = Get-Direct $sim OpenHumans
        $study = (Invoke-Sim $sim info).studyId
        $group = (Invoke-Sim $sim groups | ForEach-Object { $_ })[0].id
        $person = (Invoke-Sim $sim participants | ForEach-Object { $_ })[0].id

        # Runs a command and gives its one error; says whether it ended the command.
        function Get-OneError([scriptblock] $Script) {
            $ErrorActionPreference = 'Continue'
            $ended = $false
            try {
                $records = @(& $Script 2>&1 | Where-Object { $_ -is [Management.Automation.ErrorRecord] })
            }
            catch {
                $records = @($_)
                $ended = $true
            }
            $records.Count | Should -Be 1
            [pscustomobject]@{ Record = $records[0]; Ended = $ended }
        }

        function Assert-Error($Failure, [string] $Reason, [string] $Category, [switch] $Ended) {
            $Failure.Record.FullyQualifiedErrorId | Should -BeLike "ParticipantMessaging.$Reason,*"
            $Failure.Record.CategoryInfo.Category | Should -Be $Category
            $Failure.Record.ErrorDetails.RecommendedAction | Should -Match '[.)]$'
            $Failure.Record.Exception.Message | Should -Match '\.$'
            $Failure.Ended | Should -Be $Ended.IsPresent
            $Failure.Record | Format-List * -Force | Out-String -Width 5000 | Should -Not -Match 'sim-prolific-token|simOpenHumansMasterToken'
        }
    }
    AfterAll { Stop-Sim $sim }
    BeforeEach {
        $null = Invoke-Sim $sim requests -Method Delete
        $null = Invoke-Sim $sim faults -Method Delete
        $Error.Clear()
    }

    It '<Status> is <Reason>, <Category>' -TestCases @(
        @{ Status = 400; Reason = 'InvalidRequest'; Category = 'InvalidArgument'; Action = 'Correct' }
        @{ Status = 422; Reason = 'InvalidRequest'; Category = 'InvalidArgument'; Action = 'Correct' }
        @{ Status = 403; Reason = 'PermissionDenied'; Category = 'PermissionDenied'; Action = 'owns the study' }
        @{ Status = 404; Reason = 'NotFound'; Category = 'ObjectNotFound'; Action = 'Check the id' }
        @{ Status = 409; Reason = 'InvalidRequest'; Category = 'ResourceExists'; Action = 'Correct' }
        @{ Status = 500; Reason = 'ServiceUnavailable'; Category = 'ResourceUnavailable'; Action = 'later' }
        @{ Status = 503; Reason = 'ServiceUnavailable'; Category = 'ResourceUnavailable'; Action = 'later' }
        @{ Status = 429; Reason = 'RateLimited'; Category = 'LimitsExceeded'; Action = 'Wait' }
        @{ Status = 302; Reason = 'InvalidResponse'; Category = 'ProtocolError'; Action = 'base address' }
        @{ Status = 405; Reason = 'InvalidResponse'; Category = 'ProtocolError'; Action = 'base address' }
    ) {
        # At an address of its own: where calls got through lately, one that is refused for being too many is waited for.
        $direct = $prolific.Clone()
        if ($Status -eq 429) { $direct.BaseUri = "http://localhost:$($sim.BaseUri.Port)" }
        Add-SimFault $sim @{ pathPrefix = '/api/v1/studies/'; kind = 'Status'; status = $Status; body = '{"error":{"title":"Their title","detail":{"some_field":["Their words."]}}}' }
        $failure = Get-OneError { Get-Participant @direct -StudyId $study }
        Assert-Error $failure $Reason $Category
        $failure.Record.TargetObject | Should -Be $study
        $failure.Record.ErrorDetails.RecommendedAction | Should -Match $Action
        $failure.Record.ErrorDetails.Message | Should -Match 'Their words'
        $failure.Record.Exception.HttpStatus | Should -Be $Status
        $failure.Record.Exception.Request | Should -Be "GET /api/v1/studies/$study/submissions/"
        $failure.Record.Exception.Attempts | Should -Be ($Status -in 429, 500, 503 ? 4 : 1)
    }

    It 'the other objects of the pipeline are still read after one fails' {
        Add-SimFault $sim @{ pathPattern = 'ffffffffffffffffffffffff'; kind = 'Status'; status = 404 }
        $ErrorActionPreference = 'SilentlyContinue'
        $participants = [pscustomobject]@{ StudyId = 'f' * 24 }, [pscustomobject]@{ StudyId = $study } | Get-Participant @prolific -ErrorVariable failures
        $participants.Count | Should -Be 20
        $failures.Count | Should -Be 1
        $failures[0].TargetObject | Should -Be ('f' * 24)
    }

    It 'a token that is not accepted ends every reading cmdlet: <_>' -TestCases 'Get-UnreadMessage', 'Get-ParticipantMessage -Since 1d', 'Get-MessageConversation', 'Get-MessageBroadcast', 'Get-ParticipantGroup', 'Get-WebhookEvent' {
        $wrong = $prolific.Clone()
        $wrong.Token = ConvertTo-Secure 'a-token-that-is-wrong'
        $failure = Get-OneError ([scriptblock]::Create("$_ @wrong"))
        Assert-Error $failure AuthenticationFailed AuthenticationError -Ended
        $failure.Record.ErrorDetails.RecommendedAction | Should -Match 'researcher/tokens'
        $Error | Format-List * -Force | Out-String -Width 5000 | Should -Not -Match 'a-token-that-is-wrong'
    }

    It 'an expired Open Humans token says that tokens last 24 hours' {
        $wrong = $openHumans.Clone()
        $wrong.Token = ConvertTo-Secure ('simOpenHumansExpiredToken'.PadRight(64, '0'))
        $failure = Get-OneError { Get-Participant @wrong }
        Assert-Error $failure AuthenticationFailed AuthenticationError -Ended
        $failure.Record.ErrorDetails.Message | Should -Match 'Expired token'
        $failure.Record.ErrorDetails.RecommendedAction | Should -Match '24 hours'
    }

    It "the service's error code comes out, of a read and of a send" {
        $refusal = '{"error":{"status":400,"error_code":140007,"title":"Bad Request","detail":{"body":["Too rude."]}}}'
        Add-SimFault $sim @{ pathPattern = '/messages/'; kind = 'Status'; status = 400; body = $refusal }
        "$((Get-OneError { Get-UnreadMessage @prolific }).Record)" | Should -BeLike '*Too rude*(error code 140007)*'
        $receipt = Send-ParticipantMessage @prolific -ParticipantId $person -StudyId $study -Body Hello -ErrorAction SilentlyContinue -ErrorVariable problem
        $receipt.Status | Should -Be Failed
        $receipt.Reason | Should -BeLike '*Too rude*(error code 140007)*'
        "$problem" | Should -BeLike '*Too rude*(error code 140007)*'
    }

    It 'a token without rights is PermissionDenied' {
        $weak = $prolific.Clone()
        $weak.Token = ConvertTo-Secure 'sim-prolific-forbidden-token'
        Assert-Error (Get-OneError { Get-UnreadMessage @weak }) PermissionDenied PermissionDenied
    }

    It 'a wait that is too long is named and not waited for' {
        Add-SimFault $sim @{ pathPrefix = '/api/v1/messages/unread/'; kind = 'Status'; status = 429; retryAfterSeconds = 7200 }
        $failure = Get-OneError { Get-UnreadMessage @prolific }
        Assert-Error $failure RateLimited LimitsExceeded
        $failure.Record.ErrorDetails.Message | Should -Match '2 hours'
        $failure.Record.Exception.RetryAfter.TotalSeconds | Should -Be 7200
        @(Get-SimRequests $sim 'GET /api/*').Count | Should -Be 1
    }

    It 'Retry-After is obeyed, and told in verbose, the same in every country' {
        Add-SimFault $sim @{ pathPrefix = '/api/v1/messages/unread/'; kind = 'Status'; status = 429; retryAfterSeconds = 1; count = 1 }
        # The texts are English, hence their numbers; Turkish has a comma in them.
        $culture = [cultureinfo]::CurrentCulture
        try {
            [cultureinfo]::CurrentCulture = 'tr-TR'
            $lines = Get-UnreadMessage @prolific -Verbose 4>&1
        }
        finally { [cultureinfo]::CurrentCulture = $culture }
        @($lines | Where-Object { $_ -is [ParticipantMessaging.ParticipantMessage] }).Count | Should -Be 5
        "$($lines | Where-Object { $_ -is [Management.Automation.VerboseRecord] })" | Should -Match 'waiting 1\.0 s'
        $times = @(Get-SimRequests $sim 'GET /api/*' | ForEach-Object { [DateTimeOffset]$_.time })
        ($times[1] - $times[0]).TotalSeconds | Should -BeGreaterOrEqual 0.95
    }

    It 'no answer in time is Timeout' {
        Add-SimFault $sim @{ pathPrefix = '/api/v1/messages/unread/'; kind = 'NoAnswer' }
        $failure = Get-OneError { Get-UnreadMessage @prolific -TimeoutSec 1 }
        Assert-Error $failure Timeout OperationTimeout
        $failure.Record.ErrorDetails.RecommendedAction | Should -Match 'TimeoutSec'
    }

    It 'nobody there is ConnectionFailed' {
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start()
        $port = $listener.LocalEndpoint.Port
        $listener.Stop()
        $nobody = $prolific.Clone()
        $nobody.BaseUri = "http://127.0.0.1:$port"
        $failure = Get-OneError { Get-UnreadMessage @nobody }
        Assert-Error $failure ConnectionFailed ConnectionError
        $failure.Record.Exception.Attempts | Should -Be 4
    }

    It 'a connection that is reset is ConnectionFailed' {
        Add-SimFault $sim @{ pathPrefix = '/api/v1/messages/unread/'; kind = 'Reset' }
        Assert-Error (Get-OneError { Get-UnreadMessage @prolific }) ConnectionFailed ConnectionError
    }

    It 'no TLS where it should be is SecurityError' {
        $tls = $prolific.Clone()
        $tls.BaseUri = "https://127.0.0.1:$($sim.BaseUri.Port)"
        $failure = Get-OneError { Get-UnreadMessage @tls }
        Assert-Error $failure ConnectionFailed SecurityError
    }

    It '<_> is InvalidResponse, InvalidResult' -TestCases 'TruncatedJson', 'WrongTypes', 'DeepNesting', 'GzipBomb' {
        Add-SimFault $sim @{ pathPrefix = '/api/v1/messages/unread/'; kind = $_ }
        $failure = Get-OneError { Get-UnreadMessage @prolific }
        Assert-Error $failure InvalidResponse InvalidResult
        @(Get-SimRequests $sim 'GET /api/*').Count | Should -Be 1
    }

    It 'one odd message hides no other, and one warning says which it is: <Odd>' -TestCases @(
        @{ Odd = '7'; Why = 'number 2: it is not an object' }
        @{ Odd = 'null'; Why = 'number 2: it is not an object' }
        @{ Odd = '{"id":"m5","sender":"5f8d0c3e4b2a1c0012345670","body":5}'; Why = "number 2 (of 5f8d0c3e4b2a1c0012345670): its 'body' is not a text" }
    ) {
        $good = 1, 3 | ForEach-Object { "{`"id`":`"m$_`",`"sender`":`"$person`",`"body`":`"Number $_`",`"datetime_created`":`"2026-03-01T09:3${_}:00Z`"}" }
        Add-SimFault $sim @{ pathPrefix = '/api/v1/messages/unread/'; kind = 'JsonError'; body = "{`"results`":[$($good[0]),$Odd,$($good[1])]}" }
        $messages = Get-UnreadMessage @prolific -WarningVariable warnings -WarningAction SilentlyContinue
        $messages.Body | Should -Be 'Number 1', 'Number 3'
        @($warnings).Count | Should -Be 1
        $warnings[0].Message | Should -BeExactly "1 of the 3 that Prolific shows (GET /api/v1/messages/unread/) cannot be used and is left out: $Why. Look it up on the service's own pages."
    }

    It 'who waits is told of it once' {
        $odd = "{`"results`":[{`"id`":`"m1`",`"sender`":`"$person`",`"body`":`"Here`"},7]}"
        Add-SimFault $sim @{ pathPrefix = '/api/v1/messages/unread/'; kind = 'JsonError'; body = $odd; count = 3 }
        $messages = Get-UnreadMessage @prolific -Wait -Interval 0.1 -WarningVariable warnings -WarningAction SilentlyContinue | Select-Object -First 2
        $messages[0].Body | Should -Be Here
        @(Get-SimRequests $sim 'GET */messages/unread/').Count | Should -Be 4
        @($warnings).Count | Should -Be 1
    }

    It 'a broken letter of one message hides no other' {
        Add-SimFault $sim @{ pathPrefix = '/api/v1/messages/unread/'; kind = 'InvalidUtf8' }
        @(Get-UnreadMessage @prolific -WarningVariable warnings -WarningAction SilentlyContinue).Count | Should -Be 4
        $warnings | Should -BeLike '1 of the 5 *number 1*UTF-8*'
    }

    It 'who has no id is left out of the participants, and told of' {
        $rows = "{`"id`":`"s1`",`"participant_id`":`"$person`",`"status`":`"ACTIVE`"},{`"id`":`"s2`",`"participant_id`":`"`",`"status`":`"ACTIVE`"},{`"id`":`"s3`",`"status`":`"ACTIVE`"}"
        Add-SimFault $sim @{ pathPrefix = '/api/v1/studies/'; kind = 'JsonError'; body = "{`"results`":[$rows],`"meta`":{`"count`":3}}" }
        (Get-Participant @prolific -StudyId $study -WarningVariable warnings -WarningAction SilentlyContinue).ParticipantId | Should -Be $person
        @($warnings).Count | Should -Be 1
        $warnings[0].Message | Should -BeLike '2 of the 3 * are left out: number 2 (of s2): it names no participant, number 3 (of s3): it names no participant. *'
    }

    It 'a feature that is off names all three reasons: <_>' -TestCases 'Get-MessageBroadcast', 'Get-MessageConversation' {
        $null = Invoke-Sim $sim options @{ broadcasts = $false; conversations = $false }
        $failure = Get-OneError ([scriptblock]::Create("$_ @prolific -StudyId $study"))
        $null = Invoke-Sim $sim options @{ broadcasts = $true; conversations = $true }
        Assert-Error $failure NotFound ObjectNotFound
        $failure.Record.ErrorDetails.Message | Should -Match 'does not exist.*may not see it.*not switched on'
        $failure.Record.TargetObject | Should -Be $study
    }

    It 'a conversation whose outcome is not known is not started twice' {
        Add-SimFault $sim @{ method = 'POST'; kind = 'Status'; status = 502; afterStored = $true }
        $failure = Get-OneError { New-MessageConversation @prolific -ParticipantId $person -Subject s -Topic other }
        Assert-Error $failure OutcomeUnknown ResourceUnavailable
        @(Get-SimRequests $sim 'POST /api/*').Count | Should -Be 1
    }

    It 'ids and limits are checked before any call: <Command>' -TestCases @(
        @{ Command = 'Get-Participant -StudyId x/z'; Reason = 'MissingStudy'; Category = 'InvalidData' }
        @{ Command = 'Get-Participant -GroupId 1/2'; Reason = 'InvalidRequest'; Category = 'InvalidArgument' }
        @{ Command = 'Get-Participant'; Reason = 'InvalidRequest'; Category = 'InvalidArgument' }
        @{ Command = 'Get-ParticipantGroup -Id 1/2'; Reason = 'InvalidRequest'; Category = 'InvalidArgument' }
        @{ Command = 'Get-ParticipantMessage'; Reason = 'InvalidRequest'; Category = 'InvalidArgument' }
        @{ Command = 'Get-ParticipantMessage -Since 31d'; Reason = 'InvalidRequest'; Category = 'InvalidArgument' }
        @{ Command = 'Get-ParticipantMessage -ParticipantId 1234/5678'; Reason = 'InvalidRecipient'; Category = 'InvalidData' }
        @{ Command = 'Get-ParticipantMessage -Since 1d -ExcludeSenderId (1..11)'; Reason = 'InvalidRequest'; Category = 'InvalidArgument' }
        @{ Command = 'Get-WebhookEvent -SubscriptionId x/y'; Reason = 'InvalidRequest'; Category = 'InvalidArgument' }
        @{ Command = 'Get-UnreadMessage -Checkpoint "a/b"'; Reason = 'InvalidRequest'; Category = 'InvalidArgument' }
        @{ Command = 'New-MessageConversation -ParticipantId x -Subject s -Topic t'; Reason = 'InvalidRecipient'; Category = 'InvalidData' }
        @{ Command = 'New-MessageConversation -ParticipantId $person -Subject ("x" * 501) -Topic t'; Reason = 'InvalidSubject'; Category = 'InvalidData' }
        @{ Command = 'New-MessageConversation -ParticipantId $person -Subject s -Topic t -Body ("x" * 10001)'; Reason = 'TextTooLong'; Category = 'InvalidData' }
    ) {
        Assert-Error (Get-OneError ([scriptblock]::Create("$Command @prolific"))) $Reason $Category
        @(Get-SimRequests $sim '* /api/*').Count | Should -Be 0
    }

    It 'what Open Humans does not have is NotSupported and names the way: <Command>' -TestCases @(
        @{ Command = 'Get-UnreadMessage'; Way = 'e-mail' }
        @{ Command = 'Get-ParticipantMessage -Since 1d'; Way = 'Get-SentMessage' }
        @{ Command = 'Get-MessageConversation'; Way = 'e-mail' }
        @{ Command = 'Get-MessageBroadcast'; Way = '-AllMembers' }
        @{ Command = 'Get-ParticipantGroup'; Way = 'Get-Participant' }
        @{ Command = 'Get-Participant -StudyId $study'; Way = 'Get-Participant' }
        @{ Command = 'Get-WebhookEvent'; Way = 'Get-Participant' }
    ) {
        $failure = Get-OneError ([scriptblock]::Create("$Command @openHumans"))
        Assert-Error $failure NotSupported InvalidOperation -Ended
        $failure.Record.ErrorDetails.RecommendedAction | Should -Match $Way
    }

    It 'an account that is not there ends it' {
        Assert-Error (Get-OneError { Get-UnreadMessage -Account nosuch }) AccountNotFound ObjectNotFound -Ended
    }
}
