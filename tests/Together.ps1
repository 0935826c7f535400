<#
    Dot-sourced by build.ps1 and Invoke-PesterTests.ps1: runs programs side by side, and shows what each wrote when it has ended, so that
    nothing is mixed. Each job: @{ Name; Program; Arguments; Environment }. Returns for each its Name, ExitCode and Seconds.
#>
function Invoke-Together {
    param([Parameter(Mandatory)][hashtable[]] $Jobs, [int] $AtOnce = [Math]::Max(1, [Math]::Min(3, [Environment]::ProcessorCount)))

    $waiting = [Collections.Generic.Queue[hashtable]]::new($Jobs)
    $running = [Collections.Generic.List[object]]::new()
    try {
        while ($waiting.Count -or $running.Count) {
            while ($waiting.Count -and $running.Count -lt $AtOnce) {
                $job = $waiting.Dequeue()
                $start = [Diagnostics.ProcessStartInfo]::new($job.Program)
                foreach ($argument in $job.Arguments) { $start.ArgumentList.Add([string]$argument) }
                if ($job.Environment) { foreach ($key in $job.Environment.Keys) { $start.Environment[$key] = [string]$job.Environment[$key] } }
                $start.RedirectStandardInput = $true
                $start.RedirectStandardOutput = $true
                $start.RedirectStandardError = $true
                $process = [Diagnostics.Process]::Start($start)
                $process.StandardInput.Close()
                $running.Add([pscustomobject]@{
                        Job = $job; Process = $process; Watch = [Diagnostics.Stopwatch]::StartNew()
                        Output = $process.StandardOutput.ReadToEndAsync(); Errors = $process.StandardError.ReadToEndAsync(); Exit = $process.WaitForExitAsync()
                    })
            }
            $null = [Threading.Tasks.Task]::WaitAny([Threading.Tasks.Task[]]@($running.Exit))
            foreach ($one in @($running | Where-Object { $_.Exit.IsCompleted })) {
                $null = $running.Remove($one)
                # What it started may hold its output open; nobody waits for that.
                foreach ($text in $one.Output, $one.Errors) {
                    if ($text.Wait(10000)) { $text.Result.TrimEnd() -split '\r?\n' | Where-Object { $_ } | ForEach-Object { Write-Host $_ } }
                }
                [pscustomobject]@{ Name = $one.Job.Name; ExitCode = $one.Process.ExitCode; Seconds = $one.Watch.Elapsed.TotalSeconds }
                $one.Process.Dispose()
            }
        }
    }
    finally {
        # Ctrl+C: nobody is left behind.
        foreach ($one in $running) { if (-not $one.Process.HasExited) { $one.Process.Kill($true) } }
    }
}

# How the running PowerShell is started: itself, or as the .NET tool pwsh.dll in dotnet.
function Get-Engine {
    $path = (Get-Process -Id $PID).Path
    if ((Split-Path -LeafBase $path) -eq 'dotnet') { $path, (Join-Path $PSHOME 'pwsh.dll') } else { , $path }
}
