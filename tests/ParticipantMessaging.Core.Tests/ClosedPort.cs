using System.Net;
using System.Net.Sockets;

namespace ParticipantMessaging.Core.Tests;

/// <summary>A port that is taken and not listened on: whoever connects is refused, and nobody else can come to listen there.</summary>
internal sealed class ClosedPort : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public ClosedPort() => _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    public Uri Uri => new($"http://{_socket.LocalEndPoint}/");

    public void Dispose() => _socket.Dispose();
}
