# Lists as people really have them (data/cases), and what must come of a send of each: against what the simulator received.

BeforeAll {
    . $PSScriptRoot/Harness.ps1
    Import-TestModule
    $sim = Start-Sim -Arguments '--participants', '5', '--seed', '1'
    $cases = Join-Path $PSScriptRoot 'data/cases'
    $study = '620ca2735fcbba4fa2b3211a'
    $prolific = Get-Direct $sim
    $openHumans = Get-Direct $sim OpenHumans

    # Every id of the files is known to the service.
    $ids = Get-ChildItem $cases -Filter *.csv | ForEach-Object { [regex]::Matches([IO.File]::ReadAllText($_), '\b[0-9a-f]{24}\b').Value } | Sort-Object -Unique
    $null = Invoke-RestMethod "$("$($sim.BaseUri)".TrimEnd('/'))/_sim/people" -Method Post -ContentType 'text/csv' -Body ((@('participant_id,study_id') + ($ids | ForEach-Object { "$_,$study" }) + "`n") -join "`n")

    function Get-Mail { @(Invoke-Sim $sim 'mailboxes?limit=1000' | ForEach-Object { $_ } | Where-Object { $_.messages }) }
    function Get-Text([string] $Id) { @(Get-SimMailbox $sim $Id).body }
    function Get-Words($Problem) { "$($Problem.ErrorDetails.Message) $($Problem.ErrorDetails.RecommendedAction)" }

    # Sends, and keeps receipts and errors: $receipts, $problems.
    function Send-Case([object[]] $Rows, [hashtable] $More) {
        $all = @{ StudyId = $study; Campaign = [guid]::NewGuid().ToString() } + $prolific
        foreach ($name in $More.Keys) { $all[$name] = $More[$name] }
        $script:receipts = @($Rows | Send-ParticipantMessage @all -ErrorAction SilentlyContinue -ErrorVariable found -WarningAction SilentlyContinue)
        $script:problems = @($found | Where-Object { $_ -is [Management.Automation.ErrorRecord] })
        $script:words = ($problems | ForEach-Object { Get-Words $_ }) -join "`n"
    }
}

AfterAll { Stop-Sim $sim }

Describe 'A list of <_>' -ForEach 'people' {
    BeforeEach {
        Clear-Sim $sim
        $Error.Clear()
    }

    Context "Prolific's export" {
        BeforeAll { $rows = Import-Csv $cases/prolific-export.csv }

        It 'reaches the one who awaits review' {
            Send-Case ($rows | Where-Object Status -eq 'AWAITING REVIEW') @{ Body = 'Please finish.' }
            $receipts.Status | Should -Be Sent
            (Get-Mail).id | Should -Be '5568466d35c5af59251efb01'
        }

        It 'is four people, one message each' {
            Send-Case $rows @{ Body = 'Thank you.' }
            @($receipts.Status | Sort-Object) | Should -Be Sent, Sent, Sent, Sent, Skipped
            $receipts[4].Status | Should -Be Skipped
            (Get-Mail).Count | Should -Be 4
            Get-Mail | ForEach-Object { $_.messages.Count | Should -Be 1 }
        }

        It 'takes DATA_EXPIRED and CONSENT_REVOKED for nothing' {
            Send-Case $rows @{ Body = 'Your language is {{ Language }}.' }
            (Get-Mail).Count | Should -Be 0
            @($receipts | Where-Object Status -ne Failed).Count | Should -Be 0
            $words | Should -Match 'CONSENT_REVOKED'
            $words | Should -Match 'DATA_EXPIRED'
            $words | Should -Match 'LiteralValue'
            Send-Case $rows @{ Body = 'Your language is {{ Language | another language }}.' }
            (Get-Mail).Count | Should -Be 4
            Get-Text '5568466d35c5af59251efb01' | Should -BeExactly 'Your language is another language.'
            Get-Text '53d6d323dd7e7fe9cffddc0e' | Should -BeExactly 'Your language is French.'
        }
    }

    Context "Qualtrics' export" {
        BeforeAll { $rows = Import-Csv $cases/qualtrics-export.csv }

        It 'names its two header rows, and the preview' {
            Send-Case $rows @{ Body = 'Hi' }
            (Get-Mail).Count | Should -Be 0
            foreach ($row in 2, 3) { $words | Should -Match "Row $row, column PROLIFIC_PID: this is no person: rows 2 and 3 of a Qualtrics export" }
            $words | Should -Match 'Select-Object -Skip 2'
            $words | Should -Match 'Row 4, column PROLIFIC_PID: the id is empty'
            @($receipts | Where-Object Status -ne Failed).Count | Should -Be 0
        }

        It 'is two people without them, about the study that the file names' {
            $people = $rows | Select-Object -Skip 2 | Where-Object PROLIFIC_PID
            $receipts = @($people | Send-ParticipantMessage @prolific -Body 'Hi')
            $receipts.Status | Should -Be Sent, Sent
            $receipts.StudyId | Sort-Object -Unique | Should -Be $people[0].STUDY_ID
            @((Get-Mail).id | Sort-Object) | Should -Be '515148fb549fb3a5aa760aed', '52b315a1c391407eaf1603e4'
        }
    }

    It "knows Gorilla's column, and its end row for what it is" {
        $rows = Import-Csv $cases/gorilla-export.csv
        Send-Case $rows @{ Body = 'Hi' }
        (Get-Mail).Count | Should -Be 0
        $problems.Count | Should -Be 2
        $words | Should -Match "Row 5.*end row.*END OF FILE"
        Send-Case ($rows | Where-Object 'Participant Public ID' -match '^\w{8}') @{ Body = 'Hi' }
        $receipts.Status | Should -Be Sent, Skipped, Sent
        (Get-Mail).Count | Should -Be 2
    }

    It "knows oTree's column, and its blank row" {
        $rows = Import-Csv $cases/otree-wide.csv
        Send-Case $rows @{ Body = 'Hi' }
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRecipient,*'
        $words | Should -Match 'Row 4, column participant.label: the id is empty'
        (Get-Mail).Count | Should -Be 0
        Send-Case $rows @{ Body = 'Hi'; SkipInvalid = $true }
        $receipts.Status | Should -Be Sent, Sent, Failed
        (Get-Mail).Count | Should -Be 2
    }

    It 'in which all labels of oTree are empty is told to hold no ids, and never to leave rows out' {
        $rows = @(Import-Csv $cases/otree-wide.csv | ForEach-Object { $_.'participant.label' = ''; $_ })
        Send-Case $rows @{ Body = 'Hi' }
        $receipts.Status | Should -Be Failed, Failed, Failed
        $problems.Count | Should -Be 2
        Get-Words $problems[0] | Should -BeLike 'The column participant.label holds no id in any row*Get-Participant*participant_label={{%PROLIFIC_PID%}}*'
        $problems[0].TargetObject.Count | Should -Be 3
        $words | Should -Not -Match 'Where-Object|SkipInvalid|Mend|Row \d'
        Send-Case @($rows | Select-Object *, @{ Name = 'survey.1.player.prolific'; Expression = { $ids[[int]$_.'participant.id_in_session'] } }) @{ Body = 'Hi' }
        $words | Should -Match "-IdColumn 'survey.1.player.prolific'"
        (Get-Mail).Count | Should -Be 0
    }

    It 'in Windows-1252 is refused until it is read as what it is' {
        Send-Case (Import-Csv $cases/excel-windows-1252.csv) @{ Body = 'Hello {{ first_name }}' }
        (Get-Mail).Count | Should -Be 0
        $words | Should -Match 'broken letters'
        $words | Should -Match '-Encoding'
        # What ansi means, the language of Windows says; there is none here.
        $typed = @(1252; 'windows-1252'; if ([cultureinfo]::CurrentCulture.TextInfo.ANSICodePage -eq 1252) { 'ansi' })
        foreach ($encoding in $typed) {
            Clear-Sim $sim
            Send-Case (Import-Csv $cases/excel-windows-1252.csv -Encoding $encoding) @{ Body = 'Hello {{ first_name }}' }
            Get-Text '5b1bd1f92f6c1b00c9a1f65c' | Should -BeExactly 'Hello Jörg'
            Get-Text '5568466d35c5af59251efb01' | Should -BeExactly 'Hello Zoë'
        }
    }

    It "knows REDCap's column, and its blank row" {
        Send-Case (Import-Csv $cases/redcap.csv) @{ Body = 'Hi {{ first_name | you }}' }
        $words | Should -Match 'Row 4, column prolific_id: the id is empty'
        $receipts.Status | Should -Be Failed, Failed, Failed
        (Get-Mail).Count | Should -Be 0
    }

    It 'of a form names the column that holds ids, and the line to type' {
        $rows = Import-Csv $cases/google-form.csv
        Send-Case $rows @{ Body = 'Hi' }
        (Get-Mail).Count | Should -Be 0
        $words | Should -Match "The column 'Please enter your prolific ID' holds ids"
        $words | Should -Match "Send-ParticipantMessage -IdColumn 'Please enter your prolific ID'"
        $words | Should -Match 'There are: Timestamp, Please enter your prolific ID, Where do you live\?'
        Send-Case $rows @{ Body = 'Hi'; IdColumn = 'Please enter your prolific ID' }
        @((Get-Mail).id | Sort-Object) | Should -Be '515148fb549fb3a5aa760aed', '52b315a1c391407eaf1603e4'
    }

    It 'of R knows its column, and NA' {
        Send-Case (Import-Csv $cases/r-write-csv.csv -WarningAction SilentlyContinue) @{ Body = 'You are {{ Age }}.' }
        $words | Should -Match "Row 3 \(54e4a9b5e3c8339224a057f6\): column Age is empty.*'NA'"
        (Get-Mail).Count | Should -Be 0
        Send-Case (Import-Csv $cases/r-write-csv.csv -WarningAction SilentlyContinue) @{ Body = 'You are {{ Age | of age }}.' }
        Get-Text '54ef6302d395ed14adb20c66' | Should -BeExactly 'You are 24.'
        Get-Text '54e4a9b5e3c8339224a057f6' | Should -BeExactly 'You are of age.'
    }

    It 'with blanks in its header finds the columns, and #N/A' {
        $rows = Import-Csv $cases/spaces-in-header.csv
        Send-Case $rows @{ Body = 'Dear {{ first_name }}, your bonus is {{ bonus }}.' }
        (Get-Mail).Count | Should -Be 0
        $problems.Count | Should -Be 2
        $words | Should -Match 'Row 3.*#N/A'
        Send-Case $rows @{ Body = 'Dear {{ first_name }}, your bonus is {{ bonus | to come }}.' }
        Get-Text '5e1959c6d3f8313073d0e858' | Should -BeExactly 'Dear Ann, your bonus is 1.50.'
        Get-Text '5c4c60f9db68d70aa1345f25' | Should -BeExactly 'Dear Bo, your bonus is to come.'
    }

    It 'with one empty name loses nobody: the receipts that failed mean their rows' {
        Send-Case (Import-Csv $cases/one-empty-name.csv) @{ Body = 'Dear {{ first_name }},' }
        (Get-Mail).Count | Should -Be 0
        $receipts.Status | Should -Be Failed, Failed, Failed
        $receipts[0].Reason | Should -BeLike '*other rows*'
        $receipts[0].InputObject.first_name | Should -Be Ann
        Send-Case ($receipts | Where-Object Status -eq Failed) @{ Body = 'Dear {{ first_name | participant }},' }
        $receipts.Status | Should -Be Sent, Sent, Sent
        Get-Text '5b1bd1f92f6c1b00c9a1f65c' | Should -BeExactly 'Dear Ann,'
        Get-Text '5568466d35c5af59251efb01' | Should -BeExactly 'Dear participant,'
        Get-Text '57a968131edfbd1c8a860a0a' | Should -BeExactly 'Dear Cy,'
        $receipts[0].InputObject.first_name | Should -Be Ann
    }

    It 'with one empty name loses nobody: the list is mended, and the same command reaches everybody once' {
        $send = @{ Body = 'Dear {{ first_name }},'; StudyId = $study; Campaign = 'mended' } + $prolific
        $path = Join-Path $TestDrive list.csv
        Copy-Item $cases/one-empty-name.csv $path
        (Import-Csv $path | Send-ParticipantMessage @send -ErrorAction SilentlyContinue).Status | Should -Be Failed, Failed, Failed
        (Get-Mail).Count | Should -Be 0
        (Get-Content -Raw $path) -replace '5568466d35c5af59251efb01,', '5568466d35c5af59251efb01,Bo' | Set-Content $path
        (Import-Csv $path | Send-ParticipantMessage @send).Status | Should -Be Sent, Sent, Sent
        (Import-Csv $path | Send-ParticipantMessage @send).Status | Should -Be Skipped, Skipped, Skipped
        @((Get-Mail).messages.body | Sort-Object) | Should -BeExactly 'Dear Ann,', 'Dear Bo,', 'Dear Cy,'
    }

    It 'with one empty name says why beside each row, in the same words for what is the same' {
        $rows = @(Import-Csv $cases/one-empty-name.csv) + @(Import-Csv $cases/one-empty-name.csv | Select-Object -Skip 1 -First 1)
        Send-Case $rows @{ Body = 'Dear {{ first_name }},' }
        $receipts[1].Reason | Should -BeLike 'Column first_name is empty*'
        $receipts[3].Reason | Should -BeExactly $receipts[1].Reason
        $previews = @($rows | Test-ParticipantMessage @prolific -StudyId $study -Body 'Dear {{ first_name }},')
        $previews[3].Reason | Should -BeExactly $previews[1].Reason
    }

    It 'that a spreadsheet has been at is told what became of its ids' {
        $all = @{ Body = 'Hi' } + $openHumans
        $receipts = Import-Csv $cases/spreadsheet-numbers.csv | Send-ParticipantMessage @all -ErrorAction SilentlyContinue -ErrorVariable found
        $receipts.Status | Should -Be Failed, Failed, Failed
        $said = $found | Where-Object { $_ -is [Management.Automation.ErrorRecord] } | ForEach-Object { Get-Words $_ }
        $said[0] | Should -Match 'Row 2.*spreadsheet.*61638818'
        $said[1] | Should -Match 'Row 3.*spreadsheet'
        $said[2] | Should -Match 'Row 4.*2 leading zeros.*00810111'
        (Get-Mail).Count | Should -Be 0
    }
}

Describe 'Files that are read in the wrong way' {
    BeforeAll {
        $a, $b = $ids[0, 1]
        function Get-Said([object[]] $Rows) {
            Send-Case $Rows @{ Body = 'Hi' }
            $words
        }
    }

    It 'says that an Excel workbook is one' {
        $path = Join-Path $TestDrive people.xlsx
        [IO.File]::WriteAllBytes($path, [byte[]](0x50, 0x4B, 3, 4, 0x14, 0, 6, 0, 8, 0, 0x0A) + [Text.Encoding]::ASCII.GetBytes("xl/workbook.xml`nmore"))
        Get-Said (Import-Csv $path) | Should -Match 'Excel workbook'
        Get-Said (Get-Item $path) | Should -Match 'this is a file'
        Get-Said @('people.xlsx') | Should -Match 'name of a file'
    }

    It 'names no row for what is wrong with a file, and says nothing besides' {
        Clear-Sim $sim
        $text = "participant_id,first_name`n$a,Ann`n$b,Bo`n"
        foreach ($name in 'sep', 'semicolons', 'utf16', 'utf16be', 'workbook', 'bare') {
            $path = Join-Path $TestDrive "$name.csv"
            switch ($name) {
                sep { Set-Content $path "sep=,`n$text" }
                semicolons { Set-Content $path $text.Replace(',', ';') }
                utf16 { [IO.File]::WriteAllText($path, $text, [Text.UnicodeEncoding]::new($false, $false)) }
                utf16be { [IO.File]::WriteAllText($path, $text, [Text.UnicodeEncoding]::new($true, $false)) }
                workbook { [IO.File]::WriteAllBytes($path, [byte[]](0x50, 0x4B, 3, 4, 0x14, 0, 6, 0, 8, 0, 0x0A) + [Text.Encoding]::ASCII.GetBytes("xl/workbook.xml`nmore`nmore")) }
                bare { Set-Content $path "$a,Ann`n$b,Bo`n$($ids[2]),Cy" }
            }
            # The text and the study come from the file.
            $told = @()
            $null = Import-Csv $path | Send-ParticipantMessage @prolific -Body 'Dear {{ first_name }}' -ErrorAction SilentlyContinue -ErrorVariable told
            $told.Count | Should -Be 2 -Because $name
            "$told" | Should -Not -Match '\brows? \d' -Because $name
            "$($told[0])" | Should -Match '^The (file|list) ' -Because $name
            "$($told[1])" | Should -Match 'for the reason above' -Because $name
        }
        Send-Case (Import-Csv (Join-Path $TestDrive utf16be.csv)) @{ Body = 'Hi' }
        $words | Should -Match 'Import-Csv -Encoding bigendianunicode'
        Send-Case (Import-Csv $cases/excel-windows-1252.csv) @{ Body = 'Hello {{ first_name }}' }
        $problems.Count | Should -Be 2
        "$($problems[0])" | Should -Match '^The file was read in another encoding'
        (Get-Mail).Count | Should -Be 0
    }

    It 'says that a text file of ids is UTF-16, once' {
        $path = Join-Path $TestDrive ids.txt
        [IO.File]::WriteAllText($path, "$a`r`n$b`r`n", [Text.UnicodeEncoding]::new($false, $false))
        Send-Case (Get-Content $path) @{ Body = 'Hi' }
        $problems.Count | Should -Be 2
        Get-Words $problems[0] | Should -Match '^The file is saved as UTF-16.*Get-Content -Encoding unicode'
        Send-Case (Get-Content $path -Encoding unicode) @{ Body = 'Hi' }
        $receipts.Status | Should -Be Sent, Sent
    }

    It 'offers the column of ids when there are blanks around them, and empty cells' {
        $rows = @(
            [pscustomobject]@{ When = 1; 'Who are you?' = '' }
            [pscustomobject]@{ When = 2; 'Who are you?' = " $a " }
            [pscustomobject]@{ When = 3; 'Who are you?' = $null }
            [pscustomobject]@{ When = 4; 'Who are you?' = "$([char]0xA0)$b" })
        Send-Case $rows @{ Body = 'Hi' }
        $words | Should -Match "Send-ParticipantMessage -IdColumn 'Who are you\?'"
        # What is advised for the empty ones leaves the others in.
        Send-Case $rows @{ Body = 'Hi'; IdColumn = 'Who are you?' }
        $words -match "(Where-Object 'Who are you\?' .+?) \|" | Should -BeTrue
        Clear-Sim $sim
        Send-Case @($rows | & ([scriptblock]::Create($Matches[1].Replace('Where-Object', '$input | Where-Object')))) @{ Body = 'Hi'; IdColumn = 'Who are you?' }
        @((Get-Mail).id | Sort-Object) | Should -Be $a, $b
    }

    It 'says how many ids are in one cell, and sends to none of them' {
        Clear-Sim $sim
        $rows = [pscustomobject]@{ participant_id = "$a; $b" }, [pscustomobject]@{ participant_id = "$a`n$b, $($ids[2])" }, [pscustomobject]@{ participant_id = $ids[3] }
        Get-Said $rows | Should -Match 'Row 2, column participant_id: there are 2 ids in one cell.*a row of their own'
        $words | Should -Match 'Row 3, column participant_id: there are 3 ids in one cell'
        $words | Should -Not -Match 'swapped'
        (Get-Mail).Count | Should -Be 0
        Send-Case $rows @{ Body = 'Hi'; SkipInvalid = $true }
        $receipts.Status | Should -Be Failed, Failed, Sent
        (Get-Mail).id | Should -Be $ids[3]
    }

    It 'says what the line sep= is' {
        $path = Join-Path $TestDrive sep.csv
        Set-Content $path "sep=;`nparticipant_id;first_name`n$a;Ann"
        Get-Said (Import-Csv $path) | Should -Match "'sep=;'.*ConvertFrom-Csv -Delimiter ';'"
    }

    It 'says that columns are parted by <Name>' -TestCases @{ Name = 'semicolons'; Mark = ';' }, @{ Name = 'tabs'; Mark = "`t" } {
        $path = Join-Path $TestDrive parted.csv
        Set-Content $path "participant_id${Mark}first_name`n$a${Mark}Ann"
        Get-Said (Import-Csv $path) | Should -Match "$Name.*-Delimiter"
    }

    It 'reads UTF-16 and byte order marks, and names UTF-16 without one' {
        $text = "participant_id,first_name`n$a,Zoë`n"
        foreach ($encoding in [Text.UnicodeEncoding]::new($false, $true), [Text.UnicodeEncoding]::new($true, $true), [Text.UTF8Encoding]::new($true)) {
            Clear-Sim $sim
            $path = Join-Path $TestDrive "bom-$($encoding.CodePage).csv"
            [IO.File]::WriteAllText($path, $text, $encoding)
            Send-Case (Import-Csv $path) @{ Body = 'Hi {{ first_name }}' }
            Get-Text $a | Should -BeExactly 'Hi Zoë'
        }

        $path = Join-Path $TestDrive bare.csv
        [IO.File]::WriteAllText($path, $text, [Text.UnicodeEncoding]::new($false, $false))
        Get-Said (Import-Csv $path) | Should -Match 'UTF-16.*-Encoding unicode'
    }
}

Describe 'What is sent of a list' {
    BeforeAll {
        $a, $b, $c = $ids[0, 1, 2]
        $people = [pscustomobject]@{ participant_id = $a; first_name = 'Ann' }, [pscustomobject]@{ participant_id = $b; first_name = 'Bo' }, [pscustomobject]@{ participant_id = $c; first_name = 'Cy' }
    }

    BeforeEach { Clear-Sim $sim }

    It 'writes dates and numbers of objects for everybody alike' {
        $was = [cultureinfo]::CurrentCulture
        try {
            [cultureinfo]::CurrentCulture = 'de-DE'
            $row = [pscustomobject]@{ Id = $a; Day = [datetime] '2026-03-02'; At = [datetime] '2026-03-02 09:00'; Off = [datetimeoffset] '2026-03-02T09:30:00+02:00'; Pay = 1.5; Exact = 1.50d }
            Send-Case $row @{ Body = '{{ Day }} | {{ At }} | {{ Off }} | {{ Pay }} | {{ Exact }}'.Replace(' | ', ' / ') }
        }
        finally { [cultureinfo]::CurrentCulture = $was }
        Get-Text $a | Should -BeExactly '2026-03-02 / 2026-03-02 09:00 / 2026-03-02 09:30 / 1.5 / 1.50'
    }

    It "never takes a survey's own columns for the subject or the text" {
        $row = [pscustomobject]@{ participant_id = $a; subject = 'Biology'; text = 'I liked it'; Message = 'none' }
        Send-Case $row @{ Body = 'Thank you' }
        Get-Text $a | Should -BeExactly 'Thank you'
        $member = @(Get-SimParticipant $sim OpenHumans -First 1).id
        $row = [pscustomobject]@{ project_member_id = $member; subject = 'Biology'; text = 'I liked it'; Message = 'none' }
        ($row | Send-ParticipantMessage @openHumans -Body 'Thank you').Status | Should -Be Queued
        $mail = @(Get-SimMailbox $sim $member)
        $mail.body | Should -BeExactly 'Thank you'
        $mail.subject | Should -Not -Match 'Biology'
        ($row | Send-ParticipantMessage @openHumans -Body 'Thank you' -Subject 'For you' -RepeatAfter 0).Status | Should -Be Queued
        @(Get-SimMailbox $sim $member)[-1].subject | Should -BeLike '*For you'
    }

    It 'takes a name that looks like nothing when it is said to be one' {
        $row = [pscustomobject]@{ participant_id = $a; first_name = 'Null' }
        Send-Case $row @{ Body = 'Dear {{ first_name }}' }
        $words | Should -Match "-LiteralValue 'Null'"
        Send-Case $row @{ Body = 'Dear {{ first_name }}'; LiteralValue = 'Null' }
        Get-Text $a | Should -BeExactly 'Dear Null'
    }

    It 'refuses <_>, and says how it is written here' -ForEach '{first_name}', '[first_name]', '<<first_name>>', '«first_name»', '%first_name%', '${first_name}' {
        Send-Case $people[0] @{ Body = "Dear $_," }
        $receipts.Status | Should -Be Failed
        $words | Should -Match ([regex]::Escape('{{ first_name }}'))
        (Get-Mail).Count | Should -Be 0
    }

    It 'tells 500 rows with one misspelt placeholder once' {
        $rows = 1..500 | ForEach-Object { [pscustomobject]@{ participant_id = '{0:x24}' -f $_; first_name = "n$_" } }
        Send-Case $rows @{ Body = 'Dear {{ frist_name }}' }
        $problems.Count | Should -Be 2
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.MissingColumn,*'
        $problems[0].ErrorDetails.Message | Should -BeLike 'Rows 2 to 501: *'
        $problems[0].TargetObject.Count | Should -Be 500
        $problems[0].TargetObject[499].first_name | Should -Be n500
        $problems[0].ErrorDetails.RecommendedAction | Should -BeLike 'Write {{ first_name }} instead*'
        $problems[1].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.ListNotSent,*'
        $receipts.Count | Should -Be 500
    }

    It 'gives advice that helps where the header ends in a blank: what it says to write is found' {
        $row = [pscustomobject]@{ participant_id = $a; "first_name$([char]0xA0) " = 'Ann' }
        Send-Case $row @{ Body = 'Dear {{ frist_name }},' }
        (Get-Words $problems[0]) -match 'Write (\{\{ .+? \}\}) instead' | Should -BeTrue
        $Matches[1] | Should -BeExactly '{{ first_name }}'
        Send-Case $row @{ Body = "Dear $($Matches[1])," }
        Get-Text $a | Should -BeExactly 'Dear Ann,'
    }

    It 'tells a token that is refused midway once, as no row''s fault, with all rows that it kept back' {
        Add-SimFault $sim @{ method = 'POST'; pathPrefix = '/api/v1/messages/'; kind = 'Status'; status = 401; skip = 1 }
        $rows = 0..5 | ForEach-Object { [pscustomobject]@{ participant_id = $ids[$_]; n = $_ } }
        Send-Case $rows @{ Body = 'Number {{ n }}'; ThrottleLimit = 1 }
        $receipts.Status | Should -Be Sent, Failed, Failed, Failed, Failed, Failed
        $problems.Count | Should -Be 1
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.AuthenticationFailed,*'
        $problems[0].ErrorDetails.Message | Should -BeLike 'Prolific does not accept the token*5 messages were not sent (rows 3 to 7).'
        $problems[0].TargetObject.n | Should -Be 1, 2, 3, 4, 5
        @($receipts | Where-Object Status -eq Failed | ForEach-Object Reason) -match 'token' | Should -HaveCount 5
        (Get-Mail).id | Should -Be $ids[0]
        # At the very first look, before anything was claimed, and in a stream, where there may be no last row.
        $wrong = $prolific + @{}
        $wrong.Token = ConvertTo-Secure 'wrong'
        $all = @{ StudyId = $study; Body = 'Again {{ n }}'; ErrorAction = 'SilentlyContinue' } + $wrong
        $null = $rows | Send-ParticipantMessage @all -ErrorVariable found
        $found.Count | Should -Be 1
        $found[0].ErrorDetails.Message | Should -BeLike 'Prolific does not accept*6 messages were not sent (rows 2 to 7).'
        $found[0].TargetObject.n | Should -Be 0, 1, 2, 3, 4, 5
        $null = $rows[0..1] | Send-ParticipantMessage @all -Stream -ErrorVariable found
        $found[0].ErrorDetails.Message | Should -BeLike 'Prolific does not accept*'
        $found[0].TargetObject.n | Should -Be 0
        (Get-Mail).id | Should -Be $ids[0]
    }

    It 'tells a service that cannot be reached once, with all rows, and five of them one by one' {
        $rows = 0..11 | ForEach-Object { [pscustomobject]@{ participant_id = '{0:x24}' -f $_; n = $_ } }
        # Who the account is, is known by then.
        Send-Case $rows[0] @{ Body = 'x' }
        Add-SimFault $sim @{ method = 'POST'; pathPrefix = '/api/v1/messages/'; kind = 'Status'; status = 429; retryAfterSeconds = 3600 }
        Send-Case $rows @{ Body = 'Number {{ n }}'; MaxRetryWait = '5s' }
        $receipts.Status | Sort-Object -Unique | Should -Be Failed
        $problems.Count | Should -Be 1
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.RateLimited,*'
        $problems[0].ErrorDetails.Message | Should -BeLike '*12 messages were not sent (rows 2 to 13).'
        $problems[0].TargetObject.n | Should -Be (0..11)
        Send-Case $rows[0..4] @{ Body = 'Number {{ n }}'; MaxRetryWait = '5s' }
        $problems.Count | Should -Be 5
        $problems.TargetObject.n | Should -Be (0..4)
        $problems[0].ErrorDetails.Message | Should -BeLike 'Row 2 (*'
        (Get-Mail).Count | Should -Be 0
    }

    It 'takes exported receipts for people of no account where the token was given directly' {
        $receipt = $people | Send-ParticipantMessage @prolific -StudyId $study -Body 'Dear {{ nobody }}' -ErrorAction SilentlyContinue
        $receipt[0].Account | Should -BeLike 'Prolific@*'
        $path = Join-Path $TestDrive receipts.csv
        $receipt | Export-Csv $path
        $shown = @(Import-Csv $path | Test-ParticipantMessage -Body 'Hello' -WarningAction SilentlyContinue)
        $shown.Reason | ForEach-Object { $_ | Should -Not -Match 'Prolific@' }
        $shown[0].Findings | Should -Not -Match 'Prolific@'
        $shown[0].Findings | Should -Match 'No account is registered'
    }

    It 'looks for the fault in the study where the service does not know the study, and in no id' {
        $study = '0123456789abcdef01234567'
        Send-Case $people @{ Body = 'Hi' }
        $receipts.Status | Should -Be Failed, Failed, Failed
        $words | Should -Match 'Study not found'
        $words | Should -Match "Look the study's id up"
        $words | Should -Not -Match 'BatchSize|which id'
        (Get-Mail).Count | Should -Be 0
    }

    It 'warns when no row came' {
        $r = @() | Send-ParticipantMessage @prolific -StudyId $study -Body Hi -WarningVariable said -WarningAction SilentlyContinue
        $r | Should -BeNullOrEmpty
        "$said" | Should -Match 'nobody was messaged'
        @() | Test-ParticipantMessage @prolific -StudyId $study -Body Hi -WarningVariable said -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        "$said" | Should -Match 'No row came'
        $null = $people | Where-Object first_name -eq Dora | Send-ParticipantMessage @prolific -StudyId $study -Body Hi -Stream -WarningVariable said -WarningAction SilentlyContinue
        "$said" | Should -Match 'nobody was messaged'
    }

    It 'sends the trial to one id alone, and it counts for nothing' {
        $me = $ids[5]
        $all = @{ Body = 'Dear {{ first_name }}'; StudyId = $study; Campaign = 'trial' } + $prolific
        $r = @($people | Send-ParticipantMessage @all -TestTo "$me@email.prolific.com")
        $r.Count | Should -Be 1
        $r[0].Status | Should -Be Sent
        $r[0].ParticipantId | Should -Be $me
        (Get-Mail).id | Should -Be $me
        Get-Text $me | Should -BeExactly 'Dear Ann'
        # Once more, and then in earnest: to the person, too.
        (@($people | Send-ParticipantMessage @all -TestTo $me)).Status | Should -Be Sent
        $r = @($people + [pscustomobject]@{ participant_id = $me; first_name = 'Me' } | Send-ParticipantMessage @all)
        $r.Status | Should -Be Sent, Sent, Sent, Sent
        $r = @($people + [pscustomobject]@{ participant_id = ''; first_name = 'No' } | Send-ParticipantMessage @all -TestTo $me -ErrorAction SilentlyContinue)
        $r.Status | Should -Be Failed, Failed, Failed, Failed
        Get-ErrorFrom { $people | Send-ParticipantMessage @all -TestTo me } | ForEach-Object FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
    }

    It 'warns of a trial that goes to somebody of the list' {
        $null = $people | Send-ParticipantMessage -Body Hello -StudyId $study -TestTo $b @prolific -WarningVariable told -WarningAction SilentlyContinue
        "$told" | Should -BeLike "*$b is on the list*"
    }

    It 'exports findings of a preview as text and keeps them a list' {
        $p = [pscustomobject]@{ participant_id = 'x'; first_name = 'No' }, $people[0] | Test-ParticipantMessage -Body 'Dear {{ first_name }}' -StudyId $study @prolific
        $csv = $p | ConvertTo-Csv | ConvertFrom-Csv
        $csv[0].Findings | Should -BeLike '*is not a Prolific id*'
        $csv[1].Findings | Should -BeExactly ''
        ($p[0] | ConvertTo-Json | ConvertFrom-Json).Findings.Count | Should -Be 1
        ($p[1] | ConvertTo-Json -Compress) | Should -BeLike '*"Findings":`[`]*'
    }

    It 'sends what stands in a file, never the name of the file' {
        Push-Location $TestDrive
        try {
            'Hello' | Set-Content part2.txt
            $e = @(Get-ErrorFrom { $people | Send-ParticipantMessage -Body part2.txt -StudyId $study @prolific })
            $e.FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
            $e.ErrorDetails.RecommendedAction | Should -BeLike '*-BodyPath part2.txt*'
            (Get-Mail).Count | Should -Be 0
        }
        finally { Pop-Location }
    }

    It 'says that a beginning is long over' {
        $null = $people | Test-ParticipantMessage -Body Hello -StudyId $study @prolific -NotBefore (Get-Date).AddYears(-1) -WarningVariable said -WarningAction SilentlyContinue
        "$said" | Should -BeLike '-NotBefore was 20*is over*'
        $null = $people | Test-ParticipantMessage -Body Hello -StudyId $study @prolific -NotBefore (Get-Date).AddHours(-1) -WarningVariable said -WarningAction SilentlyContinue
        $said | Should -BeNullOrEmpty
    }

    It 'names a whole row that is given as an id' {
        $e = @(Get-ErrorFrom { Send-ParticipantMessage -ParticipantId $people -Body Hello -StudyId $study @prolific })
        $e.Count | Should -Be 1
        "$e" | Should -BeLike '*whole row*-ParticipantId*'
    }

    It 'shares that file with no other run' {
        $path = Join-Path $TestDrive shared.csv
        # A second run holds its file as this does: in a pipeline that waits for its next row.
        $other = [powershell]::Create().AddScript({
            param($module, $sim, $token, $study, $path, $go)
            Import-Module $module
            & { '5f0000000000000000000001'; $null = $go.WaitOne() } | Send-ParticipantMessage -Provider Prolific -Token $token -BaseUri $sim -StudyId $study -Body Hello -UnsentPath $path -ErrorAction SilentlyContinue
        })
        $go = [Threading.ManualResetEvent]::new($false)
        $null = $other.AddArgument((Join-Path $env:PM_MODULE 'ParticipantMessaging.psd1')).AddArgument($sim.BaseUri).AddArgument($prolific.Token).AddArgument($study).AddArgument($path).AddArgument($go)
        $running = $other.BeginInvoke()
        # Its file comes after its lock; the lock's own name is there a moment before anybody holds it, and then this run would be the first.
        while (-not (Test-Path $path) -and -not $running.IsCompleted) { [Threading.Thread]::Yield() | Out-Null }
        $running.IsCompleted | Should -BeFalse -Because "the other run waits for its next row: $($other.Streams.Error.ReadAll())"
        $e = @(Get-ErrorFrom { $people | Send-ParticipantMessage -Body Hello -StudyId $study -UnsentPath $path @prolific })
        $null = $go.Set()
        $other.EndInvoke($running)
        $other.Dispose()
        $e[0].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
        "$e" | Should -BeLike '*Another run is writing what it does not send*'
        (Get-Mail | Where-Object id -in $people.participant_id) | Should -BeNullOrEmpty
        "$path.lock" | Should -Not -Exist
        ($people | Send-ParticipantMessage -Body 'After the other run' -StudyId $study -UnsentPath $path @prolific).Status | Should -Be Sent, Sent, Sent
    }

    It 'writes what failed into a file that is sent as it is' {
        $path = Join-Path $TestDrive unsent.csv
        Set-Content $path 'something old'
        Get-ErrorFrom { $people | Send-ParticipantMessage -Body Hello -StudyId $study -UnsentPath $path @prolific } | ForEach-Object FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
        Get-Content $path | Should -BeExactly 'something old'
        Set-Content $path '"x","MessageStatus","MessageReason"'
        Add-SimFault $sim @{ method = 'POST'; bodyContains = 'Bo'; kind = 'Status'; status = 400; count = 1 }
        $all = @{ Body = 'Dear {{ first_name }}'; StudyId = $study; Campaign = 'unsent' } + $prolific
        $null = $people | Send-ParticipantMessage @all -UnsentPath $path -ErrorAction SilentlyContinue
        $left = @(Import-Csv $path)
        $left.first_name | Should -Be Bo
        $left.MessageStatus | Should -Be Failed
        $left.MessageReason | Should -Not -BeNullOrEmpty
        @($left[0].psobject.Properties.Name) | Should -Be participant_id, first_name, MessageStatus, MessageReason
        # The file itself is the list, and what is left of it afterwards.
        (Import-Csv $path | Send-ParticipantMessage @all -UnsentPath $path).Status | Should -Be Sent
        @(Import-Csv $path).Count | Should -Be 0
        @(Get-ChildItem $TestDrive -Filter 'unsent*').Name | Should -Be unsent.csv
        Get-Text $b | Should -BeExactly 'Dear Bo'
        # A trial, a no, and a list without a row take away nothing of what another run has left.
        $people[0] | Select-Object *, @{ n = 'MessageStatus'; e = { 'Failed' } }, @{ n = 'MessageReason'; e = { 'too late' } } | Export-Csv $path
        $held = Get-Content $path -Raw
        $null = Import-Csv $path | Send-ParticipantMessage @all -TestTo $b -UnsentPath $path
        Get-Content $path -Raw | Should -BeExactly $held
        $null = @() | Send-ParticipantMessage @all -UnsentPath $path -WarningAction SilentlyContinue
        Get-Content $path -Raw | Should -BeExactly $held
        (Invoke-Asked -Answer 2 -Script @"
Import-Module '$(Join-Path $env:PM_MODULE 'ParticipantMessaging.psd1')'
Import-Csv '$path' | Send-ParticipantMessage -Provider Prolific -Token (ConvertTo-SecureString '$SimProlificToken' -AsPlainText -Force) -BaseUri '$($sim.BaseUri)' -StudyId $study -Body Hello -UnsentPath '$path' -Confirm | ForEach-Object Status
"@).Output | Should -Be Skipped
        Get-Content $path -Raw | Should -BeExactly $held
        $null = $people | Send-ParticipantMessage @all -UnsentPath (Join-Path $TestDrive none.csv) -WhatIf 6>$null
        Join-Path $TestDrive none.csv | Should -Not -Exist
        Get-ErrorFrom { $people | Send-ParticipantMessage @all -UnsentPath (Join-Path $TestDrive no/such/folder.csv) } | ForEach-Object FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
    }

    It 'does not send a text twice within a day, without a campaign' {
        $all = @{ Body = "Repeat $([guid]::NewGuid())"; StudyId = $study } + $prolific
        (@($people | Send-ParticipantMessage @all)).Status | Should -Be Sent, Sent, Sent
        $r = @($people | Send-ParticipantMessage @all -WarningVariable said -WarningAction SilentlyContinue)
        $r.Status | Should -Be Skipped, Skipped, Skipped
        "$said" | Should -Match '3'
        (@($people | Send-ParticipantMessage @all -RepeatAfter 0)).Status | Should -Be Sent, Sent, Sent
        Get-Mail | ForEach-Object { $_.messages.Count | Should -Be 2 }
    }

    It 'sends nothing after -NotAfter' {
        $all = @{ Body = 'Dear {{ first_name }}'; StudyId = $study; Campaign = 'late' } + $prolific
        $r = @($people | Send-ParticipantMessage @all -NotAfter (Get-Date).AddSeconds(-1) -ErrorAction SilentlyContinue -ErrorVariable found)
        $r.Status | Should -Be Failed, Failed, Failed
        $r[0].Reason | Should -Match 'too late'
        $found = @($found | Where-Object { $_ -is [Management.Automation.ErrorRecord] })
        $found.Count | Should -Be 1
        $found[0].ErrorDetails.Message | Should -BeLike 'Not sent: too late*3 messages were not sent (rows 2 to 4).'
        $found[0].TargetObject.first_name | Should -Be Ann, Bo, Cy
        (Get-Mail).Count | Should -Be 0
    }

    It 'waits for -NotBefore' {
        $all = @{ Body = 'Dear {{ first_name }}'; StudyId = $study; Campaign = 'times' } + $prolific
        $start = (Get-Date).AddSeconds(3)
        $r = @($people | Send-ParticipantMessage @all -NotBefore $start)
        $r.Status | Should -Be Sent, Sent, Sent
        ($r.SentAt | Sort-Object | Select-Object -First 1) | Should -BeGreaterOrEqual ([datetimeoffset] $start).AddSeconds(-1)
        Get-ErrorFrom { $people | Send-ParticipantMessage @all -NotBefore (Get-Date).AddHours(2) -NotAfter (Get-Date).AddHours(1) } | ForEach-Object FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
        (@($people | Send-ParticipantMessage @all -Force -NotBefore 9:00 -WhatIf 6>$null)).Status | Should -Be Skipped, Skipped, Skipped
    }

    It 'answers an exported message into its conversation, once' {
        $null = Invoke-Sim $sim unread @{ count = 2 }
        $path = Join-Path $TestDrive unread.csv
        Get-UnreadMessage @prolific | Select-Object *, @{ Name = 'Answer'; Expression = { "To $($_.Id)" } } | Export-Csv $path
        $rows = @(Import-Csv $path)
        $r = @($rows | Send-ParticipantMessage @prolific -Body '{{ Answer }}' -ErrorAction SilentlyContinue -ErrorVariable found)
        "$found" | Should -BeNullOrEmpty
        @($r | Where-Object Status -ne Sent).Count | Should -Be 0
        foreach ($row in $rows) { Get-Text $row.SenderId | Should -Contain "To $($row.Id)" }
        $r[0].ConversationId | Should -Be $rows[0].ConversationId
        (@($rows | Send-ParticipantMessage @prolific -Body '{{ Answer }} again')).Status | Sort-Object -Unique | Should -Be Skipped
        # Without a text of ours it is an error, never an echo.
        $r = @($rows | Send-ParticipantMessage @prolific -ErrorAction SilentlyContinue)
        $r.Status | Sort-Object -Unique | Should -Be Failed
    }

    It 'refuses <Kind> as the file of the text' -TestCases @(
        @{ Kind = 'rich text'; Bytes = '{\rtf1\ansi Dear }' }
        @{ Kind = 'HTML'; Bytes = '<!DOCTYPE html><html>' }
        @{ Kind = 'PDF'; Bytes = '%PDF-1.7' }
    ) {
        $path = Join-Path $TestDrive body.any
        [IO.File]::WriteAllText($path, $Bytes)
        $problem = Get-ErrorFrom { $people | Send-ParticipantMessage @prolific -StudyId $study -BodyPath $path }
        $problem.FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
        $problem.Exception.Message | Should -Match $Kind
        (Get-Mail).Count | Should -Be 0
    }

    It 'names the id beside the row, and no row where there is no list' {
        Send-Case $people[0] @{ Body = '{{ code }}' }
        $problems[0].ErrorDetails.Message | Should -BeLike "Row 2 ($a): *"
        $found = $null
        $null = Send-ParticipantMessage $a @prolific -StudyId $study -Body '{{ code }}' -ErrorAction SilentlyContinue -ErrorVariable found
        $found[0].ErrorDetails.Message | Should -BeLike "$a`: *"
    }

    It 'keeps -WhatIf of forty people to a screen or two, with every text' {
        $rows = 1..40 | ForEach-Object { [pscustomobject]@{ participant_id = '{0:x24}' -f $_; first_name = "name$_" } }
        $body = "Dear {{ first_name }},`n`nline`n`nline`n`nbye"
        $out = Invoke-Pwsh -Arguments $sim.BaseUri, $study, $body {
            $uri, $study, $body = $args
            Import-Module (Join-Path $env:PM_MODULE ParticipantMessaging.psd1)
            $token = ConvertTo-SecureString sim-prolific-token -AsPlainText -Force
            1..40 | ForEach-Object { [pscustomobject]@{ participant_id = '{0:x24}' -f $_; first_name = "name$_" } } |
                Send-ParticipantMessage -Provider Prolific -Token $token -BaseUri $uri -StudyId $study -Body $body -WhatIf | Out-Null
        }
        $text = $out.Output -join "`n"
        1..40 | ForEach-Object { $text | Should -Match "Dear name$_,.*bye|Dear name$_,`n" }
        @($text -split "`n").Count | Should -BeLessThan 75
        $text | Should -Match 'Test-ParticipantMessage gives the texts'
        $null = $rows
    }
}

Describe 'Test-ParticipantMessage' {
    BeforeAll {
        $a, $b, $c = $ids[0, 1, 2]
        $rows = [pscustomobject]@{ participant_id = $a; first_name = 'Ann' }, [pscustomobject]@{ participant_id = $b; first_name = '' }, [pscustomobject]@{ participant_id = $a; first_name = 'Ann' }
        $all = @{ StudyId = $study; Campaign = 'preview' } + $prolific
    }

    BeforeEach { Clear-Sim $sim }

    It 'shows what each person would get, and sends and asks nothing' {
        $p = @($rows | Test-ParticipantMessage @all -Body 'Dear {{ first_name | participant }},')
        $p.Count | Should -Be 3
        $p[0] | Should -BeOfType ParticipantMessaging.MessagePreview
        $p.WouldBe | Should -Be Send, Send, Skip
        $p.Body | Should -BeExactly 'Dear Ann,', 'Dear participant,', 'Dear Ann,'
        $p[0].Length | Should -Be 9
        $p[2].Reason | Should -Match 'row 2'
        $p.Row | Should -Be 2, 3, 4
        $p[0].StudyId | Should -Be $study
        Get-SimRequests $sim | Should -BeNullOrEmpty
    }

    It 'says what is wrong, and writes no error' {
        $p = @($rows | Test-ParticipantMessage @all -Body 'Dear {{ first_name }},' -ErrorVariable found)
        $found | Should -BeNullOrEmpty
        $p.WouldBe | Should -Be Refuse, Refuse, Refuse
        $p[1].Findings | Should -Match 'first_name is empty.*AllowEmptyField'
        $p[0].Findings | Should -BeNullOrEmpty
        $p[0].Reason | Should -Match 'other rows'
        (@($rows | Test-ParticipantMessage @all -Body 'Dear {{ first_name }},' -SkipInvalid)).WouldBe | Should -Be Send, Refuse, Skip
    }

    It 'knows who has the message already, once the account is known' {
        $null = $rows[0] | Send-ParticipantMessage @all -Body Hello
        $p = @($rows | Test-ParticipantMessage @all -Body Hello)
        $p.WouldBe | Should -Be Skip, Send, Skip
        $p[0].Reason | Should -Match "Already sent in campaign 'preview'"
    }

    It 'makes no ledger for a look, and needs none that can be used' {
        $place = Join-Path $TestDrive 'looks'
        $environment = @{
            HARNESS = "$PSScriptRoot/Harness.ps1"; SIM = $sim.BaseUri; STUDY = $study; PEOPLE = "$a $b"
            HOME = $place; USERPROFILE = $place; XDG_CONFIG_HOME = "$place/config"; XDG_DATA_HOME = "$place/data"; APPDATA = "$place/config"; LOCALAPPDATA = "$place/data"
        }
        $null = New-Item -ItemType Directory $place
        $run = Invoke-Pwsh -Environment $environment {
            . $env:HARNESS
            Import-TestModule
            $direct = Get-Direct ([pscustomobject]@{ BaseUri = [uri]$env:SIM })
            $ledger = (Get-MessageLedger).Path
            function Look {
                $p = -split $env:PEOPLE | Test-ParticipantMessage @direct -StudyId $env:STUDY -Body Hello -Campaign look -WarningVariable warnings -WarningAction SilentlyContinue
                "$($p.WouldBe)|$warnings|$(@(Get-ChildItem $HOME -Recurse -Filter '*ledger.db*').Count)"
            }
            Look
            # What lies there is no ledger: said, left as it is, and everything else is looked at all the same.
            $null = New-Item $ledger -Force
            Look
            (Get-Item $ledger).Length
        }
        $lines = $run.Output -split '\r?\n'
        $lines[0] | Should -Be 'Send Send||0' -Because $run.Errors
        $lines[1] | Should -Match '^Send Send\|Who has the message already cannot be told: .*is empty.*\|1$'
        $lines[2] | Should -Be 0
        Get-SimRequests $sim | Should -BeNullOrEmpty
    }

    It 'shows the text as it arrives from Open Humans' {
        $p = [pscustomobject]@{ project_member_id = '12345678' } | Test-ParticipantMessage @openHumans -Body 'You are {{ PROJECT_MEMBER_ID }}.' -Subject 'For {{ PARTICIPANT_ID }}'
        $p.Body | Should -BeExactly 'You are 12345678.'
        $p.Subject | Should -BeExactly 'For 12345678'
    }

    It 'has a view, and can be sent from a file' {
        $p = @($rows | Test-ParticipantMessage @prolific -StudyId $study -Body 'Dear {{ first_name | participant }}, this is a file.')
        $p | Out-String -Width 80 | Should -Match 'WouldBe'
        $path = Join-Path $TestDrive preview.csv
        $p | Where-Object WouldBe -eq Send | Export-Csv $path
        $r = Import-Csv $path | Send-ParticipantMessage @prolific
        $r.Status | Should -Be Sent, Sent
        Get-Text $b | Should -BeExactly 'Dear participant, this is a file.'
    }
}

Describe 'What is piped and is no list' {
    BeforeAll {
        $two = $ids[0..1]
        $file = Join-Path $TestDrive people.csv
        'participant_id,first_name', "$($two[0]),Ann", "$($two[1]),Ben" | Set-Content $file
    }
    BeforeEach {
        Clear-Sim $sim
        $Error.Clear()
    }

    It 'is formatted output: <_>' -ForEach 'Format-Table', 'Format-List', 'Format-Wide' {
        foreach ($more in @{}, @{ SkipInvalid = $true }, @{ Stream = $true }) {
            Send-Case @(Import-Csv $file | & $_) (@{ Body = 'Hi' } + $more)
            $receipts.Status | Sort-Object -Unique | Should -Be Failed
            $words | Should -BeLike '*formatted output*Leave out Format-Table*'
            @($problems | Where-Object { "$_" -like '*formatted output*' }).Count | Should -Be 1
            $problems[0].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRecipient,*'
        }
        Get-SimRequests $sim | Should -BeNullOrEmpty
    }

    It 'is the lines of a file: <Name>' -ForEach @(
        @{ Name = 'with a header'; Lines = { Get-Content $file } }
        @{ Name = 'of ConvertTo-Csv'; Lines = { Import-Csv $file | ConvertTo-Csv } }
        @{ Name = 'with semicolons'; Lines = { Import-Csv $file | ConvertTo-Csv -Delimiter ';' -UseQuotes Never } }
        @{ Name = 'ids and numbers'; Lines = { 'participant_id,age'; $two | ForEach-Object { "$_,42" } } }
        @{ Name = 'ids and numbers without a header'; Lines = { $two | ForEach-Object { "$_,42" } } }
        @{ Name = 'without a header'; Lines = { Get-Content $file | Select-Object -Skip 1 } }
        @{ Name = 'as one text'; Lines = { Get-Content -Raw $file } }
    ) {
        Send-Case @(& $Lines) @{ Body = 'Hi' }
        $receipts.Status | Sort-Object -Unique | Should -Be Failed
        $problems.Count | Should -Be 2
        Get-Words $problems[0] | Should -BeLike 'This is a line of a file, not an id*Import-Csv people.csv | Send-ParticipantMessage*'
        $problems[0].TargetObject.Count | Should -Be $receipts.Count
        Get-SimRequests $sim | Should -BeNullOrEmpty
    }

    It 'is the lines of a file with one column: the header is none of the people' {
        Send-Case @('Prolific ID') @{ Body = 'Hi' }
        $words | Should -BeLike 'This is a line of a file*'
        Send-Case @(@('participant_id') + $two) @{ Body = 'Hi' }
        $words | Should -BeLike 'This is a line of a file*'
        Get-SimRequests $sim | Should -BeNullOrEmpty
        # Ids alone are a list.
        Send-Case $two @{ Body = 'Hi' }
        $receipts.Status | Should -Be Sent, Sent
    }

    It 'is a file of receipts, whose rows have stayed behind' {
        Import-Csv $file | Send-ParticipantMessage @prolific -StudyId $study -Campaign exported -Body 'Hi {{ first_name }}' | Export-Csv (Join-Path $TestDrive receipts.csv)
        Clear-Sim $sim
        Send-Case (Import-Csv (Join-Path $TestDrive receipts.csv)) @{ Body = 'Hi {{ first_name }}' }
        $receipts.Status | Sort-Object -Unique | Should -Be Failed
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.MissingColumn,*'
        $words | Should -BeLike '*a file of receipts*-UnsentPath*'
        Send-Case (Import-Csv (Join-Path $TestDrive receipts.csv)) @{ Body = 'Hi {first_name}' }
        $receipts.Status | Sort-Object -Unique | Should -Be Failed
        Get-SimRequests $sim | Should -BeNullOrEmpty
        # A text without columns goes out as ever.
        Send-Case (Import-Csv (Join-Path $TestDrive receipts.csv)) @{ Body = 'Hi' }
        $receipts.Status | Should -Be Sent, Sent
    }
}

Describe 'Several groups' {
    BeforeEach { Clear-Sim $sim }

    It 'are told to be too many, and nothing is asked or sent: <Name>' -ForEach @(
        @{ Name = 'a list'; Groups = @('662e4c90a0d643ed360d5a3f', '6319900fe9dbd7d5d444d3f0'); Words = '*2 groups were given*ForEach-Object { Send-ParticipantMessage -GroupId $_*' }
        @{ Name = 'a text with a comma'; Groups = 'a,b'; Words = "*'a,b' is more than the id of one*ForEach-Object { Send-ParticipantMessage -GroupId `$_*" }
        @{ Name = 'ids with blanks'; Groups = '662e4c90a0d643ed360d5a3f 6319900fe9dbd7d5d444d3f0'; Words = '*more than the id of one*' }
    ) {
        $problem = Get-ErrorFrom { Send-ParticipantMessage @prolific -GroupId $Groups -StudyId $study -Body Hello -Confirm:$false -ErrorAction Stop }
        "$($problem.Exception.Message) $(Get-Words $problem)" | Should -BeLike $Words
        Get-SimRequests $sim | Should -BeNullOrEmpty
    }

    It 'of one element is that group' {
        $group = (Get-ParticipantGroup @prolific)[0].Id
        (Send-ParticipantMessage @prolific -GroupId @($group) -StudyId $study -Body Hello -Confirm:$false).GroupId | Should -Be $group
    }
}

Describe 'A campaign whose name looks like that of another' {
    BeforeAll {
        $rows = $ids[0..1] | ForEach-Object { [pscustomobject]@{ participant_id = $_ } }
        $nbsp = [char]0xA0
    }
    BeforeEach { Clear-Sim $sim }

    It 'is refused before anything is sent, with what to type' {
        $null = $rows | Send-ParticipantMessage @prolific -StudyId $study -Body Hello -Campaign "Look$($nbsp)alike"
        Clear-Sim $sim
        foreach ($more in @{}, @{ Stream = $true }, @{ WhatIf = $true }) {
            Send-Case $rows (@{ Body = 'Hello'; Campaign = 'look alike' } + $more)
            $receipts.Status | Should -Be Failed, Failed
            $problems[0].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
            $words | Should -Match 'a no-break space, U\+00A0, at place 5[\s\S]*"Look`u\{A0\}alike"[\s\S]*-Force'
        }
        (Get-Mail).Count | Should -Be 0
        $preview = @($rows | Test-ParticipantMessage @prolific -StudyId $study -Body Hello -Campaign 'look alike')
        $preview.WouldBe | Should -Be Refuse, Refuse

        # What the error says can be typed as it stands.
        $named = $words -match '"Look[^"]*"' ? (Invoke-Expression $Matches[0]) : $null
        ($rows | Send-ParticipantMessage @prolific -StudyId $study -Body Hello -Campaign $named).Status | Should -Be Skipped, Skipped
        Send-Case $rows @{ Body = 'Hello'; Campaign = 'look alike'; Force = $true }
        $receipts.Status | Should -Be Sent, Sent
        (Get-Mail).Count | Should -Be 2
    }
}

Describe 'An Id that may be anything''s' {
    BeforeEach {
        Clear-Sim $sim
        $Error.Clear()
    }

    It 'is no person''s when it is a broadcast''s, a subscription''s, a secret''s or the researcher''s own: <_>' -ForEach 'whole', 'selected' {
        $null = Invoke-Sim $sim subscriptions -Body @{ targetUrl = 'https://hooks.example.org/x' }
        $sources = @(@(Get-WebhookSubscription @prolific)[0], @(Get-ParticipantGroup @prolific)[0], (Test-MessagingAccount @prolific), (New-WebhookSecret @prolific -Confirm:$false -WarningAction Ignore)) | Where-Object { $_ }
        $sources.Count | Should -Be 4
        foreach ($source in $sources) {
            # As it is, a group means its people.
            if ($_ -eq 'whole' -and $source.GetType().Name -eq 'ParticipantGroup') { continue }
            $row = $_ -eq 'selected' ? ($source | Select-Object Id, Provider) : $source
            Send-Case $row @{ Body = 'Hello' }
            $receipts.Status | Should -Be Failed
            $problems[0].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRecipient,*' -Because $source.GetType().Name
        }
        (Get-Mail).Count | Should -Be 0
    }

    It 'is asked about when another column holds ids as well, and -IdColumn answers' {
        $person = $ids[0]
        $rows = @([pscustomobject]@{ _id = 'a' * 24; PID = $person; name = 'Ann' }; [pscustomobject]@{ _id = 'b' * 24; PID = $ids[1]; name = 'Bo' })
        Send-Case $rows @{ Body = 'Dear {{ name }}' }
        $receipts.Status | Should -Be Failed, Failed
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.AmbiguousRecipient,*'
        $words | Should -Match "-IdColumn 'PID'"
        (Get-Mail).Count | Should -Be 0
        # Whose PID is missing gets nothing by the record's id either, and a record's id alone is none.
        Send-Case @($rows; [pscustomobject]@{ _id = 'd' * 24; PID = ''; name = 'Cy' }) @{ Body = 'Dear {{ name }}'; SkipInvalid = $true }
        $receipts.Status | Should -Be Failed, Failed, Failed
        Send-Case ([pscustomobject]@{ _id = 'd' * 24; name = 'Cy' }) @{ Body = 'Dear {{ name }}'; Stream = $true }
        $receipts.Status | Should -Be Failed
        $words | Should -Match "-IdColumn '_id'"
        (Get-Mail).Count | Should -Be 0
        # A submission as Prolific's own interface gives it.
        Send-Case ([pscustomobject]@{ id = 'c' * 24; participant = $person; study_id = $study }) @{ Body = 'Hello' }
        $receipts.Status | Should -Be Failed
        Send-Case $rows @{ Body = 'Dear {{ name }}'; IdColumn = 'PID' }
        $receipts.Status | Should -Be Sent, Sent
        Get-Text $person | Should -Be 'Dear Ann'
        # What else has that shape in people's lists is no reason to ask.
        Send-Case @(0, 1 | ForEach-Object { [pscustomobject]@{ Id = $ids[$_ + 3]; my_study = 'e' * 24; SessionKey = "$_" * 24; ref_code = "f$_" * 12; name = 'Di' } }) @{ Body = 'Dear {{ name }}' }
        $receipts.Status | Should -Be Sent, Sent -Because $words
        # Alone, it is a person's.
        Send-Case ([pscustomobject]@{ Id = $ids[2]; study_id = $study; name = 'Cy' }) @{ Body = 'Dear {{ name }}' }
        Get-Text $ids[2] | Should -Be 'Dear Cy'
    }
}

Describe 'A broadcast or a conversation out of a file' {
    BeforeEach { Clear-Sim $sim }

    It 'is nobody''s message, and no person' {
        Send-Case ([pscustomobject]@{ Id = 'a' * 24; Account = ''; StudyId = $study; Subject = 'x'; Body = 'the text of the broadcast'; RecipientCount = 3; RepliedCount = 0 }) @{}
        $receipts.Status | Should -Be Failed
        (Get-Mail).Count | Should -Be 0
    }

    It 'means the other person, in that conversation' {
        $row = [pscustomobject]@{ Id = 'b' * 24; ParticipantId = $ids[0]; Subject = 'x'; Topic = 'other'; StudyId = $study; UpdatedAt = '' }
        Send-Case $row @{ Body = 'Hello' }
        $receipts.ParticipantId | Should -Be $ids[0]
        $receipts.ConversationId | Should -Be ('b' * 24)
    }
}

Describe 'A receipt that comes from elsewhere' {
    BeforeEach { Clear-Sim $sim }

    It 'goes to nobody else than it says' {
        $row = [pscustomobject]@{ participant_id = $ids[0]; contact = $ids[1]; first_name = 'Ann' }
        Add-SimFault $sim @{ method = 'POST'; pathPrefix = '/api/v1/messages/'; kind = 'Status'; status = 400; count = 1 }
        Send-Case $row @{ Body = 'Dear {{ first_name }}'; IdColumn = 'contact' }
        $receipts.Status | Should -Be Failed
        $failed = $receipts
        Send-Case $failed @{ Body = 'Dear {{ first_name }}' }
        $receipts.Status | Should -Be Failed
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.AmbiguousRecipient,*'
        Send-Case $failed @{ Body = 'Dear {{ first_name }}'; IdColumn = 'contact' }
        $receipts.Status | Should -Be Sent -Because $words
        (Get-Mail).id | Should -Be $ids[1]
    }

    It 'of a trial means whom the trial went to' {
        $row = [pscustomobject]@{ participant_id = $ids[0]; first_name = 'Ann' }
        Add-SimFault $sim @{ method = 'POST'; pathPrefix = '/api/v1/messages/'; kind = 'Status'; status = 400; count = 1 }
        Send-Case $row @{ Body = 'Dear {{ first_name }}'; TestTo = $ids[2] }
        $receipts.Status | Should -Be Failed
        Send-Case $receipts @{ Body = 'Hello' }
        $receipts.ParticipantId | Should -Be $ids[2]
        @(Get-SimMailbox $sim $ids[0]).Count | Should -Be 0
    }

    It 'means the row it came from, with its columns: <_>' -ForEach 'Clixml', 'Json' {
        $people = @([pscustomobject]@{ participant_id = $ids[0]; first_name = 'Ann' }; [pscustomobject]@{ participant_id = 'x'; first_name = 'Bo' })
        Send-Case $people @{ Body = 'Dear {{ first_name }}' }
        $receipts.Status | Should -Be Failed, Failed
        $copies = $_ -eq 'Json' ? ($receipts | ConvertTo-Json | ConvertFrom-Json) : $(
            $file = Join-Path $TestDrive 'receipts.xml'
            $receipts | Export-Clixml $file
            Import-Clixml $file)
        @($copies | Where-Object ParticipantId -eq $ids[0]) | Should -HaveCount 1
        Send-Case @($copies | Where-Object ParticipantId -eq $ids[0]) @{ Body = 'Dear {{ first_name }}' }
        $receipts.Status | Should -Be Sent -Because $words
        Get-Text $ids[0] | Should -Be 'Dear Ann'
    }
}

Describe 'A text that is a list' {
    It 'is refused with what to do, in place of what PowerShell says' {
        $e = Get-ErrorFrom { Send-ParticipantMessage $ids[0] -StudyId $study -Body 'line 1', 'line 2' @prolific }
        "$e" | Should -Match '2 texts were given.*-BodyPath.*-Raw'
        (Send-ParticipantMessage $ids[0] -StudyId $study -Body @('one') -WhatIf @prolific 6>$null).Status | Should -Be Skipped
    }
}
