BeforeAll {
    . $PSScriptRoot/Harness.ps1
    $packages = Join-Path ([IO.Path]::GetTempPath()) 'packages'
    $tools = Join-Path $env:PM_REPOSITORY "build/ParticipantMessaging.BuildTools/bin/$env:PM_CONFIGURATION/net10.0/ParticipantMessaging.BuildTools.dll"
    $nuspec = Join-Path $packages 'ParticipantMessaging.nuspec'
    $assets = Join-Path $env:PM_REPOSITORY 'src/ParticipantMessaging.Core/obj/project.assets.json'
    $manifest = Join-Path $env:PM_REPOSITORY 'ParticipantMessaging.psd1'

    # The restore of the packing project may find its (no) packages where the build found them.
    $env:NUGET_PACKAGES = @((Get-Content -Raw $assets | ConvertFrom-Json -AsHashtable).packageFolders.Keys)[0]
    $output = & dotnet $tools nuspec $manifest $env:PM_MODULE $nuspec 2>&1
    if ($LASTEXITCODE -eq 0) {
        $output = & dotnet pack (Join-Path $env:PM_REPOSITORY 'build/ModulePackage') -c Release -v quiet -nologo -o $packages "-p:NuspecFile=$nuspec" "-p:NuspecBasePath=$env:PM_MODULE" 2>&1
    }
    if ($LASTEXITCODE -ne 0) { throw ($output | Out-String) }
    $version = (Import-PowerShellDataFile $manifest).ModuleVersion
}

Describe 'The gallery package' {
    It 'holds the staged files and nothing else' {
        $zip = [IO.Compression.ZipFile]::OpenRead((Join-Path $packages "ParticipantMessaging.$version.nupkg"))
        try {
            $names = $zip.Entries.FullName | Where-Object { $_ -notmatch '^(_rels/|package/|\[Content_Types\]|ParticipantMessaging\.nuspec$)' }
        }
        finally { $zip.Dispose() }
        $staged = Get-ChildItem $env:PM_MODULE -Recurse -File | ForEach-Object { [IO.Path]::GetRelativePath($env:PM_MODULE, $_.FullName).Replace('\', '/') }
        @($names | ForEach-Object { [uri]::UnescapeDataString($_) } | Sort-Object) | Should -Be @($staged | Sort-Object)
    }

    It 'says what the gallery wants to know' {
        $metadata = ([xml](Get-Content -Raw $nuspec)).package.metadata
        $metadata.id | Should -Be 'ParticipantMessaging'
        $metadata.version | Should -Be $version
        $metadata.license.'#text' | Should -Be 'MIT'
        $tags = $metadata.tags -split ' '
        $tags | Should -Contain 'PSModule'
        $tags | Should -Contain 'PSEdition_Core'
        $tags | Should -Contain 'PSCmdlet_Send-ParticipantMessage'
        $metadata.tags.Length | Should -BeLessThan 4000
    }

    It 'installs into an empty module path, and what is installed sends' {
        Register-PSResourceRepository -Name Packed -Uri $packages -Trusted
        $modules = Join-Path ([IO.Path]::GetTempPath()) 'modules'
        $null = New-Item -ItemType Directory $modules
        Save-PSResource -Name ParticipantMessaging -Repository Packed -Path $modules -WarningAction SilentlyContinue

        $sim = Start-Sim -Arguments '--participants', '20', '--seed', '1'
        try {
            $run = Invoke-Pwsh -Environment @{ PSModulePath = $modules } -Arguments $sim.BaseUri, (Join-Path $env:PM_REPOSITORY 'samples/participants.csv'), $modules -Script {
                $BaseUri, $List, $Modules = $args
                $token = ConvertTo-SecureString 'sim-prolific-token' -AsPlainText -Force
                $receipts = Import-Csv $List | Where-Object Account -eq prolific |
                    Send-ParticipantMessage -Provider Prolific -Token $token -BaseUri $BaseUri -Campaign installed
                "from $((Get-Module ParticipantMessaging).Path.StartsWith($Modules))"
                ($receipts | Group-Object Status -NoElement | ForEach-Object { "$($_.Count) $($_.Name)" }) -join ', '
                (Get-Help Send-ParticipantMessage).Synopsis.Length -gt 20
            }
            $run.Errors | Should -BeNullOrEmpty
            $run.Output -split '\r?\n' | Should -Be 'from True', '10 Sent', 'True'
            @(Get-SimMailbox $sim '63cb15dbc12a721027c927c7').body | Should -BeLike 'Dear Ada, *'
        }
        finally { Stop-Sim $sim }
    }
}

Describe 'What is said of the work of others' {
    BeforeAll { $libraries = Get-ChildItem (Join-Path $env:PM_MODULE 'lib') -Recurse -File | Where-Object Name -ne 'ParticipantMessaging.Core.dll' }

    It 'names every library that is shipped, and gives the text of every licence' {
        $notices = Get-Content -Raw (Join-Path $env:PM_MODULE 'THIRD-PARTY-NOTICES.txt')
        foreach ($file in $libraries) { $notices | Should -Match ([regex]::Escape($file.Name)) }
        foreach ($licence in [regex]::Matches($notices, 'Licence: (\S+)').ForEach{ $_.Groups[1].Value } | Sort-Object -Unique) {
            $notices | Should -Match "={78}\s+$([regex]::Escape($licence))\s+={78}\s+\S"
        }
        $notices | Should -Match 'SQLite.*public domain'
    }

    It 'is in the bill of materials too' {
        $bom = Join-Path $packages 'bom.json'
        $null = & dotnet $tools bom $assets (Join-Path $env:PM_MODULE 'lib') $manifest $bom
        $LASTEXITCODE | Should -Be 0
        $read = Get-Content -Raw $bom | ConvertFrom-Json
        $read.bomFormat | Should -Be 'CycloneDX'
        $read.metadata.component.version | Should -Be $version
        $read.components.name | Should -Contain 'Npgsql'
        foreach ($component in $read.components) {
            $component.purl | Should -Be "pkg:nuget/$($component.name)@$($component.version)"
            $component.hashes[0].content | Should -Match '^[0-9a-f]{128}$'
            $component.licenses[0].license.id | Should -Not -BeNullOrEmpty
        }
    }
}
