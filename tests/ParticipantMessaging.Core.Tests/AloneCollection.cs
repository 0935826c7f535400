namespace ParticipantMessaging.Core.Tests;

/// <summary>Tests that measure the whole process run after the others, one by one.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "Alone";
}
