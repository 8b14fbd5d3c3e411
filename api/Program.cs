using Chat.Api.Auth;
using Chat.Api.Endpoints;
using Chat.Api.Hosting;
using Chat.Silo;

try
{
    var builder = WebApplication.CreateBuilder(args);
    var failure = StartFailure.Watch(builder);
    builder.AddChatSilo();
    builder.AddChatAuth();
    builder.AddChatEdge();

    await using var app = builder.Build();
    app.Announce(failure);
    app.UseChatEdge();

    var api = app.MapApi();
    api.MapAuthApi();
    api.MapUsersApi();
    api.MapConversationsApi();
    api.MapMessagesApi();
    api.MapPresenceApi();

    var admin = api.MapAdminApi();
    admin.MapRetentionApi();
    admin.MapDeadLettersApi();

    app.MapChatHub();
    app.MapHealthApi();
    app.MapOpenApi("/openapi/{documentName}.json");

    await app.StartAsync();
    await app.WaitForShutdownAsync();
    return 0;
}
catch (Exception failure) when (failure is not HostAbortedException)
{
    Console.Error.WriteLine(StartFailure.Describe(failure));
    return 1;
}
