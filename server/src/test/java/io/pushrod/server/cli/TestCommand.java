package io.pushrod.server.cli;

import io.pushrod.server.config.ServerConfig;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;

/// Runs command lines as a shell would, with a runner that only takes note.
final class TestCommand implements ServerRunner {
  final List<ServerConfig> served = new ArrayList<>();
  final List<ServerConfig> demonstrated = new ArrayList<>();
  final StringWriter out = new StringWriter();
  final StringWriter err = new StringWriter();

  InputStream in = InputStream.nullInputStream();

  int run(String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return PushrodCommand.run(
        arguments, this, in, new PrintWriter(out, true), new PrintWriter(err, true));
  }

  String out() {
    return out.toString();
  }

  String err() {
    return err.toString();
  }

  @Override
  public int serve(ServerConfig config) {
    served.add(config);
    return 0;
  }

  @Override
  public int demo(ServerConfig config) {
    demonstrated.add(config);
    return 0;
  }
}
