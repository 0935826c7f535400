using ParticipantMessaging.Accounts;

namespace ParticipantMessaging.Core.Tests.Accounts;

/// <summary>Where the user's files live. Alone: it changes this process' environment.</summary>
[Collection(AloneCollection.Name)]
public sealed class UserFoldersTests
{
    [Theory]
    [InlineData("HOME", "XDG_DATA_HOME", "relative/home")]
    [InlineData("XDG_DATA_HOME", "HOME", "data")]
    [InlineData("XDG_DATA_HOME", "HOME", "./data")]
    public void A_relative_home_is_refused_instead_of_beginning_a_ledger_in_the_current_folder(string variable, string other, string value)
    {
        if (!OperatingSystem.IsLinux())
            return;

        string? before = Environment.GetEnvironmentVariable(variable);
        string? otherBefore = Environment.GetEnvironmentVariable(other);
        try
        {
            Environment.SetEnvironmentVariable(variable, value);
            Environment.SetEnvironmentVariable(other, other == "HOME" ? "/home/somebody" : null);
            MessagingException error = Assert.Throws<MessagingException>(() => UserFolders.Data);
            Assert.Equal(MessagingErrorReason.InvalidRequest, error.Reason);
            Assert.Contains(variable, error.Message, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, before);
            Environment.SetEnvironmentVariable(other, otherBefore);
        }
    }
}
