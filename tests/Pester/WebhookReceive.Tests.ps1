# Receive-WebhookEvent and Send-WebhookEvent: the simulator delivers, repeats and shuffles; hostile clients try to get in the way.
BeforeAll {
    . $PSScriptRoot/Harness.ps1
    Import-TestModule
    $sim = Start-Sim @('--participants', '60', '--seed', '9')
    $direct = Get-Direct $sim
    $secret = (New-WebhookSecret @direct -Confirm:$false).Value
    $manifest = Join-Path $env:PM_MODULE 'ParticipantMessaging.psd1'

    # Comes back when it listens.
    function Wait-Receiver($Job, [int] $Port) {
        while ($Job.State -notin 'Failed', 'Completed', 'Stopped') {
            try { [Net.Sockets.TcpClient]::new('127.0.0.1', $Port).Dispose(); return } catch { Start-Sleep -Milliseconds 20 }
        }
        throw "The receiver does not listen: $($Job | Receive-Job 2>&1 | Out-String)"
    }

    # A receiver in a thread of its own; comes back when it listens.
    function Start-Receiver([int] $Port, [hashtable] $Parameters = @{}) {
        $arguments = @{ Prefix = "http://localhost:$Port/hooks/"; Secret = $secret; Timeout = '60s' } + $Parameters
        $job = Start-ThreadJob -ArgumentList $manifest, $arguments {
            param($manifest, $arguments)
            Import-Module $manifest
            Receive-WebhookEvent @arguments
        }
        Wait-Receiver $job $Port
        $job
    }

    function Stop-Receiver($Job) {
        $Job | Stop-Job
        $Job | Receive-Job -ErrorAction SilentlyContinue
        $Job | Remove-Job -Force
    }

    # Another body for each id, unless one is given: the same body, signed in the same second, is the same event.
    function Send-Signed([int] $Port, [string] $Id, [string] $Body = "{`"event_type`":`"x`",`"resource_id`":`"$Id`"}", [string] $Key, [long] $SecondsAgo = 0, [switch] $Unsigned) {
        $time = [string]([DateTimeOffset]::UtcNow.ToUnixTimeSeconds() - $SecondsAgo)
        if (-not $Key) { $Key = ConvertFrom-SecureString $secret -AsPlainText }
        $hash = [Security.Cryptography.HMACSHA256]::HashData([Text.Encoding]::UTF8.GetBytes($Key), [Text.Encoding]::UTF8.GetBytes($time + $Body))
        $headers = @{ 'X-Event-ID' = $Id; 'X-Timestamp' = $time }
        if (-not $Unsigned) {
            $headers['X-Prolific-Request-Timestamp'] = $time
            $headers['X-Prolific-Request-Signature'] = [Convert]::ToBase64String($hash)
        }
        $script:lastHeaders = $headers
        (Invoke-WebRequest "http://localhost:$Port/hooks/" -Method Post -Headers $headers -Body ([Text.Encoding]::UTF8.GetBytes($Body)) -SkipHttpErrorCheck -NoProxy).StatusCode
    }

    # A rehearsal: the account's address is on this machine, so a target may be too.
    function New-LocalSubscription([int] $Port) {
        New-WebhookSubscription -EventType submission.status.change -TargetUrl "http://127.0.0.1:$Port/hooks/" @direct
    }
}

AfterAll {
    Stop-Sim $sim
}

Describe 'Receive-WebhookEvent' {
    BeforeEach {
        Get-WebhookSubscription @direct -NoHealthCheck | Remove-WebhookSubscription @direct -Confirm:$false
        $port = Get-FreePort
    }

    It 'emits each delivered event once, although a third are repeated, all are shuffled and some connections are cut' {
        $subscription = New-LocalSubscription $port
        $job = Start-Receiver $port @{ Count = 60 }
        $made = @((Invoke-Sim $sim events -Body @{ subscriptionId = $subscription.Id; count = 40 }).ids)
        foreach ($cut in 1..10) {
            $client = [Net.Sockets.TcpClient]::new('127.0.0.1', $port)
            $client.GetStream().Write([Text.Encoding]::ASCII.GetBytes("POST /hooks/ HTTP/1.1`r`nContent-Length: 100`r`nX-Event-ID: cut$cut`r`n"))
            $client.Client.LingerState = [Net.Sockets.LingerOption]::new($true, 0)
            $client.Dispose()
        }
        $null = Invoke-Sim $sim deliveries -Body @{ subscriptionId = $subscription.Id; eventIds = $made[0..12]; shuffle = $true; times = 2; parallel = 4 }
        $made += @((Invoke-Sim $sim events -Body @{ subscriptionId = $subscription.Id; count = 20 }).ids)
        $received = @($job | Wait-Job | Receive-Job)
        $received.Count | Should -Be 60
        ($received.Id | Sort-Object) -join ',' | Should -Be (($made | Sort-Object) -join ',')
        $received.IsVerified | Should -Not -Contain $false
        $received.CreatedAt | Should -Not -Contain $null
        $received.ParticipantId | Should -Not -Contain ''
    }

    It 'refuses forged, late and unsigned requests and emits nothing of them' {
        $job = Start-Receiver $port @{ MaxAge = '5m'; Count = 1 }
        Send-Signed $port 'forged' -Key 'another secret' | Should -BeIn 401, 403
        Send-Signed $port 'late' -SecondsAgo 900 | Should -BeIn 401, 403
        Send-Signed $port 'unsigned' -Unsigned | Should -BeIn 401, 403
        (Invoke-WebRequest "http://localhost:$port/hooks/" -SkipHttpErrorCheck -NoProxy).StatusCode | Should -Be 405
        Send-Signed $port 'good' | Should -Be 200
        ($job | Wait-Job | Receive-Job).Id | Should -Be 'good'
    }

    It 'stays up under 200 silent connections, a body of 100 MB and a flood of headers' {
        $job = Start-Receiver $port @{ Count = 3 }
        $before = [GC]::GetTotalMemory($true)
        $clients = 1..200 | ForEach-Object { [Net.Sockets.TcpClient]::new('127.0.0.1', $port) }
        Send-Signed $port 'first' | Should -Be 200
        $large = [Net.Sockets.TcpClient]::new('127.0.0.1', $port)
        $large.GetStream().Write([Text.Encoding]::ASCII.GetBytes("POST /hooks/ HTTP/1.1`r`nContent-Length: $(100MB)`r`nX-Prolific-Request-Timestamp: 1`r`nX-Prolific-Request-Signature: x`r`n`r`n"))
        [IO.StreamReader]::new($large.GetStream()).ReadLine() | Should -Match '^HTTP/1.1 413'
        # The rest comes all the same, until the receiver has had enough of it.
        $part = [byte[]]::new(1MB)
        try { foreach ($n in 1..100) { $large.GetStream().Write($part) } } catch { $null = $_ }
        $flood = [Net.Sockets.TcpClient]::new('127.0.0.1', $port)
        $answer = try {
            $flood.GetStream().Write([Text.Encoding]::ASCII.GetBytes("POST /hooks/ HTTP/1.1`r`n" + ("X-Flood: 0123456789`r`n" * 20000)))
            [IO.StreamReader]::new($flood.GetStream()).ReadLine()
        }
        catch { 'HTTP/1.1 431 closed while writing' }
        $answer | Should -Match '^HTTP/1.1 431'
        Send-Signed $port 'second' | Should -Be 200
        [GC]::GetTotalMemory($true) - $before | Should -BeLessThan 40MB
        Send-Signed $port 'third' | Should -Be 200
        ($job | Wait-Job | Receive-Job).Id | Should -Be 'first', 'second', 'third'
        $clients + $large + $flood | ForEach-Object Dispose
    }

    It 'says where it listens, on the host and not in its output' {
        $all = @(Receive-WebhookEvent "http://localhost:$port/hooks/" -Secret $secret -Timeout 1 6>&1)
        $all.Count | Should -Be 1
        $all[0] | Should -BeOfType ([Management.Automation.InformationRecord])
        "$($all[0])" | Should -Be "Listening on http://localhost:$port/hooks/ for 1 second."
    }

    It 'takes nothing that is older than ten minutes or from the future, unless told otherwise' {
        $job = Start-Receiver $port @{ Count = 1 }
        Send-Signed $port 'old' -SecondsAgo 620 | Should -Be 403
        Send-Signed $port 'from the future' -SecondsAgo -620 | Should -Be 403
        Send-Signed $port 'from the year 9999' -SecondsAgo -251600000000 | Should -Be 403
        Send-Signed $port 'new' -SecondsAgo 500 | Should -Be 200
        ($job | Wait-Job | Receive-Job -WarningVariable warned -WarningAction SilentlyContinue).Id | Should -Be 'new'
        $job = Start-Receiver $port @{ Count = 1; MaxAge = '1h' }
        Send-Signed $port 'old' -SecondsAgo 620 | Should -Be 200
        ($job | Wait-Job | Receive-Job).Id | Should -Be 'old'
    }

    It 'gives a recorded request out once, whatever id it is replayed under, and drops no genuine event for it' {
        $job = Start-Receiver $port @{ Count = 2 }
        $body = '{"event_type":"submission.status.change","resource_id":"r"}'
        Send-Signed $port 'genuine' $body | Should -Be 200
        $recorded = $lastHeaders
        $recorded['X-Event-ID'] = 'to come'
        (Invoke-WebRequest "http://localhost:$port/hooks/" -Method Post -Headers $recorded -Body ([Text.Encoding]::UTF8.GetBytes($body)) -NoProxy).StatusCode | Should -Be 200
        Send-Signed $port 'to come' | Should -Be 200
        $records = @($job | Wait-Job | Receive-Job 3>&1)
        ($records | Where-Object { $_ -is [ParticipantMessaging.WebhookEvent] }).Id | Should -Be 'genuine', 'to come'
        "$($records | Where-Object { $_ -is [Management.Automation.WarningRecord] })" | Should -Match "'to come' is the very request of event 'genuine'"
    }

    It 'goes on with a new secret that another session has made' {
        # A simulator of its own: the others' secret stays.
        $service = Start-Sim @('--participants', '2', '--seed', '10')
        try {
            $lab = Get-Direct $service
            $old = (New-WebhookSecret @lab -Confirm:$false -AsPlainText).PlainText
            $job = Start-ThreadJob -ArgumentList $manifest, $port, $lab {
                param($manifest, $port, $lab)
                Import-Module $manifest
                Receive-WebhookEvent "http://localhost:$port/hooks/" @lab -Count 2 -Timeout 60s
            }
            Wait-Receiver $job $port
            Send-Signed $port 'before' -Key $old | Should -Be 200
            $null = Invoke-Sim $service requests -Method Delete
            $new = (New-WebhookSecret @lab -Confirm:$false -AsPlainText).PlainText
            Send-Signed $port 'after' -Key $new | Should -Be 200
            @(Get-SimRequests $service 'GET /api/v1/hooks/secrets/*').Count | Should -Be 1
            $records = @($job | Wait-Job | Receive-Job 3>&1)
            ($records | Where-Object { $_ -is [ParticipantMessaging.WebhookEvent] }).Id | Should -Be 'before', 'after'
            "$($records | Where-Object { $_ -is [Management.Automation.WarningRecord] })" | Should -Match 'was replaced'
        }
        finally { Stop-Sim $service }
    }

    It 'ends after -Timeout' {
        @(Receive-WebhookEvent "http://localhost:$port/hooks/" -Secret $secret -Timeout 1).Count | Should -Be 0
    }

    It 'answers 2xx only when the pipeline has taken the event' {
        $job = Start-ThreadJob -ArgumentList $manifest, $port, $secret {
            param($manifest, $port, $secret)
            Import-Module $manifest
            Receive-WebhookEvent "http://localhost:$port/hooks/" -Secret $secret | ForEach-Object {
                if ($_.Id -eq 'two') { throw 'The script has a bug.' }
                $_
            }
        }
        Wait-Receiver $job $port
        Send-Signed $port 'one' | Should -Be 200
        Send-Signed $port 'two' | Should -Be 503
        $output = $job | Wait-Job | Receive-Job -ErrorAction SilentlyContinue
        $output.Id | Should -Be 'one'
        { Send-Signed $port 'three' } | Should -Throw
    }

    It 'accepts what Select-Object -First takes, and no more' {
        $job = Start-ThreadJob -ArgumentList $manifest, $port, $secret {
            param($manifest, $port, $secret)
            Import-Module $manifest
            Receive-WebhookEvent "http://localhost:$port/hooks/" -Secret $secret | Select-Object -First 1
        }
        Wait-Receiver $job $port
        Send-Signed $port 'one' | Should -Be 200
        ($job | Wait-Job | Receive-Job).Id | Should -Be 'one'
        { Send-Signed $port 'two' } | Should -Throw
    }

    It 'hands an event on to another address before it accepts it' {
        $second = Get-FreePort
        $target = Start-Receiver $second @{ Count = 1 }
        $job = Start-Receiver $port @{ ForwardTo = "http://localhost:$second/hooks/"; Count = 1 }
        Send-Signed $port 'f1' '{ "event_type" :  "spaced" }' | Should -Be 200
        $forwarded = $target | Wait-Job | Receive-Job
        "$($forwarded.Payload)" | Should -BeExactly '{ "event_type" :  "spaced" }'
        $forwarded.Id | Should -Be 'f1'
        $null = $job | Wait-Job | Receive-Job

        $job = Start-Receiver $port @{ ForwardTo = "http://localhost:$second/hooks/" }
        Send-Signed $port 'f2' | Should -BeGreaterOrEqual 500
        Stop-Receiver $job | Should -BeNullOrEmpty
    }

    It 'listens for this computer only, unless told otherwise' {
        (Get-ErrorFrom { Receive-WebhookEvent 'http://+:8080/' -Secret $secret -Timeout 1 }).FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
        (Get-ErrorFrom { Receive-WebhookEvent 'https://localhost:8080/' -Secret $secret -Timeout 1 }).ErrorDetails.Message | Should -Match 'plain HTTP'
    }

    It 'reads the secret of the account when none is given' {
        $job = Start-ThreadJob -ArgumentList $manifest, $port, $direct {
            param($manifest, $port, $direct)
            Import-Module $manifest
            Receive-WebhookEvent "http://localhost:$port/hooks/" @direct -Count 1 -Timeout 300s
        }
        Wait-Receiver $job $port
        $null = Send-Signed $port 'a'
        $event = $job | Wait-Job | Receive-Job
        $event.Id | Should -Be 'a'
        $event.Account | Should -BeLike 'Prolific@*'
    }
}

Describe 'Send-WebhookEvent' {
    It 'remembers what was taken, and leaves it out the next time' {
        $port = Get-FreePort
        $subscription = New-LocalSubscription (Get-FreePort)
        $null = Invoke-Sim $sim events -Body @{ subscriptionId = $subscription.Id; count = 3; status = 'FAILED' }
        $replay = @{ Uri = "http://localhost:$port/hooks/"; Secret = $secret; Checkpoint = 'replayed' }
        # Nobody listens yet: nothing is taken, so nothing is remembered. -WhatIf remembers nothing either.
        @(Get-WebhookEvent $subscription.Id @direct | Send-WebhookEvent @replay -ErrorAction SilentlyContinue).Ok | Should -Not -Contain $true
        Get-WebhookEvent $subscription.Id @direct | Send-WebhookEvent @replay -WhatIf
        $job = Start-Receiver $port @{ Count = 4 }
        @(Get-WebhookEvent $subscription.Id @direct | Send-WebhookEvent @replay).Count | Should -Be 3
        $null = Invoke-Sim $sim events -Body @{ subscriptionId = $subscription.Id; status = 'FAILED' }
        @(Get-WebhookEvent $subscription.Id @direct | Send-WebhookEvent @replay).Count | Should -Be 1
        @($job | Wait-Job | Receive-Job).Count | Should -Be 4
    }

    It 'closes the gap of a receiver that was away, nothing twice' {
        $port = Get-FreePort
        $subscription = New-LocalSubscription $port
        $job = Start-Receiver $port
        $seen = @((Invoke-Sim $sim events -Body @{ subscriptionId = $subscription.Id; count = 5 }).ids)
        while (@(Get-WebhookEvent $subscription.Id -Status SUCCEEDED @direct).Count -lt 5) { Start-Sleep -Milliseconds 50 }
        $first = @(Stop-Receiver $job)
        $missed = @((Invoke-Sim $sim events -Body @{ subscriptionId = $subscription.Id; count = 8 }).ids)
        while (@(Get-WebhookEvent $subscription.Id -Status FAILED @direct).Count -lt 8) { Start-Sleep -Milliseconds 50 }
        # Otherwise the service would try again by itself, within a minute, and perhaps come first.
        $null = Set-WebhookSubscription $subscription.Id -IsEnabled $false @direct

        $job = Start-Receiver $port
        $results = @(Get-WebhookEvent $subscription.Id -Since 1h -Status FAILED @direct | Send-WebhookEvent "http://localhost:$port/hooks/" -Secret $secret)
        # And again, as somebody does who is not sure.
        $null = Get-WebhookEvent $subscription.Id -Since 1h @direct | Where-Object Id -in $missed | Send-WebhookEvent "http://localhost:$port/hooks/" -Secret $secret
        $second = @(Stop-Receiver $job)
        $results.Ok | Should -Not -Contain $false
        ($results.EventId | Sort-Object) -join ',' | Should -Be (($missed | Sort-Object) -join ',')
        (@($first.Id) + @($second.Id) | Sort-Object) -join ',' | Should -Be (($seen + $missed | Sort-Object) -join ',')
        $second[0].ParticipantId | Should -Not -BeNullOrEmpty
    }

    It 'gives one result and one error per event that is not taken' {
        $port = Get-FreePort
        $results = '{"event_type":"a"}', 'no json', '{"event_type":"b"}' | Send-WebhookEvent "http://localhost:$port/" -Secret $secret -ErrorVariable problems -ErrorAction SilentlyContinue
        $results.Count | Should -Be 2
        $results.Ok | Should -Be $false, $false
        $problems.ForEach({ $_.FullyQualifiedErrorId -replace ',.*' }) | Should -Be @('ParticipantMessaging.ConnectionFailed', 'ParticipantMessaging.InvalidRequest', 'ParticipantMessaging.ConnectionFailed')
        $problems[1].TargetObject | Should -Be 'no json'
    }

    It 'posts nothing under -WhatIf and nowhere in clear text' {
        $port = Get-FreePort
        $job = Start-Receiver $port
        '{"event_type":"a"}' | Send-WebhookEvent "http://localhost:$port/hooks/" -Secret $secret -WhatIf | Should -BeNullOrEmpty
        Stop-Receiver $job | Should -BeNullOrEmpty
        (Get-ErrorFrom { '{}' | Send-WebhookEvent 'http://hooks.example.org/' -Secret $secret }).FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
    }

    It 'signs with the secret of the account that the events were read with' -Skip:(-not ((Get-Module Microsoft.PowerShell.SecretManagement -ListAvailable) -and (Get-Module Microsoft.PowerShell.SecretStore -ListAvailable))) {
        New-TestVault
        Register-SimAccount $sim hooklab
        $port = Get-FreePort
        $closed = Get-FreePort
        $subscription = New-LocalSubscription $closed
        $null = Invoke-Sim $sim events -Body @{ subscriptionId = $subscription.Id; count = 2; status = 'FAILED' }
        $job = Start-Receiver $port
        (Get-WebhookEvent $subscription.Id -Account hooklab | Send-WebhookEvent "http://localhost:$port/hooks/").IsSigned | Should -Be $true, $true
        @(Stop-Receiver $job).Count | Should -Be 2
        $unsigned = Get-WebhookEvent $subscription.Id @direct -First 1 | Send-WebhookEvent "http://localhost:$closed/" -WarningVariable warning -WarningAction SilentlyContinue -ErrorAction SilentlyContinue
        $unsigned.IsSigned | Should -BeFalse
        "$warning" | Should -Match 'unsigned'
    }
}
