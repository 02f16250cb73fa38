package io.pushrod.server.e2e;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pushrod.server.auth.TokenMinter;
import io.pushrod.server.auth.TokenRequest;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.config.SignatureAlgorithm;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/// The files of `config/examples/three-nodes` in a folder of their own, with free ports in place of
/// theirs, and who they are run by. The nodes have addresses of their own, as Linux has all of
/// 127.0.0.0/8.
final class ThreeNodes implements AutoCloseable {
  /// Of the nodes a, b and c.
  static final List<String> ADDRESSES = List.of("127.0.0.11", "127.0.0.12", "127.0.0.13");

  private static final Path EXAMPLES = Path.of("../config/examples/three-nodes");

  /// Debian's package libnginx-mod-stream.
  private static final Path STREAM = Path.of("/usr/lib/nginx/modules/ngx_stream_module.so");

  /// What stands between clients and nodes.
  enum Balancer {
    HAPROXY(List.of("haproxy", "-f", "cluster/haproxy.cfg")),
    NGINX(
        List.of("nginx", "-e", "stderr", "-p", "cluster", "-c", "nginx.conf", "-g", foreground()));

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<String> command;

    Balancer(List<String> command) {
      this.command = command;
    }

    /// Started by root, nginx would give up the right to its own temporary folder.
    private static String foreground() {
      return "daemon off;" + (System.getProperty("user.name").equals("root") ? " user root;" : "");
    }
  }

  private final Path folder;
  private final Map<String, Integer> ports = new LinkedHashMap<>();
  private final List<PushrodProcess> running = new ArrayList<>();

  /// @param folder where the files go, into `cluster`
  ThreeNodes(Path folder) throws IOException {
    this(folder, UnaryOperator.identity());
  }

  /// @param change what is done to each file before it is used
  ThreeNodes(Path folder, UnaryOperator<String> change) throws IOException {
    this.folder = folder;
    for (String port : List.of("8080", "7400", "9400", "6379")) {
      ports.put(port, freePort());
    }
    Path cluster = Files.createDirectories(folder.resolve("cluster"));
    try (Stream<Path> files = Files.list(EXAMPLES)) {
      for (Path file : files.toList()) {
        Files.writeString(
            cluster.resolve(file.getFileName().toString()),
            change.apply(here(Files.readString(file))));
      }
    }
    Files.writeString(secret(), "test-" + UUID.randomUUID() + UUID.randomUUID() + "\n");
  }

  /// Free on all addresses.
  private static int freePort() throws IOException {
    try (ServerSocket any = new ServerSocket(0)) {
      return any.getLocalPort();
    }
  }

  private Path secret() {
    return folder.resolve("cluster/hs256");
  }

  /// A text with the ports that are used here.
  String here(String text) {
    String changed = text;
    for (Map.Entry<String, Integer> port : ports.entrySet()) {
      changed = changed.replaceAll("\\b" + port.getKey() + "\\b", "" + port.getValue());
    }
    return changed;
  }

  int port(String usual) {
    return Objects.requireNonNull(ports.get(usual), usual);
  }

  Path folder() {
    return folder;
  }

  Path config() {
    return folder.resolve("cluster/pushrod.yaml");
  }

  /// At the balancer.
  URI http(String path) {
    return URI.create("http://127.0.0.1:" + port("8080") + path);
  }

  /// Where a node listens, as `key=value`.
  List<String> listens(String address) {
    return List.of(
        "http.host=" + address,
        "ingest.host=" + address,
        "admin.host=" + address,
        "http.port=" + port("8080"),
        "ingest.port=" + port("7400"),
        "admin.port=" + port("9400"));
  }

  /// Of user `ann`, for every topic, reading and writing.
  String token() {
    return TokenMinter.ofFile(null, SignatureAlgorithm.HS256, secret())
        .mint(
            new TokenRequest(
                "acme",
                "ann",
                List.of(),
                List.of("*"),
                List.of("*"),
                List.of("*"),
                List.of(),
                Duration.ofHours(1)),
            ServerConfig.defaults(true).auth().claims(),
            Instant.now());
  }

  /// Skips the test where a program is missing; on CI, which installs them, that is a failure.
  static void require(String... programs) {
    for (String program : programs) {
      boolean isThere =
          Stream.concat(Stream.of(System.getenv("PATH").split(":")), Stream.of("/usr/sbin"))
              .anyMatch(place -> Files.isExecutable(Path.of(place, program)));
      assumeTrue(isThere || isCi(), program);
      assumeTrue(!program.equals("nginx") || Files.exists(STREAM) || isCi(), STREAM.toString());
    }
  }

  private static boolean isCi() {
    return System.getenv("CI") != null;
  }

  PushrodProcess start(Balancer balancer) {
    require(balancer.command.getFirst());
    PushrodProcess process = run(balancer.command);
    awaitPort(process, "127.0.0.1", port("8080"));
    return process;
  }

  /// Debian keeps servers where only root looks; `env` looks there too.
  private PushrodProcess run(List<String> command) {
    List<String> words = new ArrayList<>(List.of("env"));
    words.addAll(command);
    PushrodProcess process = PushrodProcess.start(folder, words, path());
    running.add(process);
    return process;
  }

  static Map<String, String> path() {
    return Map.of("PATH", System.getenv("PATH") + ":/usr/sbin");
  }

  PushrodProcess startRedis() {
    require("redis-server");
    PushrodProcess process = run(List.of("redis-server", "cluster/redis.conf"));
    awaitPort(process, "127.0.0.1", port("6379"));
    return process;
  }

  /// Starts a node as a process of its own.
  ///
  /// @param node 0 to 2
  PushrodProcess startNode(int node, String... settings) {
    List<String> words =
        new ArrayList<>(List.of("serve", "--config", "cluster/pushrod.yaml", "--data"));
    words.add("cluster/" + "abc".charAt(node));
    Stream.concat(listens(ADDRESSES.get(node)).stream(), Stream.of(settings))
        .forEach(setting -> words.add("--set=" + setting));
    PushrodProcess process = PushrodProcess.start(folder, words.toArray(String[]::new));
    running.add(process);
    return process;
  }

  private static void awaitPort(PushrodProcess process, String address, int port) {
    process.await(
        "listens on " + address + ':' + port,
        () -> {
          try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getByName(address), port));
            return true;
          } catch (IOException e) {
            return false;
          }
        });
  }

  @Override
  public void close() {
    running.reversed().forEach(PushrodProcess::close);
  }
}
