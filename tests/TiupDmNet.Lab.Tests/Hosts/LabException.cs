namespace TiupDmNet.Lab.Tests.Hosts;

/// <summary>The lab could not do what a test asked of it.</summary>
public sealed class LabException(string message) : Exception(message);
