# A computer with a proxy: what stays on this computer never passes it (it would see the token in clear text); what goes out does, and the
# proxy learns the name of the service and nothing else.
Describe 'A computer with a proxy' {
    BeforeAll {
        . $PSScriptRoot/Harness.ps1
        Import-TestModule
        $sim = Start-Sim
        $study = Get-SimStudy $sim
        $people = @(Get-SimParticipant $sim)

        # A proxy that writes down what it is asked for, and forwards nothing.
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start()
        $proxy = "http://127.0.0.1:$($listener.LocalEndpoint.Port)"
        $asked = [Collections.Concurrent.ConcurrentQueue[string]]::new()
        $serving = [powershell]::Create().AddScript({
            param($listener, $asked)
            while ($true) {
                try { $client = $listener.AcceptTcpClient() } catch { return }
                $stream = $client.GetStream()
                $reader = [IO.StreamReader]::new($stream)
                $head = while (($line = $reader.ReadLine())) { $line }
                $asked.Enqueue($head -join "`n")
                $answer = [Text.Encoding]::ASCII.GetBytes("HTTP/1.1 502 Bad Gateway`r`nContent-Length: 0`r`nConnection: close`r`n`r`n")
                $stream.Write($answer, 0, $answer.Length)
                $client.Dispose()
            }
        }).AddArgument($listener).AddArgument($asked)
        $null = $serving.BeginInvoke()
        $environment = @{ http_proxy = $proxy; https_proxy = $proxy; all_proxy = $proxy; no_proxy = '' }
        $begin = ". '$PSScriptRoot/Harness.ps1'; Import-TestModule; "
    }
    AfterAll {
        $listener.Stop()
        $serving.Dispose()
        Stop-Sim $sim
    }
    BeforeEach {
        $asked.Clear()
        Clear-Sim $sim
    }

    It 'is there at all: this process would use it' {
        $run = Invoke-Pwsh -Environment $environment ([scriptblock]::Create("(Invoke-WebRequest http://127.0.0.1:$($sim.BaseUri.Port)/_sim/info -SkipHttpErrorCheck).StatusCode"))
        $run.Output | Should -Be 502
        $asked.Count | Should -Be 1
    }

    It 'sees nothing of an account on this computer, whatever its address is called' {
        $run = Invoke-Pwsh -Environment $environment ([scriptblock]::Create($begin + @"
foreach (`$address in 'http://127.0.0.1:$($sim.BaseUri.Port)', 'http://localhost:$($sim.BaseUri.Port)') {
    `$direct = Get-Direct ([pscustomobject]@{ BaseUri = [uri]`$address })
    ('$($people[0].id)' | Send-ParticipantMessage @direct -StudyId $study -Body "Hello from `$address").Status
    @(Get-Participant @direct -StudyId $study).Count -gt 0
    `$null = '{"event_type":"x"}' | Send-WebhookEvent -Uri "`$address/api/v1/nowhere" -ErrorAction SilentlyContinue -WarningAction Ignore
}
"@))
        $run.Output -split '\s+' | Should -Be Sent, True, Sent, True -Because $run.Errors
        @(Get-SimMailbox $sim $people[0].id).Count | Should -Be 2
        @(Get-SimRequests $sim '*/api/v1/nowhere').Count | Should -BeGreaterOrEqual 2
        $asked.Count | Should -Be 0
    }

    It 'is asked for a way to a service elsewhere, and learns no token' {
        $run = Invoke-Pwsh -Environment $environment ([scriptblock]::Create($begin + @"
`$direct = Get-Direct ([pscustomobject]@{ BaseUri = [uri]'https://service.example' })
try { Get-UnreadMessage @direct } catch { `$_.FullyQualifiedErrorId }
"@))
        $run.Output | Should -Match '^ParticipantMessaging\.ConnectionFailed' -Because $run.Errors
        $asked.Count | Should -BeGreaterOrEqual 1
        foreach ($head in $asked) {
            $head | Should -Match '^CONNECT service\.example:443 HTTP/1\.1'
            $head | Should -Not -Match 'Authorization'
            $head | Should -Not -Match ([regex]::Escape($SimProlificToken))
        }
    }
}
