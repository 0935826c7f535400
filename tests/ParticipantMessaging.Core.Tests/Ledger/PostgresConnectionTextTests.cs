using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Tests.Ledger;

public sealed class PostgresConnectionTextTests
{
    [Theory]
    [InlineData("Host=db.example.org;Database=messages;Username=lab;Password='geheim; x'")]
    [InlineData("Server=db.example.org;DB=messages;User Id=lab;PWD='geheim; x';Port=5432")]
    [InlineData("postgresql://lab:geheim%3B%20x@db.example.org/messages")]
    [InlineData("postgres://lab:geheim%3B%20x@db.example.org:5432/messages")]
    public void The_password_is_taken_out(string text)
    {
        (LedgerSettings? settings, string? password) = PostgresConnectionText.Parse(text);
        Assert.Equal("geheim; x", password);
        Assert.Equal(
            new LedgerSettings { Kind = LedgerKind.PostgreSql, Host = "db.example.org", Port = 5432, Database = "messages", Username = "lab" }, settings);
    }

    [Fact]
    public void What_else_matters_is_kept()
    {
        (LedgerSettings? settings, string? password) = PostgresConnectionText.Parse("Host=h;Database=d;SSL Mode=VerifyFull;Root Certificate=/ca.pem;Search Path=lab");
        Assert.Null(password);
        Assert.Equal(("VerifyFull", "/ca.pem", "lab"), (settings.SslMode, settings.RootCertificate, settings.Schema));
        Assert.Equal("VerifyCA", PostgresConnectionText.Parse("postgresql://h/d?sslmode=verify-ca").Settings.SslMode);
    }

    [Theory]
    [InlineData("Host=h;Database=d;Password=geheim;Pooling=maybe")]
    [InlineData("Host=h;Database=d;Password=geheim;Pooling=true")]
    [InlineData("Host=h;Database=d;Password=geheim;Passfile=/x")]
    [InlineData("Host=h;Database=d;Password=geheim;Nonsense=1")]
    [InlineData("Host=h;Database=d;Port=geheim")]
    [InlineData("Host=h,i;Database=d;Password=geheim")]
    [InlineData("Host=h;Password=geheim")]
    [InlineData("Database=d;Password=geheim")]
    [InlineData("geheim")]
    [InlineData("postgresql://lab:geheim@h/")]
    [InlineData("postgresql://lab:geheim@h/d?options=x")]
    [InlineData("postgresql://lab:geheim@h:99999/d")]
    public void What_cannot_be_kept_is_refused_and_not_repeated(string text)
    {
        MessagingException error = Assert.Throws<MessagingException>(() => PostgresConnectionText.Parse(text));
        Assert.Equal(MessagingErrorReason.InvalidRequest, error.Reason);
        Assert.DoesNotContain("geheim", error.ToString(), StringComparison.Ordinal);
    }
}
