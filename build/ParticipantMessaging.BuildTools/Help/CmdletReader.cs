using System.Reflection;
using System.Runtime.InteropServices;

namespace ParticipantMessaging.BuildTools.Help;

/// <summary>Reads the cmdlets of an assembly without running anything of it.</summary>
internal static class CmdletReader
{
    private const string Automation = "System.Management.Automation.";

    private static readonly Dictionary<string, string> ShortNames = new()
    {
        ["System.String"] = "String",
        ["System.Int32"] = "Int32",
        ["System.Int64"] = "Int64",
        ["System.UInt64"] = "UInt64",
        ["System.Boolean"] = "Boolean",
        ["System.Object"] = "Object",
        ["System.Uri"] = "Uri",
        ["System.TimeSpan"] = "TimeSpan",
        ["System.DateTimeOffset"] = "DateTimeOffset",
        ["System.Security.SecureString"] = "SecureString",
        [Automation + "SwitchParameter"] = "SwitchParameter",
        [Automation + "PSObject"] = "PSObject",
    };

    /// <summary>The cmdlets, by name.</summary>
    /// <param name="path">The assembly.</param>
    public static IReadOnlyList<CmdletFacts> Read(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        IEnumerable<string> assemblies = Directory.EnumerateFiles(folder, "*.dll")
            .Concat(Directory.EnumerateFiles(RuntimeEnvironment.GetRuntimeDirectory(), "*.dll"))
            .DistinctBy(Path.GetFileName, StringComparer.OrdinalIgnoreCase);
        using var context = new MetadataLoadContext(new PathAssemblyResolver(assemblies));
        return
        [
            .. context.LoadFromAssemblyPath(Path.GetFullPath(path)).GetExportedTypes()
                .Select(static type => (Type: type, Cmdlet: Find(type.GetCustomAttributesData(), "CmdletAttribute")))
                .Where(static found => found.Cmdlet is not null)
                .Select(static found => ReadCmdlet(found.Type, found.Cmdlet!))
                .OrderBy(static cmdlet => cmdlet.Name, StringComparer.Ordinal),
        ];
    }

    private static CmdletFacts ReadCmdlet(Type type, CustomAttributeData cmdlet)
    {
        List<ParameterFacts> parameters =
        [
            .. Properties(type)
                .Where(static p => p.GetCustomAttributesData().Any(static a => Is(a, "ParameterAttribute")))
                .Select(ReadParameter),
        ];
        if (Named(cmdlet, "SupportsPaging") is true)
        {
            parameters.Add(Common("First", "UInt64", isSwitch: false));
            parameters.Add(Common("Skip", "UInt64", isSwitch: false));
            parameters.Add(Common("IncludeTotalCount", "SwitchParameter", isSwitch: true));
        }

        if (Named(cmdlet, "SupportsShouldProcess") is true)
        {
            parameters.Add(Common("Confirm", "SwitchParameter", isSwitch: true, "cf"));
            parameters.Add(Common("WhatIf", "SwitchParameter", isSwitch: true, "wi"));
        }

        List<string> outputs = [];
        foreach (CustomAttributeData attribute in type.GetCustomAttributesData().Where(static a => Is(a, "OutputTypeAttribute")))
        {
            foreach (CustomAttributeTypedArgument argument in attribute.ConstructorArguments)
            {
                if (argument.Value is IEnumerable<CustomAttributeTypedArgument> several) outputs.AddRange(several.Select(static s => NameOf(s.Value)));
                else outputs.Add(NameOf(argument.Value));
            }
        }

        return new CmdletFacts(
            (string)cmdlet.ConstructorArguments[0].Value!,
            (string)cmdlet.ConstructorArguments[1].Value!,
            Named(cmdlet, "DefaultParameterSetName") as string ?? "",
            parameters,
            [.. outputs.Where(static name => name != "System.Void").Distinct()]);
    }

    // What a cmdlet declares itself comes before what all of them share; an overridden property counts once.
    private static IEnumerable<PropertyInfo> Properties(Type type)
    {
        var seen = new HashSet<string>();
        for (Type? level = type; level is not null; level = level.BaseType)
        {
            if (level.FullName?.StartsWith(Automation, StringComparison.Ordinal) == true) yield break;
            foreach (PropertyInfo property in level.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            {
                if (seen.Add(property.Name)) yield return property;
            }
        }
    }

    private static ParameterFacts ReadParameter(PropertyInfo property)
    {
        IList<CustomAttributeData> attributes = property.GetCustomAttributesData();
        Type type = property.PropertyType;
        if (type.IsGenericType && type.GetGenericTypeDefinition().FullName == "System.Nullable`1") type = type.GetGenericArguments()[0];
        string[] values = type.IsEnum ? type.GetEnumNames() : Texts(Find(attributes, "ValidateSetAttribute"));
        return new ParameterFacts(
            property.Name,
            ShortName(type),
            type.FullName == Automation + "SwitchParameter",
            type.IsArray,
            Texts(Find(attributes, "AliasAttribute")),
            values,
            attributes.Any(static a => Is(a, "SupportsWildcardsAttribute")),
            [.. attributes.Where(static a => Is(a, "ParameterAttribute")).Select(ReadUse)]);
    }

    private static ParameterUse ReadUse(CustomAttributeData attribute)
    {
        int? position = Named(attribute, "Position") is int given and >= 0 ? given : null;
        return new ParameterUse(
            Named(attribute, "ParameterSetName") as string ?? ParameterUse.AllSets,
            Named(attribute, "Mandatory") is true,
            position,
            Named(attribute, "ValueFromPipeline") is true,
            Named(attribute, "ValueFromPipelineByPropertyName") is true);
    }

    private static ParameterFacts Common(string name, string type, bool isSwitch, params string[] aliases)
        => new(name, type, isSwitch, false, aliases, [], false, [new ParameterUse(ParameterUse.AllSets, false, null, false, false)]);

    private static string[] Texts(CustomAttributeData? attribute)
        => attribute?.ConstructorArguments.SelectMany(static a => a.Value is IEnumerable<CustomAttributeTypedArgument> several
            ? several.Select(static s => s.Value as string)
            : [a.Value as string]).OfType<string>().ToArray() ?? [];

    private static string ShortName(Type type)
        => type.IsArray ? ShortName(type.GetElementType()!) + "[]" : ShortNames.GetValueOrDefault(type.FullName ?? "", type.Name);

    private static string NameOf(object? type) => type is Type known ? known.FullName ?? known.Name : type as string ?? "";

    private static object? Named(CustomAttributeData attribute, string name)
        => attribute.NamedArguments.Where(a => a.MemberName == name).Select(static a => a.TypedValue.Value).FirstOrDefault();

    private static CustomAttributeData? Find(IList<CustomAttributeData> attributes, string name) => attributes.FirstOrDefault(a => Is(a, name));

    private static bool Is(CustomAttributeData attribute, string name) => attribute.AttributeType.FullName == Automation + name;
}
