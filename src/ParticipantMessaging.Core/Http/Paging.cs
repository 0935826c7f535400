using System.Globalization;
using ParticipantMessaging.Accounts;

namespace ParticipantMessaging.Http;

/// <summary>The styles in which the services cut lists into pages.</summary>
internal enum PagingStyle
{
    /// <summary>No pages are documented.</summary>
    None,

    /// <summary><c>limit</c> and <c>offset</c>.</summary>
    Offset,

    /// <summary><c>page</c> and <c>page_size</c>.</summary>
    Numbered,

    /// <summary>An opaque cursor in the address of the next page.</summary>
    Cursor,
}

/// <summary>How a list is cut into pages.</summary>
/// <param name="Style">The style.</param>
/// <param name="Size">Items per page; 0 to leave it to the service.</param>
/// <param name="Skip">Items to leave out at the start (<see cref="PagingStyle.Offset"/> only).</param>
/// <param name="MayLackResults">The service's own description lets <c>results</c> be absent.</param>
/// <param name="MostAtOnce">As many as it gives at once when a list whose order is not fixed is read a second time; 0 for no more than <paramref name="Size"/>.</param>
internal readonly record struct Paging(PagingStyle Style, int Size = 0, int Skip = 0, bool MayLackResults = false, int MostAtOnce = 0);

/// <summary>What one page says about the list.</summary>
/// <param name="Got">Items on it.</param>
/// <param name="Fresh">Those of them that no page of this list had.</param>
/// <param name="FreshInPass">Those of them that no page of this pass had.</param>
/// <param name="Count">How many there are in all; null when it does not say.</param>
/// <param name="SpeaksOfNext">It speaks of a next page, be it to say that there is none.</param>
/// <param name="Next">The address of the next page; null when there is none.</param>
/// <param name="NamesNoList">It is an object without <c>results</c>.</param>
internal readonly record struct PageFacts(int Got, int Fresh, int FreshInPass, long? Count, bool SpeaksOfNext, string? Next, bool NamesNoList = false)
{
    /// <summary>What is known of a page that was asked for on our own account and refused.</summary>
    public static readonly PageFacts Refused = new() { IsRefused = true };

    public bool IsRefused { get; private init; }
}

/// <summary>
/// Where a reader of a list stands. A list is whole only when the service's count, its links or the size of its pages say so; whatever
/// shows less is asked for the rest by offset until nothing new comes. People leave and come while a list is read, which shifts its pages:
/// a list that stays below the count of its first page is read a second time.
/// </summary>
internal sealed class PageCursor
{
    // No list of these services is that long; a service that always has one more page would keep us for ever.
    private const int MostPages = 10_000;

    private readonly Paging _paging;
    private readonly string _baseQuery;
    private readonly HashSet<string> _visited = new(StringComparer.Ordinal);
    private int _pages;
    private int _pagesInPass;
    private int _barren;
    private long _offset;
    private int _largest;
    private long _inPass;
    private long? _latestCount;
    private bool _countMoved;
    private bool _sizeIsKept;
    private bool _namedNoList;
    private string? _nextQuery;
    private PageFacts _lastPage;

    public PageCursor(Paging paging, string? query)
    {
        _paging = paging;
        _baseQuery = query ?? "";
        _offset = paging.Skip;
    }

    /// <summary>The query of the page to ask for now.</summary>
    public string Query => _nextQuery ?? QueryBuilder.Join(_baseQuery, _paging.Style switch
    {
        PagingStyle.Offset => string.Create(CultureInfo.InvariantCulture, $"limit={Size}&offset={_offset}"),
        PagingStyle.Numbered => string.Create(CultureInfo.InvariantCulture, $"page={_pagesInPass + 1}&page_size={_paging.Size}"),
        _ when _pagesInPass > 0 => string.Create(CultureInfo.InvariantCulture, $"limit={Math.Max(_paging.Size, _largest)}&offset={_offset}"),
        PagingStyle.Cursor when _paging.Size > 0 => string.Create(CultureInfo.InvariantCulture, $"limit={_paging.Size}"),
        _ => "",
    });

    /// <summary>The page is asked for on our own account: the service did not name it, so that a refusal means that there is none.</summary>
    public bool IsOnTrial => _pagesInPass > 0 && _nextQuery is null;

    /// <summary>The list is being read a second time.</summary>
    public bool IsSecondPass { get; private set; }

    /// <summary>How many different items came.</summary>
    public long Received { get; private set; }

    /// <summary>The count of the first page that had one.</summary>
    public long? Counted { get; private set; }

    /// <summary>Goes on to the next page.</summary>
    /// <returns>True when there is one to ask for; false when the list has ended (<see cref="End"/>) or there is a problem.</returns>
    public bool Advance(PageFacts page, ServiceConnection connection, out string? problem)
    {
        problem = null;
        _pages++;
        _pagesInPass++;
        _offset += page.Got;
        _largest = Math.Max(_largest, page.Got);
        _sizeIsKept |= page.Got == _paging.Size;
        _namedNoList |= page.NamesNoList;
        Received += page.Fresh;
        _inPass += page.FreshInPass;
        _barren = page.FreshInPass > 0 ? 0 : _barren + 1;
        if (page.Count is { } count)
        {
            Counted ??= count;
            _countMoved |= _latestCount is { } before && before != count;
            _latestCount = count;
        }

        if (_pages >= MostPages)
        {
            problem = "the list has no end";
            return false;
        }

        if (page.Next is not null && MayFollow(page, connection, out problem)) return true;
        if (problem is not null) return false;
        if (GoesOnByOffset(page)) return true;

        // Where the pages could be turned at all, what slipped through may be there on a second look; and where all of it is given at once.
        if (IsShort && !IsSecondPass && !page.IsRefused && (page.Got == 0 || _countMoved || _paging.MostAtOnce > _paging.Size))
        {
            IsSecondPass = true;
            _offset = _paging.Skip;
            _pagesInPass = 0;
            _barren = 0;
            _inPass = 0;
            _countMoved = false;
            _latestCount = null;
            _nextQuery = null;
            _visited.Clear();
            return true;
        }

        _lastPage = page;
        return false;
    }

    /// <summary>How the list ended, after <see cref="Advance"/> has said that it has.</summary>
    public ListEnd End(ServiceConnection connection, ServiceRequest request)
    {
        if (Counted is { } counted)
        {
            // Whoever left while the list was read is not missing: a look that was not disturbed and saw all that it counted is whole.
            bool whole = !IsShort || (IsSecondPass && !_countMoved && _latestCount <= _inPass + _paging.Skip);
            if (whole) return ListEnd.Complete(request, Received, counted);
            long there = Math.Max(Received + 1, Math.Min(counted, _latestCount ?? counted) - _paging.Skip);
            return ListEnd.Short(connection, request, Received, there, there - Received);
        }

        bool unanswered = _lastPage.IsRefused ? _paging.Style is PagingStyle.None or PagingStyle.Cursor : _lastPage.Got > 0 && !SaysEnd(_lastPage) && _barren > 0;
        if (!_namedNoList && !(unanswered && LooksCut)) return ListEnd.Complete(request, Received, null);

        // Of lists for which no pages are documented, a few dozen may well be all by chance: doubtful, but nothing to warn of each time.
        bool byChance = !_namedNoList && _largest < 100 && _paging.Style is PagingStyle.None or PagingStyle.Cursor;
        return ListEnd.Doubtful(connection, request, Received, _namedNoList, byChance);
    }

    private int Size => IsSecondPass && Counted is { } counted ? (int)Math.Clamp(counted, _paging.Size, Math.Max(_paging.Size, _paging.MostAtOnce)) : _paging.Size;

    private bool IsShort => Counted is { } counted && Received + _paging.Skip < counted;

    private static bool SaysEnd(PageFacts page) => page.SpeaksOfNext && page.Next is null;

    private bool GoesOnByOffset(PageFacts page)
    {
        // Nothing came, or only what had come before: the end, or a service that takes no notice of the offset.
        if (page.Got == 0 || page.FreshInPass == 0) return false;
        if (Counted is not null) return IsSecondPass ? _latestCount is null || _inPass + _paging.Skip < _latestCount : IsShort || page.Next is not null;
        if (page.SpeaksOfNext) return page.Next is not null;
        return _paging.Style is PagingStyle.Offset or PagingStyle.Numbered

            // A smaller page than asked for may be all that the service gives at once, unless it has given whole ones.
            ? page.Got >= _paging.Size || !_sizeIsKept
            : _pagesInPass > 1 || IsRound(page.Got);
    }

    /// <summary>What came has the size of a page rather than that of a list.</summary>
    private bool LooksCut => _paging.Style is PagingStyle.Offset or PagingStyle.Numbered ? _largest >= Math.Min(10, _paging.Size) : IsUsualPage(_largest);

    private static bool IsRound(int size) => size >= 20 && size % 5 == 0;

    /// <summary>20, 25, 50, 100, 200, 250, 500, 1,000 and so on.</summary>
    private static bool IsUsualPage(int size)
    {
        if (size < 20) return false;
        while (size % 10 == 0) size /= 10;
        return size is 1 or 2 or 5 or 25;
    }

    /// <summary>Lists with cursors live by their links; of the others a link is only taken where the offset leads nowhere.</summary>
    private bool MayFollow(PageFacts page, ServiceConnection connection, out string? problem)
    {
        problem = null;
        bool byLink = _paging.Style is PagingStyle.None or PagingStyle.Cursor || _nextQuery is not null;
        if (!byLink && (page.FreshInPass > 0 || page.Got == 0)) return false;
        if (!Uri.TryCreate(connection.BaseUri, page.Next, out Uri? uri)
            || uri.Scheme != connection.BaseUri.Scheme
            || !string.Equals(uri.Authority, connection.BaseUri.Authority, StringComparison.OrdinalIgnoreCase))
        {
            if (byLink) problem = "the address of its next page leads to another host, and the token must not go there";
            return false;
        }

        if (_barren > 2 || !_visited.Add(uri.Query))
        {
            if (byLink) problem = "its pages lead in a circle";
            return false;
        }

        _nextQuery = uri.Query.TrimStart('?');
        return true;
    }
}
