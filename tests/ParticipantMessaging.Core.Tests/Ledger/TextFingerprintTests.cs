using System.Net;
using ParticipantMessaging.Core.Tests;
using ParticipantMessaging.Ledger;

namespace ParticipantMessaging.Tests.Ledger;

public sealed class TextFingerprintTests
{
    [Fact]
    public void The_hash_is_sha256_of_the_utf8_text_with_the_subject_before_it()
    {
        Assert.Equal(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData("Hi\nDear Zoë"u8)).ToLowerInvariant(), TextFingerprint.Hash("Dear Zoë", "Hi"));
        Assert.NotEqual(TextFingerprint.Hash("Dear Zoë", "Hi"), TextFingerprint.Hash("Dear Zoë"));
    }

    [Theory]
    [InlineData("Tea & cake", "Tea &amp; cake")]
    [InlineData("Tea & cake", "Tea &#38; cake")]
    [InlineData("Tea &amp; cake", "Tea &amp;amp; cake")]
    [InlineData("a < b > c \"d\" 'e'", "a &lt; b &gt; c &quot;d&quot; &#x27;e&#x27;")]
    [InlineData("one\r\n\r\ntwo", "one\ntwo")]
    [InlineData("one\ntwo", "one<br>two")]
    [InlineData("one\ntwo", "<p>one</p><p>two</p>")]
    [InlineData("  one two ", "one two")]
    [InlineData("one\u00A0two", "one&nbsp;two")]
    [InlineData("one\u200B two\uFEFF", "one two")]
    [InlineData("Zoe\u0308", "Zo\u00EB")]
    public void Two_ways_to_store_one_text_have_one_normal_form(string sent, string stored)
        => Assert.Equal(TextFingerprint.HashNormalized(sent), TextFingerprint.HashNormalized(stored));

    [Theory]
    [InlineData("Dear Ada", "Dear Eve")]
    [InlineData("Code 1234", "Code 1235")]
    [InlineData("a < b", "a > b")]
    [InlineData("Yes", "yes")]
    public void Two_texts_have_two(string one, string other)
        => Assert.NotEqual(TextFingerprint.HashNormalized(one), TextFingerprint.HashNormalized(other));

    [Theory]
    [InlineData("")]
    [InlineData(" \r\n")]
    [InlineData("<br>")]
    public void What_is_nothing_has_none(string text) => Assert.Equal("", TextFingerprint.HashNormalized(text));

    [SteadyProperty(MaxTest = 300)]
    public void Encoding_a_text_does_not_change_its_normal_form(string? text)
        => Assert.Equal(TextFingerprint.Normalize(text ?? ""), TextFingerprint.Normalize(WebUtility.HtmlEncode(text ?? "")));
}
