namespace ParticipantMessaging.Core.Tests.Webhooks;

/// <summary>Waits for something that another thread does; fails after a time that no healthy machine needs.</summary>
internal static class TestWait
{
    public static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!condition()) await Task.Delay(5, limit.Token);
    }
}
