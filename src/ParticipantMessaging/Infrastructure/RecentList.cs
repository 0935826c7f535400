namespace ParticipantMessaging.Infrastructure;

/// <summary>The latest distinct texts, few of them.</summary>
internal sealed class RecentList
{
    private const int Most = 50;

    private readonly object _lock = new();
    private readonly List<string> _items = [];
    private string _latest = "";

    /// <summary>Notes a text. Cheap when it is the latest one again, as it mostly is.</summary>
    /// <param name="item">The text; empty is ignored.</param>
    public void Add(string item)
    {
        if (item.Length == 0 || item == _latest) return;
        lock (_lock)
        {
            _items.Remove(item);
            _items.Insert(0, item);
            if (_items.Count > Most) _items.RemoveAt(Most);
            _latest = item;
        }
    }

    /// <summary>The latest first.</summary>
    public IReadOnlyList<string> ToList()
    {
        lock (_lock) return [.. _items];
    }
}
