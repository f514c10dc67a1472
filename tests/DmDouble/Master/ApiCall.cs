using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace DmDouble.Master;

/// <summary>A call below <c>/apis/v1alpha1/</c>, cut as grpc-gateway cuts it.</summary>
/// <param name="Segments">Path segments after the prefix; the last one is empty where the path ends with a slash.</param>
internal sealed record ApiCall(string Method, IReadOnlyList<string> Segments, string PathAndQuery, IQueryCollection Query, byte[] Body)
{
    public const string Prefix = "/apis/v1alpha1/";

    public static ApiCall From(HttpContext context, byte[] body)
    {
        var path = context.Request.Path.Value!;
        return new ApiCall(context.Request.Method, path[Prefix.Length..].Split('/'), path + context.Request.QueryString, context.Request.Query, body);
    }

    /// <summary>In the last segment a colon starts a verb, and there are no verbs.</summary>
    public bool HasVerb => Segments[^1].Contains(':', StringComparison.Ordinal);

    public bool Is(string method, params ReadOnlySpan<string> pattern)
    {
        if (Method != method || Segments.Count != pattern.Length)
        {
            return false;
        }

        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] != "*" && Segments[i] != pattern[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <exception cref="ApiArgumentException">The value is no Go boolean.</exception>
    public bool Flag(string name) => Query[name].LastOrDefault() switch
    {
        null => false,
        "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
        "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
        var other => throw new ApiArgumentException($"parsing list has invalid value \"{other}\" for {name}: strconv.ParseBool: parsing \"{other}\": invalid syntax"),
    };

    public IReadOnlyList<string> Values(string name) => [.. Query[name].OfType<string>()];

    /// <exception cref="ApiArgumentException">The body is no JSON object.</exception>
    public JsonObject BodyObject()
    {
        if (Body.Length == 0)
        {
            return [];
        }

        try
        {
            return JsonNode.Parse(Body) as JsonObject ?? throw new ApiArgumentException("json: cannot unmarshal into Go value");
        }
        catch (JsonException e)
        {
            throw new ApiArgumentException(e.Message);
        }
    }

    /// <summary>An enum by name or number.</summary>
    /// <exception cref="ApiArgumentException">It is neither.</exception>
    public static int Enum(string value, params ReadOnlySpan<string> names)
    {
        var byName = names.IndexOf(value);
        return byName >= 0 ? byName : int.TryParse(value, out var number) && number >= 0 && number < names.Length ? number : throw new ApiArgumentException($"{value} is not valid");
    }
}

internal sealed class ApiArgumentException(string message) : Exception(message);
