using System.Data.Common;
using System.Text;

namespace ParticipantMessaging.Ledger;

/// <summary>A <see cref="LedgerQuery"/> as the WHERE of a statement; values are always parameters.</summary>
internal sealed class LedgerFilter
{
    private readonly SqlDialect _dialect;
    private readonly LedgerQuery _query;

    public LedgerFilter(SqlDialect dialect, LedgerQuery query)
    {
        _dialect = dialect;
        _query = query;
        var where = new StringBuilder("1 = 1");
        AddNames(where, "e.name_key", "@account", query.Accounts);
        if (query.Campaigns is not null)
            where.Append(" AND e.campaign_key ").Append(dialect.AmongTexts("@campaigns"));
        if (query.Identities is not null)
            where.Append(" AND e.account_key ").Append(dialect.AmongTexts("@identities"));
        if (query.ParticipantIds is not null)
            where.Append(" AND e.recipient ").Append(dialect.AmongTexts("@participants"));
        if (query.StudyIds is not null)
            where.Append(" AND e.study_id ").Append(dialect.AmongTexts("@studies"));
        if (query.Statuses is not null)
            where.Append(" AND lower(e.status) ").Append(dialect.AmongTexts("@statuses"));
        if (query.Ids is not null)
            where.Append(" AND e.id ").Append(dialect.AmongNumbers("@ids"));
        if (query.Since is not null)
            where.Append(" AND COALESCE(e.settled_at, e.claimed_at) >= @since");
        if (query.Before is not null)
            where.Append(" AND COALESCE(e.settled_at, e.claimed_at) < @before");
        if (!query.IncludeSuperseded)
            where.Append(" AND e.superseded_by IS NULL");
        Where = where.ToString();
    }

    /// <summary>Conditions on <c>ledger_entry e</c>.</summary>
    public string Where { get; }

    /// <summary>Adds the parameters of <see cref="Where"/>.</summary>
    public void AddParameters(DbCommand command)
    {
        AddNameParameters(command, "@account", _query.Accounts);
        if (_query.Campaigns is { } campaigns)
            _dialect.AddTexts(command, "@campaigns", campaigns.Select(LedgerKeys.Name).ToArray());
        if (_query.Identities is { } identities)
            _dialect.AddTexts(command, "@identities", identities.Select(LedgerKeys.Name).ToArray());
        if (_query.ParticipantIds is { } participants)
            _dialect.AddTexts(command, "@participants", participants.Select(LedgerKeys.Id).ToArray());
        if (_query.StudyIds is { } studies)
            _dialect.AddTexts(command, "@studies", studies.Select(LedgerKeys.Id).ToArray());
        if (_query.Statuses is { } statuses)
            _dialect.AddTexts(command, "@statuses", statuses.Select(static status => status.ToLowerInvariant()).ToArray());
        if (_query.Ids is { } ids)
            _dialect.AddNumbers(command, "@ids", ids);
        if (_query.Since is { } since)
            Add(command, "@since", MillisecondsAtOrAfter(since));
        if (_query.Before is { } before)
            Add(command, "@before", MillisecondsAtOrAfter(before));
    }

    public static void Add(DbCommand command, string name, object value)
    {
        DbParameter parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
    }

    private static void AddNames(StringBuilder where, string column, string parameter, IReadOnlyList<string>? names)
    {
        if (names is null)
            return;

        where.Append(" AND (1 = 0");
        for (int index = 0; index < names.Count; index++)
        {
            // Equality wherever possible: it can use an index, LIKE cannot.
            where.Append(" OR ").Append(column).Append(IsWildcard(names[index]) ? " LIKE " : " = ").Append(parameter).Append(index);
            if (IsWildcard(names[index]))
                where.Append(" ESCAPE '\\'");
        }

        where.Append(')');
    }

    private static void AddNameParameters(DbCommand command, string parameter, IReadOnlyList<string>? names)
    {
        for (int index = 0; index < (names?.Count ?? 0); index++)
            Add(command, $"{parameter}{index}", IsWildcard(names![index]) ? LedgerKeys.Pattern(names[index]) : LedgerKeys.Name(names[index]));
    }

    private static bool IsWildcard(string name) => name.AsSpan().ContainsAny('*', '?');

    private static long MillisecondsAtOrAfter(DateTimeOffset time)
    {
        long milliseconds = time.ToUnixTimeMilliseconds();
        return DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) < time ? milliseconds + 1 : milliseconds;
    }
}
