using System.Text.Json;

namespace ParticipantMessaging.Simulator;

internal sealed partial class ProlificApi
{
    /// <summary>What a list tells beside its rows, and whether it knows pages.</summary>
    [Flags]
    private enum ListManner
    {
        /// <summary>Rows only, all of them.</summary>
        Plain = 0,

        /// <summary><c>limit</c> and <c>offset</c>.</summary>
        Pages = 1,

        /// <summary><c>meta.count</c></summary>
        Count = 2,

        /// <summary><c>_links</c></summary>
        Links = 4,
    }

    /// <summary>A list as it is answered: the whole one, or its page, cut as the options say.</summary>
    private SimResponse List<T>(SimRequest request, IReadOnlyList<T> all, Action<Utf8JsonWriter, T> write, ListManner manner = ListManner.Plain)
    {
        bool paged = manner.HasFlag(ListManner.Pages) || options.PageSize > 0;
        int offset = paged ? Offset(request) : 0;
        int limit = paged ? Math.Max(1, JsonText.Number(request.QueryValue("limit"), Math.Max(1, all.Count))) : all.Count;
        int size = Cut(limit);
        return SimResponse.Json(200, w =>
        {
            w.WriteStartObject();
            w.WriteStartArray("results");
            for (int i = offset; i < all.Count && i - offset < size; i++)
                write(w, all[i]);
            w.WriteEndArray();
            if (manner.HasFlag(ListManner.Links) && options.ListLinks)
                WriteLinks(w, request, offset, size, all.Count);
            EndList(w, request, all.Count, manner.HasFlag(ListManner.Count));
        });
    }

    /// <summary>Where a page begins.</summary>
    private int Offset(SimRequest request) => options.IgnoreOffset ? 0 : JsonText.Number(request.QueryValue("offset"), 0);

    /// <summary>How many rows are given when so many are asked for.</summary>
    private int Cut(int limit) => options.PageSize > 0 ? Math.Min(limit, options.PageSize) : limit;

    /// <summary>The rest of a list's answer after its rows.</summary>
    private void EndList(Utf8JsonWriter w, SimRequest request, int count, bool tellsCount)
    {
        if (options.ListCounts == SimListCounts.Always || options.ListCounts == SimListCounts.AsUsual && tellsCount)
        {
            w.WriteStartObject("meta");
            w.WriteNumber("count", count);
            w.WriteEndObject();
        }

        if (options.ChangingAnswers)
            w.WriteNumber("sim_call", request.Number);
        w.WriteEndObject();
    }
}
