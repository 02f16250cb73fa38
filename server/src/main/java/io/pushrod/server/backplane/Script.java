package io.pushrod.server.backplane;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// What is done in Redis as one step, as `<name>.lua` beside this class says.
enum Script {
  APPEND,
  CHECK,
  LOOK,
  OPEN,
  READ,
  RENEW,
  TABLE_FIND,
  TABLE_SWAP;

  private final String text;
  private final String sha;

  Script() {
    String file = name().toLowerCase(Locale.ROOT) + ".lua";
    try (InputStream in = Script.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException(file + ": missing (expected: in the server's jar)");
      }
      byte[] bytes = in.readAllBytes();
      text = new String(bytes, StandardCharsets.UTF_8);
      sha = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Runs it; a server that does not know it is given it.
  ///
  /// @return the elements of its answer: numbers, bytes, or null
  CompletionStage<List<Object>> run(
      RedisClusterAsyncCommands<byte[], byte[]> commands, byte[][] keys, byte[]... values) {
    CompletableFuture<List<Object>> known =
        commands
            .<List<Object>>evalsha(sha, ScriptOutputType.MULTI, keys, values)
            .toCompletableFuture();
    return known.exceptionallyCompose(
        failure ->
            RedisFault.root(failure) instanceof RedisNoScriptException
                ? commands.eval(text, ScriptOutputType.MULTI, keys, values)
                : CompletableFuture.failedFuture(failure));
  }

  // Parts of answers and arguments.

  static byte[] text(String text) {
    return text.getBytes(UTF_8);
  }

  static byte[] number(long number) {
    return Long.toString(number).getBytes(US_ASCII);
  }

  /// 16 hexadecimal digits, which compare as the unsigned number does.
  static byte[] hex(long number) {
    return HexFormat.of().toHexDigits(number).getBytes(US_ASCII);
  }

  static byte[] bytes(List<Object> answer, int index) {
    return answer.get(index) instanceof byte[] bytes ? bytes : new byte[0];
  }

  static long number(List<Object> answer, int index) {
    Object element = answer.get(index);
    if (element instanceof Long number) {
      return number;
    }
    return element instanceof byte[] bytes ? Long.parseLong(new String(bytes, US_ASCII)) : 0;
  }

  static long hex(byte[] bytes, int offset) {
    return HexFormat.fromHexDigitsToLong(new String(bytes, offset, 16, US_ASCII));
  }
}
