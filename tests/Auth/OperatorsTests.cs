using System.Security.Claims;
using Chat.Api.Auth;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shouldly;
using Xunit;

namespace Chat.Tests.Auth;

/// <summary>The policy as the server is wired with it.</summary>
public sealed class OperatorsTests
{
    private static readonly Guid Olga = new("0190f2a0-0000-7000-8000-0000000000a1");
    private static readonly Guid Rita = new("0190f2a0-0000-7000-8000-0000000000a2");
    private static readonly Guid Ann = new("0190f2a0-0000-7000-8000-0000000000a3");

    [Fact]
    public async Task Only_those_named_in_the_settings_operate()
    {
        await using var services = Services();

        (await MayOperate(services, Of(Olga))).ShouldBeTrue();
        (await MayOperate(services, Of(Ann))).ShouldBeFalse();
        (await MayOperate(services, new ClaimsPrincipal(new ClaimsIdentity()))).ShouldBeFalse("nobody is signed in");
    }

    [Fact]
    public async Task A_role_in_the_token_makes_no_operator()
    {
        await using var services = Services();
        var claims = new[] { new Claim("sub", Ann.ToString()), new Claim("role", "operator"), new Claim(ClaimTypes.Role, "operator") };

        (await MayOperate(services, new ClaimsPrincipal(new ClaimsIdentity(claims, "Bearer")))).ShouldBeFalse();
    }

    [Fact]
    public async Task Reading_what_was_written_takes_more_than_operating()
    {
        await using var services = Services();
        var operators = services.GetRequiredService<Operators>();

        operators.MayReadContent(Of(Rita)).ShouldBeTrue();
        operators.MayReadContent(Of(Olga)).ShouldBeFalse();
    }

    [Fact]
    public void Who_reads_content_must_be_an_operator() =>
        new OperatorOptions { Operators = [Olga], ContentReaders = [Ann] }.Fault().ShouldNotBeNull().ShouldContain("Chat:Admin:ContentReaders");

    private static ServiceProvider Services()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Chat:Admin:Operators:0"] = Olga.ToString(),
            ["Chat:Admin:Operators:1"] = Rita.ToString(),
            ["Chat:Admin:ContentReaders:0"] = Rita.ToString(),
        });
        builder.AddChatAuth();
        return builder.Services.BuildServiceProvider();
    }

    private static async Task<bool> MayOperate(IServiceProvider services, ClaimsPrincipal user) =>
        (await services.GetRequiredService<IAuthorizationService>().AuthorizeAsync(user, null, Operators.Policy)).Succeeded;

    private static ClaimsPrincipal Of(Guid id) => new(new ClaimsIdentity([new Claim("sub", id.ToString())], "Bearer"));
}
