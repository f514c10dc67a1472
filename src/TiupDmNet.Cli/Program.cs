using TiupDmNet.Cli;

using var interrupts = Interrupts.OfProcess();
return await new CommandLine(new App(Surroundings.OfProcess(), interrupts, args)).RunAsync();
