using ParticipantMessaging.Accounts;

namespace ParticipantMessaging.Core.Tests.Accounts;

public sealed class AccountIdentityTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pm-identity-").FullName;
    private int _asked;

    private AccountStore Store => new(Path.Combine(_folder, "accounts.json"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_token_that_is_given_directly_is_asked_about_once_in_a_process()
    {
        var identities = new AccountIdentities();
        Assert.Equal("http://127.0.0.1:8089/r1", (await FindAsync(identities, Direct("a"))).Key);
        Assert.Equal("http://127.0.0.1:8089/r1", (await FindAsync(identities, Direct("a"))).Key);
        Assert.Equal(1, _asked);
        await FindAsync(identities, Direct("b"));
        await FindAsync(identities, Direct("a", "https://127.0.0.1:8089"));
        Assert.Equal(3, _asked);
    }

    [Fact]
    public async Task What_was_asked_is_remembered_with_the_account_until_its_token_or_its_address_changes()
    {
        await Store.SaveAsync(Make("http://127.0.0.1:8089"), false, CancellationToken.None);
        Assert.Equal("r1", (await FindAsync(new AccountIdentities(), Registered("secret-token"))).Id);
        Assert.Equal("r1", Store.Get("lab").ServiceId);
        await FindAsync(new AccountIdentities(), Registered("secret-token"));
        Assert.Equal(1, _asked);
        Assert.DoesNotContain("secret-token", await File.ReadAllTextAsync(Store.Location), StringComparison.Ordinal);

        // A token that was changed in the vault by hand.
        Assert.Equal("r2", (await FindAsync(new AccountIdentities(), Registered("another"), "r2")).Id);
        Assert.Equal((2, "r2"), (_asked, Store.Get("lab").ServiceId));

        await Store.SaveAsync(Make("http://127.0.0.1:9999"), true, CancellationToken.None);
        Assert.Equal("", Store.Get("lab").ServiceId);
        Assert.Equal("http://127.0.0.1:9999/r3", (await FindAsync(new AccountIdentities(), Registered("another"), "r3")).Key);
        Assert.Equal(3, _asked);
    }

    [Fact]
    public async Task Another_workspace_or_default_leaves_it()
    {
        await Store.SaveAsync(Make("http://127.0.0.1:8089"), false, CancellationToken.None);
        await FindAsync(new AccountIdentities(), Registered("token"));
        await Store.UpdateAsync("lab", static account => account.With(workspaceId: "w"), CancellationToken.None);
        await FindAsync(new AccountIdentities(), Registered("token"));
        Assert.Equal(1, _asked);
    }

    [Fact]
    public async Task An_identity_that_was_spoilt_is_asked_again()
    {
        await File.WriteAllTextAsync(Store.Location, """
            { "accounts": [ { "name": "lab", "provider": "Prolific", "baseUri": "http://127.0.0.1:8089", "identity": { "id": 7, "address": [], "mark": "x" } } ] }
            """);
        Assert.Equal("r1", (await FindAsync(new AccountIdentities(), Registered("token"))).Id);
        Assert.Equal((1, "r1"), (_asked, Store.Get("lab").ServiceId));
    }

    [Fact]
    public async Task A_service_that_does_not_say_is_an_error()
    {
        MessagingException error = await Assert.ThrowsAsync<MessagingException>(() => FindAsync(new AccountIdentities(), Direct("a"), " "));
        Assert.Equal(MessagingErrorReason.InvalidResponse, error.Reason);
    }

    [Theory]
    [InlineData("\"abc\"", "quotation marks")]
    [InlineData("'abc'", "quotation marks")]
    [InlineData("\u201Cabc\u201D", "quotation marks")]
    [InlineData("<abc>", "angle brackets")]
    [InlineData("Token abc", "'Token'")]
    [InlineData("bearer abc", "'Bearer'")]
    [InlineData("Authorization: Token abc", "'Authorization:'")]
    [InlineData("ab c", "a blank")]
    [InlineData("  ", "blank")]
    public void A_token_that_is_none_is_refused_with_its_cause(string token, string cause)
    {
        string message = Assert.Throws<ArgumentException>(() => new AccessToken(token)).Message;
        Assert.Contains(cause, message, StringComparison.Ordinal);
        Assert.DoesNotContain("abc", message, StringComparison.Ordinal);
    }

    private static ServiceConnection Direct(string token, string address = "http://127.0.0.1:8089")
        => new(MessagingProvider.Prolific, new AccessToken(token), new Uri(address));

    private static MessagingAccount Make(string address) => new() { Name = "lab", Provider = "Prolific", BaseUri = new Uri(address), SecretName = "s" };

    private ServiceConnection Registered(string token)
    {
        MessagingAccount account = Store.Get("lab");
        return new ServiceConnection(MessagingProvider.Prolific, new AccessToken(token), account.BaseUri, account.Name) { Registration = new AccountRegistration(Store, account) };
    }

    private Task<AccountIdentity> FindAsync(AccountIdentities identities, ServiceConnection connection, string id = "r1") => identities.FindAsync(
        connection,
        _ =>
        {
            _asked++;
            return Task.FromResult(id);
        },
        CancellationToken.None);
}
