package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.CloseReason;
import io.pushrod.server.support.IngestClient;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.WsClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// A disk on which less is left than is to be.
final class FullDiskTest {
  @RegisterExtension
  final RunningServer server =
      new RunningServer(
          "storage.backend=disk", "storage.disk.reserve=1024GiB", "storage.refuse_after=300ms");

  @Test
  void sendsProducersAwayAndRefusesOthersAtOnce() {
    try (IngestClient client = IngestClient.ready(server, "agents", 7)) {
      client.publish(1, IngestClient.event("thread/1", "note", "{}"));
      assertThat(client.goaway().reason()).isEqualTo(CloseReason.STORAGE_UNAVAILABLE);
    }
    assertThat(server.post("/v1/publish", "{\"topic\":\"thread/1\",\"type\":\"note\"}").body())
        .contains("\"overloaded\"");
  }

  @Test
  void tellsReaders() {
    WsClient reader = server.ws();
    assertThat(reader.next()).contains("\"op\":\"welcome\"");
    assertThat(reader.next()).startsWith("{\"op\":\"degraded\",\"since\":");
  }
}
