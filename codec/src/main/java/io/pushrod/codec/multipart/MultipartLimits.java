package io.pushrod.codec.multipart;

/// Bounds of one body.
///
/// @param parts fields and files together
/// @param headerBytes header lines of one part together
/// @param nameBytes UTF-8 bytes of the name of one part
/// @param fieldBytes values of all fields together
/// @param fileBytes content of one file
public record MultipartLimits(
    int parts, int headerBytes, int nameBytes, int fieldBytes, long fileBytes) {

  public MultipartLimits {
    positive("parts", parts);
    positive("headerBytes", headerBytes);
    positive("nameBytes", nameBytes);
    positive("fieldBytes", fieldBytes);
    positive("fileBytes", fileBytes);
  }

  private static void positive(String name, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: > 0)");
    }
  }
}
