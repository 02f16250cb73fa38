package io.pushrod.bench.peer;

import io.pushrod.bench.Transport;
import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.Door;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// nginx with the Nchan module: one worker, messages in memory, WebSocket and EventSource
/// subscribers, publishing by POST.
final class Nchan {
  private static final String NAME = "nchan";
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Pattern VERSION = Pattern.compile("nchan version: (\\S+)");

  /// Where distributions put dynamic modules.
  private static final List<Path> MODULES =
      Stream.of(
              "/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/local/lib/nginx/modules")
          .map(folder -> Path.of(folder, "ngx_nchan_module.so"))
          .toList();

  private Nchan() {}

  /// `%1$s`: module; `%2$s`: user line; `%3$s`: temporary folder; `%4$d`: port.
  private static String config(Path module, String user, Path folder, int port) {
    return """
    load_module %1$s;
    %2$s
    daemon off;
    # The measured process has one core.
    worker_processes 1;
    pid %3$s/nginx.pid;
    error_log stderr warn;
    events {
      # More than any benchmark opens; accepting all that wait at once shortens the opening.
      worker_connections 19000;
      multi_accept on;
    }
    http {
      # No line per request: Pushrod writes none either.
      access_log off;
      # The publisher's connection lasts for the whole run.
      keepalive_requests 2000000000;
      keepalive_timeout 1h;
      tcp_nodelay on;
      # Events stay in memory on their way in.
      client_body_buffer_size 64k;
      client_body_in_single_buffer on;
      client_body_temp_path %3$s/body;
      proxy_temp_path %3$s/proxy;
      fastcgi_temp_path %3$s/fastcgi;
      uwsgi_temp_path %3$s/uwsgi;
      scgi_temp_path %3$s/scgi;
      # Room for 20,000 events a second in one-reader topics for as long as they are kept.
      nchan_shared_memory_size 256M;
      server {
        listen 127.0.0.1:%4$d backlog=4096;
        # The default of 10 would lose events for a reader that is a tenth of a second behind;
        # 1,000 events for 5 s bound what is kept.
        nchan_message_buffer_length 1000;
        nchan_message_timeout 5s;
        # Readers begin with what comes, as Pushrod's.
        nchan_subscriber_first_message newest;
        location = /ws {
          nchan_subscriber websocket;
          nchan_channel_id $arg_topic;
        }
        location = /sse {
          nchan_subscriber eventsource;
          nchan_channel_id $arg_topic;
        }
        location = /publish {
          nchan_publisher http;
          nchan_channel_id $arg_topic;
        }
        location = /status {
          nchan_stub_status;
        }
      }
    }
    """
        .formatted(module, user, folder, port);
  }

  static Optional<String> missing() {
    if (Program.find("nginx").isPresent() && module().isPresent()) {
      return Optional.empty();
    }
    return Optional.of(
        "nchan: %s not found (expected: Debian packages nginx and libnginx-mod-nchan)"
            .formatted(Program.find("nginx").isEmpty() ? "nginx" : "nginx module"));
  }

  private static Optional<Path> module() {
    return MODULES.stream().filter(Files::exists).findFirst();
  }

  static Peer start(Setup setup) throws IOException, InterruptedException {
    Path nginx = Program.require("nginx");
    Path module = module().orElseThrow(() -> new BenchException("nchan: nginx module not found"));
    Folder folder = Folder.in(setup.logs(), NAME);
    int port = Program.freePort();
    // Started by root, nginx would give up the right to its own temporary folder.
    String user = "root".equals(System.getProperty("user.name")) ? "user root;" : "";
    String file = folder.write("nginx.conf", config(module, user, folder.path(), port));
    List<String> command =
        List.of(nginx.toString(), "-p", folder.path().toString(), "-e", "stderr", "-c", file);
    return Peer.start(
        NAME,
        setup,
        folder,
        command,
        child -> {
          Feed feed = HttpFeed.connect(NAME, child, port, Nchan::request, body -> true);
          return new Peer.Entry(version(setup, nginx, port), doors(setup, port), feed);
        });
  }

  private static byte[] request(String topic, String json) {
    return HttpFeed.post(
        "/publish?topic=" + topic, "Content-Type: application/json\r\nAccept: text/json\r\n", json);
  }

  private static Map<Transport, Door> doors(Setup setup, int port) {
    return Map.of(
        Transport.WS,
        Door.of(Transport.WS, port, "/ws?topic={topics}", List.of(), "", setup.topics()),
        Transport.SSE,
        Door.of(Transport.SSE, port, "/sse?topic={topics}", List.of(), "", setup.topics()));
  }

  private static String version(Setup setup, Path nginx, int port)
      throws IOException, InterruptedException {
    URI status = URI.create("http://127.0.0.1:" + port + "/status");
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request = HttpRequest.newBuilder(status).timeout(SOON).build();
      Matcher nchan = VERSION.matcher(client.send(request, BodyHandlers.ofString()).body());
      String server =
          Program.run(setup.logs(), (int) SOON.toSeconds(), List.of(nginx.toString(), "-v"));
      return "Nchan " + (nchan.find() ? nchan.group(1) : "?") + ", " + server;
    }
  }
}
