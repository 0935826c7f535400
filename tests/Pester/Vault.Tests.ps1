<#
    The contract of the vault: what the module relies on, asked of what stands in for SecretManagement and SecretStore, and of the real ones
    where they can be had. Each is asked in a PowerShell of its own with a home of its own, the way the module asks: by module-qualified names.
#>
BeforeDiscovery {
    $vaults = @(@{ Kind = 'the stand-in'; Modules = $env:PM_VAULT_STAND_IN_MODULES })
    if ($env:PM_VAULT_REAL -eq '1') { $vaults += @{ Kind = 'the real one'; Modules = $env:PM_VAULT } }
}

Describe 'A vault, <Kind>' -ForEach $vaults {
    BeforeAll {
        . $PSScriptRoot/Harness.ps1
        $homeFolder = Join-Path ([IO.Path]::GetTempPath()) "vault-$($Kind -replace '\W')"
        $null = New-Item -ItemType Directory -Force $homeFolder
        $places = @{ HOME = $homeFolder; USERPROFILE = $homeFolder; PSModulePath = $Modules; XDG_CONFIG_HOME = "$homeFolder/config"; XDG_DATA_HOME = "$homeFolder/data" }

        # Defines Ask LABEL COMMAND PARAMETERS, which writes one line of JSON: what came out, and the error as a caller in C# sees it.
        $ask = {
            $env:PSModulePath = $args[0] + [IO.Path]::PathSeparator + (Join-Path $PSHOME 'Modules')
            function Show($Value) {
                if ($Value -is [psobject]) { $Value = $Value.PSObject.BaseObject }
                if ($Value -is [securestring]) { return 'SecureString ' + [Net.NetworkCredential]::new('', $Value).Password }
                if ($Value -is [pscredential]) { return "PSCredential $($Value.UserName) $($Value.GetNetworkCredential().Password)" }
                if ($Value -is [byte[]]) { return "Bytes $Value" }
                if ($Value -is [hashtable]) { return 'Hashtable ' + (($Value.Keys | Sort-Object | ForEach-Object { "$_=$(Show $Value[$_])" }) -join ' ') }
                if ($Value.GetType().Name -eq 'SecretVaultInfo') { return "Vault $($Value.Name) $($Value.ModuleName) $($Value.IsDefault)" }
                if ($Value.GetType().Name -eq 'SecretInformation') { return "Info $($Value.Name) $($Value.Type) $($Value.VaultName)" }
                "$($Value.GetType().Name) $Value"
            }
            function Ask([string] $Label, [string] $Command, [hashtable] $Parameters) {
                $answer = [ordered]@{ Label = $Label; Out = @(); Id = ''; Category = ''; Thrown = ''; Exception = ''; Inner = ''; Message = '' }
                $shell = [powershell]::Create('CurrentRunspace').AddCommand("Microsoft.PowerShell.SecretManagement\$Command")
                $null = $shell.AddParameters($Parameters).AddParameter('ErrorAction', 'Stop').AddParameter('WarningAction', 'Ignore')
                try { $answer.Out = @($shell.Invoke() | ForEach-Object { Show $_ }) }
                catch {
                    $thrown = $_.Exception -is [Management.Automation.MethodInvocationException] ? $_.Exception.InnerException : $_.Exception
                    $answer.Thrown = $thrown.GetType().Name
                    $answer.Id = $thrown.ErrorRecord.FullyQualifiedErrorId
                    $answer.Category = "$($thrown.ErrorRecord.CategoryInfo.Category)"
                    $answer.Exception = $thrown.ErrorRecord.Exception.GetType().Name
                    $answer.Inner = "$(if ($thrown.ErrorRecord.Exception.InnerException) { $thrown.ErrorRecord.Exception.InnerException.GetType().Name })"
                    $answer.Message = $thrown.ErrorRecord.Exception.Message
                }
                $answer | ConvertTo-Json -Compress
            }
            function Secure([string] $Text) { ConvertTo-SecureString $Text -AsPlainText -Force }
        }

        function Get-Answers([scriptblock] $Questions) {
            $run = Invoke-Pwsh -Environment $places -Arguments $Modules -Script ([scriptblock]::Create("$ask`n$Questions"))
            $run.Errors | Should -BeNullOrEmpty
            $answers = @{}
            foreach ($line in $run.Output -split '\r?\n') {
                if (-not $line.StartsWith('{')) { continue }
                $answer = $line | ConvertFrom-Json
                $answers[$answer.Label] = $answer
            }
            $answers
        }

        $first = Get-Answers {
            Ask 'no vault: get' Get-Secret @{ Name = 'x' }
            Ask 'no vault: set' Set-Secret @{ Name = 'x'; Secret = 'y' }
            Ask 'no vault: remove' Remove-Secret @{ Name = 'x'; Vault = 'V' }
            Ask 'no vault: info' Get-SecretInfo @{ Name = 'x' }
            Ask 'no vault: list' Get-SecretVault @{}
            Ask 'no vault: test' Test-SecretVault @{ Name = 'V' }

            Import-Module Microsoft.PowerShell.SecretStore
            Set-SecretStoreConfiguration -Scope CurrentUser -Authentication None -Interaction None -Password (Secure 'init') -Confirm:$false
            Ask 'register a module that is not there' Register-SecretVault @{ Name = 'U'; ModuleName = 'No.Such.Module' }
            Ask 'register a module that is no vault' Register-SecretVault @{ Name = 'U'; ModuleName = 'Microsoft.PowerShell.Archive' }
            Ask 'register' Register-SecretVault @{ Name = 'V'; ModuleName = 'Microsoft.PowerShell.SecretStore'; PassThru = $true }
            Ask 'register again' Register-SecretVault @{ Name = 'V'; ModuleName = 'Microsoft.PowerShell.SecretStore' }
            Ask 'list' Get-SecretVault @{}
            Ask 'list by name' Get-SecretVault @{ Name = 'v' }
            Ask 'list an unknown one' Get-SecretVault @{ Name = 'Nobody' }
            Ask 'test' Test-SecretVault @{ Name = 'V' }

            foreach ($vault in $null, 'V') {
                $named = $vault ? @{ Vault = $vault } : @{}
                $where = $vault ? 'named' : 'default'
                Ask "${where}: get an unknown secret" Get-Secret (@{ Name = 'x' } + $named)
                Ask "${where}: set a string" Set-Secret (@{ Name = "string $where"; Secret = 'one' } + $named)
                Ask "${where}: get a string" Get-Secret (@{ Name = "string $where" } + $named)
                Ask "${where}: get it as text" Get-Secret (@{ Name = "STRING $where"; AsPlainText = $true } + $named)
                Ask "${where}: set it again" Set-Secret (@{ Name = "String $where"; Secret = 'two' } + $named)
                Ask "${where}: get it again" Get-Secret (@{ Name = "string $where"; AsPlainText = $true } + $named)
                Ask "${where}: set a number" Set-Secret (@{ Name = 'number'; Secret = 5 } + $named)
                Ask "${where}: a pattern" Get-Secret (@{ Name = 'str*' } + $named)
            }
            Ask 'get from an unknown vault' Get-Secret @{ Name = 'x'; Vault = 'Nobody' }
            Ask 'set in an unknown vault' Set-Secret @{ Name = 'x'; Vault = 'Nobody'; Secret = 's' }
            Ask 'remove from an unknown vault' Remove-Secret @{ Name = 'x'; Vault = 'Nobody' }
            Ask 'info of an unknown vault' Get-SecretInfo @{ Vault = 'Nobody' }
            $values = [ordered]@{ secure = (Secure 'three'); credential = [pscredential]::new('me', (Secure 'four')); bytes = [byte[]](1, 2, 3); table = @{ a = 'five'; b = (Secure 'six') }; empty = '' }
            foreach ($name in $values.Keys) {
                Ask "set $name" Set-Secret @{ Name = $name; Secret = $values[$name] }
                Ask "get $name" Get-Secret @{ Name = $name }
                Ask "get $name as text" Get-Secret @{ Name = $name; AsPlainText = $true }
            }
            Ask 'set by SecureStringSecret' Set-Secret @{ Name = 'other'; SecureStringSecret = (Secure 'seven') }
            Ask 'get it' Get-Secret @{ Name = 'other'; AsPlainText = $true }
            Ask 'set nothing' Set-Secret @{ Name = 'nothing'; Secret = $null }
            Ask 'set without clobbering' Set-Secret @{ Name = 'secure'; Secret = 'z'; NoClobber = $true }
            Ask 'set with -WhatIf' Set-Secret @{ Name = 'what if'; Secret = 'z'; WhatIf = $true }
            Ask 'which was not set' Get-Secret @{ Name = 'what if' }
            Ask 'infos' Get-SecretInfo @{}
            Ask 'infos by pattern' Get-SecretInfo @{ Name = 'STRING*' }
            Ask 'infos of nothing' Get-SecretInfo @{ Name = 'nothing*' }
            Ask 'remove' Remove-Secret @{ Name = 'secure'; Vault = 'v' }
            Ask 'which is gone' Get-Secret @{ Name = 'secure' }
            Ask 'remove it again' Remove-Secret @{ Name = 'secure'; Vault = 'V' }

            Ask 'default: an unknown vault' Set-SecretVaultDefault @{ Name = 'Nobody' }
            Ask 'default: none' Set-SecretVaultDefault @{ ClearDefault = $true }
            Ask 'no default: set' Set-Secret @{ Name = 'x'; Secret = 'y' }
            Ask 'no default: get' Get-Secret @{ Name = 'other'; AsPlainText = $true }
            Ask 'default' Set-SecretVaultDefault @{ Name = 'v' }
            Ask 'unregister an unknown vault' Unregister-SecretVault @{ Name = 'Nobody' }
            Set-SecretStoreConfiguration -Scope CurrentUser -Authentication Password -Interaction None -Password (Secure 'right') -Confirm:$false
        }

        $locked = Get-Answers {
            Import-Module Microsoft.PowerShell.SecretStore
            Ask 'locked, default: get' Get-Secret @{ Name = 'other' }
            Ask 'locked, named: get' Get-Secret @{ Name = 'other'; Vault = 'V' }
            Ask 'locked, default: set' Set-Secret @{ Name = 'other'; Secret = 'x' }
            Ask 'locked, named: set' Set-Secret @{ Name = 'other'; Secret = 'x'; Vault = 'V' }
            Ask 'locked: info' Get-SecretInfo @{ Name = 'other' }
            Ask 'locked: remove' Remove-Secret @{ Name = 'other'; Vault = 'V' }
            Ask 'locked: list' Get-SecretVault @{}
            Ask 'wrong password' Unlock-SecretVault @{ Name = 'V'; Password = (Secure 'wrong') }
            Ask 'still locked' Get-Secret @{ Name = 'other' }
            Ask 'password for an unknown vault' Unlock-SecretVault @{ Name = 'Nobody'; Password = (Secure 'right') }
            Ask 'right password' Unlock-SecretVault @{ Name = 'V'; Password = (Secure 'right') }
            Ask 'unlocked' Get-Secret @{ Name = 'other'; AsPlainText = $true }
            Ask 'unregister' Unregister-SecretVault @{ Name = 'V' }
            Ask 'unregistered: list' Get-SecretVault @{}
            Ask 'unregistered: get' Get-Secret @{ Name = 'other' }
        }
        $again = Get-Answers { Ask 'another process' Get-Secret @{ Name = 'other' } }
    }

    It 'gives out: <Question>' -ForEach @(
        @{ Question = 'no vault: info'; Out = @() }
        @{ Question = 'no vault: list'; Out = @() }
        @{ Question = 'register'; Out = 'Vault V Microsoft.PowerShell.SecretStore True' }
        @{ Question = 'list'; Out = 'Vault V Microsoft.PowerShell.SecretStore True' }
        @{ Question = 'list by name'; Out = 'Vault V Microsoft.PowerShell.SecretStore True' }
        @{ Question = 'test'; Out = 'Boolean True' }
        foreach ($where in 'default', 'named') {
            @{ Question = "${where}: set a string"; Out = @() }
            @{ Question = "${where}: get a string"; Out = 'SecureString one' }
            @{ Question = "${where}: get it as text"; Out = 'String one' }
            @{ Question = "${where}: set it again"; Out = @() }
            @{ Question = "${where}: get it again"; Out = 'String two' }
        }
        @{ Question = 'get secure'; Out = 'SecureString three' }
        @{ Question = 'get secure as text'; Out = 'String three' }
        @{ Question = 'get credential'; Out = 'PSCredential me four' }
        @{ Question = 'get credential as text'; Out = 'PSCredential me four' }
        @{ Question = 'get bytes'; Out = 'Bytes 1 2 3' }
        @{ Question = 'get table'; Out = 'Hashtable a=SecureString five b=SecureString six' }
        @{ Question = 'get table as text'; Out = 'Hashtable a=String five b=String six' }
        @{ Question = 'get empty as text'; Out = 'String ' }
        @{ Question = 'set by SecureStringSecret'; Out = @() }
        @{ Question = 'get it'; Out = 'String seven' }
        @{ Question = 'set with -WhatIf'; Out = @() }
        @{ Question = 'infos'; Out = 'Info bytes ByteArray V', 'Info credential PSCredential V', 'Info empty String V', 'Info other SecureString V', 'Info secure SecureString V', 'Info String default String V', 'Info String named String V', 'Info table Hashtable V' }
        @{ Question = 'infos by pattern'; Out = 'Info String default String V', 'Info String named String V' }
        @{ Question = 'infos of nothing'; Out = @() }
        @{ Question = 'remove'; Out = @() }
        @{ Question = 'default: none'; Out = @() }
        @{ Question = 'default'; Out = @() }
    ) {
        $answer = $first[$Question]
        $answer.Id | Should -BeNullOrEmpty -Because $answer.Message
        @($answer.Out) | Should -Be @($Out)
    }

    # Cmdlet: thrown by the command itself. Preference: an error that only -ErrorAction Stop made an exception.
    It 'refuses: <Question>' -ForEach @(
        @{ Question = 'no vault: get'; Id = 'GetSecretNotFound'; Category = 'ObjectNotFound'; Exception = 'ItemNotFoundException'; Thrown = 'ActionPreferenceStopException' }
        @{ Question = 'no vault: set'; Id = 'SetSecretCommandFailNoVault'; Category = 'InvalidOperation'; Exception = 'PSInvalidOperationException' }
        @{ Question = 'no vault: remove'; Id = 'GetSecretVaultNotFound'; Category = 'ObjectNotFound'; Exception = 'PSInvalidOperationException' }
        @{ Question = 'no vault: test'; Id = 'TestSecretVaultNotFound'; Category = 'ObjectNotFound'; Exception = 'ItemNotFoundException'; Thrown = 'ActionPreferenceStopException' }
        @{ Question = 'register a module that is not there'; Id = 'RegisterSecretVaultCantGetModuleInfo'; Category = 'InvalidOperation'; Exception = 'PSInvalidOperationException' }
        @{ Question = 'register a module that is no vault'; Id = 'RegisterSecretVaultInvalidExtensionVault'; Category = 'InvalidOperation'; Exception = 'PSInvalidOperationException'; Inner = 'ItemNotFoundException' }
        @{ Question = 'register again'; Id = 'RegisterSecretVaultInvalidVaultName'; Category = 'InvalidArgument'; Exception = 'InvalidOperationException' }
        @{ Question = 'list an unknown one'; Id = 'GetSecretVaultNotFound'; Category = 'ObjectNotFound'; Exception = 'ItemNotFoundException'; Thrown = 'ActionPreferenceStopException' }
        foreach ($where in 'default', 'named') {
            @{ Question = "${where}: get an unknown secret"; Id = 'GetSecretNotFound'; Category = 'ObjectNotFound'; Exception = 'ItemNotFoundException'; Thrown = 'ActionPreferenceStopException' }
            @{ Question = "${where}: set a number"; Id = 'InvalidOperationException'; Category = 'NotSpecified'; Exception = 'MethodInvocationException'; Inner = 'InvalidOperationException'; Thrown = 'ActionPreferenceStopException' }
            @{ Question = "${where}: a pattern"; Id = 'GetSecretNotFound'; Category = 'ObjectNotFound'; Exception = 'ItemNotFoundException'; Thrown = 'ActionPreferenceStopException' }
        }
        @{ Question = 'get from an unknown vault'; Id = 'GetSecretVaultNotFound'; Category = 'ObjectNotFound'; Exception = 'PSInvalidOperationException' }
        @{ Question = 'set in an unknown vault'; Id = 'GetSecretVaultNotFound'; Category = 'ObjectNotFound'; Exception = 'PSInvalidOperationException' }
        @{ Question = 'remove from an unknown vault'; Id = 'GetSecretVaultNotFound'; Category = 'ObjectNotFound'; Exception = 'PSInvalidOperationException' }
        @{ Question = 'info of an unknown vault'; Id = 'GetSecretVaultNotFound'; Category = 'ObjectNotFound'; Exception = 'PSInvalidOperationException' }
        @{ Question = 'set nothing'; Id = 'ParameterArgumentValidationErrorNullNotAllowed'; Category = 'InvalidData'; Exception = 'ParentContainsErrorRecordException'; Thrown = 'ParameterBindingValidationException' }
        @{ Question = 'set without clobbering'; Id = 'SetSecretCommandAlreadyExistsWithNoClobber'; Category = 'ResourceExists'; Exception = 'PSInvalidOperationException' }
        @{ Question = 'which was not set'; Id = 'GetSecretNotFound'; Category = 'ObjectNotFound'; Exception = 'ItemNotFoundException'; Thrown = 'ActionPreferenceStopException' }
        @{ Question = 'which is gone'; Id = 'GetSecretNotFound'; Category = 'ObjectNotFound'; Exception = 'ItemNotFoundException'; Thrown = 'ActionPreferenceStopException' }
        @{ Question = 'remove it again'; Id = 'SecretStoreRemoveSecretFailed'; Category = 'InvalidOperation'; Exception = 'ItemNotFoundException'; Thrown = 'ActionPreferenceStopException'; Message = 'Secret not found$' }
        @{ Question = 'default: an unknown vault'; Id = 'VaultNotFound'; Category = 'ObjectNotFound'; Exception = 'ItemNotFoundException' }
        @{ Question = 'no default: set'; Id = 'SetSecretCommandFailNoVault'; Category = 'InvalidOperation'; Exception = 'PSInvalidOperationException' }
        @{ Question = 'unregister an unknown vault'; Id = 'UnregisterSecretVaultObjectNotFound'; Category = 'ObjectNotFound'; Exception = 'ItemNotFoundException'; Thrown = 'ActionPreferenceStopException' }
    ) {
        $answer = $first[$Question]
        ($answer.Id -split ',')[0] | Should -Be $Id -Because $answer.Message
        $answer.Id | Should -BeLike '*,Microsoft.PowerShell.SecretManagement.*Command'
        $answer.Category, $answer.Exception, $answer.Inner | Should -Be $Category, $Exception, "$Inner"
        $answer.Thrown | Should -Be ($Thrown ? $Thrown : 'CmdletInvocationException')
        if ($Message) { $answer.Message | Should -Match $Message }
        if ($answer.Out) { throw "And it gave out $($answer.Out)" }
    }

    It 'still finds a secret where no vault is the default' { $first['no default: get'].Out | Should -Be 'String seven' }

    It 'is locked by a password: <Question>' -ForEach @(
        @{ Question = 'locked, default: get'; Id = 'Microsoft.PowerShell.SecretManagement.PasswordRequiredException' }
        @{ Question = 'locked, named: get'; Id = 'GetSecretException' }
        @{ Question = 'locked, default: set'; Id = 'Microsoft.PowerShell.SecretManagement.PasswordRequiredException' }
        @{ Question = 'locked, named: set'; Id = 'Microsoft.PowerShell.SecretManagement.PasswordRequiredException' }
        @{ Question = 'locked: info'; Id = 'GetSecretInfoException' }
        @{ Question = 'locked: remove'; Id = 'Microsoft.PowerShell.SecretManagement.PasswordRequiredException' }
        @{ Question = 'still locked'; Id = 'Microsoft.PowerShell.SecretManagement.PasswordRequiredException' }
    ) {
        $answer = $locked[$Question]
        ($answer.Id -split ',')[0] | Should -Be $Id -Because $answer.Message
        $answer.Exception | Should -Be PasswordRequiredException
        $answer.Message | Should -BeLike 'A valid password is required to access the Microsoft.PowerShell.SecretStore vault.*Unlock-SecretStore*'
        $answer.Thrown | Should -Be ($Id -like '*.*' ? 'CmdletInvocationException' : 'ActionPreferenceStopException')
    }

    It 'is unlocked by the right password, for one process' {
        $locked['wrong password'].Id | Should -Be 'SecretStoreUnlockFailed,Microsoft.PowerShell.SecretManagement.UnlockSecretVaultCommand'
        $locked['wrong password'].Category, $locked['wrong password'].Exception | Should -Be AuthenticationError, AuthenticationException
        $locked['password for an unknown vault'].Id | Should -BeLike 'GetSecretVaultNotFound,*'
        $locked['right password'].Id | Should -BeNullOrEmpty
        $locked['unlocked'].Out | Should -Be 'String seven'
    }

    It 'lists vaults while they are locked, and none that was unregistered' {
        $locked['locked: list'].Out | Should -Be 'Vault V Microsoft.PowerShell.SecretStore True'
        $locked['unregistered: list'].Out | Should -BeNullOrEmpty
        ($locked['unregistered: get'].Id -split ',')[0], ($again['another process'].Id -split ',')[0] | Should -Be GetSecretNotFound, GetSecretNotFound
    }
}

Describe 'The stand-in' {
    BeforeAll { . $PSScriptRoot/Harness.ps1 }

    It 'keeps what it is given in the home folder of the test, and works nowhere else' {
        $place = Join-Path ([IO.Path]::GetTempPath()) 'vault-outside'
        $null = New-Item -ItemType Directory -Force $place
        $run = Invoke-Pwsh -Environment @{ HOME = $place; USERPROFILE = $place; PSModulePath = $env:PM_VAULT_STAND_IN_MODULES; PM_VAULT_STAND_IN = '' } -Arguments $env:PM_VAULT_STAND_IN_MODULES -Script {
            $env:PSModulePath = $args[0]
            try { Microsoft.PowerShell.SecretManagement\Get-SecretVault } catch { "$_" }
        }
        $run.Output | Should -BeLike '*works in the tests of ParticipantMessaging only*'
        Get-ChildItem $place -Force -Filter *vault* | Should -BeNullOrEmpty
    }

    It 'is what the tests use where the real one is not to be had' {
        $expected = $env:PM_VAULT_REAL -eq '1' ? $env:PM_VAULT : $env:PM_VAULT_STAND_IN_MODULES
        (Get-Module Microsoft.PowerShell.SecretManagement -ListAvailable | Select-Object -First 1).ModuleBase | Should -BeLike "$expected*"
        $run = Invoke-Pwsh { (Get-Module Microsoft.PowerShell.SecretStore -ListAvailable | Select-Object -First 1).ModuleBase }
        $run.Output | Should -BeLike "$expected*"
    }
}
