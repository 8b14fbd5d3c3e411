namespace Chat.Bench.Compare;

/// <summary>What to compare, and for how long.</summary>
internal sealed record ComparisonOptions
{
    public const string Usage = """
        bench/run [--engine embedded|orleans] [--runs N] [--quick] [--only baseline|product]
                  [--seconds N] [--warm-up N] [--idle N] [--rate N] [--window N] [--lanes N] [--server-env NAME=VALUE]...
          --engine      what runs the product's grains; default: as the project is configured
          --runs        runs of each, interleaved; the medians are reported; default 3
          --quick       one short run of each: shows that everything works, not how fast
          --only        leaves the other one out
          --seconds     measured time of each loop; default 10
          --warm-up     before the closed loop, for the compiler; default 15
          --idle        idle connections to measure memory with; default 2000
          --rate        of the open loop, messages per second; default 500
          --window      of the closed loop, sends in flight per user; default 4
          --poison      messages per second that cannot be stored, sent by somebody else; 0 prepares the same and sends none
          --lanes       of the baseline's group commit; default 4
          --server-env  environment of both servers
        """;

    public string Engine { get; private set; } = Environment.GetEnvironmentVariable("ChatEngine") ?? "embedded";

    public int Runs { get; private set; } = 3;

    public string? Only { get; private set; }

    public double Seconds { get; private set; } = 10;

    /// <summary>A run that only shows that everything works is held against no goal.</summary>
    public bool Quick { get; private set; }

    public double WarmUpSeconds { get; private set; } = 15;

    public int Idle { get; private set; } = 2000;

    public int Rate { get; private set; } = 500;

    public int Window { get; private set; } = 4;

    public double? Poison { get; private set; }

    public int Lanes { get; private set; } = 4;

    public Dictionary<string, string> ServerEnvironment { get; } = new(StringComparer.Ordinal);

    /// <summary>A database server on this machine where databases may be made and dropped. bench/run starts one.</summary>
    public string Postgres { get; private set; } = "";

    /// <summary>Null when the arguments make no sense.</summary>
    public static ComparisonOptions? Parse(IEnumerable<string> arguments)
    {
        var options = new ComparisonOptions();
        var rest = new Queue<string>(arguments);
        while (rest.TryDequeue(out var name))
        {
            if (name == "--quick")
            {
                (options.Quick, options.Runs, options.Seconds, options.WarmUpSeconds, options.Idle) = (true, 1, 2, 1, 200);
            }
            else if (!rest.TryDequeue(out var value) || !options.TrySet(name, value))
            {
                return null;
            }
        }

        return options;
    }

    private bool TrySet(string name, string value)
    {
        var isNumber = double.TryParse(value, out var number) && number >= 0;
        switch (name)
        {
            case "--engine" when value is "embedded" or "orleans":
                Engine = value;
                return true;
            case "--only" when value is "baseline" or "product":
                Only = value;
                return true;
            case "--server-env" when value.Split('=', 2) is [var variable, var setting]:
                ServerEnvironment[variable] = setting;
                return true;
            case "--postgres":
                Postgres = value;
                return true;
            case "--runs" when isNumber:
                Runs = (int)number;
                return true;
            case "--seconds" when isNumber:
                Seconds = number;
                return true;
            case "--warm-up" when isNumber:
                WarmUpSeconds = number;
                return true;
            case "--idle" when isNumber:
                Idle = (int)number;
                return true;
            case "--rate" when isNumber:
                Rate = (int)number;
                return true;
            case "--window" when isNumber:
                Window = (int)number;
                return true;
            case "--poison" when isNumber:
                Poison = number;
                return true;
            case "--lanes" when isNumber:
                Lanes = (int)number;
                return true;
            default:
                return false;
        }
    }
}
