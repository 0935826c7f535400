# Accounts with a real SecretStore vault, in an empty home.
BeforeDiscovery {
    . $PSScriptRoot/Harness.ps1
    $noVault = -not (Test-VaultModules)
}

BeforeAll {
    . $PSScriptRoot/Harness.ps1
    Import-TestModule
    $sim = Start-Sim
    $token = ConvertTo-Secure $SimProlificToken
    $file = if ($IsLinux) { Join-Path $env:XDG_CONFIG_HOME 'ParticipantMessaging/accounts.json' } else { $null }
}

AfterAll { Stop-Sim $sim }

Describe 'Before there is a vault' -Skip:$noVault {
    It 'says how to make one' {
        $problem = Get-ErrorFrom { Register-MessagingAccount lab Prolific -Token $token }
        $problem.FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.VaultNotInstalled,*'
        $problem.ErrorDetails.RecommendedAction | Should -BeLike '*Register-SecretVault*'
        Get-MessagingAccount | Should -BeNullOrEmpty
    }

    It 'says that no account is registered' {
        $problem = Get-ErrorFrom { Test-MessagingAccount }
        $problem.FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.AccountNotFound,*'
        $problem.ErrorDetails.RecommendedAction | Should -BeLike '*Register-MessagingAccount*'
    }
}

Describe 'Accounts in a vault' -Skip:$noVault {
    BeforeAll { New-TestVault -Name Store }

    AfterEach { Get-MessagingAccount | Unregister-MessagingAccount -RemoveSecret -WarningAction Ignore }

    It 'stores the token in the vault and nothing secret in the file' {
        $account = Register-MessagingAccount lab Prolific -Token $token -BaseUri $sim.BaseUri -WorkspaceId 6171e40aaeb991fa360d5a3f -PassThru
        $account.PSTypeNames[0] | Should -Be 'ParticipantMessaging.MessagingAccount'
        $account.Name, $account.Provider, $account.IsDefault | Should -Be @('lab', 'Prolific', $true)
        Get-Secret $account.SecretName -AsPlainText | Should -Be $SimProlificToken
        if ($file) { Get-Content -Raw $file | Should -Not -Match $SimProlificToken }
        (Get-MessagingAccount LAB).WorkspaceId | Should -Be 6171e40aaeb991fa360d5a3f
    }

    It 'returns nothing without -PassThru and changes nothing with -WhatIf' {
        Register-MessagingAccount lab Prolific -Token $token -WhatIf
        Get-MessagingAccount | Should -BeNullOrEmpty
        Get-SecretInfo -Name ParticipantMessaging-lab | Should -BeNullOrEmpty
        Register-MessagingAccount lab Prolific -Token $token | Should -BeNullOrEmpty
        Unregister-MessagingAccount lab -RemoveSecret -WhatIf
        (Get-MessagingAccount).Name | Should -Be lab
        Get-SecretInfo -Name ParticipantMessaging-lab | Should -Not -BeNullOrEmpty
    }

    It 'replaces an account only with -Force' {
        Register-MessagingAccount lab Prolific -Token $token
        $problem = Get-ErrorFrom { Register-MessagingAccount Lab OpenHumans -Token $token }
        $problem.CategoryInfo.Category | Should -Be ResourceExists
        $problem.TargetObject | Should -Be Lab
        (Get-MessagingAccount).Provider | Should -Be Prolific
        Register-MessagingAccount Lab OpenHumans -Token (ConvertTo-Secure other) -Force
        (Get-MessagingAccount).Provider | Should -Be OpenHumans
        (Get-MessagingAccount).IsDefault | Should -BeTrue
    }

    It 'points at a secret that is already there, and refuses one that is not' {
        Set-Secret -Name theirs -Secret $SimProlificToken
        $problem = Get-ErrorFrom { Register-MessagingAccount lab Prolific -SecretName nobodys }
        $problem.FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.SecretNotFound,*'
        Get-MessagingAccount | Should -BeNullOrEmpty
        Register-MessagingAccount lab Prolific -SecretName theirs -Vault Store -BaseUri $sim.BaseUri
        (Test-MessagingAccount lab).Ok | Should -BeTrue
    }

    It 'does not replace a secret of somebody else''s without -Force' {
        Set-Secret -Name theirs -Secret precious
        $problem = Get-ErrorFrom { Register-MessagingAccount lab Prolific -Token $token -SecretName theirs }
        $problem.CategoryInfo.Category | Should -Be ResourceExists
        Get-Secret theirs -AsPlainText | Should -Be precious
    }

    It 'takes a token that the vault keeps as a credential' {
        Set-Secret -Name cred -Secret ([pscredential]::new('me', $token))
        Register-MessagingAccount lab Prolific -SecretName cred -BaseUri $sim.BaseUri
        (Test-MessagingAccount).Ok | Should -BeTrue
    }

    It 'keeps a secret that another account uses' {
        Register-MessagingAccount one Prolific -Token $token -SecretName shared
        Register-MessagingAccount two Prolific -SecretName shared
        Unregister-MessagingAccount one -RemoveSecret -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -BeLike '*two*'
        Get-Secret shared -AsPlainText | Should -Be $SimProlificToken
        Unregister-MessagingAccount two -RemoveSecret
        Get-SecretInfo -Name shared | Should -BeNullOrEmpty
    }

    It 'treats a name as data: <name>' -ForEach @(
        @{ name = "'; Remove-Item x; '" }
        @{ name = '$(throw 1)' }
        @{ name = 'Ünï 研究室' }
    ) {
        Register-MessagingAccount $name Prolific -Token $token -BaseUri $sim.BaseUri
        (Get-MessagingAccount).Name | Should -Be $name
        (Test-MessagingAccount -Account $name).Ok | Should -BeTrue
    }

    It 'refuses a name that cannot be used: <name>' -ForEach @(
        @{ name = '' }, @{ name = '  ' }, @{ name = 'a*' }, @{ name = "a`nb" }, @{ name = 'Prolific@here' }, @{ name = 'x' * 65 }
    ) {
        Get-ErrorFrom { Register-MessagingAccount $name Prolific -Token $token } | Should -Not -BeNullOrEmpty
        Get-MessagingAccount | Should -BeNullOrEmpty
    }

    It 'refuses the base address <uri>' -ForEach @(
        @{ uri = 'http://example.org' }, @{ uri = 'ftp://127.0.0.1' }, @{ uri = 'https://user:pw@example.org' }, @{ uri = 'https://example.org/api' }, @{ uri = 'example.org' }
    ) {
        $problem = Get-ErrorFrom { Register-MessagingAccount lab Prolific -Token $token -BaseUri $uri }
        $problem.FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
    }

    It 'uses the default account, and the only one when none was made the default' {
        Register-MessagingAccount one Prolific -Token $token -BaseUri $sim.BaseUri
        Register-MessagingAccount two Prolific -Token $token -BaseUri $sim.BaseUri
        (Test-MessagingAccount).Name | Should -Be one
        Register-MessagingAccount two Prolific -Token $token -BaseUri $sim.BaseUri -Default -Force
        (Test-MessagingAccount).Name | Should -Be two
        Register-MessagingAccount three Prolific -Token $token -BaseUri $sim.BaseUri
        Unregister-MessagingAccount two
        $problem = Get-ErrorFrom { Test-MessagingAccount }
        $problem.FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.AccountNotFound,*'
        $problem.ErrorDetails.RecommendedAction | Should -BeLike "*'one', 'three'*"
        Unregister-MessagingAccount three
        (Test-MessagingAccount).Name | Should -Be one
    }

    It 'is a clear error, and no overwriting, when the file is broken' -Skip:(-not $IsLinux) {
        Register-MessagingAccount one Prolific -Token $token
        $good = Get-Content -Raw $file
        [IO.File]::WriteAllText($file, '{ "accounts": [ { "name": "one", ')
        try {
            foreach ($attempt in { Get-MessagingAccount }, { Register-MessagingAccount two Prolific -Token $token -Force }, { Test-MessagingAccount }) {
                (Get-ErrorFrom $attempt).Exception.Message | Should -BeLike "*$file*"
            }
            Get-Content -Raw $file | Should -Be '{ "accounts": [ { "name": "one", '
        }
        finally { [IO.File]::WriteAllText($file, $good) }
    }

    It 'survives four runspaces that register at once' {
        $manifest = Join-Path $env:PM_MODULE 'ParticipantMessaging.psd1'
        Set-Secret -Name shared -Secret $SimProlificToken
        # SecretStore itself sometimes has no answer for several runspaces at once, which is a warning of ours.
        1..4 | ForEach-Object -ThrottleLimit 4 -Parallel {
            Import-Module $using:manifest
            foreach ($i in 1..5) { Register-MessagingAccount "a$_-$i" Prolific -SecretName shared -WarningAction Ignore }
        }
        @(Get-MessagingAccount).Count | Should -Be 20
    }

    It 'completes names of accounts and vaults' {
        Register-MessagingAccount 'two words' Prolific -Token $token
        (TabExpansion2 'Test-MessagingAccount -Account tw' 33).CompletionMatches.CompletionText | Should -Be "'two words'"
        (TabExpansion2 'Register-MessagingAccount x -Vault ' 35).CompletionMatches.CompletionText | Should -Be Store
    }
}

Describe 'Test-MessagingAccount' {
    It 'says whose token it is (<provider>)' -ForEach @(@{ provider = 'Prolific' }, @{ provider = 'OpenHumans' }) {
        $direct = Get-Direct $sim $provider
        $result = Test-MessagingAccount @direct
        $result.Ok | Should -BeTrue
        $result.Identity | Should -Not -BeNullOrEmpty
        $result.Name | Should -Be "$provider@$($sim.BaseUri.Authority)"
        $result.Milliseconds | Should -BeGreaterThan 0
    }

    It 'says that a token is refused' {
        $problem = Get-ErrorFrom { Test-MessagingAccount -Provider Prolific -Token (ConvertTo-Secure wrong) -BaseUri $sim.BaseUri -OutVariable script:answer }
        $answer.Ok | Should -Be $false
        $problem.FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.AuthenticationFailed,*'
        $problem.CategoryInfo.Category | Should -Be AuthenticationError
        $problem.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'refuses contradicting parameters' {
        $direct = Get-Direct $sim
        (Get-ErrorFrom { Test-MessagingAccount -Account x @direct }).FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
        (Get-ErrorFrom { Test-MessagingAccount -Provider Prolific }).FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
        (Get-ErrorFrom { Test-MessagingAccount -Provider Prolific -Token $token -BaseUri http://example.org }).FullyQualifiedErrorId |
            Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
    }

    It 'ends within the time allowed for one call' {
        Add-SimFault $sim @{ method = 'GET'; pathPrefix = '/api/v1/users/me'; kind = 'NoAnswer' }
        try {
            $direct = Get-Direct $sim
            $problem = $null
            $result = Test-MessagingAccount @direct -TimeoutSec 1 -ErrorVariable problem -ErrorAction SilentlyContinue
            $result.Ok | Should -BeFalse
            $problem[0].FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.Timeout,*'
        }
        finally { Clear-Sim $sim }
    }
}
