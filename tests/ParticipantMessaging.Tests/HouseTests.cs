using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using ParticipantMessaging.Infrastructure;

namespace ParticipantMessaging.Tests;

/// <summary>The arrows, the version, the views (DESIGN section 6).</summary>
public partial class HouseTests
{
    /// <summary>Types of the design's table, and what some cmdlets return beside it.</summary>
    private static readonly string[] OutputTypes =
    [
        "MessagingAccount", "MessageReceipt", "ParticipantMessage", "MessageConversation", "MessageBroadcast", "Participant", "ParticipantGroup",
        "WebhookEventType", "WebhookSecret", "WebhookSubscription", "WebhookEvent", "SentMessage",
    ];

    // What texts name beside our own cmdlets.
    private static readonly string[] CmdletsOfOthers = ["Read-Host", "Get-Content", "Where-Object", "Update-PSResource"];
    private static readonly string[] ParametersOfOthers = ["AsSecureString", "Raw"];

    public static TheoryData<string> OutputTypeNames => [.. OutputTypes];

    [Fact]
    public void Every_type_that_PowerShell_is_told_the_name_of_is_told()
        => Assert.Equal(
            Surface.Core.GetExportedTypes().Where(static type => !type.IsNested && type.Namespace == "ParticipantMessaging").Select(static type => type.Name).Order(StringComparer.Ordinal),
            ModuleLoader.NamedTypes.Select(static type => type.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void Core_knows_no_PowerShell()
        => Assert.DoesNotContain(Surface.Core.GetReferencedAssemblies(), static name => name.Name!.StartsWith("System.Management.Automation", StringComparison.Ordinal));

    /// <summary>Whoever uses the library alone has no cmdlet and no -Parameter: its texts say them through <see cref="Wording"/>.</summary>
    [Fact]
    public void Texts_of_core_name_no_cmdlet_and_no_parameter()
    {
        IReadOnlyList<string> texts = Literals(Surface.Core.Location);
        Assert.Contains(texts, static text => text.StartsWith("The ledger ", StringComparison.Ordinal));
        string[] named = [.. texts.Where(static text => Cmdlet().IsMatch(text) || Parameter().IsMatch(text))];
        Assert.True(named.Length == 0, string.Join(Environment.NewLine, named));
    }

    [Fact]
    public void What_the_cmdlets_put_into_texts_is_there()
    {
        foreach (Job job in Enum.GetValues<Job>())
        {
            string text = CmdletNames.OfJob(job, "Path");
            Assert.NotEmpty(text);
            string[] ours = [.. Cmdlet().Matches(text).Select(static match => match.Value).Except(CmdletsOfOthers)];
            Assert.Empty(ours.Except(Surface.Exported));
            string[] parameters = [.. Surface.Cmdlets.Where(type => ours.Contains(Surface.FullName(type))).SelectMany(ParametersOf), "WhatIf", .. ParametersOfOthers];
            Assert.Empty(Parameter().Matches(text).Select(static match => match.Value[1..]).Except(parameters));
        }

        string[] all = [.. Surface.Cmdlets.SelectMany(ParametersOf)];
        string[] options = [.. Surface.SourceFiles("src", "ParticipantMessaging.Core").SelectMany(static path => Option().Matches(File.ReadAllText(path))).Select(static match => match.Groups[1].Value)];
        Assert.NotEmpty(options);
        Assert.Empty(options.Select(static name => CmdletNames.OfOption(name)[1..]).Except(all));

        static IEnumerable<string> ParametersOf(Type cmdlet) => Surface.Parameters(cmdlet).Select(static entry => entry.Property.Name);
    }

    [Fact]
    public void Arrows_run_one_way()
    {
        Assert.Empty(References("ParticipantMessaging.Core"));
        Assert.Equal(["ParticipantMessaging.Core"], References("ParticipantMessaging"));
        Assert.Empty(References("ParticipantMessaging.Simulator"));
    }

    [Fact]
    public void One_version_everywhere()
    {
        Assert.Matches(@"^\d+\.\d+\.\d+$", Surface.Version);
        Assert.Equal(Surface.Version, Surface.Module.GetName().Version!.ToString(3));
        Assert.Equal(Surface.Version, Surface.Core.GetName().Version!.ToString(3));
        string changes = Path.Combine(Surface.Root, "CHANGELOG.md");
        string heading = File.ReadLines(changes).First(static line => line.StartsWith("## ", StringComparison.Ordinal));
        Assert.Equal(Surface.Version, Number().Match(heading).Value);
    }

    [Fact]
    public void Packages_have_one_version_each_and_none_floats()
    {
        foreach (string project in Directory.EnumerateFiles(Surface.Root, "*.csproj", SearchOption.AllDirectories).Where(static path => !path.Contains("artifacts", StringComparison.Ordinal)))
        {
            Assert.DoesNotContain(XDocument.Load(project).Descendants("PackageReference"), static reference => reference.Attribute("Version") is not null);
        }

        var versions = XDocument.Load(Path.Combine(Surface.Root, "Directory.Packages.props"));
        Assert.All(versions.Descendants("PackageVersion"), static version => Assert.Matches(@"^\d+(\.\d+)+(-[\w.-]+)?$", version.Attribute("Version")!.Value));
    }

    [Fact]
    public void What_is_shipped_is_said_why()
    {
        string reasons = File.ReadAllText(Path.Combine(Surface.Root, "docs", "dependencies.md"));
        foreach (XElement version in XDocument.Load(Path.Combine(Surface.Root, "Directory.Packages.props")).Descendants("PackageVersion"))
        {
            Assert.Contains(version.Attribute("Include")!.Value, reasons, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void PowerShells_own_assembly_is_never_staged()
    {
        IReadOnlyList<string> staged = StagedLibraries();
        Assert.Contains("ParticipantMessaging.Core.dll", staged);
        Assert.DoesNotContain(staged, static path => path.Contains("System.Management.Automation", StringComparison.OrdinalIgnoreCase));
        Assert.All(staged, static path => Assert.DoesNotContain('*', path));
    }

    [Fact]
    public void Everything_that_core_needs_is_staged()
    {
        // What the build puts beside Core and is not the framework's must be in the list, or the module fails on somebody else's machine.
        string[] needed =
        [
            .. Directory.EnumerateFiles(Path.GetDirectoryName(Surface.Module.Location)!, "*.dll")
                .Select(static path => Path.GetFileName(path)!)
                .Where(static name => Shipped().IsMatch(name)),
        ];
        Assert.True(needed.Length > 5);
        Assert.Empty(needed.Except(StagedLibraries()));
    }

    [Theory]
    [MemberData(nameof(OutputTypeNames))]
    public void Each_output_type_has_a_table_and_a_list(string name)
    {
        Type type = Surface.Core.GetType("ParticipantMessaging." + name, throwOnError: true)!;
        Assert.True(type.IsSealed);
        List<XElement> views = [.. Views().Where(view => view.Element("ViewSelectedBy")!.Elements("TypeName").Any(selected => selected.Value == type.FullName))];
        Assert.Contains(views, static view => view.Element("TableControl") is not null);
        Assert.Contains(views, static view => view.Element("ListControl") is not null);
        XElement table = views.First(static view => view.Element("TableControl") is not null);
        Assert.InRange(table.Descendants("TableColumnHeader").Count(), 2, 7);
    }

    [Fact]
    public void Views_name_properties_that_exist()
    {
        foreach (XElement view in Views())
        {
            foreach (string name in view.Element("ViewSelectedBy")!.Elements("TypeName").Select(static selected => selected.Value))
            {
                Type? type = Surface.Core.GetType(name) ?? Surface.Module.GetType(name);
                Assert.True(type is not null, $"There is no type {name}.");
                Assert.All(view.Descendants("PropertyName"), property => Assert.True(type!.GetProperty(property.Value) is not null, $"{name} has no {property.Value}."));
            }
        }
    }

    [Fact]
    public void Views_show_no_text_that_was_not_cleaned()
    {
        foreach (XElement view in Views())
        {
            Type type = TypeOf(view.Element("ViewSelectedBy")!.Element("TypeName")!.Value);
            Assert.DoesNotContain(view.Descendants("PropertyName"), property => IsText(type.GetProperty(property.Value)!.PropertyType));

            // A block that names a text must hand it to ViewText; a condition shows nothing.
            foreach (XElement block in view.Descendants("ScriptBlock").Where(static block => block.Parent!.Name != "ItemSelectionCondition"))
            {
                string[] texts = [.. NamedProperty().Matches(block.Value).Select(static match => match.Groups[1].Value).Where(name => type.GetProperty(name) is { } property && IsText(property.PropertyType))];
                Assert.True(texts.Length == 0 || block.Value.StartsWith("[ParticipantMessaging.Infrastructure.ViewText]::", StringComparison.Ordinal), $"{view.Element("Name")!.Value}: {block.Value}");
            }
        }

        // Secrets are never shown, only whether there is one.
        static bool IsText(Type type) => !type.IsValueType && type != typeof(System.Security.SecureString);

        static Type TypeOf(string name) => Surface.Core.GetType(name) ?? Surface.Module.GetType(name, throwOnError: true)!;
    }

    /// <summary>The texts are English: a number in them reads alike in every country, and a pattern finds "It's" under Turkish, too.</summary>
    [Fact]
    public void Texts_and_patterns_do_not_change_with_the_country()
    {
        foreach (string path in Surface.SourceFiles("src").Where(static path => !path.Contains("Simulator", StringComparison.Ordinal)))
        {
            string[] lines = File.ReadAllLines(path);
            for (int i = 0; i < lines.Length; i++)
            {
                // The culture stands on the line itself or, where that was broken, right above.
                string around = string.Concat(lines[Math.Max(0, i - 2)..(i + 1)]);
                if (CountedText().IsMatch(lines[i])) Assert.True(around.Contains("Invariant", StringComparison.Ordinal), $"{path}, line {i + 1}");
                Assert.DoesNotContain("CurrentCulture", lines[i], StringComparison.Ordinal);
                if (lines[i].Contains("WildcardOptions.IgnoreCase", StringComparison.Ordinal)) Assert.Contains("CultureInvariant", lines[i], StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Nothing_names_the_machine_that_it_was_written_on()
    {
        string[] words = ["/wo" + "rk/", "/ro" + "ot/", "/tmp/" + "pm"];
        foreach (string path in Surface.SourceFiles("src").Concat(Surface.SourceFiles("tests")))
        {
            string text = File.ReadAllText(path);
            Assert.DoesNotContain(words, word => text.Contains(word, StringComparison.Ordinal));
        }
    }

    private static IEnumerable<XElement> Views()
        => XDocument.Load(Path.Combine(Surface.Root, "module", "ParticipantMessaging.format.ps1xml")).Descendants("View");

    private static IReadOnlyList<string> StagedLibraries()
        => [.. XDocument.Load(Path.Combine(Surface.Root, "src", "ParticipantMessaging", "Stage.targets")).Descendants("StagedLibrary").Select(static item => item.Attribute("Include")!.Value)];

    private static string[] References(string project)
        =>
        [
            .. XDocument.Load(Path.Combine(Surface.Root, "src", project, project + ".csproj"))
                .Descendants("ProjectReference")
                .Select(static reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/'))),
        ];

    /// <summary>Every literal of an assembly's code, pieces of interpolated texts too; comments are not in it.</summary>
    private static List<string> Literals(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        MetadataReader reader = file.GetMetadataReader();
        var literals = new List<string>();
        for (UserStringHandle handle = MetadataTokens.UserStringHandle(1); !handle.IsNil; handle = reader.GetNextHandle(handle)) literals.Add(reader.GetUserString(handle));
        return literals;
    }

    /// <summary>A verb of PowerShell, a hyphen and a noun; not the end of a header's name such as X-Prolific-Request-Timestamp.</summary>
    [GeneratedRegex(@"(?<![\w-])(Add|Block|Clear|Confirm|ConvertFrom|ConvertTo|Export|ForEach|Get|Import|Invoke|New|Out|Read|Receive|Register|Remove|Resolve|Select|Send|Set|Start|Stop|Test|Unblock|Unregister|Update|Wait|Where|Write)-[A-Z][A-Za-z]+")]
    private static partial Regex Cmdlet();

    /// <summary>-Name, where a word may begin.</summary>
    [GeneratedRegex(@"(?<![\w-])-[A-Z][A-Za-z]+")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"Wording\.Option\(""(\w+)""\)")]
    private static partial Regex Option();

    [GeneratedRegex(@"\$_\.(\w+)")]
    private static partial Regex NamedProperty();

    [GeneratedRegex("""\$".*\{[^}"]*:(N[0-9]|0\.0|#)""")]
    private static partial Regex CountedText();

    [GeneratedRegex(@"\d+\.\d+\.\d+")]
    private static partial Regex Number();

    [GeneratedRegex(@"^(ParticipantMessaging\.Core|Microsoft\.Data|SQLitePCLRaw|Npgsql|Polly|Microsoft\.Extensions\.(Logging|DependencyInjection)\.Abstractions).*\.dll$")]
    private static partial Regex Shipped();
}
