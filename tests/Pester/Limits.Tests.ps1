# A service that lets so many calls through and answers the others with 429: every row is sent, and few calls are made in vain. A fast limit
# has the shape of a slow one.
Describe 'A service that limits the rate' {
    BeforeAll {
        . $PSScriptRoot/Harness.ps1
        Import-TestModule
        $sim = Start-Sim -Arguments '--participants', '60', '--seed', '1', '--rate', '20/second', '--rate-burst', '1'
        $study = Get-SimStudy $sim
        $people = @(Get-SimParticipant $sim)
        $direct = Get-Direct $sim
    }
    AfterAll { Stop-Sim $sim }

    It 'sends 60 of 60, <_> at once, with at most one refused call for three accepted ones' -TestCases 1, 4, 16 {
        Clear-Sim $sim
        $receipts = @($people | Send-ParticipantMessage @direct -StudyId $study -Body 'Dear {{ firstName }}, {{ id }}' -Campaign "limit $_" -ThrottleLimit $_)
        @($receipts | Where-Object Status -EQ Sent).Count | Should -Be 60
        $calls = @(Get-SimRequests $sim 'POST /api/v1/messages/*')
        $refused = @($calls | Where-Object status -EQ 429).Count
        Write-Host "    $refused refused calls, 60 accepted"
        $calls.Count - $refused | Should -Be 60
        $refused | Should -BeLessOrEqual 20
        foreach ($person in $people) { @(Get-SimMailbox $sim $person.id).Count | Should -Be 1 }
    }
}
