namespace ParticipantMessaging.BuildTools.Packaging;

/// <summary>A package of which the module ships files.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Licence">SPDX name of its licence.</param>
/// <param name="Copyright">Its copyright line.</param>
/// <param name="Files">The shipped files, as paths below <c>lib/</c>.</param>
internal sealed record ShippedPackage(string Id, string Version, string Licence, string Copyright, IReadOnlyList<string> Files);
