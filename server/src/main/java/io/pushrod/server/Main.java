package io.pushrod.server;

import io.pushrod.server.cli.PushrodCommand;

/// Where the process begins.
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  static int run(String[] arguments) {
    return PushrodCommand.run(arguments, new ServerProcess(System.out));
  }
}
