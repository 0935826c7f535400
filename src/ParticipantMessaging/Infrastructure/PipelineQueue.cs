using System.Management.Automation;
using System.Runtime.ExceptionServices;

namespace ParticipantMessaging.Infrastructure;

/// <summary>
/// What the asynchronous body of one block wants done on the pipeline thread, in order. Plain objects cost no thread switch each:
/// they are queued, and the pipeline thread takes everything that is there at once.
/// </summary>
internal sealed class PipelineQueue : IDisposable
{
    /// <summary>How many objects may wait before the producer does: enough to save switches, too few to fill the memory.</summary>
    private const int Capacity = 256;

    private readonly object _lock = new();
    private readonly Cmdlet _cmdlet;
    private readonly CancellationTokenSource _cancellation;
    private readonly int _pipelineThread = Environment.CurrentManagedThreadId;
    private readonly SemaphoreSlim _space = new(Capacity);
    private List<Item> _items = [];
    private List<Item> _taken = [];
    private bool _completed;
    private ExceptionDispatchInfo? _failure;

    /// <param name="cmdlet">Whose pipeline it is.</param>
    /// <param name="cancellation">Cancelled when an action throws.</param>
    public PipelineQueue(Cmdlet cmdlet, CancellationTokenSource cancellation)
    {
        _cmdlet = cmdlet;
        _cancellation = cancellation;
    }

    /// <summary>The code before the first incomplete await of a body runs on the pipeline thread itself.</summary>
    private bool IsOnPipelineThread => Environment.CurrentManagedThreadId == _pipelineThread;

    /// <summary>Queues one object for the output; completes when it is queued, at once as long as the consumer keeps up.</summary>
    public ValueTask PostObjectAsync(object? value, bool enumerate)
    {
        if (IsOnPipelineThread)
        {
            RunInline(() => _cmdlet.WriteObject(value, enumerate));
            return default;
        }

        ThrowIfRejected();
        if (!_space.Wait(0)) return WaitForSpaceAsync(value, enumerate);
        Enqueue(new Item(value, enumerate, null));
        return default;
    }

    /// <summary>Runs an action on the pipeline thread; completes when it has run.</summary>
    public Task RunAsync(Action action) => RunAsync(() =>
    {
        action();
        return true;
    });

    /// <summary>Runs a function on the pipeline thread; completes with what it returns.</summary>
    /// <param name="function">The function.</param>
    /// <param name="failureIsResult">A <see cref="MessagingException"/> goes to the awaiting code alone and does not end the block.</param>
    public Task<T> RunAsync<T>(Func<T> function, bool failureIsResult = false)
    {
        if (IsOnPipelineThread)
        {
            T result = default!;
            RunInline(() => result = function(), failureIsResult);
            return Task.FromResult(result);
        }

        ThrowIfRejected();
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Enqueue(new Item(null, false, new PipelineCall<T>(function, completion, failureIsResult)));
        return completion.Task;
    }

    /// <summary>Runs everything until the worker has ended; called on the pipeline thread. Throws what an action threw.</summary>
    public void Drain(Task worker)
    {
        if (worker.IsCompleted)
        {
            // Most rows of a list are only collected: nothing to wait for.
            Complete();
        }
        else
        {
            worker.ContinueWith(
                static (_, state) => ((PipelineQueue)state!).Complete(),
                this,
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }

        while (Take() is { } items)
        {
            int written = 0;
            int i = 0;
            for (; i < items.Count && _failure is null; i++)
            {
                Item item = items[i];
                try
                {
                    if (item.Call is { } call)
                    {
                        call.Run();
                    }
                    else
                    {
                        written++;
                        _cmdlet.WriteObject(item.Value, item.Enumerate);
                    }
                }
                catch (Exception error)
                {
                    // Also PipelineStoppedException: it is kept and rethrown, once nobody uses this queue any more.
                    Reject(error);
                    items[i].Call?.Reject(error);
                }
            }

            // An item that swallowed the failure of what it ran here has ended the block all the same: nobody may wait for those behind it.
            if (_failure is { } failure)
            {
                foreach (Item rest in items.Skip(i)) rest.Call?.Reject(failure.SourceException);
            }

            items.Clear();
            if (written > 0) _space.Release(written);
        }

        _failure?.Throw();
    }

    public void Dispose() => _space.Dispose();

    private async ValueTask WaitForSpaceAsync(object? value, bool enumerate)
    {
        try
        {
            await _space.WaitAsync(_cancellation.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            ThrowIfRejected();
            throw;
        }

        Enqueue(new Item(value, enumerate, null));
    }

    private void Enqueue(Item item)
    {
        lock (_lock)
        {
            ThrowIfRejected();
            if (_completed) throw new InvalidOperationException("The block has ended; nothing can be written any more.");
            _items.Add(item);
            if (_items.Count == 1) Monitor.Pulse(_lock);
        }
    }

    /// <summary>Everything that is queued; null when the worker has ended and nothing is left.</summary>
    private List<Item>? Take()
    {
        lock (_lock)
        {
            while (_items.Count == 0 && !_completed) Monitor.Wait(_lock);
            if (_items.Count == 0) return null;
            (_items, _taken) = (_taken, _items);
            return _taken;
        }
    }

    private void Complete()
    {
        lock (_lock)
        {
            _completed = true;
            Monitor.Pulse(_lock);
        }
    }

    private void RunInline(Action action, bool failureIsResult = false)
    {
        ThrowIfRejected();
        try
        {
            action();
        }
        catch (MessagingException) when (failureIsResult)
        {
            throw;
        }
        catch (Exception error)
        {
            Reject(error);
            throw;
        }
    }

    private void Reject(Exception error)
    {
        lock (_lock)
        {
            _failure ??= ExceptionDispatchInfo.Capture(error);
            foreach (Item item in _items) item.Call?.Reject(error);
            _items.Clear();
        }

        try
        {
            _cancellation.Cancel();
        }
        catch (AggregateException)
        {
            // A callback of the worker's failed; what counts is the failure that ends the block.
        }
    }

    private void ThrowIfRejected() => Volatile.Read(ref _failure)?.Throw();

    private readonly record struct Item(object? Value, bool Enumerate, IPipelineCall? Call);

    private interface IPipelineCall
    {
        void Run();

        void Reject(Exception error);
    }

    private sealed class PipelineCall<T>(Func<T> function, TaskCompletionSource<T> completion, bool failureIsResult) : IPipelineCall
    {
        public void Run()
        {
            T result;
            try
            {
                result = function();
            }
            catch (MessagingException error) when (failureIsResult)
            {
                completion.TrySetException(error);
                return;
            }

            completion.TrySetResult(result);
        }

        public void Reject(Exception error) => completion.TrySetException(error);
    }
}
