namespace ParticipantMessaging.BuildTools.Help;

/// <summary>A parameter's part in one parameter set.</summary>
/// <param name="Set">The set; <see cref="AllSets"/> for every one.</param>
/// <param name="IsMandatory">Whether it must be given.</param>
/// <param name="Position">Its position; null when it is named.</param>
/// <param name="ByValue">Whether piped objects bind to it.</param>
/// <param name="ByPropertyName">Whether properties of piped objects bind to it.</param>
internal sealed record ParameterUse(string Set, bool IsMandatory, int? Position, bool ByValue, bool ByPropertyName)
{
    public const string AllSets = "__AllParameterSets";

    /// <summary>As help writes it.</summary>
    public string PipelineText
    {
        get
        {
            if (!ByValue && !ByPropertyName) return "false";
            List<string> ways = [];
            if (ByValue) ways.Add("ByValue");
            if (ByPropertyName) ways.Add("ByPropertyName");
            return $"true ({string.Join(", ", ways)})";
        }
    }

    public string PositionText => Position is { } position ? position.ToString(System.Globalization.CultureInfo.InvariantCulture) : "named";
}
