package io.pushrod.bench.run;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Finds the process of this machine that listens on a port, for its CPU and memory.
final class ListeningProcess {
  private static final Path PROC = Path.of("/proc");
  private static final String LISTEN = "0A";

  private ListeningProcess() {}

  /// Empty when it runs elsewhere, or belongs to somebody else.
  static List<Long> of(String host, int port) throws IOException {
    if (!InetAddress.getByName(host).isLoopbackAddress()) {
      return List.of();
    }
    String socket = socket(port);
    if (socket.isEmpty()) {
      return List.of();
    }
    try (Stream<Path> processes = Files.list(PROC)) {
      return processes
          .filter(process -> process.getFileName().toString().matches("[0-9]+"))
          .filter(process -> holds(process, socket))
          .map(process -> Long.parseLong(process.getFileName().toString()))
          .limit(1)
          .toList();
    }
  }

  /// The name by which descriptors of the listening socket go (proc_net(5), field `inode`).
  private static String socket(int port) throws IOException {
    String wanted = ":%04X".formatted(port);
    for (String table : List.of("net/tcp", "net/tcp6")) {
      for (String line : Files.readAllLines(PROC.resolve(table))) {
        String[] fields = line.strip().split(" +", -1);
        if (fields.length > 9 && fields[1].endsWith(wanted) && fields[3].equals(LISTEN)) {
          return "socket:[" + fields[9] + ']';
        }
      }
    }
    return "";
  }

  private static boolean holds(Path process, String socket) {
    try (Stream<Path> descriptors = Files.list(process.resolve("fd"))) {
      return descriptors.anyMatch(each -> pointsTo(each, socket));
    } catch (IOException e) {
      return false; // gone, or not ours to look into
    }
  }

  private static boolean pointsTo(Path descriptor, String socket) {
    try {
      return Files.readSymbolicLink(descriptor).toString().equals(socket);
    } catch (IOException e) {
      return false;
    }
  }
}
