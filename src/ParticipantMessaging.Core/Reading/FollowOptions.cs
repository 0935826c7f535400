namespace ParticipantMessaging.Reading;

/// <summary>How a list that grows is followed.</summary>
public sealed class FollowOptions
{
    /// <summary>False for one look only; true to go on looking until cancelled.</summary>
    public bool Wait { get; init; }

    /// <summary>Time between two looks; up to a fifth of it is added or taken off by chance, so that many followers do not look at once.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest time between two looks while the service fails.</summary>
    public TimeSpan LongestBackOff { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Told of every failure that is survived, in a sentence; null for nobody.</summary>
    public Func<string, Task>? OnWarning { get; init; }

    /// <summary>Gives numbers from 0 up to and excluding 1.</summary>
    public Func<double> Randomizer { get; init; } = Random.Shared.NextDouble;

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
