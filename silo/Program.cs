using Chat.Silo;

var builder = WebApplication.CreateBuilder(args);
builder.AddChatSilo();
var app = builder.Build();
app.MapGet("/health/live", () => TypedResults.Ok());
await app.RunAsync();
