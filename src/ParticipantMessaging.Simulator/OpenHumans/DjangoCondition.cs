namespace ParticipantMessaging.Simulator;

/// <summary>The condition of an <c>if</c>: gives the value that decides.</summary>
internal delegate object? DjangoCondition(DjangoContext context);

/// <summary>Reads conditions.</summary>
internal static class DjangoConditions
{
    /// <summary>Reads Django's operators by their ranks. Throws where Django raises TemplateSyntaxError.</summary>
    public static DjangoCondition Parse(string[] words)
    {
        var reader = new Reader(words);
        DjangoCondition whole = reader.Read(0);
        return reader.AtEnd ? whole : throw new FormatException($"Unused '{reader.Word}' at end of if expression.");
    }

    public static bool AreEqual(object? left, object? right) => (left, right) switch
    {
        (null, null) => true,
        (null, _) or (_, null) => false,
        (string or SafeText, string or SafeText) => left.ToString() == right.ToString(),
        (string or SafeText, _) or (_, string or SafeText) => false,
        (IEnumerable<object?>, _) or (_, IEnumerable<object?>) => ReferenceEquals(left, right),
        _ => Number(left) == Number(right),
    };

    private static double Number(object value) => value switch
    {
        bool flag => flag ? 1 : 0,
        long number => number,
        double number => number,
        _ => double.NaN,
    };

    private sealed class Reader(string[] words)
    {
        private int _at;

        public bool AtEnd => _at >= words.Length;

        public string Word => AtEnd ? "" : words[_at];

        public DjangoCondition Read(int rank)
        {
            DjangoCondition left = ReadOne();
            while (!AtEnd && Operator() is { Rank: > 0 } found && found.Rank > rank)
            {
                _at += found.Words;
                DjangoCondition before = left;
                DjangoCondition right = Read(found.Rank);
                left = context => Apply(found.Name, before, right, context);
            }

            return left;
        }

        private DjangoCondition ReadOne()
        {
            if (AtEnd)
                throw new FormatException("Unexpected end of expression in if tag.");
            if (Word == "not")
            {
                _at++;
                DjangoCondition negated = Read(8);
                return context => !DjangoFilters.Truth(negated(context));
            }

            if (Operator().Rank > 0)
                throw new FormatException($"Not expecting '{Word}' in this position in if tag.");
            var value = new DjangoExpression(words[_at++]);
            return context => value.Resolve(context, null);
        }

        private (string Name, int Rank, int Words) Operator() => (Word, _at + 1 < words.Length ? words[_at + 1] : "") switch
        {
            ("or", _) => ("or", 6, 1),
            ("and", _) => ("and", 7, 1),
            ("not", "in") => ("not in", 9, 2),
            ("in", _) => ("in", 9, 1),
            ("is", "not") => ("!=", 10, 2),
            ("is", _) => ("==", 10, 1),
            ("==" or "!=" or ">" or ">=" or "<" or "<=", _) => (Word, 10, 1),
            _ => ("", 0, 0),
        };

        private static object? Apply(string name, DjangoCondition left, DjangoCondition right, DjangoContext context)
        {
            object? a = left(context);
            if (name == "or")
                return DjangoFilters.Truth(a) ? a : right(context);
            if (name == "and")
                return DjangoFilters.Truth(a) ? right(context) : a;
            object? b = right(context);
            return name switch
            {
                "==" => AreEqual(a, b),
                "!=" => !AreEqual(a, b),
                "in" => Contains(b, a),
                "not in" => b is string or SafeText or IEnumerable<object?> && !Contains(b, a),
                _ => Compare(name, a, b),
            };
        }

        private static bool Contains(object? whole, object? part) => whole switch
        {
            string or SafeText => part is string or SafeText && whole.ToString()!.Contains(part.ToString()!, StringComparison.Ordinal),
            IEnumerable<object?> list => list.Any(i => AreEqual(i, part)),
            _ => false,
        };

        /// <summary>What cannot be compared is false, as everything that goes wrong in a condition.</summary>
        private static bool Compare(string name, object? a, object? b)
        {
            int order;
            if (a is string or SafeText && b is string or SafeText)
                order = string.CompareOrdinal(a.ToString(), b.ToString());
            else if (a is bool or long or double && b is bool or long or double)
                order = Number(a).CompareTo(Number(b));
            else
                return false;
            return name switch { ">" => order > 0, ">=" => order >= 0, "<" => order < 0, _ => order <= 0 };
        }
    }
}
