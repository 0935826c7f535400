using FsCheck.Xunit;

namespace ParticipantMessaging.Core.Tests;

/// <summary>A property over the same random cases in every run; PM_PROPERTY_SEED (two numbers, the second one odd: 5,7) looks at others.</summary>
public sealed class SteadyPropertyAttribute : PropertyAttribute
{
    /// <summary>A property of the seed.</summary>
    public SteadyPropertyAttribute() => Replay = Environment.GetEnvironmentVariable("PM_PROPERTY_SEED") is { Length: > 0 } seed ? seed : "20261125,7";
}
