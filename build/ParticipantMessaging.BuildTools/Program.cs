// What the build needs beyond the SDK's own tasks, so that it does not need PowerShell:
//
//     help <cmdlets.dll> <pages folder> <output.xml> [--strict]           the module's help from docs/cmdlets
//     notices <project.assets.json> <lib folder> <licences> <output.txt>  whose work is shipped
//     bom <project.assets.json> <staged folder> <manifest.psd1> <output>  the bill of materials
//     nuspec <manifest.psd1> <staged folder> <output.nuspec>              the description of the gallery package
//     dates <folder>                                                      takes the time of packing out of the packages

using ParticipantMessaging.BuildTools.Help;
using ParticipantMessaging.BuildTools.Packaging;

try
{
    switch (args)
    {
        case ["help", var assembly, var pages, var output, .. var options]:
            return HelpCommand.Run(assembly, pages, output, isStrict: options.Contains("--strict"));
        case ["notices", var assets, var library, var licences, var output]:
            Notices.Write(ShippedPackages.Read(assets, library), licences, output);
            return 0;
        case ["bom", var assets, var staged, var manifest, var output]:
            new BillOfMaterials(ShippedPackages.Read(assets, Path.Combine(staged, "lib")), ModuleManifest.Read(manifest), staged).Write(output);
            return 0;
        case ["nuspec", var manifest, var staged, var output]:
            GalleryPackage.Write(ModuleManifest.Read(manifest), staged, output);
            return 0;
        case ["dates", var folder]:
            PackageDates.Settle(folder);
            return 0;
        default:
            Console.Error.WriteLine("Usage: help | notices | bom | nuspec | dates, see Program.cs");
            return 2;
    }
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
{
    // The form that MSBuild recognises as an error of the build.
    Console.Error.WriteLine($"BuildTools : error PM0001: {e.Message}");
    return 1;
}
