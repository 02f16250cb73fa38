package io.pushrod.server.cli;

import io.pushrod.server.config.ConfigException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;

/// The command `pushrod`, which does nothing without a subcommand.
@Command(
    name = "pushrod",
    description = {
      "A push server for live agent runs.",
      "In a checkout, scripts/pushrod bench measures it."
    },
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    scope = CommandLine.ScopeType.INHERIT,
    versionProvider = PushrodCommand.Version.class,
    usageHelpAutoWidth = true,
    exitCodeListHeading = "%nExit codes: 0 done, 1 failed, 2 used wrongly.%n")
public final class PushrodCommand implements Runnable {
  private static final List<Class<?>> SUBCOMMANDS =
      List.of(
          ServeCommand.class,
          DemoCommand.class,
          InitCommand.class,
          AddCommand.class,
          TokenCommand.class,
          KeyCommand.class,
          RevokeCommand.class,
          StorageCommand.class,
          PublishCommand.class,
          TailCommand.class,
          RunCommand.class,
          WorkerCommand.class);

  @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

  /// Runs one command line.
  ///
  /// @return the exit code of the process
  public static int run(String[] arguments, ServerRunner runner) {
    return run(
        arguments,
        runner,
        System.in,
        new PrintWriter(System.out, true, StandardCharsets.UTF_8),
        new PrintWriter(System.err, true, StandardCharsets.UTF_8));
  }

  /// The same with other streams than those of the process.
  public static int run(
      String[] arguments, ServerRunner runner, InputStream in, PrintWriter out, PrintWriter err) {
    CommandLine command = new CommandLine(new PushrodCommand(), new Factory(runner, in));
    subcommands(arguments).forEach(command::addSubcommand);
    return command
        .setOut(out)
        .setErr(err)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(PushrodCommand::explain)
        .setExecutionExceptionHandler(PushrodCommand::explain)
        .execute(arguments);
  }

  /// The one that is asked for, as each that is looked at costs time at every start; all, when help
  /// or an explanation may have to name them.
  private static List<Class<?>> subcommands(String[] arguments) {
    String first = arguments.length == 0 ? "" : arguments[0];
    return SUBCOMMANDS.stream()
        .filter(type -> type.getAnnotation(Command.class).name().equals(first))
        .<List<Class<?>>>map(List::of)
        .findFirst()
        .orElse(SUBCOMMANDS);
  }

  @Override
  public void run() {
    CommandLine command = Objects.requireNonNull(spec).commandLine();
    throw new ParameterException(command, "a command is missing");
  }

  private static int explain(ParameterException e, String[] arguments) {
    CommandLine command = e.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    command.getErr().println(name + ": " + oneLine(e) + " (" + name + " --help tells more)");
    return CommandLine.ExitCode.USAGE;
  }

  private static int explain(Exception e, CommandLine command, CommandLine.ParseResult result) {
    PrintWriter err = command.getErr();
    if (e instanceof ConfigException || e instanceof CommandFailed) {
      err.println("pushrod: " + oneLine(e));
    } else {
      err.println("pushrod: an error of its own, please report it:");
      e.printStackTrace(err);
    }
    return CommandLine.ExitCode.SOFTWARE;
  }

  private static String oneLine(Exception e) {
    return String.valueOf(e.getMessage()).strip().replaceAll("\\s*\\R\\s*", " ");
  }

  /// Gives commands what they need.
  private record Factory(ServerRunner runner, InputStream in) implements IFactory {
    @Override
    public <K> K create(Class<K> type) throws Exception {
      if (type == ServeCommand.class) {
        return type.cast(new ServeCommand(runner));
      }
      if (type == DemoCommand.class) {
        return type.cast(new DemoCommand(runner));
      }
      if (type == PublishCommand.class) {
        return type.cast(new PublishCommand(in));
      }
      if (type == RunCommand.class) {
        return type.cast(new RunCommand(in));
      }
      return CommandLine.defaultFactory().create(type);
    }
  }

  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = PushrodCommand.class.getPackage().getImplementationVersion();
      return new String[] {"pushrod " + (version == null ? "of a source tree" : version)};
    }
  }
}
