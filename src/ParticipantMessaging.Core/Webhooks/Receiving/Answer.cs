namespace ParticipantMessaging.Webhooks;

/// <summary>What a client is answered.</summary>
internal sealed record Answer(int Status, string Text)
{
    public string Phrase => Status switch
    {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Content Too Large",
        431 => "Request Header Fields Too Large",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Error",
    };
}

/// <summary>Bytes that may be held by all connections together.</summary>
internal sealed class ByteBudget(long limit)
{
    private long _taken;

    public bool TryTake(long count)
    {
        if (Interlocked.Add(ref _taken, count) <= limit) return true;
        Interlocked.Add(ref _taken, -count);
        return false;
    }

    public void Return(long count) => Interlocked.Add(ref _taken, -count);
}
