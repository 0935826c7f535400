using System.Text.RegularExpressions;

namespace ParticipantMessaging.Simulator;

/// <summary>
/// Messages that are one text to many people, found by how alike they are: names, ids, codes and links differ from person to person. It
/// goes on where it stopped, so that a campaign of thousands is sorted once.
/// </summary>
internal sealed partial class CampaignBoard(SimulatorState state)
{
    /// <summary>Stands for what differs from person to person.</summary>
    public const string Gap = "‹…›";

    // What a campaign's text is told from: after so many variants it is known well enough.
    private const int MostVariants = 40;
    private const int MostWords = 400;
    private readonly Lock _gate = new();
    private readonly List<Campaign> _campaigns = [];
    private readonly Dictionary<(string Place, string Text), Campaign> _byText = [];
    private readonly Dictionary<(string Place, string Shingle), List<Campaign>> _byShingle = [];
    private int _seen;
    private long _epoch = -1;

    /// <summary>All campaigns, the one that was sent to last first.</summary>
    public IReadOnlyList<Campaign> Look()
    {
        lock (_gate)
        {
            (IReadOnlyList<SimMessage> fresh, int upTo, long epoch) = state.StoredSince(_seen, _epoch);
            if (epoch != _epoch)
            {
                _campaigns.Clear();
                _byText.Clear();
                _byShingle.Clear();
                _epoch = epoch;
            }

            _seen = upTo;
            foreach (SimMessage message in fresh)
            {
                if (!message.Incoming)
                    Find(message).Add(message);
            }

            return [.. _campaigns.OrderByDescending(c => c.Last.SentAt)];
        }
    }

    private Campaign Find(SimMessage message)
    {
        string place = $"{message.Provider}|{message.StudyId}";
        string text = Mask(message.Subject is null ? message.Body : message.Subject + "\n\n" + message.Body, state.Find(message.ParticipantId));
        if (_byText.TryGetValue((place, text), out Campaign? known))
            return known;
        string[] words = Words(text);
        string[] shingles = Shingles(words);
        Campaign? alike = Alike(place, shingles, message.ParticipantId);
        if (alike is null)
        {
            alike = new Campaign(message, words, text.Count(char.IsWhiteSpace) > MostWords);
            _campaigns.Add(alike);
        }
        else if (alike.Variants < MostVariants)
        {
            alike.Learn(words);
        }

        foreach (string shingle in alike.Variants <= MostVariants ? shingles : [])
        {
            List<Campaign> there = _byShingle.TryGetValue((place, shingle), out List<Campaign>? list)
                ? list
                : _byShingle[(place, shingle)] = [];
            if (!there.Contains(alike))
                there.Add(alike);
        }

        alike.Shingles ??= shingles.Length;
        _byText[(place, text)] = alike;
        return alike;
    }

    /// <summary>
    /// The campaign with which a text shares most, when that is more than half. Who already has another text of it got something new: a
    /// reminder is not the invitation that it resembles.
    /// </summary>
    private Campaign? Alike(string place, string[] shingles, string participantId)
    {
        var shared = new Dictionary<Campaign, int>();
        foreach (string shingle in shingles)
        {
            foreach (Campaign campaign in _byShingle.GetValueOrDefault((place, shingle)) ?? [])
                shared[campaign] = shared.GetValueOrDefault(campaign) + 1;
        }

        return shared
            .Where(s => 2.0 * s.Value / (shingles.Length + s.Key.Shingles!.Value) > 0.5 && !s.Key.People.Contains(participantId))
            .OrderByDescending(s => 2.0 * s.Value / (shingles.Length + s.Key.Shingles!.Value))
            .Select(s => s.Key)
            .FirstOrDefault();
    }

    private static string[] Words(string text) => [.. Word().Matches(text).Select(m => m.Value)];

    /// <summary>Pairs of neighbouring words; of very short texts the words themselves.</summary>
    private static string[] Shingles(string[] words)
    {
        string[] plain = [.. words.Where(w => !string.IsNullOrWhiteSpace(w)).Take(MostWords)];
        return plain.Length < 5
            ? [.. plain.Distinct(StringComparer.Ordinal)]
            : [.. plain.Zip(plain.Skip(1), (a, b) => a + " " + b).Distinct(StringComparer.Ordinal)];
    }

    private static string Mask(string text, SimParticipant? person)
    {
        if (person is not null)
        {
            text = text.Replace(person.Id, "‹id›", StringComparison.Ordinal);
            if (person.FirstName.Length > 1)
                text = Regex.Replace(text, $@"(?<!\w){Regex.Escape(person.FirstName)}(?!\w)", "‹name›", RegexOptions.CultureInvariant);
        }

        text = Link().Replace(text, "‹link›");
        return Code().Replace(text, "‹code›");
    }

    // Words and what is between them, so that the text can be put together again.
    [GeneratedRegex(@"\s+|[^\s]+", RegexOptions.CultureInvariant)]
    private static partial Regex Word();

    [GeneratedRegex(@"https?://\S*[^\s.,;:!?)\]}>""']", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Link();

    // Letters and digits in one word, or a long number: C1A2B3, 5f3a…, 48151623.
    [GeneratedRegex(@"(?<![\w‹])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{4,}|(?<![\w‹:.,-])\d{5,}(?![\w:.,-])", RegexOptions.CultureInvariant)]
    private static partial Regex Code();

    /// <summary>One text to many people.</summary>
    internal sealed class Campaign(SimMessage first, string[] words, bool isLong)
    {
        private string[] _words = words;

        /// <summary>The text with marks for what differs.</summary>
        public string Text => string.Concat(_words);

        public SimMessage First { get; } = first;

        public SimMessage Last { get; private set; } = first;

        public HashSet<string> People { get; } = new(StringComparer.Ordinal);

        public int Messages { get; private set; }

        public int Variants { get; private set; } = 1;

        public int? Shingles { get; set; }

        public void Add(SimMessage message)
        {
            if (message.SentAt >= Last.SentAt)
                Last = message;
            Messages++;
            People.Add(message.ParticipantId);
        }

        /// <summary>Keeps what both texts have in common, and a mark for everything between.</summary>
        public void Learn(string[] other)
        {
            Variants++;
            if (!isLong && other.Length < 3 * MostWords)
                _words = Common(_words, other);
        }

        private static string[] Common(string[] a, string[] b)
        {
            int[,] length = new int[a.Length + 1, b.Length + 1];
            for (int i = a.Length - 1; i >= 0; i--)
            {
                for (int j = b.Length - 1; j >= 0; j--)
                    length[i, j] = a[i] == b[j] ? length[i + 1, j + 1] + 1 : Math.Max(length[i + 1, j], length[i, j + 1]);
            }

            var common = new List<string>();
            int x = 0;
            int y = 0;
            while (x < a.Length || y < b.Length)
            {
                if (x < a.Length && y < b.Length && a[x] == b[y])
                {
                    common.Add(a[x]);
                    x++;
                    y++;
                    continue;
                }

                if (common.Count == 0 || common[^1] != Gap)
                    common.Add(Gap);
                if (y == b.Length || x < a.Length && length[x + 1, y] >= length[x, y + 1])
                    x++;
                else
                    y++;
            }

            return [.. common];
        }
    }
}
