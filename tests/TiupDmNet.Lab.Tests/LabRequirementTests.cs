using TiupDmNet.Lab.Tests.Hosts;
using Xunit.Sdk;

namespace TiupDmNet.Lab.Tests;

/// <summary>These run without a lab: a lab that is missing in silence would be the worst of all.</summary>
public sealed class LabRequirementTests
{
    [Fact]
    public void A_lab_that_is_there_is_used() => HostLab.SkipOrFail(unavailable: null, requirement: "required");

    [Fact]
    public void Where_there_is_none_tests_are_skipped_with_the_reason()
    {
        var message = "";
        try
        {
            HostLab.SkipOrFail("the lab must run as root", requirement: null);
        }
        catch (SkipException skipped)
        {
            // Assert.Throws would hand it on, and skip this test.
            message = skipped.Message;
        }

        Assert.EndsWith("no lab on this machine: the lab must run as root", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_it_is_required_and_missing_tests_fail()
    {
        var failed = Assert.Throws<LabException>(() => HostLab.SkipOrFail("the lab must run as root", "required"));

        Assert.Equal("DMPATCH_LAB is 'required', but there is no lab: the lab must run as root", failed.Message);
    }
}
