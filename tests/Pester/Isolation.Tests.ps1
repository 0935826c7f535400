# Other modules bring other versions of SQLite, Npgsql and Polly into the session, before ours or after it: neither side breaks.
BeforeDiscovery {
    . $PSScriptRoot/Harness.ps1

    # Older and newer ones than ours, as somebody else's module would ship them: in one folder, loaded from there.
    $sets = @(
        @{ Name = 'older'; Packages = @{ 'Microsoft.Data.Sqlite' = '8.0.34'; 'Npgsql' = '8.0.9'; 'Polly.Core' = '8.4.2' } }
        @{ Name = 'newer'; Packages = @{ 'Microsoft.Data.Sqlite' = '10.0.15'; 'SQLitePCLRaw.bundle_e_sqlite3' = '3.0.5'; 'Npgsql' = '10.0.3'; 'Polly.Core' = '8.8.0' } }
    )
    # Nothing is compiled: the libraries are gathered, for both sets by one process.
    $rid = [Runtime.InteropServices.RuntimeInformation]::RuntimeIdentifier -replace '^(linux|win|osx).*-', '$1-'
    $clash = New-Item -ItemType Directory -Force (Join-Path ([IO.Path]::GetTempPath()) 'clash')
    '<Project />' | Set-Content (Join-Path $clash 'Directory.Build.props'), (Join-Path $clash 'Directory.Packages.props')
    foreach ($set in $sets) {
        $set.Folder = Join-Path $clash $set.Name
        $set.Theirs = Join-Path $set.Folder 'out'
        $null = New-Item -ItemType Directory -Force $set.Folder
        $references = $set.Packages.GetEnumerator() | ForEach-Object { "<PackageReference Include=""$($_.Key)"" Version=""$($_.Value)"" />" }
        @"
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net8.0</TargetFramework>
    <RuntimeIdentifier>$rid</RuntimeIdentifier>
    <CopyLocalLockFileAssemblies>true</CopyLocalLockFileAssemblies>
    <SelfContained>false</SelfContained>
    <NoWarn>`$(NoWarn);NU1603;NU1608;NU1901;NU1902;NU1903;NU1904</NoWarn>
  </PropertyGroup>
  <ItemGroup>$($references -join '')</ItemGroup>
  <Target Name="Gather" DependsOnTargets="ResolveReferences">
    <Copy SourceFiles="@(ReferenceCopyLocalPaths)" DestinationFiles="@(ReferenceCopyLocalPaths->'out/%(DestinationSubDirectory)%(Filename)%(Extension)')" />
    <Touch Files="out/complete" AlwaysCreate="true" />
  </Target>
</Project>
"@ | Set-Content (Join-Path $set.Folder 'Clash.csproj')
    }
    @'
<Project>
  <Target Name="Gather">
    <MSBuild Projects="older/Clash.csproj;newer/Clash.csproj" Targets="Restore" Properties="Phase=Restore" ContinueOnError="true" />
    <MSBuild Projects="older/Clash.csproj;newer/Clash.csproj" Targets="Gather" ContinueOnError="true" />
  </Target>
</Project>
'@ | Set-Content (Join-Path $clash 'Both.proj')
    $savedHome = $env:HOME
    try {
        # The packages come through the user's own settings.
        $env:HOME = $env:PM_REAL_HOME
        $log = & dotnet msbuild (Join-Path $clash 'Both.proj') '-t:Gather' '-p:Configuration=Release' '-v:quiet' -nologo -nodeReuse:false 2>&1
    }
    finally { $env:HOME = $savedHome }
    $cases = foreach ($set in $sets) {
        $isThere = Test-Path (Join-Path $set.Theirs 'complete')
        if (-not $isThere) { Write-Host "The $($set.Name) packages are not to be had; the test with them is skipped. $($log | Select-Object -Last 1)" }
        foreach ($order in 'theirs first', 'ours first') {
            @{ Name = $set.Name; Order = $order; Theirs = $set.Theirs; Skip = -not $isThere }
        }
    }
}

BeforeAll {
    . $PSScriptRoot/Harness.ps1
    $sim = Start-Sim
}

AfterAll { Stop-Sim $sim }

Describe 'Clashing versions' {
    It '<Name>, <Order>: neither side breaks' -ForEach $cases {
        if ($Skip) { Set-ItResult -Skipped -Because 'the packages are not to be had' }
        $run = Invoke-Pwsh -Environment @{ HARNESS = "$PSScriptRoot/Harness.ps1"; SIM = $sim.BaseUri; THEIRS = $Theirs; ORDER = $Order } {
            . $env:HARNESS
            $names = 'Microsoft.Data.Sqlite', 'SQLitePCLRaw.core', 'Npgsql', 'Polly.Core', 'Microsoft.Extensions.Logging.Abstractions'

            function Use-Theirs {
                foreach ($name in $names) {
                    $path = Join-Path $env:THEIRS "$name.dll"
                    $loaded = [Reflection.Assembly]::LoadFrom($path)
                    "theirs $name $($loaded.GetName().Version -eq [Reflection.AssemblyName]::GetAssemblyName($path).Version)"
                }
                $null = [Reflection.Assembly]::LoadFrom((Join-Path $env:THEIRS 'SQLitePCLRaw.batteries_v2.dll')).GetType('SQLitePCL.Batteries_V2').GetMethod('Init').Invoke($null, @())
                $connection = [Microsoft.Data.Sqlite.SqliteConnection]::new('Data Source=:memory:')
                $connection.Open()
                $command = $connection.CreateCommand()
                $command.CommandText = 'select 6 * 7'
                "theirs answers $($command.ExecuteScalar())"
                $connection.Dispose()
                "theirs builds $([Npgsql.NpgsqlConnectionStringBuilder]::new('Host=h;Port=1').Host)"
                "theirs retries $($null -ne [Polly.ResiliencePipeline]::Empty)"
            }

            function Use-Ours {
                Import-TestModule
                $sim = [pscustomobject]@{ BaseUri = [uri]$env:SIM }
                $direct = Get-Direct $sim
                $person = (Get-SimParticipant $sim -First 1).id
                # Polly and the pace on the way, the ledger in SQLite before and after.
                $receipt = $person | Send-ParticipantMessage -Body "Hello $env:ORDER $env:THEIRS" -StudyId (Get-SimStudy $sim) -PerMinute 600 -Campaign "$env:ORDER$env:THEIRS" @direct
                "ours $($receipt.Status)"
                $again = $person | Send-ParticipantMessage -Body "Hello $env:ORDER $env:THEIRS" -StudyId (Get-SimStudy $sim) -Campaign "$env:ORDER$env:THEIRS" @direct
                "ours then $($again.Status)"
                $context = [Runtime.Loader.AssemblyLoadContext]::GetLoadContext([ParticipantMessaging.MessageReceipt].Assembly)
                foreach ($name in $names) {
                    $compiled = Join-Path $env:PM_MODULE 'lib' "net$([Environment]::Version.Major).0" (Get-Platform) "$name.dll"
                    $path = (Test-Path $compiled) ? $compiled : (Join-Path $env:PM_MODULE 'lib' "$name.dll")
                    $loaded = $context.LoadFromAssemblyName([Reflection.AssemblyName]::new($name))
                    "ours $name $($loaded.Location -eq (Resolve-Path $path).Path) $($loaded.GetName().Version -eq [Reflection.AssemblyName]::GetAssemblyName($path).Version)"
                }
            }

            if ($env:ORDER -eq 'theirs first') { Use-Theirs; Use-Ours; Use-Theirs } else { Use-Ours; Use-Theirs }
        }
        $run.Errors | Should -BeNullOrEmpty
        $lines = $run.Output -split '\r?\n'
        $lines | Should -Contain 'theirs answers 42'
        $lines | Should -Contain 'theirs builds h'
        $lines | Should -Contain 'theirs retries True'
        $lines | Should -Contain 'ours Sent'
        $lines | Should -Contain 'ours then Skipped'
        @($lines -like 'theirs * True').Count | Should -BeGreaterOrEqual 6
        @($lines -like 'ours * True True').Count | Should -Be 5
        $lines -match 'False' | Should -BeNullOrEmpty
        $run.ExitCode | Should -Be 0
    }
}
