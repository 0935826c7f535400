using System.Management.Automation;
using System.Reflection;
using System.Security;
using ParticipantMessaging.Infrastructure;

namespace ParticipantMessaging.Tests;

/// <summary>What every cmdlet keeps to (DESIGN sections 2, 6 and 7).</summary>
public class CmdletConventionTests
{
    private static readonly string[] ReadingVerbs = ["Get", "Test", "ConvertFrom", "Receive"];
    private static readonly string[] Silent = ["Unregister-MessagingAccount", "Remove-WebhookSubscription", "Clear-SentMessage"];
    private static readonly string[] HighImpact = ["New-WebhookSecret", "Remove-WebhookSubscription", "Clear-SentMessage"];

    public static TheoryData<string> Names => [.. Surface.Cmdlets.Select(static type => type.FullName!)];

    [Fact]
    public void There_are_cmdlets() => Assert.True(Surface.Cmdlets.Count > 3);

    [Theory]
    [MemberData(nameof(Names))]
    public void Verb_is_approved_and_noun_is_singular(string name)
    {
        (string verb, string noun) = Surface.Name(Find(name));
        string[] approved =
        [
            .. new[] { typeof(VerbsCommon), typeof(VerbsCommunications), typeof(VerbsData), typeof(VerbsDiagnostic), typeof(VerbsLifecycle), typeof(VerbsOther), typeof(VerbsSecurity) }
                .SelectMany(static type => type.GetFields(BindingFlags.Public | BindingFlags.Static))
                .Where(static field => field.IsLiteral)
                .Select(static field => (string)field.GetRawConstantValue()!),
        ];
        Assert.Contains(verb, approved);
        Assert.False(noun.EndsWith('s'), $"{noun} is a plural.");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Class_and_file_are_named_after_it(string name)
    {
        Type type = Find(name);
        (string verb, string noun) = Surface.Name(type);
        Assert.Equal($"{verb}{noun}Command", type.Name);
        Assert.True(type.IsSealed, "It is not sealed.");
        Assert.True(type.IsPublic, "It is not public.");
        Assert.StartsWith("ParticipantMessaging.Commands", type.Namespace, StringComparison.Ordinal);
        string file = Assert.Single(Surface.SourceFiles("src", "ParticipantMessaging", "Commands"), path => Path.GetFileName(path) == type.Name + ".cs");
        Assert.Equal("Commands", Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(file))));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void It_is_asynchronous(string name)
        => Assert.True(typeof(AsyncCmdlet).IsAssignableFrom(Find(name)), "It overrides the engine's own methods instead of those of AsyncCmdlet.");

    [Theory]
    [MemberData(nameof(Names))]
    public void It_says_what_it_returns(string name)
    {
        Type type = Find(name);
        if (Silent.Contains(Surface.FullName(type))) return;
        CustomAttributeData? output = Surface.Attribute(type, nameof(OutputTypeAttribute));
        Assert.True(output is not null, "It has no [OutputType].");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void It_can_be_tried_without_effect_if_it_has_one(string name)
    {
        Type type = Find(name);
        CustomAttributeData cmdlet = Surface.Attribute(type, nameof(CmdletAttribute))!;
        bool changes = !ReadingVerbs.Contains(Surface.Name(type).Verb);
        bool canBeTried = Surface.Named<bool>(cmdlet, "SupportsShouldProcess");
        if (changes) Assert.True(canBeTried, "It has no -WhatIf.");

        // A reading cmdlet may store what it has read, in a vault.
        if (canBeTried && !changes) Assert.Contains(Surface.Parameters(type), static entry => entry.Property.Name == "Vault");
        object? impact = cmdlet.NamedArguments.FirstOrDefault(static argument => argument.MemberName == "ConfirmImpact").TypedValue.Value;
        bool isHigh = impact is not null && (ConfirmImpact)(int)impact == ConfirmImpact.High;
        Assert.Equal(HighImpact.Contains(Surface.FullName(type)), isHigh);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Secrets_are_secure_strings_and_never_repeated(string name)
    {
        foreach ((PropertyInfo property, _) in Surface.Parameters(Find(name)))
        {
            if (property.Name is "Token" or "Secret" or "Password" or "SigningSecret" or "ConfirmationSecret")
            {
                Assert.True(IsSecure(property), $"-{property.Name} is a {property.PropertyType.Name}.");
            }

            if (IsSecure(property))
            {
                Assert.True(
                    property.GetCustomAttributesData().Any(static data => data.AttributeType.Name.StartsWith("SecretText", StringComparison.Ordinal)),
                    $"-{property.Name} has no [SecretText]: PowerShell's own message would repeat a plain text that is given by mistake.");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Times_are_taken_as_people_write_them(string name)
    {
        foreach ((PropertyInfo property, _) in Surface.Parameters(Find(name)))
        {
            Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            if (type == typeof(TimeSpan)) Assert.True(Surface.Attribute(property, nameof(LengthOfTimeAttribute)) is not null, $"-{property.Name} has no [LengthOfTime].");
            if (property.Name is "Since" or "Before")
            {
                Assert.Equal(typeof(DateTimeOffset), type);
                Assert.True(Surface.Attribute(property, nameof(SinceAttribute)) is not null, $"-{property.Name} has no [Since].");
            }

            // Without one the shell offers names of files.
            if (type == typeof(TimeSpan) || type == typeof(DateTimeOffset) || type == typeof(SendTime))
            {
                Assert.True(Surface.Attribute(property, nameof(ArgumentCompleterAttribute)) is not null, $"-{property.Name} has no [ArgumentCompleter].");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Names_of_files_are_offered_for_files_alone(string name)
    {
        foreach ((PropertyInfo property, _) in Surface.Parameters(Find(name)))
        {
            Type type = property.PropertyType.IsArray ? property.PropertyType.GetElementType()! : Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            bool isFile = property.Name.EndsWith("Path", StringComparison.Ordinal) || property.Name == "Checkpoint";
            bool isCompleted = Surface.Attribute(property, nameof(ArgumentCompleterAttribute)) is not null || Surface.Attribute(property, nameof(ValidateSetAttribute)) is not null;
            if (type == typeof(string) || type == typeof(Uri) || type == typeof(int)) Assert.True(isCompleted != isFile, $"-{property.Name}");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Parameters_are_typed(string name)
    {
        foreach ((PropertyInfo property, IReadOnlyList<CustomAttributeData> sets) in Surface.Parameters(Find(name)))
        {
            // Rows of a list can be anything; everything else cannot.
            bool isPiped = sets.Any(static set => Surface.Named<bool>(set, "ValueFromPipeline"));
            Type type = property.PropertyType.IsArray ? property.PropertyType.GetElementType()! : property.PropertyType;
            if (type != typeof(object) && type != typeof(PSObject)) continue;
            Assert.True(isPiped || Allows(property), $"-{property.Name} is a {type.Name}.");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Positions_are_unique_in_each_set(string name)
    {
        var positions = Surface.Parameters(Find(name))
            .SelectMany(static entry => entry.Sets.Select(set => (
                entry.Property.Name,
                Set: Surface.Named<string>(set, "ParameterSetName") ?? "",
                Position: set.NamedArguments.FirstOrDefault(static argument => argument.MemberName == "Position").TypedValue.Value)))
            .Where(static entry => entry.Position is not null)
            .ToList();
        foreach (string set in positions.Select(static entry => entry.Set).Distinct())
        {
            var taken = positions.Where(entry => entry.Set == set || entry.Set.Length == 0).Select(static entry => (int)entry.Position!).ToList();
            Assert.Equal(taken.Distinct().Count(), taken.Count);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Switches_are_off_unless_given(string name)
    {
        using var cmdlet = (IDisposable)Activator.CreateInstance(Find(name))!;
        foreach ((PropertyInfo property, _) in Surface.Parameters(cmdlet.GetType()))
        {
            if (property.PropertyType == typeof(bool)) Assert.Fail($"-{property.Name} is a bool; a switch is meant.");
        }
    }

    [Fact]
    public void What_the_manifest_exports_and_what_there_is_are_the_same()
        => Assert.Equal(Surface.Exported.Order(StringComparer.Ordinal), Surface.Cmdlets.Select(Surface.FullName).Order(StringComparer.Ordinal));

    /// <summary>
    /// PowerShell lists the public types of the assembly before the module's initialiser has run, hence before anybody can find Core.
    /// A field of a Core struct or enum, or a Core base type or interface, would be needed right then, and the import would fail.
    /// </summary>
    [Fact]
    public void Public_types_load_without_core()
    {
        foreach (Type type in Surface.Module.GetExportedTypes())
        {
            Assert.False(NeedsCore(type.BaseType), $"{type.Name} derives from a type of Core.");
            Assert.DoesNotContain(type.GetInterfaces(), NeedsCore);
            foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                Assert.False(field.FieldType.IsValueType && NeedsCore(field.FieldType), $"{type.Name}.{field.Name} is a value of a type of Core.");
            }
        }
    }

    // Several, while one secret replaces another.
    private static bool IsSecure(PropertyInfo property) => property.PropertyType == typeof(SecureString) || property.PropertyType == typeof(SecureString[]);

    private static bool NeedsCore(Type? type) => type is not null
        && (type.Assembly == Surface.Core || (type.IsGenericType && type.GetGenericArguments().Any(NeedsCore)));

    // Headers come as a hashtable, a dictionary or an object, a body as text or bytes.
    private static bool Allows(PropertyInfo property) => property.Name is "Headers" or "Body";

    private static Type Find(string name) => Surface.Module.GetType(name, throwOnError: true)!;
}
