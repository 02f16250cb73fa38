package io.pushrod.bench.run;

import static java.util.Objects.requireNonNullElse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// A Pushrod server started as a user would start it, on free ports, with a data folder of its own.
final class ServerProcess implements AutoCloseable {
  /// What one machine may do that one user may not.
  private static final List<String> SETTINGS =
      List.of(
          "server.event_loops=1",
          "drain.window=0s",
          "quotas.connections=0",
          "quotas.connections_per_user=0",
          "quotas.connections_per_tenant=0",
          "quotas.connections_per_address=0",
          "quotas.accepts_per_second=0",
          "quotas.accepts_per_second_per_address=0",
          "quotas.publish_per_second=0",
          "quotas.topics_per_tenant=0");

  private final Child child;
  private final Path data;
  private final PushrodAddress address;

  private ServerProcess(Child child, Path data, PushrodAddress address) {
    this.child = child;
    this.data = data;
    this.address = address;
  }

  /// @param root of the repository, unless the variant names another
  static ServerProcess start(Path root, Path logs, Variant variant, int maxSeconds)
      throws IOException, InterruptedException {
    Path data = Files.createTempDirectory(logs, "data");
    List<Integer> ports = FreePorts.of(3);
    List<String> command = new ArrayList<>();
    if (!variant.jvmFlags().isEmpty()) {
      command.addAll(
          List.of(
              "env", "PUSHROD_JVM_FLAGS=" + inherited() + String.join(" ", variant.jvmFlags())));
    }
    command.add(requireNonNullElse(variant.root(), root).resolve("scripts/pushrod").toString());
    command.addAll(
        List.of("serve", "--dev", "--data", data.toString(), "--port", "" + ports.get(0)));
    command.addAll(List.of("--ingest-port", "" + ports.get(1), "--admin-port", "" + ports.get(2)));
    for (List<String> some : List.of(SETTINGS, variant.settings())) {
      some.forEach(setting -> command.addAll(List.of("--set", setting)));
    }
    Child child =
        Child.start(variant.name(), logs, Cores.pinned(variant.cores(), maxSeconds, command));
    PushrodAddress address =
        new PushrodAddress("127.0.0.1", ports.get(0), ports.get(1), ports.get(2));
    ServerProcess server = new ServerProcess(child, data, address);
    try {
      address.awaitReady(child);
      return server;
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  private static String inherited() {
    String flags = System.getenv("PUSHROD_JVM_FLAGS");
    return flags == null ? "" : flags + ' ';
  }

  PushrodAddress address() {
    return address;
  }

  Path data() {
    return data;
  }

  long pid() {
    return child.pid();
  }

  @Override
  public void close() throws IOException {
    child.close();
    try (var files = Files.walk(data)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
