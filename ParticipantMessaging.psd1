@{
    RootModule           = 'ParticipantMessaging.dll'
    ModuleVersion = '0.2.0'
    GUID                 = '6f0e8d0b-3b7a-4c52-9a1d-7d2b5e4c9f10'
    Author               = 'ParticipantMessaging contributors'
    CompanyName          = 'ParticipantMessaging contributors'
    Copyright            = '(c) ParticipantMessaging contributors. MIT licence.'
    Description          = 'Message the participants of your studies on Prolific and Open Humans: checked before it is sent, remembered in a ledger, one result per person. Reads replies and works with webhook events. Tokens live in a SecretManagement vault.'
    PowerShellVersion    = '7.4'
    CompatiblePSEditions = @('Core')
    FormatsToProcess     = @('ParticipantMessaging.format.ps1xml')
    FunctionsToExport    = @()
    VariablesToExport    = @()
    AliasesToExport      = @()
    CmdletsToExport      = @(
        'Block-Participant'
        'Clear-SentMessage'
        'Confirm-WebhookSubscription'
        'ConvertFrom-WebhookRequest'
        'Export-CampaignReport'
        'Get-BlockedParticipant'
        'Get-MessageBroadcast'
        'Get-MessageCampaign'
        'Get-MessageConversation'
        'Get-MessageLedger'
        'Get-MessagingAccount'
        'Get-Participant'
        'Get-ParticipantGroup'
        'Get-ParticipantMessage'
        'Get-SentMessage'
        'Get-UnreadMessage'
        'Get-WebhookEvent'
        'Get-WebhookEventType'
        'Get-WebhookSecret'
        'Get-WebhookSubscription'
        'New-MessageConversation'
        'New-WebhookSecret'
        'New-WebhookSubscription'
        'Receive-WebhookEvent'
        'Register-MessagingAccount'
        'Remove-WebhookSubscription'
        'Resolve-SentMessage'
        'Send-ParticipantMessage'
        'Send-WebhookEvent'
        'Set-MessageLedger'
        'Set-MessagingAccount'
        'Set-WebhookSubscription'
        'Test-MessagingAccount'
        'Test-ParticipantMessage'
        'Test-WebhookSignature'
        'Unblock-Participant'
        'Unregister-MessagingAccount'
    )
    PrivateData          = @{
        PSData = @{
            Tags         = @('Prolific', 'OpenHumans', 'Research', 'Messaging', 'Participants', 'Webhooks', 'AzureAutomation', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS')
            LicenseUri   = 'https://opensource.org/license/mit'
            ReleaseNotes = 'See CHANGELOG.md in the module folder.'
        }
    }
}
