using System.Globalization;
using ParticipantMessaging.Accounts;

namespace ParticipantMessaging.Http;

/// <summary>The styles in which the services cut lists into pages.</summary>
internal enum PagingStyle
{
    /// <summary>One page is all there is, unless the answer names a next one.</summary>
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
internal readonly record struct Paging(PagingStyle Style, int Size = 0, int Skip = 0);

/// <summary>Where a reader of a list stands.</summary>
internal sealed class PageCursor
{
    // No list of these services is that long; a service that always names one more page would keep us for ever.
    private const int MostPages = 1_000_000;

    private readonly Paging _paging;
    private readonly string _baseQuery;
    private readonly HashSet<string> _visited = new(StringComparer.Ordinal);
    private int _offset;
    private int _page = 1;
    private int? _fingerprint;
    private string? _nextQuery;

    public PageCursor(Paging paging, string? query)
    {
        _paging = paging;
        _baseQuery = query ?? "";
        _offset = paging.Skip;
    }

    /// <summary>The query of the page to ask for now.</summary>
    public string Query => _nextQuery ?? QueryBuilder.Join(_baseQuery, _paging.Style switch
    {
        PagingStyle.Offset => string.Create(CultureInfo.InvariantCulture, $"limit={_paging.Size}&offset={_offset}"),
        PagingStyle.Numbered => string.Create(CultureInfo.InvariantCulture, $"page={_page}&page_size={_paging.Size}"),
        PagingStyle.Cursor when _paging.Size > 0 => string.Create(CultureInfo.InvariantCulture, $"limit={_paging.Size}"),
        _ => "",
    });

    /// <summary>Goes on to the next page.</summary>
    /// <returns>True when there is one.</returns>
    public bool Advance(int got, int? count, bool speaksOfNext, string? next, int fingerprint, ServiceConnection connection, out string? problem)
    {
        problem = null;
        bool same = fingerprint == _fingerprint;
        _fingerprint = fingerprint;
        _offset += got;
        if (++_page > MostPages)
        {
            problem = "the list has no end";
            return false;
        }

        switch (_paging.Style)
        {
            case PagingStyle.Offset or PagingStyle.Numbered:
                if (got == 0) return false;
                if (same)
                {
                    // The service takes no notice of the page asked for. When it said how many there are and these
                    // are all, nothing is missing.
                    if (count is null || count <= got) return false;
                    problem = "it sends the same page again and again";
                    return false;
                }

                if (count is not null) return _offset < count;
                return speaksOfNext ? next is not null : got >= _paging.Size;
            default:
                return next is not null && Follow(next, same && got > 0, connection, out problem);
        }
    }

    private bool Follow(string next, bool same, ServiceConnection connection, out string? problem)
    {
        problem = null;
        if (!Uri.TryCreate(connection.BaseUri, next, out Uri? uri)
            || uri.Scheme != connection.BaseUri.Scheme
            || !string.Equals(uri.Authority, connection.BaseUri.Authority, StringComparison.OrdinalIgnoreCase))
        {
            problem = "the address of its next page leads to another host, and the token must not go there";
            return false;
        }

        if (same || !_visited.Add(uri.Query))
        {
            problem = "its pages lead in a circle";
            return false;
        }

        _nextQuery = uri.Query.TrimStart('?');
        return true;
    }
}
