using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using ParticipantMessaging.Accounts;

namespace ParticipantMessaging.Http;

/// <summary>What both clients share: calls, single objects, and lists in all four styles of paging.</summary>
internal sealed class ServiceReader
{
    private readonly ServiceHttp _http;

    public ServiceReader(ServiceConnection connection, ServiceHttp? http)
    {
        Connection = connection;
        _http = http ?? ServiceHttp.Shared;
    }

    public ServiceConnection Connection { get; }

    public TimeProvider Clock => _http.Clock;

    public Action<ServiceWait>? OnWait { get; set; }

    public Func<Task>? BeforeCall { get; set; }

    /// <summary>Makes a call whose answer is of no interest beyond its status.</summary>
    public async Task<ServiceResponse> CallAsync(ServiceRequest request, CancellationToken cancellationToken)
    {
        if (BeforeCall is { } before) await before().ConfigureAwait(false);
        return await _http.CallAsync(Connection, request, OnWait, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads one object.</summary>
    public async Task<T> GetAsync<T>(ServiceRequest request, ItemReader<T> readItem, CancellationToken cancellationToken)
        => (await GetWithHeaderAsync(request, readItem, "", cancellationToken).ConfigureAwait(false)).Value;

    /// <summary>Reads one object and a header of its answer.</summary>
    public async Task<(T Value, string? Header)> GetWithHeaderAsync<T>(ServiceRequest request, ItemReader<T> readItem, string header, CancellationToken cancellationToken)
    {
        using ServiceResponse response = await CallAsync(request, cancellationToken).ConfigureAwait(false);
        string? value = header.Length > 0 && response.Headers.TryGetValues(header, out IEnumerable<string>? values) ? values.FirstOrDefault() : null;
        T read = Parse(request, response, readItem, static (body, read, context) =>
        {
            var reader = new Utf8JsonReader(body);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw JsonFields.WrongType("an object");
            return read(ref reader, context);
        });
        return (read, value);
    }

    /// <summary>Reads one page.</summary>
    public async Task<Page<T>> PageAsync<T>(ServiceRequest request, ItemReader<T> readItem, ItemContext context, CancellationToken cancellationToken)
    {
        using ServiceResponse response = await CallAsync(request, cancellationToken).ConfigureAwait(false);
        return Parse(request, response, readItem, static (body, read, c) => Page<T>.Read(body, read, c), context);
    }

    /// <summary>Reads a list page by page; the next page is asked for only when the one before has been taken.</summary>
    public async IAsyncEnumerable<T> ListAsync<T>(
        ServiceRequest request,
        Paging paging,
        ItemReader<T> readItem,
        Func<T, string> idOf,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var context = new ItemContext(Connection);
        var cursor = new PageCursor(paging, request.Query);
        HashSet<string> before = [];
        while (true)
        {
            Page<T> page = await PageAsync(request with { Query = cursor.Query }, readItem, context, cancellationToken).ConfigureAwait(false);
            bool more = cursor.Advance(page.Items.Count, page.Count, page.SpeaksOfNext, page.Next, page.Fingerprint, Connection, out string? problem);
            if (problem is not null) throw new Failures(Connection, request, 1).Unreadable(problem, 200);

            // What arrives while a list is read shifts it: the end of one page comes again at the start of the next.
            HashSet<string> present = more ? new HashSet<string>(page.Items.Count) : [];
            foreach (T item in page.Items)
            {
                string id = idOf(item);
                if (more) present.Add(id);
                if (id.Length > 0 && before.Contains(id)) continue;
                cancellationToken.ThrowIfCancellationRequested();
                yield return item;
            }

            if (!more) yield break;
            before = present;
        }
    }

    public MessagingException Unreadable(ServiceRequest request, ServiceResponse response, string what, Exception? cause = null)
        => new Failures(Connection, request, response.Attempts).Unreadable(what, response.Status, cause);

    private T Parse<T, TItem>(ServiceRequest request, ServiceResponse response, ItemReader<TItem> readItem, Parser<T, TItem> parse, ItemContext? context = null)
    {
        ReadOnlyMemory<byte> body = response.Body;
        if (body.Span.StartsWith(Encoding.UTF8.Preamble)) body = body[3..];
        context ??= new ItemContext(Connection);
        context.Source = body;
        try
        {
            return parse(body.Span, readItem, context);
        }
        catch (JsonException e)
        {
            string what = e.LineNumber is null && e.Path is null && !e.Message.Contains('\'', StringComparison.Ordinal) ? e.Message.TrimEnd('.') : "it is not JSON that can be read";
            throw Unreadable(request, response, body.IsEmpty ? "it is empty" : what, e);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or OverflowException)
        {
            throw Unreadable(request, response, "it holds text that is not UTF-8 or a value of a wrong kind", e);
        }
        finally
        {
            context.Source = default;
        }
    }

    private delegate T Parser<out T, TItem>(ReadOnlySpan<byte> body, ItemReader<TItem> readItem, ItemContext context);
}
