# The bridge from asynchronous code to the pipeline, with cmdlets that do nothing else.
BeforeAll {
    . $PSScriptRoot/Harness.ps1
    Import-TestModule
    $source = @'
    using System;
    using System.Collections.Generic;
    using System.Management.Automation;
    using System.Threading;
    using System.Threading.Tasks;
    using ParticipantMessaging.Infrastructure;

    public static class Seen
    {
        public static volatile string Last = "";
        public static volatile int Produced;
        public static readonly ManualResetEventSlim Waiting = new ManualResetEventSlim();
    }

    [Cmdlet("Test", "Numbers")]
    public sealed class TestNumbers : AsyncCmdlet
    {
        [Parameter] public int Count { get; set; } = 10;
        [Parameter] public int Workers { get; set; } = 1;
        [Parameter] public SwitchParameter Pages { get; set; }
        [Parameter] public SwitchParameter Swallow { get; set; }
        [Parameter] public SwitchParameter Inline { get; set; }

        protected override async Task EndAsync(CancellationToken cancellationToken)
        {
            Seen.Produced = 0;
            Seen.Last = "running";
            if (!Inline) await Task.Yield();
            try
            {
                var tasks = new List<Task>();
                for (int w = 0; w < Workers; w++) tasks.Add(Inline ? Produce(cancellationToken) : Task.Run(() => Produce(cancellationToken)));
                await Task.WhenAll(tasks);
                Seen.Last = "finished";
            }
            catch (Exception e)
            {
                Seen.Last = e.GetType().Name + ", cancelled: " + cancellationToken.IsCancellationRequested;
                if (!Swallow) throw;
            }
        }

        private async Task Produce(CancellationToken cancellationToken)
        {
            if (Pages)
            {
                for (int i = 0; i < Count; i += 100)
                {
                    var page = new List<int>();
                    for (int j = i; j < i + 100; j++) page.Add(j);
                    Seen.Produced += page.Count;
                    await WriteObjectsAsync(page);
                }
                return;
            }
            for (int i = 0; i < Count; i++)
            {
                if (Swallow) { try { await WriteObjectAsync(i); } catch { } }
                else await WriteObjectAsync(i);
                Interlocked.Increment(ref Produced);
                Seen.Produced = Produced;
            }
        }

        private int Produced;
    }

    [Cmdlet("Test", "Streams", SupportsShouldProcess = true)]
    public sealed class TestStreams : AsyncCmdlet
    {
        protected override async Task ProcessAsync(CancellationToken cancellationToken)
        {
            int here = Environment.CurrentManagedThreadId;
            await Task.Yield();
            for (int i = 0; i < 20; i++)
            {
                await Task.Run(async () =>
                {
                    int there = await OnPipelineAsync(() => Environment.CurrentManagedThreadId);
                    if (there != here) throw new InvalidOperationException("another thread");
                    await WriteObjectAsync(i);
                });
            }
            await WriteWarningAsync("a warning.");
            await WriteVerboseAsync("verbose.");
            if (await ShouldProcessAsync("target", "act")) await WriteObjectAsync("acted");
        }
    }

    [Cmdlet("Test", "Waiting")]
    public sealed class TestWaiting : AsyncCmdlet
    {
        protected override async Task ProcessAsync(CancellationToken cancellationToken)
        {
            Seen.Last = "waiting";
            await WriteObjectAsync("started");
            Seen.Waiting.Set();
            try { await Task.Delay(Timeout.Infinite, cancellationToken); }
            catch (OperationCanceledException) { Seen.Last = "cancelled"; throw; }
        }
    }

    [Cmdlet("Test", "Failing")]
    public sealed class TestFailing : AsyncCmdlet
    {
        [Parameter] public string How { get; set; } = "";
        [Parameter(ValueFromPipeline = true)] public object Item { get; set; }

        protected override async Task ProcessAsync(CancellationToken cancellationToken)
        {
            if (How.EndsWith("Later")) await Task.Yield();
            if (How.StartsWith("Bug")) throw new InvalidOperationException("a bug");
            if (How.StartsWith("Cancel")) throw new OperationCanceledException();
            if (How.StartsWith("Pipeline")) await OnPipelineAsync<int>(() => throw new ArgumentException("on the pipeline"));
            if (How.StartsWith("Script"))
            {
                try { await OnPipelineAsync(() => ScriptBlock.Create("throw 'from script'").Invoke()); }
                finally { Seen.Last = "after"; }
            }
            if (How.StartsWith("Error"))
            {
                await WriteErrorAsync(new InvalidOperationException("first"), Item);
                await WriteObjectAsync("still here");
            }
        }
    }

    [Cmdlet("Test", "Swallowing")]
    public sealed class TestSwallowing : AsyncCmdlet
    {
        protected override async Task EndAsync(CancellationToken cancellationToken)
        {
            await Task.Yield();
            // The pipeline waits in the first item until the other two are queued, so that it takes both of them at once.
            using (var queued = new ManualResetEventSlim())
            {
                Task first = OnPipelineAsync(() => queued.Wait());
                Task swallows = OnPipelineAsync(() =>
                {
                    try { OnPipelineAsync(() => ScriptBlock.Create("throw 'swallowed'").Invoke()).GetAwaiter().GetResult(); } catch { }
                });
                Task behind = OnPipelineAsync(() => { });
                queued.Set();
                await first;
                await swallows;
                Seen.Last = await Task.WhenAny(behind, Task.Delay(TimeSpan.FromSeconds(30))) != behind ? "waits for ever" : behind.Exception == null ? "has run" : behind.Exception.InnerException.Message;
            }
        }
    }

    [Cmdlet("Test", "Collecting")]
    public sealed class TestCollecting : AsyncCmdlet
    {
        private int _count;
        [Parameter(ValueFromPipeline = true)] public object Item { get; set; }
        protected override Task BeginAsync(CancellationToken cancellationToken) { _count = 1000000; return Task.CompletedTask; }
        protected override Task ProcessAsync(CancellationToken cancellationToken) { _count++; return Task.CompletedTask; }
        protected override async Task EndAsync(CancellationToken cancellationToken) { await Task.Yield(); await WriteObjectAsync(_count); }
    }
'@
    $assembly = Join-Path $TestDrive 'Bridge.dll'
    $references = @(Join-Path $env:PM_MODULE 'ParticipantMessaging.dll'; [psobject].Assembly.Location; (Get-ChildItem (Join-Path $PSHOME 'ref') -Filter *.dll).FullName)
    Add-Type -TypeDefinition $source -ReferencedAssemblies $references -OutputAssembly $assembly -IgnoreWarnings -WarningAction Ignore
    Import-Module $assembly
}

Describe 'AsyncCmdlet' {
    It 'writes everything in order (<_>)' -ForEach @('queued', 'inline', 'paged') {
        $options = @{ Inline = $_ -eq 'inline'; Pages = $_ -eq 'paged' }
        $numbers = Test-Numbers -Count 5000 @options
        $numbers.Count | Should -Be 5000
        $numbers[4999] | Should -Be 4999
        ($numbers | Measure-Object -Sum).Sum | Should -Be 12497500
        [Seen]::Last | Should -Be finished
    }

    It 'writes what parallel workers produce' {
        (Test-Numbers -Count 2000 -Workers 8).Count | Should -Be 16000
    }

    It 'runs actions on the pipeline thread only, from anywhere' {
        $output = Test-Streams -Verbose -WarningVariable warnings -WarningAction SilentlyContinue 4>&1
        $output[0..19] | Should -Be (0..19)
        $output[-1] | Should -Be acted
        $warnings | Should -Be 'a warning.'
        ($output | Where-Object { $_ -is [Management.Automation.VerboseRecord] }).Message | Should -Contain 'verbose.'
    }

    It 'does not act under -WhatIf' {
        (Test-Streams -WhatIf -WarningAction SilentlyContinue) | Should -Not -Contain acted
    }

    It 'ends the producer when Select-Object has enough (<_>)' -ForEach @('queued', 'inline', 'paged', 'eight workers', 'a worker that swallows exceptions') {
        $options = @{ Inline = $_ -eq 'inline'; Pages = $_ -eq 'paged'; Workers = ($_ -eq 'eight workers' ? 8 : 1); Swallow = $_ -like '*swallows*' }
        (Test-Numbers -Count 1000000 @options | Select-Object -First 2).Count | Should -Be 2
        if ($_ -like '*swallows*') { [Seen]::Last | Should -Be finished } else { [Seen]::Last | Should -Match 'cancelled: True' }
        # As many as may wait in the queue, not a million.
        if ($_ -notlike '*swallows*') { [Seen]::Produced | Should -BeLessThan 3000 }
        if ($_ -eq 'paged') { [Seen]::Produced | Should -Be 100 }
    }

    It 'ends when what comes after it fails' {
        { Test-Numbers -Count 1000000 | ForEach-Object { if ($_ -eq 5) { throw 'downstream' } } } | Should -Throw downstream
        [Seen]::Last | Should -Match 'cancelled: True'
    }

    It 'is stopped while it waits, without an error' {
        [Seen]::Waiting.Reset()
        $shell = [powershell]::Create()
        $null = $shell.AddCommand('Import-Module').AddArgument((Get-Module ParticipantMessaging).Path).Invoke()
        $shell.Commands.Clear()
        $null = $shell.AddCommand('Import-Module').AddArgument($assembly).Invoke()
        $shell.Commands.Clear()
        $running = $shell.AddCommand('Test-Waiting').BeginInvoke()
        [Seen]::Waiting.Wait(20000) | Should -BeTrue
        $shell.Stop()
        $shell.InvocationStateInfo.State | Should -Be Stopped
        $shell.Streams.Error.Count | Should -Be 0
        [Seen]::Last | Should -Be cancelled
        $running.IsCompleted | Should -BeTrue
        $shell.Dispose()
    }

    It 'makes an exception of the body a terminating error (<_>)' -ForEach @('Bug', 'BugLater') {
        $problem = Get-ErrorFrom { Test-Failing -How $_ }
        $problem.FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.*,TestFailing'
        $problem.Exception.InnerException.Message | Should -Be 'a bug'
    }

    It 'makes a cancellation that nobody asked for a time-out (<_>)' -ForEach @('Cancel', 'CancelLater') {
        $problem = Get-ErrorFrom { Test-Failing -How $_ }
        $problem.FullyQualifiedErrorId | Should -BeLike 'ParticipantMessaging.Timeout,*'
        $problem.CategoryInfo.Category | Should -Be OperationTimeout
    }

    It 'rethrows what an action throws (<_>)' -ForEach @('Pipeline', 'PipelineLater') {
        (Get-ErrorFrom { Test-Failing -How $_ }).Exception.Message | Should -BeLike '*on the pipeline*'
    }

    It 'ends with a failure that was swallowed where it happened, and nobody waits for what was queued behind it' {
        { Test-Swallowing } | Should -Throw '*swallowed*'
        [Seen]::Last | Should -Match swallowed
    }

    It 'lets errors of scripts through (<_>)' -ForEach @('Script', 'ScriptLater') {
        (Get-ErrorFrom { Test-Failing -How $_ }).Exception.Message | Should -BeLike '*from script*'
        [Seen]::Last | Should -Be after
    }

    It 'goes on after a non-terminating error, and stops with -ErrorAction Stop (<_>)' -ForEach @('Error', 'ErrorLater') {
        $how = $_
        $ErrorActionPreference = 'Continue'
        Test-Failing -How $how -ErrorAction SilentlyContinue -ErrorVariable problems | Should -Be 'still here'
        $problems.Count | Should -Be 1
        $output = $null
        { $script:output = 1 | Test-Failing -How $how -ErrorAction Stop } | Should -Throw
        $output | Should -BeNullOrEmpty
    }

    It 'collects rows without a thread switch each, and keeps its blocks in order' {
        1..50000 | Test-Collecting | Should -Be 1050000
    }

    It 'works in the middle of a pipeline with itself' {
        (Test-Numbers -Count 100 | Test-Failing | Measure-Object).Count | Should -Be 0
        Test-Numbers -Count 300 | Test-Collecting | Should -Be 1000300
    }
}
