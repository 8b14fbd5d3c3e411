namespace Chat.Api.Hosting;

public static class EdgePaths
{
    public const string Hub = "/hubs/chat";
}
