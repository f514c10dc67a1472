using System.Globalization;

namespace TiupDmNet.Hosts.Uploads;

/// <summary>The far side of an upload: bash and coreutils; openssl where it is there, because it hashes three times as fast as sha256sum.</summary>
internal static class UploadScripts
{
    /// <summary>The line after what the host has.</summary>
    public const string ThatIsAll = "that is all";

    /// <summary>Exit code: the data ended before the announced size.</summary>
    public const int Short = 71;

    /// <summary>Exit code: all data arrived and has another hash; standard output ends with it.</summary>
    public const int Wrong = 72;

    // An openssl that does not work (broken libraries, a policy) is found by the hash of nothing.
    private const string Hash =
        "case $(openssl dgst -sha256 -r </dev/null 2>/dev/null) in e3b0c44298fc1c149afbf4c8996fb924*) sha256() { openssl dgst -sha256 -r; } ;; *) sha256() { sha256sum; } ;; esac";

    /// <summary>
    /// Says "target sha256" for a file of the right size, "part size sha256" for a part that may be continued, and <see cref="ThatIsAll"/>. Then reads the number of
    /// bytes to keep of the part, a line, and what comes after them; and hashes what lies there, which is still in memory. Only a file that is complete and right gets
    /// its name. What a power cut takes from the disk afterwards is found by the next upload, which hashes what is there.
    /// </summary>
    /// <remarks>Hashing while it arrives, through a pipe beside the file, took longer in all than one after the other: tee moves 8 KiB at a time.</remarks>
    public static string Receive(Upload upload) => $$"""
        {{Names(upload)}}
        {{Hash}}
        if [ -f "$target" ] && [ ! -L "$target" ] && [ "$(stat -c %s -- "$target")" = {{Size(upload)}} ]; then
            sum=$(sha256 < "$target") || exit 1
            echo "target ${sum%% *}"
            [ "${sum%% *}" != {{Shell.Quote(upload.Sha256)}} ] || { rm -f -- "$part"; echo {{Shell.Quote(ThatIsAll)}}; exit 0; }
        fi
        if [ -f "$part" ] && [ ! -L "$part" ]; then
            size=$(stat -c %s -- "$part") || exit 1
            if [ "$size" -gt 0 ] && [ "$size" -le {{Size(upload)}} ]; then
                sum=$(sha256 < "$part") || exit 1
                echo "part $size ${sum%% *}"
            fi
        fi
        directory=${target%/*}
        mkdir -p -- "${directory:-/}" || exit 1
        [ ! -L "$part" ] || rm -f -- "$part" || exit 1
        echo {{Shell.Quote(ThatIsAll)}}
        read -r keep || exit {{Code(Short)}}
        truncate -s "$keep" -- "$part" && cat >> "$part" || exit 1
        size=$(stat -c %s -- "$part") || exit 1
        [ "$size" -ge {{Size(upload)}} ] || exit {{Code(Short)}}
        sum=$(sha256 < "$part") || exit 1
        [ "${sum%% *}" = {{Shell.Quote(upload.Sha256)}} ] || { echo "${sum%% *}"; rm -f -- "$part"; exit {{Code(Wrong)}}; }
        chmod 0644 -- "$part" && mv -fT -- "$part" "$target"
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

    private static string Code(int exitCode) => exitCode.ToString(CultureInfo.InvariantCulture);
}
