namespace ParticipantMessaging.Simulator.Tests;

/// <summary>A test that needs a real browser; skipped with a plain message where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute()
    {
        if (BrowserPath is null)
            Skip = "There is no Chromium on this machine (Debian: apt-get install chromium; else set CHROMIUM_PATH).";
    }

    public static string? BrowserPath { get; } = new[]
    {
        Environment.GetEnvironmentVariable("CHROMIUM_PATH"), "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome",
    }.FirstOrDefault(p => !string.IsNullOrEmpty(p) && File.Exists(p));
}
