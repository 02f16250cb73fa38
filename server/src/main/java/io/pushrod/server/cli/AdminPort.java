package io.pushrod.server.cli;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Where a running server takes what operators tell it.
final class AdminPort {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(30);

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  @Option(
      names = "--admin",
      paramLabel = "URL",
      defaultValue = "http://127.0.0.1:9400",
      description = "The server's admin port (${DEFAULT-VALUE}).")
  private URI admin = URI.create("http://127.0.0.1:9400");

  /// Posts a JSON object.
  ///
  /// @param timeout for the answer
  HttpResponse<String> post(String path, String body, Duration timeout)
      throws InterruptedException {
    if (!"http".equals(admin.getScheme())) {
      CommandLine command = Objects.requireNonNull(spec).commandLine();
      throw new ParameterException(command, "--admin: (expected: http://host:port)");
    }
    HttpRequest request =
        HttpRequest.newBuilder(admin.resolve(path))
            .timeout(timeout)
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    try (HttpClient client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .build()) {
      return client.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new CommandFailed("admin: " + admin + " (expected: a server's admin port; " + e + ")");
    }
  }
}
