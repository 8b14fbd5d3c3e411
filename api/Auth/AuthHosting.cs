using Chat.Grains;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Chat.Api.Auth;

public static class AuthHosting
{
    /// <summary>Access tokens as the way in. What requires authorization requires a signed-in user.</summary>
    public static WebApplicationBuilder AddChatAuth(this WebApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IValidateOptions<AuthOptions>, AuthOptionsValidator>();
        builder.Services.AddOptions<AuthOptions>().BindConfiguration(AuthOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<ISigningKeySource>(CreateKeySource);
        builder.Services.AddSingleton<KeyRing>();
        builder.Services.AddSingleton<AccessTokens>();
        builder.Services.AddSingleton<SignInLimits>();
        builder.Services.AddAuthentication(BearerHandler.SchemeName).AddScheme<AuthenticationSchemeOptions, BearerHandler>(BearerHandler.SchemeName, null);
        builder.Services.AddChatOptions<OperatorOptions>(OperatorOptions.Section, o => o.Fault());
        builder.Services.AddSingleton<Operators>();
        builder.Services.AddSingleton<IAuthorizationHandler>(provider => provider.GetRequiredService<Operators>());
        builder.Services.AddAuthorizationBuilder().AddPolicy(Operators.Policy, Operators.Required);

        // It logs each request's URL, and a WebSocket's URL carries the access token.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning);
        return builder;
    }

    private static ISigningKeySource CreateKeySource(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<AuthOptions>>().Value;
        return options.Keys.Count > 0 || options.KeyFile is not null
            ? ActivatorUtilities.CreateInstance<ConfiguredKeys>(services)
            : ActivatorUtilities.CreateInstance<SharedKeys>(services);
    }
}
