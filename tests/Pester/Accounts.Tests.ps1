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

    It 'keeps the others usable when one account in the file is spoilt, and never takes the real address for it' -Skip:(-not $IsLinux) {
        Register-MessagingAccount one Prolific -Token $token -BaseUri $sim.BaseUri
        Register-MessagingAccount two Prolific -Token $token -BaseUri $sim.BaseUri
        $text = Get-Content -Raw $file | ConvertFrom-Json
        ($text.accounts | Where-Object name -eq two).baseUri = '127.0.0.1:8093'
        $text | ConvertTo-Json -Depth 9 | Set-Content $file
        $line = @(Select-String -Path $file -SimpleMatch '127.0.0.1:8093').LineNumber
        (Test-MessagingAccount one).Ok | Should -BeTrue
        $problem = Get-ErrorFrom { Test-MessagingAccount two -ErrorAction Stop }
        $problem.FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.AccountNotFound,*'
        "$problem" | Should -BeLike "*$file, line $line*127.0.0.1:8093*"
        (Get-ErrorFrom { '62873703455ee46a360d5a3f' | Send-ParticipantMessage -Account two -Body x -StudyId 62873703455ee46a360d5a3f -ErrorAction Stop }) | Should -BeLike "*line $line*"
        (Get-MessagingAccount -WarningVariable warnings -WarningAction SilentlyContinue).Name | Should -Be one
        $warnings | Should -BeLike "*line $line*"
        (Get-ErrorFrom { Get-MessagingAccount two -ErrorAction Stop }) | Should -BeLike "*line $line*"
        Unregister-MessagingAccount two
        Get-Content -Raw $file | Should -Not -Match 'two'
    }

    It 'does not send a secret to another host without being asked, and -Force says yes' {
        Register-MessagingAccount one Prolific -Token $token -BaseUri https://service.example
        $problem = Get-ErrorFrom { Register-MessagingAccount thief Prolific -SecretName ParticipantMessaging-one -BaseUri https://another.example }
        $problem.FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.ConfirmationRequired,*'
        (Get-MessagingAccount).Name | Should -Be one
        $problem = Get-ErrorFrom { Set-MessagingAccount one -BaseUri https://another.example }
        $problem.FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.ConfirmationRequired,*'
        (Get-MessagingAccount one).BaseUri | Should -Be 'https://service.example/'
        Register-MessagingAccount same Prolific -SecretName ParticipantMessaging-one -BaseUri https://service.example
        Set-MessagingAccount one -BaseUri https://another.example -Force
        (Get-MessagingAccount one).BaseUri | Should -Be 'https://another.example/'
        Register-MessagingAccount thief Prolific -SecretName ParticipantMessaging-one -BaseUri $sim.BaseUri -Force
        (Get-MessagingAccount thief).BaseUri | Should -Be $sim.BaseUri
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

    It 'completes names of accounts, vaults, secrets and workspaces' {
        Register-MessagingAccount 'two words' Prolific -Token $token -WorkspaceId 6171e40aaeb991fa360d5a3f
        (TabExpansion2 'Register-MessagingAccount x -SecretName Part' 44).CompletionMatches.CompletionText -join ' ' | Should -BeLike '*ParticipantMessaging-two-words-*'
        (TabExpansion2 'Set-MessagingAccount x -WorkspaceId ' 36).CompletionMatches.CompletionText | Should -Be 6171e40aaeb991fa360d5a3f
        (TabExpansion2 'Set-MessagingAccount ' 21).CompletionMatches.CompletionText | Should -Be "'two words'"
        (TabExpansion2 'Test-MessagingAccount -Account tw' 33).CompletionMatches.CompletionText | Should -Be "'two words'"
        (TabExpansion2 'Register-MessagingAccount x -Vault ' 35).CompletionMatches.CompletionText | Should -Be Store
    }
}

Describe 'Set-MessagingAccount' -Skip:$noVault {
    BeforeAll { New-TestVault -Name Store }

    BeforeEach { Register-MessagingAccount lab Prolific -Token $token -BaseUri $sim.BaseUri -WorkspaceId 6171e40aaeb991fa360d5a3f }

    AfterEach {
        Clear-Sim $sim
        Get-MessagingAccount | Unregister-MessagingAccount -RemoveSecret -WarningAction Ignore
    }

    It 'changes a token and keeps address and workspace' {
        $null = Invoke-Sim $sim requests -Method Delete
        Set-Secret -Name ParticipantMessaging-lab -Secret outdated
        $changed = Set-MessagingAccount LAB -Token $token -PassThru
        @(Get-SimRequests $sim 'GET */users/me*').Count | Should -Be 1
        $changed.Name, $changed.WorkspaceId, "$($changed.BaseUri)" | Should -Be @('lab', '6171e40aaeb991fa360d5a3f', "$($sim.BaseUri)")
        Get-Secret ParticipantMessaging-lab -AsPlainText | Should -Be $SimProlificToken
    }

    It 'says in verbose output that the new token was tried, and whose it is' {
        $lines = @(Set-MessagingAccount lab -Token $token -Verbose 4>&1 | ForEach-Object { "$_" })
        $me = Test-MessagingAccount lab
        $lines | Should -Contain "The new token of account 'lab' was tried: it belongs to $($me.Identity) ($($me.Id))."
        $lines | Should -Contain "It is stored as 'ParticipantMessaging-lab' in the default vault."
        "$lines" | Should -Not -Match $SimProlificToken
    }

    It 'tries a new token before it replaces the old one' {
        $problem = Get-ErrorFrom { Set-MessagingAccount lab -Token (ConvertTo-Secure wrong) }
        $problem.FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.AuthenticationFailed,*'
        "$problem" | Should -BeExactly "Prolific does not accept the new token of account 'lab'. It was not stored; the old one is still there."
        $problem.ErrorDetails.RecommendedAction | Should -BeLike '*the same command again*'
        $problem.ErrorDetails.RecommendedAction | Should -Not -BeLike '*Register*'
        $problem.TargetObject | Should -Be lab
        Get-Secret ParticipantMessaging-lab -AsPlainText | Should -Be $SimProlificToken
        Add-SimFault $sim @{ pathPrefix = '/api/v1/users/me'; kind = 'Status'; status = 403 }
        (Get-ErrorFrom { Set-MessagingAccount lab -Token $token }).FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.PermissionDenied,*'
    }

    It 'names what is wrong with a copied token: <cause>' -ForEach @(
        @{ text = '"sim-prolific-token"'; cause = 'quotation marks' }, @{ text = 'Token sim-prolific-token'; cause = "'Token'" }, @{ text = "'sim-prolific-token'"; cause = 'quotation marks' }
    ) {
        foreach ($attempt in { Set-MessagingAccount lab -Token (ConvertTo-Secure $text) }, { Register-MessagingAccount new Prolific -Token (ConvertTo-Secure $text) }, { Test-MessagingAccount -Provider Prolific -Token (ConvertTo-Secure $text) }) {
            $problem = Get-ErrorFrom $attempt
            "$problem" | Should -BeLike "*$cause*"
            "$problem" | Should -Not -Match 'sim-prolific-token'
        }
        @(Get-SimRequests $sim 'GET */users/me*').Count | Should -Be 0
    }

    It 'changes workspace, default and address alone, and nothing with -WhatIf' {
        Register-MessagingAccount other Prolific -Token $token -BaseUri $sim.BaseUri
        Set-MessagingAccount other -WorkspaceId 6171e40aaeb991fa360d5a30 -Default -WhatIf
        (Get-MessagingAccount other).IsDefault | Should -BeFalse
        Set-MessagingAccount other -WorkspaceId 6171e40aaeb991fa360d5a30 -Default | Should -BeNullOrEmpty
        (Get-MessagingAccount other).IsDefault, (Get-MessagingAccount lab).IsDefault | Should -Be @($true, $false)
        (Get-MessagingAccount other).WorkspaceId | Should -Be 6171e40aaeb991fa360d5a30
        Set-MessagingAccount other -WorkspaceId '' -BaseUri http://localhost:9
        (Get-MessagingAccount other).WorkspaceId | Should -Be ''
        (Get-MessagingAccount other).BaseUri | Should -Be 'http://localhost:9/'
        @(Get-SimRequests $sim).Count | Should -Be 0
    }

    It 'is an error when nothing is to be changed, and for an account that is not there' {
        (Get-ErrorFrom { Set-MessagingAccount lab }).FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
        (Get-ErrorFrom { Set-MessagingAccount nobody -Default }).FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.AccountNotFound,*'
        (Get-ErrorFrom { Set-MessagingAccount lab -BaseUri http://example.org }).FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.InvalidRequest,*'
    }

    It 'says in words that the vault is locked, with and without its name, whatever ErrorActionPreference is' {
        # A home of its own: a vault that was locked stays so for a while in the session that had it open.
        $home2 = (New-Item -ItemType Directory (Join-Path $TestDrive 'locked')).FullName
        $environment = @{ HARNESS = "$PSScriptRoot/Harness.ps1"; HOME = $home2; XDG_CONFIG_HOME = "$home2/config"; XDG_DATA_HOME = "$home2/data" }
        $run = Invoke-Pwsh -Environment $environment {
            . $env:HARNESS
            Import-TestModule
            New-TestVault -Name Store
            Register-MessagingAccount lab Prolific -Token (ConvertTo-Secure $SimProlificToken) -Default
            Register-MessagingAccount named Prolific -Token (ConvertTo-Secure $SimProlificToken) -Vault Store
            Set-SecretStoreConfiguration -Scope CurrentUser -Authentication Password -Interaction None -Password (ConvertTo-Secure init) -Confirm:$false
        }
        $run.Errors | Should -BeNullOrEmpty
        # A list: the vault is named once, no row and no word of rows; every row has its receipt; unlocked, the same command sends.
        $run = Invoke-Pwsh -Environment ($environment + @{ SIM = $sim.BaseUri; PEOPLE = (Get-SimParticipant $sim -First 3).id -join ' '; STUDY = Get-SimStudy $sim }) {
            . $env:HARNESS
            Import-TestModule
            foreach ($preference in 'Stop', 'Continue') {
                $ErrorActionPreference = $preference
                foreach ($name in 'lab', 'named') { try { Test-MessagingAccount $name -ErrorAction Stop } catch { "[$_] $($_.ErrorDetails.RecommendedAction)" } }
            }
            '=== a list'
            $all = @{ StudyId = $env:STUDY; Body = 'After the lock.'; ErrorAction = 'SilentlyContinue' }
            $named = $env:PEOPLE -split ' ' | Send-ParticipantMessage @all -Account named -ErrorVariable problems
            "named $($named.Status -join ',') $(@($problems | Where-Object { $_ -is [Management.Automation.ErrorRecord] }).Count) $("$($problems[0])" -match 'is locked')"
            $receipts = $env:PEOPLE -split ' ' | Send-ParticipantMessage @all -ErrorVariable problems
            "status $($receipts.Status -join ',')"
            foreach ($problem in $problems | Where-Object { $_ -is [Management.Automation.ErrorRecord] }) { "[$($problem.FullyQualifiedErrorId -replace ',.*')] $problem $($problem.ErrorDetails.RecommendedAction)" }
            $receipts.Reason | Select-Object -Unique
            Unlock-SecretStore -Password (ConvertTo-Secure init)
            Set-MessagingAccount lab -BaseUri $env:SIM -Force
            "then $(($receipts | Where-Object Status -eq Failed | Send-ParticipantMessage @all).Status -join ',')"
        }
        $asked, $listed = $run.Output -split '=== a list\r?\n'
        @($asked -split "`n" | Where-Object { $_ -match 'is locked' -and $_ -match 'Unlock-SecretStore' }).Count | Should -Be 4 -Because "$($run.Output) $($run.Errors)"
        $asked | Should -Not -Match 'preference variable'
        $lines = $listed -split '\r?\n'
        $lines[0] | Should -Be 'named Failed,Failed,Failed 2 True' -Because "$($run.Output) $($run.Errors)"
        $lines = $lines[1..($lines.Count - 1)]
        $lines[0] | Should -Be 'status Failed,Failed,Failed' -Because "$($run.Output) $($run.Errors)"
        $lines[1] | Should -Match '^\[ParticipantMessaging\.\w+\] .*is locked.*Unlock-SecretStore'
        $lines[2] | Should -Match '^\[ParticipantMessaging\.ListNotSent\]'
        $lines[-1] | Should -Be 'then Sent,Sent,Sent'
        $lines[1..($lines.Count - 2)] -match '\brows? (\d|have|has)|SkipInvalid|Mend' | Should -BeNullOrEmpty
        @(Get-SimMailbox $sim ((Get-SimParticipant $sim -First 1).id)).body | Should -Contain 'After the lock.'
    }
}

Describe 'A vault that speaks another language' {
    It 'is understood by the kind of what it says, not by its words' {
        $modules = Join-Path $TestDrive 'modules'
        $module = New-Item -ItemType Directory (Join-Path $modules 'Microsoft.PowerShell.SecretManagement')
        @'
class PasswordRequiredException : InvalidOperationException { PasswordRequiredException([string] $text) : base($text) { } }
function Get-SecretVault { [CmdletBinding()] param([string] $Name) [pscustomobject]@{ Name = 'Tresor'; IsDefault = $true } }
function Get-Secret {
    [CmdletBinding()] param([string] $Name, [string] $Vault)
    $said = if ($Name -eq 'zu') { [PasswordRequiredException]::new('Der Tresor ist verschlossen.') } else { [Management.Automation.ItemNotFoundException]::new('Das Geheimnis gibt es nicht.') }
    $PSCmdlet.WriteError([Management.Automation.ErrorRecord]::new($said, 'GetSecretException', 'NotSpecified', $Name))
}
'@ | Set-Content (Join-Path $module Microsoft.PowerShell.SecretManagement.psm1)
        $run = Invoke-Pwsh -Environment @{ HARNESS = "$PSScriptRoot/Harness.ps1"; HOME = "$modules/home"; XDG_CONFIG_HOME = "$modules/config"; PSModulePath = $modules } -Arguments $modules {
            $env:PSModulePath = $args[0] + [IO.Path]::PathSeparator + (Join-Path $PSHOME Modules)
            . $env:HARNESS
            Import-TestModule
            foreach ($secret in 'fehlt', 'zu') {
                try { Register-MessagingAccount $secret Prolific -SecretName $secret -Vault Tresor -WarningVariable warnings -WarningAction SilentlyContinue; "registered, $($warnings.Count) warning" }
                catch { "$($_.FullyQualifiedErrorId) $_" }
            }
            try { Test-MessagingAccount zu -ErrorAction Stop } catch { "$_" }
        }
        $lines = $run.Output -split '\r?\n'
        $lines[0] | Should -Match "^ParticipantMessaging\.SecretNotFound,.* There is no secret 'fehlt' in the vault 'Tresor'\." -Because $run.Errors
        # Whether it is there cannot be told while the vault is locked.
        $lines[1] | Should -Be 'registered, 1 warning'
        $lines[2] | Should -Match "^The vault 'Tresor' is locked"
    }
}

Describe 'Test-MessagingAccount' {
    It 'says whose token it is (<provider>)' -ForEach @(@{ provider = 'Prolific' }, @{ provider = 'OpenHumans' }) {
        $direct = Get-Direct $sim $provider
        $result = Test-MessagingAccount @direct
        $result.Ok | Should -BeTrue
        $result.Identity | Should -Not -BeNullOrEmpty
        $result.Id | Should -Match ($provider -eq 'Prolific' ? '^[0-9a-f]{24}$' : '^\d+$')
        $result.Problem | Should -Be ''
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
