using ParticipantMessaging.Simulator;

return await SimulatorProgram.RunAsync(args, Console.In, Console.Out, Console.Error);
