BeforeAll {
    . $PSScriptRoot/Harness.ps1
    $env:PSModulePath = (Split-Path (Split-Path $env:PM_MODULE)) + [IO.Path]::PathSeparator + $env:PSModulePath
    Import-TestModule
    $sim = Start-Sim -Arguments '--participants', '20', '--seed', '1'
    New-TestVault
    Register-SimAccount $sim prolific -Default
    Register-SimAccount $sim openhumans OpenHumans
    $sample = Join-Path $env:PM_REPOSITORY 'samples/Send-Campaign.ps1'
    $list = Join-Path ([IO.Path]::GetTempPath()) 'people.csv'
    Copy-Item (Join-Path $env:PM_REPOSITORY 'samples/participants.csv') $list
}

AfterAll { Stop-Sim $sim }

Describe 'samples/Send-Campaign.ps1' {
    It 'shows every text with -WhatIf, sends nothing and writes nothing' {
        $receipts = & $sample -Path $list -Campaign 'wave 2' -WhatIf
        $receipts.Count | Should -Be 17
        Get-SimRequests $sim 'POST *' | Should -BeNullOrEmpty
        Get-ChildItem (Split-Path $list) -Filter *.unsent.csv | Should -BeNullOrEmpty
    }

    It 'writes down who did not get it, and that file sends the rest' {
        Add-SimFault $sim @{ method = 'POST'; bodyContains = 'Ada'; kind = 'Status'; status = 400; count = 1 }
        $receipts = & $sample -Path $list -Campaign 'wave 2' -ErrorAction SilentlyContinue -WarningVariable warnings -WarningAction SilentlyContinue
        ($receipts | Where-Object Status -notin Sent, Queued).ParticipantId | Should -Be '63cb15dbc12a721027c927c7'
        "$warnings" | Should -Match '1 of 17 rows'

        $unsent = $list -replace 'csv$', 'unsent.csv'
        @(Import-Csv $unsent).first_name | Should -Be 'Ada'
        (& $sample -Path $unsent -Campaign 'wave 2').Status | Should -Be 'Sent'
        @(Get-SimMailbox $sim '63cb15dbc12a721027c927c7').Count | Should -Be 1
    }

    It 'loses nobody of a list with one empty name: all are counted and kept, and that file goes out once it is mended' {
        $path = Join-Path (Split-Path $list) 'empty.csv'
        $rows = @(Import-Csv $list | Where-Object Account -eq prolific | Select-Object -First 3)
        $rows | ForEach-Object { $_.Message = 'Dear {{ first_name }}, wave 4 is open.' }
        $rows[1].first_name = ''
        $rows | Export-Csv $path
        $receipts = & $sample -Path $path -Campaign 'wave 4' -ErrorAction SilentlyContinue -WarningVariable warnings -WarningAction SilentlyContinue
        $receipts.Status | Should -Be Failed, Failed, Failed
        "$warnings" | Should -Match '3 of 3 rows were not sent'
        $unsent = $path -replace 'csv$', 'unsent.csv'
        $left = @(Import-Csv $unsent)
        $left.participant_id | Should -Be $rows.participant_id
        $left[1].first_name = 'Bo'
        $left | Export-Csv $unsent
        (& $sample -Path $unsent -Campaign 'wave 4').Status | Should -Be Sent, Sent, Sent
        foreach ($row in $left) { @(Get-SimMailbox $sim $row.participant_id)[-1].body | Should -BeExactly "Dear $($row.first_name), wave 4 is open." }
    }

    It 'sends nothing twice' {
        (& $sample -Path $list -Campaign 'wave 2').Status | Sort-Object -Unique | Should -Be 'Skipped'
        @(Invoke-Sim $sim messages).Count | Should -Be 20
    }
}

Describe 'samples/CampaignInCSharp' {
    It 'does the same on the library alone' {
        $program = Join-Path $env:PM_REPOSITORY "samples/CampaignInCSharp/bin/$env:PM_CONFIGURATION/net10.0/CampaignInCSharp.dll"
        $output = & dotnet $program --demo 2>&1 | Out-String
        $LASTEXITCODE | Should -Be 0
        [regex]::Matches($output, '(?m)^\d+\s+\w+\s+\w+\s+(Sent|Queued)').Count | Should -Be 17
        $output | Should -Match 'Dear Lars, thank you'
        $output | Should -Match 'Hi, the link to the second part'
        $output | Should -Match 'submission\.status\.change'
    }

    It 'says how it is used' {
        $program = Join-Path $env:PM_REPOSITORY "samples/CampaignInCSharp/bin/$env:PM_CONFIGURATION/net10.0/CampaignInCSharp.dll"
        $null = & dotnet $program 2>&1
        $LASTEXITCODE | Should -Be 2
    }
}
