# The packages, made as `build.ps1 Package` makes them: twice, in two folders that hold copies of the sources. In one of them everything is
# built from the beginning; the other one packs what was compiled for all tests, in the repository, since compiling is half of the work.
BeforeAll {
    . $PSScriptRoot/Harness.ps1
    $manifest = Join-Path $env:PM_REPOSITORY 'ParticipantMessaging.psd1'
    $version = (Import-PowerShellDataFile $manifest).ModuleVersion
    # The restores may find the packages where the build found them.
    $env:NUGET_PACKAGES = @((Get-Content -Raw (Join-Path $env:PM_REPOSITORY 'src/ParticipantMessaging.Core/obj/project.assets.json') | ConvertFrom-Json -AsHashtable).packageFolders.Keys)[0]

    # They have looked at these sources when they were built, and change nothing of what comes out.
    $env:RunAnalyzers = 'false'

    # Assemblies with their symbols and comments, and nothing else of what a build leaves behind.
    function Copy-Compiled([string] $From, [string] $Projects, [string] $To) {
        $files = Resolve-Path (Join-Path $From $Projects 'obj' 'Release') | Get-ChildItem -Recurse -File | Where-Object { $_.Extension -in '.dll', '.pdb', '.xml' -and $_.Name -notlike '*-Help.xml' }
        foreach ($file in $files) {
            $target = Join-Path $To ([IO.Path]::GetRelativePath($From, $file.FullName))
            $null = New-Item -ItemType Directory -Force (Split-Path $target)
            Copy-Item $file.FullName $target
        }
    }

    function New-Package([string] $Folder) {
        $files = @(Get-ChildItem $env:PM_REPOSITORY -File -Force | Where-Object Name -Match '\.(props|psd1|slnx)$|^(\.editorconfig|global\.json|LICENSE|CHANGELOG\.md)$') +
            @('src', 'module', 'build', 'docs/cmdlets' | ForEach-Object { Get-ChildItem (Join-Path $env:PM_REPOSITORY $_) -Recurse -File | Where-Object FullName -NotMatch '[\\/](bin|obj)[\\/]' })
        foreach ($file in $files) {
            $target = Join-Path $Folder ([IO.Path]::GetRelativePath($env:PM_REPOSITORY, $file.FullName))
            $null = New-Item -ItemType Directory -Force (Split-Path $target)
            Copy-Item $file.FullName $target
        }
        $output = & dotnet msbuild (Join-Path $Folder 'src/ParticipantMessaging') -restore '-t:PackageModule' '-p:Configuration=Release' '-v:quiet' -nologo -nodeReuse:false 2>&1
        if ($LASTEXITCODE -ne 0) { throw ($output | Out-String) }
        Join-Path $Folder 'artifacts/packages'
    }

    $here = Join-Path ([IO.Path]::GetTempPath()) 'here'
    $there = Join-Path ([IO.Path]::GetTempPath()) 'there/in another/folder'
    $others = New-Package $there
    Copy-Compiled $env:PM_REPOSITORY 'src/*' $here
    # Of these two no byte is packed.
    Copy-Compiled $there 'build/ModulePackage' $here
    $tools = New-Item -ItemType Directory (Join-Path $here 'build/ParticipantMessaging.BuildTools')
    Copy-Item -Recurse (Join-Path $there 'build/ParticipantMessaging.BuildTools/bin') $tools
    $env:SkipCompilerExecution = 'true'
    $packages = New-Package $here
    Remove-Item Env:SkipCompilerExecution
    $staged = Join-Path $here "output/ParticipantMessaging/$version"
    $nuspec = Join-Path $here 'src/ParticipantMessaging/obj/Release/net8.0/package/ParticipantMessaging.nuspec'
}

Describe 'Two builds of the same sources' {
    It 'give the same <_>, byte for byte' -ForEach 'ParticipantMessaging.VERSION.nupkg', 'ParticipantMessaging.Core.VERSION.nupkg', 'ParticipantMessaging.Core.VERSION.snupkg', 'ParticipantMessaging.Simulator.VERSION.nupkg', 'ParticipantMessaging.VERSION.bom.json' {
        $name = $_ -replace 'VERSION', $version
        $hashes = $packages, $others | ForEach-Object { (Get-FileHash (Join-Path $_ $name)).Hash }
        $hashes[0] | Should -Be $hashes[1]
    }

    It 'say nothing of the machine they were made on' {
        $folders = $here, $there, $env:PM_REPOSITORY, $env:PM_REAL_HOME, $env:NUGET_PACKAGES | ForEach-Object { $_.TrimEnd('/', '\') } | Where-Object Length -gt 1
        foreach ($file in Get-ChildItem $staged -Recurse -File -Include ParticipantMessaging*, *.json, *.txt, *.xml) {
            $bytes = [IO.File]::ReadAllBytes($file.FullName)
            foreach ($text in [Text.Encoding]::Latin1.GetString($bytes), [Text.Encoding]::Unicode.GetString($bytes)) {
                foreach ($folder in $folders) { $text.Contains($folder) | Should -BeFalse -Because "$($file.Name) must not name $folder" }
            }
        }
    }
}

Describe 'The gallery package' {
    It 'holds the staged files and nothing else' {
        $zip = [IO.Compression.ZipFile]::OpenRead((Join-Path $packages "ParticipantMessaging.$version.nupkg"))
        try {
            $names = $zip.Entries.FullName | Where-Object { $_ -notmatch '^(_rels/|package/|\[Content_Types\]|ParticipantMessaging\.nuspec$)' }
        }
        finally { $zip.Dispose() }
        $files = Get-ChildItem $staged -Recurse -File | ForEach-Object { [IO.Path]::GetRelativePath($staged, $_.FullName).Replace('\', '/') }
        @($names | ForEach-Object { [uri]::UnescapeDataString($_) } | Sort-Object) | Should -Be @($files | Sort-Object)
    }

    It 'brings the library compiled for <platform>, the same code in other clothes' -ForEach @(
        @{ platform = 'win-x64'; machine = 0x8664 }
        @{ platform = 'linux-x64'; machine = 0x8664 -bxor 0x7B79 }
        @{ platform = 'osx-arm64'; machine = 0xAA64 -bxor 0x4644 }
    ) {
        $folder = Get-Item (Join-Path $staged "lib/net*/$platform")
        $files = Get-ChildItem $folder -File
        ($files.BaseName | Sort-Object) -join ' ' | Should -Be 'Microsoft.Data.Sqlite Microsoft.Extensions.Logging.Abstractions Npgsql ParticipantMessaging.Core Polly.Core SQLitePCLRaw.core SQLitePCLRaw.provider.e_sqlite3'
        foreach ($file in $files) {
            $read = foreach ($path in $file.FullName, (Join-Path $staged 'lib' $file.Name)) {
                $image = [Reflection.PortableExecutable.PEReader]::new([IO.File]::OpenRead($path))
                $reader = [Reflection.Metadata.PEReaderExtensions]::GetMetadataReader($image)
                @{
                    # As the runtime reads it: what is not its own system's is the processor's number turned over by the system's.
                    Machine = [int][uint16]$image.PEHeaders.CoffHeader.Machine
                    Native  = $image.PEHeaders.CorHeader.ManagedNativeHeaderDirectory.Size
                    Build   = $reader.GetGuid($reader.GetModuleDefinition().Mvid)
                }
                $image.Dispose()
            }
            $read[0].Machine | Should -Be $machine -Because $file.FullName
            $read[0].Native | Should -BeGreaterThan 0
            $read[1].Native | Should -Be 0
            $read[0].Build | Should -Be $read[1].Build
        }
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

Describe 'The simulator as a .NET tool' {
    It 'installs into an empty folder, shows its page and lets a campaign be rehearsed' {
        $tools = Join-Path ([IO.Path]::GetTempPath()) 'tools'
        # As a package source a folder needs none of the user's settings, and nothing else may be asked.
        $config = Join-Path ([IO.Path]::GetTempPath()) 'only-here.config'
        "<configuration><packageSources><clear /><add key=""here"" value=""$packages"" /></packageSources></configuration>" | Set-Content $config
        $output = & dotnet tool install ParticipantMessaging.Simulator --version $version --tool-path $tools --configfile $config 2>&1
        $LASTEXITCODE | Should -Be 0 -Because ($output | Out-String)
        Get-ChildItem $tools -File | ForEach-Object { $_.BaseName } | Should -Be 'participant-simulator'

        $start = [Diagnostics.ProcessStartInfo]::new((Get-ChildItem $tools -File).FullName)
        foreach ($argument in '--port', '0', '--exit-on-stdin-close') { $start.ArgumentList.Add($argument) }
        $start.WorkingDirectory = $tools
        $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
        $process = [Diagnostics.Process]::Start($start)
        try {
            $line = $process.StandardOutput.ReadLine()
            $line | Should -Match '^SIMULATOR READY http://127\.0\.0\.1:\d+'
            $sim = [pscustomobject]@{ BaseUri = [uri]($line -split ' ')[2]; Process = $process }
            (Invoke-WebRequest $sim.BaseUri -NoProxy).Content | Should -Match '<html'

            Import-TestModule
            $direct = Get-Direct $sim
            $receipts = Get-SimParticipant $sim -First 5 | Send-ParticipantMessage @direct -StudyId (Get-SimStudy $sim) -Body 'Hello from the rehearsal.' -Campaign tool
            $receipts.Status | Sort-Object -Unique | Should -Be 'Sent'
            foreach ($receipt in $receipts) { @(Get-SimMailbox $sim $receipt.ParticipantId).body | Should -Be 'Hello from the rehearsal.' }
        }
        finally {
            $process.Kill($true)
            $process.WaitForExit()
        }
    }
}

Describe 'What is said of the work of others' {
    It 'names every library that is shipped, and gives the text of every licence' {
        $libraries = Get-ChildItem (Join-Path $staged 'lib') -Recurse -File | Where-Object Name -ne 'ParticipantMessaging.Core.dll'
        $notices = Get-Content -Raw (Join-Path $staged 'THIRD-PARTY-NOTICES.txt')
        foreach ($file in $libraries) { $notices | Should -Match ([regex]::Escape($file.Name)) }
        foreach ($licence in [regex]::Matches($notices, 'Licence: (\S+)').ForEach{ $_.Groups[1].Value } | Sort-Object -Unique) {
            $notices | Should -Match "={78}\s+$([regex]::Escape($licence))\s+={78}\s+\S"
        }
        $notices | Should -Match 'SQLite.*public domain'
    }

    It 'is in the bill of materials: every shipped file with its hash, under the package it comes from' {
        $read = Get-Content -Raw (Join-Path $packages "ParticipantMessaging.$version.bom.json") | ConvertFrom-Json
        $read.bomFormat, $read.specVersion | Should -Be CycloneDX, 1.5
        $read.metadata.component.version | Should -Be $version
        $read.components.name | Should -Contain 'Npgsql'
        foreach ($component in $read.components) {
            $component.licenses[0].license.id | Should -Not -BeNullOrEmpty
            $component.purl | Should -Be "pkg:nuget/$($component.name)@$($component.version)"
        }

        $entries = @($read.metadata.component.components) + @($read.components | ForEach-Object { $_.PSObject.Properties['components']?.Value } | Where-Object { $_ })
        $files = Get-ChildItem $staged -Recurse -File | ForEach-Object { [IO.Path]::GetRelativePath($staged, $_.FullName).Replace('\', '/') }
        @($entries.name | Sort-Object) | Should -Be @($files | Sort-Object)
        foreach ($entry in $entries) {
            $entry.type, $entry.hashes[0].alg | Should -Be file, SHA-256
            $entry.hashes[0].content | Should -Be (Get-FileHash (Join-Path $staged $entry.name) -Algorithm SHA256).Hash
        }
        $files = @($read.components | Where-Object name -eq 'Npgsql').components.name
        $files | Should -Be @('lib/Npgsql.dll'; 'linux-x64', 'osx-arm64', 'win-x64' | ForEach-Object { "lib/net10.0/$_/Npgsql.dll" })
    }

    It 'names SQLite itself, in the version that is shipped' {
        $read = Get-Content -Raw (Join-Path $packages "ParticipantMessaging.$version.bom.json") | ConvertFrom-Json
        $sqlite = $read.components | Where-Object name -eq 'SQLite'
        # The ledger's own library, asked itself.
        $native = Get-ChildItem (Join-Path $staged "lib/runtimes/$(Get-Platform)/native") -File
        $type = Add-Type -PassThru -Name "Sqlite$PID" -Namespace PackageTests -MemberDefinition "[DllImport(@""$($native.FullName)"")] public static extern IntPtr sqlite3_libversion();"
        [Runtime.InteropServices.Marshal]::PtrToStringUTF8($type::sqlite3_libversion()) | Should -Be ([version]$sqlite.version).ToString(3)
    }
}
