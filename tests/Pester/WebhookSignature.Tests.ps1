# Test-WebhookSignature and ConvertFrom-WebhookRequest: the vectors of the facts, the reasons, and every form in which Azure hands a request over.
BeforeDiscovery {
    $vectors = @(
        @{ Body = '{"resource_id": "6394cee383e14a167638b368", "event_type": "study.status.change", "metadata": {}, "status": "ACTIVE"}'; Signature = 'iDjUVprGEBq+UraMmDUC49fJ9RTiVbbkQhE6BzHS8Nc=' }
        @{ Body = '{"resource_id":"6394cee383e14a167638b368","event_type":"study.status.change","metadata":{},"status":"ACTIVE"}'; Signature = 'atR5KpyJfXwP7vF3P7QPgLAN3ayrv9f3zl2MMOPMoeY=' }
        @{ Body = '{"resource_id": "64f0c1d2e3a4b5c6d7e8f901", "event_type": "submission.status.change", "participant_id": "5f8d0c3e4b2a1c0012345678", "status": "AWAITING REVIEW"}'; Signature = 'oZZjEMj0UaKttqv+6pl/tOKLCRZBH1FOkL0FrJ0FYD4=' }
        @{ Body = "{`"resource_id`": `"abc`", `"event_type`": `"study.progress.change`", `"note`": `"caf$([char]0xE9) $([char]0x2713)`"}"; Signature = 'DuSEbwByajjt5sNNVQHVZoAbKI6hxb+qKXKD/xzUhZo=' }
        @{ Body = ''; Signature = 'S+gN8/6rGbLOzjNAzw8CabIuF3wgAiKeaTds09ctVZE=' }
    )
    $wrong = @(
        @{ Name = 'body before timestamp'; Signature = 'HP13iX2zwZTzaVsOnj2BmLIKRGU4bF7mG7yErzlks8Q=' }
        @{ Name = 'full stop between'; Signature = 'OzC/VBea041hTrwIW1ZLlFvdh4Vz0kxoEEPB8bEGN5A=' }
        @{ Name = 'body alone'; Signature = 'NkucCeBB3qdVdxoNULJLEQ7qU978NylQ2djJbCC6J4k=' }
        @{ Name = 'secret with a line break'; Signature = 'pZKN74OSRcuu+W4QI4FeEr4+Z1itQPi3OgF1EuWWCgY=' }
    )
    $forms = 'object with header object', 'object with header hashtable', 'hashtable', 'JSON text', 'text without quotes', 'Azure Function request' | ForEach-Object { @{ Form = $_ } }
}

BeforeAll {
    . $PSScriptRoot/Harness.ps1
    Import-TestModule
    $secret = ConvertTo-Secure 'whsec_test_0123456789abcdef'
    $other = ConvertTo-Secure 'another secret'
    $time = '1700000000'
    $first = '{"resource_id": "6394cee383e14a167638b368", "event_type": "study.status.change", "metadata": {}, "status": "ACTIVE"}'
    $firstSignature = 'iDjUVprGEBq+UraMmDUC49fJ9RTiVbbkQhE6BzHS8Nc='
    $call = @{ Timestamp = $time; Signature = $firstSignature; Secret = $secret }

    # The names and values of a real delivery, some of them with commas and colons.
    $headers = [ordered]@{
        Host = 'abc.webhook.we.azure-automation.net'
        Accept = 'text/html,application/xml;q=0.9,*/*'
        'User-Agent' = 'Mozilla/5.0 (X11; Linux), a: b'
        'x-prolific-request-signature' = $firstSignature
        'X-Prolific-Request-Timestamp' = $time
        'X-Event-ID' = '65f0c1d2e3a4b5c6d7e8f901'
        'X-Timestamp' = '1699999990'
    }
    function New-WebhookData([string] $Form, [string] $Body) {
        switch ($Form) {
            'object with header object' { [pscustomobject]@{ WebhookName = 'x'; RequestBody = $Body; RequestHeader = [pscustomobject]$headers } }
            'object with header hashtable' { [pscustomobject]@{ WebhookName = 'x'; RequestBody = $Body; RequestHeader = $headers } }
            'hashtable' { @{ WebhookName = 'x'; RequestBody = $Body; RequestHeader = $headers } }
            'JSON text' { [pscustomobject]@{ WebhookName = 'x'; RequestBody = $Body; RequestHeader = [pscustomobject]$headers } | ConvertTo-Json -Compress }
            'text without quotes' { "{WebhookName:x,RequestBody:$Body,RequestHeader:{$(($headers.GetEnumerator() | ForEach-Object { "$($_.Key):$($_.Value)" }) -join ',')}}" }
            'Azure Function request' { [pscustomobject]@{ Method = 'POST'; Headers = $headers; Body = ($Body | ConvertFrom-Json -ErrorAction Ignore); RawBody = $Body } }
        }
    }
}

Describe 'Test-WebhookSignature' {
    It 'verifies the vector <Signature>' -ForEach $vectors {
        Test-WebhookSignature -Body $Body -Timestamp $time -Signature $Signature -Secret $secret | Should -BeTrue
        Test-WebhookSignature -Body ([Text.Encoding]::UTF8.GetBytes($Body)) -Timestamp $time -Signature $Signature -Secret $secret | Should -BeTrue
    }

    It 'does not verify a signature over <Name>' -ForEach $wrong {
        Test-WebhookSignature -Body $first -Timestamp $time -Signature $Signature -Secret $secret | Should -BeFalse
    }

    It 'takes several secrets, of which any may match, and what Get-WebhookSecret emits' {
        Test-WebhookSignature -Body $first @call | Should -BeTrue
        Test-WebhookSignature -Body $first -Timestamp $time -Signature $firstSignature -Secret $other, $secret | Should -BeTrue
        Test-WebhookSignature -Body $first -Timestamp $time -Signature $firstSignature -Secret $other | Should -BeFalse
        $emitted = [ParticipantMessaging.WebhookSecret]::new() | ForEach-Object { $_.GetType().GetProperty('Value').SetValue($_, $secret); $_ }
        Test-WebhookSignature -Body $first -Timestamp $time -Signature $firstSignature -Secret $emitted | Should -BeTrue
    }

    It 'takes bytes that Get-Content gives, whole or one by one, and refuses lines' {
        $file = Join-Path $TestDrive 'body.json'
        [IO.File]::WriteAllText($file, $first)
        Test-WebhookSignature -Body (Get-Content $file -AsByteStream -Raw) @call | Should -BeTrue
        Test-WebhookSignature -Body (Get-Content $file -AsByteStream) @call | Should -BeTrue
        $e = Get-ErrorFrom { Test-WebhookSignature -Body @('{', '}') @call }
        $e.FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
    }

    It 'takes the payload of an event' {
        $event = New-WebhookData 'JSON text' $first | ConvertFrom-WebhookRequest -Secret $secret
        Test-WebhookSignature -Body $event.Payload @call | Should -BeTrue
    }

    It 'says why it does not match' {
        $tries = @(
            @{ Body = $first | ConvertFrom-Json | ConvertTo-Json; Reason = 'BodyReserialized' }
            @{ Body = $first | ConvertFrom-Json | ConvertTo-Json -Compress; Reason = 'BodyReserialized' }
            @{ Body = "$first`n"; Reason = 'LineBreakChanged' }
            @{ Body = "$first`r`n"; Reason = 'LineBreakChanged' }
            @{ Body = "$([char]0xFEFF)$first"; Reason = 'ByteOrderMarkChanged' }
            @{ Body = $first; Reason = 'TimestampMissing'; Timestamp = '' }
            @{ Body = $first; Reason = 'SignatureMissing'; Signature = $null }
            @{ Body = $first; Reason = 'SignatureNotBase64'; Signature = 'not base64' }
            @{ Body = $first; Reason = 'TimestampNotANumber'; Timestamp = 'yesterday' }
            @{ Body = $first; Reason = 'WrongSecret'; Secret = $other }
            @{ Body = $first; Reason = 'TimestampOutsideWindow'; MaxAge = '5m' }
        )
        foreach ($try in $tries) {
            $parameters = $call.Clone()
            foreach ($key in $try.Keys.Where({ $_ -ne 'Reason' })) { $parameters[$key] = $try[$key] }
            $result = Test-WebhookSignature @parameters -Detailed
            $result.IsValid | Should -BeFalse
            $result.Reason | Should -Be $try.Reason
            $result.Message | Should -Match '\.$'
        }
        (Test-WebhookSignature -Body $first @call -Detailed).IsValid | Should -BeTrue
    }

    It 'refuses a secret in plain text without showing it' {
        $e = Get-ErrorFrom { Test-WebhookSignature -Body $first -Timestamp $time -Signature $firstSignature -Secret 'hush-hush' }
        "$e" | Should -Not -Match 'hush'
    }
}

Describe 'ConvertFrom-WebhookRequest' {
    It 'reads the form: <Form>' -ForEach $forms {
        $event = New-WebhookData $Form $first | ConvertFrom-WebhookRequest -Secret $secret
        $event | Should -BeOfType ([ParticipantMessaging.WebhookEvent])
        $event.Id | Should -Be '65f0c1d2e3a4b5c6d7e8f901'
        $event.EventType | Should -Be 'study.status.change'
        $event.ResourceStatus | Should -Be 'ACTIVE'
        $event.CreatedAt | Should -Be ([DateTimeOffset]::FromUnixTimeSeconds(1699999990))
        $event.IsVerified | Should -BeTrue
        "$($event.Payload)" | Should -BeExactly $first
    }

    It 'refuses a changed body of the form: <Form>' -ForEach $forms {
        $data = New-WebhookData $Form $first.Replace('ACTIVE', 'PAUSED')
        $output = ConvertFrom-WebhookRequest $data -Secret $secret -ErrorVariable problem -ErrorAction SilentlyContinue
        $output | Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidSignature,*'
        $problem[0].CategoryInfo.Category | Should -Be 'SecurityError'
        if ($Form -eq 'text without quotes') { "$($problem[0])" | Should -Match 'without its quotes' }
        "$($problem[0])" | Should -Not -Match 'PAUSED'
    }

    It 'takes headers of any kind and a body as text or bytes' {
        $web = [Net.WebHeaderCollection]::new()
        $message = [Net.Http.HttpRequestMessage]::new()
        $arrays = @{}
        $typed = [Collections.Generic.Dictionary[string, string[]]]::new()
        foreach ($name in $headers.Keys) {
            $web.Add($name, $headers[$name])
            $null = $message.Headers.TryAddWithoutValidation($name, [string]$headers[$name])
            $arrays[$name.ToUpperInvariant()] = @($headers[$name])
            $typed[$name] = [string[]]@($headers[$name])
        }
        foreach ($kind in $headers, $web, $message.Headers, $arrays, $typed, [pscustomobject]$headers) {
            (ConvertFrom-WebhookRequest -Headers $kind -Body $first -Secret $secret).Id | Should -Be '65f0c1d2e3a4b5c6d7e8f901'
        }
        (ConvertFrom-WebhookRequest -Headers $headers -Body ([Text.Encoding]::UTF8.GetBytes($first)) -Secret $secret).IsVerified | Should -BeTrue
    }

    It 'goes on after a bad one, and parses nothing that is not verified' {
        $good = New-WebhookData 'JSON text' $first
        $bad = New-WebhookData 'hashtable' '{ not json'
        $events = $good, $bad, 42, $null, $good | ConvertFrom-WebhookRequest -Secret $secret -ErrorVariable problems -ErrorAction SilentlyContinue
        $events.Count | Should -Be 2
        $problems.ForEach({ $_.FullyQualifiedErrorId -replace ',.*' }) | Should -Be @('ParticipantMessaging.InvalidSignature', 'ParticipantMessaging.InvalidRequest', 'ParticipantMessaging.InvalidRequest')
        [object]::ReferenceEquals($problems[0].TargetObject, $bad) | Should -BeTrue
    }

    It 'marks what it was told not to check' {
        $event = New-WebhookData 'hashtable' '{"event_type":"unheard.of","status":"x"}' | ConvertFrom-WebhookRequest -SkipVerification
        $event.IsVerified | Should -BeFalse
        $event.EventType | Should -Be 'unheard.of'
        $e = Get-ErrorFrom { New-WebhookData 'hashtable' 'no json' | ConvertFrom-WebhookRequest -SkipVerification }
        $e.FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidResponse,*'
    }

    It 'turns a request away that is too old' {
        $e = Get-ErrorFrom { New-WebhookData 'JSON text' $first | ConvertFrom-WebhookRequest -Secret $secret -MaxAge 10m }
        $e.FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidSignature,*'
        $e.CategoryInfo.Category | Should -Be 'SecurityError'
        (New-WebhookData 'JSON text' $first | ConvertFrom-WebhookRequest -Secret $secret -MaxAge 36500d).IsVerified | Should -BeTrue
    }
}
