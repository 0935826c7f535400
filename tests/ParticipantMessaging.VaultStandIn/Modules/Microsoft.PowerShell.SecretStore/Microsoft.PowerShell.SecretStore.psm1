function Set-SecretStoreConfiguration {
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    param(
        [ValidateSet('CurrentUser')][string] $Scope = 'CurrentUser',
        [ValidateSet('None', 'Password')][string] $Authentication = 'Password',
        [ValidateRange(-1, 2147483)][int] $PasswordTimeout = 900,
        [ValidateSet('None', 'Prompt')][string] $Interaction = 'Prompt',
        [securestring] $Password,
        [switch] $PassThru
    )
    if (-not $PSCmdlet.ShouldProcess('SecretStore module local store', 'Changes local store configuration')) { return }
    try {
        [Microsoft.PowerShell.SecretManagement.SecretStoreStandIn]::Configure($Authentication, $PasswordTimeout, $Interaction, $Password)
    }
    catch [Management.Automation.PSInvalidOperationException] {
        $PSCmdlet.ThrowTerminatingError([Management.Automation.ErrorRecord]::new($_.Exception.GetBaseException(), 'InvalidOperation', 'InvalidOperation', $null))
    }
    if ($PassThru) { Get-SecretStoreConfiguration }
}

function Get-SecretStoreConfiguration {
    [CmdletBinding()]
    param()
    [Microsoft.PowerShell.SecretManagement.SecretStoreStandIn]::Configuration()
}

function Unlock-SecretStore {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, ValueFromPipeline, Position = 0)][securestring] $Password,
        [int] $PasswordTimeout
    )
    try {
        [Microsoft.PowerShell.SecretManagement.SecretStoreStandIn]::Unlock($Password)
    }
    catch [Management.Automation.PSInvalidOperationException] {
        $PSCmdlet.ThrowTerminatingError([Management.Automation.ErrorRecord]::new($_.Exception.GetBaseException(), 'InvalidOperation', 'InvalidOperation', $null))
    }
}
