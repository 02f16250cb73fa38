package io.pushrod.bench.readers;

import static java.util.Objects.requireNonNull;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import io.pushrod.bench.Fields;
import io.pushrod.bench.run.Door;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The process of the readers. It obeys lines on stdin, answers each by one line on stdout, and ends with its stdin:
///
///     open group=G door=FILE readers=N stalled=K seconds=S   → opened readers=N (FILE is a stored Door)
///     await group=G deliveries=N seconds=S   → reached deliveries=M (M < N after S seconds)
///     clear | stall | resume | close group=G → done
///     pace group=G bytes=B                   → done (those that can be stalled read B bytes/s each)
///     drop group=G                           → done (all go, and know where they were)
///     reconnect group=G until=SEQ millis=M beside=H → done (they begin to come back within M ms)
///     stormed group=G seconds=S              → stormed arrived=… elapsed_nanos=… ready=… caught_up=…
///     churn group=G door=FILE rate=R count=N hold=MILLIS → done (they begin to come and go)
///     churned group=G seconds=S              → churned cycles=… failed=… peak=… handshake=…
///     report group=G part=healthy|stalled    → report deliveries=… missing=… histogram=…
///     marked group=G                         → marked histogram=… (of the healthy when a storm was over)
///
/// What goes wrong is answered by `failed reason=…` (URL-encoded).
public final class ReadersMain {
  private static final int CLOSE_SECONDS = 10;

  private final EventLoop loop;
  private final Map<String, ReaderGroup> groups = new HashMap<>();

  private ReadersMain(EventLoop loop) {
    this.loop = loop;
  }

  public static void main(String[] arguments) throws IOException, InterruptedException {
    // Stdout belongs to the answers; java.util.logging writes warnings to stderr.
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
    MultiThreadIoEventLoopGroup loops =
        new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    ReadersMain readers = new ReadersMain(loops.next());
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      System.out.println(readers.answer(line));
    }
    System.exit(0);
  }

  private String answer(String line) throws InterruptedException {
    try {
      return obey(Fields.parse(line));
    } catch (ExecutionException e) {
      return failed(String.valueOf(e.getCause()));
    } catch (TimeoutException e) {
      return failed("command: not done in time");
    } catch (IllegalArgumentException e) {
      return failed(e.toString());
    }
  }

  private static String failed(String reason) {
    return "failed reason=" + URLEncoder.encode(reason, StandardCharsets.UTF_8);
  }

  private String obey(Fields command)
      throws InterruptedException, ExecutionException, TimeoutException {
    ReaderGroup group =
        groups.computeIfAbsent(command.text("group"), name -> new ReaderGroup(loop));
    return switch (command.word()) {
      case "open" -> open(group, command);
      case "await" -> await(group, command);
      case "report" ->
          "report "
              + onLoop(
                  () ->
                      ("stalled".equals(command.text("part")) ? group.stalled : group.healthy)
                          .line());
      case "marked" -> "marked histogram=" + onLoop(() -> Tally.encoded(group.marked));
      case "pace" -> done(() -> group.pace((int) command.number("bytes")));
      case "drop" -> {
        group.drop().await(CLOSE_SECONDS, TimeUnit.SECONDS);
        yield "done";
      }
      case "reconnect" -> reconnect(group, command);
      case "stormed" -> stormed(group, command);
      case "churn" -> churn(group, command);
      case "churned" -> churned(group, command);
      case "clear" -> done(group::clear);
      case "stall" -> done(group::stall);
      case "resume" -> done(group::resume);
      case "close" -> {
        groups.remove(command.text("group"));
        group.close().await(CLOSE_SECONDS, TimeUnit.SECONDS);
        yield "done";
      }
      default -> throw new IllegalArgumentException("command: " + command.word());
    };
  }

  private String open(ReaderGroup group, Fields command)
      throws InterruptedException, ExecutionException, TimeoutException {
    Door door = Door.load(Path.of(command.text("door")));
    int count = (int) command.number("readers");
    int stalled = (int) command.number("stalled");
    int open =
        onLoop(() -> group.open(door, count, stalled))
            .get(command.number("seconds"), TimeUnit.SECONDS);
    return "opened readers=" + open;
  }

  private String await(ReaderGroup group, Fields command)
      throws InterruptedException, ExecutionException {
    long wanted = command.number("deliveries");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(command.number("seconds"));
    long seen = onLoop(() -> group.healthy.deliveries);
    while (seen < wanted && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(2);
      seen = onLoop(() -> group.healthy.deliveries);
    }
    return "reached deliveries=" + seen;
  }

  private String reconnect(ReaderGroup group, Fields command)
      throws InterruptedException, ExecutionException {
    ReaderGroup beside =
        groups.computeIfAbsent(command.text("beside"), name -> new ReaderGroup(loop));
    long spread = TimeUnit.MILLISECONDS.toNanos(command.number("millis"));
    return done(() -> group.reconnect(command.number("until"), spread, beside));
  }

  private String stormed(ReaderGroup group, Fields command)
      throws InterruptedException, ExecutionException {
    Storm storm = requireNonNull(group.storm, "storm");
    awaitTrue(storm::isOver, command);
    String failure = onLoop(() -> String.valueOf(storm.failure()));
    return failure.equals("null") ? "stormed " + onLoop(storm::line) : failed(failure);
  }

  private String churn(ReaderGroup group, Fields command)
      throws InterruptedException, ExecutionException {
    Door door = Door.load(Path.of(command.text("door")));
    long hold = TimeUnit.MILLISECONDS.toNanos(command.number("hold"));
    return done(
        () -> group.churn(door, (int) command.number("rate"), command.number("count"), hold));
  }

  private String churned(ReaderGroup group, Fields command)
      throws InterruptedException, ExecutionException {
    Churn churn = requireNonNull(group.churn, "churn");
    awaitTrue(churn::isOver, command);
    String failure = onLoop(churn::failure);
    return failure.isEmpty() ? "churned " + onLoop(churn::line) : failed(failure);
  }

  private void awaitTrue(Callable<Boolean> condition, Fields command)
      throws InterruptedException, ExecutionException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(command.number("seconds"));
    while (!onLoop(condition) && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(2);
    }
  }

  private String done(Runnable task) throws InterruptedException, ExecutionException {
    loop.submit(task).get();
    return "done";
  }

  private <T> T onLoop(Callable<T> task) throws InterruptedException, ExecutionException {
    return loop.submit(task).get();
  }
}
