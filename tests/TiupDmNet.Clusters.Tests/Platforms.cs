using System.Runtime.Versioning;

// The tests are about permission bits, links and locks as Unix has them.
[assembly: UnsupportedOSPlatform("windows")]
