using System.Globalization;
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
    public Task<ServiceResponse> CallAsync(ServiceRequest request, CancellationToken cancellationToken)
        => BeforeCall is { } before ? CallAfterAsync(before, request, cancellationToken) : _http.CallAsync(Connection, request, OnWait, cancellationToken);

    private async Task<ServiceResponse> CallAfterAsync(Func<Task> before, ServiceRequest request, CancellationToken cancellationToken)
    {
        await before().ConfigureAwait(false);
        return await _http.CallAsync(Connection, request, OnWait, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads one object.</summary>
    public async Task<T> GetAsync<T>(ServiceRequest request, ItemReader<T> readItem, CancellationToken cancellationToken)
        => (await GetWithAsync(request, readItem, static _ => true, cancellationToken).ConfigureAwait(false)).Value;

    /// <summary>Reads one object and what else is wanted of its answer.</summary>
    public async Task<(T Value, TMore More)> GetWithAsync<T, TMore>(ServiceRequest request, ItemReader<T> readItem, Func<ServiceResponse, TMore> readMore, CancellationToken cancellationToken)
    {
        using ServiceResponse response = await CallAsync(request, cancellationToken).ConfigureAwait(false);
        TMore more = readMore(response);
        T read = Parse(request, response, readItem, static (body, read, context) =>
        {
            var reader = new Utf8JsonReader(body);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw JsonFields.WrongType("an object");
            return read(ref reader, context);
        });
        return (read, more);
    }

    /// <summary>Told of every list that ended without being known to be whole; null for nobody.</summary>
    public Func<ListEnd, Task>? OnIncomplete { get; set; }

    /// <summary>Reads one page.</summary>
    public async Task<Page<T>> PageAsync<T>(
        ServiceRequest request, ItemReader<T> readItem, ItemContext context, CancellationToken cancellationToken, Func<T, string>? idOf = null, bool mayLackResults = false)
    {
        using ServiceResponse response = await CallAsync(request, cancellationToken).ConfigureAwait(false);
        return Parse(request, response, readItem, (body, read, c) => Page<T>.Read(body, read, c, idOf, mayLackResults), context);
    }

    /// <summary>Reads a list page by page; the next page is asked for only when the one before has been taken.</summary>
    /// <param name="request">The list.</param>
    /// <param name="paging">How it is cut into pages.</param>
    /// <param name="readItem">Reads an item.</param>
    /// <param name="idOf">Gives an item's id; an item without one is told from others by what it holds.</param>
    /// <param name="cancellationToken">Stops the reading, beside the enumerator's own.</param>
    public ServiceList<T> ListAsync<T>(ServiceRequest request, Paging paging, ItemReader<T> readItem, Func<T, string> idOf, CancellationToken cancellationToken = default)
        => ListAsync(request, paging, readItem, idOf, null, cancellationToken);

    /// <summary>Reads a list page by page, of which another address tells how many there are when the list itself leaves that open.</summary>
    /// <param name="request">The list.</param>
    /// <param name="paging">How it is cut into pages.</param>
    /// <param name="readItem">Reads an item.</param>
    /// <param name="idOf">Gives an item's id; an item without one is told from others by what it holds.</param>
    /// <param name="countElsewhere">Asks that address; null where there is none.</param>
    /// <param name="cancellationToken">Stops the reading, beside the enumerator's own.</param>
    public ServiceList<T> ListAsync<T>(
        ServiceRequest request,
        Paging paging,
        ItemReader<T> readItem,
        Func<T, string> idOf,
        Func<CancellationToken, Task<long?>>? countElsewhere,
        CancellationToken cancellationToken)
        => new(list => ReadAsync(list, request, paging, readItem, idOf, countElsewhere, cancellationToken));

    private async IAsyncEnumerable<T> ReadAsync<T>(
        ServiceList<T> list,
        ServiceRequest request,
        Paging paging,
        ItemReader<T> readItem,
        Func<T, string> idOf,
        Func<CancellationToken, Task<long?>>? countElsewhere,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var context = new ItemContext(Connection);
        var cursor = new PageCursor(paging, request.Query);

        // What arrives or leaves while a list is read shifts it, so an item can come on several pages.
        var seen = new SeenKeys();
        SeenKeys? seenInPass = null;
        var odd = new List<OddItem>();
        long before = paging.Skip;
        while (true)
        {
            Page<T>? page = null;
            try
            {
                page = await PageAsync(request with { Query = cursor.Query }, readItem, context, cancellationToken, idOf, paging.MayLackResults).ConfigureAwait(false);
            }
            catch (MessagingException e) when (cursor.IsOnTrial && e.HttpStatus is 400 or 404 or 422)
            {
                // The service did not offer this page.
            }

            var fresh = new List<T>(page?.Items.Count ?? 0);
            bool more = cursor.Advance(page is null ? PageFacts.Refused : Sort(page, cursor), Connection, out string? problem);
            foreach (T item in fresh)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return item;
            }

            if (problem is not null) throw new Failures(Connection, request, 1).Unreadable(problem, 200);
            if (!more) break;

            PageFacts Sort(Page<T> read, PageCursor at)
            {
                if (at.IsSecondPass && seenInPass is null) (seenInPass, before) = (new(), paging.Skip);
                int freshInPass = 0, freshOdd = 0;
                for (int i = 0; i < read.Items.Count; i++)
                {
                    string key = read.KeyOf(i);
                    bool isFresh = seen.Add(key);
                    if (isFresh) fresh.Add(read.Items[i]);
                    if (seenInPass?.Add(key) ?? isFresh) freshInPass++;
                }

                foreach (OddItem item in read.Odd)
                {
                    OddItem placed = item with { Place = before + item.Place };
                    string key = item.IsObject ? item.Key : string.Create(CultureInfo.InvariantCulture, $"{item.Key} at {placed.Place}");
                    bool isFresh = seen.Add(key);
                    if (isFresh)
                    {
                        odd.Add(placed);
                        freshOdd++;
                    }

                    if (seenInPass?.Add(key) ?? isFresh) freshInPass++;
                }

                before += read.Got;
                return new PageFacts(read.Got, fresh.Count + freshOdd, freshInPass, read.Count, read.SpeaksOfNext, read.Next, read.NamesNoList);
            }
        }

        ListEnd end = cursor.End(Connection, request);
        if (end.Missing is null && countElsewhere is not null && await AskAsync(countElsewhere, cancellationToken).ConfigureAwait(false) is { } count)
        {
            end = count <= end.Received ? ListEnd.Complete(request, end.Received, count) : ListEnd.Short(Connection, request, end.Received, count, count - end.Received);
        }

        if (odd.Count > 0) end = odd.Count < end.Received ? end.Without(Connection, odd) : throw UnreadableList(request, odd);
        list.End = end;
        if (!end.IsComplete && !end.IsByChance && OnIncomplete is { } tell) await tell(end).ConfigureAwait(false);
    }

    /// <summary>Tells of what a single page holds that cannot be used, as <see cref="OnIncomplete"/> is told of a list.</summary>
    /// <param name="request">The page's request.</param>
    /// <param name="page">The page.</param>
    /// <param name="before">How many come before it in the list.</param>
    public async Task TellOddAsync<T>(ServiceRequest request, Page<T> page, long before)
    {
        if (page.Odd.Count == 0) return;
        List<OddItem> odd = page.Odd.ConvertAll(item => item with { Place = before + item.Place });
        if (page.Items.Count == 0) throw UnreadableList(request, odd);
        if (OnIncomplete is { } tell) await tell(ListEnd.Complete(request, page.Got, page.Count).Without(Connection, odd)).ConfigureAwait(false);
    }

    // Where nothing of it can be used, it is something else than was asked for.
    private MessagingException UnreadableList(ServiceRequest request, List<OddItem> odd)
        => new Failures(Connection, request, 1).Unreadable(odd.Count == 1 ? $"the one object in it is none ({odd[0].Why})" : string.Create(CultureInfo.InvariantCulture, $"none of its {odd.Count:N0} objects is one (the first: {odd[0].Why})"), 200);

    private static async Task<long?> AskAsync(Func<CancellationToken, Task<long?>> count, CancellationToken cancellationToken)
    {
        try
        {
            return await count(cancellationToken).ConfigureAwait(false);
        }
        catch (MessagingException)
        {
            // The list itself was read; it stays as doubtful as it was.
            return null;
        }
    }

    public MessagingException Unreadable(ServiceRequest request, ServiceResponse response, string what, Exception? cause = null)
        => new Failures(Connection, request, response.Attempts).Unreadable(WebPage(response.Body.Span) is { } page ? (request.Kind == CallKind.Read ? "it is " : "with ") + page : what, response.Status, cause);

    /// <summary>What a page in place of an answer is, in words; null when it is none.</summary>
    private string? WebPage(ReadOnlySpan<byte> body)
    {
        if (body.StartsWith(Encoding.UTF8.Preamble)) body = body[3..];
        if (!body.TrimStart(" \t\r\n"u8).StartsWith("<"u8)) return null;
        string? title = ErrorBody.Read(body, Connection.Token).Message;
        if (title is { Length: > 80 }) title = title[..79] + "…";
        return $"a web page{(title is null ? "" : $" ('{title}')")}, which a proxy or a network that wants a sign-in gives in place of the service";
    }

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

/// <summary>
/// Which items of a list came already. An id of hexadecimal digits, as nearly all are, is kept as the number that it is: a log of 200,000
/// events would hold 15 MB of texts otherwise.
/// </summary>
internal sealed class SeenKeys
{
    private const int MostDigits = 30;

    private readonly HashSet<UInt128> _numbers = [];
    private readonly HashSet<string> _texts = new(StringComparer.Ordinal);

    /// <summary>Notes a key.</summary>
    /// <returns>False when it was there.</returns>
    public bool Add(string key) => TryPack(key, out UInt128 number) ? _numbers.Add(number) : _texts.Add(key);

    private static bool TryPack(string key, out UInt128 number)
    {
        // The one before the digits keeps leading zeros.
        number = UInt128.One;
        if (key.Length is 0 or > MostDigits) return false;
        foreach (char c in key)
        {
            if (!char.IsAsciiHexDigitLower(c)) return false;
            number = (number << 4) | (uint)(c <= '9' ? c - '0' : c - 'a' + 10);
        }

        return true;
    }
}
