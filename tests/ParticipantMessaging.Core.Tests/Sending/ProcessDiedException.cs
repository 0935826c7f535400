namespace ParticipantMessaging.Core.Tests.Sending;

/// <summary>Stands for kill -9.</summary>
internal sealed class ProcessDiedException : Exception;
