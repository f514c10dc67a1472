using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;
using TiupDmNet.Mirror;

namespace TiupServerDouble;

/// <summary>
/// A stand-in for tiup-server over a real mirror directory: the same paths, forms, statuses and bodies. It refuses whatever tiup-server
/// would, and also what that lets pass and no client should send. Faults are queued: each call takes the next one.
/// (pingcap/tiup server/handler, server/session, pkg/repository/model)
/// </summary>
public sealed partial class TiupServerStandIn : IAsyncDisposable
{
    private const int FirstBytes = 1000;

    private readonly WebApplication _web;
    private readonly string _directory;
    private readonly ServedDirectory _mirror;
    private readonly Sessions _sessions = new();
    private readonly ConcurrentQueue<UploadFault> _uploadFaults = new();
    private readonly ConcurrentQueue<CommitFault> _commitFaults = new();
    private readonly ConcurrentQueue<string> _calls = new();

    private TiupServerStandIn(WebApplication web, string directory, ServedDirectory mirror) => (_web, _directory, _mirror) = (web, directory, mirror);

    public string Address => _web.Urls.Single() + "/";

    /// <summary>"tarball", "component dm-worker", in the order in which they began.</summary>
    public IReadOnlyList<string> Calls => [.. _calls];

    /// <summary>Runs before a manifest is looked at: somebody else may publish first.</summary>
    public Func<Task> BeforeCommit { get; set; } = () => Task.CompletedTask;

    /// <summary>Decides about a request for a file; null serves it.</summary>
    public Func<string, int?> StatusOfFile { get; set; } = _ => null;

    /// <summary>Another file to serve instead, as a cache on the way does; null for the mirror's own.</summary>
    public Func<string, string?> CachedFile { get; set; } = _ => null;

    /// <param name="directory">The mirror.</param>
    /// <param name="keysDirectory">The keys of the roles. Those of owners are none of the server's business.</param>
    public static async Task<TiupServerStandIn> StartAsync(string directory, string keysDirectory, TimeProvider time)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
        });
        var web = builder.Build();
        var server = new TiupServerStandIn(web, directory, new ServedDirectory(directory, keysDirectory, time));
        web.Run(server.AnswerAsync);
        await web.StartAsync();
        return server;
    }

    public void OnUpload(UploadFault fault, int times = 1) => Enumerable.Repeat(fault, times).ToList().ForEach(_uploadFaults.Enqueue);

    public void OnCommit(CommitFault fault, int times = 1) => Enumerable.Repeat(fault, times).ToList().ForEach(_commitFaults.Enqueue);

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _web.StopAsync(now.Token);
        await _web.DisposeAsync();
        _sessions.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        try
        {
            switch (context.Request.Path.Value!.Split('/'))
            {
                case ["", "api", "v1", "tarball", var session]:
                    _calls.Enqueue("tarball");
                    await UploadAsync(context, RequireSession(context, session));
                    break;
                case ["", "api", "v1", "component", var session, var name]:
                    _calls.Enqueue($"component {name}");
                    await CommitAsync(context, RequireSession(context, session), name);
                    break;
                case ["", var file]:
                    await ServeAsync(context, file);
                    break;
                default:
                    context.Response.StatusCode = 404;
                    break;
            }
        }
        catch (Refusal refusal)
        {
            context.Response.StatusCode = refusal.Code;
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(JsonSerializer.Serialize(new { status = refusal.Status, message = refusal.Message }));
        }
    }

    private static Guid RequireSession(HttpContext context, string session) => context.Request.Method == "POST" && Guid.TryParseExact(session, "D", out var id) && id.Version == 4
        ? id
        : throw Refusal.Sloppy($"{context.Request.Method} {context.Request.Path}: publishing is a POST under a version 4 UUID");

    private async Task UploadAsync(HttpContext context, Guid session)
    {
        var fault = Next(_uploadFaults);
        if (fault == UploadFault.TooLarge)
        {
            context.Response.StatusCode = 413;
            return;
        }

        if (fault == UploadFault.Moved)
        {
            context.Response.Redirect("https://mirror.example/", permanent: true);
            return;
        }

        if (fault is UploadFault.Cut or UploadFault.Stall)
        {
            await context.Request.Body.ReadAtLeastAsync(new byte[FirstBytes], FirstBytes, throwOnEndOfStream: false);
            if (fault == UploadFault.Stall)
            {
                await UntilGoneAsync(context);
            }

            context.Abort();
            return;
        }

        await ReceiveAsync(context.Request, session);
        context.Response.StatusCode = fault switch
        {
            UploadFault.InternalError => throw Refusal.Internal,
            UploadFault.Invalid => throw Refusal.InvalidTarball,
            _ => 204,
        };
    }

    private async Task ReceiveAsync(HttpRequest request, Guid session)
    {
        if (request.QueryString.HasValue || request.ContentLength is null)
        {
            throw Refusal.Sloppy("an upload has a length and no query");
        }

        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || type.MediaType != "multipart/form-data" || HeaderUtilities.RemoveQuotes(type.Boundary).Length == 0)
        {
            throw Refusal.InvalidTarball;
        }

        var reader = new MultipartReader(HeaderUtilities.RemoveQuotes(type.Boundary).Value!, request.Body);
        var part = await reader.ReadNextSectionAsync() ?? throw Refusal.InvalidTarball;
        if (FormFile().Match(part.ContentDisposition ?? "") is not { Success: true } match)
        {
            throw Refusal.Sloppy($"the part is '{part.ContentDisposition}', not a file in the field \"file\"");
        }

        await _sessions.BeginAsync(session, match.Groups["name"].Value, part.Body);
        if (await reader.ReadNextSectionAsync() is not null)
        {
            throw Refusal.Sloppy("a session has one package");
        }
    }

    private async Task CommitAsync(HttpContext context, Guid session, string name)
    {
        var fault = Next(_commitFaults);
        await BeforeCommit();
        if (context.Request.ContentType != "text/json")
        {
            throw Refusal.Sloppy($"a manifest is text/json, not '{context.Request.ContentType}'");
        }

        var flags = Flags(context.Request.Query);
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        switch (fault)
        {
            case CommitFault.Conflict:
                throw Refusal.Conflict;
            case CommitFault.ConsumedTarball:
                throw Refusal.InvalidTarball;
            case CommitFault.InternalError:
                throw Refusal.Internal;
            case CommitFault.Silence:
                await UntilGoneAsync(context);
                return;
            case CommitFault.FalseSuccess:
                break;
            default:
                var tarball = _sessions.Take(session);
                await _mirror.PublishAsync(name, body.ToArray(), flags, fault == CommitFault.ForgottenSession ? null : tarball);
                break;
        }

        if (fault == CommitFault.LostAnswer)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = fault == CommitFault.LateError ? throw Refusal.Internal : 204;
    }

    private static Dictionary<string, bool> Flags(IQueryCollection query) => query.ToDictionary(
        pair => pair.Key is "yanked" or "standalone" or "hidden" ? pair.Key : throw Refusal.Sloppy($"nobody knows the parameter {pair.Key}"),
        pair => pair.Value.ToString() switch { "true" => true, "false" => false, var other => throw Refusal.Sloppy($"{pair.Key} is '{other}'") });

    private async Task ServeAsync(HttpContext context, string file)
    {
        var path = CachedFile(file) ?? Path.Combine(_directory, file);
        if (StatusOfFile(file) is { } status)
        {
            context.Response.StatusCode = status;
        }
        else if (file.Length == 0 || !File.Exists(path))
        {
            context.Response.StatusCode = 404;
        }
        else
        {
            await context.Response.SendFileAsync(path);
        }
    }

    private static async Task UntilGoneAsync(HttpContext context)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private static T? Next<T>(ConcurrentQueue<T> faults) where T : struct => faults.TryDequeue(out var fault) ? fault : null;

    /// <summary>The plain names and nothing else: Go's reader and others disagree about encoded ones.</summary>
    [GeneratedRegex("^form-data; name=\"file\"; filename=\"(?<name>[^\"]+)\"\\z", RegexOptions.ExplicitCapture)]
    private static partial Regex FormFile();
}
