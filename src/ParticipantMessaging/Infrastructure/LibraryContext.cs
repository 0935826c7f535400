using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace ParticipantMessaging.Infrastructure;

/// <summary>
/// The load context of Core and its dependencies: what lies in <c>lib/</c> is taken from there, everything else is the host's. Libraries
/// that were compiled ahead of time for this system and this version of .NET (<c>lib/net10.0/linux-x64/</c>) come first: the same, with
/// machine code that spares a short process most of its compiling.
/// </summary>
internal sealed class LibraryContext : AssemblyLoadContext
{
    private readonly string _folder;
    private readonly string[] _libraryFolders;

    /// <param name="folder">Full path of <c>lib/</c>.</param>
    public LibraryContext(string folder)
        : base("ParticipantMessaging")
    {
        _folder = folder;
        string compiled = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"net{Environment.Version.Major}.0"), Platform);
        _libraryFolders = Directory.Exists(compiled) ? [compiled, folder] : [folder];
    }

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        foreach (string folder in _libraryFolders)
        {
            string path = Path.Combine(folder, assemblyName.Name + ".dll");
            if (!File.Exists(path)) continue;
            try
            {
                return LoadFromAssemblyPath(path);
            }
            catch (Exception e) when (folder != _folder && e is BadImageFormatException or FileLoadException)
            {
                // Half copied, say: the library as it is lies beside it.
            }
        }

        return null;
    }

    /// <inheritdoc/>
    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        string stem = Path.GetFileNameWithoutExtension(unmanagedDllName);
        string name = OperatingSystem.IsWindows() ? stem + ".dll"
            : OperatingSystem.IsMacOS() ? "lib" + stem + ".dylib"
            : "lib" + stem + ".so";
        string path = Path.Combine(_folder, "runtimes", Platform, "native", name);
        return File.Exists(path) ? LoadUnmanagedDllFromPath(path) : 0;
    }

    // As NuGet calls it (https://learn.microsoft.com/dotnet/core/rid-catalog).
    private static string Platform
    {
        get
        {
            string architecture = RuntimeInformation.ProcessArchitecture switch
            {
                Architecture.X64 => "x64",
                Architecture.Arm64 => "arm64",
                var other => other.ToString().ToLowerInvariant(),
            };
            if (OperatingSystem.IsWindows()) return "win-" + architecture;
            if (OperatingSystem.IsMacOS()) return "osx-" + architecture;

            // A portable runtime on Alpine calls itself linux-musl-x64 (or alpine-x64 where it was built from source).
            return RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal)
                || RuntimeInformation.RuntimeIdentifier.StartsWith("alpine", StringComparison.Ordinal)
                ? "linux-musl-" + architecture
                : "linux-" + architecture;
        }
    }
}
