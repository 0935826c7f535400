<#
    Every fenced block of PowerShell in README.md and docs/ runs as it stands, page by page, in a PowerShell session of its own, against the
    simulator. What a page says about the address http://127.0.0.1:8089 and the built module means the ones of the test. A page that does
    not register the account 'prolific' itself finds it, and 'openhumans', registered. A block that cannot run says why:
    ```powershell norun (reason)
#>
BeforeDiscovery {
    $pages = @(Get-Item (Join-Path $env:PM_REPOSITORY 'README.md')) + @(Get-ChildItem (Join-Path $env:PM_REPOSITORY 'docs') -Recurse -Filter *.md) |
        ForEach-Object {
            $lines = Get-Content $_
            $blocks = for ($i = 0; $i -lt $lines.Count; $i++) {
                if ($lines[$i] -notmatch '^\s*```powershell(\s+(?<info>.*))?$') { continue }
                $info = "$($Matches.info)"
                $first = $i + 1
                while ($lines[++$i] -notmatch '^\s*```\s*$') { }
                @{ Line = $first; Info = $info; Code = $lines[$first..($i - 1)] -join "`n" }
            }
            if ($blocks) {
                @{ Page = [IO.Path]::GetRelativePath($env:PM_REPOSITORY, $_.FullName); Blocks = @($blocks); Runs = @($blocks | Where-Object Info -notlike 'norun*') }
            }
        }
}

BeforeAll {
    . $PSScriptRoot/Harness.ps1
    $sim = Start-Sim -Arguments '--participants', '20', '--seed', '1', '--unread', '3', '--events', '5'
    New-TestVault
    $work = Join-Path $HOME 'work'
    $null = New-Item -ItemType Directory -Force (Join-Path $work 'samples')
    $list = Join-Path $env:PM_REPOSITORY 'samples' 'participants.csv'
    Copy-Item $list (Join-Path $work 'samples')
    Copy-Item $list $work

    function Invoke-Block($Shell, [string] $Code) {
        $Shell.Commands.Clear()
        $Shell.Streams.ClearStreams()
        $null = $Shell.AddScript($Code)
        $running = $Shell.BeginInvoke()
        if (-not $running.AsyncWaitHandle.WaitOne(60000)) {
            $Shell.Stop()
            throw 'It did not end within a minute.'
        }
        $output = $Shell.EndInvoke($running)
        if ($Shell.Streams.Error.Count) { throw ($Shell.Streams.Error | ForEach-Object { "$($_.FullyQualifiedErrorId): $_" } | Out-String) }
        , $output
    }

    function ConvertTo-Runnable([string] $Code) {
        $Code -replace 'http://127\.0\.0\.1:8089', "$($sim.BaseUri)".TrimEnd('/') -replace '\./output/ParticipantMessaging/[\d.]+', $env:PM_MODULE `
            -replace '(?m)^Import-Module ParticipantMessaging$', "Import-Module '$(Join-Path $env:PM_MODULE 'ParticipantMessaging.psd1')'"
    }
}

AfterAll { Stop-Sim $sim }

Describe 'What is written in <Page>' -ForEach $pages {
    BeforeAll {
        Reset-Sim $sim
        foreach ($name in 'XDG_CONFIG_HOME', 'XDG_DATA_HOME') {
            $folder = Join-Path ([Environment]::GetEnvironmentVariable($name)) 'ParticipantMessaging'
            if (Test-Path $folder) { Remove-Item -Recurse -Force $folder }
        }
        $shell = [powershell]::Create()
        $prologue = "Set-Location '$work'; `$ProgressPreference = 'SilentlyContinue'; `$PSDefaultParameterValues['Out-File:Encoding'] = 'utf8'"
        $prologue += "; Import-Module '$(Join-Path $env:PM_MODULE 'ParticipantMessaging.psd1')'"
        if (-not ($Runs.Code -match 'Register-MessagingAccount prolific ')) {
            $prologue += "; Register-MessagingAccount prolific -Provider Prolific -Token (ConvertTo-SecureString '$SimProlificToken' -AsPlainText -Force) -BaseUri '$($sim.BaseUri)' -Default"
            $prologue += "; Register-MessagingAccount openhumans -Provider OpenHumans -Token (ConvertTo-SecureString '$SimOpenHumansToken' -AsPlainText -Force) -BaseUri '$($sim.BaseUri)'"
        }
        $null = Invoke-Block $shell $prologue
    }

    AfterAll { $shell.Dispose() }

    It 'line <Line>' -ForEach $Runs {
        Invoke-Block $shell (ConvertTo-Runnable $Code) | Out-String -Width 80 | Should -Not -Match 'sim-prolific-token'
    }

    It 'says why a block does not run' {
        @($Blocks | Where-Object { $_.Info -like 'norun*' -and $_.Info -notmatch '^norun \(.{6,}\)$' }) | Should -BeNullOrEmpty
    }
}

Describe 'README' {
    It 'sends what it says' {
        # The pages ran before this one; README's first page is run once more, to look at what came of it.
        Reset-Sim $sim
        $folder = Join-Path $env:XDG_DATA_HOME 'ParticipantMessaging'
        if (Test-Path $folder) { Remove-Item -Recurse -Force $folder }
        Import-TestModule
        Import-Csv (Join-Path $work 'participants.csv') | Where-Object Account -eq prolific |
            Send-ParticipantMessage -Campaign 'wave 2' -Provider Prolific -Token (ConvertTo-Secure $SimProlificToken) -BaseUri $sim.BaseUri |
            Where-Object Status -ne Sent | Should -BeNullOrEmpty
        $mailbox = @(Invoke-Sim $sim 'mailboxes?id=64fb80934baf4687eb5a3465') | ForEach-Object { $_ }
        $mailbox.messages.body | Should -BeExactly 'Dear Lars, thank you for finishing wave 1. Wave 2 opens on Monday, and your place is kept until Friday.'
    }
}
