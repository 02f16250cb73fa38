package io.pushrod.bench.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PageCacheTest {
  private static final int BYTES = 1 << 20;

  @TempDir Path folder;

  @Test
  void forgetsWhatWasWritten() throws IOException, InterruptedException {
    String type = Files.getFileStore(folder).type();
    assumeTrue(type.startsWith("ext") || type.equals("xfs"), type + " may keep what it wants");
    Files.write(folder.resolve("file"), new byte[BYTES]);
    assertThat(PageCache.bytes(folder)).isEqualTo(BYTES);
    PageCache.evict(folder);
    assertThat(PageCache.bytes(folder)).isZero();
    assertThat(PageCache.fileBytes(folder)).isEqualTo(BYTES);
  }

  @Test
  void findsNothingInAnEmptyFolder() throws IOException {
    assertThat(PageCache.bytes(folder)).isZero();
    assertThat(PageCache.fileBytes(folder)).isZero();
  }
}
