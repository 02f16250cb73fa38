package io.pushrod.server.cli;

import io.pushrod.client.PublisherClosed;
import io.pushrod.client.PublisherConfig;
import io.pushrod.client.PublisherConfig.Timing;
import io.pushrod.client.Worker;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "worker",
    description = {
      "Takes the runs of an agent and does each by a program of yours.",
      "The program gets the request as one line of JSON on standard input. Each line that it writes"
          + " to standard output is an event of the run: a JSON object with a \"type\" is that"
          + " event, every other line is text. Exit code 0 completes the run.",
      "A cancel ends the program. Ctrl-C waits for what runs, a second one ends it."
    })
final class WorkerCommand implements Callable<Integer> {
  private static final int MAX_CONCURRENCY = 1_000;

  /// What runs when the worker is asked to leave may take as long as it takes.
  private static final Duration CLOSE_TIMEOUT = Duration.ofDays(1);

  @Spec private @Nullable CommandSpec spec;
  @Mixin private ClientOptions client = new ClientOptions();

  @Option(
      names = "--server",
      paramLabel = "HOST:PORT",
      description = "The server's ingest port (127.0.0.1:7400).")
  private String server = "127.0.0.1:7400";

  @Option(
      names = "--agent",
      paramLabel = "NAME",
      required = true,
      description = "The agent whose runs it takes.")
  private String agent = "";

  @Option(
      names = "--exec",
      paramLabel = "COMMAND",
      required = true,
      description = "The program, for sh -c, such as 'python3 agent.py'.")
  private String program = "";

  @Option(
      names = "--concurrency",
      paramLabel = "N",
      description = "How many runs at once, 1-1000 (1).")
  private int concurrency = 1;

  @Option(
      names = "--grace",
      paramLabel = "DURATION",
      converter = TokenCommand.DurationConverter.class,
      description = "What a cancelled program has from SIGTERM to SIGKILL, such as 5s (0.5s).")
  private Duration grace = Duration.ofMillis(500);

  @Override
  public Integer call() throws InterruptedException {
    CommandLine command = Objects.requireNonNull(spec).commandLine();
    IngestAddress address = check(command);
    PrintWriter err = command.getErr();
    // The events of a run go to its own topic, and to those that its start named.
    String token = client.token(List.of(), List.of("*"), List.of("agent/" + agent));
    address.checkReachable();
    Timing timing = Timing.DEFAULT;
    PublisherConfig config =
        PublisherConfig.of(address.host(), address.port(), "worker-" + UUID.randomUUID())
            .withToken(() -> token)
            .withTiming(
                new Timing(
                    timing.connectTimeout(), timing.backoff(), timing.maxBackoff(), CLOSE_TIMEOUT));
    ProgramAgent programs = new ProgramAgent(program, grace, err);
    Worker worker = Worker.of(config).agent(agent, concurrency, programs).start();
    try (worker) {
      address.await(worker.ready());
      onSignals(worker, programs, err);
      err.println("pushrod: taking runs of agent " + agent + " from " + address);
      worker.ended().get();
    } catch (ExecutionException e) {
      programs.stop();
      if (e.getCause() instanceof PublisherClosed closed) {
        throw new CommandFailed(String.valueOf(closed.getMessage()));
      }
      throw new IllegalStateException(e.getCause());
    }
    return CommandLine.ExitCode.OK;
  }

  private IngestAddress check(CommandLine command) {
    if (concurrency < 1 || concurrency > MAX_CONCURRENCY) {
      throw new ParameterException(
          command, "--concurrency: " + concurrency + " (expected: 1-" + MAX_CONCURRENCY + ')');
    }
    if (!agent.matches("[A-Za-z0-9_.:-]{1,200}")) {
      throw new ParameterException(
          command, "--agent: " + agent + " (expected: 1-200 of A-Z a-z 0-9 _ . : -)");
    }
    if (program.isBlank()) {
      throw new ParameterException(command, "--exec: empty (expected: a command)");
    }
    try {
      return IngestAddress.parse(server);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command, "--server: " + e.getMessage(), e);
    }
  }

  /// The first signal takes no more runs, the second ends those that there are, the third one us.
  private static void onSignals(Worker worker, ProgramAgent programs, PrintWriter err) {
    AtomicInteger signals = new AtomicInteger();
    for (String name : List.of("INT", "TERM")) {
      try {
        ProcessSignals.handle(
            name,
            number -> {
              switch (signals.incrementAndGet()) {
                case 1 -> {
                  int running = programs.running();
                  if (running > 0) {
                    err.println(
                        "pushrod: waiting for what runs: " + running + "; once more ends it");
                  }
                  Thread.ofPlatform().name("worker-close").start(worker::close);
                }
                case 2 -> programs.stop();
                default -> Runtime.getRuntime().halt(128 + number);
              }
            });
      } catch (ReflectiveOperationException e) {
        err.println("pushrod: with these JVM flags SIG" + name + " ends the worker at once");
      }
    }
  }
}
