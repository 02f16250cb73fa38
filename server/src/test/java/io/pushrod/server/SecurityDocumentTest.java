package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// `docs/security.md` names a test for every control; a name that no test has would be a promise
/// that nobody keeps.
class SecurityDocumentTest {
  private static final Path ROOT = Path.of(System.getProperty("pushrod.root", ".."));

  /// A test class, perhaps with a method, or a method of the class named before it in the row.
  private static final Pattern NAME = Pattern.compile("`(?:(\\w+Test)(?:\\.(\\w+))?|([a-z]\\w+))`");

  private static Map<String, String> tests() throws IOException {
    Map<String, String> tests = new HashMap<>();
    for (String module : List.of("codec", "client", "server")) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/test/java"))) {
        for (Path file : files.filter(f -> f.toString().endsWith("Test.java")).toList()) {
          String name = file.getFileName().toString();
          tests.put(name.substring(0, name.length() - 5), Files.readString(file));
        }
      }
    }
    return tests;
  }

  private static List<String> missing(String row, Map<String, String> tests) {
    List<String> missing = new ArrayList<>();
    String last = "";
    String cell = row.substring(row.lastIndexOf('|', row.length() - 2));
    for (Matcher name = NAME.matcher(cell); name.find(); ) {
      last = name.group(1) == null ? last : name.group(1);
      String method = name.group(2) == null ? name.group(3) : name.group(2);
      String source = tests.getOrDefault(last, "");
      if (source.isEmpty() || (method != null && !source.contains("void " + method + "("))) {
        missing.add(name.group());
      }
    }
    return missing;
  }

  @Test
  void everyTestThatItNamesExists() throws IOException {
    Map<String, String> tests = tests();
    List<String> rows =
        Files.readAllLines(ROOT.resolve("docs/security.md")).stream()
            .filter(line -> line.startsWith("|") && line.contains("Test"))
            .toList();
    assertThat(rows).hasSizeGreaterThan(30);
    assertThat(rows.stream().flatMap(row -> missing(row, tests).stream())).isEmpty();
  }
}
