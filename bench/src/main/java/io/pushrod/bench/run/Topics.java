package io.pushrod.bench.run;

import java.util.List;
import java.util.Properties;
import java.util.stream.IntStream;

/// The topics of a run and who reads which: reader `n` reads `perReader` of them, those from `n ×
/// perReader` on, around and around.
///
/// @param prefix of all names; followed by five digits
/// @param count how many there are, at most 100,000
/// @param perReader how many each reader reads; 0 for none
public record Topics(String prefix, int count, int perReader) {
  public Topics {
    if (count < 1 || count > 100_000) {
      throw new BenchException("topics: " + count + " (expected: 1 to 100,000)");
    }
    if (perReader < 0 || perReader > count) {
      throw new BenchException(
          "topics per reader: " + perReader + " (expected: 0 to " + count + ")");
    }
  }

  /// One topic that all readers read.
  public static Topics one(String prefix) {
    return new Topics(prefix, 1, 1);
  }

  public String name(int number) {
    String digits = Integer.toString(number);
    return prefix + "0".repeat(5 - digits.length()) + digits;
  }

  /// The `i`th topic of a reader.
  public int of(int reader, int i) {
    return (int) (((long) reader * perReader + i) % count);
  }

  /// All topics of a reader.
  public List<String> namesOf(int reader) {
    return IntStream.range(0, perReader).mapToObj(i -> name(of(reader, i))).toList();
  }

  /// How many readers get each event.
  ///
  /// @throws BenchException when not all topics have as many
  public int readersPerTopic(int readers) {
    if ((long) readers * perReader % count != 0) {
      throw new BenchException(
          "readers × topics of each: %,d × %,d (expected: a multiple of %,d topics)"
              .formatted(readers, perReader, count));
    }
    return (int) ((long) readers * perReader / count);
  }

  void store(Properties to) {
    to.setProperty("topics.prefix", prefix);
    to.setProperty("topics.count", "" + count);
    to.setProperty("topics.per_reader", "" + perReader);
  }

  static Topics load(Properties from) {
    return new Topics(
        from.getProperty("topics.prefix"),
        Integer.parseInt(from.getProperty("topics.count")),
        Integer.parseInt(from.getProperty("topics.per_reader")));
  }
}
