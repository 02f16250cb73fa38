package io.pushrod.server.schema;

import dev.harrel.jsonschema.Validator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which data each type of event may carry, and what is done about other data.
///
/// A type without a schema of its own has that of the part before its first `:`, so `custom` is the
/// one of `custom:fraud_check`. One without either may carry anything.
///
/// **Thread:** any.
public final class EventSchemas {
  private static final Logger LOG = LoggerFactory.getLogger(EventSchemas.class);
  private static final long LINE_EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);

  /// Anything goes.
  public static final EventSchemas NONE = new EventSchemas(null, Map.of(), false, 0, () -> 0);

  /// @param nextLineNanos when a violation is logged again
  private record OfType(URI schema, AtomicLong nextLineNanos) {}

  private final @Nullable Validator validator;
  private final Map<String, OfType> byType = new HashMap<>();
  private final boolean reject;
  private final long steps;
  private final LongSupplier nanos;

  private EventSchemas(
      @Nullable Validator validator,
      Map<String, URI> schemas,
      boolean reject,
      long steps,
      LongSupplier nanos) {
    this.validator = validator;
    this.reject = reject;
    this.steps = steps;
    this.nanos = nanos;
    schemas.forEach(
        (type, schema) -> byType.put(type, new OfType(schema, new AtomicLong(nanos.getAsLong()))));
  }

  /// Reads the schemas of a folder.
  ///
  /// @param reject whether what breaks a schema is refused; else it is counted and logged
  /// @param steps that one check may take: looks at values, and at characters by a pattern
  /// @param nanos a clock
  /// @throws io.pushrod.server.config.ConfigException for the first file with something wrong in it
  public static EventSchemas load(Path folder, boolean reject, long steps, LongSupplier nanos) {
    SchemaFolder read = new SchemaFolder(folder);
    return new EventSchemas(read.validator(), read.schemas(), reject, steps, nanos);
  }

  /// Checks the data of one event.
  ///
  /// @param json one JSON value, checked; only read
  /// @throws RequestException `SCHEMA` for data that is refused
  public void check(String type, ByteBuf json, int offset, int length, ShardMetrics metrics) {
    if (validator == null) {
      return;
    }
    OfType schema = find(type);
    if (schema == null) {
      return;
    }
    Violation violation =
        violation(validator, schema.schema(), ByteBufUtil.getBytes(json, offset, length), metrics);
    if (violation == null) {
      return;
    }
    if (reject) {
      metrics.count(Counter.SCHEMA_REJECTED);
      throw new RequestException(
          ErrorCode.SCHEMA,
          violation.place()
              + ": "
              + violation.rule()
              + " (expected: what the schema of "
              + type
              + " says)");
    }
    metrics.count(Counter.SCHEMA_WARNED);
    warn(type, schema, violation);
  }

  private @Nullable OfType find(String type) {
    OfType exact = byType.get(type);
    int colon = exact == null ? type.indexOf(':') : -1;
    return colon < 0 ? exact : byType.get(type.substring(0, colon));
  }

  private @Nullable Violation violation(
      Validator validator, URI schema, byte[] json, ShardMetrics metrics) {
    try {
      Steps left = new Steps(steps);
      Validator.Result result = validator.validate(schema, DataNodes.read(json, left));
      return result.isValid() ? null : Violation.first(result);
    } catch (Steps.Exhausted | StackOverflowError e) {
      metrics.count(Counter.LIMIT_VALIDATION_STEPS);
      return Violation.tooMuchWork();
    }
  }

  /// One line a minute and type; nothing in it comes from the data.
  private void warn(String type, OfType schema, Violation violation) {
    long now = nanos.getAsLong();
    long next = schema.nextLineNanos().get();
    if (now - next >= 0 && schema.nextLineNanos().compareAndSet(next, now + LINE_EVERY_NANOS)) {
      LOG.warn(
          "schema: data of {} {} at {}#{}; counted, and said once a minute",
          type,
          violation.rule(),
          schema.schema(),
          violation.ruleAt());
    }
  }
}
