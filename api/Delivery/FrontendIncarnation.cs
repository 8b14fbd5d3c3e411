using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace Chat.Api.Delivery;

/// <summary>Under which id this frontend is known now. What was sent to an earlier id may be lost.</summary>
internal sealed class FrontendIncarnation
{
    private readonly string _name;
    private volatile string _id;

    public FrontendIncarnation(IOptions<FrontendOptions> options)
    {
        _name = options.Value.Name;
        _id = Next();
    }

    public string Id => _id;

    public void Renew() => _id = Next();

    private string Next() => $"{_name}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";
}
