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
        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => Store.SaveAsync(Make("LAB"), false, CancellationToken.None));
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
        MessagingException error = Assert.Throws<MessagingException>(() => Store.Get(null));
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
        using var file = JsonDocument.Parse(await File.ReadAllTextAsync(FilePath));
        Assert.Equal(7, file.RootElement.GetProperty("version").GetInt32());
        Assert.Equal("red", file.RootElement.GetProperty("colour").GetString());
        Assert.True(file.RootElement.GetProperty("accounts")[0].GetProperty("shape").GetProperty("round").GetBoolean());
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{ \"accounts\": null }")]
    [InlineData("{ \"accounts\": 3 }")]
    [InlineData("{ \"accounts\": [], \"Accounts\": [] }")]
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
    public async Task A_file_that_is_not_JSON_is_an_error_that_names_the_line()
    {
        await WriteAsync("{\n  \"accounts\": [\n    { \"name\": \"x\",\n      \"provider\": Prolific }\n  ]\n}");
        Assert.Contains($"{FilePath}, line 4", Assert.Throws<MessagingException>(Store.List).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"baseUri\": \"127.0.0.1:8093\"", "baseUri")]
    [InlineData("\"baseUri\": \"http://example.org\"", "baseUri")]
    [InlineData("\"baseUri\": \"\"", "baseUri")]
    [InlineData("\"baseUri\": \"https://example.org/api\"", "baseUri")]
    [InlineData("\"baseUri\": 8093", "a number")]
    [InlineData("\"baseUri\": [\"https://example.org\"]", "a list")]
    [InlineData("\"base_url\": \"http://127.0.0.1:8093\"", "base_url")]
    [InlineData("\"address\": \"http://127.0.0.1:8093\"", "address")]
    [InlineData("\"BASEURI\": \"nonsense\"", "BASEURI")]
    [InlineData("\"secretName\": true", "secretName")]
    [InlineData("\"vault\": { }", "vault")]
    [InlineData("\"workspaceId\": 7", "workspaceId")]
    [InlineData("\"Provider\": \"OpenHumans\"", "Provider")]
    public async Task What_cannot_be_read_of_one_account_is_an_error_when_it_is_used(string line, string word)
    {
        await WriteAsync($$"""
            { "accounts": [
              { "name": "good", "provider": "Prolific", "baseUri": "http://127.0.0.1:8089", "secretName": "s" },
              { "name": "bad", "provider": "Prolific",
                {{line}} }
            ] }
            """);
        Assert.Equal("good", Assert.Single(Store.List()).Name);
        Assert.Equal(new Uri("http://127.0.0.1:8089"), Store.Get("GOOD").BaseUri);
        MessagingException error = Assert.Throws<MessagingException>(() => Store.Get("bad"));
        Assert.Equal(MessagingErrorReason.AccountNotFound, error.Reason);
        Assert.Contains($"{FilePath}, line 4: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(word, error.Message, StringComparison.Ordinal);
        Assert.Equal("bad", Assert.Single(Store.ListUnreadable()).Name);

        // What is spoilt stays as it is when another account is written.
        await Store.SaveAsync(Make("third"), false, CancellationToken.None);
        Assert.Contains(line.Split(':')[0], await File.ReadAllTextAsync(FilePath), StringComparison.Ordinal);
        Assert.Throws<MessagingException>(() => Store.Get("bad"));
        await Store.SaveAsync(Make("bad"), true, CancellationToken.None);
        Assert.Equal("bad", Store.Get("bad").Name);
    }

    [Fact]
    public async Task Accounts_without_a_name_and_of_unknown_services_leave_the_others_alone()
    {
        await WriteAsync("""
            { "accounts": [
              null, "text", { "provider": "Prolific" },
              { "name": "later", "provider": "Telepathy", "baseUri": "https://t.example" },
              { "name": "good", "provider": "OpenHumans" },
            ], "default": 5 }
            """);
        Assert.Equal(["good", "later"], Store.List().Select(static account => account.Name));
        Assert.Equal(new Uri("https://www.openhumans.org"), Store.Get("good").BaseUri);
        MessagingException later = Assert.Throws<MessagingException>(() => Store.Get("later"));
        Assert.Equal(MessagingErrorReason.NotSupported, later.Reason);
        Assert.Contains("line 3", later.Message, StringComparison.Ordinal);
        Assert.Contains("line 5", Assert.Throws<MessagingException>(() => Store.Get(null)).Message, StringComparison.Ordinal);
        Assert.Contains("line 2", Assert.Throws<MessagingException>(() => Store.Get("nobody")).Message, StringComparison.Ordinal);
        await Store.UpdateAsync("good", static account => account.With(isDefault: true), CancellationToken.None);
        Assert.Equal("good", Store.Get(null).Name);
        using var file = JsonDocument.Parse(await File.ReadAllTextAsync(FilePath));
        Assert.Equal(["Null", "String", "Object", "Object", "Object"], file.RootElement.GetProperty("accounts").EnumerateArray().Select(static item => item.ValueKind.ToString()));
    }

    [Fact]
    public async Task Two_accounts_of_one_name_are_no_choice()
    {
        await WriteAsync("{ \"accounts\": [\n{ \"name\": \"a\", \"provider\": \"Prolific\" },\n{ \"name\": \"A\", \"provider\": \"OpenHumans\" } ] }");
        Assert.Empty(Store.List());
        string message = Assert.Throws<MessagingException>(() => Store.Get("a")).Message;
        Assert.Contains("line 2", message, StringComparison.Ordinal);
        Assert.Contains("line 3", message, StringComparison.Ordinal);
        Assert.NotNull(await Store.RemoveAsync("a", CancellationToken.None));
        Assert.Equal("OpenHumans", Store.Get("a").Provider);
    }

    [Fact]
    public async Task A_change_keeps_the_rest()
    {
        await WriteAsync("{ \"accounts\": [ { \"Name\": \"lab\", \"provider\": \"Prolific\", \"BaseURI\": \"http://127.0.0.1:8089\", \"workspaceId\": \"w\", \"shape\": 1 } ] }");
        MessagingAccount changed = await Store.UpdateAsync("LAB", static account => account.With(baseUri: new Uri("http://127.0.0.1:9")), CancellationToken.None);
        Assert.Equal(("lab", "w", "http://127.0.0.1:9/", true), (changed.Name, changed.WorkspaceId, changed.BaseUri!.ToString(), changed.IsDefault));
        string text = await File.ReadAllTextAsync(FilePath);
        Assert.Contains("shape", text, StringComparison.Ordinal);
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(text, "baseuri", System.Text.RegularExpressions.RegexOptions.IgnoreCase));
        await Assert.ThrowsAsync<MessagingException>(() => Store.UpdateAsync("nobody", static account => account, CancellationToken.None));
    }

    [Fact]
    public async Task A_file_that_another_program_holds_is_waited_for()
    {
        await Store.SaveAsync(Make("lab"), false, CancellationToken.None);
        var holder = new FileStream(FilePath, FileMode.Open, FileAccess.Read, FileShare.None);
        int waits = 0;
        var store = new AccountStore(FilePath)
        {
            Pause = _ =>
            {
                if (++waits == 3) holder.Dispose();
            },
        };
        Assert.Equal("lab", store.Get("lab").Name);
        Assert.Equal(3, waits);
    }

    [Fact]
    public async Task A_file_that_cannot_be_replaced_yet_is_tried_again()
    {
        int tries = 0;
        var store = new AccountStore(FilePath)
        {
            Pause = static _ => { },
            Move = (from, to) =>
            {
                // ERROR_SHARING_VIOLATION, as Windows says it.
                if (++tries < 3) throw new IOException("It is being used by another process.", unchecked((int)0x80070020));
                File.Move(from, to, overwrite: true);
            },
        };
        await store.SaveAsync(Make("lab"), false, CancellationToken.None);
        Assert.Equal((3, "lab"), (tries, Store.Get("lab").Name));
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
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath + ".lock"));
        File.SetUnixFileMode(FilePath + ".lock", (UnixFileMode)0b110_110_110);
        await Store.SaveAsync(Make("lab2"), false, CancellationToken.None);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath + ".lock"));
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

    private async Task WriteAsync(string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        await File.WriteAllTextAsync(FilePath, content);
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
