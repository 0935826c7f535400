using System.Buffers;

namespace ParticipantMessaging.Http;

/// <summary>Reads a body into a pooled buffer, up to a limit that also holds for what decompression makes of it.</summary>
internal static class BoundedBody
{
    /// <summary>Reads to the end or the limit.</summary>
    /// <returns>The buffer (to be returned to the pool; empty when there was nothing), its length, and whether it was cut.</returns>
    public static async Task<(byte[] Buffer, int Length, bool Cut)> ReadAsync(HttpContent content, int limit, CancellationToken cancellationToken)
    {
        long? announced = content.Headers.ContentLength;
        if (announced == 0) return ([], 0, false);

        // One byte more than the limit tells "just full" from "too much".
        int first = (int)Math.Min(announced is > 0 ? announced.Value + 1 : 16 * 1024, (long)limit + 1);
        Stream stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(first);
        int length = 0;
        try
        {
            while (true)
            {
                if (length > limit) return (buffer, limit, true);
                if (length == buffer.Length)
                {
                    byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min((long)buffer.Length * 2, (long)limit + 1));
                    buffer.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }

                int read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
                if (read == 0) return (buffer, length, false);
                length += read;
            }
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }
}
