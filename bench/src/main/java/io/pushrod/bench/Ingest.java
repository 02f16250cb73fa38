package io.pushrod.bench;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// Publishing over the ingest port with acknowledgements.
@Command(name = "ingest", mixinStandardHelpOptions = true)
final class Ingest implements Callable<Integer> {
  @Override
  public Integer call() {
    return 0;
  }
}
