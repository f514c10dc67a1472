using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace DmDouble.Wire;

/// <summary>A listening address of a process and what answers there.</summary>
internal sealed record HttpEndpoint(string Host, int Port, bool ClientCertificate, RequestDelegate Handler);

/// <summary>HTTP/1.1 servers of one process, with nothing else of a web framework around them.</summary>
internal sealed class HttpHost(Tls? tls, IReadOnlyList<HttpEndpoint> endpoints) : IAsyncDisposable
{
    private WebApplication? _app;

    public async Task StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        if (tls is not null)
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            foreach (var endpoint in endpoints)
            {
                kestrel.Listen(Address(endpoint.Host), endpoint.Port, listen =>
                {
                    listen.Protocols = HttpProtocols.Http1;
                    if (tls is not null)
                    {
                        listen.UseHttps(https => Configure(https, tls, endpoint.ClientCertificate));
                    }
                });
            }
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromMilliseconds(200));

        _app = builder.Build();
        var byPort = endpoints.ToDictionary(e => e.Port, e => e.Handler);
        _app.Run(context => byPort[context.Connection.LocalPort](context));
        await _app.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }
    }

    /// <summary>Sends a reply with its length, as Go does.</summary>
    public static Task SendAsync(HttpContext context, Reply reply)
    {
        var body = System.Text.Encoding.UTF8.GetBytes(reply.Body);
        context.Response.StatusCode = reply.Status;
        context.Response.ContentType = reply.ContentType;
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body).AsTask();
    }

    public static async Task<byte[]> BodyAsync(HttpContext context)
    {
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        return buffer.ToArray();
    }

    public static bool IsInternal(HttpContext context) => context.Request.ContentType == InternalClient.ContentType;

    private static void Configure(HttpsConnectionAdapterOptions https, Tls tls, bool clientCertificate)
    {
        https.ServerCertificate = tls.Certificate;
        https.ClientCertificateMode = clientCertificate ? ClientCertificateMode.RequireCertificate : ClientCertificateMode.AllowCertificate;
        https.ClientCertificateValidation = (certificate, _, _) => !clientCertificate || tls.IsTrusted(certificate);
        https.OnAuthenticate = (_, options) => options.ApplicationProtocols = [SslApplicationProtocol.Http11];
    }

    private static IPAddress Address(string host) => host.Trim('[', ']') switch
    {
        "" or "0.0.0.0" => IPAddress.Any,
        "::" => IPAddress.IPv6Any,
        "localhost" => IPAddress.Loopback,
        var other => IPAddress.Parse(other),
    };
}
