package io.pushrod.server.e2e;

import io.pushrod.client.PublisherConfig;
import io.pushrod.client.RunContext;
import io.pushrod.client.RunRequest;
import io.pushrod.client.Worker;
import io.pushrod.server.e2e.FollowingReader.Over;
import io.pushrod.server.support.Json;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Runs that are begun all the time, whatever happens to the nodes, with a worker that does them
/// and a viewer of each. All of them go by the balancer.
///
/// **Thread:** one of its own, until it is closed; the worker has others.
final class SteadyRuns implements AutoCloseable {
  private static final String AGENT = "deploy";
  private static final int CREDIT = 64;

  /// Of a run, which takes some seconds, as a node does that goes and comes.
  private static final int EVENTS = 30;

  private static final long EVENT_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long RUN_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

  private final DeployOracle oracle;
  private final ThreeNodes cluster;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Map<String, FollowingReader> viewers = new ConcurrentHashMap<>();
  private final Worker worker;
  private final Thread starter = Thread.ofVirtual().name("runs").unstarted(this::begin);
  private volatile boolean closed;
  private volatile boolean abandoned;

  private SteadyRuns(DeployOracle oracle, ThreeNodes cluster) {
    this.oracle = oracle;
    this.cluster = cluster;
    PublisherConfig config =
        PublisherConfig.of("127.0.0.1", cluster.port("7400"), "worker").withToken(cluster::token);
    worker = Worker.of(config).agent(AGENT, CREDIT, SteadyRuns::work).start();
  }

  static SteadyRuns start(DeployOracle oracle, ThreeNodes cluster) {
    SteadyRuns runs = new SteadyRuns(oracle, cluster);
    runs.starter.start();
    return runs;
  }

  private static @Nullable String work(RunRequest request, RunContext run) {
    for (int i = 1; i <= EVENTS; i++) {
      run.emit("note", "{\"key\":\"" + key(request.id(), i) + "\"}");
      LockSupport.parkNanos(EVENT_PAUSE_NANOS);
    }
    return null;
  }

  private static String key(String run, int number) {
    return run + ':' + number;
  }

  /// A run is asked for until it is accepted: whoever did not hear the answer asks again.
  private void begin() {
    for (int number = 1; !closed; number++) {
      String id = "r" + number;
      while (!isAccepted(id)) {
        if (abandoned) {
          return;
        }
        LockSupport.parkNanos(EVENT_PAUSE_NANOS);
      }
      Over over = number % 2 == 0 ? Over.WEBSOCKET : Over.SSE;
      viewers.put(id, FollowingReader.start(oracle, cluster, topic(id), over));
      LockSupport.parkNanos(RUN_PAUSE_NANOS);
    }
  }

  private static String topic(String run) {
    return "run/" + run;
  }

  private boolean isAccepted(String id) {
    try {
      HttpRequest request =
          request("/runs?agent=" + AGENT + "&run_id=" + id)
              .header("Idempotency-Key", id)
              .POST(BodyPublishers.ofString("{}"))
              .build();
      return http.send(request, BodyHandlers.discarding()).statusCode() == 202;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(cluster.http(path))
        .header("Authorization", "Bearer " + cluster.token())
        .timeout(Duration.ofSeconds(20));
  }

  /// How many were accepted.
  int count() {
    return viewers.size();
  }

  /// Begins no more, but lets those that were accepted go on.
  void beginNoMore() {
    closed = true;
    SteadyPublishers.join(starter, 30);
  }

  /// Whether each viewer has come to the end of its run.
  boolean areOver() {
    return viewers.values().stream().allMatch(FollowingReader::isOver);
  }

  /// What is wrong with runs: each has all its events once, in order, and one end, which is the
  /// last thing that is said of it.
  List<String> faults() throws IOException, InterruptedException {
    List<String> faults = new ArrayList<>();
    for (Map.Entry<String, FollowingReader> each : viewers.entrySet()) {
      String id = each.getKey();
      List<String> got = oracle.keys(each.getValue().name());
      if (!got.equals(wanted(id))) {
        faults.add(id + ": " + got);
      }
      long last = last(id);
      if (last != got.size()) {
        faults.add(id + ": " + last + " events, its viewer got " + got.size());
      }
    }
    return faults;
  }

  private static List<String> wanted(String run) {
    List<String> wanted = new ArrayList<>(List.of("run_start:1"));
    for (int i = 1; i <= EVENTS; i++) {
      wanted.add(key(run, i));
    }
    wanted.add("run_end:" + (EVENTS + 2));
    return wanted;
  }

  /// The last sequence of its topic, as the nodes have it.
  private long last(String run) throws IOException, InterruptedException {
    HttpResponse<String> history =
        http.send(
            request("/v1/topics/" + topic(run) + "/events?limit=1").GET().build(),
            BodyHandlers.ofString());
    return Json.number(history.body(), "last");
  }

  @Override
  public void close() {
    abandoned = true;
    beginNoMore();
    viewers.values().forEach(FollowingReader::close);
    worker.close();
  }
}
