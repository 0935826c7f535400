# What Open Humans loses without a word, against what the simulator mailed. The same was seen with Open Humans' own server.

Describe 'Open Humans' {
    BeforeAll {
        . $PSScriptRoot/Harness.ps1
        Import-TestModule
        $global:PSDefaultParameterValues['Send-ParticipantMessage:RepeatAfter'] = 0
        $sim = Start-Sim -Arguments '--members', '10', '--seed', '1'
        $account = Get-Direct $sim OpenHumans
        function Get-Sim([string] $Path) { Invoke-Sim $sim $Path | ForEach-Object { $_ } }
        function Get-Mailed { @(Get-Sim 'mailboxes?limit=100000') }
        function Set-Option([hashtable] $Options) { $null = Invoke-Sim $sim options -Body $Options }
        $members = @(Get-Sim 'members?limit=1000')
        $rows = $members | ForEach-Object { [pscustomobject]@{ project_member_id = $_.id; name = $_.firstName } }
    }
    AfterAll { Stop-Sim $sim }
    BeforeEach {
        $null = Invoke-Sim $sim clear-messages -Method Post
        $null = Invoke-Sim $sim requests -Method Delete
        Set-Option @{ projectName = 'Sleep' }
    }

    Context "a member's own token" {
        BeforeAll {
            $own = Get-Direct $sim OpenHumans
            $own.Token = ConvertTo-Secure 'simOpenHumansUserToken000000'
        }

        It 'is refused before anything leaves: every text would go to that member' {
            $r = $rows | Send-ParticipantMessage @own -Body 'Dear {{ name }}' -ErrorAction SilentlyContinue -ErrorVariable problems
            @($r | Where-Object Status -eq Failed).Count | Should -Be 10
            $problems.Count | Should -Be 1
            $problems[0].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.AuthenticationFailed,*'
            "$($problems[0])" | Should -BeLike '*user token*master access token*'
            @(Get-SimRequests $sim 'POST *').Count | Should -Be 0
            (Get-Mailed).Count | Should -Be 0
        }

        It 'is refused for all members, too' {
            $r = Send-ParticipantMessage @own -AllMembers -Body Hello -Force -ErrorAction SilentlyContinue
            $r.Status | Should -Be Failed
            @(Get-SimRequests $sim 'POST *').Count | Should -Be 0
        }

        It 'is told by Test-MessagingAccount' {
            $test = Test-MessagingAccount @own -ErrorAction SilentlyContinue
            $test.Ok | Should -BeFalse
            $test.Problem | Should -BeLike '*user token*'
        }
    }

    It 'sends nothing with a project name with which no mail arrives (<_>), unless it has to' -TestCases 'Sleep: 2', 'Screens of 27"', '1) Sleep' {
        Set-Option @{ projectName = $_ }
        $null = Invoke-Sim $sim requests -Method Delete
        $r = $rows[0..1] | Send-ParticipantMessage @account -Body Hello -Campaign "named $_" -WarningVariable warnings -WarningAction SilentlyContinue -ErrorVariable errors -ErrorAction SilentlyContinue
        $r.Status | Should -Be Failed, Failed
        @($errors).Count | Should -Be 1
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
        $errors[0].ErrorDetails.RecommendedAction | Should -BeLike '*Test-MessagingAccount*-Force*'
        "$warnings" | Should -BeLike "*The project's name*mails nothing*"
        @(Get-SimRequests $sim 'POST /api/*').Count | Should -Be 0

        $r = $rows[0] | Send-ParticipantMessage @account -Body Hello -Campaign "named $_" -Force -WarningVariable warnings -WarningAction SilentlyContinue
        $r.Status | Should -Be Queued
        "$warnings" | Should -BeLike "*The project's name*mails nothing*"
        (Get-Mailed).Count | Should -Be 0
        $test = Test-MessagingAccount @account -ErrorAction SilentlyContinue
        $test.Ok | Should -BeFalse
        $test.Problem | Should -BeLike '*mails nothing*'
    }

    It 'says nothing of a name that stands well in an address' {
        Set-Option @{ projectName = 'Sleep (b, c) "d; e" & 1/2' }
        $null = $rows[0] | Send-ParticipantMessage @account -Body Hello -WarningVariable warnings
        $warnings.Count | Should -Be 0
        (Get-Mailed).Count | Should -Be 1
        (Test-MessagingAccount @account).Ok | Should -BeTrue
    }

    Context 'people who cannot be mailed' {
        BeforeAll {
            $null = Invoke-Sim $sim members/change -Body @{ id = $members[4].id; hasEmail = $false }
            $null = Invoke-Sim $sim members/change -Body @{ id = $members[7].id; mailRefused = $true }
            # A row that is written anew moves to the end of the table: these two come first now.
            foreach ($other in $members | Where-Object id -NotIn $members[4].id, $members[7].id) { $null = Invoke-Sim $sim members/change -Body @{ id = $other.id; rewrite = $true } }
        }
        AfterAll {
            $null = Invoke-Sim $sim members/change -Body @{ id = $members[4].id; hasEmail = $true }
            $null = Invoke-Sim $sim members/change -Body @{ id = $members[7].id; mailRefused = $false }
        }

        It 'cost nobody else the message, because everybody has a call' {
            $r = $rows | Send-ParticipantMessage @account -Body Hello
            @($r | Where-Object Status -eq Queued).Count | Should -Be 10
            @(Get-SimRequests $sim 'POST *').Count | Should -Be 10
            (Get-Mailed).id | Sort-Object | Should -Be ($members.id | Where-Object { $_ -notin $members[4].id, $members[7].id } | Sort-Object)
        }

        It 'end a list that -BatchSize asked for' {
            $null = $rows | Send-ParticipantMessage @account -Body Hello -BatchSize 10
            @(Get-SimRequests $sim 'POST *').Count | Should -Be 1
            (Get-Mailed).Count | Should -Be 0
        }

        It 'cost nobody else the message that goes to the members one by one' {
            $null = Get-Participant @account | Send-ParticipantMessage @account -Body Hello
            (Get-Mailed).Count | Should -Be 8
        }
    }

    It 'asks about all members as what it is, one list, and names the way to reach them one by one' {
        $script = @"
Import-Module '$(Join-Path $env:PM_MODULE 'ParticipantMessaging.psd1')'
`$r = Send-ParticipantMessage -Provider OpenHumans -Token (ConvertTo-SecureString 'simOpenHumansMasterToken0000000000000000000000000000000000000000' -AsPlainText -Force) -BaseUri '$($sim.BaseUri)' -AllMembers -Body Hello
`$r.Status
"@
        $no = Invoke-Asked $script -Answer 1
        $no.Errors | Should -BeNullOrEmpty
        $no.Output | Should -Be 'Skipped'
        @($no.Questions).Count | Should -Be 1
        $no.Questions | Should -BeLike "*The project 'Sleep' has 10 people.*It is one list: where Open Humans cannot mail one member, those behind get nothing*Get-Participant*| Send-ParticipantMessage*"
        (Get-Mailed).Count | Should -Be 0
        (Invoke-Asked $script -Answer 0).Output | Should -Be 'Queued'
        (Get-Mailed).Count | Should -Be 10
    }

    It 'says in the help and in the about topic what a list risks' {
        $help = Get-Help Send-ParticipantMessage -Full | Out-String -Width 400
        $help | Should -Match 'Default: 4,000 on Prolific, 1 on Open Humans'
        $help | Should -Match 'ends a list at the first member'
        $help | Should -Match 'Get-Participant \| Send-ParticipantMessage'
        $about = (Get-Help about_ParticipantMessaging_Sending | Out-String -Width 400) -replace '\s+', ' '
        $about | Should -Match 'the first member who has no mail address or whose mail is refused: those behind get nothing'
        $about | Should -Match '-AllMembers is always one list; Get-Participant \| Send-ParticipantMessage'
    }

    It 'says that nobody is there where a project is empty, and sends nothing' {
        $empty = Start-Sim -Arguments '--members', '0'
        try {
            $nobody = Get-Direct $empty OpenHumans
            $r = Send-ParticipantMessage @nobody -AllMembers -Body Hello -Force -ErrorAction SilentlyContinue -ErrorVariable problems
            $r.Status | Should -Be Failed
            $r.Reason | Should -BeLike 'Nobody is there*'
            "$problems" | Should -BeLike 'Nobody is there*'
            @(Get-SimRequests $empty 'POST *').Count | Should -Be 0
        }
        finally { Stop-Sim $empty }
    }

    It 'finds every member while some leave, or says how many are missing' {
        $large = Start-Sim -Arguments '--members', '2500', '--members-leave', '5'
        try {
            $lab = Get-Direct $large OpenHumans
            $found = @(Get-Participant @lab -WarningVariable warnings -WarningAction SilentlyContinue).ParticipantId
            $there = @(Invoke-Sim $large 'members?limit=5000' | ForEach-Object { $_ } | Where-Object active).id
            $missing = @($there | Where-Object { $_ -notin [Collections.Generic.HashSet[string]] $found }).Count
            if ($missing -gt 0) { $warnings.Count | Should -BeGreaterThan 0 }
            # One of a thousand a page, and a second look: nobody of those who stayed.
            $missing | Should -Be 0
        }
        finally { Stop-Sim $large }
    }

    It 'refuses what breaks a mail before anybody gets one (<Name>)' -TestCases @(
        @{ Name = 'a brace before the placeholder'; Column = '{'; Text = '{{ c }}{{ PROJECT_MEMBER_ID }}'; Subject = 's' }
        @{ Name = 'U+001D in the subject'; Column = 'x'; Text = 'Hello'; Subject = "a$([char] 0x1D)b" }
        @{ Name = 'half a character'; Column = "a$([char] 0xD83D)b"; Text = '{{ c }}'; Subject = 's' }
        @{ Name = 'nothing but U+001C'; Column = 'x'; Text = "$([char] 0x1C)"; Subject = 's' }
        @{ Name = 'a tag'; Column = 'x'; Text = '{% now "Y" %}'; Subject = 's' }
        @{ Name = 'a subject without a blank'; Column = 'x'; Text = 'Hello'; Subject = 'x' * 998 }
        @{ Name = 'NUL'; Column = 'x'; Text = "a`0b"; Subject = 's' }
    ) {
        $list = @([pscustomobject]@{ project_member_id = $members[0].id; c = 'fine' }, [pscustomobject]@{ project_member_id = $members[1].id; c = $Column })
        $r = $list | Send-ParticipantMessage @account -Body $Text -Subject $Subject -ErrorAction SilentlyContinue
        @($r | Where-Object Status -eq Failed).Count | Should -Be 2
        @(Get-SimRequests $sim 'POST *').Count | Should -Be 0
        (Get-Mailed).Count | Should -Be 0
    }
}
