using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Runtime.ExceptionServices;

namespace ParticipantMessaging.Infrastructure;

/// <summary>
/// A cmdlet whose blocks are asynchronous. The body of a block starts on the pipeline thread and goes on elsewhere after its first
/// incomplete await; what it wants written or asked is queued and done on the pipeline thread, which waits for it.
/// Rules: never call <c>base.Write…</c>, <c>ShouldProcess</c> or the like from a body, only the <c>…Async</c> members here;
/// an action that throws (as <c>Select-Object -First</c> makes it) cancels the token, every later action is rejected with the same
/// exception, the body is awaited and the original exception is rethrown; a stop only cancels the token. Every text that these members
/// show passes <see cref="ShownText"/> here, so no cmdlet has to think of it.
/// </summary>
public abstract class AsyncCmdlet : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private volatile bool _stopping;
    private bool? _answerForAll;
    private PipelineQueue? _queue;

    private PipelineQueue Queue => _queue ?? throw new InvalidOperationException("Nothing can be written outside of a block.");

    /// <summary>Frees what the cmdlet holds; the engine calls it at the end of the pipeline.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Runs <see cref="BeginAsync"/>.</summary>
    protected sealed override void BeginProcessing()
    {
        OutputTypeData.Tell();
        RunBlock(BeginAsync);
    }

    /// <summary>Runs <see cref="TryProcess"/>, else <see cref="ProcessAsync"/>.</summary>
    protected sealed override void ProcessRecord()
    {
        if (!TryProcess()) RunBlock(ProcessAsync);
    }

    /// <summary>Runs <see cref="EndAsync"/>.</summary>
    protected sealed override void EndProcessing() => RunBlock(EndAsync);

    /// <summary>Cancels the token of the running block. Called on another thread.</summary>
    protected sealed override void StopProcessing()
    {
        _stopping = true;
        try
        {
            _cancellation.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The cmdlet had just ended.
        }
        catch (AggregateException)
        {
            // A callback of the body's failed; the stop goes on.
        }
    }

    /// <summary>Before the first input object.</summary>
    protected virtual Task BeginAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Takes an input object that needs nothing asynchronous and nothing written, without the cost of a block: a list of 100,000 rows is
    /// only collected here. Runs on the pipeline thread.
    /// </summary>
    /// <returns>False to run <see cref="ProcessAsync"/> for it.</returns>
    protected virtual bool TryProcess() => false;

    /// <summary>For each input object that <see cref="TryProcess"/> left.</summary>
    protected virtual Task ProcessAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>After the last input object.</summary>
    protected virtual Task EndAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Frees what a derived cmdlet holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing) _cancellation.Dispose();
    }

    /// <summary>
    /// Writes one object. Completes when it is queued, at once as long as the consumer keeps up, so that many objects cost no thread
    /// switch each. Use <see cref="WriteObjectsAsync{T}"/> or <see cref="FlushAsync"/> where it matters that it is out.
    /// </summary>
    protected ValueTask WriteObjectAsync(object? value, bool enumerate = false)
    {
        RecentIds.Note(value);
        return Queue.PostObjectAsync(value, enumerate);
    }

    /// <summary>Writes a page of objects in one go. Completes when the last one is out, so that nothing is fetched that nobody wants.</summary>
    protected internal Task WriteObjectsAsync<T>(IReadOnlyList<T> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Queue.RunAsync(() =>
        {
            foreach (T value in values)
            {
                RecentIds.Note(value);
                WriteObject(value);
            }
        });
    }

    /// <summary>Completes when everything written so far is out.</summary>
    protected Task FlushAsync() => Queue.RunAsync(static () => { });

    /// <summary>Writes a non-terminating error. Completes when it is out.</summary>
    protected internal Task WriteErrorAsync(ErrorRecord record) => Queue.RunAsync(() => WriteError(record));

    /// <summary>Writes a non-terminating error. Completes when it is out.</summary>
    /// <param name="error">What happened.</param>
    /// <param name="target">The input object.</param>
    protected Task WriteErrorAsync(Exception error, object? target) => WriteErrorAsync(ErrorRecords.From(error, target));

    /// <summary>Writes a warning.</summary>
    protected internal Task WriteWarningAsync(string text) => Queue.RunAsync(() => WriteWarning(ShownText.Lines(text)));

    /// <summary>Writes a verbose line; never a token or a message's text.</summary>
    protected internal Task WriteVerboseAsync(string text) => Queue.RunAsync(() => WriteVerbose(ShownText.Lines(text)));

    /// <summary>
    /// Says something that a user at the screen wants to know, but that is no output: as Write-Host does, on the host and in the
    /// information stream (<c>6&gt;</c>, <c>-InformationAction Ignore</c>).
    /// </summary>
    protected Task WriteHostAsync(string text)
        => Queue.RunAsync(() => WriteInformation(new HostInformationMessage { Message = ShownText.Lines(text) }, ["PSHOST"]));

    /// <summary>Writes a debug line; never a token or a message's text.</summary>
    protected Task WriteDebugAsync(string text) => Queue.RunAsync(() => WriteDebug(ShownText.Lines(text)));

    /// <summary>Shows progress. Callers see to it that it is a few times a second at most.</summary>
    protected internal Task WriteProgressAsync(ProgressRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        record.Activity = Filled(record.Activity);
        record.StatusDescription = Filled(record.StatusDescription);
        record.CurrentOperation = ShownText.Line(record.CurrentOperation);
        return Queue.RunAsync(() => WriteProgress(record));

        // A record takes no empty text in these two.
        static string Filled(string? text) => ShownText.Line(text) is { Length: > 0 } line ? line : " ";
    }

    /// <summary>
    /// Asks, shows or allows, as <c>-WhatIf</c> and <c>-Confirm</c> have it. Where it would ask in a host that cannot, it throws a
    /// <see cref="MessagingException"/> with <see cref="MessagingErrorReason.ConfirmationRequired"/>.
    /// </summary>
    /// <param name="target">Who or what.</param>
    /// <param name="action">A verb phrase.</param>
    protected Task<bool> ShouldProcessAsync(string target, string action)
        => OnPipelineAsync(() => AskOrThrow(() => IsLasting && HostAbilities.WouldAsk(this)
            ? AskLasting(ShownText.Line(action), ShownText.Line($"{action}: {target}"), severalFollow: true)
            : ShouldProcess(ShownText.Line(target), ShownText.Line(action))));

    /// <summary>Asks, shows or allows, as <see cref="ShouldProcessAsync(string, string)"/> does.</summary>
    /// <param name="description">What <c>-WhatIf</c> and <c>-Verbose</c> show.</param>
    /// <param name="question">What <c>-Confirm</c> asks.</param>
    /// <param name="caption">The heading of the question.</param>
    protected Task<bool> ShouldProcessAsync(string description, string question, string caption)
        => OnPipelineAsync(() => AskOrThrow(() => ShouldProcess(ShownText.Lines(description), ShownText.Lines(question), ShownText.Line(caption))));

    /// <summary>Runs <c>ShouldProcess</c> on the pipeline thread; where nobody can be asked, that is the error, and not the host's own.</summary>
    internal T AskOrThrow<T>(Func<T> shouldProcess) => AskOrThrow(shouldProcess, HostAbilities.WouldAsk(this), "-Confirm:$false");

    /// <summary>
    /// Asks in any case; callers skip it with <c>-Force</c>. In a host that cannot ask it throws a
    /// <see cref="MessagingException"/> with <see cref="MessagingErrorReason.ConfirmationRequired"/>.
    /// </summary>
    /// <param name="query">The question.</param>
    /// <param name="caption">Its heading.</param>
    /// <param name="instead">What takes the place of the answer.</param>
    protected internal Task<bool> ShouldContinueAsync(string query, string caption, string instead = "-Force")
        => OnPipelineAsync(() => AskOrThrow(() => AskLasting(ShownText.Line(caption), ShownText.Lines(query), severalFollow: false), wouldAsk: true, instead));

    /// <summary>What the cmdlet does cannot be taken back.</summary>
    private bool IsLasting => GetType().GetCustomAttributes(typeof(CmdletAttribute), false) is [CmdletAttribute { ConfirmImpact: ConfirmImpact.High }];

    /// <summary>A question whose answer cannot be taken back: Enter alone means No, where the engine's own questions mean Yes.</summary>
    private bool AskLasting(string caption, string query, bool severalFollow)
    {
        if (_answerForAll is { } answered) return answered;
        var choices = new Collection<ChoiceDescription> { new("&Yes", "Do it."), new("&No", "Leave it as it is.") };
        if (severalFollow)
        {
            choices.Add(new ChoiceDescription("Yes to &All", "Do it, and the same for all that follow."));
            choices.Add(new ChoiceDescription("No to A&ll", "Leave it, and all that follow."));
        }

        int choice = Host.UI.PromptForChoice(caption, query, choices, defaultChoice: 1);
        if (choice > 1) _answerForAll = choice == 2;
        return choice is 0 or 2;
    }

    private T AskOrThrow<T>(Func<T> ask, bool wouldAsk, string instead)
    {
        if (wouldAsk && HostAbilities.CannotAsk(this)) throw HostAbilities.ConfirmationRequired(instead);
        try
        {
            return ask();
        }
        catch (Exception error) when (error is PSInvalidOperationException or System.Management.Automation.Host.HostException or NotImplementedException)
        {
            throw HostAbilities.ConfirmationRequired(instead, error);
        }
    }

    /// <summary>
    /// Runs a function on the pipeline thread, for what needs the runspace. A <see cref="MessagingException"/> goes to the
    /// awaiting code alone; any other exception ends the block too.
    /// </summary>
    protected internal Task<T> OnPipelineAsync<T>(Func<T> function) => Queue.RunAsync(function, failureIsResult: true);

    /// <summary>Runs an action on the pipeline thread; see <see cref="OnPipelineAsync{T}"/>.</summary>
    protected Task OnPipelineAsync(Action action) => Queue.RunAsync(
        () =>
        {
            action();
            return true;
        },
        failureIsResult: true);

    /// <summary>An exception for a body to throw: the block ends with exactly this terminating error.</summary>
    protected static Exception Terminating(ErrorRecord record) => new TerminatingErrorException(record);

    private void RunBlock(Func<CancellationToken, Task> block)
    {
        // A host with a user interface may have a context here, which the body must not come back to: this thread waits for it.
        SynchronizationContext? context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        using var queue = new PipelineQueue(this, _cancellation);
        _queue = queue;
        try
        {
            Task worker = Start(block);
            try
            {
                queue.Drain(worker);
            }
            finally
            {
                // When an action threw, the body's own exception is only the echo: looked at, so that nobody reports it as unobserved.
                _ = worker.Exception;
            }

            if (!worker.IsCompletedSuccessfully) Rethrow(worker);
        }
        finally
        {
            _queue = null;
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    private Task Start(Func<CancellationToken, Task> block)
    {
        try
        {
            return block(_cancellation.Token);
        }
        catch (OperationCanceledException error)
        {
            return Task.FromCanceled(error.CancellationToken.IsCancellationRequested ? error.CancellationToken : new CancellationToken(true));
        }
        catch (Exception error)
        {
            // A body that is not an async method throws directly; it is treated like the others.
            return Task.FromException(error);
        }
    }

    private void Rethrow(Task worker)
    {
        Exception error = worker.Exception?.InnerException ?? new OperationCanceledException();
        if (error is OperationCanceledException && _stopping) throw new PipelineStoppedException();
        if (error is TerminatingErrorException terminating)
        {
            ThrowTerminatingError(terminating.Record);
            return;
        }

        // The engine's own exceptions (stops, -ErrorAction Stop, parameter errors) are its business. A pattern that is none is ours to explain:
        // the engine's words for it hold the pattern as it is.
        if (error is PipelineStoppedException or (RuntimeException and not WildcardPatternException) || ErrorRecords.IsEngineFlow(error)) ExceptionDispatchInfo.Throw(error);
        ThrowTerminatingError(ErrorRecords.From(error, null));
    }
}
