// What the build needs beyond the SDK's own tasks, so that it does not need PowerShell:
//
//     help <cmdlets.dll> <pages folder> <output.xml> [--strict]   the module's help from docs/cmdlets

using ParticipantMessaging.BuildTools.Help;

try
{
    switch (args)
    {
        case ["help", var assembly, var pages, var output, .. var options]:
            return HelpCommand.Run(assembly, pages, output, isStrict: options.Contains("--strict"));
        default:
            Console.Error.WriteLine("Usage: help <cmdlets.dll> <pages folder> <output.xml> [--strict]");
            return 2;
    }
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
{
    // The form that MSBuild recognises as an error of the build.
    Console.Error.WriteLine($"BuildTools : error PM0001: {e.Message}");
    return 1;
}
