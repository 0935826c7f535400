using System.Management.Automation;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using ParticipantMessaging.Infrastructure;

namespace ParticipantMessaging.Tests;

/// <summary>
/// What the conventions are checked on. Attributes are read as data: on the reference assembly their instances are empty.
/// </summary>
internal static partial class Surface
{
    public static Assembly Module { get; } = typeof(AsyncCmdlet).Assembly;

    public static Assembly Core { get; } = typeof(MessageReceipt).Assembly;

    public static string Root { get; } = FindRoot();

    public static IReadOnlyList<Type> Cmdlets { get; } =
        [.. Module.GetTypes().Where(static type => Attribute(type, nameof(CmdletAttribute)) is not null).OrderBy(static type => type.Name, StringComparer.Ordinal)];

    public static string Manifest { get; } = File.ReadAllText(Path.Combine(Root, "ParticipantMessaging.psd1"));

    public static string Version { get; } = VersionLine().Match(Manifest).Groups[1].Value;

    /// <summary>The cmdlets that the manifest exports.</summary>
    public static IReadOnlyList<string> Exported { get; } =
        [.. Quoted().Matches(CmdletList().Match(Manifest).Groups[1].Value).Select(static match => match.Groups[1].Value)];

    public static CustomAttributeData? Attribute(MemberInfo member, string name)
        => member.GetCustomAttributesData().FirstOrDefault(data => data.AttributeType.Name == name);

    public static T? Named<T>(CustomAttributeData data, string name)
    {
        CustomAttributeNamedArgument argument = data.NamedArguments.FirstOrDefault(argument => argument.MemberName == name);
        return argument.TypedValue.Value is { } value ? (T)value : default;
    }

    public static (string Verb, string Noun) Name(Type cmdlet)
    {
        CustomAttributeData data = Attribute(cmdlet, nameof(CmdletAttribute))!;
        return ((string)data.ConstructorArguments[0].Value!, (string)data.ConstructorArguments[1].Value!);
    }

    public static string FullName(Type cmdlet)
    {
        (string verb, string noun) = Name(cmdlet);
        return $"{verb}-{noun}";
    }

    /// <summary>Its parameters with all their [Parameter] attributes, those of base classes too; an override hides what it overrides.</summary>
    public static IReadOnlyList<(PropertyInfo Property, IReadOnlyList<CustomAttributeData> Sets)> Parameters(Type cmdlet)
        =>
        [
            .. cmdlet.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Select(static property => (property, Sets: (IReadOnlyList<CustomAttributeData>)[.. property.GetCustomAttributesData().Where(static data => data.AttributeType.Name == nameof(ParameterAttribute))]))
                .Where(static entry => entry.Sets.Count > 0),
        ];

    public static IEnumerable<string> SourceFiles(params string[] folder)
        => Directory.EnumerateFiles(Path.Combine([Root, .. folder]), "*.cs", SearchOption.AllDirectories)
            .Where(static path => !path.Split(Path.DirectorySeparatorChar).Any(static part => part is "obj" or "bin"));

    private static string FindRoot([CallerFilePath] string here = "")
    {
        // The sources' own folder where the tests were built, else upwards from where they run.
        foreach (string start in new[] { Path.GetDirectoryName(here) ?? "", AppContext.BaseDirectory })
        {
            for (string? folder = start; !string.IsNullOrEmpty(folder); folder = Path.GetDirectoryName(folder))
            {
                if (File.Exists(Path.Combine(folder, "ParticipantMessaging.psd1")) && Directory.Exists(Path.Combine(folder, "src"))) return folder;
            }
        }

        throw new InvalidOperationException("The repository was not found.");
    }

    [GeneratedRegex(@"ModuleVersion\s*=\s*'([0-9.]+)'")]
    private static partial Regex VersionLine();

    [GeneratedRegex(@"CmdletsToExport\s*=\s*@\(([^)]*)\)")]
    private static partial Regex CmdletList();

    [GeneratedRegex("'([^']+)'")]
    private static partial Regex Quoted();
}
