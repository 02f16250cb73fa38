package io.pushrod.server.surface.northstar;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.codec.json.JsonStrings;
import io.pushrod.server.dialect.NorthstarTime;
import io.pushrod.server.guard.Action;
import io.pushrod.server.guard.KillSwitch;
import io.pushrod.server.guard.Scope;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Northstar's one kill switch a tenant, as a view of the switches that the server keeps: providers
/// and actions are switches of those scopes, and autonomy is the start of runs.
///
/// For owners and admins only.
final class SwitchOperations {
  private static final Set<String> OPERATORS = Set.of("owner", "admin");
  private static final String AUTONOMY = Action.RUN_START.label();

  private final Equipment equipment;

  SwitchOperations(Equipment equipment) {
    this.equipment = equipment;
  }

  /// `GET /kill-switches`: null when nothing is switched off.
  void show(Call call) {
    operator(call);
    List<KillSwitch> set = set(call);
    call.respond(set.isEmpty() ? "null" : json(call, set));
  }

  /// `PUT /kill-switches`: each of the three that is given becomes what it says.
  void put(Call call) {
    operator(call);
    Json body = call.body();
    if (!body.isObject()) {
      throw new Refusal(Envelope.invalid("body: not an object (expected: one)"));
    }
    Set<String> providers = body.has("disable_providers") ? texts(body, "disable_providers") : null;
    Set<String> actions = actions(call, body);
    List<KillSwitch> fresh = new ArrayList<>();
    List<KillSwitch> lifted = new ArrayList<>();
    compare(call, Scope.PROVIDER, providers, fresh, lifted);
    compare(call, Scope.ACTION, actions, fresh, lifted);
    CompletableFuture<?>[] all =
        Stream.concat(
                fresh.stream().map(each -> equipment.board().set(each)),
                lifted.stream()
                    .map(
                        each ->
                            equipment
                                .board()
                                .lift(each.tenant(), each.scope(), each.id(), call.who().user())))
            .map(CompletionStage::toCompletableFuture)
            .toArray(CompletableFuture[]::new);
    call.exchange()
        .answerAfter(
            CompletableFuture.allOf(all),
            _ -> call.respond(json(call, set(call))),
            refusal -> call.refuse(Envelope.of(refusal, null)));
  }

  /// All actions that are to be off then; null when nothing is said of them.
  private @Nullable Set<String> actions(Call call, Json body) {
    boolean named = body.has("disabled_actions");
    boolean autonomy = body.has("disable_autonomy");
    if (!named && !autonomy) {
      return null;
    }
    Set<String> wanted = new LinkedHashSet<>();
    if (named) {
      wanted.addAll(texts(body, "disabled_actions"));
    } else {
      ids(call, Scope.ACTION).stream().filter(id -> !id.equals(AUTONOMY)).forEach(wanted::add);
    }
    String said = body.raw("disable_autonomy");
    if (autonomy && !"true".equals(said) && !"false".equals(said)) {
      throw new Refusal(
          Envelope.invalid("body.disable_autonomy: another type (expected: true or false)"));
    }
    if (autonomy ? "true".equals(said) : ids(call, Scope.ACTION).contains(AUTONOMY)) {
      wanted.add(AUTONOMY);
    }
    return wanted;
  }

  private static Set<String> texts(Json body, String name) {
    Set<String> texts = new LinkedHashSet<>();
    boolean array = String.valueOf(body.raw(name)).startsWith("[");
    for (Json each : body.elements(name)) {
      String text = each.value();
      if (text == null) {
        array = false;
        break;
      }
      texts.add(text);
    }
    if (!array) {
      throw new Refusal(
          Envelope.invalid("body." + name + ": another type (expected: a list of texts)"));
    }
    return texts;
  }

  /// What is to be set and lifted so that these are off, and no others of the scope.
  ///
  /// @param wanted null when nothing is to change
  private void compare(
      Call call,
      Scope scope,
      @Nullable Set<String> wanted,
      List<KillSwitch> fresh,
      List<KillSwitch> lifted) {
    if (wanted == null) {
      return;
    }
    Set<String> known = ids(call, scope);
    for (String id : wanted) {
      if (!known.contains(id)) {
        fresh.add(fresh(call, scope, id));
      }
    }
    set(call).stream()
        .filter(each -> each.scope() == scope && !wanted.contains(each.id()))
        .forEach(lifted::add);
  }

  private KillSwitch fresh(Call call, Scope scope, String id) {
    try {
      return new KillSwitch(
          call.who().tenant(), scope, id, "", call.who().user(), equipment.clock().millis());
    } catch (IllegalArgumentException e) {
      throw new Refusal(Envelope.invalid(String.valueOf(e.getMessage())));
    }
  }

  private static void operator(Call call) {
    if (call.who().roles().stream().noneMatch(OPERATORS::contains)) {
      throw new Refusal(Envelope.of(Envelope.GENERAL, "Requires role owner or admin", 403, null));
    }
  }

  private List<KillSwitch> set(Call call) {
    return equipment.switches().all(call.who().tenant()).stream()
        .filter(each -> each.scope() == Scope.PROVIDER || each.scope() == Scope.ACTION)
        .toList();
  }

  private Set<String> ids(Call call, Scope scope) {
    Set<String> ids = new LinkedHashSet<>();
    for (KillSwitch each : set(call)) {
      if (each.scope() == scope) {
        ids.add(each.id());
      }
    }
    return ids;
  }

  private String json(Call call, List<KillSwitch> set) {
    String tenant = call.who().tenant();
    long now = equipment.clock().millis();
    long created = set.stream().mapToLong(KillSwitch::setAtMillis).min().orElse(now);
    long updated = set.stream().mapToLong(KillSwitch::setAtMillis).max().orElse(now);
    Set<String> actions = ids(call, Scope.ACTION);
    boolean autonomy = actions.remove(AUTONOMY);
    ByteBuf out = Unpooled.buffer(256);
    JsonObjectWriter json =
        new JsonObjectWriter(out)
            .text("id", UUID.nameUUIDFromBytes(tenant.getBytes(UTF_8)).toString().replace("-", ""))
            .text("tenant_id", tenant)
            .text("env", equipment.env())
            .name("disable_providers");
    JsonStrings.writeArray(out, ids(call, Scope.PROVIDER));
    json.bool("disable_autonomy", autonomy).name("disabled_actions");
    JsonStrings.writeArray(out, actions);
    json.text("created_at", NorthstarTime.text(created))
        .text("updated_at", NorthstarTime.text(updated))
        .end();
    return out.toString(UTF_8);
  }
}
