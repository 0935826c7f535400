using ParticipantMessaging.Benchmarks.Running;

namespace ParticipantMessaging.Benchmarks.Cases;

/// <summary>One group of figures that belong into one table.</summary>
internal interface IBenchCase
{
    /// <summary>The word for --only.</summary>
    string Name { get; }

    Task RunAsync(Bench bench);
}
