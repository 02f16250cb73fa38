package io.pushrod.bench.run;

import io.pushrod.bench.floor.FloorMain;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Which program is the floor.
///
/// @param label of it in reports
/// @param command without its arguments
/// @param isCompiled ahead of time, so that there is nothing to warm up
public record FloorProgram(String label, List<String> command, boolean isCompiled) {
  /// `floor.c` as a C compiler made it.
  public static FloorProgram c(Path program) {
    return new FloorProgram("floor.c, by a C compiler", List.of(program.toString()), true);
  }

  /// [FloorMain] on the JVM of the harness.
  public static FloorProgram java() {
    return new FloorProgram(
        "FloorMain.java, send() through the FFM API",
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-Xmx64m",
            "-cp",
            System.getProperty("java.class.path"),
            FloorMain.class.getName()),
        false);
  }

  /// @param wanted `c`, `java`, or `auto` for the first where it is there
  /// @param program where `floor.c` is compiled to
  public static FloorProgram choose(String wanted, Path program) {
    boolean isThere = Files.isExecutable(program);
    return switch (wanted) {
      case "auto" -> isThere ? c(program) : java();
      case "java" -> java();
      case "c" -> {
        if (!isThere) {
          throw new BenchException("floor: c (expected: a C compiler, cc, to build it)");
        }
        yield c(program);
      }
      default -> throw new BenchException("floor: " + wanted + " (expected: auto, c or java)");
    };
  }
}
