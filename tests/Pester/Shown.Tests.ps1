<#
    One cleaning for everything that is shown: whatever a service, a file, a participant or a webhook writes, no control character, no mark of
    direction and nothing invisible of it reaches the terminal. Every view of every type, then every stream of every cmdlet, in a PowerShell
    of its own whose output is looked at byte by byte.
#>
BeforeDiscovery {
    $formats = [xml](Get-Content -Raw (Join-Path $env:PM_REPOSITORY 'module/ParticipantMessaging.format.ps1xml'))
    $types = @($formats.Configuration.ViewDefinitions.View.ViewSelectedBy.TypeName | Sort-Object -Unique | ForEach-Object { @{ Type = $_ } })
}

BeforeAll {
    . $PSScriptRoot/Harness.ps1
    Import-TestModule
    $hostile = "x`e]52;c;ZXZpbA==`a`e[2J`e[8mhid`rover`u{9b}2J`u{85}n`u{202E}rtl`u{2066}iso`u{200B}zero`u{FEFF}bom`u{2028}ls`u{E0041}tag"

    # What PowerShell itself writes between: colours. Nothing else may be there.
    function Find-Steering([string] $Text) {
        $found = @(if ($Text.Contains("`e[8m")) { 'hidden' })
        $rest = $Text -replace '\e\[[0-9;]*m' -replace '\r\n', "`n"
        $found + @([regex]::Matches($rest, '[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|\udb40.') |
            ForEach-Object { 'U+{0:X4} in {1}' -f [int]$_.Value[0], ($rest.Substring([Math]::Max(0, $_.Index - 40), [Math]::Min(80, $rest.Length - [Math]::Max(0, $_.Index - 40))) -replace '[^\x20-\x7e]', '?') })
    }
}

Describe 'The views of <Type>' -ForEach $types {
    It 'clean every text' {
        $class = (Get-Command Get-WebhookEvent).OutputType.Type.Assembly.GetType($Type) ?? (Get-Command Get-WebhookEvent).ImplementingType.Assembly.GetType($Type)
        $object = [Activator]::CreateInstance($class, $true)
        $filled = 0
        foreach ($property in $class.GetProperties() | Where-Object CanWrite) {
            $value = switch ($property.PropertyType) {
                { $_ -eq [string] } { $hostile }
                { $_.IsAssignableFrom([Collections.Generic.Dictionary[string, object]]) -and $_ -ne [object] } {
                    $members = [Collections.Generic.Dictionary[string, object]]::new()
                    $members[$hostile] = $hostile
                    , $members
                }
                { $_.IsAssignableFrom([Collections.Generic.List[string]]) -and $_ -ne [object] } { , [Collections.Generic.List[string]]@($hostile) }
                { $_.Name -eq 'WebhookPayload' } { $_::new([string]"{`"event_type`":`"$hostile`"}") }
                { $_ -eq [uri] } { [uri]"https://example.org/`u{202E}x" }
            }
            if ($null -eq $value) { continue }
            $property.SetValue($object, $value)
            $filled++
        }
        $filled | Should -BeGreaterThan 0
        $rendering = $PSStyle.OutputRendering
        $PSStyle.OutputRendering = 'Ansi'
        try { $shown = foreach ($width in 80, 400) { $object | Out-String -Width $width; $object | Format-Table | Out-String -Width $width; $object | Format-List | Out-String -Width $width } }
        finally { $PSStyle.OutputRendering = $rendering }
        ($shown -join '') | Should -Match '␛'
        Find-Steering ($shown -join '') | Should -BeNullOrEmpty
    }
}

Describe 'A hostile service, list and webhook' {
    BeforeAll {
        # A service whose every text is hostile, errors too.
        $port = Get-FreePort
        $json = ConvertTo-Json $hostile
        $service = Start-ThreadJob -ArgumentList $port, $json {
            param($port, $json)
            $listener = [Net.HttpListener]::new()
            $listener.Prefixes.Add("http://127.0.0.1:$port/")
            $listener.Start()
            $names = 'id', 'sender_id', 'body', 'subject', 'topic', 'type', 'channel_id', 'conversation_id', 'category', 'study_id', 'name', 'description', 'workspace', 'workspace_id',
                'event_type', 'target_url', 'resource_id', 'status', 'participant_id', 'participant', 'study', 'value', 'email', 'audience_source', 'title', 'user_name', 'study_code'
            $members = ($names | ForEach-Object { "`"$_`":$json" }) -join ','
            $item = "{$members,`"is_enabled`":true,`"participant_count`":1,`"datetime_created`":`"2026-03-01T12:00:00Z`",`"data`":{`"category`":$json,`"study_id`":$json},`"payload`":{`"status`":$json,`"participant_id`":$json},`"additional`":{${json}:$json}}"
            $list = '{{"results":[{0}],"meta":{{"count":1}}}}'
            $idMember = "`"id`":$json"
            $statusMember = "`"status`":$json"
            while ($listener.IsListening) {
                $context = $listener.GetContext()
                $path = $context.Request.Url.AbsolutePath
                if ($path -eq '/end') { $context.Response.Close(); $listener.Stop(); break }
                $context.Response.StatusCode = 200
                $answer = switch -Wildcard ("$($context.Request.HttpMethod) $path$($context.Request.Url.Query)") {
                    # Whose events all fail, so that there is something to warn of.
                    'GET */events/*status=FAILED*' { $list -f $item.Replace($statusMember, '"status":"FAILED"'); break }
                    'GET */events/*status=SUCCEEDED*' { '{"results":[],"meta":{"count":0}}'; break }
                    'GET */hooks/subscriptions/[?]*' { $list -f $item.Replace($idMember, '"id":"5fa87fbf2e0da5e5360d5a3f"'); break }
                    'GET */users/me/*' { "{`"id`":`"5f8d0c3e4b2a1c0012345678`",`"email`":$json,`"name`":$json}"; break }
                    'GET */project/members/*' { "{`"count`":1,`"results`":[{`"project_member_id`":$json,`"username`":$json}]}"; break }
                    'GET */project/*' { "{`"id`":7,`"name`":$json,`"slug`":$json}"; break }
                    '*ffffffffffffffffffffffff*' { $context.Response.StatusCode = 400; "{`"error`":{`"status`":400,`"error_code`":$json,`"title`":$json,`"detail`":{${json}:[$json]}}}"; break }
                    'GET */hooks/subscriptions/[0-9a-f]*/' { $item; break }
                    'GET *' { $list -f $item; break }
                    default { $context.Response.StatusCode = 400; "{`"error`":{`"status`":400,`"title`":$json,`"detail`":[$json]}}" }
                }
                $bytes = [Text.Encoding]::UTF8.GetBytes($answer)
                $context.Response.ContentType = 'application/json'
                $context.Response.OutputStream.Write($bytes, 0, $bytes.Length)
                $context.Response.Close()
            }
        }

        # Every command in every view and stream. What a command is called with stands in the script, what it is shown as in the output.
        $script = {
            $ErrorActionPreference = 'Continue'
            $VerbosePreference = 'Continue'
            $PSStyle.OutputRendering = 'Ansi'
            Import-Module (Join-Path $env:PM_MODULE 'ParticipantMessaging.psd1') -Verbose:$false
            $x = $env:HOSTILE | ConvertFrom-Json
            $lab = @{ Provider = 'Prolific'; Token = ConvertTo-SecureString 'hostile-token' -AsPlainText -Force; BaseUri = $env:SERVICE }
            $open = @{ Provider = 'OpenHumans'; Token = $lab.Token; BaseUri = $env:SERVICE }
            $good = '613c66744c3e1f9ad444d3f0'
            $study = '5fa87fbf2e0da5e5360d5a3f'
            $bad = 'f' * 24
            $rows = @(
                [pscustomobject]@{ participant_id = $good; first_name = $x; study_id = $study }
                [pscustomobject]@{ participant_id = $x; first_name = 'Ann'; study_id = $study }
                [pscustomobject]@{ participant_id = '61'; first_name = ''; study_id = $x }
            )
            $commands = @(
                { Get-UnreadMessage @lab }, { Get-ParticipantMessage @lab -Since 1d }, { Get-ParticipantMessage @lab -ParticipantId $x }, { Get-MessageConversation @lab }
                { Get-MessageBroadcast @lab -StudyId $study }, { Get-ParticipantGroup @lab -WorkspaceId $study }, { Get-ParticipantGroup @lab -Id $bad }, { Get-ParticipantGroup @lab -Name "$x*" }
                { Get-Participant @lab -StudyId $study }, { Get-Participant @lab -StudyId $study -Status $x }, { Get-Participant @lab -GroupId $study }, { Get-Participant @open }
                { Get-WebhookEventType @lab }, { Get-WebhookSecret @lab -WorkspaceId $study }, { Get-WebhookSecret @lab }, { Get-WebhookSubscription @lab }, { Get-WebhookSubscription @lab -Id $bad }
                { Get-WebhookEvent @lab -SubscriptionId $study }, { Get-WebhookEvent @lab -SubscriptionId $bad }, { Get-WebhookEvent @lab -SubscriptionId $x }
                { New-WebhookSubscription @lab -EventType $x -TargetUrl https://lab.example.org/x -WorkspaceId $study }, { New-WebhookSubscription @lab -EventType $x -TargetUrl https://lab.example.org/x -WorkspaceId $x -WhatIf }
                { Set-WebhookSubscription @lab -Id $x -EventType $x -WhatIf }, { Remove-WebhookSubscription @lab -Id $x -WhatIf }, { Remove-WebhookSubscription @lab -Id $bad -Confirm:$false }
                { New-WebhookSecret @lab -WorkspaceId $x -WhatIf }, { New-WebhookSecret @lab -WorkspaceId $bad -Confirm:$false }
                { Get-WebhookEvent @lab -SubscriptionId $study | Send-WebhookEvent http://127.0.0.1:1/ -WhatIf }, { Get-WebhookEvent @lab -SubscriptionId $study | Send-WebhookEvent http://127.0.0.1:1/ -Secret $lab.Token }
                { @{ Headers = @{ 'X-Event-ID' = $x }; RawBody = "{`"event_type`":$($x | ConvertTo-Json),`"status`":$($x | ConvertTo-Json)}" } | ConvertFrom-WebhookRequest -SkipVerification }
                { $x | ConvertFrom-WebhookRequest -Secret $lab.Token }, { Test-WebhookSignature $x $x $x -Secret $lab.Token -Detailed }
                { Test-MessagingAccount @lab }, { Test-MessagingAccount @open }
                { $rows | Send-ParticipantMessage @lab -Body "Dear {{ first_name }}, $x" }, { $rows | Send-ParticipantMessage @lab -Body "Dear {{ first_name }}, $x" -SkipInvalid }
                { $rows[0] | Send-ParticipantMessage @lab -Body "Dear {{ first_name }}, $x" -Campaign $x -WhatIf }, { $rows[0] | Send-ParticipantMessage @lab -Body 'Dear {{ no_such }}' -StudyId $x }
                { $rows[0] | Send-ParticipantMessage @lab -Body 'Hello' -Campaign $x }, { $rows[0] | Send-ParticipantMessage @lab -Body 'Hello' -ConversationId $x }
                { Send-ParticipantMessage @lab -GroupId $study -Body $x -StudyId $study -WhatIf }, { Send-ParticipantMessage @lab -GroupId $study -Body $x -StudyId $study }
                { Send-ParticipantMessage @open -AllMembers -Subject $x -Body $x -WhatIf }, { [pscustomobject]@{ Id = '12345678'; Account = $x; Message = $x } | Send-ParticipantMessage }
                { Get-UnreadMessage @lab | Send-ParticipantMessage @lab -Body $x }, { Send-ParticipantMessage -ParticipantId $good -Account $x -Body x -StudyId $study }
                { New-MessageConversation @lab -ParticipantId $good -Subject $x -Topic study-progress -Body $x -WhatIf }, { New-MessageConversation @lab -ParticipantId $x -Subject $x -Topic study-progress }
                { $rows | Test-ParticipantMessage @lab -Body "Dear {{ first_name }}, $x" }
                { Get-SentMessage }, { Get-SentMessage -Campaign $x }, { Get-MessageCampaign }, { Resolve-SentMessage -Campaign $x -As Sent -Confirm:$false }, { Export-CampaignReport -Campaign $x -Path (Join-Path $HOME 'report.html') }
                { Block-Participant -ParticipantId $x -Provider Prolific -Reason $x }, { Block-Participant -ParticipantId $good -Provider Prolific -Reason $x }, { Get-BlockedParticipant }, { Unblock-Participant -ParticipantId $x -Provider Prolific -Confirm:$false }
                { [pscustomobject]@{ ParticipantId = $good; Provider = $x } | Block-Participant }
                { Clear-SentMessage -Campaign $x -WhatIf }, { Clear-SentMessage -ParticipantId $x -Confirm:$false }
                { Set-MessageLedger -Path (Join-Path $HOME "no`u{202E}such" "$x.db") -WhatIf }, { Set-MessageLedger -ConnectionString "Host=$x;Username=$x" -WhatIf }, { Get-MessageLedger }
                { Register-MessagingAccount -Name $x @lab -Force }, { Register-MessagingAccount -Name lab @lab -SecretName $x -Vault $x -Force }, { Get-MessagingAccount -Name $x }, { Unregister-MessagingAccount -Name $x -Confirm:$false }
                { Set-MessagingAccount -Name $x -WorkspaceId $x }, { Get-UnreadMessage -Account $x }
            )
            foreach ($view in 'ConciseView', 'NormalView', 'CategoryView') {
                $ErrorView = $view
                foreach ($command in $commands) {
                    if (-not (Get-Command $command.Ast.Find({ $args[0] -is [Management.Automation.Language.CommandAst] }, $true).GetCommandName() -ErrorAction Ignore) -and "$command" -match '^\s*(Export|Get-MessageCampaign|Block|Get-Blocked|Unblock|Set-MessagingAccount)') { continue }
                    try { $out = & $command; $out | Out-Default; if ($view -eq 'ConciseView') { $out | Format-List | Out-Default; $out | Format-Table | Out-Default } }
                    catch { $_ | Out-Default }
                }
            }
            'THE END'
            [Console]::Error.WriteLine("completed: $(@((TabExpansion2 'Get-SentMessage -Campaign ' 26).CompletionMatches | ForEach-Object { $_.CompletionText + $_.ToolTip }) -join ',')")
        }
        $run = Invoke-Pwsh $script -Environment @{ SERVICE = "http://127.0.0.1:$port"; HOSTILE = $json }
        try { $null = Invoke-WebRequest "http://127.0.0.1:$port/end" -NoProxy } catch { $null = $_ }
        $service | Remove-Job -Force
        if ($env:PM_SHOWN) { Set-Content $env:PM_SHOWN ($run.Output + "`n=====`n" + $run.Errors) -NoNewline }
    }

    It 'were all asked, and what they said is there' {
        $run.Output | Should -Match 'THE END'
        foreach ($said in '␛\]52;c;ZXZpbA==␇', 'VERBOSE:', 'What if:', 'InvalidRecipient|is no id', 'WARNING:') { $run.Output + $run.Errors | Should -Match $said }
    }

    It 'reach the terminal through no stream and no view' {
        Find-Steering $run.Output | Should -BeNullOrEmpty
        Find-Steering $run.Errors | Should -BeNullOrEmpty
    }
}
