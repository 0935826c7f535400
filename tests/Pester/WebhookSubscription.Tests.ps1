# Event types, secrets, subscriptions: against the simulator, asserted on what it received.
BeforeAll {
    . $PSScriptRoot/Harness.ps1
    Import-TestModule
    $sim = Start-Sim @('--participants', '20', '--seed', '5', '--no-webhook-delivery')
    $direct = Get-Direct $sim
    $workspace = (Invoke-Sim $sim info).workspaceId
    $target = 'https://hooks.example.org/prolific'
    function Get-Calls([string] $Match) { @(Get-SimRequests $sim $Match) }
}

AfterAll {
    Stop-Sim $sim
}

Describe 'Get-WebhookEventType' {
    It 'lists what can be subscribed to' {
        $types = Get-WebhookEventType @direct
        $types[0] | Should -BeOfType ([ParticipantMessaging.WebhookEventType])
        $types.EventType | Should -Contain 'submission.status.change'
        $types.Description | Should -Not -BeNullOrEmpty
    }

    It 'says that Open Humans has none' {
        $open = Get-Direct $sim OpenHumans
        (Get-ErrorFrom { Get-WebhookEventType @open }).FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.NotSupported,*'
    }
}

Describe 'Webhook secrets' {
    It 'asks before it replaces one, and says what that means' {
        $before = (New-WebhookSecret @direct -AsPlainText -Confirm:$false).PlainText
        $run = Invoke-Pwsh -Environment @{ URI = $sim.BaseUri } {
            Import-Module (Join-Path $env:PM_MODULE 'ParticipantMessaging.psd1')
            New-WebhookSecret -Provider Prolific -Token (ConvertTo-SecureString 'sim-prolific-token' -AsPlainText -Force) -BaseUri $env:URI -WhatIf
        }
        $run.Output | Should -Match 'replaces the old one at once'
        (Get-WebhookSecret @direct -AsPlainText).PlainText | Should -Be $before
        [Management.Automation.CommandMetadata]::new((Get-Command New-WebhookSecret)).ConfirmImpact | Should -Be 'High'
    }

    It 'gives the value as a SecureString, and in clear only on request' {
        $secret = New-WebhookSecret @direct -Confirm:$false
        $secret.Value | Should -BeOfType ([securestring])
        $secret.PlainText | Should -BeNullOrEmpty
        $secret.WorkspaceId | Should -Be $workspace
        $plain = (Get-WebhookSecret @direct -AsPlainText).PlainText
        ConvertFrom-SecureString $secret.Value -AsPlainText | Should -Be $plain
        ($secret | Format-List * | Out-String) | Should -Not -Match ([regex]::Escape($plain))
        ($secret | Out-String) | Should -Not -Match ([regex]::Escape($plain))
    }

    It 'stores the value in a vault' -Skip:(-not ((Get-Module Microsoft.PowerShell.SecretManagement -ListAvailable) -and (Get-Module Microsoft.PowerShell.SecretStore -ListAvailable))) {
        New-TestVault
        $made = New-WebhookSecret @direct -Confirm:$false -SecretName 'hook secret'
        Microsoft.PowerShell.SecretManagement\Get-Secret -Name 'hook secret' -AsPlainText | Should -Be (ConvertFrom-SecureString $made.Value -AsPlainText)
        $null = Get-WebhookSecret @direct -Vault TestStore
        Microsoft.PowerShell.SecretManagement\Get-Secret -Name "ParticipantMessaging-Webhook-$workspace" -AsPlainText | Should -Be (ConvertFrom-SecureString $made.Value -AsPlainText)
    }

    It 'replaces nothing when the vault that is to keep it cannot be written' {
        $before = (New-WebhookSecret @direct -AsPlainText -Confirm:$false).PlainText
        $null = Invoke-Sim $sim requests -Method Delete
        $e = Get-ErrorFrom { New-WebhookSecret @direct -Confirm:$false -Vault 'no such vault' }
        $e.FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.VaultNotInstalled,*'
        "$e" | Should -Match 'No new webhook secret was made'
        Get-Calls 'POST *' | Should -BeNullOrEmpty
        (Get-WebhookSecret @direct -AsPlainText).PlainText | Should -Be $before
    }

    It 'leaves the present secret in the vault when a new one could not be made, and nothing where there is none' {
        New-TestVault
        $before = (New-WebhookSecret @direct -AsPlainText -Confirm:$false).PlainText
        Add-SimFault $sim @{ method = 'POST'; pathPattern = '/hooks/secrets/'; kind = 'Status'; status = 403; count = 1 }
        New-WebhookSecret @direct -Confirm:$false -SecretName 'kept' -ErrorAction SilentlyContinue -ErrorVariable problem | Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.PermissionDenied,*'
        Microsoft.PowerShell.SecretManagement\Get-Secret -Name 'kept' -AsPlainText | Should -Be $before
        $bare = Start-Sim @('--participants', '2', '--seed', '6')
        try {
            $other = Get-Direct $bare
            Add-SimFault $bare @{ method = 'POST'; pathPattern = '/hooks/secrets/'; kind = 'Status'; status = 403; count = 1 }
            New-WebhookSecret @other -Confirm:$false -SecretName 'never' -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
            Microsoft.PowerShell.SecretManagement\Get-SecretInfo -Name 'never' | Should -BeNullOrEmpty
        }
        finally { Stop-Sim $bare }
    }

    It 'asks for the next workspace when one is refused with <_>' -ForEach 400, 403, 404 {
        foreach ($command in 'Get-WebhookSecret', 'New-WebhookSecret') {
            Add-SimFault $sim @{ pathPattern = '/hooks/secrets/'; kind = 'Status'; status = $_; count = 1 }
            $parameters = $command -like 'New-*' ? @{ Confirm = $false } : @{}
            $secrets = @([pscustomobject]@{ WorkspaceId = $workspace }, [pscustomobject]@{ WorkspaceId = $workspace } | & $command @direct @parameters -ErrorAction SilentlyContinue -ErrorVariable problems)
            $secrets.WorkspaceId | Should -Be $workspace
            @($problems).Count | Should -Be 1
            $problems[0].TargetObject | Should -Be $workspace
        }
    }

    It 'ends at a token that is refused' {
        Add-SimFault $sim @{ pathPattern = '/hooks/secrets/'; kind = 'Status'; status = 401; count = 1 }
        { [pscustomobject]@{ WorkspaceId = $workspace }, [pscustomobject]@{ WorkspaceId = $workspace } | Get-WebhookSecret @direct } | Should -Throw
    }

    It 'goes on after a refused list of <Command>' -ForEach @{ Command = 'Get-WebhookEventType'; Path = '/hooks/event-types/' }, @{ Command = 'Get-WebhookSubscription'; Path = '/hooks/subscriptions/' } {
        Add-SimFault $sim @{ pathPattern = $Path; kind = 'Status'; status = 403; count = 1 }
        $after = & { & $Command @direct -ErrorAction SilentlyContinue -ErrorVariable problem; "went on after $($problem[0].FullyQualifiedErrorId -replace ',.*')" }
        $after | Should -Be 'went on after ParticipantMessaging.PermissionDenied'
    }

    It 'says when there is none' {
        (Get-ErrorFrom { Get-WebhookSecret @direct -WorkspaceId 'ffffffffffffffffffffffff' }).FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.NotFound,*'
    }
}

Describe 'New-WebhookSubscription' {
    BeforeEach {
        $null = Invoke-Sim $sim requests -Method Delete
        Get-WebhookSubscription @direct -NoHealthCheck | Remove-WebhookSubscription @direct -Confirm:$false
        $null = Invoke-Sim $sim faults -Method Delete
    }

    It 'creates and confirms in one step' {
        $subscription = New-WebhookSubscription -EventType submission.status.change -TargetUrl $target @direct
        $subscription.IsEnabled | Should -BeTrue
        $subscription.TargetUrl | Should -Be $target
        $subscription.WorkspaceId | Should -Be $workspace
        $subscription.ConfirmationSecret | Should -BeNullOrEmpty
        $calls = Get-Calls 'POST /api/v1/hooks/subscriptions/*'
        $calls.Count | Should -Be 2
        $calls[1].path | Should -Be "/api/v1/hooks/subscriptions/$($subscription.Id)/"
        ($calls[0].body | ConvertFrom-Json).target_url | Should -Be $target
    }

    It 'takes event types from the pipeline' {
        $made = Get-WebhookEventType @direct | New-WebhookSubscription -TargetUrl $target @direct
        $made.Count | Should -BeGreaterThan 2
        (Get-WebhookSubscription @direct -EventType 'study.*').EventType | Should -Not -Contain 'submission.status.change'
    }

    It 'takes targets on this computer from an account whose service is on it: <_>' -ForEach 'http://localhost:8080/hooks/', 'http://127.0.0.1:1/x', 'https://localhost/x' {
        $made = New-WebhookSubscription -EventType submission.status.change -TargetUrl $_ @direct
        $made.IsEnabled | Should -BeTrue
        ($made | Set-WebhookSubscription -TargetUrl 'http://localhost:8081/' @direct -WarningAction Ignore).TargetUrl | Should -Be 'http://localhost:8081/'
    }

    It 'refuses them for the real service, before any call' {
        $real = @{ Provider = 'Prolific'; Token = ConvertTo-Secure 'no-token'; WorkspaceId = $workspace }
        (Get-ErrorFrom { New-WebhookSubscription -EventType submission.status.change -TargetUrl 'https://localhost/x' @real }).FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
    }

    It 'refuses <_> before any call' -ForEach 'http://hooks.example.org/x', 'ftp://localhost/x', 'hooks', 'https://user:pass@hooks.example.org/', 'http://user:pass@localhost/' {
        $e = Get-ErrorFrom { New-WebhookSubscription -EventType submission.status.change -TargetUrl $_ @direct }
        $e.FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
        Get-Calls 'POST *' | Should -BeNullOrEmpty
    }

    It 'writes nothing under -WhatIf' {
        New-WebhookSubscription -EventType submission.status.change -TargetUrl $target @direct -WhatIf
        Get-Calls 'POST *' | Should -BeNullOrEmpty
    }

    It 'leaves it unconfirmed on request, with the one-time secret for later' {
        $made = New-WebhookSubscription -EventType submission.status.change -TargetUrl $target @direct -NoConfirmation
        $made.IsEnabled | Should -BeFalse
        $made.ConfirmationSecret | Should -BeOfType ([securestring])
        $all = Get-WebhookSubscription @direct
        $all.IsEnabled | Should -Be $false
        $confirmed = $made | Confirm-WebhookSubscription @direct
        $confirmed.IsEnabled | Should -BeTrue
    }

    It 'says how to go on when the confirmation was lost, and can' {
        Add-SimFault $sim @{ method = 'POST'; pathPattern = '/hooks/subscriptions/[0-9a-f]{24}/'; kind = 'Status'; status = 500; count = 50 }
        $output = New-WebhookSubscription -EventType submission.status.change -TargetUrl $target @direct -ErrorVariable problem -ErrorAction SilentlyContinue
        $output | Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -Match '^ParticipantMessaging\.(ServiceUnavailable|OutcomeUnknown),'
        $problem[0].ErrorDetails.RecommendedAction | Should -Match 'Confirm-WebhookSubscription'
        $problem[0].ErrorDetails.RecommendedAction | Should -Match 'Remove-WebhookSubscription'
        $null = Invoke-Sim $sim faults -Method Delete
        ($problem[0].TargetObject | Confirm-WebhookSubscription @direct).IsEnabled | Should -BeTrue
    }

    It 'says when the confirmation secret is another one' {
        $made = New-WebhookSubscription -EventType submission.status.change -TargetUrl $target @direct -NoConfirmation
        $e = Get-ErrorFrom { Confirm-WebhookSubscription -Id $made.Id -Secret (ConvertTo-Secure 'wrong') @direct }
        $e.FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.*'
        $e.ErrorDetails.RecommendedAction | Should -Match 'Remove-WebhookSubscription'
        (Get-WebhookSubscription $made.Id @direct).IsEnabled | Should -BeFalse
    }

    It 'understands both answers to a creation' {
        $null = Invoke-Sim $sim options -Body @{ listSubscriptionAnswer = $true }
        try { (New-WebhookSubscription -EventType submission.status.change -TargetUrl $target @direct).IsEnabled | Should -BeTrue }
        finally { $null = Invoke-Sim $sim options -Body @{ listSubscriptionAnswer = $false } }
    }
}

Describe 'Get-, Set-, Remove-WebhookSubscription' {
    BeforeEach {
        Get-WebhookSubscription @direct -NoHealthCheck | Remove-WebhookSubscription @direct -Confirm:$false
        $subscription = New-WebhookSubscription -EventType submission.status.change -TargetUrl $target @direct
        $null = Invoke-Sim $sim requests -Method Delete
    }

    It 'lists enabled and disabled ones' {
        $null = New-WebhookSubscription -EventType study.status.change -TargetUrl $target @direct -NoConfirmation
        $all = Get-WebhookSubscription @direct
        $all.Count | Should -Be 2
        $all.IsEnabled | Should -Contain $true
        $all.IsEnabled | Should -Contain $false
    }

    It 'changes only what is given' {
        (Set-WebhookSubscription $subscription.Id -IsEnabled $false @direct).IsEnabled | Should -BeFalse
        ($subscription | Set-WebhookSubscription -TargetUrl 'https://hooks.example.org/new' @direct -WarningAction Ignore).TargetUrl | Should -Be 'https://hooks.example.org/new'
        $bodies = (Get-Calls 'PATCH *').body
        $bodies[0] | Should -Be '{"is_enabled":false}'
        $bodies[1] | Should -Be '{"target_url":"https://hooks.example.org/new"}'
        (Get-ErrorFrom { Set-WebhookSubscription $subscription.Id @direct }).FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
    }

    It 'removes after asking' {
        [Management.Automation.CommandMetadata]::new((Get-Command Remove-WebhookSubscription)).ConfirmImpact | Should -Be 'High'
        $subscription | Remove-WebhookSubscription @direct -WhatIf
        Get-Calls 'DELETE *' | Should -BeNullOrEmpty
        $subscription | Remove-WebhookSubscription @direct -Confirm:$false
        (Get-Calls 'DELETE *').Count | Should -Be 1
        Get-WebhookSubscription @direct | Should -BeNullOrEmpty
        (Get-ErrorFrom { Remove-WebhookSubscription $subscription.Id @direct -Confirm:$false }).FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.NotFound,*'
    }

    It 'warns with the day when all events of a subscription fail' {
        $yesterday = [DateTimeOffset]::UtcNow.AddDays(-1)
        $null = Invoke-Sim $sim events -Body @{ subscriptionId = $subscription.Id; status = 'FAILED'; createdAt = $yesterday.ToString('o'); count = 3 }
        $null = Get-WebhookSubscription @direct -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings.Count | Should -Be 1
        "$($warnings[0])" | Should -Match "disable the subscription on $($yesterday.AddDays(5).ToLocalTime().ToString('yyyy-MM-dd'))"
        $null = Invoke-Sim $sim events -Body @{ subscriptionId = $subscription.Id; status = 'SUCCEEDED' }
        $null = Get-WebhookSubscription @direct -WarningVariable none -WarningAction SilentlyContinue
        $none | Should -BeNullOrEmpty
    }

    It 'uses the account that a piped subscription was read with' -Skip:(-not ((Get-Module Microsoft.PowerShell.SecretManagement -ListAvailable) -and (Get-Module Microsoft.PowerShell.SecretStore -ListAvailable))) {
        New-TestVault
        Register-SimAccount $sim hooklab
        Get-WebhookSubscription -Account hooklab | Set-WebhookSubscription -IsEnabled $false | ForEach-Object Account | Should -Be 'hooklab'
    }
}
