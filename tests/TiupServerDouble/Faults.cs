namespace TiupServerDouble;

/// <summary>What becomes of an upload instead of a session.</summary>
public enum UploadFault
{
    /// <summary>All goes well; keeps a place in the queue.</summary>
    None,

    /// <summary>500, after the whole upload.</summary>
    InternalError,

    /// <summary>400 INVALID TARBALL, as when the form was cut on the way.</summary>
    Invalid,

    /// <summary>413 before the body, as a proxy in front of the server does.</summary>
    TooLarge,

    /// <summary>301 to another address, before the body.</summary>
    Moved,

    /// <summary>The connection is reset after the first bytes.</summary>
    Cut,

    /// <summary>Nothing more is read after the first bytes.</summary>
    Stall,
}

/// <summary>What becomes of a manifest instead of a publication.</summary>
public enum CommitFault
{
    /// <summary>409, as if somebody had been faster.</summary>
    Conflict,

    /// <summary>400 INVALID TARBALL: a conflict inside the server made it read the package twice, the second time from its end. (W-48)</summary>
    ConsumedTarball,

    /// <summary>The session is forgotten, and the manifest is published without its package. (W-45)</summary>
    ForgottenSession,

    /// <summary>500 before anything is done.</summary>
    InternalError,

    /// <summary>It is published, and the connection is reset before the answer.</summary>
    LostAnswer,

    /// <summary>It is published, and the answer is 500: the script after the commit has failed. (W-47)</summary>
    LateError,

    /// <summary>204, and nothing is done.</summary>
    FalseSuccess,

    /// <summary>No answer, until the client goes away.</summary>
    Silence,
}
