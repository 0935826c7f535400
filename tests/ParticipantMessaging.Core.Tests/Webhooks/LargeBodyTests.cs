using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace ParticipantMessaging.Core.Tests.Webhooks;

/// <summary>What the process holds is measured: nothing else may run beside it.</summary>
[Collection(AloneCollection.Name)]
public class LargeBodyTests
{
    [Fact]
    public async Task A_body_of_100_MB_is_refused_without_being_kept()
    {
        // On a clock that stands still: however long 100 MB take, nobody hangs up before the answer is read.
        await using var fixture = ReceiverFixture.Start(time: new FakeTimeProvider(DateTimeOffset.UtcNow));
        long before = GC.GetTotalMemory(forceFullCollection: true);
        using var content = new StreamContent(new ZeroStream(100L << 20));
        using HttpRequestMessage request = ReceiverFixture.Signed(fixture.Receiver.Uri, "1");
        request.Content = content;
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await fixture.SendAsync(request));

        // The same without saying so beforehand.
        using var endless = new StreamContent(new ZeroStream(100L << 20));
        using HttpRequestMessage chunked = ReceiverFixture.Signed(fixture.Receiver.Uri, "2");
        chunked.Content = endless;
        chunked.Headers.TransferEncodingChunked = true;
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await fixture.SendAsync(chunked));

        // And unsigned: not a byte of it is taken.
        using var unsignedContent = new StreamContent(new ZeroStream(100L << 20));
        using var unsigned = new HttpRequestMessage(HttpMethod.Post, fixture.Receiver.Uri) { Content = unsignedContent };
        Assert.Equal(HttpStatusCode.Unauthorized, await fixture.SendAsync(unsigned));
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 20L << 20);
        Assert.Equal(HttpStatusCode.OK, await fixture.PostAsync("3"));
    }

    private sealed class ZeroStream(long length) : Stream
    {
        private long _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get => _position; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = (int)Math.Min(count, length - _position);
            Array.Clear(buffer, offset, read);
            _position += read;
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
