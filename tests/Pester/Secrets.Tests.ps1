# A token never shows: not in output, streams, $Error, a transcript or a message about a wrong parameter.
BeforeDiscovery {
    . $PSScriptRoot/Harness.ps1
    $noVault = -not (Test-VaultModules)
}

BeforeAll {
    . $PSScriptRoot/Harness.ps1
    Import-TestModule
    $sim = Start-Sim
}

AfterAll { Stop-Sim $sim }

Describe 'A token' {
    It 'is in no message when it is given as plain text by mistake (<_>)' -ForEach @('Test-MessagingAccount', 'Register-MessagingAccount') {
        $words = @{ Provider = 'Prolific'; Token = 'plainSecretText'; ErrorAction = 'Stop' }
        if ($_ -eq 'Register-MessagingAccount') { $words.Name = 'x' }
        $problem = Get-ErrorFrom { & $_ @words }
        $problem | Should -Not -BeNullOrEmpty
        ($problem | Format-List * -Force | Out-String -Width 1000) | Should -Not -Match 'plainSecretText'
    }

    It 'shows nowhere in a session that does and fails a lot' -Skip:$noVault {
        # Only clear texts made inside; what a user types is the user's.
        $run = Invoke-Pwsh -Environment @{ SIM = $sim.BaseUri; HARNESS = "$PSScriptRoot/Harness.ps1" } {
            . $env:HARNESS
            $transcript = Join-Path ([IO.Path]::GetTempPath()) "$([Guid]::NewGuid()).txt"
            $null = Start-Transcript $transcript -UseMinimalHeader
            $VerbosePreference = 'Continue'; $DebugPreference = 'Continue'; $InformationPreference = 'Continue'; $ErrorActionPreference = 'Continue'
            Import-TestModule
            New-TestVault
            $sim = [pscustomobject]@{ BaseUri = [uri]$env:SIM }
            $study = Get-SimStudy $sim
            $person = (Get-SimParticipant $sim -First 1).id
            foreach ($token in $SimProlificToken, 'wrong-token-XYZZY') {
                $secure = ConvertTo-Secure $token
                # In PowerShell 7.4 -Debug alone asks for a confirmation.
                Register-MessagingAccount lab Prolific -Token $secure -BaseUri $env:SIM -Force -PassThru -Verbose -Debug -Confirm:$false | Format-List *
                try { $null = Test-MessagingAccount -Verbose -Debug -OutVariable tested } catch { "refused: $($_.FullyQualifiedErrorId)"; $_ | Format-List * -Force }
                $tested | Format-List *
                Get-MessagingAccount | ConvertTo-Json
                Get-MessagingAccount | Export-Clixml -Path ([IO.Path]::ChangeExtension($transcript, 'xml'))
                if (Get-Command Get-UnreadMessage -ErrorAction Ignore) { try { Get-UnreadMessage -Verbose -Debug | Format-List * } catch { $_ | Format-List * -Force } }
                if (Get-Command Send-ParticipantMessage -ErrorAction Ignore) {
                    $person | Send-ParticipantMessage -Body 'Hello' -StudyId $study -Verbose -Debug -Confirm:$false | Format-List *
                    'ffffffffffffffffffffffff' | Send-ParticipantMessage -Body 'Hello' -StudyId $study -Verbose -Debug -Confirm:$false | Format-List *
                }
            }
            $null = Invoke-Sim $sim faults -Body @{ pathPrefix = '/api/v1/'; kind = 'TruncatedJson'; count = 5 }
            try { Test-MessagingAccount -Verbose -Debug } catch { $_ | Format-List * -Force }
            $Error | Format-List * -Force
            $Error | ForEach-Object { $_.Exception; while ($_.Exception) { $_ = $_.Exception | Select-Object -ExpandProperty InnerException; "$_" } }
            $null = Stop-Transcript
            '=== transcript'
            Get-Content -Raw $transcript
            '=== files'
            Get-ChildItem $env:XDG_CONFIG_HOME, $env:XDG_DATA_HOME, ([IO.Path]::ChangeExtension($transcript, 'xml')) -Recurse -File -Force -ErrorAction Ignore | ForEach-Object {
                $text = [IO.File]::ReadAllText($_.FullName)
                if ($text -match 'sim-prolific-token|wrong-token-XYZZY') { "LEAK in $($_.FullName)" }
            }
        }
        $everything = $run.Output + $run.Errors
        # Not -Match: what fails would be printed whole, all of the session.
        foreach ($word in 'refused: ParticipantMessaging.AuthenticationFailed', '=== transcript') { $everything.Contains($word) | Should -BeTrue -Because "the session did $word" }
        foreach ($word in 'sim-prolific-token', 'wrong-token-XYZZY', 'LEAK') { $everything.Contains($word) | Should -BeFalse -Because "$word must not show" }
    }

    It 'travels in the Authorization header only' {
        Clear-Sim $sim
        $direct = Get-Direct $sim
        $null = Test-MessagingAccount @direct
        $request = Get-SimRequests $sim -Match 'GET */users/me*' | Select-Object -Last 1
        $request.tokenIn | Should -Match 'header'
        "$($request.path)$($request.query)" | Should -Not -Match $SimProlificToken
    }
}
