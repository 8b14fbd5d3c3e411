using Chat.Accounts;
using Chat.Api.Auth;
using Microsoft.Extensions.Configuration;
using Shouldly;
using Xunit;

namespace Chat.Tests.Auth;

public sealed class AuthOptionsTests
{
    private const string Sound = "q8Zk1v3nT5yW7xB9dF2gH4jL6mP0rS";

    [Fact]
    public void Nothing_configured_is_accepted() => Failures(new AuthOptions()).ShouldBeEmpty();

    [Fact]
    public void A_long_random_secret_is_accepted() => Failures(WithSecret(Sound + "xx")).ShouldBeEmpty();

    [Theory]
    [InlineData(null, "missing")]
    [InlineData("", "missing")]
    [InlineData("supersecretkey", "shorter")]
    [InlineData("q8Zk1v3nT5yW7xB9dF2gH4jL6mP0rSt", "shorter")]
    [InlineData("supersecretkey-supersecretkey-supersecretkey", "default")]
    [InlineData("your-256-bit-q8Zk1v3nT5yW7xB9dF2gH4jL6mP0rSt", "default")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "default")]
    public void A_weak_secret_is_refused_by_the_name_of_its_setting(string? secret, string why)
    {
        var failure = Failures(WithSecret(secret)).ShouldHaveSingleItem();

        failure.ShouldContain("Chat:Auth:Keys:0:Secret");
        failure.ShouldContain(why);
        if (secret is { Length: > 8 })
        {
            failure.ShouldNotContain(secret);
        }
    }

    [Fact]
    public void Two_keys_of_one_id_are_refused()
    {
        var options = WithSecret(Sound + "xx");
        options.Keys.Add(new AuthKey { Id = options.Keys[0].Id, Secret = Sound + "yy" });

        Failures(options).ShouldHaveSingleItem().ShouldContain("Chat:Auth:Keys");
    }

    [Fact]
    public void A_key_file_is_made_for_its_owner_only_and_read_again()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("keys").FullName, "keys");

        var made = SigningKeyFile.Open(path)!.ShouldHaveSingleItem();
        var read = SigningKeyFile.Open(path)!.ShouldHaveSingleItem();

        read.Id.ShouldBe(made.Id);
        read.Secret.ShouldBe(made.Secret);
        made.Secret.Length.ShouldBe(SigningKey.MinLength);
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("one")]
    [InlineData("one c2hvcnQ")]
    [InlineData("one AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE two")]
    [InlineData("one AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE\none AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE")]
    public void A_key_file_of_anything_else_is_refused_by_the_name_of_its_setting(string content)
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("keys").FullName, "keys");
        File.WriteAllText(path, content);

        Failures(new AuthOptions { KeyFile = path }).ShouldHaveSingleItem().ShouldContain("Chat:Auth:KeyFile");
    }

    [Fact]
    public void A_key_file_that_cannot_be_made_is_refused_by_the_name_of_its_setting() =>
        Failures(new AuthOptions { KeyFile = "/proc/no/such/folder/keys" }).ShouldHaveSingleItem().ShouldContain("Chat:Auth:KeyFile");

    [Fact]
    public void Limits_out_of_range_are_refused_by_name()
    {
        Failures(new AuthOptions { AccessTokenSeconds = 0 }).ShouldHaveSingleItem().ShouldContain("Chat:Auth:AccessTokenSeconds");
        Failures(new AuthOptions { ClockSkewSeconds = 3600 }).ShouldHaveSingleItem().ShouldContain("Chat:Auth:ClockSkewSeconds");
        Failures(new AuthOptions { LoginsPerMinute = 0 }).ShouldHaveSingleItem().ShouldContain("Chat:Auth:LoginsPerMinute");
    }

    [Fact]
    public void A_setting_that_nobody_knows_is_refused_by_name()
    {
        var settings = new Dictionary<string, string?> { ["Chat:Auth:Key"] = "x", ["Chat:Auth:PasswordIterations"] = "1", ["Chat:Auth:Keys:0:Id"] = "one" };
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();

        var failures = new AuthOptionsValidator(configuration).Validate(null, new AuthOptions()).Failures;

        failures.ShouldHaveSingleItem().ShouldBe("Chat:Auth:Key is not a setting.");
    }

    private static AuthOptions WithSecret(string? secret)
    {
        var options = new AuthOptions();
        options.Keys.Add(new AuthKey { Id = "one", Secret = secret });
        return options;
    }

    private static IEnumerable<string> Failures(AuthOptions options) => new AuthOptionsValidator(new ConfigurationBuilder().Build()).Validate(null, options).Failures ?? [];
}
