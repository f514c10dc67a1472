namespace TiupDmNet.Mirror.Fetch;

/// <summary>The body of an answer. Silence and a broken connection come out of it as failures that can pass.</summary>
internal sealed class ResponseStream(HttpResponseMessage response, Stream body, TimeSpan stall, TimeProvider time) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // Most reads are over before they begin: no timer for those.
        var reading = body.ReadAsync(buffer, cancellationToken);
        if (reading.IsCompletedSuccessfully)
        {
            return reading.Result;
        }

        try
        {
            return await reading.AsTask().WaitAsync(stall, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException error)
        {
            // The read itself ends with the response.
            response.Dispose();
            throw new TransientException($"nothing came for {stall.TotalSeconds:0.###} s", error);
        }
        catch (Exception error) when (error is IOException or HttpRequestException or ObjectDisposedException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new TransientException("the connection broke off", error);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            body.Dispose();
            response.Dispose();
        }

        base.Dispose(disposing);
    }
}
