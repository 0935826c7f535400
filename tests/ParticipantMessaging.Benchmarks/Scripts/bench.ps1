# One measurement in a fresh PowerShell. The task's name picks what is measured; the rest comes as JSON. Prints "RESULT {json}":
# wall and CPU time in milliseconds of the measured part alone, the process' peak memory, and how many items came out.
param(
    [Parameter(Mandatory)][string] $Task,
    [Parameter(Mandatory)][string] $Json
)

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$PSStyle.OutputRendering = 'PlainText'
$given = $Json | ConvertFrom-Json
$process = [Diagnostics.Process]::GetCurrentProcess()

function Measure-Work([scriptblock] $Script) {
    [GC]::Collect()
    [GC]::WaitForPendingFinalizers()
    $process.Refresh()
    $cpu = $process.TotalProcessorTime
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $items = & $Script
    $watch.Stop()
    $process.Refresh()
    $peak = if ($IsLinux) { [double]((Get-Content /proc/self/status | Select-String '^VmHWM:\s+(\d+)').Matches[0].Groups[1].Value) / 1024 } else { $process.PeakWorkingSet64 / 1MB }
    'RESULT ' + (ConvertTo-Json -Compress @{
            wallMs = $watch.Elapsed.TotalMilliseconds
            cpuMs  = ($process.TotalProcessorTime - $cpu).TotalMilliseconds
            peakMb = $peak
            items  = [long]($items | Select-Object -Last 1)
        })
}

function Import-Ours {
    Import-Module $given.module
}

function Get-Connection {
    @{ Provider = 'Prolific'; Token = (ConvertTo-SecureString $given.token -AsPlainText -Force); BaseUri = [uri]$given.baseUri }
}

# For this process alone, where the version can say that; the home is the measurement's own either way.
function Set-Ledger([hashtable] $Where) {
    if ((Get-Command Set-MessageLedger).Parameters.ContainsKey('Scope')) { $Where.Scope = 'Session' }
    Set-MessageLedger @Where -WarningAction Ignore
}

# The same few calls for everybody before the clock starts: what is measured is the work, not the compiler.
function Send-One($Row) {
    $body = @{ recipient_id = $Row.participant_id; study_id = $given.study; body = "Dear $($Row.first_name), your code is $($Row.code)." } | ConvertTo-Json -Compress
    Invoke-RestMethod "$($given.baseUri)api/v1/messages/" -Method Post -Body $body -ContentType 'application/json' -Headers @{ Authorization = "Token $($given.token)" } | Out-Null
}

$text = 'Dear {{ first_name }}, your code is {{ code }}.'
$equal = 'Dear participant, the second wave has begun. Please come back this week.'

switch ($Task) {
    'import' { Measure-Work { Import-Module $given.module; 1 } }

    'csv-null' { Measure-Work { Import-Csv $given.list | Out-Null; $given.count } }
    'csv-keep' { Measure-Work { $rows = Import-Csv $given.list; $rows.Count } }
    'csv-whatif' {
        Import-Ours
        $connection = Get-Connection
        Import-Csv $given.warmList | Send-ParticipantMessage @connection -StudyId $given.study -Body $equal -WhatIf 6>$null | Out-Null
        Measure-Work { $script:n = 0; Import-Csv $given.list | Send-ParticipantMessage @connection -StudyId $given.study -Body $equal -WhatIf | Out-Null; $given.count }
    }
    'csv-bulk' {
        Import-Ours
        $connection = Get-Connection
        Import-Csv $given.warmList | Send-ParticipantMessage @connection -StudyId $given.study -Body "$equal (warm)" | Out-Null
        Measure-Work { Import-Csv $given.list | Send-ParticipantMessage @connection -StudyId $given.study -Body $equal -Campaign $given.campaign | Out-Null; $given.count }
    }
    'skip' {
        Import-Ours
        $connection = Get-Connection
        Import-Csv $given.warmList | Send-ParticipantMessage @connection -StudyId $given.study -Body $equal -Campaign $given.campaign | Out-Null
        Measure-Work {
            $skipped = 0
            Import-Csv $given.list | Send-ParticipantMessage @connection -StudyId $given.study -Body $equal -Campaign $given.campaign |
                . { process { if ($_.Status -eq 'Skipped') { $skipped++ } } }
            $skipped
        }
    }

    'send-ours' {
        Import-Ours
        $connection = Get-Connection
        Import-Csv $given.warmList | Send-ParticipantMessage @connection -StudyId $given.study -Body "Warm: $text" -ThrottleLimit $given.throttle | Out-Null
        Measure-Work {
            $sent = 0
            Import-Csv $given.list | Send-ParticipantMessage @connection -StudyId $given.study -Body $text -ThrottleLimit $given.throttle |
                . { process { if ($_.Status -eq 'Sent') { $sent++ } } }
            $sent
        }
    }
    'send-sequential' {
        Import-Csv $given.warmList | ForEach-Object { Send-One $_ }
        Measure-Work { $sent = 0; Import-Csv $given.list | ForEach-Object { Send-One $_; $sent++ }; $sent }
    }
    'send-parallel' {
        $each = {
            $given = $using:given
            $row = $_
            $body = @{ recipient_id = $row.participant_id; study_id = $given.study; body = "Dear $($row.first_name), your code is $($row.code)." } | ConvertTo-Json -Compress
            Invoke-RestMethod "$($given.baseUri)api/v1/messages/" -Method Post -Body $body -ContentType 'application/json' -Headers @{ Authorization = "Token $($given.token)" } | Out-Null
            1
        }
        Import-Csv $given.warmList | ForEach-Object -Parallel $each -ThrottleLimit $given.throttle | Out-Null
        Measure-Work { (Import-Csv $given.list | ForEach-Object -Parallel $each -ThrottleLimit $given.throttle | Measure-Object).Count }
    }

    'people-ours' {
        Import-Ours
        $connection = Get-Connection
        Get-Participant @connection -StudyId $given.study | Select-Object -First 200 | Out-Null
        Measure-Work { $n = 0; Get-Participant @connection -StudyId $given.study | . { process { $n++ } }; $n }
    }
    'people-loop' {
        function Read-All([int] $Most) {
            $offset = 0
            do {
                $page = Invoke-RestMethod "$($given.baseUri)api/v1/studies/$($given.study)/submissions/?limit=200&offset=$offset" -Headers @{ Authorization = "Token $($given.token)" }
                $page.results
                $offset += $page.results.Count
            } while ($offset -lt [Math]::Min($Most, $page.meta.count))
        }
        Read-All 200 | Out-Null
        Measure-Work { $n = 0; Read-All ([int]::MaxValue) | . { process { $n++ } }; $n }
    }

    # Nothing is warm: this is the whole of what somebody waits for who sends one message.
    'first-direct' {
        $row = (Import-Csv $given.list)[$given.index]
        Measure-Work { Send-One $row; 1 }
    }
    'first-ours' {
        $row = (Import-Csv $given.list)[$given.index]
        $token = ConvertTo-SecureString $given.token -AsPlainText -Force
        Measure-Work {
            Import-Module $given.module
            $body = "Dear $($row.first_name), your code is $($row.code)."
            $receipt = Send-ParticipantMessage -ParticipantId $row.participant_id -Provider Prolific -Token $token -BaseUri ([uri]$given.baseUri) -StudyId $given.study -Body $body
            [int]($receipt.Status -eq 'Sent')
        }
    }

    'sent-ours' {
        Import-Ours
        Set-Ledger @{ Path = $given.ledger }
        Get-SentMessage | Select-Object -First 1000 | Out-Null
        Measure-Work { $n = 0; Get-SentMessage | . { process { $n++ } }; $n }
    }

    'sent-fill' {
        Import-Ours
        $connection = Get-Connection
        Set-Ledger @{ Path = $given.ledger }
        Measure-Work { (Import-Csv $given.list | Send-ParticipantMessage @connection -StudyId $given.study -Body $equal -Campaign fill | Where-Object Status -eq Sent).Count }
    }

    'resolve-prepare' {
        Import-Ours
        $connection = Get-Connection
        $unknown = Import-Csv $given.warmList, $given.list | Send-ParticipantMessage @connection -StudyId $given.study -Body $equal -Campaign open -ErrorAction Ignore -BatchSize 1050 |
            Where-Object Status -eq Unknown
        Measure-Work { $unknown.Count - 50 }
    }
    'resolve-ours' {
        Import-Ours
        $connection = Get-Connection
        $open = @(Get-SentMessage -Status Unknown | Sort-Object Id)
        $open[0..49] | Resolve-SentMessage @connection -MinimumAge 0 | Out-Null
        Measure-Work { $n = 0; $open[50..($open.Count - 1)] | Resolve-SentMessage @connection -MinimumAge 0 | . { process { if ($_.Status -eq 'Sent') { $n++ } } }; $n }
    }
    'resolve-loop' {
        function Test-Arrived($Row) {
            $answer = Invoke-RestMethod "$($given.baseUri)api/v1/messages/?user_id=$($Row.participant_id)" -Headers @{ Authorization = "Token $($given.token)" }
            $answer.results.body -contains $equal
        }
        Import-Csv $given.warmList | ForEach-Object { Test-Arrived $_ } | Out-Null
        Measure-Work { $n = 0; Import-Csv $given.list | ForEach-Object { if (Test-Arrived $_) { $n++ } }; $n }
    }

    'machine' {
        Import-Ours
        $connection = Get-Connection
        Set-Ledger @{ ConnectionString = $given.postgres }
        $again = (Get-Command Send-ParticipantMessage).Parameters.ContainsKey('RepeatAfter') ? @{ RepeatAfter = 0 } : @{}
        Import-Csv $given.warmList | Send-ParticipantMessage @connection -StudyId $given.study -Body "Warm $PID`: {{ first_name }} {{ code }}" -ThrottleLimit 4 @again | Out-Null
        # All of them begin together.
        $null = New-Item -ItemType File (Join-Path $given.gate $PID)
        while (@(Get-ChildItem $given.gate -File).Count -lt $given.processes) { Start-Sleep -Milliseconds 20 }
        Measure-Work {
            $sent = 0
            Import-Csv $given.list | Send-ParticipantMessage @connection -StudyId $given.study -Body $text -Campaign $given.campaign -ThrottleLimit 4 |
                . { process { if ($_.Status -eq 'Sent') { $sent++ } } }
            $sent
        }
    }

    'events-ours' {
        Import-Ours
        $connection = Get-Connection
        Get-WebhookEvent @connection -SubscriptionId $given.subscription -First 1000 | Out-Null
        Measure-Work { $n = 0; Get-WebhookEvent @connection -SubscriptionId $given.subscription -First $given.count | . { process { $n++ } }; $n }
    }
    'events-loop' {
        # A paging loop as one finds it in people's scripts, with the largest page.
        function Read-All([long] $Most) {
            $offset = 0
            do {
                $page = Invoke-RestMethod "$($given.baseUri)api/v1/hooks/subscriptions/$($given.subscription)/events/?limit=1000&offset=$offset" -Headers @{ Authorization = "Token $($given.token)" }
                $page.results
                $offset += $page.results.Count
            } while ($page.results.Count -gt 0 -and $offset -lt $Most)
        }
        Read-All 1000 | Out-Null
        Measure-Work { $n = 0; Read-All $given.count | . { process { $n++ } }; $n }
    }

    'signature-cmdlet' {
        Import-Ours
        $secret = ConvertTo-SecureString $given.secret -AsPlainText -Force
        $body = $given.body
        foreach ($i in 1..200) { $null = Test-WebhookSignature -Body $body -Timestamp $given.timestamp -Signature $given.signature -Secret $secret }
        Measure-Work {
            $good = 0
            foreach ($i in 1..$given.count) { if (Test-WebhookSignature -Body $body -Timestamp $given.timestamp -Signature $given.signature -Secret $secret) { $good++ } }
            $good
        }
    }
    default { throw "There is no task '$Task'." }
}
