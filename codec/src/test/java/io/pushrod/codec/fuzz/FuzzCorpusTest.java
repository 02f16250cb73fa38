package io.pushrod.codec.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every seed and every finding still holds, and so do some random changes of each, without Jazzer.
class FuzzCorpusTest {
  private static final int CHANGES = 100;
  private static final Path MODULE = Path.of(System.getProperty("pushrod.root", ".."), "codec");

  static List<String> targets() throws IOException {
    Path sources = MODULE.resolve("src/test/java");
    try (Stream<Path> files = Files.walk(sources)) {
      return files
          .filter(file -> file.toString().endsWith("Fuzz.java"))
          .map(file -> sources.relativize(file).toString())
          .map(file -> file.substring(0, file.length() - ".java".length()).replace('/', '.'))
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("targets")
  void holdsForItsCorpus(String target) throws Throwable {
    Class<?> type = Class.forName(target);
    MethodHandle run =
        MethodHandles.publicLookup()
            .findStatic(
                type, "fuzzerTestOneInput", MethodType.methodType(void.class, byte[].class));
    run.invokeExact(new byte[0]);
    Path corpus = MODULE.resolve("src/test/resources/fuzz").resolve(type.getSimpleName());
    try (Stream<Path> files = Files.list(corpus)) {
      List<Path> seeds = files.sorted().toList();
      assertThat(seeds).isNotEmpty();
      for (Path seed : seeds) {
        holds(run, seed);
      }
    }
  }

  private static void holds(MethodHandle run, Path seed) throws IOException {
    byte[] bytes = Files.readAllBytes(seed);
    Random random = new Random(bytes.length);
    for (int change = 0; change <= CHANGES; change++) {
      byte[] input = change == 0 ? bytes : changed(bytes, random);
      try {
        run.invokeExact(input.clone());
      } catch (Throwable e) {
        throw new AssertionError("seed " + seed + ", change " + change, e);
      }
    }
  }

  private static byte[] changed(byte[] bytes, Random random) {
    byte[] changed = Arrays.copyOf(bytes, Math.max(1, bytes.length + random.nextInt(5) - 2));
    for (int i = random.nextInt(4); i >= 0; i--) {
      changed[random.nextInt(changed.length)] = (byte) random.nextInt();
    }
    return changed;
  }
}
