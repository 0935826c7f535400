@{
    RootModule        = 'ParticipantMessaging.VaultStandIn.dll'
    ModuleVersion     = '1.1.2'
    GUID              = 'f8c2f7f2-3c5b-4d0e-8f4c-3b3a6a2f1d21'
    Author            = 'ParticipantMessaging contributors'
    Description       = 'Stands in for SecretManagement in the tests of ParticipantMessaging. Keeps secrets in clear text; works in tests only.'
    PowerShellVersion = '7.4'
    FunctionsToExport = @()
    AliasesToExport   = @()
    VariablesToExport = @()
    CmdletsToExport   = @(
        'Register-SecretVault', 'Unregister-SecretVault', 'Get-SecretVault', 'Set-SecretVaultDefault', 'Test-SecretVault', 'Unlock-SecretVault',
        'Set-Secret', 'Get-Secret', 'Get-SecretInfo', 'Remove-Secret'
    )
}
