package io.pushrod.server.backplane;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisException;
import io.netty.channel.ConnectTimeoutException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// What hinders, in words for operators: no name of a class, and never a text that might quote the
/// URL.
final class Obstacle {
  static final String CONNECTING = "redis: connecting";
  static final String NO_ANSWER = "redis: no answer";
  static final String LOST = "redis: connection lost";
  static final String REFUSED = "redis: connection refused";
  static final String NOT_CONNECTED = "redis: not connected";
  static final String NO_SLOTS = "redis: the cluster has no server for some slots";

  private Obstacle() {}

  /// What a command, or an attempt to connect, failed with.
  static String of(Throwable failure) {
    boolean isOfRedis = false;
    for (Throwable each = failure; each != null; each = each.getCause()) {
      String known = known(each);
      if (known != null) {
        return known;
      }
      isOfRedis |= each instanceof RedisException || each instanceof IOException;
    }
    return isOfRedis ? LOST : "redis: cannot be used";
  }

  private static @Nullable String known(Throwable failure) {
    String text = String.valueOf(failure.getMessage());
    return switch (failure) {
      case RedisCommandExecutionException _ -> ofError(text);
      case RedisCommandTimeoutException _, TimeoutException _, ConnectTimeoutException _ ->
          NO_ANSWER;
      case RedisLink.NotConnected _ -> NOT_CONNECTED;
      case RedisCluster.NoServer _ -> NO_SLOTS;
      case UnknownHostException _ -> "redis: its host is not known";
      case ConnectException _ -> text.contains("refused") ? REFUSED : "redis: cannot be reached";
      case SSLException _ -> "redis: TLS fails";
      default ->
          text.toLowerCase(Locale.ROOT).contains("using sentinel")
              ? "redis: Sentinel names no primary"
              : null;
    };
  }

  /// What Redis itself says.
  private static String ofError(String text) {
    int space = text.indexOf(' ');
    return switch (space < 0 ? text : text.substring(0, space)) {
      case "LOADING" -> "redis: loading its data";
      case "BUSY" -> "redis: busy with a script";
      case "CLUSTERDOWN" -> "redis: the cluster is down";
      case "MASTERDOWN" -> "redis: a replica without its primary";
      case "NOREPLICAS" -> "redis: too few replicas";
      case "MISCONF" -> "redis: cannot write to its disk";
      default -> {
        RedisFault fault = RedisFault.of(new RedisCommandExecutionException(text));
        yield fault == RedisFault.BROKEN ? "redis: answers with an error" : of(fault);
      }
    };
  }

  /// What topics meet.
  static String of(RedisFault fault) {
    return switch (fault) {
      case OUT_OF_MEMORY -> "redis: out of memory";
      case NO_PRIMARY -> "redis: a replica, not the primary";
      case NOT_SAFE -> "redis: does not write, for its disk or for want of replicas";
      case FORBIDDEN -> "redis: refuses the password, or what its user may do";
      case BROKEN -> "redis: a key of a topic holds something else";
      case UNKNOWN, NOT_NOW -> "redis: topics wait for an answer";
    };
  }
}
