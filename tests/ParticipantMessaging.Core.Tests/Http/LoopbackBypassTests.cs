using System.Net;
using ParticipantMessaging.Http;

namespace ParticipantMessaging.Core.Tests.Http;

public sealed class LoopbackBypassTests
{
    [Theory]
    [InlineData("http://127.0.0.1:8093/", true)]
    [InlineData("http://localhost:8093/", true)]
    [InlineData("http://[::1]:8093/", true)]
    [InlineData("https://api.prolific.com/", false)]
    [InlineData("https://www.openhumans.org/", false)]
    public void A_token_for_this_computer_never_passes_a_proxy(string address, bool direct)
    {
        var destination = new Uri(address);
        var proxy = new Uri("http://proxy.example:3128");
        var bypass = new LoopbackBypass(new WebProxy(proxy));

        Assert.Equal(direct, bypass.IsBypassed(destination));
        Assert.Equal(direct ? null : proxy, bypass.GetProxy(destination));
    }
}
