using System.Text.Json;
using ParticipantMessaging.Accounts;

namespace ParticipantMessaging.Core.Tests.Accounts;

public sealed class AccountStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pm-accounts-").FullName;

    private string FilePath => Path.Combine(_folder, "settings", "accounts.json");

    private AccountStore Store => new(FilePath);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_was_saved_is_read()
    {
        Assert.Empty(Store.List());
        await Store.SaveAsync(Make("Lab", workspace: "w", vault: "v"), overwrite: false, CancellationToken.None);
        MessagingAccount account = Assert.Single(Store.List());
        Assert.Equal(("Lab", "Prolific", "w", "v", "secret-Lab", true), (account.Name, account.Provider, account.WorkspaceId, account.Vault, account.SecretName, account.IsDefault));
        Assert.Equal(new Uri("https://api.prolific.com"), account.BaseUri);
        Assert.Equal("Lab", Store.Get("lab").Name);
        Assert.Equal("Lab", Store.Get(null).Name);
    }

    [Fact]
    public async Task A_name_is_taken_regardless_of_case_and_replaced_only_on_request()
    {
        await Store.SaveAsync(Make("Lab"), false, CancellationToken.None);
        var error = await Assert.ThrowsAsync<MessagingException>(() => Store.SaveAsync(Make("LAB"), false, CancellationToken.None));
        Assert.Equal(MessagingErrorReason.InvalidRequest, error.Reason);
        await Store.SaveAsync(Make("LAB", workspace: "new"), true, CancellationToken.None);
        Assert.Equal(("LAB", "new"), (Assert.Single(Store.List()).Name, Store.Get(null).WorkspaceId));
    }

    [Fact]
    public async Task The_default_is_the_first_then_the_chosen_then_the_only_one()
    {
        await Store.SaveAsync(Make("one"), false, CancellationToken.None);
        await Store.SaveAsync(Make("two"), false, CancellationToken.None);
        Assert.Equal("one", Store.Get("").Name);
        await Store.SaveAsync(Make("three", isDefault: true), false, CancellationToken.None);
        Assert.Equal("three", Store.Get(null).Name);
        await Store.RemoveAsync("THREE", CancellationToken.None);
        var error = Assert.Throws<MessagingException>(() => Store.Get(null));
        Assert.Equal(MessagingErrorReason.AccountNotFound, error.Reason);
        Assert.Contains("'one', 'two'", error.RecommendedAction, StringComparison.Ordinal);
        await Store.RemoveAsync("two", CancellationToken.None);
        Assert.Equal("one", Store.Get(null).Name);
        Assert.Null(await Store.RemoveAsync("two", CancellationToken.None));
    }

    [Fact]
    public async Task Fields_of_a_later_version_stay()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        await File.WriteAllTextAsync(FilePath, """
            // by hand
            { "version": 7, "colour": "red", "accounts": [ { "name": "lab", "provider": "Prolific", "shape": { "round": true }, } ] }
            """);
        await Store.SaveAsync(Make("lab"), true, CancellationToken.None);
        await Store.SaveAsync(Make("other"), false, CancellationToken.None);
        using JsonDocument file = JsonDocument.Parse(await File.ReadAllTextAsync(FilePath));
        Assert.Equal(7, file.RootElement.GetProperty("version").GetInt32());
        Assert.Equal("red", file.RootElement.GetProperty("colour").GetString());
        Assert.True(file.RootElement.GetProperty("accounts")[0].GetProperty("shape").GetProperty("round").GetBoolean());
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{ \"accounts\": null }")]
    [InlineData("{ \"accounts\": [ null ] }")]
    [InlineData("{ \"accounts\": [ { \"provider\": \"Prolific\" } ] }")]
    [InlineData("{ \"accounts\": [ { \"name\": \"x\" ")]
    public async Task A_broken_file_is_an_error_and_stays_as_it_is(string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        await File.WriteAllTextAsync(FilePath, content);
        Assert.Contains(FilePath, Assert.Throws<MessagingException>(Store.List).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<MessagingException>(() => Store.SaveAsync(Make("x"), true, CancellationToken.None));
        await Assert.ThrowsAsync<MessagingException>(() => Store.RemoveAsync("x", CancellationToken.None));
        Assert.Equal(content, await File.ReadAllTextAsync(FilePath));
    }

    [Fact]
    public async Task Writers_at_once_lose_nothing()
    {
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 24),
            new ParallelOptions { MaxDegreeOfParallelism = 6 },
            async (i, cancellationToken) => await new AccountStore(FilePath).SaveAsync(Make($"a{i}"), false, cancellationToken));
        Assert.Equal(24, Store.List().Count);
        Assert.Equal(["accounts.json", "accounts.json.lock"], Directory.GetFiles(Path.GetDirectoryName(FilePath)!).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Only_the_user_can_read_it()
    {
        await Store.SaveAsync(Make("lab"), false, CancellationToken.None);
        if (OperatingSystem.IsWindows()) return;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(FilePath)!));
    }

    [Fact]
    public async Task A_link_stays_a_link()
    {
        if (OperatingSystem.IsWindows()) return;
        string elsewhere = Path.Combine(_folder, "elsewhere.json");
        await File.WriteAllTextAsync(elsewhere, "{ \"accounts\": [] }");
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        File.CreateSymbolicLink(FilePath, elsewhere);
        await Store.SaveAsync(Make("lab"), false, CancellationToken.None);
        Assert.Equal(elsewhere, new FileInfo(FilePath).LinkTarget);
        Assert.Contains("lab", await File.ReadAllTextAsync(elsewhere), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("a*")]
    [InlineData("a[b]")]
    [InlineData("a\nb")]
    [InlineData("a\u200Bb")]
    [InlineData("Prolific@api.prolific.com")]
    [InlineData("openhumans@x")]
    public void Unusable_names_are_refused(string name)
        => Assert.Equal(MessagingErrorReason.InvalidRequest, Assert.Throws<MessagingException>(() => AccountName.Check(name)).Reason);

    [Fact]
    public void Too_long_a_name_and_half_a_character_are_refused()
    {
        Assert.Throws<MessagingException>(() => AccountName.Check(new string('x', 65)));
        Assert.Throws<MessagingException>(() => AccountName.Check("\uD800"));
    }

    [Theory]
    [InlineData("'; DROP TABLE x; --")]
    [InlineData("../../etc/passwd")]
    [InlineData("$(throw 1)")]
    [InlineData("lab@uni.example")]
    [InlineData("研究室")]
    public void Other_names_are_data(string name)
    {
        Assert.Equal(name, AccountName.Check($" {name} "));
        Assert.Matches("^[A-Za-z0-9-]+$", AccountName.ToSecretName(name));
    }

    [Fact]
    public void Different_names_have_different_secrets()
    {
        Assert.Equal("ParticipantMessaging-lab-2", AccountName.ToSecretName("lab-2"));
        Assert.NotEqual(AccountName.ToSecretName("a b"), AccountName.ToSecretName("a-b"));
        Assert.NotEqual(AccountName.ToSecretName("a b"), AccountName.ToSecretName("a_b"));
    }

    private static MessagingAccount Make(string name, bool isDefault = false, string workspace = "", string vault = "") => new()
    {
        Name = name,
        Provider = "Prolific",
        BaseUri = new Uri("https://api.prolific.com"),
        WorkspaceId = workspace,
        Vault = vault,
        SecretName = "secret-" + name,
        IsDefault = isDefault,
    };
}
