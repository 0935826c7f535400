# The module as it is imported: three times in a row, without SecretManagement, with its types and nothing beside the design.
BeforeAll {
    . $PSScriptRoot/Harness.ps1
    $manifest = Join-Path $env:PM_MODULE 'ParticipantMessaging.psd1'
    $declared = (Import-PowerShellDataFile $manifest).CmdletsToExport
    # Asked of one PowerShell, each after what must not come before it.
    $plain = Invoke-Pwsh {
        Import-Module (Join-Path $env:PM_MODULE 'ParticipantMessaging.psd1')
        $module = Get-Module ParticipantMessaging
        $said = @{
            Types = @(
                [ParticipantMessaging.MessageReceipt].FullName
                ([ParticipantMessaging.MessagingAccount]@{ Name = 'x' }).Name
                (Get-Command Get-MessagingAccount).OutputType.Type.FullName
            )
            Cmdlets = @($module.ExportedCmdlets.Keys | Sort-Object)
            Others = $module.ExportedFunctions.Count + $module.ExportedAliases.Count + $module.ExportedVariables.Count
        }
        $null = Get-MessagingAccount
        $contexts = [Runtime.Loader.AssemblyLoadContext]
        $said.Context = $contexts::GetLoadContext([ParticipantMessaging.MessageReceipt].Assembly).Name
        $said.InDefault = @($contexts::Default.Assemblies | Where-Object { $_.GetName().Name -in 'ParticipantMessaging.Core', 'Npgsql', 'Polly.Core', 'Microsoft.Data.Sqlite' }).Count
        $said | ConvertTo-Json -Compress
    }
    $said = $plain.Output | ConvertFrom-Json
}

Describe 'Import' {
    It 'passes Test-ModuleManifest' {
        (Test-ModuleManifest $manifest).Version | Should -BeGreaterThan ([version]'0.0')
    }

    It 'yields the cmdlets three times in a row: plain, -Force, remove and import' {
        $run = Invoke-Pwsh {
            $manifest = Join-Path $env:PM_MODULE 'ParticipantMessaging.psd1'
            function Show { (Get-Command -Module ParticipantMessaging -CommandType Cmdlet).Name -join ',' }
            Import-Module $manifest; Show
            Import-Module $manifest -Force; Show
            Remove-Module ParticipantMessaging; Import-Module $manifest; Show
            $null = Get-MessagingAccount
            'works'
        }
        $run.Errors | Should -BeNullOrEmpty
        $lines = $run.Output -split '\r?\n'
        $lines[3] | Should -Be 'works'
        $lines[0] | Should -Match 'Get-MessagingAccount'
        $lines[1] | Should -Be $lines[0]
        $lines[2] | Should -Be $lines[0]
    }

    It 'needs no SecretManagement, and says how to get it when it is needed' {
        $empty = Join-Path $TestDrive 'nothing'
        $null = New-Item -ItemType Directory $empty
        $run = Invoke-Pwsh -Environment @{ EMPTY = $empty } {
            $env:PSModulePath = "$PSHOME/Modules"
            $ErrorView = 'NormalView'
            Import-Module (Join-Path $env:PM_MODULE 'ParticipantMessaging.psd1')
            "installed: $([bool](Get-Module Microsoft.PowerShell.SecretManagement -ListAvailable))"
            try {
                Register-MessagingAccount -Name lab -Provider Prolific -Token (ConvertTo-SecureString abc -AsPlainText -Force)
            }
            catch {
                $_.FullyQualifiedErrorId
                $_.CategoryInfo.Category
                $_.ErrorDetails.RecommendedAction
            }
        }
        $lines = $run.Output -split '\r?\n'
        $lines[0] | Should -Be 'installed: False'
        $lines[1] | Should -BeLike 'ParticipantMessaging.VaultNotInstalled,*'
        $lines[2] | Should -Be 'NotInstalled'
        $lines[3] | Should -BeLike '*Install-PSResource*SecretManagement*'
    }

    It 'works in several runspaces of one process at once' {
        $run = Invoke-Pwsh {
            1..6 | ForEach-Object -ThrottleLimit 6 -Parallel {
                Import-Module (Join-Path $env:PM_MODULE 'ParticipantMessaging.psd1')
                @(Get-MessagingAccount).Count
            } | Measure-Object -Sum | ForEach-Object { "$($_.Count) runspaces, $($_.Sum) accounts" }
        }
        $run.Errors | Should -BeNullOrEmpty
        $run.Output | Should -Be '6 runspaces, 0 accounts'
    }

    It 'makes the output types known by name' {
        $said.Types | Should -Be @('ParticipantMessaging.MessageReceipt', 'x', 'ParticipantMessaging.MessagingAccount') -Because $plain.Errors
    }

    It 'keeps what it brings along in a load context of its own' {
        $said.Context | Should -Be ParticipantMessaging -Because $plain.Errors
        $said.InDefault | Should -Be 0
    }
}

Describe 'The staged folder' {
    BeforeAll {
        $paths = Get-ChildItem $env:PM_MODULE -Recurse -File | ForEach-Object { [IO.Path]::GetRelativePath($env:PM_MODULE, $_.FullName).Replace('\', '/') }
    }

    It 'holds exactly the libraries that are named' {
        $named = ([xml](Get-Content -Raw (Join-Path $env:PM_REPOSITORY 'src/ParticipantMessaging/Stage.targets'))).SelectNodes('//StagedLibrary') |
            ForEach-Object { "lib/$($_.Include)" }
        @($paths -like 'lib/*' -notmatch '^lib/net\d' | Sort-Object) | Should -Be @($named | Sort-Object)
    }

    It 'holds for each system that was compiled for the libraries that are named, and the one it runs on is among them' {
        $named = ([xml](Get-Content -Raw (Join-Path $env:PM_REPOSITORY 'src/ParticipantMessaging/Stage.targets'))).SelectNodes('//AheadOfTimeLibrary') | ForEach-Object Include
        $folders = $paths -match '^lib/net\d' | Group-Object { $_ -replace '/[^/]*$' }
        $folders.Name | Should -Match "^lib/net\d+\.0/$([regex]::Escape((Get-Platform)))$"
        foreach ($folder in $folders) { @($folder.Group -replace '^.*/' | Sort-Object) | Should -Be @($named | Sort-Object) }
    }

    It 'holds beside them what lies in module/, the manifest, the cmdlets, their help and nothing else' {
        $module = Join-Path $env:PM_REPOSITORY 'module'
        $expected = @(Get-ChildItem $module -Recurse -File | ForEach-Object { [IO.Path]::GetRelativePath($module, $_.FullName).Replace('\', '/') })
        $expected += 'ParticipantMessaging.psd1', 'ParticipantMessaging.dll', 'LICENSE', 'THIRD-PARTY-NOTICES.txt', 'en-US/ParticipantMessaging.dll-Help.xml'
        if (Test-Path (Join-Path $env:PM_REPOSITORY 'CHANGELOG.md')) { $expected += 'CHANGELOG.md' }
        @($paths -notlike 'lib/*' | Sort-Object) | Should -Be @($expected | Sort-Object)
    }

    It 'has no path of 140 characters or more, and no assembly of PowerShell''s' {
        # As Azure Automation sees it: below the module's name and version.
        $version = (Import-PowerShellDataFile $manifest).ModuleVersion
        $paths | ForEach-Object { "ParticipantMessaging/$version/$_".Length } | Measure-Object -Maximum | ForEach-Object Maximum | Should -BeLessThan 140
        $paths -match 'System\.Management\.Automation' | Should -BeNullOrEmpty
    }

    It 'needs nothing newer than what PowerShell 7.4 brings (.NET 8)' {
        $ours = (Get-ChildItem (Join-Path $env:PM_MODULE 'lib') -Filter *.dll).BaseName
        $files = @(Get-ChildItem (Join-Path $env:PM_MODULE 'lib') -Filter *.dll) + @(Get-Item (Join-Path $env:PM_MODULE 'ParticipantMessaging.dll'))
        $files.Count | Should -BeGreaterThan 8
        $tooNew = foreach ($file in $files) {
            $image = [Reflection.PortableExecutable.PEReader]::new([IO.File]::OpenRead($file.FullName))
            $reader = [Reflection.Metadata.PEReaderExtensions]::GetMetadataReader($image)
            foreach ($handle in $reader.AssemblyReferences) {
                $reference = $reader.GetAssemblyReference($handle)
                $name = $reader.GetString($reference.Name)
                if ($name -notin $ours -and $reference.Version -gt '8.0.0.0') { "$($file.Name) needs $name $($reference.Version)" }
            }
            $image.Dispose()
        }
        $tooNew | Should -BeNullOrEmpty
    }

    It 'exports what the manifest says' {
        $said.Others | Should -Be 0 -Because $plain.Errors
        $said.Cmdlets | Should -Not -BeNullOrEmpty
        $said.Cmdlets | Should -BeIn $declared
    }
}

Describe 'What is compiled ahead of time' {
    BeforeAll {
        # The same module with and without.
        $without = Join-Path ([IO.Path]::GetTempPath()) 'without'
        Copy-Item -Recurse $env:PM_MODULE $without
        Remove-Item -Recurse (Join-Path $without 'lib' 'net*')
        $half = Join-Path ([IO.Path]::GetTempPath()) 'half'
        Copy-Item -Recurse $env:PM_MODULE $half
        Get-ChildItem (Join-Path $half 'lib' 'net*') -Recurse -File | Where-Object Name -In 'Polly.Core.dll', 'SQLitePCLRaw.core.dll' | Remove-Item
        # A copy that broke off.
        foreach ($file in Get-ChildItem (Join-Path $half 'lib' 'net*') -Recurse -File) {
            $stream = [IO.File]::OpenWrite($file.FullName)
            $stream.SetLength($file.Name -like 'Microsoft*' ? 0 : [long]($file.Length * 2 / 3))
            $stream.Dispose()
        }

        $sim = Start-Sim -Arguments '--participants', '20', '--seed', '1'
        function Send-First([string] $Module) {
            $run = Invoke-Pwsh -Arguments $Module, $sim.BaseUri, (Get-SimParticipant $sim -First 1).id, (Get-SimStudy $sim) {
                $Module, $BaseUri, $Id, $Study = $args
                $before = [Runtime.JitInfo]::GetCompiledMethodCount()
                Import-Module (Join-Path $Module 'ParticipantMessaging.psd1')
                $receipt = Send-ParticipantMessage -ParticipantId $Id -StudyId $Study -Body "From $Module" -Provider Prolific -Token (ConvertTo-SecureString sim-prolific-token -AsPlainText -Force) -BaseUri $BaseUri
                @{
                    Status = $receipt.Status
                    Compiled = [Runtime.JitInfo]::GetCompiledMethodCount() - $before
                    From = [ParticipantMessaging.MessageReceipt].Assembly.Location
                    Version = [Environment]::Version.Major
                } | ConvertTo-Json -Compress
            }
            $run.Errors | Should -BeNullOrEmpty
            $run.Output | ConvertFrom-Json
        }
        $whole = Send-First $env:PM_MODULE
        $plain = Send-First $without
    }
    AfterAll { Stop-Sim $sim }

    It 'is what a PowerShell of that version takes, and any other takes the libraries as they are' {
        $folder = Join-Path $env:PM_MODULE 'lib' "net$($whole.Version).0" (Get-Platform)
        $whole.From | Should -Be (Join-Path ((Test-Path $folder) ? $folder : (Join-Path $env:PM_MODULE 'lib')) 'ParticipantMessaging.Core.dll')
        if ($whole.Version -ge 10) { $folder | Should -Exist }
    }

    It 'spares a first message a thousand methods to compile' {
        if ($whole.Version -lt 10) {
            $whole.Compiled | Should -BeGreaterThan 1000
            return
        }
        $plain.Compiled - $whole.Compiled | Should -BeGreaterThan 1000
    }

    It 'sends the same with it, without it and with a part of it that is half copied' {
        (Send-First $half).Status, $whole.Status, $plain.Status | Should -Be 'Sent', 'Sent', 'Sent'
        $bodies = @(Get-SimMailbox $sim (Get-SimParticipant $sim -First 1).id).body
        foreach ($module in $env:PM_MODULE, $without, $half) { @($bodies -eq "From $module").Count | Should -Be 1 }
    }
}

Describe 'build.ps1 Install' {
    BeforeAll {
        $data = Join-Path ([IO.Path]::GetTempPath()) 'installed'
        $installed = Join-Path $data 'powershell/Modules/ParticipantMessaging'
        $version = (Import-PowerShellDataFile (Join-Path $env:PM_MODULE 'ParticipantMessaging.psd1')).ModuleVersion
        function Invoke-Installation([string[]] $Arguments) {
            $start = New-PwshStart (@('-NoLogo', '-NoProfile', '-NonInteractive', '-File', (Join-Path $env:PM_REPOSITORY build.ps1), 'Install') + $Arguments)
            $start.Environment['XDG_DATA_HOME'] = $data
            $start.RedirectStandardOutput = $start.RedirectStandardError = $true
            $process = [Diagnostics.Process]::Start($start)
            $errors = $process.StandardError.ReadToEndAsync()
            $output = $process.StandardOutput.ReadToEnd()
            $process.WaitForExit()
            $errors.GetAwaiter().GetResult() | Should -BeNullOrEmpty
            $process.ExitCode | Should -Be 0
            $output
        }
        # What PowerShell makes of its module path where nothing is set, not in its configuration either.
        function Find-Installed {
            $run = Invoke-Pwsh {
                (Get-Module -ListAvailable ParticipantMessaging).Path
                Import-Module ParticipantMessaging -ErrorAction Ignore
                (Get-Module ParticipantMessaging).ModuleBase
            } -Environment @{ XDG_DATA_HOME = $data; XDG_CONFIG_HOME = (Join-Path $data config); PSModulePath = $null }
            $run.Errors | Should -BeNullOrEmpty
            @($run.Output -split '\r?\n' | Where-Object { $_ })
        }
    }

    It 'puts the module where PowerShell finds it by name, over what was there, and takes it away again' {
        $null = New-Item -ItemType Directory -Force (Join-Path $installed $version)
        Set-Content (Join-Path $installed $version 'left behind.txt') 'of an earlier install'
        Invoke-Installation | Should -Match ([regex]::Escape((Join-Path $installed $version)))
        Find-Installed | Should -Be (Join-Path $installed $version 'ParticipantMessaging.psd1'), (Join-Path $installed $version)
        $names = { param($folder) Get-ChildItem $folder -Recurse -File | ForEach-Object { [IO.Path]::GetRelativePath($folder, $_.FullName) } | Sort-Object }
        & $names (Join-Path $installed $version) | Should -Be (& $names $env:PM_MODULE)

        Invoke-Installation '-Uninstall' | Should -BeLike '*Removed*'
        Find-Installed | Should -BeNullOrEmpty
        Test-Path $installed | Should -BeFalse
        Invoke-Installation '-Uninstall' | Should -BeLike '*was not installed*'
    }

    It 'leaves another version alone' {
        $other = Join-Path $installed '0.0.1'
        $null = New-Item -ItemType Directory -Force $other
        Invoke-Installation | Should -Match 'Installed'
        Invoke-Installation '-Uninstall' | Should -BeLike "*Still there: $other*"
        Get-ChildItem $installed -Name | Should -Be '0.0.1'
    }
}
