@{
    RootModule        = 'Microsoft.PowerShell.SecretStore.psm1'
    RequiredModules   = @('Microsoft.PowerShell.SecretManagement')
    ModuleVersion     = '1.0.6'
    GUID              = '0a3a1b7e-5f0f-4be1-9d80-6f6c2a1c9a44'
    Author            = 'ParticipantMessaging contributors'
    Description       = 'Stands in for SecretStore in the tests of ParticipantMessaging. Keeps secrets in clear text; works in tests only.'
    PowerShellVersion = '7.4'
    FunctionsToExport = @('Set-SecretStoreConfiguration', 'Get-SecretStoreConfiguration', 'Unlock-SecretStore')
    CmdletsToExport   = @()
    AliasesToExport   = @()
    VariablesToExport = @()
}
