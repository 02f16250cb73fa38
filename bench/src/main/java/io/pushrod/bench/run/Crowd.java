package io.pushrod.bench.run;

import io.pushrod.bench.Transport;
import java.io.IOException;
import java.util.Locale;

/// Who reads from a target.
///
/// @param label of the transport in reports: `ws`, `sse` or `mixed`
public record Crowd(String label, int webSockets, int streams) {
  /// How readers of each kind get in.
  public interface Doors {
    Door door(Transport transport) throws IOException, InterruptedException;
  }

  /// @param transport `ws`, `sse`, or `mixed` for half of each
  /// @throws BenchException for another one, or for too few readers
  public static Crowd of(String transport, int readers) {
    String label = transport.toLowerCase(Locale.ROOT);
    int webSockets =
        switch (label) {
          case "ws" -> readers;
          case "sse" -> 0;
          case "mixed" -> readers / 2;
          default ->
              throw new BenchException("transport: " + transport + " (expected: ws, sse or mixed)");
        };
    if (readers < 1) {
      throw new BenchException("readers: " + readers + " (expected: 1 or more)");
    }
    return new Crowd(label, webSockets, readers - webSockets);
  }

  public int readers() {
    return webSockets + streams;
  }

  /// Opens all readers, in the group that bears the target's name.
  public void enter(Target target, Readers readers) throws IOException, InterruptedException {
    enter(target.name(), target::door, readers);
    target.ready();
  }

  /// Opens all readers, in the group with that name.
  public void enter(String group, Doors doors, Readers readers)
      throws IOException, InterruptedException {
    if (webSockets > 0) {
      readers.open(group, doors.door(Transport.WS), webSockets, 0);
    }
    if (streams > 0) {
      readers.open(group, doors.door(Transport.SSE), streams, 0);
    }
  }
}
