namespace ParticipantMessaging.Simulator;

/// <summary>A person at one of the services, with all that passed between them and the researcher.</summary>
public sealed class SimParticipant
{
    private readonly Lock _gate = new();
    private readonly List<SimMessage> _messages = [];

    /// <summary>24 hex digits on Prolific, 8 digits on Open Humans.</summary>
    public required string Id { get; init; }

    /// <summary>Where the person is.</summary>
    public required SimProvider Provider { get; init; }

    /// <summary>A first name; the services never tell it, a researcher's list does.</summary>
    public string FirstName { get; init; } = "";

    /// <summary>When the person joined.</summary>
    public DateTimeOffset JoinedAt { get; init; }

    /// <summary>Open Humans: false once the person has left the project.</summary>
    public bool Active { get; set; } = true;

    /// <summary>Open Humans: whether the person has a mail address; one without stops the mail worker.</summary>
    public bool HasEmail { get; set; } = true;

    /// <summary>Open Humans: whether the mail server refuses the person's address, which stops the mail worker, too.</summary>
    public bool MailRefused { get; set; }

    /// <summary>Open Humans: where the row lies in the service's table; a row that is changed moves to the end.</summary>
    internal long Position { get; set; }

    /// <summary>Open Humans: the user name, if it is shared.</summary>
    public string? Username { get; init; }

    /// <summary>What the person received, oldest first (a copy).</summary>
    public IReadOnlyList<SimMessage> Mailbox
    {
        get
        {
            lock (_gate)
                return _messages.FindAll(m => !m.Incoming);
        }
    }

    /// <summary>What the person received and wrote, oldest first (a copy).</summary>
    public IReadOnlyList<SimMessage> Thread
    {
        get
        {
            lock (_gate)
                return _messages.ToArray();
        }
    }

    /// <summary>How many messages the person received.</summary>
    public int MailboxCount
    {
        get
        {
            int count = 0;
            lock (_gate)
            {
                foreach (SimMessage message in _messages)
                {
                    if (!message.Incoming)
                        count++;
                }
            }

            return count;
        }
    }

    /// <summary>What the person received last; null when nothing.</summary>
    public SimMessage? Last
    {
        get
        {
            lock (_gate)
                return _messages.FindLast(m => !m.Incoming);
        }
    }

    internal void Add(SimMessage message)
    {
        lock (_gate)
            _messages.Add(message);
    }

    internal void Clear()
    {
        lock (_gate)
            _messages.Clear();
    }
}
