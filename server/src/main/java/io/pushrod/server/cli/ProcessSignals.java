package io.pushrod.server.cli;

import java.lang.reflect.Proxy;
import java.util.function.IntConsumer;

/// Signals of the operating system.
///
/// A shutdown hook would hear of the first one only: the JVM lets a second SIGTERM wait for the
/// hooks. What hears of all is `sun.misc.Signal`, in the module `jdk.unsupported`, which javac
/// warns about however it is told not to; so it is found by name.
public final class ProcessSignals {
  private ProcessSignals() {}

  /// Has `handler` called with the signal's number, on a thread of the JVM, each time it comes.
  ///
  /// @param name without `SIG`
  /// @throws ReflectiveOperationException when this JVM leaves no signals to us, as with `-Xrs`
  public static void handle(String name, IntConsumer handler) throws ReflectiveOperationException {
    Class<?> signalType = Class.forName("sun.misc.Signal");
    Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
    Object signal = signalType.getConstructor(String.class).newInstance(name);
    int number = (int) signalType.getMethod("getNumber").invoke(signal);
    Object proxy =
        Proxy.newProxyInstance(
            ProcessSignals.class.getClassLoader(),
            new Class<?>[] {handlerType},
            (_, method, _) -> {
              if (method.getName().equals("handle")) {
                handler.accept(number);
              }
              return null;
            });
    signalType.getMethod("handle", signalType, handlerType).invoke(null, signal, proxy);
  }

  /// Sends the signal to this process.
  ///
  /// @param name without `SIG`
  public static void raise(String name) throws ReflectiveOperationException {
    Class<?> signalType = Class.forName("sun.misc.Signal");
    Object signal = signalType.getConstructor(String.class).newInstance(name);
    signalType.getMethod("raise", signalType).invoke(null, signal);
  }
}
