using System.Globalization;

namespace TiupDmNet.Hosts.Uploads;

/// <summary>The far side of an upload: bash and coreutils; openssl where it is there, because it hashes three times as fast as sha256sum.</summary>
internal static class UploadScripts
{
    /// <summary>Exit code: the data ended before the announced size.</summary>
    public const int Short = 71;

    /// <summary>Exit code: all data arrived and has another hash; standard output has it.</summary>
    public const int Wrong = 72;

    // An openssl that does not work (broken libraries, a policy) is found by the hash of nothing.
    private const string Hash =
        "case $(openssl dgst -sha256 -r </dev/null 2>/dev/null) in e3b0c44298fc1c149afbf4c8996fb924*) sha256() { openssl dgst -sha256 -r; } ;; *) sha256() { sha256sum; } ;; esac";

    /// <summary>Says "target sha256" for a file of the right size, else "part size sha256" for a part that may be continued.</summary>
    public static string Probe(Upload upload) => $$"""
        {{Names(upload)}}
        {{Hash}}
        if [ -f "$target" ] && [ ! -L "$target" ] && [ "$(stat -c %s -- "$target")" = {{Size(upload)}} ]; then
            sum=$(sha256 < "$target") || exit 1
            echo "target ${sum%% *}"
            [ "${sum%% *}" != {{Shell.Quote(upload.Sha256)}} ] || { rm -f -- "$part"; exit 0; }
        fi
        if [ -f "$part" ] && [ ! -L "$part" ]; then
            size=$(stat -c %s -- "$part") || exit 1
            if [ "$size" -gt 0 ] && [ "$size" -le {{Size(upload)}} ]; then
                sum=$(sha256 < "$part") || exit 1
                echo "part $size ${sum%% *}"
            fi
        fi
        exit 0
        """;

    /// <summary>
    /// Appends standard input to the part after <paramref name="offset"/> bytes, hashing the whole in the same pass. Only a file that is complete, right and
    /// on the disk gets its name.
    /// </summary>
    public static string Receive(Upload upload, long offset) => $$"""
        {{Names(upload)}}
        {{Hash}}
        directory=${target%/*}
        set -o pipefail
        mkdir -p -- "${directory:-/}" || exit 1
        [ ! -L "$part" ] || rm -f -- "$part" || exit 1
        truncate -s {{offset.ToString(CultureInfo.InvariantCulture)}} -- "$part" || exit 1
        # Old ones (coreutils before 8.24) go on reading when the disk is full.
        early=
        tee --output-error=exit </dev/null >/dev/null 2>&1 && early=--output-error=exit
        sum=$({ head -c {{offset.ToString(CultureInfo.InvariantCulture)}} -- "$part" && tee $early -a -- "$part"; } | sha256) || exit 1
        size=$(stat -c %s -- "$part") || exit 1
        [ "$size" -ge {{Size(upload)}} ] || exit {{Short.ToString(CultureInfo.InvariantCulture)}}
        [ "${sum%% *}" = {{Shell.Quote(upload.Sha256)}} ] || { echo "${sum%% *}"; rm -f -- "$part"; exit {{Wrong.ToString(CultureInfo.InvariantCulture)}}; }
        chmod 0644 -- "$part" && sync -- "$part" && mv -fT -- "$part" "$target" && sync -- "${directory:-/}"
        """;

    /// <summary>Removes the part and says how much space there is then.</summary>
    public static string GiveUp(Upload upload) => $$"""
        {{Names(upload)}}
        rm -f -- "$part"
        directory=${target%/*}
        while [ -n "$directory" ] && [ ! -d "$directory" ]; do directory=${directory%/*}; done
        df -Pk -- "${directory:-/}"
        """;

    /// <summary>ENOSPC and EDQUOT in the words of the C library.</summary>
    public static bool IsDiskFull(string error) =>
        error.Contains("No space left on device", StringComparison.Ordinal) || error.Contains("Disk quota exceeded", StringComparison.Ordinal);

    private static string Names(Upload upload) => $"target={Shell.Quote(upload.RemotePath)}; part=$target.part";

    private static string Size(Upload upload) => upload.Size.ToString(CultureInfo.InvariantCulture);
}
