package io.pushrod.server.e2e;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Does what the guide to three nodes says, with HAProxy, nginx and Redis. Only ports are others.
@Timeout(300)
final class ThreeNodesGuideTest {
  static final String PAGE = "three-nodes.md";

  @TempDir Path folder;

  @Test
  void everyCommandDoesWhatThePageSays() throws Exception {
    assumeTrue(GuideTest.has("curl") && GuideTest.has("bash"));
    ThreeNodes.require("haproxy", "nginx", "redis-server");
    try (ThreeNodes cluster = new ThreeNodes(folder);
        GuideRun run = new GuideRun(folder, cluster::here, _ -> {})) {
      Path examples = Files.createDirectories(folder.resolve("config/examples"));
      Files.move(folder.resolve("cluster"), examples.resolve("three-nodes"));
      Files.delete(examples.resolve("three-nodes/hs256"));
      run.writeLauncher(
          cluster.here(
              "[ $1 != serve ] || set -- \"$@\""
                  + " --port=8080 --ingest-port=7400 --admin-port=9400\n"));
      run.follow(Guide.read(Path.of("../docs/guides").resolve(PAGE)), "");
    }
  }
}
