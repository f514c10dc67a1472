using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;

namespace TiupDmNet.TestSupport;

/// <summary>A real nginx of its own on the loopback interface that serves a directory as docs/mirror.md says; it runs as the current user and ends with the test.</summary>
public sealed class NginxServer : IAsyncDisposable
{
    private static readonly string? Program = ((string[])["/usr/sbin/nginx", "/usr/bin/nginx"]).FirstOrDefault(File.Exists);

    private readonly TempDirectory _directory = new();
    private readonly string _served;
    private readonly string _extra;
    private Process? _process;

    private NginxServer(string served, string extra) => (_served, _extra) = (served, extra);

    public static bool IsInstalled => Program is not null;

    /// <summary>Ends with a slash.</summary>
    public string Address { get; private set; } = "";

    /// <summary>One line for each request: connection, request line, status, bytes of the body.</summary>
    public IReadOnlyList<string> Log => [.. File.ReadLines(_directory["access.log"])];

    /// <param name="served">The mirror.</param>
    /// <param name="extra">More lines for the server block, as <c>limit_rate 1m;</c>.</param>
    public static async Task<NginxServer> StartAsync(string served, string extra = "")
    {
        var server = new NginxServer(served, extra);
        // The port may be taken between the moment in which it is found and that in which nginx listens.
        for (var attempt = 1; !await server.TryStartAsync(); attempt++)
        {
            if (attempt == 5)
            {
                var log = File.Exists(server._directory["error.log"]) ? await File.ReadAllTextAsync(server._directory["error.log"]) : "";
                await server.DisposeAsync();
                throw new InvalidOperationException($"nginx does not start: {log}");
            }
        }

        return server;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            if (!_process.HasExited)
            {
                // In order: a killed nginx loses what it has not yet written to its log.
                await Signal.SendAsync("TERM", _process.Id);
            }

            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        _directory.Dispose();
    }

    private async Task<bool> TryStartAsync()
    {
        var port = FreePort();
        Address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/");
        await File.WriteAllTextAsync(_directory["nginx.conf"], Configuration(port));
        // One process in the foreground: whoever starts it can end it.
        _process = Process.Start(new ProcessStartInfo(Program!, ["-p", _directory.Path, "-c", _directory["nginx.conf"], "-e", _directory["error.log"]]) { RedirectStandardError = true })!;
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        while (!_process.HasExited)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri(Address + "is-it-there"));
                return true;
            }
            catch (HttpRequestException)
            {
                await Task.WhenAny(_process.WaitForExitAsync(), Task.Delay(10));
            }
        }

        return false;
    }

    private string Configuration(int port) => string.Create(CultureInfo.InvariantCulture, $$"""
        daemon off;
        master_process off;
        pid {{_directory["nginx.pid"]}};
        events {}
        http {
            log_format requests '$connection $request $status $body_bytes_sent';
            access_log {{_directory["access.log"]}} requests;
            client_body_temp_path {{_directory["body"]}};
            proxy_temp_path {{_directory["proxy"]}};
            fastcgi_temp_path {{_directory["fastcgi"]}};
            uwsgi_temp_path {{_directory["uwsgi"]}};
            scgi_temp_path {{_directory["scgi"]}};
            sendfile on;
            server {
                listen 127.0.0.1:{{port}};
                root {{_served}};
                {{_extra}}
                location ~ ^/(timestamp|snapshot|root)\.json$ { add_header Cache-Control "no-cache"; }
                location ~ \.json$ { add_header Cache-Control "public, max-age=31536000, immutable"; }
                location ~ \.tar\.gz$ { add_header Cache-Control "public, max-age=31536000, immutable"; }
            }
        }

        """);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
