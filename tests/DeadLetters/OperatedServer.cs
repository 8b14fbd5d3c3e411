using Chat.Tests.Auth;
using Chat.Tests.Support;
using Xunit;

namespace Chat.Tests.DeadLetters;

/// <summary>The product on a database that refuses marked messages, with operators, and with every log turned on.</summary>
public sealed class OperatedServer(PostgresFixture postgres) : ChatServer, IAsyncLifetime
{
    private static readonly Guid OlgaId = new("0190f2a0-0000-7000-8000-0000000000a1");
    private static readonly Guid RitaId = new("0190f2a0-0000-7000-8000-0000000000a2");

    public string Database { get; private set; } = "";

    /// <summary>An operator.</summary>
    public Person Olga => new(OlgaId, "olga", AccessTokenMint.Create(OlgaId), Http);

    /// <summary>An operator who may read content.</summary>
    public Person Rita => new(RitaId, "rita", AccessTokenMint.Create(RitaId), Http);

    protected override IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["ConnectionStrings__Postgres"] = Database,
        ["Chat__Admin__Operators__0"] = $"{OlgaId}",
        ["Chat__Admin__Operators__1"] = $"{RitaId}",
        ["Chat__Admin__ContentReaders__0"] = $"{RitaId}",
        ["Chat__Auth__Keys__0__Id"] = AccessTokenMint.KeyId,
        ["Chat__Auth__Keys__0__Secret"] = AccessTokenMint.Secret,
        ["Chat__DeadLetters__AlarmDepth"] = "1",
        ["Chat__Storage__DeadlineMs"] = "20000",
        ["Logging__LogLevel__Default"] = "Debug",
        ["Logging__LogLevel__Microsoft"] = "Debug",
    };

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        Database = await postgres.CreateDatabase();
        await PoisonTrigger.Plant(Database);
        await InitializeAsync();
    }
}
