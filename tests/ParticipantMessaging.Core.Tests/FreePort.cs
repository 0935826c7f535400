using System.Net;
using System.Net.Sockets;

namespace ParticipantMessaging.Core.Tests;

/// <summary>Ports that nobody else is given by chance: whoever asks for port 0 gets one of the system's range, and these lie below it.</summary>
internal static class FreePort
{
    private const string Range = "/proc/sys/net/ipv4/ip_local_port_range";

    /// <summary>A port that is free, and stays so.</summary>
    public static int Next()
    {
        int first = File.Exists(Range) ? int.Parse(File.ReadAllText(Range).Split()[0], System.Globalization.CultureInfo.InvariantCulture) : 32_768;
        while (true)
        {
            int port = Random.Shared.Next(10_000, first > 12_000 ? first : 65_000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody has it: another one.
            }
        }
    }
}
