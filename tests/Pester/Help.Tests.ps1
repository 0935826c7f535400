BeforeDiscovery {
    $manifest = Import-PowerShellDataFile (Join-Path $env:PM_MODULE 'ParticipantMessaging.psd1')
    $topics = 'about_ParticipantMessaging', 'about_ParticipantMessaging_Accounts', 'about_ParticipantMessaging_Sending', 'about_ParticipantMessaging_Ledger',
        'about_ParticipantMessaging_Webhooks', 'about_ParticipantMessaging_Runbooks', 'about_ParticipantMessaging_Errors', 'about_ParticipantMessaging_Reply'
}

BeforeAll {
    . $PSScriptRoot/Harness.ps1
    # About topics are found through the module path, as they are where the module is installed.
    $env:PSModulePath = (Split-Path (Split-Path $env:PM_MODULE)) + [IO.Path]::PathSeparator + $env:PSModulePath
    Import-TestModule
    $common = [System.Management.Automation.PSCmdlet]::CommonParameters
}

Describe 'Help of <_>' -ForEach $manifest.CmdletsToExport {
    BeforeAll {
        $help = Get-Help $_ -Full
        $command = Get-Command $_ -Module ParticipantMessaging
    }

    It 'says what it does' {
        $help.Synopsis | Should -Match '^[A-Z].+\.$'
        $help.Synopsis | Should -Not -Match ([regex]::Escape("$($command.Name) ["))
        ($help.description.Text -join '').Length | Should -BeGreaterThan 20
    }

    It 'explains every parameter' {
        $explained = @($help.parameters.parameter)
        foreach ($name in $command.Parameters.Keys | Where-Object { $_ -notin $common }) {
            $text = ($explained | Where-Object name -eq $name).description.Text -join ''
            $text.Length | Should -BeGreaterThan 10 -Because "-$name is explained"
        }
    }

    It 'names the type of every parameter as PowerShell does' {
        foreach ($parameter in $help.parameters.parameter) {
            $type = $command.Parameters[$parameter.name].ParameterType
            $type = [Nullable]::GetUnderlyingType($type) ?? $type
            $parameter.type.name | Should -Be $type.Name -Because "-$($parameter.name)"
        }
    }

    It 'has a syntax for every parameter set' {
        @($help.syntax.syntaxItem).Count | Should -Be $command.ParameterSets.Count
    }

    It 'has two examples at least' {
        $examples = @($help.examples.example)
        $examples.Count | Should -BeGreaterOrEqual 2
        $examples.code | Should -Not -BeNullOrEmpty
        (Get-Help $command.Name -Examples | Out-String) | Should -Match 'Example 2'
    }

    It 'says what comes out and where to go on' {
        $help.returnValues.returnValue.description.Text | Should -Not -BeNullOrEmpty
        @($help.relatedLinks.navigationLink).Count | Should -BeGreaterOrEqual 1
    }
}

Describe '<_>' -ForEach $topics {
    It 'is found and fits a terminal' {
        $text = Get-Help $_ | Out-String
        $text | Should -Match 'SHORT DESCRIPTION'
        @($text -split '\r?\n' | Where-Object Length -gt 80) | Should -BeNullOrEmpty
    }
}
